/*
 * training_parts.h - what the files behind training.h share.
 *
 *   training.c           asks, in batches ─▶ searches ─▶ lines
 *   training_sections.c  documents ─▶ asks
 */
#ifndef CLI_TRAINING_PARTS_H
#define CLI_TRAINING_PARTS_H

#include "base/arena.h"
#include "cli/training.h"

/* A question, and what is known of its answer. All lives in the batch's arena. */
struct ask {
    struct span query;
    struct hit_place place;   /* of a section: where its first passage stands */
    struct span passage;      /* of a section: the first passage as it was cut; empty: a question */
    struct span section;      /* all of it, up to a limit */
    struct question question; /* of a question, with its hits */
};

/* Takes an ask; its spans are lent for the call. */
typedef enum status ask_fn(void *user, const struct ask *ask, struct error *err);

/* Every section of every document that is as its file is. */
NODISCARD enum status training_each_section(const struct training_options *options, ask_fn *fn,
                                            void *user, struct training_counts *counts,
                                            struct error *err);

#endif
