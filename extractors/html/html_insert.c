#include "extractors/html/html_insert.h"

#include <string.h>
#include <strings.h>

#include "base/cleanup.h"

/* Shorter ones are names, longer ones say something themselves. */
#define POINTER_WORDS_MIN 4u
#define POINTER_WORDS_MAX 30u
#define POINTER_BYTES_MAX ((size_t)4096)
#define POINTERS_MAX      3u /* in a row: more are a list, which may be what the page is about */
#define LABEL_BYTES_MAX   24u

#define PROSE_WORDS_MIN     8u
#define PROSE_LINK_SHARE    0.5F
#define CLOSING_LINES_MAX   2u
#define CLOSING_WORDS_MAX   25u   /* longer ones say who wrote it, too */
#define CLOSING_TOPICS_MIN  2.0F  /* words for following, sharing and subscribing */
#define CLOSING_TOPIC_SHARE 0.10F /* of all words */
#define ARTICLE_WORDS_LOG   6.0F  /* log2(1 + words) in paragraphs outside comments */
#define ARTICLE_FORUM_SHARE 0.5F

static const float *row_of(const struct html_choice *choice, size_t block)
{
    return choice->rows->values + block * HTML_FEATURE_COUNT;
}

static bool is_prose(const struct html_block *block)
{
    return block->words >= PROSE_WORDS_MIN && block->sentences > 0 && !block->table &&
           (float)block->link_chars <= PROSE_LINK_SHARE * (float)block->chars;
}

/* A paragraph of its own, no item, heading, cell or code. */
static bool is_line(const struct html_page *page, const struct html_block *block)
{
    enum html_tag tag = (enum html_tag)page->dom->nodes[block->container].tag;

    return !block->table && !(page->flags[block->first] & HTML_IS_IN_PRE) && tag != HTML_LI &&
           tag != HTML_DT && tag != HTML_DD && (tag < HTML_H1 || tag > HTML_H6);
}

/* ---- pointers ---- */

/* What says that a link leads to more of the kind, in the languages that we know it in. */
static bool is_label(struct span text)
{
    static const char *const labels[] = {
        "read more",      "read also",      "also read", "read next",   "related",
        "related story",  "see also",       "more",      "watch",       "recommended",
        "lesen sie auch", "mehr zum thema", "lees ook",  "lire aussi",  "leggi anche",
        "lea también",    "leia também",    "leia mais", "veja também",
    };

    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
        if (text.len == strlen(labels[i]) && !strncasecmp(text.data, labels[i], text.len))
            return true;
    return false;
}

static bool begins_with_label(struct span text)
{
    const char *colon =
        memchr(text.data, ':', text.len < LABEL_BYTES_MAX ? text.len : LABEL_BYTES_MAX);

    return colon && is_label((struct span){ text.data, (size_t)(colon - text.data) });
}

/* No word stands outside of links. */
static bool is_all_link(const struct html_page *page, const struct html_block *block)
{
    for (uint32_t i = block->first; i <= block->last; i++) {
        const struct html_node *node = &page->dom->nodes[i];

        if (node->tag != HTML_TEXT_NODE ||
            page->flags[i] & (HTML_IS_DROPPED | HTML_IS_HIDDEN | HTML_IS_IN_LINK))
            continue;
        for (uint32_t c = 0; c < node->text_len; c++)
            if ((unsigned char)node->text[c] > ' ')
                return false;
    }
    return true;
}

/* "Related: ..." with a link, or a link that is all there is. An address is no pointer: it is what
 * the text speaks of. */
static bool is_pointer(const struct html_page *page, const struct html_block *block)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(POINTER_BYTES_MAX);

    if (block->links == 0 || block->words < POINTER_WORDS_MIN || block->words > POINTER_WORDS_MAX ||
        !is_line(page, block))
        return false;
    html_page_block_text(page, block, &text);
    return begins_with_label(buf_span(&text)) ||
           (memchr(text.data, ' ', text.len) && is_all_link(page, block));
}

/* Between two paragraphs of prose; elsewhere they may be a list of what the page offers. */
static void drop_pointers(const struct html_choice *choice)
{
    const struct html_page *page = choice->page;
    size_t pointers[POINTERS_MAX + 1], count = 0;
    bool is_below_prose = false;

    for (size_t b = 0; b < page->block_count; b++) {
        const struct html_block *block = &page->blocks[b];

        if (choice->roles[b] != HTML_ROLE_TEXT)
            continue;
        if (is_below_prose && count <= POINTERS_MAX && is_pointer(page, block)) {
            pointers[count++] = b;
            continue;
        }
        is_below_prose = is_prose(block);
        for (size_t i = 0; is_below_prose && count <= POINTERS_MAX && i < count; i++)
            choice->roles[pointers[i]] = HTML_ROLE_NONE;
        count = 0;
    }
}

/* ---- closing lines ---- */

/* "Follow us on ..., sign up for ..." */
static bool is_closing(const float *row, const struct html_block *block)
{
    const float *topics = row + HTML_F_TOPICS;
    float words = topics[2 * HTML_TOPIC_SUBSCRIBE + 1] + topics[2 * HTML_TOPIC_SHARE + 1];

    return block->words <= CLOSING_WORDS_MAX && words >= CLOSING_TOPICS_MIN &&
           words >= CLOSING_TOPIC_SHARE * (float)block->words;
}

static bool is_article(const float *row)
{
    return row[HTML_F_page_plain] >= ARTICLE_WORDS_LOG &&
           row[HTML_F_page_forum] < ARTICLE_FORUM_SHARE &&
           row[HTML_F_page_type] != (float)HTML_PAGE_FORUM;
}

static void drop_closing(const struct html_choice *choice)
{
    const struct html_page *page = choice->page;
    unsigned lines = 0;

    if (page->block_count == 0 || !is_article(row_of(choice, 0)))
        return;
    for (size_t b = page->block_count; b-- > 0 && lines < CLOSING_LINES_MAX;) {
        if (choice->roles[b] != HTML_ROLE_TEXT)
            continue;
        if (!is_line(page, &page->blocks[b]) || !is_closing(row_of(choice, b), &page->blocks[b]))
            return;
        choice->roles[b] = HTML_ROLE_NONE;
        lines++;
    }
}

void html_insert_drop(const struct html_choice *choice)
{
    drop_pointers(choice);
    drop_closing(choice);
}
