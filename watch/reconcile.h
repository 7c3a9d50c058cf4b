/*
 * reconcile.h - a scan of a folder beside what the store knows of it: what differs.
 *
 * It only compares. What is missing from a complete listing is a candidate: the guards decide.
 * A missing file and a new one with the same device, inode, birth time, size and mtime are one file
 * that was renamed; without a birth time the inode alone would lie (it is given to the next file).
 */
#ifndef WATCH_RECONCILE_H
#define WATCH_RECONCILE_H

#include "ingest/store.h"
#include "watch/scan.h"

/* A document whose file the scan did not find. */
struct missing {
    struct missing *next;
    struct file_stamp stamp;
    bool is_held, has_text, is_moved;
    struct span path;
};

struct rename {
    struct rename *next;
    struct span from, to;
};

/* A file or refusal of the scan to be told. */
struct difference {
    struct difference *next;
    const struct scan_entry *entry;
};

struct difference_list {
    struct difference *first, *last;
    uint64_t count;
};

struct reconcile {
    /* asked for each unchanged document; may be NULL */
    bool (*is_current)(void *user, const struct document_record *record);
    void *user;
    bool looks_at_all; /* files that seem unchanged are told too */
    /* results; all of it lives until reconcile_release(), and as long as the scan */
    struct arena memory;
    struct missing *missing;
    struct rename *renames;
    struct difference_list changed; /* new ones included */
    struct difference_list refused;
    struct missing *cleared; /* refusals of what can be read now, or is no longer there */
    uint64_t known;          /* documents that are files, seen or not, held ones left out */
    uint64_t known_held;
    uint64_t recognised; /* of them: a file of that size is at that path */
};

void reconcile_init(struct reconcile *reconcile);
/* Compares what the scan found below folder with the store's documents there. */
NODISCARD enum status reconcile_run(struct reconcile *reconcile, struct store *store,
                                    int64_t source_id, struct span folder, struct scan *scan,
                                    struct error *err);
/* The folder from was renamed to to, which was scanned: documents below from are renamed where
 * their file is at the same place below to, and missing otherwise. */
NODISCARD enum status reconcile_moved(struct reconcile *reconcile, struct store *store,
                                      int64_t source_id, struct span from, struct span to,
                                      struct scan *scan, struct error *err);
void reconcile_release(struct reconcile *reconcile);

#endif
