#include "extractors/pdf/pdf_stacked.h"

#include "base/utf8.h"

#define FIGURES_MIN 4u   /* three numbers may belong to one thing: telephone, fax, mobile */
#define FIGURES_MAX 100u /* lines of one cell */
#define CUT         0.3F /* of a line's size: a border that cuts less is above it */

/* Lines of one cell. */
struct stack {
    float tops[FIGURES_MAX];
    size_t count, numbers;
    bool has_words;
};

static bool is_between(const struct pdf_segment *segment, float x0, float x1, float y0, float y1)
{
    float x = (segment->x0 + segment->x1) / 2.0F, y = (segment->y0 + segment->y1) / 2.0F;

    return segment->rotation == 0 && x > x0 && x < x1 && y > y0 && y < y1;
}

/* ASCII but its letters, and what stands with figures: signs of Latin-1, dashes, currencies, minus.
 */
static bool is_sign(uint32_t c)
{
    if (c < 0x80)
        return !((c | 0x20U) >= 'a' && (c | 0x20U) <= 'z');
    return c < 0xC0 || (c >= 0x2010 && c <= 0x20CF) || c == 0x2212;
}

/* Figures and signs alone, of which none goes on in the next line. */
static bool is_figures(const struct pdf_doc *doc, const struct pdf_segment *segment,
                       bool *has_digit)
{
    uint32_t c = 0;

    *has_digit = false;
    for (uint32_t w = 0; w < segment->word_count; w++) {
        struct span text = pdf_word_text(doc, &doc->words[segment->word_start + w]);

        for (size_t i = 0; i < text.len;) {
            size_t len = utf8_decode((struct span){ text.data + i, text.len - i }, &c);

            if (len == 0 || !is_sign(c))
                return false;
            *has_digit |= c >= '0' && c <= '9';
            i += len;
        }
    }
    return c != ',' && c != ';';
}

static void stack_read(const struct pdf_doc *doc, const struct pdf_page *page, float x0, float x1,
                       float y0, float y1, struct stack *out)
{
    *out = (struct stack){ .count = 0 };
    for (uint32_t i = 0; i < page->segment_count && !out->has_words; i++) {
        const struct pdf_segment *segment = &doc->segments[page->segment_start + i];
        bool has_digit;

        if (!is_between(segment, x0, x1, y0, y1))
            continue;
        out->has_words = !is_figures(doc, segment, &has_digit) || out->count == FIGURES_MAX ||
                         (out->count && segment->y0 < out->tops[out->count - 1] + segment->size);
        if (out->has_words)
            break;
        out->tops[out->count++] = segment->y0;
        out->numbers += has_digit;
    }
}

/* Would a row that begins there go through a line of another cell? */
static bool border_cuts(const struct pdf_doc *doc, const struct pdf_page *page, float x0, float x1,
                        float border)
{
    for (uint32_t i = 0; i < page->segment_count; i++) {
        const struct pdf_segment *segment = &doc->segments[page->segment_start + i];

        if (segment->rotation == 0 && segment->x1 > x0 && segment->x0 < x1 &&
            segment->y0 < border - CUT * segment->size &&
            segment->y1 > border + CUT * segment->size)
            return true;
    }
    return false;
}

size_t pdf_stacked_find(const struct pdf_doc *doc, const struct pdf_page *page, const float *xs,
                        size_t column_count, float y0, float y1, float *out, size_t limit)
{
    struct stack stack, longest = { .count = 0 };

    for (size_t c = 0; c < column_count; c++) {
        stack_read(doc, page, xs[c], xs[c + 1], y0, y1, &stack);
        if (!stack.has_words && stack.numbers >= FIGURES_MIN && stack.count > longest.count)
            longest = stack;
    }
    if (longest.count > limit)
        return 0;
    for (size_t i = 1; i < longest.count; i++) {
        out[i - 1] = longest.tops[i];
        if (border_cuts(doc, page, xs[0], xs[column_count], out[i - 1]))
            return 0;
    }
    return longest.count ? longest.count - 1 : 0;
}
