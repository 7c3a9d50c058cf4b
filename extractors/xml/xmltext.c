/*
 * xmltext.c - XML of no format that we know, SVG, and OPML outlines.
 *
 * An element that holds only text is a field, "name: value"; one that mixes text with elements is a
 * paragraph. In SVG only what is drawn as text counts.
 */
#include <string.h>

#include "base/cleanup.h"
#include "extractors/common/xml.h"
#include "extractors/extractors.h"

#define FIELD_BYTES_MAX ((size_t)1 << 20)
#define FIELD_VALUE_MAX 300u /* longer values are paragraphs */

enum tag { TAG_TEXT = 1, TAG_TITLE, TAG_DESCRIPTION, TAG_SPAN, TAG_SKIP, TAG_OUTLINE };

static const struct xml_name svg_names[] = {
    { "text", XML_NS_ANY, TAG_TEXT },
    { "title", XML_NS_ANY, TAG_TITLE },
    { "desc", XML_NS_ANY, TAG_DESCRIPTION },
    { "p", XML_NS_ANY, TAG_TEXT },
    { "div", XML_NS_ANY, TAG_TEXT },
    { "script", XML_NS_ANY, TAG_SKIP },
    { "style", XML_NS_ANY, TAG_SKIP },
    { "metadata", XML_NS_ANY, TAG_SKIP },
    { NULL, 0, 0 },
};

static const struct xml_name opml_names[] = {
    { "outline", XML_NS_ANY, TAG_OUTLINE },
    { "title", XML_NS_ANY, TAG_TITLE },
    { NULL, 0, 0 },
};

static bool is_blank(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!strchr(" \t\r\n", text.data[i]) || !text.data[i])
            return false;
    return true;
}

static enum status end_of_text(struct xml *xml, struct writer *writer, struct error *err)
{
    struct error problem = { .status = STATUS_OK };
    enum status status = xml_status(xml, &problem);

    if (status && writer_text_bytes(writer) == 0)
        return error_set(err, status, "%s", problem.text);
    if (status)
        writer_problem(writer, &problem);
    return STATUS_OK;
}

/* ---- any XML ---- */

struct leaf {
    struct span name; /* of the innermost element; lent by the text */
    struct buf text;
    unsigned depth; /* of that element */
    bool is_open;   /* a paragraph goes on: text and elements are mixed in it */
    unsigned open_depth;
};

static void put_field(struct leaf *leaf, struct writer *writer)
{
    bool is_short = leaf->text.len <= FIELD_VALUE_MAX;

    writer_begin(writer, is_short ? BLOCK_FIELD : BLOCK_PARAGRAPH, 0);
    if (is_short) {
        writer_text(writer, leaf->name);
        writer_text(writer, (struct span){ ": ", 2 });
    }
    writer_text(writer, buf_span(&leaf->text));
    writer_end(writer);
    buf_clear(&leaf->text);
}

/* Text met an element inside the same parent: a paragraph, to the parent's end. */
static void open_paragraph(struct leaf *leaf, struct writer *writer, unsigned depth)
{
    writer_begin(writer, BLOCK_PARAGRAPH, 0);
    writer_text(writer, buf_span(&leaf->text));
    buf_clear(&leaf->text);
    leaf->is_open = true;
    leaf->open_depth = depth;
}

static void read_event(struct leaf *leaf, struct xml *xml, struct writer *writer)
{
    switch (xml->event) {
    case XML_START:
        if (!leaf->is_open && !is_blank(buf_span(&leaf->text)))
            open_paragraph(leaf, writer, xml->depth - 1);
        if (!leaf->is_open) {
            buf_clear(&leaf->text);
            leaf->name = xml->name;
            leaf->depth = xml->depth;
        }
        break;
    case XML_TEXT:
        if (leaf->is_open)
            writer_text(writer, xml->text);
        else
            buf_append(&leaf->text, xml->text.data, xml->text.len);
        break;
    case XML_END:
        if (leaf->is_open) {
            if (xml->depth <= leaf->open_depth) {
                writer_end(writer);
                leaf->is_open = false;
            }
        } else if (!is_blank(buf_span(&leaf->text))) {
            leaf->name = xml->name;
            put_field(leaf, writer);
        }
        if (!leaf->is_open)
            buf_clear(&leaf->text);
        break;
    }
}

static enum status xml_extract(const struct source *source, struct writer *writer,
                               struct error *err)
{
    struct leaf leaf = { .text = BUF_INIT(FIELD_BYTES_MAX) };
    struct xml xml;
    enum status status = xml_open(&xml, source->bytes, NULL, err);

    while (!status && xml_next(&xml) && !writer_is_full(writer))
        read_event(&leaf, &xml, writer);
    if (leaf.is_open)
        writer_end(writer);
    buf_release(&leaf.text);
    if (!status)
        status = end_of_text(&xml, writer, err);
    xml_release(&xml);
    return status;
}

/* ---- SVG ---- */

static void put_words(struct xml *xml, struct writer *writer, enum block_kind kind)
{
    unsigned depth = xml->depth;

    writer_begin(writer, kind, 1);
    while (xml_within(xml, depth)) {
        if (xml->event == XML_TEXT)
            writer_text(writer, xml->text);
        else
            writer_text(writer, (struct span){ " ", 1 });
    }
    writer_end(writer);
}

static enum status svg_extract(const struct source *source, struct writer *writer,
                               struct error *err)
{
    bool has_title = false;
    struct xml xml;
    enum status status = xml_open(&xml, source->bytes, svg_names, err);

    while (!status && xml_next(&xml)) {
        if (xml.event != XML_START)
            continue;
        if (xml.tag == TAG_SKIP) {
            xml_skip(&xml);
        } else if (xml.tag == TAG_TITLE || xml.tag == TAG_DESCRIPTION || xml.tag == TAG_TEXT) {
            bool is_title = xml.tag == TAG_TITLE && xml.depth == 2 && !has_title;

            put_words(&xml, writer, is_title ? BLOCK_TITLE : BLOCK_PARAGRAPH);
            has_title |= is_title;
        }
    }
    if (!status)
        status = end_of_text(&xml, writer, err);
    xml_release(&xml);
    return status;
}

/* ---- OPML ---- */

static enum status opml_extract(const struct source *source, struct writer *writer,
                                struct error *err)
{
    CLEANUP(buf_release) struct buf title = BUF_INIT(65536);
    unsigned level = 0;
    struct xml xml;
    enum status status = xml_open(&xml, source->bytes, opml_names, err);

    while (!status && xml_next(&xml)) {
        if (xml.event == XML_END && xml.tag == TAG_OUTLINE)
            level--;
        if (xml.event != XML_START)
            continue;
        if (xml.tag == TAG_TITLE) {
            xml_collect(&xml, &title);
            writer_metadata(writer, "title", buf_span(&title));
        } else if (xml.tag == TAG_OUTLINE) {
            struct span text = xml_attr(&xml, "text"), url = xml_attr(&xml, "htmlUrl");

            if (text.len == 0)
                text = xml_attr(&xml, "title");
            level++;
            writer_begin(writer, BLOCK_HEADING, level);
            if (url.len > 0)
                writer_link_begin(writer, url);
            writer_text(writer, text);
            writer_link_end(writer);
            writer_end(writer);
            writer_block(writer, BLOCK_PARAGRAPH, 0, xml_attr(&xml, "_note"));
        }
    }
    if (!status)
        status = end_of_text(&xml, writer, err);
    xml_release(&xml);
    return status;
}

static int opml_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "text/x-opml") == 0 ? 90 : 0;
}

static int svg_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "image/svg+xml") == 0 ? 90 : 0;
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);

    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static int xml_bid(const struct bid_input *input)
{
    if (strcmp(input->media_type, "application/xml") == 0 ||
        strcmp(input->media_type, "text/xml") == 0)
        return 60;
    return ends_with(input->media_type, "+xml") ? 50 : 0;
}

const struct extractor xml_extractor = {
    .name = "xml",
    .version = 1,
    .bid = xml_bid,
    .extract = xml_extract,
};

const struct extractor svg_extractor = {
    .name = "svg",
    .version = 1,
    .bid = svg_bid,
    .extract = svg_extract,
};

const struct extractor opml_extractor = {
    .name = "opml",
    .version = 1,
    .bid = opml_bid,
    .extract = opml_extract,
};
