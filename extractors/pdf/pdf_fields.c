#include "extractors/pdf/pdf_fields.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/pdf/pdf_string.h"
#include "extractors/pdf/pdf_syntax.h"

#define KEY(text)        ((struct span){ text, sizeof(text) - 1 })
#define ANNOTATIONS_MAX  2000u
#define CHOICE_BYTES_MAX 1000u
#define NEAR             0.5 /* points */

/* An array's items, one by one. */
struct items {
    struct span array;
    size_t at;
};

static struct items items_of(const struct pdf_objects *objects, struct span array)
{
    array = pdf_objects_resolve(objects, array);
    if (array.len < 2 || array.data[0] != '[')
        return (struct items){ { "", 0 }, 0 };
    return (struct items){ { array.data, array.len - 1 }, 1 };
}

static bool next_item(struct items *items, struct span *out)
{
    size_t start = pdf_skip_space(items->array, items->at), end = start;

    if (start >= items->array.len || !pdf_skip_object(items->array, &end))
        return false;
    *out = (struct span){ items->array.data + start, end - start };
    items->at = end;
    return true;
}

static bool item_at(struct items items, uint64_t place, struct span *out)
{
    if (place >= ANNOTATIONS_MAX)
        return false;
    for (uint64_t i = 0; i <= place; i++)
        if (!next_item(&items, out))
            return false;
    return true;
}

static bool fills(const struct pdf_objects *objects, struct span widget, const float box[4],
                  const double area[4])
{
    double place[4];

    if (pdf_objects_numbers(objects, pdf_dict_find(widget, KEY("Rect")), place, 4) != 4)
        return false;
    for (unsigned i = 0; i < 2; i++) {
        double low = fmin(place[i], place[i + 2]) - (double)box[i];
        double high = fmax(place[i], place[i + 2]) - (double)box[i];

        if (fabs(low - area[i]) > NEAR || fabs(high - area[i + 2]) > NEAR)
            return false;
    }
    return true;
}

/* 7.3.5: "#20" is a blank. */
static void append_name(struct span name, struct buf *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 1; i < name.len; i++) {
        const char *high = NULL, *low = NULL;

        if (name.data[i] == '#' && i + 2 < name.len) {
            high = strchr(digits, tolower((unsigned char)name.data[i + 1]));
            low = strchr(digits, tolower((unsigned char)name.data[i + 2]));
        }
        if (high && low && *high && *low) {
            buf_append_char(out, (char)((high - digits) * 16 + (low - digits)));
            i += 2;
        } else {
            buf_append_char(out, name.data[i]);
        }
    }
}

/* The state is the choice's name, or its place among the field's choices. */
static void append_choice(const struct pdf_objects *objects, struct span widget, struct buf *out)
{
    CLEANUP(buf_release) struct buf name = BUF_INIT(CHOICE_BYTES_MAX);
    struct span state = pdf_objects_resolve(objects, pdf_dict_find(widget, KEY("AS")));
    struct span field = widget, choices = pdf_dict_find(widget, KEY("Opt")), choice;
    uint64_t place;

    if (state.len < 2 || state.data[0] != '/' || pdf_is_name(state, "Off"))
        return;
    if (choices.len == 0 && pdf_objects_dict(objects, pdf_dict_find(widget, KEY("Parent")), &field))
        choices = pdf_dict_find(field, KEY("Opt"));
    if (pdf_is_integer((struct span){ state.data + 1, state.len - 1 }, &place) &&
        item_at(items_of(objects, choices), place, &choice) &&
        pdf_string_text(pdf_objects_resolve(objects, choice), out))
        return;
    append_name(state, &name);
    if (pdf_is_name(state, "Yes") || pdf_is_name(state, "On") || name.failed ||
        !utf8_is_valid(buf_span(&name)))
        return;
    buf_append(out, name.data, name.len);
}

void pdf_button_choice(struct pdf_objects *objects, size_t page_index, const double area[4],
                       struct buf *out)
{
    const struct pdf_leaf *leaf = pdf_objects_page(objects, page_index);
    char reference[32];
    struct span page, item, widget;
    struct items annotations;
    int length;

    if (!leaf || leaf->number == 0)
        return;
    length = snprintf(reference, sizeof(reference), "%llu 0 R", (unsigned long long)leaf->number);
    if (!pdf_objects_dict(objects, (struct span){ reference, (size_t)length }, &page))
        return;
    annotations = items_of(objects, pdf_dict_find(page, KEY("Annots")));
    for (unsigned i = 0; i < ANNOTATIONS_MAX && next_item(&annotations, &item); i++) {
        if (pdf_objects_dict(objects, item, &widget) &&
            pdf_is_name(pdf_dict_find(widget, KEY("Subtype")), "Widget") &&
            fills(objects, widget, leaf->box, area)) {
            append_choice(objects, widget, out);
            return;
        }
    }
}
