/* A document survives the way from the worker; a worker that lies is not believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/wire.h"
#include "ingest/writer.h"

static void make_payload(struct buf *out)
{
    struct writer *writer = writer_new(1 << 20);
    const float box[4] = { 10, 20, 30, 40 };
    struct wire_document document = { .member = { "in/it.txt", 9 }, .byte_count = 99 };
    struct chunk chunks[] = { { 0, 4, 0, 0, BLOCK_NONE, 3 }, { 6, 11, 0, 4, 0, 5 } };

    writer_region(writer, 1, box, (struct span){ "label", 5 });
    writer_block(writer, BLOCK_HEADING, 1, (struct span){ "Head", 4 });
    (void)writer_emphasis(writer, 1u << EMPHASIS_BOLD | 1u << EMPHASIS_ITALIC);
    writer_block(writer, BLOCK_PARAGRAPH, 0, (struct span){ "Words", 5 });
    (void)writer_emphasis(writer, 0);
    writer_metadata(writer, "title", (struct span){ "A title", 7 });
    writer_hidden(writer, (struct span){ "unseen", 6 });
    assert_int_equal(writer_finish(writer, &document.extraction, NULL), STATUS_OK);
    document.extraction.chunks = chunks;
    document.extraction.chunk_count = 2;
    wire_encode_document(&document, out);
    assert_int_equal(buf_status(out, NULL), STATUS_OK);
    writer_free(writer);
}

static void test_round_trip(void **state)
{
    struct buf payload = BUF_INIT(1 << 20);
    struct arena arena = ARENA_INIT(1 << 20);
    struct wire_document document;

    (void)state;
    make_payload(&payload);
    assert_int_equal(wire_decode_document(buf_span(&payload), &arena, &document, NULL), STATUS_OK);
    assert_int_equal(document.member.len, 9);
    assert_memory_equal(document.member.data, "in/it.txt", 9);
    assert_int_equal(document.byte_count, 99);
    assert_int_equal(document.extraction.block_count, 2);
    assert_int_equal(document.extraction.chunk_count, 2);
    assert_int_equal(document.extraction.chunks[1].repeat_end, 4);
    assert_string_equal(extraction_metadata(&document.extraction, "title"), "A title");
    assert_memory_equal(document.extraction.hidden.data, "unseen", 6);
    assert_int_equal(document.extraction.emphasis_count, 2);
    assert_int_equal(document.extraction.emphases[1].kind, EMPHASIS_ITALIC);
    assert_int_equal(document.extraction.emphases[1].text_end, 11);
    arena_release(&arena);
    buf_release(&payload);
}

static void test_cut_off_anywhere(void **state)
{
    struct buf payload = BUF_INIT(1 << 20);

    (void)state;
    make_payload(&payload);
    for (size_t len = 0; len < payload.len; len++) {
        struct arena arena = ARENA_INIT(1 << 20);
        struct wire_document document;

        assert_int_equal(
            wire_decode_document((struct span){ payload.data, len }, &arena, &document, NULL),
            STATUS_MALFORMED);
        arena_release(&arena);
    }
    buf_release(&payload);
}

/* Any byte changed: refused, or an extraction that keeps the rules all the same. */
static void test_changed_anywhere(void **state)
{
    struct buf payload = BUF_INIT(1 << 20);
    size_t refused = 0;

    (void)state;
    make_payload(&payload);
    for (size_t at = 0; at < payload.len; at++) {
        for (int bit = 0; bit < 8; bit++) {
            struct arena arena = ARENA_INIT(1 << 20);
            struct wire_document document;

            payload.data[at] ^= (char)(1 << bit);
            if (wire_decode_document(buf_span(&payload), &arena, &document, NULL))
                refused++;
            else
                assert_int_equal(extraction_check(&document.extraction, NULL), STATUS_OK);
            payload.data[at] ^= (char)(1 << bit);
            arena_release(&arena);
        }
    }
    assert_true(refused > payload.len);
    buf_release(&payload);
}

static void expect_refused(struct extraction *extraction, struct emphasis first,
                           struct emphasis second)
{
    const struct emphasis emphases[] = { first, second };

    extraction->emphases = emphases;
    extraction->emphasis_count = 2;
    assert_int_equal(extraction_check(extraction, NULL), STATUS_MALFORMED);
    extraction->emphases = NULL;
    extraction->emphasis_count = 0;
}

static void test_emphasis_rules(void **state)
{
    struct extraction extraction = { .text = { "a \xC3\xA9 b c", 8 }, .labels = { "", 0 } };
    const struct emphasis good = { 2, 4, EMPHASIS_BOLD };
    const struct emphasis goods[] = { good, { 2, 7, EMPHASIS_ITALIC }, { 4, 5, EMPHASIS_BOLD } };

    (void)state;
    extraction.emphases = goods;
    extraction.emphasis_count = 3;
    assert_int_equal(extraction_check(&extraction, NULL), STATUS_OK);
    expect_refused(&extraction, good, (struct emphasis){ 3, 5, EMPHASIS_ITALIC }); /* in a char */
    expect_refused(&extraction, good,
                   (struct emphasis){ 5, 9, EMPHASIS_ITALIC }); /* past the end */
    expect_refused(&extraction, good, (struct emphasis){ 5, 5, EMPHASIS_ITALIC }); /* empty */
    expect_refused(&extraction, good, (struct emphasis){ 0, 2, EMPHASIS_ITALIC }); /* not sorted */
    expect_refused(&extraction, good, (struct emphasis){ 2, 5, EMPHASIS_BOLD });   /* overlaps */
    expect_refused(&extraction, good, (struct emphasis){ 5, 6, EMPHASIS_KIND_COUNT });
    extraction.emphases = goods;
    extraction.emphasis_count = EXTRACTION_EMPHASES_MAX + 1;
    assert_int_equal(extraction_check(&extraction, NULL), STATUS_MALFORMED);
}

/* Those who go through links beside a text rely on their order. */
static void test_link_rules(void **state)
{
    struct extraction extraction = { .text = { "abcdef", 6 }, .link_count = 2 };
    struct link links[] = { { .text_end = 2 }, { .text_start = 2, .text_end = 5 } };

    (void)state;
    extraction.links = links;
    assert_int_equal(extraction_check(&extraction, NULL), STATUS_OK);
    links[1].text_start = 1; /* overlaps */
    assert_int_equal(extraction_check(&extraction, NULL), STATUS_MALFORMED);
    links[0] = (struct link){ .text_start = 4, .text_end = 5 }; /* not sorted */
    assert_int_equal(extraction_check(&extraction, NULL), STATUS_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),       cmocka_unit_test(test_cut_off_anywhere),
        cmocka_unit_test(test_changed_anywhere), cmocka_unit_test(test_emphasis_rules),
        cmocka_unit_test(test_link_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
