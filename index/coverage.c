#include "index/hits.h"
#include "index/stop_words.h"

static enum status has_term(struct search *search, const struct query_term *term,
                            int64_t segment_id, bool *out, struct error *err)
{
    CLEANUP(buf_release) struct buf expression = BUF_INIT(QUERY_EXPRESSION_MAX);
    int64_t found = 0;
    enum status status;

    query_term_expression(term, &expression);
    status = buf_status(&expression, err);
    if (!status && expression.len > 0)
        status = sql_read_integer(
            &search->snapshot->index->sql,
            "SELECT 1 FROM fulltext WHERE fulltext MATCH ? AND rowid = ?",
            SQL_VALUES(sql_text(buf_span(&expression)), sql_integer(segment_id)), 0, &found, err);
    *out = found != 0;
    return status;
}

enum status search_coverage(struct search *search, const struct hit_place *place, double *out,
                            struct error *err)
{
    const struct query *query = &search->query;
    size_t wanted = 0, found = 0;
    enum status status = STATUS_OK;

    for (size_t i = 0; i < query->term_count && !status; i++) {
        bool has = false;

        if (query->terms[i].is_excluded || stop_word_is(&query->terms[i]))
            continue;
        status = has_term(search, &query->terms[i], place->segment_id, &has, err);
        wanted++;
        found += has;
    }
    *out = wanted ? (double)found / (double)wanted : 1;
    return status;
}
