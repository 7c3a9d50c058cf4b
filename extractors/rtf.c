#include "extractors/rtf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucnv.h>
#include <unicode/ustring.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/extractors.h"
#include "extractors/xhtml.h"

#define WORD_BYTES_MAX  32u
#define NOTES_BYTES_MAX ((size_t)16 << 20)

/* ---- characters ---- */

static struct rtf_state *top(struct rtf *rtf)
{
    return &rtf->states[rtf->depth ? rtf->depth - 1 : 0];
}

/* The buffer that text of the destination at hand goes to; NULL: nowhere. */
static struct buf *sink(struct rtf *rtf)
{
    const struct rtf_state *now = top(rtf);

    switch (now->destination) {
    case RTF_HTML:
        return &rtf->html;
    case RTF_BODY:
        if (rtf->is_html)
            return now->is_not_html ? NULL : &rtf->html;
        return now->is_deleted ? NULL : &rtf->text;
    case RTF_NOTE:
    case RTF_ANNOTATION:
        return now->is_deleted ? NULL : &rtf->note_text;
    case RTF_STYLES:
        return &rtf->style_name;
    case RTF_INFO:
        return now->info_name ? &rtf->info : NULL;
    case RTF_INSTRUCTION:
        return &rtf->code;
    case RTF_LIST_TEXT:
        return &rtf->mark;
    case RTF_ANNOTATION_AUTHOR:
        return &rtf->author;
    case RTF_SKIPPED:
    case RTF_FONTS:
    case RTF_LISTS:
    case RTF_OVERRIDES:
        break;
    }
    return NULL;
}

static void put_utf8(struct rtf *rtf, struct span text)
{
    struct buf *out = sink(rtf);

    if (!out)
        return;
    if (top(rtf)->is_hidden && !rtf->is_html)
        writer_hidden(rtf->writer, text);
    else
        buf_append(out, text.data, text.len);
}

static void decode(struct rtf *rtf, unsigned codepage)
{
    UErrorCode code = U_ZERO_ERROR;
    char name[24];
    UConverter *converter;
    UChar *wide;
    char *narrow;
    int32_t wide_len, narrow_len;
    size_t room = rtf->bytes.len * 2 + 16;

    (void)snprintf(name, sizeof(name), codepage == 10000 ? "macintosh" : "windows-%u", codepage);
    converter = ucnv_open(name, &code);
    if (U_FAILURE(code)) {
        code = U_ZERO_ERROR;
        (void)snprintf(name, sizeof(name), "ibm-%u", codepage);
        converter = ucnv_open(name, &code);
    }
    if (U_FAILURE(code)) {
        code = U_ZERO_ERROR;
        converter = ucnv_open("windows-1252", &code);
    }
    wide = malloc(room * sizeof(*wide));
    narrow = malloc(room * 3);
    if (U_SUCCESS(code) && wide && narrow) {
        wide_len = ucnv_toUChars(converter, wide, (int32_t)room, rtf->bytes.data,
                                 (int32_t)rtf->bytes.len, &code);
        if (U_SUCCESS(code)) {
            u_strToUTF8(narrow, (int32_t)(room * 3), &narrow_len, wide, wide_len, &code);
            if (U_SUCCESS(code))
                put_utf8(rtf, (struct span){ narrow, (size_t)narrow_len });
        }
    }
    if (converter)
        ucnv_close(converter);
    free(wide);
    free(narrow);
}

/* The Symbol font draws Greek letters for Latin ones. */
static void put_symbols(struct rtf *rtf)
{
    static const char capitals[] = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ";
    static const char smalls[] = "αβχδεφγηιϕκλμνοπθρστυϖωξψζ";

    for (size_t i = 0; i < rtf->bytes.len; i++) {
        unsigned char c = (unsigned char)rtf->bytes.data[i];

        if (c >= 'A' && c <= 'Z')
            put_utf8(rtf, (struct span){ capitals + (size_t)2 * (c - 'A'), 2 });
        else if (c >= 'a' && c <= 'z')
            put_utf8(rtf, (struct span){ smalls + (size_t)2 * (c - 'a'), 2 });
        else if (c == 0xB7)
            put_utf8(rtf, (struct span){ "•", 3 });
        else if (c < 0x80)
            put_utf8(rtf, (struct span){ rtf->bytes.data + i, 1 });
    }
}

void rtf_flush(struct rtf *rtf)
{
    bool is_ascii = true;

    if (rtf->bytes.len == 0)
        return;
    for (size_t i = 0; i < rtf->bytes.len && is_ascii; i++)
        is_ascii = (unsigned char)rtf->bytes.data[i] < 0x80;
    if (top(rtf)->is_symbol && top(rtf)->destination != RTF_INSTRUCTION)
        put_symbols(rtf);
    else if (is_ascii)
        put_utf8(rtf, buf_span(&rtf->bytes));
    else
        decode(rtf, top(rtf)->codepage ? top(rtf)->codepage : rtf->codepage);
    buf_clear(&rtf->bytes);
}

static void put_code_point(struct rtf *rtf, uint32_t c)
{
    char bytes[4];

    rtf_flush(rtf);
    put_utf8(rtf, (struct span){ bytes, utf8_encode(c, bytes) });
}

static void put_literal(struct rtf *rtf, const char *text)
{
    rtf_flush(rtf);
    put_utf8(rtf, (struct span){ text, strlen(text) });
}

/* \u: a 16-bit unit, negative above 32767; pairs make one character. */
static void put_unicode(struct rtf *rtf, int32_t value)
{
    uint32_t unit = (uint32_t)value & 0xFFFFu;

    rtf->skip_left = top(rtf)->skip_after_unicode;
    if (unit >= 0xD800 && unit < 0xDC00) {
        rtf->high_surrogate = unit;
        return;
    }
    if (unit >= 0xDC00 && unit < 0xE000) {
        if (rtf->high_surrogate)
            put_code_point(rtf, 0x10000 + ((rtf->high_surrogate - 0xD800) << 10) + unit - 0xDC00);
        rtf->high_surrogate = 0;
        return;
    }
    rtf->high_surrogate = 0;
    if (unit == 0xF0B7)
        unit = 0x2022;
    if (unit >= 0xE000 && unit <= 0xF8FF)
        return; /* a picture of some font */
    put_code_point(rtf, unit);
}

static void put_byte(struct rtf *rtf, char c)
{
    if (rtf->skip_left > 0) {
        rtf->skip_left--;
        return;
    }
    if (sink(rtf))
        buf_append_char(&rtf->bytes, c);
}

/* ---- groups ---- */

static void begin_group(struct rtf *rtf)
{
    rtf_flush(rtf);
    rtf->skip_left = 0;
    if (rtf->depth >= RTF_DEPTH_MAX) {
        rtf->depth_dropped++;
        return;
    }
    rtf->states[rtf->depth] = *top(rtf);
    rtf->states[rtf->depth].is_star = false;
    rtf->states[rtf->depth].has_link = false;
    rtf->depth++;
}

static void end_info(struct rtf *rtf, const struct rtf_state *ended)
{
    if (ended->info_name)
        writer_metadata(rtf->writer, ended->info_name, buf_span(&rtf->info));
    buf_clear(&rtf->info);
}

static void end_group(struct rtf *rtf)
{
    struct rtf_state ended, *outer;

    rtf_flush(rtf);
    rtf->skip_left = 0;
    if (rtf->depth_dropped > 0) {
        rtf->depth_dropped--;
        return;
    }
    if (rtf->depth <= 1) {
        /* What stands behind the document is none of it; a piece of one is several groups. */
        if (rtf->depth == 1 && rtf->is_whole)
            rtf->end = rtf->at;
        rtf->depth = 0;
        return;
    }
    ended = *top(rtf);
    if (ended.has_link)
        rtf_end_link(rtf);
    rtf->depth--;
    outer = top(rtf);
    if (ended.destination == RTF_STYLES && rtf->style_name.len > 0)
        rtf_style_end(rtf);
    if (ended.destination == RTF_INFO && outer->info_name != ended.info_name)
        end_info(rtf, &ended);
    if (rtf->note_depth == rtf->depth + 1) {
        rtf->note_depth = 0;
        if (ended.destination == RTF_ANNOTATION)
            rtf_keep_comment(rtf);
        else
            rtf_keep_note(rtf);
    }
    /* Writers put paragraph properties into a group of their own, and end the paragraph outside. */
    if (ended.destination == RTF_BODY && outer->destination == RTF_BODY && rtf->text.len > 0 &&
        !outer->is_in_table)
        outer->is_in_table = false;
}

/* ---- control words ---- */

static void begin_note(struct rtf *rtf, enum rtf_destination destination)
{
    char mark[24];

    if (top(rtf)->destination != RTF_BODY || rtf->note_depth > 0) {
        top(rtf)->destination = RTF_SKIPPED;
        return;
    }
    rtf_flush(rtf);
    if (destination == RTF_NOTE) {
        (void)snprintf(mark, sizeof(mark), "[^%u]", ++rtf->note_count);
        buf_append(&rtf->text, mark, strlen(mark));
    }
    top(rtf)->destination = destination;
    rtf->note_depth = rtf->depth;
    buf_clear(&rtf->note_text);
}

static void begin_paragraph_defaults(struct rtf *rtf)
{
    struct rtf_state *now = top(rtf);

    now->style = 0;
    now->outline = -1;
    now->list = 0;
    now->list_level = 0;
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
    struct rtf_state *now = top(rtf);

    rtf_flush(rtf);
    if (font < 0 || font >= (int32_t)RTF_FONTS_MAX)
        return;
    now->codepage = rtf->fonts[font].codepage;
    now->is_symbol = rtf->fonts[font].is_symbol;
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
    WORD_LISTOVERRIDETABLE,
    WORD_LISTTABLE,
    WORD_LISTTEXT,
    WORD_LQUOTE,
    WORD_LS,
    WORD_MAC,
    WORD_NESTCELL,
    WORD_NESTROW,
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
    { "bin", WORD_BIN },
    { "bkmkend", WORD_SKIP },
    { "bkmkstart", WORD_SKIP },
    { "bullet", WORD_BULLET },
    { "cell", WORD_CELL },
    { "cellx", WORD_CELLX },
    { "clmrg", WORD_CLMRG },
    { "clvmrg", WORD_CLVMRG },
    { "colortbl", WORD_SKIP },
    { "colorschememapping", WORD_SKIP },
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
    { "formfield", WORD_SKIP },
    { "fromhtml", WORD_FROMHTML },
    { "generator", WORD_SKIP },
    { "header", WORD_HEADER },
    { "headerf", WORD_HEADER },
    { "headerl", WORD_HEADER },
    { "headerr", WORD_HEADER },
    { "htmlrtf", WORD_HTMLRTF },
    { "htmltag", WORD_HTMLTAG },
    { "ilvl", WORD_ILVL },
    { "info", WORD_INFO },
    { "intbl", WORD_INTBL },
    { "itap", WORD_ITAP },
    { "keywords", WORD_KEYWORDS },
    { "latentstyles", WORD_SKIP },
    { "ldblquote", WORD_LDBLQUOTE },
    { "line", WORD_LINE },
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
    { "nesttableprops", WORD_SKIP },
    { "nonesttables", WORD_SKIP },
    { "nonshppict", WORD_SKIP },
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
    { "stylesheet", WORD_STYLESHEET },
    { "subject", WORD_SUBJECT },
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
    if (top(rtf)->destination != RTF_SKIPPED)
        top(rtf)->destination = destination;
}

static void begin_info(struct rtf *rtf, const char *name)
{
    if (top(rtf)->destination != RTF_INFO)
        return;
    top(rtf)->info_name = name;
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
        if (top(rtf)->destination == RTF_BODY) {
            top(rtf)->destination = RTF_INSTRUCTION;
            buf_clear(&rtf->code);
        } else {
            begin_destination(rtf, RTF_SKIPPED);
        }
        break;
    case WORD_FIELD_RESULT:
        if (top(rtf)->destination == RTF_BODY)
            rtf_begin_link(rtf);
        buf_clear(&rtf->code);
        break;
    case WORD_LISTTEXT:
        if (top(rtf)->destination == RTF_BODY) {
            top(rtf)->destination = RTF_LIST_TEXT;
            buf_clear(&rtf->mark);
        } else {
            begin_destination(rtf, RTF_SKIPPED);
        }
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

static bool is_text_destination(const struct rtf *rtf)
{
    enum rtf_destination destination = rtf->states[rtf->depth ? rtf->depth - 1 : 0].destination;

    return destination == RTF_BODY || destination == RTF_NOTE || destination == RTF_ANNOTATION;
}

/* Words that are characters. */
static bool character_word(struct rtf *rtf, enum word word)
{
    switch (word) {
    case WORD_TAB:
        put_literal(rtf, "\t");
        break;
    case WORD_LINE:
        put_literal(rtf, is_text_destination(rtf) || rtf->is_html ? "\n" : " ");
        break;
    case WORD_PAGE:
    case WORD_SPACE:
        put_literal(rtf, " ");
        break;
    case WORD_EMDASH:
        put_literal(rtf, "\xE2\x80\x94");
        break;
    case WORD_ENDASH:
        put_literal(rtf, "\xE2\x80\x93");
        break;
    case WORD_LQUOTE:
        put_literal(rtf, "\xE2\x80\x98");
        break;
    case WORD_RQUOTE:
        put_literal(rtf, "\xE2\x80\x99");
        break;
    case WORD_LDBLQUOTE:
        put_literal(rtf, "\xE2\x80\x9C");
        break;
    case WORD_RDBLQUOTE:
        put_literal(rtf, "\xE2\x80\x9D");
        break;
    case WORD_BULLET:
        put_literal(rtf, "\xE2\x80\xA2");
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
            put_literal(rtf, "\n");
        return word == WORD_PAR || word == WORD_SECT || word == WORD_CELL || word == WORD_ROW;
    }
    switch (word) {
    case WORD_PAR:
    case WORD_SECT:
        if (is_text_destination(rtf))
            rtf_end_paragraph(rtf);
        break;
    case WORD_CELL:
        if (top(rtf)->destination == RTF_BODY)
            rtf_end_cell(rtf);
        break;
    case WORD_ROW:
        if (top(rtf)->destination == RTF_BODY)
            rtf_end_row(rtf);
        break;
    case WORD_NESTCELL: /* a table in a cell is only its text */
    case WORD_NESTROW:
        put_literal(rtf, " ");
        break;
    case WORD_TROWD:
        begin_row(rtf);
        break;
    case WORD_CELLX:
        end_cell_definition(rtf);
        break;
    case WORD_CLMRG:
        rtf->cell_draft.is_merged_right = true;
        break;
    case WORD_CLVMRG:
        rtf->cell_draft.is_merged_down = true;
        break;
    case WORD_TRHDR:
        rtf->is_header_row = true;
        break;
    default:
        return false;
    }
    return true;
}

static void state_word(struct rtf *rtf, enum word word, int32_t value, bool has_value)
{
    struct rtf_state *now = top(rtf);

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
        put_unicode(rtf, value);
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
    switch (top(rtf)->destination) {
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

static void control_word(struct rtf *rtf, const char *name, int32_t value, bool has_value)
{
    enum word word = lookup_word(name);
    struct rtf_state *now = top(rtf);
    bool is_star = now->is_star;
    enum rtf_destination destination = now->destination;

    now->is_star = false;
    if (word == WORD_BIN) {
        size_t left = (size_t)(rtf->end - rtf->at);

        rtf->at += value > 0 ? ((size_t)value < left ? (size_t)value : left) : 0;
        return;
    }
    if (destination == RTF_SKIPPED && word != WORD_INSIDE)
        return;
    if (destination == RTF_SKIPPED && strcmp(name, "ud") == 0) {
        /* {\upr{...}{\*\ud{...}}}: the second one is the first in Unicode */
        now->destination = rtf->depth > 2 ? rtf->states[rtf->depth - 3].destination : RTF_BODY;
        return;
    }
    if (destination >= RTF_FONTS && destination <= RTF_OVERRIDES && word != WORD_U &&
        word != WORD_UC && word != WORD_SKIP) {
        if (is_star && destination == RTF_STYLES && strcmp(name, "cs") != 0)
            now->destination = RTF_STYLES;
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

/* at is behind the backslash, on a letter. */
static void read_word(struct rtf *rtf)
{
    char name[WORD_BYTES_MAX + 1];
    size_t len = 0;
    int64_t value = 0;
    bool has_value = false, is_negative = false;

    while (rtf->at < rtf->end && ((*rtf->at | 32) >= 'a' && (*rtf->at | 32) <= 'z')) {
        if (len < WORD_BYTES_MAX)
            name[len++] = *rtf->at;
        rtf->at++;
    }
    name[len] = '\0';
    if (rtf->at < rtf->end && *rtf->at == '-') {
        is_negative = true;
        rtf->at++;
    }
    while (rtf->at < rtf->end && *rtf->at >= '0' && *rtf->at <= '9') {
        if (value < INT32_MAX / 10)
            value = value * 10 + (*rtf->at - '0');
        has_value = true;
        rtf->at++;
    }
    if (rtf->at < rtf->end && *rtf->at == ' ')
        rtf->at++;
    control_word(rtf, name, (int32_t)(is_negative ? -value : value), has_value);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c | 32) >= 'a' && (c | 32) <= 'f')
        return (c | 32) - 'a' + 10;
    return -1;
}

/* at is behind the backslash, on something that is no letter. */
static void read_symbol(struct rtf *rtf)
{
    char c = *rtf->at++;

    switch (c) {
    case '\'':
        if (rtf->end - rtf->at >= 2 && hex_digit(rtf->at[0]) >= 0 && hex_digit(rtf->at[1]) >= 0) {
            put_byte(rtf, (char)(hex_digit(rtf->at[0]) * 16 + hex_digit(rtf->at[1])));
            rtf->at += 2;
        }
        break;
    case '*':
        top(rtf)->is_star = true;
        break;
    case '~':
        put_literal(rtf, "\xC2\xA0");
        break;
    case '_':
        put_literal(rtf, "-");
        break;
    case '\r':
    case '\n':
        if (rtf->is_html)
            put_literal(rtf, "\n");
        else if (is_text_destination(rtf))
            rtf_end_paragraph(rtf);
        break;
    case '\\':
    case '{':
    case '}':
        put_byte(rtf, c);
        break;
    default: /* "\-" and others have no text */
        break;
    }
}

static void read_document(struct rtf *rtf)
{
    while (rtf->at < rtf->end && !writer_is_full(rtf->writer)) {
        char c = *rtf->at++;

        switch (c) {
        case '{':
            begin_group(rtf);
            break;
        case '}':
            end_group(rtf);
            break;
        case '\\':
            if (rtf->at == rtf->end)
                break;
            if ((*rtf->at | 32) >= 'a' && (*rtf->at | 32) <= 'z')
                read_word(rtf);
            else
                read_symbol(rtf);
            break;
        case '\r':
        case '\n':
        case '\0':
            break;
        default:
            if (c == ';' && top(rtf)->destination == RTF_FONTS)
                break;
            put_byte(rtf, c);
        }
    }
}

static void rtf_free(struct rtf **owned)
{
    struct rtf *rtf = *owned;

    if (!rtf)
        return;
    free(rtf->lists);
    free(rtf->overrides);
    buf_release(&rtf->style_name);
    buf_release(&rtf->text);
    buf_release(&rtf->bytes);
    buf_release(&rtf->mark);
    buf_release(&rtf->code);
    buf_release(&rtf->info);
    buf_release(&rtf->author);
    buf_release(&rtf->notes);
    buf_release(&rtf->note_text);
    buf_release(&rtf->comments);
    buf_release(&rtf->row);
    buf_release(&rtf->above);
    buf_release(&rtf->html);
    free(rtf);
}

static enum status check(const struct rtf *rtf, struct error *err)
{
    const struct buf *const all[] = { &rtf->text, &rtf->bytes, &rtf->notes, &rtf->row, &rtf->html };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (all[i]->failed == STATUS_NO_MEMORY)
            return error_set(err, STATUS_NO_MEMORY, "out of memory");
        else if (all[i]->failed)
            writer_partial(rtf->writer, "a paragraph is larger than the limit");
    return STATUS_OK;
}

static enum status rtf_extract(const struct source *source, struct writer *writer,
                               struct error *err)
{
    CLEANUP(rtf_free) struct rtf *rtf = calloc(1, sizeof(*rtf));
    enum status status = STATUS_OK;

    if (!rtf)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    rtf->source = source;
    rtf->writer = writer;
    rtf->at = source->bytes.data;
    rtf->end = rtf->at + source->bytes.len;
    rtf->codepage = 1252;
    rtf->link_now = -1;
    rtf->style_name = (struct buf)BUF_INIT(1024);
    rtf->mark = (struct buf)BUF_INIT(256);
    rtf->code = (struct buf)BUF_INIT(65536);
    rtf->info = (struct buf)BUF_INIT(65536);
    rtf->author = (struct buf)BUF_INIT(1024);
    rtf->text = rtf->bytes = (struct buf)BUF_INIT(RTF_PARAGRAPH_BYTES_MAX);
    rtf->html = (struct buf)BUF_INIT(RTF_HTML_BYTES_MAX);
    rtf->row = rtf->above = (struct buf)BUF_INIT(RTF_PARAGRAPH_BYTES_MAX);
    rtf->notes = rtf->note_text = rtf->comments = (struct buf)BUF_INIT(NOTES_BYTES_MAX);
    rtf->states[0].skip_after_unicode = 1;
    rtf->states[0].outline = -1;
    for (unsigned i = 0; i < RTF_STYLES_MAX; i++)
        rtf->styles[i].outline = -1;
    rtf->is_whole = source->bytes.len >= 5 && memcmp(source->bytes.data, "{\\rtf", 5) == 0;
    read_document(rtf);
    rtf_end_document(rtf);
    if (rtf->html.len > 0)
        status = xhtml_emit(buf_span(&rtf->html), false, writer, err);
    if (status)
        return status;
    if (rtf->depth_dropped > 0)
        writer_partial(writer, "groups nest deeper than %u", RTF_DEPTH_MAX);
    return check(rtf, err);
}

static int rtf_bid(const struct bid_input *input)
{
    if (input->head.len >= 5 && memcmp(input->head.data, "{\\rtf", 5) == 0)
        return 100;
    /* a piece of a document, cut out by some program */
    return strcmp(input->extension, "rtf") == 0 && input->head.len >= 2 &&
                   memcmp(input->head.data, "{\\", 2) == 0
               ? 95
               : 0;
}

const struct extractor rtf_extractor = {
    .name = "rtf",
    .version = 2,
    .bid = rtf_bid,
    .extract = rtf_extract,
};
