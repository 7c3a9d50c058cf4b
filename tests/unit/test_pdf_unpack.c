/* PDFs whose streams are inflated before poppler reads them; the golden tests show what is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "extractors/pdf/pdf_syntax.h"
#include "extractors/pdf/pdf_unpack.h"
#include "extractors/pdf/pdf_xref.h"

#define OBJECTS 16

/* A PDF that is written object by object. */
struct file {
    struct buf bytes;
    size_t offsets[OBJECTS]; /* by number; 0: not in this section */
};

static void file_begin(struct file *file)
{
    *file = (struct file){ .bytes = BUF_INIT((size_t)64 << 20) };
    buf_printf(&file->bytes, "%%PDF-1.5\n");
}

static void file_object(struct file *file, unsigned number, const char *text)
{
    file->offsets[number] = file->bytes.len;
    buf_printf(&file->bytes, "%u 0 obj\n%s\nendobj\n", number, text);
}

static void file_stream(struct file *file, unsigned number, const char *entries, const char *data,
                        size_t data_bytes)
{
    uLongf packed_bytes = compressBound(data_bytes);
    Bytef *packed = malloc(packed_bytes);

    assert_non_null(packed);
    assert_int_equal(compress(packed, &packed_bytes, (const Bytef *)data, data_bytes), Z_OK);
    file->offsets[number] = file->bytes.len;
    buf_printf(&file->bytes, "%u 0 obj\n<<%s/Filter/FlateDecode/Length %lu>>\nstream\n", number,
               entries, packed_bytes);
    buf_append(&file->bytes, packed, packed_bytes);
    buf_printf(&file->bytes, "\nendstream\nendobj\n");
    free(packed);
}

/* Ends a section; the next may follow. Returns where it begins. */
static size_t file_end(struct file *file, const char *trailer)
{
    size_t start = file->bytes.len;

    buf_printf(&file->bytes, "xref\n");
    for (unsigned i = 0; i < OBJECTS; i++)
        if (file->offsets[i])
            buf_printf(&file->bytes, "%u 1\n%010zu 00000 n \n", i, file->offsets[i]);
    buf_printf(&file->bytes, "trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%zu\n%%%%EOF\n",
               OBJECTS, trailer, start);
    memset(file->offsets, 0, sizeof(file->offsets));
    return start;
}

static void read_file(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "rb");
    char block[4096];
    size_t got;

    assert_non_null(file);
    while ((got = fread(block, 1, sizeof(block), file)) > 0)
        buf_append(out, block, got);
    (void)fclose(file);
}

static bool unpack(struct span file, bool keeps_drawing, struct buf *out, unsigned *cut_count)
{
    CLEANUP(pdf_objects_release) struct pdf_objects objects;

    return pdf_unpack(file, keeps_drawing, out, &objects, cut_count);
}

static bool holds(const struct buf *in, size_t from, const char *text)
{
    return memmem(in->data + from, in->len - from, text, strlen(text)) != NULL;
}

/* The cross-reference section that was added leads to the object that was. */
static void assert_object(const struct buf *out, unsigned number, const char *text)
{
    struct pdf_flate *flate = pdf_flate_new();
    struct pdf_xref xref;
    struct span part;

    assert_non_null(flate);
    assert_true(pdf_xref_read(buf_span(out), flate, &xref));
    assert_true(number < xref.count);
    assert_int_equal(xref.objects[number].place, PDF_PLACE_FILE);
    part = (struct span){ out->data + xref.objects[number].offset,
                          out->len - xref.objects[number].offset };
    assert_non_null(memmem(part.data, part.len < 100 ? part.len : 100, text, strlen(text)));
    pdf_xref_release(&xref);
    pdf_flate_free(flate);
}

static void test_the_newest_revision_is_unpacked(void **state)
{
    CLEANUP(buf_release) struct buf out = BUF_INIT(PDF_UNPACK_BYTES_MAX);
    struct file file;
    char trailer[64];
    unsigned cut_count;

    (void)state;
    file_begin(&file);
    file_object(&file, 1, "<</Type/Catalog/Pages 2 0 R>>");
    file_stream(&file, 4, "", "(the old one)Tj", 15);
    (void)snprintf(trailer, sizeof(trailer), "/Prev %zu", file_end(&file, ""));
    file_stream(&file, 4, "/Kept[1 2]", "(the new one)Tj", 15);
    (void)file_end(&file, trailer);
    assert_true(unpack(buf_span(&file.bytes), false, &out, &cut_count));
    assert_int_equal(cut_count, 0);
    assert_memory_equal(out.data, file.bytes.data, file.bytes.len);
    assert_true(holds(&out, file.bytes.len, "(the new one)Tj"));
    assert_true(holds(&out, file.bytes.len, "/Kept [1 2]"));
    assert_false(holds(&out, file.bytes.len, "(the old one)Tj"));
    assert_false(holds(&out, file.bytes.len, "FlateDecode"));
    assert_object(&out, 4, "(the new one)Tj");
    assert_object(&out, 1, "/Catalog");
    buf_release(&file.bytes);
}

static void test_pictures_stay_packed(void **state)
{
    static const char *const unwanted[] = {
        "/Subtype/Image/Width 9", "/Type/EmbeddedFile",       "/FunctionType 0",
        "/DecodeParms<<>>",       "/Filt#65r/ASCIIHexDecode", "/Type/Metadata",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(unwanted) / sizeof(unwanted[0]); i++) {
        CLEANUP(buf_release) struct buf out = BUF_INIT(PDF_UNPACK_BYTES_MAX);
        struct file file;
        unsigned cut_count;

        file_begin(&file);
        file_stream(&file, 4, unwanted[i], "abc", 3);
        (void)file_end(&file, "");
        assert_false(unpack(buf_span(&file.bytes), false, &out, &cut_count));
        assert_int_equal(out.len, 0);
        buf_release(&file.bytes);
    }
}

static void test_fonts_lose_what_text_needs_not(void **state)
{
    static const char type1[] =
        "%!PS-AdobeFont-1.0: T\n/FontName /T def\ncurrentfile eexec\nSECRET";
    static char truetype[60000] = { 0, 1, 0, 0 };
    CLEANUP(buf_release) struct buf out = BUF_INIT(PDF_UNPACK_BYTES_MAX);
    struct file file;
    unsigned cut_count;

    (void)state;
    file_begin(&file);
    file_stream(&file, 4, "/Length1 55/Length2 6/Length3 0", type1, sizeof(type1) - 1);
    file_stream(&file, 5, "/Length1 60000", truetype, sizeof(truetype));
    (void)file_end(&file, "");
    assert_true(unpack(buf_span(&file.bytes), false, &out, &cut_count));
    assert_true(holds(&out, file.bytes.len, "currentfile eexec\nendstream"));
    assert_false(holds(&out, file.bytes.len, "SECRET"));
    assert_true(out.len < 40000);
    buf_clear(&out);
    assert_true(unpack(buf_span(&file.bytes), true, &out, &cut_count));
    assert_true(holds(&out, file.bytes.len, "SECRET"));
    assert_int_equal(cut_count, 0);
    buf_release(&file.bytes);
}

static void test_objects_leave_their_stream(void **state)
{
    CLEANUP(buf_release) struct buf file = BUF_INIT((size_t)1 << 20);
    CLEANUP(buf_release) struct buf out = BUF_INIT(PDF_UNPACK_BYTES_MAX);
    unsigned cut_count;

    (void)state;
    read_file("tests/golden/pdf/object-streams.pdf", &file);
    assert_true(unpack(buf_span(&file), false, &out, &cut_count));
    assert_true(holds(&out, file.len, "/BaseFont /Times-Roman"));
    assert_true(holds(&out, file.len, "/W [1 4 2]"));
    assert_false(holds(&out, file.len, "/ObjStm"));
}

static void test_a_bomb_is_cut(void **state)
{
    size_t bytes = (size_t)40 << 20;
    char *blanks = malloc(bytes);
    CLEANUP(buf_release) struct buf out = BUF_INIT(PDF_UNPACK_BYTES_MAX);
    struct file file;
    unsigned cut_count;

    (void)state;
    assert_non_null(blanks);
    memset(blanks, ' ', bytes);
    file_begin(&file);
    file_stream(&file, 4, "", blanks, bytes);
    (void)file_end(&file, "");
    free(blanks);
    assert_true(unpack(buf_span(&file.bytes), false, &out, &cut_count));
    assert_int_equal(cut_count, 1);
    assert_true(out.len < (size_t)33 << 20);
    buf_release(&file.bytes);
}

static void test_odd_files_stay(void **state)
{
    static const char *const trailers[] = { "/Encrypt 9 0 R", "/Prev 9", "/Prev 99999999",
                                            "/Prev 8 0 R", "/XRefStm 0" };

    (void)state;
    for (size_t i = 0; i < sizeof(trailers) / sizeof(trailers[0]); i++) {
        CLEANUP(buf_release) struct buf out = BUF_INIT(PDF_UNPACK_BYTES_MAX);
        struct file file;
        unsigned cut_count;

        file_begin(&file);
        file_stream(&file, 4, "", "(text)Tj", 8);
        (void)file_end(&file, trailers[i]);
        assert_false(unpack(buf_span(&file.bytes), false, &out, &cut_count));
        assert_int_equal(out.len, 0);
        /* not from the header on: poppler moves all offsets */
        assert_false(unpack((struct span){ file.bytes.data + 1, file.bytes.len - 1 }, false, &out,
                            &cut_count));
        buf_release(&file.bytes);
    }
}

static void test_a_chain_in_a_ring_ends(void **state)
{
    CLEANUP(buf_release) struct buf out = BUF_INIT(PDF_UNPACK_BYTES_MAX);
    struct file file;
    char trailer[64];
    unsigned cut_count;

    (void)state;
    file_begin(&file);
    file_stream(&file, 4, "", "(text)Tj", 8);
    (void)snprintf(trailer, sizeof(trailer), "/Prev %zu", file.bytes.len);
    (void)file_end(&file, trailer);
    assert_false(unpack(buf_span(&file.bytes), false, &out, &cut_count));
    buf_release(&file.bytes);
}

static void test_syntax(void **state)
{
    static const struct {
        const char *text;
        size_t end; /* 0: refused */
    } cases[] = {
        { "12 0 R /Next", 6 },
        { "12 0 1", 2 },
        { " (a(b)\\)c) x", 10 },
        { "<AB> 1", 4 },
        { "[1 [2] <<>>]x", 12 },
        { "<</A(>>)>>", 10 },
        { "% c\ntrue", 8 },
        { "/Name/B", 5 },
        { "]", 0 },
        { "(never", 0 },
        { "<</A 1", 0 },
        { ")", 0 },
        { "", 0 },
        { "<never", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct span in = { cases[i].text, strlen(cases[i].text) };
        size_t at = 0;

        assert_int_equal(pdf_skip_object(in, &at), cases[i].end != 0);
        assert_int_equal(at, cases[i].end);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_newest_revision_is_unpacked),
        cmocka_unit_test(test_pictures_stay_packed),
        cmocka_unit_test(test_fonts_lose_what_text_needs_not),
        cmocka_unit_test(test_objects_leave_their_stream),
        cmocka_unit_test(test_a_bomb_is_cut),
        cmocka_unit_test(test_odd_files_stay),
        cmocka_unit_test(test_a_chain_in_a_ring_ends),
        cmocka_unit_test(test_syntax),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
