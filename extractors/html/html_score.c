#include "extractors/html/html_score.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/html/html_copies.h"
#include "extractors/html/html_features.h"
#include "extractors/html/html_insert.h"
#include "extractors/html/html_join.h"
#include "extractors/html/html_measure.h"
#include "extractors/html/html_menus.h"
#include "extractors/html/html_model.h"
#include "extractors/html/html_noise.h"
#include "extractors/html/html_smooth.h"

/* The cut is where the expected word F1 is highest, but not outside these. */
#define CUT_MIN 0.20F
#define CUT_MAX 0.60F

#define PRICED_SHARE_MIN 0.5F /* of elements alike */
#define PRICED_SHARE_MAX 0.2F /* where they are none of them goods */
#define PRICES_LOG       2.0F /* log2(1 + blocks with a price) of a page that sells */
#define REVIEW_LEVELS    8.0F

/* What tells comments from posts. */
#define COMMENT_LEVELS    6.0F
#define FORUM_SHARE_MIN   0.7F
#define ARTICLE_WORDS_LOG 6.0F /* log2(1 + words) in paragraphs outside comments */

/* The title is a heading of which so much is in the metadata's title, and that has so much of it.
 */
#define HEADING_SHARE_MIN 0.6F
#define TITLE_SHARE_MIN   0.3F

struct choice {
    float score;
    float words;
};

/* A document without any of a site's furniture is content from its first word to its last. */
#define PLAIN_LINK_SHARE 0.35F

/* And so is what a program made of a manual, but for its table of contents and its foot: there are
 * no scripts, few links and little furniture. */
#define DOCUMENT_LINK_SHARE      0.15F
#define DOCUMENT_FURNITURE_SHARE 0.05F

enum page_kind {
    PAGE_IS_PLAIN,    /* nothing but the document */
    PAGE_IS_DOCUMENT, /* a menu or a foot, and the document */
    PAGE_IS_OF_SITE,
};

static int compare_choices(const void *left, const void *right)
{
    const struct choice *a = left, *b = right;

    return a->score > b->score ? -1 : a->score < b->score;
}

/* Takes blocks by falling score as long as the expected F1 (twice the expected content taken, over
 * what is taken plus what there is) grows. */
static float find_cut(struct choice *choices, size_t count)
{
    float all = 0, content = 0, taken = 0, best = 0, cut = CUT_MAX;

    for (size_t i = 0; i < count; i++)
        all += choices[i].score * choices[i].words;
    qsort(choices, count, sizeof(*choices), compare_choices);
    for (size_t i = 0; i < count; i++) {
        float f1;

        content += choices[i].score * choices[i].words;
        taken += choices[i].words;
        f1 = 2 * content / (taken + all);
        if (f1 > best) {
            best = f1;
            cut = choices[i].score;
        }
    }
    return cut < CUT_MIN ? CUT_MIN : cut > CUT_MAX ? CUT_MAX : cut;
}

static bool is_furniture(const float *row)
{
    static const enum html_mark furniture[] = {
        HTML_MARK_NAV,     HTML_MARK_FOOTER, HTML_MARK_SIDEBAR, HTML_MARK_WIDGET,
        HTML_MARK_COMMENT, HTML_MARK_SHARE,  HTML_MARK_RELATED, HTML_MARK_AD,
        HTML_MARK_COOKIE,  HTML_MARK_CRUMB,  HTML_MARK_PAGER,
    };

    for (size_t i = 0; i < sizeof(furniture) / sizeof(furniture[0]); i++)
        if (row[HTML_F_MARKS + furniture[i]] < HTML_FAR)
            return true;
    return false;
}

static bool has_scripts(const struct html_dom *dom)
{
    for (uint32_t i = 1; i < dom->node_count; i++)
        if (dom->nodes[i].tag == HTML_SCRIPT)
            return true;
    return false;
}

/* How much of a page is a site's furniture, as its own class names say. */
static enum page_kind kind_of(const struct html_page *page, const float *rows)
{
    uint64_t words = 0, furniture = 0;
    bool has_furniture = false;

    for (size_t b = 0; b < page->block_count; b++) {
        words += page->blocks[b].words;
        if (is_furniture(rows + b * HTML_FEATURE_COUNT)) {
            has_furniture = true;
            furniture += page->blocks[b].words;
        }
    }
    if (!has_furniture && rows[HTML_F_page_link_share] <= PLAIN_LINK_SHARE)
        return PAGE_IS_PLAIN;
    if ((float)furniture <= DOCUMENT_FURNITURE_SHARE * (float)words &&
        rows[HTML_F_page_link_share] <= DOCUMENT_LINK_SHARE && !has_scripts(page->dom))
        return PAGE_IS_DOCUMENT;
    return PAGE_IS_OF_SITE;
}

/* Posts are what a forum is about; below an article they are comments. Both are marked alike, so
 * the page itself must tell. */
static bool is_forum(const float *row)
{
    return row[HTML_F_page_type] == (float)HTML_PAGE_FORUM || row[HTML_F_url_forum] > 0 ||
           row[HTML_F_page_forum] >= FORUM_SHARE_MIN;
}

static bool is_comment(const float *row)
{
    return row[HTML_F_MARKS + HTML_MARK_COMMENT] <= COMMENT_LEVELS && !is_forum(row) &&
           row[HTML_F_page_plain] >= ARTICLE_WORDS_LOG;
}

static bool is_about_product(const float *row)
{
    return row[HTML_F_page_type] == (float)HTML_PAGE_PRODUCT;
}

/* Elements alike that have a price each are things to buy: on a product's page, other ones. */
static bool is_one_of_goods(const float *row)
{
    return row[HTML_F_repeat_priced] > PRICED_SHARE_MIN;
}

/* What customers wrote of the goods, and the terms they are sold on, stand under headings that say
 * so: on a product's page they are comments and notices. */
static bool opens_notices(const float *row)
{
    const float *topics = row + HTML_F_TOPICS;

    return row[HTML_F_heading_level] > 1 &&
           topics[(size_t)2 * HTML_TOPIC_REVIEW] + topics[(size_t)2 * HTML_TOPIC_LEGAL] > 0;
}

static void drop_beside_product(const struct html_page *page, const float *rows, float *scores)
{
    float open = 0; /* level of the heading above notices; 0: none */

    for (size_t b = 0; b < page->block_count; b++) {
        const float *row = rows + b * HTML_FEATURE_COUNT;
        float level = row[HTML_F_heading_level];

        if (level > 0 && level <= open)
            open = 0;
        if (open == 0 && opens_notices(row))
            open = level;
        if (open > 0 || is_one_of_goods(row))
            scores[b] = 0;
        if (is_one_of_goods(row) && b > 0 && (row - HTML_FEATURE_COUNT)[HTML_F_heading_level] > 1)
            scores[b - 1] = 0;
    }
}

/* What customers wrote, each in an element like the others. */
static bool is_review(const float *row)
{
    return row[HTML_F_MARKS + HTML_MARK_REVIEW] < REVIEW_LEVELS && row[HTML_F_repeat_near] > 0 &&
           row[HTML_F_repeat_priced] < PRICED_SHARE_MAX;
}

/* The filters of a list of goods, what may be chosen of one, and what customers wrote of them under
 * a heading of its own. Not the goods themselves, though each has a button for each size. */
static void drop_beside_goods(const struct html_page *page, const float *rows, float *scores)
{
    if (rows[HTML_F_page_prices] < PRICES_LOG || rows[HTML_F_page_type] == (float)HTML_PAGE_ARTICLE)
        return;
    for (size_t b = 0; b < page->block_count; b++) {
        const float *row = rows + b * HTML_FEATURE_COUNT;

        if (row[HTML_F_AMONG_CONTROLS] > 0 || is_review(row) ||
            (row[HTML_F_AMONG_PRICED_CONTROLS] > 0 && !is_one_of_goods(row)))
            scores[b] = 0;
        if (is_review(row) && b > 0 && (row - HTML_FEATURE_COUNT)[HTML_F_heading_level] > 1)
            scores[b - 1] = 0;
    }
}

/* "{{ post.text }}": a script would have put the text there. */
static bool is_placeholder(const struct html_page *page, const struct html_block *block)
{
    const struct html_node *nodes = page->dom->nodes;
    const struct html_node *first = &nodes[block->first], *last = &nodes[block->last];
    size_t start = 0, end = last->text_len;

    while (start < first->text_len && (unsigned char)first->text[start] <= ' ')
        start++;
    while (end > 0 && (unsigned char)last->text[end - 1] <= ' ')
        end--;
    return start + 2 <= first->text_len && !memcmp(first->text + start, "{{", 2) && end >= 2 &&
           !memcmp(last->text + end - 2, "}}", 2);
}

/* Where all that was to be kept is marked as comments, the marks mean something else. */
static bool is_all_comments(const struct html_page *page, const float *rows, const float *scores)
{
    for (size_t b = 0; b < page->block_count; b++)
        if (scores[b] >= CUT_MAX && html_is_paragraph(&page->blocks[b]) &&
            !is_comment(rows + b * HTML_FEATURE_COUNT))
            return false;
    return true;
}

static bool choose(const struct html_page *page, const struct html_rows *measured,
                   struct choice *choices, float *scores, uint8_t *roles)
{
    const float *rows = measured->values;
    bool drops_comments;
    float cut;

    html_model_scores(rows, page->block_count, scores);
    if (!html_smooth(page, measured, scores) || !html_noise_drop(page, measured, scores))
        return false;
    if (page->block_count > 0 && is_about_product(rows))
        drop_beside_product(page, rows, scores);
    if (page->block_count > 0)
        drop_beside_goods(page, rows, scores);
    drops_comments = !is_all_comments(page, rows, scores);
    for (size_t b = 0; b < page->block_count; b++) {
        float words = (float)page->blocks[b].words;

        if ((drops_comments && is_comment(rows + b * HTML_FEATURE_COUNT)) ||
            is_placeholder(page, &page->blocks[b]))
            scores[b] = 0;
        choices[b] = (struct choice){ .score = scores[b], .words = words > 0.5F ? words : 0.5F };
    }
    cut = find_cut(choices, page->block_count);
    for (size_t b = 0; b < page->block_count; b++)
        roles[b] = scores[b] >= cut ? HTML_ROLE_TEXT : HTML_ROLE_NONE;
    return true;
}

/* What is not marked as furniture is the document, whatever it looks like. */
static void keep_document(const struct html_page *page, const float *rows, uint8_t *roles)
{
    for (size_t b = 0; b < page->block_count; b++)
        if (!is_furniture(rows + b * HTML_FEATURE_COUNT))
            roles[b] = HTML_ROLE_TEXT;
}

/* Headings alone are those of a menu or a footer, around a page that its scripts would draw. */
static void drop_lone_headings(const struct html_page *page, const float *rows, uint8_t *roles)
{
    for (size_t b = 0; b < page->block_count; b++)
        if (roles[b] && rows[b * HTML_FEATURE_COUNT + HTML_F_heading_level] <= 1)
            return;
    memset(roles, HTML_ROLE_NONE, page->block_count);
}

/* The heading that says what the title in the metadata says, which often has the site's name too:
 * an <h1>, or another heading if it has no word besides. block_count: none. */
static size_t find_title(const struct html_page *page, const float *rows)
{
    size_t title = page->block_count;
    float best = TITLE_SHARE_MIN;

    for (size_t b = 0; b < page->block_count; b++) {
        const float *row = rows + b * HTML_FEATURE_COUNT;
        float level = row[HTML_F_heading_level];

        if (level > 0 && level <= 3 && row[HTML_F_title_in_block] > best &&
            row[HTML_F_block_in_title] >= (level > 1 ? 1 : HEADING_SHARE_MIN)) {
            best = row[HTML_F_title_in_block];
            title = b;
        }
    }
    return title;
}

/* The title is said once. */
static void set_title(const struct html_page *page, const float *rows, size_t title, uint8_t *roles)
{
    const float *title_row = rows + title * HTML_FEATURE_COUNT;

    for (size_t b = 0; b < page->block_count; b++) {
        const float *row = rows + b * HTML_FEATURE_COUNT;

        if (row[HTML_F_heading_level] > 0 &&
            row[HTML_F_title_in_block] >= title_row[HTML_F_title_in_block] &&
            row[HTML_F_block_in_title] >= title_row[HTML_F_block_in_title])
            roles[b] = HTML_ROLE_NONE;
    }
    roles[title] = HTML_ROLE_TITLE;
}

static bool has_content(const struct html_page *page, const uint8_t *roles)
{
    for (size_t b = 0; b < page->block_count; b++)
        if (roles[b])
            return true;
    return false;
}

static enum status score_blocks(const struct html_page *page, const struct html_rows *measured,
                                uint8_t *roles, struct error *err)
{
    const float *rows = measured->values;
    float *scores = calloc(page->block_count, sizeof(*scores));
    struct choice *choices = calloc(page->block_count, sizeof(*choices));
    bool is_done = scores && choices && choose(page, measured, choices, scores, roles);
    struct html_choice choice = { page, measured, scores, roles };

    if (is_done) {
        if (kind_of(page, rows) == PAGE_IS_DOCUMENT)
            keep_document(page, rows, roles);
        html_join_text(&choice);
        html_insert_drop(&choice);
        drop_lone_headings(page, rows, roles);
        is_done = html_copies_drop(page, measured->places, is_forum(rows), roles);
    }
    if (is_done && has_content(page, roles)) {
        size_t title = find_title(page, rows);

        if (title < page->block_count)
            set_title(page, rows, title, roles);
        html_join_asides(&choice);
        html_join_between(&choice);
    }
    free(scores);
    free(choices);
    return is_done ? STATUS_OK
                   : error_set(err, STATUS_NO_MEMORY, "out of memory for the scores of a page");
}

static void keep_everything(const struct html_page *page, const float *rows, uint8_t *roles)
{
    for (size_t b = 0; b < page->block_count; b++)
        roles[b] = is_comment(rows + b * HTML_FEATURE_COUNT) ? HTML_ROLE_COMMENT : HTML_ROLE_TEXT;
}

enum status html_score(const struct html_page *page, const struct html_meta *meta, bool keep_all,
                       uint8_t *roles, struct error *err)
{
    CLEANUP(html_rows_release) struct html_rows rows = { .values = NULL };
    enum status status;

    if (page->block_count == 0)
        return STATUS_OK;
    status = html_features(page, meta, &rows, err);
    if (status)
        return status;
    if (keep_all)
        keep_everything(page, rows.values, roles);
    else if (kind_of(page, rows.values) == PAGE_IS_PLAIN)
        memset(roles, HTML_ROLE_TEXT, page->block_count);
    else
        status = score_blocks(page, &rows, roles, err);
    if (!status && !keep_all)
        html_menus_drop(page, roles);
    return status;
}
