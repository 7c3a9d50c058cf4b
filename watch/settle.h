/*
 * settle.h - paths that something happened to, until their writers are done with them.
 *
 *   closed, renamed to ....... 250 ms later
 *   written, not closed ...... after 2 s of silence, at the latest 30 s after the first
 *   gone ..................... after 500 ms, all of them together once no further one came
 *
 * A path has one entry. What comes later replaces what came before: gone and made again is a
 * change, which is how editors save. A rename keeps its old name until it is told, so that chains
 * of renames become one. Nothing here looks at the disk; whoever takes an entry does.
 */
#ifndef WATCH_SETTLE_H
#define WATCH_SETTLE_H

#include "watch/table.h"

enum settle_kind { SETTLE_CLOSED, SETTLE_OPEN, SETTLE_GONE, SETTLE_KIND_COUNT };

struct settle_entry {
    struct settle_entry *next, *previous; /* of its kind, by due time */
    int64_t source_id;
    enum settle_kind kind;
    int64_t first_ms, due_ms; /* monotonic */
    struct span path;         /* owned */
    struct span from;         /* owned; the path it was renamed from; {NULL, 0}: none */
};

struct settle_times {
    int64_t closed_ms, open_ms, max_ms, gone_ms;
};

struct settle {
    struct settle_times times;
    struct table by_path;
    struct settle_entry *first[SETTLE_KIND_COUNT], *last[SETTLE_KIND_COUNT];
};

void settle_init(struct settle *settle, const struct settle_times *times);
void settle_release(struct settle *settle);

/* Something happened to path. SETTLE_GONE takes its rename along: both names are gone then. */
NODISCARD enum status settle_touch(struct settle *settle, int64_t source_id, struct span path,
                                   enum settle_kind kind, int64_t now_ms, struct error *err);
/* A file has another name. */
NODISCARD enum status settle_move(struct settle *settle, int64_t source_id, struct span from,
                                  struct span to, int64_t now_ms, struct error *err);
/* A folder has another name: entries below it follow. */
NODISCARD enum status settle_move_folder(struct settle *settle, int64_t source_id, struct span from,
                                         struct span to, struct error *err);
/* NULL: nothing happened to it lately. */
const struct settle_entry *settle_lookup(const struct settle *settle, int64_t source_id,
                                         struct span path);
bool settle_is_empty(const struct settle *settle);

/* When the next entry is due; -1: there is none. */
int64_t settle_next_ms(const struct settle *settle);
/* Takes out a change or rename that is due at now_ms (INT64_MAX: any); NULL: none. */
struct settle_entry *settle_take(struct settle *settle, int64_t now_ms);
/* All that is gone, as a list: nothing until no further one came for gone_ms, or ten times that
 * passed since the first. NULL: not yet. */
struct settle_entry *settle_take_gone(struct settle *settle, int64_t now_ms);
void settle_entry_free(struct settle_entry *entry); /* NULL is fine */

#endif
