/*
 * search.c - `varve search`: ranked hits whose files are looked at before they are shown.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/os.h"
#include "base/utf8.h"
#include "cli/asked.h"
#include "cli/commands.h"
#include "cli/engine.h"
#include "cli/filter_option.h"
#include "cli/fresh_hits.h"
#include "cli/hit_print.h"
#include "cli/kb.h"
#include "cli/last_search.h"
#include "cli/query_vectors.h"
#include "cli/rerank_hits.h"
#include "cli/sync.h"
#include "serve/control.h"

static const char help[] =
    "usage: varve search [OPTION ...] QUERY ...\n\n"
    "Prints the passages that answer best: text, document, page or range, heading path, "
    "generation.\n"
    "Each hit's file is looked at first: one that changed or is gone is left out (and said), or "
    "with\n"
    "--stale flag shown and marked.\n\n"
    "  -n, --limit N       at most N hits (10)\n"
    "  --fresh             first wait until everything saved before now is indexed\n"
    "  --json              one JSON object\n"
    "  --mode M            hybrid (default), text, vector\n"
    "  --fusion F          score (default), rrf (reciprocal ranks)\n"
    "  --rerank[=N]        the plugin of [rerank] in varve.conf ranks the first N hits (50) again\n"
    "  --stale S           strict, flag (default: varve.conf)\n" FILTER_HELP
    "  --as USER           only what that user may read: by owner, group, mode and access list of "
    "the\n"
    "                      file and its folders\n"
    "  --per-document N    at most N hits of one document\n"
    "  --as-of WHEN        what was indexed in a generation, or at a time (2026-03-01, yesterday,\n"
    "                      '2 days ago'), as far as it is kept; files are not looked at\n"
    "  --snippet N         at most N characters of each passage (320): those that say best why it\n"
    "                      was found, its words marked\n"
    "  --full              whole passages\n"
    "  --color WHEN        auto (default: on a terminal, unless $NO_COLOR is set), always, never\n"
    "  --expand section|N  the section that a passage stands in, or N passages on each side of it\n"
    "  --expand-tokens N   but at most so many tokens (1024)\n"
    "  --kb DIR            the knowledge base\n\n"
    "In QUERY: words, of which more and rarer ones count more; \"a phrase\"; prefix*; +required "
    "and\n"
    "-excluded, or AND and NOT in capitals; title:word, heading:word, text:word. Whatever is\n"
    "written is a query.\n\n"
    "Exit status: 0 there are hits; 1 there are none; 2 wrong usage; 3 it failed.\n";

struct request {
    const char *kb_option, *mode, *stale, *fusion;
    struct filter_option filter;
    struct reranking reranking;
    const char *as_of_text; /* a generation or a time; NULL: now */
    int64_t as_of;          /* the generation that it says; 0: now */
    const char *user;       /* for whom; NULL: for whoever may read the index */
    long limit, per_document, snippet_length;
    const char *color;
    long neighbours, expand_tokens; /* neighbours 0: the section */
    bool is_fresh, is_json, is_full, is_expanded;
    struct buf text;
};

struct answer {
    struct buf out;
    struct json_writer json;
    struct snippet_maker *snippets;
    struct last_search last; /* for `varve open`: of answers to people */
    struct asked asked;
    int64_t question_id; /* under which it is kept; 0: it is not */
    bool is_coloured;
    size_t shown;
};

static bool wants_colour(const char *when)
{
    const char *off = getenv("NO_COLOR"), *terminal = getenv("TERM");

    if (strcmp(when, "auto") != 0)
        return strcmp(when, "always") == 0;
    return isatty(STDOUT_FILENO) && !(off && *off) && !(terminal && strcmp(terminal, "dumb") == 0);
}

static enum status show_hit(struct answer *answer, const struct request *request,
                            struct search *search, const struct hit *hit, const char *stale,
                            struct error *err)
{
    struct snippet snippet;
    struct hit_shown shown = { .rank = ++answer->shown,
                               .stale = stale,
                               .snippet = &snippet,
                               .is_coloured = answer->is_coloured };
    bool is_all_shown = request->is_full || (request->is_expanded && !request->is_json);
    struct expansion around;
    enum status status = STATUS_OK;

    if (request->is_expanded) {
        status = search_expand(
            search, &hit->places[0], request->neighbours ? EXPAND_NEIGHBOURS : EXPAND_SECTION,
            (uint32_t)request->neighbours, (uint32_t)request->expand_tokens, &around, err);
        shown.around = &around;
    }
    if (!status)
        status = snippet_make(
            answer->snippets, request->is_expanded && !request->is_json ? around.text : hit->text,
            is_all_shown ? SNIPPET_WHOLE : (size_t)request->snippet_length, &snippet, err);
    if (status)
        return status;
    if (request->is_json) {
        hit_put_json(hit, &shown, &answer->json);
        return STATUS_OK;
    }
    hit_append_text(hit, &shown, &answer->out);
    last_search_add(&answer->last, &hit->places[0],
                    snippet.match_count > 0 && !request->is_expanded
                        ? snippet.start + snippet.matches[0].start
                        : 0);
    return STATUS_OK;
}

static enum status collect(struct answer *answer, const struct request *request,
                           struct fresh_hits *hits, struct error *err)
{
    enum status status = STATUS_OK;
    bool has_hit = true;

    while (!status && answer->shown < (size_t)request->limit) {
        struct hit hit;
        const char *stale = NULL;

        status = fresh_hits_next(hits, &hit, &stale, &has_hit, err);
        if (status || !has_hit)
            break;
        status = show_hit(answer, request, hits->search, &hit, stale, err);
        if (!status)
            status = asked_hit(&answer->asked, hits->search, &hit, err);
    }
    return status;
}

static void finish_answer(struct answer *answer, const struct request *request,
                          const struct fresh_hits *hits, const struct search_summary *summary,
                          const char *note)
{
    struct json_writer *json = &answer->json;

    if (!*note)
        note = summary->note ? summary->note : "";
    if (!request->is_json) {
        if (answer->shown == 0)
            buf_append(&answer->out, "nothing found\n", 14);
        fresh_hits_print_left_out(hits);
        rerank_print(&request->reranking);
        if (*note)
            fprintf(stderr, "varve: %s\n", note);
        return;
    }
    json_put_array_end(json);
    fresh_hits_put_left_out(hits, json);
    if (!request->user) /* a count over all documents */
        json_put_integer(json, "waiting_segments", (int64_t)summary->waiting_texts);
    if (answer->question_id)
        json_put_integer(json, "question_id", answer->question_id);
    rerank_put_json(&request->reranking, json);
    if (hits->checker) /* every file of the answer was looked at, then or a moment before */
        json_put_integer(json, "checked_ms", os_wall_ms());
    json_put_text(json, "note", note);
    json_put_object_end(json);
    buf_append_char(&answer->out, '\n');
}

/* ---- the command ---- */

static void start_asking(struct asked *asked, const struct kb *kb, const struct request *request)
{
    asked_start(asked, kb);
    asked->is_kept &= request->as_of == 0; /* what is asked of the past says nothing of today */
    filter_option_keep(&request->filter, asked);
}

static enum status run_search(const struct kb *kb, struct request *request,
                              struct principal *principal, const struct query_vectors *vectors,
                              struct answer *answer, struct error *err)
{
    size_t depth = rerank_depth(kb, &request->reranking), limit = (size_t)request->limit;
    size_t deepest = depth > limit ? depth : limit;
    struct search_query query = {
        .text = buf_span(&request->text),
        .mode = strcmp(request->mode, "text") == 0     ? SEARCH_TEXT
                : strcmp(request->mode, "vector") == 0 ? SEARCH_VECTOR
                                                       : SEARCH_HYBRID,
        .vector = query_vectors_at(vectors, 0),
        .dimensions = vectors->dimensions,
        .model_id = vectors->model_id,
        .fusion = strcmp(request->fusion, "score") == 0 ? FUSION_SCORE : FUSION_RANK,
        .vector_weight = -1,
        .candidates = deepest > 25 ? 2 * (unsigned)(deepest > 50 ? deepest : 50) : 0,
        .per_document = (unsigned)request->per_document,
        .filter.generation = request->as_of,
    };
    const char *stale = request->stale ? request->stale : kb->config->stale;
    CLEANUP(fresh_hits_release) struct fresh_hits hits = { .search = NULL };
    struct search *search = NULL;
    struct search_summary summary;
    enum status status;

    if (principal) {
        query.filter.may_read = access_may_read;
        query.filter.user = principal;
    }
    status = filter_option_apply(&request->filter, kb, &query.filter, err);
    if (!status)
        status = search_run(kb->snapshot, &query, &search, err);
    if (status)
        return status;
    search_read_summary(search, &summary);
    if (request->is_json) {
        json_put_object_begin(&answer->json, NULL);
        json_put_string(&answer->json, "query", buf_span(&request->text));
        json_put_integer(&answer->json, "generation", summary.generation);
        json_put_bool(&answer->json, "fresh", request->is_fresh);
        json_put_text(&answer->json, "mode", request->mode);
        json_put_array_begin(&answer->json, "hits");
    }
    status =
        fresh_hits_open(search, strcmp(stale, "flag") != 0, request->as_of, principal, &hits, err);
    last_search_begin(&answer->last, kb->folder.data);
    start_asking(&answer->asked, kb, request);
    if (!status)
        status = rerank_hits(kb, query.text, &hits, &request->reranking, err);
    answer->snippets = snippet_maker_new(search, buf_span(&request->text));
    if (!status && !answer->snippets)
        status = error_set(err, STATUS_NO_MEMORY, "no memory for snippets");
    if (!status)
        status = collect(answer, request, &hits, err);
    if (!status)
        answer->question_id = asked_write(&answer->asked, kb, buf_span(&request->text), principal);
    if (!status)
        finish_answer(answer, request, &hits, &summary, vectors->note);
    if (!status)
        fresh_hits_report(&hits, kb->folder.data);
    if (!status && !request->is_json)
        last_search_end(&answer->last);
    buf_release(&answer->last.text);
    asked_release(&answer->asked);
    snippet_maker_free(answer->snippets);
    search_free(search);
    return status ? status : buf_status(&answer->out, err);
}

static int search_reader(struct request *request)
{
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    CLEANUP(query_vectors_release) struct query_vectors vectors = { .note = "" };
    struct answer answer = { .out = BUF_INIT((size_t)1 << 30),
                             .is_coloured = wants_colour(request->color) };
    struct principal *principal = NULL;
    struct span text = buf_span(&request->text);
    struct error problem;
    enum status status = kb_open_reader(&kb, request->kb_option, &problem);

    if (!status && request->as_of_text)
        status = kb_read_generation(&kb, request->as_of_text, &request->as_of, &problem);
    answer.json = (struct json_writer)JSON_WRITER(&answer.out);
    if (!status && request->user)
        status = principal_new(request->user, &principal, &problem);
    if (!status && strcmp(request->mode, "text") != 0)
        status = query_vectors_make(&kb, 0, &text, 1, &vectors, &problem);
    if (!status)
        status = run_search(&kb, request, principal, &vectors, &answer, &problem);
    principal_free(principal);
    if (!status)
        (void)print_buf(&answer.out);
    buf_release(&answer.out);
    if (status)
        return request->filter.is_wrong ? usage_error("search", "%s", problem.text)
                                        : fail_with(&problem);
    return answer.shown > 0 ? EXIT_DONE : EXIT_FOUND;
}

static int read_option(int option, struct request *request)
{
    switch (option) {
    case 'k':
        request->kb_option = optarg;
        return -1;
    case 'n':
        return read_number("search", "--limit", optarg, 1, 1000, &request->limit) ? -1 : EXIT_USAGE;
    case 'd':
        return read_number("search", "--per-document", optarg, 1, 1000, &request->per_document)
                   ? -1
                   : EXIT_USAGE;
    case 'a':
        request->as_of_text = optarg;
        return -1;
    case 'f':
        request->is_fresh = true;
        return -1;
    case 'j':
        request->is_json = true;
        return -1;
    case 'u':
        request->is_full = true;
        return -1;
    case 'R':
        return rerank_option("search", optarg, &request->reranking) ? -1 : EXIT_USAGE;
    case 'S':
        return read_number("search", "--snippet", optarg, 20, SNIPPET_LENGTH_MAX,
                           &request->snippet_length)
                   ? -1
                   : EXIT_USAGE;
    case 'C':
        request->color = optarg;
        return -1;
    case 'w':
        request->user = optarg;
        return -1;
    case 'x':
        request->is_expanded = true;
        request->neighbours = 0;
        return strcmp(optarg, "section") == 0 ||
                       read_number("search", "--expand (section, or a number)", optarg, 1, 1000,
                                   &request->neighbours)
                   ? -1
                   : EXIT_USAGE;
    case 'X':
        return read_number("search", "--expand-tokens", optarg, 1, 1000000, &request->expand_tokens)
                   ? -1
                   : EXIT_USAGE;
    case 'm':
        request->mode = optarg;
        return -1;
    case 's':
        request->stale = optarg;
        return -1;
    case 'r':
        request->fusion = optarg;
        return -1;
    case 'h':
        return print_help(help);
    default:
        return filter_option_take(&request->filter, "search", option, optarg) ? -1 : EXIT_USAGE;
    }
}

static bool is_one_of(const char *text, const char *a, const char *b, const char *c)
{
    return strcmp(text, a) == 0 || strcmp(text, b) == 0 || (c && strcmp(text, c) == 0);
}

int cmd_search(int argc, char **argv)
{
    static const struct option options[] = { { "kb", required_argument, NULL, 'k' },
                                             { "limit", required_argument, NULL, 'n' },
                                             { "fresh", no_argument, NULL, 'f' },
                                             { "json", no_argument, NULL, 'j' },
                                             { "mode", required_argument, NULL, 'm' },
                                             { "fusion", required_argument, NULL, 'r' },
                                             { "stale", required_argument, NULL, 's' },
                                             FILTER_OPTIONS,
                                             { "per-document", required_argument, NULL, 'd' },
                                             { "full", no_argument, NULL, 'u' },
                                             { "rerank", optional_argument, NULL, 'R' },
                                             { "snippet", required_argument, NULL, 'S' },
                                             { "color", required_argument, NULL, 'C' },
                                             { "as", required_argument, NULL, 'w' },
                                             { "expand", required_argument, NULL, 'x' },
                                             { "expand-tokens", required_argument, NULL, 'X' },
                                             { "as-of", required_argument, NULL, 'a' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    struct request request = { .mode = "hybrid",
                               .fusion = "score",
                               .color = "auto",
                               .filter = FILTER_OPTION_INIT,
                               .limit = 10,
                               .snippet_length = SNIPPET_LENGTH,
                               .expand_tokens = 1024,
                               .text = BUF_INIT((size_t)4 << 20) };
    struct error problem;
    int option, result;

    while ((option = getopt_long(argc, argv, "n:", options, NULL)) != -1) {
        result = read_option(option, &request);
        if (result >= 0)
            return result;
    }
    if (!is_one_of(request.mode, "hybrid", "text", "vector"))
        return usage_error("search", "--mode takes hybrid, text or vector, not '%s'", request.mode);
    if (!is_one_of(request.fusion, "score", "rrf", "rank"))
        return usage_error("search", "--fusion takes score or rrf, not '%s'", request.fusion);
    if (!is_one_of(request.color, "auto", "always", "never"))
        return usage_error("search", "--color takes auto, always or never, not '%s'",
                           request.color);
    if (request.stale && !is_one_of(request.stale, "strict", "flag", NULL))
        return usage_error("search", "--stale takes strict or flag, not '%s'", request.stale);
    if (!join_words(argv + optind, argc - optind, &request.text)) {
        buf_release(&request.text);
        return usage_error("search", "what for?");
    }
    if (request.is_fresh && sync_make_fresh(request.kb_option, &problem))
        result = fail_with(&problem);
    else
        result = search_reader(&request);
    filter_option_release(&request.filter);
    buf_release(&request.text);
    return result;
}
