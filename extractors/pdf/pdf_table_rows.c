#include "extractors/pdf/pdf_table_rows.h"

#include <math.h>
#include <string.h>

#include "extractors/pdf/pdf_table.h"
#include "extractors/pdf/pdf_tagged_table.h"

#define HEADER_ROWS_MAX 4u
#define SAME_PLACE      3.0F  /* points: columns of one table on two pages */
#define FOOT            0.75F /* of a page's height */
#define MIDDLE          0.5F  /* of it: a table that ends above, and one like it, are two */
#define TIGHT           1.3F  /* lines of one cell, in their size */
#define CENTRED_EMS     0.8F  /* the middles of a header's cell and of its columns are no further */

/* What is seen of one row. */
struct row_look {
    size_t end;
    size_t cells, with_digits;
    bool is_bold, is_tagged, has_span;
};

unsigned pdf_table_column_count(const struct pdf_table_lines *table)
{
    unsigned columns = 0;

    for (size_t i = 0; i < table->count; i++) {
        const struct pdf_line *line = &table->items[i];
        unsigned end = line->column + (line->span ? line->span : 1U);

        columns = end > columns ? end : columns;
    }
    return columns;
}

size_t pdf_table_row_end(const struct pdf_table_lines *table, size_t start)
{
    size_t end = start + 1;

    while (end < table->count && table->items[end].row == table->items[start].row)
        end++;
    return end;
}

static bool line_has_digit(const struct pdf_doc *doc, const struct pdf_line *line)
{
    for (uint32_t w = 0; w < line->word_count; w++) {
        struct span text = pdf_word_text(doc, &doc->ordered[line->word_start + w]);

        if (text.data[0] >= '0' && text.data[0] <= '9')
            return true;
    }
    return false;
}

static struct row_look row_look(const struct pdf_doc *doc, const struct pdf_table_lines *table,
                                size_t start)
{
    struct row_look look = { .end = pdf_table_row_end(table, start),
                             .is_bold = true,
                             .is_tagged = true };

    for (size_t i = start; i < look.end; i++) {
        const struct pdf_line *line = &table->items[i];

        look.cells += i == start || line->column != line[-1].column;
        look.with_digits += line_has_digit(doc, line);
        look.is_bold &= (line->flags & PDF_BOLD) != 0;
        look.is_tagged &= pdf_line_is_header_cell(doc, line);
        look.has_span |= line->span > 1;
    }
    return look;
}

/* The rows at the top that are bold, the name of a group aside, or tagged as a header's; but not
 * all rows. */
static unsigned rows_alike(const struct pdf_doc *doc, const struct pdf_table_lines *table,
                           bool by_tag)
{
    size_t start = 0;

    for (unsigned rows = 0; start < table->count && rows <= HEADER_ROWS_MAX; rows++) {
        struct row_look look = row_look(doc, table, start);

        if (by_tag ? !look.is_tagged
                   : !look.is_bold || (rows > 0 && look.cells == 1 && !look.has_span &&
                                       table->items[start].column == 0))
            return rows;
        start = look.end;
    }
    return 0;
}

/* Does a line behind that one have a digit? */
static bool digits_follow(const struct pdf_doc *doc, const struct pdf_table_lines *table,
                          size_t start)
{
    for (size_t i = start; i < table->count; i++)
        if (line_has_digit(doc, &table->items[i]))
            return true;
    return false;
}

unsigned pdf_table_header_rows(const struct pdf_doc *doc, const struct pdf_table_lines *table)
{
    unsigned rows = rows_alike(doc, table, true);
    struct row_look look = row_look(doc, table, 0);

    if (rows)
        return rows;
    rows = rows_alike(doc, table, false);
    if (rows == 0 && look.end < table->count && look.with_digits == 0 &&
        digits_follow(doc, table, look.end))
        rows = 1;
    /* What stands below a cell that goes over several columns names each of them. */
    if (rows == 1 && look.has_span && look.cells > 1) {
        struct row_look second = row_look(doc, table, look.end);

        rows += second.cells > look.cells && !second.has_span && second.with_digits == 0 &&
                digits_follow(doc, table, second.end);
    }
    return rows;
}

static bool rows_equal(const struct pdf_doc *doc, const struct pdf_table_lines *a, size_t a_start,
                       const struct pdf_table_lines *b, size_t b_start)
{
    size_t a_end = pdf_table_row_end(a, a_start), b_end = pdf_table_row_end(b, b_start);

    if (a_end - a_start != b_end - b_start)
        return false;
    for (size_t i = 0; i < a_end - a_start; i++) {
        const struct pdf_line *left = &a->items[a_start + i], *right = &b->items[b_start + i];

        if (left->column != right->column || left->word_count != right->word_count)
            return false;
        for (uint32_t w = 0; w < left->word_count; w++) {
            struct span x = pdf_word_text(doc, &doc->ordered[left->word_start + w]);
            struct span y = pdf_word_text(doc, &doc->ordered[right->word_start + w]);

            if (x.len != y.len || memcmp(x.data, y.data, x.len) != 0)
                return false;
        }
    }
    return true;
}

/* From where to where the cells of each column stand. */
struct places {
    float x0[PDF_TABLE_COLUMNS_MAX], x1[PDF_TABLE_COLUMNS_MAX];
};

static void places_read(const struct pdf_line *lines, size_t count, struct places *out)
{
    for (size_t c = 0; c < PDF_TABLE_COLUMNS_MAX; c++) {
        out->x0[c] = INFINITY;
        out->x1[c] = -INFINITY;
    }
    for (size_t i = 0; i < count; i++) {
        size_t column = lines[i].column;

        if (column >= PDF_TABLE_COLUMNS_MAX || lines[i].span > 1)
            continue;
        out->x0[column] = fminf(out->x0[column], lines[i].x0);
        out->x1[column] = fmaxf(out->x1[column], lines[i].x1);
    }
}

/* Do the columns begin, or end, at the same places, or have the same middles? */
static bool columns_agree(const struct pdf_table_lines *a, const struct pdf_table_lines *b,
                          unsigned columns)
{
    struct places left, right;

    places_read(a->items, a->count, &left);
    places_read(b->items, b->count, &right);
    for (unsigned c = 0; c < columns && c < PDF_TABLE_COLUMNS_MAX; c++) {
        float from = left.x0[c] - right.x0[c], to = left.x1[c] - right.x1[c];

        if (left.x0[c] <= left.x1[c] && right.x0[c] <= right.x1[c] && fabsf(from) > SAME_PLACE &&
            fabsf(to) > SAME_PLACE && fabsf(from + to) > SAME_PLACE)
            return false;
    }
    return true;
}

/* Is the line so low on its page that what it is in may have had no room? */
static bool reaches(const struct pdf_doc *doc, const struct pdf_line *line, float part)
{
    const struct pdf_page *page = &doc->pages[line->page - 1];
    unsigned turn = line->rotation + page->turn;

    return line->y1 > part * (turn & 1U ? page->width : page->height);
}

bool pdf_table_goes_on(const struct pdf_doc *doc, const struct pdf_table_lines *table,
                       const struct pdf_table_lines *last, const struct pdf_table_lines *next,
                       size_t *skip)
{
    unsigned columns = pdf_table_column_count(table), repeated = 0;
    const struct pdf_line *end = &last->items[last->count - 1], *first = next->items;
    unsigned header = pdf_table_header_rows(doc, table);
    size_t at = 0, start = 0;

    if (first->page != end->page + 1 || columns != pdf_table_column_count(next) ||
        first->rotation != end->rotation)
        return false;
    while (repeated < (header ? header : 1) && at < table->count && start < next->count &&
           rows_equal(doc, table, at, next, start)) {
        at = pdf_table_row_end(table, at);
        start = pdf_table_row_end(next, start);
        repeated++;
    }
    *skip = start < next->count ? start : 0;
    if (*skip)
        return reaches(doc, end, MIDDLE);
    return reaches(doc, end, FOOT) && pdf_table_header_rows(doc, next) == 0 &&
           columns_agree(last, next, columns);
}

/* Is the line's middle that of columns a to b: of what is in them, or, where it stands on one side
 * of them, of them as wide as they are far apart? */
static bool stands_over(const struct pdf_line *line, const struct places *places, size_t a,
                        size_t b)
{
    float slack = 2.0F * CENTRED_EMS * fmaxf(line->size, 1.0F), middle = line->x0 + line->x1;
    float left = places->x0[a] + places->x0[b], right = places->x1[a] + places->x1[b];
    float apart = (float)(b - a);

    return fabsf(places->x0[a] + places->x1[b] - middle) < slack ||
           fabsf(left + (places->x0[b] - places->x0[a]) / apart - middle) < slack ||
           fabsf(right - (places->x1[b] - places->x1[a]) / apart - middle) < slack;
}

/* The most columns of [first, end), its own among them, over whose middle the line stands; each
 * has a cell below. false: there are none. */
static bool spread_find(const struct pdf_line *line, const struct places *below, size_t first,
                        size_t end, size_t *from, size_t *to)
{
    size_t widest = line->span ? line->span : 1;

    *from = *to = 0;
    for (size_t a = first; a <= line->column; a++) {
        for (size_t b = end; b-- > line->column && b >= a + widest;) {
            if (b == a || below->x0[a] > below->x1[a] || below->x0[b] > below->x1[b] ||
                !stands_over(line, below, a, b))
                continue;
            widest = b - a + 1;
            *from = a;
            *to = b + 1;
            break;
        }
    }
    return *to > 0;
}

/* Spreads the cells of a row, whose second line is none; how many cells that name one column alone
 * are left. */
static size_t row_spread(struct pdf_line *lines, size_t count, const struct places *below,
                         size_t columns, size_t *spread)
{
    size_t first = 0, plain = 0;

    for (size_t i = 0; i < count; i++) {
        size_t end = i + 1 < count ? lines[i + 1].column : columns, column = lines[i].column, from,
               to;

        if (column > 0 && end > column && spread_find(&lines[i], below, first, end, &from, &to)) {
            lines[i].column = (uint16_t)from;
            lines[i].span = (uint16_t)(to - from);
            ++*spread;
        } else {
            plain += lines[i].span <= 1 && below->x0[column] <= below->x1[column];
        }
        first = lines[i].column + (lines[i].span ? lines[i].span : 1U);
    }
    return plain;
}

void pdf_table_spread_header(struct pdf_line *lines, size_t count)
{
    struct pdf_table_lines table = { lines, count };
    unsigned columns = count ? pdf_table_column_count(&table) : 0;
    struct pdf_line row[PDF_TABLE_COLUMNS_MAX];
    struct places below;
    size_t end, second_end, spread = 0;

    if (columns < 3 || columns > PDF_TABLE_COLUMNS_MAX)
        return;
    end = pdf_table_row_end(&table, 0);
    second_end = end < count ? pdf_table_row_end(&table, end) : count;
    if (second_end == count || second_end - end <= end || end > PDF_TABLE_COLUMNS_MAX)
        return;
    for (size_t i = 0; i < end; i++) {
        if (i > 0 && lines[i].column == lines[i - 1].column)
            return;
        row[i] = lines[i];
    }
    places_read(lines + end, second_end - end, &below);
    if (row_spread(row, end, &below, columns, &spread) > 0 || spread == 0)
        return;
    /* One alone may be the first line of a column's own header. */
    if (spread == 1 && lines->column > 0 && lines[end].y1 - lines->y1 < TIGHT * lines->size)
        return;
    memcpy(lines, row, end * sizeof(row[0]));
}
