#include "extractors/pdf/pdf_tags.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "extractors/pdf/pdf_syntax.h"

#define DEPTH_MAX      64u
#define QUOTES_DEEP    6u
#define ROLES_FOLLOWED 6 /* of the document's own names */
#define MARKS_MAX      1000000u
#define COLUMNS_MAX    64u /* of a table: what is further right has no tag */
#define SPAN_MAX       1000u
#define WORK_BYTES_MAX                                                                             \
    ((size_t)64 << 20) /* read over and over: elements may share what is in them */
#define NO_TAG UINT32_MAX

#define KEY(text) ((struct span){ (text), sizeof(text) - 1 })

/* A page's object, and which page it is. */
struct numbered {
    uint64_t object;
    uint32_t page;
};

/* The table whose cells the walk passes; tables in its cells are their text. */
struct table {
    uint32_t number, row, column; /* row: 1-based; 0: before the first */
    uint32_t busy[COLUMNS_MAX];   /* the last row that a cell from above reaches into */
};

struct walk {
    struct pdf_objects *objects;
    struct pdf_tags *tags;
    struct span roles; /* the document's own names for elements: a dictionary */
    struct numbered *pages;
    size_t page_count, element_count, work_bytes;
    struct table table;
    bool failed, no_memory;
};

/* Where the walk is. */
struct place {
    uint32_t page; /* NO_TAG: not told */
    uint32_t tag;
    unsigned depth, list_depth, quote_depth;
    bool is_item, is_other; /* within a list's item that has no paragraph yet; within a figure */
    bool is_table;          /* within a table, in none of its cells */
};

void pdf_tags_release(struct pdf_tags *tags)
{
    free(tags->items);
    free(tags->marks);
    free(tags->figures);
    *tags = (struct pdf_tags){ 0 };
}

static int numbered_compare(const void *left, const void *right)
{
    const struct numbered *a = left, *b = right;

    return a->object < b->object ? -1 : a->object > b->object;
}

static int mark_compare(const void *left, const void *right)
{
    const struct pdf_tag_mark *a = left, *b = right;

    if (a->page != b->page)
        return a->page < b->page ? -1 : 1;
    if (a->mark != b->mark)
        return a->mark < b->mark ? -1 : 1;
    return a->tag < b->tag ? -1 : a->tag > b->tag;
}

static int figure_compare(const void *left, const void *right)
{
    const struct pdf_tag_figure *a = left, *b = right;

    if (a->page != b->page)
        return a->page < b->page ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

uint32_t pdf_tags_find(const struct pdf_tags *tags, uint32_t page, int32_t mark)
{
    size_t low = 0, high = tags->mark_count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct pdf_tag_mark *at = &tags->marks[middle];

        if (at->page < page || (at->page == page && at->mark < mark))
            low = middle + 1;
        else
            high = middle;
    }
    if (low == tags->mark_count || tags->marks[low].page != page || tags->marks[low].mark != mark)
        return 0;
    return tags->marks[low].tag + 1;
}

/* ---- the tree ---- */

static uint32_t page_of(const struct walk *walk, struct span reference, uint32_t otherwise)
{
    struct numbered wanted = { 0 };
    const struct numbered *found;

    if (!pdf_objects_reference(reference, &wanted.object))
        return otherwise;
    found =
        bsearch(&wanted, walk->pages, walk->page_count, sizeof(walk->pages[0]), numbered_compare);
    return found ? found->page : otherwise;
}

static void mark_add(struct walk *walk, const struct place *place, struct span number)
{
    struct pdf_tags *tags = walk->tags;
    uint64_t mark;

    if (place->tag == NO_TAG || place->page == NO_TAG || !pdf_is_integer(number, &mark) ||
        mark >= INT32_MAX)
        return;
    if (tags->mark_count >= MARKS_MAX) {
        walk->failed = true;
    } else if (array_reserve(&tags->marks, &tags->mark_capacity, tags->mark_count)) {
        tags->marks[tags->mark_count++] =
            (struct pdf_tag_mark){ place->page, (int32_t)mark, place->tag };
    } else {
        walk->failed = walk->no_memory = true;
    }
}

/* Begins a block: what is below has its tag. */
static void tag_begin(struct walk *walk, struct place *place, enum pdf_tag_kind kind,
                      unsigned level)
{
    struct pdf_tags *tags = walk->tags;

    if (!array_reserve(&tags->items, &tags->capacity, tags->count)) {
        walk->failed = walk->no_memory = true;
        return;
    }
    place->tag = (uint32_t)tags->count;
    tags->items[tags->count++] = (struct pdf_tag){ .kind = (uint8_t)kind, .level = (uint8_t)level };
}

static bool is_one_of(struct span role, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (pdf_is_name(role, names[i]))
            return true;
    return false;
}

#define IS_ONE_OF(role, names) is_one_of(role, names, sizeof(names) / sizeof((names)[0]))

/* H, H1 to H6 */
static bool is_heading(struct span role, unsigned *level)
{
    *level = 0;
    if (pdf_is_name(role, "H"))
        return true;
    if (role.len == 3 && role.data[1] == 'H' && role.data[2] >= '1' && role.data[2] <= '6') {
        *level = (unsigned)(role.data[2] - '0');
        return true;
    }
    return false;
}

/* ---- tables ---- */

static void span_take(struct span dict, struct span key, uint32_t *out)
{
    uint64_t number;

    if (pdf_is_integer(pdf_dict_find(dict, key), &number) && number > 0 && number <= SPAN_MAX)
        *out = (uint32_t)number;
}

static void spans_take(struct walk *walk, struct span attributes, uint32_t *columns, uint32_t *rows)
{
    struct span dict;

    if (!pdf_objects_dict(walk->objects, attributes, &dict))
        return;
    walk->work_bytes += dict.len;
    span_take(dict, KEY("ColSpan"), columns);
    span_take(dict, KEY("RowSpan"), rows);
}

/* 14.8.5.7: over how many columns and rows a cell goes, by its attributes: a dictionary, or an
 * array of them and of revision numbers. */
static void spans_read(struct walk *walk, struct span attributes, uint32_t *columns, uint32_t *rows)
{
    struct span array = pdf_objects_resolve(walk->objects, attributes);
    size_t at = 1;

    walk->work_bytes += array.len;
    if (array.len < 2 || array.data[0] != '[') {
        spans_take(walk, attributes, columns, rows);
        return;
    }
    array.len--;
    for (;;) {
        size_t start = pdf_skip_space(array, at), end = start;

        if (start >= array.len || !pdf_skip_object(array, &end))
            return;
        spans_take(walk, (struct span){ array.data + start, end - start }, columns, rows);
        at = end;
    }
}

static void table_begin(struct walk *walk, struct place *place)
{
    walk->table = (struct table){ .number = walk->table.number + 1 };
    tag_begin(walk, place, PDF_TAG_OTHER, 0);
    place->is_table = true;
}

/* A cell stands in the first column that no cell from above reaches into. */
static void cell_begin(struct walk *walk, struct place *place, bool is_header,
                       struct span attributes)
{
    struct table *table = &walk->table;
    uint32_t columns = 1, rows = 1;
    struct pdf_tag *tag;

    if (attributes.len)
        spans_read(walk, attributes, &columns, &rows);
    while (table->column < COLUMNS_MAX && table->busy[table->column] >= table->row)
        table->column++;
    if (table->row == 0 || table->column + columns > COLUMNS_MAX)
        return;
    tag_begin(walk, place, PDF_TAG_CELL, is_header);
    if (walk->failed)
        return;
    tag = &walk->tags->items[place->tag];
    tag->table = table->number;
    tag->row = table->row - 1;
    tag->column = (uint16_t)table->column;
    tag->column_span = (uint16_t)columns;
    tag->row_span = (uint16_t)rows;
    for (uint32_t i = 0; i < columns; i++)
        table->busy[table->column++] = table->row + rows - 1;
}

/* 14.8.4.3.4. What is in a table beside cells and its caption has no place. */
static void table_role_apply(struct walk *walk, struct span role, struct span attributes,
                             struct place *place)
{
    bool is_header = pdf_is_name(role, "TH");

    if (pdf_is_name(role, "TR")) {
        walk->table.row++;
        walk->table.column = 0;
        return;
    }
    if (is_header || pdf_is_name(role, "TD"))
        cell_begin(walk, place, is_header, attributes);
    else if (pdf_is_name(role, "Caption"))
        tag_begin(walk, place, PDF_TAG_CAPTION, 0);
    else
        return;
    place->is_table = false;
    place->is_other = true;
}

/* ---- elements ---- */

/* 14.8.4: what an element of this kind makes of what is in it. A paragraph that begins an item is
 * the item. */
static void role_apply(struct walk *walk, struct span role, struct span attributes,
                       struct place *place, bool *item_used)
{
    static const char *const others[] = {
        "TOC", "TOCI", "Note", "Figure", "Formula", "Form", "Code"
    };
    unsigned level;

    if (place->is_other)
        return;
    if (place->is_table) {
        table_role_apply(walk, role, attributes, place);
    } else if (pdf_is_name(role, "Table")) {
        table_begin(walk, place);
    } else if (pdf_is_name(role, "L")) {
        place->list_depth++;
        place->tag = NO_TAG;
    } else if (IS_ONE_OF(role, others)) {
        tag_begin(walk, place, PDF_TAG_OTHER, 0);
        place->is_other = true;
    } else if (pdf_is_name(role, "LI")) {
        tag_begin(walk, place, PDF_TAG_ITEM, place->list_depth > 6 ? 6 : place->list_depth);
        place->is_item = true;
        *item_used = false;
    } else if (pdf_is_name(role, "Caption")) {
        tag_begin(walk, place, PDF_TAG_CAPTION, 0);
    } else if (is_heading(role, &level)) {
        tag_begin(walk, place, PDF_TAG_HEADING, level);
    } else if (pdf_is_name(role, "P")) {
        if (!place->is_item && place->quote_depth > 0)
            tag_begin(walk, place, PDF_TAG_QUOTE, place->quote_depth);
        else if (!place->is_item || *item_used)
            tag_begin(walk, place, PDF_TAG_TEXT, 0);
        *item_used = true;
    } else if (pdf_is_name(role, "BlockQuote")) {
        place->quote_depth += place->quote_depth < QUOTES_DEEP;
        if (!place->is_item)
            tag_begin(walk, place, PDF_TAG_QUOTE, place->quote_depth);
    }
}

static struct span role_of(struct walk *walk, struct span name)
{
    struct span role = name;

    for (int i = 0; i < ROLES_FOLLOWED && role.len > 1; i++) {
        struct span next = pdf_dict_find(walk->roles, (struct span){ role.data + 1, role.len - 1 });

        walk->work_bytes += walk->roles.len;
        if (next.len < 2 || next.data[0] != '/')
            break;
        role = next;
    }
    return role;
}

static void kids_walk(struct walk *walk, struct span kids, struct place place, bool *item_used);

/* A figure that does not say where it stands is where its first mark is. */
static void figure_add(struct walk *walk, uint32_t page, size_t first_mark, struct span text)
{
    struct pdf_tags *tags = walk->tags;
    struct span string = pdf_objects_resolve(walk->objects, text);

    walk->work_bytes += string.len;
    if (page == NO_TAG && first_mark < tags->mark_count)
        page = tags->marks[first_mark].page;
    if (page == NO_TAG || string.len < 2)
        return;
    if (array_reserve(&tags->figures, &tags->figure_capacity, tags->figure_count)) {
        tags->figures[tags->figure_count] =
            (struct pdf_tag_figure){ page, (uint32_t)tags->figure_count, string };
        tags->figure_count++;
    } else {
        walk->failed = walk->no_memory = true;
    }
}

/* A reference to marked content, or an element. */
static void dict_walk(struct walk *walk, struct span dict, struct place place, bool *item_used)
{
    struct pdf_pair pair;
    struct span role = { "", 0 }, kids = role, page = role, mark = role, attributes = role;
    struct span shown = role, said = role;
    size_t at = 0, first_mark = walk->tags->mark_count;
    bool own_used = true, is_foreign = false;

    while (pdf_next_pair(dict, &at, &pair)) {
        if (pdf_is_key(&pair, "S"))
            role = pair.value;
        else if (pdf_is_key(&pair, "K"))
            kids = pair.value;
        else if (pdf_is_key(&pair, "Pg"))
            page = pair.value;
        else if (pdf_is_key(&pair, "MCID"))
            mark = pair.value;
        else if (pdf_is_key(&pair, "A"))
            attributes = pair.value;
        else if (pdf_is_key(&pair, "Alt"))
            shown = pair.value;
        else if (pdf_is_key(&pair, "ActualText"))
            said = pair.value;
        is_foreign |= pdf_is_key(&pair, "Stm") || pdf_is_key(&pair, "Obj");
    }
    walk->work_bytes += dict.len;
    place.page = page_of(walk, page, place.page);
    if (is_foreign)
        return; /* a form's marks are numbered by themselves */
    if (mark.len) {
        mark_add(walk, &place, mark);
        return;
    }
    role = role_of(walk, role);
    if (pdf_is_name(role, "LI"))
        item_used = &own_used;
    role_apply(walk, role, attributes, &place, item_used);
    kids_walk(walk, kids, place, item_used);
    if (pdf_is_name(role, "Figure") && !walk->failed)
        figure_add(walk, place.page, first_mark, shown.len ? shown : said);
}

static void kid_walk(struct walk *walk, struct span kid, struct place place, bool *item_used)
{
    struct span dict;
    uint64_t number;

    if (walk->failed)
        return;
    if (pdf_is_integer(kid, &number)) {
        mark_add(walk, &place, kid);
        return;
    }
    if (++walk->element_count > PDF_TAGS_MAX || place.depth > DEPTH_MAX ||
        walk->work_bytes > WORK_BYTES_MAX) {
        walk->failed = true;
        return;
    }
    place.depth++;
    if (pdf_objects_dict(walk->objects, kid, &dict))
        dict_walk(walk, dict, place, item_used);
}

/* One kid, or an array of them, which may stand elsewhere. */
static void kids_walk(struct walk *walk, struct span kids, struct place place, bool *item_used)
{
    struct span array = pdf_objects_resolve(walk->objects, kids);
    size_t at = 1;

    walk->work_bytes += array.len;
    if (array.len < 2 || array.data[0] != '[') {
        if (kids.len)
            kid_walk(walk, kids, place, item_used);
        return;
    }
    array.len--;
    while (!walk->failed) {
        size_t start = pdf_skip_space(array, at), end = start;

        if (start >= array.len || !pdf_skip_object(array, &end))
            return;
        kid_walk(walk, (struct span){ array.data + start, end - start }, place, item_used);
        at = end;
    }
}

/* By the numbers of their objects; false: out of memory. */
static bool pages_number(struct walk *walk)
{
    size_t count = 0;

    while (pdf_objects_page(walk->objects, count))
        count++;
    walk->pages = malloc((count + 1) * sizeof(walk->pages[0]));
    if (!walk->pages)
        return false;
    for (size_t i = 0; i < count; i++)
        walk->pages[i] =
            (struct numbered){ pdf_objects_page(walk->objects, i)->number, (uint32_t)i };
    qsort(walk->pages, count, sizeof(walk->pages[0]), numbered_compare);
    walk->page_count = count;
    return true;
}

bool pdf_tags_read(struct pdf_objects *objects, struct pdf_tags *out)
{
    struct walk walk = { .objects = objects, .tags = out, .roles = { "", 0 } };
    struct place top = { .page = NO_TAG, .tag = NO_TAG };
    struct span root, tree;
    bool item_used = true;

    *out = (struct pdf_tags){ 0 };
    if (!pdf_objects_dict(objects, pdf_dict_find(objects->trailer, KEY("Root")), &root) ||
        !pdf_objects_dict(objects, pdf_dict_find(root, KEY("StructTreeRoot")), &tree))
        return true;
    if (!pages_number(&walk))
        return false;
    (void)pdf_objects_dict(objects, pdf_dict_find(tree, KEY("RoleMap")), &walk.roles);
    kids_walk(&walk, pdf_dict_find(tree, KEY("K")), top, &item_used);
    free(walk.pages);
    if (walk.failed)
        pdf_tags_release(out);
    if (out->mark_count)
        qsort(out->marks, out->mark_count, sizeof(out->marks[0]), mark_compare);
    if (out->figure_count)
        qsort(out->figures, out->figure_count, sizeof(out->figures[0]), figure_compare);
    return !walk.no_memory;
}
