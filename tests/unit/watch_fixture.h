/*
 * watch_fixture.h - a real folder, real inotify, and a small pipeline over the store in memory:
 * include watch_fixture.c in a test.
 *
 * The pipeline here does at once what the real one does later: it looks at the file, keeps its
 * text, and counts what was new, what only got a new stamp, what moved and what went.
 */
#ifndef TESTS_WATCH_FIXTURE_H
#define TESTS_WATCH_FIXTURE_H

#include "tests/unit/memory_store.h"
#include "watch/watch.h"

struct fixture_counts {
    uint64_t changed; /* calls */
    uint64_t indexed; /* new content */
    uint64_t touched; /* the same content, another stamp */
    uint64_t moved, removed, held, refused, lowered, restored;
};

struct fixture {
    char top[64];     /* holds all of it */
    char folder[80];  /* the source */
    char outside[80]; /* beside it */
    char state[80];
    struct loop *loop;
    struct store *store;
    struct watch *watch;
    int64_t source_id;
    struct watch_options options;
    struct fixture_counts counts;
    char why[240]; /* of the newest trust() */
    char last_refused[256], last_reason[240];
    uint64_t barriers;
};

void fixture_begin(struct fixture *fixture); /* makes the folders and an empty store */
void fixture_start(struct fixture *fixture); /* the watch; until its first scan is through */
void fixture_stop(struct fixture *fixture);  /* the watch only: a daemon that is off */
void fixture_end(struct fixture *fixture);   /* removes everything */
/* Runs the loop until a barrier is through: all that happened is in the store. */
void fixture_fresh(struct fixture *fixture);
/* Runs the loop until nothing settles any more. */
void fixture_settle(struct fixture *fixture);
void fixture_run(struct fixture *fixture, int64_t ms);

/* Paths are relative to the source. */
void put_file(const struct fixture *fixture, const char *path, const char *text);
void make_folder(const struct fixture *fixture, const char *path);
void move_path(const struct fixture *fixture, const char *from, const char *to);
void delete_path(const struct fixture *fixture, const char *path); /* with all below it */
/* "FOLDER/path", in one of some rotating buffers. */
const char *full_path(const struct fixture *fixture, const char *path);

void assert_text(const struct fixture *fixture, const char *path, const char *text);
void assert_unknown(const struct fixture *fixture, const char *path);
/* Each file of the source is in the store with its content, and nothing else is. */
void assert_store_is_tree(const struct fixture *fixture);

#endif
