/*
 * notebook.c - Jupyter notebooks (nbformat 3 and 4): a Markdown text of the cells.
 *
 * Cells of code are fenced with the notebook's language, their printed results fenced without one.
 * Pictures and HTML are left out: the plain text beside them says the same.
 */
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "extractors/extractors.h"
#include "extractors/markdown.h"

#define TEXT_BYTES_MAX   EXTRACTION_MADE_BYTES_MAX
#define OUTPUT_BYTES_MAX 4000u /* of one result: logs of a training run are no reading */

static int notebook_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "application/x-ipynb+json") == 0 ? 95 : 0;
}

static void free_json(struct json **json)
{
    json_free(*json);
}

/* A string, or a list of strings that are lines. */
static void append_lines(struct buf *out, const struct json *value, size_t bytes_max)
{
    size_t before = out->len;
    struct span text = json_read_string(value);

    buf_append(out, text.data, text.len);
    for (size_t i = 0; i < json_count(value) && out->len - before < bytes_max; i++) {
        text = json_read_string(json_at(value, i));
        buf_append(out, text.data, text.len);
    }
    if (out->len - before > bytes_max) {
        out->len = before + bytes_max;
        while (out->len > before && ((unsigned char)out->data[out->len] & 0xC0) == 0x80)
            out->len--;
        buf_append(out, "\n...", 4);
    }
}

static bool ends_line(const struct buf *out)
{
    return out->len == 0 || out->data[out->len - 1] == '\n';
}

static void append_fenced(struct buf *out, const char *language, const struct json *value,
                          size_t bytes_max)
{
    size_t start, fence = out->len;

    buf_printf(out, "````%s\n", language);
    start = out->len;
    append_lines(out, value, bytes_max);
    if (out->len == start) {
        out->len = fence;
        return;
    }
    if (!ends_line(out))
        buf_append_char(out, '\n');
    buf_append(out, "````\n\n", 6);
}

static void append_output(struct buf *out, const struct json *output)
{
    const struct json *text = json_lookup(output, "text");

    if (!text)
        text = json_lookup(json_lookup(output, "data"), "text/plain");
    if (!text)
        text = json_lookup(output, "evalue");
    append_fenced(out, "", text, OUTPUT_BYTES_MAX);
}

static bool is_kind(const struct json *cell, const char *kind)
{
    struct span text = json_read_string(json_lookup(cell, "cell_type"));

    return text.data && strcmp(text.data, kind) == 0;
}

/* nbformat 3 has cells that are headings. */
static void append_heading(struct buf *out, const struct json *cell)
{
    int64_t level = json_read_integer(json_lookup(cell, "level"), 1);

    for (int64_t i = 0; i < level && i < 6; i++)
        buf_append_char(out, '#');
    buf_append_char(out, ' ');
}

static void append_cell(struct buf *out, const struct json *cell, const char *language)
{
    const struct json *source = json_lookup(cell, "source"), *outputs;

    if (!source)
        source = json_lookup(cell, "input"); /* nbformat 3 */
    if (is_kind(cell, "code")) {
        append_fenced(out, language, source, TEXT_BYTES_MAX);
        outputs = json_lookup(cell, "outputs");
        for (size_t i = 0; i < json_count(outputs); i++)
            append_output(out, json_at(outputs, i));
    } else if (is_kind(cell, "raw")) {
        append_fenced(out, "", source, TEXT_BYTES_MAX);
    } else {
        if (is_kind(cell, "heading"))
            append_heading(out, cell);
        append_lines(out, source, TEXT_BYTES_MAX);
        buf_append(out, "\n\n", 2);
    }
}

static void append_cells(struct buf *out, const struct json *cells, const char *language,
                         const struct source *source)
{
    for (size_t i = 0; i < json_count(cells); i++) {
        append_cell(out, json_at(cells, i), language);
        source_progress(source);
    }
}

static enum status notebook_extract(const struct source *source, struct writer *writer,
                                    struct error *err)
{
    CLEANUP(free_json) struct json *root = NULL;
    CLEANUP(buf_release) struct buf text = BUF_INIT(2 * TEXT_BYTES_MAX);
    struct source_run whole = { .source_length = (uint32_t)source->bytes.len };
    const struct json *metadata, *sheets;
    struct span language;
    enum status status = json_parse(source->bytes, &root, err);

    if (status)
        return status;
    metadata = json_lookup(root, "metadata");
    language = json_read_string(json_lookup(json_lookup(metadata, "language_info"), "name"));
    if (!language.data)
        language = json_read_string(json_lookup(json_lookup(metadata, "kernelspec"), "language"));
    if (!language.data)
        language = (struct span){ "python", 6 };
    append_cells(&text, json_lookup(root, "cells"), language.data, source);
    sheets = json_lookup(root, "worksheets");
    for (size_t i = 0; i < json_count(sheets); i++)
        append_cells(&text, json_lookup(json_at(sheets, i), "cells"), language.data, source);
    writer_metadata(writer, "title", json_read_string(json_lookup(metadata, "title")));
    status = buf_status(&text, err);
    if (status)
        return status;
    /* The text is made of the file, but stands nowhere in it: it is cited as the whole. */
    whole.length = (uint32_t)text.len;
    if (whole.length == whole.source_length)
        whole.source_length--;
    return markdown_write(buf_span(&text), &whole, text.len > 0, writer, err);
}

const struct extractor notebook_extractor = {
    .name = "notebook",
    .version = 2,
    .bid = notebook_bid,
    .extract = notebook_extract,
};
