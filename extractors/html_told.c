#include "extractors/html_told.h"

#include <string.h>

#define KEPT_BYTES_MAX    ((size_t)32 << 20)
#define PROBE_BYTES       48u
#define ARTICLE_WORDS_MIN 60u
#define PRODUCT_WORDS_MIN 8u

/* Letters and digits in lower case: what two forms of one text have in common. */
static void append_bare(struct buf *out, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c | 0x20);
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0xC3)
            buf_append_char(out, c);
    }
}

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

/* Is the start of text among the kept blocks? */
static bool is_kept(const struct html_page *page, const uint8_t *roles, struct span text)
{
    struct buf all = BUF_INIT(KEPT_BYTES_MAX), block = BUF_INIT(KEPT_BYTES_MAX);
    struct buf probe = BUF_INIT(KEPT_BYTES_MAX);
    bool is_found;

    append_bare(&probe, text);
    for (size_t b = 0; b < page->block_count; b++) {
        if (!roles[b])
            continue;
        buf_clear(&block);
        html_page_block_text(page, &page->blocks[b], &block);
        append_bare(&all, buf_span(&block));
    }
    is_found = memmem(all.data, all.len, probe.data,
                      probe.len < PROBE_BYTES ? probe.len : PROBE_BYTES) != NULL;
    buf_release(&all);
    buf_release(&block);
    buf_release(&probe);
    return is_found;
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

    if (article_words >= ARTICLE_WORDS_MIN && words * 2 < article_words) {
        send_lines(writer, article);
        return true;
    }
    if (count_words(product) >= PRODUCT_WORDS_MIN && !is_kept(page, roles, product))
        send_lines(writer, product);
    if (page->block_count == 0)
        send_lines(writer, buf_span(&meta->description));
    return false;
}
