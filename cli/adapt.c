/*
 * adapt.c - `varve model adapt`: fits the built-in model to the knowledge base's own documents,
 * judges the result by passages that were held out, and changes over to it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/os.h"
#include "cli/commands.h"
#include "cli/model.h"
#include "cli/paths.h"
#include "cli/plugin_words.h"
#include "index/feed.h"
#include "index/status.h"
#include "model/adapt.h"

/* A larger collection is sampled: its tokens stay in memory while the model is trained. */
#define PASSAGES_MAX    400000u
#define MODEL_BYTES_MAX ((size_t)256 << 20)
/* Somebody who searches should not feel it. */
#define NICENESS 10

static volatile sig_atomic_t was_interrupted;

static void on_signal(int number)
{
    (void)number;
    was_interrupted = 1;
}

struct passages {
    struct adapt *adapt;
    uint64_t step; /* one segment in so many is taken */
};

static enum status add_passage(void *user, const struct feed_segment *segment, struct error *err)
{
    struct passages *passages = user;
    /* Which ones is chance, but the same each time. */
    uint64_t place = (uint64_t)segment->segment_id * UINT64_C(0x9E3779B97F4A7C15) >> 32;

    if (place % passages->step != 0)
        return STATUS_OK;
    return adapt_add(passages->adapt, segment->heading_path, segment->text, err);
}

static bool show_progress(void *user, unsigned step, unsigned step_count)
{
    bool *is_terminal = user;

    if (*is_terminal)
        fprintf(stderr, "\r\033[Ktraining: step %u of %u", step, step_count);
    return !was_interrupted;
}

static enum status train(struct kb *kb, struct adapt *adapt, struct adapt_report *report,
                         struct error *err)
{
    struct adapt_options options = ADAPT_OPTIONS;
    struct passages passages = { .adapt = adapt, .step = 1 };
    bool is_terminal = isatty(STDERR_FILENO);
    struct status_counts counts;
    enum status status = status_read_counts(kb->snapshot, &counts, err);

    if (!status)
        passages.step = 1 + counts.segments / PASSAGES_MAX;
    if (!status)
        status = feed_each_live(kb->snapshot, add_passage, &passages, err);
    /* The snapshot would keep the writer's log from being emptied. */
    snapshot_free(kb->snapshot);
    kb->snapshot = NULL;
    options.progress = show_progress;
    options.user = &is_terminal;
    if (!status)
        status = adapt_train(adapt, &options, report, err);
    if (is_terminal)
        fputs("\r\033[K", stderr);
    return status;
}

/* Writes the model below the knowledge base's folder, under the start of its hash, and gives the
 * command that starts it. */
static enum status save(const struct kb *kb, const struct adapt *adapt, struct buf *command,
                        struct error *err)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(MODEL_BYTES_MAX);
    CLEANUP(buf_release) struct buf path = BUF_INIT(OS_PATH_MAX);
    char hex[HASH_HEX_BYTES];
    struct hash hash;
    enum status status = adapt_write(adapt, &bytes, err);

    if (status)
        return status;
    hash_of(buf_span(&bytes), &hash);
    hash_to_hex(&hash, hex);
    buf_printf(&path, "%s/models", kb->folder.data);
    status = os_make_folders(path.data, 0700, err);
    buf_printf(&path, "/adapted-%.12s.semb", hex);
    if (!status)
        status = buf_status(&path, err);
    if (!status && strchr(path.data, '"'))
        status = error_set(err, STATUS_UNSUPPORTED,
                           "the model's path can't be written in varve.conf: '%s'", path.data);
    if (!status)
        status = os_replace_file(path.data, buf_span(&bytes), 0600, err);
    buf_printf(command, strpbrk(path.data, " \t'") ? "embed-static \"%s\"" : "embed-static %s",
               path.data);
    return status ? status : buf_status(command, err);
}

/* The built-in model, or the one that varve.conf gives embed-static; one that was adapted is left
 * for what it was made from, so that passages of the past do not count twice. */
static enum status open_base(const struct kb *kb, struct semb **out, struct error *err)
{
    CLEANUP(plugin_words_release) struct plugin_words words = { .program = BUF_INIT(OS_PATH_MAX) };
    CLEANUP(buf_release) struct buf path = BUF_INIT(OS_PATH_MAX);
    enum status status =
        plugin_words_split("'plugin' in varve.conf", kb->config->plugin, &words, err);
    const char *program = status ? "" : words.words[0], *slash = strrchr(program, '/');

    if (status)
        return status;
    if (strcmp(slash ? slash + 1 : program, "embed-static") != 0)
        return error_set(err, STATUS_UNSUPPORTED,
                         "only the built-in model can be adapted, and 'plugin' in varve.conf is "
                         "'%s'; train that model with its own tools",
                         kb->config->plugin);
    if (words.words[1] && !strstr(words.words[1], "/models/adapted-"))
        buf_append(&path, words.words[1], strlen(words.words[1]) + 1);
    else
        status = path_of_embedding_model(&path, err);
    return status ? status : semb_open(path.data, out, err);
}

static void print_report(const struct adapt_report *report, bool is_json, bool is_better,
                         bool is_dry_run)
{
    if (is_json)
        printf("{\"passages\":%zu,\"held_out\":%zu,\"words\":%zu,\"before\":%.4f,\"after\":%.4f,"
               "\"better\":%s,\"dry_run\":%s}\n",
               report->passages, report->held_out, report->words, report->before, report->after,
               is_better ? "true" : "false", is_dry_run ? "true" : "false");
    else
        printf("%zu passages, %zu more held out; %zu words of the collection fitted\n"
               "held-out pairs found: %.3f before, %.3f after (mean reciprocal rank)\n",
               report->passages, report->held_out, report->words, report->before, report->after);
}

int model_adapt(const struct model_request *request)
{
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    CLEANUP(buf_release) struct buf command = BUF_INIT(PLUGIN_COMMAND_BYTES_MAX);
    struct sigaction action = { .sa_handler = on_signal };
    struct adapt_report report = { 0 };
    struct adapt *adapt = NULL;
    struct semb *base = NULL;
    struct error problem;
    bool is_better;
    enum status status = kb_open_reader(&kb, request->kb, &problem);

    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)!nice(NICENESS);
    if (!status)
        status = open_base(&kb, &base, &problem);
    if (!status)
        status = adapt_new(base, &adapt, &problem);
    if (!status)
        status = train(&kb, adapt, &report, &problem);
    is_better = report.after > report.before;
    if (!status)
        print_report(&report, request->is_json, is_better, request->is_dry_run);
    if (!status && is_better && !request->is_dry_run)
        status = save(&kb, adapt, &command, &problem);
    adapt_free(adapt);
    semb_free(base);
    if (status)
        return fail_with(&problem);
    if (!is_better) {
        fprintf(stderr, "varve: it does not help here: the model stays as it is\n");
        return EXIT_FOUND;
    }
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    return request->is_dry_run ? EXIT_DONE : model_build(&kb, request, command.data, 0, true);
}
