/* Layouts come back from their bytes as they went in, in whatever shape segments lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "index/layout.h"

#define SEGMENTS 200

static uint32_t below(uint32_t *seed, uint32_t limit)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % limit;
}

static void fill(struct layout *layout, struct layout_segment *segments, uint32_t seed)
{
    uint32_t text = 0, boxes = 0;
    uint64_t source = 0;

    for (size_t i = 0; i < layout->segment_count; i++) {
        struct layout_segment *segment = &segments[i];

        *segment = (struct layout_segment){ .segment_id = (int64_t)below(&seed, 1u << 20),
                                            .input_id = (int64_t)below(&seed, 1u << 20) };
        text += below(&seed, 20); /* gaps, and overlaps when it goes back */
        if (text > 30)
            text -= below(&seed, 30);
        segment->text_start = text;
        text += 1 + below(&seed, 2000);
        segment->text_end = text;
        source += below(&seed, 50);
        segment->source_start = source;
        source += below(&seed, 4000);
        segment->source_end = source;
        segment->heading = below(&seed, 3);
        segment->repeat = below(&seed, 2);
        segment->first_page = below(&seed, 9);
        segment->last_page = segment->first_page + below(&seed, 3);
        segment->kind = below(&seed, 14);
        segment->token_count = below(&seed, 512);
        segment->box_start = boxes;
        segment->box_count = i % 3 == 0 && boxes < layout->box_count;
        boxes += segment->box_count;
        memset(&segment->key, (int)i, sizeof(segment->key));
    }
    layout->box_count = boxes;
}

static void test_round_trip(void **state)
{
    struct span strings[] = { { "", 0 }, { "Guide > Refunds", 15 }, { "Prices!A2:D2", 12 } };
    struct layout_pair metadata[] = { { 1, 2 } };
    struct layout_segment segments[SEGMENTS];
    struct layout_box boxes[SEGMENTS];

    (void)state;
    for (size_t i = 0; i < SEGMENTS; i++)
        boxes[i] = (struct layout_box){ .page = (uint32_t)i,
                                        .label = (uint32_t)i % 3,
                                        .x0 = 10.5f,
                                        .y0 = (float)i,
                                        .x1 = 500.0f,
                                        .y1 = (float)i + 12.3f };
    for (size_t count = 0; count <= SEGMENTS; count += 1 + count / 7) {
        struct arena arena = ARENA_INIT((size_t)64 << 20);
        struct buf bytes = BUF_INIT((size_t)1 << 20);
        struct layout in = { .flags = LAYOUT_IS_FILE_RANGE,
                             .segments = segments,
                             .segment_count = count,
                             .boxes = boxes,
                             .box_count = SEGMENTS,
                             .strings = strings,
                             .string_count = 3,
                             .metadata = metadata,
                             .metadata_count = 1,
                             .chunks_dropped = (uint32_t)(count % 3 * 200) };
        struct layout out;

        fill(&in, segments, (uint32_t)count);
        layout_encode(&in, &bytes);
        assert_int_equal(buf_status(&bytes, NULL), STATUS_OK);
        assert_int_equal(layout_decode(buf_span(&bytes), &arena, &out, NULL), STATUS_OK);
        assert_int_equal(out.segment_count, count);
        assert_int_equal(out.flags & ~(unsigned)LAYOUT_HAS_DROPPED, in.flags);
        assert_int_equal(out.chunks_dropped, in.chunks_dropped);
        for (size_t i = 0; i < count; i++)
            assert_memory_equal(&out.segments[i], &segments[i], sizeof(segments[i]));
        assert_int_equal(out.string_count, 3);
        assert_memory_equal(out.strings[1].data, "Guide > Refunds", 15);
        arena_release(&arena);
        buf_release(&bytes);
    }
}

static void test_damage_is_found(void **state)
{
    struct span strings[] = { { "", 0 } };
    struct layout_segment segments[20];
    struct layout in = {
        .segments = segments, .segment_count = 20, .strings = strings, .string_count = 1
    };
    struct buf bytes = BUF_INIT((size_t)1 << 20);

    (void)state;
    fill(&in, segments, 7);
    layout_encode(&in, &bytes);
    for (size_t len = 0; len < bytes.len; len++) { /* cut off anywhere: an error, and no crash */
        struct arena arena = ARENA_INIT((size_t)64 << 20);
        struct layout out;

        assert_int_equal(layout_decode((struct span){ bytes.data, len }, &arena, &out, NULL),
                         STATUS_CORRUPT);
        arena_release(&arena);
    }
    buf_release(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_damage_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
