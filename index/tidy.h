/*
 * tidy.h - what is in the index, in less room, when there is time for it.
 *
 * Blocks of texts are packed together with more effort, the parts of the full text are merged, and
 * pages that became free are given back. Nothing that a reader could see changes, and no generation
 * is made. Each step is a commit of bounded size: it may end after any of them, and what is tidy
 * already is passed over the next time. Needs INDEX_WRITE and no open transaction.
 *
 * Tests: test_texts.c.
 */
#ifndef INDEX_TIDY_H
#define INDEX_TIDY_H

#include <stdint.h>

#include "base/status.h"

struct index;

/* To be gone on with; zero at first. */
struct tidy_work {
    enum { TIDY_TEXTS, TIDY_WORDS, TIDY_PAGES, TIDY_DONE } phase;
    int64_t after;   /* texts up to that one are done */
    bool is_merging; /* the full text */
    uint64_t steps;  /* that changed something */
    uint64_t freed_bytes;
    uint64_t damaged; /* blocks of texts that can't be read, and stay as they are */
};

/* What to say of them: their number as unsigned long long. */
#define TIDY_DAMAGED                                                                               \
    "%llu blocks of texts are damaged: 'varve verify --repair' takes them out, and has their "     \
    "documents read again"

/* One step, until phase is TIDY_DONE. */
NODISCARD enum status tidy_step(struct index *index, struct tidy_work *work, struct error *err);

#endif
