#include "extractors/xhtml.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/html_dom.h"
#include "extractors/html_emit.h"
#include "extractors/html_page.h"
#include "extractors/xml_text.h"

enum status xhtml_emit(struct span text, bool is_xml, struct writer *writer, struct error *err)
{
    CLEANUP(buf_release) struct buf converted = BUF_INIT(XML_TEXT_BYTES_MAX);
    CLEANUP(buf_release) struct buf repaired = BUF_INIT(XML_TEXT_BYTES_MAX);
    CLEANUP(html_dom_release) struct html_dom dom = { 0 };
    CLEANUP(html_page_release) struct html_page page = { 0 };
    enum status status = xml_to_utf8(&text, &converted, err);
    uint8_t *roles;

    if (!status && !utf8_is_valid(text)) {
        (void)utf8_append_repaired(&repaired, text);
        status = buf_status(&repaired, err);
        text = buf_span(&repaired);
    }
    if (!status)
        status = html_parse(text, is_xml, &dom, err);
    if (!status)
        status = html_page_read(&dom, &page, err);
    if (status)
        return status;
    roles = malloc(page.block_count + 1);
    if (!roles)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    memset(roles, HTML_ROLE_TEXT, page.block_count);
    html_emit(&page, roles, writer);
    free(roles);
    return STATUS_OK;
}
