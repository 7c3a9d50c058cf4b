#include "extractors/mail_text.h"

#include <string.h>

#include "extractors/text_lines.h"

#define WRAPPED_BYTES_MIN 60u /* a line at least this long went on only because it was full */

struct body {
    struct writer *writer;
    enum block_kind kind; /* of the block that is open */
    unsigned level;
    bool is_open, is_signature;
    size_t last_line_bytes;
};

/* "> > text" is text at depth 2. "From " at a line's start was stored as ">From ": no quote. */
static unsigned strip_quote(struct span *line)
{
    unsigned depth = 0;
    size_t at = 0;

    if (line->len > 5 && memcmp(line->data, ">From ", 6) == 0) {
        *line = (struct span){ line->data + 1, line->len - 1 };
        return 0;
    }
    while (at < line->len && line->data[at] == '>') {
        depth++;
        at++;
        if (at + 1 < line->len && line->data[at] == ' ' && line->data[at + 1] == '>')
            at++;
    }
    *line = (struct span){ line->data + at, line->len - at };
    return depth < MAIL_QUOTE_DEPTH_MAX ? depth : MAIL_QUOTE_DEPTH_MAX;
}

static void end_block(struct body *body)
{
    if (body->is_open)
        writer_end(body->writer);
    body->is_open = false;
}

static void begin_block(struct body *body, enum block_kind kind, unsigned level)
{
    end_block(body);
    writer_begin(body->writer, kind, level);
    body->is_open = true;
    body->kind = kind;
    body->level = level;
}

static void put_words(struct body *body, struct span words)
{
    writer_text(body->writer, words);
    body->last_line_bytes = words.len;
}

static void go_on(struct body *body, struct span words)
{
    if (body->is_signature || body->last_line_bytes < WRAPPED_BYTES_MIN)
        writer_break(body->writer);
    else
        writer_text(body->writer, (struct span){ " ", 1 });
    put_words(body, words);
}

static void put_line(struct body *body, struct span line)
{
    unsigned depth = strip_quote(&line);
    struct text_line shape =
        line.len > 0 ? text_line_at(line, 0) : (struct text_line){ .is_blank = true };
    struct span words = text_line_words(line, &shape);
    enum block_kind kind = depth > 0 ? BLOCK_QUOTE : BLOCK_PARAGRAPH;
    bool is_ordered = false;
    size_t mark;

    if (shape.is_blank) {
        end_block(body);
        return;
    }
    if (depth == 0 && words.len == 2 && memcmp(words.data, "--", 2) == 0) {
        begin_block(body, BLOCK_PARAGRAPH, 0);
        body->is_signature = true;
        put_words(body, words);
        return;
    }
    mark = depth == 0 && !body->is_signature ? text_list_mark(words, &is_ordered) : 0;
    if (mark > 0 && mark < words.len) {
        begin_block(body, BLOCK_LIST_ITEM, 1);
        writer_flags(body->writer, is_ordered ? BLOCK_ORDERED : 0);
        put_words(body, (struct span){ words.data + mark, words.len - mark });
        return;
    }
    if (body->is_open && body->level == depth && body->kind == kind) {
        go_on(body, words);
    } else if (body->is_open && body->kind == BLOCK_LIST_ITEM && depth == 0 && shape.indent > 0) {
        go_on(body, words);
    } else {
        begin_block(body, kind, depth);
        put_words(body, words);
    }
}

void mail_text_emit(struct span text, struct writer *writer)
{
    struct body body = { .writer = writer };

    for (size_t at = 0; at < text.len && !writer_is_full(writer);) {
        const char *end = memchr(text.data + at, '\n', text.len - at);
        size_t len = end ? (size_t)(end - text.data) - at : text.len - at;

        put_line(&body, (struct span){ text.data + at, len });
        at += len + 1;
    }
    end_block(&body);
}
