#include "extractors/html/xhtml.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/common/xml_text.h"
#include "extractors/html/html_classes.h"
#include "extractors/html/html_dom.h"
#include "extractors/html/html_emit.h"
#include "extractors/html/html_page.h"

/* As DocBook's and Sphinx's tools and the roles of digital publishing (DPUB-ARIA) mark it. */
static bool is_contents(const struct html_page *page, uint32_t node)
{
    const struct html_dom *dom = page->dom;
    struct span role;

    if (dom->nodes[node].attr_count == 0)
        return false;
    role = html_attr(dom, node, HTML_ATTR_ROLE);
    return html_classes_of(page->words, html_attr(dom, node, HTML_ATTR_CLASS)) &
               HTML_CLASS_CONTENTS ||
           (role.len == 7 && memcmp(role.data, "doc-toc", 7) == 0);
}

static void drop_contents(const struct html_page *page, uint8_t *roles)
{
    const struct html_dom *dom = page->dom;
    uint64_t all = page->text_before[dom->node_count];
    size_t block = 0;

    if (!(page->words->seen_classes & HTML_CLASS_CONTENTS) &&
        !(dom->attributes >> HTML_ATTR_ROLE & 1))
        return;
    for (uint32_t node = 0; node < dom->node_count; node++) {
        uint32_t end = dom->nodes[node].end;

        if (!is_contents(page, node))
            continue;
        if ((page->text_before[end] - page->text_before[node]) * 2 < all) {
            while (block < page->block_count && page->blocks[block].first < node)
                block++;
            for (; block < page->block_count && page->blocks[block].first < end; block++)
                roles[block] = HTML_ROLE_NONE;
        }
        node = end - 1;
    }
}

enum status xhtml_emit_page(struct span text, unsigned flags, struct html_note_book *book,
                            struct writer *writer, struct error *err)
{
    CLEANUP(buf_release) struct buf converted = BUF_INIT(XML_TEXT_BYTES_MAX);
    CLEANUP(buf_release) struct buf repaired = BUF_INIT(XML_TEXT_BYTES_MAX);
    CLEANUP(html_dom_release) struct html_dom dom = { 0 };
    CLEANUP(html_page_release) struct html_page page = { 0 };
    CLEANUP(html_notes_release) struct html_notes notes = { 0 };
    enum status status = xml_to_utf8(&text, &converted, err);
    uint8_t *roles;

    if (!status && !utf8_is_valid(text)) {
        (void)utf8_append_repaired(&repaired, text);
        status = buf_status(&repaired, err);
        text = buf_span(&repaired);
    }
    if (!status)
        status = html_parse(text, flags & XHTML_IS_XML, &dom, err);
    if (!status)
        status = html_page_read(&dom, HTML_PAGE_BLOCKS, &page, err);
    if (status)
        return status;
    roles = malloc(page.block_count + 1);
    if (!roles)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    memset(roles, HTML_ROLE_TEXT, page.block_count);
    if (flags & XHTML_DROP_CONTENTS)
        drop_contents(&page, roles);
    status = html_notes_read(&page, roles, book, &notes, err);
    if (!status)
        html_emit(&page, roles, &notes, (struct span){ "", 0 }, writer);
    free(roles);
    return status;
}

enum status xhtml_emit(struct span text, unsigned flags, struct writer *writer, struct error *err)
{
    struct html_note_book book = { .part = { "", 0 } };
    enum status status = xhtml_emit_page(text, flags, &book, writer, err);

    note_labels_release(&book.labels);
    return status;
}
