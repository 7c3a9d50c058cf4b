#include "index/frequency.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_MAX 8000  /* a word in so many texts is common: not counted further */
#define ROWS_MAX  16000 /* texts to look at, of all words together */

/* Common everywhere: not even counted. Folded as the tokenizer folds. */
static const char stop_words[] =
    " a an and are as at be by can do does for from has have how i if in is it its no not of on or "
    "that the their there these they this to was were what when where which who why will with you "
    "aber als am an auch auf aus bei das dass dem den der des die durch ein eine einem einen einer "
    "er es fur hat ich im in ist mit nach nicht oder sich sie sind und uber von war was wie wird "
    "zu "
    "zum zur au aux avec ce ces comme dans de des du elle en est et il la le les mais ne ou par "
    "pas "
    "pour qu que qui se son sur un une con del el las lo los por su una y che di e gli il per "
    "в во и как к на не но о он от по с со что это из за для ";

static bool is_stop_word(struct span word)
{
    const char *at = stop_words;

    if (word.len == 0 || word.len > 24)
        return false;
    while ((at = memmem(at, strlen(at), word.data, word.len))) {
        if (at > stop_words && at[-1] == ' ' && at[word.len] == ' ')
            return true;
        at++;
    }
    return false;
}

struct weighed {
    struct query_term *term;
    int64_t rows;
};

static int compare_rows(const void *a, const void *b)
{
    const struct weighed *x = a;
    const struct weighed *y = b;

    return (x->rows > y->rows) - (x->rows < y->rows);
}

bool frequency_is_stop_word(const struct query_term *term)
{
    char lower[32];
    size_t len = term->text.len < sizeof(lower) ? term->text.len : 0;

    if (term->field != QUERY_ANY || term->is_prefix)
        return false;
    for (size_t i = 0; i < len; i++)
        lower[i] = (char)(term->text.data[i] >= 'A' && term->text.data[i] <= 'Z'
                              ? term->text.data[i] | 0x20
                              : term->text.data[i]);
    return is_stop_word((struct span){ lower, len });
}

static enum status count_rows(struct sql *sql, const struct query_term *term, int64_t *rows,
                              struct error *err)
{
    CLEANUP(buf_release) struct buf expression = BUF_INIT(QUERY_EXPRESSION_MAX);
    enum status status;

    *rows = COUNT_MAX;
    if (frequency_is_stop_word(term))
        return STATUS_OK;
    query_term_expression(term, &expression);
    status = buf_status(&expression, err);
    if (status)
        return status;
    return sql_read_integer(sql,
                            "SELECT count(*) FROM"
                            " (SELECT 1 FROM fulltext WHERE fulltext MATCH ? LIMIT ?)",
                            SQL_VALUES(sql_text(buf_span(&expression)), sql_integer(COUNT_MAX)), 0,
                            rows, err);
}

enum status frequency_thin(struct sql *sql, struct query *query, bool *is_bounded,
                           struct error *err)
{
    struct weighed weighed[QUERY_TERMS_MAX];
    size_t count = 0;
    int64_t rows = 0;

    *is_bounded = false;
    for (size_t i = 0; i < query->term_count; i++) {
        struct query_term *term = &query->terms[i];
        enum status status;

        if (term->is_excluded || term->is_required)
            continue;
        weighed[count].term = term;
        status = count_rows(sql, term, &weighed[count].rows, err);
        if (status)
            return status;
        count++;
    }
    qsort(weighed, count, sizeof(*weighed), compare_rows);
    for (size_t i = 0; i < count; i++) {
        rows += weighed[i].rows;
        /* The rarest stays, whatever it costs; required words bound the rest by themselves. */
        if (i > 0 || query->has_required)
            weighed[i].term->is_common = rows > ROWS_MAX || weighed[i].rows >= COUNT_MAX;
        else
            *is_bounded = weighed[i].rows >= COUNT_MAX;
    }
    return STATUS_OK;
}
