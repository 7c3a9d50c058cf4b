/*
 * report.h - how a run tells of itself: the progress bar, the summary, JSON.
 */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "base/json.h"
#include "cli/engine.h"

/* One line on stderr that is written over: files, pages, MB/s, time left, failures so far. Only on
 * a terminal; elsewhere a plain line every ten seconds. */
struct progress_bar {
    bool is_terminal, is_shown;
    int64_t started_ms, shown_ms; /* monotonic */
};

void progress_start(struct progress_bar *bar);
void progress_show(struct progress_bar *bar, const struct pipeline_progress *progress);
/* What is done without a count, on a terminal only. */
void progress_say(struct progress_bar *bar, const char *what);
/* Before another line; user is the bar. Fits struct log's `before`. */
void progress_clear(void *user);

/* What a run did and what the index holds now. */
struct run_report {
    struct pipeline_progress progress;
    struct status_counts counts;
    int64_t took_ms;
    uint64_t files;             /* below the sources */
    uint64_t offline;           /* sources that are not there, or another folder in their place */
    char plugin_trouble[240];   /* "" when it works */
    char building_trouble[240]; /* of the model that is built beside; "" when there is none */
};

NODISCARD enum status report_read(struct engine *engine, int64_t started_ms, struct run_report *out,
                                  struct error *err);
void report_append_text(const struct run_report *report, struct buf *out);
/* Members of an object that is open. */
void report_put_json(const struct run_report *report, struct json_writer *json);
/* What a person should look at: failures but for unsupported types, documents that are held or
 * without vectors, and sources that are not there. */
uint64_t report_troubled(const struct run_report *report);

#endif
