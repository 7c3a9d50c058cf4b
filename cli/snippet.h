/*
 * snippet.h - the part of a passage that shows best why it was found, and the query's words in it.
 *
 * Whole sentences that hold most of the query's words; a sentence that is too long is cut between
 * words. A passage that only its vector found has none of them: then the sentence closest to the
 * question by the built-in model, else its beginning.
 */
#ifndef CLI_SNIPPET_H
#define CLI_SNIPPET_H

#include "index/search.h"

#define SNIPPET_LENGTH     320u /* characters, unless another length is asked for */
#define SNIPPET_LENGTH_MAX 100000u
#define SNIPPET_WHOLE      0u /* a length: all of the passage, marked */

struct snippet_match {
    size_t start, end; /* bytes of the snippet */
};

struct snippet {
    struct span text;                    /* a part of the passage */
    size_t start;                        /* bytes of the passage that stand before it */
    bool is_cut;                         /* the passage goes on behind it */
    const struct snippet_match *matches; /* in order; none touches another */
    size_t match_count;
};

struct snippet_maker;

/* search and question are borrowed. NULL: no memory. */
NODISCARD struct snippet_maker *snippet_maker_new(struct search *search, struct span question);
void snippet_maker_free(struct snippet_maker *maker); /* NULL is fine */
DEFINE_POINTER_CLEANUP(struct snippet_maker, snippet_maker_free);

/* At most length characters of a passage. out is lent until the next call, its text as passage is.
 */
NODISCARD enum status snippet_make(struct snippet_maker *maker, struct span passage, size_t length,
                                   struct snippet *out, struct error *err);

#endif
