/*
 * string_table.h - the strings that the cells of a workbook share, by number.
 *
 * Append a string's text to text, then end it: it is the next one.
 */
#ifndef EXTRACTORS_STRING_TABLE_H
#define EXTRACTORS_STRING_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

#define STRING_TABLE_STRINGS_MAX ((size_t)4 << 20)
#define STRING_TABLE_BYTES_MAX   ((size_t)128 << 20)

struct string_table {
    struct buf text; /* one after the other */
    uint32_t *ends;
    size_t count, capacity;
    bool is_full, is_out_of_memory;
};

#define STRING_TABLE_INIT                                                                          \
    {                                                                                              \
        .text = BUF_INIT(STRING_TABLE_BYTES_MAX)                                                   \
    }

/* false: this one and all later ones are left out, see is_full and is_out_of_memory. */
bool string_table_end(struct string_table *table);
/* Empty when there is none of that number. Lent by the table until the next append. */
struct span string_table_lookup(const struct string_table *table, long index);
void string_table_release(struct string_table *table);

#endif
