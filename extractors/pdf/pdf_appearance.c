#include "extractors/pdf/pdf_appearance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "extractors/pdf/pdf_syntax.h"

#define TAIL_BYTES     ((size_t)2048) /* startxref is in the file's last ones */
#define WORK_BYTES_MAX ((size_t)64 << 20)
#define HIDDEN_FLAGS   (1U << 1 | 1U << 5) /* 12.5.3: hidden, not to be viewed */

#define KEY(text) ((struct span){ (text), sizeof(text) - 1 })

struct finder {
    struct pdf_objects *objects;
    struct pdf_appearances *found;
    struct buf pages; /* of the new document, object by object */
    uint32_t first;   /* number of the new catalog, then the tree's root, then the pages */
    size_t offset;    /* of pages in the new file */
    size_t *offsets;  /* of each page in pages */
    size_t offset_capacity, work_bytes;
    bool no_memory;
};

void pdf_appearances_release(struct pdf_appearances *appearances)
{
    for (size_t i = 0; i < appearances->count; i++)
        free(appearances->items[i].text);
    free(appearances->items);
    *appearances = (struct pdf_appearances){ 0 };
}

static bool is_empty_string(struct span object)
{
    return object.len == 0 || (object.len == 2 && (object.data[0] == '(' || object.data[0] == '<'));
}

/* What the annotation looks like when nobody touches it (12.5.5): a form, or one for each state. A
 * reference, for a stream can't stand anywhere else; empty: none. */
static struct span normal_appearance(struct finder *finder, struct span annotation)
{
    struct span none = { "", 0 }, dict, states, form, state;
    uint64_t number;

    if (!pdf_objects_dict(finder->objects, pdf_dict_find(annotation, KEY("AP")), &dict))
        return none;
    form = pdf_dict_find(dict, KEY("N"));
    if (!pdf_objects_dict(finder->objects, form, &states))
        return none;
    finder->work_bytes += dict.len + states.len;
    if (pdf_dict_find(states, KEY("BBox")).len)
        return pdf_objects_reference(form, &number) ? form : none;
    state = pdf_objects_resolve(finder->objects, pdf_dict_find(annotation, KEY("AS")));
    if (state.len < 2 || state.data[0] != '/')
        return none;
    form = pdf_dict_find(states, (struct span){ state.data + 1, state.len - 1 });
    return pdf_objects_reference(form, &number) ? form : none;
}

/* One more page of the new document, which paints what the form does. */
static void page_add(struct finder *finder, uint32_t page, struct span form)
{
    struct pdf_appearances *found = finder->found;
    size_t count = found->count;
    struct span dict, resources;
    double box[4];

    if (!pdf_objects_dict(finder->objects, form, &dict) ||
        pdf_objects_numbers(finder->objects, pdf_dict_find(dict, KEY("BBox")), box, 4) != 4)
        return;
    if (!array_reserve(&found->items, &found->capacity, count) ||
        !array_reserve(&finder->offsets, &finder->offset_capacity, count)) {
        finder->no_memory = true;
        return;
    }
    resources = pdf_dict_find(dict, KEY("Resources"));
    finder->offsets[count] = finder->pages.len;
    found->items[found->count++] = (struct pdf_appearance){ .page = page };
    buf_printf(
        &finder->pages, "%zu 0 obj\n<</Type/Page/Parent %u 0 R/MediaBox[%.2f %.2f %.2f %.2f]",
        (size_t)finder->first + 2 + count, finder->first + 1, box[0], box[1], box[2], box[3]);
    buf_printf(&finder->pages, "/Contents ");
    buf_append(&finder->pages, form.data, form.len);
    if (resources.len) {
        buf_printf(&finder->pages, "/Resources ");
        buf_append(&finder->pages, resources.data, resources.len);
    }
    buf_printf(&finder->pages, ">>\nendobj\n");
}

static void annotation_read(struct finder *finder, uint32_t page, struct span annotation)
{
    struct span dict, kind, form, contents;
    uint64_t flags = 0;

    if (!pdf_objects_dict(finder->objects, annotation, &dict))
        return;
    finder->work_bytes += dict.len;
    kind = pdf_dict_find(dict, KEY("Subtype"));
    if (!pdf_is_name(kind, "FreeText") && !pdf_is_name(kind, "Stamp"))
        return;
    if (pdf_is_integer(pdf_dict_find(dict, KEY("F")), &flags) && flags & HIDDEN_FLAGS)
        return;
    contents = pdf_objects_resolve(finder->objects, pdf_dict_find(dict, KEY("Contents")));
    finder->work_bytes += contents.len;
    if (!is_empty_string(contents))
        return;
    form = normal_appearance(finder, dict);
    if (form.len)
        page_add(finder, page, form);
}

static void page_read(struct finder *finder, uint32_t page, uint64_t number)
{
    char reference[32];
    struct span dict, array;
    size_t at = 1;

    array.data = reference;
    array.len =
        (size_t)snprintf(reference, sizeof(reference), "%llu 0 R", (unsigned long long)number);
    if (!pdf_objects_dict(finder->objects, array, &dict))
        return;
    array = pdf_objects_resolve(finder->objects, pdf_dict_find(dict, KEY("Annots")));
    finder->work_bytes += dict.len + array.len;
    if (array.len < 2 || array.data[0] != '[')
        return;
    array.len--;
    while (finder->found->count < PDF_APPEARANCES_MAX && finder->work_bytes < WORK_BYTES_MAX) {
        size_t start = pdf_skip_space(array, at), end = start;

        if (start >= array.len || !pdf_skip_object(array, &end))
            return;
        annotation_read(finder, page, (struct span){ array.data + start, end - start });
        at = end;
    }
}

/* 7.5.5: where the file's newest table of objects is. */
static bool newest_table(struct span file, uint64_t *out)
{
    static const char word[] = "startxref";
    size_t from = file.len > TAIL_BYTES ? file.len - TAIL_BYTES : 0;

    for (size_t at = file.len; at-- > from;) {
        size_t after = at + sizeof(word) - 1;

        if (after < file.len && memcmp(file.data + at, word, sizeof(word) - 1) == 0)
            return pdf_read_integer(file, &after, out);
    }
    return false;
}

static void document_write(const struct finder *finder, uint64_t previous, struct buf *out)
{
    struct span file = finder->objects->bytes;
    size_t count = finder->found->count, catalog, root, pages, table;

    buf_append(out, file.data, file.len);
    buf_append_char(out, '\n');
    catalog = out->len;
    buf_printf(out, "%u 0 obj\n<</Type/Catalog/Pages %u 0 R>>\nendobj\n", finder->first,
               finder->first + 1);
    root = out->len;
    buf_printf(out, "%u 0 obj\n<</Type/Pages/Count %zu/Kids[", finder->first + 1, count);
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%zu 0 R ", (size_t)finder->first + 2 + i);
    buf_printf(out, "]>>\nendobj\n");
    pages = out->len;
    buf_append(out, finder->pages.data, finder->pages.len);
    table = out->len;
    buf_printf(out, "xref\n%u %zu\n%010zu 00000 n \n%010zu 00000 n \n", finder->first, count + 2,
               catalog, root);
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%010zu 00000 n \n", pages + finder->offsets[i]);
    buf_printf(out, "trailer\n<</Size %zu/Root %u 0 R/Prev %llu>>\nstartxref\n%zu\n%%%%EOF\n",
               (size_t)finder->first + 2 + count, finder->first, (unsigned long long)previous,
               table);
}

bool pdf_appearances_find(struct pdf_objects *objects, size_t page_count,
                          struct pdf_appearances *found, struct buf *out)
{
    struct span file = objects->bytes;
    struct finder finder = { .objects = objects,
                             .found = found,
                             .pages = BUF_INIT((size_t)16 << 20),
                             .first = objects->count + 1 };
    const struct pdf_leaf *leaf;
    uint64_t previous;

    if (objects->count == 0 || objects->count > INT32_MAX / 2 || !newest_table(file, &previous) ||
        (!memmem(file.data, file.len, "/FreeText", 9) && !memmem(file.data, file.len, "/Stamp", 6)))
        return true;
    for (size_t i = 0;
         i < page_count && !finder.no_memory && (leaf = pdf_objects_page(objects, i)) != NULL; i++)
        if (leaf->number)
            page_read(&finder, (uint32_t)i + 1, leaf->number);
    if (found->count && !finder.no_memory && !finder.pages.failed)
        document_write(&finder, previous, out);
    if (out->failed)
        buf_clear(out);
    buf_release(&finder.pages);
    free(finder.offsets);
    return !finder.no_memory;
}
