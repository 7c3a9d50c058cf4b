/*
 * notebook.c - Jupyter notebooks (nbformat 3 and 4): a Markdown text of the cells.
 *
 * Cells of code are fenced with the notebook's language, their printed results fenced without one.
 * Pictures and HTML are left out: the plain text beside them says the same.
 */
#include <ctype.h>
#include <string.h>

#include "base/ascii.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "extractors/extractors.h"
#include "extractors/text/markdown.h"

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

/* Leaves bytes_max of what was appended since before. */
static void cut(struct buf *out, size_t before, size_t bytes_max)
{
    if (out->len - before <= bytes_max)
        return;
    out->len = before + bytes_max;
    while (out->len > before && ((unsigned char)out->data[out->len] & 0xC0) == 0x80)
        out->len--;
    buf_append(out, "\n...", 4);
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
    cut(out, before, bytes_max);
}

static bool ends_line(const struct buf *out)
{
    return out->len == 0 || out->data[out->len - 1] == '\n';
}

static void append_fence(struct buf *out, size_t ticks)
{
    for (size_t i = 0; i < ticks; i++)
        buf_append_char(out, '`');
}

static void append_fenced(struct buf *out, const char *language, struct span text)
{
    size_t ticks = ascii_longest_run(text, '`') + 1;

    ticks = ticks < 4 ? 4 : ticks;
    if (text.len == 0)
        return;
    append_fence(out, ticks);
    buf_printf(out, "%s\n", language);
    buf_append(out, text.data, text.len);
    if (!ends_line(out))
        buf_append_char(out, '\n');
    append_fence(out, ticks);
    buf_append(out, "\n\n", 2);
}

static void append_source(struct buf *out, const char *language, const struct json *value)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_BYTES_MAX);

    append_lines(&text, value, TEXT_BYTES_MAX);
    append_fenced(out, language, buf_span(&text));
}

/* ---- results ---- */

/* The bytes of a terminal's escape at the start of rest: ESC [ ... letter. What is not ASCII is
 * none of it. */
static size_t escape_length(struct span rest)
{
    size_t end = 1;

    if (rest.len == 0 || rest.data[0] != '\x1b')
        return 0;
    if (rest.len > 1 && rest.data[1] == '[')
        for (end = 2; end < rest.len && (unsigned char)rest.data[end] < 0x40;)
            end++;
    return end < rest.len && (unsigned char)rest.data[end] < 0x80 ? end + 1 : end;
}

/* What a terminal shows of text: no colours, and of a line that is written again and again - the
 * bar of something that goes on - the last state. */
static void append_shown(struct buf *out, struct span text)
{
    size_t line = out->len;

    for (size_t i = 0; i < text.len;) {
        size_t skipped = escape_length((struct span){ text.data + i, text.len - i });

        if (skipped > 0) {
            i += skipped;
            continue;
        }
        if (text.data[i] == '\r' && i + 1 < text.len && !strchr("\r\n", text.data[i + 1]))
            out->len = line;
        else if (text.data[i] != '\r')
            buf_append_char(out, text.data[i]);
        if (text.data[i++] == '\n')
            line = out->len;
    }
    out->data[out->len] = '\0';
}

/* "<Figure size 640x480 with 1 Axes>": the name of something that only shows otherwise. */
static bool is_name_of_object(struct span text)
{
    while (text.len > 0 && isspace((unsigned char)text.data[text.len - 1]))
        text.len--;
    return text.len > 2 && text.data[0] == '<' && text.data[text.len - 1] == '>' &&
           !memchr(text.data, '\n', text.len);
}

static bool is_drawn(const struct json *data)
{
    static const char *const types[] = {
        "image/png", "image/jpeg", "image/svg+xml", "text/html", "application/javascript", NULL
    };

    for (size_t i = 0; types[i]; i++)
        if (json_lookup(data, types[i]))
            return true;
    return false;
}

/* "ValueError: no such boat" */
static void append_error(struct buf *out, const struct json *output)
{
    struct span name = json_read_string(json_lookup(output, "ename"));

    buf_append(out, name.data, name.len);
    if (name.len > 0)
        buf_append(out, ": ", 2);
    append_lines(out, json_lookup(output, "evalue"), TEXT_BYTES_MAX);
}

static void append_output(struct buf *out, const struct json *output)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_BYTES_MAX);
    CLEANUP(buf_release) struct buf shown = BUF_INIT(TEXT_BYTES_MAX);
    const struct json *data = json_lookup(output, "data"), *plain = json_lookup(output, "text");
    const struct json *markdown = json_lookup(data, "text/markdown");

    if (markdown) {
        append_lines(out, markdown, OUTPUT_BYTES_MAX);
        buf_append(out, "\n\n", 2);
        return;
    }
    if (!plain)
        plain = json_lookup(data, "text/plain");
    if (json_lookup(output, "evalue"))
        append_error(&text, output);
    else
        append_lines(&text, plain, TEXT_BYTES_MAX);
    if (is_drawn(data) && is_name_of_object(buf_span(&text)))
        return;
    append_shown(&shown, buf_span(&text));
    cut(&shown, 0, OUTPUT_BYTES_MAX);
    append_fenced(out, "", buf_span(&shown));
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
        append_source(out, language, source);
        outputs = json_lookup(cell, "outputs");
        for (size_t i = 0; i < json_count(outputs); i++)
            append_output(out, json_at(outputs, i));
    } else if (is_kind(cell, "raw")) {
        append_source(out, "", source);
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
    .version = 3,
    .bid = notebook_bid,
    .extract = notebook_extract,
};
