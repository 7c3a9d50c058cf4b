#include "cli/report.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/os.h"
#include "cli/commands.h"

#define SHOW_EVERY_MS  100
#define PLAIN_EVERY_MS 10000
#define BAR_WIDTH      20

void progress_start(struct progress_bar *bar)
{
    *bar = (struct progress_bar){ .is_terminal = isatty(STDERR_FILENO),
                                  .started_ms = os_monotonic_ms() };
    bar->shown_ms = bar->started_ms;
}

void progress_clear(void *user)
{
    struct progress_bar *bar = user;

    if (bar->is_shown && bar->is_terminal)
        fputs("\r\033[K", stderr);
    bar->is_shown = false;
}

static uint64_t files_done(const struct pipeline_progress *progress)
{
    return progress->seen > progress->active ? progress->seen - progress->active : 0;
}

static void append_line(const struct progress_bar *bar, const struct pipeline_progress *progress,
                        int64_t elapsed_ms, struct buf *line)
{
    uint64_t done = files_done(progress);
    uint64_t all = done + progress->active + progress->queued;
    double seconds = (double)(elapsed_ms > 0 ? elapsed_ms : 1) / 1000;

    if (bar->is_terminal && all > 0) {
        uint64_t full = done * BAR_WIDTH / all;

        buf_append_char(line, '[');
        for (uint64_t i = 0; i < BAR_WIDTH; i++)
            buf_append_char(line, i < full ? '#' : '.');
        buf_append(line, "] ", 2);
    }
    append_count(line, done);
    buf_append_char(line, '/');
    append_count(line, all);
    buf_append(line, " files  ", 8);
    append_count(line, progress->pages);
    buf_printf(line, " pages  %.1f MB/s", (double)progress->bytes / 1e6 / seconds);
    if (done > 0 && all > done) {
        int64_t left = (int64_t)((double)(all - done) * seconds / (double)done);

        buf_printf(line, "  %lld:%02lld left", (long long)(left / 60), (long long)(left % 60));
    }
    buf_append(line, "  ", 2);
    append_count(line, progress->failed);
    buf_append(line, " failed", 7);
}

void progress_show(struct progress_bar *bar, const struct pipeline_progress *progress)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT(512);
    int64_t now = os_monotonic_ms();

    if (now - bar->shown_ms < (bar->is_terminal ? SHOW_EVERY_MS : PLAIN_EVERY_MS) ||
        progress->queued + progress->active == 0)
        return;
    bar->shown_ms = now;
    append_line(bar, progress, now - bar->started_ms, &line);
    fprintf(stderr, bar->is_terminal ? "\r%s\033[K" : "varve: %s\n", line.data);
    bar->is_shown = true;
}

void progress_say(struct progress_bar *bar, const char *what)
{
    int64_t now = os_monotonic_ms();

    if (!bar->is_terminal || now - bar->shown_ms < SHOW_EVERY_MS)
        return;
    bar->shown_ms = now;
    fprintf(stderr, "\r%s\033[K", what);
    bar->is_shown = true;
}

enum status report_read(struct engine *engine, int64_t started_ms, struct run_report *out,
                        struct error *err)
{
    struct snapshot *snapshot = NULL;
    struct watch_source_state source;
    int64_t source_id;
    enum status status;

    memset(out, 0, sizeof(*out));
    pipeline_read_progress(engine_pipeline(engine), &out->progress);
    out->took_ms = os_monotonic_ms() - started_ms;
    (void)snprintf(out->plugin_trouble, sizeof(out->plugin_trouble), "%s",
                   engine_plugin_trouble(engine));
    (void)snprintf(out->building_trouble, sizeof(out->building_trouble), "%s",
                   engine_building_trouble(engine));
    for (size_t i = 0; engine_source_path(engine, i, &source_id); i++)
        if (watch_read_source(engine_watch(engine), source_id, &source))
            out->files += source.files, out->offline += source.is_offline;
    /* Files that a scan found as they were never came to the pipeline. */
    if (out->files > out->progress.seen)
        out->progress.unchanged += out->files - out->progress.seen;
    status = snapshot_take(engine_index(engine), &snapshot, err);
    if (!status)
        status = status_read_counts(snapshot, &out->counts, err);
    snapshot_free(snapshot);
    return status;
}

uint64_t report_troubled(const struct run_report *report)
{
    const struct status_counts *counts = &report->counts;
    uint64_t troubled = counts->held + counts->waiting_segments + report->offline;

    for (unsigned i = 0; i < OUTCOME_COUNT; i++)
        if (outcome_is_failure((enum outcome)i) && i != OUTCOME_UNSUPPORTED && i != OUTCOME_PARTIAL)
            troubled += counts->by_outcome[i];
    return troubled;
}

static void append_outcomes(const struct status_counts *counts, struct buf *out)
{
    bool is_first = true;

    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        if (counts->by_outcome[i] == 0)
            continue;
        buf_append(out, is_first ? "  documents: " : ", ", is_first ? 13 : 2);
        append_count(out, counts->by_outcome[i]);
        buf_printf(out, " %s", outcome_name((enum outcome)i));
        is_first = false;
    }
    if (!is_first)
        buf_append_char(out, '\n');
}

void report_append_text(const struct run_report *report, struct buf *out)
{
    const struct pipeline_progress *progress = &report->progress;

    buf_printf(out, "generation %lld: ", (long long)report->counts.generation);
    append_count(out, progress->committed);
    buf_append(out, " files indexed, ", 16);
    append_count(out, progress->unchanged);
    buf_append(out, " unchanged, ", 12);
    append_count(out, progress->moved);
    buf_append(out, " moved, ", 8);
    append_count(out, progress->removed);
    buf_append(out, " removed, ", 10);
    append_count(out, progress->failed);
    buf_printf(out, " failed, in %.1f s\n  chunks: ", (double)report->took_ms / 1000);
    append_count(out, progress->embedded);
    buf_append(out, " embedded", 9);
    if (progress->embedded_tokens > 0) {
        buf_append(out, " (", 2);
        append_count(out, progress->embedded_tokens);
        buf_append(out, " tokens)", 8);
    }
    buf_append(out, ", ", 2);
    append_count(out, progress->reused);
    buf_append(out, " reused\n", 8);
    append_outcomes(&report->counts, out);
    if (report->counts.waiting_segments > 0) {
        buf_append(out, "  ", 2);
        append_count(out, report->counts.waiting_segments);
        buf_printf(out, " segments wait for the embedding plugin: %s\n", report->plugin_trouble);
    }
    if (report->counts.held > 0) {
        buf_append(out, "  ", 2);
        append_count(out, report->counts.held);
        buf_append(out, " documents are gone all at once and held: 'varve approve' lets them go\n",
                   71);
    }
    if (report->offline > 0)
        buf_printf(out, "  %llu source%s could not be looked at: nothing is removed\n",
                   (unsigned long long)report->offline, report->offline == 1 ? "" : "s");
    if (report_troubled(report) > report->offline)
        buf_append(out, "  'varve status' lists what failed, 'varve why FILE' says why\n", 62);
}

void report_put_json(const struct run_report *report, struct json_writer *json)
{
    const struct pipeline_progress *progress = &report->progress;
    const struct status_counts *counts = &report->counts;

    json_put_integer(json, "generation", counts->generation);
    json_put_number(json, "seconds", (double)report->took_ms / 1000);
    json_put_integer(json, "files_seen", (int64_t)progress->seen);
    json_put_integer(json, "files_indexed", (int64_t)progress->committed);
    json_put_integer(json, "files_unchanged", (int64_t)progress->unchanged);
    json_put_integer(json, "moved", (int64_t)progress->moved);
    json_put_integer(json, "removed", (int64_t)progress->removed);
    json_put_integer(json, "failed", (int64_t)progress->failed);
    json_put_integer(json, "bytes", (int64_t)progress->bytes);
    json_put_integer(json, "pages", (int64_t)progress->pages);
    json_put_integer(json, "chunks", (int64_t)progress->chunks);
    json_put_integer(json, "embedded", (int64_t)progress->embedded);
    json_put_integer(json, "embedded_tokens", (int64_t)progress->embedded_tokens);
    json_put_integer(json, "reused", (int64_t)progress->reused);
    json_put_integer(json, "waiting_segments", (int64_t)counts->waiting_segments);
    json_put_integer(json, "held", (int64_t)counts->held);
    json_put_integer(json, "offline_sources", (int64_t)report->offline);
    json_put_object_begin(json, "documents");
    for (unsigned i = 0; i < OUTCOME_COUNT; i++)
        json_put_integer(json, outcome_name((enum outcome)i), (int64_t)counts->by_outcome[i]);
    json_put_object_end(json);
    json_put_text(json, "plugin_trouble", report->plugin_trouble);
}
