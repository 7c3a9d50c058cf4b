/*
 * sheet.h - the cells of one spreadsheet page, from any format, as headings and tables.
 *
 * A sheet is not a table: it holds some, with empty space between. Cells are collected, merged ones
 * filled in, and what an empty row (or an empty column between two proper tables) separates becomes
 * a table of its own, and so does what the file says is one. Rows say where they stand:
 * "Prices!A2:D2".
 */
#ifndef EXTRACTORS_SHEET_H
#define EXTRACTORS_SHEET_H

#include <stdint.h>

#include "base/buf.h"
#include "ingest/writer.h"

#define SHEET_CELLS_MAX      ((size_t)2 << 20)
#define SHEET_TEXT_BYTES_MAX ((size_t)64 << 20)
#define SHEET_COLUMNS_MAX    16384u
#define SHEET_MERGES_MAX     100000u
#define SHEET_LINKS_MAX      100000u
#define SHEET_TABLES_MAX     64u

struct sheet_cell {
    uint32_t row;
    uint16_t column; /* both 0-based */
    bool is_number, is_copy;
    uint32_t text_start, text_len;
};

struct sheet_merge {
    uint32_t first_row, last_row;
    uint16_t first_column, last_column;
};

/* A cell that leads to an address. */
struct sheet_link {
    uint32_t row;
    uint16_t column;
    uint32_t target_start, target_len; /* in text */
};

/* What a person made a table of, or set a filter on. */
struct sheet_table {
    struct sheet_merge area;
    unsigned header_rows;
    bool is_filter; /* its first row is the header; rows and columns may have come since */
};

struct sheet {
    struct buf text;
    struct sheet_cell *cells;
    size_t cell_count, cell_capacity;
    struct sheet_merge *merges;
    size_t merge_count, merge_capacity;
    struct sheet_link *links;
    size_t link_count, link_capacity;
    struct sheet_table *tables;
    size_t table_count, table_capacity;
    bool is_sorted, is_full, is_out_of_memory;
};

#define SHEET_INIT                                                                                 \
    {                                                                                              \
        .text = BUF_INIT(SHEET_TEXT_BYTES_MAX), .is_sorted = true                                  \
    }

/* Empty texts, and columns past the last one, are dropped. */
void sheet_put(struct sheet *sheet, uint32_t row, uint32_t column, struct span text,
               bool is_number);
void sheet_merge(struct sheet *sheet, struct sheet_merge merge);
void sheet_link(struct sheet *sheet, uint32_t row, uint32_t column, struct span target);
void sheet_table(struct sheet *sheet, struct sheet_table table);
/* Sends the tables, each row with its region; page: the sheet's number, 1-based. */
void sheet_emit(struct sheet *sheet, struct span name, uint32_t page, struct writer *writer);
/* The same words, to where hidden text goes. */
void sheet_emit_hidden(const struct sheet *sheet, struct writer *writer);
/* A note on a cell: "B7: Eve: Who counted these?" author: may be empty; not told again where the
 * text begins with it, as Excel writes it, nor where Excel took the name away ("Author"). */
void sheet_emit_comment(uint32_t row, uint32_t column, struct span author, struct span text,
                        struct writer *writer);
/* "Sheet2", "Tabelle3": a name that a program gave, in any language. Of an empty sheet, it says
 * nothing. */
bool sheet_is_default_name(struct span name);
void sheet_clear(struct sheet *sheet);
void sheet_release(struct sheet *sheet);

/* "B7" to row 6, column 1; false: no such reference. Stops behind it. */
bool sheet_reference(struct span *text, uint32_t *row, uint32_t *column);
/* "A1:C4", or one cell, to the area that it is; false: no such reference. */
bool sheet_area(struct span text, struct sheet_merge *area);

#endif
