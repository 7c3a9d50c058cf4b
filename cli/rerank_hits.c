#include "cli/rerank_hits.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/plugin_words.h"

#define TEXTS_BYTES_MAX ((size_t)256 << 20)

bool rerank_option(const char *command, const char *value, struct reranking *out)
{
    out->is_wanted = true;
    return !value || read_number(command, "--rerank", value, 1, 1000, &out->count);
}

/* What a reader would see of each: its title or heading path, then its text. */
static enum status write_texts(const struct fresh_hits *hits, struct buf *bytes, struct span *texts,
                               struct error *err)
{
    size_t start = 0;
    enum status status;

    for (size_t i = 0; i < hits->queue_count; i++) {
        const struct hit *hit = &hits->queue[i];
        const struct hit_place *place = &hit->places[0];
        struct span heading = place->heading_path.len > 0 ? place->heading_path : place->title;

        start = bytes->len;
        buf_append(bytes, heading.data, heading.len);
        buf_append(bytes, "\n\n", heading.len > 0 ? 2 : 0);
        buf_append(bytes, hit->text.data, hit->text.len);
        texts[i].len = bytes->len - start;
    }
    status = buf_status(bytes, err);
    start = 0;
    for (size_t i = 0; i < hits->queue_count && !status; i++) {
        texts[i].data = bytes->data + start;
        start += texts[i].len;
    }
    return status;
}

/* Best first; what got no score stays behind the others, as it was. */
static int compare_hits(const void *a, const void *b)
{
    const struct hit *x = a;
    const struct hit *y = b;
    bool x_has = !isnan(x->rerank_score), y_has = !isnan(y->rerank_score);

    if (x_has != y_has)
        return x_has ? -1 : 1;
    if (x_has && x->rerank_score != y->rerank_score)
        return x->rerank_score > y->rerank_score ? -1 : 1;
    return (x->first_rank > y->first_rank) - (x->first_rank < y->first_rank);
}

static void put_in_order(struct fresh_hits *hits, const double *scores, struct reranking *reranking)
{
    for (size_t i = 0; i < hits->queue_count; i++) {
        hits->queue[i].rerank_score = scores[i];
        hits->queue[i].first_rank = (uint32_t)(i + 1);
        reranking->done += !isnan(scores[i]);
    }
    qsort(hits->queue, hits->queue_count, sizeof(*hits->queue), compare_hits);
    for (size_t i = 0; i < hits->queue_count; i++)
        if (isnan(hits->queue[i].rerank_score))
            hits->queue[i].first_rank = 0;
}

/* Asks the plugin. What goes wrong with it is the reranking's problem, no error. */
static enum status ask(const struct kb *kb, struct span question, struct fresh_hits *hits,
                       const struct plugin_words *command, const struct plugin_words *pass,
                       struct reranking *reranking, struct error *err)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(TEXTS_BYTES_MAX);
    struct rerank_options options = { .arguments = command->words,
                                      .environment = (const char *const *)environ,
                                      .passed_names = pass->words,
                                      .timeout_ms = kb->config->rerank_s * 1000 };
    size_t count = hits->queue_count ? hits->queue_count : 1;
    struct span *texts = calloc(count, sizeof(*texts));
    double *scores = calloc(count, sizeof(*scores));
    struct rerank_hello hello = { .model = "" };
    struct error problem;
    enum status status = texts && scores
                             ? write_texts(hits, &bytes, texts, err)
                             : error_set(err, STATUS_NO_MEMORY, "no memory to rank hits again");

    if (!status && rerank_run(&options, question, texts, hits->queue_count, scores,
                              reranking->is_kept ? &reranking->session : NULL, &hello, &problem))
        (void)snprintf(reranking->problem, sizeof(reranking->problem), "%s", problem.text);
    else if (!status)
        put_in_order(hits, scores, reranking);
    (void)snprintf(reranking->model, sizeof(reranking->model), "%s", hello.model);
    free(texts);
    free(scores);
    return status;
}

size_t rerank_depth(const struct kb *kb, const struct reranking *reranking)
{
    if (!reranking->is_wanted)
        return 0;
    return (size_t)(reranking->count ? reranking->count : kb->config->rerank_candidates);
}

enum status rerank_hits(const struct kb *kb, struct span question, struct fresh_hits *hits,
                        struct reranking *reranking, struct error *err)
{
    struct plugin_words command, pass;
    enum status status;

    if (!reranking->is_wanted)
        return STATUS_OK;
    if (!kb->config->rerank_plugin[0])
        return error_set(err, STATUS_UNSUPPORTED,
                         "there is no reranker: name one as 'plugin' in [rerank] of "
                         "'%s/varve.conf'",
                         kb->folder.data);
    status = plugin_words_read("'plugin' in [rerank] of varve.conf", kb->config->rerank_plugin,
                               &command, err);
    if (status)
        return status;
    status =
        plugin_words_split("'pass' in [rerank] of varve.conf", kb->config->rerank_pass, &pass, err);
    if (!status) {
        status = fresh_hits_gather(hits, rerank_depth(kb, reranking), err);
        if (!status && hits->queue_count > 1)
            status = ask(kb, question, hits, &command, &pass, reranking, err);
        plugin_words_release(&pass);
    }
    plugin_words_release(&command);
    return status;
}

void rerank_put_json(const struct reranking *reranking, struct json_writer *json)
{
    if (!reranking->is_wanted)
        return;
    json_put_object_begin(json, "rerank");
    json_put_text(json, "model", reranking->model);
    json_put_integer(json, "hits", (int64_t)reranking->done);
    json_put_text(json, "problem", reranking->problem);
    json_put_object_end(json);
}

void rerank_print(const struct reranking *reranking)
{
    CLEANUP(buf_release) struct buf problem = BUF_INIT(4096);

    if (!reranking->problem[0])
        return;
    utf8_append_printable(&problem,
                          (struct span){ reranking->problem, strlen(reranking->problem) });
    fprintf(stderr, "varve: the reranker failed, so the first ranking stands: %s\n", problem.data);
}
