#include "extractors/pdf/pdf_table_run.h"

#include <math.h>

#define RUN_ROWS_MAX   600u
#define SINGLES_MAX    2u   /* rows of one piece between two of several */
#define GAP_MAX        3.0F /* row heights: wider white ends any run */
#define LARGER_POINTS  0.8F /* a heading's letters than those of cells */
#define LARGER         1.08F
#define GAP_WIDER      1.5F /* white above another header than between the rows before it */
#define GAP_WIDER_ROWS 0.3F /* row heights, besides */

bool pdf_row_is_multi(const struct pdf_row *row)
{
    return row->count >= 2 && !row->has_leader;
}

float pdf_row_height(const struct pdf_row *row)
{
    return fmaxf(row->y1 - row->y0, 1.0F);
}

static bool row_is_bold(const struct pdf_doc *doc, const struct pdf_segment *segments,
                        const uint32_t *order, const struct pdf_row *row)
{
    for (uint32_t i = 0; i < row->count; i++)
        if (!(doc->styles[segments[order[row->start + i]].style].flags & PDF_BOLD))
            return false;
    return true;
}

bool pdf_row_is_heading(const struct pdf_segment *segments, const uint32_t *order,
                        const struct pdf_row *row, const struct pdf_row *cells)
{
    float size = segments[order[row->start]].size, usual = 0.0F;

    for (uint32_t i = 0; i < cells->count; i++)
        usual = fmaxf(usual, segments[order[cells->start + i]].size);
    return row->count == 1 && size > usual + LARGER_POINTS && size > LARGER * usual;
}

/* Behind white that is wider than any before: a row of bold cells that others follow, where those
 * above are not bold, or one bold line above such a row. */
static bool row_is_next_header(const struct pdf_doc *doc, const struct pdf_segment *segments,
                               const uint32_t *order, const struct pdf_row *rows, size_t row_count,
                               size_t row)
{
    size_t header = row + (rows[row].count == 1);

    return header + 1 < row_count && pdf_row_is_multi(&rows[header]) &&
           rows[header + 1].count > 1 && row_is_bold(doc, segments, order, &rows[row]) &&
           row_is_bold(doc, segments, order, &rows[header]) &&
           !row_is_bold(doc, segments, order, &rows[header + 1]);
}

size_t pdf_table_run_end(const struct pdf_doc *doc, const struct pdf_segment *segments,
                         const uint32_t *order, const struct pdf_row *rows, size_t row_count,
                         size_t first)
{
    size_t end = first + 1, singles = 0;
    float widest = 0.0F;

    for (size_t i = first + 1; i < row_count && i < first + RUN_ROWS_MAX; i++) {
        float height = pdf_row_height(&rows[i - 1]), gap = rows[i].y0 - rows[i - 1].y1;

        if (gap > GAP_MAX * height || pdf_row_is_heading(segments, order, &rows[i], &rows[end - 1]))
            break;
        if (i > first + 1 && gap > GAP_WIDER * widest + GAP_WIDER_ROWS * height &&
            !row_is_bold(doc, segments, order, &rows[end - 1]) &&
            row_is_next_header(doc, segments, order, rows, row_count, i))
            break;
        widest = fmaxf(widest, gap);
        if (pdf_row_is_multi(&rows[i])) {
            end = i + 1;
            singles = 0;
        } else if (++singles > SINGLES_MAX || rows[i].has_leader) {
            break;
        }
    }
    return end;
}
