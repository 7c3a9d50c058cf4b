/*
 * html.c - HTML, XHTML and MHTML: decode, parse, find the blocks, choose the content, send it.
 */
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/cleanup.h"
#include "extractors/extractors.h"
#include "extractors/html/html_charset.h"
#include "extractors/html/html_emit.h"
#include "extractors/html/html_mhtml.h"
#include "extractors/html/html_score.h"
#include "extractors/html/html_told.h"

#define INPUT_BYTES_MAX ((size_t)256 << 20)
#define START_BYTES     ((size_t)2048) /* that say, without a media type, that it is HTML */

static int html_bid(const struct bid_input *input)
{
    bool has_name = !strcmp(input->extension, "html") || !strcmp(input->extension, "htm") ||
                    !strcmp(input->extension, "xhtml") || !strcmp(input->extension, "xht") ||
                    !strcmp(input->extension, "shtml");
    struct span start = { input->head.data,
                          input->head.len < START_BYTES ? input->head.len : START_BYTES };

    if (mhtml_begins(input->head))
        return 95;
    if (!strcmp(input->media_type, "text/html") ||
        !strcmp(input->media_type, "application/xhtml+xml"))
        return 90;
    if (ascii_find(start, "<!doctype html") || ascii_find(start, "<html"))
        return has_name ? 90 : 70;
    return has_name && strncmp(input->media_type, "image/", 6) != 0 ? 60 : 0;
}

static void send_authors(struct span lines, struct writer *writer)
{
    while (lines.len > 0) {
        const char *end = memchr(lines.data, '\n', lines.len);
        size_t len = end ? (size_t)(end - lines.data) : lines.len;

        writer_metadata(writer, "author", (struct span){ lines.data, len });
        len += end != NULL;
        lines = (struct span){ lines.data + len, lines.len - len };
    }
}

static void send_metadata(const struct html_meta *meta, struct writer *writer)
{
    writer_metadata(writer, "title", buf_span(&meta->title));
    send_authors(buf_span(&meta->authors), writer);
    writer_metadata(writer, "date", buf_span(&meta->date));
    writer_metadata(writer, "modified", buf_span(&meta->modified));
    writer_metadata(writer, "language", buf_span(&meta->language));
    writer_metadata(writer, "url", buf_span(&meta->url));
    writer_metadata(writer, "subject", buf_span(&meta->description));
    writer_metadata(writer, "keywords", buf_span(&meta->keywords));
    writer_metadata(writer, "site", buf_span(&meta->site));
}

/* A page of menus and notices alone is no text, and says why. */
static void explain_nothing(const struct html_page *page, const uint8_t *roles,
                            struct writer *writer)
{
    size_t kept = 0;

    for (size_t b = 0; b < page->block_count; b++)
        kept += roles[b] != HTML_ROLE_NONE;
    if (kept == 0 && page->block_count > 0 && writer_text_bytes(writer) == 0)
        writer_partial(writer, "only navigation and notices: %zu blocks left out",
                       page->block_count);
}

static enum status read_notes(struct html_page *page, uint8_t *roles, struct html_notes *notes,
                              struct error *err)
{
    struct html_note_book book = { .part = { "", 0 } };
    enum status status = html_notes_read(page, roles, &book, notes, err);

    note_labels_release(&book.labels);
    return status;
}

static enum status send_page(const struct html_dom *dom, bool keep_all, struct writer *writer,
                             struct error *err)
{
    CLEANUP(html_page_release) struct html_page page = { 0 };
    CLEANUP(html_meta_release) struct html_meta meta;
    CLEANUP(html_notes_release) struct html_notes notes = { 0 };
    enum status status;
    uint8_t *roles;

    html_meta_read(dom, &meta);
    status = html_page_read(dom, HTML_PAGE_MEASURED, &page, err);
    if (status)
        return status;
    send_metadata(&meta, writer);
    roles = calloc(page.block_count + 1, sizeof(*roles));
    if (!roles)
        return error_set(err, STATUS_NO_MEMORY, "out of memory for the choice of blocks");
    status = html_score(&page, &meta, keep_all, roles, err);
    if (!status)
        status = read_notes(&page, roles, &notes, err);
    if (!status && (keep_all || !html_told_send(&page, &meta, roles, writer)))
        html_emit(&page, roles, &notes, buf_span(&meta.url), writer);
    if (!status)
        explain_nothing(&page, roles, writer);
    if (!status)
        html_emit_hidden(&page, writer);
    free(roles);
    return status;
}

/* The page as UTF-8, out of the file that holds it with its pictures if need be. */
static enum status read_page(const struct source *source, struct buf *text, char charset[32],
                             struct error *err)
{
    CLEANUP(buf_release) struct buf page = BUF_INIT(INPUT_BYTES_MAX);
    bool is_saved = mhtml_begins(source->bytes);

    /* Not all programs say in front what is in the parts; the name does. */
    if ((is_saved || strcmp(source->media_type, "multipart/related") == 0) &&
        mhtml_page(source->bytes, &page, charset))
        return html_decode(buf_span(&page), charset, text, charset, err);
    if (is_saved)
        return error_set(err, STATUS_MALFORMED, "no page among the parts of '%s'", source->name);
    return html_decode(source->bytes, "", text, charset, err);
}

static enum status html_extract(const struct source *source, struct writer *writer,
                                struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(INPUT_BYTES_MAX);
    CLEANUP(html_dom_release) struct html_dom dom = { 0 };
    char charset[32];
    bool is_xml = !strcmp(source->media_type, "application/xhtml+xml") ||
                  !strcmp(source->extension, "xhtml") || !strcmp(source->extension, "xht");
    enum status status = read_page(source, &text, charset, err);

    if (status)
        return status;
    writer_charset(writer, charset);
    status = html_parse(buf_span(&text), is_xml, &dom, err);
    if (status)
        return status;
    if (dom.is_truncated)
        writer_partial(writer, "more than %zu elements and texts: the rest was left out",
                       (size_t)HTML_NODES_MAX);
    return send_page(&dom, source->keep_boilerplate, writer, err);
}

const struct extractor html_extractor = {
    .name = "html",
    .version = 22,
    .bid = html_bid,
    .extract = html_extract,
};
