#include "extractors/html/html_noise.h"

#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "extractors/html/html_counts.h"
#include "extractors/html/html_measure.h"

#define NOTICE_LEVELS     8.0F  /* up to the element that is named after cookies */
#define NOTICE_WORDS_MIN  2.0F  /* about them */
#define ITEM_LEVELS       1.0F  /* up to the item that is no more than the text */
#define REFRAIN_WORDS_MIN 3u    /* shorter ones may be a label of what stands beside them */
#define REFRAIN_TIMES_LOG 2.9F  /* log2(1 + times on the page): seven or more */
#define REFRAIN_SHARE     0.75F /* of the places alike */
#define IDENTIFIERS_MIN   3u
#define TEXT_BYTES_MAX    ((size_t)1 << 20)

/* ---- notices ---- */

static bool says_one_of(struct span text, const char *const *words)
{
    for (; *words; words++)
        for (size_t at = 0; at + strlen(*words) <= text.len; at++)
            if (strncasecmp(text.data + at, *words, strlen(*words)) == 0)
                return true;
    return false;
}

/* Is the page itself about them? Then what it says of them is no notice. */
static bool is_about_cookies(const struct html_page *page, const struct html_rows *rows,
                             struct buf *text)
{
    static const char *const words[] = { "cookie", "privacy", "datenschutz", "consent", NULL };

    buf_clear(text);
    for (size_t b = 0; b < page->block_count; b++)
        if (rows->values[b * HTML_FEATURE_COUNT + HTML_F_heading_level] == 1)
            html_page_block_text(page, &page->blocks[b], text);
    return says_one_of(buf_span(text), words);
}

/* Posts of a forum are called messages as notices are, and there are cookies to eat: a notice says
 * what of. */
static bool is_cookie_notice(const struct html_page *page, const struct html_block *block,
                             const float *row, struct buf *text)
{
    static const char *const subjects[] = { "cookie", "consent", "einwilligung", NULL };
    static const char *const reasons[] = { "accept",       "akzeptier", "browser",    "consent",
                                           "datenschutz",  "device",    "gerät",      "partner",
                                           "preferences",  "privacy",   "site",       "technolog",
                                           "einwilligung", "zustimm",   "third part", NULL };

    if (row[HTML_F_MARKS + HTML_MARK_COOKIE] >= NOTICE_LEVELS ||
        row[HTML_F_TOPICS + 2 * HTML_TOPIC_COOKIE + 1] < NOTICE_WORDS_MIN)
        return false;
    buf_clear(text);
    html_page_block_text(page, block, text);
    return says_one_of(buf_span(text), subjects) && says_one_of(buf_span(text), reasons);
}

/* ---- letters of no sense ---- */

static bool is_hexadecimal(struct span text, size_t at, size_t count)
{
    for (size_t i = at; i < at + count; i++) {
        char c = text.data[i];

        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f') && !(c >= 'A' && c <= 'F'))
            return false;
    }
    return true;
}

/* "3f2504e0-4f89-11d3-9a0c-0305e82c3301" */
static bool is_identifier(struct span text, size_t at)
{
    static const uint8_t parts[] = { 8, 4, 4, 4, 12 };

    for (size_t i = 0; i < sizeof(parts); i++) {
        if (i > 0 && text.data[at++] != '-')
            return false;
        if (!is_hexadecimal(text, at, parts[i]))
            return false;
        at += parts[i];
    }
    return true;
}

/* Shops put the letters of "Sponsored" between identifiers that a style sheet hides. */
static bool is_of_identifiers(const struct html_page *page, const struct html_block *block,
                              struct buf *text)
{
    const size_t len = 36;
    size_t count = 0;
    struct span words;

    if (block->digits * 4 < block->chars || block->chars < IDENTIFIERS_MIN * len ||
        page->flags[block->first] & HTML_IS_IN_PRE)
        return false;
    buf_clear(text);
    html_page_block_text(page, block, text);
    words = buf_span(text);
    for (size_t at = 0; at + len <= words.len; at++)
        if (is_identifier(words, at)) {
            count++;
            at += len - 1;
        }
    return count >= IDENTIFIERS_MIN && count * len * 2 > words.len;
}

/* ---- refrains ---- */

/* "Sizes:" */
static bool is_label(const struct html_page *page, const struct html_block *block)
{
    const struct html_node *node = &page->dom->nodes[block->last];
    uint32_t len = node->text_len;

    while (len > 0 && (unsigned char)node->text[len - 1] <= ' ')
        len--;
    return len > 0 && node->text[len - 1] == ':';
}

/* What may be a refrain: a text of some words that the page has often, in elements alike. A warning
 * that a manual repeats is a paragraph; the items of a list are facts: "4 day week" of a job. */
static bool comes_often(const struct html_page *page, size_t b, const float *row)
{
    const struct html_block *block = &page->blocks[b];

    return block->words >= REFRAIN_WORDS_MIN && row[HTML_F_times_on_page] > REFRAIN_TIMES_LOG &&
           row[HTML_F_repeat_near] > 0 && row[HTML_F_has_price] == 0 &&
           row[HTML_F_heading_level] == 0 && row[HTML_F_up_item] > ITEM_LEVELS &&
           !html_is_paragraph(block) && !is_label(page, block);
}

/* "Rate this book" in each of a hundred cards is a button of the page, whatever it is made of. */
static bool drop_refrains(const struct html_page *page, const struct html_rows *rows, float *scores)
{
    CLEANUP(html_counts_release) struct html_counts places = { 0 };

    if (!html_counts_make(&places, page->block_count))
        return false;
    for (size_t b = 0; b < page->block_count; b++)
        html_counts_add(&places, rows->places[b])->chars +=
            comes_often(page, b, rows->values + b * HTML_FEATURE_COUNT);
    for (size_t b = 0; b < page->block_count; b++) {
        const struct html_count *place = html_counts_at(&places, rows->places[b]);

        if ((float)place->chars >= REFRAIN_SHARE * (float)place->count &&
            comes_often(page, b, rows->values + b * HTML_FEATURE_COUNT))
            scores[b] = 0;
    }
    return true;
}

bool html_noise_drop(const struct html_page *page, const struct html_rows *rows, float *scores)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_BYTES_MAX);
    bool has_notices = !is_about_cookies(page, rows, &text);

    for (size_t b = 0; b < page->block_count; b++)
        if ((has_notices && is_cookie_notice(page, &page->blocks[b],
                                             rows->values + b * HTML_FEATURE_COUNT, &text)) ||
            is_of_identifiers(page, &page->blocks[b], &text))
            scores[b] = 0;
    return drop_refrains(page, rows, scores);
}
