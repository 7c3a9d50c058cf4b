/*
 * small.c - commands of a few lines: init, approve.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/os.h"
#include "cli/commands.h"
#include "cli/kb.h"
#include "cli/paths.h"
#include "cli/sync.h"
#include "serve/control.h"

static const char init_help[] =
    "usage: varve init [--kb DIR] [FOLDER ...]\n\n"
    "Makes a knowledge base when there is none yet, and adds FOLDERs to its sources\n"
    "(in DIR/varve.conf). Nothing is indexed: that is for 'varve sync' or 'varve run'.\n\n"
    "  --kb DIR   the knowledge base\n";

static const char approve_help[] =
    "usage: varve approve [--kb DIR]\n\n"
    "When many documents vanish at once, or a source is empty all of a sudden, their removal is\n"
    "held: 'varve status' says so. This lets it go through, after one more look at the disk. "
    "Needs\n"
    "a running 'varve run'.\n\n"
    "  --kb DIR   the knowledge base\n";

/* Takes --kb and --help. Returns -1 to go on, else the exit status. */
static int read_options(int argc, char **argv, const char *help, const char **kb_option)
{
    static const struct option options[] = { { "kb", required_argument, NULL, 'k' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'k')
            *kb_option = optarg;
        else
            return option == 'h' ? print_help(help) : EXIT_USAGE;
    }
    return -1;
}

int cmd_init(int argc, char **argv)
{
    CLEANUP(buf_release) struct buf folder = BUF_INIT(OS_PATH_MAX);
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    const char *kb_option = NULL;
    struct error problem;
    int early = read_options(argc, argv, init_help, &kb_option);

    if (early >= 0)
        return early;
    if (path_of_kb(kb_option, &folder, &problem) || index_create(folder.data, &problem) ||
        sync_add_folders(folder.data, argv + optind, argc - optind, &problem) ||
        kb_find(&kb, kb_option, &problem))
        return fail_with(&problem);
    printf("knowledge base '%s', %zu source%s\n", folder.data, kb.config->source_count,
           kb.config->source_count == 1 ? "" : "s");
    for (size_t i = 0; i < kb.config->source_count; i++)
        printf("  %s\n", kb.config->sources[i].path);
    return EXIT_DONE;
}

int cmd_approve(int argc, char **argv)
{
    static const char request[] = "{\"op\":\"approve\"}";
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    const char *kb_option = NULL;
    struct json *reply = NULL;
    struct error problem;
    int early = read_options(argc, argv, approve_help, &kb_option);

    if (early < 0)
        early = refuse_arguments(argc, argv);
    if (early >= 0)
        return early;
    if (kb_find(&kb, kb_option, &problem) ||
        control_ask(kb.folder.data, (struct span){ request, sizeof(request) - 1 }, -1, &reply,
                    &problem))
        return fail_with(&problem);
    printf("generation %lld: held removals went through\n",
           (long long)json_read_integer(json_lookup(reply, "generation"), 0));
    json_free(reply);
    return EXIT_DONE;
}
