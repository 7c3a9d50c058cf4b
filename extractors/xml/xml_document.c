#include "extractors/xml/xml_document_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/math/mathml.h"
#include "extractors/xml/xml_citation.h"
#include "extractors/xml/xml_date.h"

#define META_BYTES_MAX 8192u

static void read_element(struct xmldoc *xmldoc, struct xml *xml);

void xmldoc_put(struct xmldoc *xmldoc, const char *text)
{
    writer_text(xmldoc->writer, (struct span){ text, strlen(text) });
}

void xmldoc_begin(struct xmldoc *xmldoc, enum block_kind kind, unsigned level)
{
    writer_begin(xmldoc->writer, kind, level);
    xmldoc->block_depth++;
    xmldoc->is_item_begun = false;
}

void xmldoc_end(struct xmldoc *xmldoc)
{
    writer_end(xmldoc->writer);
    xmldoc->block_depth--;
}

static void put_label(struct xmldoc *xmldoc)
{
    if (xmldoc->label.len == 0)
        return;
    writer_text(xmldoc->writer, buf_span(&xmldoc->label));
    xmldoc_put(xmldoc, " ");
    buf_clear(&xmldoc->label);
    xmldoc->is_label_of_words = false;
}

void xmldoc_put_words(struct xmldoc *xmldoc, struct span text)
{
    for (size_t i = 0; (xmldoc->is_label_of_words || xmldoc->is_item_begun) && i < text.len; i++)
        if (!strchr(" \t\r\n", text.data[i])) {
            xmldoc->is_item_begun = false;
            put_label(xmldoc);
        }
    writer_text(xmldoc->writer, text);
}

/* ---- elements ---- */

static void read_meta(struct xmldoc *xmldoc, struct xml *xml, unsigned argument)
{
    static const char *const names[] = {
        [XMLDOC_META_TITLE] = "title",         [XMLDOC_META_AUTHOR] = "author",
        [XMLDOC_META_DATE] = "date",           [XMLDOC_META_LANGUAGE] = "language",
        [XMLDOC_META_SUBJECT] = "subject",     [XMLDOC_META_KEYWORDS] = "keywords",
        [XMLDOC_META_PUBLISHER] = "publisher",
    };
    CLEANUP(buf_release) struct buf value = BUF_INIT(META_BYTES_MAX);
    CLEANUP(buf_release) struct buf folded = BUF_INIT(META_BYTES_MAX);

    unsigned depth = xml->depth;

    if (argument == XMLDOC_META_DATE)
        xml_date_read(xml, &value);
    while (argument != XMLDOC_META_DATE && xml_within(xml, depth)) {
        if (xml->event == XML_TEXT)
            buf_append(&value, xml->text.data, xml->text.len);
        else
            buf_append_char(&value, ' ');
    }
    for (size_t i = 0; i < value.len; i++) {
        bool is_space = strchr(" \t\r\n", value.data[i]) != NULL;

        if (!is_space)
            buf_append_char(&folded, value.data[i]);
        else if (folded.len > 0 && folded.data[folded.len - 1] != ' ')
            buf_append_char(&folded, ' ');
    }
    if (folded.len > 0 && folded.data[folded.len - 1] == ' ')
        folded.len--;
    writer_metadata(xmldoc->writer, names[argument], buf_span(&folded));
}

static void read_title(struct xmldoc *xmldoc, struct xml *xml)
{
    if (xmldoc->is_note_mark) {
        xmldoc_read_note_title(xmldoc, xml);
        return;
    }
    if (xmldoc->figure_depth > 0 && xmldoc->flat_depth > 0) { /* in the caption that is open */
        xmldoc_walk(xmldoc, xml);
        writer_break(xmldoc->writer);
        return;
    }
    if (xmldoc->figure_depth > 0) {
        xmldoc_begin(xmldoc, BLOCK_CAPTION, 0);
    } else if (xmldoc->is_terms) {
        xmldoc_begin(xmldoc, BLOCK_TERM, 0);
    } else if (xmldoc->section == 0) {
        xmldoc_begin(xmldoc, BLOCK_TITLE, 0);
        xmldoc->has_title = true;
    } else {
        xmldoc_begin(xmldoc, BLOCK_HEADING, xmldoc->section);
    }
    put_label(xmldoc);
    xmldoc->flat_depth++;
    xmldoc->prose_depth++;
    xmldoc_walk(xmldoc, xml);
    xmldoc->prose_depth--;
    xmldoc->flat_depth--;
    xmldoc_end(xmldoc);
}

static bool begins_with_title(const struct xml *xml)
{
    struct xml *ahead = malloc(sizeof(*ahead));
    unsigned action = 0;

    if (!ahead)
        return true;
    xml_fork(xml, ahead);
    while (action == 0 && xml_within(ahead, xml->depth))
        if (ahead->event == XML_START)
            action = ahead->tag ? ahead->tag >> 4 : XMLDOC_TEXT;
    xml_release(ahead);
    free(ahead);
    return action == XMLDOC_TITLE || action == XMLDOC_LABEL;
}

/* Among notes: those of one chapter, under its title. */
static bool holds_sections(const struct xml *xml)
{
    struct xml *ahead = malloc(sizeof(*ahead));
    unsigned action = 0;

    if (!ahead)
        return false;
    xml_fork(xml, ahead);
    while (action != XMLDOC_SECTION && action != XMLDOC_PARAGRAPH && xml_within(ahead, xml->depth))
        if (ahead->event == XML_START) {
            action = ahead->tag >> 4;
            if (action == XMLDOC_TITLE)
                xml_skip(ahead);
        }
    xml_release(ahead);
    free(ahead);
    return action == XMLDOC_SECTION;
}

static void read_section(struct xmldoc *xmldoc, struct xml *xml, unsigned argument)
{
    bool was_box = xmldoc->is_box;

    if (xmldoc->is_in_notes && !holds_sections(xml)) {
        xmldoc_read_note_section(xmldoc, xml);
        return;
    }
    xmldoc->section++;
    xmldoc->is_box = argument == XMLDOC_SECTION_BOX;
    if (argument == XMLDOC_SECTION_ABSTRACT && !begins_with_title(xml)) {
        xmldoc_begin(xmldoc, BLOCK_HEADING, xmldoc->section);
        xmldoc_put(xmldoc, "Abstract");
        xmldoc_end(xmldoc);
    }
    xmldoc_walk(xmldoc, xml);
    xmldoc->section--;
    xmldoc->is_box = was_box;
    buf_clear(&xmldoc->label);
}

static void read_list(struct xmldoc *xmldoc, struct xml *xml, unsigned argument)
{
    bool was_ordered = xmldoc->is_ordered, was_terms = xmldoc->is_terms;
    struct span type = xml_attr(xml, "list-type");

    if (type.len == 0)
        type = xml_attr(xml, "type");
    xmldoc->is_terms = argument == XMLDOC_LIST_TERMS;
    xmldoc->is_ordered = argument == XMLDOC_LIST_ORDERED ||
                         (argument == XMLDOC_LIST_AS_TOLD &&
                          (span_is(type, "order") || span_is(type, "numbered") ||
                           span_starts(type, "alpha") || span_starts(type, "roman")));
    xmldoc->list_depth += !xmldoc->is_terms;
    xmldoc_walk(xmldoc, xml);
    xmldoc->list_depth -= !xmldoc->is_terms;
    xmldoc->is_ordered = was_ordered;
    xmldoc->is_terms = was_terms;
}

/* What it stood in has ended without any words. */
static void drop_label(struct xmldoc *xmldoc)
{
    if (xmldoc->is_label_of_words)
        buf_clear(&xmldoc->label);
    xmldoc->is_label_of_words = false;
}

static void read_item(struct xmldoc *xmldoc, struct xml *xml)
{
    if (xmldoc->is_terms) {
        xmldoc_walk(xmldoc, xml);
        return;
    }
    xmldoc_begin(xmldoc, BLOCK_LIST_ITEM, xmldoc->list_depth ? xmldoc->list_depth : 1);
    if (xmldoc->is_ordered)
        writer_flags(xmldoc->writer, BLOCK_ORDERED);
    xmldoc->item_depth++;
    xmldoc->is_item_begun = true;
    xmldoc_walk(xmldoc, xml);
    xmldoc->is_item_begun = false;
    xmldoc->item_depth--;
    drop_label(xmldoc);
    xmldoc_end(xmldoc);
}

/* The label of something without a title or caption. */
static void put_label_alone(struct xmldoc *xmldoc)
{
    if (xmldoc->label.len == 0)
        return;
    xmldoc_begin(xmldoc, BLOCK_CAPTION, 0);
    put_label(xmldoc);
    xmldoc_end(xmldoc);
}

/* The title of a table is its caption, so the table itself begins with its first row. */
static void read_row(struct xmldoc *xmldoc, struct xml *xml)
{
    if (!xmldoc->is_table_open)
        writer_begin(xmldoc->writer, BLOCK_TABLE, xmldoc->is_in_head);
    xmldoc->is_table_open = true;
    writer_begin(xmldoc->writer, BLOCK_ROW, 0);
    if (xmldoc->is_in_head)
        writer_flags(xmldoc->writer, BLOCK_HEADER);
    xmldoc_walk(xmldoc, xml);
    writer_end(xmldoc->writer);
}

static void read_table(struct xmldoc *xmldoc, struct xml *xml)
{
    bool was_open = xmldoc->is_table_open, was_head = xmldoc->is_in_head;

    if (!xmldoc->is_label_of_words)
        put_label_alone(xmldoc);
    xmldoc->is_table_open = was_open; /* a table inside a cell only adds to it */
    xmldoc->figure_depth++;
    xmldoc_walk(xmldoc, xml);
    xmldoc->figure_depth--;
    if (xmldoc->is_table_open && !was_open)
        writer_end(xmldoc->writer);
    xmldoc->is_table_open = was_open;
    xmldoc->is_in_head = was_head;
    buf_clear(&xmldoc->label);
}

static void read_cell(struct xmldoc *xmldoc, struct xml *xml, bool is_header)
{
    long span = xml_attr_number(xml, "colspan", 1);
    unsigned figure_depth = xmldoc->figure_depth;

    writer_begin(xmldoc->writer, BLOCK_CELL, (unsigned)(span > 0 && span < 256 ? span : 1));
    if (is_header)
        writer_flags(xmldoc->writer, BLOCK_HEADER);
    xmldoc->block_depth++;
    xmldoc->figure_depth = 0;
    xmldoc_walk(xmldoc, xml);
    xmldoc->figure_depth = figure_depth;
    xmldoc_end(xmldoc);
}

/* "1.", "(1)": the number; empty: it is none. */
static struct span number_of(struct span label)
{
    while (label.len > 0 && strchr(" \t\r\n([", label.data[0]))
        label = (struct span){ label.data + 1, label.len - 1 };
    while (label.len > 0 && strchr(" \t\r\n.)]", label.data[label.len - 1]))
        label.len--;
    for (size_t i = 0; i < label.len; i++)
        if (label.data[i] < '0' || label.data[i] > '9')
            label.len = 0;
    return label;
}

/* A number in front of an item's words is that of the item. */
static void read_label(struct xmldoc *xmldoc, struct xml *xml)
{
    struct span number;

    if (xmldoc->is_note_mark) {
        xmldoc_read_note_label(xmldoc, xml);
        return;
    }
    buf_clear(&xmldoc->label);
    xml_collect(xml, &xmldoc->label);
    xmldoc->is_label_of_words = xmldoc->block_depth > xmldoc->figure_block_depth;
    number = number_of(buf_span(&xmldoc->label));
    if (number.len == 0 || !xmldoc->is_item_begun)
        return;
    writer_flags(xmldoc->writer, BLOCK_ORDERED);
    writer_label(xmldoc->writer, number);
    buf_clear(&xmldoc->label);
    xmldoc->is_label_of_words = false;
}

static void read_link(struct xmldoc *xmldoc, struct xml *xml)
{
    struct span target = xml_attr(xml, "href");

    if (span_is(xml_attr(xml, "type"), "note")) {
        xmldoc_read_note_link(xmldoc, xml);
        return;
    }
    if (target.len == 0)
        target = xml_attr(xml, "url");
    if (target.len > 0)
        writer_link_begin(xmldoc->writer, target);
    xmldoc_walk(xmldoc, xml);
    if (target.len > 0)
        writer_link_end(xmldoc->writer);
}

/* The number of a formula: no words came for it to stand in front of. */
static void put_label_behind(struct xmldoc *xmldoc)
{
    if (!xmldoc->is_label_of_words || xmldoc->label.len == 0)
        return;
    xmldoc_put(xmldoc, " ");
    put_label(xmldoc);
}

static void read_block(struct xmldoc *xmldoc, struct xml *xml, enum block_kind kind, unsigned level)
{
    size_t before;
    bool is_flat = kind == BLOCK_CAPTION || kind == BLOCK_HEADING || kind == BLOCK_TITLE;

    if (kind == BLOCK_PARAGRAPH && xmldoc->flat_depth > 0) {
        xmldoc_put(xmldoc, " ");
        xmldoc_walk(xmldoc, xml);
        return;
    }
    xmldoc_begin(xmldoc, kind, level);
    if (kind == BLOCK_CAPTION || kind == BLOCK_PARAGRAPH)
        put_label(xmldoc);
    before = writer_text_bytes(xmldoc->writer);
    xmldoc->flat_depth += is_flat;
    xmldoc->prose_depth += kind != BLOCK_QUOTE;
    xmldoc_walk(xmldoc, xml);
    xmldoc->prose_depth -= kind != BLOCK_QUOTE;
    xmldoc->flat_depth -= is_flat;
    if (writer_text_bytes(xmldoc->writer) > before)
        put_label_behind(xmldoc);
    drop_label(xmldoc);
    xmldoc_end(xmldoc);
}

/* What is between the keys is how the source is laid out. */
static void read_keys(struct xmldoc *xmldoc, struct xml *xml)
{
    unsigned depth = xml->depth, count = 0;

    while (xml_within(xml, depth)) {
        if (xml->event == XML_START && xml->depth == depth + 1 && count++ > 0)
            xmldoc_put(xmldoc, "+");
        else if (xml->event == XML_TEXT && xml->depth > depth)
            writer_text(xmldoc->writer, xml->text);
    }
}

static void put_formula(struct xmldoc *xmldoc, struct span formula, bool is_block)
{
    unsigned before;

    if (formula.len == 0)
        return;
    before = writer_emphasis(xmldoc->writer, 1u << EMPHASIS_FORMULA);
    xmldoc_put(xmldoc, is_block ? "$$" : "$");
    writer_text(xmldoc->writer, formula);
    xmldoc_put(xmldoc, is_block ? "$$" : "$");
    (void)writer_emphasis(xmldoc->writer, before);
}

/* Publishers put each formula into a TeX document of its own, which is none of its words. */
static struct span bare_formula(struct span tex)
{
    static const char begin[] = "\\begin{document}", end[] = "\\end{document}";
    const char *start = memmem(tex.data, tex.len, begin, sizeof(begin) - 1), *stop;

    if (start) {
        start += sizeof(begin) - 1;
        tex = (struct span){ start, tex.len - (size_t)(start - tex.data) };
        stop = memmem(tex.data, tex.len, end, sizeof(end) - 1);
        tex.len = stop ? (size_t)(stop - tex.data) : tex.len;
    }
    while (tex.len > 0 && (tex.data[0] == '$' || (unsigned char)tex.data[0] <= ' '))
        tex = (struct span){ tex.data + 1, tex.len - 1 };
    while (tex.len > 0 &&
           (tex.data[tex.len - 1] == '$' || (unsigned char)tex.data[tex.len - 1] <= ' '))
        tex.len--;
    return tex;
}

static void read_formula(struct xmldoc *xmldoc, struct xml *xml, bool is_block)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(META_BYTES_MAX);

    xml_collect(xml, &text);
    put_formula(xmldoc, bare_formula(buf_span(&text)), is_block);
}

static void read_mathml(struct xmldoc *xmldoc, struct xml *xml)
{
    CLEANUP(mathml_release) struct mathml mathml;
    bool is_block = span_is(xml_attr(xml, "display"), "block");

    mathml_init(&mathml);
    mathml_read(&mathml, xml);
    put_formula(xmldoc, mathml_formula(&mathml), is_block);
}

static void read_one_of(struct xmldoc *xmldoc, struct xml *xml)
{
    size_t before = writer_text_bytes(xmldoc->writer);
    unsigned depth = xml->depth;

    while (xml_within(xml, depth)) {
        if (xml->event == XML_START && writer_text_bytes(xmldoc->writer) != before)
            xml_skip(xml);
        else if (xml->event == XML_START && xml->tag != 0)
            read_element(xmldoc, xml);
        else if (xml->event == XML_START)
            xmldoc_walk(xmldoc, xml);
    }
}

static void read_title_meta(struct xmldoc *xmldoc, struct xml *xml)
{
    struct xml *again = malloc(sizeof(*again));

    if (again) {
        xml_fork(xml, again);
        read_meta(xmldoc, again, XMLDOC_META_TITLE);
        xml_release(again);
        free(again);
    }
    read_block(xmldoc, xml, BLOCK_TITLE, 0);
}

static void read_look(struct xmldoc *xmldoc, struct xml *xml, unsigned kind)
{
    unsigned before = writer_emphasis(xmldoc->writer, 0);
    struct span role = xml_attr(xml, "role");

    if (kind == EMPHASIS_ITALIC && (span_is(role, "bold") || span_is(role, "strong")))
        kind = EMPHASIS_BOLD;
    (void)writer_emphasis(xmldoc->writer, before | 1u << kind);
    xmldoc_walk(xmldoc, xml);
    (void)writer_emphasis(xmldoc->writer, before);
}

static void read_figure(struct xmldoc *xmldoc, struct xml *xml)
{
    unsigned outer = xmldoc->figure_block_depth;

    xmldoc->figure_depth++;
    xmldoc->figure_block_depth = xmldoc->block_depth;
    xmldoc_walk(xmldoc, xml);
    put_label_alone(xmldoc);
    xmldoc->figure_block_depth = outer;
    xmldoc->figure_depth--;
}

static void read_element(struct xmldoc *xmldoc, struct xml *xml)
{
    unsigned argument = xml->tag & 15u;

    switch ((enum xmldoc_action)(xml->tag >> 4)) {
    case XMLDOC_TEXT:
        xmldoc_walk(xmldoc, xml);
        break;
    case XMLDOC_SKIP:
        if (argument == 1 && xmldoc->item_depth > 0)
            xmldoc_walk(xmldoc, xml);
        else
            xml_skip(xml);
        break;
    case XMLDOC_SECTION:
        read_section(xmldoc, xml, argument);
        break;
    case XMLDOC_TITLE:
        read_title(xmldoc, xml);
        break;
    case XMLDOC_SUBTITLE:
        read_block(xmldoc, xml, BLOCK_HEADING, xmldoc->section + 1);
        break;
    case XMLDOC_BRIDGE:
        read_block(xmldoc, xml, BLOCK_HEADING, xmldoc->section + argument);
        break;
    case XMLDOC_PARAGRAPH:
        read_block(xmldoc, xml, BLOCK_PARAGRAPH, 0);
        break;
    case XMLDOC_QUOTE:
        read_block(xmldoc, xml, BLOCK_QUOTE, 1);
        break;
    case XMLDOC_CODE:
        if (argument == 1 && xmldoc->prose_depth > 0) {
            read_look(xmldoc, xml, EMPHASIS_CODE);
            break;
        }
        xmldoc_begin(xmldoc, BLOCK_CODE, 0);
        writer_label(xmldoc->writer, xml_attr(xml, "language"));
        xmldoc_walk(xmldoc, xml);
        xmldoc_end(xmldoc);
        break;
    case XMLDOC_LIST:
        read_list(xmldoc, xml, argument);
        break;
    case XMLDOC_ITEM:
        read_item(xmldoc, xml);
        break;
    case XMLDOC_TERM:
        read_block(xmldoc, xml, BLOCK_TERM, 0);
        break;
    case XMLDOC_FIGURE:
        read_figure(xmldoc, xml);
        break;
    case XMLDOC_CAPTION:
        if (xmldoc->is_box && xmldoc->figure_depth == 0)
            xmldoc_walk(xmldoc, xml);
        else
            read_block(xmldoc, xml, BLOCK_CAPTION, 0);
        break;
    case XMLDOC_TABLE:
        read_table(xmldoc, xml);
        break;
    case XMLDOC_TABLE_HEAD:
        xmldoc->is_in_head = true;
        xmldoc_walk(xmldoc, xml);
        xmldoc->is_in_head = false;
        break;
    case XMLDOC_ROW:
        read_row(xmldoc, xml);
        break;
    case XMLDOC_CELL:
        read_cell(xmldoc, xml, argument == 1);
        break;
    case XMLDOC_NOTE:
        xmldoc_read_note(xmldoc, xml);
        break;
    case XMLDOC_NOTE_LINK:
        xmldoc_read_reference(xmldoc, xml);
        break;
    case XMLDOC_FOOTNOTE:
        xmldoc_read_footnote(xmldoc, xml);
        break;
    case XMLDOC_NOTES: {
        struct span name = xml_attr(xml, "name");
        bool was_notes = xmldoc->is_in_notes;

        xmldoc->is_in_notes =
            span_is(name, "notes") || span_is(name, "comments") || span_is(name, "footnotes");
        xmldoc_walk(xmldoc, xml);
        xmldoc->is_in_notes = was_notes;
        break;
    }
    case XMLDOC_LABEL:
        read_label(xmldoc, xml);
        break;
    case XMLDOC_LINE:
        xmldoc_walk(xmldoc, xml);
        writer_break(xmldoc->writer);
        break;
    case XMLDOC_BREAK:
        writer_break(xmldoc->writer);
        xml_skip(xml);
        break;
    case XMLDOC_RULE:
        writer_block(xmldoc->writer, BLOCK_RULE, 0, (struct span){ "\xE2\x81\x82", 3 });
        xml_skip(xml);
        break;
    case XMLDOC_KEYS:
        read_keys(xmldoc, xml);
        break;
    case XMLDOC_LINK:
        read_link(xmldoc, xml);
        break;
    case XMLDOC_LOOK:
        read_look(xmldoc, xml, argument);
        break;
    case XMLDOC_COMMENT:
        xmldoc_begin(xmldoc, BLOCK_PARAGRAPH, 0);
        writer_flags(xmldoc->writer, BLOCK_COMMENT);
        xmldoc_walk(xmldoc, xml);
        xmldoc_end(xmldoc);
        break;
    case XMLDOC_FORMULA:
        read_formula(xmldoc, xml, argument == 1);
        break;
    case XMLDOC_MATHML:
        read_mathml(xmldoc, xml);
        break;
    case XMLDOC_ONE_OF:
        read_one_of(xmldoc, xml);
        break;
    case XMLDOC_META:
        read_meta(xmldoc, xml, argument);
        break;
    case XMLDOC_TITLE_META:
        if (xmldoc->item_depth > 0 || xmldoc->flat_depth > 0)
            xmldoc_walk(xmldoc, xml);
        else
            read_title_meta(xmldoc, xml);
        break;
    case XMLDOC_CITATION:
        if (xmldoc->is_label_of_words)
            put_label(xmldoc);
        xml_citation_read(xml, xmldoc->writer);
        break;
    }
    if (xmldoc->block_depth == 0 && xmldoc->notes_waiting > 0)
        xmldoc_put_notes(xmldoc);
}

/* What stands in the element at hand, up to its end. Depth is bounded by XML_DEPTH_MAX. */
void xmldoc_walk(struct xmldoc *xmldoc, struct xml *xml)
{
    unsigned depth = xml->depth;

    while (xml_within(xml, depth)) {
        if (xml->event == XML_TEXT)
            xmldoc_put_words(xmldoc, xml->text);
        else if (xml->event == XML_START && xml->tag != 0)
            read_element(xmldoc, xml);
    }
}

static void xmldoc_release(struct xmldoc *xmldoc)
{
    for (unsigned i = 0; i < xmldoc->notes_waiting; i++) {
        xml_release(xmldoc->notes[i].xml);
        free(xmldoc->notes[i].xml);
    }
    note_labels_release(&xmldoc->note_labels);
    buf_release(&xmldoc->label);
}

enum status xmldoc_extract(const struct source *source, const struct xml_name *names,
                           struct writer *writer, struct error *err)
{
    CLEANUP(xmldoc_release)
    struct xmldoc xmldoc = { .writer = writer, .label = BUF_INIT(256) };
    struct error problem = { .status = STATUS_OK };
    struct xml xml;
    enum status status = xml_open(&xml, source->bytes, names, err);

    while (!status && xml_next(&xml)) {
        if (xml.event == XML_TEXT)
            writer_text(writer, xml.text);
        else if (xml.event == XML_START && xml.tag != 0)
            read_element(&xmldoc, &xml);
    }
    if (!status && xml_status(&xml, &problem)) {
        if (writer_text_bytes(writer) == 0)
            status = error_set(err, problem.status, "%s", problem.text);
        else
            writer_problem(writer, &problem);
    }
    xmldoc_put_notes(&xmldoc);
    xml_release(&xml);
    return status;
}
