/*
 * questions.c - `varve questions` and `varve failures`: what was asked, and what found nothing
 * good.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/array.h"
#include "base/json.h"
#include "base/os.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/kb.h"
#include "index/questions.h"

static const char questions_help[] =
    "usage: varve questions [--kb DIR] [OPTION ...]\n\n"
    "Lists what was asked, newest first, with what was said of it. Questions are kept where\n"
    "varve.conf has 'log = yes' in [learning], as many and as long as it says.\n\n"
    "  -n, --limit N        at most N (50)\n"
    "  --since WHEN         asked since (2026-03-01, yesterday, '2 days ago')\n"
    "  --forget ID          remove that one\n"
    "  --forget-before WHEN remove all that are older; 'now' removes all\n"
    "  --json               one JSON object\n"
    "  --kb DIR             the knowledge base\n";

static const char failures_help[] =
    "usage: varve failures [--kb DIR] [-n N] [--since WHEN] [--json]\n\n"
    "Lists questions that nothing good was found for, those asked most often first: nothing was\n"
    "found; somebody said so ('varve feedback'); or none of the first hits has half of the "
    "question's\n"
    "words. What is missing in the documents shows here. A question that was asked again, and\n"
    "answered, is not listed.\n\n"
    "  -n, --limit N   at most N (50)\n"
    "  --since WHEN    asked since (2026-03-01, yesterday, '2 days ago')\n"
    "  --json          one JSON object\n"
    "  --kb DIR        the knowledge base\n\n"
    "Exit status: 0 there are none; 1 there are some; 2 wrong usage; 3 it failed.\n";

#define LIST_BYTES_MAX ((size_t)1 << 30)

struct listing_options {
    const char *kb;
    int64_t since_ms, forget_before_ms; /* INT64_MIN: nothing is forgotten by its age */
    long limit, forget;
    bool is_json, is_failures;
};

struct entry {
    struct question question; /* its spans are in the arena; without hits */
    struct span key;          /* its text, folded */
    enum failure failure;
    size_t good, bad, hits;
    uint64_t count; /* how often it was asked, and failed */
};

struct entries {
    struct arena arena;
    struct entry *all;
    size_t count, capacity;
};

static const char *failure_text(enum failure failure)
{
    switch (failure) {
    case FAILURE_TOLD:
        return "no hit is good";
    case FAILURE_BAD:
        return "the hits that were judged are bad";
    case FAILURE_NOTHING:
        return "nothing found";
    case FAILURE_WEAK:
        return "no hit has half of its words";
    case FAILURE_NONE:
        break;
    }
    return "";
}

/* ---- reading them ---- */

/* White space is one blank, ASCII letters are small: the same question asked twice. */
static struct span fold(struct arena *arena, struct span text)
{
    char *out = arena_alloc(arena, text.len + 1);
    size_t len = 0;

    if (!out)
        return (struct span){ "", 0 };
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (strchr(" \t\r\n?.!", c)) {
            if (len > 0 && out[len - 1] != ' ')
                out[len++] = ' ';
        } else {
            out[len++] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
        }
    }
    while (len > 0 && out[len - 1] == ' ')
        len--;
    return (struct span){ out, len };
}

static struct span keep(struct arena *arena, struct span text)
{
    const char *copy = arena_copy(arena, text);

    return copy ? (struct span){ copy, text.len } : (struct span){ "", 0 };
}

static enum status add_entry(void *user, const struct question *question, struct error *err)
{
    struct entries *entries = user;
    struct entry *entry;

    if (!array_reserve(&entries->all, &entries->capacity, entries->count))
        return error_set(err, STATUS_NO_MEMORY, "no memory for the questions");
    entry = &entries->all[entries->count++];
    *entry = (struct entry){ .question = *question,
                             .key = fold(&entries->arena, question->text),
                             .failure = question_failure(question),
                             .hits = question->hit_count,
                             .count = 1 };
    entry->question.text = keep(&entries->arena, question->text);
    entry->question.filter = keep(&entries->arena, question->filter);
    entry->question.answer = keep(&entries->arena, question->answer);
    entry->question.hits = NULL;
    for (size_t i = 0; i < question->hit_count; i++) {
        entry->good += question->hits[i].verdict == VERDICT_GOOD;
        entry->bad += question->hits[i].verdict == VERDICT_BAD;
    }
    return STATUS_OK;
}

static int compare_spans(struct span a, struct span b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = memcmp(a.data, b.data, len);

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* The same question with the same filter together, newest first. */
static int compare_keys(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    int order = compare_spans(x->key, y->key);

    if (!order)
        order = compare_spans(x->question.filter, y->question.filter);
    if (order)
        return order;
    return (x->question.question_id < y->question.question_id) -
           (x->question.question_id > y->question.question_id);
}

static int compare_counts(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;

    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return (x->question.question_id < y->question.question_id) -
           (x->question.question_id > y->question.question_id);
}

/* One entry for each question whose newest asking failed. */
static void keep_failures(struct entries *entries)
{
    size_t kept = 0;

    if (entries->count > 1)
        qsort(entries->all, entries->count, sizeof(*entries->all), compare_keys);
    for (size_t i = 0; i < entries->count;) {
        struct entry entry = entries->all[i];
        size_t first = i;

        entry.count = 0;
        for (; i < entries->count && compare_spans(entries->all[i].key, entry.key) == 0 &&
               compare_spans(entries->all[i].question.filter, entry.question.filter) == 0;
             i++)
            entry.count += entries->all[i].failure != FAILURE_NONE;
        if (entries->all[first].failure != FAILURE_NONE)
            entries->all[kept++] = entry;
    }
    entries->count = kept;
    if (kept > 1)
        qsort(entries->all, kept, sizeof(*entries->all), compare_counts);
}

/* ---- showing them ---- */

static void append_entry(const struct entry *entry, bool is_failures, struct buf *out)
{
    char when[32];

    os_format_time(entry->question.asked_ms, when);
    if (is_failures)
        buf_printf(out, "%" PRIu64 " x  ", entry->count);
    buf_printf(out, "%lld  %s  ", (long long)entry->question.question_id, when);
    utf8_append_printable(out, entry->question.text);
    if (entry->question.filter.len > 0) {
        buf_append(out, "  [", 3);
        utf8_append_printable(out, entry->question.filter);
        buf_append(out, "]", 1);
    }
    if (is_failures)
        buf_printf(out, "\n      %s\n", failure_text(entry->failure));
    else
        buf_printf(out, "\n      %zu hits, %zu good, %zu bad%s%s%s\n", entry->hits, entry->good,
                   entry->bad, entry->question.answer.len > 0 ? ", answered" : "",
                   entry->failure ? ": " : "", failure_text(entry->failure));
}

static void put_entry(const struct entry *entry, bool is_failures, struct json_writer *json)
{
    json_put_object_begin(json, NULL);
    json_put_integer(json, "question_id", entry->question.question_id);
    json_put_string(json, "question", entry->question.text);
    json_put_string(json, "filter", entry->question.filter);
    json_put_integer(json, "asked_ms", entry->question.asked_ms);
    json_put_integer(json, "asker", entry->question.asker);
    json_put_integer(json, "generation", entry->question.generation);
    if (is_failures)
        json_put_integer(json, "count", (int64_t)entry->count);
    json_put_integer(json, "hits", (int64_t)entry->hits);
    json_put_integer(json, "good", (int64_t)entry->good);
    json_put_integer(json, "bad", (int64_t)entry->bad);
    json_put_number(json, "coverage", entry->question.coverage);
    json_put_text(json, "failure", entry->failure ? failure_text(entry->failure) : NULL);
    json_put_string(json, "answer", entry->question.answer);
    json_put_object_end(json);
}

static void show(const struct entries *entries, const struct listing_options *options)
{
    CLEANUP(buf_release) struct buf out = BUF_INIT(LIST_BYTES_MAX);
    struct json_writer json = JSON_WRITER(&out);
    size_t shown =
        entries->count < (size_t)options->limit ? entries->count : (size_t)options->limit;

    if (options->is_json) {
        json_put_object_begin(&json, NULL);
        json_put_integer(&json, "count", (int64_t)entries->count);
        json_put_array_begin(&json, options->is_failures ? "failures" : "questions");
    }
    for (size_t i = 0; i < shown; i++) {
        if (options->is_json)
            put_entry(&entries->all[i], options->is_failures, &json);
        else
            append_entry(&entries->all[i], options->is_failures, &out);
    }
    if (options->is_json) {
        json_put_array_end(&json);
        json_put_object_end(&json);
        buf_append_char(&out, '\n');
    } else if (entries->count == 0) {
        buf_printf(&out, "none\n");
    } else if (shown < entries->count) {
        buf_printf(&out, "... and %zu more: -n %zu lists all\n", entries->count - shown,
                   entries->count);
    }
    (void)print_buf(&out);
}

/* ---- the commands ---- */

static int forget(struct question_log *log, const struct listing_options *options)
{
    uint64_t count = 0;
    struct error problem;

    if (question_log_forget(log, options->forget, options->forget_before_ms, &count, &problem))
        return fail_with(&problem);
    printf("%" PRIu64 " questions forgotten\n", count);
    return EXIT_DONE;
}

static int list(struct question_log *log, const struct listing_options *options)
{
    struct entries entries = { .arena = ARENA_INIT(LIST_BYTES_MAX) };
    struct error problem;
    enum status status = question_log_each(log, options->since_ms, add_entry, &entries, &problem);

    if (!status && options->is_failures)
        keep_failures(&entries);
    if (!status)
        show(&entries, options);
    arena_release(&entries.arena);
    free(entries.all);
    if (status)
        return fail_with(&problem);
    return options->is_failures && entries.count > 0 ? EXIT_FOUND : EXIT_DONE;
}

static int run_listing(int argc, char **argv, bool is_failures)
{
    static const struct option options[] = { { "kb", required_argument, NULL, 'k' },
                                             { "limit", required_argument, NULL, 'n' },
                                             { "since", required_argument, NULL, 's' },
                                             { "json", no_argument, NULL, 'j' },
                                             { "help", no_argument, NULL, 'h' },
                                             { "forget", required_argument, NULL, 'f' },
                                             { "forget-before", required_argument, NULL, 'b' },
                                             { NULL, 0, NULL, 0 } };
    const char *name = is_failures ? "failures" : "questions";
    struct listing_options wanted = { .limit = 50,
                                      .is_failures = is_failures,
                                      .forget_before_ms = INT64_MIN };
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    CLEANUP(question_log_free_ptr) struct question_log *log = NULL;
    struct error problem;
    int option;

    while ((option = getopt_long(argc, argv, "n:", options, NULL)) != -1) {
        bool is_read = false;

        if (option == 'k')
            is_read = (wanted.kb = optarg) != NULL;
        else if (option == 'j')
            is_read = wanted.is_json = true;
        else if (option == 's')
            is_read = read_time(name, "--since", optarg, true, &wanted.since_ms);
        else if (option == 'b')
            is_read = !is_failures &&
                      read_time(name, "--forget-before", optarg, true, &wanted.forget_before_ms);
        else if (option == 'n')
            is_read = read_number(name, "--limit", optarg, 1, 100000000, &wanted.limit);
        else if (option == 'f')
            is_read =
                !is_failures && read_number(name, "--forget", optarg, 1, INT32_MAX, &wanted.forget);
        else if (option == 'h')
            return print_help(is_failures ? failures_help : questions_help);
        if (!is_read)
            return EXIT_USAGE;
    }
    if (refuse_arguments(argc, argv) >= 0)
        return EXIT_USAGE;
    if (kb_find(&kb, wanted.kb, &problem) ||
        question_log_open(kb.folder.data, false, &log, &problem))
        return fail_with(&problem);
    return wanted.forget || wanted.forget_before_ms != INT64_MIN ? forget(log, &wanted)
                                                                 : list(log, &wanted);
}

int cmd_questions(int argc, char **argv)
{
    return run_listing(argc, argv, false);
}

int cmd_failures(int argc, char **argv)
{
    return run_listing(argc, argv, true);
}
