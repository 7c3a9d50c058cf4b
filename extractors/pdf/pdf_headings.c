#include "extractors/pdf/pdf_headings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "extractors/pdf/pdf_looks.h"
#include "extractors/pdf/pdf_marks.h"
#include "extractors/pdf/pdf_tagged.h"

#define HEADING_CHARS_MAX 220u
#define HEADING_LINES_MAX 4u
#define TAGGED_MIN        3u
#define TEXT_CHARS        120u /* a block with more is text */
#define PAGE_LOOK         12u  /* blocks before and after */
#define TEXT_REACH        2u   /* blocks after a heading */
#define WITH_TEXT_MIN     3u
#define TABLE_LINES_MIN   4u
#define DISPLAY           1.6F /* of the text's size: a name of more figures than letters may be a title */
#define ACRONYM_LETTERS   6u
#define CELL_GAP          1.3F /* ems */
#define CELL_GAP_CHARS    3.0F /* characters */

struct traits {
    struct pdf_look look;
    float ratio; /* of its size to the body's */
    size_t chars, letters;
    struct pdf_mark mark;
    enum pdf_ending ending;
    bool is_other_font, begins_upper, has_address, is_labelled, is_entry, is_row;
    bool is_apart; /* white above it, or the start of a column */
    bool is_code;  /* one word with a digit: a product, a file, a form */
};

static size_t block_chars(const struct pdf_doc *doc, const struct pdf_block *block)
{
    size_t chars = 0;

    for (uint32_t i = 0; i < block->line_count; i++)
        chars += doc->lines[block->line_start + i].char_count;
    return chars;
}

/* Are words of the line so far apart that they are cells of a row? What follows a number may be,
 * and words whose letters are spaced. */
static bool line_is_row(const struct pdf_doc *doc, const struct pdf_line *line)
{
    const struct pdf_word *words = &doc->ordered[line->word_start];
    float width = 0.0F, gap = 0.0F;

    for (uint32_t i = 0; i < line->word_count; i++) {
        width += words[i].x1 - words[i].x0;
        if (i > 1)
            gap = fmaxf(gap, words[i].x0 - words[i - 1].x1);
    }
    return !line->is_rtl && gap > CELL_GAP * line->size &&
           gap * (float)line->char_count > CELL_GAP_CHARS * width;
}

/* Is there text of the same size near it on its page? Then it is no larger than the text of its
 * place, however small the text of most pages is. */
static bool is_text_size(const struct pdf_doc *doc, const struct pdf_blocks *blocks, size_t index)
{
    const struct pdf_line *line = &doc->lines[blocks->items[index].line_start];

    for (size_t i = index > PAGE_LOOK ? index - PAGE_LOOK : 0;
         i <= index + PAGE_LOOK && i < blocks->count; i++) {
        const struct pdf_block *other = &blocks->items[i];
        const struct pdf_line *near = &doc->lines[other->line_start];

        if (i != index && near->page == line->page && !near->table &&
            fabsf(near->size - line->size) < 0.3F && block_chars(doc, other) > TEXT_CHARS)
            return true;
    }
    return false;
}

static void traits_read(const struct pdf_doc *doc, const struct pdf_blocks *blocks, size_t index,
                        float body_size, struct traits *out)
{
    const struct pdf_block *block = &blocks->items[index];
    const struct pdf_line *line = &doc->lines[block->line_start];
    const struct pdf_line *last = line + block->line_count - 1;
    const struct pdf_line *before = block->line_start ? line - 1 : NULL;
    size_t capitals = 0;

    memset(out, 0, sizeof(*out));
    out->look.bold = out->look.italic = true;
    for (uint32_t i = 0; i < block->line_count; i++) {
        size_t letters, upper;

        pdf_line_letters(doc, &line[i], &letters, &upper);
        out->chars += line[i].char_count;
        out->letters += letters;
        capitals += upper;
        out->look.bold &= (line[i].flags & PDF_BOLD) != 0;
        out->look.italic &= (line[i].flags & PDF_ITALIC) != 0;
        out->is_row |= line_is_row(doc, &line[i]);
        out->has_address |= pdf_line_has_address(doc, &line[i]);
    }
    out->look.capitals = out->letters >= 4 && capitals * 10 >= out->letters * 9;
    out->look.size = (int)lroundf(line->size * 2.0F);
    out->ratio = body_size > 0.0F ? line->size / body_size : 1.0F;
    if (out->ratio > 1.0F && is_text_size(doc, blocks, index))
        out->ratio = 1.0F;
    out->mark = pdf_line_mark(doc, line);
    out->is_labelled = pdf_line_is_labelled(doc, line) || pdf_line_is_admonition(doc, line);
    out->is_entry = pdf_line_is_entry(doc, last);
    out->ending = pdf_line_ending(doc, last);
    out->is_code = last == line && line->word_count == 1 && pdf_line_has_digit(doc, line);
    out->begins_upper = pdf_line_beginning(doc, line) == PDF_BEGINS_UPPER;
    out->is_apart = !before || before->region != line->region || before->table ||
                    line->y0 - before->y1 > 0.35F * line->size ||
                    line->y1 - before->y1 > 1.4F * line->size || before->char_count < 2;
}

/* Compares letters and digits only: outlines leave out numbers' full stops, and line breaks. */
static bool text_matches(const struct pdf_doc *doc, const struct pdf_block *block,
                         const char *title)
{
    const unsigned char *at = (const unsigned char *)title;

    for (uint32_t i = 0; i < block->line_count; i++) {
        const struct pdf_line *line = &doc->lines[block->line_start + i];

        for (uint32_t w = 0; w < line->word_count; w++) {
            struct span text = pdf_word_text(doc, &doc->ordered[line->word_start + w]);

            for (size_t c = 0; c < text.len; c++) {
                unsigned char byte = (unsigned char)text.data[c];

                if (byte <= ' ' || byte == '.' || byte == '-' || byte == ':')
                    continue;
                while (*at && (*at <= ' ' || *at == '.' || *at == '-' || *at == ':'))
                    at++;
                if (*at != byte)
                    return false;
                at++;
            }
        }
    }
    while (*at && (*at <= ' ' || *at == '.' || *at == '-' || *at == ':'))
        at++;
    return *at == '\0';
}

static int outline_by_page(const void *left, const void *right)
{
    const struct pdf_outline *a = left, *b = right;

    return a->page < b->page ? -1 : a->page > b->page;
}

/* The level of the outline's entry for that block; 0: none. outline is sorted by page. */
static unsigned outline_level(const struct pdf_doc *doc, const struct pdf_outline *outline,
                              size_t count, const struct pdf_block *block)
{
    uint32_t page = doc->lines[block->line_start].page;
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (outline[middle].page < page)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low; i < count && outline[i].page == page; i++)
        if (text_matches(doc, block, outline[i].title))
            return outline[i].level;
    return 0;
}

/* A short line of its own in italics or another font than the text's; "(1)" may be in front of it
 * where it is also larger. Only if text follows it most of the time, see labels_demote(). */
static bool is_faint_heading(const struct traits *traits, const struct pdf_block *block)
{
    bool is_item = block->kind == BLOCK_LIST_ITEM && traits->mark.kind == PDF_MARK_ORDERED &&
                   traits->ratio > 1.04F;

    return (is_item || (block->kind == BLOCK_PARAGRAPH && traits->mark.kind == PDF_MARK_NONE &&
                        traits->begins_upper)) &&
           block->line_count == 1 && traits->is_apart && traits->is_other_font &&
           traits->chars <= 60 && traits->ratio > 0.97F && traits->letters >= 4 &&
           traits->letters * 10 >= traits->chars * 7 && traits->ending == PDF_ENDS_OPEN &&
           !traits->is_labelled && !traits->is_entry && !traits->is_row && !traits->is_code;
}

/* Can a block be a heading at all, by its length and by what else it would be? */
static bool may_be_heading(const struct traits *traits, const struct pdf_block *block)
{
    if (block->line_count > HEADING_LINES_MAX || traits->chars > HEADING_CHARS_MAX ||
        traits->letters < 2 ||
        (traits->letters * 2 < traits->chars && (traits->ratio < DISPLAY || traits->is_row)))
        return false;
    if (traits->mark.kind == PDF_MARK_BULLET || traits->mark.kind == PDF_MARK_CAPTION)
        return false;
    if (block->kind == BLOCK_LIST_ITEM && !(traits->look.bold || traits->ratio > 1.15F))
        return false;
    if (traits->is_row || (traits->has_address && traits->ratio < 1.6F))
        return false;
    return !(traits->is_labelled && traits->ratio < 1.15F) &&
           !(traits->is_entry && traits->ratio < 1.6F);
}

static bool is_heading(const struct traits *traits, const struct pdf_block *block)
{
    bool is_numbered = traits->mark.kind == PDF_MARK_SECTION ||
                       (traits->mark.kind == PDF_MARK_ORDERED && traits->mark.depth > 0);
    bool is_open = traits->ending != PDF_ENDS_SENTENCE && traits->ending != PDF_ENDS_HYPHEN;

    if (!may_be_heading(traits, block))
        return false;
    if (traits->ratio > 1.15F) /* a leading sentence may be large too */
        return is_open || (is_numbered && traits->chars <= 120) || traits->chars <= 60 ||
               (traits->ratio > 1.3F && traits->look.bold);
    if (traits->ratio < 0.93F)
        return false;
    if (traits->look.bold && traits->chars <= 120 && (is_open || is_numbered) && traits->is_apart)
        return true;
    if (is_numbered && traits->is_apart && traits->chars <= 120 && is_open &&
        (traits->look.capitals || traits->look.italic || traits->ratio > 1.04F))
        return true;
    return traits->look.capitals && !traits->is_code && traits->is_apart && traits->chars <= 80 &&
           traits->letters >= 5 && block->line_count <= 2 && is_open;
}

static unsigned mark_depth(const struct traits *traits)
{
    return traits->mark.depth > 4 ? 4 : traits->mark.depth;
}

struct finder {
    const struct pdf_doc *doc;
    const struct pdf_outline *outline; /* sorted by page */
    size_t outline_count;
    struct pdf_blocks *blocks;
    float body_size;
    uint16_t body_font;
    size_t tagged_count;   /* blocks that are headings by their tags */
    bool is_loud, is_bold; /* most of the text is in capitals, is bold: then they tell nothing */
    struct pdf_looks looks;
    bool has_title;           /* which the outline leaves out */
    uint32_t *look_of;        /* per block that is a heading: index of its look */
    uint8_t *depth_of;        /* per block: depth of its number */
    struct pdf_block *before; /* per block: as it was before it was taken for a heading */
};

/* Is it one line that says by whom, or when, right below a heading? */
static bool is_byline(const struct finder *finder, size_t index)
{
    const struct pdf_block *block = &finder->blocks->items[index];
    const struct pdf_line *line = &finder->doc->lines[block->line_start];

    if (block->line_count != 1)
        return false;
    return pdf_line_is_author(finder->doc, line) ||
           (index > 0 && block[-1].kind == BLOCK_HEADING && line[-1].region == line->region &&
            pdf_line_is_day(finder->doc, line));
}

/* What a block that may be a heading looks like; false: it is none. */
static bool candidate_read(const struct finder *finder, size_t index, struct traits *traits,
                           unsigned *listed)
{
    const struct pdf_block *block = &finder->blocks->items[index];
    const struct pdf_line *line = &finder->doc->lines[block->line_start];
    const struct pdf_tag *tag;

    if ((block->kind != BLOCK_PARAGRAPH && block->kind != BLOCK_LIST_ITEM) ||
        block->line_count > HEADING_LINES_MAX || line->has_leader || line->is_first_foot)
        return false;
    traits_read(finder->doc, finder->blocks, index, finder->body_size, traits);
    traits->look.capitals &= !finder->is_loud;
    traits->look.bold &= !finder->is_bold;
    *listed = outline_level(finder->doc, finder->outline, finder->outline_count, block);
    traits->is_other_font =
        traits->look.italic ||
        finder->doc->styles[finder->doc->lines[block->line_start].style].font != finder->body_font;
    tag = pdf_line_tag(finder->doc, &finder->doc->lines[block->line_start]);
    if (tag && tag->kind == PDF_TAG_HEADING && tag->level && !*listed && traits->letters > 1 &&
        traits->chars <= HEADING_CHARS_MAX && (traits->ratio > 0.93F || traits->look.bold))
        *listed = tag->level;
    if (*listed)
        return true;
    if (is_byline(finder, index))
        return false;
    /* Where headings are tagged, larger letters alone tell a title that is not. */
    if (tag && tag->kind == PDF_TAG_TEXT && finder->tagged_count >= TAGGED_MIN &&
        traits->ratio < 1.15F)
        return false;
    if (is_heading(traits, block))
        return true;
    traits->look.is_faint = true;
    return is_faint_heading(traits, block);
}

/* Counts the number of a heading, if it has one, with those of its look. */
static void number_note(const struct finder *finder, struct pdf_look *look, size_t index)
{
    const struct pdf_line *line = &finder->doc->lines[finder->blocks->items[index].line_start];
    char first = pdf_word_text(finder->doc, &finder->doc->ordered[line->word_start]).data[0];
    unsigned depth = finder->depth_of[index];

    if (!depth)
        return;
    look->depths[depth - 1]++;
    look->digits += first >= '0' && first <= '9';
    look->letters += first >= 'A' && first <= 'Z' && !strchr("IVX", first);
}

static bool headings_mark(struct finder *finder)
{
    size_t found = 0;

    for (size_t i = 0; i < finder->blocks->count; i++) {
        struct pdf_block *block = &finder->blocks->items[i];
        unsigned listed = 0;
        struct traits traits;
        struct pdf_look *look;

        if (!candidate_read(finder, i, &traits, &listed))
            continue;
        finder->before[i] = *block;
        block->kind = BLOCK_HEADING;
        block->flags = 0;
        block->marker_words = 0;
        block->level = (uint8_t)(listed > 6 ? 6 : listed); /* 0: by its look, later */
        look = pdf_looks_find(&finder->looks, &traits.look);
        if (!look)
            return false;
        finder->look_of[i] = (uint32_t)(look - finder->looks.items);
        look->count++;
        look->listed[block->level] += block->level > 0;
        look->is_title = found++ == 0 && finder->doc->lines[block->line_start].page == 1;
        look->longest = traits.letters > look->longest ? traits.letters : look->longest;
        finder->depth_of[i] = (uint8_t)mark_depth(&traits);
        number_note(finder, look, i);
    }
    return true;
}

/* Is the block long enough for text, or a sentence, or a table? */
static bool is_text(const struct pdf_doc *doc, const struct pdf_block *block)
{
    const struct pdf_line *last = &doc->lines[block->line_start + block->line_count - 1];
    size_t chars = block_chars(doc, block);

    return chars > 60 || (block->kind == BLOCK_TABLE && block->line_count >= TABLE_LINES_MIN) ||
           (chars > 30 && pdf_line_ending(doc, last) == PDF_ENDS_SENTENCE);
}

/* The text below a heading: at once, or behind a smaller heading, or behind a line that leads in to
 * it ("Mary Smith:"). NULL: there is none. */
static const struct pdf_block *text_below(const struct finder *finder, size_t index)
{
    const struct pdf_blocks *blocks = finder->blocks;
    const struct pdf_look *look = &finder->looks.items[finder->look_of[index]];
    uint32_t page = finder->doc->lines[blocks->items[index].line_start].page;
    size_t reach = look->is_faint ? 1 : TEXT_REACH;

    for (size_t i = index + 1; i < blocks->count && i <= index + reach; i++) {
        const struct pdf_block *block = &blocks->items[i];
        const struct pdf_line *line = &finder->doc->lines[block->line_start];
        bool is_heading = block->kind == BLOCK_HEADING;

        if (block->kind == BLOCK_TABLE && line->page != page)
            return NULL;
        if (!is_heading && is_text(finder->doc, block))
            return !look->is_faint || block->line_count > 1 ? block : NULL;
        if (is_heading ? finder->look_of[i] == finder->look_of[index]
                       : block->kind != BLOCK_PARAGRAPH || block->line_count > 1 ||
                             pdf_line_ending(finder->doc, line) != PDF_ENDS_COLON)
            return NULL;
    }
    return NULL;
}

/* Does the document begin with a bold line, or one in capitals, in the middle of its column? */
static bool is_headline(const struct finder *finder)
{
    const struct pdf_block *block = finder->blocks->items;
    const struct pdf_look *look = &finder->looks.items[finder->look_of[0]];
    const struct pdf_line *line = &finder->doc->lines[block->line_start];
    float left = line->x0 - line->left, right = line->right - line->x1;

    return block->kind == BLOCK_HEADING && line->page == 1 && (look->bold || look->capitals) &&
           left > 2.0F * line->size && fabsf(left - right) < line->size;
}

/* Bold lines that no text follows are labels of a form, dishes of a menu, lines of a song: headings
 * that are no larger than the text must have text below them, most of the time. Where some have,
 * those above a paragraph are headings, and the others are names, say. */
static void labels_demote(struct finder *finder)
{
    struct pdf_blocks *blocks = finder->blocks;

    for (size_t i = 0; i + 1 < blocks->count; i++)
        if (blocks->items[i].kind == BLOCK_HEADING && text_below(finder, i))
            finder->looks.items[finder->look_of[i]].with_text++;
    for (size_t i = blocks->count; i-- > 0;) {
        struct pdf_block *block = &blocks->items[i];
        const struct pdf_look *look = &finder->looks.items[finder->look_of[i]];
        bool is_large =
            (float)look->size > 2.3F * finder->body_size && !is_text_size(finder->doc, blocks, i);
        bool is_numbered = pdf_look_depth(look) > 0 || (i == 0 && is_headline(finder)), stays;
        const struct pdf_block *text;

        if (block->kind != BLOCK_HEADING || block->level || is_large || is_numbered)
            continue;
        text = text_below(finder, i);
        if (look->is_faint)
            stays = look->with_text * 10 >= look->count * 7;
        else
            stays = look->with_text * 2 >= look->count ||
                    (look->with_text >= WITH_TEXT_MIN && look->with_text * 4 >= look->count &&
                     text && text->line_count > 1);
        if (!stays)
            *block = finder->before[i];
    }
}

/* Looks of capitals that have only short words, acronyms, are those of the others that look so
 * otherwise. */
static void acronyms_settle(struct finder *finder)
{
    for (size_t i = 0; i < finder->looks.count; i++) {
        struct pdf_look *look = &finder->looks.items[i], wanted = *look, *other;
        size_t k = 0;

        wanted.capitals = false;
        if (!look->capitals || look->longest > ACRONYM_LETTERS)
            continue;
        while (k < finder->looks.count && !pdf_looks_equal(&finder->looks.items[k], &wanted))
            k++;
        if (k == finder->looks.count)
            continue;
        other = &finder->looks.items[k];
        if (look->is_title || other->is_title || other->count < look->count)
            continue;
        for (size_t b = 0; b < finder->blocks->count; b++)
            if (finder->look_of[b] == i && finder->blocks->items[b].kind == BLOCK_HEADING)
                finder->look_of[b] = (uint32_t)k;
        other->count += look->count;
        look->count = 0;
    }
}

/* How many headings each look has after all, where the first is, and which looks it is right above.
 */
static void looks_place(struct finder *finder)
{
    const struct pdf_block *blocks = finder->blocks->items;

    for (size_t i = finder->blocks->count; i-- > 0;) {
        struct pdf_look *look = &finder->looks.items[finder->look_of[i]];

        if (blocks[i].kind != BLOCK_HEADING)
            continue;
        look->first = i;
        look->kept++;
        if (i + 1 < finder->blocks->count && blocks[i + 1].kind == BLOCK_HEADING &&
            finder->look_of[i + 1] < 64)
            look->above |= 1ULL << finder->look_of[i + 1];
    }
}

static bool levels_set(struct finder *finder)
{
    for (size_t i = 0; i < finder->looks.count; i++) {
        struct pdf_look *look = &finder->looks.items[i];

        look->is_title &= look->count == 1 && !pdf_look_listed(look) &&
                          (float)look->size > 2.2F * finder->body_size;
        finder->has_title |= look->is_title;
    }
    looks_place(finder);
    if (!pdf_looks_rank(&finder->looks, (int)lroundf(finder->body_size * 2.0F)))
        return false;
    for (size_t i = 0; i < finder->blocks->count; i++) {
        struct pdf_block *block = &finder->blocks->items[i];

        const struct pdf_look *look = &finder->looks.items[finder->look_of[i]];

        if (block->kind == BLOCK_HEADING && look->is_title) {
            block->kind = BLOCK_TITLE;
            block->level = 0;
        } else if (block->kind == BLOCK_HEADING &&
                   (!block->level || pdf_look_listed(look) == block->level))
            block->level = (uint8_t)pdf_look_level(look, block->level ? 0 : finder->depth_of[i]);
        else if (block->kind == BLOCK_HEADING && finder->has_title && block->level < 6)
            block->level++;
    }
    return true;
}

static size_t tagged_headings(const struct pdf_doc *doc, const struct pdf_blocks *blocks)
{
    size_t count = 0;

    for (size_t i = 0; i < blocks->count; i++) {
        const struct pdf_tag *tag = pdf_line_tag(doc, &doc->lines[blocks->items[i].line_start]);

        count += tag && tag->kind == PDF_TAG_HEADING;
    }
    return count;
}

/* Is most of the text in capitals, or bold? */
static void text_look(const struct pdf_doc *doc, bool *is_loud, bool *is_bold)
{
    size_t letters = 0, capitals = 0, chars = 0, bold = 0;

    for (size_t i = 0; i < doc->line_count; i++) {
        size_t line_letters, line_capitals;

        pdf_line_letters(doc, &doc->lines[i], &line_letters, &line_capitals);
        letters += line_letters;
        capitals += line_capitals;
        chars += doc->lines[i].char_count;
        bold += doc->lines[i].flags & PDF_BOLD ? doc->lines[i].char_count : 0;
    }
    *is_loud = capitals * 10 > letters * 6;
    *is_bold = bold * 10 > chars * 6;
}

bool pdf_headings_find(const struct pdf_doc *doc, float body_size,
                       const struct pdf_outline *outline, size_t outline_count,
                       struct pdf_blocks *blocks)
{
    struct finder finder = {
        .doc = doc, .outline_count = outline_count, .blocks = blocks, .body_size = body_size
    };
    struct pdf_outline *sorted = NULL;
    bool ok;

    if (outline_count) {
        sorted = malloc(outline_count * sizeof(sorted[0]));
        if (!sorted)
            return false;
        memcpy(sorted, outline, outline_count * sizeof(sorted[0]));
        qsort(sorted, outline_count, sizeof(sorted[0]), outline_by_page);
        finder.outline = sorted;
    }
    finder.look_of = calloc(blocks->count + 1, sizeof(finder.look_of[0]));
    finder.depth_of = calloc(blocks->count + 1, sizeof(finder.depth_of[0]));
    finder.before = malloc((blocks->count + 1) * sizeof(finder.before[0]));
    finder.body_font = pdf_doc_body_font(doc);
    finder.tagged_count = tagged_headings(doc, blocks);
    text_look(doc, &finder.is_loud, &finder.is_bold);
    ok = finder.look_of && finder.depth_of && finder.before && headings_mark(&finder);
    if (ok && finder.looks.count > 0) {
        acronyms_settle(&finder);
        labels_demote(&finder);
        ok = levels_set(&finder);
    }
    free(finder.look_of);
    free(finder.before);
    free(finder.depth_of);
    free(finder.looks.items);
    free(sorted);
    return ok;
}
