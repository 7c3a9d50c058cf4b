/*
 * eval.c - `varve eval`: how well questions find what should be found, by mode, model, generation.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/os.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/eval.h"
#include "cli/eval_score.h"
#include "cli/kb.h"
#include "cli/query_vectors.h"
#include "cli/rerank_hits.h"

static const char help[] =
    "usage: varve eval [--kb DIR] [OPTION ...] QUERIES\n\n"
    "Asks every question of the file QUERIES, and measures where what should be found stands.\n\n"
    "  --qrels FILE        judgements: query, document, grade in each line (BEIR, TREC)\n"
    "  --mode M            text, vector or hybrid; default: all three\n"
    "  --model ID[,ID ...] vectors of these models (varve model list) instead of the one searched\n"
    "  --as-of G[,G ...]   in these generations\n"
    "  --rerank[=N]        also with the first N hits ranked again by the plugin of [rerank] in\n"
    "                      varve.conf, and how that differs\n"
    "  --depth N           how far down recall@N looks (100)\n"
    "  --min METRIC=VALUE  exit status 1 when METRIC is lower in what comes first, or with\n"
    "                      --rerank in what is ranked again first; may be repeated\n"
    "  --json              one JSON object\n"
    "  --kb DIR            the knowledge base\n\n"
    "QUERIES has JSON lines with \"_id\" and \"text\" (with --qrels) or with \"question\" and\n"
    "\"document\", \"documents\" or \"quote\"; or lines of question TAB document [TAB quote]. A\n"
    "document is named by its path, the end of it, or its file's name with or without extension.\n"
    "Metrics: recall@5 recall@10 recall@depth ndcg@10 mrr@10, with 95 % confidence intervals; of\n"
    "several models or generations, also how each differs from the first, question by question.\n\n"
    "Exit status: 0 measured; 1 below a --min; 2 wrong usage; 3 it failed.\n";

#define LIST_MAX   8u
#define RUNS_MAX   (2 * (2 * LIST_MAX * LIST_MAX + LIST_MAX)) /* text knows no model */
#define FILE_BYTES ((size_t)1 << 30)

static const char *const metric_names[EVAL_METRIC_COUNT] = { "recall@5", "recall@10",
                                                             "recall@depth", "ndcg@10", "mrr@10" };

struct gate {
    enum eval_metric metric;
    double least;
};

struct eval_request {
    const char *kb, *questions, *judgements, *mode;
    long models[LIST_MAX], generations[LIST_MAX];
    size_t model_count, generation_count;
    struct gate gates[EVAL_GATES_MAX + 1];
    size_t gate_count;
    struct reranking reranking;
    long depth;
    bool is_json;
};

/* All questions asked in one way. */
struct eval_run {
    enum search_mode mode;
    int64_t model_id, generation;
    size_t model_at; /* which of the request's, or 0 */
    bool is_reranked;
    size_t rerank_failures;   /* questions whose first ranking stands */
    char rerank_problem[300]; /* of the last of them */
    double *values[EVAL_METRIC_COUNT];
};

struct evaluation {
    const struct eval_request *request;
    struct kb kb;
    struct eval_set set;
    struct query_vectors vectors[LIST_MAX];
    size_t vector_count;
    struct reranking reranking; /* of the question that is asked */
    struct eval_run runs[RUNS_MAX];
    size_t run_count;
};

static const char *mode_name(enum search_mode mode)
{
    return mode == SEARCH_TEXT ? "text" : mode == SEARCH_VECTOR ? "vector" : "hybrid";
}

/* ---- reading ---- */

static enum status read_set(struct evaluation *evaluation, struct error *err)
{
    const struct eval_request *request = evaluation->request;
    CLEANUP(buf_release) struct buf questions = BUF_INIT(FILE_BYTES);
    CLEANUP(buf_release) struct buf judgements = BUF_INIT(FILE_BYTES);
    enum status status = os_read_file(request->questions, &questions, err);

    if (!status && request->judgements)
        status = os_read_file(request->judgements, &judgements, err);
    if (!status)
        status =
            eval_set_parse(buf_span(&questions), request->questions, buf_span(&judgements),
                           request->judgements ? request->judgements : "", &evaluation->set, err);
    if (!status && evaluation->set.count == 0)
        status = error_set(err, STATUS_MALFORMED,
                           "'%s' has no question with anything that should be found%s",
                           request->questions, request->judgements ? "" : "; is --qrels missing?");
    return status;
}

static enum status embed_questions(struct evaluation *evaluation, struct error *err)
{
    const struct eval_request *request = evaluation->request;
    size_t count = evaluation->set.count;
    struct span *texts = calloc(count, sizeof(*texts));
    enum status status = STATUS_OK;

    if (!texts)
        return error_set(err, STATUS_NO_MEMORY, "no memory for questions");
    for (size_t i = 0; i < count; i++)
        texts[i] = evaluation->set.questions[i].text;
    evaluation->vector_count = request->model_count ? request->model_count : 1;
    for (size_t i = 0; i < evaluation->vector_count && !status; i++) {
        struct query_vectors *vectors = &evaluation->vectors[i];

        status = query_vectors_make(&evaluation->kb, request->model_count ? request->models[i] : 0,
                                    texts, count, vectors, err);
        /* Measured without the vectors, it would say nothing of the model. */
        if (!status && *vectors->note)
            status = error_set(err, STATUS_UNSUPPORTED, "%s; with --mode text it is measured",
                               vectors->note);
    }
    free(texts);
    return status;
}

/* ---- asking ---- */

static enum status ask_one(struct evaluation *evaluation, struct eval_run *run,
                           const struct search_query *query, size_t at, struct error *err)
{
    struct reranking *reranking = &evaluation->reranking;
    CLEANUP(search_free_ptr) struct search *search = NULL;
    CLEANUP(fresh_hits_release) struct fresh_hits hits = { .search = NULL };
    struct eval_scores scores;
    enum status status = search_run(evaluation->kb.snapshot, query, &search, err);

    /* As the index has it: whether files changed since is another matter. */
    if (!status)
        status = fresh_hits_open(search, false, true, NULL, &hits, err);
    if (!status && run->is_reranked) {
        reranking->problem[0] = '\0';
        status = rerank_hits(&evaluation->kb, query->text, &hits, reranking, err);
        if (!status && reranking->problem[0]) {
            run->rerank_failures++;
            memcpy(run->rerank_problem, reranking->problem, sizeof(run->rerank_problem));
        }
    }
    if (!status)
        status = eval_question_score(&hits, &evaluation->set.questions[at],
                                     (unsigned)evaluation->request->depth, &scores, err);
    for (size_t m = 0; m < EVAL_METRIC_COUNT && !status; m++)
        run->values[m][at] = scores.values[m];
    return status;
}

static enum status ask_all(struct evaluation *evaluation, struct eval_run *run, struct error *err)
{
    const struct query_vectors *vectors = &evaluation->vectors[run->model_at];
    size_t depth = (size_t)evaluation->request->depth;
    size_t deepest = run->is_reranked ? rerank_depth(&evaluation->kb, &evaluation->reranking) : 0;
    /* As varve search: with more of them, scores are other shares. */
    unsigned candidates = (unsigned)(2 * deepest > depth ? 2 * deepest : depth);
    enum status status = STATUS_OK;

    if (candidates < SEARCH_CANDIDATES)
        candidates = SEARCH_CANDIDATES;
    for (size_t m = 0; m < EVAL_METRIC_COUNT; m++) {
        run->values[m] = calloc(evaluation->set.count, sizeof(double));
        if (!run->values[m])
            return error_set(err, STATUS_NO_MEMORY, "no memory for an evaluation");
    }
    for (size_t i = 0; i < evaluation->set.count && !status; i++) {
        const struct eval_question *question = &evaluation->set.questions[i];
        struct search_query query = { .text = question->text,
                                      .mode = run->mode,
                                      .vector_weight = -1,
                                      .candidates = candidates,
                                      .filter.generation = run->generation };

        if (run->mode != SEARCH_TEXT) {
            query.vector = query_vectors_at(vectors, i);
            query.dimensions = vectors->dimensions;
            query.model_id = vectors->model_id;
        }
        status = ask_one(evaluation, run, &query, i, err);
    }
    return status;
}

/* The same once more, ranked again. */
static enum status add_reranked(struct evaluation *evaluation, struct error *err)
{
    const struct eval_run *plain = &evaluation->runs[evaluation->run_count - 1];
    struct eval_run *run = &evaluation->runs[evaluation->run_count++];

    *run = (struct eval_run){ .mode = plain->mode,
                              .model_id = plain->model_id,
                              .generation = plain->generation,
                              .model_at = plain->model_at,
                              .is_reranked = true };
    return ask_all(evaluation, run, err);
}

static enum status add_runs(struct evaluation *evaluation, enum search_mode mode, struct error *err)
{
    const struct eval_request *request = evaluation->request;
    size_t generations = request->generation_count ? request->generation_count : 1;
    size_t models = mode == SEARCH_TEXT ? 1 : evaluation->vector_count;
    enum status status = STATUS_OK;

    for (size_t m = 0; m < models; m++) {
        for (size_t g = 0; g < generations && !status; g++) {
            struct eval_run *run = &evaluation->runs[evaluation->run_count];

            if (mode != SEARCH_TEXT && !evaluation->vectors[m].model_id)
                continue;
            *run = (struct eval_run){ .mode = mode,
                                      .model_at = m,
                                      .model_id =
                                          mode == SEARCH_TEXT ? 0 : evaluation->vectors[m].model_id,
                                      .generation =
                                          request->generation_count ? request->generations[g] : 0 };
            evaluation->run_count++;
            status = ask_all(evaluation, run, err);
            if (!status && request->reranking.is_wanted)
                status = add_reranked(evaluation, err);
        }
    }
    return status;
}

static enum status run_all(struct evaluation *evaluation, struct error *err)
{
    static const enum search_mode modes[] = { SEARCH_HYBRID, SEARCH_TEXT, SEARCH_VECTOR };
    const struct eval_request *request = evaluation->request;
    enum status status = STATUS_OK;

    for (size_t i = 0; i < 3 && !status; i++)
        if (!request->mode || strcmp(request->mode, mode_name(modes[i])) == 0)
            status = add_runs(evaluation, modes[i], err);
    if (!status && evaluation->run_count == 0)
        status = error_set(err, STATUS_UNREADABLE, "nothing has vectors yet; --mode text works");
    return status;
}

/* ---- the answer ---- */

/* The first run of the same mode, for comparison; NULL: this is it. */
static const struct eval_run *first_of_mode(const struct evaluation *evaluation,
                                            const struct eval_run *run)
{
    for (const struct eval_run *first = evaluation->runs; first < run; first++)
        if (first->mode == run->mode)
            return first;
    return NULL;
}

/* By how much a run is better than the other, question by question. */
static struct eval_mean difference(const struct evaluation *evaluation, const struct eval_run *run,
                                   const struct eval_run *other, enum eval_metric metric)
{
    size_t count = evaluation->set.count;
    double *values = calloc(count, sizeof(*values));
    struct eval_mean mean = { 0 };

    for (size_t i = 0; values && i < count; i++)
        values[i] = run->values[metric][i] - other->values[metric][i];
    if (values)
        mean = eval_mean_of(values, count);
    free(values);
    return mean;
}

static void append_run_name(const struct eval_run *run, struct buf *out)
{
    buf_printf(out, "%-7s", mode_name(run->mode));
    if (run->model_id)
        buf_printf(out, " model %lld", (long long)run->model_id);
    if (run->generation)
        buf_printf(out, " generation %lld", (long long)run->generation);
    if (run->is_reranked)
        buf_printf(out, " reranked");
}

static void append_text(const struct evaluation *evaluation, struct buf *out)
{
    buf_printf(out, "%zu questions", evaluation->set.count);
    if (evaluation->set.unjudged)
        buf_printf(out, ", %zu more without anything that should be found",
                   evaluation->set.unjudged);
    buf_append_char(out, '\n');
    for (size_t r = 0; r < evaluation->run_count; r++) {
        const struct eval_run *run = &evaluation->runs[r], *first = first_of_mode(evaluation, run);

        append_run_name(run, out);
        buf_append_char(out, '\n');
        for (unsigned m = 0; m < EVAL_METRIC_COUNT; m++) {
            struct eval_mean mean = eval_mean_of(run->values[m], evaluation->set.count);
            struct eval_mean more = { 0 };

            buf_printf(out, "  %-13s %.3f  (%.3f to %.3f)", metric_names[m], mean.mean, mean.low,
                       mean.high);
            if (first) {
                more = difference(evaluation, run, first, m);
                buf_printf(out, "   %+.3f (%+.3f to %+.3f)%s", more.mean, more.low, more.high,
                           more.low > 0 || more.high < 0 ? "" : ", may be chance");
            }
            buf_append_char(out, '\n');
        }
    }
}

static void put_mean(struct json_writer *json, const char *name, struct eval_mean mean)
{
    json_put_object_begin(json, name);
    json_put_number(json, "mean", mean.mean);
    json_put_number(json, "low", mean.low);
    json_put_number(json, "high", mean.high);
    json_put_object_end(json);
}

static void put_json(const struct evaluation *evaluation, struct json_writer *json)
{
    json_put_object_begin(json, NULL);
    json_put_integer(json, "questions", (int64_t)evaluation->set.count);
    json_put_integer(json, "unjudged", (int64_t)evaluation->set.unjudged);
    json_put_integer(json, "depth", evaluation->request->depth);
    json_put_integer(json, "generation", snapshot_generation(evaluation->kb.snapshot));
    json_put_array_begin(json, "runs");
    for (size_t r = 0; r < evaluation->run_count; r++) {
        const struct eval_run *run = &evaluation->runs[r], *first = first_of_mode(evaluation, run);

        json_put_object_begin(json, NULL);
        json_put_text(json, "mode", mode_name(run->mode));
        if (run->model_id)
            json_put_integer(json, "model", run->model_id);
        if (run->generation)
            json_put_integer(json, "as_of", run->generation);
        if (run->is_reranked) {
            json_put_object_begin(json, "rerank");
            json_put_text(json, "model", evaluation->reranking.model);
            json_put_integer(json, "failures", (int64_t)run->rerank_failures);
            json_put_text(json, "problem", run->rerank_problem);
            json_put_object_end(json);
        }
        for (unsigned m = 0; m < EVAL_METRIC_COUNT; m++)
            put_mean(json, metric_names[m], eval_mean_of(run->values[m], evaluation->set.count));
        if (first) {
            json_put_object_begin(json, "against_first");
            for (unsigned m = 0; m < EVAL_METRIC_COUNT; m++)
                put_mean(json, metric_names[m], difference(evaluation, run, first, m));
            json_put_object_end(json);
        }
        json_put_object_end(json);
    }
    json_put_array_end(json);
    json_put_object_end(json);
}

/* A measurement of a reranker that failed is none of it. */
static void tell_failures(const struct evaluation *evaluation)
{
    for (size_t r = 0; r < evaluation->run_count; r++) {
        const struct eval_run *run = &evaluation->runs[r];
        CLEANUP(buf_release) struct buf problem = BUF_INIT(4096);

        if (run->rerank_failures == 0)
            continue;
        utf8_append_printable(&problem,
                              (struct span){ run->rerank_problem, strlen(run->rerank_problem) });
        fprintf(stderr,
                "varve: %s: of %zu questions the reranker failed in %zu, whose first "
                "ranking was measured: %s\n",
                mode_name(run->mode), evaluation->set.count, run->rerank_failures, problem.data);
    }
}

/* The gates are for the way one searches by default, or, where it was wanted, the same ranked
 * again.
 */
static bool pass_gates(const struct evaluation *evaluation)
{
    const struct eval_request *request = evaluation->request;
    const struct eval_run *run = &evaluation->runs[request->reranking.is_wanted];
    bool is_passed = true;

    for (size_t i = 0; i < request->gate_count; i++) {
        const struct gate *gate = &request->gates[i];
        double mean = eval_mean_of(run->values[gate->metric], evaluation->set.count).mean;

        if (mean >= gate->least)
            continue;
        fprintf(stderr, "varve: %s is %.4f, below %.4f\n", metric_names[gate->metric], mean,
                gate->least);
        is_passed = false;
    }
    return is_passed;
}

static void evaluation_release(struct evaluation *evaluation)
{
    for (size_t r = 0; r < evaluation->run_count; r++)
        for (size_t m = 0; m < EVAL_METRIC_COUNT; m++)
            free(evaluation->runs[r].values[m]);
    for (size_t i = 0; i < LIST_MAX; i++)
        query_vectors_release(&evaluation->vectors[i]);
    rerank_session_free(evaluation->reranking.session);
    eval_set_release(&evaluation->set);
    kb_release(&evaluation->kb);
}

static int evaluate(const struct eval_request *request)
{
    CLEANUP(evaluation_release)
    struct evaluation evaluation = { .request = request,
                                     .kb = KB_INIT,
                                     .reranking = request->reranking };
    CLEANUP(buf_release) struct buf out = BUF_INIT((size_t)16 << 20);
    struct json_writer json = JSON_WRITER(&out);
    struct error problem;
    enum status status = read_set(&evaluation, &problem);

    evaluation.reranking.is_kept = true;
    if (!status)
        status = kb_open_reader(&evaluation.kb, request->kb, &problem);
    if (!status && (!request->mode || strcmp(request->mode, "text") != 0))
        status = embed_questions(&evaluation, &problem);
    if (!status)
        status = run_all(&evaluation, &problem);
    if (status)
        return fail_with(&problem);
    if (request->is_json) {
        put_json(&evaluation, &json);
        buf_append_char(&out, '\n');
    } else {
        append_text(&evaluation, &out);
    }
    (void)print_buf(&out);
    tell_failures(&evaluation);
    return pass_gates(&evaluation) ? EXIT_DONE : EXIT_FOUND;
}

/* ---- the command ---- */

static bool read_list(const char *option, char *text, long *out, size_t *count)
{
    char *rest = NULL;

    for (char *item = strtok_r(text, ",", &rest); item; item = strtok_r(NULL, ",", &rest)) {
        if (*count == LIST_MAX) {
            (void)usage_error("eval", "%s takes at most %u numbers", option, LIST_MAX);
            return false;
        }
        if (!read_number("eval", option, item, 1, 2000000000, &out[*count]))
            return false;
        ++*count;
    }
    return true;
}

static bool read_gate(struct eval_request *request, const char *text)
{
    const char *equals = strchr(text, '=');
    struct gate *gate = &request->gates[request->gate_count];
    char *end = NULL;

    for (unsigned m = 0; equals && m < EVAL_METRIC_COUNT; m++) {
        if (strlen(metric_names[m]) != (size_t)(equals - text) ||
            memcmp(metric_names[m], text, (size_t)(equals - text)) != 0)
            continue;
        gate->metric = m;
        gate->least = strtod(equals + 1, &end);
        if (end == equals + 1 || *end || request->gate_count == EVAL_GATES_MAX)
            break;
        request->gate_count++;
        return true;
    }
    (void)usage_error("eval", "--min takes a metric and a value, as recall@10=0.8; not '%s'", text);
    return false;
}

bool eval_gate_check(const struct eval_gate *gate)
{
    struct eval_request request = { .gate_count = 0 };
    struct evaluation evaluation = { .request = &request };
    struct error problem;
    enum status status;

    for (size_t i = 0; i < gate->count; i++)
        if (!read_gate(&request, gate->least[i]))
            return false;
    request.questions = gate->questions;
    request.judgements = gate->judgements;
    status = read_set(&evaluation, &problem);
    eval_set_release(&evaluation.set);
    if (status)
        (void)fail_with(&problem);
    return status == STATUS_OK;
}

int eval_gate(const char *kb_option, long model, const struct eval_gate *gate)
{
    struct eval_request request = { .kb = kb_option,
                                    .questions = gate->questions,
                                    .judgements = gate->judgements,
                                    .mode = "hybrid",
                                    .models = { model },
                                    .model_count = 1,
                                    .depth = 100 };

    for (size_t i = 0; i < gate->count; i++)
        if (!read_gate(&request, gate->least[i]))
            return EXIT_USAGE;
    return evaluate(&request);
}

int cmd_eval(int argc, char **argv)
{
    static const struct option options[] = { { "kb", required_argument, NULL, 'k' },
                                             { "qrels", required_argument, NULL, 'q' },
                                             { "mode", required_argument, NULL, 'm' },
                                             { "model", required_argument, NULL, 'M' },
                                             { "as-of", required_argument, NULL, 'a' },
                                             { "depth", required_argument, NULL, 'd' },
                                             { "min", required_argument, NULL, 'g' },
                                             { "json", no_argument, NULL, 'j' },
                                             { "rerank", optional_argument, NULL, 'R' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    struct eval_request request = { .depth = 100 };
    bool is_understood = true;
    int option;

    while (is_understood && (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'k')
            request.kb = optarg;
        else if (option == 'q')
            request.judgements = optarg;
        else if (option == 'm')
            request.mode = optarg;
        else if (option == 'M')
            is_understood = read_list("--model", optarg, request.models, &request.model_count);
        else if (option == 'a')
            is_understood =
                read_list("--as-of", optarg, request.generations, &request.generation_count);
        else if (option == 'd')
            is_understood = read_number("eval", "--depth", optarg, 10, 1000, &request.depth);
        else if (option == 'g')
            is_understood = read_gate(&request, optarg);
        else if (option == 'R')
            is_understood = rerank_option("eval", optarg, &request.reranking);
        else if (option == 'j')
            request.is_json = true;
        else
            return option == 'h' ? print_help(help) : EXIT_USAGE;
    }
    if (!is_understood)
        return EXIT_USAGE;
    if (request.mode && strcmp(request.mode, "text") != 0 && strcmp(request.mode, "vector") != 0 &&
        strcmp(request.mode, "hybrid") != 0)
        return usage_error("eval", "--mode takes text, vector or hybrid, not '%s'", request.mode);
    if (optind + 1 != argc)
        return usage_error("eval", "one file of questions, please");
    request.questions = argv[optind];
    return evaluate(&request);
}
