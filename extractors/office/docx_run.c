#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/common/description.h"
#include "extractors/common/symbol_font.h"
#include "extractors/math/omml.h"
#include "extractors/office/docx_read.h"
#include "extractors/office/ooxml_draw.h"

#define HIDDEN_SIZE_MAX 2 /* half points: a text that small is there to be found, not read */

/* ---- properties ---- */

static bool is_on(struct xml *xml)
{
    return xml_attr_is_on(xml, "val");
}

void docx_read_paragraph_properties(struct docx *docx, struct xml *xml, struct docx_paragraph *out)
{
    unsigned depth = xml->depth;
    long level = -1;
    bool has_number = false;

    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        switch (xml->tag) {
        case W_PSTYLE:
            out->style = docx_styles_lookup(&docx->styles, xml_attr(xml, "val"));
            break;
        case W_OUTLINE:
            level = xml_attr_number(xml, "val", 9);
            break;
        case W_NUM_ID:
            out->number = (int32_t)xml_attr_number(xml, "val", 0);
            has_number = true;
            break;
        case W_ILVL:
            out->number_level = (unsigned)xml_attr_number(xml, "val", 0) & 15u;
            break;
        case W_INDENT:
            out->indent = docx_read_indent(xml);
            break;
        case W_VANISH: /* of the paragraph's mark only */
        case W_TRACKED_PROPERTIES:
            xml_skip(xml);
            break;
        case W_DEL:
        case W_MOVE_FROM:
            out->is_mark_deleted = true;
            break;
        case W_SHADE: {
            struct span fill = xml_attr(xml, "fill");

            out->is_shaded = !span_is(fill, "auto") && !span_is(fill, "FFFFFF");
            break;
        }
        default:
            break;
        }
    }
    if (!out->style && docx->styles.default_paragraph < docx->styles.count)
        out->style = &docx->styles.items[docx->styles.default_paragraph];
    if (out->style) {
        if (level < 0)
            out->outline = out->style->outline;
        if (!has_number && out->style->number > 0) {
            out->number = out->style->number;
            if (out->number_level == 0 && out->style->number_level > 0)
                out->number_level = (unsigned)out->style->number_level;
            if (out->indent == DOCX_INDENT_NONE) /* else the list's own is the stronger one */
                out->indent = out->style->indent;
        }
        out->is_hidden |= out->style->is_hidden;
    }
    if (level >= 0)
        out->outline = level < 9 ? (unsigned)level : DOCX_OUTLINE_NONE;
}

void docx_read_run_properties(struct docx *docx, struct xml *xml,
                              const struct docx_paragraph *paragraph, struct docx_run *out)
{
    unsigned depth = xml->depth;
    bool is_white = false, is_shaded = paragraph->is_shaded, is_tiny = false;

    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        switch (xml->tag) {
        case W_RSTYLE: {
            const struct docx_style *style =
                docx_styles_lookup(&docx->styles, xml_attr(xml, "val"));

            if (style) {
                out->is_hidden |= style->is_hidden;
                out->is_mono |= style->is_mono;
                out->has_mono_style = style->is_mono;
                out->looks = looks_within(style->looks, out->looks);
            }
            break;
        }
        case W_VANISH:
            out->is_hidden = is_on(xml);
            break;
        case W_COLOR:
            is_white = span_is(xml_attr(xml, "val"), "FFFFFF");
            break;
        case W_SIZE:
            is_tiny = xml_attr_number(xml, "val", 99) <= HIDDEN_SIZE_MAX;
            break;
        case W_SHADE:
        case W_HIGHLIGHT:
            is_shaded = true;
            break;
        case W_FONTS:
            out->is_mono = docx_is_mono(xml_attr(xml, "ascii"));
            break;
        case W_LOOK:
            docx_read_look(xml, &out->looks);
            break;
        case W_TRACKED_PROPERTIES:
            xml_skip(xml);
            break;
        default:
            break;
        }
    }
    /* White on white; in tables and boxes the shade may come from anywhere, so only outside. */
    if (is_tiny || (is_white && !is_shaded && !docx->has_background && docx->table_depth == 0 &&
                    docx->box_depth == 0))
        out->is_hidden = true;
}

/* ---- text ---- */

static void set_looks(struct docx *docx, uint8_t looks)
{
    if (looks != docx->looks)
        (void)writer_emphasis(docx->writer, looks);
    docx->looks = looks;
}

void docx_end_looks(struct docx *docx)
{
    set_looks(docx, 0);
    docx->has_plain = false;
}

/* Words in a font of fixed width are code where a style says so, or where they stand out: a whole
 * text may be in such a font. */
static void put_looks(struct docx *docx, const struct docx_run *run, struct span text)
{
    const uint8_t code = 1u << EMPHASIS_CODE;
    bool is_code = run->has_mono_style || (run->is_mono && docx->has_plain);

    set_looks(docx, is_code ? run->looks.on | code : run->looks.on);
    for (size_t i = 0; !run->is_mono && !docx->has_plain && i < text.len; i++)
        docx->has_plain = text.data[i] != ' ';
}

static void put(struct docx *docx, const struct docx_run *run, struct span text)
{
    if (docx->instruction_depth > 0)
        return;
    put_looks(docx, run, text);
    if (run->is_hidden)
        writer_hidden(docx->writer, text);
    else
        writer_text(docx->writer, text);
}

static void put_literal(struct docx *docx, const struct docx_run *run, const char *text)
{
    put(docx, run, (struct span){ text, strlen(text) });
}

static void read_text(struct docx *docx, struct xml *xml, const struct docx_run *run)
{
    unsigned depth = xml->depth;

    while (xml_within(xml, depth))
        if (xml->event == XML_TEXT)
            put(docx, run, xml->text);
}

/* A character of a font that draws others than Unicode says; those fonts use U+F000 to U+F0FF. */
static void read_symbol(struct docx *docx, struct xml *xml, const struct docx_run *run)
{
    struct span code = xml_attr(xml, "char");
    char digits[8] = "", bytes[4];
    uint32_t c, drawn;

    (void)snprintf(digits, sizeof(digits), "%.*s", (int)(code.len > 7 ? 7 : code.len),
                   code.data ? code.data : "");
    c = (uint32_t)strtoul(digits, NULL, 16);
    drawn = symbol_font_character(xml_attr(xml, "font"), c);
    if (drawn == 0 && (c == 0 || (c >= 0xE000 && c <= 0xF8FF)))
        return;
    put(docx, run, (struct span){ bytes, utf8_encode(drawn ? drawn : c, bytes) });
}

/* Is the formula that xml is at the start of all that its paragraph of plain text says? Such
 * stands on a line of its own, though it is one of the kind for lines. */
static bool is_all_of_paragraph(const struct docx *docx, const struct xml *xml,
                                const struct docx_paragraph *paragraph)
{
    CLEANUP(xml_fork_free) struct xml *ahead = NULL;
    unsigned depth = xml->depth - 1; /* what is not directly in its paragraph is not alone */
    bool is_alone;

    if (writer_text_bytes(docx->writer) != docx->paragraph_start || docx->table_depth > 0 ||
        docx->is_in_note || docx->is_in_code || docx->is_joined || paragraph->number > 0 ||
        paragraph->outline != DOCX_OUTLINE_NONE ||
        (paragraph->style && paragraph->style->role != DOCX_ROLE_NONE))
        return false;
    ahead = xml_fork_new(xml);
    if (!ahead)
        return false;
    xml_skip(ahead);
    for (is_alone = true; is_alone && xml_within(ahead, depth);)
        is_alone = ahead->event != XML_START || (ahead->tag != W_R && ahead->tag != M_MATH);
    return is_alone && ahead->tag == W_P;
}

static void read_math(struct docx *docx, struct xml *xml, const struct docx_paragraph *paragraph,
                      const struct docx_run *run)
{
    CLEANUP(buf_release) struct buf formula = BUF_INIT(OMML_BYTES_MAX);
    const struct docx_run plain = { .is_hidden = run->is_hidden,
                                    .looks.on = 1u << EMPHASIS_FORMULA };
    bool is_block = xml->tag == M_MATH_PARA || is_all_of_paragraph(docx, xml, paragraph);
    const char *fence = is_block ? "$$" : "$";

    omml_append(xml, &formula);
    if (formula.len == 0)
        return;
    put_literal(docx, &plain, fence);
    put(docx, &plain, buf_span(&formula));
    put_literal(docx, &plain, fence);
}

/* ---- links and fields ---- */

static void begin_link(struct docx *docx, struct xml *xml)
{
    CLEANUP(buf_release) struct buf target = BUF_INIT(4096);
    const struct ooxml_relation *relation =
        ooxml_by_id(&docx->relations, xml_attr_in(xml, XML_NS_R, "id"));
    struct span anchor = xml_attr_in(xml, XML_NS_W, "anchor");

    if (relation)
        buf_append(&target, relation->target.data, relation->target.len);
    if (anchor.len > 0) {
        buf_append_char(&target, '#');
        buf_append(&target, anchor.data, anchor.len);
    }
    if (target.len > 0)
        writer_link_begin(docx->writer, buf_span(&target));
}

/* HYPERLINK "https://..." \l "anchor": its address. */
static bool begin_field_link(struct docx *docx)
{
    struct span code = buf_span(&docx->instruction);
    const char *word = memmem(code.data, code.len, "HYPERLINK", 9), *open, *close, *option;
    CLEANUP(buf_release) struct buf target = BUF_INIT(4096);

    if (!word)
        return false;
    code.len -= (size_t)(word - code.data) + 9;
    code.data = word + 9;
    open = memchr(code.data, '"', code.len);
    if (!open)
        return false;
    close = memchr(open + 1, '"', code.len - (size_t)(open + 1 - code.data));
    if (!close)
        return false;
    option = memmem(code.data, (size_t)(open - code.data), "\\l", 2);
    if (option)
        buf_append_char(&target, '#');
    buf_append(&target, open + 1, (size_t)(close - open - 1));
    if (target.len == 0)
        return false;
    writer_link_begin(docx->writer, buf_span(&target));
    return true;
}

static struct docx_field *top_field(struct docx *docx)
{
    return docx->field_depth ? &docx->fields[docx->field_depth - 1] : NULL;
}

/* A box of a form, ticked or not: what it was at first, unless it says what it is now. */
static void read_check_box(struct docx *docx, struct xml *xml)
{
    struct docx_field *top = top_field(docx);
    unsigned depth = xml->depth;
    bool is_on = false, has_value = false;

    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (span_is(xml->name, "checked") || (span_is(xml->name, "default") && !has_value)) {
            is_on = xml_attr_is_on(xml, "val");
            has_value = span_is(xml->name, "checked");
        }
    }
    if (top)
        top->shown = (struct span){ is_on ? "\xE2\x98\x92" : "\xE2\x98\x90", 3 };
}

/* A list of a form, of which one entry is shown: the first one, unless it says which. */
static void read_choices(struct docx *docx, struct xml *xml)
{
    struct docx_field *top = top_field(docx);
    unsigned depth = xml->depth;
    long chosen = 0, entry = 0;
    bool has_result = false;

    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (span_is(xml->name, "result") || (span_is(xml->name, "default") && !has_result)) {
            chosen = xml_attr_number(xml, "val", 0);
            has_result = span_is(xml->name, "result");
        } else if (span_is(xml->name, "listEntry") && entry++ == chosen && top) {
            struct span text = xml_attr(xml, "val");
            char *copy = arena_copy(&docx->arena, text);

            top->shown = copy ? (struct span){ copy, text.len } : (struct span){ "", 0 };
        }
    }
}

static void end_field(struct docx *docx, const struct docx_field *top, const struct docx_run *run)
{
    if (!top->is_in_result)
        docx->instruction_depth--;
    if (top->has_link)
        writer_link_end(docx->writer);
    docx->field_depth--;
    if (top->shown.len > 0)
        put(docx, run, top->shown);
}

static void read_field_char(struct docx *docx, struct xml *xml, const struct docx_run *run)
{
    struct span type = xml_attr(xml, "fldCharType");
    struct docx_field *top = top_field(docx);

    if (span_is(type, "begin") && docx->field_depth < DOCX_FIELD_DEPTH_MAX) {
        docx->fields[docx->field_depth++] = (struct docx_field){ .is_in_result = false };
        docx->instruction_depth++;
        buf_clear(&docx->instruction);
    } else if (span_is(type, "separate") && top && !top->is_in_result) {
        top->is_in_result = true;
        docx->instruction_depth--;
        top->has_link = docx->instruction_depth == 0 && begin_field_link(docx);
        buf_clear(&docx->instruction);
    } else if (span_is(type, "end") && top) {
        end_field(docx, top, run);
    }
}

/* ---- notes ---- */

static void read_note_reference(struct docx *docx, struct xml *xml, const struct docx_run *run,
                                enum docx_note kind)
{
    long id = xml_attr_number(xml, "id", -1);
    const struct docx_run plain = { .is_hidden =
                                        run->is_hidden }; /* the mark says that it is raised */
    char mark[32];

    if (id < 0 || docx->note_count[kind] >= DOCX_NOTES_MAX)
        return;
    if (!array_reserve(&docx->note_ids[kind], &docx->note_capacity[kind], docx->note_count[kind])) {
        docx->failed = STATUS_NO_MEMORY;
        return;
    }
    docx->note_ids[kind][docx->note_count[kind]++] = (int32_t)id;
    (void)snprintf(mark, sizeof(mark), kind == DOCX_FOOTNOTES ? "[^%zu]" : "[^e%zu]",
                   docx->note_count[kind]);
    put_literal(docx, &plain, mark);
}

/* ---- drawings ---- */

static void keep_box(struct docx *docx, struct xml *xml, struct docx_boxes *boxes)
{
    struct xml *fork = boxes->count < DOCX_BOXES_MAX ? xml_fork_new(xml) : NULL;

    if (fork) {
        boxes->items[boxes->count++] = fork;
    } else {
        writer_partial(docx->writer, "more than %u text boxes in a paragraph", DOCX_BOXES_MAX);
    }
    xml_skip(xml);
}

static void read_alternative_text(struct docx *docx, struct xml *xml, const struct docx_run *run)
{
    struct span text = picture_description(xml_attr(xml, xml->tag == V_SHAPE ? "alt" : "descr"));

    if (text.len == 0)
        return;
    if (docx->is_beside && docx->table_depth == 0 && !docx->is_in_note && !run->is_hidden) {
        if (writer_text_bytes(docx->writer) == docx->paragraph_start && !docx->is_in_code) {
            writer_block(docx->writer, BLOCK_CAPTION, 0, text); /* the paragraph begins behind it */
            docx->paragraph_start = writer_text_bytes(docx->writer);
            return;
        }
        buf_append(&docx->beside, text.data, text.len);
        buf_append_char(&docx->beside, '\0');
        return;
    }
    put_literal(docx, run, " ");
    put(docx, run, text);
    put_literal(docx, run, " ");
}

static void read_drawn_part(struct docx *docx, struct xml *xml)
{
    bool is_chart = xml->tag == C_CHART;
    const struct ooxml_relation *relation =
        ooxml_by_id(&docx->relations, xml_attr_in(xml, XML_NS_R, is_chart ? "id" : "dm"));

    if (!relation || relation->is_external || docx->instruction_depth > 0)
        return;
    if (is_chart)
        ooxml_chart(docx->zip, relation->target, true, docx->writer);
    else
        ooxml_diagram(docx->zip, relation->target, docx->writer);
}

void docx_read_inline(struct docx *docx, struct xml *xml, const struct docx_paragraph *paragraph,
                      struct docx_run *run, struct docx_boxes *boxes)
{
    if (xml->event == XML_END) {
        if (xml->tag == W_HYPERLINK)
            writer_link_end(docx->writer);
        if (xml->tag == WP_ANCHOR)
            docx->is_beside = false;
        return;
    }
    if (xml->event != XML_START)
        return;
    switch (xml->tag) {
    case W_R:
        *run = (struct docx_run){ .is_hidden = paragraph->is_hidden };
        break;
    case W_RPR:
        docx_read_run_properties(docx, xml, paragraph, run);
        break;
    case W_T:
        read_text(docx, xml, run);
        break;
    case W_TAB:
        put_literal(docx, run, "\t");
        break;
    case W_BR:
        if (span_is(xml_attr(xml, "type"), "page") || span_is(xml_attr(xml, "type"), "column")) {
            put_literal(docx, run, " ");
            break;
        }
        writer_break(docx->writer);
        break;
    case W_CR:
        writer_break(docx->writer);
        break;
    case W_NO_BREAK_HYPHEN:
        put_literal(docx, run, "-");
        break;
    case W_SYM:
        read_symbol(docx, xml, run);
        break;
    case W_HYPERLINK:
        begin_link(docx, xml);
        break;
    case W_FIELD_CHAR:
        read_field_char(docx, xml, run);
        break;
    case W_CHECK_BOX:
        read_check_box(docx, xml);
        break;
    case W_CHOICES:
        read_choices(docx, xml);
        break;
    case W_INSTRUCTION:
        if (docx->instruction_depth == 1)
            xml_collect(xml, &docx->instruction);
        else
            xml_skip(xml);
        break;
    case W_FOOTNOTE_REF:
        read_note_reference(docx, xml, run, DOCX_FOOTNOTES);
        break;
    case W_ENDNOTE_REF:
        read_note_reference(docx, xml, run, DOCX_ENDNOTES);
        break;
    case M_MATH:
    case M_MATH_PARA:
        read_math(docx, xml, paragraph, run);
        break;
    case W_BOX_CONTENT:
        keep_box(docx, xml, boxes);
        break;
    case WP_ANCHOR:
        docx->is_beside = true;
        break;
    case WP_PROPERTIES:
    case V_SHAPE:
        read_alternative_text(docx, xml, run);
        break;
    case C_CHART:
    case DGM_IDS:
        read_drawn_part(docx, xml);
        break;
    case W_DEL:
    case W_MOVE_FROM:
    case W_SDT_PR:
    case W_SDT_END_PR:
    case W_RUBY_TEXT:
    case W_FALLBACK: /* says again what Choice said */
        xml_skip(xml);
        break;
    default:
        break;
    }
}
