/*
 * index.h - a knowledge base's database: DIR/index.db, and the one writer's lock.
 *
 * SQLite in WAL mode holds the truth; everything else in DIR can be rebuilt from it. One process
 * writes (it holds an flock on DIR/lock), any number read; neither waits for the other.
 *
 * Threads: a handle, and all that was made from it, belongs to the thread that opened it. Never use
 * one across fork().
 */
#ifndef INDEX_INDEX_H
#define INDEX_INDEX_H

#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/status.h"
#include "ingest/embedder.h"

#define INDEX_SCHEMA_VERSION 6
#define INDEX_BALLAST_BYTES  ((uint64_t)16 << 20)

struct index;
struct store;

enum index_mode {
    INDEX_READ,  /* queries only */
    INDEX_WRITE, /* takes the writer's lock */
};

/* Makes folder (0700) and its database when there is none yet; an existing one is left as it is.
 * STATUS_UNSUPPORTED: the folder is on a network file system, where WAL is not safe.
 * STATUS_BUSY: another process writes; its process id is in the text. */
NODISCARD enum status index_create(const char *folder, struct error *err);

/* STATUS_UNREADABLE: there is no knowledge base. STATUS_BUSY: another process writes (pid in the
 * text). STATUS_UNSUPPORTED: a newer varve wrote it, or an older one and nobody has opened it for
 * writing since (that migrates it: migrate.h). STATUS_CORRUPT: not a database of ours. */
NODISCARD enum status index_open(const char *folder, enum index_mode mode, struct index **out,
                                 struct error *err);
void index_free(struct index *index); /* gives the lock back; NULL is fine */
DEFINE_POINTER_CLEANUP(struct index, index_free);

const char *index_folder(const struct index *index);
const char *index_uuid(const struct index *index); /* 36 characters; made once, with the database */

/* Another database has taken its place (a restore) since it was opened: its ids are not that one's.
 */
bool index_is_replaced(const struct index *index);

/* Rows of the full text that opening for writing made again, because another version of the
 * tokenizer had made them: worth a line in a log. 0: none. */
uint64_t index_renewed_rows(const struct index *index);

/* The newest committed generation. */
NODISCARD enum status index_generation(struct index *index, int64_t *out, struct error *err);

/* The model of that id; wanted_id 0: the one whose vectors are searched. *model_id is 0 when there
 * is none. plugin (may be NULL) gets the command line that starts it; empty: not known. */
NODISCARD enum status index_find_model(struct index *index, int64_t wanted_id,
                                       struct model_info *out, int64_t *model_id,
                                       struct buf *plugin, struct error *err);

struct index_models {
    int64_t current_id, next_id, previous_id; /* 0: none */
};
NODISCARD enum status index_read_models(struct index *index, struct index_models *out,
                                        struct error *err);

/* Removes a model with its vectors; what is searched or built stays. Needs INDEX_WRITE.
 * STATUS_UNREADABLE: there is no such model. STATUS_BUSY: it is searched, or built. */
NODISCARD enum status index_drop_model(struct index *index, int64_t model_id, uint64_t *vectors,
                                       struct error *err);

/* The process id of the writer that holds the lock; 0: none. For messages and the control socket.
 */
int64_t index_writer_pid(const char *folder);

/* The writer's view as ingest/ wants it; needs INDEX_WRITE. It ends before index does. */
NODISCARD enum status index_store_new(struct index *index, struct store **out, struct error *err);

/* A file of INDEX_BALLAST_BYTES that is given up when the disk is full, so that what needs little
 * room (a delete, gc, erase, the outcome of a file) can still be committed. While it is missing,
 * the disk is taken as full. */
bool index_has_ballast(const struct index *index);
/* It is missing, and there is no room for it. */
bool index_is_full(const struct index *index);
void index_release_ballast(struct index *index);
/* Makes it again once there is room for twice as much. True: it is there. */
bool index_restore_ballast(struct index *index);
/* Is a small change worth another try? True when err came from a full disk, and the ballast, which
 * is given up here, was still there. */
bool index_makes_room(struct index *index, const struct error *err);

#endif
