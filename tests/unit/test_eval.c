/*
 * test_eval.c - questions as files say them, and what counts as found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/eval_set.c"

static struct span text_of(const char *text)
{
    return (struct span){ text, strlen(text) };
}

static struct eval_set parsed(const char *questions, const char *judgements)
{
    struct eval_set set;
    struct error err = { .text = "" };

    if (eval_set_parse(text_of(questions), "q", text_of(judgements), "j", &set, &err))
        fail_msg("%s", err.text);
    return set;
}

static void assert_span(struct span span, const char *wanted)
{
    assert_int_equal(span.len, strlen(wanted));
    assert_memory_equal(span.data, wanted, span.len);
}

static void both_formats(void **state)
{
    struct eval_set set;

    (void)state;
    set = parsed("{\"_id\":\"b\",\"text\":\"second\"}\n{\"_id\":\"a\",\"text\":\"first\"}\n"
                 "{\"_id\":\"c\",\"text\":\"of no use\"}\n",
                 "query-id\tcorpus-id\tscore\na\td1\t2\na\td2\t0\nb\td 3\t1\nzz\td1\t1\n");
    assert_int_equal(set.count, 2);
    assert_int_equal(set.unjudged, 1);
    assert_span(set.questions[0].text, "first");
    assert_int_equal(set.questions[0].wanted_count, 1);
    assert_int_equal(set.questions[0].wanted[0].grade, 2);
    assert_span(set.questions[1].wanted[0].document, "d 3");
    eval_set_release(&set);

    set = parsed("{\"_id\":\"1\",\"text\":\"x\"}", "1 0 d7 3\n1 0 d8 -1\n");
    assert_int_equal(set.questions[0].wanted_count, 1);
    assert_span(set.questions[0].wanted[0].document, "d7");
    eval_set_release(&set);

    set = parsed("who?\tmen.txt\n\nwhere?\tmap.pdf\tat the lake\n"
                 "{\"question\":\"when?\",\"documents\":[\"a.md\",\"b.md\"]}\n",
                 "");
    assert_int_equal(set.count, 3);
    assert_span(set.questions[1].wanted[0].quote, "at the lake");
    assert_int_equal(set.questions[2].wanted_count, 2);
    eval_set_release(&set);
}

static void faults_name_the_line(void **state)
{
    static const struct {
        const char *questions, *judgements, *wanted;
    } faults[] = {
        { "who?\tx\nnothing else\n", "", "q:2:" },
        { "who?\tx\n\n{\"question\":\n", "", "q:3:" },
        { "{\"answer\":\"x\"}\n", "", "q:1:" },
        { "{\"_id\":\"1\",\"text\":\"x\"}", "1\td\t1\n1\td\n", "j:2:" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        struct eval_set set;
        struct error err = { .text = "" };

        assert_int_equal(eval_set_parse(text_of(faults[i].questions), "q",
                                        text_of(faults[i].judgements), "j", &set, &err),
                         STATUS_MALFORMED);
        assert_memory_equal(err.text, faults[i].wanted, strlen(faults[i].wanted));
    }
}

static void which_document(void **state)
{
    (void)state;
    assert_true(eval_is_document(text_of("b.pdf"), text_of("/a/b.pdf")));
    assert_true(eval_is_document(text_of("b"), text_of("/a/b.pdf")));
    assert_true(eval_is_document(text_of("a/b.pdf"), text_of("/a/b.pdf")));
    assert_true(eval_is_document(text_of("/a/b.pdf"), text_of("/a/b.pdf")));
    assert_true(eval_is_document(text_of("in/it.md"), text_of("/a/b.zip!/in/it.md")));
    assert_false(eval_is_document(text_of("b"), text_of("/a/bb.pdf")));
    assert_false(eval_is_document(text_of("pdf"), text_of("/a/b.pdf")));
    assert_false(eval_is_document(text_of("a"), text_of("/a/b.pdf")));
}

static void which_quote(void **state)
{
    (void)state;
    assert_true(eval_has_quote(text_of("the  Lake"), text_of("At the\nlake, in May")));
    assert_true(eval_has_quote(text_of(" lake, "), text_of("the lake, in May")));
    assert_false(eval_has_quote(text_of("thelake"), text_of("the lake")));
    assert_false(eval_has_quote(text_of("the lake"), text_of("thelake")));
    assert_false(eval_has_quote(text_of("lakes"), text_of("lake")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_formats),
        cmocka_unit_test(faults_name_the_line),
        cmocka_unit_test(which_document),
        cmocka_unit_test(which_quote),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
