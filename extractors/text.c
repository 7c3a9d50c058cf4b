/*
 * text.c - plain text: the text is the file itself.
 */
#include <string.h>

#include "base/utf8.h"
#include "extractors/detect.h"
#include "extractors/extractors.h"

#define TEXT_BYTES_MAX EXTRACTION_TEXT_BYTES_MAX

static int text_bid(const struct bid_input *input)
{
    if (strcmp(input->media_type, "text/rtf") == 0)
        return 0;
    if (strncmp(input->media_type, "text/", 5) == 0)
        return 10;
    /* Any other kind of text that nobody knows better. */
    return detect_is_text(input->head) && strncmp(input->media_type, "image/", 6) != 0 ? 5 : 0;
}

static bool is_blank(struct span text, size_t start, size_t end)
{
    for (size_t i = start; i < end; i++)
        if (!strchr(" \t\r\f", text.data[i]))
            return false;
    return true;
}

static void write_paragraphs(struct span text, struct writer *writer)
{
    size_t block_start = 0, block_end = 0;
    bool is_open = false;

    for (size_t start = 0; start < text.len;) {
        const char *newline = memchr(text.data + start, '\n', text.len - start);
        size_t end = newline ? (size_t)(newline - text.data) : text.len;

        if (is_blank(text, start, end)) {
            if (is_open)
                writer_span(writer, BLOCK_PARAGRAPH, 0, block_start, block_end);
            is_open = false;
        } else {
            if (!is_open)
                block_start = start;
            block_end = end;
            is_open = true;
        }
        start = end + 1;
    }
    if (is_open)
        writer_span(writer, BLOCK_PARAGRAPH, 0, block_start, block_end);
}

static enum status text_extract(const struct source *source, struct writer *writer,
                                struct error *err)
{
    struct buf text = BUF_INIT(TEXT_BYTES_MAX);
    enum status status;

    (void)utf8_append_repaired(&text, source->bytes);
    status = buf_status(&text, err);
    if (!status) {
        writer_source(writer, buf_span(&text), NULL, 0);
        write_paragraphs(buf_span(&text), writer);
    }
    buf_release(&text);
    return status;
}

const struct extractor text_extractor = {
    .name = "text",
    .version = 1,
    .bid = text_bid,
    .extract = text_extract,
};
