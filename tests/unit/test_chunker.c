/*
 * The chunkers: their rules on chosen documents, and their properties on random ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include "base/cleanup.h"
#include "chunkers/chunkers.h"
#include "ingest/writer.h"
#include "model/counter.h"

#define TEXT_BYTES ((size_t)4 << 20)

static struct semb *semb;

static int open_model(void **state)
{
    struct error err = { 0 };

    (void)state;
    return semb_open("models/default.semb", &semb, &err) != STATUS_OK;
}

static int close_model(void **state)
{
    (void)state;
    semb_free(semb);
    return 0;
}

/* A document being made, and its chunks. */
struct sample {
    struct writer *writer;
    struct extraction extraction;
    struct arena arena;
    struct chunk_options options;
};

static void sample_init(struct sample *sample, unsigned target, unsigned maximum)
{
    *sample = (struct sample){
        .writer = writer_new(TEXT_BYTES),
        .arena = ARENA_INIT((size_t)64 << 20),
        .options = { target, maximum, 0, semb_counter(semb), semb_meaning(semb), 0, NULL },
    };
    assert_non_null(sample->writer);
}

static void sample_release(struct sample *sample)
{
    arena_release(&sample->arena);
    writer_free(sample->writer);
}

static void add(struct sample *sample, enum block_kind kind, unsigned level, const char *text)
{
    writer_block(sample->writer, kind, level, (struct span){ text, strlen(text) });
}

static void run(struct sample *sample, const char *name)
{
    struct error err = { 0 };
    const struct chunker *chunker = chunker_find(name);

    assert_non_null(chunker);
    if (!sample->extraction.text.data)
        assert_int_equal(writer_finish(sample->writer, &sample->extraction, &err), STATUS_OK);
    if (chunker_run(chunker, &sample->options, &sample->arena, &sample->extraction, &err))
        fail_msg("%s: %s", name, err.text);
}

/* The chunk's text, compared with what is expected. */
static void expect_chunk(const struct sample *sample, size_t index, const char *expected)
{
    const struct chunk *chunk;
    char got[2048];

    assert_true(index < sample->extraction.chunk_count);
    chunk = &sample->extraction.chunks[index];
    (void)snprintf(got, sizeof(got), "%.*s", (int)(chunk->text_end - chunk->text_start),
                   sample->extraction.text.data + chunk->text_start);
    assert_string_equal(got, expected);
}

static void expect_input(const struct sample *sample, size_t index, const char *expected)
{
    CLEANUP(buf_release) struct buf input = BUF_INIT(TEXT_BYTES);

    assert_true(index < sample->extraction.chunk_count);
    extraction_chunk_input(&sample->extraction, &sample->extraction.chunks[index], &input);
    assert_string_equal(input.data, expected);
}

static void cuts_at_headings(void **state)
{
    CLEANUP(sample_release) struct sample sample;

    (void)state;
    sample_init(&sample, 24, 64);
    add(&sample, BLOCK_HEADING, 1, "Shop");
    add(&sample, BLOCK_HEADING, 2, "Refunds");
    add(&sample, BLOCK_PARAGRAPH, 0,
        "Goods may be sent back within fourteen days. We pay the money back within a week.");
    add(&sample, BLOCK_PARAGRAPH, 0, "Opened goods are not taken back.");
    add(&sample, BLOCK_HEADING, 2, "Delivery");
    add(&sample, BLOCK_PARAGRAPH, 0,
        "Parcels leave our house every morning. Letters leave in the evening, on working days.");
    run(&sample, "structure");
    assert_int_equal(sample.extraction.chunk_count, 2);
    expect_chunk(&sample, 1,
                 "Delivery\n\nParcels leave our house every morning. Letters leave in the evening, "
                 "on working days.");
    expect_input(&sample, 1,
                 "Shop\nDelivery\n\nParcels leave our house every morning. Letters leave in the "
                 "evening, on working days.");
}

static void cuts_where_the_meaning_turns(void **state)
{
    CLEANUP(sample_release) struct sample sample;

    (void)state;
    sample_init(&sample, 40, 80);
    add(&sample, BLOCK_PARAGRAPH, 0,
        "The heart pumps blood through the arteries. Veins carry the blood back to the heart. "
        "A heart attack blocks an artery of the heart. Blood pressure rises with age. "
        "The bank lends money at a rate of interest. Interest is paid on the loan each month. "
        "A mortgage is a loan on a house. The bank may sell the loan to another bank. ");
    run(&sample, "semantic");
    assert_int_equal(sample.extraction.chunk_count, 2);
    assert_memory_equal(sample.extraction.text.data + sample.extraction.chunks[1].text_start,
                        "The bank lends", 14);
}

/* Two sentences about something else are no turn: what stands further off is looked at, too. */
static void does_not_cut_behind_an_aside(void **state)
{
    CLEANUP(sample_release) struct sample sample;

    (void)state;
    sample_init(&sample, 85, 170);
    add(&sample, BLOCK_PARAGRAPH, 0,
        "The heart pumps blood through the arteries. Veins carry the blood back to the heart. "
        "A heart attack blocks an artery of the heart. Blood pressure rises with age. "
        "The heart beats faster when the muscles need more blood. A valve of the heart may leak. "
        "Our printer is out of paper again. We drove to the station by bus. "
        "Salt raises the blood pressure. Doctors listen to the heart and to the arteries. "
        "The heart rests between two beats. "
        "The bank lends money at a rate of interest. Interest is paid on the loan each month. "
        "A mortgage is a loan on a house. The bank may sell the loan to another bank. "
        "Savings earn interest at the bank. A cheque moves money between banks. "
        "The loan is paid back over many years. ");
    run(&sample, "semantic");
    assert_int_equal(sample.extraction.chunk_count, 2);
    assert_memory_equal(sample.extraction.text.data + sample.extraction.chunks[1].text_start,
                        "The bank lends", 14);
}

static void add_table(struct sample *sample, size_t rows)
{
    char cell[64];

    writer_begin(sample->writer, BLOCK_TABLE, 1);
    for (size_t i = 0; i <= rows; i++) {
        writer_begin(sample->writer, BLOCK_ROW, 0);
        if (i == 0)
            writer_flags(sample->writer, BLOCK_HEADER);
        (void)snprintf(cell, sizeof(cell), "Article %zu", i);
        add(sample, BLOCK_CELL, 1, i ? cell : "Name");
        (void)snprintf(cell, sizeof(cell), "%zu euro", i * 7 % 100);
        add(sample, BLOCK_CELL, 1, i ? cell : "Price");
        writer_end(sample->writer);
    }
    writer_end(sample->writer);
}

static void repeats_a_tables_header(void **state)
{
    static const char *const names[] = { "semantic", "structure", "table", "sentence" };
    CLEANUP(sample_release) struct sample sample;

    (void)state;
    sample_init(&sample, 32, 64);
    add(&sample, BLOCK_HEADING, 1, "Prices");
    add_table(&sample, 40);
    for (size_t n = 0; n < 4; n++) {
        CLEANUP(buf_release) struct buf input = BUF_INIT(TEXT_BYTES);

        run(&sample, names[n]);
        assert_true(sample.extraction.chunk_count > 3);
        for (size_t i = 0; i < sample.extraction.chunk_count; i++) {
            const struct chunk *chunk = &sample.extraction.chunks[i];
            const char *text = sample.extraction.text.data;

            buf_clear(&input);
            extraction_chunk_input(&sample.extraction, chunk, &input);
            assert_non_null(strstr(input.data, "Name\tPrice\n"));
            if (i > 0)
                assert_memory_equal(input.data, "Prices\nName\tPrice\nArticle ", 26);
            assert_int_equal(semb_count(semb, buf_span(&input)), chunk->token_count);
            /* a row is never cut */
            assert_true(chunk->text_end == sample.extraction.text.len ||
                        text[chunk->text_end] == '\n');
        }
    }
}

static void keeps_units_of_code_together(void **state)
{
    static const char *const code =
        "int first(void)\n{\n    int a = 1, b = 2;\n\n    return a + b;\n}\n\n"
        "int second(void)\n{\n    return call(1, 2, 3, 4, 5);\n}\n\n"
        "int third(void)\n{\n    return call(4, 5, 6, 7, 8);\n}\n";
    CLEANUP(sample_release) struct sample sample;

    (void)state;
    sample_init(&sample, 16, 32);
    writer_begin(sample.writer, BLOCK_CODE, 0);
    writer_text(sample.writer, (struct span){ code, strlen(code) });
    writer_end(sample.writer);
    run(&sample, "code");
    assert_int_equal(sample.extraction.chunk_count, 3);
    expect_chunk(&sample, 0, "int first(void)\n{\n    int a = 1, b = 2;\n\n    return a + b;\n}");
    expect_chunk(&sample, 1, "int second(void)\n{\n    return call(1, 2, 3, 4, 5);\n}");
}

static void cuts_endless_sentences(void **state)
{
    CLEANUP(sample_release) struct sample sample;
    CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_BYTES);

    (void)state;
    sample_init(&sample, 32, 48);
    for (unsigned i = 0; i < 300; i++)
        buf_printf(&text, "%s%s", i % 7 ? "word " : "clause, ", i % 100 ? "" : "caf\xc3\xa9 ");
    for (unsigned i = 0; i < 3000; i++) /* base64 has no spaces */
        buf_append_char(&text, "QWxhZGRpbjpvcGVuIHNlc2FtZQ"[i * 7 % 26]);
    buf_append_char(&text, ' ');
    for (unsigned i = 0; i < 500; i++)
        buf_printf(&text, "\xe4\xb8\xad\xe6\x96\x87");
    writer_block(sample.writer, BLOCK_PARAGRAPH, 0, buf_span(&text));
    for (size_t i = 0; builtin_chunkers[i]; i++) {
        run(&sample, builtin_chunkers[i]->name);
        assert_true(sample.extraction.chunk_count + sample.extraction.chunks_dropped > 20);
    }
}

static void drops_what_says_nothing(void **state)
{
    CLEANUP(sample_release) struct sample sample;

    (void)state;
    sample_init(&sample, 16, 32);
    add(&sample, BLOCK_PARAGRAPH, 0, "* * * . . . ---");
    run(&sample, "structure");
    assert_int_equal(sample.extraction.chunk_count, 0);
    assert_int_equal(sample.extraction.chunks_dropped, 1);
}

static const char notice[] =
    "Permission is granted to use, copy and change this text for any purpose, with or without a "
    "fee, if the name of its author stays in every copy, and if nobody claims that it was written "
    "by someone else. The text comes as it is, without a promise that it fits any purpose. The "
    "author is not liable for any damage, be it direct or not, that comes from its use, or from "
    "not being able to use it, even if that was to be expected.";

/* A section with a text of its own, and then, below another heading, text that others have too. */
static void add_section(struct sample *sample, unsigned number, const char *heading,
                        const char *shared)
{
    char text[256];

    (void)snprintf(text, sizeof(text), "Part %u", number);
    add(sample, BLOCK_HEADING, 1, text);
    (void)snprintf(text, sizeof(text),
                   "This is what part %u has to say of its own: %u stones in %u rows, each of them "
                   "laid by hand in year %u, and none of them ever moved again since that day.",
                   number, number * 7, number + 3, 1800 + number);
    add(sample, BLOCK_PARAGRAPH, 0, text);
    if (heading)
        add(sample, BLOCK_HEADING, 2, heading);
    add(sample, BLOCK_PARAGRAPH, 0, shared);
}

static void leaves_out_what_is_said_again(void **state)
{
    CLEANUP(sample_release) struct sample sections;
    CLEANUP(sample_release) struct sample answers;
    CLEANUP(sample_release) struct sample pages;

    (void)state;
    /* a notice in every section */
    sample_init(&sections, 70, 160);
    for (unsigned i = 0; i < 10; i++)
        add_section(&sections, i, "Notice", notice);
    run(&sections, "structure");
    assert_int_equal(sections.extraction.chunk_count, 11);
    assert_int_equal(sections.extraction.chunks_dropped, 9);
    /* a short answer that is another one in each section */
    sample_init(&answers, 16, 160);
    for (unsigned i = 0; i < 10; i++)
        add_section(&answers, i, "Value",
                    "It returns 0, or -1 when it fails; then errno says why.");
    run(&answers, "structure");
    assert_int_equal(answers.extraction.chunks_dropped, 0);
    /* at one place: three times is too often */
    for (unsigned times = 2; times <= 3; times++) {
        CLEANUP(sample_release) struct sample sample;

        sample_init(&sample, 40, 160);
        for (unsigned i = 0; i < times; i++)
            add(&sample, BLOCK_PARAGRAPH, 0, notice);
        run(&sample, "sentence");
        assert_int_equal(sample.extraction.chunks_dropped > 0, times == 3);
        assert_true(sample.extraction.chunk_count > 0);
    }
    /* nothing that is said once is lost */
    sample_init(&pages, 40, 160);
    for (unsigned i = 0; i < 50; i++)
        add_section(&pages, i, NULL, notice);
    run(&pages, "semantic");
    for (unsigned i = 0; i < 50; i++) {
        char text[40];
        size_t found = 0;

        (void)snprintf(text, sizeof(text), "what part %u has to say", i);
        for (size_t c = 0; c < pages.extraction.chunk_count; c++) {
            const struct chunk *chunk = &pages.extraction.chunks[c];

            found += memmem(pages.extraction.text.data + chunk->text_start,
                            chunk->text_end - chunk->text_start, text, strlen(text)) != NULL;
        }
        assert_int_equal(found, 1);
    }
}

static void an_empty_document_has_no_chunks(void **state)
{
    (void)state;
    for (size_t i = 0; builtin_chunkers[i]; i++) {
        CLEANUP(sample_release) struct sample sample;

        sample_init(&sample, 100, 200);
        run(&sample, builtin_chunkers[i]->name);
        assert_int_equal(sample.extraction.chunk_count, 0);
    }
}

static void overlaps_when_asked(void **state)
{
    CLEANUP(sample_release) struct sample sample;
    const struct chunk *chunks;

    (void)state;
    sample_init(&sample, 20, 40);
    sample.options.overlap_tokens = 5;
    add(&sample, BLOCK_PARAGRAPH, 0,
        "one two three four five six seven eight nine ten one two three four five six seven eight "
        "nine ten one two three four five six seven eight nine ten");
    run(&sample, "fixed");
    chunks = sample.extraction.chunks;
    assert_true(sample.extraction.chunk_count >= 2);
    assert_true(chunks[1].text_start < chunks[0].text_end);
    assert_true(chunks[1].text_start > chunks[0].text_start);
}

static void repeats_whole_sentences_when_asked(void **state)
{
    CLEANUP(sample_release) struct sample sample;
    const struct chunk *chunks;
    const char *text;

    (void)state;
    sample_init(&sample, 20, 60);
    sample.options.overlap_tokens = 6;
    add(&sample, BLOCK_HEADING, 1, "Rain");
    for (unsigned i = 0; i < 4; i++) {
        static const char *const places[] = { "hills", "woods", "roofs", "roads" };
        char paragraph[160];

        (void)snprintf(paragraph, sizeof(paragraph),
                       "Rain falls on the %s. It runs into the river. The river takes it to the "
                       "sea. The sun lifts it up again.",
                       places[i]);
        add(&sample, BLOCK_PARAGRAPH, 0, paragraph);
    }
    run(&sample, "structure");
    chunks = sample.extraction.chunks;
    text = sample.extraction.text.data;
    assert_true(sample.extraction.chunk_count > 2);
    for (size_t i = 1; i < sample.extraction.chunk_count; i++) {
        assert_true(chunks[i].text_start < chunks[i - 1].text_end);
        assert_true(chunks[i].text_start > chunks[i - 1].text_start);
        assert_true(text[chunks[i].text_start] == 'R' || text[chunks[i].text_start] == 'I' ||
                    text[chunks[i].text_start] == 'T');
    }
}

/* As models over bytes: white space between sentences has tokens too, which the parts have not. */
static size_t count_bytes(const struct token_counter *counter, struct span text)
{
    (void)counter;
    return (text.len + 3) / 4;
}

static void no_chunk_is_over_the_models_limit(void **state)
{
    static const struct token_counter bytes = { count_bytes, "bytes" };

    (void)state;
    for (unsigned own = 0; own < 2; own++)
        for (size_t i = 0; builtin_chunkers[i]; i++) {
            CLEANUP(sample_release) struct sample sample;
            CLEANUP(buf_release) struct buf input = BUF_INIT(1 << 20);

            sample_init(&sample, 60, 120);
            add(&sample, BLOCK_HEADING, 1, "Rain and the sea");
            for (unsigned k = 0; k < 60; k++) {
                char text[64];

                (void)snprintf(text, sizeof(text), "It rains, %u.\n\n\nSo be it.\n\n  Or %u.", k,
                               k * k);
                add(&sample, BLOCK_PARAGRAPH, 0, text);
            }
            if (own)
                sample.options.counter = &bytes;
            sample.options.limit_counter = &bytes;
            sample.options.limit_tokens = 50; /* below the target */
            run(&sample, builtin_chunkers[i]->name);
            assert_true(sample.extraction.chunk_count > 2);
            for (size_t c = 0; c < sample.extraction.chunk_count; c++) {
                const struct chunk *chunk = &sample.extraction.chunks[c];

                buf_clear(&input);
                extraction_chunk_input(&sample.extraction, chunk, &input);
                assert_true(count_bytes(&bytes, buf_span(&input)) <= 50);
                if (own)
                    assert_int_equal(chunk->token_count, count_bytes(&bytes, buf_span(&input)));
            }
        }
}

/* A small generator of documents. */

static uint64_t seed;

static uint32_t random_below(uint32_t limit)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)((seed >> 11) % limit);
}

static const char *const words[] = {
    "river",
    "bank",
    "the",
    "a",
    "of",
    "heart",
    "loan",
    "engine",
    "and",
    "is",
    "Dr.",
    "e.g.",
    "water",
    "3.14",
    "house",
    "garden",
    "tax",
    "index",
    "caf\xc3\xa9",
    "m\xc3\xb6glich",
    "\xe4\xb8\xad\xe6\x96\x87",
    "model,",
    "query;",
    "(deep)",
    "parseHTTPRequest",
    "\xd0\xba\xd0\xbd\xd0\xb8\xd0\xb3\xd0\xb0",
    "\xf0\x9f\x98\x80",
    "\xcc\x81"
    "accent", /* over the space before it */
    "\xe4\xb8\xad\xe3\x80\x82\xef\xb8\x80\xe6\x96\x87",
    "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7",
    "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa\xf0\x9f\x87\xab\xf0\x9f\x87\xb7",
    "\xe0\xa4\x95\xe0\xa5\x8d\xe0\xa4\xb7\xe0\xa4\xbf\xe0\xa5\xa4",
};

static void random_sentence(struct buf *out)
{
    unsigned count = random_below(40) == 0 ? 200 : 3 + random_below(20);

    buf_append(out, "The", 3);
    for (unsigned i = 0; i < count; i++)
        buf_printf(out, " %s", words[random_below(sizeof(words) / sizeof(*words))]);
    buf_append(out, random_below(8) ? ". " : "? ", 2);
}

static void random_block(struct sample *sample)
{
    static const uint8_t kinds[] = { BLOCK_PARAGRAPH, BLOCK_PARAGRAPH, BLOCK_PARAGRAPH,
                                     BLOCK_LIST_ITEM, BLOCK_CODE,      BLOCK_QUOTE };
    CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_BYTES);
    unsigned sentences = 1 + random_below(8);

    if (random_below(12) == 0) {
        add_table(sample, 1 + random_below(30));
        return;
    }
    for (unsigned i = 0; i < sentences; i++) {
        random_sentence(&text);
        if (random_below(3) == 0)
            buf_append_char(&text, '\n');
    }
    writer_block(sample->writer, kinds[random_below(sizeof(kinds))], 1, buf_span(&text));
}

/* The same headings for the same seed; block `edited` (of count) is another one when edit is not 0.
 */
static void random_document(struct sample *sample, uint64_t document, unsigned count,
                            unsigned edited, uint64_t edit)
{
    for (unsigned i = 0; i < count; i++) {
        seed = document * 1000003 + i * 7919 + 12345;
        (void)random_below(2);
        if (i > 0 && random_below(6) == 0) {
            char heading[32];

            (void)snprintf(heading, sizeof(heading), "Section %u", i);
            add(sample, BLOCK_HEADING, 1 + random_below(3), heading);
        }
        if (i == edited && edit) {
            seed = edit * 999983 + 77;
            (void)random_below(2);
            if (random_below(4) == 0)
                continue; /* removed */
            if (random_below(4) == 0)
                random_block(sample);
        }
        random_block(sample);
    }
}

/* Each chunk begins and ends between two characters as readers see them. */
static void check_graphemes(const struct sample *sample)
{
    const struct extraction *extraction = &sample->extraction;
    UErrorCode code = U_ZERO_ERROR;
    UText *text = utext_openUTF8(NULL, extraction->text.data, (int64_t)extraction->text.len, &code);
    UBreakIterator *graphemes = ubrk_open(UBRK_CHARACTER, "", NULL, 0, &code);

    ubrk_setUText(graphemes, text, &code);
    assert_true(U_SUCCESS(code));
    for (size_t i = 0; i < extraction->chunk_count; i++) {
        assert_true(ubrk_isBoundary(graphemes, (int32_t)extraction->chunks[i].text_start));
        assert_true(ubrk_isBoundary(graphemes, (int32_t)extraction->chunks[i].text_end));
    }
    ubrk_close(graphemes);
    utext_close(text);
}

/* No row, and no line of code, is cut that fits into a chunk. */
static void check_rows_and_lines(const struct sample *sample)
{
    const struct extraction *extraction = &sample->extraction;
    const char *text = extraction->text.data;

    for (size_t b = 0, c = 0; b < extraction->block_count; b++) {
        const struct block *block = &extraction->blocks[b];

        if (block->kind != BLOCK_ROW && block->kind != BLOCK_CODE)
            continue;
        while (c < extraction->chunk_count && extraction->chunks[c].text_start <= block->text_start)
            c++;
        for (size_t i = c; i < extraction->chunk_count; i++) {
            size_t start = extraction->chunks[i].text_start, line = start, end = start;

            if (start >= block->text_end)
                break;
            while (line > block->text_start && text[line - 1] != '\n')
                line--;
            while (end < block->text_end && text[end] != '\n')
                end++;
            while (line < start && (text[line] == ' ' || text[line] == '\t'))
                line++;
            if (line != start)
                assert_true(semb_count(semb, (struct span){ text + line, end - line }) * 2 >
                            sample->options.maximum_tokens);
        }
    }
}

static void check_chunks(const struct sample *sample)
{
    const struct extraction *extraction = &sample->extraction;
    CLEANUP(buf_release) struct buf input = BUF_INIT(TEXT_BYTES);
    size_t at = 0;
    struct error err = { 0 };

    if (extraction_check(extraction, &err))
        fail_msg("%s", err.text);
    for (size_t i = 0; i < extraction->chunk_count; i++) {
        const struct chunk *chunk = &extraction->chunks[i];

        buf_clear(&input);
        extraction_chunk_input(extraction, chunk, &input);
        assert_int_equal(semb_count(semb, buf_span(&input)), chunk->token_count);
        assert_true(chunk->token_count <= sample->options.maximum_tokens);
        /* nothing but separators between two chunks: no text is lost but what is counted */
        assert_true(i == 0 || chunk->text_start > chunk[-1].text_start);
        for (; at < chunk->text_start && extraction->chunks_dropped == 0; at++)
            assert_non_null(strchr(" \n\t", extraction->text.data[at]));
        at = chunk->text_end;
    }
}

static void keeps_its_rules_on_random_documents(void **state)
{
    (void)state;
    for (uint64_t document = 1; document <= 60; document++) {
        unsigned target = 16 + (unsigned)(document * 7 % 200);
        unsigned maximum = target + (unsigned)(document * 31 % (2 * target));
        CLEANUP(sample_release) struct sample sample;

        sample_init(&sample, target, maximum);
        sample.options.overlap_tokens = document % 3 == 0 ? target / 4 : 0;
        random_document(&sample, document, 20, 0, 0);
        for (size_t i = 0; builtin_chunkers[i]; i++) {
            struct chunk *before;
            size_t count;

            run(&sample, builtin_chunkers[i]->name);
            check_graphemes(&sample);
            if (builtin_chunkers[i] != &fixed_chunker)
                check_chunks(&sample);
            if (builtin_chunkers[i] != &fixed_chunker && sample.options.overlap_tokens == 0)
                check_rows_and_lines(&sample);
            count = sample.extraction.chunk_count;
            before = arena_alloc(&sample.arena, count * sizeof(*before));
            assert_non_null(before);
            memcpy(before, sample.extraction.chunks, count * sizeof(*before));
            run(&sample, builtin_chunkers[i]->name);
            assert_int_equal(sample.extraction.chunk_count, count);
            assert_memory_equal(sample.extraction.chunks, before, count * sizeof(*before));
        }
    }
}

static size_t from_end(const struct sample *sample, size_t index)
{
    return sample->extraction.text.len - sample->extraction.chunks[index].text_start;
}

/* Walks both documents' cuts from the end: below a cut that both have, in text that both have, all
 * cuts must be the same. So, seen from the end, there are equal cuts, and then, once one differs,
 * none is equal any more. */
static void expect_shared_suffix(const struct sample *a, const struct sample *b, size_t shared)
{
    size_t i = a->extraction.chunk_count, j = b->extraction.chunk_count;
    bool differed = false;

    while (i > 0 && j > 0) {
        size_t left = from_end(a, i - 1), right = from_end(b, j - 1);

        if (left > shared || right > shared)
            break;
        if (left == right) {
            assert_false(differed);
            i--;
            j--;
            continue;
        }
        differed = true;
        if (left < right)
            i--;
        else
            j--;
    }
}

static size_t common_suffix(struct span a, struct span b)
{
    size_t length = 0;

    while (length < a.len && length < b.len &&
           a.data[a.len - 1 - length] == b.data[b.len - 1 - length])
        length++;
    return length;
}

static void texts_that_share_a_cut_share_all_later_ones(void **state)
{
    static const char *const names[] = { "semantic", "structure", "sentence",
                                         "table",    "code",      "parents" };
    size_t shared_cuts = 0;

    (void)state;
    for (uint64_t document = 1; document <= 150; document++) {
        for (size_t n = 0; n < sizeof(names) / sizeof(*names); n++) {
            CLEANUP(sample_release) struct sample a;
            CLEANUP(sample_release) struct sample b;
            size_t shared;

            /* small chunks, so that few units decide and a fault shows */
            sample_init(&a, 16 + (unsigned)document % 50, 150);
            sample_init(&b, 16 + (unsigned)document % 50, 150);
            random_document(&a, document, 16, 5, 0);
            random_document(&b, document, 16, 5, document);
            run(&a, names[n]);
            run(&b, names[n]);
            /* What is said again is left out by the document as a whole, after the cuts. */
            if (a.extraction.chunks_dropped + b.extraction.chunks_dropped > 0)
                continue;
            shared = common_suffix(a.extraction.text, b.extraction.text);
            expect_shared_suffix(&a, &b, shared);
            for (size_t i = 0; i < a.extraction.chunk_count; i++)
                for (size_t j = 0; j < b.extraction.chunk_count; j++)
                    shared_cuts += from_end(&a, i) == from_end(&b, j) && from_end(&a, i) < shared;
        }
    }
    /* Otherwise the property would hold because there is nothing to share. */
    assert_true(shared_cuts > 1000);
}

static void fingerprints_tell_settings_apart(void **state)
{
    struct chunk_options options = { 100, 200, 0, semb_counter(semb), semb_meaning(semb), 0, NULL };
    struct hash base, other;
    struct error err = { 0 };

    (void)state;
    assert_int_equal(chunker_fingerprint(&semantic_chunker, &options, &base, &err), STATUS_OK);
    assert_int_equal(chunker_fingerprint(&semantic_chunker, &options, &other, &err), STATUS_OK);
    assert_true(hash_equal(&base, &other));
    assert_int_equal(chunker_fingerprint(&structure_chunker, &options, &other, &err), STATUS_OK);
    assert_false(hash_equal(&base, &other));
    options.target_tokens = 101;
    assert_int_equal(chunker_fingerprint(&semantic_chunker, &options, &other, &err), STATUS_OK);
    assert_false(hash_equal(&base, &other));
    options.target_tokens = 100;
    options.counter = estimate_counter();
    assert_int_equal(chunker_fingerprint(&semantic_chunker, &options, &other, &err), STATUS_OK);
    assert_false(hash_equal(&base, &other));
}

static void refuses_impossible_sizes(void **state)
{
    CLEANUP(sample_release) struct sample sample;
    struct error err = { 0 };

    (void)state;
    sample_init(&sample, 100, 99);
    assert_int_equal(writer_finish(sample.writer, &sample.extraction, &err), STATUS_OK);
    assert_int_equal(
        chunker_run(&structure_chunker, &sample.options, &sample.arena, &sample.extraction, &err),
        STATUS_LIMIT);
    sample.options.maximum_tokens = 200;
    sample.options.meaning = NULL;
    assert_int_equal(
        chunker_run(&semantic_chunker, &sample.options, &sample.arena, &sample.extraction, &err),
        STATUS_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_at_headings),
        cmocka_unit_test(cuts_where_the_meaning_turns),
        cmocka_unit_test(does_not_cut_behind_an_aside),
        cmocka_unit_test(repeats_a_tables_header),
        cmocka_unit_test(keeps_units_of_code_together),
        cmocka_unit_test(cuts_endless_sentences),
        cmocka_unit_test(drops_what_says_nothing),
        cmocka_unit_test(leaves_out_what_is_said_again),
        cmocka_unit_test(an_empty_document_has_no_chunks),
        cmocka_unit_test(overlaps_when_asked),
        cmocka_unit_test(no_chunk_is_over_the_models_limit),
        cmocka_unit_test(repeats_whole_sentences_when_asked),
        cmocka_unit_test(keeps_its_rules_on_random_documents),
        cmocka_unit_test(texts_that_share_a_cut_share_all_later_ones),
        cmocka_unit_test(fingerprints_tell_settings_apart),
        cmocka_unit_test(refuses_impossible_sizes),
    };

    return cmocka_run_group_tests(tests, open_model, close_model);
}
