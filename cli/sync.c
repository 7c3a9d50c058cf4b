/*
 * sync.c - `varve sync`: one pass over the folders. A running daemon does it, when there is one.
 */
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/os.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/kb.h"
#include "cli/model_plugins.h"
#include "cli/paths.h"
#include "cli/report.h"
#include "cli/sync.h"
#include "index/index.h"
#include "index/tidy.h"
#include "serve/control.h"

static const char help[] =
    "usage: varve sync [--kb DIR] [--json] [FOLDER ...]\n\n"
    "Looks at every file below the sources, indexes what is new or changed, drops what is gone,\n"
    "and ends. FOLDERs are added to the sources first. When 'varve run' is at work on the\n"
    "knowledge base, it is asked to do it.\n\n"
    "  --kb DIR   the knowledge base\n"
    "  --json     the result as one JSON object\n\n"
    "Exit status: 0 all is indexed; 1 some documents failed, are held, or wait for the plugin\n"
    "(types that nobody reads do not count); 2 wrong usage; 3 it could not be done.\n";

/* Set by a signal: the pass ends after its current step, and the next one goes on from there. */
static volatile sig_atomic_t was_interrupted;

static void on_signal(int number)
{
    (void)number;
    was_interrupted = 1;
}

void sync_catch_signals(void)
{
    struct sigaction action = { .sa_handler = on_signal };

    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

enum status sync_run(const char *kb, const struct config *config, const struct sync_model *model,
                     struct progress_bar *bar, struct run_report *report, struct error *err)
{
    struct log log = {
        .fd = STDERR_FILENO, .most = LOG_INFO, .before = progress_clear, .user = bar
    };
    struct engine_options options = {
        .kb = kb, .config = config, .is_scan_only = true, .log = &log
    };
    struct engine *engine = NULL;
    int64_t started_ms = os_monotonic_ms();
    enum status status = engine_open(&options, &engine, err);

    if (!status && model)
        status =
            model_plugins_build(engine_plugins(engine), model->command, model->takes_over, err);
    while (!status && !engine_is_idle(engine) && !was_interrupted) {
        struct pipeline_progress progress;

        status = engine_step(engine, 100, err);
        if (!status)
            status = engine_no_room(engine, err);
        pipeline_read_progress(engine_pipeline(engine), &progress);
        progress_show(bar, &progress);
    }
    progress_clear(bar);
    if (!status)
        status = report_read(engine, started_ms, report, err);
    if (!status && was_interrupted)
        status = error_set(err, STATUS_CANCELLED,
                           "interrupted; what is committed stays, the next sync goes on");
    engine_free(engine);
    return status;
}

enum status sync_ask(const char *kb, struct json **reply, struct error *err)
{
    static const char request[] = "{\"op\":\"sync\",\"scan\":true}";

    return control_ask(kb, (struct span){ request, sizeof(request) - 1 }, -1, reply, err);
}

/* Has the daemon the folders that were added since it was started? */
static bool is_watched(const char *kb, const struct config *config)
{
    static const char request[] = "{\"op\":\"status\"}";
    struct json *reply = NULL;
    const struct json *sources;
    bool is_known = true;

    if (control_ask(kb, (struct span){ request, sizeof(request) - 1 }, -1, &reply, NULL))
        return true; /* it has just ended: what is asked of it next says so */
    sources = json_lookup(reply, "sources");
    for (size_t i = 0; i < config->source_count && is_known; i++) {
        const char *wanted = config->sources[i].path;

        if (!utf8_is_valid((struct span){ wanted, strlen(wanted) }))
            continue; /* JSON can't name it */
        is_known = false;
        for (size_t k = 0; k < json_count(sources) && !is_known; k++) {
            struct span path = json_read_string(json_lookup(json_at(sources, k), "path"));

            is_known = path.data && strcmp(path.data, wanted) == 0;
        }
    }
    json_free(reply);
    return is_known;
}

/* The daemon reads what varve.conf says of sources again. */
static enum status ask_to_reload(const char *kb, struct error *err)
{
    static const char request[] = "{\"op\":\"reload\"}";
    struct json *reply = NULL;
    enum status status =
        control_ask(kb, (struct span){ request, sizeof(request) - 1 }, -1, &reply, err);
    struct span failed = json_read_string(json_lookup(reply, "error"));

    if (!status && failed.data)
        status = error_set(err, STATUS_IO, "%s", failed.data);
    json_free(reply);
    return status;
}

static int print_reply(const struct json *reply, bool is_json)
{
    struct error problem;
    struct span failed = json_read_string(json_lookup(reply, "error"));
    int64_t troubled = json_read_integer(json_lookup(reply, "troubled"), 0);
    int64_t generation = json_read_integer(json_lookup(reply, "generation"), 0);

    if (failed.data) {
        (void)error_set(&problem, STATUS_IO, "%s", failed.data);
        return fail_with(&problem);
    }
    if (is_json)
        printf("{\"generation\":%lld,\"troubled\":%lld,\"by_daemon\":true}\n",
               (long long)generation, (long long)troubled);
    else
        printf("generation %lld: the running varve has indexed all that was saved\n",
               (long long)generation);
    return troubled > 0 ? EXIT_FOUND : EXIT_DONE;
}

/* What it can't do is no failure of the pass; a signal ends it after its step. */
static void tidy_up(const char *kb, struct progress_bar *bar)
{
    struct tidy_work work = { .after = 0 };
    struct index *index = NULL;
    struct error problem;
    enum status status = index_open(kb, INDEX_WRITE, &index, &problem);

    while (!status && work.phase != TIDY_DONE && !was_interrupted) {
        status = tidy_step(index, &work, &problem);
        progress_say(bar, "tidying up");
    }
    progress_clear(bar);
    if (status)
        fprintf(stderr, "varve: cannot tidy up: %s\n", problem.text);
    if (work.damaged)
        fprintf(stderr, "varve: " TIDY_DAMAGED "\n", (unsigned long long)work.damaged);
    index_free(index);
}

static int sync_alone(const struct kb *kb, bool is_json)
{
    CLEANUP(buf_release) struct buf out = BUF_INIT((size_t)1 << 20);
    struct json_writer json = JSON_WRITER(&out);
    struct progress_bar bar;
    struct run_report report;
    struct error problem;

    sync_catch_signals();
    progress_start(&bar);
    if (sync_run(kb->folder.data, kb->config, NULL, &bar, &report, &problem))
        return fail_with(&problem);
    if (report.progress.committed)
        tidy_up(kb->folder.data, &bar);
    if (is_json) {
        json_put_object_begin(&json, NULL);
        report_put_json(&report, &json);
        json_put_object_end(&json);
        buf_append_char(&out, '\n');
    } else {
        report_append_text(&report, &out);
    }
    (void)print_buf(&out);
    return report_troubled(&report) > 0 ? EXIT_FOUND : EXIT_DONE;
}

enum status sync_make_fresh(const char *kb_option, struct error *err)
{
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    static const char request[] = "{\"op\":\"sync\"}";
    struct json *reply = NULL;
    struct progress_bar bar;
    struct run_report report;
    enum status status = kb_find(&kb, kb_option, err);

    if (status)
        return status;
    if (!control_ask(kb.folder.data, (struct span){ request, sizeof(request) - 1 }, -1, &reply,
                     err)) {
        struct span failed = json_read_string(json_lookup(reply, "error"));

        if (failed.data)
            status = error_set(err, STATUS_IO, "%s", failed.data);
        json_free(reply);
        return status;
    }
    progress_start(&bar);
    return sync_run(kb.folder.data, kb.config, NULL, &bar, &report, err);
}

static enum status check_folder(const char *path, struct error *err)
{
    CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);

    return fd >= 0 ? STATUS_OK
                   : error_set_errno(err, STATUS_UNREADABLE, "cannot open the folder '%s'", path);
}

enum status sync_add_folders(const char *kb, char **folders, int count, struct error *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(OS_PATH_MAX);
    enum status status = STATUS_OK;

    /* All before the first is written down: one that can't be opened would fail each later pass. */
    for (int i = 0; i < count && !status; i++) {
        status = path_absolute(folders[i], &path, err);
        if (!status)
            status = check_folder(path.data, err);
    }
    if (!status && count > 0)
        status = os_make_folders(kb, 0700, err);
    for (int i = 0; i < count && !status; i++) {
        status = path_absolute(folders[i], &path, err);
        if (!status)
            status = config_add_source(kb, path.data, NULL, err);
    }
    return status;
}

int sync_begin(struct kb *kb, const char *command, const char *kb_option, char **folders, int count)
{
    CLEANUP(buf_release) struct buf folder = BUF_INIT(OS_PATH_MAX);
    struct error problem;

    if (path_of_kb(kb_option, &folder, &problem) ||
        sync_add_folders(folder.data, folders, count, &problem) || kb_find(kb, kb_option, &problem))
        return (void)fail_with(&problem), EXIT_FAILED;
    if (kb->config->source_count == 0)
        return usage_error(command,
                           "there is no folder to index: name one, or add it to '%s/varve.conf'",
                           kb->folder.data);
    return -1;
}

int cmd_sync(int argc, char **argv)
{
    static const struct option options[] = { { "kb", required_argument, NULL, 'k' },
                                             { "json", no_argument, NULL, 'j' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    const char *kb_option = NULL;
    bool is_json = false;
    struct json *reply = NULL;
    struct error problem;
    int option, result;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'k')
            kb_option = optarg;
        else if (option == 'j')
            is_json = true;
        else
            return option == 'h' ? print_help(help) : EXIT_USAGE;
    }
    result = sync_begin(&kb, "sync", kb_option, argv + optind, argc - optind);
    if (result >= 0)
        return result;
    if (argc > optind && index_writer_pid(kb.folder.data) &&
        !is_watched(kb.folder.data, kb.config) && ask_to_reload(kb.folder.data, &problem))
        return fail_with(&problem);
    if (index_writer_pid(kb.folder.data) && !sync_ask(kb.folder.data, &reply, &problem)) {
        result = print_reply(reply, is_json);
        json_free(reply);
        return result;
    }
    return sync_alone(&kb, is_json);
}
