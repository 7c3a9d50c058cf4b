/*
 * frequency.h - leaves words out of a question that nearly every text has. Only for index/.
 *
 * BM25 looks at every text that has any of the words; a word that is in a third of all texts says
 * almost nothing and costs almost everything. So the words are counted first (up to a cap, which is
 * cheap), and kept from the rarest on while the texts to look at stay within a budget.
 */
#ifndef INDEX_FREQUENCY_H
#define INDEX_FREQUENCY_H

#include "index/query.h"
#include "index/sql.h"

/* Marks terms as is_common. *is_bounded: even what is left is in very many texts. */
NODISCARD enum status frequency_thin(struct sql *sql, struct query *query, bool *is_bounded,
                                     struct error *err);
/* "the", "und": words that say nothing in a question, in the languages we know them of. */
bool frequency_is_stop_word(const struct query_term *term);

#endif
