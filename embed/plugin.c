#include "embed/plugin.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/cleanup.h"
#include "base/os.h"
#include "base/utf8.h"

#define HANDSHAKE_MS       60000
#define BACKOFF_FIRST_MS   100
#define BACKOFF_MOST_MS    60000
#define STARTS_MAX         10
#define QUEUE_BYTES_MAX    ((size_t)64 << 20)
#define GREETING_BYTES_MAX ((size_t)64 << 10) /* a line before the greeting is over */
#define PROVEN_BY_TIME_MS  60000              /* who stays up for so long is not crash-looping */
#define TROUBLE_BYTES      768

struct plugin {
    struct loop *loop;
    struct plugin_options options;
    struct plugin_events events;
    char **arguments, **passed_names; /* owned copies of the options' */
    char name[64];
    struct lines *lines;      /* NULL while WAITING */
    struct loop_timer *timer; /* WAITING: the next start; GREETING: the time-out */
    enum plugin_state state;
    bool is_stopped, is_missing;
    unsigned starts, unproven_starts;
    int64_t up_since_ms; /* monotonic */
    int64_t next_try_ms; /* monotonic, while WAITING */
    char cookie[33];
    char broken[200];  /* set by plugin_break(), told instead of how the process ended */
    char failure[480]; /* "": none since it was proven */
    char *trouble;     /* TROUBLE_BYTES; filled by plugin_trouble() */
};

static int64_t or_default(int64_t value, int64_t otherwise)
{
    return value > 0 ? value : otherwise;
}

/* 0.1 s, 0.2 s, 0.4 s ...; once the circuit is open always the longest. */
static int64_t backoff_ms(const struct plugin *plugin)
{
    int64_t most_ms = or_default(plugin->options.backoff_most_ms, BACKOFF_MOST_MS);
    int64_t delay_ms = or_default(plugin->options.backoff_first_ms, BACKOFF_FIRST_MS);

    if (plugin_is_circuit_open(plugin))
        return most_ms;
    for (unsigned i = 1; i < plugin->unproven_starts && delay_ms < most_ms; i++)
        delay_ms *= 2;
    return delay_ms < most_ms ? delay_ms : most_ms;
}

/* The last words are the plugin's own, so what they are is said, and control characters are not. */
static void describe_failure(struct plugin *plugin, const char *what)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(sizeof(plugin->failure) * 8);
    const char *words = plugin->lines ? lines_last_words(plugin->lines) : "";

    buf_printf(&text, "'%s' %s", plugin->arguments[0], what);
    if (words[0]) {
        buf_printf(&text, "; it last said: ");
        utf8_append_printable(&text, (struct span){ words, strlen(words) });
    }
    (void)snprintf(plugin->failure, sizeof(plugin->failure), "%s", text.data);
}

static void wait_for_next_try(struct plugin *plugin)
{
    int64_t delay_ms = backoff_ms(plugin);
    bool was_open = plugin->unproven_starts == plugin->options.starts_max;

    plugin->state = PLUGIN_WAITING;
    plugin->broken[0] = '\0';
    if (plugin->is_stopped) {
        loop_timer_set(plugin->timer, -1);
        return;
    }
    plugin->next_try_ms = os_monotonic_ms() + delay_ms;
    loop_timer_set(plugin->timer, delay_ms);
    /* Each of the first failures, then only that the circuit is open: no log full of one line. */
    if (plugin->unproven_starts < plugin->options.starts_max || was_open)
        log_line(plugin->options.log, LOG_WARNING, "%s", plugin_trouble(plugin));
    plugin->events.failed(plugin->events.user);
}

static void on_ended(void *user, const char *how)
{
    struct plugin *plugin = user;
    char what[240];

    if (plugin->broken[0])
        (void)snprintf(what, sizeof(what), "%s", plugin->broken);
    else
        (void)snprintf(what, sizeof(what), "%s%s", how,
                       plugin->state == PLUGIN_GREETING ? " before it said hello" : "");
    if (plugin->state == PLUGIN_UP && os_monotonic_ms() - plugin->up_since_ms >= PROVEN_BY_TIME_MS)
        plugin->unproven_starts = 1;
    describe_failure(plugin, what);
    lines_free(plugin->lines);
    plugin->lines = NULL;
    wait_for_next_try(plugin);
}

static void make_cookie(struct plugin *plugin)
{
    unsigned char bytes[16] = { 0 };

    /* Not a secret: it shows that the hello answers this hello. Zeroes would do as well. */
    if (getrandom(bytes, sizeof(bytes), GRND_NONBLOCK) < 0)
        memset(bytes, 0, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        (void)snprintf(plugin->cookie + 2 * i, 3, "%02x", bytes[i]);
}

static void send_hello(struct plugin *plugin)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT(GREETING_BYTES_MAX);
    struct json_writer json = JSON_WRITER(&line);
    struct error error;

    make_cookie(plugin);
    json_put_object_begin(&json, NULL);
    json_put_object_begin(&json, "hello");
    json_put_integer(&json, "protocol", PLUGIN_PROTOCOL);
    json_put_text(&json, "role", plugin->options.role);
    json_put_text(&json, "cookie", plugin->cookie);
    if (plugin->events.introduce)
        plugin->events.introduce(plugin->events.user, &json);
    json_put_object_end(&json);
    json_put_object_end(&json);
    if (buf_status(&line, &error) || lines_send(plugin->lines, buf_span(&line), &error))
        plugin_break(plugin, "could not be greeted: %s", error.text);
}

static enum status check_hello(struct plugin *plugin, const struct json *root, struct error *err)
{
    const struct json *hello = json_lookup(root, "hello");
    struct span problem = json_read_string(json_lookup(root, "error"));
    struct span cookie = json_read_string(json_lookup(hello, "cookie"));

    if (problem.data)
        return error_set(err, STATUS_UNREADABLE, "cannot work: %.150s", problem.data);
    if (json_kind(hello) != JSON_KIND_OBJECT)
        return error_set(err, STATUS_MALFORMED, "did not answer with a hello");
    if (json_read_integer(json_lookup(hello, "protocol"), 0) != PLUGIN_PROTOCOL)
        return error_set(err, STATUS_MALFORMED, "does not speak protocol %d", PLUGIN_PROTOCOL);
    if (!cookie.data || strcmp(cookie.data, plugin->cookie) != 0)
        return error_set(err, STATUS_MALFORMED, "did not give back the cookie of the hello");
    return plugin->events.greeted(plugin->events.user, hello, err);
}

static void read_hello(struct plugin *plugin, struct span line)
{
    struct error error = { .text = "" };
    struct json *root = NULL;

    if (json_parse(line, &root, &error)) {
        plugin_break(plugin, "wrote something else than its hello: %s", error.text);
        return;
    }
    /* Up before it is told, as the owner may want to send at once. */
    plugin->state = PLUGIN_UP;
    plugin->up_since_ms = os_monotonic_ms();
    loop_timer_set(plugin->timer, -1);
    if (check_hello(plugin, root, &error))
        plugin_break(plugin, "%s", error.text);
    json_free(root);
}

static void on_line(void *user, struct span line)
{
    struct plugin *plugin = user;

    if (plugin->state == PLUGIN_GREETING)
        read_hello(plugin, line);
    else
        plugin->events.line(plugin->events.user, line);
}

static void on_drained(void *user)
{
    struct plugin *plugin = user;

    if (plugin->state == PLUGIN_UP && plugin->events.drained)
        plugin->events.drained(plugin->events.user);
}

static void start(struct plugin *plugin)
{
    const struct plugin_options *options = &plugin->options;
    struct lines_options lines_options = {
        .process = { .arguments = options->arguments,
                     .environment = options->environment,
                     .passed_names = options->passed_names,
                     .folder = options->folder,
                     .grace_ms = options->grace_ms,
                     .log = options->log },
        .line_bytes_max = GREETING_BYTES_MAX,
        .queue_bytes_max = options->queue_bytes_max,
    };
    struct lines_events events = {
        .line = on_line, .drained = on_drained, .ended = on_ended, .user = plugin
    };
    struct error error;
    const char *why;

    plugin->starts++;
    plugin->unproven_starts++;
    plugin->is_missing = false;
    if (lines_start(plugin->loop, &lines_options, &events, &plugin->lines, &error)) {
        plugin->is_missing = error.status == STATUS_UNREADABLE;
        why = error.sys_errno ? strerrordesc_np(error.sys_errno) : NULL;
        (void)snprintf(plugin->failure, sizeof(plugin->failure), "%s%s%s", error.text,
                       why ? ": " : "", why ? why : "");
        wait_for_next_try(plugin);
        return;
    }
    plugin->state = PLUGIN_GREETING;
    loop_timer_set(plugin->timer, or_default(options->handshake_ms, HANDSHAKE_MS));
    send_hello(plugin);
}

static void on_timer(void *user)
{
    struct plugin *plugin = user;

    if (plugin->state == PLUGIN_WAITING)
        start(plugin);
    else if (plugin->state == PLUGIN_GREETING)
        plugin_break(plugin, "did not say hello within %" PRId64 " s",
                     or_default(plugin->options.handshake_ms, HANDSHAKE_MS) / 1000);
}

/* NULL-terminated, in one block that free() frees; NULL words are taken for none. */
static char **copy_words(const char *const *words)
{
    size_t count = 0, bytes = 0;
    char **out, *text;

    for (; words && words[count]; count++)
        bytes += strlen(words[count]) + 1;
    out = calloc(1, (count + 1) * sizeof(*out) + bytes);
    if (!out)
        return NULL;
    text = (char *)(out + count + 1);
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(words[i]) + 1;

        out[i] = text;
        memcpy(text, words[i], len);
        text += len;
    }
    return out;
}

enum status plugin_new(struct loop *loop, const struct plugin_options *options,
                       const struct plugin_events *events, struct plugin **out, struct error *err)
{
    struct plugin *plugin;
    const char *slash;
    enum status status;

    if (!options->arguments || !options->arguments[0] || !options->arguments[0][0])
        return error_set(err, STATUS_UNREADABLE, "no plugin is named");
    plugin = calloc(1, sizeof(*plugin));
    if (!plugin)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a plugin");
    plugin->loop = loop;
    plugin->options = *options;
    plugin->events = *events;
    if (plugin->options.starts_max == 0)
        plugin->options.starts_max = STARTS_MAX;
    if (plugin->options.queue_bytes_max == 0)
        plugin->options.queue_bytes_max = QUEUE_BYTES_MAX;
    plugin->arguments = copy_words(options->arguments);
    plugin->passed_names = copy_words(options->passed_names);
    plugin->trouble = calloc(1, TROUBLE_BYTES);
    if (!plugin->arguments || !plugin->passed_names || !plugin->trouble) {
        plugin_free(plugin);
        return error_set(err, STATUS_NO_MEMORY, "no memory for a plugin");
    }
    status = loop_timer_new(loop, on_timer, plugin, &plugin->timer, err);
    if (status) {
        plugin_free(plugin);
        return status;
    }
    plugin->options.arguments = (const char *const *)plugin->arguments;
    plugin->options.passed_names = (const char *const *)plugin->passed_names;
    slash = strrchr(plugin->arguments[0], '/');
    (void)snprintf(plugin->name, sizeof(plugin->name), "%s",
                   slash ? slash + 1 : plugin->arguments[0]);
    loop_timer_set(plugin->timer, 0);
    *out = plugin;
    return STATUS_OK;
}

void plugin_free(struct plugin *plugin)
{
    if (!plugin)
        return;
    lines_free(plugin->lines);
    loop_timer_free(plugin->timer);
    free(plugin->arguments);
    free(plugin->passed_names);
    free(plugin->trouble);
    free(plugin);
}

enum status plugin_send(struct plugin *plugin, struct span line, struct error *err)
{
    if (plugin->state != PLUGIN_UP)
        return error_set(err, STATUS_BUSY, "'%s' is not there now", plugin->name);
    return lines_send(plugin->lines, line, err);
}

size_t plugin_queued_bytes(const struct plugin *plugin)
{
    return plugin->lines ? lines_queued_bytes(plugin->lines) : 0;
}

void plugin_set_line_limit(struct plugin *plugin, size_t bytes_max)
{
    if (plugin->lines)
        lines_set_limit(plugin->lines, bytes_max);
}

void plugin_break(struct plugin *plugin, const char *fmt, ...)
{
    va_list args;

    if (plugin->broken[0] || !plugin->lines)
        return;
    va_start(args, fmt);
    (void)vsnprintf(plugin->broken, sizeof(plugin->broken), fmt, args);
    va_end(args);
    plugin->state = PLUGIN_ENDING;
    loop_timer_set(plugin->timer, -1);
    lines_kill(plugin->lines);
}

void plugin_stop(struct plugin *plugin)
{
    plugin->is_stopped = true;
    if (plugin->lines)
        lines_stop(plugin->lines);
    else
        loop_timer_set(plugin->timer, -1);
}

void plugin_prove(struct plugin *plugin)
{
    plugin->unproven_starts = 0;
    plugin->failure[0] = '\0';
}

enum plugin_state plugin_state(const struct plugin *plugin)
{
    return plugin->state;
}

unsigned plugin_starts(const struct plugin *plugin)
{
    return plugin->starts;
}

unsigned plugin_unproven_starts(const struct plugin *plugin)
{
    return plugin->unproven_starts;
}

bool plugin_is_circuit_open(const struct plugin *plugin)
{
    return plugin->unproven_starts >= plugin->options.starts_max;
}

bool plugin_is_missing(const struct plugin *plugin)
{
    return plugin->is_missing;
}

pid_t plugin_process_id(const struct plugin *plugin)
{
    return plugin->lines ? lines_process_id(plugin->lines) : 0;
}

const char *plugin_name(const struct plugin *plugin)
{
    return plugin->name;
}

const char *plugin_failure(const struct plugin *plugin)
{
    return plugin->failure;
}

const char *plugin_trouble(const struct plugin *plugin)
{
    const char *setting = plugin->options.setting;
    int64_t left_ms = plugin->next_try_ms - os_monotonic_ms();
    char next[48] = "", advice[160] = "";

    plugin->trouble[0] = '\0';
    if (!plugin->failure[0])
        return plugin->trouble;
    if (plugin->state == PLUGIN_WAITING && !plugin->is_stopped)
        (void)snprintf(next, sizeof(next), "; next try in %" PRId64 " s",
                       left_ms > 0 ? (left_ms + 999) / 1000 : 0);
    if (plugin->is_missing && setting)
        (void)snprintf(advice, sizeof(advice), "; set %s", setting);
    else if (plugin_is_circuit_open(plugin))
        (void)snprintf(advice, sizeof(advice),
                       "; failed %u times in a row: try 'varve plugin test' with it",
                       plugin->unproven_starts);
    (void)snprintf(plugin->trouble, TROUBLE_BYTES, "%s%s%s", plugin->failure, next, advice);
    return plugin->trouble;
}
