#include "extractors/html_score.h"

/* Content unless an element around it says that it belongs to the site. */
static bool is_content(const struct html_page *page, const struct html_block *block)
{
    for (uint32_t i = block->container; i > 0; i = page->dom->nodes[i].parent) {
        enum html_tag tag = (enum html_tag)page->dom->nodes[i].tag;

        if (tag == HTML_NAV || tag == HTML_FOOTER || tag == HTML_ASIDE || tag == HTML_BUTTON)
            return false;
    }
    return true;
}

enum status html_score(const struct html_page *page, const struct html_meta *meta, bool *keep,
                       struct error *err)
{
    (void)meta;
    (void)err;
    for (size_t i = 0; i < page->block_count; i++)
        keep[i] = is_content(page, &page->blocks[i]);
    return STATUS_OK;
}
