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
    writer_block(writer, BLOCK_PARAGRAPH, 0, (struct span){ "Words", 5 });
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_cut_off_anywhere),
        cmocka_unit_test(test_changed_anywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
