#include "extractors/office/rtf.h"

#include <stdio.h>
#include <string.h>

static void begin_note(struct rtf *rtf, enum rtf_destination destination)
{
    char mark[24];
    size_t before;

    if (rtf->depth < 2) /* a note is a group of its own */
        return;
    if (rtf_top(rtf)->destination != RTF_BODY || rtf->note_depth > 0) {
        rtf_top(rtf)->destination = RTF_SKIPPED;
        return;
    }
    rtf_flush(rtf);
    before = rtf->text.len;
    if (destination == RTF_NOTE) {
        (void)snprintf(mark, sizeof(mark), "[^%u]", ++rtf->note_count);
        buf_append(&rtf->text, mark, strlen(mark));
        rtf_note_looks(rtf, before, 0); /* the mark says that it is raised */
    }
    rtf_top(rtf)->destination = destination;
    rtf->note_depth = rtf->depth;
    buf_clear(&rtf->note_text);
}

static void begin_paragraph_defaults(struct rtf *rtf)
{
    struct rtf_state *now = rtf_top(rtf);

    now->style = 0;
    now->outline = -1;
    now->list = 0;
    now->list_level = 0;
    now->indent = 0;
    now->is_in_table = now->is_list_paragraph = false;
    now->table_depth = 0;
}

static void begin_row(struct rtf *rtf)
{
    rtf->cell_count = 0;
    rtf->cell_draft = (struct rtf_cell){ .is_merged_right = false };
    rtf->is_header_row = false;
}

static void end_cell_definition(struct rtf *rtf)
{
    if (rtf->cell_count < RTF_COLUMNS_MAX)
        rtf->cells[rtf->cell_count++] = rtf->cell_draft;
    rtf->cell_draft = (struct rtf_cell){ .is_merged_right = false };
}

static void set_font(struct rtf *rtf, int32_t font)
{
    struct rtf_state *now = rtf_top(rtf);

    rtf_flush(rtf);
    if (font < 0 || font >= (int32_t)RTF_FONTS_MAX)
        return;
    now->codepage = rtf->fonts[font].codepage;
    now->font = (uint16_t)font;
}

enum word {
    WORD_NONE,
    WORD_ANNOTATION,
    WORD_ANSICPG,
    WORD_ATNAUTHOR,
    WORD_AUTHOR,
    WORD_BIN,
    WORD_BULLET,
    WORD_CELL,
    WORD_CELLX,
    WORD_CLMRG,
    WORD_CLVMRG,
    WORD_DEFF,
    WORD_DELETED,
    WORD_EMDASH,
    WORD_ENDASH,
    WORD_F,
    WORD_FIELD_INSTRUCTION,
    WORD_FIELD_RESULT,
    WORD_FONTTBL,
    WORD_FOOTNOTE,
    WORD_FORM,
    WORD_FROMHTML,
    WORD_HTMLRTF,
    WORD_HTMLTAG,
    WORD_ILVL,
    WORD_INFO,
    WORD_INTBL,
    WORD_ITAP,
    WORD_KEYWORDS,
    WORD_LDBLQUOTE,
    WORD_LINE,
    WORD_LI,
    WORD_LISTOVERRIDETABLE,
    WORD_LISTTABLE,
    WORD_LEVEL_TEXT,
    WORD_LISTTEXT,
    WORD_LQUOTE,
    WORD_LS,
    WORD_MAC,
    WORD_NESTCELL,
    WORD_NESTROW,
    WORD_NESTPROPS,
    WORD_OUTLINELEVEL,
    WORD_PAGE,
    WORD_PAR,
    WORD_PARD,
    WORD_PC,
    WORD_PLAIN,
    WORD_PNLVLBLT,
    WORD_RDBLQUOTE,
    WORD_ROW,
    WORD_RQUOTE,
    WORD_S,
    WORD_SECT,
    WORD_SKIP,   /* a destination whose text is not the document's */
    WORD_INSIDE, /* a destination whose text is, though it is marked with a star */
    WORD_HEADER,
    WORD_SPACE,
    WORD_STYLESHEET,
    WORD_SUBJECT,
    WORD_TAB,
    WORD_TITLE,
    WORD_TRHDR,
    WORD_TROWD,
    WORD_U,
    WORD_UC,
    WORD_V,
    WORD_BOLD,
    WORD_ITALIC,
    WORD_STRUCK,
    WORD_RAISED,
    WORD_LOWERED,
    WORD_LEVEL, /* neither raised nor lowered */
};

/* Sorted, for bsearch(). */
static const struct {
    const char *name;
    enum word word;
} words[] = {
    { "annotation", WORD_ANNOTATION },
    { "ansicpg", WORD_ANSICPG },
    { "atnauthor", WORD_ATNAUTHOR },
    { "atndate", WORD_SKIP },
    { "atnicn", WORD_SKIP },
    { "atnid", WORD_SKIP },
    { "atnparent", WORD_SKIP },
    { "atnref", WORD_SKIP },
    { "atntime", WORD_SKIP },
    { "author", WORD_AUTHOR },
    { "b", WORD_BOLD },
    { "bin", WORD_BIN },
    { "bkmkend", WORD_SKIP },
    { "bkmkstart", WORD_SKIP },
    { "bullet", WORD_BULLET },
    { "cell", WORD_CELL },
    { "cellx", WORD_CELLX },
    { "clmrg", WORD_CLMRG },
    { "clvmrg", WORD_CLVMRG },
    { "colorschememapping", WORD_SKIP },
    { "colortbl", WORD_SKIP },
    { "datafield", WORD_SKIP },
    { "datastore", WORD_SKIP },
    { "deff", WORD_DEFF },
    { "deleted", WORD_DELETED },
    { "do", WORD_INSIDE },
    { "dptxbxtext", WORD_INSIDE },
    { "emdash", WORD_EMDASH },
    { "emspace", WORD_SPACE },
    { "endash", WORD_ENDASH },
    { "enspace", WORD_SPACE },
    { "f", WORD_F },
    { "falt", WORD_SKIP },
    { "filetbl", WORD_SKIP },
    { "fldinst", WORD_FIELD_INSTRUCTION },
    { "fldrslt", WORD_FIELD_RESULT },
    { "fonttbl", WORD_FONTTBL },
    { "footer", WORD_HEADER },
    { "footerf", WORD_HEADER },
    { "footerl", WORD_HEADER },
    { "footerr", WORD_HEADER },
    { "footnote", WORD_FOOTNOTE },
    { "formfield", WORD_FORM },
    { "fromhtml", WORD_FROMHTML },
    { "generator", WORD_SKIP },
    { "header", WORD_HEADER },
    { "headerf", WORD_HEADER },
    { "headerl", WORD_HEADER },
    { "headerr", WORD_HEADER },
    { "htmlrtf", WORD_HTMLRTF },
    { "htmltag", WORD_HTMLTAG },
    { "i", WORD_ITALIC },
    { "ilvl", WORD_ILVL },
    { "info", WORD_INFO },
    { "intbl", WORD_INTBL },
    { "itap", WORD_ITAP },
    { "keywords", WORD_KEYWORDS },
    { "latentstyles", WORD_SKIP },
    { "ldblquote", WORD_LDBLQUOTE },
    { "levelnumbers", WORD_SKIP },
    { "leveltext", WORD_LEVEL_TEXT },
    { "li", WORD_LI },
    { "line", WORD_LINE },
    { "listname", WORD_SKIP },
    { "listoverridetable", WORD_LISTOVERRIDETABLE },
    { "listpicture", WORD_SKIP },
    { "listtable", WORD_LISTTABLE },
    { "listtext", WORD_LISTTEXT },
    { "lquote", WORD_LQUOTE },
    { "ls", WORD_LS },
    { "mac", WORD_MAC },
    { "mhtmltag", WORD_SKIP },
    { "mmathPr", WORD_SKIP },
    { "moMath", WORD_INSIDE },
    { "nestcell", WORD_NESTCELL },
    { "nestrow", WORD_NESTROW },
    { "nesttableprops", WORD_NESTPROPS },
    { "nonesttables", WORD_SKIP },
    { "nonshppict", WORD_SKIP },
    { "nosupersub", WORD_LEVEL },
    { "objdata", WORD_SKIP },
    { "outlinelevel", WORD_OUTLINELEVEL },
    { "page", WORD_PAGE },
    { "par", WORD_PAR },
    { "pard", WORD_PARD },
    { "pc", WORD_PC },
    { "pgdsctbl", WORD_SKIP },
    { "pict", WORD_SKIP },
    { "plain", WORD_PLAIN },
    { "pn", WORD_INSIDE },
    { "pnlvlblt", WORD_PNLVLBLT },
    { "pnlvlbody", WORD_PNLVLBLT },
    { "pnseclvl", WORD_SKIP },
    { "pntext", WORD_LISTTEXT },
    { "pntxta", WORD_SKIP },
    { "pntxtb", WORD_SKIP },
    { "rdblquote", WORD_RDBLQUOTE },
    { "revtbl", WORD_SKIP },
    { "row", WORD_ROW },
    { "rquote", WORD_RQUOTE },
    { "rsidtbl", WORD_SKIP },
    { "s", WORD_S },
    { "sect", WORD_SECT },
    { "shp", WORD_INSIDE },
    { "shpinst", WORD_INSIDE },
    { "shppict", WORD_SKIP },
    { "shprslt", WORD_SKIP },
    { "shptxt", WORD_INSIDE },
    { "sn", WORD_SKIP },
    { "strike", WORD_STRUCK },
    { "striked", WORD_STRUCK },
    { "stylesheet", WORD_STYLESHEET },
    { "sub", WORD_LOWERED },
    { "subject", WORD_SUBJECT },
    { "super", WORD_RAISED },
    { "sv", WORD_SKIP },
    { "tab", WORD_TAB },
    { "tc", WORD_SKIP },
    { "template", WORD_SKIP },
    { "themedata", WORD_SKIP },
    { "title", WORD_TITLE },
    { "trhdr", WORD_TRHDR },
    { "trowd", WORD_TROWD },
    { "u", WORD_U },
    { "uc", WORD_UC },
    { "ud", WORD_INSIDE },
    { "upr", WORD_SKIP },
    { "userprops", WORD_SKIP },
    { "v", WORD_V },
    { "xe", WORD_SKIP },
    { "xmlnstbl", WORD_SKIP },
};

static enum word lookup_word(const char *name)
{
    size_t low = 0, high = sizeof(words) / sizeof(words[0]);

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(words[middle].name, name);

        if (order == 0)
            return words[middle].word;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return WORD_NONE;
}

static void begin_destination(struct rtf *rtf, enum rtf_destination destination)
{
    if (rtf_top(rtf)->destination != RTF_SKIPPED)
        rtf_top(rtf)->destination = destination;
}

static void begin_info(struct rtf *rtf, const char *name)
{
    if (rtf_top(rtf)->destination != RTF_INFO)
        return;
    rtf_top(rtf)->info_name = name;
    buf_clear(&rtf->info);
}

/* Words that say what a group is. False: it is none of these. */
static bool destination_word(struct rtf *rtf, enum word word)
{
    switch (word) {
    case WORD_SKIP:
        begin_destination(rtf, RTF_SKIPPED);
        break;
    case WORD_INSIDE:
        break;
    case WORD_HEADER:
        if (!rtf->source->keep_boilerplate)
            begin_destination(rtf, RTF_SKIPPED);
        break;
    case WORD_FONTTBL:
        begin_destination(rtf, RTF_FONTS);
        break;
    case WORD_STYLESHEET:
        begin_destination(rtf, RTF_STYLES);
        rtf->style_draft = (struct rtf_style){ .outline = -1 };
        break;
    case WORD_LISTTABLE:
        begin_destination(rtf, RTF_LISTS);
        break;
    case WORD_LISTOVERRIDETABLE:
        begin_destination(rtf, RTF_OVERRIDES);
        break;
    case WORD_INFO:
        begin_destination(rtf, RTF_INFO);
        break;
    case WORD_TITLE:
        begin_info(rtf, "title");
        break;
    case WORD_AUTHOR:
        begin_info(rtf, "author");
        break;
    case WORD_SUBJECT:
        begin_info(rtf, "subject");
        break;
    case WORD_KEYWORDS:
        begin_info(rtf, "keywords");
        break;
    case WORD_FIELD_INSTRUCTION:
        if (rtf_top(rtf)->destination == RTF_BODY) {
            rtf_top(rtf)->destination = RTF_INSTRUCTION;
            buf_clear(&rtf->code);
        } else {
            begin_destination(rtf, RTF_SKIPPED);
        }
        break;
    case WORD_FIELD_RESULT:
        if (rtf_top(rtf)->destination == RTF_BODY && rtf_put_symbol_field(rtf))
            rtf_top(rtf)->destination = RTF_SKIPPED; /* it was that */
        else if (rtf_top(rtf)->destination == RTF_BODY)
            rtf_begin_link(rtf);
        buf_clear(&rtf->code);
        break;
    case WORD_LISTTEXT:
        if (rtf_top(rtf)->destination == RTF_BODY) {
            rtf_top(rtf)->destination = RTF_LIST_TEXT;
            buf_clear(&rtf->mark);
        } else {
            begin_destination(rtf, RTF_SKIPPED);
        }
        break;
    case WORD_LEVEL_TEXT:
        begin_destination(rtf,
                          rtf_top(rtf)->destination == RTF_LISTS ? RTF_LEVEL_TEXT : RTF_SKIPPED);
        buf_clear(&rtf->level_text);
        break;
    case WORD_FORM:
        begin_destination(rtf,
                          rtf_top(rtf)->destination == RTF_INSTRUCTION ? RTF_FORM : RTF_SKIPPED);
        rtf_form_begin(rtf);
        break;
    case WORD_NESTPROPS:
        rtf_top(rtf)->is_inner_row = true;
        break;
    case WORD_HTMLTAG:
        begin_destination(rtf, rtf->is_html ? RTF_HTML : RTF_SKIPPED);
        break;
    case WORD_FOOTNOTE:
        begin_note(rtf, RTF_NOTE);
        break;
    case WORD_ANNOTATION:
        begin_note(rtf, RTF_ANNOTATION);
        break;
    case WORD_ATNAUTHOR:
        begin_destination(rtf, RTF_ANNOTATION_AUTHOR);
        buf_clear(&rtf->author);
        break;
    default:
        return false;
    }
    return true;
}

/* Words that are characters. */
static bool character_word(struct rtf *rtf, enum word word)
{
    switch (word) {
    case WORD_TAB:
        rtf_put_literal(rtf, "\t");
        break;
    case WORD_LINE:
        rtf_put_literal(rtf, rtf_is_text_destination(rtf) || rtf->is_html ? "\n" : " ");
        break;
    case WORD_PAGE:
    case WORD_SPACE:
        rtf_put_literal(rtf, " ");
        break;
    case WORD_EMDASH:
        rtf_put_literal(rtf, "\xE2\x80\x94");
        break;
    case WORD_ENDASH:
        rtf_put_literal(rtf, "\xE2\x80\x93");
        break;
    case WORD_LQUOTE:
        rtf_put_literal(rtf, "\xE2\x80\x98");
        break;
    case WORD_RQUOTE:
        rtf_put_literal(rtf, "\xE2\x80\x99");
        break;
    case WORD_LDBLQUOTE:
        rtf_put_literal(rtf, "\xE2\x80\x9C");
        break;
    case WORD_RDBLQUOTE:
        rtf_put_literal(rtf, "\xE2\x80\x9D");
        break;
    case WORD_BULLET:
        rtf_put_literal(rtf, "\xE2\x80\xA2");
        break;
    default:
        return false;
    }
    return true;
}

static unsigned inner_depth(const struct rtf *rtf)
{
    unsigned depth = rtf_table_depth(rtf);

    return depth > 2 ? depth : 2;
}

/* Words that say what a row is. Those of a table that is only text say nothing. */
static bool row_word(struct rtf *rtf, enum word word)
{
    bool counts = !rtf_top(rtf)->is_inner_row || inner_depth(rtf) == rtf->frame_depth + 1;

    switch (word) {
    case WORD_TROWD:
        if (counts)
            begin_row(rtf);
        break;
    case WORD_CELLX:
        if (counts)
            end_cell_definition(rtf);
        break;
    case WORD_CLMRG:
        rtf->cell_draft.is_merged_right |= counts;
        break;
    case WORD_CLVMRG:
        rtf->cell_draft.is_merged_down |= counts;
        break;
    case WORD_TRHDR:
        rtf->is_header_row |= counts;
        break;
    default:
        return false;
    }
    return true;
}

/* Words that end something. */
static bool structure_word(struct rtf *rtf, enum word word)
{
    if (rtf->is_html) { /* the tags say the structure */
        if (word == WORD_PAR)
            rtf_put_literal(rtf, "\n");
        return word == WORD_PAR || word == WORD_SECT || word == WORD_CELL || word == WORD_ROW;
    }
    switch (word) {
    case WORD_PAR:
    case WORD_SECT:
        if (rtf_is_text_destination(rtf))
            rtf_end_paragraph(rtf);
        break;
    case WORD_CELL:
        if (rtf_top(rtf)->destination == RTF_BODY)
            rtf_end_cell(rtf, 1);
        break;
    case WORD_ROW:
        if (rtf_top(rtf)->destination == RTF_BODY)
            rtf_end_row(rtf, 1);
        break;
    case WORD_NESTCELL:
        if (rtf_top(rtf)->destination == RTF_BODY)
            rtf_end_cell(rtf, inner_depth(rtf));
        break;
    case WORD_NESTROW:
        if (rtf_top(rtf)->destination == RTF_BODY)
            rtf_end_row(rtf, inner_depth(rtf));
        break;
    default:
        return row_word(rtf, word);
    }
    return true;
}

static void set_looks(struct rtf_state *now, enum word word, bool is_on)
{
    switch (word) {
    case WORD_BOLD:
        looks_set(&now->looks, EMPHASIS_BOLD, is_on);
        break;
    case WORD_ITALIC:
        looks_set(&now->looks, EMPHASIS_ITALIC, is_on);
        break;
    case WORD_STRUCK:
        looks_set(&now->looks, EMPHASIS_STRUCK, is_on);
        break;
    default:
        looks_set(&now->looks, EMPHASIS_RAISED, word == WORD_RAISED && is_on);
        looks_set(&now->looks, EMPHASIS_LOWERED, word == WORD_LOWERED && is_on);
    }
}

static void state_word(struct rtf *rtf, enum word word, int32_t value, bool has_value)
{
    struct rtf_state *now = rtf_top(rtf);

    switch (word) {
    case WORD_ANSICPG:
        if (value > 0 && value < 65536)
            rtf->codepage = (uint16_t)value;
        break;
    case WORD_MAC:
        rtf->codepage = 10000;
        break;
    case WORD_PC:
        rtf->codepage = 437;
        break;
    case WORD_DEFF:
        rtf->default_font = value;
        break;
    case WORD_F:
        set_font(rtf, value);
        break;
    case WORD_FROMHTML:
        rtf->is_html = value == 1;
        break;
    case WORD_HTMLRTF:
        rtf_flush(rtf);
        now->is_not_html = !has_value || value != 0;
        break;
    case WORD_PARD:
        rtf_flush(rtf);
        begin_paragraph_defaults(rtf);
        break;
    case WORD_PLAIN:
        rtf_flush(rtf);
        now->is_hidden = now->is_deleted = false;
        now->looks = (struct looks){ 0, 0 };
        set_font(rtf, rtf->default_font);
        break;
    case WORD_S:
        now->style = (uint16_t)(value >= 0 && value < (int32_t)RTF_STYLES_MAX ? value : 0);
        break;
    case WORD_OUTLINELEVEL:
        now->outline = (int16_t)(value >= 0 && value < 9 ? value : -1);
        break;
    case WORD_LS:
        now->list = value;
        break;
    case WORD_ILVL:
        now->list_level = (uint8_t)(value & 15);
        break;
    case WORD_LI:
        now->indent = value;
        break;
    case WORD_PNLVLBLT:
        now->is_list_paragraph = true;
        if (rtf->depth > 1)
            rtf->states[rtf->depth - 2].is_list_paragraph = true;
        break;
    case WORD_INTBL:
        now->is_in_table = true;
        break;
    case WORD_ITAP:
        now->table_depth = (uint8_t)(value & 15);
        break;
    case WORD_UC:
        now->skip_after_unicode = (uint8_t)(value & 7);
        break;
    case WORD_U:
        rtf_put_unicode(rtf, value);
        break;
    case WORD_BOLD:
    case WORD_ITALIC:
    case WORD_STRUCK:
    case WORD_RAISED:
    case WORD_LOWERED:
    case WORD_LEVEL:
        rtf_flush(rtf);
        set_looks(now, word, !has_value || value != 0);
        break;
    case WORD_V:
        rtf_flush(rtf);
        now->is_hidden = !has_value || value != 0;
        break;
    case WORD_DELETED:
        rtf_flush(rtf);
        now->is_deleted = !has_value || value != 0;
        break;
    default:
        break;
    }
}

static void table_word(struct rtf *rtf, const char *name, int32_t value)
{
    switch (rtf_top(rtf)->destination) {
    case RTF_FONTS:
        rtf_font_word(rtf, name, value);
        break;
    case RTF_STYLES:
        rtf_style_word(rtf, name, value);
        break;
    case RTF_LISTS:
        rtf_list_word(rtf, name, value);
        break;
    case RTF_OVERRIDES:
        rtf_override_word(rtf, name, value);
        break;
    default:
        break;
    }
}

void rtf_control_word(struct rtf *rtf, const char *name, int32_t value, bool has_value)
{
    enum word word = lookup_word(name);
    struct rtf_state *now = rtf_top(rtf);
    bool is_star = now->is_star;
    enum rtf_destination destination = now->destination;

    if (destination == RTF_FORM || destination == RTF_FORM_ENTRY)
        rtf_form_word(rtf, name, value);
    now->is_star = false;
    if (word == WORD_BIN) {
        size_t left = (size_t)(rtf->end - rtf->at);

        rtf->at += value > 0 ? ((size_t)value < left ? (size_t)value : left) : 0;
        return;
    }
    if (destination == RTF_FORM || (destination == RTF_SKIPPED && word != WORD_INSIDE))
        return;
    if (destination == RTF_SKIPPED && strcmp(name, "ud") == 0) {
        /* {\upr{...}{\*\ud{...}}}: the second one is the first in Unicode */
        now->destination = rtf->depth > 2 ? rtf->states[rtf->depth - 3].destination : RTF_BODY;
        return;
    }
    if (destination >= RTF_FONTS && destination <= RTF_OVERRIDES && word != WORD_U &&
        word != WORD_UC && word != WORD_SKIP && word != WORD_LEVEL_TEXT) {
        if (is_star && destination == RTF_FONTS && word == WORD_NONE)
            now->destination = RTF_SKIPPED; /* beside the font's name */
        table_word(rtf, name, value);
        return;
    }
    if (destination_word(rtf, word) || character_word(rtf, word) || structure_word(rtf, word))
        return;
    if (word == WORD_NONE) {
        if (is_star)
            begin_destination(rtf, RTF_SKIPPED);
        return;
    }
    if (word != WORD_U)
        rtf->skip_left = 0;
    state_word(rtf, word, value, has_value);
}
