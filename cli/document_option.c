#include "cli/document_option.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"
#include "base/when.h"
#include "cli/commands.h"
#include "cli/paths.h"
#include "index/status.h"

static int find_document(struct document_option *option, const char *kb_option, const char *file)
{
    bool is_below_source = false;
    struct error problem;

    if (path_of_document(file, &option->path, &problem) ||
        kb_open_reader(&option->kb, kb_option, &problem) ||
        status_resolve(option->kb.snapshot, buf_span(&option->path), &option->key,
                       &option->source_path, &is_below_source, &problem))
        return fail_with(&problem);
    if (!is_below_source) {
        (void)error_set(&problem, STATUS_UNREADABLE,
                        "'%s' lies in no source of '%s'; 'varve status' lists them",
                        option->path.data, option->kb.folder.data);
        return fail_with(&problem);
    }
    return -1;
}

/* A generation, or the start of a hash. */
static bool is_number_or_hash(const char *text)
{
    return *text && strspn(text, "0123456789abcdef") == strlen(text);
}

static bool is_revision(const char *text)
{
    int64_t moment_ms;

    return is_number_or_hash(text) || when_read(text, os_wall_ms(), &moment_ms);
}

enum status document_option_revision(const struct document_option *option, const char *text,
                                     struct buf *out, struct error *err)
{
    int64_t generation = 0;
    enum status status = STATUS_OK;

    if (!*text || is_number_or_hash(text)) {
        buf_printf(out, "%s", text);
        return buf_status(out, err);
    }
    status = kb_read_generation(&option->kb, text, &generation, err);
    if (status)
        return status;
    buf_printf(out, "%lld", (long long)generation);
    return buf_status(out, err);
}

int document_option_read(struct document_option *option, int argc, char **argv, const char *help,
                         const char **revision)
{
    static const struct option options[] = { { "kb", required_argument, NULL, 'k' },
                                             { "json", no_argument, NULL, 'j' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    const char *kb_option = NULL;
    char *at;
    int letter;

    while ((letter = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (letter == 'k')
            kb_option = optarg;
        else if (letter == 'j')
            option->is_json = true;
        else
            return letter == 'h' ? print_help(help) : EXIT_USAGE;
    }
    if (optind == argc || argc - optind - 1 > option->rest_max)
        return usage_error(command_name(argv), "one file, please");
    option->rest = argv + optind + 1;
    option->rest_count = argc - optind - 1;
    at = revision && access(argv[optind], F_OK) != 0 ? strrchr(argv[optind], '@') : NULL;
    if (at && is_revision(at + 1)) {
        *at = '\0';
        *revision = at + 1;
    }
    return find_document(option, kb_option, argv[optind]);
}

void document_option_release(struct document_option *option)
{
    kb_release(&option->kb);
    buf_release(&option->path);
    buf_release(&option->source_path);
}
