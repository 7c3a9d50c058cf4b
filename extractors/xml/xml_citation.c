#include "extractors/xml/xml_citation.h"

#include <string.h>

#include "base/cleanup.h"

#define CITATION_BYTES_MAX ((size_t)64 << 10)

/* What stands in front of a part, where anything stands before it, and behind it. */
static const struct part {
    const char *name, *before, *behind;
} parts[] = {
    { "name", ", ", "" },           { "string-name", ", ", "" }, { "collab", ", ", "" },
    { "etal", ", et al", "" },      { "given-names", " ", "" },  { "suffix", " ", "" },
    { "year", ". ", "" },           { "volume", ";", "" },       { "issue", "(", ")" },
    { "fpage", ":", "" },           { "elocation-id", ":", "" }, { "lpage", "-", "" },
    { "publisher-name", ": ", "" },
};

static const struct part *find_part(struct span name)
{
    static const struct part other = { "", ". ", "" };

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (span_is(name, parts[i].name))
            return &parts[i];
    return &other;
}

static bool is_group(struct span name)
{
    return span_is(name, "person-group") || span_is(name, "surname") || span_is(name, "date");
}

static bool has_text(const struct buf *out)
{
    return out->len > 0 && !strchr(" \n", out->data[out->len - 1]);
}

/* Adds text with its blanks folded. */
static void append(struct buf *out, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool is_blank = strchr(" \t\r\n", text.data[i]) && text.data[i];

        if (!is_blank)
            buf_append_char(out, text.data[i]);
        else if (has_text(out))
            buf_append_char(out, ' ');
    }
}

static void end_part(struct buf *out)
{
    while (out->len > 0 && out->data[out->len - 1] == ' ')
        out->data[--out->len] = '\0';
}

/* No period behind one, nor a comma behind the period that ends the part before. */
static void separate(struct buf *out, const char *mark, bool *is_first_name)
{
    bool is_name = mark[0] == ',';

    if (out->len == 0) {
        *is_first_name = false;
        return;
    }
    if (is_name && *is_first_name)
        mark = ". ";
    *is_first_name = !is_name && mark[0] != ' ';
    if (mark[0] == '.' && strchr(".?!", out->data[out->len - 1]))
        mark++;
    buf_append(out, mark, strlen(mark));
}

void xml_citation_read(struct xml *xml, struct writer *writer)
{
    CLEANUP(buf_release) struct buf out = BUF_INIT(CITATION_BYTES_MAX);
    CLEANUP(buf_release) struct buf text = BUF_INIT(CITATION_BYTES_MAX);
    unsigned depth = xml->depth;
    bool is_first_name = true;

    while (xml_within(xml, depth)) {
        const struct part *part;

        if (xml->event == XML_TEXT)
            append(&out, xml->text);
        if (xml->event != XML_START)
            continue;
        part = find_part(xml->name);
        if (is_group(xml->name))
            continue;
        end_part(&out);
        if (span_is(xml->name, "etal")) {
            buf_append(&out, part->before, strlen(part->before));
            continue;
        }
        separate(&out, part->before, &is_first_name);
        if (span_is(xml->name, "name"))
            continue; /* its parts come next */
        buf_clear(&text);
        xml_collect(xml, &text);
        append(&out, buf_span(&text));
        end_part(&out);
        buf_append(&out, part->behind, strlen(part->behind));
    }
    end_part(&out);
    writer_text(writer, buf_span(&out));
}
