#include "feed/sink.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/os.h"
#include "feed/change_json.h"
#include "index/feed.h"

#define SILENCE_MS      60000
#define POLL_MS         500
#define SAVE_MS         1000
#define WINDOW          64
#define WINDOW_MAX      4096
#define UNWRITTEN_BYTES ((size_t)8 << 20) /* no further change is read while more than so waits */
#define QUEUE_BYTES_MAX ((size_t)1 << 30) /* for one huge change on top of that */

struct sink {
    struct sink_options options;
    char name[64];
    struct index *reader;
    struct plugin *plugin;
    struct loop_timer *poll, *save, *clock;
    int64_t acknowledged, saved; /* sequences */
    int64_t next;                /* to be sent */
    int64_t last_line_ms;        /* monotonic */
    int64_t window;
    struct change_json_options json;
    bool has_greeted, is_refused;
    char problem[320]; /* of the index or of a refusal; "": none */
};

static int64_t or_default(int64_t value, int64_t otherwise)
{
    return value > 0 ? value : otherwise;
}

static void set_problem(struct sink *self, const struct error *error)
{
    if (strcmp(self->problem, error->text) != 0)
        log_line(self->options.plugin.log, LOG_ERROR, "sink '%s': %s", self->name, error->text);
    (void)snprintf(self->problem, sizeof(self->problem), "%s", error->text);
}

static void save_position(struct sink *self)
{
    struct error error;

    if (self->saved == self->acknowledged)
        return;
    if (feed_write_position(self->options.writer, self->name, self->acknowledged, &error))
        set_problem(self, &error);
    else
        self->saved = self->acknowledged;
}

static void set_clock(struct sink *self)
{
    loop_timer_set(self->clock, self->next - 1 > self->acknowledged
                                    ? or_default(self->options.silence_ms, SILENCE_MS)
                                    : -1);
}

struct sending {
    struct sink *sink;
    struct snapshot *snapshot;
};

static enum status send_line(void *user, struct span line, struct error *err)
{
    struct sink *self = user;

    return plugin_send(self->plugin, line, err);
}

static enum status send_change(void *user, const struct feed_change *change, struct error *err)
{
    struct sending *sending = user;
    struct sink *self = sending->sink;
    enum status status;

    if (change->sequence != self->next)
        return error_set(err, STATUS_CORRUPT,
                         "the feed has %" PRId64 " where %" PRId64 " should be", change->sequence,
                         self->next);
    if (plugin_queued_bytes(self->plugin) > UNWRITTEN_BYTES)
        return error_set(err, STATUS_BUSY, "the sink does not read");
    status = change_to_json(sending->snapshot, change, &self->json, send_line, self, err);
    if (!status)
        self->next++;
    return status;
}

/* Sends what the window allows. */
static enum status send_changes(struct sink *self, struct error *err)
{
    CLEANUP(snapshot_free_ptr) struct snapshot *snapshot = NULL;
    int64_t room = self->window - (self->next - 1 - self->acknowledged), next;
    struct sending sending = { .sink = self };
    enum status status;

    if (room <= 0)
        return STATUS_OK;
    status = snapshot_take(self->reader, &snapshot, err);
    if (status)
        return status;
    sending.snapshot = snapshot;
    status = feed_read(snapshot, self->next, (size_t)room, send_change, &sending, &next, err);
    return status == STATUS_BUSY ? STATUS_OK : status; /* goes on when it has read more */
}

static void pump(struct sink *self)
{
    struct error error;
    int64_t before = self->next;

    if (self->is_refused || !self->has_greeted || plugin_state(self->plugin) != PLUGIN_UP)
        return;
    if (send_changes(self, &error))
        set_problem(self, &error);
    else
        self->problem[0] = '\0';
    if (before == self->acknowledged + 1 && self->next > before) {
        self->last_line_ms = os_monotonic_ms();
        set_clock(self);
    }
}

static void on_poll(void *user)
{
    struct sink *self = user;

    pump(self);
    loop_timer_set(self->poll, or_default(self->options.poll_ms, POLL_MS));
}

static void on_save(void *user)
{
    save_position(user);
}

static void on_clock(void *user)
{
    struct sink *self = user;
    int64_t silence_ms = or_default(self->options.silence_ms, SILENCE_MS);
    int64_t left_ms = self->last_line_ms + silence_ms - os_monotonic_ms();

    if (self->next - 1 <= self->acknowledged)
        return;
    if (left_ms > 0)
        loop_timer_set(self->clock, left_ms);
    else
        plugin_break(self->plugin, "acknowledged nothing for %" PRId64 " s", silence_ms / 1000);
}

static enum status read_newest(struct sink *self, int64_t *newest, struct error *err)
{
    CLEANUP(snapshot_free_ptr) struct snapshot *snapshot = NULL;
    int64_t oldest;
    enum status status = snapshot_take(self->reader, &snapshot, err);

    return status ? status : feed_bounds(snapshot, &oldest, newest, err);
}

static enum status on_greeted(void *user, const struct json *hello, struct error *err)
{
    struct sink *self = user;
    int64_t position = json_read_integer(json_lookup(hello, "position"), -1), newest = 0;
    enum status status = read_newest(self, &newest, err);

    if (status)
        return status;
    if (position > newest)
        return error_set(err, STATUS_MALFORMED,
                         "is at change %" PRId64 ", but the index has only %" PRId64
                         ": it was fed from another knowledge base",
                         position, newest);
    self->window = json_read_integer(json_lookup(hello, "window"), WINDOW);
    if (self->window < 1 || self->window > WINDOW_MAX)
        return error_set(err, STATUS_MALFORMED, "says a 'window' outside 1 to %d", WINDOW_MAX);
    self->json = (struct change_json_options){
        .with_text = json_read_bool(json_lookup(hello, "wants_text"), true),
        .with_vectors = json_read_bool(json_lookup(hello, "wants_vectors"), true),
    };
    if (position >= 0)
        self->acknowledged = position;
    self->next = self->acknowledged + 1;
    self->has_greeted = true;
    self->last_line_ms = os_monotonic_ms();
    pump(self);
    return STATUS_OK;
}

static void introduce(void *user, struct json_writer *json)
{
    struct sink *self = user;

    json_put_text(json, "sink", self->name);
    json_put_text(json, "store", index_uuid(self->reader));
}

static void take_ack(struct sink *self, int64_t sequence)
{
    if (sequence >= self->next) {
        plugin_break(self->plugin, "acknowledged change %" PRId64 ", which was not sent", sequence);
        return;
    }
    if (sequence <= self->acknowledged)
        return;
    self->acknowledged = sequence;
    plugin_prove(self->plugin);
    if (!loop_timer_is_set(self->save))
        loop_timer_set(self->save, SAVE_MS);
    set_clock(self);
    pump(self);
}

/* Whatever it did of what came behind: started again, it begins behind the last acknowledgement. */
static void take_nack(struct sink *self, const struct json *root, int64_t sequence)
{
    struct span text = json_read_string(json_lookup(root, "error"));
    bool may_retry = json_read_bool(json_lookup(root, "retry"), true);
    struct error error;

    (void)error_set(&error, STATUS_IO, "could not apply change %" PRId64 ": %s", sequence,
                    text.data ? text.data : "it does not say why");
    if (may_retry) {
        plugin_break(self->plugin, "%s", error.text);
        return;
    }
    self->is_refused = true;
    set_problem(self, &error);
    plugin_stop(self->plugin);
}

static void on_line(void *user, struct span line)
{
    struct sink *self = user;
    struct json *root = NULL;
    struct error error;
    int64_t ack, nack;

    self->last_line_ms = os_monotonic_ms();
    if (json_parse(line, &root, &error)) {
        plugin_break(self->plugin, "wrote a line that is no answer: %s", error.text);
        return;
    }
    ack = json_read_integer(json_lookup(root, "ack"), -1);
    nack = json_read_integer(json_lookup(root, "nack"), -1);
    if (ack >= 0)
        take_ack(self, ack);
    else if (nack >= 0)
        take_nack(self, root, nack);
    json_free(root);
}

static void on_drained(void *user)
{
    pump(user);
}

static void on_failed(void *user)
{
    struct sink *self = user;

    self->has_greeted = false;
    self->next = self->acknowledged + 1;
    loop_timer_set(self->clock, -1);
}

static enum status read_position(struct sink *self, struct error *err)
{
    CLEANUP(snapshot_free_ptr) struct snapshot *snapshot = NULL;
    enum status status = snapshot_take(self->reader, &snapshot, err);

    if (!status)
        status = feed_read_position(snapshot, self->name, &self->acknowledged, err);
    self->saved = self->acknowledged;
    self->next = self->acknowledged + 1;
    return status;
}

static enum status make_parts(struct sink *self, struct loop *loop, struct error *err)
{
    struct plugin_options plugin_options = self->options.plugin;
    struct plugin_events events = { .introduce = introduce,
                                    .greeted = on_greeted,
                                    .line = on_line,
                                    .drained = on_drained,
                                    .failed = on_failed,
                                    .user = self };
    enum status status =
        index_open(index_folder(self->options.writer), INDEX_READ, &self->reader, err);

    if (!status)
        status = read_position(self, err);
    if (!status)
        status = loop_timer_new(loop, on_poll, self, &self->poll, err);
    if (!status)
        status = loop_timer_new(loop, on_save, self, &self->save, err);
    if (!status)
        status = loop_timer_new(loop, on_clock, self, &self->clock, err);
    plugin_options.role = "sink";
    plugin_options.queue_bytes_max = QUEUE_BYTES_MAX;
    return status ? status : plugin_new(loop, &plugin_options, &events, &self->plugin, err);
}

enum status sink_new(struct loop *loop, const struct sink_options *options, struct sink **out,
                     struct error *err)
{
    struct sink *self = calloc(1, sizeof(*self));
    enum status status;

    if (!self)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a sink");
    self->options = *options;
    (void)snprintf(self->name, sizeof(self->name), "%s", options->name);
    status = make_parts(self, loop, err);
    if (status) {
        sink_free(self);
        return status;
    }
    loop_timer_set(self->poll, or_default(options->poll_ms, POLL_MS));
    *out = self;
    return STATUS_OK;
}

void sink_free(struct sink *self)
{
    if (!self)
        return;
    plugin_free(self->plugin);
    if (self->reader)
        save_position(self);
    loop_timer_free(self->poll);
    loop_timer_free(self->save);
    loop_timer_free(self->clock);
    index_free(self->reader);
    free(self);
}

void sink_wake(struct sink *self)
{
    pump(self);
}

int64_t sink_acknowledged(const struct sink *self)
{
    return self->acknowledged;
}

int64_t sink_sent(const struct sink *self)
{
    return self->next - 1;
}

const char *sink_trouble(const struct sink *self)
{
    return self->problem[0] ? self->problem : plugin_trouble(self->plugin);
}

pid_t sink_process_id(const struct sink *self)
{
    return plugin_process_id(self->plugin);
}
