#include "extractors/pdf/pdf_boxed.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* In ems. */
#define BLANK_MIN    0.5F  /* a narrower gap is no blank */
#define LINE_GAP_MAX 1.5F  /* a wider one is a column's */
#define LETTER_GAP   0.11F /* the library sees no gap that is narrower */
#define PITCH_MIN    0.55F
#define PITCH_MAX    0.72F
#define PITCH_SLACK  1.15F /* which words at the ends of a line have, a bracket beside a name */

#define GROUP_LETTERS_MIN 3u
#define LINE_LETTERS_MIN  6u
#define LINES_MIN         2u
#define WORD_TRACKED_MAX  512u /* bytes of a word put together */

/* Words of one line that no blank divides. */
struct group {
    uint32_t start, count; /* in boxed.order */
    float x0, x1;
    float gaps; /* their sum */
    uint32_t letters;
};

struct boxed_line {
    uint32_t start, count; /* in boxed.order */
    float x0, y1, size;
    float pitch; /* how wide a box is, when the line alone tells; 0: it does not */
    bool is_boxed;
};

struct boxed {
    struct pdf_doc *doc;
    uint32_t *order; /* words of the page, line by line from left to right */
    uint32_t *owner; /* of each word: its line */
    struct boxed_line *lines;
    size_t line_count;
    struct pdf_word *words; /* those of the page */
    size_t count;
};

static const struct pdf_word *word_at(const struct boxed *boxed, size_t i)
{
    return &boxed->words[boxed->order[i]];
}

static float word_size(const struct boxed *boxed, const struct pdf_word *word)
{
    return boxed->doc->styles[word->style].size;
}

static uint32_t word_letters(const struct boxed *boxed, const struct pdf_word *word)
{
    return pdf_text_chars(pdf_word_text(boxed->doc, word));
}

static bool word_follows(const struct boxed *boxed, const struct pdf_word *a,
                         const struct pdf_word *b, float gap_max)
{
    float size = word_size(boxed, a), gap = b->x0 - a->x1;

    return a->rotation == b->rotation && fabsf(a->y1 - b->y1) < 0.25F * size &&
           gap > -0.5F * size && gap < gap_max * size &&
           fabsf(word_size(boxed, b) - size) < 0.1F * size;
}

/* Is there a run of single letters as such programs have it? Looked for on every page. */
static bool page_is_worth_it(const struct boxed *boxed)
{
    size_t run = 0;

    for (size_t i = 1; i < boxed->count; i++) {
        const struct pdf_word *word = &boxed->words[i];

        run = word->text_len == 1 && word_follows(boxed, word - 1, word, BLANK_MIN) ? run + 1 : 0;
        if (run >= 2)
            return true;
    }
    return false;
}

static int word_by_line(const void *left, const void *right, void *user)
{
    const struct pdf_word *words = user;
    const struct pdf_word *a = &words[*(const uint32_t *)left];
    const struct pdf_word *b = &words[*(const uint32_t *)right];

    if (a->y1 != b->y1)
        return a->y1 < b->y1 ? -1 : 1;
    return a->x0 < b->x0 ? -1 : a->x0 > b->x0;
}

static int word_by_x(const void *left, const void *right, void *user)
{
    const struct pdf_word *words = user;
    float a = words[*(const uint32_t *)left].x0, b = words[*(const uint32_t *)right].x0;

    return a < b ? -1 : a > b;
}

/* Sorts the words into rows, and divides them into lines. */
static void lines_find(struct boxed *boxed)
{
    for (size_t i = 0; i < boxed->count; i++)
        boxed->order[i] = (uint32_t)i;
    qsort_r(boxed->order, boxed->count, sizeof(boxed->order[0]), word_by_line, boxed->words);
    for (size_t i = 0, end; i < boxed->count; i = end) {
        float slack = 0.25F * word_size(boxed, word_at(boxed, i)), y = word_at(boxed, i)->y1;

        for (end = i + 1; end < boxed->count && word_at(boxed, end)->y1 < y + slack;)
            end++;
        qsort_r(boxed->order + i, end - i, sizeof(boxed->order[0]), word_by_x, boxed->words);
        for (size_t k = i; k < end; k++) {
            const struct pdf_word *word = word_at(boxed, k);

            if (k == i || !word_follows(boxed, word_at(boxed, k - 1), word, LINE_GAP_MAX))
                boxed->lines[boxed->line_count++] = (struct boxed_line){
                    (uint32_t)k, 0, word->x0, word->y1, word_size(boxed, word), 0.0F, false
                };
            boxed->lines[boxed->line_count - 1].count++;
            boxed->owner[boxed->order[k]] = (uint32_t)boxed->line_count - 1;
        }
    }
}

/* The group that begins at the i-th word of the order; end: of its line. */
static struct group group_read(const struct boxed *boxed, size_t i, size_t end)
{
    const struct pdf_word *word = word_at(boxed, i);
    struct group group = { (uint32_t)i, 1, word->x0, word->x1, 0.0F, word_letters(boxed, word) };

    while (++i < end && word_follows(boxed, word, word_at(boxed, i), BLANK_MIN)) {
        group.gaps += word_at(boxed, i)->x0 - word->x1;
        word = word_at(boxed, i);
        group.x1 = fmaxf(group.x1, word->x1);
        group.letters += word_letters(boxed, word);
        group.count++;
    }
    return group;
}

/* How wide one box is: the room left and right of a word is as wide as that between its letters. */
static float group_pitch(const struct group *group)
{
    float gap = group->count > 1 ? group->gaps / (float)(group->count - 1) : 0.0F;

    return (group->x1 - group->x0 + gap) / (float)group->letters;
}

/* Has the group a word in single letters, as "i n t"? A formula has other signs between them. */
static bool group_spells(const struct boxed *boxed, const struct group *group)
{
    size_t run = 0, longest = 0;

    for (uint32_t i = 0; i < group->count; i++) {
        struct span text = pdf_word_text(boxed->doc, word_at(boxed, group->start + i));

        if ((unsigned char)text.data[0] >= 0x80)
            return false;
        run = text.len == 1 && isalpha((unsigned char)text.data[0]) ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest >= GROUP_LETTERS_MIN;
}

/* The width of its boxes that a line tells by itself, 0: none. */
static float line_pitch(const struct boxed *boxed, const struct boxed_line *line)
{
    size_t end = line->start + line->count;
    uint32_t letters = 0, words = 0;
    float sum = 0.0F, low = INFINITY, high = 0.0F;
    bool spells = false;
    struct group group;

    for (size_t i = line->start; i < end; i += group.count) {
        float pitch;

        group = group_read(boxed, i, end);
        if (group.letters < GROUP_LETTERS_MIN || group.count < 2)
            continue;
        spells |= group_spells(boxed, &group);
        pitch = group_pitch(&group);
        letters += group.letters;
        words += group.count;
        sum += pitch * (float)group.letters;
        low = fminf(low, pitch);
        high = fmaxf(high, pitch);
    }
    if (!spells || letters < LINE_LETTERS_MIN || 2 * words < letters ||
        sum < (float)letters * PITCH_MIN * line->size ||
        sum > (float)letters * PITCH_MAX * line->size || high > PITCH_SLACK * low)
        return 0.0F;
    return sum / (float)letters;
}

static int float_compare(const void *left, const void *right)
{
    float a = *(const float *)left, b = *(const float *)right;

    return a < b ? -1 : a > b;
}

/* The width that most lines tell; 0: too few do. */
static float page_pitch(struct boxed *boxed)
{
    float *pitches = malloc((boxed->line_count + 1) * sizeof(pitches[0])), pitch = 0.0F;
    size_t count = 0, agreeing = 0;

    if (!pitches) {
        boxed->doc->failed = true;
        return 0.0F;
    }
    for (size_t i = 0; i < boxed->line_count; i++) {
        struct boxed_line *line = &boxed->lines[i];

        line->pitch = line_pitch(boxed, line);
        if (line->pitch > 0.0F)
            pitches[count++] = line->pitch;
    }
    qsort(pitches, count, sizeof(pitches[0]), float_compare);
    if (count >= LINES_MIN)
        pitch = pitches[count / 2];
    for (size_t i = 0; i < count; i++)
        agreeing += fabsf(pitches[i] - pitch) < 0.08F * pitch;
    free(pitches);
    return agreeing >= LINES_MIN && 2 * agreeing > count ? pitch : 0.0F;
}

/* Could the line's words stand in boxes of that width? */
static bool line_fits(const struct boxed *boxed, const struct boxed_line *line, float pitch)
{
    size_t end = line->start + line->count;
    struct group group;

    for (size_t i = line->start; i < end; i += group.count) {
        float own;

        group = group_read(boxed, i, end);
        own = group_pitch(&group);
        if (group.count == 1)
            own += LETTER_GAP * line->size * (float)(group.letters + 1) / (float)group.letters;
        if (group.letters >= GROUP_LETTERS_MIN &&
            (own < 0.9F * pitch || (group.count > 1 && own > PITCH_SLACK * pitch)))
            return false;
    }
    return true;
}

static bool lines_touch(const struct boxed_line *a, const struct boxed_line *b)
{
    return fabsf(a->y1 - b->y1) < 2.2F * a->size && fabsf(a->size - b->size) < 0.1F * a->size &&
           fabsf(a->x0 - b->x0) < 30.0F * a->size;
}

/* Lines that tell their width are in boxes, and so are those next to one that might be. */
static void lines_settle(struct boxed *boxed, float pitch)
{
    enum { LOOK_BACK = 4 }; /* columns beside it */
    struct boxed_line *lines = boxed->lines;

    for (size_t i = 0; i < boxed->line_count; i++)
        lines[i].is_boxed = fabsf(lines[i].pitch - pitch) < 0.1F * pitch;
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t n = 0; n < boxed->line_count; n++) {
            size_t i = pass ? boxed->line_count - 1 - n : n;

            for (size_t k = 1; k <= LOOK_BACK && k <= n && !lines[i].is_boxed; k++) {
                const struct boxed_line *near = &lines[pass ? i + k : i - k];

                lines[i].is_boxed = near->is_boxed && lines_touch(&lines[i], near) &&
                                    line_fits(boxed, &lines[i], pitch);
            }
        }
    }
}

/* Makes one word of a group, at the place of its first in the page. */
static struct pdf_word group_join(const struct boxed *boxed, const struct group *group, float pitch)
{
    struct pdf_doc *doc = boxed->doc;
    struct pdf_word joined = *word_at(boxed, group->start);
    const struct pdf_style *style = &doc->styles[joined.style];
    float middle = (group->x0 + group->x1) / 2.0F, half = pitch * (float)group->letters / 2.0F;
    size_t start = doc->text.len;

    joined.x0 = middle - half;
    joined.x1 = middle + half;
    joined.style = pdf_doc_add_style(doc, style->size, style->font, style->flags | PDF_MONO);
    for (uint32_t i = 0; i < group->count; i++) {
        const struct pdf_word *word = word_at(boxed, group->start + i);
        char letters[WORD_TRACKED_MAX];
        size_t length = word->text_len;

        if (group->count == 1 || length > sizeof(letters) ||
            doc->text.len - start + length > PDF_WORD_LEN_MAX)
            break;
        memcpy(letters, doc->text.data + word->text_start, length); /* the text may move */
        buf_append(&doc->text, letters, length);
        joined.text_start = (uint32_t)start;
        joined.text_len = (uint16_t)(doc->text.len - start);
        joined.y0 = fminf(joined.y0, word->y0);
        joined.y1 = fmaxf(joined.y1, word->y1);
    }
    return joined;
}

static size_t line_join(const struct boxed *boxed, const struct boxed_line *line, float pitch,
                        struct pdf_word *out)
{
    size_t end = line->start + line->count, count = 0;
    struct group group;

    for (size_t i = line->start; i < end; i += group.count) {
        group = group_read(boxed, i, end);
        out[count] = group_join(boxed, &group, pitch);
        if (count > 0)
            out[count].flags &= (uint8_t)~PDF_WORD_BREAK;
        else
            out[count].flags |= PDF_WORD_BREAK;
        count++;
    }
    return count;
}

static void words_join(struct boxed *boxed, float pitch, struct pdf_word *joined)
{
    struct pdf_doc *doc = boxed->doc;
    size_t count = 0;

    for (size_t i = 0; i < boxed->count; i++) {
        struct boxed_line *line = &boxed->lines[boxed->owner[i]];

        if (!line->is_boxed) {
            joined[count++] = boxed->words[i];
        } else if (line->count > 0) {
            count += line_join(boxed, line, pitch, joined + count);
            line->count = 0;
        }
    }
    memcpy(boxed->words, joined, count * sizeof(joined[0]));
    doc->word_count -= boxed->count - count;
    doc->pages[doc->page_count - 1].word_count = (uint32_t)count;
}

void pdf_boxed_join(struct pdf_doc *doc)
{
    struct pdf_page *page = &doc->pages[doc->page_count - 1];
    struct boxed boxed = { .doc = doc,
                           .words = doc->words + page->word_start,
                           .count = page->word_count };
    struct pdf_word *joined;

    if (doc->failed || !page_is_worth_it(&boxed))
        return;
    boxed.order = malloc(2 * boxed.count * sizeof(boxed.order[0]));
    boxed.lines = malloc(boxed.count * sizeof(boxed.lines[0]));
    joined = malloc(boxed.count * sizeof(joined[0]));
    if (boxed.order && boxed.lines && joined) {
        float pitch;

        boxed.owner = boxed.order + boxed.count;
        lines_find(&boxed);
        pitch = page_pitch(&boxed);
        if (pitch > 0.0F) {
            lines_settle(&boxed, pitch);
            words_join(&boxed, pitch, joined);
        }
    } else {
        doc->failed = true;
    }
    free(boxed.order);
    free(boxed.lines);
    free(joined);
}
