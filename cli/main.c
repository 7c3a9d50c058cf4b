/*
 * main.c - `varve COMMAND ...`: finds the command.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"

#define VARVE_VERSION "0.1.0"

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
};

static const struct command commands[] = {
    { "run", cmd_run, "index folders and stay: watch them, commit each change, answer" },
    { "sync", cmd_sync, "index what changed, once" },
    { "search", cmd_search, "find passages, with citations" },
    { "context", cmd_context, "what to read for an answer, within a budget of tokens" },
    { "open", cmd_open, "show a hit's source in its program, at its page or line" },
    { "status", cmd_status, "what is indexed, pending, failed" },
    { "why", cmd_why, "which state a file is in, and why" },
    { "show", cmd_show, "the text of a document, as it was indexed" },
    { "log", cmd_log, "the revisions of a document" },
    { "diff", cmd_diff, "what changed between two revisions, by segment" },
    { "verify", cmd_verify, "prove that the index agrees with itself and with the files" },
    { "feed", cmd_feed, "every change, as JSON lines" },
    { "approve", cmd_approve, "let held mass deletions go through" },
    { "du", cmd_du, "what it takes on disk: live, past, reclaimable" },
    { "gc", cmd_gc, "let go of past revisions" },
    { "erase", cmd_erase, "remove a document with its whole past" },
    { "backup", cmd_backup, "a consistent copy, while it runs" },
    { "restore", cmd_restore, "puts a backup in place" },
    { "init", cmd_init, "make a knowledge base, add folders to it" },
    { "extract", cmd_extract, "one file as Markdown, text or JSON; no knowledge base needed" },
    { "chunk", cmd_chunk, "one file's chunks; no knowledge base needed" },
    { "eval", cmd_eval, "how well questions find what should be found" },
    { "feedback", cmd_feedback, "say which hits of a question are good, and what its answer is" },
    { "questions", cmd_questions, "what was asked; letting go of it" },
    { "failures", cmd_failures, "questions without a good hit" },
    { "export", cmd_export, "training data for other models, from documents and questions" },
    { "plan", cmd_plan, "what a run or a changed setting would cost, before it is paid" },
    { "model", cmd_model, "embedding models: list, build beside, switch, roll back" },
    { "plugin", cmd_plugin, "test a plugin" },
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static int print_overview(void)
{
    printf("usage: varve COMMAND [OPTION ...] [ARGUMENT ...]\n\n"
           "Keeps a knowledge base of documents right: searchable, cited, never stale.\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-9s %s\n", commands[i].name, commands[i].summary);
    printf(
        "\nAll commands take --help. The knowledge base is --kb DIR (before or behind COMMAND),\n"
        "else $VARVE_KB, else varve/ in $XDG_DATA_HOME (~/.local/share); its settings are\n"
        "DIR/varve.conf.\n"
        "Exit status: 0 done, 1 something was found or some documents failed, 2 wrong\n"
        "usage, 3 it failed.\n");
    return EXIT_DONE;
}

/* The next file that is opened would get the number of one that was closed, and what is printed. */
static void fill_standard_descriptors(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd < STDERR_FILENO);
    if (fd > STDERR_FILENO)
        (void)close(fd);
}

/* Takes --kb DIR before the command, as git takes -C: what follows finds it in the environment.
 * False when it names no folder. */
static bool take_kb(int *argc, char ***argv)
{
    char **words = *argv;
    const char *kb;
    int count;

    if (*argc >= 2 && strncmp(words[1], "--kb=", 5) == 0) {
        kb = words[1] + 5;
        count = 1;
    } else if (*argc >= 2 && strcmp(words[1], "--kb") == 0) {
        kb = *argc > 2 ? words[2] : "";
        count = 2;
    } else {
        return true;
    }
    if (*kb == '\0' || setenv("VARVE_KB", kb, 1) != 0)
        return false;
    words[count] = words[0];
    *argv += count;
    *argc -= count;
    return true;
}

static int run(int argc, char **argv)
{
    static char help[] = "--help";
    char name[40];

    if (!take_kb(&argc, &argv)) {
        fprintf(stderr, "varve: --kb needs a folder\n");
        return EXIT_USAGE;
    }
    if (argc == 3 && strcmp(argv[1], "help") == 0) { /* as 'varve COMMAND --help' */
        argv[1] = argv[2];
        argv[2] = help;
    }
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        (void)print_overview();
        return argc < 2 ? EXIT_USAGE : EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("varve %s\n", VARVE_VERSION);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(argv[1], commands[i].name) == 0) {
            /* getopt begins its complaints with the name of the program */
            (void)snprintf(name, sizeof(name), "varve %s", commands[i].name);
            argv[1] = name;
            return commands[i].run(argc - 1, argv + 1);
        }
    fprintf(stderr, "varve: there is no command '%s'; 'varve --help' lists them\n", argv[1]);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    int status;

    fill_standard_descriptors();
    (void)signal(SIGPIPE, SIG_IGN);
    status = run(argc, argv);
    return print_end() ? status : EXIT_FAILED;
}
