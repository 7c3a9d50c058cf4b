#include <string.h>

#include "base/cleanup.h"
#include "extractors/html/html_charset.h"
#include "extractors/html/html_mhtml.h"
#include "extractors/html/xhtml.h"
#include "extractors/office/docx_read.h"

/*
 * altChunk (ECMA-376 part 1, 17.17.2.1): a part of another format whose text stands here. Programs
 * that write documents put HTML there, alone or as MHTML; Word turns it into paragraphs when it
 * opens the document.
 */

#define SNIFF_BYTES 1024u

/* Begins with an element, behind a mark of UTF-8 and blanks maybe. */
static bool is_html(struct span bytes)
{
    size_t i = bytes.len >= 3 && memcmp(bytes.data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

    if (memchr(bytes.data, '\0', bytes.len < SNIFF_BYTES ? bytes.len : SNIFF_BYTES))
        return false;
    while (i < bytes.len && strchr(" \t\r\n", bytes.data[i]))
        i++;
    return i < bytes.len && bytes.data[i] == '<';
}

static enum status emit_page(struct docx *docx, struct span bytes, struct error *err)
{
    CLEANUP(buf_release) struct buf page = BUF_INIT(ZIP_PART_BYTES_MAX);
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    char told[32] = "", charset[32];
    enum status status;

    if (!is_html(bytes) && mhtml_page(bytes, &page, told))
        bytes = buf_span(&page);
    if (!is_html(bytes))
        return error_set(err, STATUS_UNSUPPORTED, "an embedded document was not read");
    status = html_decode(bytes, told, &text, charset, err);
    return status ? status : xhtml_emit(buf_span(&text), 0, docx->writer, err);
}

void docx_read_alt_chunk(struct docx *docx, struct xml *xml)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(ZIP_PART_BYTES_MAX);
    const struct ooxml_relation *part =
        ooxml_by_id(&docx->relations, xml_attr_in(xml, XML_NS_R, "id"));
    struct error problem = { .status = STATUS_OK };
    enum status status = STATUS_UNSUPPORTED;

    /* Inside of a cell or a note there is no room for headings and tables. */
    if (part && !part->is_external && docx->table_depth == 0 && !docx->is_in_note) {
        docx_end_open(docx);
        status = zip_read_name(docx->zip, part->target, &bytes, &problem);
        if (!status)
            status = emit_page(docx, buf_span(&bytes), &problem);
    }
    if (status == STATUS_NO_MEMORY)
        docx->failed = status;
    else if (status)
        writer_partial(docx->writer, "an embedded document was not read");
}
