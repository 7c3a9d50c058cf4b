/*
 * feedback.c - `varve feedback`: what a person says of the hits of a question.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/kb.h"
#include "index/questions.h"

static const char help[] =
    "usage: varve feedback [--kb DIR] [--question ID] [--answer TEXT] [good|bad RANK ...] "
    "[none]\n\n"
    "Says which hits of a question were good or bad, by their rank in the list that was shown, or\n"
    "that none was. 'varve failures' and 'varve export --training' use it. Questions are kept "
    "where\n"
    "varve.conf has 'log = yes' in [learning].\n\n"
    "  good RANK ...    these hits answer it: varve feedback good 1 3\n"
    "  bad RANK ...     these do not\n"
    "  none             no hit does\n"
    "  --answer TEXT    the answer, for training a chat model\n"
    "  --question ID    of which question (default: the last one that you asked)\n"
    "  --kb DIR         the knowledge base\n";

struct feedback {
    struct question_log *log;
    int64_t question_id;
};

static enum status judge_hits(struct feedback *feedback, char **words, int count, struct error *err)
{
    enum verdict verdict = VERDICT_NONE;
    enum status status = STATUS_OK;

    for (int i = 0; i < count && !status; i++) {
        bool is_good = strcmp(words[i], "good") == 0;

        if (is_good || strcmp(words[i], "bad") == 0) {
            verdict = is_good ? VERDICT_GOOD : VERDICT_BAD;
            if (is_good) /* takes back an earlier "none" */
                status =
                    question_log_judge(feedback->log, feedback->question_id, 0, VERDICT_NONE, err);
            continue;
        }
        if (strcmp(words[i], "none") == 0)
            status = question_log_judge(feedback->log, feedback->question_id, 0, VERDICT_BAD, err);
        else
            status = question_log_judge(feedback->log, feedback->question_id,
                                        (uint32_t)strtoul(words[i], NULL, 10), verdict, err);
    }
    return status;
}

/* All that is said, or nothing. */
static enum status judge_all(struct feedback *feedback, const char *answer, char **words, int count,
                             struct error *err)
{
    enum status status = question_log_begin(feedback->log, err);

    if (!status)
        status = judge_hits(feedback, words, count, err);
    if (!status && answer)
        status = question_log_answer(feedback->log, feedback->question_id,
                                     (struct span){ answer, strlen(answer) }, err);
    return question_log_end(feedback->log, status, err);
}

static int check_words(char **words, int count)
{
    bool has_verdict = false, has_rank = true;

    for (int i = 0; i < count; i++) {
        long rank;

        if (strcmp(words[i], "none") == 0)
            continue;
        if (strcmp(words[i], "good") == 0 || strcmp(words[i], "bad") == 0) {
            if (!has_rank)
                break;
            has_verdict = true;
            has_rank = false;
            continue;
        }
        if (!has_verdict)
            return usage_error("feedback", "takes good, bad or none, not '%s'", words[i]);
        if (!read_number("feedback", "a rank", words[i], 1, QUESTION_HITS_MAX, &rank))
            return EXIT_USAGE;
        has_rank = true;
    }
    return has_rank ? -1 : usage_error("feedback", "which hits? 'good 1' is the first one");
}

static int run_feedback(const char *kb_option, long question_id, const char *answer, char **words,
                        int count)
{
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    CLEANUP(question_log_free_ptr) struct question_log *log = NULL;
    struct feedback feedback = { .question_id = question_id };
    struct error problem;
    enum status status = kb_find(&kb, kb_option, &problem);

    if (!status)
        status = question_log_open(kb.folder.data, false, &log, &problem);
    if (!status && !question_id)
        status = question_log_newest(log, getuid(), &feedback.question_id, &problem);
    if (!status && !feedback.question_id)
        status = error_set(&problem, STATUS_UNREADABLE, "you have asked nothing yet");
    feedback.log = log;
    if (!status)
        status = judge_all(&feedback, answer, words, count, &problem);
    if (status)
        return fail_with(&problem);
    printf("question %lld: noted\n", (long long)feedback.question_id);
    return EXIT_DONE;
}

int cmd_feedback(int argc, char **argv)
{
    static const struct option options[] = { { "kb", required_argument, NULL, 'k' },
                                             { "question", required_argument, NULL, 'q' },
                                             { "answer", required_argument, NULL, 'a' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    const char *kb_option = NULL, *answer = NULL;
    long question_id = 0;
    int option, result;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'k')
            kb_option = optarg;
        else if (option == 'a')
            answer = optarg;
        else if (option != 'q')
            return option == 'h' ? print_help(help) : EXIT_USAGE;
        else if (!read_number("feedback", "--question", optarg, 1, INT32_MAX, &question_id))
            return EXIT_USAGE;
    }
    if (optind == argc && !answer)
        return usage_error("feedback", "what do you say of it?");
    result = check_words(argv + optind, argc - optind);
    return result >= 0 ? result
                       : run_feedback(kb_option, question_id, answer, argv + optind, argc - optind);
}
