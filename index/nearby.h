/*
 * nearby.h - what the first texts of a ranking have that BM25 does not see: how much of the
 * question stands close together in them, and words that are spelled nearly as the question's,
 * which no stemmer joins: "Messgenauigkeit" for "Genauigkeit", "photography" for "photograph".
 *
 * A text's words are given in their order, folded by the tokenizer, not stemmed. Words are alike by
 * their runs of three characters; those that are, and only those, are stemmed, for what has a
 * word's stem BM25 has counted. No language is known here, and no model is asked.
 */
#ifndef INDEX_NEARBY_H
#define INDEX_NEARBY_H

#include "index/query.h"
#include "index/sql.h"

struct nearby;

/* rarities: of the query's terms, as bm25_rank() writes them. *out stays NULL where no single word
 * counts. */
NODISCARD enum status nearby_new(struct sql *sql, const struct query *query, const double *rarities,
                                 struct nearby **out, struct error *err);
void nearby_free(struct nearby *nearby); /* NULL is fine */

/* Begins a text. */
void nearby_begin(struct nearby *nearby);
/* Its next word: folded, and as it stands in the text. */
NODISCARD enum status nearby_take(struct nearby *nearby, struct span folded, struct span word,
                                  struct error *err);
/* What the text gets for it, beside a share of 1 for the best by words: 0 to 1.3. */
double nearby_score(const struct nearby *nearby);

#endif
