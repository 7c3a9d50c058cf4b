#include "index/fulltext.h"

#include <limits.h>
#include <stdlib.h>

#include "index/tokenizer.h"

/* A connection's: how its tokenizer stems. */
struct fulltext_words {
    struct stemmers *stemmers;
    uint32_t of_rows, of_questions; /* sets of stemmers */
};

struct fts_call {
    void *context;
    int (*token)(void *, int, const char *, int, int, int);
};

static int fts_create(void *context, const char **arguments, int count, Fts5Tokenizer **out)
{
    (void)arguments;
    (void)count;
    *out = context;
    return SQLITE_OK;
}

static void fts_delete(Fts5Tokenizer *tokenizer)
{
    (void)tokenizer;
}

static int fts_token(void *user, const struct token *token)
{
    const struct fts_call *call = user;

    return call->token(call->context, token->is_whole || token->is_form ? FTS5_TOKEN_COLOCATED : 0,
                       token->word.data, (int)token->word.len, (int)token->start, (int)token->end);
}

static int fts_tokenize(Fts5Tokenizer *tokenizer, void *context, int flags, const char *text,
                        int len, int (*token)(void *, int, const char *, int, int, int))
{
    const struct fulltext_words *words = (const void *)tokenizer;
    struct fts_call call = { context, token };
    struct tokenizer_options options = {
        .is_query = flags & FTS5_TOKENIZE_QUERY && !(flags & FTS5_TOKENIZE_PREFIX),
        .stemmers = words->stemmers,
        .wanted = flags & FTS5_TOKENIZE_QUERY ? words->of_questions : words->of_rows,
    };
    int result;

    if (!text || len <= 0)
        return SQLITE_OK;
    result = tokenizer_run((struct span){ text, (size_t)len }, &options, fts_token, &call);
    return result == TOKENIZER_NO_MEMORY ? SQLITE_NOMEM : result;
}

static void words_free(void *words)
{
    stemmers_free(((struct fulltext_words *)words)->stemmers);
    free(words);
}

/* https://www.sqlite.org/fts5.html, section 7: how an extension finds the interface. */
static fts5_api *find_interface(struct sql *sql)
{
    sqlite3_stmt *statement = NULL;
    fts5_api *api = NULL;

    if (sqlite3_prepare_v2(sql->db, "SELECT fts5(?1)", -1, &statement, NULL) == SQLITE_OK) {
        (void)sqlite3_bind_pointer(statement, 1, (void *)&api, "fts5_api_ptr", NULL);
        (void)sqlite3_step(statement);
    }
    (void)sqlite3_finalize(statement);
    return api;
}

static void weigh_row(const Fts5ExtensionApi *api, Fts5Context *row, sqlite3_context *result,
                      int argument_count, sqlite3_value **arguments)
{
    static const int weights[] = { FULLTEXT_TEXT_WEIGHT, FULLTEXT_HEADINGS_WEIGHT,
                                   FULLTEXT_TITLE_WEIGHT };
    int count = 0, weight = 0, phrase, column, offset;

    (void)argument_count;
    (void)arguments;
    if (api->xInstCount(row, &count) != SQLITE_OK)
        count = 0;
    for (int i = 0; i < count; i++)
        if (api->xInst(row, i, &phrase, &column, &offset) == SQLITE_OK)
            weight += weights[column];
    sqlite3_result_int(result, weight);
}

enum status fulltext_register(struct sql *sql, struct error *err)
{
    fts5_tokenizer tokenizer = { fts_create, fts_delete, fts_tokenize };
    fts5_api *api = find_interface(sql);
    struct fulltext_words *words;

    if (!api)
        return error_set(err, STATUS_UNSUPPORTED, "this SQLite has no FTS5");
    words = calloc(1, sizeof(*words));
    if (words)
        words->stemmers = stemmers_new();
    if (!words || !words->stemmers ||
        api->xCreateTokenizer(api, "varve", words, &tokenizer, words_free) != SQLITE_OK) {
        if (words)
            words_free(words);
        return error_set(err, STATUS_NO_MEMORY, "no memory for the tokenizer");
    }
    words->of_rows = words->of_questions = 1u << TOKENIZER_ENGLISH;
    sql->words = words;
    if (api->xCreateFunction(api, "fulltext_weight", NULL, weigh_row, NULL) != SQLITE_OK)
        return error_set(err, STATUS_NO_MEMORY, "no memory for the tokenizer");
    return STATUS_OK;
}

/* From one to the next by the index: as many steps as there are stemmers. */
enum status fulltext_choose_stemmers(struct sql *sql, struct error *err)
{
    CLEANUP(sql_close) sqlite3_stmt *row = NULL;
    uint32_t chosen = 0;
    bool has_row = true;
    enum status status =
        sql_open(sql,
                 "WITH RECURSIVE used(code) AS ("
                 "SELECT min(stemmer) FROM revision WHERE died IS NULL UNION ALL"
                 " SELECT (SELECT min(stemmer) FROM revision WHERE died IS NULL AND stemmer > code)"
                 " FROM used WHERE code IS NOT NULL)"
                 " SELECT code FROM used WHERE code IS NOT NULL",
                 NULL, &row, err);

    while (!status) {
        status = sql_step(sql, row, &has_row, err);
        if (status || !has_row)
            break;
        chosen |= 1u << tokenizer_stemmer_of(sql_column_span(row, 0));
    }
    if (!status)
        sql->words->of_questions = chosen ? chosen : 1u << TOKENIZER_ENGLISH;
    return status;
}

struct words_call {
    fulltext_word_fn *fn;
    void *user;
};

static int word_found(void *user, const struct token *token)
{
    const struct words_call *call = user;

    return call->fn(call->user, token->is_whole || token->is_form, token->word, token->start,
                    token->end);
}

enum status fulltext_words(struct sql *sql, struct span text, enum fulltext_use use,
                           fulltext_word_fn *fn, void *user, struct error *err)
{
    struct words_call call = { fn, user };
    struct tokenizer_options options = { .is_query = use == FULLTEXT_OF_QUERY,
                                         .stemmers = sql->words->stemmers,
                                         .wanted = sql->words->of_questions };

    if (text.len > INT_MAX)
        return error_set(err, STATUS_LIMIT, "a text is too long to look for words in it");
    return tokenizer_run(text, &options, word_found, &call) == 0
               ? STATUS_OK
               : error_set(err, STATUS_NO_MEMORY, "no memory for the words of a text");
}

enum status fulltext_is_current(struct sql *sql, bool *out, struct error *err)
{
    int64_t version = 0;
    enum status status =
        sql_read_integer(sql, "SELECT tokenizer_version FROM state", NULL, 0, &version, err);

    *out = version == TOKENIZER_VERSION;
    return status;
}

enum status fulltext_put(struct sql *sql, const struct fulltext_row *row, struct error *err)
{
    sql->words->of_rows = 1u << row->stemmer;
    return sql_run(sql, "INSERT INTO fulltext(rowid, text, headings, title) VALUES(?, ?, ?, ?)",
                   SQL_VALUES(sql_integer(row->segment_id), sql_text(row->text),
                              sql_text(row->headings), sql_text(row->title)),
                   err);
}

enum status fulltext_delete(struct sql *sql, const struct fulltext_row *row, struct error *err)
{
    sql->words->of_rows = 1u << row->stemmer;
    return sql_run(sql,
                   "INSERT INTO fulltext(fulltext, rowid, text, headings, title)"
                   " VALUES('delete', ?, ?, ?, ?)",
                   SQL_VALUES(sql_integer(row->segment_id), sql_text(row->text),
                              sql_text(row->headings), sql_text(row->title)),
                   err);
}

/* A merge writes all again: it waits until the small parts are a third of the largest, so that what
 * it writes is in proportion to what came in. */
enum status fulltext_is_scattered(struct sql *sql, bool *out, struct error *err)
{
    int64_t is_scattered = 0;
    enum status status =
        sql_read_integer(sql,
                         "SELECT coalesce((sum(leaves) - max(leaves)) * 3 > max(leaves), 0)"
                         " FROM (SELECT count(*) AS leaves FROM fulltext_idx GROUP BY segid)",
                         NULL, 0, &is_scattered, err);

    *out = is_scattered != 0;
    return status;
}

enum status fulltext_merge(struct index *index, bool is_first, unsigned pages, bool *is_done,
                           struct error *err)
{
    sqlite3_int64 before = sqlite3_total_changes64(index->sql.db);
    /* FTS5's way to say that all parts are meant. */
    enum status status =
        sql_run(&index->sql, "INSERT INTO fulltext(fulltext, rank) VALUES('merge', ?)",
                SQL_VALUES(sql_integer(is_first ? -(int64_t)pages : (int64_t)pages)), err);

    /* The statement itself counts as one. */
    *is_done = sqlite3_total_changes64(index->sql.db) - before < 2;
    return status;
}
