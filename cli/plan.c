/*
 * plan.c - `varve plan`: what a run, or a changed setting, would cost before it is paid.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/os.h"
#include "chunkers/chunkers.h"
#include "cli/commands.h"
#include "cli/engine.h"
#include "cli/kb.h"
#include "cli/paths.h"
#include "cli/report.h"
#include "cli/sync.h"

static const char help[] =
    "usage: varve plan [--kb DIR] [OPTION ...] [FOLDER ...]\n\n"
    "Reads and cuts what is new or changed, as 'varve sync' would, embeds and commits nothing, "
    "and\n"
    "says what it would come to: documents, chunks, tokens, money. FOLDERs are looked at as "
    "well.\n\n"
    "  --plugin COMMAND      with this embedding plugin instead of that of varve.conf\n"
    "  --chunker NAME        with this chunker\n"
    "  --target-tokens N     with chunks of this size\n"
    "  --maximum-tokens N    and of at most this size\n"
    "  --price P             of a million tokens; default: 'price' in [embed] of varve.conf\n"
    "  --json                one JSON object\n"
    "  --kb DIR              the knowledge base\n";

struct plan_request {
    const char *kb, *plugin, *chunker;
    long target_tokens, maximum_tokens;
    double price; /* < 0: as varve.conf says */
    bool is_json;
};

static bool set_text(char **to, const char *text)
{
    char *copy = text ? strdup(text) : *to;

    if (copy && copy != *to) {
        free(*to);
        *to = copy;
    }
    return copy != NULL;
}

static enum status add_folder(struct config *config, const char *folder, struct error *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(OS_PATH_MAX);
    struct config_source *source = &config->sources[config->source_count];
    enum status status = path_absolute(folder, &path, err);

    for (size_t i = 0; i < config->source_count && !status; i++)
        if (strcmp(config->sources[i].path, path.data) == 0)
            return STATUS_OK;
    if (!status && config->source_count == CONFIG_SOURCES_MAX)
        return error_set(err, STATUS_LIMIT, "more than %u sources", CONFIG_SOURCES_MAX);
    if (status)
        return status;
    source->name = strdup(folder);
    source->path = strdup(path.data);
    config->source_count++;
    return source->name && source->path
               ? STATUS_OK
               : error_set(err, STATUS_NO_MEMORY, "no memory for the configuration");
}

static enum status apply_request(struct config *config, const struct plan_request *request,
                                 char **folders, int count, struct error *err)
{
    enum status status = STATUS_OK;

    if (!set_text(&config->plugin, request->plugin) ||
        !set_text(&config->chunker, request->chunker))
        return error_set(err, STATUS_NO_MEMORY, "no memory for the configuration");
    if (request->target_tokens)
        config->target_tokens = request->target_tokens;
    if (request->maximum_tokens)
        config->maximum_tokens = request->maximum_tokens;
    if (config->maximum_tokens < config->target_tokens)
        config->maximum_tokens = 2 * config->target_tokens;
    if (request->price >= 0)
        config->price = request->price;
    for (int i = 0; i < count && !status; i++)
        status = add_folder(config, folders[i], err);
    if (!status && config->source_count == 0)
        status = error_set(err, STATUS_UNREADABLE,
                           "there is no folder to look at: name one, or add it to varve.conf");
    return status;
}

static enum status count(const char *folder, const struct config *config, struct plan_counts *out,
                         struct error *err)
{
    struct progress_bar bar;
    struct log log = {
        .fd = STDERR_FILENO, .most = LOG_WARNING, .before = progress_clear, .user = &bar
    };
    struct engine_options options = {
        .kb = folder, .config = config, .is_scan_only = true, .is_plan = true, .log = &log
    };
    struct engine *engine = NULL;
    enum status status;

    progress_start(&bar);
    status = engine_open(&options, &engine, err);
    while (!status && !engine_is_idle(engine)) {
        struct pipeline_progress progress;

        status = engine_step(engine, 100, err);
        pipeline_read_progress(engine_pipeline(engine), &progress);
        progress_show(&bar, &progress);
    }
    progress_clear(&bar);
    if (!status)
        status = engine_read_plan(engine, out, err);
    engine_free(engine);
    return status;
}

/* With no index yet, an empty one that nobody sees is compared with. */
static enum status count_anew(const struct config *config, struct plan_counts *out,
                              struct error *err)
{
    CLEANUP(buf_release) struct buf folder = BUF_INIT(OS_PATH_MAX);
    const char *temporary = getenv("TMPDIR");
    enum status status;

    buf_printf(&folder, "%s/varve-plan-XXXXXX", temporary && *temporary ? temporary : "/tmp");
    status = buf_status(&folder, err);
    if (!status && !mkdtemp(folder.data))
        status = error_set_errno(err, STATUS_IO, "cannot make a folder like '%s'", folder.data);
    if (status)
        return status;
    status = index_create(folder.data, err);
    if (!status)
        status = count(folder.data, config, out, err);
    os_remove_tree(folder.data);
    return status;
}

static void append_line(struct buf *out, const char *name, uint64_t value)
{
    buf_printf(out, "%-11s ", name);
    append_count(out, value);
}

static void append_text(const struct plan_counts *counts, double price, struct buf *out)
{
    uint64_t tokens = counts->embedded_tokens + counts->waiting_tokens;

    append_line(out, "documents", counts->new_documents);
    buf_append(out, " new, ", 6);
    append_count(out, counts->changed_documents);
    buf_append(out, " changed, ", 10);
    append_count(out, counts->gone_documents);
    buf_append(out, " gone, ", 7);
    append_count(out, counts->moved_documents);
    buf_append(out, " moved, ", 8);
    append_count(out, counts->failed_documents);
    buf_append(out, " can't be read", 14);
    if (counts->held_documents)
        buf_printf(out, ", %llu gone and held for approval",
                   (unsigned long long)counts->held_documents);
    buf_append_char(out, '\n');
    append_line(out, "chunks", counts->chunks);
    buf_append(out, " in them, ", 10);
    append_count(out, counts->embedded_chunks);
    buf_append(out, " to embed", 9);
    if (counts->waiting_chunks) {
        buf_append(out, ", and ", 6);
        append_count(out, counts->waiting_chunks);
        buf_append(out, " of documents that stay", 23);
    }
    buf_append_char(out, '\n');
    append_line(out, "tokens", tokens);
    buf_append(out, " to embed\n", 10);
    if (price > 0)
        buf_printf(out, "cost        %.4f, at %g for a million tokens\n",
                   (double)tokens * price / 1e6, price);
}

static void put_json(const struct plan_counts *counts, double price, struct json_writer *json)
{
    uint64_t tokens = counts->embedded_tokens + counts->waiting_tokens;

    json_put_object_begin(json, NULL);
    json_put_integer(json, "new", (int64_t)counts->new_documents);
    json_put_integer(json, "changed", (int64_t)counts->changed_documents);
    json_put_integer(json, "gone", (int64_t)counts->gone_documents);
    json_put_integer(json, "moved", (int64_t)counts->moved_documents);
    json_put_integer(json, "held", (int64_t)counts->held_documents);
    json_put_integer(json, "failed", (int64_t)counts->failed_documents);
    json_put_integer(json, "chunks", (int64_t)counts->chunks);
    json_put_integer(json, "chunks_to_embed",
                     (int64_t)(counts->embedded_chunks + counts->waiting_chunks));
    json_put_integer(json, "tokens_to_embed", (int64_t)tokens);
    if (price > 0)
        json_put_number(json, "cost", (double)tokens * price / 1e6);
    json_put_object_end(json);
}

static int plan(const struct plan_request *request, char **folders, int folder_count)
{
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    CLEANUP(buf_release) struct buf out = BUF_INIT((size_t)1 << 20);
    CLEANUP(buf_release) struct buf database = BUF_INIT(OS_PATH_MAX);
    struct json_writer json = JSON_WRITER(&out);
    struct plan_counts counts;
    struct error problem;
    enum status status = kb_find(&kb, request->kb, &problem);

    if (!status)
        status = apply_request(kb.config, request, folders, folder_count, &problem);
    if (status)
        return fail_with(&problem);
    buf_printf(&database, "%s/index.db", kb.folder.data);
    status = access(database.data, F_OK) == 0 ? count(kb.folder.data, kb.config, &counts, &problem)
                                              : count_anew(kb.config, &counts, &problem);
    if (status)
        return fail_with(&problem);
    if (request->is_json) {
        put_json(&counts, kb.config->price, &json);
        buf_append_char(&out, '\n');
    } else {
        append_text(&counts, kb.config->price, &out);
    }
    (void)print_buf(&out);
    return EXIT_DONE;
}

int cmd_plan(int argc, char **argv)
{
    static const struct option options[] = { { "kb", required_argument, NULL, 'k' },
                                             { "json", no_argument, NULL, 'j' },
                                             { "plugin", required_argument, NULL, 'p' },
                                             { "chunker", required_argument, NULL, 'c' },
                                             { "target-tokens", required_argument, NULL, 't' },
                                             { "maximum-tokens", required_argument, NULL, 'm' },
                                             { "price", required_argument, NULL, 'P' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    struct plan_request request = { .price = -1 };
    char *end;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'k':
            request.kb = optarg;
            break;
        case 'j':
            request.is_json = true;
            break;
        case 'p':
            request.plugin = optarg;
            break;
        case 'c':
            if (!chunker_find(optarg))
                return usage_error("plan", "there is no chunker '%s'", optarg);
            request.chunker = optarg;
            break;
        case 't':
            if (!read_number("plan", "--target-tokens", optarg, 16, 8192, &request.target_tokens))
                return EXIT_USAGE;
            break;
        case 'm':
            if (!read_number("plan", "--maximum-tokens", optarg, 32, 16384,
                             &request.maximum_tokens))
                return EXIT_USAGE;
            break;
        case 'P':
            request.price = strtod(optarg, &end);
            if (end == optarg || *end || !(request.price >= 0))
                return usage_error("plan", "--price takes a number, not '%s'", optarg);
            break;
        default:
            return option == 'h' ? print_help(help) : EXIT_USAGE;
        }
    }
    return plan(&request, argv + optind, argc - optind);
}
