/*
 * pdf_lattice.h - rules that cross one another, and the cells between them.
 *
 * Cells that no rule divides are one, but a ground that ends between them divides them as well
 * (pdf_rules.h), and so does a column of figures (pdf_stacked.h).
 */
#ifndef EXTRACTORS_PDF_LATTICE_H
#define EXTRACTORS_PDF_LATTICE_H

#include "extractors/pdf/pdf_ruled.h"

/* The rules of a page by the lattice that they belong to; its document must outlive it. */
struct pdf_lattices {
    const struct pdf_doc *doc;
    const struct pdf_page *page;
    const struct pdf_rule *rules, *edges;
    uint32_t *first; /* per rule: the first one of its lattice; union-find before */
    bool *counts;
    float *spare;
    size_t count, edge_count; /* 0: too few of them, or too many */
};

/* Both may be released afterwards. false: out of memory. */
bool pdf_lattices_init(struct pdf_lattices *lattices, const struct pdf_doc *doc,
                       const struct pdf_page *page);
void pdf_lattices_release(struct pdf_lattices *lattices);

/* The lattice whose first rule that is; the caller frees out->cells. false: there is none, or no
 * memory (*no_memory). */
bool pdf_lattice_read(const struct pdf_lattices *lattices, uint32_t rule, struct pdf_ruled *out,
                      bool *no_memory);

/* Between which of its count + 1 borders that is. */
size_t pdf_lattice_cell_at(const float *borders, size_t count, float at);

#endif
