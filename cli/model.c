/*
 * model.c - `varve model`: the embedding models of a knowledge base; building one beside the one
 * that is searched, changing over, going back.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/os.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/model.h"
#include "cli/plugin_words.h"
#include "cli/sync.h"
#include "index/status.h"
#include "serve/control.h"

static const char help[] =
    "usage: varve model list [--kb DIR] [--json]\n"
    "       varve model build [--kb DIR] [--no-wait] COMMAND\n"
    "       varve model switch [--kb DIR] [--no-wait] MODEL | COMMAND\n"
    "       varve model rollback [--kb DIR] [--no-wait]\n"
    "       varve model adapt [--kb DIR] [--dry-run] [--json] [--no-wait]\n"
    "       varve model stop [--kb DIR]\n"
    "       varve model drop [--kb DIR] MODEL\n\n"
    "An embedding model is what a plugin's COMMAND says it is: its name, weights and settings. "
    "Each\n"
    "has vectors of its own, and two models' never meet.\n\n"
    "  list      the models there are: searched, being built, kept\n"
    "  build     embeds all stored text by another model, while the one that is searched goes on\n"
    "  switch    builds what is missing, then searches it, in one commit; 'plugin' in varve.conf\n"
    "            is set to its command. MODEL is a number or name of the list\n"
    "  rollback  switches to the model that was searched before\n"
    "  adapt     fits the built-in model to the documents that are indexed, without labels; a "
    "tenth\n"
    "            of the passages is held out to judge by. When it helps: switches to it; when "
    "not:\n"
    "            exit status 1, and nothing changes. --dry-run only judges\n"
    "  stop      gives up building; what was embedded is kept\n"
    "  drop      removes a model with its vectors. Not while 'varve run' is at work\n\n"
    "  --eval QUERIES [--qrels FILE] --min METRIC=VALUE\n"
    "            with switch and adapt: the model is built, evaluated (see 'varve eval'), and\n"
    "            searched only when it passes; else exit status 1\n\n"
    "With 'varve run' at work it does the building; --no-wait returns at once then.\n";

#define POLL_MS    200
#define SHOW_POLLS 10 /* between two counts */

/* ---- which model ---- */

struct pick {
    const char *wanted; /* a number, a name or a command; NULL: the one searched before */
    struct status_model found;
    struct buf plugin;
    size_t count;
};

static enum status pick_model(void *user, const struct status_model *model, struct error *err)
{
    struct pick *pick = user;
    char number[32];

    (void)err;
    (void)snprintf(number, sizeof(number), "%lld", (long long)model->model_id);
    if (pick->wanted
            ? strcmp(pick->wanted, number) != 0 && strcmp(pick->wanted, model->info.name) != 0 &&
                  (strlen(pick->wanted) != model->plugin.len ||
                   memcmp(pick->wanted, model->plugin.data, model->plugin.len) != 0)
            : !model->is_previous)
        return STATUS_OK;
    pick->count++;
    /* A command may have given several, one after the other: the one that is in use is meant. */
    if (pick->found.is_current || pick->found.is_next)
        return STATUS_OK;
    pick->found = *model;
    buf_clear(&pick->plugin);
    buf_append(&pick->plugin, model->plugin.data, model->plugin.len);
    buf_append_char(&pick->plugin, '\0');
    return buf_status(&pick->plugin, err);
}

/* ---- list ---- */

struct listing {
    struct buf out;
    struct json_writer json;
    bool is_json;
};

static const char *state_of(const struct status_model *model)
{
    if (model->is_current)
        return "searched";
    if (model->is_next)
        return model->waiting ? "building" : "built";
    return model->is_previous ? "kept, rollback" : "kept";
}

static enum status list_one(void *user, const struct status_model *model, struct error *err)
{
    struct listing *listing = user;
    struct buf *out = &listing->out;
    struct json_writer *json = &listing->json;
    char fingerprint[HASH_HEX_BYTES];

    hash_to_hex(&model->info.fingerprint, fingerprint);
    if (listing->is_json) {
        json_put_object_begin(json, NULL);
        json_put_integer(json, "model", model->model_id);
        json_put_text(json, "name", model->info.name);
        json_put_text(json, "state", state_of(model));
        json_put_integer(json, "dimensions", model->info.dimensions);
        json_put_text(json, "fingerprint", fingerprint);
        json_put_integer(json, "vectors", (int64_t)model->vectors);
        json_put_integer(json, "waiting", (int64_t)model->waiting);
        json_put_string(json, "plugin", model->plugin);
        json_put_object_end(json);
        return buf_status(out, err);
    }
    buf_printf(out, "%3lld  %-24s %5u dimensions  %-14s ", (long long)model->model_id,
               model->info.name, model->info.dimensions, state_of(model));
    append_count(out, model->vectors);
    buf_append(out, " vectors", 8);
    if (model->waiting) {
        buf_append(out, ", ", 2);
        append_count(out, model->waiting);
        buf_append(out, " texts wait", 11);
    }
    buf_append(out, "\n     ", 6);
    utf8_append_printable(out, model->plugin);
    buf_append_char(out, '\n');
    return buf_status(out, err);
}

static int list(const struct model_request *request)
{
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    struct listing listing = { .out = BUF_INIT((size_t)16 << 20), .is_json = request->is_json };
    struct error problem;
    enum status status = kb_open_reader(&kb, request->kb, &problem);

    listing.json = (struct json_writer)JSON_WRITER(&listing.out);
    if (!status && request->is_json)
        json_put_array_begin(&listing.json, NULL);
    if (!status)
        status = status_each_model(kb.snapshot, list_one, &listing, &problem);
    if (!status && request->is_json) {
        json_put_array_end(&listing.json);
        buf_append_char(&listing.out, '\n');
    }
    if (!status && listing.out.len == 0)
        buf_printf(&listing.out, "no model yet: nothing was embedded\n");
    if (!status)
        (void)print_buf(&listing.out);
    buf_release(&listing.out);
    return status ? fail_with(&problem) : EXIT_DONE;
}

/* ---- build and switch ---- */

static enum status read_state(const struct model_request *request, const char *command,
                              struct status_model *out, bool *is_known, struct error *err)
{
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    struct pick pick = { .wanted = command, .plugin = BUF_INIT(PLUGIN_COMMAND_BYTES_MAX) };
    enum status status = kb_open_reader(&kb, request->kb, err);

    if (!status)
        status = status_each_model(kb.snapshot, pick_model, &pick, err);
    *out = pick.found;
    *is_known = pick.count > 0;
    buf_release(&pick.plugin);
    return status;
}

/* Asks the daemon; what it says is wrong is an error. STATUS_UNREADABLE: none runs. */
static enum status ask_daemon(const char *kb, struct span request, struct json **reply,
                              struct error *err)
{
    enum status status = control_ask(kb, request, -1, reply, err);
    struct span failed;

    if (status)
        return status;
    failed = json_read_string(json_lookup(*reply, "error"));
    return failed.data ? error_set(err, STATUS_IO, "%s", failed.data) : STATUS_OK;
}

static enum status ask_to_build(const char *kb, const char *command, bool takes_over,
                                struct error *err)
{
    CLEANUP(buf_release) struct buf request = BUF_INIT(CONTROL_LINE_BYTES_MAX);
    struct json_writer json = JSON_WRITER(&request);
    struct json *reply = NULL;
    enum status status;

    json_put_object_begin(&json, NULL);
    json_put_text(&json, "op", "build");
    json_put_text(&json, "plugin", command);
    json_put_bool(&json, "takes_over", takes_over);
    json_put_object_end(&json);
    status = buf_status(&request, err);
    if (!status)
        status = ask_daemon(kb, buf_span(&request), &reply, err);
    json_free(reply);
    return status;
}

static bool is_text(const struct json *reply, const char *name, const char *wanted)
{
    struct span text = json_read_string(json_lookup(reply, name));

    return text.data && strcmp(text.data, wanted) == 0;
}

/* Of the daemon, which knows without counting. What it says is wrong with the plugin is an error.
 */
static enum status ask_whether_built(const char *kb, const char *command, bool takes_over,
                                     bool *is_done, struct error *err)
{
    static const char request[] = "{\"op\":\"status\"}";
    struct json *reply = NULL;
    enum status status = ask_daemon(kb, (struct span){ request, sizeof(request) - 1 }, &reply, err);

    if (!status) {
        struct span trouble = json_read_string(json_lookup(reply, "building_trouble"));

        *is_done = is_text(reply, "serving", command) ||
                   (!takes_over && is_text(reply, "building", command) &&
                    json_read_bool(json_lookup(reply, "built"), false));
        if (!*is_done && trouble.len > 0)
            status = error_set(err, STATUS_IO, "%s; 'varve model stop' gives it up", trouble.data);
    }
    json_free(reply);
    return status;
}

/* For whoever looks at a terminal, and not often. */
static void show_waiting(const struct model_request *request, const char *command)
{
    struct status_model model;
    bool is_known = false;

    if (read_state(request, command, &model, &is_known, NULL) || !is_known || !model.is_next)
        return;
    fprintf(stderr, "\r\033[Kbuilding %s: %llu vectors, %llu texts wait", model.info.name,
            (unsigned long long)model.vectors, (unsigned long long)model.waiting);
}

static enum status await_daemon(const struct model_request *request, const char *kb,
                                const char *command, bool takes_over, struct error *err)
{
    bool is_shown = isatty(STDERR_FILENO), is_done = false;
    enum status status = STATUS_OK;

    for (unsigned polls = 1; !status && !is_done; polls++) {
        struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };

        (void)nanosleep(&pause, NULL);
        status = ask_whether_built(kb, command, takes_over, &is_done, err);
        if (!status && !is_done && is_shown && polls % SHOW_POLLS == 0)
            show_waiting(request, command);
    }
    if (is_shown)
        fputs("\r\033[K", stderr);
    return status;
}

static enum status build_alone(const struct kb *kb, const char *command, bool takes_over,
                               struct error *err)
{
    struct sync_model model = { .command = command, .takes_over = takes_over };
    struct progress_bar bar;
    struct run_report report;
    enum status status;

    sync_catch_signals();
    progress_start(&bar);
    status = sync_run(kb->folder.data, kb->config, &model, &bar, &report, err);
    if (!status && report.building_trouble[0])
        status = error_set(err, STATUS_IO, "%s", report.building_trouble);
    return status;
}

/* Builds, by the daemon when one runs, and reads how it went. */
static enum status build(const struct kb *kb, const struct model_request *request,
                         const char *command, bool takes_over, struct status_model *model,
                         bool *is_known, struct error *err)
{
    bool is_named = false;
    enum status status = STATUS_OK;

    if (takes_over) {
        status = config_set_plugin(kb->folder.data, command, err);
        is_named = !status;
    }
    if (!status && index_writer_pid(kb->folder.data)) {
        status = ask_to_build(kb->folder.data, command, takes_over, err);
        if (!status && !request->is_no_wait)
            status = await_daemon(request, kb->folder.data, command, takes_over, err);
    } else if (!status) {
        status = build_alone(kb, command, takes_over, err);
    }
    if (status && is_named)
        fprintf(stderr, "varve: varve.conf names the new model: the next run or sync goes on with "
                        "it; 'varve model stop' gives it up\n");
    return status ? status : read_state(request, command, model, is_known, err);
}

int model_build(const struct kb *kb, const struct model_request *request, const char *command,
                int64_t expected_id, bool takes_over)
{
    CLEANUP(plugin_words_release) struct plugin_words words = { .program = BUF_INIT(OS_PATH_MAX) };
    struct model_request patient = *request;
    struct status_model model;
    bool is_known = false;
    struct error problem;
    enum status status = plugin_words_read("the plugin", command, &words, &problem);

    patient.is_no_wait = false;
    if (!status && takes_over && request->gate.questions) {
        int result;

        status = build(kb, &patient, command, false, &model, &is_known, &problem);
        result = status || !is_known ? EXIT_FAILED
                                     : eval_gate(request->kb, (long)model.model_id, &request->gate);
        if (!status && result != EXIT_DONE) {
            fprintf(stderr, "varve: what is searched stays as it is\n");
            return result;
        }
    }
    if (!status)
        status = build(kb, request, command, takes_over, &model, &is_known, &problem);
    if (!status && is_known && expected_id && model.model_id != expected_id)
        status = error_set(&problem, STATUS_UNSUPPORTED,
                           "model %lld can't be had any more: '%.100s' is model %lld now",
                           (long long)expected_id, command, (long long)model.model_id);
    if (status)
        return fail_with(&problem);
    if (request->is_json)
        return EXIT_DONE;
    if (is_known)
        printf("model %lld, %s, is %s: %llu vectors, %llu texts wait\n", (long long)model.model_id,
               model.info.name, state_of(&model), (unsigned long long)model.vectors,
               (unsigned long long)model.waiting);
    else
        printf("asked for; 'varve model list' shows it\n");
    return EXIT_DONE;
}

static int switch_to(const struct kb *kb, const struct model_request *request, const char *wanted)
{
    CLEANUP(kb_release) struct kb reader = KB_INIT;
    struct pick pick = { .wanted = wanted, .plugin = BUF_INIT(PLUGIN_COMMAND_BYTES_MAX) };
    struct error problem;
    enum status status = kb_open_reader(&reader, request->kb, &problem);
    int result;

    if (!status)
        status = status_each_model(reader.snapshot, pick_model, &pick, &problem);
    if (!status && pick.count == 0 && wanted && strpbrk(wanted, "/-")) {
        buf_append(&pick.plugin, wanted, strlen(wanted) + 1); /* a command, not built yet */
        status = buf_status(&pick.plugin, &problem);
    } else if (!status && pick.count != 1) {
        status = error_set(&problem, STATUS_UNREADABLE,
                           !wanted          ? "no model was searched before this one"
                           : pick.count > 1 ? "several models are '%s': say its number"
                                            : "there is no model '%s'; see 'varve model list'",
                           wanted);
    }
    kb_release(&reader); /* a view that is kept would keep the log from being emptied */
    result = status ? fail_with(&problem)
                    : model_build(kb, request, pick.plugin.data, pick.found.model_id, true);
    buf_release(&pick.plugin);
    return result;
}

/* ---- stop and drop ---- */

static int stop(const struct kb *kb)
{
    static const char request[] = "{\"op\":\"build_stop\"}";
    CLEANUP(buf_release) struct buf serving = BUF_INIT(PLUGIN_COMMAND_BYTES_MAX);
    struct index *index = NULL;
    struct store *store = NULL;
    struct json *reply = NULL;
    struct error problem;
    int64_t generation;
    enum status status = index_open(kb->folder.data, INDEX_READ, &index, &problem);

    /* What varve.conf names would be begun again. */
    if (!status)
        status = model_plugin_command(index, kb->config, &serving, &problem);
    if (!status && strcmp(serving.data, kb->config->plugin) != 0)
        status = config_set_plugin(kb->folder.data, serving.data, &problem);
    index_free(index);
    index = NULL;
    if (!status && index_writer_pid(kb->folder.data)) {
        status = ask_daemon(kb->folder.data, (struct span){ request, sizeof(request) - 1 }, &reply,
                            &problem);
        json_free(reply);
        return status ? fail_with(&problem) : EXIT_DONE;
    }
    if (!status)
        status = index_open(kb->folder.data, INDEX_WRITE, &index, &problem);
    if (!status)
        status = index_store_new(index, &store, &problem);
    if (!status)
        status = store->ops->begin(store, &problem);
    if (!status)
        status = store->ops->drop_next_model(store, &problem);
    if (!status)
        status = store->ops->commit(store, &generation, &problem);
    if (store)
        store->ops->free(store);
    index_free(index);
    return status ? fail_with(&problem) : EXIT_DONE;
}

static int drop(const struct kb *kb, const struct model_request *request, const char *wanted)
{
    CLEANUP(kb_release) struct kb reader = KB_INIT;
    struct pick pick = { .wanted = wanted, .plugin = BUF_INIT(PLUGIN_COMMAND_BYTES_MAX) };
    CLEANUP(index_free_ptr) struct index *index = NULL;
    uint64_t vectors = 0;
    struct error problem;
    enum status status = kb_open_reader(&reader, request->kb, &problem);

    if (!status)
        status = status_each_model(reader.snapshot, pick_model, &pick, &problem);
    buf_release(&pick.plugin);
    if (!status && pick.count != 1)
        status = error_set(&problem, STATUS_UNREADABLE, "there is no one model '%s'", wanted);
    if (!status)
        status = index_open(kb->folder.data, INDEX_WRITE, &index, &problem);
    if (!status)
        status = index_drop_model(index, pick.found.model_id, &vectors, &problem);
    if (status)
        return fail_with(&problem);
    printf("removed model %lld, %s: %llu vectors\n", (long long)pick.found.model_id,
           pick.found.info.name, (unsigned long long)vectors);
    return EXIT_DONE;
}

/* -1: all was read; else how to exit. */
static int read_options(int argc, char **argv, struct model_request *request)
{
    static const struct option long_options[] = { { "kb", required_argument, NULL, 'k' },
                                                  { "json", no_argument, NULL, 'j' },
                                                  { "no-wait", no_argument, NULL, 'n' },
                                                  { "dry-run", no_argument, NULL, 'd' },
                                                  { "eval", required_argument, NULL, 'e' },
                                                  { "qrels", required_argument, NULL, 'q' },
                                                  { "min", required_argument, NULL, 'm' },
                                                  { "help", no_argument, NULL, 'h' },
                                                  { NULL, 0, NULL, 0 } };
    int option;

    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == 'k')
            request->kb = optarg;
        else if (option == 'j')
            request->is_json = true;
        else if (option == 'n')
            request->is_no_wait = true;
        else if (option == 'd')
            request->is_dry_run = true;
        else if (option == 'e')
            request->gate.questions = optarg;
        else if (option == 'q')
            request->gate.judgements = optarg;
        else if (option == 'm' && request->gate.count < EVAL_GATES_MAX)
            request->gate.least[request->gate.count++] = optarg;
        else
            return option == 'h' ? print_help(help) : EXIT_USAGE;
    }
    return -1;
}

/* operand: NULL where there is none. */
static int act(const struct model_request *request, const char *action, const char *operand)
{
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    struct error problem;

    if (strcmp(action, "list") == 0 && !operand)
        return list(request);
    if (strcmp(action, "adapt") == 0 && !operand)
        return model_adapt(request);
    if (kb_find(&kb, request->kb, &problem))
        return fail_with(&problem);
    if (strcmp(action, "build") == 0 && operand)
        return model_build(&kb, request, operand, 0, false);
    if (strcmp(action, "switch") == 0 && operand)
        return switch_to(&kb, request, operand);
    if (strcmp(action, "rollback") == 0 && !operand)
        return switch_to(&kb, request, NULL);
    if (strcmp(action, "stop") == 0 && !operand)
        return stop(&kb);
    if (strcmp(action, "drop") == 0 && operand)
        return drop(&kb, request, operand);
    return usage_error("model",
                       *action ? "'%s' with its arguments is not understood"
                               : "list, build, switch, rollback, adapt, stop or drop?",
                       action);
}

int cmd_model(int argc, char **argv)
{
    struct model_request request = { .kb = NULL };
    const char *action;
    int early = read_options(argc, argv, &request);

    if (early >= 0)
        return early;
    action = optind < argc ? argv[optind] : "";
    if ((request.gate.count > 0) != (request.gate.questions != NULL) ||
        (request.gate.questions && strcmp(action, "switch") != 0 && strcmp(action, "adapt") != 0))
        return usage_error("model", "--eval and --min go together, with switch and adapt");
    if (request.gate.questions && !eval_gate_check(&request.gate))
        return EXIT_USAGE;
    if (optind + 2 < argc)
        return usage_error("model", "takes no '%s'", argv[optind + 2]);
    return act(&request, action, optind + 1 < argc ? argv[optind + 1] : NULL);
}
