#include "extractors/common/cell_text.h"

static bool ends_with(const struct buf *text, char sign)
{
    return text->len >= 2 && text->data[text->len - 2] == sign && text->data[text->len - 1] == ' ';
}

static void shorten(struct buf *text, size_t bytes)
{
    text->len -= bytes;
    text->data[text->len] = '\0';
}

void cell_text_end_inner(struct buf *text, bool ends_cell, bool ends_row)
{
    while (ends_row && ends_with(text, ';'))
        shorten(text, 2);
    if (ends_row && ends_with(text, ':'))
        shorten(text, 1);
    if (text->len == 0 || text->data[text->len - 1] == '\n' || ends_with(text, ';') ||
        (ends_cell && ends_with(text, ':')))
        return;
    if (!ends_cell)
        buf_append_char(text, '\n');
    else if (text->data[text->len - 1] == ':')
        buf_append_char(text, ' ');
    else
        buf_append(text, "; ", 2);
}
