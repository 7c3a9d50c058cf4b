/*
 * fuzz_render.c - any text, with any emphasis, links and line breaks, as each kind of block in
 * Markdown: cmark reads the same words back.
 *
 * Some control characters begin and end emphasis. Blanks are not compared, nor backslashes: those
 * of formulas stay as they are. Ticks and tildes are, where something surely is in bold: else they
 * are taken for Markdown that somebody wrote.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm.h>

#include "base/cleanup.h"
#include "ingest/render.h"
#include "ingest/writer.h"

DEFINE_POINTER_CLEANUP(struct writer, writer_free);

#define TEXT_BYTES_MAX 2048u
#define LINK_SIGN      0x0F
#define BREAK_SIGN     0x10

static const enum block_kind kinds[] = { BLOCK_PARAGRAPH, BLOCK_HEADING, BLOCK_LIST_ITEM,
                                         BLOCK_QUOTE,     BLOCK_CELL,    BLOCK_CAPTION };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* U+0001 to U+0006 toggle a kind of emphasis (formulas are LaTeX, which cmark does not know). */
static void write_text(struct writer *writer, struct span text)
{
    unsigned emphasis = 0;
    bool is_in_link = false;

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        size_t start = i;

        if (c >= 1 && c <= EMPHASIS_LOWERED + 1) {
            emphasis ^= 1u << (c - 1);
            (void)writer_emphasis(writer, emphasis);
        } else if (c == LINK_SIGN && !is_in_link) {
            writer_link_begin(writer, (struct span){ "u", 1 });
            is_in_link = true;
        } else if (c == LINK_SIGN) {
            writer_link_end(writer);
            is_in_link = false;
        } else if (c == BREAK_SIGN) {
            writer_break(writer);
        } else if (c >= ' ') {
            while (i + 1 < text.len && (unsigned char)text.data[i + 1] >= ' ')
                i++;
            writer_text(writer, (struct span){ text.data + start, i + 1 - start });
        }
    }
    writer_link_end(writer);
    (void)writer_emphasis(writer, 0);
}

static void write_block(struct writer *writer, enum block_kind kind, bool is_bold, struct span text)
{
    if (kind == BLOCK_CELL) {
        writer_begin(writer, BLOCK_TABLE, 1);
        writer_begin(writer, BLOCK_ROW, 0);
    }
    writer_begin(writer, kind, kind == BLOCK_CELL ? 0 : 1);
    if (is_bold) {
        writer_text(writer, (struct span){ "So ", 3 });
        (void)writer_emphasis(writer, 1u << EMPHASIS_BOLD);
        writer_text(writer, (struct span){ "begin", 5 });
        (void)writer_emphasis(writer, 0);
        writer_text(writer, (struct span){ " ", 1 });
    }
    write_text(writer, text);
    writer_end(writer);
    if (kind == BLOCK_CELL) {
        writer_end(writer);
        writer_end(writer);
    }
}

/* What is compared of a text. */
static void keep(struct buf *out, struct span text, bool is_bold)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if ((unsigned char)c > ' ' && c != '\\' && (is_bold || (c != '`' && c != '~')))
            buf_append_char(out, c);
    }
}

static void read_back(cmark_node *node, bool is_bold, struct buf *out)
{
    const char *type = cmark_node_get_type_string(node), *text = cmark_node_get_literal(node);

    if (text && strcmp(type, "html_inline") != 0)
        keep(out, (struct span){ text, strlen(text) }, is_bold);
    for (cmark_node *child = cmark_node_first_child(node); child; child = cmark_node_next(child))
        read_back(child, is_bold, out);
}

static void parse(struct span markdown, bool is_bold, struct buf *out)
{
    static const char *const extensions[] = { "strikethrough", "table" };
    cmark_parser *parser = cmark_parser_new(CMARK_OPT_DEFAULT);
    cmark_node *document;

    cmark_gfm_core_extensions_ensure_registered();
    for (unsigned i = 0; i < 2; i++)
        cmark_parser_attach_syntax_extension(parser, cmark_find_syntax_extension(extensions[i]));
    cmark_parser_feed(parser, markdown.data, markdown.len);
    document = cmark_parser_finish(parser);
    read_back(document, is_bold, out);
    cmark_node_free(document);
    cmark_parser_free(parser);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(writer_free_ptr) struct writer *writer = writer_new(1 << 20);
    CLEANUP(buf_release) struct buf markdown = BUF_INIT(1 << 20);
    CLEANUP(buf_release) struct buf want = BUF_INIT(1 << 20);
    CLEANUP(buf_release) struct buf have = BUF_INIT(1 << 20);
    struct extraction extraction;
    bool is_bold;

    if (!writer || size == 0)
        return 0;
    size = size < TEXT_BYTES_MAX ? size : TEXT_BYTES_MAX;
    is_bold = data[0] & 0x80;
    write_block(writer, kinds[data[0] % (sizeof(kinds) / sizeof(kinds[0]))], is_bold,
                (struct span){ (const char *)data + 1, size - 1 });
    if (writer_finish(writer, &extraction, NULL))
        return 0;
    if (extraction_check(&extraction, NULL))
        abort();
    render_extraction(&extraction, RENDER_MARKDOWN, &markdown);
    keep(&want, extraction.text, is_bold);
    parse(buf_span(&markdown), is_bold, &have);
    if (want.len != have.len || memcmp(want.data, have.data, want.len) != 0) {
        fprintf(stderr, "written: %s\nwant: %s\nread: %s\n", markdown.data, want.data, have.data);
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION /* some rare ones are known: no ordinary test */
        abort();
#endif
    }
    return 0;
}
