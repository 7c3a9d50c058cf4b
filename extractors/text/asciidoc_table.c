#include <ctype.h>
#include <string.h>

#include "extractors/common/spanning_cell.h"
#include "extractors/text/asciidoc.h"

#define COLUMNS_MAX 64u
#define SPAN_MAX    64u

/* What stands in front of a cell's bar: "2.3+^a|". */
struct cell {
    struct span words;
    unsigned columns, rows;
    unsigned times; /* "3*|": as many equal cells */
};

struct table {
    struct markup *markup;
    unsigned columns, column;   /* how many, and where the next cell stands */
    unsigned row;               /* from 0 */
    unsigned held[COLUMNS_MAX]; /* rows that a cell above still reaches into */
    struct span above[COLUMNS_MAX];
    bool is_row_open, has_header;
};

struct span asciidoc_option(struct span style, const char *name)
{
    size_t at = 0, length = strlen(name), end;
    struct span value;

    while ((at = markup_find(style, at, name)) < style.len) {
        if ((at == 0 || strchr(", [", style.data[at - 1])) && at + length < style.len &&
            style.data[at + length] == '=')
            break;
        at += length;
    }
    if (at >= style.len)
        return (struct span){ NULL, 0 };
    value = markup_trim(markup_from(style, at + length + 1));
    if (value.len > 0 && value.data[0] == '"') {
        value = markup_from(value, 1);
        end = markup_find(value, 0, "\"");
    } else {
        end = markup_find(value, 0, ",");
    }
    return (struct span){ value.data, end };
}

/* cols="1,2a", cols="3*", cols=2: how many; 0: not said. */
static unsigned columns_of(struct span style)
{
    struct span cols = asciidoc_option(style, "cols");
    unsigned count = 0, number = 0;
    bool is_number = true;

    for (size_t i = 0; i <= cols.len && cols.data && count < COLUMNS_MAX; i++) {
        if (i == cols.len || cols.data[i] == ',' || cols.data[i] == ';') {
            count++;
            continue;
        }
        is_number = is_number && (isdigit((unsigned char)cols.data[i]) || cols.data[i] == '*');
        if (isdigit((unsigned char)cols.data[i]) && number < COLUMNS_MAX)
            number = number * 10 + (unsigned)(cols.data[i] - '0');
        if (cols.data[i] == '*')
            count += number > 1 && number <= COLUMNS_MAX ? number - 1 : 0;
        if (!isdigit((unsigned char)cols.data[i]))
            number = 0;
    }
    /* One number alone is how many there are. */
    if (count == 1 && is_number && number > 1 && number <= COLUMNS_MAX)
        return number;
    return count <= COLUMNS_MAX ? count : COLUMNS_MAX;
}

static bool is_bar(struct span lines, size_t at)
{
    return lines.data[at] == '|' && (at == 0 || lines.data[at - 1] != '\\');
}

/* Where what belongs to the bar at offset begins: at a blank, or the bar itself. */
static size_t spec_start(struct span lines, size_t bar)
{
    size_t at = bar;

    while (at > 0 && bar - at < 12 && lines.data[at - 1] &&
           strchr("0123456789.*+<>^adehlmsv", lines.data[at - 1]))
        at--;
    if (at == bar || (at > 0 && !isspace((unsigned char)lines.data[at - 1])))
        return bar;
    /* A word of these letters alone is none. */
    for (size_t i = at; i < bar; i++)
        if (strchr("*+<>^", lines.data[i]))
            return at;
    return bar - at == 1 && isalpha((unsigned char)lines.data[at]) &&
                   (at == 0 || lines.data[at - 1] == '\n')
               ? at
               : bar;
}

static unsigned number_at(struct span text, size_t *at)
{
    unsigned number = 0;

    while (*at < text.len && isdigit((unsigned char)text.data[*at])) {
        if (number < SPAN_MAX)
            number = number * 10 + (unsigned)(text.data[*at] - '0');
        ++*at;
    }
    return number > SPAN_MAX ? SPAN_MAX : number;
}

static void read_spec(struct span spec, struct cell *cell)
{
    size_t at = 0;
    unsigned columns = number_at(spec, &at), rows = 0;

    if (at < spec.len && spec.data[at] == '.') {
        at++;
        rows = number_at(spec, &at);
    }
    if (at < spec.len && spec.data[at] == '*') {
        cell->times = columns > 0 ? columns : 1;
    } else if (at < spec.len && spec.data[at] == '+') {
        cell->columns = columns > 0 ? columns : 1;
        cell->rows = rows > 0 ? rows : 1;
    }
}

static void put_cell(struct table *table, struct span words)
{
    struct writer *writer = table->markup->writer;

    if (!table->is_row_open) {
        writer_begin(writer, BLOCK_ROW, 0);
        writer_flags(writer, table->has_header && table->row == 0 ? (unsigned)BLOCK_HEADER : 0u);
        table->is_row_open = true;
    }
    writer_begin(writer, BLOCK_CELL, 0);
    asciidoc_inline(table->markup, words);
    writer_end(writer);
    table->column++;
}

/* Cells that reach down from above are told again: a row is read alone. */
static void put_held(struct table *table)
{
    while (table->column < table->columns && table->held[table->column] > 0) {
        table->held[table->column]--;
        put_cell(table, table->above[table->column]);
    }
}

static bool end_row_when_full(struct table *table)
{
    put_held(table);
    if (table->column < table->columns || !table->is_row_open)
        return false;
    writer_end(table->markup->writer);
    table->is_row_open = false;
    table->column = 0;
    table->row++;
    return true;
}

static void add_cell(struct table *table, const struct cell *cell)
{
    /* A row may have no cells but those from above. */
    while (end_row_when_full(table))
        ;
    for (unsigned i = 0; i < cell->columns && table->column < table->columns; i++) {
        bool is_told = i == 0 || spanning_columns_repeat(cell->words.len, cell->columns);
        struct span words = is_told ? cell->words : (struct span){ "", 0 };

        table->held[table->column] = cell->rows - 1;
        table->above[table->column] =
            spanning_rows_repeat(words.len) ? words : (struct span){ "", 0 };
        put_cell(table, words);
    }
    (void)end_row_when_full(table);
}

/* How many columns the cells of the first line take. */
static unsigned columns_of_line(struct span line)
{
    unsigned count = 0;

    for (size_t i = 0; i < line.len; i++) {
        if (is_bar(line, i)) {
            size_t start = spec_start(line, i);
            struct cell cell = { .columns = 1, .rows = 1, .times = 1 };

            read_spec((struct span){ line.data + start, i - start }, &cell);
            count += cell.columns * cell.times;
        }
    }
    return count == 0 ? 1 : count < COLUMNS_MAX ? count : COLUMNS_MAX;
}

static void add_cells(struct table *table, struct span lines)
{
    struct cell cell = { .columns = 1, .rows = 1, .times = 1 };
    size_t start = 0;
    bool has_cell = false;

    for (size_t i = 0; i <= lines.len; i++) {
        size_t end = i;

        if (i < lines.len && !is_bar(lines, i))
            continue;
        if (i < lines.len)
            end = spec_start(lines, i);
        if (has_cell) {
            cell.words =
                markup_trim((struct span){ lines.data + start, end > start ? end - start : 0 });
            for (unsigned times = 0; times < cell.times; times++)
                add_cell(table, &cell);
        }
        cell = (struct cell){ .columns = 1, .rows = 1, .times = 1 };
        if (i < lines.len)
            read_spec((struct span){ lines.data + end, i - end }, &cell);
        has_cell = true;
        start = i + 1;
    }
}

static void add_csv(struct table *table, struct span lines, char separator)
{
    for (size_t at = 0; at < lines.len;) {
        struct text_line line = text_line_at(lines, at);

        if (!line.is_blank)
            markup_csv_row(table->markup, text_line_words(lines, &line), separator,
                           table->has_header && table->row++ == 0);
        at = line.next;
    }
}

/* Whether the first row is made the header by the empty line behind it. */
static bool has_header(struct span style, struct span lines)
{
    struct text_line line, next;

    if (markup_find(style, 0, "noheader") < style.len)
        return false;
    if (markup_find(style, 0, "header") < style.len)
        return true;
    line = text_line_at(lines, 0);
    if (line.is_blank || line.next >= lines.len)
        return false;
    next = text_line_at(lines, line.next);
    return next.is_blank;
}

/* Between the cells of a row; '\0': cells are marked one by one. */
static char separator_of(struct span format)
{
    if (markup_starts(format, "csv"))
        return ',';
    if (markup_starts(format, "dsv"))
        return ':';
    return markup_starts(format, "tsv") ? '\t' : '\0';
}

void asciidoc_table(struct markup *markup)
{
    const struct asciidoc *state = markup->user;
    struct span lines = markup_until(markup, "|===", false), first = markup_trim(lines);
    char separator = separator_of(asciidoc_option(state->style, "format"));
    struct table table = { .markup = markup, .columns = columns_of(state->style) };
    struct text_line line;

    if (first.len == 0)
        return;
    line = text_line_at(first, 0);
    if (table.columns == 0)
        table.columns = columns_of_line(text_line_words(first, &line));
    table.has_header = has_header(state->style, lines);
    writer_begin(markup->writer, BLOCK_TABLE, table.has_header ? 1 : 0);
    if (separator)
        add_csv(&table, lines, separator);
    else
        add_cells(&table, lines);
    if (table.is_row_open)
        writer_end(markup->writer);
    writer_end(markup->writer);
}
