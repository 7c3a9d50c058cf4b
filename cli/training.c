#include "cli/training.h"

#include <stdlib.h>
#include <string.h>

#include "cli/fresh_hits.h"
#include "cli/hit_print.h"
#include "cli/query_vectors.h"
#include "cli/quote.h"
#include "cli/training_parts.h"

#define BATCH          256u /* asks whose queries are embedded at once */
#define BATCH_BYTES    ((size_t)256 << 20)
#define CANDIDATES     50u
#define CONTEXT_HITS   5u
#define LINE_BYTES_MAX ((size_t)256 << 20)
/* A passage that scores nearly as the positive does may well be another answer. The share is that
 * of TopK-PercPos, the best of those compared by Moreira et al., "NV-Retriever: Improving text
 * embedding models with effective hard-negative mining", 2024, section 5. */
#define NEGATIVE_SHARE 0.95

/* A passage that a search found. */
struct found {
    struct hit_place place; /* its spans live as long as the search */
    struct span text;
    double score, cosine;
    enum verdict verdict; /* of a question's hits: what was said of it */
    bool is_own;          /* of a section: it stands in it, or says the same */
};

struct exporter {
    const struct training_options *options;
    struct training_counts *counts;
    training_write_fn *fn;
    void *user;
    struct arena arena; /* of the batch */
    struct ask *asks;
    size_t count;
    uint64_t *seen; /* hashes of the queries of sections, open addressing; 0: free */
    size_t seen_count, seen_capacity;
    struct buf out;
    struct json_writer json;
    struct found found[CANDIDATES];
    size_t found_count;
    bool is_ended; /* nobody reads any more */
};

/* ---- one line ---- */

static void put_passage(struct exporter *exporter, const char *name, const struct found *found)
{
    json_put_object_begin(&exporter->json, name);
    json_put_string(&exporter->json, "text", found->text);
    hit_put_place(&found->place, "provenance", &exporter->json);
    json_put_object_end(&exporter->json);
}

static void begin_line(struct exporter *exporter, const struct ask *ask, const char *query_name)
{
    bool is_section = ask->passage.len > 0;

    buf_clear(&exporter->out);
    exporter->json = (struct json_writer)JSON_WRITER(&exporter->out);
    json_put_object_begin(&exporter->json, NULL);
    json_put_string(&exporter->json, query_name, ask->query);
    json_put_text(&exporter->json, "origin", is_section ? "heading" : "question");
    if (!is_section)
        json_put_integer(&exporter->json, "question_id", ask->question.question_id);
}

static enum status end_line(struct exporter *exporter, struct error *err)
{
    enum status status;

    json_put_object_end(&exporter->json);
    buf_append_char(&exporter->out, '\n');
    status = buf_status(&exporter->out, err);
    if (!status && !exporter->fn(exporter->user, &exporter->out))
        exporter->is_ended = true;
    exporter->counts->examples++;
    return status;
}

static struct found own_passage(const struct ask *ask, struct span text)
{
    return (struct found){ .place = ask->place, .text = text };
}

/* ---- pairs and triples ---- */

static const struct found *find_positive(const struct exporter *exporter, const struct ask *ask)
{
    for (size_t i = 0; i < exporter->found_count; i++) {
        const struct found *found = &exporter->found[i];

        if (ask->passage.len > 0 ? found->is_own : found->verdict == VERDICT_GOOD)
            return found;
    }
    return NULL;
}

static bool is_negative(const struct found *found, const struct found *positive)
{
    if (found->verdict == VERDICT_BAD)
        return true;
    if (found->verdict == VERDICT_GOOD || found->is_own)
        return false;
    return positive->cosine > 0 && found->cosine != 0
               ? found->cosine < NEGATIVE_SHARE * positive->cosine
               : found->score < NEGATIVE_SHARE * positive->score;
}

static void put_negatives(struct exporter *exporter, const struct found *positive)
{
    size_t count = 0;

    json_put_array_begin(&exporter->json, "negatives");
    for (size_t i = 0; i < exporter->found_count && count < exporter->options->negatives; i++) {
        if (!is_negative(&exporter->found[i], positive))
            continue;
        put_passage(exporter, NULL, &exporter->found[i]);
        count++;
    }
    json_put_array_end(&exporter->json);
}

static enum status write_pair(struct exporter *exporter, const struct ask *ask, struct error *err)
{
    bool is_section = ask->passage.len > 0;
    struct found own = own_passage(ask, ask->passage);
    const struct found *positive = find_positive(exporter, ask);

    if (exporter->options->kind == TRAINING_PAIRS && is_section)
        positive = &own;
    if (!positive) {
        exporter->counts->not_found++;
        return STATUS_OK;
    }
    begin_line(exporter, ask, "query");
    json_put_string(&exporter->json, "positive", is_section ? ask->passage : positive->text);
    hit_put_place(is_section ? &ask->place : &positive->place, "provenance", &exporter->json);
    if (exporter->options->kind == TRAINING_TRIPLES)
        put_negatives(exporter, positive);
    return end_line(exporter, err);
}

/* ---- chat ---- */

static void put_messages(struct exporter *exporter, const struct ask *ask,
                         const struct found *context, size_t count)
{
    CLEANUP(buf_release) struct buf user = BUF_INIT(LINE_BYTES_MAX);

    for (size_t i = 0; i < count; i++) {
        buf_printf(&user, "## [%zu] ", i + 1);
        hit_append_path(&context[i].place, &user);
        buf_append(&user, "\n\n", 2);
        quote_append(context[i].text, &user);
        buf_append(&user, "\n", 1);
    }
    buf_append(&user, "Question: ", 10);
    buf_append(&user, ask->query.data, ask->query.len);
    json_put_array_begin(&exporter->json, "messages");
    quote_put_message(&exporter->json, "system",
                      (struct span){ quote_instructions, strlen(quote_instructions) });
    quote_put_message(&exporter->json, "user", buf_span(&user));
    quote_put_message(&exporter->json, "assistant", ask->question.answer);
    json_put_array_end(&exporter->json);
}

/* Good hits alone where there are some; else the first that nobody called bad. */
static size_t choose_context(struct exporter *exporter, struct found *out)
{
    enum verdict least = VERDICT_NONE;
    size_t count = 0;

    for (size_t i = 0; i < exporter->found_count; i++)
        if (exporter->found[i].verdict == VERDICT_GOOD)
            least = VERDICT_GOOD;
    for (size_t i = 0; i < exporter->found_count && count < CONTEXT_HITS; i++)
        if (exporter->found[i].verdict >= least)
            out[count++] = exporter->found[i];
    return count;
}

static enum status write_chat(struct exporter *exporter, const struct ask *ask, struct error *err)
{
    struct found context[CONTEXT_HITS];
    size_t count = 1;
    bool has_answer = ask->passage.len == 0 && ask->question.answer.len > 0;

    if (ask->passage.len > 0)
        context[0] = own_passage(ask, ask->section);
    else
        count = choose_context(exporter, context);
    begin_line(exporter, ask, "question");
    if (ask->passage.len == 0 && question_failure(&ask->question))
        json_put_bool(&exporter->json, "failed", true);
    json_put_array_begin(&exporter->json, "context");
    for (size_t i = 0; i < count; i++)
        put_passage(exporter, NULL, &context[i]);
    json_put_array_end(&exporter->json);
    if (has_answer) {
        json_put_string(&exporter->json, "answer", ask->question.answer);
        put_messages(exporter, ask, context, count);
    } else {
        json_put_null(&exporter->json, "answer");
        exporter->counts->unanswered++;
    }
    return end_line(exporter, err);
}

/* ---- searching ---- */

static bool span_equal(struct span a, struct span b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static bool is_own(const struct ask *ask, const struct hit *hit)
{
    for (size_t i = 0; i < hit->place_count; i++)
        if (hit->places[i].document_id == ask->place.document_id &&
            span_equal(hit->places[i].heading_path, ask->place.heading_path))
            return true;
    return span_equal(hit->text, ask->passage);
}

static enum verdict verdict_of(const struct question *question, const struct hit *hit)
{
    for (size_t i = 0; i < question->hit_count; i++)
        for (size_t k = 0; k < hit->place_count; k++)
            if (question->hits[i].verdict != VERDICT_NONE &&
                question->hits[i].segment_id == hit->places[k].segment_id)
                return question->hits[i].verdict;
    return VERDICT_NONE;
}

static enum status collect(struct exporter *exporter, const struct ask *ask,
                           struct fresh_hits *hits, struct error *err)
{
    bool has_hit = true;
    enum status status = STATUS_OK;

    exporter->found_count = 0;
    while (!status && exporter->found_count < CANDIDATES) {
        const char *stale;
        struct hit hit;

        status = fresh_hits_next(hits, &hit, &stale, &has_hit, err);
        if (status || !has_hit)
            break;
        exporter->found[exporter->found_count++] = (struct found){
            .place = hit.places[0],
            .text = hit.text,
            .score = hit.score,
            .cosine = hit.cosine,
            .verdict = ask->passage.len > 0 ? VERDICT_NONE : verdict_of(&ask->question, &hit),
            .is_own = ask->passage.len > 0 && is_own(ask, &hit),
        };
    }
    return status;
}

static enum status write_ask(struct exporter *exporter, const struct ask *ask, struct error *err)
{
    return exporter->options->kind == TRAINING_CHAT ? write_chat(exporter, ask, err)
                                                    : write_pair(exporter, ask, err);
}

static enum status search_and_write(struct exporter *exporter, const struct ask *ask,
                                    const struct query_vectors *vectors, size_t at,
                                    struct error *err)
{
    struct search_query query = { .text = ask->query,
                                  .mode = SEARCH_HYBRID,
                                  .vector = query_vectors_at(vectors, at),
                                  .dimensions = vectors->dimensions,
                                  .model_id = vectors->model_id,
                                  .vector_weight = -1,
                                  .candidates = CANDIDATES };
    struct principal *principal = exporter->options->principal;
    CLEANUP(fresh_hits_release) struct fresh_hits hits = { .search = NULL };
    CLEANUP(search_free_ptr) struct search *search = NULL;
    enum status status;

    if (principal) {
        query.filter.may_read = access_may_read;
        query.filter.user = principal;
    }
    status = search_run(exporter->options->kb->snapshot, &query, &search, err);
    if (!status)
        status = fresh_hits_open(search, true, false, principal, &hits, err);
    if (!status)
        status = collect(exporter, ask, &hits, err);
    return status ? status : write_ask(exporter, ask, err);
}

static bool needs_search(const struct exporter *exporter, const struct ask *ask)
{
    return ask->passage.len == 0 || exporter->options->kind == TRAINING_TRIPLES;
}

static enum status flush(struct exporter *exporter, struct error *err)
{
    CLEANUP(query_vectors_release) struct query_vectors vectors = { .note = "" };
    struct span *texts = calloc(BATCH, sizeof(*texts));
    enum status status = STATUS_OK;

    if (!texts)
        return error_set(err, STATUS_NO_MEMORY, "no memory for an export");
    for (size_t i = 0; i < exporter->count; i++)
        texts[i] = exporter->asks[i].query;
    if (exporter->count > 0)
        status =
            query_vectors_make(exporter->options->kb, 0, texts, exporter->count, &vectors, err);
    for (size_t i = 0; i < exporter->count && !status && !exporter->is_ended; i++)
        status = search_and_write(exporter, &exporter->asks[i], &vectors, i, err);
    free(texts);
    exporter->count = 0;
    arena_release(&exporter->arena);
    exporter->arena = (struct arena)ARENA_INIT(BATCH_BYTES);
    return status;
}

/* ---- what is asked ---- */

static struct span keep(struct arena *arena, struct span text)
{
    const char *copy = arena_copy(arena, text);

    return copy ? (struct span){ copy, text.len } : (struct span){ "", 0 };
}

static enum status keep_ask(struct exporter *exporter, const struct ask *ask, struct error *err)
{
    struct arena *arena = &exporter->arena;
    struct ask *kept = &exporter->asks[exporter->count++];
    struct question_hit *hits;

    *kept = *ask;
    kept->query = keep(arena, ask->query);
    kept->passage = keep(arena, ask->passage);
    kept->section = keep(arena, ask->section);
    kept->place.source_path = keep(arena, ask->place.source_path);
    kept->place.path = keep(arena, ask->place.path);
    kept->place.member = keep(arena, ask->place.member);
    kept->place.title = keep(arena, ask->place.title);
    kept->place.media_type = keep(arena, ask->place.media_type);
    kept->place.language = keep(arena, ask->place.language);
    kept->place.heading_path = keep(arena, ask->place.heading_path);
    kept->question.text = kept->query;
    kept->question.answer = keep(arena, ask->question.answer);
    hits = arena_alloc(arena, (ask->question.hit_count + 1) * sizeof(*hits));
    if (arena->failed)
        return error_set(err, STATUS_NO_MEMORY, "no memory for an export");
    if (ask->question.hit_count > 0)
        memcpy(hits, ask->question.hits, ask->question.hit_count * sizeof(*hits));
    kept->question.hits = hits;
    return exporter->count == BATCH ? flush(exporter, err) : STATUS_OK;
}

static bool insert_seen(uint64_t *slots, size_t capacity, uint64_t key)
{
    for (size_t i = key % capacity;; i = (i + 1) % capacity) {
        if (slots[i] == key)
            return false;
        if (slots[i] == 0) {
            slots[i] = key;
            return true;
        }
    }
}

/* Headings that stand in many places ("License") ask nothing certain: only the first is kept. */
static enum status is_first(struct exporter *exporter, struct span query, bool *out,
                            struct error *err)
{
    struct hash hash;
    uint64_t key;

    hash_of(query, &hash);
    memcpy(&key, hash.bytes, sizeof(key));
    if (2 * (exporter->seen_count + 1) > exporter->seen_capacity) {
        size_t capacity = exporter->seen_capacity ? 2 * exporter->seen_capacity : 4096;
        uint64_t *slots = calloc(capacity, sizeof(*slots));

        if (!slots)
            return error_set(err, STATUS_NO_MEMORY, "no memory for an export");
        for (size_t i = 0; i < exporter->seen_capacity; i++)
            if (exporter->seen[i])
                (void)insert_seen(slots, capacity, exporter->seen[i]);
        free(exporter->seen);
        exporter->seen = slots;
        exporter->seen_capacity = capacity;
    }
    *out = insert_seen(exporter->seen, exporter->seen_capacity, key | 1);
    exporter->seen_count += *out;
    return STATUS_OK;
}

/* Ends the walk; it is no failure. */
static enum status end_without_reader(const struct exporter *exporter, struct error *err)
{
    return exporter->is_ended ? error_set(err, STATUS_CANCELLED, "nobody reads any more")
                              : STATUS_OK;
}

static enum status take_section(void *user, const struct ask *ask, struct error *err)
{
    struct exporter *exporter = user;
    bool is_new = false;
    enum status status = is_first(exporter, ask->query, &is_new, err);

    if (!status && is_new)
        status = needs_search(exporter, ask) ? keep_ask(exporter, ask, err)
                                             : write_ask(exporter, ask, err);
    return status ? status : end_without_reader(exporter, err);
}

static bool has_good_hit(const struct question *question)
{
    for (size_t i = 0; i < question->hit_count; i++)
        if (question->hits[i].verdict == VERDICT_GOOD)
            return true;
    return false;
}

static enum status take_question(void *user, const struct question *question, struct error *err)
{
    struct exporter *exporter = user;
    const struct principal *principal = exporter->options->principal;
    struct ask ask = { .query = question->text, .question = *question };
    enum status status;

    if (principal && question->asker != (int64_t)principal_uid(principal))
        return STATUS_OK;
    if (!has_good_hit(question) && (exporter->options->kind != TRAINING_CHAT ||
                                    (question->answer.len == 0 && !question_failure(question))))
        return STATUS_OK;
    status = keep_ask(exporter, &ask, err);
    return status ? status : end_without_reader(exporter, err);
}

enum status training_export(const struct training_options *options, training_write_fn *fn,
                            void *user, struct training_counts *out, struct error *err)
{
    struct exporter *exporter = calloc(1, sizeof(*exporter));
    enum status status = STATUS_OK;

    *out = (struct training_counts){ 0 };
    if (!exporter)
        return error_set(err, STATUS_NO_MEMORY, "no memory for an export");
    exporter->options = options;
    exporter->counts = out;
    exporter->fn = fn;
    exporter->user = user;
    exporter->arena = (struct arena)ARENA_INIT(BATCH_BYTES);
    exporter->out = (struct buf)BUF_INIT(LINE_BYTES_MAX);
    exporter->asks = calloc(BATCH, sizeof(*exporter->asks));
    if (!exporter->asks)
        status = error_set(err, STATUS_NO_MEMORY, "no memory for an export");
    if (!status && options->log)
        status = question_log_each(options->log, 0, take_question, exporter, err);
    if (!status && !options->skips_documents)
        status = training_each_section(options, take_section, exporter, out, err);
    if (!status)
        status = flush(exporter, err);
    if (exporter->is_ended && status == STATUS_CANCELLED)
        status = STATUS_OK;
    arena_release(&exporter->arena);
    buf_release(&exporter->out);
    free(exporter->seen);
    free(exporter->asks);
    free(exporter);
    return status;
}
