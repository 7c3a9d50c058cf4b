#include "extractors/pdf/pdf_tagged.h"

#include <math.h>

#include "extractors/pdf/pdf_marks.h"

#define TAGGED_PERCENT 60u /* of the lines */
#define CUT_PERCENT    15u /* of the places where text goes on */
#define CUT_MIN        2u

const struct pdf_tag *pdf_line_tag(const struct pdf_doc *doc, const struct pdf_line *line)
{
    if (!doc->tags_hold || line->tag == 0 || line->tag > doc->tag_count ||
        doc->tags[line->tag - 1].kind >= PDF_TAG_OTHER)
        return NULL;
    return &doc->tags[line->tag - 1];
}

/* Does the sentence of the line above go on in this one, as far as both show it? */
static bool text_goes_on(const struct pdf_doc *doc, const struct pdf_line *a,
                         const struct pdf_line *b)
{
    return a->region == b->region && a->page == b->page && a->style == b->style &&
           b->y1 - a->y1 < 1.6F * fmaxf(b->size, 1.0F) && a->x1 > a->right - 2.0F * a->size &&
           pdf_line_ending(doc, a) == PDF_ENDS_OPEN &&
           pdf_line_beginning(doc, b) == PDF_BEGINS_LOWER;
}

void pdf_tagged_judge(struct pdf_doc *doc)
{
    size_t lines = 0, tagged = 0, going_on = 0, cut = 0;

    for (size_t i = 0; i < doc->line_count && doc->tag_count; i++) {
        const struct pdf_line *b = &doc->lines[i], *a = b - 1;

        lines++;
        tagged += b->tag > 0;
        if (i == 0 || a->table || b->table || !a->tag || !b->tag || !text_goes_on(doc, a, b))
            continue;
        going_on++;
        cut += a->tag != b->tag;
    }
    doc->tags_hold = lines > 0 && tagged * 100 >= lines * TAGGED_PERCENT &&
                     (cut < CUT_MIN || cut * 100 <= going_on * CUT_PERCENT);
}
