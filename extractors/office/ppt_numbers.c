#include <stdlib.h>
#include <string.h>

#include "extractors/container/ole.h"
#include "extractors/office/ppt.h"

/*
 * Numbers of paragraphs came with PowerPoint 2000, which keeps what is new in it in places that
 * others pass over: under a tag named "___PPT9", of the shape with the text, or for the texts of
 * placeholders of the document. [MS-PPT] 2.11.8, 2.9.67
 */
static const char tag_name[] = "_\0_\0_\0P\0P\0T\0009";

/* What stands under the tag among those of a shape or document. */
static bool find_tagged(struct span bytes, struct span *out)
{
    struct ppt_record tags, tag, name, blob;

    if (!ppt_record_find(bytes, PPT_TAGS, &tags))
        return false;
    for (size_t at = 0; ppt_record_read(tags.data, at, &tag);
         at += PPT_HEADER_BYTES + tag.data.len) {
        if (tag.type != PPT_BINARY_TAG || !ppt_record_find(tag.data, PPT_STRING, &name) ||
            name.data.len != sizeof(tag_name) ||
            memcmp(name.data.data, tag_name, name.data.len) != 0)
            continue;
        if (!ppt_record_find(tag.data, PPT_TAG_DATA, &blob))
            continue;
        *out = blob.data;
        return true;
    }
    return false;
}

struct span ppt_numbers_of_shape(struct span shape)
{
    const struct span none = { "", 0 };
    struct ppt_record client, styles;
    struct span tagged;

    if (!ppt_record_find(shape, PPT_CLIENT_DATA, &client) || !find_tagged(client.data, &tagged) ||
        !ppt_record_find(tagged, PPT_TEXT_STYLE_9, &styles))
        return none;
    return styles.data;
}

static int compare_numbers(const void *a, const void *b)
{
    const struct ppt_numbers *x = a, *y = b;

    if (x->slide_id != y->slide_id)
        return x->slide_id < y->slide_id ? -1 : 1;
    return (x->type > y->type) - (x->type < y->type);
}

/* Pairs: which text, and its styles. */
static void read_outlines(struct ppt *ppt, struct span bytes)
{
    struct ppt_record record;
    struct ppt_numbers numbers = { .slide_id = 0 };

    for (size_t at = 0; ppt_record_read(bytes, at, &record);
         at += PPT_HEADER_BYTES + record.data.len) {
        if (record.type == PPT_OUTLINE_HEADER_9) {
            numbers.slide_id = ole_u32(record.data, 0);
            numbers.type = ole_u32(record.data, 4);
        } else if (record.type == PPT_TEXT_STYLE_9 && ppt->number_count < PPT_NUMBERS_MAX) {
            numbers.styles = record.data;
            ppt->numbers[ppt->number_count++] = numbers;
        }
    }
    if (ppt->number_count > 0)
        qsort(ppt->numbers, ppt->number_count, sizeof(ppt->numbers[0]), compare_numbers);
}

void ppt_numbers_read(struct ppt *ppt, struct span document)
{
    struct ppt_record info, outlines;
    struct span tagged;

    if (ppt_record_find(document, PPT_DOCUMENT_INFO, &info) && find_tagged(info.data, &tagged) &&
        ppt_record_find(tagged, PPT_OUTLINES_9, &outlines))
        read_outlines(ppt, outlines.data);
}

struct span ppt_numbers_of_outline(const struct ppt *ppt, uint32_t type)
{
    const struct ppt_numbers wanted = { .slide_id = ppt->slide_id, .type = type };
    const struct ppt_numbers *found = NULL;

    if (ppt->number_count > 0)
        found = bsearch(&wanted, ppt->numbers, ppt->number_count, sizeof(wanted), compare_numbers);
    return found ? found->styles : (struct span){ "", 0 };
}

/* 2.9.68 StyleTextProp9: of paragraphs, then of characters, then of what was checked; each begins
 * with a mask of what is there. */
bool ppt_number_at(struct span styles, unsigned index, struct slide_number *out)
{
    bool has_number = false;
    size_t at = 0;

    for (unsigned i = 0; i <= index && at < styles.len; i++) {
        uint32_t masks = ole_u32(styles, at);

        at += 4;
        at += masks & 0x800000 ? 2 : 0; /* a picture */
        has_number = i == index && masks & 0x2000000 && ole_u16(styles, at) != 0;
        at += masks & 0x2000000 ? 2 : 0;
        *out = (struct slide_number){ SLIDE_NUMBER_PLAIN, 1 };
        if (masks & 0x1000000) {
            out->scheme = ole_u16(styles, at);
            out->start = (int32_t)ole_u16(styles, at + 2);
            at += 4;
        }
        at += ole_u32(styles, at) & 0x100000 ? 8 : 4;
        masks = ole_u32(styles, at);
        at += 4;
        for (unsigned bit = 0; bit < 3; bit++)
            at += masks >> bit & 1 ? 2 : 0;
        at += masks & 0x20 ? 4 : 0;
        at += masks & 0x40 ? 2 : 0;
        if (masks & 0x200)
            at += 4 + 4 * (size_t)ole_u32(styles, at);
    }
    return has_number;
}
