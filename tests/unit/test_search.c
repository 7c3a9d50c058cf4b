/* Search: ranking, operators, filters, citations, and questions nobody should ask. */
#include "store_fixture.h"

#include <math.h>

#include "index/query.h"

static bool span_is(struct span span, const char *text)
{
    return span.len == strlen(text) && memcmp(span.data, text, span.len) == 0;
}

static void assert_hits(struct fixture *fixture, const struct search_query *query,
                        const char *paths)
{
    struct buf found = BUF_INIT(1 << 16);

    fixture_search(fixture, query, &found);
    assert_string_equal(found.data, paths);
    buf_release(&found);
}

static void assert_words(struct fixture *fixture, const char *words, const char *paths)
{
    struct search_query query = { .text = text_span(words), .mode = SEARCH_TEXT };

    assert_hits(fixture, &query, paths);
}

static struct fixture shop(void)
{
    struct fixture fixture = fixture_new();

    fixture_put(&fixture, "refunds.md", "", "# Refunds\n\nThe buyer may return it in time.", 1);
    fixture_put(&fixture, "hours/week.txt", "", "Monday to Friday, from nine to five.", 2);
    fixture_put(&fixture, "hours/feast.md", "", "On feast days the shop is closed. No refunds.", 3);
    fixture_put(&fixture, "stock.zip", "list.md", "Forty geese and one fox.", 4);
    return fixture;
}

static void test_operators(void **state)
{
    struct fixture fixture = shop();

    (void)state;
    assert_words(&fixture, "geese fox", "stock.zip");
    assert_words(&fixture, "\"shop is closed\"", "hours/feast.md");
    assert_words(&fixture, "\"closed is shop\"", "");
    assert_words(&fixture, "refund* -closed", "refunds.md");
    assert_words(&fixture, "refunds -\"shop is\"", "refunds.md");
    assert_words(&fixture, "+monday geese", "hours/week.txt");
    assert_words(&fixture, "title:refunds", "refunds.md");
    assert_words(&fixture, "heading:refunds", "refunds.md");
    assert_words(&fixture, "text:refunds", "hours/feast.md");
    assert_words(&fixture, "geese OR monday", "stock.zip hours/week.txt");
    assert_words(&fixture, "refunds AND closed", "hours/feast.md");
    assert_words(&fixture, "refunds NOT closed", "refunds.md");
    assert_words(&fixture, "refunds AND NOT closed", "refunds.md");
    assert_words(&fixture, "refunds AND geese", "");
    assert_words(&fixture, "refunds AND \"shop is closed\"", "hours/feast.md");
    assert_words(&fixture, "geese AND fox OR monday", "stock.zip");
    assert_words(&fixture, "an AND of geese", "stock.zip");
    assert_words(&fixture, "GEESE AND MONDAY", "stock.zip hours/week.txt");
    assert_words(&fixture, "geese AND", "stock.zip");
    assert_words(&fixture, "AND geese NOT", "stock.zip");
    assert_words(&fixture, "geese and monday", "stock.zip hours/week.txt");
    assert_words(&fixture, "-refunds", "");
    /* Folded and stemmed. */
    assert_words(&fixture, "GOOSE geese", "stock.zip");
    assert_words(&fixture, "returning", "refunds.md");
    fixture_free(&fixture);
}

static void test_filters(void **state)
{
    struct fixture fixture = shop();
    struct search_query query = { .text = text_span("refunds monday geese"), .mode = SEARCH_TEXT };

    (void)state;
    query.filter.path_glob = text_span("hours/*");
    assert_hits(&fixture, &query, "hours/week.txt hours/feast.md");
    query.filter.path_glob = text_span("/home/docs/hours/*.md");
    assert_hits(&fixture, &query, "hours/feast.md");
    query.filter.path_glob = text_span("*!/list.md");
    assert_hits(&fixture, &query, "stock.zip");
    query.filter.path_glob = text_span("");
    query.filter.media_type = text_span("txt");
    assert_hits(&fixture, &query, "hours/week.txt");
    query.filter.media_type = text_span("image/");
    assert_hits(&fixture, &query, "");
    query.filter.media_type = text_span("");
    query.filter.source = text_span("/home/other");
    assert_hits(&fixture, &query, "");
    fixture_free(&fixture);
}

static void test_vectors_are_exact(void **state)
{
    struct fixture fixture = shop();
    struct hash hash = hash_text(text_span("Forty geese and one fox."));
    float vector[FIXTURE_DIMENSIONS];
    struct search_query query = { .mode = SEARCH_VECTOR,
                                  .vector = vector,
                                  .dimensions = FIXTURE_DIMENSIONS,
                                  .model_id = fixture.model_id,
                                  .vector_weight = -1 };
    struct buf found = BUF_INIT(1 << 16);

    (void)state;
    fixture_vector(&hash, vector);
    fixture_search(&fixture, &query, &found);
    assert_int_equal(strncmp(found.data, "stock.zip ", 10), 0);
    /* Its constraints bind what vectors find, too. */
    query.text = text_span("-geese");
    query.mode = SEARCH_HYBRID;
    fixture_search(&fixture, &query, &found);
    assert_null(strstr(found.data, "stock.zip"));
    assert_non_null(strstr(found.data, "refunds.md"));
    buf_release(&found);
    fixture_free(&fixture);
}

/* The first hit's score is 1; that of the last of `count` is returned. */
static double last_score(struct fixture *fixture, const struct search_query *query, size_t count,
                         struct hit *first, struct hit *last)
{
    struct snapshot *snapshot = NULL;
    struct search *search = NULL;
    struct error err;
    bool has_hit;

    assert_good(snapshot_take(fixture->index, &snapshot, &err), &err);
    assert_good(search_run(snapshot, query, &search, &err), &err);
    for (size_t i = 0; i < count; i++) {
        assert_good(search_next(search, last, &has_hit, &err), &err);
        assert_true(has_hit);
        if (i == 0)
            *first = *last;
    }
    assert_true(fabs(first->score - 1) < 1e-9);
    search_free(search);
    snapshot_free(snapshot);
    return last->score;
}

/* So that the last candidate is worth what it is, however many there are. */
static void test_scores_do_not_begin_at_the_worst_candidate(void **state)
{
    struct fixture fixture = shop();
    struct hash hash = hash_text(text_span("Forty geese and one fox."));
    float vector[FIXTURE_DIMENSIONS];
    struct search_query words = { .text = text_span("refunds"),
                                  .mode = SEARCH_TEXT,
                                  .candidates = 2 };
    struct search_query vectors = { .mode = SEARCH_VECTOR,
                                    .vector = vector,
                                    .dimensions = FIXTURE_DIMENSIONS,
                                    .model_id = fixture.model_id,
                                    .vector_weight = -1,
                                    .candidates = 3 };
    struct hit first, last;
    double score;

    (void)state;
    score = last_score(&fixture, &words, 2, &first, &last);
    assert_true(fabs(score - last.bm25 / first.bm25) < 1e-9);
    fixture_vector(&hash, vector);
    score = last_score(&fixture, &vectors, 3, &first, &last);
    assert_true(score > 0 && score < 1);
    fixture_free(&fixture);
}

static void test_another_models_vector_is_refused(void **state)
{
    struct fixture fixture = shop();
    float vector[FIXTURE_DIMENSIONS] = { 1 };
    struct search_query query = { .vector = vector,
                                  .dimensions = FIXTURE_DIMENSIONS,
                                  .model_id = fixture.model_id + 1 };
    struct snapshot *snapshot = NULL;
    struct search *search = NULL;
    struct error err;

    (void)state;
    assert_good(snapshot_take(fixture.index, &snapshot, &err), &err);
    assert_int_equal(search_run(snapshot, &query, &search, &err), STATUS_UNSUPPORTED);
    snapshot_free(snapshot);
    fixture_free(&fixture);
}

static void test_a_hit_is_cited(void **state)
{
    struct fixture fixture = shop();
    struct search_query query = { .text = text_span("buyer"), .mode = SEARCH_TEXT };
    struct snapshot *snapshot = NULL;
    struct search *search = NULL;
    struct error err;
    struct hit hit;
    bool has_hit;

    (void)state;
    assert_good(snapshot_take(fixture.index, &snapshot, &err), &err);
    assert_good(search_run(snapshot, &query, &search, &err), &err);
    assert_good(search_next(search, &hit, &has_hit, &err), &err);
    assert_true(has_hit);
    assert_int_equal(hit.place_count, 1);
    assert_int_equal(hit.text.len, strlen("The buyer may return it in time."));
    assert_memory_equal(hit.text.data, "The buyer may return it in time.", hit.text.len);
    assert_true(span_is(hit.places[0].heading_path, "Refunds"));
    assert_true(span_is(hit.places[0].title, "Refunds"));
    assert_true(span_is(hit.places[0].source_path, "/home/docs"));
    assert_true(hit.places[0].is_file_range);
    assert_int_equal(hit.places[0].start, strlen("# Refunds\n\n"));
    assert_int_equal(hit.places[0].end - hit.places[0].start, hit.text.len);
    assert_int_equal(hit.places[0].stamp.inode, 1);
    assert_false(hit.places[0].is_behind || hit.places[0].is_held);
    assert_int_equal(hit.bm25_rank, 1);
    search_free(search);
    snapshot_free(snapshot);
    fixture_free(&fixture);
}

static void test_equal_texts_are_one_hit(void **state)
{
    struct fixture fixture = shop();
    struct search_query query = { .text = text_span("buyer"), .mode = SEARCH_TEXT };

    (void)state;
    fixture_put(&fixture, "z/copy.md", "", "# Refunds\n\nThe buyer may return it in time.", 7);
    fixture_put(&fixture, "z/other.md", "", "# Elsewhere\n\nThe buyer  may return it in time.", 8);
    assert_hits(&fixture, &query, "refunds.md z/copy.md z/other.md");
    /* A file goes before its copy in an archive. */
    fixture_put(&fixture, "y.zip", "it.md", "# Quays\n\nThe crane is green.", 9);
    fixture_put(&fixture, "y/it.md", "", "# Quays\n\nThe crane is green.", 10);
    query.text = text_span("crane");
    assert_hits(&fixture, &query, "y/it.md y.zip");
    query.text = text_span("buyer");
    {
        struct snapshot *snapshot = NULL;
        struct search *search = NULL;
        struct error err;
        struct hit hit;
        bool has_hit;

        assert_good(snapshot_take(fixture.index, &snapshot, &err), &err);
        assert_good(search_run(snapshot, &query, &search, &err), &err);
        assert_good(search_next(search, &hit, &has_hit, &err), &err);
        assert_int_equal(hit.place_count, 3);
        assert_good(search_next(search, &hit, &has_hit, &err), &err);
        assert_false(has_hit);
        search_free(search);
        snapshot_free(snapshot);
    }
    fixture_free(&fixture);
}

/* Versions that differ in what they say stay apart; those that differ in dress do not. */
static void test_texts_that_say_the_same(void **state)
{
    static const char *const same[] = {
        "The buyer may return the lamp within thirty days, and the money is sent back by the way "
        "it "
        "came as soon as the parcel is here, without any other cost for the buyer.",
        "The **buyer** may return the lamp \u2014 within thirty days \u2014 and the money is sent "
        "back "
        "by the way it came, as soon as the \u201cparcel\u201d is here; without any other cost for "
        "the buyer!",
        "the buyer may return the lamp within thirty days and the money is sent back by the way it "
        "came as soon as the parcel is here without any other cost for the buyer 12",
    };
    static const char *const others[] = {
        "The buyer may return the lamp within forty days, and the money is sent back by the way it "
        "came as soon as the parcel is here, without any other cost for the buyer.",
        "The buyer may not return the lamp within thirty days, and the money is sent back by the "
        "way it came as soon as the parcel is here, without any other cost for the buyer.",
        "The buyer may return the lamp within thirty days, and the money is sent back by the way "
        "it "
        "came as soon as the parcel is here, without any other cost for the buyer. This does not "
        "hold for vouchers.",
        /* Two words that hash_table_key() gives numbers with the same last 32 bits. */
        "The buyer may return the lamp at kalemel, and the money is sent back by the way it came "
        "as soon as the parcel is here, without any other cost for the buyer.",
        "The buyer may return the lamp at kunodot, and the money is sent back by the way it came "
        "as soon as the parcel is here, without any other cost for the buyer.",
    };
    struct fixture fixture = fixture_new();
    struct search_query query = { .text = text_span("buyer lamp parcel"), .mode = SEARCH_TEXT };
    struct snapshot *snapshot = NULL;
    struct search *search = NULL;
    struct error err;
    struct hit hit;
    bool has_hit = true;
    size_t hits = 0, most = 0;
    char path[16];

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof(path), "s%u", i);
        fixture_put(&fixture, path, "", same[i], i + 1);
    }
    for (unsigned i = 0; i < 5; i++) {
        (void)snprintf(path, sizeof(path), "o%u", i);
        fixture_put(&fixture, path, "", others[i], i + 10);
    }
    assert_good(snapshot_take(fixture.index, &snapshot, &err), &err);
    assert_good(search_run(snapshot, &query, &search, &err), &err);
    for (;;) {
        assert_good(search_next(search, &hit, &has_hit, &err), &err);
        if (!has_hit)
            break;
        hits++;
        most = hit.place_count > most ? hit.place_count : most;
        for (size_t i = 0; i < hit.place_count; i++)
            assert_int_equal(hit.places[i].path.data[0], hit.place_count > 1 ? 's' : 'o');
    }
    assert_int_equal(hits, 6);
    assert_int_equal(most, 3);
    search_free(search);
    snapshot_free(snapshot);
    fixture_free(&fixture);
}

static void test_a_snapshot_does_not_move(void **state)
{
    struct fixture fixture = shop();
    struct index *reader = NULL;
    struct snapshot *snapshot = NULL;
    struct search *search = NULL;
    struct search_query query = { .text = text_span("geese"), .mode = SEARCH_TEXT };
    struct error err;
    struct hit hit;
    bool has_hit;

    (void)state;
    assert_good(index_open(fixture.folder, INDEX_READ, &reader, &err), &err);
    assert_good(snapshot_take(reader, &snapshot, &err), &err);
    fixture_put(&fixture, "stock.zip", "list.md", "The fox is alone.", 9);
    assert_good(search_run(snapshot, &query, &search, &err), &err);
    assert_good(search_next(search, &hit, &has_hit, &err), &err);
    assert_true(has_hit);
    search_free(search);
    snapshot_free(snapshot);
    index_free(reader);
    assert_words(&fixture, "geese", "");
    fixture_free(&fixture);
}

/* Each document by the stemmer of its language, declared or guessed; a question by those of all. */
static void test_stems_by_language(void **state)
{
    static const char german[] = "Die alten H\u00e4user sind nicht mehr bewohnt, und das Dach ist"
                                 " mit den Jahren undicht.";
    static const char decomposed[] = "Das ist nicht die Strasse zu den Ha\u0308usern, und sie ist"
                                     " nicht mit der anderen verbunden.";
    static const char french[] = "Les maisons de la ville sont vieilles et ne sont pas dans le"
                                 " centre; elles \u00e9taient habit\u00e9es.";
    static const char english[] = "The layers of the lake were counted, and that is how the age of"
                                  " its houses was found.";
    static const char russian[] = "\u043a\u0440\u0430\u0441\u043d\u044b\u0439 \u0434\u043e\u043c";
    struct fixture fixture = fixture_new();

    (void)state;
    fixture_put(&fixture, "en.md", "", english, 1);
    assert_words(&fixture, "layered lakes", "en.md");
    assert_words(&fixture, "haus", "");
    fixture_put(&fixture, "de.md", "", german, 2);
    fixture_put(&fixture, "de2.md", "", decomposed, 3);
    fixture_put(&fixture, "fr.md", "", french, 4);
    fixture_put(&fixture, "ru.md", "", russian, 5);
    assert_words(&fixture, "layered lakes", "en.md");
    assert_words(&fixture, "+Haus +alte", "de.md");
    assert_words(&fixture, "+\"die H\u00e4usern\" +bewohnt", "");
    assert_words(&fixture, "\"alte Haus\"", "de.md");
    assert_words(&fixture, "+haus +stra\u00dfe", "de2.md");
    assert_words(&fixture, "+haus +strassen", "de2.md");
    assert_words(&fixture, "habiter", "fr.md");
    assert_words(&fixture, "maison", "fr.md");
    assert_words(&fixture, "\u043a\u0440\u0430\u0441\u043d\u043e\u0433\u043e", "ru.md");
    /* A text that changes its language keeps no words of the one before. */
    fixture_put(&fixture, "de.md", "", french, 6);
    assert_words(&fixture, "+Haus +alte", "");
    assert_sound(&fixture);
    fixture_free(&fixture);
}

static void test_odd_questions(void **state)
{
    static const struct {
        const char *text, *found;
    } odd[] = {
        { "", "" },
        { " ", "" },
        { "\n\t\r", "" },
        { "\"", "" },
        { "\"\"", "" },
        { "\"\"\"\"", "" },
        { "\"geese", "stock.zip" },
        { "geese\"", "stock.zip" },
        { "-", "" },
        { "--", "" },
        { "+", "" },
        { "++geese", "stock.zip" },
        { "-+geese", "stock.zip" },
        { "+-geese", "stock.zip" },
        { "*", "" },
        { "**", "" },
        { "geese**", "stock.zip" },
        { "AND", "" },
        { "OR", "" },
        { "NOT", "" },
        { "NEAR", "" },
        { "NEAR(geese fox, 2)", "stock.zip" },
        { "geese AND", "stock.zip" },
        { "AND geese", "stock.zip" },
        { "OR OR OR", "" },
        { "geese OR", "stock.zip" },
        { "NOT geese", "" },
        { "(", "" },
        { ")", "" },
        { "((geese)", "stock.zip" },
        { "geese)", "stock.zip" },
        { "{text}: geese", "stock.zip" },
        { "text:", "" },
        { "title:", "" },
        { "title:\"", "" },
        { "nosuchcolumn:geese", "stock.zip" },
        { "text : geese", "stock.zip" },
        { "geese^2", "stock.zip" },
        { "^geese", "stock.zip" },
        { "'; DROP TABLE segment; --", "" },
        { "' OR 1=1 --", "" },
        { "%", "" },
        { "_", "" },
        { "\\", "" },
        { "\\\"geese", "stock.zip" },
        { "geese\\", "stock.zip" },
        { "/etc/passwd", "" },
        { "a:b:c:d", "" },
        { "title:title:title:x", "" },
        { "-title:geese", "" },
        { "+\"\"", "" },
        { "-\"\"", "" },
        { "\xf0\x9f\xa6\x86", "" },
        { "\xf0\x9f\xa6\x86 geese", "stock.zip" },
        { "\xd7\x90\xd7\x95\xd7\x96\xd7\x99\xd7\x9d", "" },
        { "\xe2\x80\xae esreeg", "" },
        { "\xe2\x80\x9cgeese\xe2\x80\x9d", "stock.zip" },
        { "\xe9\x9b\x81\xe8\x88\x9e", "" },
        { "\xc3\x28", "" },
        { "\xff\xfe\xfd", "" },
        { "\xed\xa0\x80", "" },
        { "\xf4\x90\x80\x80", "" },
        { "\x01\x02\x1b[31mgeese", "" },
        { "geese\x7f", "stock.zip" },
        { "\xc2\x85geese", "stock.zip" },
        { "\xef\xbb\xbfgeese", "stock.zip" },
        { "\xe2\x80\x8bgeese", "stock.zip" },
        { "g\xcc\x88"
          "eese",
          "stock.zip" },
        { "-----geese", "stock.zip" },
        { "geese - fox", "stock.zip" },
        { "geese + fox", "stock.zip" },
        { "a-b-c", "" },
        { "C++", "" },
        { "c#", "" },
        { ".net", "" },
        { "@geese", "stock.zip" },
        { "#geese", "stock.zip" },
        { "$x", "" },
        { "1+1=2", "" },
        { "1e309", "" },
        { "0x00", "" },
        { "NaN", "" },
        { "null", "" },
        { "true", "" },
        { "rowid", "" },
        { "rank", "" },
        { "fulltext", "" },
        { "text", "" },
        { "\"text\":geese", "stock.zip" },
        { "{", "" },
        { "}", "" },
        { "[", "" },
        { "]", "" },
        { "<", "" },
        { ">", "" },
        { "|", "" },
        { "||", "" },
        { "&&", "" },
        { "!", "" },
        { "?", "" },
        { "~geese~", "stock.zip" },
        { "`", "" },
        { ";", "" },
        { ":", "" },
        { ",", "" },
        { ".", "" },
        { "...", "" },
        { "\"a\" \"b\" \"c\"", "" },
        { "-a -b -c", "" },
        { "+a +b +c", "" },
        { "* * *", "" },
        { "\"*\"", "" },
        { "-*", "" },
        { "+*", "" },
        { "\"-geese\"", "stock.zip" },
    };
    struct fixture fixture = shop();
    struct buf found = BUF_INIT(1 << 20);
    struct buf large = BUF_INIT(1 << 21);

    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++)
        assert_words(&fixture, odd[i].text, odd[i].found);
    /* Every byte, between two words that are there. */
    for (int c = 0; c < 256; c++) {
        char text[] = { 'g', 'e', 'e', 's', 'e', ' ', (char)c, ' ', 'f', 'o', 'x' };
        struct search_query query = { .text = { text, sizeof(text) }, .mode = SEARCH_TEXT };

        fixture_search(&fixture, &query, &found);
        assert_string_equal(found.data, "stock.zip");
    }
    while (large.len < 1 << 20)
        buf_printf(&large, "word%zu \"an open phrase ", large.len);
    {
        struct search_query query = { .text = buf_span(&large), .mode = SEARCH_TEXT };

        fixture_search(&fixture, &query, &found);
    }
    assert_words(&fixture, "'; DROP TABLE segment; -- geese", "stock.zip");
    assert_words(&fixture, "geese - fox", "stock.zip");
    assert_sound(&fixture);
    buf_release(&found);
    buf_release(&large);
    fixture_free(&fixture);
}

static void test_the_parser(void **state)
{
    static const struct {
        const char *text, *expression;
    } cases[] = {
        { "one two", "(\"one\" OR \"two\")" },
        { "one one", "(\"one\")" },
        { "pre* -bad", "(\"pre\" *) NOT (\"bad\")" },
        { "\"a b\"", "(\"a b\")" },
        { "\"a b\" c", "(\"a b\" OR \"c\" OR \"a\" OR \"b\")" },
        { "+\"a b\" c", "(\"a b\") AND (\"a b\" OR \"c\")" },
        { "low-cost", "(\"low\" OR \"cost\")" },
        { "getUserById", "(\"getUserById\" OR \"get\" OR \"User\" OR \"By\" OR \"Id\")" },
        { "\u4e2d\u6587\u5b57", "(\"\u4e2d\u6587\" OR \"\u6587\u5b57\")" },
        { "+a b", "(\"a\") AND (\"a\" OR \"b\")" },
        { "title:x", "(title : \"x\")" },
        { "a b AND c", "(\"b\" AND \"c\") AND (\"a\" OR \"b\" OR \"c\")" },
        { "x AND low-cost", "(\"x\" AND \"low-cost\")" },
        { "x AND NOT y OR z", "(\"x\") AND (\"x\" OR \"z\") NOT (\"y\")" },
        { "x AND -y", "(\"x\") NOT (\"y\")" },
        { "NOT y", "" },
        { "TERMS AND CONDITIONS", "(\"TERMS\" OR \"AND\" OR \"CONDITIONS\")" },
        { "an AND gate", "(\"an\" OR \"AND\" OR \"gate\")" },
        { "AND AND AND", "" },
        { "\u6c34", "(\"\u6c34\" *)" },
        { "+\u6c34", "(\"\u6c34\" *)" },
        { "-only", "" },
        { "", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct query query;
        struct buf expression = BUF_INIT(QUERY_EXPRESSION_MAX);
        struct error err;

        assert_good(query_parse(text_span(cases[i].text), &query, &err), &err);
        query_match_expression(&query, &expression);
        assert_string_equal(expression.data, cases[i].expression);
        buf_release(&expression);
        query_release(&query);
    }
}

/* text with [brackets] around what is marked. */
static void assert_marks(struct fixture *fixture, const char *words, const char *text,
                         const char *wanted)
{
    struct search_query query = { .text = text_span(words), .mode = SEARCH_TEXT };
    struct buf got = BUF_INIT(1 << 16);
    struct snapshot *snapshot = NULL;
    struct search *search = NULL;
    struct search_mark *marks = NULL;
    size_t count = 0, end = 0;
    struct error err;

    assert_good(snapshot_take(fixture->index, &snapshot, &err), &err);
    assert_good(search_run(snapshot, &query, &search, &err), &err);
    assert_good(search_mark(search, text_span(text), &marks, &count, &err), &err);
    for (size_t at = 0; at <= strlen(text); at++) {
        if (at > 0 && at == end)
            buf_append_char(&got, ']');
        for (size_t i = 0; i < count; i++) {
            if (marks[i].start == at && marks[i].end > end) {
                if (at >= end)
                    buf_append_char(&got, '[');
                end = marks[i].end;
            }
        }
        if (text[at])
            buf_append_char(&got, text[at]);
    }
    assert_string_equal(got.data, wanted);
    free(marks);
    buf_release(&got);
    search_free(search);
    snapshot_free(snapshot);
}

static void test_marks(void **state)
{
    struct fixture fixture = shop();

    (void)state;
    assert_marks(&fixture, "returning", "It may be returned. Returns are free.",
                 "It may be [returned]. [Returns] are free.");
    assert_marks(&fixture, "naive cafe", "A na\u00efve CAF\u00c9.", "A [na\u00efve] [CAF\u00c9].");
    assert_marks(&fixture, "cafe", "Cafe\u0301s", "[Cafe\u0301s]");
    assert_marks(&fixture, "user", "call getUserById(1)", "call get[User]ById(1)");
    assert_marks(&fixture, "getUserById", "x getUserById y", "x [getUserById] y");
    assert_marks(&fixture, "getuserbyid", "x getUserById y", "x [getUserById] y");
    assert_marks(&fixture, "max_size", "the max_size of", "the [max_size] of");
    assert_marks(&fixture, "\"the shop is\"", "Is the shop open? The shop is closed.",
                 "Is the shop open? [The shop is] closed.");
    assert_marks(&fixture, "sedi*", "sediment SEDIMENTS seed", "[sediment] [SEDIMENTS] seed");
    assert_marks(&fixture, "the refund", "the refund of the day", "the [refund] of the day");
    assert_marks(&fixture, "the", "the day", "[the] day");
    assert_marks(&fixture, "-day +night", "day and night", "day and [night]");
    assert_marks(&fixture, "title:day night", "day and night", "day and [night]");
    assert_marks(&fixture, "\u6c34\u9053\u5c40", "\u5e02\u6c34\u9053\u5c40\u306f",
                 "\u5e02[\u6c34\u9053\u5c40]\u306f");
    assert_marks(&fixture, "\u043a\u043d\u0438\u0433\u0430",
                 "\u0432 \u043a\u043d\u0438\u0433\u0430\u0445",
                 "\u0432 [\u043a\u043d\u0438\u0433\u0430\u0445]");
    assert_marks(&fixture, "\u9053", "\u5e02\u6c34\u9053\u5c40\u9053",
                 "\u5e02\u6c34[\u9053]\u5c40[\u9053]");
    assert_marks(&fixture, "\u9053*", "\u6c34\u9053\u5c40", "\u6c34[\u9053]\u5c40");
    assert_marks(&fixture, "", "day", "day");
    assert_marks(&fixture, "day", "", "");
    fixture_free(&fixture);
}

static void assert_around(struct search *search, const struct hit_place *place,
                          enum expand_kind kind, uint32_t neighbours, uint32_t tokens_max,
                          const char *wanted, bool is_cut)
{
    struct expansion around;
    struct error err;

    assert_int_equal(search_expand(search, place, kind, neighbours, tokens_max, &around, &err),
                     STATUS_OK);
    if (!span_is(around.text, wanted))
        print_message("around: '%.*s'\n", (int)around.text.len, around.text.data);
    assert_true(span_is(around.text, wanted));
    assert_int_equal(around.is_cut, is_cut);
}

/* A section holds its subsections, and ends where another begins. */
static void test_what_stands_around(void **state)
{
    struct fixture fixture = fixture_new();
    struct search_query query = { .text = text_span("herons"), .mode = SEARCH_TEXT };
    struct snapshot *snapshot = NULL;
    struct search *search = NULL;
    struct hit hit;
    bool has_hit = false;
    struct error err;

    (void)state;
    fixture_put(&fixture, "birds.md", "",
                "# Birds\n\nThere are herons.\n\n## Nests\n\nHigh up.\n\n# Fish\n\nIn the lake.",
                1);
    assert_int_equal(snapshot_take(fixture.index, &snapshot, &err), STATUS_OK);
    assert_int_equal(search_run(snapshot, &query, &search, &err), STATUS_OK);
    assert_int_equal(search_next(search, &hit, &has_hit, &err), STATUS_OK);
    assert_true(has_hit);
    assert_around(search, &hit.places[0], EXPAND_SECTION, 0, 1000, "There are herons.\n\nHigh up.",
                  false);
    assert_around(search, &hit.places[0], EXPAND_SECTION, 0, 1, "There are herons.", true);
    assert_around(search, &hit.places[0], EXPAND_NEIGHBOURS, 1, 1000,
                  "There are herons.\n\nHigh up.", false);
    search_free(search);
    snapshot_free(snapshot);
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_stands_around),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_operators),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_vectors_are_exact),
        cmocka_unit_test(test_scores_do_not_begin_at_the_worst_candidate),
        cmocka_unit_test(test_another_models_vector_is_refused),
        cmocka_unit_test(test_a_hit_is_cited),
        cmocka_unit_test(test_equal_texts_are_one_hit),
        cmocka_unit_test(test_texts_that_say_the_same),
        cmocka_unit_test(test_a_snapshot_does_not_move),
        cmocka_unit_test(test_stems_by_language),
        cmocka_unit_test(test_odd_questions),
        cmocka_unit_test(test_the_parser),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
