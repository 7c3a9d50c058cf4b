/* Lines while they are put in the order of reading, and what their words say about them. */
#include <math.h>
#include <string.h>

#include "base/array.h"
#include "extractors/pdf/pdf_layout.h"
#include "extractors/pdf/pdf_lines.h"
#include "extractors/pdf/pdf_spaced.h"

/* How many dots or underscores a word is: 0 for a word of other characters. */
static size_t leader_dots(struct span text)
{
    size_t dots = 0;

    if (text.len == 3 && memcmp(text.data, "\xE2\x80\xA6", 3) == 0)
        return 2; /* an ellipsis: two of them lead, one is a pause */
    for (size_t i = 0; i < text.len; i++)
        dots += text.data[i] == '.' || text.data[i] == '_';
    if (text.len > 5 && memcmp(text.data + text.len - 5, ".....", 5) == 0)
        return 5;
    return dots * 10 >= text.len * 8 ? dots : 0;
}

static bool word_is_number(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    return text.len > 0;
}

/* Dots of one word, or ". . . . ." of many. Three are a pause in a sentence, unless a page number
 * comes after them. */
bool pdf_words_have_leader(const struct pdf_doc *doc, const struct pdf_word *words, size_t count)
{
    size_t run = 0;

    for (size_t i = 0; i < count; i++) {
        size_t dots = leader_dots(pdf_word_text(doc, &words[i]));

        run = dots ? run + dots : 0;
        if (run >= 4 ||
            (run == 3 && i + 2 == count && word_is_number(pdf_word_text(doc, &words[i + 1]))))
            return true;
    }
    return false;
}

uint32_t pdf_text_chars(struct span text)
{
    uint32_t chars = 0;

    for (size_t i = 0; i < text.len; i++)
        chars += ((unsigned char)text.data[i] & 0xC0U) != 0x80U;
    return chars;
}

/* Fills in what a line's words say about it. */
static void line_measure(struct pdf_doc *doc, struct pdf_line *line)
{
    struct pdf_word *words = doc->ordered + line->word_start;
    uint32_t bold = 0, italic = 0, mono = 0, best = 0;

    line->x0 = line->y0 = INFINITY;
    line->x1 = line->y1 = -INFINITY;
    line->char_count = 0;
    for (uint32_t i = 0; i < line->word_count;) {
        const struct pdf_style *style = &doc->styles[words[i].style];
        uint16_t index = words[i].style;
        uint32_t chars = 0;

        for (; i < line->word_count && words[i].style == index; i++) {
            chars += pdf_text_chars(pdf_word_text(doc, &words[i]));
            line->x0 = fminf(line->x0, words[i].x0);
            line->y0 = fminf(line->y0, words[i].y0);
            line->x1 = fmaxf(line->x1, words[i].x1);
            line->y1 = fmaxf(line->y1, words[i].y1);
        }
        line->char_count += chars;
        bold += style->flags & PDF_BOLD ? chars : 0;
        italic += style->flags & PDF_ITALIC ? chars : 0;
        mono += style->flags & PDF_MONO ? chars : 0;
        if (chars > best) {
            best = chars;
            line->style = index;
            line->size = style->size;
        }
    }
    for (uint32_t i = 0; i < line->word_count && !line->tag; i++)
        line->tag = words[i].tag;
    line->flags = 0;
    if (bold * 10 >= line->char_count * 9)
        line->flags |= PDF_BOLD;
    if (italic * 10 >= line->char_count * 9)
        line->flags |= PDF_ITALIC;
    if (mono * 10 >= line->char_count * 8)
        line->flags |= PDF_MONO;
    line->has_leader = pdf_words_have_leader(doc, words, line->word_count);
    pdf_spaced_join(doc, words, line->word_count);
    pdf_lines_reorder(doc, words, line->word_count, &line->is_rtl);
}

bool pdf_doc_add_ordered(struct pdf_doc *doc, const struct pdf_word *word)
{
    if (!array_reserve(&doc->ordered, &doc->ordered_capacity, doc->ordered_count)) {
        doc->failed = true;
        return false;
    }
    doc->ordered[doc->ordered_count++] = *word;
    return true;
}

struct pdf_line *pdf_doc_begin_line(struct pdf_doc *doc, uint32_t page)
{
    struct pdf_line *line;

    if (!array_reserve(&doc->lines, &doc->line_capacity, doc->line_count)) {
        doc->failed = true;
        return NULL;
    }
    line = &doc->lines[doc->line_count];
    *line = (struct pdf_line){
        .page = page,
        .region = doc->region_count,
        .word_start = (uint32_t)doc->ordered_count,
    };
    return line;
}

void pdf_doc_end_line(struct pdf_doc *doc, struct pdf_line *line)
{
    line->word_count = (uint32_t)doc->ordered_count - line->word_start;
    if (line->word_count == 0 || doc->failed)
        return;
    line->rotation = doc->ordered[line->word_start].rotation;
    line_measure(doc, line);
    doc->line_count++;
}
