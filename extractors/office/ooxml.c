#include "extractors/office/ooxml.h"

#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"

#define PROPERTY_PART_BYTES_MAX ((size_t)1 << 20)
#define RELATION_PART_BYTES_MAX ((size_t)16 << 20)
#define NAME_BYTES_MAX          4096u

enum tag { TAG_RELATIONSHIP = 1 };

static const struct xml_name relation_names[] = {
    { "Relationship", XML_NS_ANY, TAG_RELATIONSHIP },
    { NULL, 0, 0 },
};

static size_t folder_length(struct span part)
{
    const char *slash = part.len ? memrchr(part.data, '/', part.len) : NULL;

    return slash ? (size_t)(slash - part.data) + 1 : 0;
}

void ooxml_resolve(struct span part, struct span target, struct buf *out)
{
    size_t base = out->len;

    if (target.len > 0 && target.data[0] == '/')
        target = (struct span){ target.data + 1, target.len - 1 };
    else
        buf_append(out, part.data, folder_length(part));
    while (target.len > 0) {
        const char *slash = memchr(target.data, '/', target.len);
        size_t len = slash ? (size_t)(slash - target.data) : target.len;

        if (len == 2 && memcmp(target.data, "..", 2) == 0) {
            if (out->len > base)
                out->len--;
            while (out->len > base && out->data[out->len - 1] != '/')
                out->len--;
        } else if (len > 0 && !(len == 1 && target.data[0] == '.')) {
            buf_append(out, target.data, slash ? len + 1 : len);
        }
        len += slash ? 1 : 0;
        target = (struct span){ target.data + len, target.len - len };
    }
}

static struct span last_word(struct span type)
{
    size_t folder = folder_length(type);

    if (folder == 0) /* there may be no type */
        return type;
    return (struct span){ type.data + folder, type.len - folder };
}

static struct span keep(struct arena *arena, struct span text)
{
    char *copy = arena_copy(arena, text);

    return copy ? (struct span){ copy, text.len } : (struct span){ "", 0 };
}

static struct ooxml_relation read_relation(struct xml *xml, struct span part, struct arena *arena)
{
    CLEANUP(buf_release) struct buf name = BUF_INIT(NAME_BYTES_MAX);
    struct span target = xml_attr(xml, "Target");
    struct ooxml_relation relation = {
        .id = keep(arena, xml_attr(xml, "Id")),
        .type = keep(arena, last_word(xml_attr(xml, "Type"))),
        .is_external = span_is(xml_attr(xml, "TargetMode"), "External"),
    };

    if (relation.is_external) {
        relation.target = keep(arena, target);
    } else {
        ooxml_resolve(part, target, &name);
        relation.target = keep(arena, buf_span(&name));
    }
    return relation;
}

enum status ooxml_relations(struct zip *zip, struct span part, struct arena *arena,
                            struct ooxml_relations *out, struct error *err)
{
    CLEANUP(buf_release) struct buf name = BUF_INIT(NAME_BYTES_MAX);
    CLEANUP(buf_release) struct buf text = BUF_INIT(RELATION_PART_BYTES_MAX);
    CLEANUP(xml_release) struct xml xml;
    struct ooxml_relation *items;
    size_t count = 0, folder = folder_length(part), at = 0;
    enum status status;

    *out = (struct ooxml_relations){ NULL, 0 };
    buf_append(&name, part.data, folder);
    buf_append(&name, "_rels/", 6);
    buf_append(&name, part.data + folder, part.len - folder);
    buf_append(&name, ".rels", 5);
    if (zip_read_name(zip, buf_span(&name), &text, NULL) && text.len == 0)
        text.failed = STATUS_OK;
    status = xml_open(&xml, buf_span(&text), relation_names, err);
    if (status)
        return status;
    for (const char *p = text.data; (p = memmem(p, text.data + text.len - p, "<", 1)); p++)
        at++;
    if (at > (size_t)2 * OOXML_RELATIONS_MAX)
        return error_set(err, STATUS_LIMIT, "too many relations in a part");
    items = arena_alloc(arena, (at + 1) * sizeof(*items));
    if (!items)
        return error_set(err, arena->failed, "too much in a part's relations");
    while (xml_next(&xml))
        if (xml.event == XML_START && xml.tag == TAG_RELATIONSHIP && count < at)
            items[count++] = read_relation(&xml, part, arena);
    *out = (struct ooxml_relations){ items, count };
    return STATUS_OK;
}

const struct ooxml_relation *ooxml_by_id(const struct ooxml_relations *relations, struct span id)
{
    for (size_t i = 0; id.len > 0 && i < relations->count; i++)
        if (relations->items[i].id.len == id.len &&
            memcmp(relations->items[i].id.data, id.data, id.len) == 0)
            return &relations->items[i];
    return NULL;
}

const struct ooxml_relation *ooxml_by_type(const struct ooxml_relations *relations,
                                           const char *type, const struct ooxml_relation *after)
{
    size_t first = after ? (size_t)(after - relations->items) + 1 : 0;

    for (size_t i = first; i < relations->count; i++)
        if (span_is(relations->items[i].type, type))
            return &relations->items[i];
    return NULL;
}

enum status ooxml_main_part(struct zip *zip, const char *usual, struct arena *arena,
                            struct span *out, struct error *err)
{
    struct ooxml_relations relations;
    const struct ooxml_relation *main_part;
    enum status status = ooxml_relations(zip, (struct span){ "", 0 }, arena, &relations, err);

    if (status)
        return status;
    main_part = ooxml_by_type(&relations, "officeDocument", NULL);
    if (main_part && zip_lookup(zip, main_part->target) != ZIP_NONE) {
        *out = main_part->target;
        return STATUS_OK;
    }
    if (zip_lookup(zip, (struct span){ usual, strlen(usual) }) == ZIP_NONE)
        return error_set(err, STATUS_MALFORMED, "the package has no part '%s'", usual);
    *out = (struct span){ usual, strlen(usual) };
    return STATUS_OK;
}

/* ---- core properties ---- */

enum property {
    PROPERTY_TITLE = 1,
    PROPERTY_AUTHOR,
    PROPERTY_SUBJECT,
    PROPERTY_KEYWORDS,
    PROPERTY_DESCRIPTION,
    PROPERTY_LANGUAGE,
    PROPERTY_CREATED,
    PROPERTY_MODIFIED,
    PROPERTY_CATEGORY,
};

static const struct xml_name property_names[] = {
    { "title", XML_NS_DC, PROPERTY_TITLE },
    { "creator", XML_NS_DC, PROPERTY_AUTHOR },
    { "subject", XML_NS_DC, PROPERTY_SUBJECT },
    { "keywords", XML_NS_CP, PROPERTY_KEYWORDS },
    { "description", XML_NS_DC, PROPERTY_DESCRIPTION },
    { "language", XML_NS_DC, PROPERTY_LANGUAGE },
    { "created", XML_NS_DCTERMS, PROPERTY_CREATED },
    { "modified", XML_NS_DCTERMS, PROPERTY_MODIFIED },
    { "category", XML_NS_CP, PROPERTY_CATEGORY },
    { NULL, 0, 0 },
};

static const char *const property_words[] = {
    [PROPERTY_TITLE] = "title",
    [PROPERTY_AUTHOR] = "author",
    [PROPERTY_SUBJECT] = "subject",
    [PROPERTY_KEYWORDS] = "keywords",
    [PROPERTY_DESCRIPTION] = "description",
    [PROPERTY_LANGUAGE] = "language",
    [PROPERTY_CREATED] = "created",
    [PROPERTY_MODIFIED] = "modified",
    [PROPERTY_CATEGORY] = "category",
};

void ooxml_metadata(struct zip *zip, struct writer *writer)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(PROPERTY_PART_BYTES_MAX);
    CLEANUP(buf_release) struct buf value = BUF_INIT(PROPERTY_PART_BYTES_MAX);

    if (zip_read_name(zip, (struct span){ "docProps/core.xml", 17 }, &text, NULL))
        return;

    CLEANUP(xml_release) struct xml xml; /* only now: release wants what open has set */

    if (xml_open(&xml, buf_span(&text), property_names, NULL))
        return;
    while (xml_next(&xml)) {
        unsigned tag = xml.tag;

        if (xml.event != XML_START || tag == 0)
            continue;
        buf_clear(&value);
        xml_collect(&xml, &value);
        writer_metadata(writer, property_words[tag], buf_span(&value));
    }
}
