/*
 * change_json.h - a change of the feed as JSON lines, for sinks and for `varve feed`.
 *
 *   {"seq":12,"op":"put","generation":7,"committed_ms":…,"document":5,"source":"/home/u/Documents",
 *    "file":"a/b.md","revision":"<sha-256>","segments":[{"segment":31,"text":"…",…}],"removed":[17,18]}
 *
 * docs/plugin-protocol.md has all members. A change with many segments becomes several lines, all
 * but the last with "more":true, so that neither side needs a whole book in one line.
 */
#ifndef FEED_CHANGE_JSON_H
#define FEED_CHANGE_JSON_H

#include "index/feed.h"

struct change_json_options {
    bool with_text, with_vectors;
    size_t line_bytes; /* a line is ended at the first segment behind so many; 0: 1 MiB */
};

/* line has no line feed; lent for the call. */
typedef enum status change_line_fn(void *user, struct span line, struct error *err);

/* The segments are read from snapshot. What fn returns ends it. */
NODISCARD enum status change_to_json(struct snapshot *snapshot, const struct feed_change *change,
                                     const struct change_json_options *options, change_line_fn *fn,
                                     void *user, struct error *err);

#endif
