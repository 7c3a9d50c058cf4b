#include "extractors/pdf/pdf_path.h"

#include <math.h>
#include <stdlib.h>

#include "base/array.h"

#define VERTICES_MAX 100000u
#define THIN         3.0F  /* points: a shape so thin is a rule, whatever its ends look like */
#define SLOPE        1.0F  /* points that a rule may be out of true */
#define SAME         0.05F /* points */
#define WIDTH_MIN    0.1   /* points: a stroke of no width is as thin as can be seen */

enum step { STEP_MOVE, STEP_LINE, STEP_CURVE };

struct pdf_vertex {
    float x, y;
    enum step step;
};

/* ---- matrices ---- */

void pdf_matrix_prepend(struct pdf_matrix *matrix, const struct pdf_matrix *inner)
{
    const double *a = inner->m, *b = matrix->m;

    *matrix = (struct pdf_matrix){ { a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3],
                                     a[2] * b[0] + a[3] * b[2], a[2] * b[1] + a[3] * b[3],
                                     a[4] * b[0] + a[5] * b[2] + b[4],
                                     a[4] * b[1] + a[5] * b[3] + b[5] } };
}

static void transform(const struct pdf_matrix *matrix, double x, double y, float *out_x,
                      float *out_y)
{
    *out_x = (float)(x * matrix->m[0] + y * matrix->m[2] + matrix->m[4]);
    *out_y = (float)(x * matrix->m[1] + y * matrix->m[3] + matrix->m[5]);
}

static void box_begin(float box[4])
{
    box[0] = box[1] = INFINITY;
    box[2] = box[3] = -INFINITY;
}

static void box_take(float box[4], float x, float y)
{
    box[0] = fminf(box[0], x);
    box[1] = fminf(box[1], y);
    box[2] = fmaxf(box[2], x);
    box[3] = fmaxf(box[3], y);
}

void pdf_matrix_box(const struct pdf_matrix *matrix, const double corners[4], float box[4])
{
    box_begin(box);
    for (size_t i = 0; i < 4; i++) {
        float x, y;

        transform(matrix, corners[i & 1U ? 2 : 0], corners[i & 2U ? 3 : 1], &x, &y);
        box_take(box, x, y);
    }
}

double pdf_matrix_scale(const struct pdf_matrix *matrix)
{
    const double *m = matrix->m;

    return sqrt(fabs(m[0] * m[3] - m[1] * m[2]));
}

/* ---- building ---- */

static void add(struct pdf_path *path, struct pdf_vertex vertex)
{
    if (path->failed || !isfinite(vertex.x) || !isfinite(vertex.y))
        return;
    if (path->count >= VERTICES_MAX ||
        !array_reserve(&path->vertices, &path->capacity, path->count)) {
        path->failed = true;
        return;
    }
    if (vertex.step == STEP_MOVE)
        path->part = path->count;
    path->vertices[path->count++] = vertex;
}

static void add_point(struct pdf_path *path, const struct pdf_matrix *matrix, double x, double y,
                      enum step step)
{
    struct pdf_vertex vertex = { .step = step };

    transform(matrix, x, y, &vertex.x, &vertex.y);
    add(path, vertex);
}

void pdf_path_move(struct pdf_path *path, const struct pdf_matrix *matrix, double x, double y)
{
    add_point(path, matrix, x, y, STEP_MOVE);
}

void pdf_path_line(struct pdf_path *path, const struct pdf_matrix *matrix, double x, double y)
{
    add_point(path, matrix, x, y, path->count ? STEP_LINE : STEP_MOVE);
}

/* The points between are taken for corners: the box around them holds the curve. */
void pdf_path_curve(struct pdf_path *path, const struct pdf_matrix *matrix, const double *points,
                    size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_point(path, matrix, points[2 * i], points[2 * i + 1],
                  path->count ? STEP_CURVE : STEP_MOVE);
}

/* 8.5.2.1: the next part may begin where this one did. */
void pdf_path_close(struct pdf_path *path)
{
    struct pdf_vertex first;

    if (path->count == 0)
        return;
    first = path->vertices[path->part];
    add(path, (struct pdf_vertex){ first.x, first.y, STEP_LINE });
}

void pdf_path_rectangle(struct pdf_path *path, const struct pdf_matrix *matrix,
                        const double *operands)
{
    double x = operands[0], y = operands[1], width = operands[2], height = operands[3];

    add_point(path, matrix, x, y, STEP_MOVE);
    add_point(path, matrix, x + width, y, STEP_LINE);
    add_point(path, matrix, x + width, y + height, STEP_LINE);
    add_point(path, matrix, x, y + height, STEP_LINE);
    add_point(path, matrix, x, y, STEP_LINE);
}

void pdf_path_clear(struct pdf_path *path)
{
    path->count = path->part = 0;
}

void pdf_path_release(struct pdf_path *path)
{
    free(path->vertices);
    *path = (struct pdf_path){ 0 };
}

/* ---- painting ---- */

static void box_of(const struct pdf_vertex *vertices, size_t count, float box[4])
{
    box_begin(box);
    for (size_t i = 0; i < count; i++)
        box_take(box, vertices[i].x, vertices[i].y);
}

bool pdf_path_box(const struct pdf_path *path, float box[4])
{
    box_of(path->vertices, path->count, box);
    return path->count > 0;
}

static size_t part_end(const struct pdf_path *path, size_t start)
{
    size_t end = start + 1;

    while (end < path->count && path->vertices[end].step != STEP_MOVE)
        end++;
    return end;
}

static bool is_near(float a, float b)
{
    return fabsf(a - b) < SAME;
}

/* Four corners, each on two sides of the box around them, with the sides along the page's. */
static bool part_is_box(const struct pdf_vertex *vertices, size_t count, const float box[4])
{
    if (count < 4 || count > 6)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct pdf_vertex *next = &vertices[(i + 1) % count];

        if (vertices[i].step == STEP_CURVE ||
            (!is_near(vertices[i].x, box[0]) && !is_near(vertices[i].x, box[2])) ||
            (!is_near(vertices[i].y, box[1]) && !is_near(vertices[i].y, box[3])) ||
            (!is_near(vertices[i].x, next->x) && !is_near(vertices[i].y, next->y)))
            return false;
    }
    return true;
}

/* Twice the area within, with the sign of its direction. */
static double part_area(const struct pdf_vertex *vertices, size_t count)
{
    double area = 0.0;

    for (size_t i = 0; i < count; i++) {
        const struct pdf_vertex *next = &vertices[(i + 1) % count];

        area += (double)vertices[i].x * (double)next->y - (double)next->x * (double)vertices[i].y;
    }
    return area;
}

static bool box_holds(const float outer[4], const float inner[4])
{
    return inner[0] >= outer[0] && inner[1] >= outer[1] && inner[2] <= outer[2] &&
           inner[3] <= outer[3];
}

/* A box with a hole: a frame. True: it was one, and has been painted. */
static bool fill_frame(const struct pdf_path *path, bool is_even_odd, pdf_path_piece_fn *piece,
                       void *user)
{
    size_t first = part_end(path, 0), second = first < path->count ? part_end(path, first) : 0;
    const struct pdf_vertex *vertices = path->vertices;
    float outer[4], inner[4];

    if (second == 0 || second != path->count)
        return false;
    box_of(vertices, first, outer);
    box_of(vertices + first, second - first, inner);
    if (!part_is_box(vertices, first, outer) ||
        !part_is_box(vertices + first, second - first, inner) ||
        (!is_even_odd &&
         part_area(vertices, first) * part_area(vertices + first, second - first) > 0.0))
        return false;
    if (!box_holds(outer, inner)) {
        if (!box_holds(inner, outer))
            return false;
        for (size_t i = 0; i < 4; i++) {
            float swap = outer[i];

            outer[i] = inner[i];
            inner[i] = swap;
        }
    }
    piece(user, (float[4]){ outer[0], outer[1], outer[2], inner[1] }, PDF_PATH_FILLED);
    piece(user, (float[4]){ outer[0], inner[3], outer[2], outer[3] }, PDF_PATH_FILLED);
    piece(user, (float[4]){ outer[0], inner[1], inner[0], inner[3] }, PDF_PATH_FILLED);
    piece(user, (float[4]){ inner[2], inner[1], outer[2], inner[3] }, PDF_PATH_FILLED);
    return true;
}

void pdf_path_fill(const struct pdf_path *path, bool is_even_odd, pdf_path_piece_fn *piece,
                   void *user)
{
    if (path->count == 0 || fill_frame(path, is_even_odd, piece, user))
        return;
    for (size_t start = 0, end; start < path->count; start = end) {
        float box[4];
        bool is_box;

        end = part_end(path, start);
        if (end - start < 3)
            continue;
        box_of(path->vertices + start, end - start, box);
        is_box = part_is_box(path->vertices + start, end - start, box) ||
                 fminf(box[2] - box[0], box[3] - box[1]) <= THIN;
        piece(user, box, is_box ? PDF_PATH_FILLED : PDF_PATH_SHAPE);
    }
}

void pdf_path_stroke(const struct pdf_path *path, double width, pdf_path_piece_fn *piece,
                     void *user)
{
    float half = (float)(fmax(width, WIDTH_MIN) / 2.0);

    for (size_t i = 1; i < path->count; i++) {
        const struct pdf_vertex *from = &path->vertices[i - 1], *to = &path->vertices[i];
        float across = fabsf(to->x - from->x), down = fabsf(to->y - from->y);
        float x = (from->x + to->x) / 2.0F, y = (from->y + to->y) / 2.0F;

        if (to->step != STEP_LINE || fmaxf(across, down) < SLOPE)
            continue;
        if (down < SLOPE && down < across / 4.0F)
            piece(user, (float[4]){ x - across / 2.0F, y - half, x + across / 2.0F, y + half },
                  PDF_PATH_STROKED);
        else if (across < SLOPE && across < down / 4.0F)
            piece(user, (float[4]){ x - half, y - down / 2.0F, x + half, y + down / 2.0F },
                  PDF_PATH_STROKED);
    }
}
