#include "extractors/text/markup.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/common/charset.h"
#include "extractors/html/html_entity.h"

#define INLINE_DEPTH_MAX    6u
#define PAIR_BYTES_MAX      500u /* marks further apart than this are just characters */
#define PAIR_TRIES_MAX      16u
#define SPECIAL_BYTES_MAX   2000u /* as far as links and roles may reach: keeps all of it linear */
#define REFERENCE_BYTES_MAX 40u
#define PENDING_BYTES_MAX   EXTRACTION_MADE_BYTES_MAX

bool markup_starts(struct span text, const char *start)
{
    return text.len >= strlen(start) && memcmp(text.data, start, strlen(start)) == 0;
}

bool markup_starts_nocase(struct span text, const char *start)
{
    return text.len >= strlen(start) && strncasecmp(text.data, start, strlen(start)) == 0;
}

struct span markup_from(struct span text, size_t offset)
{
    if (offset > text.len)
        offset = text.len;
    if (offset == 0)
        return text; /* its data may be NULL */
    return (struct span){ text.data + offset, text.len - offset };
}

struct span markup_trim(struct span text)
{
    while (text.len > 0 && isspace((unsigned char)text.data[0]))
        text = markup_from(text, 1);
    while (text.len > 0 && isspace((unsigned char)text.data[text.len - 1]))
        text.len--;
    return text;
}

size_t markup_find(struct span text, size_t offset, const char *mark)
{
    const char *found;

    if (offset >= text.len)
        return text.len;
    found = memmem(text.data + offset, text.len - offset, mark, strlen(mark));
    return found ? (size_t)(found - text.data) : text.len;
}

enum status markup_run(const struct source *source, struct writer *writer,
                       const struct markup_syntax *syntax, void (*format)(struct markup *markup),
                       struct error *err)
{
    CLEANUP(decoded_release) struct decoded decoded;
    struct markup markup = { .syntax = syntax,
                             .source = source,
                             .writer = writer,
                             .kind = BLOCK_PARAGRAPH,
                             .pending = BUF_INIT(PENDING_BYTES_MAX) };
    enum status status = charset_decode(source->bytes, "", &decoded, err);

    if (status)
        return status;
    markup.text = decoded.text;
    if (markup.text.len > EXTRACTION_MADE_BYTES_MAX) {
        markup.text.len = EXTRACTION_MADE_BYTES_MAX;
        while (!utf8_is_boundary(decoded.text, markup.text.len))
            markup.text.len--;
        writer_partial(writer, "more than %zu bytes of text: the rest was left out",
                       (size_t)EXTRACTION_MADE_BYTES_MAX);
    }
    writer_charset(writer, decoded.charset);
    format(&markup);
    markup_flush(&markup);
    if (markup.pending.failed == STATUS_NO_MEMORY)
        status = error_set(err, STATUS_NO_MEMORY, "out of memory");
    buf_release(&markup.pending);
    return status;
}

/* ---- lines ---- */

void markup_turn_to(struct markup *markup, struct span text, size_t at)
{
    markup->text = text;
    markup->at = at;
    markup->seen_from = markup->seen_newline = 0;
}

/* Where the line at hand ends. A block may leave the rest of its line as a line, and many of them
 * may stand on one, so its end is looked for once. */
static size_t newline_of(struct markup *markup)
{
    struct span text = markup->text;

    if (markup->at < markup->seen_from || markup->at > markup->seen_newline ||
        markup->seen_newline == 0) {
        markup->seen_from = markup->at;
        markup->seen_newline = markup_find(text, markup->at, "\n");
    }
    return markup->seen_newline;
}

bool markup_peek(struct markup *markup, struct text_line *line)
{
    if (markup->at >= markup->text.len)
        return false;
    *line = text_line_up_to(markup->text, markup->at, newline_of(markup));
    return true;
}

bool markup_next(struct markup *markup, struct text_line *line)
{
    if (writer_is_full(markup->writer) || !markup_peek(markup, line))
        return false;
    markup->at = line->next;
    return true;
}

struct span markup_words(const struct markup *markup, const struct text_line *line)
{
    return text_line_words(markup->text, line);
}

struct span markup_until(struct markup *markup, const char *end, bool is_prefix)
{
    size_t start = markup->at;
    struct text_line line;

    while (markup_peek(markup, &line)) {
        struct span words = markup_words(markup, &line);
        size_t before = markup->at;

        markup->at = line.next;
        if (is_prefix ? markup_starts_nocase(words, end)
                      : words.len == strlen(end) && markup_starts_nocase(words, end))
            return (struct span){ markup->text.data + start, before - start };
    }
    return (struct span){ markup->text.data + start, markup->text.len - start };
}

struct span markup_indented(struct markup *markup, unsigned indent)
{
    size_t start = markup->at, end = start;
    struct text_line line;

    while (markup_peek(markup, &line) && (line.is_blank || line.indent > indent)) {
        markup->at = line.next;
        if (!line.is_blank)
            end = line.next;
    }
    markup->at = end;
    return (struct span){ markup->text.data + start, end - start };
}

/* ---- inline marks ---- */

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* The offset of the mark that closes the pair which opens at offset, or 0. */
static size_t pair_end(const struct markup_pair *pair, struct span text, size_t offset)
{
    size_t open = strlen(pair->open), close = strlen(pair->close), from = offset + open, end;

    if (!markup_starts(markup_from(text, offset), pair->open) || from >= text.len)
        return 0;
    if (!pair->is_anywhere &&
        ((offset > 0 && is_word(text.data[offset - 1])) || isspace((unsigned char)text.data[from])))
        return 0;
    if (text.len > from + PAIR_BYTES_MAX)
        text.len = from + PAIR_BYTES_MAX;
    end = markup_find(text, from + 1, pair->close);
    for (unsigned tries = 0; end < text.len && tries < PAIR_TRIES_MAX; tries++) {
        if (pair->is_anywhere)
            return end;
        if (!isspace((unsigned char)text.data[end - 1]) &&
            (end + close >= text.len || !is_word(text.data[end + close])))
            return end;
        end = markup_find(text, end + 1, pair->close);
    }
    return 0;
}

/* Writes the pair at offset; returns its bytes, or 0. */
static size_t write_pair(struct markup *markup, struct span text, size_t offset)
{
    for (const struct markup_pair *pair = markup->syntax->pairs; pair->open; pair++) {
        size_t end, from = offset + strlen(pair->open);
        struct span inner;
        unsigned looks;

        if (text.data[offset] != pair->open[0])
            continue;
        end = pair_end(pair, text, offset);
        if (end == 0)
            continue;
        inner = (struct span){ text.data + from, end - from };
        looks = writer_emphasis(markup->writer, 0);
        (void)writer_emphasis(markup->writer, looks | pair->looks);
        if (pair->is_verbatim)
            writer_text(markup->writer, inner);
        else
            markup_inline(markup, inner);
        (void)writer_emphasis(markup->writer, looks);
        return end + strlen(pair->close) - offset;
    }
    return 0;
}

void markup_inline(struct markup *markup, struct span words)
{
    size_t plain = 0;

    if (++markup->inline_depth > INLINE_DEPTH_MAX) {
        writer_text(markup->writer, words);
        markup->inline_depth--;
        return;
    }
    for (size_t i = 0; i < words.len;) {
        size_t taken = 0;

        bool is_capital = words.data[i] >= 'A' && words.data[i] <= 'Z';

        if ((!is_word(words.data[i]) && words.data[i] != ' ') ||
            (markup->syntax->asks_at_capitals && is_capital)) {
            /* What comes before must stand before what special writes. */
            writer_text(markup->writer, (struct span){ words.data + plain, i - plain });
            plain = i;
            if (markup->syntax->special) {
                struct span near = words;

                if (near.len - i > SPECIAL_BYTES_MAX)
                    near.len = i + SPECIAL_BYTES_MAX;
                taken = markup->syntax->special(markup, near, i);
            }
            if (taken == 0)
                taken = write_pair(markup, words, i);
        }
        if (taken > 0)
            plain = i + taken;
        i += taken > 0 ? taken : 1;
    }
    writer_text(markup->writer, markup_from(words, plain));
    if (--markup->inline_depth == 0) /* marks that nothing ended hold no longer than the block */
        (void)writer_emphasis(markup->writer, 0);
}

void markup_inline_as(struct markup *markup, unsigned looks, struct span words)
{
    unsigned before = writer_emphasis(markup->writer, 0);

    (void)writer_emphasis(markup->writer, before | looks);
    markup_inline(markup, words);
    (void)writer_emphasis(markup->writer, before);
}

size_t markup_reference(struct markup *markup, struct span rest)
{
    CLEANUP(buf_release) struct buf decoded = BUF_INIT((size_t)2 * REFERENCE_BYTES_MAX);
    size_t end;

    rest.len = rest.len < REFERENCE_BYTES_MAX ? rest.len : REFERENCE_BYTES_MAX;
    end = markup_find(rest, 0, ";");
    if (end == rest.len)
        return 0;
    html_entity_decode(&decoded, (struct span){ rest.data, end + 1 }, false);
    writer_text(markup->writer, buf_span(&decoded));
    return end + 1;
}

/* ---- blocks ---- */

void markup_flush(struct markup *markup)
{
    if (markup->pending.len > 0) {
        writer_begin(markup->writer, markup->kind, markup->level);
        writer_flags(markup->writer, markup->flags);
        if (markup->label.len > 0)
            writer_label(markup->writer, markup->label);
        markup_inline(markup, buf_span(&markup->pending));
        writer_end(markup->writer);
        source_progress(markup->source);
    }
    buf_clear(&markup->pending);
    markup->kind = BLOCK_PARAGRAPH;
    markup->level = markup->flags = 0;
    markup->label = (struct span){ NULL, 0 };
}

void markup_open(struct markup *markup, enum block_kind kind, unsigned level, unsigned flags)
{
    markup_flush(markup);
    markup->kind = kind;
    markup->level = level;
    markup->flags = flags;
}

void markup_add(struct markup *markup, struct span words)
{
    if (markup->pending.len > 0)
        buf_append_char(&markup->pending, '\n');
    buf_append(&markup->pending, words.data, words.len);
}

void markup_block(struct markup *markup, enum block_kind kind, unsigned level, struct span words)
{
    markup_open(markup, kind, level, 0);
    markup_add(markup, words);
    markup_flush(markup);
}

unsigned markup_list_depth(struct markup *markup, unsigned indent)
{
    const unsigned most = sizeof(markup->list_indents) / sizeof(markup->list_indents[0]);

    while (markup->list_depth > 0 && markup->list_indents[markup->list_depth - 1] > indent)
        markup->list_depth--;
    if (markup->list_depth < most &&
        (markup->list_depth == 0 || markup->list_indents[markup->list_depth - 1] < indent))
        markup->list_indents[markup->list_depth++] = indent;
    return markup->list_depth;
}

void markup_code(struct markup *markup, struct span label, struct span lines)
{
    unsigned shared = 1000;

    markup_flush(markup);
    for (size_t at = 0; at < lines.len;) {
        struct text_line line = text_line_at(lines, at);

        if (!line.is_blank && line.indent < shared)
            shared = line.indent;
        at = line.next;
    }
    writer_begin(markup->writer, BLOCK_CODE, 0);
    label = markup_trim(label);
    if (label.len > 0)
        writer_label(markup->writer, label);
    for (size_t at = 0; at < lines.len;) {
        struct text_line line = text_line_at(lines, at);

        for (unsigned i = shared; !line.is_blank && i < line.indent; i++)
            writer_text(markup->writer, (struct span){ " ", 1 });
        writer_text(markup->writer, text_line_words(lines, &line));
        writer_break(markup->writer);
        at = line.next;
    }
    writer_end(markup->writer);
}

void markup_row(struct markup *markup, struct span words, char separator, bool is_header)
{
    size_t start = 0;

    words = markup_trim(words);
    if (words.len > 0 && words.data[0] == separator)
        words = markup_from(words, 1);
    if (words.len > 0 && words.data[words.len - 1] == separator)
        words.len--;
    writer_begin(markup->writer, BLOCK_ROW, 0);
    writer_flags(markup->writer, is_header ? (unsigned)BLOCK_HEADER : 0u);
    for (size_t i = 0; i <= words.len; i++) {
        if (i < words.len && words.data[i] != separator)
            continue;
        writer_begin(markup->writer, BLOCK_CELL, 0);
        markup_inline(markup, markup_trim((struct span){ words.data + start, i - start }));
        writer_end(markup->writer);
        start = i + 1;
    }
    writer_end(markup->writer);
}

void markup_csv_row(struct markup *markup, struct span line, char separator, bool is_header)
{
    CLEANUP(buf_release) struct buf cell = BUF_INIT(EXTRACTION_MADE_BYTES_MAX);
    bool is_quoted = false;

    writer_begin(markup->writer, BLOCK_ROW, 0);
    writer_flags(markup->writer, is_header ? (unsigned)BLOCK_HEADER : 0u);
    for (size_t i = 0; i <= line.len; i++) {
        if (i == line.len || (line.data[i] == separator && !is_quoted)) {
            writer_begin(markup->writer, BLOCK_CELL, 0);
            markup_inline(markup, markup_trim(buf_span(&cell)));
            writer_end(markup->writer);
            buf_clear(&cell);
        } else if (line.data[i] == '"' && is_quoted && i + 1 < line.len &&
                   line.data[i + 1] == '"') {
            buf_append_char(&cell, line.data[i++]);
        } else if (line.data[i] == '"' && (is_quoted || markup_trim(buf_span(&cell)).len == 0)) {
            is_quoted = !is_quoted;
        } else {
            buf_append_char(&cell, line.data[i]);
        }
    }
    writer_end(markup->writer);
}
