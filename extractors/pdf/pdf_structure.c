/* Lines become blocks; which of them are headings is pdf_headings.c's. */
#include "extractors/pdf/pdf_structure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "extractors/pdf/pdf_headings.h"
#include "extractors/pdf/pdf_marks.h"
#include "extractors/pdf/pdf_tagged.h"

#define JOIN_LOOK  24u   /* blocks after one that may go on with it */
#define FAR_APART  2.1F  /* ems between base lines */
#define RUNS_ON    4u    /* pairs of lines that one whose sentence goes on counts for */
#define TEXT_EMS   15.0F /* a line of running text is at least as wide as this */
#define ITEM_ROOM  0.4F  /* of an item's width: a line with more ended on purpose */
#define ALIKE      0.06F /* ems: as near as justified lines end to each other */
#define ALIKE_EMS  10.0F /* such lines are at least as wide as this */
#define LINES_NEAR 1.8F  /* ems between the base lines of such */
#define NEIGHBOURS 12u   /* lines before and after that tell how wide a column's text is */

struct structure {
    const struct pdf_doc *doc;
    struct pdf_blocks *blocks;
    float body_size;
    float *right;   /* per line: where full lines end here */
    float *leading; /* per region: usual distance of base lines, in line sizes */
};

void pdf_blocks_release(struct pdf_blocks *blocks)
{
    free(blocks->items);
    *blocks = (struct pdf_blocks){ 0 };
}

static bool same_column(const struct pdf_line *a, const struct pdf_line *b)
{
    return a->region == b->region && a->table == b->table && a->page == b->page;
}

static float line_size(const struct pdf_line *line)
{
    return line->size > 0.5F ? line->size : fmaxf(line->y1 - line->y0, 1.0F);
}

static bool sizes_equal(const struct pdf_line *a, const struct pdf_line *b)
{
    float difference = fabsf(line_size(a) - line_size(b));

    return difference < 0.6F || difference < 0.06F * fmaxf(line_size(a), line_size(b));
}

/* The start of the line in reading direction, as a distance that grows inwards. */
static float line_start(const struct pdf_line *line)
{
    return line->is_rtl ? -line->x1 : line->x0;
}

static float line_end(const struct pdf_line *line)
{
    return line->is_rtl ? -line->x0 : line->x1;
}

/* Where full lines near this one end: the furthest of its neighbours of the same size. */
static void rights_find(struct structure *structure)
{
    const struct pdf_doc *doc = structure->doc;

    for (size_t i = 0; i < doc->line_count; i++) {
        const struct pdf_line *line = &doc->lines[i];
        size_t from = i > NEIGHBOURS ? i - NEIGHBOURS : 0;
        size_t end = i + NEIGHBOURS < doc->line_count ? i + NEIGHBOURS : doc->line_count;
        float right = line_end(line);

        for (size_t k = from; k < end; k++) {
            const struct pdf_line *other = &doc->lines[k];

            if (same_column(line, other) && sizes_equal(line, other) &&
                other->is_rtl == line->is_rtl)
                right = fmaxf(right, line_end(other));
        }
        structure->right[i] = right;
    }
}

/* Is the line below surely of the same paragraph? */
static bool runs_on(const struct pdf_doc *doc, const struct pdf_line *a, const struct pdf_line *b)
{
    enum pdf_ending ending = pdf_line_ending(doc, a);

    return ending == PDF_ENDS_HYPHEN ||
           (ending == PDF_ENDS_OPEN && pdf_line_beginning(doc, b) == PDF_BEGINS_LOWER);
}

/* The usual distance of base lines in each region: the most common one, above all of lines whose
 * sentence goes on, for where paragraphs are short most distances are those between them. Lines
 * that are far apart and of which none goes on are paragraphs of one line. */
static void leadings_find(struct structure *structure)
{
    enum { BUCKETS = 64 }; /* of 1/16 line size */
    const struct pdf_doc *doc = structure->doc;

    for (size_t i = 0; i < doc->line_count;) {
        size_t counts[BUCKETS] = { 0 };
        uint32_t region = doc->lines[i].region;
        size_t best = 0, running[BUCKETS] = { 0 };

        for (; i < doc->line_count && doc->lines[i].region == region; i++) {
            const struct pdf_line *a = i ? &doc->lines[i - 1] : NULL, *b = &doc->lines[i];
            float pitch;

            if (!a || !same_column(a, b) || !sizes_equal(a, b))
                continue;
            pitch = (b->y1 - a->y1) / line_size(b) * 16.0F;
            if (pitch <= 8.0F || pitch >= (float)BUCKETS)
                continue;
            running[(size_t)pitch] += runs_on(doc, a, b);
            counts[(size_t)pitch] += runs_on(doc, a, b) ? RUNS_ON : 1;
        }
        for (size_t k = 1; k + 1 < BUCKETS; k++)
            if (counts[k] + counts[k + 1] > counts[best] + counts[best + 1])
                best = k;
        /* A region of few lines tells nothing: 1.2 is what most typesetters take. */
        structure->leading[region] = ((float)best + 1.0F) / 16.0F;
        if (counts[best] + counts[best + 1] < 2 ||
            (structure->leading[region] > FAR_APART && running[best] + running[best + 1] == 0))
            structure->leading[region] = 1.25F;
    }
}

/* A line that stands in the middle of its column, with room on both sides. */
static bool is_centred(const struct pdf_line *line)
{
    float left = line->x0 - line->left, right = line->right - line->x1;

    return left > 1.5F * line_size(line) && fabsf(left - right) < 1.5F * line_size(line);
}

static float first_word_width(const struct pdf_doc *doc, const struct pdf_line *line)
{
    const struct pdf_word *word = &doc->ordered[line->word_start];

    return word->x1 - word->x0;
}

/* Do two lines of text, one below the other, begin and end alike? Justified lines do, also where
 * something beside them keeps them shorter than those above and below. */
static bool ends_alike(const struct pdf_line *a, const struct pdf_line *b)
{
    float size = line_size(a);

    return same_column(a, b) && sizes_equal(a, b) &&
           line_end(a) - line_start(a) > ALIKE_EMS * size &&
           fabsf(line_end(a) - line_end(b)) < ALIKE * size &&
           fabsf(line_start(a) - line_start(b)) < ALIKE * size &&
           fabsf(b->y1 - a->y1) < LINES_NEAR * size;
}

/* Would the next line's first word have fitted on this line? Then its end was wanted. */
static bool ends_early(const struct structure *structure, size_t index)
{
    const struct pdf_line *line = &structure->doc->lines[index];
    float room = structure->right[index] - line_end(line);

    return room > first_word_width(structure->doc, line + 1) + 1.2F * line_size(line) &&
           !(index > 0 && ends_alike(line, line - 1)) && !ends_alike(line, line + 1);
}

/* Does a paragraph that began at line first end before line index? Both are in the same column. */
static bool indent_breaks(const struct structure *structure, size_t first, size_t index)
{
    const struct pdf_line *lines = structure->doc->lines;
    const struct pdf_line *a = &lines[index - 1], *b = &lines[index];
    float em = line_size(b);
    float indent = line_start(b) - line_start(a);
    bool has_next = index + 1 < structure->doc->line_count && same_column(b, &lines[index + 1]);
    struct pdf_mark mark;

    if (is_centred(a) && is_centred(b))
        return false;
    if (indent > 0.7F * em) {
        if (index - 1 != first)
            return true;
        mark = pdf_line_mark(structure->doc, a);
        if (mark.kind == PDF_MARK_BULLET || mark.kind == PDF_MARK_ORDERED)
            return false;
        /* The first line hangs out when the third stands below the second. */
        return !has_next || fabsf(line_start(&lines[index + 1]) - line_start(b)) > 0.3F * em ||
               ends_early(structure, index - 1);
    }
    if (indent < -0.7F * em)
        return index - 1 != first; /* a hanging paragraph ends; after a first line it is none */
    return false;
}

/* Does a full line's sentence go on in this one? Then it may be set in because it runs around
 * something. */
static bool line_runs_on(const struct structure *structure, size_t index)
{
    const struct pdf_line *a = &structure->doc->lines[index - 1];

    return !is_centred(a) && runs_on(structure->doc, a, a + 1) && !ends_early(structure, index - 1);
}

static bool is_list_mark(enum pdf_mark_kind kind)
{
    return kind == PDF_MARK_BULLET || kind == PDF_MARK_ORDERED;
}

static bool is_large(const struct structure *structure, const struct pdf_line *line)
{
    return line_size(line) > 1.15F * structure->body_size;
}

/* What stands below a title and is no part of it. */
static bool is_byline(const struct structure *structure, const struct pdf_line *line)
{
    return pdf_line_is_day(structure->doc, line) || pdf_line_is_author(structure->doc, line);
}

/* Two lines of one large heading. */
static bool are_display(const struct structure *structure, const struct pdf_line *a,
                        const struct pdf_line *b)
{
    return is_large(structure, a) && is_large(structure, b) && a->style == b->style &&
           pdf_line_mark(structure->doc, b).kind == PDF_MARK_NONE && !is_byline(structure, b);
}

/* A title whose small words are set smaller, in lines of their own. */
static bool title_goes_on(const struct structure *structure, const struct pdf_line *a,
                          const struct pdf_line *b)
{
    float smaller = fminf(line_size(a), line_size(b)), larger = fmaxf(line_size(a), line_size(b));

    return smaller > 1.5F * structure->body_size && b->y0 - a->y1 < 0.3F * larger &&
           pdf_line_ending(structure->doc, a) == PDF_ENDS_OPEN &&
           (pdf_line_beginning(structure->doc, a) == PDF_BEGINS_LOWER ||
            pdf_line_beginning(structure->doc, b) == PDF_BEGINS_LOWER);
}

/* Is the line's last word in the style of the next one's first? What is bold then goes on there. */
static bool style_runs_on(const struct pdf_doc *doc, const struct pdf_line *a)
{
    const struct pdf_word *last = &doc->ordered[a->word_start + a->word_count - 1];
    const struct pdf_word *next = &doc->ordered[a[1].word_start];

    return doc->styles[last->style].flags == doc->styles[next->style].flags;
}

/* A sentence that runs from the line above into this one: its weight may change on the way. */
static bool sentence_goes_on(const struct structure *structure, size_t index)
{
    const struct pdf_doc *doc = structure->doc;
    const struct pdf_line *a = &doc->lines[index - 1];
    const struct pdf_line *b = &doc->lines[index];
    enum pdf_ending ending = pdf_line_ending(doc, a);

    return (ending == PDF_ENDS_OPEN || ending == PDF_ENDS_HYPHEN) &&
           (pdf_line_beginning(doc, b) != PDF_BEGINS_UPPER || style_runs_on(doc, a)) &&
           !ends_early(structure, index - 1) && !is_centred(a) &&
           pdf_line_mark(doc, b).kind == PDF_MARK_NONE;
}

/* A line below an item's text, not its mark, or below its second line: the text goes on there,
 * though the line above has some room; much room only where it ends in other letters, which go on.
 */
static bool item_goes_on(const struct structure *structure, size_t first, size_t index)
{
    const struct pdf_doc *doc = structure->doc;
    const struct pdf_line *item = &doc->lines[first], *b = &doc->lines[index];
    struct pdf_mark mark = pdf_line_mark(doc, item);
    const struct pdf_word *text = &doc->ordered[item->word_start + mark.words];
    const struct pdf_word *last = &doc->ordered[b[-1].word_start + b[-1].word_count - 1];
    float start, right = structure->right[index - 1];

    if (!is_list_mark(mark.kind) || mark.words >= item->word_count)
        return false;
    start = item->is_rtl ? -text->x1 : text->x0;
    if (index - 1 > first)
        start = line_start(b - 1);
    return fabsf(line_start(b) - start) < 0.3F * line_size(b) &&
           (right - line_end(b - 1) < ITEM_ROOM * (right - start) ||
            doc->styles[text->style].flags != doc->styles[last->style].flags) &&
           pdf_line_ending(doc, b - 1) == PDF_ENDS_OPEN && style_runs_on(doc, b - 1) &&
           pdf_line_mark(doc, b).kind == PDF_MARK_NONE;
}

/* A line of a paragraph that happens to be monospaced: names of files and commands fill it. */
static bool text_goes_on(const struct structure *structure, size_t first, size_t index)
{
    const struct pdf_line *a = &structure->doc->lines[index - 1];
    const struct pdf_line *b = &structure->doc->lines[index];
    float pitch = (b->y1 - a->y1) / line_size(b);
    enum pdf_ending ending = pdf_line_ending(structure->doc, a);

    return !(structure->doc->lines[first].flags & PDF_MONO) && ending == PDF_ENDS_OPEN &&
           pitch < structure->leading[b->region] * 1.15F &&
           fabsf(line_start(b) - line_start(a)) < 0.5F * line_size(b) &&
           !ends_early(structure, index - 1);
}

static bool has_word_of_size(const struct pdf_doc *doc, const struct pdf_line *line, float size)
{
    for (uint32_t i = 0; i < line->word_count; i++)
        if (fabsf(doc->styles[doc->ordered[line->word_start + i].style].size - size) < 0.1F)
            return true;
    return false;
}

/* Code has the numbers of its lines in small type. */
static bool begins_with_digit(const struct pdf_doc *doc, const struct pdf_line *line)
{
    struct span text = pdf_word_text(doc, &doc->ordered[line->word_start]);

    return text.len > 0 && text.data[0] >= '0' && text.data[0] <= '9';
}

static bool begins_mono(const struct pdf_doc *doc, const struct pdf_line *line)
{
    return doc->styles[doc->ordered[line->word_start].style].flags & PDF_MONO;
}

/* A line of a paragraph that happens to be of another size: an address, names of commands fill it,
 * and between them are words as the rest has them. */
static bool sizes_mix(const struct structure *structure, size_t index)
{
    const struct pdf_doc *doc = structure->doc;
    const struct pdf_line *a = &doc->lines[index - 1], *b = &doc->lines[index];
    float larger = fmaxf(line_size(a), line_size(b));

    return (has_word_of_size(doc, a, b->size) || has_word_of_size(doc, b, a->size)) &&
           pdf_line_ending(doc, a) == PDF_ENDS_OPEN && larger < 1.3F * fminf(a->size, b->size) &&
           (b->y1 - a->y1) / larger < structure->leading[b->region] * 1.15F &&
           fabsf(line_start(b) - line_start(a)) < 0.5F * larger &&
           fmaxf(structure->right[index - 1], structure->right[index]) - line_end(a) <
               first_word_width(doc, b) + 1.2F * larger &&
           line_end(a) - line_start(a) > TEXT_EMS * larger &&
           (pdf_line_beginning(doc, b) != PDF_BEGINS_UPPER || begins_mono(doc, b)) &&
           !begins_with_digit(doc, b) && pdf_line_mark(doc, b).kind == PDF_MARK_NONE;
}

/* Are two lines further apart than lines of a paragraph usually are here? */
static bool is_wide_gap(const struct structure *structure, const struct pdf_line *a,
                        const struct pdf_line *b)
{
    float pitch = (b->y1 - a->y1) / fmaxf(line_size(a), line_size(b));

    return pitch > structure->leading[b->region] * 1.3F + 0.1F;
}

/* Are both lines tagged? Then *breaks is whether another block begins between them. A line that is
 * bold and ended on purpose is a heading, and so is a bullet an item, within one element too. */
static bool tags_tell(const struct structure *structure, size_t index, bool *breaks)
{
    const struct pdf_line *a = &structure->doc->lines[index - 1];
    const struct pdf_line *b = &structure->doc->lines[index];

    if (!pdf_line_tag(structure->doc, a) || !pdf_line_tag(structure->doc, b))
        return false;
    if (a->tag != b->tag && are_display(structure, a, b))
        return false; /* a title's lines may be elements of their own */
    *breaks = a->tag != b->tag || a->has_leader || b->has_leader ||
              ((a->flags & PDF_BOLD) != (b->flags & PDF_BOLD) && is_wide_gap(structure, a, b)) ||
              ((a->flags & PDF_BOLD) > (b->flags & PDF_BOLD) && ends_early(structure, index - 1)) ||
              pdf_line_mark(structure->doc, b).kind == PDF_MARK_BULLET;
    return true;
}

/* The same behind an unusual gap. */
static bool gap_breaks(const struct structure *structure, size_t first, size_t index, float pitch)
{
    const struct pdf_line *a = &structure->doc->lines[index - 1];
    const struct pdf_line *b = &structure->doc->lines[index];

    if (pitch <= 0.3F)
        return true;
    return !(are_display(structure, a, b) && pitch < 1.6F) &&
           !(index - 1 > first && line_runs_on(structure, index) &&
             !pdf_line_has_address(structure->doc, b) &&
             fabsf(line_start(b) - line_start(&structure->doc->lines[first + 1])) < 2.0F);
}

/* Is the number at a line's start of the sentence in an item: a year, a page? The line before is
 * full, and the item's number stands further out. */
static bool number_runs_on(const struct structure *structure, size_t first, size_t index,
                           enum pdf_ending ending)
{
    const struct pdf_line *a = &structure->doc->lines[index - 1], *b = a + 1;

    return (ending == PDF_ENDS_OPEN || ending == PDF_ENDS_HYPHEN) &&
           !ends_early(structure, index - 1) &&
           line_end(a) - line_start(a) > TEXT_EMS * line_size(a) &&
           line_start(b) - line_start(&structure->doc->lines[first]) > line_size(b) &&
           (index - 1 == first || fabsf(line_start(b) - line_start(a)) < 0.3F * line_size(b)) &&
           is_list_mark(pdf_line_mark(structure->doc, &structure->doc->lines[first]).kind);
}

/* Does what the line begins with begin a block, where the line before ends so? */
static bool mark_breaks(const struct structure *structure, size_t first, size_t index,
                        enum pdf_ending ending)
{
    const struct pdf_doc *doc = structure->doc;
    enum pdf_mark_kind kind = pdf_line_mark(doc, &doc->lines[index]).kind;

    if (kind == PDF_MARK_BULLET)
        return ending != PDF_ENDS_HYPHEN;
    if (kind == PDF_MARK_ORDERED && number_runs_on(structure, first, index, ending))
        return false;
    if (kind == PDF_MARK_ORDERED)
        return ending != PDF_ENDS_OPEN || ends_early(structure, index - 1) ||
               is_list_mark(pdf_line_mark(doc, &doc->lines[first]).kind);
    if (kind == PDF_MARK_SECTION && pdf_lines_count_on(doc, &doc->lines[first], &doc->lines[index]))
        return true;
    return kind == PDF_MARK_CAPTION && ending != PDF_ENDS_OPEN;
}

/* Does it begin with a bullet that code does not have, no '-' or '*'? */
static bool has_printed_bullet(const struct pdf_doc *doc, const struct pdf_line *line)
{
    struct span text = pdf_word_text(doc, &doc->ordered[line->word_start]);

    return pdf_line_mark(doc, line).kind == PDF_MARK_BULLET && (unsigned char)text.data[0] >= 0x80;
}

/* Does a new block begin at line index? first is where the present one began. */
static bool block_breaks(const struct structure *structure, size_t first, size_t index)
{
    const struct pdf_line *a = &structure->doc->lines[index - 1];
    const struct pdf_line *b = &structure->doc->lines[index];
    float pitch = (b->y1 - a->y1) / fmaxf(line_size(a), line_size(b));
    enum pdf_ending ending;
    bool breaks;

    if (!same_column(a, b) || a->rotation != b->rotation ||
        a->is_boilerplate != b->is_boilerplate || a->is_first_foot != b->is_first_foot)
        return true;
    if (a->table)
        return false;
    if (pdf_line_is_ruler(structure->doc, a) || pdf_line_is_ruler(structure->doc, b))
        return true;
    if (!sizes_equal(a, b) && !sizes_mix(structure, index))
        return !title_goes_on(structure, a, b);
    if ((a->flags & PDF_MONO) != (b->flags & PDF_MONO))
        return !text_goes_on(structure, first, index);
    if (!(b->flags & PDF_MONO) && tags_tell(structure, index, &breaks))
        return breaks;
    if ((a->flags & PDF_BOLD) != (b->flags & PDF_BOLD) && !sentence_goes_on(structure, index) &&
        !item_goes_on(structure, first, index))
        return true;
    if (b->flags & PDF_MONO && structure->doc->lines[first].flags & PDF_MONO)
        return pitch > 3.5F || has_printed_bullet(structure->doc, b);
    if (a->has_leader || b->has_leader)
        return true;
    if (is_wide_gap(structure, a, b) || pitch < 0.3F)
        return gap_breaks(structure, first, index, pitch);
    if (are_display(structure, a, b))
        return false;
    if (is_large(structure, a) && is_byline(structure, b))
        return true;
    ending = pdf_line_ending(structure->doc, a);
    if (mark_breaks(structure, first, index, ending))
        return true;
    if (ending == PDF_ENDS_HYPHEN || line_runs_on(structure, index))
        return false;
    if (item_goes_on(structure, first, index))
        return false;
    if (indent_breaks(structure, first, index))
        return true;
    return ends_early(structure, index - 1) && !(is_centred(a) && is_centred(b)) &&
           (ending != PDF_ENDS_OPEN || pdf_line_beginning(structure->doc, b) != PDF_BEGINS_LOWER);
}

static bool blocks_build(struct structure *structure)
{
    const struct pdf_doc *doc = structure->doc;
    struct pdf_blocks *blocks = structure->blocks;

    for (size_t i = 0; i < doc->line_count;) {
        size_t first = i;
        struct pdf_block block = { .kind = BLOCK_PARAGRAPH, .line_start = (uint32_t)first };

        while (++i < doc->line_count && !block_breaks(structure, first, i))
            ;
        block.line_count = (uint32_t)(i - first);
        block.x0 = line_start(&doc->lines[first]);
        if (doc->lines[first].table)
            block.kind = BLOCK_TABLE;
        if (!array_reserve(&blocks->items, &blocks->capacity, blocks->count))
            return false;
        blocks->items[blocks->count++] = block;
    }
    return true;
}

static bool is_code(const struct pdf_doc *doc, const struct pdf_block *block)
{
    for (uint32_t i = 0; i < block->line_count; i++)
        if (!(doc->lines[block->line_start + i].flags & PDF_MONO))
            return false;
    return !has_printed_bullet(doc, &doc->lines[block->line_start]);
}

/* The item, caption or quote that the block is by its tag. An item goes on where the block before
 * has its tag already. */
static void block_tag_apply(const struct structure *structure, struct pdf_block *block)
{
    const struct pdf_doc *doc = structure->doc;
    const struct pdf_line *line = &doc->lines[block->line_start];
    const struct pdf_tag *tag = pdf_line_tag(doc, line);

    if (!tag || block->kind != BLOCK_PARAGRAPH)
        return;
    if (tag->kind == PDF_TAG_CAPTION)
        block->kind = BLOCK_CAPTION;
    if (tag->kind == PDF_TAG_QUOTE) {
        block->kind = BLOCK_QUOTE;
        block->level = tag->level;
        if (block > structure->blocks->items && block[-1].kind == BLOCK_QUOTE)
            block->flags |= BLOCK_CONTINUES;
    }
    if (tag->kind != PDF_TAG_ITEM || (block->line_start > 0 && line[-1].tag == line->tag))
        return;
    block->kind = BLOCK_LIST_ITEM;
    block->level = tag->level ? tag->level : 1;
}

static void block_classify(const struct structure *structure, struct pdf_block *block)
{
    const struct pdf_doc *doc = structure->doc;
    const struct pdf_line *line = &doc->lines[block->line_start];
    const struct pdf_page *page = &doc->pages[line->page - 1];
    float height = line->rotation & 1U ? page->width : page->height;
    struct pdf_mark mark = pdf_line_mark(doc, line);

    if (block->kind == BLOCK_TABLE)
        return;
    if (is_code(doc, block)) {
        block->kind = BLOCK_CODE;
        return;
    }
    if (line_size(line) < 0.93F * structure->body_size && line->y0 > 0.5F * height &&
        pdf_line_note_mark(doc, line) && line->y1 > 0.6F * height) {
        block->kind = BLOCK_FOOTNOTE;
        block->marker_words = 1;
    } else if (is_list_mark(mark.kind)) {
        block->kind = BLOCK_LIST_ITEM;
        block->level = 1;
        block->flags |= mark.kind == PDF_MARK_ORDERED ? BLOCK_ORDERED : 0;
        block->marker_words = (uint16_t)mark.words;
    } else if (mark.kind == PDF_MARK_CAPTION) {
        block->kind = BLOCK_CAPTION;
    }
}

/* The number that a block begins with: 12 of "[12]" and "12."; 0: none. */
static unsigned long block_number(const struct pdf_doc *doc, const struct pdf_block *block)
{
    const struct pdf_line *line = &doc->lines[block->line_start];
    struct span text = pdf_word_text(doc, &doc->ordered[line->word_start]);
    unsigned long number = 0;

    for (size_t i = 0; i < text.len && i < 6; i++)
        if (text.data[i] >= '0' && text.data[i] <= '9')
            number = number * 10 + (unsigned long)(text.data[i] - '0');
    return number;
}

/* What goes on with the numbers of a list at the foot of a page is a list of sources in small type,
 * no note. */
static void notes_settle(struct structure *structure)
{
    const struct pdf_doc *doc = structure->doc;

    for (size_t i = 1; i < structure->blocks->count; i++) {
        struct pdf_block *block = &structure->blocks->items[i];
        const struct pdf_block *before = block - 1;
        const struct pdf_line *line = &doc->lines[block->line_start];

        if (block->kind != BLOCK_FOOTNOTE || before->kind != BLOCK_LIST_ITEM ||
            pdf_line_mark(doc, line).kind != PDF_MARK_ORDERED ||
            !sizes_equal(line, &doc->lines[before->line_start]) ||
            block_number(doc, block) != block_number(doc, before) + 1)
            continue;
        block->kind = BLOCK_LIST_ITEM;
        block->level = 1;
        block->flags |= BLOCK_ORDERED;
    }
}

/* Items that stand further in than the one before them are below it. */
static void lists_nest(struct structure *structure)
{
    enum { DEPTH = 6 };
    float indents[DEPTH];
    size_t depth = 0;
    uint32_t region = 0;

    for (size_t i = 0; i < structure->blocks->count; i++) {
        struct pdf_block *block = &structure->blocks->items[i];
        const struct pdf_line *line = &structure->doc->lines[block->line_start];
        float slack = 0.6F * line_size(line);

        if (block->kind != BLOCK_LIST_ITEM) {
            if (block->kind == BLOCK_HEADING || block->x0 < (depth ? indents[0] - slack : 0.0F))
                depth = 0;
            continue;
        }
        if (line->region != region) {
            depth = 0; /* another column: its margin is another one */
            region = line->region;
        }
        while (depth > 0 && block->x0 < indents[depth - 1] - slack)
            depth--;
        if (depth == 0 || (block->x0 > indents[depth - 1] + slack && depth < DEPTH))
            indents[depth++] = block->x0;
        block->level = (uint8_t)depth;
    }
}

static bool is_between(uint8_t kind)
{
    return kind == BLOCK_CAPTION || kind == BLOCK_FOOTNOTE || kind == BLOCK_TABLE;
}

/* Does block b begin as far in as the lines of item a, whose mark stands further out? */
static bool hangs_alike(const struct pdf_doc *doc, const struct pdf_block *a,
                        const struct pdf_block *b)
{
    const struct pdf_line *item = &doc->lines[a->line_start];
    const struct pdf_line *last = item + a->line_count - 1, *first = &doc->lines[b->line_start];

    return a->kind == BLOCK_LIST_ITEM && a->line_count > 1 &&
           fabsf(line_start(last) - line_start(first)) < 0.3F * line_size(last) &&
           line_start(first) - line_start(item) > line_size(first);
}

/* Does block b, in another column or on another page, go on with block a? */
static bool goes_on(const struct structure *structure, const struct pdf_block *a,
                    const struct pdf_block *b)
{
    const struct pdf_doc *doc = structure->doc;
    size_t last_index = a->line_start + a->line_count - 1;
    const struct pdf_line *last = &doc->lines[last_index];
    const struct pdf_line *first = &doc->lines[b->line_start];
    enum pdf_ending ending = pdf_line_ending(doc, last);
    bool is_full = structure->right[last_index] - line_end(last) < 2.0F * line_size(last);

    if (last->region != first->region && last->tag == first->tag && pdf_line_tag(doc, last))
        return true;
    if (last->region == first->region || first->page > last->page + 1 ||
        !sizes_equal(last, first) || last->flags != first->flags || last->is_boilerplate ||
        first->is_boilerplate || last->has_leader)
        return false;
    if (ending == PDF_ENDS_HYPHEN)
        return true;
    if (ending != PDF_ENDS_OPEN)
        return false;
    switch (pdf_line_beginning(doc, first)) {
    case PDF_BEGINS_LOWER:
        return true;
    case PDF_BEGINS_UPPER:
    case PDF_BEGINS_OTHER:
        break;
    }
    return is_full && a->line_count > 1 && (b->line_count > 1 || hangs_alike(doc, a, b));
}

/* Does block b surely go on with block a behind something that interrupts it: a picture, a table,
 * what a figure says? A full line of text whose sentence does not end, and small letters after it.
 */
static bool goes_on_surely(const struct structure *structure, const struct pdf_block *a,
                           const struct pdf_block *b)
{
    const struct pdf_doc *doc = structure->doc;
    size_t last_index = a->line_start + a->line_count - 1;
    const struct pdf_line *last = &doc->lines[last_index], *first = &doc->lines[b->line_start];
    float room = structure->right[last_index] - line_end(last);
    enum pdf_ending ending = pdf_line_ending(doc, last);

    return last->style == first->style && last->rotation == first->rotation && !last->has_leader &&
           !first->has_leader && (ending == PDF_ENDS_OPEN || ending == PDF_ENDS_HYPHEN) &&
           pdf_line_beginning(doc, first) == PDF_BEGINS_LOWER &&
           pdf_line_mark(doc, first).kind == PDF_MARK_NONE &&
           room < first_word_width(doc, first) + line_size(last) &&
           line_end(last) - line_start(last) > TEXT_EMS * line_size(last) &&
           (a->line_count > 1 || b->line_count > 1) &&
           (last->region != first->region ||
            fabsf(line_start(first) - line_start(last)) < 0.5F * line_size(last));
}

/* Does the block only say what a figure shows, in letters of its own? */
static bool is_label(const struct structure *structure, const struct pdf_block *text,
                     const struct pdf_block *block)
{
    const struct pdf_line *lines = structure->doc->lines;
    const struct pdf_line *last = &lines[text->line_start + text->line_count - 1];

    return block->kind == BLOCK_PARAGRAPH && lines[block->line_start].style != last->style &&
           line_size(&lines[block->line_start]) < 1.05F * line_size(last);
}

/* Joins paragraphs over columns and pages; floats and frames may stand between their parts. */
static void blocks_join(struct structure *structure)
{
    struct pdf_block *items = structure->blocks->items;
    const struct pdf_line *lines = structure->doc->lines;

    for (size_t i = 0; i < structure->blocks->count; i++) {
        uint32_t frame = lines[items[i].line_start].frame;
        bool saw_label = false;

        if ((items[i].kind != BLOCK_PARAGRAPH && items[i].kind != BLOCK_LIST_ITEM &&
             items[i].kind != BLOCK_QUOTE) ||
            lines[items[i].line_start].is_first_foot)
            continue;
        for (size_t k = i + 1; k < structure->blocks->count && k < i + JOIN_LOOK; k++) {
            if (is_between(items[k].kind) || lines[items[k].line_start].is_first_foot ||
                lines[items[k].line_start].frame != frame)
                continue;
            if (items[k].kind == (items[i].kind == BLOCK_QUOTE ? BLOCK_QUOTE : BLOCK_PARAGRAPH) &&
                !items[k].is_continuation &&
                ((!saw_label && goes_on(structure, &items[i], &items[k])) ||
                 goes_on_surely(structure, &items[i], &items[k]))) {
                items[i].continued = (uint32_t)k;
                items[k].is_continuation = true;
                break;
            }
            if (!is_label(structure, &items[i], &items[k]))
                break;
            saw_label = true;
        }
    }
}

bool pdf_structure_find(const struct pdf_doc *doc, const struct pdf_outline *outline,
                        size_t outline_count, struct pdf_blocks *out)
{
    struct structure structure = { .doc = doc, .blocks = out };
    bool ok;

    *out = (struct pdf_blocks){ 0 };
    structure.body_size = pdf_doc_body_size(doc);
    structure.right = malloc((doc->line_count + 1) * sizeof(structure.right[0]));
    structure.leading = calloc((size_t)doc->region_count + 1, sizeof(structure.leading[0]));
    ok = structure.right && structure.leading;
    if (ok) {
        rights_find(&structure);
        leadings_find(&structure);
        ok = blocks_build(&structure);
    }
    if (ok) {
        for (size_t i = 0; i < out->count; i++) {
            block_classify(&structure, &out->items[i]);
            block_tag_apply(&structure, &out->items[i]);
        }
        notes_settle(&structure);
        ok = pdf_headings_find(doc, structure.body_size, outline, outline_count, out);
    }
    if (ok) {
        lists_nest(&structure);
        blocks_join(&structure);
    }
    free(structure.right);
    free(structure.leading);
    return ok;
}
