/*
 * test_render_inline.c - emphasis as Markdown: cases, and random text that cmark reads back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "ingest/render.h"
#include "ingest/writer.h"

DEFINE_POINTER_CLEANUP(struct writer, writer_free);

#define BIT(kind) (1u << (kind))
#define ROUNDS    8000u
#define TEXT_MAX  4096u

static const struct {
    const char *letter; /* begins and, again, ends emphasis in the cases; L: a link */
    unsigned kind;
} letters[] = {
    { "B", EMPHASIS_BOLD },    { "I", EMPHASIS_ITALIC }, { "C", EMPHASIS_CODE },
    { "S", EMPHASIS_STRUCK },  { "R", EMPHASIS_RAISED }, { "D", EMPHASIS_LOWERED },
    { "F", EMPHASIS_FORMULA },
};

static void write_marked(struct writer *writer, const char *marked)
{
    unsigned kinds = 0;
    bool is_in_link = false;

    for (; *marked; marked++) {
        size_t i = 0;

        while (i < sizeof(letters) / sizeof(letters[0]) && letters[i].letter[0] != *marked)
            i++;
        if (i < sizeof(letters) / sizeof(letters[0])) {
            kinds ^= BIT(letters[i].kind);
            (void)writer_emphasis(writer, kinds);
        } else if (*marked == 'L') {
            is_in_link = !is_in_link;
            if (is_in_link)
                writer_link_begin(writer, (struct span){ "u", 1 });
            else
                writer_link_end(writer);
        } else if (*marked == '/') {
            writer_break(writer);
        } else {
            writer_text(writer, (struct span){ marked, 1 });
        }
    }
    (void)writer_emphasis(writer, 0);
}

static void check_block(enum block_kind kind, const char *marked, const char *want)
{
    CLEANUP(writer_free_ptr) struct writer *writer = writer_new(1 << 20);
    CLEANUP(buf_release) struct buf out = BUF_INIT(1 << 20);
    struct extraction extraction;

    writer_begin(writer, kind, 1);
    write_marked(writer, marked);
    writer_end(writer);
    assert_int_equal(writer_finish(writer, &extraction, NULL), STATUS_OK);
    assert_int_equal(extraction_check(&extraction, NULL), STATUS_OK);
    render_extraction(&extraction, RENDER_MARKDOWN, &out);
    out.data[--out.len] = '\0'; /* the newline */
    assert_string_equal(out.data, want);
}

static void marks(void **state)
{
    (void)state;
    check_block(BLOCK_PARAGRAPH, "a BboldB b", "a **bold** b");
    check_block(BLOCK_PARAGRAPH, "a IiI CcC SsS xRrR xDmaxD",
                "a *i* `c` ~~s~~ x<sup>r</sup> x<sub>max</sub>");
    check_block(BLOCK_PARAGRAPH, "HD2DO 1RstR noteR*R 2RthR", "H2O 1st note* 2th");
    check_block(BLOCK_PARAGRAPH, "unBbelievBable", "un**believ**able");
    check_block(BLOCK_PARAGRAPH, "Bone B BtwoB.", "**one two**.");
    check_block(BLOCK_PARAGRAPH, "CaC CbC", "`a` `b`");
    check_block(BLOCK_PARAGRAPH, "CaCCbC", "`ab`");
    check_block(BLOCK_PARAGRAPH, "CaBCCbBC", "`ab`");
    check_block(BLOCK_PARAGRAPH, "Ca`bC C`C", "``a`b`` `` ` ``");
    check_block(BLOCK_PARAGRAPH, "Bline/breakB Cx/yC", "**line  \nbreak** `x`  \n`y`");
}

/* Marks touch no blank, and a mark beside punctuation must be able to open or close. */
static void flanks(void **state)
{
    (void)state;
    check_block(BLOCK_PARAGRAPH, "aB b Bc", "a **b** c");
    check_block(BLOCK_PARAGRAPH, "Bfoo:B bar", "**foo:** bar");
    check_block(BLOCK_PARAGRAPH, "Bfoo:Bbar", "**foo**:bar");
    check_block(BLOCK_PARAGRAPH, "aB(bB)", "a(**b**)");
    check_block(BLOCK_PARAGRAPH, "aB(bB", "a(**b**");
    check_block(BLOCK_PARAGRAPH, "aB!?Bb", "a!?b");
    check_block(BLOCK_PARAGRAPH, "xBaCbCBy", "x**a**`b`y");
}

static void nesting(void **state)
{
    (void)state;
    check_block(BLOCK_PARAGRAPH, "Ba IbIB c", "**a *b*** c");
    check_block(BLOCK_PARAGRAPH, "BIaI bB", "***a* b**");
    check_block(BLOCK_PARAGRAPH, "Ba IbB cI", "**a *b*** *c*");
    check_block(BLOCK_PARAGRAPH, "BCaC bB", "**`a` b**");
    check_block(BLOCK_PARAGRAPH, "Ca BbBC", "`a b`");
    check_block(BLOCK_PARAGRAPH, "LBaB CbCL", "[**a** `b`](u)");
    check_block(BLOCK_PARAGRAPH, "LBaBL", "[**a**](u)");
    check_block(BLOCK_PARAGRAPH, "Ba LbL cB", "**a [b](u) c**");
    check_block(BLOCK_PARAGRAPH, "Ba LbB cL", "**a** [**b** c](u)");
    check_block(BLOCK_PARAGRAPH, "Ca LbL cC", "`a` [`b`](u) `c`");
}

static void escapes(void **state)
{
    (void)state;
    check_block(BLOCK_PARAGRAPH, "2*3*4 BaB", "2\\*3\\*4 **a**");
    check_block(BLOCK_PARAGRAPH, "2 * 3 BaB", "2 * 3 **a**");
    check_block(BLOCK_PARAGRAPH, "a ` b CcC", "a \\` b `c`");
    check_block(BLOCK_PARAGRAPH, "Ca*bC", "`a*b`");
    check_block(BLOCK_PARAGRAPH, "Ba\\B", "**a\\\\**");
    check_block(BLOCK_PARAGRAPH, "L[a\\]L", "[\\[a\\\\\\]](u)");
    check_block(BLOCK_PARAGRAPH, "`a` LbL", "`a` [b](u)");
    check_block(BLOCK_PARAGRAPH, "`a Lb`L", "\\`a [b\\`](u)");
    check_block(BLOCK_PARAGRAPH, "`L`aL", "\\`[\\`a](u)");
    check_block(BLOCK_PARAGRAPH, "a\\S\\S", "a\\\\~~\\\\~~");
    check_block(BLOCK_CELL, "Ca|bC", "`a|b`"); /* no cell without a row */
    check_block(BLOCK_PARAGRAPH, "2*3*4", "2\\*3\\*4");
    check_block(BLOCK_PARAGRAPH, "2*3 and 4 * 5", "2*3 and 4 * 5");
    check_block(BLOCK_PARAGRAPH, "a? b", "a? b");
    check_block(BLOCK_PARAGRAPH, "c:\\*x*", "c:\\\\\\*x*");
    check_block(BLOCK_PARAGRAPH, "\\\\*x*", "\\\\\\\\\\*x*");
    check_block(BLOCK_PARAGRAPH, "\\(x\\)", "\\(x\\)"); /* a formula */
    check_block(BLOCK_PARAGRAPH, "see [x](y) and [z]", "see [x\\](y) and [z]");
    check_block(BLOCK_PARAGRAPH, "[x]: y", "\\[x]: y");
    check_block(BLOCK_PARAGRAPH, "LaL(b)", "[a](u)(b)");
    check_block(BLOCK_PARAGRAPH, "L[1]L L]aL L[b](c)L", "[[1]](u) [\\]a](u) [\\[b\\](c)](u)");
    check_block(BLOCK_PARAGRAPH, "go!LaL!", "go\\![a](u)!");
    check_block(BLOCK_PARAGRAPH, "&amp; &#38; a&b a& b;", "\\&amp; \\&#38; a&b a& b;");
    check_block(BLOCK_PARAGRAPH, "a/===/=b", "a  \n\\===  \n=b");
    check_block(BLOCK_HEADING, "a/# b", "# a # b");
    check_block(BLOCK_PARAGRAPH, "<?php", "\\<?php");
    check_block(BLOCK_PARAGRAPH, "<3n.n@example.org>", "\\<3n.n@example.org>");
    check_block(BLOCK_PARAGRAPH, "p <3%", "p <3%");
    check_block(BLOCK_CAPTION, "a * b* c", "*a * b\\* c*");
}

/* What begins a line of Markdown is structure; behind the mark of a heading it is not. */
static void line_starts(void **state)
{
    (void)state;
    check_block(BLOCK_PARAGRAPH, "1.", "1\\.");
    check_block(BLOCK_PARAGRAPH, "2)/a", "2\\)  \na");
    check_block(BLOCK_PARAGRAPH, "1.5", "1.5");
    check_block(BLOCK_PARAGRAPH, "_ _ _", "\\_ _ _");
    check_block(BLOCK_PARAGRAPH, "_ _ a", "_ _ a");
    check_block(BLOCK_HEADING, "1. a", "# 1. a");
    check_block(BLOCK_HEADING, "- a", "# - a");
    check_block(BLOCK_HEADING, "a #", "# a \\#");
    check_block(BLOCK_HEADING, "a ## /", "# a \\##");
    check_block(BLOCK_HEADING, "# a# b#", "# # a# b#");
    check_block(BLOCK_HEADING, "##", "# \\##");
    check_block(BLOCK_CAPTION, "1. a", "*1. a*");
    check_block(BLOCK_CAPTION, "* a", "*\\* a*");
    check_block(BLOCK_CAPTION, "a * *", "*a * \\**");
    check_block(BLOCK_CAPTION, "a \\", "*a \\\\*");
    check_block(BLOCK_TERM, "1. a", "- **1. a**");
}

/* A formula stands as it is, in dollar signs, which some have in their text. */
static void formulas(void **state)
{
    (void)state;
    check_block(BLOCK_PARAGRAPH, "so F$\\} _{*x*} < y$F 2*3", "so $\\} _{*x*} < y$ 2\\*3");
    check_block(BLOCK_PARAGRAPH, "so F\\frac{[1](2)}{x}F.", "so $\\frac{[1](2)}{x}$.");
    check_block(BLOCK_PARAGRAPH, "Bso Fx_{1}F isB", "**so $x_{1}$ is**");
    check_block(BLOCK_PARAGRAPH, "F$$a/_{b}$$F", "$$a  \n_{b}$$");
    check_block(BLOCK_PARAGRAPH, "LFxFL ` ~", "[$x$](u) ` ~");
}

/* What is shown as bold or italic anyhow is not marked as that. */
static void by_kind(void **state)
{
    (void)state;
    check_block(BLOCK_HEADING, "BAll of itB", "# All of it");
    check_block(BLOCK_HEADING, "BIPart of itIB", "# Part of it");
    check_block(BLOCK_HEADING, "A BwordB", "# A **word**");
    check_block(BLOCK_HEADING, "CallC", "# `all`");
    check_block(BLOCK_TERM, "BTermB CxC", "- **Term `x`**");
    check_block(BLOCK_CAPTION, "IA caption of B2B.I", "*A caption of **2**.*");
    check_block(BLOCK_CODE, "Ba = bB", "```\na = b\n```");
    check_block(BLOCK_LIST_ITEM, "BTerm:B x", "- **Term:** x");
}

static void cells(void **state)
{
    CLEANUP(writer_free_ptr) struct writer *writer = writer_new(1 << 20);
    CLEANUP(buf_release) struct buf out = BUF_INIT(1 << 20);
    static const char *const texts[] = {
        "BHeadB", "BAB b", "BxB", "Cp|qC", "Fa|b/cF", "B1/2B/C3/4C"
    };
    struct extraction extraction;

    (void)state;
    writer_begin(writer, BLOCK_TABLE, 1);
    for (unsigned i = 0; i < 6; i++) {
        if (i % 2 == 0)
            writer_begin(writer, BLOCK_ROW, 0);
        writer_begin(writer, BLOCK_CELL, 0);
        write_marked(writer, texts[i]);
        writer_end(writer);
        if (i % 2)
            writer_end(writer);
    }
    writer_end(writer);
    assert_int_equal(writer_finish(writer, &extraction, NULL), STATUS_OK);
    render_extraction(&extraction, RENDER_MARKDOWN, &out);
    assert_string_equal(out.data, "| Head | **A** b |\n| --- | --- |\n| **x** | `p\\|q` |\n"
                                  "| $a\\|b c$ | **1 <br> 2** <br> `3 4` |\n");
}

/* ---- read back ---- */

/* Bits of enum emphasis_kind for each byte of a text. */
struct seen {
    char text[TEXT_MAX];
    uint8_t kinds[TEXT_MAX];
    size_t len;
};

static void see(struct seen *seen, const char *text, size_t len, unsigned kinds)
{
    for (size_t i = 0; i < len && seen->len < TEXT_MAX; i++) {
        seen->text[seen->len] = text[i] == '\n' ? ' ' : text[i];
        seen->kinds[seen->len++] = (uint8_t)kinds;
    }
}

static unsigned tag_kind(const char *tag)
{
    return strstr(tag, "sup>") ? BIT(EMPHASIS_RAISED) : BIT(EMPHASIS_LOWERED);
}

static void read_back(cmark_node *node, unsigned *tags, unsigned kinds, struct seen *seen)
{
    const char *type = cmark_node_get_type_string(node), *text = cmark_node_get_literal(node);

    if (!strcmp(type, "strong"))
        kinds |= BIT(EMPHASIS_BOLD);
    else if (!strcmp(type, "emph"))
        kinds |= BIT(EMPHASIS_ITALIC);
    else if (!strcmp(type, "strikethrough"))
        kinds |= BIT(EMPHASIS_STRUCK);
    else if (!strcmp(type, "code"))
        see(seen, text, strlen(text), kinds | *tags | BIT(EMPHASIS_CODE));
    else if (!strcmp(type, "text"))
        see(seen, text, strlen(text), kinds | *tags);
    else if (!strcmp(type, "softbreak") || !strcmp(type, "linebreak"))
        see(seen, " ", 1, kinds | *tags);
    else if (!strcmp(type, "html_inline"))
        *tags = text[1] == '/' ? *tags & ~tag_kind(text) : *tags | tag_kind(text);
    for (cmark_node *child = cmark_node_first_child(node); child; child = cmark_node_next(child))
        read_back(child, tags, kinds, seen);
}

static void parse(struct span markdown, struct seen *seen)
{
    cmark_parser *parser = cmark_parser_new(CMARK_OPT_DEFAULT);
    cmark_syntax_extension *strike;
    cmark_node *document;
    unsigned tags = 0;

    cmark_gfm_core_extensions_ensure_registered();
    strike = cmark_find_syntax_extension("strikethrough");
    assert_non_null(strike);
    cmark_parser_attach_syntax_extension(parser, strike);
    cmark_parser_feed(parser, markdown.data, markdown.len);
    document = cmark_parser_finish(parser);
    seen->len = 0;
    read_back(document, &tags, 0, seen);
    cmark_node_free(document);
    cmark_parser_free(parser);
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Words, punctuation and what Markdown might take for its own, with emphasis and links anywhere. */
static void write_random(struct writer *writer, uint32_t *random)
{
    static const char *const pieces[] = {
        "a",  "word", " ",   " ",    ".", "(",  ")",   "*",
        "**", "`",    "~",   "\"",   "é", "日", "「",  "\xE2\x80\x9C",
        "-",  "x y",  ",",   "#",    ":", "2",  "b",   "long words",
        "[",  "]",    "\\*", "&lt;", "!", "_",  "<b>", "]("
    };
    bool is_in_link = false;

    /* What nothing is marked in is written with fewer escapes. */
    (void)writer_emphasis(writer, BIT(EMPHASIS_BOLD));
    writer_text(writer, (struct span){ "Begin", 5 });
    (void)writer_emphasis(writer, 0);
    writer_text(writer, (struct span){ " ", 1 });
    for (unsigned i = 0; i < 24; i++) {
        uint32_t number = next_random(random);
        const char *piece = pieces[number % (sizeof(pieces) / sizeof(pieces[0]))];

        if (number >> 8 & 1)
            (void)writer_emphasis(writer, next_random(random) & next_random(random) & 63u);
        if ((number >> 9 & 7) == 0) {
            is_in_link = !is_in_link;
            if (is_in_link)
                writer_link_begin(writer, (struct span){ "u", 1 });
            else
                writer_link_end(writer);
        }
        if ((number >> 12 & 31) == 0)
            writer_break(writer);
        writer_text(writer, (struct span){ piece, strlen(piece) });
    }
    writer_link_end(writer);
    (void)writer_emphasis(writer, 0);
}

static void expect(const struct extraction *extraction, struct seen *seen)
{
    see(seen, extraction->text.data, extraction->text.len, 0);
    for (size_t i = 0; i < extraction->emphasis_count; i++)
        for (size_t at = extraction->emphases[i].text_start; at < extraction->emphases[i].text_end;
             at++)
            seen->kinds[at] |= (uint8_t)BIT(extraction->emphases[i].kind);
}

/* The words come back, nothing is emphasised that was not, and nearly all letters that were. */
static void is_read_back(void **state)
{
    static struct seen want, have;
    uint32_t random = 1;
    size_t letters_marked = 0, letters_kept = 0;

    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        CLEANUP(writer_free_ptr) struct writer *writer = writer_new(1 << 20);
        CLEANUP(buf_release) struct buf out = BUF_INIT(1 << 20);
        struct extraction extraction;

        writer_begin(writer, BLOCK_PARAGRAPH, 0);
        write_random(writer, &random);
        writer_end(writer);
        assert_int_equal(writer_finish(writer, &extraction, NULL), STATUS_OK);
        assert_int_equal(extraction_check(&extraction, NULL), STATUS_OK);
        render_extraction(&extraction, RENDER_MARKDOWN, &out);
        want.len = 0;
        memset(want.kinds, 0, sizeof(want.kinds));
        expect(&extraction, &want);
        parse(buf_span(&out), &have);
        if (have.len != want.len || memcmp(have.text, want.text, want.len) != 0)
            fail_msg("round %u: '%.*s' was written as '%s', and read as '%.*s'", round,
                     (int)want.len, want.text, out.data, (int)have.len, have.text);
        for (size_t i = 0; i < want.len; i++) {
            bool is_letter = (want.text[i] | 0x20) >= 'a' && (want.text[i] | 0x20) <= 'z';

            if (have.kinds[i] & ~want.kinds[i] && want.text[i] != ' ')
                fail_msg("round %u: byte %zu of '%.*s' is emphasised in '%s'", round, i,
                         (int)want.len, want.text, out.data);
            letters_marked += is_letter && want.kinds[i];
            letters_kept += is_letter && want.kinds[i] && have.kinds[i] == want.kinds[i];
        }
    }
    assert_true(letters_kept * 100 > letters_marked * 80);
}

/* The text and the blocks are the same to the byte, with emphasis and without. */
static void changes_no_text(void **state)
{
    uint32_t random = 7;

    (void)state;
    for (unsigned round = 0; round < ROUNDS / 8; round++) {
        CLEANUP(writer_free_ptr) struct writer *with = writer_new(1 << 20);
        CLEANUP(writer_free_ptr) struct writer *without = writer_new(1 << 20);
        struct extraction a, b;
        unsigned kinds = 0;

        for (unsigned i = 0; i < 60; i++) {
            static const enum block_kind block_kinds[] = { BLOCK_PARAGRAPH, BLOCK_TABLE,
                                                           BLOCK_ROW,       BLOCK_CELL,
                                                           BLOCK_CODE,      BLOCK_LIST_ITEM,
                                                           BLOCK_HEADING };
            uint32_t number = next_random(&random);
            const char *words = number & 64 ? " some words " : number & 128 ? "x" : " ";
            enum block_kind kind = block_kinds[(number >> 8) % 7];

            kinds = number >> 12 & 63u;
            (void)writer_emphasis(with, kinds);
            for (unsigned w = 0; w < 2; w++) {
                struct writer *writer = w ? with : without;

                if (number % 4 == 0)
                    writer_begin(writer, kind, 1);
                else if (number % 4 == 1)
                    writer_end(writer);
                else if (number % 16 == 2)
                    writer_break(writer);
                else
                    writer_text(writer, (struct span){ words, strlen(words) });
            }
        }
        assert_int_equal(writer_finish(with, &a, NULL), STATUS_OK);
        assert_int_equal(writer_finish(without, &b, NULL), STATUS_OK);
        assert_int_equal(extraction_check(&a, NULL), STATUS_OK);
        assert_int_equal(a.text.len, b.text.len);
        assert_memory_equal(a.text.data, b.text.data, b.text.len);
        assert_int_equal(a.block_count, b.block_count);
        if (b.block_count > 0)
            assert_memory_equal(a.blocks, b.blocks, b.block_count * sizeof(*b.blocks));
        for (size_t i = 0; i < b.emphasis_count; i++)
            assert_int_equal(b.emphases[i].kind, EMPHASIS_BREAK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks),        cmocka_unit_test(flanks),
        cmocka_unit_test(nesting),      cmocka_unit_test(escapes),
        cmocka_unit_test(line_starts),  cmocka_unit_test(formulas),
        cmocka_unit_test(by_kind),      cmocka_unit_test(cells),
        cmocka_unit_test(is_read_back), cmocka_unit_test(changes_no_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
