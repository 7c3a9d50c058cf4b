#include "extractors/cell_text.h"

static bool ends_with_divider(const struct buf *text)
{
    return text->len >= 2 && text->data[text->len - 2] == ';' && text->data[text->len - 1] == ' ';
}

void cell_text_end_inner(struct buf *text, bool ends_cell, bool ends_row)
{
    if (ends_row)
        while (ends_with_divider(text)) {
            text->len -= 2;
            text->data[text->len] = '\0';
        }
    if (text->len == 0 || text->data[text->len - 1] == '\n' || ends_with_divider(text))
        return;
    if (ends_cell)
        buf_append(text, "; ", 2);
    else
        buf_append_char(text, '\n');
}
