/*
 * export.c - `varve export --training`: JSON lines to fine-tune other models with.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/kb.h"
#include "cli/training.h"

static const char help[] =
    "usage: varve export --training chat|pairs|triples [--kb DIR] [OPTION ...]\n\n"
    "Writes examples as JSON lines, from documents (headings ask, what stands below answers) and "
    "from\n"
    "questions that were kept ('log = yes' in [learning] of varve.conf) and judged ('varve "
    "feedback').\n"
    "Each line says where its texts stand. Documents whose files changed are left out.\n\n"
    "  chat      question, context, answer: null where a person has to answer, as for all "
    "questions "
    "of\n"
    "            'varve failures'; with an answer, messages for a chat model\n"
    "  pairs     query and positive: for an embedding model\n"
    "  triples   with hard negatives: near in the ranking, but clearly below the positive\n\n"
    "  --negatives N       at most N of a triple (5)\n"
    "  --only-questions    nothing from documents' headings\n"
    "  --as USER           only documents that the user may read, and questions that they asked\n"
    "  --kb DIR            the knowledge base\n\n"
    "Exit status: 0 there are examples; 1 there are none; 2 wrong usage; 3 it failed.\n";

struct export_options {
    const char *kb, *kind, *user;
    long negatives;
    bool skips_documents;
};

static bool write_lines(void *user, const struct buf *lines)
{
    (void)user;
    return print_buf(lines);
}

static void print_counts(const struct training_counts *counts, const char *kind)
{
    fprintf(stderr, "varve: %" PRIu64 " examples", counts->examples);
    if (counts->unanswered > 0)
        fprintf(stderr, ", %" PRIu64 " without an answer", counts->unanswered);
    if (counts->not_found > 0)
        fprintf(stderr, ", %" PRIu64 " left out whose own passage is not found", counts->not_found);
    if (counts->stale > 0)
        fprintf(stderr, ", %" PRIu64 " documents left out whose files changed", counts->stale);
    fprintf(stderr, " (%s)\n", kind);
}

static bool read_kind(const char *name, enum training_kind *out)
{
    static const char *const names[] = { "chat", "pairs", "triples" };

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (name && strcmp(names[i], name) == 0) {
            *out = (enum training_kind)i;
            return true;
        }
    }
    return false;
}

static int run_export(const struct export_options *wanted, enum training_kind kind)
{
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    CLEANUP(question_log_free_ptr) struct question_log *log = NULL;
    struct training_options options = { .kb = &kb,
                                        .kind = kind,
                                        .skips_documents = wanted->skips_documents,
                                        .negatives = (size_t)wanted->negatives };
    struct training_counts counts = { 0 };
    struct error problem;
    enum status status = kb_open_reader(&kb, wanted->kb, &problem);

    if (!status && wanted->user)
        status = principal_new(wanted->user, &options.principal, &problem);
    if (!status) {
        status = question_log_open(kb.folder.data, false, &log, &problem);
        if (status == STATUS_UNREADABLE && !wanted->skips_documents)
            status = STATUS_OK;
    }
    options.log = log;
    if (!status)
        status = training_export(&options, write_lines, NULL, &counts, &problem);
    principal_free(options.principal);
    if (status)
        return fail_with(&problem);
    print_counts(&counts, wanted->kind);
    return counts.examples > 0 ? EXIT_DONE : EXIT_FOUND;
}

int cmd_export(int argc, char **argv)
{
    static const struct option options[] = { { "kb", required_argument, NULL, 'k' },
                                             { "training", required_argument, NULL, 't' },
                                             { "negatives", required_argument, NULL, 'n' },
                                             { "only-questions", no_argument, NULL, 'q' },
                                             { "as", required_argument, NULL, 'w' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    struct export_options wanted = { .negatives = 5 };
    enum training_kind kind = TRAINING_CHAT;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'k')
            wanted.kb = optarg;
        else if (option == 't')
            wanted.kind = optarg;
        else if (option == 'w')
            wanted.user = optarg;
        else if (option == 'q')
            wanted.skips_documents = true;
        else if (option != 'n')
            return option == 'h' ? print_help(help) : EXIT_USAGE;
        else if (!read_number("export", "--negatives", optarg, 1, 100, &wanted.negatives))
            return EXIT_USAGE;
    }
    if (!read_kind(wanted.kind, &kind))
        return usage_error("export", "--training takes chat, pairs or triples, not '%s'",
                           wanted.kind ? wanted.kind : "");
    if (refuse_arguments(argc, argv) >= 0)
        return EXIT_USAGE;
    return run_export(&wanted, kind);
}
