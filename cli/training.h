/*
 * training.h - examples for training other models, from documents and from what was asked.
 *
 * A document gives an example for each of its sections: the headings ask, what stands below
 * answers. A question that was kept gives one where somebody said which hit is good, or what the
 * answer is; and for a chat model, where nothing good was found, one whose answer is left to a
 * person.
 */
#ifndef CLI_TRAINING_H
#define CLI_TRAINING_H

#include "cli/access.h"
#include "cli/kb.h"
#include "index/questions.h"

enum training_kind {
    TRAINING_CHAT,    /* question, context, answer */
    TRAINING_PAIRS,   /* query, positive */
    TRAINING_TRIPLES, /* query, positive, hard negatives */
};

struct training_options {
    const struct kb *kb;         /* with its index open */
    struct question_log *log;    /* NULL: documents alone */
    struct principal *principal; /* only what they may read, and asked; NULL: all */
    enum training_kind kind;
    bool skips_documents;
    size_t negatives; /* of a triple, at most */
};

struct training_counts {
    uint64_t examples;
    uint64_t unanswered; /* of a chat: a person has to answer */
    uint64_t stale;      /* documents left out: their files changed, or can't be looked at */
    uint64_t not_found;  /* left out: a search for it does not find its own passage */
};

/* Takes some whole lines. False ends the export. */
typedef bool training_write_fn(void *user, const struct buf *lines);

NODISCARD enum status training_export(const struct training_options *options, training_write_fn *fn,
                                      void *user, struct training_counts *out, struct error *err);

#endif
