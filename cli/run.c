/*
 * run.c - `varve run`: the daemon. Indexes, watches, commits each change, answers on the control
 * socket.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/json.h"
#include "base/os.h"
#include "cli/commands.h"
#include "cli/housekeeping.h"
#include "cli/kb.h"
#include "cli/model_plugins.h"
#include "cli/paths.h"
#include "cli/report.h"
#include "cli/sinks.h"
#include "cli/sync.h"
#include "serve/control.h"

#define CONFIG_LOOK_MS 2000 /* between two looks whether varve.conf changed */

static const char help[] =
    "usage: varve run [--kb DIR] [--quiet] [FOLDER ...]\n\n"
    "Indexes the sources, then stays: watches them, commits each change, and answers\n"
    "'varve search --fresh', 'varve sync' and 'varve status' of other terminals. FOLDERs are "
    "added\n"
    "to the sources first. Ctrl-C ends it; nothing is lost, and the next start goes on. SIGHUP, "
    "where\n"
    "no terminal started it, has it read varve.conf again; so has a change of that file. Sources "
    "come\n"
    "and go at once; 'varve status' names the settings that count from the next start.\n\n"
    "  --kb DIR   the knowledge base\n"
    "  --quiet    only warnings and errors\n";

/* A request for "all that was saved before now": answered when the barrier is through and what it
 * found is committed. */
struct waiter {
    struct daemon *daemon;
    struct control_call *call;
    bool is_past_barrier;
    uint64_t ticket;
    struct waiter *next;
};

struct daemon {
    const char *kb;
    bool is_kb_named;               /* by --kb or the environment: other commands need it too */
    const struct config *config;    /* as it was started with */
    struct file_stamp config_stamp; /* of varve.conf as it was taken last */
    struct file_stamp config_seen;  /* and as it was seen last */
    int64_t config_seen_ms;
    struct buf config_waits; /* the settings of it that count from the next start */
    struct engine *engine;
    struct control *control;
    struct sinks *sinks;
    struct housekeeping *housekeeping;
    struct loop_watch *signal_watch;
    int signal_fd;
    bool is_stopped, is_ready;
    bool has_terminal; /* as it was started */
    struct log log;
    struct progress_bar bar;
    struct waiter *waiters;
    struct pipeline_progress told; /* when something was last said */
    int64_t started_ms;
};

/* ---- the control socket ---- */

static void put_sources(const struct daemon *daemon, struct json_writer *json)
{
    int64_t source_id;
    const char *path;

    json_put_array_begin(json, "sources");
    for (size_t i = 0; (path = engine_source_path(daemon->engine, i, &source_id)); i++) {
        const char *trouble = engine_source_trouble(daemon->engine, i);
        struct watch_source_state state = { .is_offline = true };

        if (engine_source_is_dropped(daemon->engine, i) ||
            (!trouble && !watch_read_source(engine_watch(daemon->engine), source_id, &state)))
            continue;
        json_put_object_begin(json, NULL);
        json_put_path(json, "path", (struct span){ path, strlen(path) });
        json_put_bool(json, "offline", state.is_offline);
        json_put_bool(json, "scanning", state.is_scanning);
        json_put_text(json, "trouble", trouble ? trouble : state.trouble);
        json_put_integer(json, "files", (int64_t)state.files);
        json_put_integer(json, "folders_watched", (int64_t)state.folders);
        json_put_integer(json, "folders_polled", (int64_t)state.unwatched);
        json_put_integer(json, "held", (int64_t)state.held);
        json_put_integer(json, "overflows", (int64_t)state.overflows);
        json_put_integer(json, "scanned_ms", state.scanned_ms);
        json_put_object_end(json);
    }
    json_put_array_end(json);
}

static void reply_status(const struct daemon *daemon, struct control_call *call)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT(CONTROL_LINE_BYTES_MAX);
    struct json_writer json = JSON_WRITER(&line);
    struct pipeline_progress progress;
    int ids[72];
    size_t count = engine_process_ids(daemon->engine, ids, sizeof(ids) / sizeof(ids[0]));

    pipeline_read_progress(engine_pipeline(daemon->engine), &progress);
    json_put_object_begin(&json, NULL);
    json_put_integer(&json, "pid", getpid());
    json_put_bool(&json, "idle", engine_is_idle(daemon->engine));
    json_put_integer(&json, "queued", (int64_t)progress.queued);
    json_put_integer(&json, "active", (int64_t)progress.active);
    json_put_integer(&json, "embedded", (int64_t)progress.embedded);
    json_put_integer(&json, "embedded_tokens", (int64_t)progress.embedded_tokens);
    json_put_integer(&json, "reused", (int64_t)progress.reused);
    json_put_integer(&json, "moved", (int64_t)progress.moved);
    json_put_integer(&json, "removed", (int64_t)progress.removed);
    json_put_integer(&json, "failed", (int64_t)progress.failed);
    json_put_integer(&json, "generation", progress.generation);
    json_put_text(&json, "plugin_trouble", engine_plugin_trouble(daemon->engine));
    json_put_text(&json, "building_trouble", engine_building_trouble(daemon->engine));
    engine_put_models(daemon->engine, &json);
    json_put_string(&json, "restart_for", buf_span(&daemon->config_waits));
    sinks_put_json(daemon->sinks, &json);
    json_put_array_begin(&json, "children");
    for (size_t i = 0; i < count; i++)
        json_put_integer(&json, NULL, ids[i]);
    json_put_array_end(&json);
    put_sources(daemon, &json);
    json_put_object_end(&json);
    control_reply(call, buf_span(&line));
}

static void reply_text(struct control_call *call, const char *name, const char *text)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT(4096);
    struct json_writer json = JSON_WRITER(&line);

    json_put_object_begin(&json, NULL);
    json_put_text(&json, name, text);
    json_put_object_end(&json);
    control_reply(call, buf_span(&line));
}

/* Of a source that nothing is told of, why; NULL: there is none. */
static const char *find_unwatched(const struct daemon *daemon)
{
    for (size_t i = 0; i < engine_source_count(daemon->engine); i++)
        if (!engine_source_is_dropped(daemon->engine, i) &&
            engine_source_trouble(daemon->engine, i))
            return engine_source_trouble(daemon->engine, i);
    return NULL;
}

static void reply_synced(struct daemon *daemon, struct control_call *call)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT(4096);
    struct json_writer json = JSON_WRITER(&line);
    const char *trouble = find_unwatched(daemon);
    struct run_report report;
    struct error problem;

    if (trouble) {
        reply_text(call, "error", trouble);
        return;
    }
    if (report_read(daemon->engine, daemon->started_ms, &report, &problem)) {
        reply_text(call, "error", problem.text);
        return;
    }
    json_put_object_begin(&json, NULL);
    json_put_integer(&json, "generation", report.counts.generation);
    json_put_integer(&json, "troubled", (int64_t)report_troubled(&report));
    json_put_object_end(&json);
    control_reply(call, buf_span(&line));
}

static void past_barrier(void *user, bool is_complete)
{
    struct waiter *waiter = user;

    (void)is_complete; /* only at the end of the daemon, which drops the calls */
    waiter->is_past_barrier = true;
    waiter->ticket = pipeline_ticket(engine_pipeline(waiter->daemon->engine));
}

static void begin_sync(struct daemon *daemon, const struct json *request, struct control_call *call)
{
    struct waiter *waiter = calloc(1, sizeof(*waiter));
    struct error problem = { .text = "no memory" };

    if (waiter)
        waiter->daemon = daemon; /* the barrier may be through at once */
    if (waiter && json_read_bool(json_lookup(request, "scan"), false))
        watch_scan(engine_watch(daemon->engine), 0);
    if (!waiter || watch_barrier(engine_watch(daemon->engine), past_barrier, waiter, &problem)) {
        free(waiter);
        reply_text(call, "error", problem.text);
        return;
    }
    waiter->call = call;
    waiter->next = daemon->waiters;
    daemon->waiters = waiter;
}

/* Hits whose files had changed since: looked at again. */
static void look_at(struct daemon *daemon, const struct json *request, struct control_call *call)
{
    const struct json *paths = json_lookup(request, "paths");

    for (size_t i = 0; i < json_count(paths); i++) {
        CLEANUP(buf_release) struct buf path = BUF_INIT(OS_PATH_MAX);

        if (json_read_path(json_at(paths, i), "path", &path) && !path.failed)
            engine_look(daemon->engine, buf_span(&path));
    }
    reply_text(call, "ok", "queued");
}

static void build_model(struct daemon *daemon, const struct json *request,
                        struct control_call *call)
{
    struct span command = json_read_string(json_lookup(request, "plugin"));
    bool takes_over = json_read_bool(json_lookup(request, "takes_over"), false);
    struct error problem;

    if (!command.data)
        reply_text(call, "error", "which plugin?");
    else if (model_plugins_build(engine_plugins(daemon->engine), command.data, takes_over,
                                 &problem))
        reply_text(call, "error", problem.text);
    else
        reply_text(call, "ok", "building");
}

static void stop_building(struct daemon *daemon, struct control_call *call)
{
    struct error problem;

    if (model_plugins_stop(engine_plugins(daemon->engine), &problem))
        reply_text(call, "error", problem.text);
    else
        reply_text(call, "ok", "stopped");
}

static struct file_stamp stamp_config(const struct daemon *daemon)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(OS_PATH_MAX);
    struct file_stamp stamp = { 0 };

    buf_printf(&path, "%s/varve.conf", daemon->kb);
    if (os_stamp_at(AT_FDCWD, path.data, &stamp, NULL))
        stamp = (struct file_stamp){ 0 };
    return stamp;
}

/* A model that was switched to has its plugin written into varve.conf, and serves already. */
static void note_waiting_settings(struct daemon *daemon, struct config *config)
{
    const char *serving = engine_serving(daemon->engine);
    char *plugin = config->plugin;

    if (serving && strcmp(config->plugin, serving) == 0)
        config->plugin = daemon->config->plugin;
    buf_clear(&daemon->config_waits);
    engine_tell_waiting(daemon->engine, config, &daemon->config_waits);
    config->plugin = plugin;
}

/* The sources of varve.conf as it is now. What is wrong with it changes nothing. */
static enum status reload(struct daemon *daemon, struct error *err)
{
    struct file_stamp stamp = stamp_config(daemon);
    struct config *config = NULL;
    enum status status = config_read(daemon->kb, &config, err);

    daemon->config_stamp = daemon->config_seen = stamp;
    if (!status)
        status = engine_reload(daemon->engine, config, err);
    if (config)
        note_waiting_settings(daemon, config);
    config_free(config);
    return status;
}

static void reload_by_itself(struct daemon *daemon)
{
    struct error problem;

    if (reload(daemon, &problem))
        log_line(&daemon->log, LOG_ERROR, "%s", problem.text);
    else
        log_line(&daemon->log, LOG_INFO, "the sources are as varve.conf says");
    if (daemon->config_waits.len)
        log_line(&daemon->log, LOG_WARNING,
                 "these settings of varve.conf count from the next start: %s",
                 daemon->config_waits.data);
}

/* A change counts once it has stood for a while: an editor may write the file in pieces. */
static void look_at_config(struct daemon *daemon)
{
    int64_t now = os_monotonic_ms();
    struct file_stamp stamp;

    if (now - daemon->config_seen_ms < CONFIG_LOOK_MS)
        return;
    daemon->config_seen_ms = now;
    stamp = stamp_config(daemon);
    if (!os_stamp_equal(&stamp, &daemon->config_seen))
        daemon->config_seen = stamp;
    else if (!os_stamp_equal(&stamp, &daemon->config_stamp))
        reload_by_itself(daemon);
}

static void reply_reloaded(struct daemon *daemon, struct control_call *call)
{
    struct error problem;

    if (reload(daemon, &problem))
        reply_text(call, "error", problem.text);
    else
        reply_text(call, "ok", "reloaded");
}

static void on_request(void *user, const struct json *request, struct control_call *call)
{
    struct daemon *daemon = user;
    struct span op = json_read_string(json_lookup(request, "op"));

    if (op.data && strcmp(op.data, "sync") == 0) {
        begin_sync(daemon, request, call);
    } else if (op.data && strcmp(op.data, "status") == 0) {
        reply_status(daemon, call);
    } else if (op.data && strcmp(op.data, "look") == 0) {
        look_at(daemon, request, call);
    } else if (op.data && strcmp(op.data, "approve") == 0) {
        watch_approve(engine_watch(daemon->engine), 0);
        begin_sync(daemon, request, call);
    } else if (op.data && strcmp(op.data, "reload") == 0) {
        reply_reloaded(daemon, call);
    } else if (op.data && strcmp(op.data, "build") == 0) {
        build_model(daemon, request, call);
    } else if (op.data && strcmp(op.data, "build_stop") == 0) {
        stop_building(daemon, call);
    } else if (op.data && strcmp(op.data, "gc") == 0) {
        housekeeping_collect(daemon->housekeeping, request, call);
    } else if (op.data && strcmp(op.data, "erase") == 0) {
        housekeeping_erase(daemon->housekeeping, request, call);
    } else if (op.data && strcmp(op.data, "stop") == 0) {
        daemon->is_stopped = true;
        reply_text(call, "ok", "stopping");
    } else {
        reply_text(call, "error", "no such operation");
    }
}

static void answer_waiters(struct daemon *daemon)
{
    struct waiter **at = &daemon->waiters;
    struct error no_room;
    bool is_full = daemon->waiters && engine_no_room(daemon->engine, &no_room) != STATUS_OK;

    while (*at) {
        struct waiter *waiter = *at;
        bool is_done = waiter->is_past_barrier &&
                       pipeline_is_done(engine_pipeline(daemon->engine), waiter->ticket);

        if (!is_done && !(waiter->is_past_barrier && is_full)) {
            at = &waiter->next;
            continue;
        }
        *at = waiter->next;
        if (is_done)
            reply_synced(daemon, waiter->call);
        else
            reply_text(waiter->call, "error", no_room.text);
        free(waiter);
    }
}

/* ---- the daemon ---- */

static void on_signal(void *user, unsigned ready)
{
    struct daemon *daemon = user;
    struct signalfd_siginfo info;

    (void)ready;
    if (read(daemon->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
        return;
    /* A terminal that goes away says the same; what was started there ends. */
    if (info.ssi_signo != SIGHUP || daemon->has_terminal) {
        daemon->is_stopped = true;
        return;
    }
    reload_by_itself(daemon);
}

static enum status watch_signals(struct daemon *daemon, struct error *err)
{
    sigset_t signals;

    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
        return error_set_errno(err, STATUS_IO, "cannot block signals");
    daemon->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (daemon->signal_fd < 0)
        return error_set_errno(err, STATUS_IO, "cannot wait for signals");
    return loop_watch_fd(engine_loop(daemon->engine), daemon->signal_fd, LOOP_READ, on_signal,
                         daemon, &daemon->signal_watch, err);
}

/* Says once that the first pass is through, and then what each round of changes came to. */
/* One word for a shell: in single quotes, where nothing means anything but their end. */
static void append_shell_word(const char *word, struct buf *out)
{
    buf_append_char(out, '\'');
    for (; *word; word++) {
        if (*word == '\'')
            buf_append(out, "'\\'", 3);
        buf_append_char(out, *word);
    }
    buf_append_char(out, '\'');
}

static void tell_ready(const struct daemon *daemon, struct span report)
{
    CLEANUP(buf_release) struct buf option = BUF_INIT((size_t)64 << 10);

    if (daemon->is_kb_named) {
        buf_printf(&option, "--kb ");
        append_shell_word(daemon->kb, &option);
        buf_append_char(&option, ' ');
    }
    fprintf(stderr, "varve: %.*svarve: watching; in another terminal: varve %ssearch \"...\"\n",
            (int)report.len, report.data, option.data);
}

static enum status tell(struct daemon *daemon, struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)64 << 10);
    struct pipeline_progress progress;
    struct run_report report;
    enum status status;

    pipeline_read_progress(engine_pipeline(daemon->engine), &progress);
    if (!daemon->is_ready || !engine_is_idle(daemon->engine))
        progress_show(&daemon->bar, &progress);
    if (!engine_is_idle(daemon->engine))
        return STATUS_OK;
    if (!daemon->is_ready) {
        status = report_read(daemon->engine, daemon->started_ms, &report, err);
        if (status)
            return status;
        daemon->is_ready = true;
        progress_clear(&daemon->bar);
        report_append_text(&report, &text);
        if (daemon->log.most >= LOG_INFO)
            tell_ready(daemon, buf_span(&text));
    } else if (progress.generation != daemon->told.generation) {
        log_line(&daemon->log, LOG_INFO,
                 "generation %lld: %llu indexed, %llu moved, %llu removed, %llu failed; "
                 "%llu chunks embedded, %llu reused",
                 (long long)progress.generation,
                 (unsigned long long)(progress.committed - daemon->told.committed),
                 (unsigned long long)(progress.moved - daemon->told.moved),
                 (unsigned long long)(progress.removed - daemon->told.removed),
                 (unsigned long long)(progress.failed - daemon->told.failed),
                 (unsigned long long)(progress.embedded - daemon->told.embedded),
                 (unsigned long long)(progress.reused - daemon->told.reused));
    }
    daemon->told = progress;
    return STATUS_OK;
}

static enum status serve(struct daemon *daemon, struct error *err)
{
    enum status status = watch_signals(daemon, err);
    bool has_more = false;

    while (!status && !daemon->is_stopped) {
        status = engine_step(daemon->engine, has_more ? 0 : daemon->is_ready ? 1000 : 100, err);
        if (!status)
            has_more = housekeeping_step(daemon->housekeeping,
                                         daemon->is_ready && engine_is_idle(daemon->engine));
        if (!status) {
            answer_waiters(daemon);
            look_at_config(daemon);
            status = tell(daemon, err);
        }
    }
    progress_clear(&daemon->bar);
    return status;
}

static void daemon_release(struct daemon *daemon)
{
    control_free(daemon->control);
    sinks_free(daemon->sinks);
    housekeeping_free(daemon->housekeeping);
    loop_unwatch(daemon->signal_watch);
    engine_free(daemon->engine); /* calls past_barrier() for those that still wait */
    while (daemon->waiters) {
        struct waiter *next = daemon->waiters->next;

        free(daemon->waiters);
        daemon->waiters = next;
    }
    if (daemon->signal_fd >= 0)
        (void)close(daemon->signal_fd);
    buf_release(&daemon->config_waits);
}

static int run(const struct kb *kb, bool is_kb_named, bool is_quiet)
{
    CLEANUP(daemon_release)
    struct daemon daemon = {
        .kb = kb->folder.data,
        .is_kb_named = is_kb_named,
        .config = kb->config,
        .config_waits = BUF_INIT(4096),
        .signal_fd = -1,
        .has_terminal = isatty(STDIN_FILENO),
        .log = { .fd = STDERR_FILENO,
                 .most = is_quiet ? LOG_WARNING : LOG_INFO,
                 .before = progress_clear,
                 .user = &daemon.bar },
        .started_ms = os_monotonic_ms(),
    };
    struct engine_options options = { .kb = kb->folder.data,
                                      .config = kb->config,
                                      .log = &daemon.log };
    struct error problem;
    enum status status;

    daemon.config_stamp = daemon.config_seen = stamp_config(&daemon);
    progress_start(&daemon.bar);
    status = engine_open(&options, &daemon.engine, &problem);
    if (!status)
        status = housekeeping_new(kb->folder.data, kb->config, engine_index(daemon.engine),
                                  &daemon.log, &daemon.housekeeping, &problem);
    if (!status)
        status = control_new(engine_loop(daemon.engine), kb->folder.data, on_request, &daemon,
                             &daemon.control, &problem);
    if (!status)
        status = sinks_open(engine_loop(daemon.engine), kb->folder.data, kb->config,
                            engine_index(daemon.engine), &daemon.log, &daemon.sinks, &problem);
    if (!status)
        status = serve(&daemon, &problem);
    if (status)
        return fail_with(&problem);
    log_line(&daemon.log, LOG_INFO, "stopped; everything committed stays, the next start goes on");
    return EXIT_DONE;
}

int cmd_run(int argc, char **argv)
{
    static const struct option options[] = { { "kb", required_argument, NULL, 'k' },
                                             { "quiet", no_argument, NULL, 'q' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    const char *kb_option = NULL;
    bool is_quiet = false;
    int option, result;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'k')
            kb_option = optarg;
        else if (option == 'q')
            is_quiet = true;
        else
            return option == 'h' ? print_help(help) : EXIT_USAGE;
    }
    result = sync_begin(&kb, "run", kb_option, argv + optind, argc - optind);
    if (result >= 0)
        return result;
    return run(&kb, kb_option || getenv("VARVE_KB"), is_quiet);
}
