#include "extractors/pdf/pdf_cell_words.h"

#include <stdlib.h>

static int by_cell(const void *left, const void *right)
{
    const struct pdf_cell_word *a = left, *b = right;

    if (a->table != b->table)
        return a->table < b->table ? -1 : 1;
    if (a->row != b->row)
        return a->row < b->row ? -1 : 1;
    if (a->part != b->part)
        return a->part < b->part ? -1 : 1;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    if (a->y != b->y)
        return a->y < b->y ? -1 : 1;
    return a->word < b->word ? -1 : a->word > b->word;
}

static int by_x(const void *left, const void *right)
{
    const struct pdf_cell_word *a = left, *b = right;

    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    return a->word < b->word ? -1 : a->word > b->word;
}

void pdf_cell_words_sort(struct pdf_cell_word *words, size_t count)
{
    if (count)
        qsort(words, count, sizeof(words[0]), by_cell);
}

void pdf_cell_words_sort_line(struct pdf_cell_word *words, size_t count)
{
    if (count)
        qsort(words, count, sizeof(words[0]), by_x);
}

bool pdf_cell_words_share(const struct pdf_cell_word *a, const struct pdf_cell_word *b)
{
    return a->table == b->table && a->row == b->row && a->part == b->part && a->column == b->column;
}

size_t pdf_cell_line_end(const struct pdf_cell_word *words, size_t start, size_t count, float size)
{
    size_t end = start + 1;

    while (end < count && pdf_cell_words_share(&words[end], &words[start]) &&
           words[end].y - words[start].y < 0.5F * size)
        end++;
    return end;
}
