#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "index/bm25.h"
#include "index/fulltext.h"
#include "index/hits.h"
#include "index/nearby.h"
#include "index/past.h"
#include "index/vectors.h"

#define BELOW_WORST        0.2 /* of the cosine: chosen by measuring, docs/architecture.md */
#define CANDIDATES_VECTORS 50u /* where nothing else is asked: no list to be weighed against */
#define CANDIDATES_MAX     1000u
#define RANK_CONSTANT      60.0 /* of reciprocal rank fusion, as published */
#define SEARCH_ARENA_MAX   ((size_t)1 << 30)
/* Texts that are read and compared together. What says the same stands close together, for its
 * words and its vector are nearly the same; each text costs the unpacking of its block. */
#define TEXTS_AHEAD 12u
#define FEW_ROWS    5000 /* that keep to the query: their inputs are listed */

static struct group *group_find(struct search *search, int64_t input_id)
{
    for (size_t i = 0; i < search->group_count; i++) {
        if (search->groups[i].input_id == input_id)
            return &search->groups[i];
    }
    if (search->group_count == SEARCH_GROUPS_MAX)
        return NULL;
    search->groups[search->group_count] = (struct group){ .input_id = input_id };
    return &search->groups[search->group_count++];
}

/* Reads what a segment belongs to; *is_live: at the search's generation, and past its filters. */
static enum status segment_look(struct search *search, int64_t segment_id, int64_t *input_id,
                                bool *is_live, struct error *err)
{
    struct sql *sql = &search->snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = false;
    enum status status =
        sql_open(sql,
                 "SELECT document_id, input_id FROM segment WHERE segment_id = ?1"
                 " AND born <= ?2 AND (died IS NULL OR died > ?2)",
                 SQL_VALUES(sql_integer(segment_id), sql_integer(search->as_of)), &row, err);

    if (!status)
        status = sql_step(sql, row, &has_row, err);
    *is_live = has_row && hits_is_allowed(search, sqlite3_column_int64(row, 0));
    *input_id = has_row ? sqlite3_column_int64(row, 1) : 0;
    return status;
}

static enum status take_past(void *user, const struct past_match *match, struct error *err)
{
    struct search *search = user;
    struct group *group = group_find(search, match->input_id);

    (void)err;
    if (!group || (group->bm25_rank && group->bm25 >= match->score))
        return STATUS_OK;
    group->segment_id = match->segment_id;
    group->bm25 = match->score;
    group->bm25_rank = (uint32_t)++search->summary.text_matches;
    return STATUS_OK;
}

static enum status accept_row(void *user, int64_t row, bool *is_accepted, struct error *err)
{
    int64_t input_id;

    return segment_look(user, row, &input_id, is_accepted, err);
}

/* Rows come from the best to the worst. */
static enum status take_row(struct search *search, const struct bm25_row *row, struct error *err)
{
    int64_t input_id = 0;
    bool is_live = false;
    struct group *group;
    enum status status = segment_look(search, row->row, &input_id, &is_live, err);

    if (status || !is_live)
        return status;
    search->summary.text_matches++;
    group = group_find(search, input_id);
    /* A copy of a text ranks where its best one does. */
    if (!group || group->bm25_rank)
        return STATUS_OK;
    group->segment_id = row->row;
    group->bm25 = row->score;
    group->bm25_rank = (uint32_t)search->summary.text_matches;
    return STATUS_OK;
}

/* FTS5's own way, for what bm25_rank() does not do. */
static enum status ask_fulltext(struct search *search, struct span expression, size_t wanted,
                                struct error *err)
{
    struct sql *sql = &search->snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status =
        sql_open(sql,
                 "SELECT rowid, -bm25(fulltext, 1.0, 0.5, 0.5) AS score FROM fulltext"
                 " WHERE fulltext MATCH ? ORDER BY score DESC, rowid",
                 SQL_VALUES(sql_text(expression)), &row, err);

    while (!status && search->summary.text_matches < wanted) {
        struct bm25_row found;

        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        found = (struct bm25_row){ sqlite3_column_int64(row, 0), sqlite3_column_double(row, 1) };
        status = take_row(search, &found, err);
    }
    return status;
}

/* A reader can't make the rows again. */
static enum status check_tokenizer(struct search *search, struct error *err)
{
    struct sql *sql = &search->snapshot->index->sql;
    bool is_current = false;
    enum status status = fulltext_is_current(sql, &is_current, err);

    if (status || is_current)
        return status;
    return error_set(err, STATUS_UNSUPPORTED,
                     "the full text of '%s' was made by another version of varve: 'varve sync' or"
                     " 'varve run' brings it up to date (until then, --mode vector works)",
                     sql->name);
}

static enum status search_text(struct search *search, size_t wanted, struct error *err)
{
    CLEANUP(buf_release) struct buf expression = BUF_INIT(QUERY_EXPRESSION_MAX);
    struct bm25_row rows[CANDIDATES_MAX];
    double rarities[QUERY_TERMS_MAX];
    struct bm25_filter filter = {
        .accept = search->has_filter || search->is_past ? accept_row : NULL,
        .user = search,
        .only = search->allowed_segments.bits ? &search->allowed_segments : NULL,
    };
    size_t count = 0;
    enum status status;

    query_match_expression(&search->query, &expression);
    status = buf_status(&expression, err);
    if (status || expression.len == 0)
        return status;
    status = check_tokenizer(search, err);
    if (status)
        return status;
    search->summary.used_text = true;
    status = bm25_rank(&search->snapshot->index->sql, &search->query, &filter, wanted, rows, &count,
                       rarities, err);
    if (!status && search->looks_closer)
        status = nearby_new(&search->snapshot->index->sql, &search->query, rarities,
                            &search->nearby, err);
    if (status == STATUS_UNSUPPORTED)
        status = ask_fulltext(search, buf_span(&expression), wanted, err);
    for (size_t i = 0; i < count && !status; i++)
        status = take_row(search, &rows[i], err);
    if (!status && search->is_past)
        status = past_search(search, buf_span(&expression), wanted, take_past, search, err);
    return status;
}

/* ---- what a vector finds must keep to the query's + and - as well ---- */

/* For what bm25_mark() does not do. */
static enum status ask_demands(struct search *search, int64_t *count, struct error *err)
{
    CLEANUP(buf_release) struct buf expression = BUF_INIT(QUERY_EXPRESSION_MAX);
    struct sql *sql = &search->snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status;

    if (search->query.has_required)
        query_demands_expression(&search->query, &expression);
    else
        query_excluded_expression(&search->query, &expression);
    status = buf_status(&expression, err);
    if (!status)
        status = sql_open(sql, "SELECT rowid FROM fulltext WHERE fulltext MATCH ?",
                          SQL_VALUES(sql_text(buf_span(&expression))), &row, err);
    *count = 0;
    while (!status) {
        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        id_set_add(&search->demanded, sqlite3_column_int64(row, 0));
        ++*count;
    }
    return status;
}

/* So that vectors need not be compared with what can't be an answer: where few rows can, their
 * inputs are all that is looked at. */
static enum status list_demanded_inputs(struct search *search, struct error *err)
{
    struct id_set inputs = { 0 };
    enum status status = hits_make_set(search, LARGEST_INPUT, &inputs, err);

    for (int64_t id = 0; !status && id <= search->demanded.max; id++) {
        int64_t input_id = 0;

        if (search->demanded.bits[id / 8] == 0) {
            id |= 7;
            continue;
        }
        if (!id_set_has(&search->demanded, id))
            continue;
        status = sql_read_integer(&search->snapshot->index->sql,
                                  "SELECT input_id FROM segment WHERE segment_id = ?",
                                  SQL_VALUES(sql_integer(id)), 0, &input_id, err);
        if (!search->allowed_inputs.bits || id_set_has(&search->allowed_inputs, input_id))
            id_set_add(&inputs, input_id);
    }
    search->allowed_inputs = inputs;
    return status;
}

/* *share: of the rows that keep to it, about. */
static enum status find_demanded(struct search *search, double *share, struct error *err)
{
    struct sql *sql = &search->snapshot->index->sql;
    int64_t count = 0, rows_most;
    enum status status;

    *share = 1;
    if (!search->query.has_required && !search->query.has_excluded)
        return STATUS_OK;
    status = hits_make_set(search, "SELECT max(id) FROM fulltext_docsize", &search->demanded, err);
    if (!status)
        status = bm25_mark(sql, &search->query, &search->demanded, &count, err);
    if (status == STATUS_UNSUPPORTED)
        status = ask_demands(search, &count, err);
    if (status)
        return status;
    if (search->query.has_required && count < FEW_ROWS)
        return list_demanded_inputs(search, err);
    rows_most = search->demanded.max + 1;
    if (!search->query.has_required)
        count = rows_most - count;
    if (count > 0)
        *share = (double)count / (double)rows_most;
    return STATUS_OK;
}

static bool keeps_to_query(const struct search *search, int64_t segment_id)
{
    return !search->demanded.bits ||
           id_set_has(&search->demanded, segment_id) == search->query.has_required;
}

static enum status accept_input(void *user, int64_t input_id, bool *is_accepted, struct error *err)
{
    struct search *search = user;
    struct sql *sql = &search->snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status =
        sql_open(sql,
                 /* Most inputs have one segment, that of their id: the index is asked last. */
                 "SELECT segment_id, document_id FROM segment WHERE segment_id = ?1"
                 " AND copied_id IS NULL AND born <= ?2 AND (died IS NULL OR died > ?2)"
                 " UNION ALL SELECT segment_id, document_id FROM segment WHERE copied_id = ?1"
                 " AND born <= ?2 AND (died IS NULL OR died > ?2)",
                 SQL_VALUES(sql_integer(input_id), sql_integer(search->as_of)), &row, err);

    *is_accepted = false;
    while (!status && !*is_accepted) {
        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        *is_accepted = hits_is_allowed(search, sqlite3_column_int64(row, 1)) &&
                       keeps_to_query(search, sqlite3_column_int64(row, 0));
    }
    return status;
}

static enum status search_vectors(struct search *search, const struct search_query *query,
                                  size_t wanted, struct error *err)
{
    struct vector_match found[CANDIDATES_MAX];
    double share = 1;
    enum status status = find_demanded(search, &share, err);
    struct vector_query wanted_vectors = {
        .model_id = search->model_id,
        .vector = query->vector,
        .dimensions = query->dimensions,
        .accept = accept_input,
        .user = search,
        .only = search->allowed_inputs.bits ? &search->allowed_inputs : NULL,
        .share = search->allowed_count > 0
                     ? share * (double)search->allowed_count / (double)search->document_count
                     : share,
    };
    size_t count = 0;

    if (!status)
        status =
            vectors_nearest(search->snapshot->index, &wanted_vectors, wanted, found, &count, err);
    if (status)
        return status;
    search->summary.used_vectors = true;
    for (size_t i = 0; i < count; i++) {
        struct group *group = group_find(search, found[i].input_id);

        if (!group)
            break;
        group->cosine = found[i].cosine;
        group->cosine_rank = (uint32_t)(i + 1);
    }
    return STATUS_OK;
}

/* Normalised scores. BM25 has a zero of its own: a text without any of the words. A cosine has none
 * that would mean as much in each collection, so it begins below the worst of the list, where the
 * rest of the texts are. Equal-weight reciprocal ranks lose against BM25 alone when the model is a
 * static one. */
static void score_groups(struct search *search, double weight)
{
    double bm25_best = 0, best = -1, worst = 1;

    for (size_t i = 0; i < search->group_count; i++) {
        const struct group *group = &search->groups[i];
        double cosine = (double)group->cosine;

        if (group->bm25_rank)
            bm25_best = fmax(bm25_best, group->bm25);
        if (group->cosine_rank) {
            best = fmax(best, cosine);
            worst = fmin(worst, cosine);
        }
    }
    worst -= BELOW_WORST * fabs(worst);
    for (size_t i = 0; i < search->group_count; i++) {
        struct group *group = &search->groups[i];

        group->score = group->bm25_rank && bm25_best > 0 ? group->bm25 / bm25_best : 0;
        if (group->cosine_rank)
            group->score +=
                best > worst ? weight * ((double)group->cosine - worst) / (best - worst) : weight;
    }
}

static void score_groups_by_rank(struct search *search, double weight)
{
    for (size_t i = 0; i < search->group_count; i++) {
        struct group *group = &search->groups[i];

        group->score = 0;
        if (group->bm25_rank)
            group->score += 1 / (RANK_CONSTANT + group->bm25_rank);
        if (group->cosine_rank)
            group->score += weight / (RANK_CONSTANT + group->cosine_rank);
    }
}

/* Whether the vector can be used; the note says why not. */
static enum status check_vector(struct search *search, const struct search_query *query,
                                bool *is_usable, struct error *err)
{
    enum status status;

    *is_usable = false;
    if (query->mode == SEARCH_TEXT)
        return STATUS_OK;
    if (!query->vector) {
        search->summary.note = "no query vector: text only";
        return STATUS_OK;
    }
    if (search->snapshot->model_id == 0) {
        search->summary.note = "nothing has vectors yet: text only";
        return STATUS_OK;
    }
    status = index_find_model(search->snapshot->index, query->model_id, &search->model,
                              &search->model_id, NULL, err);
    if (!status && (search->model_id == 0 || query->dimensions != search->model.dimensions))
        status = error_set(err, STATUS_UNSUPPORTED,
                           "the question's vector is of no model that the index has");
    *is_usable = !status;
    return status;
}

static enum status resolve_generation(struct search *search, int64_t generation, struct error *err)
{
    int64_t oldest = 0;
    enum status status;

    search->as_of = search->snapshot->generation;
    if (generation == 0 || generation == search->as_of)
        return STATUS_OK;
    status = sql_read_integer(&search->snapshot->index->sql, "SELECT oldest_generation FROM state",
                              NULL, 0, &oldest, err);
    if (status)
        return status;
    if (generation < oldest || generation > search->as_of || generation < 0)
        return error_set(err, STATUS_UNSUPPORTED,
                         "generation %lld is not kept: there are %lld to %lld",
                         (long long)generation, (long long)oldest, (long long)search->as_of);
    search->as_of = generation;
    search->is_past = true;
    return STATUS_OK;
}

static enum status rank_all(struct search *search, const struct search_query *query,
                            struct error *err)
{
    bool is_vector_alone = query->mode == SEARCH_VECTOR && query->per_document == 0;
    size_t wanted = query->candidates ? query->candidates
                    : is_vector_alone ? CANDIDATES_VECTORS
                                      : SEARCH_CANDIDATES;
    double weight = query->vector_weight;
    bool use_vector = false;
    int64_t waiting = 0;
    enum status status = check_vector(search, query, &use_vector, err);

    if (wanted > CANDIDATES_MAX)
        wanted = CANDIDATES_MAX;
    if (weight < 0)
        weight = search->model.fusion_weight;
    if (!status && (query->mode != SEARCH_VECTOR || !use_vector))
        status = search_text(search, wanted, err);
    if (!status && use_vector)
        status = search_vectors(search, query, wanted, err);
    if (!status)
        status = sql_read_integer(
            &search->snapshot->index->sql,
            "SELECT count(*) FROM (SELECT 1 FROM waiting WHERE model_id = ?"
            " LIMIT ?)",
            SQL_VALUES(sql_integer(search->snapshot->model_id), sql_integer(SEARCH_WAITING_MAX)), 0,
            &waiting, err);
    if (status)
        return status;
    search->summary.waiting_texts = (uint64_t)waiting;
    if (query->fusion == FUSION_RANK)
        score_groups_by_rank(search, weight);
    else
        score_groups(search, search->summary.used_text ? weight : 1);
    qsort(search->groups, search->group_count, sizeof(*search->groups), hits_compare);
    search->summary.candidate_count = search->group_count;
    return STATUS_OK;
}

enum status search_run(struct snapshot *snapshot, const struct search_query *query,
                       struct search **out, struct error *err)
{
    CLEANUP(search_free_ptr) struct search *search = calloc(1, sizeof(*search));
    enum status status;

    if (!search)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a search");
    search->snapshot = snapshot;
    search->arena = (struct arena)ARENA_INIT(SEARCH_ARENA_MAX);
    search->text = (struct buf)BUF_INIT(SEARCH_ARENA_MAX);
    search->per_document = query->per_document;
    search->texts_ahead = query->texts_ahead ? query->texts_ahead : TEXTS_AHEAD;
    search->mode = query->mode;
    search->looks_closer = query->mode == SEARCH_HYBRID && query->fusion == FUSION_SCORE;
    search->summary.note = "";
    search->groups = arena_alloc(&search->arena, SEARCH_GROUPS_MAX * sizeof(*search->groups));
    search->told_documents =
        arena_alloc(&search->arena, SEARCH_GROUPS_MAX * sizeof(*search->told_documents));
    if (!search->groups || !search->told_documents)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a search");
    status = index_count_search(snapshot->index, err);
    if (!status)
        status = query_parse(query->text, &search->query, err);
    if (!status)
        status = fulltext_choose_stemmers(&snapshot->index->sql, err);
    if (!status)
        status = resolve_generation(search, query->filter.generation, err);
    if (!status)
        status = filter_apply(search, &query->filter, err);
    if (!status)
        status = rank_all(search, query, err);
    if (status)
        return status;
    search->summary.generation = search->as_of;
    *out = TAKE(search);
    return STATUS_OK;
}

void search_read_summary(const struct search *search, struct search_summary *out)
{
    *out = search->summary;
}

static bool is_told_enough(struct search *search, const struct hit *hit)
{
    unsigned told = 0;

    if (search->per_document == 0)
        return false;
    for (size_t i = 0; i < search->told_count; i++)
        told += search->told_documents[i] == hit->places[0].document_id;
    return told >= search->per_document;
}

enum status search_next(struct search *search, struct hit *out, bool *has_hit, struct error *err)
{
    *has_hit = false;
    while (search->next_group < search->group_count) {
        struct group *group = &search->groups[search->next_group++];
        enum status status = STATUS_OK;

        if (search->next_group > search->read_texts)
            status =
                hits_read_texts(search, search->nearby ? TEXTS_AHEAD : search->texts_ahead, err);
        if (!status && !group->is_merged)
            status = hits_load(search, group, out, err);
        if (status)
            return status;
        group->is_passed_over = !group->is_merged && out->place_count == 0;
        if (group->is_merged || group->is_passed_over || is_told_enough(search, out))
            continue;
        search->told_documents[search->told_count++] = out->places[0].document_id;
        *has_hit = true;
        return STATUS_OK;
    }
    return STATUS_OK;
}

void search_pass_over(struct search *search)
{
    search->groups[search->next_group - 1].is_passed_over = true;
}

void search_free(struct search *search)
{
    if (!search)
        return;
    marker_free(search->marker);
    nearby_free(search->nearby);
    query_release(&search->query);
    buf_release(&search->text);
    arena_release(&search->arena);
    free(search);
}
