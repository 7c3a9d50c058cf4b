#include "index/retain.h"

#include <stdlib.h>
#include <string.h>

#include "index/forget.h"
#include "index/hits.h"
#include "index/scan.h"
#include "index/texts.h"

#define STEP_PAGES     4096 /* given back in one commit: 16 MB */
#define STEP_REVISIONS 200  /* per commit, so that the daemon's own commits do not wait long */
#define STEP_CHANGES   5000 /* of the feed, likewise */

/* The first generation committed at that time or later. What is older than a time lies before it:
 * a clock that was wrong for a while makes it keep more, never less. */
#define FIRST_SINCE_2                                                                              \
    "(SELECT coalesce(min(generation), 1 << 62) FROM generation WHERE committed_ms >= ?2)"

/* Revisions that the policy lets go of, of documents that live and of those that are gone. Those
 * that came and went within one commit were never seen by anybody. */
static const char past_revisions[] =
    "SELECT revision_id, document_id, died FROM revision r WHERE died IS NOT NULL AND"
    " (?1 OR born = died"
    "  OR (?2 > 0 AND died < " FIRST_SINCE_2 ")"
    "  OR (?3 > 0 AND (SELECT count(*) FROM revision n WHERE n.document_id = r.document_id"
    "      AND n.born > r.born) >= ?3)"
    "  OR (?5 > 0 AND revision_id IN (SELECT revision_id FROM (SELECT revision_id,"
    "      sum(text_bytes) OVER (ORDER BY died DESC, revision_id DESC) AS kept FROM revision"
    "      WHERE died IS NOT NULL) WHERE kept > ?5)))"
    " ORDER BY revision_id LIMIT ?4";

static enum status pick_revisions(struct index_store *store, const struct retain_policy *policy,
                                  struct buf *picked, int64_t *newest_death, struct error *err)
{
    struct sql *sql = &store->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status =
        sql_open(sql, past_revisions,
                 SQL_VALUES(sql_integer(policy->everything), sql_integer(policy->older_than_ms),
                            sql_integer(policy->revisions_max), sql_integer(STEP_REVISIONS),
                            sql_integer((int64_t)policy->text_bytes_max)),
                 &row, err);

    while (!status) {
        int64_t revision_id;

        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        revision_id = sqlite3_column_int64(row, 0);
        buf_append(picked, &revision_id, sizeof(revision_id));
        if (sqlite3_column_int64(row, 2) > *newest_death)
            *newest_death = sqlite3_column_int64(row, 2);
    }
    return status ? status : buf_status(picked, err);
}

/* One commit's worth; *is_done when nothing was left to pick. */
static enum status collect_step(struct index_store *store, const struct retain_policy *policy,
                                struct forget_counts *counts, bool *is_done, struct error *err)
{
    CLEANUP(buf_release) struct buf picked = BUF_INIT((size_t)1 << 20);
    int64_t newest_death = 0, generation = 0;
    size_t count;
    enum status status = store->base.ops->begin(&store->base, err);

    if (status)
        return status;
    status = pick_revisions(store, policy, &picked, &newest_death, err);
    count = picked.len / sizeof(int64_t);
    for (size_t i = 0; i < count && !status; i++) {
        int64_t revision_id;

        memcpy(&revision_id, picked.data + i * sizeof(revision_id), sizeof(revision_id));
        status = forget_revision(store, revision_id, counts, err);
    }
    if (!status && count)
        status = sql_run(&store->index->sql,
                         "UPDATE state SET oldest_generation = max(oldest_generation, ?)",
                         SQL_VALUES(sql_integer(newest_death)), err);
    if (!status)
        status = sql_run(&store->index->sql,
                         "DELETE FROM document WHERE died IS NOT NULL AND NOT EXISTS (SELECT 1"
                         " FROM revision r WHERE r.document_id = document.document_id)",
                         NULL, err);
    if (!status)
        counts->documents += (uint64_t)sqlite3_changes64(store->index->sql.db);
    if (status) {
        store->base.ops->rollback(&store->base);
        return status;
    }
    *is_done = count < STEP_REVISIONS;
    return store->base.ops->commit(&store->base, &generation, err);
}

/* The last change that all consumers of the policy have acknowledged. */
static enum status read_by_all(struct sql *sql, const struct retain_policy *policy,
                               int64_t *sequence, struct error *err)
{
    enum status status = STATUS_OK;

    *sequence = INT64_MAX;
    for (const char *const *next = policy->feed_consumers; *next && !status; next++) {
        struct span name = { *next, strlen(*next) };
        int64_t acknowledged;

        status = sql_read_integer(sql, "SELECT sequence FROM consumer WHERE name = ?",
                                  SQL_VALUES(sql_text(name)), 0, &acknowledged, err);
        if (!status && acknowledged < *sequence)
            *sequence = acknowledged;
    }
    return status;
}

static enum status collect_changes(struct sql *sql, const struct retain_policy *policy,
                                   struct error *err)
{
    int64_t last = 0;
    enum status status = read_by_all(sql, policy, &last, err);

    if (status)
        return status;
    /* From the front only, so that no gap opens; and the last one stays, to count on from. */
    return sql_run(sql,
                   "DELETE FROM change WHERE sequence < (SELECT sequence FROM state)"
                   " AND sequence < (SELECT min(sequence) FROM change) + ?3 AND sequence <= ?1"
                   " AND generation < " FIRST_SINCE_2,
                   SQL_VALUES(sql_integer(last), sql_integer(policy->feed_older_than_ms),
                              sql_integer(STEP_CHANGES)),
                   err);
}

/* One commit's worth; *removed less than STEP_CHANGES when nothing was left. */
static enum status collect_feed(struct index_store *store, const struct retain_policy *policy,
                                uint64_t *removed, struct error *err)
{
    struct sql *sql = &store->index->sql;
    int64_t generation = 0;
    enum status status;

    *removed = 0;
    if (policy->feed_older_than_ms <= 0)
        return STATUS_OK;
    status = store->base.ops->begin(&store->base, err);
    if (status)
        return status;
    status = collect_changes(sql, policy, err);
    if (status) {
        store->base.ops->rollback(&store->base);
        return status;
    }
    *removed = (uint64_t)sqlite3_changes64(sql->db);
    return store->base.ops->commit(&store->base, &generation, err);
}

static enum status step_revisions(struct index *index, struct index_store *store,
                                  struct retain_work *work, struct error *err)
{
    struct forget_counts counts = { 0 };
    bool is_done = false;
    enum status status = collect_step(store, &work->policy, &counts, &is_done, err);

    if (!status)
        status = sql_read_integer(&index->sql, "SELECT oldest_generation FROM state", NULL, 0,
                                  &work->report.oldest_generation, err);
    work->report.damaged += texts_take_damaged(index);
    work->report.revisions += counts.revisions;
    work->report.segments += counts.segments;
    work->report.texts += counts.texts;
    work->report.vectors += counts.vectors;
    work->report.documents += counts.documents;
    if (is_done)
        work->phase = RETAIN_FEED;
    return status;
}

static enum status step_feed(struct index_store *store, struct retain_work *work, struct error *err)
{
    uint64_t removed = 0;
    enum status status = collect_feed(store, &work->policy, &removed, err);

    work->report.changes += removed;
    if (removed < STEP_CHANGES)
        work->phase = RETAIN_SCAN;
    return status;
}

static enum status step_pages(struct index *index, struct retain_work *work, struct error *err)
{
    uint64_t freed = 0;
    enum status status = forget_give_back(index, STEP_PAGES, &freed, err);

    work->report.freed_bytes += freed;
    if (freed == 0)
        work->phase = RETAIN_DONE;
    return status;
}

static enum status run_phase(struct index *index, struct retain_work *work, struct error *err)
{
    struct forget_store borrowed = { 0 };
    enum status status = forget_store_take(index, &borrowed, err);

    if (status)
        return status;
    switch (work->phase) {
    case RETAIN_REVISIONS:
        status = step_revisions(index, borrowed.store, work, err);
        break;
    case RETAIN_FEED:
        status = step_feed(borrowed.store, work, err);
        break;
    case RETAIN_SCAN:
        if (work->report.vectors)
            status = forget_compact_scan(borrowed.store, err);
        work->phase = RETAIN_PAGES;
        break;
    case RETAIN_PAGES:
        status = step_pages(index, work, err);
        break;
    case RETAIN_DONE:
        break;
    }
    forget_store_give(&borrowed);
    return status;
}

enum status retain_step(struct index *index, struct retain_work *work, struct error *err)
{
    struct retain_work before = *work;
    struct error problem;
    enum status status = run_phase(index, work, &problem);

    if (status && index_makes_room(index, &problem)) {
        *work = before;
        status = run_phase(index, work, &problem);
    }
    if (status && err)
        *err = problem;
    return status;
}

enum status retain_collect(struct index *index, const struct retain_policy *policy,
                           struct retain_report *out, struct error *err)
{
    struct retain_work work = { .policy = *policy };
    enum status status = STATUS_OK;

    while (!status && work.phase != RETAIN_DONE)
        status = retain_step(index, &work, err);
    *out = work.report;
    return status;
}

#define SIZE_COLUMNS                                                                               \
    " coalesce(sum(r.text_bytes) FILTER (WHERE r.died IS NULL), 0),"                               \
    " coalesce(sum(r.text_bytes) FILTER (WHERE r.died IS NOT NULL), 0),"                           \
    " count(*) FILTER (WHERE r.died IS NULL), count(*) FILTER (WHERE r.died IS NOT NULL)"

enum status retain_each_size(struct snapshot *snapshot, enum retain_grouping grouping,
                             retain_size_fn *fn, void *user, struct error *err)
{
    struct sql *sql = &snapshot->index->sql;
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    bool has_row = true;
    enum status status = grouping == RETAIN_BY_SOURCE
                             ? sql_open(sql,
                                        "SELECT s.path," SIZE_COLUMNS
                                        " FROM revision r JOIN document d USING(document_id)"
                                        " JOIN source s USING(source_id)"
                                        " GROUP BY s.source_id ORDER BY s.path",
                                        NULL, &row, err)
                             : sql_open(sql,
                                        "SELECT media_type," SIZE_COLUMNS " FROM revision r"
                                        " LEFT JOIN origin USING(origin_id)"
                                        " GROUP BY media_type ORDER BY sum(r.text_bytes) DESC",
                                        NULL, &row, err);

    while (!status) {
        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        status = fn(user,
                    &(struct retain_size){
                        .name = sql_column_span(row, 0),
                        .live_text = (uint64_t)sqlite3_column_int64(row, 1),
                        .retained_text = (uint64_t)sqlite3_column_int64(row, 2),
                        .live_documents = (uint64_t)sqlite3_column_int64(row, 3),
                        .past_revisions = (uint64_t)sqlite3_column_int64(row, 4),
                    },
                    err);
    }
    return status;
}

enum status retain_measure(struct snapshot *snapshot, struct retain_total *total, struct error *err)
{
    struct sql *sql = &snapshot->index->sql;
    const struct {
        const char *text;
        uint64_t *out;
    } sums[] = {
        { "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
          &total->database_bytes },
        { "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size",
          &total->free_bytes },
        { "SELECT sum(length(data)) FROM text", &total->texts_bytes },
        { "SELECT sum(length(data)) FROM vector", &total->vectors_bytes },
        { "SELECT sum(length(block)) FROM fulltext_data", &total->fulltext_bytes },
        { "SELECT sum(length(layout)) FROM revision", &total->layouts_bytes },
        /* Their share of the packed texts: how well each packs is not known. */
        { "SELECT sum(bytes) FILTER (WHERE NOT is_live) * (SELECT sum(length(data)) FROM text)"
          " / sum(bytes) FROM (SELECT max(text_bytes) AS bytes, sum(died IS NULL) > 0 AS is_live"
          "  FROM segment GROUP BY input_id)",
          &total->reclaimable_texts },
        { "SELECT sum(length(data)) FROM vector"
          " WHERE vector_id & ((1 << 40) - 1) NOT IN"
          " (SELECT input_id FROM segment WHERE died IS NULL)",
          &total->reclaimable_vectors },
    };
    enum status status = STATUS_OK;

    *total = (struct retain_total){ 0 };
    total->scan_bytes = scan_folder_bytes(snapshot->index->folder);
    for (size_t i = 0; i < sizeof(sums) / sizeof(*sums) && !status; i++) {
        int64_t value = 0;

        status = sql_read_integer(sql, sums[i].text, NULL, 0, &value, err);
        *sums[i].out = (uint64_t)value;
    }
    return status;
}
