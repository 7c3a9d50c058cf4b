/*
 * last_search.h - the places of a user's last search, so that `varve open 3` knows what hit 3 is.
 *
 * One small file, $XDG_STATE_HOME/varve/last-search (~/.local/state/varve/last-search), for the
 * user alone: paths and places, no text and no question. Losing it costs nothing.
 */
#ifndef CLI_LAST_SEARCH_H
#define CLI_LAST_SEARCH_H

#include "base/json.h"
#include "index/search.h"

/* Where a hit is to be opened. */
struct open_place {
    struct buf file;       /* absolute */
    struct buf member;     /* empty: the file itself */
    struct buf media_type; /* empty: not known */
    uint32_t page;         /* 1-based; 0: none */
    bool is_file_range;    /* at is known: a byte of the file or member, so it is text */
    uint64_t at;           /* of the first match, else of the passage's beginning */
    uint64_t bytes;        /* of the file when it was searched, with mtime_ns; 0: not known */
    int64_t mtime_ns;
};

#define OPEN_PLACE_INIT                                                                            \
    {                                                                                              \
        .file = BUF_INIT(2 * (size_t)OS_PATH_MAX), .member = BUF_INIT((size_t)64 << 10),           \
        .media_type = BUF_INIT(1024)                                                               \
    }
void open_place_release(struct open_place *place);

/* Gathers hits in rank order. */
struct last_search {
    struct buf text;
    struct json_writer json;
};

#define LAST_SEARCH_BYTES_MAX ((size_t)16 << 20)

void last_search_begin(struct last_search *last, const char *kb);
/* offset: bytes of the hit's text before its first match. */
void last_search_add(struct last_search *last, const struct hit_place *place, uint64_t offset);
/* Replaces the file of the user's last search. What can't be kept is not: no error. */
void last_search_end(struct last_search *last);

/* The place of a hit by its rank, from 1, into an empty *out. kb gets the knowledge base.
 * STATUS_UNREADABLE: there is no last search, or no such hit; err says
 * what to do. */
NODISCARD enum status last_search_read(unsigned rank, struct open_place *out, struct buf *kb,
                                       struct error *err);

#endif
