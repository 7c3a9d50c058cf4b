/*
 * documents.h - the rows of document, as store.h wants them. Only for index/.
 */
#ifndef INDEX_DOCUMENTS_H
#define INDEX_DOCUMENTS_H

#include "index/writer.h"

/* store.c */
enum status store_lookup_source(struct store *base, int64_t source_id, struct source_record *out,
                                bool *is_known, struct error *err);

enum status store_lookup(struct store *base, const struct document_key *key,
                         struct document_record *out, bool *is_known, struct error *err);
enum status store_each(struct store *base, int64_t source_id, struct span folder,
                       store_document_fn *fn, void *user, struct error *err);
enum status store_attempt(struct store *base, const struct document_key *key,
                          const struct file_stamp *stamp, struct error *err);
enum status store_excuse(struct store *base, const struct document_key *key, struct error *err);
enum status store_put_failure(struct store *base, const struct document_key *key,
                              const struct file_stamp *stamp, const struct hash *content_hash,
                              const struct hash *stage_fingerprint, enum outcome outcome,
                              const char *reason, struct error *err);
enum status store_touch(struct store *base, const struct document_key *key,
                        const struct file_stamp *stamp, struct span acl, struct error *err);
enum status store_move(struct store *base, const struct document_key *from,
                       const struct document_key *to, const struct file_stamp *stamp,
                       struct error *err);
enum status store_remove(struct store *base, const struct document_key *key, struct error *err);
enum status store_hold(struct store *base, const struct document_key *key, struct error *err);

#endif
