#include "extractors/html/html_join.h"

#define BETWEEN_MAX   8u    /* blocks in a row */
#define TIMES_LOG_MAX 1.65F /* log2(1 + times on the page): what comes thrice is a label */

/* Code, terms and what is said of them, the line that opens what is folded away. */
static bool is_of_article(enum html_tag tag)
{
    return tag == HTML_PRE || tag == HTML_DT || tag == HTML_DD || tag == HTML_SUMMARY;
}

static bool is_beside_text(enum html_tag tag)
{
    return tag == HTML_NAV || tag == HTML_ASIDE || tag == HTML_FOOTER || tag == HTML_HEADER ||
           tag == HTML_FORM || tag == HTML_BUTTON || tag == HTML_LI;
}

/* The article that a block is text of, itself and not in a menu or the like; 0: none.
 * *is_part: it is one of the parts above. */
static uint32_t article_of(const struct html_page *page, size_t block, bool *is_part)
{
    *is_part = false;
    for (uint32_t i = page->blocks[block].container; i > 0; i = page->dom->nodes[i].parent) {
        enum html_tag tag = (enum html_tag)page->dom->nodes[i].tag;

        if (tag == HTML_ARTICLE)
            return i;
        if (is_beside_text(tag))
            return 0;
        *is_part |= is_of_article(tag);
    }
    return 0;
}

/* Is most of what is kept in that article? Those of a list of articles are cards. */
static bool is_the_article(const struct html_choice *choice, uint32_t article)
{
    const struct html_page *page = choice->page;
    uint64_t all = 0, inside = 0;

    for (size_t b = 0; b < page->block_count; b++) {
        uint32_t first = page->blocks[b].first;
        uint32_t chars = choice->roles[b] ? page->blocks[b].chars : 0;

        all += chars;
        inside += first > article && first < page->dom->nodes[article].end ? chars : 0;
    }
    return inside * 2 > all;
}

/* The first block from one that is kept, or that is none of an article's parts. */
static size_t run_end(const struct html_choice *choice, size_t block, uint32_t article)
{
    size_t end = block;
    bool is_part;

    while (end < choice->page->block_count && end - block <= BETWEEN_MAX && !choice->roles[end] &&
           choice->rows->values[end * HTML_FEATURE_COUNT + HTML_F_times_on_page] < TIMES_LOG_MAX &&
           article_of(choice->page, end, &is_part) == article && is_part)
        end++;
    return end;
}

void html_join_between(const struct html_choice *choice)
{
    const struct html_page *page = choice->page;
    uint32_t cards = 0, found = 0; /* an article that is one of many, and the one that is not */
    bool is_part;

    for (size_t b = 1; b < page->block_count; b++) {
        uint32_t article;
        size_t end;

        if (choice->roles[b] || choice->roles[b - 1] != HTML_ROLE_TEXT)
            continue;
        article = article_of(page, b - 1, &is_part);
        if (!article || article == cards)
            continue;
        if (article != found && !is_the_article(choice, article)) {
            cards = article;
            continue;
        }
        found = article;
        end = run_end(choice, b, article);
        if (end > b && end - b <= BETWEEN_MAX && end < page->block_count &&
            choice->roles[end] == HTML_ROLE_TEXT && article_of(page, end, &is_part) == article)
            for (size_t i = b; i < end; i++)
                choice->roles[i] = HTML_ROLE_TEXT;
    }
}
