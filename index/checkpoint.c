#include "index/checkpoint.h"

#include "index/internal.h"

/* Readers of this moment end in it, unless they are very slow; later ones need no log, for all of
 * it is in the database then. */
#define WAIT_MS 250

/* After each commit. What fails here is tried again after the next: the log has it all. */
static int after_commit(void *user, sqlite3 *db, const char *name, int pages)
{
    struct index *index = user;
    int code;

    if (pages < index->log_waited_pages)
        index->log_waited_pages = 0; /* it was begun again */
    if (pages < CHECKPOINT_PAGES)
        return SQLITE_OK;
    if (pages - index->log_waited_pages < CHECKPOINT_WAITS) {
        (void)sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        return SQLITE_OK;
    }
    (void)sqlite3_busy_timeout(db, WAIT_MS);
    code = sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
    (void)sqlite3_busy_timeout(db, index->busy_timeout_ms);
    /* A reader that stays is waited for once in so many pages. */
    index->log_waited_pages = code == SQLITE_OK ? 0 : pages;
    return SQLITE_OK;
}

void checkpoints_begin(struct index *index, int busy_timeout_ms)
{
    index->busy_timeout_ms = busy_timeout_ms;
    (void)sqlite3_wal_hook(index->sql.db, after_commit, index);
}
