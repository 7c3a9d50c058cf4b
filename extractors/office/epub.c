/*
 * epub.c - EPUB 2 and 3: the pages of a book, in the order of its spine.
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/extractors.h"
#include "extractors/html/xhtml.h"
#include "extractors/office/ooxml.h"

#define ARENA_BYTES_MAX ((size_t)32 << 20)
#define ITEMS_MAX       65536u

enum tag {
    TAG_ROOTFILE = 1,
    TAG_ITEM,
    TAG_ITEMREF,
    TAG_TITLE,
    TAG_CREATOR,
    TAG_LANGUAGE,
    TAG_DATE,
    TAG_SUBJECT,
    TAG_PUBLISHER,
    TAG_DESCRIPTION,
    TAG_ENCRYPTION_METHOD,
    TAG_REFERENCE,
};

static const struct xml_name names[] = {
    { "rootfile", XML_NS_ANY, TAG_ROOTFILE },
    { "item", XML_NS_ANY, TAG_ITEM },
    { "itemref", XML_NS_ANY, TAG_ITEMREF },
    { "title", XML_NS_DC, TAG_TITLE },
    { "creator", XML_NS_DC, TAG_CREATOR },
    { "language", XML_NS_DC, TAG_LANGUAGE },
    { "date", XML_NS_DC, TAG_DATE },
    { "subject", XML_NS_DC, TAG_SUBJECT },
    { "publisher", XML_NS_DC, TAG_PUBLISHER },
    { "description", XML_NS_DC, TAG_DESCRIPTION },
    { "EncryptionMethod", XML_NS_ANY, TAG_ENCRYPTION_METHOD },
    { "reference", XML_NS_ANY, TAG_REFERENCE },
    { NULL, 0, 0 },
};

struct item {
    struct span id, part;
    bool is_page, is_contents;
    bool is_aside; /* linear="no": not among the pages to be read one after the other */
    bool is_in_spine;
};

struct epub {
    const struct source *source;
    struct writer *writer;
    struct zip *zip;
    struct arena arena;
    struct item *items;
    size_t item_count, item_capacity;
    bool is_sorted; /* items, by id: from the first look-up on, which ends the manifest */
    const struct item **spine;
    size_t spine_count, spine_capacity;
    struct html_note_book notes; /* whose part is the page that is read */
};

static void epub_release(struct epub *epub)
{
    free(epub->items);
    free(epub->spine);
    note_labels_release(&epub->notes.labels);
    zip_free(epub->zip);
    arena_release(&epub->arena);
}

static struct span keep(struct epub *epub, struct span text)
{
    char *copy = arena_copy(&epub->arena, text);

    return copy ? (struct span){ copy, text.len } : (struct span){ "", 0 };
}

/* "a%20b.xhtml" names the part "a b.xhtml". */
static void append_unescaped(struct buf *out, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char digits[3] = "", *end;

        if (text.data[i] == '%' && i + 2 < text.len) {
            long c;

            memcpy(digits, text.data + i + 1, 2);
            c = strtol(digits, &end, 16);
            if (end == digits + 2 && c > 0) {
                buf_append_char(out, (char)c);
                i += 2;
                continue;
            }
        }
        buf_append_char(out, text.data[i]);
    }
}

static bool add_item(struct epub *epub, struct xml *xml, struct span package)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(4096);
    CLEANUP(buf_release) struct buf part = BUF_INIT(4096);
    struct span type = xml_attr(xml, "media-type"), properties = xml_attr(xml, "properties");
    struct item item = { .id = keep(epub, xml_attr_in(xml, XML_NS_NONE, "id")) };

    append_unescaped(&path, xml_attr(xml, "href"));
    ooxml_resolve(package, buf_span(&path), &part);
    item.part = keep(epub, buf_span(&part));
    item.is_page = span_is(type, "application/xhtml+xml") || span_is(type, "text/html") ||
                   span_is(type, "text/x-oeb1-document");
    item.is_contents = span_is(properties, "nav");
    if (epub->item_count >= ITEMS_MAX || epub->is_sorted)
        return true;
    if (!array_reserve(&epub->items, &epub->item_capacity, epub->item_count))
        return false;
    epub->items[epub->item_count++] = item;
    return true;
}

static int compare_ids(const void *a, const void *b)
{
    struct span one = ((const struct item *)a)->id, other = ((const struct item *)b)->id;
    int order = memcmp(one.data, other.data, one.len < other.len ? one.len : other.len);

    return order ? order : (one.len > other.len) - (one.len < other.len);
}

/* NULL: there is none. Ids are unique in XML; of two that are the same, one is found. */
static struct item *find_item(struct epub *epub, struct span id)
{
    struct item key = { .id = id };

    if (!epub->is_sorted && epub->item_count > 0)
        qsort(epub->items, epub->item_count, sizeof(*epub->items), compare_ids);
    epub->is_sorted = true;
    return id.len == 0 || epub->item_count == 0
               ? NULL
               : bsearch(&key, epub->items, epub->item_count, sizeof(key), compare_ids);
}

/* The manifest comes before the spine, so items do not move any more. A book's table of contents is
 * a page of it when the spine has it as one. A page may stand there only once. */
static bool add_to_spine(struct epub *epub, struct xml *xml)
{
    struct item *item = find_item(epub, xml_attr(xml, "idref"));

    if (!item || !item->is_page || item->is_in_spine)
        return true;
    item->is_in_spine = true;
    item->is_aside = span_is(xml_attr(xml, "linear"), "no");
    /* Its items are pointers. NOLINTNEXTLINE(bugprone-sizeof-expression) */
    if (!array_reserve(&epub->spine, &epub->spine_capacity, epub->spine_count))
        return false;
    epub->spine[epub->spine_count++] = item;
    return true;
}

/* EPUB 2 says in its guide which page is the table of contents. */
static void mark_contents(struct epub *epub, struct xml *xml, struct span package)
{
    CLEANUP(buf_release) struct buf part = BUF_INIT(4096);
    struct span target = xml_attr(xml, "href");
    const char *anchor = target.len ? memchr(target.data, '#', target.len) : NULL;

    if (!span_is(xml_attr(xml, "type"), "toc") || anchor)
        return; /* an anchor: it shares its page with other things */
    ooxml_resolve(package, target, &part);
    for (size_t i = 0; i < epub->item_count; i++)
        if (epub->items[i].part.len == part.len &&
            memcmp(epub->items[i].part.data, part.data, part.len) == 0)
            epub->items[i].is_contents = true;
}

static const char *metadata_name(unsigned tag)
{
    switch (tag) {
    case TAG_TITLE:
        return "title";
    case TAG_CREATOR:
        return "author";
    case TAG_LANGUAGE:
        return "language";
    case TAG_DATE:
        return "date";
    case TAG_SUBJECT:
        return "keywords";
    case TAG_PUBLISHER:
        return "publisher";
    case TAG_DESCRIPTION:
        return "subject";
    default:
        return NULL;
    }
}

static enum status read_package(struct epub *epub, struct span package, struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    CLEANUP(buf_release) struct buf value = BUF_INIT(65536);
    struct xml xml;
    bool is_ok = true;
    enum status status = zip_read_name(epub->zip, package, &text, err);

    if (status && (status == STATUS_NO_MEMORY || text.len == 0))
        return status;
    status = xml_open(&xml, buf_span(&text), names, err);
    while (!status && is_ok && xml_next(&xml)) {
        if (xml.event != XML_START)
            continue;
        if (xml.tag == TAG_ITEM) {
            is_ok = add_item(epub, &xml, package);
        } else if (xml.tag == TAG_ITEMREF) {
            is_ok = add_to_spine(epub, &xml);
        } else if (xml.tag == TAG_REFERENCE) {
            mark_contents(epub, &xml, package);
        } else if (metadata_name(xml.tag)) {
            const char *name = metadata_name(xml.tag);

            buf_clear(&value);
            xml_collect(&xml, &value);
            writer_metadata(epub->writer, name, buf_span(&value));
        }
    }
    xml_release(&xml);
    if (!status && !is_ok)
        status = error_set(err, STATUS_NO_MEMORY, "out of memory");
    return status;
}

/* The package file's name; "" when nothing says it. A container may have other renditions beside
 * it: the first of its media type is the book. */
static struct span find_package(struct epub *epub)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)1 << 20);
    struct span found = { "", 0 };
    bool is_sure = false;
    struct xml xml;

    if (!zip_read_name(epub->zip, (struct span){ "META-INF/container.xml", 22 }, &text, NULL) &&
        !xml_open(&xml, buf_span(&text), names, NULL)) {
        while (!is_sure && xml_next(&xml)) {
            if (xml.event != XML_START || xml.tag != TAG_ROOTFILE)
                continue;
            is_sure = span_is(xml_attr(&xml, "media-type"), "application/oebps-package+xml");
            if (is_sure || found.len == 0)
                found = keep(epub, xml_attr(&xml, "full-path"));
        }
        xml_release(&xml);
    }
    for (size_t i = 0; found.len == 0 && i < zip_count(epub->zip); i++) {
        struct span name = zip_name(epub->zip, i);

        if (name.len > 4 && memcmp(name.data + name.len - 4, ".opf", 4) == 0)
            found = name;
    }
    return found;
}

/* Fonts are often scrambled; a book is encrypted when anything is by a real cipher. */
static bool is_encrypted(struct epub *epub)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)4 << 20);
    struct xml xml;
    bool is_found = false;

    if (zip_read_name(epub->zip, (struct span){ "META-INF/encryption.xml", 23 }, &text, NULL) ||
        xml_open(&xml, buf_span(&text), names, NULL))
        return false;
    while (!is_found && xml_next(&xml))
        if (xml.event == XML_START && xml.tag == TAG_ENCRYPTION_METHOD)
            is_found = span_starts(xml_attr(&xml, "Algorithm"), "http://www.w3.org/2001/04/xmlenc");
    xml_release(&xml);
    return is_found;
}

static enum status read_page(struct epub *epub, const struct item *item, uint32_t page,
                             struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    struct error problem = { .status = STATUS_OK };
    enum status status = zip_read_name(epub->zip, item->part, &text, &problem);
    unsigned flags = XHTML_IS_XML;

    if (status == STATUS_NO_MEMORY)
        return error_set(err, status, "%s", problem.text);
    if (status) {
        writer_problem(epub->writer, &problem);
        text.failed = STATUS_OK;
    }
    writer_region(epub->writer, page, NULL, item->part);
    if (!epub->source->keep_boilerplate)
        flags |= XHTML_DROP_CONTENTS;
    epub->notes.part = item->part;
    return xhtml_emit_page(buf_span(&text), flags, &epub->notes, epub->writer, err);
}

static enum status epub_extract(const struct source *source, struct writer *writer,
                                struct error *err)
{
    CLEANUP(epub_release)
    struct epub epub = {
        .source = source,
        .writer = writer,
        .arena = ARENA_INIT(ARENA_BYTES_MAX),
    };
    struct span package;
    enum status status = zip_open(source->bytes, &epub.zip, err);

    if (status)
        return status;
    package = find_package(&epub);
    if (package.len == 0)
        return error_set(err, STATUS_MALFORMED, "an EPUB without a package file");
    if (is_encrypted(&epub))
        return error_set(err, STATUS_UNSUPPORTED, "encrypted book");
    status = read_package(&epub, package, err);
    for (size_t i = 0; !status && i < epub.spine_count && !writer_is_full(writer); i++)
        if (!(epub.spine[i]->is_contents && epub.spine[i]->is_aside) || epub.spine_count < 2 ||
            source->keep_boilerplate)
            status = read_page(&epub, epub.spine[i], (uint32_t)i + 1, err);
    return status;
}

static int epub_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "application/epub+zip") == 0 ? 100 : 0;
}

const struct extractor epub_extractor = {
    .name = "epub",
    .version = 12,
    .bid = epub_bid,
    .extract = epub_extract,
};
