#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/office/sheet_parts.h"

#define PROSE_BYTES_MIN 60u

static void put_column(struct buf *out, uint32_t column)
{
    char letters[8];
    size_t len = 0;

    for (column++; column > 0; column = (column - 1) / 26)
        letters[len++] = (char)('A' + (column - 1) % 26);
    while (len > 0)
        buf_append_char(out, letters[--len]);
}

static void put_region(const struct sheet_emitter *emitter, uint32_t row, uint32_t first,
                       uint32_t last)
{
    CLEANUP(buf_release) struct buf label = BUF_INIT(512);

    buf_append(&label, emitter->name.data, emitter->name.len > 200 ? 200 : emitter->name.len);
    buf_append_char(&label, '!');
    put_column(&label, first);
    buf_printf(&label, "%u", row + 1);
    if (last > first) {
        buf_append_char(&label, ':');
        put_column(&label, last);
        buf_printf(&label, "%u", row + 1);
    }
    writer_region(emitter->writer, emitter->page, NULL, buf_span(&label));
}

/* Columns of the table that hold anything, as positions from 0; the rest is UINT16_MAX. */
static uint16_t number_columns(const struct sheet_cell *cells, size_t count, uint16_t *position)
{
    uint16_t columns = 0;

    memset(position, 0, SHEET_COLUMNS_MAX * sizeof(*position));
    for (size_t i = 0; i < count; i++)
        if (cells[i].text_len > 0)
            position[cells[i].column] = 1;
    for (size_t i = 0; i < SHEET_COLUMNS_MAX; i++)
        position[i] = position[i] ? columns++ : UINT16_MAX;
    return columns;
}

/* ---- links ---- */

static int compare_links(const void *a, const void *b)
{
    const struct sheet_link *x = a, *y = b;

    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return (x->column > y->column) - (x->column < y->column);
}

/* Empty: the cell leads nowhere. Links are sorted. */
static struct span link_target(const struct sheet *sheet, const struct sheet_cell *cell)
{
    struct sheet_link key = { .row = cell->row, .column = cell->column };
    const struct sheet_link *found =
        sheet->link_count == 0 || cell->is_copy
            ? NULL
            : bsearch(&key, sheet->links, sheet->link_count, sizeof(key), compare_links);

    return found ? (struct span){ sheet->text.data + found->target_start, found->target_len }
                 : (struct span){ "", 0 };
}

static void emit_cell(const struct sheet_emitter *emitter, const struct sheet_cell *cell,
                      enum block_kind kind, unsigned level)
{
    struct span target = link_target(emitter->sheet, cell);

    writer_begin(emitter->writer, kind, level);
    if (target.len > 0)
        writer_link_begin(emitter->writer, target);
    writer_text(emitter->writer, sheet_cell_text(emitter->sheet, cell));
    if (target.len > 0)
        writer_link_end(emitter->writer);
    writer_end(emitter->writer);
}

/* ---- lines and tables ---- */

static void emit_line(const struct sheet_emitter *emitter, const struct sheet_cell *cell)
{
    put_region(emitter, cell->row, cell->column, cell->column);
    emit_cell(emitter, cell, BLOCK_PARAGRAPH, 0);
}

static void emit_row(const struct sheet_emitter *emitter, const struct sheet_cell *cells,
                     size_t count, const uint16_t *position, bool is_header)
{
    const struct span empty = { "", 0 };
    uint16_t next = 0;

    put_region(emitter, cells[0].row, cells[0].column, cells[count - 1].column);
    writer_begin(emitter->writer, BLOCK_ROW, 0);
    if (is_header)
        writer_flags(emitter->writer, BLOCK_HEADER);
    for (size_t i = 0; i < count; i++) {
        if (position[cells[i].column] == UINT16_MAX)
            continue;
        for (; next < position[cells[i].column]; next++)
            writer_block(emitter->writer, BLOCK_CELL, 1, empty);
        emit_cell(emitter, &cells[i], BLOCK_CELL, 1);
        next++;
    }
    writer_end(emitter->writer);
}

/* Sentences one below the other in one column: what a person wrote there is no table. */
static bool is_prose(const struct sheet_cell *cells, size_t count)
{
    size_t longs = 0;

    for (size_t i = 0; i < count; i++) {
        if (cells[i].column != cells[0].column || cells[i].is_number)
            return false;
        longs += cells[i].text_len >= PROSE_BYTES_MIN;
    }
    return longs * 2 >= count;
}

void sheet_emit_table(const struct sheet_emitter *emitter, const struct sheet_cell *cells,
                      size_t count, uint32_t headers)
{
    bool is_guessed = headers == SHEET_HEADERS_GUESSED;
    uint16_t *position;
    unsigned columns, row = 0;
    size_t lines = count == 1 || (is_guessed && is_prose(cells, count)) ? count
                   : is_guessed ? sheet_count_titles(emitter->sheet, cells, count)
                                : 0;

    for (; lines > 0 && count > 0; lines--, count--)
        emit_line(emitter, cells++);
    if (count == 0)
        return;
    position = malloc(SHEET_COLUMNS_MAX * sizeof(*position));
    if (!position) {
        emitter->sheet->is_out_of_memory = true;
        return;
    }
    columns = number_columns(cells, count, position);
    if (is_guessed)
        headers = sheet_count_headers(emitter->sheet, cells, count, columns);
    writer_begin(emitter->writer, BLOCK_TABLE, headers);
    for (size_t i = 0; i < count && !writer_is_full(emitter->writer);) {
        size_t end = sheet_row_end(cells, count, i);

        emit_row(emitter, cells + i, end - i, position, row++ < headers);
        i = end;
    }
    writer_end(emitter->writer);
    free(position);
}

void sheet_emit(struct sheet *sheet, struct span name, uint32_t page, struct writer *writer)
{
    struct sheet_emitter emitter = { sheet, writer, name, page };

    sheet_fill_merges(sheet);
    if (sheet->link_count > 0)
        qsort(sheet->links, sheet->link_count, sizeof(sheet->links[0]), compare_links);
    sheet_emit_areas(&emitter);
    if (sheet->is_full)
        writer_partial(writer, "a sheet has more cells than the limit of %zu", SHEET_CELLS_MAX);
    writer_region_none(writer);
}

void sheet_emit_hidden(const struct sheet *sheet, struct writer *writer)
{
    for (size_t i = 0; i < sheet->cell_count; i++) {
        writer_hidden(writer, (struct span){ sheet->text.data + sheet->cells[i].text_start,
                                             sheet->cells[i].text_len });
        writer_hidden(writer, (struct span){ "\n", 1 });
    }
}

/* What programs write where the name was taken away, or never given. */
static bool is_no_author(struct span author)
{
    static const char *const none[] = { "Author", "Unknown Author", "None" };

    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        if (author.len == strlen(none[i]) && memcmp(author.data, none[i], author.len) == 0)
            return true;
    return false;
}

void sheet_emit_comment(uint32_t row, uint32_t column, struct span author, struct span text,
                        struct writer *writer)
{
    CLEANUP(buf_release) struct buf place = BUF_INIT(1024);

    while (author.len > 0 && author.data[0] == ' ')
        author = (struct span){ author.data + 1, author.len - 1 };
    put_column(&place, column);
    buf_printf(&place, "%u: ", row + 1);
    if (author.len > 0 && !is_no_author(author) &&
        (text.len < author.len || memcmp(text.data, author.data, author.len) != 0)) {
        buf_append(&place, author.data, author.len);
        buf_append(&place, ": ", 2);
    }
    writer_begin(writer, BLOCK_PARAGRAPH, 0);
    writer_flags(writer, BLOCK_COMMENT);
    writer_text(writer, buf_span(&place));
    writer_text(writer, text);
    writer_end(writer);
}
