#include "extractors/pdf/pdf_objects.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "extractors/pdf/pdf_syntax.h"

#define REFERENCES_MAX 8 /* that follow one another */
#define LEAVES_MAX     5000u
#define NODES_MAX      20000u
#define DEPTH_MAX      32u
#define OBJECT_BYTES   ((size_t)1 << 20) /* of one that is no stream's data */

#define KEY(text) ((struct span){ (text), sizeof(text) - 1 })

void pdf_objects_release(struct pdf_objects *objects)
{
    free(objects->offsets);
    free(objects->leaves);
    *objects = (struct pdf_objects){ 0 };
}

bool pdf_objects_reference(struct span object, uint64_t *number)
{
    uint64_t generation;
    size_t at = 0;

    return pdf_read_integer(object, &at, number) && pdf_read_integer(object, &at, &generation) &&
           pdf_read_word(object, &at, "R");
}

/* From the object on to the end of the file: streams go on behind it. */
static bool find(const struct pdf_objects *objects, uint64_t number, struct span *out)
{
    uint64_t found, generation;
    size_t at;

    if (number >= objects->count || objects->offsets[number] == 0 ||
        objects->offsets[number] >= objects->bytes.len)
        return false;
    at = objects->offsets[number];
    if (!pdf_read_header(objects->bytes, &at, &found, &generation) || found != number)
        return false;
    at = pdf_skip_space(objects->bytes, at);
    *out = (struct span){ objects->bytes.data + at, objects->bytes.len - at };
    return true;
}

/* The object with all that is behind it in the file. */
static bool follow(const struct pdf_objects *objects, struct span object, struct span *out)
{
    uint64_t number;

    for (int i = 0; i < REFERENCES_MAX; i++) {
        if (!pdf_objects_reference(object, &number)) {
            *out = object;
            return object.len > 0;
        }
        if (!find(objects, number, &object))
            return false;
    }
    return false;
}

static struct span bounded(struct span in)
{
    return (struct span){ in.data, in.len < OBJECT_BYTES ? in.len : OBJECT_BYTES };
}

struct span pdf_objects_resolve(const struct pdf_objects *objects, struct span object)
{
    struct span found;
    size_t end = 0;

    if (!follow(objects, object, &found) || !pdf_skip_object(bounded(found), &end))
        return (struct span){ "", 0 };
    return (struct span){ found.data, end };
}

bool pdf_objects_dict(const struct pdf_objects *objects, struct span object, struct span *out)
{
    struct span found;
    size_t at = 0;

    return follow(objects, object, &found) && pdf_read_dict(bounded(found), &at, out);
}

bool pdf_objects_stream(const struct pdf_objects *objects, struct span object, struct span *dict,
                        struct span *data)
{
    struct span found, length;
    uint64_t bytes;
    size_t at = 0;

    if (!follow(objects, object, &found) || !pdf_read_dict(bounded(found), &at, dict) ||
        pdf_dict_find(*dict, KEY("Filter")).len || pdf_dict_find(*dict, KEY("F")).len ||
        !pdf_read_stream_start(found, &at))
        return false;
    length = pdf_objects_resolve(objects, pdf_dict_find(*dict, KEY("Length")));
    if (!pdf_is_integer(length, &bytes) || bytes > found.len - at)
        return false;
    *data = (struct span){ found.data + at, bytes };
    return true;
}

size_t pdf_objects_numbers(const struct pdf_objects *objects, struct span array, double *out,
                           size_t max)
{
    struct span found = pdf_objects_resolve(objects, array);
    size_t count = 0, at = 1;

    if (found.len < 2 || found.data[0] != '[')
        return 0;
    found.len--;
    while (count < max) {
        size_t start = pdf_skip_space(found, at), end = start, inside = 0;
        struct span number;

        if (start == found.len || !pdf_skip_object(found, &end))
            break;
        number = pdf_objects_resolve(objects, (struct span){ found.data + start, end - start });
        if (!pdf_read_number(number, &inside, &out[count]))
            break;
        count++;
        at = end;
    }
    return count;
}

struct pdf_parts pdf_parts_begin(const struct pdf_objects *objects, struct span contents)
{
    struct pdf_parts parts = { .objects = objects, .contents = contents, .at = 1 };

    parts.array = pdf_objects_resolve(objects, contents);
    parts.is_array = parts.array.len >= 2 && parts.array.data[0] == '[';
    parts.is_over = contents.len == 0;
    if (parts.is_array)
        parts.array.len--;
    return parts;
}

bool pdf_parts_next(struct pdf_parts *parts, struct span *data, bool *failed)
{
    struct span object = parts->contents, dict;

    if (parts->is_over)
        return false;
    if (parts->is_array) {
        size_t start = pdf_skip_space(parts->array, parts->at), end = start;

        if (start == parts->array.len || !pdf_skip_object(parts->array, &end))
            return false;
        object = (struct span){ parts->array.data + start, end - start };
        parts->at = end;
    }
    parts->is_over = !parts->is_array;
    *failed = !pdf_objects_stream(parts->objects, object, &dict, data);
    return !*failed;
}

/* ---- pages ---- */

/* What a node of the tree hands down. */
struct inherited {
    struct span resources, media_box, crop_box, rotate;
};

static void inherit(struct inherited *inherited, struct span dict)
{
    struct pdf_pair pair;
    size_t at = 0;

    while (pdf_next_pair(dict, &at, &pair)) {
        if (pdf_is_key(&pair, "Resources"))
            inherited->resources = pair.value;
        else if (pdf_is_key(&pair, "MediaBox"))
            inherited->media_box = pair.value;
        else if (pdf_is_key(&pair, "CropBox"))
            inherited->crop_box = pair.value;
        else if (pdf_is_key(&pair, "Rotate"))
            inherited->rotate = pair.value;
    }
}

static bool read_box(const struct pdf_objects *objects, struct span array, float box[4])
{
    double numbers[4];

    if (pdf_objects_numbers(objects, array, numbers, 4) != 4)
        return false;
    for (size_t i = 0; i < 2; i++) {
        box[i] = (float)fmin(numbers[i], numbers[i + 2]);
        box[i + 2] = (float)fmax(numbers[i], numbers[i + 2]);
    }
    return box[2] > box[0] && box[3] > box[1];
}

/* 14.11.2.1: what is shown is the crop box within the media box. */
static bool leaf_box(const struct pdf_objects *objects, const struct inherited *inherited,
                     float box[4])
{
    float crop[4];

    if (!read_box(objects, inherited->media_box, box))
        return false;
    if (!read_box(objects, inherited->crop_box, crop))
        return true;
    for (size_t i = 0; i < 4; i++)
        box[i] = i < 2 ? fmaxf(box[i], crop[i]) : fminf(box[i], crop[i]);
    return box[2] > box[0] && box[3] > box[1];
}

static unsigned quarter_turns(const struct pdf_objects *objects, struct span rotate)
{
    double degrees = 0.0;
    size_t at = 0;

    if (!pdf_read_number(pdf_objects_resolve(objects, rotate), &at, &degrees))
        return 0;
    return (unsigned)lround(fmod(fmod(degrees, 360.0) + 360.0, 360.0) / 90.0) % 4U;
}

static bool leaf_add(struct pdf_objects *objects, struct span node, struct span dict,
                     const struct inherited *inherited)
{
    struct pdf_leaf leaf = { .contents = pdf_dict_find(dict, KEY("Contents")),
                             .resources = inherited->resources,
                             .turns = quarter_turns(objects, inherited->rotate) };

    if (objects->leaf_count >= LEAVES_MAX || !leaf_box(objects, inherited, leaf.box) ||
        !array_reserve(&objects->leaves, &objects->leaf_capacity, objects->leaf_count))
        return false;
    if (!pdf_objects_reference(node, &leaf.number))
        leaf.number = 0;
    objects->leaves[objects->leaf_count++] = leaf;
    return true;
}

/* False: stop. An odd node ends the walk, for behind it pages have other numbers. */
static bool walk(struct pdf_objects *objects, struct span node, struct inherited inherited,
                 unsigned depth, unsigned *nodes)
{
    struct span dict, kids;
    size_t at = 1;

    if (depth > DEPTH_MAX || ++*nodes > NODES_MAX || !pdf_objects_dict(objects, node, &dict))
        return false;
    inherit(&inherited, dict);
    kids = pdf_objects_resolve(objects, pdf_dict_find(dict, KEY("Kids")));
    if (kids.len < 2)
        return leaf_add(objects, node, dict, &inherited);
    if (kids.data[0] != '[')
        return false;
    kids.len--;
    for (;;) {
        size_t start = pdf_skip_space(kids, at), end = start;

        if (start == kids.len)
            return true;
        if (!pdf_skip_object(kids, &end) ||
            !walk(objects, (struct span){ kids.data + start, end - start }, inherited, depth + 1,
                  nodes))
            return false;
        at = end;
    }
}

const struct pdf_leaf *pdf_objects_page(struct pdf_objects *objects, size_t index)
{
    if (!objects->has_leaves) {
        struct inherited inherited = { .resources = { "", 0 },
                                       .media_box = { "", 0 },
                                       .crop_box = { "", 0 },
                                       .rotate = { "", 0 } };
        unsigned nodes = 0;
        struct span root;

        objects->has_leaves = true;
        if (pdf_objects_dict(objects, pdf_dict_find(objects->trailer, KEY("Root")), &root))
            walk(objects, pdf_dict_find(root, KEY("Pages")), inherited, 0, &nodes);
    }
    return index < objects->leaf_count ? &objects->leaves[index] : NULL;
}
