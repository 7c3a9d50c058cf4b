/*
 * memory_store.h - all of ingest/store.h in memory, for tests: include memory_store.c in a test.
 *
 * Documents are immutable records with counted references, kept in (source, path, member) order; a
 * transaction keeps the list of before, so a rollback forgets exactly what it did. Misuse (a change
 * outside of a transaction, a second begin, a move onto a known path) ends the test.
 */
#ifndef TESTS_MEMORY_STORE_H
#define TESTS_MEMORY_STORE_H

#include "ingest/store.h"

struct memory_store;

struct store *memory_store_new(void); /* aborts when there is no memory */

/* From now on no revision finds room to be committed; or all do again. */
void memory_store_fill(struct store *store, bool is_full);

/* From now on has_vectors() is STATUS_BUSY. */
void memory_store_keep_busy(struct store *store);

/* From now on has_vectors() says yes of each, as the index does by mistake of some. */
void memory_store_mistake(struct store *store);

/* For assertions. NULL: the document is unknown. Borrowed until the next change. */
const struct document_record *memory_store_document(struct store *store, int64_t source_id,
                                                    const char *path, const char *member);
const char *memory_store_reason(struct store *store, int64_t source_id, const char *path,
                                const char *member);
/* The text of a live revision; {NULL, 0}: it has none. */
struct span memory_store_text(struct store *store, int64_t source_id, const char *path,
                              const char *member);
size_t memory_store_count(struct store *store, int64_t source_id); /* files, without members */
int64_t memory_store_generation(const struct store *store);
uint64_t memory_store_moves(const struct store *store); /* calls of move, committed or not */

#endif
