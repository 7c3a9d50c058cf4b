/*
 * pdf_path.h - the matrix and the path of PDF's drawing operators (ISO 32000-1, 8.3 and 8.5), of
 * which only boxes along the page's sides matter.
 *
 * Points are kept as they are on the page: a path may be begun under one matrix and ended under
 * another.
 */
#ifndef EXTRACTORS_PDF_PATH_H
#define EXTRACTORS_PDF_PATH_H

#include <stdbool.h>
#include <stddef.h>

/* [a b c d e f] */
struct pdf_matrix {
    double m[6];
};

/* What was before, after inner. */
void pdf_matrix_prepend(struct pdf_matrix *matrix, const struct pdf_matrix *inner);
/* The box around a rectangle, given by two opposite corners. */
void pdf_matrix_box(const struct pdf_matrix *matrix, const double corners[4], float box[4]);
/* By how much lengths grow, on average over the directions. */
double pdf_matrix_scale(const struct pdf_matrix *matrix);

struct pdf_vertex;

struct pdf_path {
    struct pdf_vertex *vertices;
    size_t count, capacity;
    size_t part; /* the vertex that began the last part */
    bool failed; /* no memory, or more than any table has */
};

void pdf_path_move(struct pdf_path *path, const struct pdf_matrix *matrix, double x, double y);
void pdf_path_line(struct pdf_path *path, const struct pdf_matrix *matrix, double x, double y);
/* points: pairs of coordinates, of which the last one is the end. */
void pdf_path_curve(struct pdf_path *path, const struct pdf_matrix *matrix, const double *points,
                    size_t count);
void pdf_path_close(struct pdf_path *path);
/* x, y, width, height */
void pdf_path_rectangle(struct pdf_path *path, const struct pdf_matrix *matrix,
                        const double *operands);

enum pdf_path_paint {
    PDF_PATH_FILLED,
    PDF_PATH_SHAPE, /* filled, and no box */
    PDF_PATH_STROKED,
};
typedef void pdf_path_piece_fn(void *user, const float box[4], enum pdf_path_paint how);

void pdf_path_fill(const struct pdf_path *path, bool is_even_odd, pdf_path_piece_fn *piece,
                   void *user);
/* width: on the page. Strokes that are neither horizontal nor vertical are left out. */
void pdf_path_stroke(const struct pdf_path *path, double width, pdf_path_piece_fn *piece,
                     void *user);
/* What is around all of it. False: nothing. */
bool pdf_path_box(const struct pdf_path *path, float box[4]);

void pdf_path_clear(struct pdf_path *path); /* keeps its memory */
void pdf_path_release(struct pdf_path *path);

#endif
