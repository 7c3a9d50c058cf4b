#include "extractors/html/html_told.h"

#include <string.h>

#include "base/cleanup.h"
#include "extractors/html/html_counts.h"

#define KEPT_BYTES_MAX    ((size_t)32 << 20)
#define PROBE_BYTES       8192u /* of a description, looked for among the blocks */
#define ARTICLE_WORDS_MIN 60u
#define PRODUCT_WORDS_MIN 8u
#define PRODUCT_SHARE     12u /* a page that says more than so many times as much needs it not */

static size_t count_words(struct span text)
{
    size_t words = 0;

    for (size_t i = 0; i < text.len; i++)
        words +=
            (unsigned char)text.data[i] > ' ' && (i == 0 || (unsigned char)text.data[i - 1] <= ' ');
    return words;
}

static size_t kept_words(const struct html_page *page, const uint8_t *roles)
{
    size_t words = 0;

    for (size_t b = 0; b < page->block_count; b++)
        words += roles[b] ? page->blocks[b].words : 0;
    return words;
}

/* The next run of three words of text, as a hash; a and b are the two words before. */
static bool next_triple(struct span *text, uint64_t *a, uint64_t *b, uint64_t *triple)
{
    uint64_t c;

    while (html_next_word(text, &c)) {
        bool is_whole = *a != 0;

        *triple = html_mix(html_mix(*a, *b), c);
        *a = *b;
        *b = c;
        if (is_whole)
            return true;
    }
    return false;
}

/* Is most of text, as runs of three words, among the kept blocks? Out of memory: yes. */
static bool is_kept(const struct html_page *page, const uint8_t *roles, struct span text)
{
    CLEANUP(html_counts_release) struct html_counts told = { 0 };
    CLEANUP(buf_release) struct buf block = BUF_INIT(KEPT_BYTES_MAX);
    uint64_t a = 0, b = 0, triple;
    size_t all = 0, kept = 0;

    if (text.len > PROBE_BYTES)
        text.len = PROBE_BYTES;
    if (!html_counts_make(&told, text.len / 2 + 1))
        return true;
    for (struct span rest = text; next_triple(&rest, &a, &b, &triple);)
        if (html_counts_at(&told, triple)->key == 0) {
            (void)html_counts_add(&told, triple);
            all++;
        }
    for (size_t i = 0; i < page->block_count; i++) {
        struct span rest;

        if (!roles[i])
            continue;
        buf_clear(&block);
        html_page_block_text(page, &page->blocks[i], &block);
        rest = buf_span(&block);
        for (a = b = 0; next_triple(&rest, &a, &b, &triple);) {
            struct html_count *entry = html_counts_at(&told, triple);

            kept += entry->key != 0 && entry->chars++ == 0;
        }
    }
    return kept * 2 >= all;
}

static void send_lines(struct writer *writer, struct span text)
{
    while (text.len > 0) {
        const char *end = memchr(text.data, '\n', text.len);
        size_t len = end ? (size_t)(end - text.data) : text.len;

        writer_block(writer, BLOCK_PARAGRAPH, 0, (struct span){ text.data, len });
        len += end ? 1 : 0;
        text = (struct span){ text.data + len, text.len - len };
    }
}

bool html_told_send(const struct html_page *page, const struct html_meta *meta,
                    const uint8_t *roles, struct writer *writer)
{
    struct span article = buf_span(&meta->body), product = buf_span(&meta->product);
    size_t words = kept_words(page, roles), article_words = count_words(article);
    size_t product_words = count_words(product);

    if (article_words >= ARTICLE_WORDS_MIN && words * 2 < article_words) {
        send_lines(writer, article);
        return true;
    }
    if (product_words >= PRODUCT_WORDS_MIN && product_words * PRODUCT_SHARE >= words &&
        !is_kept(page, roles, product))
        send_lines(writer, product);
    if (page->block_count == 0)
        send_lines(writer, buf_span(&meta->description));
    return false;
}
