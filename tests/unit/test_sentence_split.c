/* Where sentences end, in several languages. A bar marks each boundary that is expected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include "chunkers/long_text.h"
#include "chunkers/sentence_split.h"

static const char *const sentences[] = {
    /* plain */
    "It rains. |We stay in. |Why not? |Go! |Now",
    "One sentence without an end",
    "Version 2.5 is out. |It costs 3.50 dollars.",
    "See example.org for more. |Or ask.",
    "Wait... what? |He left... |Then it was quiet.",
    /* abbreviations, initials, numbers */
    "Dr. Smith met Mrs. Jones at St. Mary's. |They talked.",
    "J. R. R. Tolkien wrote it. |I read it.",
    "See Fig. 3 and eq. 4 for details. |No. 5 is alive. |He said no. |Then he left.",
    "Fruit, e.g. apples, i.e. food, etc. are fine. |Others vs. these are not.",
    "It was sold by Acme Inc. |The price was low.",
    "He lives in the U.S. |The weather is fine. |The U.S. Senate met.",
    "At 5 p.m. they left. |It was late.",
    "1. Open the box. |2. Close it.",
    "The temperature fell to 5. |That was cold.",
    "Smith et al. found more. |It is in vol. 7, pp. 3-9.",
    /* quotes and brackets */
    "\"It is late.\" |She left. |(He stayed.) |Why?",
    "\"What?\" he asked. |\"Nothing!\" |She laughed.",
    "He said \xe2\x80\x9cgo away.\xe2\x80\x9d |Then he went.",
    "This is **bold.** |And `code.` |Next.",
    /* lines */
    "A wrapped line goes\non here. |Then comes\nanother.",
    "First paragraph\n\n|Second paragraph. |End.",
    "Items:\n|- one\n|- two\n|* three",
    /* German */
    "Am 3. Oktober, d. h. z. B. heute, kam Hr. M\xc3\xbcller. |Er blieb bzw. schlief usw. |Das war "
    "gut.",
    "Die 2. Auflage kostet ca. 5 Euro. |Mehr nicht.",
    /* French, Spanish, Italian */
    "M. Dupont est l\xc3\xa0 ! |Vraiment ? |Oui, \xc3\xa0 5 h. |\xc3\x89tonnant.",
    "\xc2\xbfQu\xc3\xa9 tal? |\xc2\xa1Hola! |El Sr. P\xc3\xa9rez lleg\xc3\xb3. |Bien.",
    "Il Sig. Rossi \xc3\xa8 qui. |Perch\xc3\xa9? |Boh.",
    /* Russian */
    "\xd0\x9e\xd0\xbd \xd0\xb6\xd0\xb8\xd0\xbb \xd0\xbd\xd0\xb0 \xd1\x83\xd0\xbb. "
    "\xd0\x9c\xd0\xb8\xd1\x80\xd0\xb0. "
    "|\xd0\x9f\xd0\xbe\xd1\x82\xd0\xbe\xd0\xbc \xd1\x83\xd0\xb5\xd1\x85\xd0\xb0\xd0\xbb. "
    "|\xd0\x97\xd0\xb0\xd1\x87\xd0\xb5\xd0\xbc?",
    /* Chinese, Japanese: no spaces */
    "\xe4\xbb\x8a\xe5\xa4\xa9\xe4\xb8\x8b\xe9\x9b\xa8\xe3\x80\x82|"
    "\xe6\x88\x91\xe4\xbb\xac\xe5\x9c\xa8\xe5\xae\xb6\xef\xbc\x81|"
    "\xe5\xa5\xbd\xe5\x90\x97\xef\xbc\x9f",
    "\xe3\x80\x8c\xe3\x81\x9d\xe3\x81\x86\xe3\x80\x82\xe3\x80\x8d|"
    "\xe5\xbd\xbc\xe3\x81\xaf\xe8\xa8\x80\xe3\x81\xa3\xe3\x81\x9f\xe3\x80\x82|"
    "\xe7\xb5\x82\xe3\x82\x8f\xe3\x82\x8a\xe3\x80\x82",
    /* Hindi, Arabic, Urdu, Thai, Armenian */
    "\xe0\xa4\xaf\xe0\xa4\xb9 \xe0\xa4\x8f\xe0\xa4\x95 \xe0\xa4\xb9\xe0\xa5\x88\xe0\xa5\xa4 "
    "|\xe0\xa4\xaf\xe0\xa4\xb9 \xe0\xa4\xa6\xe0\xa5\x8b \xe0\xa4\xb9\xe0\xa5\x88\xe0\xa5\xa4",
    "\xd9\x87\xd9\x84 \xd9\x87\xd8\xb0\xd8\xa7 \xd8\xb5\xd8\xad\xd9\x8a\xd8\xad\xd8\x9f "
    "|\xd9\x86\xd8\xb9\xd9\x85. |\xd8\xad\xd8\xb3\xd9\x86\xd8\xa7",
    "\xdb\x8c\xdb\x81 \xd8\xa7\xdb\x8c\xda\xa9 \xdb\x81\xdb\x92\xdb\x94 |\xdb\x8c\xdb\x81 "
    "\xd8\xaf\xd9\x88 \xdb\x81\xdb\x92\xdb\x94",
    "\xe0\xb8\x9d\xe0\xb8\x99\xe0\xb8\x95\xe0\xb8\x81 "
    "|\xe0\xb9\x80\xe0\xb8\xa3\xe0\xb8\xb2\xe0\xb8\xad\xe0\xb8\xa2\xe0\xb8\xb9\xe0\xb9\x88\xe0\xb8"
    "\x9a\xe0\xb9\x89\xe0\xb8\xb2\xe0\xb8\x99",
    "\xd4\xb2\xd5\xa1\xd6\x80\xd6\x87\xd6\x89 |\xd4\xb2\xd5\xa1\xd6\x80\xd6\x87\xd6\x89",
    /* structured text */
    "[{\"a\": \"x\"}, |{\"a\": \"y\"}]",
    "Done.\\n\\n|1. Next step is here.\\n|Then go on.",
    "C:\\new is a path. |Yes",
    "{\"text\": \"The steps are:\\n\\n|1. Log in to it.\\n|2. Log out.\"}, |{\"text\": \"Yes\"}",
};

/* Joins the sentences of text, without its bars, with bars in between. */
static void split(const char *marked, char *out)
{
    char text[1024];
    size_t length = 0, used = 0;
    struct span span;

    for (const char *c = marked; *c; c++)
        if (*c != '|')
            text[length++] = *c;
    span = (struct span){ text, length };
    for (size_t at = 0; at < length;) {
        size_t next = sentence_next(span, at);

        assert_true(next > at && next <= length);
        if (at > 0)
            out[used++] = '|';
        memcpy(out + used, text + at, next - at);
        used += next - at;
        at = next;
    }
    out[used] = '\0';
}

static void ends_sentences_where_readers_do(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(sentences) / sizeof(*sentences); i++) {
        char got[2048];

        split(sentences[i], got);
        if (strcmp(got, sentences[i]) != 0)
            fail_msg("\nwanted %s\ngot    %s", sentences[i], got);
    }
}

/* On text without the cases that UAX #29 leaves open, the fast way agrees with ICU. */
static void agrees_with_icu_on_plain_prose(void **state)
{
    static const char *const texts[] = {
        "The rain stopped. Was it over? Nobody knew! The road was wet and long. Some went home.",
        "Er kam sp\xc3\xa4t. Warum? Das Haus war leer! Niemand wusste es.",
        "\xd0\x94\xd0\xbe\xd0\xb6\xd0\xb4\xd1\x8c. \xd0\x92\xd1\x81\xd0\xb5 "
        "\xd0\xb4\xd0\xbe\xd0\xbc\xd0\xb0? \xd0\x94\xd0\xb0! "
        "\xd0\xa5\xd0\xbe\xd1\x80\xd0\xbe\xd1\x88\xd0\xbe.",
        "\xe4\xbb\x8a\xe5\xa4\xa9\xe4\xb8\x8b\xe9\x9b\xa8\xe3\x80\x82\xe6\x88\x91\xe4\xbb\xac\xe5"
        "\x9c\xa8\xe5\xae\xb6\xe3\x80\x82\xe5\xa5\xbd\xe5\x90\x97\xef\xbc\x9f\xe5\xa5\xbd\xe3\x80"
        "\x82",
        "(It works.) \"So it does.\" She smiled. The end came at 3.14 exactly. Then more.",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct span text = { texts[i], strlen(texts[i]) };
        UErrorCode code = U_ZERO_ERROR;
        UText *utext = utext_openUTF8(NULL, text.data, (int64_t)text.len, &code);
        UBreakIterator *icu = ubrk_open(UBRK_SENTENCE, "en", NULL, 0, &code);

        ubrk_setUText(icu, utext, &code);
        assert_true(U_SUCCESS(code));
        for (size_t at = 0; at < text.len;) {
            size_t next = sentence_next(text, at);

            assert_int_equal(next, ubrk_following(icu, (int32_t)at));
            at = next;
        }
        ubrk_close(icu);
        utext_close(utext);
    }
}

static void cuts_clauses_and_words(void **state)
{
    struct span text = { "a, b; c: d (e) f \xe2\x80\x94 g\xef\xbc\x8ch 1,000", 31 };
    static const size_t clauses[] = { 3, 6, 9, 15, 21, 25 };
    size_t at = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(clauses) / sizeof(*clauses); i++) {
        at = clause_next(text, at);
        assert_int_equal(at, clauses[i]);
    }
    assert_int_equal(clause_next(text, at), text.len);
    assert_int_equal(word_next(text, 0), 3);
    assert_int_equal(word_next(text, text.len - 3), text.len);
    assert_int_equal(line_next((struct span){ "a\nb", 3 }, 0), 2);
    assert_int_equal(line_next((struct span){ "a\nb", 3 }, 2), 3);
}

/* An accent behind a space is drawn over it, a variation selector belongs to its full stop. */
static void keeps_marks_with_what_they_mark(void **state)
{
    struct span accents = { "One. \xcc\x81Two, \xcc\x81three \xcc\x81"
                            "four",
                            26 };
    struct span selector = { "\xe4\xb8\xad\xe3\x80\x82\xef\xb8\x80\xe6\x96\x87", 12 };

    (void)state;
    assert_int_equal(sentence_next(accents, 0), accents.len);
    assert_int_equal(clause_next(accents, 0), accents.len);
    assert_int_equal(word_next(accents, 0), accents.len);
    assert_int_equal(sentence_next(selector, 0), selector.len);
}

static void tells_wrapped_lines_from_paragraphs(void **state)
{
    char text[1200];
    struct span span = { text, 0 };

    (void)state;
    memset(text, 'x', sizeof(text));
    /* a heading, then a long line, then a short one */
    memcpy(text, "Heading\n", 8);
    memcpy(text + 600, ".\nLast line.", 12);
    span.len = 612;
    assert_int_equal(line_break_kind(span, 0, 7), LINE_PARAGRAPH);
    assert_int_equal(line_break_kind(span, 8, 601), LINE_PARAGRAPH);
    memcpy(text + 590, "\nShort heading\n", 15);
    span.len = sizeof(text);
    assert_int_equal(line_break_kind(span, 8, 590), LINE_HEADING);
    span = (struct span){ "a line\nof wrapped text\nand more", 31 };
    assert_int_equal(line_break_kind(span, 0, 6), LINE_WRAP);
    span = (struct span){ "a line\n \nof text", 16 };
    assert_int_equal(line_break_kind(span, 0, 6), LINE_PARAGRAPH);
    span = (struct span){ "a line\n- of text", 16 };
    assert_int_equal(line_break_kind(span, 0, 6), LINE_ITEM);
    span = (struct span){ "a line\\nOf text", 15 };
    assert_int_equal(line_break_kind(span, 0, 6), LINE_ITEM);
    span = (struct span){ "a line\\n\\nOf text", 17 };
    assert_int_equal(line_break_kind(span, 0, 6), LINE_PARAGRAPH);
    assert_int_equal(sentence_trim(span, 0, 10), 6);
    span = (struct span){ "{a}, {b}", 8 };
    assert_int_equal(line_break_kind(span, 0, 4), LINE_PARAGRAPH);
    assert_int_equal(line_break_kind(span, 0, 1), LINE_NONE);
}

/* Text without spaces: between words where ICU knows the language, never inside a grapheme. */
static void cuts_text_without_spaces(void **state)
{
    const char *thai =
        "\xe0\xb8\xa0\xe0\xb8\xb2\xe0\xb8\xa9\xe0\xb8\xb2\xe0\xb9\x84\xe0\xb8\x97\xe0\xb8\xa2";
    const char *family = "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7";
    struct span text = { thai, strlen(thai) };
    struct long_text *cuts = long_text_new(text, 0, text.len);
    char blob[20000];
    size_t at = 0, pieces = 0;

    (void)state;
    assert_non_null(cuts);
    assert_int_equal(long_text_next(cuts, 0), 12); /* "language", "Thai" */
    assert_int_equal(long_text_next(cuts, 12), text.len);
    long_text_free(cuts);
    memset(blob, 'q', sizeof(blob));
    text = (struct span){ blob, sizeof(blob) };
    cuts = long_text_new(text, 0, text.len);
    assert_non_null(cuts);
    for (; at < text.len; pieces++) {
        size_t next = long_text_next(cuts, at);

        assert_true(next > at && next <= text.len);
        at = next;
    }
    assert_true(pieces > 100);
    long_text_free(cuts);
    text = (struct span){ family, strlen(family) };
    assert_int_equal(grapheme_boundary(text, 4), text.len);
    assert_int_equal(grapheme_boundary(text, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_sentences_where_readers_do),
        cmocka_unit_test(agrees_with_icu_on_plain_prose),
        cmocka_unit_test(cuts_clauses_and_words),
        cmocka_unit_test(keeps_marks_with_what_they_mark),
        cmocka_unit_test(tells_wrapped_lines_from_paragraphs),
        cmocka_unit_test(cuts_text_without_spaces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
