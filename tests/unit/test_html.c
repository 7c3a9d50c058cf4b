/*
 * test_html.c - the HTML tree and what is made of it; hostile pages must stay linear.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "extractors/extractors.h"
#include "extractors/html/html_charset.h"
#include "extractors/html/html_dom.h"
#include "extractors/html/html_entity.h"
#include "extractors/html/html_link.h"
#include "extractors/html/html_smooth.h"
#include "extractors/html/html_words.h"

static struct span text_of(const char *text)
{
    return (struct span){ text, strlen(text) };
}

/* The tree as "html(body(p'text'))", attributes left out. */
static void print_tree(const struct html_dom *dom, uint32_t node, struct buf *out)
{
    static const char *const names[] = {
#define NAME(upper, lower) #lower,
        HTML_TAGS(NAME)
#undef NAME
    };
    const struct html_node *n = &dom->nodes[node];

    if (n->tag == HTML_TEXT_NODE) {
        buf_printf(out, "'%.*s'", (int)n->text_len, n->text);
        return;
    }
    if (node > 0)
        buf_printf(out, "%s(", n->tag > HTML_CUSTOM ? names[n->tag - HTML_CUSTOM - 1] : "?");
    for (uint32_t i = node + 1; i < n->end; i = dom->nodes[i].end)
        print_tree(dom, i, out);
    if (node > 0)
        buf_append_char(out, ')');
}

static void check_tree(const char *html, bool is_xml, const char *expected)
{
    CLEANUP(html_dom_release) struct html_dom dom = { 0 };
    CLEANUP(buf_release) struct buf tree = BUF_INIT(10000);

    assert_int_equal(html_parse(text_of(html), is_xml, &dom, NULL), STATUS_OK);
    print_tree(&dom, 0, &tree);
    assert_string_equal(tree.data, expected);
}

static void end_tags_may_be_left_out(void **state)
{
    (void)state;
    check_tree("<p>a<p>b<div>c", false, "p('a')p('b')div('c')");
    check_tree("<ul><li>a<li>b<ul><li>c</ul></ul>d", false, "ul(li('a')li('b'ul(li('c'))))'d'");
    check_tree("<table><tr><td>a<th>b<tr><td>c</table>d", false,
               "table(tr(td('a')th('b'))tr(td('c')))'d'");
    check_tree("<dl><dt>a<dd>b<dt>c</dl>", false, "dl(dt('a')dd('b')dt('c'))");
    check_tree("<head><title>t</title><p>a", false, "head(title('t'))p('a')");
    check_tree("<h1>a<h2>b</h2>", false, "h1('a')h2('b')");
}

static void wrong_end_tags_lose_nothing(void **state)
{
    (void)state;
    check_tree("</p><div>a</span></td>b</div>c", false, "div('a''b')'c'");
    check_tree("<table><tr><td><div>a</table>b", false, "table(tr(td(div('a'))))'b'");
    check_tree("<div><table><tr><td></div>a</table>b</div>", false, "div(table(tr(td('a')))'b')");
    check_tree("<b><p>a</b>b</p>c", false, "b(p('a'))'b''c'");
    check_tree("<a href=x>a<a href=y>b</a>", false, "a('a')a('b')");
}

static void what_is_no_markup_is_text(void **state)
{
    (void)state;
    check_tree("a < b <3 c", false, "'a < b <3 c'");
    check_tree("a<!-- x --!>b<!-->c<!DOCTYPE d>e<?f?>g", false, "'a''b''c''e''g'");
    check_tree("<script>a<b>'</scr'</script>c", false, "script('a<b>'</scr'')'c'");
    check_tree("<title>a<b></title>", false, "title('a<b>')");
    check_tree("<textarea><p>&amp;</textarea>", false, "textarea('<p>&')");
    check_tree("<svg><title>a<b/></title></svg>c", false, "svg(title('a'b()))'c'");
}

/* Browsers drop what follows an opening that is never closed; a document must not lose text. */
static void what_never_ends_ends_early(void **state)
{
    (void)state;
    check_tree("a<!-- b>c", false, "'a''c'");
    check_tree("<a href=\"x>b</a>c", false, "a('b')'c'");
    check_tree("<title>a<p>b", false, "title()'a'p('b')");
    check_tree("<head><style>x</head><p>b", false, "head(style())p('b')");
    check_tree("a<![CDATA[b", true, "'a''b'");
}

static void xml_closes_empty_elements(void **state)
{
    (void)state;
    check_tree("<div/>a<p/>b", true, "div()'a'p()'b'");
    check_tree("<div/>a", false, "div('a')");
    check_tree("<p><![CDATA[<b>]]></p>", true, "p('<b>')");
}

static void attributes_are_kept(void **state)
{
    static const char html[] =
        "<A HREF='a&amp;b' href=second CLASS=x\ty Id = \"i\" data-x=1 hidden>t";
    CLEANUP(html_dom_release) struct html_dom dom = { 0 };
    struct span href;

    (void)state;
    assert_int_equal(html_parse(text_of(html), false, &dom, NULL), STATUS_OK);
    href = html_attr(&dom, 1, HTML_ATTR_HREF);
    assert_int_equal(href.len, 3);
    assert_memory_equal(href.data, "a&b", 3);
    assert_memory_equal(html_attr(&dom, 1, HTML_ATTR_ID).data, "i", 1);
    assert_true(html_has_attr(&dom, 1, HTML_ATTR_HIDDEN));
    assert_false(html_has_attr(&dom, 1, HTML_ATTR_STYLE));
}

static void references_are_decoded(void **state)
{
    static const struct {
        const char *text, *expected;
        bool in_attribute;
    } cases[] = {
        { "&amp;&lt;&quot;", "&<\"", false },
        { "&#65;&#x41;&#X41", "AAA", false },
        { "&#150;", "\xE2\x80\x93", false },
        { "&eacute &eacutex", "\xC3\xA9 \xC3\xA9x", false },
        { "?a=1&copy=2", "?a=1&copy=2", true },
        { "&nosuch; & &;", "&nosuch; & &;", false },
        { "&notit; &notin; &not;", "\xC2\xACit; \xE2\x88\x89 \xC2\xAC", false },
        { "&notit; &notin; &copy", "&notit; \xE2\x88\x89 \xC2\xA9", true },
        { "&half x &pm1", "&half x &pm1", false },
        { "&nvlt;", "<\xE2\x83\x92", false },
        { "&#0;&#x110000;", "\xEF\xBF\xBD\xEF\xBF\xBD", false },
        { "&num &alpha", "&num &alpha", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(buf_release) struct buf out = BUF_INIT(1000);

        html_entity_decode(&out, text_of(cases[i].text), cases[i].in_attribute);
        assert_string_equal(out.data, cases[i].expected);
    }
}

static void links_are_seen_from_their_page(void **state)
{
    static const struct {
        const char *base, *target, *expected;
    } cases[] = {
        { "https://a.org/b/c?d#e", "f", "https://a.org/b/f" },
        { "https://a.org/b/c", " ../../../f/./g/../h?i=../j ", "https://a.org/f/h?i=../j" },
        { "https://a.org/b/c", "/f/..", "https://a.org/" },
        { "https://a.org/b/c?d", "?e#f", "https://a.org/b/c?e#f" },
        { "https://a.org", "f", "https://a.org/f" },
        { "https://a.org/b", "//c.org/d", "https://c.org/d" },
        { "https://a.org/b", "mailto:x@c.org", "mailto:x@c.org" },
        { "https://a.org/b", "#c", "" },
        { "https://a.org/b", "JavaScript:go()", "" },
        { "b/c", "../d", "../d" },
        { "", "/d", "/d" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(buf_release) struct buf out = BUF_INIT(1000);

        html_link_resolve(text_of(cases[i].base), text_of(cases[i].target), &out);
        assert_string_equal(out.data, cases[i].expected);
    }
}

static void tags_are_found_by_name(void **state)
{
    (void)state;
    assert_int_equal(html_tag_of(text_of("a")), HTML_A);
    assert_int_equal(html_tag_of(text_of("xmp")), HTML_XMP);
    assert_int_equal(html_tag_of(text_of("blockquote")), HTML_BLOCKQUOTE);
    assert_int_equal(html_tag_of((struct span){ "a\0bcd", 5 }), HTML_OTHER);
    assert_int_equal(html_tag_of(text_of("foo")), HTML_OTHER);
    assert_int_equal(html_tag_of(text_of("my-card")), HTML_CUSTOM);
}

static void names_say_what_they_are_for(void **state)
{
    struct html_words words = { 0 };

    (void)state;
    assert_true(html_marks_of(&words, text_of("site-footer")) >> HTML_MARK_FOOTER & 1);
    assert_true(html_marks_of(&words, text_of("relatedPosts")) >> HTML_MARK_RELATED & 1);
    assert_true(html_marks_of(&words, text_of("x commentlist y")) >> HTML_MARK_COMMENT & 1);
    assert_int_equal(html_marks_of(&words, text_of("xyzzy q7")), 0);
    assert_true(html_marks_of(&words, text_of("footer")) >> HTML_MARK_FOOTER & 1);
}

static void blocks_that_stand_alike_are_judged_alike(void **state)
{
    struct html_block blocks[5] = {
        { .words = 2 }, { .words = 2 }, { .words = 2 }, { .words = 2 }
    };
    struct html_page page = { .blocks = blocks, .block_count = 5 };
    float *values = calloc((size_t)5 * HTML_FEATURE_COUNT, sizeof(*values));
    uint64_t places[5] = { 3, 3, 3, 5, 5 };
    struct html_rows rows = { .values = values, .places = places };
    float scores[5] = { 0.9F, 0.9F, 0.2F, 0.2F, 0.9F };

    (void)state;
    assert_non_null(values);
    assert_true(html_smooth(&page, &rows, scores));
    assert_true(scores[2] > 0.6F && scores[2] < scores[0]);
    assert_true(scores[3] < 0.21F && scores[4] > 0.89F); /* two are no group */
    free(values);
}

static void check_charset(struct span bytes, const char *told, const char *charset,
                          const char *expected)
{
    CLEANUP(buf_release) struct buf out = BUF_INIT(1000);
    char name[32];

    assert_int_equal(html_decode(bytes, told, &out, name, NULL), STATUS_OK);
    assert_string_equal(name, charset);
    assert_string_equal(out.data, expected);
}

static void the_charset_is_sniffed(void **state)
{
    (void)state;
    check_charset(text_of("plain"), "", "UTF-8", "plain");
    check_charset(text_of("\xEF\xBB\xBF\xC3\xA9"), "", "UTF-8", "\xC3\xA9");
    check_charset(text_of("<meta charset='latin1'>\xE9"), "", "windows-1252",
                  "<meta charset='latin1'>\xC3\xA9");
    check_charset(text_of("<meta charset=koi8-r>\xC1"), "windows-1251", "windows-1251",
                  "<meta charset=koi8-r>\xD0\x91");
    check_charset(text_of("<meta charset=latin1>\xC3\xA9"), "", "UTF-8",
                  "<meta charset=latin1>\xC3\xA9");
    check_charset((struct span){ "\xFF\xFE"
                                 "a\0b",
                                 6 },
                  "", "UTF-16LE", "ab");
}

/* ---- hostile pages ---- */

struct hostile {
    const char *name, *head, *repeated, *tail;
    size_t count;
};

static size_t extracted_bytes(struct span bytes, bool keep_boilerplate)
{
    struct source source = { .name = "x",
                             .bytes = bytes,
                             .media_type = "text/html",
                             .extension = "",
                             .keep_boilerplate = keep_boilerplate };
    struct writer *writer = writer_new(EXTRACTION_MADE_BYTES_MAX);
    struct extraction extraction = { 0 };
    size_t len;

    assert_non_null(writer);
    assert_int_equal(extractor_run(&html_extractor, &source, writer, &extraction, NULL), STATUS_OK);
    assert_int_equal(extraction_check(&extraction, NULL), STATUS_OK);
    len = extraction.text.len;
    writer_free(writer);
    return len;
}

/* Each would take minutes or lose its text if a step were not linear, or bounded by depth. */
static void hostile_pages_keep_their_text(void **state)
{
    static const struct hostile pages[] = {
        { "nested", "", "<div>", "the text", 300000 },
        { "nested inline", "", "<b><i><span>", "the text", 100000 },
        { "attributes", "<p ", "a=1 class=x ", ">the text", 200000 },
        { "end tags", "<div><b>", "</i></span></p></table>", "the text", 100000 },
        { "unclosed and wrong ends", "<span>", "<div><i></b></span>", "the text", 100000 },
        { "tables", "", "<table><tr><td>", "the text", 100000 },
        { "lists", "", "<ul><li>", "the text", 100000 },
        { "hidden", "", "<div hidden>", "the text", 100000 },
        { "one text", "", "word ", "the text", 1000000 },
        { "references", "", "&amp &#x41 &abcdefghij ", "the text", 100000 },
        { "comments", "", "<!-- ", "> the text", 100000 },
        { "quotes", "", "<a b=\"'", "> the text", 100000 },
        { "scripts", "", "<script><style>", "</head><body> the text", 100000 },
        { "titles", "", "<title><textarea><xmp>", " the text", 50000 },
        { "headings", "", "<h1>a", " the text", 100000 },
        { "spans", "<table>", "<tr><td rowspan=100 colspan=2>a<td>b", " the text", 10000 },
        { "links", "", "<a href=x>a", " the text", 100000 },
        { "marks", "<p class='", "relatedposts-x ", "'>the text", 100000 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        CLEANUP(buf_release) struct buf page = BUF_INIT((size_t)64 << 20);

        buf_append(&page, pages[i].head, strlen(pages[i].head));
        for (size_t n = 0; n < pages[i].count; n++)
            buf_append(&page, pages[i].repeated, strlen(pages[i].repeated));
        buf_append(&page, pages[i].tail, strlen(pages[i].tail));
        (void)extracted_bytes(buf_span(&page), false);
        if (extracted_bytes(buf_span(&page), true) < strlen("the text"))
            fail_msg("'%s' lost its text", pages[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(end_tags_may_be_left_out),
        cmocka_unit_test(wrong_end_tags_lose_nothing),
        cmocka_unit_test(what_is_no_markup_is_text),
        cmocka_unit_test(what_never_ends_ends_early),
        cmocka_unit_test(xml_closes_empty_elements),
        cmocka_unit_test(attributes_are_kept),
        cmocka_unit_test(references_are_decoded),
        cmocka_unit_test(links_are_seen_from_their_page),
        cmocka_unit_test(tags_are_found_by_name),
        cmocka_unit_test(names_say_what_they_are_for),
        cmocka_unit_test(blocks_that_stand_alike_are_judged_alike),
        cmocka_unit_test(the_charset_is_sniffed),
        cmocka_unit_test(hostile_pages_keep_their_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
