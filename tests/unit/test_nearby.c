/* What the first texts have beside their words' counts: words that stand together, and words that
 * are spelled nearly alike. */
#include "store_fixture.h"

#include "index/internal.h"
#include "index/nearby.h"
#include "index/tokenizer.h"

static const struct tokenizer_options of_query = { .is_query = true };

struct reading {
    struct nearby *nearby;
    struct span text;
};

static int take(void *user, const struct token *token)
{
    struct reading *reading = user;
    struct span word = { reading->text.data + token->start, token->end - token->start };

    return !token->is_whole && nearby_take(reading->nearby, token->word, word, NULL) != STATUS_OK;
}

static double score(struct nearby *nearby, const char *text)
{
    struct reading reading = { nearby, text_span(text) };

    nearby_begin(nearby);
    assert_int_equal(tokenizer_run(reading.text, &of_query, take, &reading), 0);
    return nearby_score(nearby);
}

/* All terms count the same. NULL: none does. */
static struct nearby *ask(struct fixture *fixture, const char *question)
{
    double rarities[QUERY_TERMS_MAX];
    struct nearby *nearby = NULL;
    struct query query;
    struct error err;

    for (size_t i = 0; i < QUERY_TERMS_MAX; i++)
        rarities[i] = 2;
    assert_good(query_parse(text_span(question), &query, &err), &err);
    assert_good(nearby_new(&fixture->index->sql, &query, rarities, &nearby, &err), &err);
    query_release(&query);
    return nearby;
}

static void test_words_that_stand_together(void **state)
{
    struct fixture fixture = fixture_new();
    struct nearby *nearby = ask(&fixture, "layers lake");
    struct buf text = BUF_INIT(1 << 20);
    double both, one, apart;

    (void)state;
    both = score(nearby, "Each layer of the lake was counted.");
    one = score(nearby, "Each layer of the clay was counted.");
    buf_printf(&text, "A layer");
    for (unsigned i = 0; i < 40; i++)
        buf_printf(&text, " and %u", i);
    buf_printf(&text, " lakes.");
    apart = score(nearby, text.data);
    assert_true(both > apart);
    assert_true(apart == one);
    assert_true(score(nearby, "Nothing of that.") == 0 && score(nearby, "") == 0);
    /* Many places: some are enough, and it ends. */
    for (unsigned i = 0; i < 20000; i++)
        buf_printf(&text, " lake");
    assert_true(score(nearby, text.data) == one);
    buf_release(&text);
    nearby_free(nearby);
    fixture_free(&fixture);
}

/* What has the stem was counted already; what is spelled alike was not. */
static void test_words_that_are_alike(void **state)
{
    struct fixture fixture = fixture_new();
    struct nearby *nearby = ask(&fixture, "genauigkeit");

    (void)state;
    assert_true(score(nearby, "Messgenauigkeit") > score(nearby, "Genauigkeit"));
    assert_true(score(nearby, "Genauigkeiten") > score(nearby, "Ungenaues"));
    assert_true(score(nearby, "Genau") > 0);
    assert_true(score(nearby, "Gen") == 0);
    nearby_free(nearby);
    nearby = ask(&fixture, "photograph");
    assert_true(score(nearby, "photographed") == score(nearby, "PHOTOGRAPH"));
    assert_true(score(nearby, "photography") > score(nearby, "photograph"));
    nearby_free(nearby);
    nearby = ask(&fixture, "\u0627\u0644\u0645\u062f\u064a\u0646\u0629"); /* the city */
    assert_true(score(nearby, "\u0628\u0627\u0644\u0645\u062f\u064a\u0646\u0629") > 0); /* in it */
    nearby_free(nearby);
    nearby = ask(&fixture, "\u6e56\u6ce5");
    assert_true(score(nearby, "\u6e56\u6ce5\u3002") > 0);
    assert_true(score(nearby, "\u6cb3\u6ce5\u3002") == 0);
    nearby_free(nearby);
    fixture_free(&fixture);
}

static void test_odd_questions(void **state)
{
    struct fixture fixture = fixture_new();
    struct buf text = BUF_INIT(1 << 20);
    struct nearby *nearby;

    (void)state;
    assert_null(ask(&fixture, ""));
    assert_null(ask(&fixture, "-lake prefix* title:lake"));
    assert_null(ask(&fixture, "\"a phrase\""));
    /* As many and as long words as there may be. */
    for (unsigned i = 0; i < QUERY_TERMS_MAX; i++) {
        for (unsigned k = 0; k < 80; k++)
            buf_append_char(&text, (char)('a' + (i * 7 + k * (i + 1)) % 26));
        buf_append_char(&text, ' ');
    }
    nearby = ask(&fixture, text.data);
    assert_non_null(nearby);
    assert_true(score(nearby, text.data) > 0 && score(nearby, text.data) <= 1.3);
    nearby_free(nearby);
    buf_release(&text);
    fixture_free(&fixture);
}

/* Behind BM25's first, which has one of the words twice; as the search ranks them. */
static void test_the_first_are_ranked_again(void **state)
{
    struct fixture fixture = fixture_new();
    struct search_query query = { .text = text_span("photograph maps"), .mode = SEARCH_TEXT };
    struct buf found = BUF_INIT(1 << 16);

    (void)state;
    fixture_put(&fixture, "maps.md", "", "Maps, more maps, and a list of those that are lost.", 1);
    fixture_put(&fixture, "photography.md", "", "A mountain; maps, photography of a year.", 2);
    fixture_put(&fixture, "other.md", "", "Nothing that anybody would ask for, at any length.", 3);
    fixture_put(&fixture, "rest.md", "", "And some more of that, so that words are not common.", 4);
    fixture_search(&fixture, &query, &found);
    assert_string_equal(found.data, "maps.md photography.md");
    query.mode = SEARCH_HYBRID;
    buf_clear(&found);
    fixture_search(&fixture, &query, &found);
    assert_string_equal(found.data, "photography.md maps.md");
    query.fusion = FUSION_RANK;
    buf_clear(&found);
    fixture_search(&fixture, &query, &found);
    assert_string_equal(found.data, "maps.md photography.md");
    buf_release(&found);
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_that_stand_together),
        cmocka_unit_test(test_words_that_are_alike),
        cmocka_unit_test(test_odd_questions),
        cmocka_unit_test(test_the_first_are_ranked_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
