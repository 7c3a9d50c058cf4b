#include "extractors/office/string_table.h"

#include <stdlib.h>

#include "base/array.h"

bool string_table_end(struct string_table *table)
{
    if (table->count >= STRING_TABLE_STRINGS_MAX || table->text.failed == STATUS_LIMIT)
        table->is_full = true;
    else if (table->text.failed || !array_reserve(&table->ends, &table->capacity, table->count))
        table->is_out_of_memory = true;
    if (table->is_full || table->is_out_of_memory)
        return false;
    table->ends[table->count++] = (uint32_t)table->text.len;
    return true;
}

struct span string_table_lookup(const struct string_table *table, long index)
{
    uint32_t start;

    if (index < 0 || (size_t)index >= table->count)
        return (struct span){ "", 0 };
    start = index ? table->ends[index - 1] : 0;
    return (struct span){ table->text.data + start, table->ends[index] - start };
}

void string_table_release(struct string_table *table)
{
    buf_release(&table->text);
    free(table->ends);
    *table = (struct string_table)STRING_TABLE_INIT;
}
