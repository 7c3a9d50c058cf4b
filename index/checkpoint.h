/*
 * checkpoint.h - how long the write-ahead log gets.
 *
 * SQLite copies the log's pages into the database by itself, but begins the log again only where no
 * reader is in it: with readers that overlap it grew to 50 times the database, and each page that a
 * search reads is looked for in all of it. Here the writer waits for the readers, a moment long.
 *
 * Tests: test_readers.c.
 */
#ifndef INDEX_CHECKPOINT_H
#define INDEX_CHECKPOINT_H

struct index;

/* Pages. From the first on they are copied at each commit, from the second on readers are waited
 * for: so many are found in one of the log's hash tables or two. */
#define CHECKPOINT_PAGES 1000
#define CHECKPOINT_WAITS 4096

/* From now on each commit of index, which is open for writing, looks at its log. busy_timeout_ms:
 * for all else. */
void checkpoints_begin(struct index *index, int busy_timeout_ms);

#endif
