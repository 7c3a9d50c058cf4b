/*
 * repair_parts.h - what repair.c and repair_rows.c share. Only for them.
 */
#ifndef INDEX_REPAIR_PARTS_H
#define INDEX_REPAIR_PARTS_H

#include "index/repair.h"
#include "index/writer.h"

struct damage {
    bool has_pages, has_fulltext, has_scan, has_next_scan;
};

struct repair {
    struct index *index;
    struct sql *sql;
    struct index_store *store; /* NULL until the counters are right */
    struct repair_report *report;
    const struct repair_options *options;
    struct damage damage;
    struct buf vectors; /* int64_t: ids of those that are not their model's */
    bool is_fulltext_stale, is_scan_stale;
};

static inline void repair_tell(const struct repair *repair, const char *what, uint64_t count)
{
    if (repair->options->mended)
        repair->options->mended(repair->options->user, what, count);
}

/* One statement; the rows it changes were wrong. */
struct repair_step {
    const char *what;
    const char *text;
    bool is_about_segments; /* the full text is made again */
};
NODISCARD enum status repair_steps(struct repair *repair, const struct repair_step *steps,
                                   size_t count, struct error *err);

/* repair_rows.c; both in the store's transaction. */

/* Documents and the revisions they name. */
NODISCARD enum status repair_documents(struct repair *repair, struct error *err);
/* Texts, layouts, segments, vectors, and what waits for them. */
NODISCARD enum status repair_texts(struct repair *repair, struct error *err);

#endif
