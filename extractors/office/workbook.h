/*
 * workbook.h - what the two kinds of Excel package share: the way from the package to its sheets.
 *
 * XLSX (ECMA-376) and XLSB ([MS-XLSB]) have the same parts and relations; XLSX writes them in XML,
 * XLSB as binary records. A reader for each kind of part says how, and workbook.c does the rest:
 * sheets in order, hidden ones apart, and behind each sheet what lies over its cells.
 */
#ifndef EXTRACTORS_WORKBOOK_H
#define EXTRACTORS_WORKBOOK_H

#include "extractors/office/number_format.h"
#include "extractors/office/ooxml.h"
#include "extractors/office/sheet.h"
#include "extractors/office/string_table.h"
#include "ingest/extractor.h"

#define WORKBOOK_SHEETS_MAX 4096u

struct workbook_sheet {
    struct span name, relation;
    bool is_hidden;
};

struct workbook_person {
    struct span id, name;
};

struct workbook_place {
    uint32_t row, column;
};

struct workbook {
    struct writer *writer;
    struct zip *zip;
    struct arena arena;
    struct ooxml_relations relations; /* of the workbook */
    struct ooxml_relations sheet_relations;
    struct string_table strings;
    struct number_formats formats;
    struct workbook_sheet *sheets;
    size_t sheet_count, sheet_capacity;
    struct sheet sheet;             /* the one that is read */
    struct buf value;               /* scratch: of the cell or comment that is read */
    struct workbook_person *people; /* who wrote in threads */
    size_t person_count, person_capacity;
    struct workbook_place *threads; /* cells of the sheet that have one */
    size_t thread_count, thread_capacity;
    bool is_1904, is_out_of_memory;
};

/* Each reads the bytes of one part. What is broken in it is told to writer (writer_partial);
 * running out of memory sets is_out_of_memory. */
typedef void workbook_part_fn(struct workbook *book, struct span bytes);

struct workbook_parts {
    const char *main_part; /* where it usually is: "xl/workbook.xml" */
    workbook_part_fn *sheets, *strings, *styles, *cells, *comments;
    workbook_part_fn *table; /* NULL: none are read */
};

extern const struct workbook_parts xlsx_parts, xlsb_parts;

/* ---- for the readers ---- */

/* Texts are copied. */
void workbook_add_sheet(struct workbook *book, struct span name, struct span relation,
                        bool is_hidden);
/* Ends the string that was appended to book->strings.text; false: read no more of them. */
bool workbook_end_string(struct workbook *book);
void workbook_add_code(struct workbook *book, long id, struct span code);
void workbook_add_style(struct workbook *book, long format_id);
/* A note on a cell. One that only stands in for a thread, for programs that know none, is left out.
 */
void workbook_note(struct workbook *book, uint32_t row, uint32_t column, struct span author,
                   struct span text);
void workbook_put_number(struct workbook *book, uint32_t row, uint32_t column, long style,
                         double value);
/* Each cell of the area leads where the relation of that id does, to that place in it (empty:
 * none), if that is out of the file. */
void workbook_link(struct workbook *book, const struct sheet_merge *area, struct span relation,
                   struct span place);
/* A text, a truth or an error. What its format hides is kept as hidden text. */
void workbook_put_text(struct workbook *book, uint32_t row, uint32_t column, long style,
                       struct span text);

#endif
