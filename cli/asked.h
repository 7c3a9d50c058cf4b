/*
 * asked.h - keeps what was asked and found, where varve.conf wants it ([learning]).
 */
#ifndef CLI_ASKED_H
#define CLI_ASKED_H

#include "cli/access.h"
#include "cli/kb.h"
#include "index/questions.h"

struct asked {
    bool is_kept; /* false: nothing below is looked at */
    struct question_hit hits[QUESTION_HITS_MAX];
    size_t hit_count;
    double coverage; /* of the best of the first hits */
    struct buf filter;
};

void asked_start(struct asked *asked, const struct kb *kb);
/* What narrows the search, as it is told later; value NULL: nothing does. */
void asked_filter(struct asked *asked, const char *name, const char *value);
/* A hit that is given, in its order. */
NODISCARD enum status asked_hit(struct asked *asked, struct search *search, const struct hit *hit,
                                struct error *err);
/* Writes it down; principal: for whom it is asked; NULL: for whoever runs it. Its number; 0: it is
 * not kept, or could not be, which is said on stderr. */
int64_t asked_write(const struct asked *asked, const struct kb *kb, struct span question,
                    const struct principal *principal);
void asked_release(struct asked *asked);

#endif
