/*
 * test_office_parts.c - what the office formats are made of: packages, XML, compound files, number
 * formats, references.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "extractors/common/xml.h"
#include "extractors/container/ole.h"
#include "extractors/container/zip.h"
#include "extractors/office/number_format.h"
#include "extractors/office/ooxml.h"
#include "extractors/office/pptx.h"
#include "extractors/office/sheet.h"

static struct span span(const char *text)
{
    return (struct span){ text, strlen(text) };
}

/* ---- XML ---- */

static const struct xml_name names[] = { { "p", XML_NS_W, 1 },
                                         { "t", XML_NS_ANY, 2 },
                                         { NULL, 0, 0 } };

/* Events as letters: "<1" start with that tag, ">1" its end, text as it is. */
static void trace(const char *text, struct buf *out, enum status *status)
{
    struct xml *xml = malloc(sizeof(*xml));

    assert_non_null(xml);
    buf_clear(out);
    assert_int_equal(xml_open(xml, span(text), names, NULL), STATUS_OK);
    while (xml_next(xml)) {
        if (xml->event == XML_TEXT)
            buf_append(out, xml->text.data, xml->text.len);
        else
            buf_printf(out, "%c%u", xml->event == XML_START ? '<' : '>', xml->tag);
    }
    *status = xml_status(xml, NULL);
    xml_release(xml);
    free(xml);
}

static void xml_events(void **state)
{
    static const struct {
        const char *text, *events;
        enum status status;
    } cases[] = {
        { "<a><t>x</t></a>", "<0<2x>2>0", STATUS_OK },
        { "<q:p xmlns:q='http://purl.oclc.org/ooxml/wordprocessingml/main'/>", "<1>1", STATUS_OK },
        { "<p xmlns='urn:other'/>", "<0>0", STATUS_OK },
        { "<a>&lt;&#65;&#x42;&amp;</a>", "<0<AB&>0", STATUS_OK },
        { "<a><![CDATA[<b>&amp;]]></a>", "<0<b>&amp;>0", STATUS_OK },
        { "<a><!-- x --><?y z?>t</a>", "<0t>0", STATUS_OK },
        { "<a><t>x</a>", "<0<2x>2>0", STATUS_MALFORMED },
        { "<a>x</t></a>", "<0x>0", STATUS_MALFORMED },
        { "<a>1 < 2</a>", "<01 < 2>0", STATUS_MALFORMED },
        { "<a><t", "<0>0", STATUS_MALFORMED },
        { "<!DOCTYPE a [<!ENTITY e 'x&#33;<i>y</i>'>]><a>&e;</a>", "<0x!y>0", STATUS_OK },
        { "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>", "<0&e;>0",
          STATUS_OK },
    };
    CLEANUP(buf_release) struct buf out = BUF_INIT(65536);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum status status;

        trace(cases[i].text, &out, &status);
        assert_string_equal(out.data, cases[i].events);
        assert_int_equal(status, cases[i].status);
    }
}

static void xml_charsets(void **state)
{
    static const char utf16[] = "\xFF\xFE<\0a\0>\0\xE9\0<\0/\0a\0>\0";
    struct xml *xml = malloc(sizeof(*xml));

    (void)state;
    assert_non_null(xml);
    assert_int_equal(xml_open(xml, (struct span){ utf16, sizeof(utf16) - 1 }, NULL, NULL),
                     STATUS_OK);
    assert_true(xml_next(xml) && xml_next(xml));
    assert_true(span_is(xml->text, "\xC3\xA9"));
    xml_release(xml);
    assert_int_equal(
        xml_open(xml, span("<?xml version='1.0' encoding='windows-1251'?><a>\xEC</a>"), NULL, NULL),
        STATUS_OK);
    assert_true(xml_next(xml) && xml_next(xml));
    assert_true(span_is(xml->text, "\xD0\xBC"));
    xml_release(xml);
    free(xml);
}

/* A thousand million laughs, a tower of elements, a start tag without end: each stops early. */
static void xml_limits(void **state)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)1 << 20);
    CLEANUP(buf_release) struct buf out = BUF_INIT((size_t)8 << 20);
    enum status status;

    (void)state;
    buf_printf(&text, "<!DOCTYPE a [<!ENTITY e0 'laugh'>");
    for (int i = 1; i < 8; i++) {
        buf_printf(&text, "<!ENTITY e%d '", i);
        for (int k = 0; k < 40; k++)
            buf_printf(&text, "&e%d;", i - 1);
        buf_printf(&text, "'>");
    }
    buf_printf(&text, "]><a>&e7;&e7;</a>");
    trace(text.data, &out, &status);
    assert_int_equal(status, STATUS_LIMIT);
    assert_true(out.len < 2 * XML_EXPANSION_MAX);
    buf_clear(&text);
    for (int i = 0; i < 1000; i++)
        buf_printf(&text, "<a>");
    trace(text.data, &out, &status);
    assert_int_equal(status, STATUS_LIMIT);
    buf_clear(&text);
    buf_printf(&text, "<a ");
    for (int i = 0; i < 20000; i++)
        buf_printf(&text, "b%d='c' ", i);
    trace(text.data, &out, &status);
    assert_int_equal(status, STATUS_LIMIT);
}

static void xml_attributes(void **state)
{
    struct xml *xml = malloc(sizeof(*xml));

    (void)state;
    assert_non_null(xml);
    assert_int_equal(xml_open(xml,
                              span("<a id='1' r:id='&quot;2' "
                                   "xmlns:r='http://purl.oclc.org/ooxml/officeDocument/"
                                   "relationships' n = '-7' on='0'/>"),
                              NULL, NULL),
                     STATUS_OK);
    assert_true(xml_next(xml));
    assert_true(span_is(xml_attr_in(xml, XML_NS_NONE, "id"), "1"));
    assert_true(span_is(xml_attr_in(xml, XML_NS_R, "id"), "\"2"));
    assert_int_equal(xml_attr_number(xml, "n", 0), -7);
    assert_int_equal(xml_attr_number(xml, "missing", 5), 5);
    assert_false(xml_attr_is_on(xml, "on"));
    assert_true(xml_attr_is_on(xml, "missing"));
    xml_release(xml);
    free(xml);
}

/* ---- packages ---- */

/* One stored part, without or with its central directory. */
static void write_package(struct buf *out, const char *name, const char *content,
                          bool has_directory)
{
    uint32_t name_len = (uint32_t)strlen(name), len = (uint32_t)strlen(content);
    uint8_t local[30] = { 'P', 'K', 3, 4, 20 }, central[46] = { 'P', 'K', 1, 2 },
            end[22] = { 'P', 'K', 5, 6 };
    uint32_t at;

    local[18] = central[20] = local[22] = central[24] = (uint8_t)len;
    local[26] = central[28] = (uint8_t)name_len;
    buf_append(out, local, sizeof(local));
    buf_append(out, name, name_len);
    buf_append(out, content, len);
    if (!has_directory)
        return;
    at = (uint32_t)out->len;
    buf_append(out, central, sizeof(central));
    buf_append(out, name, name_len);
    end[8] = end[10] = 1;
    end[12] = (uint8_t)(46 + name_len);
    end[16] = (uint8_t)at;
    buf_append(out, end, sizeof(end));
}

static void check_package(struct span bytes)
{
    CLEANUP(buf_release) struct buf part = BUF_INIT(100);
    struct zip *zip = NULL;

    assert_int_equal(zip_open(bytes, &zip, NULL), STATUS_OK);
    assert_int_equal(zip_count(zip), 1);
    assert_int_equal(zip_read_name(zip, span("/WORD/document.xml"), &part, NULL), STATUS_OK);
    assert_string_equal(part.data, "<w/>");
    assert_int_equal(zip_lookup(zip, span("other")), ZIP_NONE);
    zip_free(zip);
    assert_string_equal(zip_package_type(bytes),
                        "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
}

static void zip_directories(void **state)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(1000);

    (void)state;
    write_package(&bytes, "word/document.xml", "<w/>", true);
    check_package(buf_span(&bytes));
    bytes.data[bytes.len - 6] = 0x55; /* a directory that is not where it should be */
    check_package(buf_span(&bytes));
    buf_clear(&bytes);
    buf_append(&bytes, "stub of a program", 17);
    write_package(&bytes, "word/document.xml", "<w/>", false);
    check_package(buf_span(&bytes));
    assert_null(zip_package_type(span("PK nothing")));
}

/* What a deflated part gives, whatever size its directory declares, and what is left of it cut. */
static void deflated_parts(void **state)
{
    static const char packed[] = "\xb3\x29\xb7\x4b\x4c\x42\x87\x36\xfa\xe5\x76";
    static const struct {
        uint8_t declared, packed_bytes;
        enum status status;
        const char *text;
    } cases[] = {
        { 25, 12, STATUS_OK, "<w>ababababababababab</w>" },
        { 90, 12, STATUS_OK, "<w>ababababababababab</w>" },
        { 3, 12, STATUS_OK, "<w>ababababababababab</w>" },
        { 0, 12, STATUS_OK, "<w>ababababababababab</w>" },
        { 25, 6, STATUS_MALFORMED, "<w>ab" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(buf_release) struct buf bytes = BUF_INIT(1000);
        CLEANUP(buf_release) struct buf part = BUF_INIT(100);
        struct zip *zip = NULL;
        char *central;

        write_package(&bytes, "word/document.xml", "123456789012", true);
        memcpy(bytes.data + 30 + 17, packed, sizeof(packed));
        central = bytes.data + 30 + 17 + 12;
        central[10] = 8;
        central[20] = (char)cases[i].packed_bytes;
        central[24] = (char)cases[i].declared;
        assert_int_equal(zip_open(buf_span(&bytes), &zip, NULL), STATUS_OK);
        assert_int_equal(zip_read(zip, 0, &part, NULL), cases[i].status);
        assert_string_equal(part.data, cases[i].text);
        zip_free(zip);
    }
}

static void part_names(void **state)
{
    static const char *const cases[][3] = {
        { "word/document.xml", "media/a.png", "word/media/a.png" },
        { "ppt/slides/slide1.xml", "../charts/c.xml", "ppt/charts/c.xml" },
        { "a.xml", "/x/./y.xml", "x/y.xml" },
        { "a/b.xml", "../../../etc/passwd", "etc/passwd" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(buf_release) struct buf out = BUF_INIT(200);

        ooxml_resolve(span(cases[i][0]), span(cases[i][1]), &out);
        assert_string_equal(out.data, cases[i][2]);
    }
}

/* ---- numbers ---- */

static void numbers_as_shown(void **state)
{
    static const struct {
        const char *code;
        double value;
        const char *shown;
    } cases[] = {
        { "General", 12500, "12500" },
        { "General", 0.1 + 0.2, "0.3" },
        { "General", 1234567890123456, "1234567890123456" },
        { "General", 1.5e-7, "1.5E-07" },
        { "0.00", 2.005, "2.01" }, /* a half in decimal digits, as Excel rounds it */
        { "0.0%", 0.2395, "24.0%" },
        { "0%", 0.025, "3%" },
        { "0", -0.5, "-1" },
        { "0.00", 123456789012345, "123456789012345.00" },
        { "0.##", 2.5, "2.5" },
        { "0%", 0.256, "26%" },
        { "#,##0.00", -1234.5, "-1234.50" },
        { "[$\xE2\x82\xAC-407] 0.00;[Red]-0.00", 3,
          "\xE2\x82\xAC"
          " 3.00" },
        { "dd/mm/yyyy", 45352, "2024-03-01" },
        { "m/d/yy h:mm", 45352.75, "2024-03-01 18:00" },
        { "h:mm:ss", 0.5, "12:00:00" },
        { "mm:ss", 0.5, "12:00:00" },
        { "[h]:mm", 1.5, "36:00" },
        { "mmm yyyy", 45352, "2024-03" },
        { "yyyy-mm-dd", 1, "1900-01-01" },
        { "0.00E+00", 12345, "1.23E+04" },
        { "0.0E+00", 1.25, "1.3E+00" },
        { "\"No.\" 0", 7, "No. 7" },
        { "0.0,,\"M\"", 2500000, "2.5M" },
        { "#,##0,", 1234567, "1235" },
        { ";;;", 5, "" }, /* hidden on purpose */
        { "0;-0;;@", 0, "" },
        { "0;-0;", 0, "" },
        { "0;-0;\"; \";", 0, "0" },
        { "0;;0", -3, "" },
        { "0;", 0, "0" },
        { "00000", 1234, "01234" },
        { "000-00-0000", 123456789, "123-45-6789" },
        { "(###) ###-####", 5551234567, "(555) 123-4567" },
        { "0#-##", 1234, "12-34" },
        { "#\".\"00", 123, "1.23" },
        { "# ##0", 1234567, "1234567" }, /* a blank that groups digits, and one that does not */
        { "00 00 00", 123456, "12 34 56" },
        { "0000.00", 12.5, "0012.50" },
        { "#", 0, "" },
        { "# ?/?", 1.5, "1 1/2" },
        { "# ?\?/?\?", 0.3125, "5/16" },
        { "# ?/8", 2.5, "2 4/8" },
        { "?/?", 1.75, "7/4" },
        { "# ?/?", 0.96, "1" },
        { "\"Yes\";\"Yes\";\"No\"", 1, "Yes" },
        { "\"Yes\";\"Yes\";\"No\"", 0, "No" },
        { "[=1]\"one\";[=2]\"two\"", 2, "two" },
        { "[=1]\"one\";[=2]\"two\"", 3, "3" },
        { "[>=1000000]0.0,,\"M\";[>=1000]0.0,\"K\";0", 2500, "2.5K" },
        { "[>=1000000]0.0,,\"M\";[>=1000]0.0,\"K\";0", 25, "25" },
        { "[<0]\"n/a\";0", -3, "n/a" },
        { "0;\"(loss) \"0", -5, "(loss) 5" },
        { "#,##0_);[Red](#,##0)", -1234, "-1234" },
        { "0;[Red]0", -5, "-5" },
        { "_(\"$\"* #,##0.00_);_(\"$\"* (#,##0.00);_(\"$\"* \"-\"?\?_)", -2, "-$2.00" },
        { "_(\"$\"* #,##0.00_);_(\"$\"* (#,##0.00);_(\"$\"* \"-\"?\?_)", 0, "$0.00" },
        { "0;-0;\"nil\"", 0, "nil" },
        { "+0.0%;-0.0%", 0.032, "+3.2%" },
        { "General\" kg\"", 12.5, "12.5 kg" },
        { "0\" units to each month\"", 12, "12 units to each month" },
        { "#,##0 [$kr.-406]", 13, "13 kr." },
        { "##0.0E+0", 12345, "12.3E+03" },
        { "dddd", 45352, "2024-03-01" }, /* not in words of one language */
        { "mmm", 45352, "2024-03" },
        { "mm:ss.0", 0.0014005787, "00:02:01.0" },
        { "[ss]", 0.01, "00:14:24" },
        { "[h]:mm", -0.5, "-12:00" },
        { "[>=1000]0.0,\"k\";0", -5, "-5" }, /* the second is not for numbers below zero alone */
        { "[>=1000]0.0,\"k\";0", 12500, "12.5k" },
        { "[>0]0;0\" loss\"", -5, "5 loss" },
        { "#;#", -0.3, "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(buf_release) struct buf out = BUF_INIT(100);
        struct number_format format;

        number_format_parse(span(cases[i].code), &format);
        number_format_put(&format, cases[i].value, false, &out);
        assert_string_equal(out.data, cases[i].shown);
    }
}

/* It would take minutes if each bracket's end were looked for to the end of the code. */
static void long_formats_stay_linear(void **state)
{
    CLEANUP(buf_release) struct buf code = BUF_INIT((size_t)4 << 20), out = BUF_INIT(100);
    struct number_format format;

    (void)state;
    buf_printf(&code, "0.0\\[");
    for (size_t i = 0; i < (size_t)3 << 20; i++)
        buf_append_char(&code, '[');
    number_format_parse(buf_span(&code), &format);
    number_format_put(&format, 1.25, false, &out);
    assert_string_equal(out.data, "1.3[");
}

/* Numbers of a file without styles, and of a style whose format neither the file nor the standard
 * has. */
static void formats_of_styles(void **state)
{
    static const long ids[] = { 10, 170, 99999, 99999 };
    static const char *const shown[] = { "50.00%", "0.5 kg", "0.5", "0.5", "0.5" };
    struct number_formats formats = { .codes = NULL };

    (void)state;
    assert_true(number_formats_add_code(&formats, 170, span("0.0 \"kg\"")));
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        assert_true(number_formats_add_style(&formats, ids[i]));
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
        CLEANUP(buf_release) struct buf out = BUF_INIT(100);

        number_format_put(number_formats_style(&formats, (long)i), 0.5, false, &out);
        assert_string_equal(out.data, shown[i]);
    }
    number_formats_release(&formats);
}

static void references(void **state)
{
    struct span text = span("$AB$12:C3");
    uint32_t row, column;

    (void)state;
    assert_true(sheet_reference(&text, &row, &column));
    assert_int_equal(row, 11);
    assert_int_equal(column, 27);
    assert_true(span_is(text, ":C3"));
    text = span("12");
    assert_false(sheet_reference(&text, &row, &column));
    text = span("ZZZZZZZZZZ1");
    assert_false(sheet_reference(&text, &row, &column));
}

static void reading_order(void **state)
{
    /* A title over two columns, of which the left has two boxes; given in another order. */
    static const struct pptx_box boxes[] = {
        { 600, 200, 300, 700, true },
        { 0, 560, 500, 300, true },
        { 0, 0, 900, 100, true },
        { 0, 200, 500, 300, true },
    };
    uint32_t order[4];

    (void)state;
    pptx_reading_order(boxes, order, 4);
    assert_int_equal(order[0], 2);
    assert_int_equal(order[1], 3);
    assert_int_equal(order[2], 1);
    assert_int_equal(order[3], 0);
}

static void compound_files(void **state)
{
    char bytes[512] = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
    struct ole *ole = NULL;

    (void)state;
    assert_int_equal(ole_open(span("nothing"), &ole, NULL), STATUS_MALFORMED);
    assert_int_equal(ole_open((struct span){ bytes, sizeof(bytes) }, &ole, NULL), STATUS_MALFORMED);
    bytes[30] = 9;
    assert_int_equal(ole_open((struct span){ bytes, sizeof(bytes) }, &ole, NULL), STATUS_OK);
    assert_int_equal(ole_lookup(ole, "WordDocument"), OLE_NONE);
    ole_free(ole);
    assert_int_equal(ole_u32(span("abc"), 0), 0);
    assert_int_equal(ole_u16(span("ab"), 0), 'a' | 'b' << 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xml_events),
        cmocka_unit_test(xml_charsets),
        cmocka_unit_test(xml_limits),
        cmocka_unit_test(xml_attributes),
        cmocka_unit_test(zip_directories),
        cmocka_unit_test(deflated_parts),
        cmocka_unit_test(part_names),
        cmocka_unit_test(numbers_as_shown),
        cmocka_unit_test(long_formats_stay_linear),
        cmocka_unit_test(formats_of_styles),
        cmocka_unit_test(references),
        cmocka_unit_test(reading_order),
        cmocka_unit_test(compound_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
