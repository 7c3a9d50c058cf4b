/*
 * repair.h - mends what verify finds, each time the smallest part that can be made again.
 *
 * What is derived is made again from what it is derived from: counters, the rows of segments (from
 * the layouts), waiting rows, the full text, the vector scan file; a vector that is not its
 * model's goes, and its text waits for one like a new text. What is not (a layout, a text)
 * is taken out with its revision; a document that lived by it is read again from its file, a
 * revision that was past is lost, and older generations can't be asked for any more. A lost change
 * of the feed ends the feed's past there: consumers behind it start again from a listing. Damaged
 * files are moved to DIR/aside-TIME, never unlinked.
 */
#ifndef INDEX_REPAIR_H
#define INDEX_REPAIR_H

#include "index/verify.h"

/* Something was mended: "rows of segments", and how many. */
typedef void repair_mended_fn(void *user, const char *what, uint64_t count);

struct repair_options {
    repair_mended_fn *mended; /* may be NULL */
    /* As verify's: a sample is embedded again, and all where one of them is wrong; may be NULL. */
    verify_vector_fn *vector;
    void *user;
};

struct repair_report {
    uint64_t found;     /* by verify, before */
    uint64_t documents; /* queued to be read again */
    uint64_t revisions; /* taken out, those of the documents included */
    struct buf aside;   /* where damaged files are now; empty: nowhere */
};

#define REPAIR_REPORT_INIT                                                                         \
    {                                                                                              \
        .aside = BUF_INIT((size_t)8192)                                                            \
    }

/* Needs INDEX_WRITE, and no store or snapshot that is open. STATUS_CORRUPT: pages of the database
 * are damaged; see repair_start_over(). */
NODISCARD enum status repair_run(struct index *index, const struct repair_options *options,
                                 struct repair_report *out, struct error *err);

/* The last resort, for a database that can't be read: moves it and its scan files aside and makes
 * an empty one. Nobody may have it open for writing (STATUS_BUSY). aside gets the folder. */
NODISCARD enum status repair_start_over(const char *folder, struct buf *aside, struct error *err);

#endif
