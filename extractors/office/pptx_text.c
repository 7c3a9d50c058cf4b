#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/common/spanning_cell.h"
#include "extractors/math/omml.h"
#include "extractors/office/pptx.h"
#include "extractors/office/slide_number.h"

#define COLUMNS_MAX 64u

void pptx_run_read(struct pptx_text *text, struct xml *xml, unsigned looks)
{
    unsigned depth = xml->depth;

    (void)writer_emphasis(text->writer, looks);
    while (xml_within(xml, depth))
        if (xml->event == XML_TEXT)
            writer_text(text->writer, xml->text);
    (void)writer_emphasis(text->writer, 0);
}

static void read_math(struct pptx_text *text, struct xml *xml)
{
    CLEANUP(buf_release) struct buf formula = BUF_INIT(OMML_BYTES_MAX);
    const char *fence = xml->tag == PPTX_MATH_PARA ? "$$" : "$";

    omml_append(xml, &formula);
    if (formula.len == 0)
        return;
    (void)writer_emphasis(text->writer, 1u << EMPHASIS_FORMULA);
    writer_text(text->writer, (struct span){ fence, strlen(fence) });
    writer_text(text->writer, buf_span(&formula));
    writer_text(text->writer, (struct span){ fence, strlen(fence) });
    (void)writer_emphasis(text->writer, 0);
}

static void begin_link(struct pptx_text *text, struct xml *xml)
{
    const struct ooxml_relation *relation =
        ooxml_by_id(text->relations, xml_attr_in(xml, XML_NS_R, "id"));

    if (relation && relation->is_external)
        writer_link_begin(text->writer, relation->target);
}

struct paragraph {
    unsigned level;
    enum pptx_bullet bullet;
    struct slide_number number;
};

static void read_properties(struct xml *xml, struct paragraph *out)
{
    unsigned depth = xml->depth;

    out->level = (unsigned)xml_attr_number(xml, "lvl", 0) & 15u;
    if (out->level >= PPTX_LEVELS)
        out->level = PPTX_LEVELS - 1;
    while (xml_within(xml, depth)) {
        enum pptx_bullet bullet = pptx_bullet_of(xml->event == XML_START ? xml->tag : 0);

        if (bullet != PPTX_BULLET_UNSAID)
            out->bullet = bullet;
        if (bullet == PPTX_BULLET_NUMBER)
            out->number =
                (struct slide_number){ slide_number_scheme(xml_attr(xml, "type")),
                                       (int32_t)(xml_attr_number(xml, "startAt", 1) & 0x7FFF) };
    }
}

/* How text of a shape is shown: what its placeholder says, and the numbers of its lists so far. */
struct body {
    const struct pptx_placeholder *placeholder;
    struct slide_numbers numbers;
};

static void begin_paragraph(struct pptx_text *text, struct body *body, struct paragraph *paragraph)
{
    const struct pptx_placeholder *placeholder = body->placeholder;

    if (paragraph->bullet == PPTX_BULLET_UNSAID)
        paragraph->bullet = (enum pptx_bullet)placeholder->bullets[paragraph->level];
    if (paragraph->bullet == PPTX_BULLET_NUMBER && !text->is_in_cell) {
        slide_numbers_begin_item(&body->numbers, paragraph->level, paragraph->number, text->writer);
        return;
    }
    slide_numbers_end(&body->numbers, paragraph->level);
    if (text->is_in_cell || paragraph->bullet == PPTX_BULLET_UNSAID ||
        paragraph->bullet == PPTX_BULLET_NONE)
        writer_begin(text->writer, BLOCK_PARAGRAPH, 0);
    else
        writer_begin(text->writer, BLOCK_LIST_ITEM, paragraph->level + 1);
}

static void read_paragraph(struct pptx_text *text, struct xml *xml, struct body *body, bool is_own)
{
    unsigned depth = xml->depth, looks = 0;
    struct paragraph paragraph = { .number = { SLIDE_NUMBER_PLAIN, 1 } };
    bool is_begun = !is_own;

    while (xml_within(xml, depth)) {
        if (xml->event == XML_END && (xml->tag == A_R || xml->tag == A_FIELD)) {
            writer_link_end(text->writer);
            looks = 0;
        }
        if (xml->event != XML_START)
            continue;
        if (xml->tag == A_PPR) {
            read_properties(xml, &paragraph);
            continue;
        }
        if (!is_begun) {
            begin_paragraph(text, body, &paragraph);
            is_begun = true;
        }
        if (xml->tag == A_RPR)
            looks = pptx_looks_read(xml);
        else if (xml->tag == A_T)
            pptx_run_read(text, xml, looks);
        else if (xml->tag == A_BREAK)
            writer_break(text->writer);
        else if (xml->tag == A_LINK)
            begin_link(text, xml);
        else if (xml->tag == PPTX_MATH || xml->tag == PPTX_MATH_PARA)
            read_math(text, xml);
        else if (xml->tag == PPTX_FALLBACK)
            xml_skip(xml);
    }
    if (is_begun && is_own)
        writer_end(text->writer);
}

/* A title is one heading, however many lines it is set in. */
void pptx_body_read(struct pptx_text *text, struct xml *xml,
                    const struct pptx_placeholder *placeholder)
{
    unsigned depth = xml->depth;
    bool is_title = placeholder->role == PPTX_TITLE && !text->has_title;
    struct body body = { .placeholder = placeholder };

    if (is_title) {
        writer_begin(text->writer, BLOCK_HEADING, 1);
        text->has_title = true;
    }
    while (xml_within(xml, depth)) {
        if (xml->event != XML_START || xml->tag != A_P)
            continue;
        read_paragraph(text, xml, &body, !is_title);
        if (is_title)
            writer_text(text->writer, (struct span){ " ", 1 });
    }
    if (is_title)
        writer_end(text->writer);
}

/* ---- tables ---- */

struct kept_cell {
    char text[SPANNING_ROWS_BYTES_MAX];
    size_t len;
    long columns; /* gridSpan */
};

/* A cell that is spanned stands there, empty, and is told again: a row is read alone. */
static void read_cell(struct pptx_text *text, struct xml *xml, struct kept_cell *kept,
                      unsigned column)
{
    static const struct pptx_placeholder plain = { .role = PPTX_PLAIN };
    unsigned depth = xml->depth;
    bool is_right = xml_attr(xml, "hMerge").data != NULL && xml_attr_is_on(xml, "hMerge");
    bool is_below = xml_attr(xml, "vMerge").data != NULL && xml_attr_is_on(xml, "vMerge");
    long columns = xml_attr_number(xml, "gridSpan", 1);
    size_t mark, len;

    writer_begin(text->writer, BLOCK_CELL, 1);
    mark = writer_text_bytes(text->writer);
    if (column < COLUMNS_MAX && is_right && column > 0) {
        kept[column] = kept[column - 1];
        if (!spanning_columns_repeat(kept[column].len, (unsigned long)kept[column].columns))
            kept[column].len = 0;
    }
    if (column < COLUMNS_MAX && (is_right || is_below))
        writer_text(text->writer, (struct span){ kept[column].text, kept[column].len });
    text->is_in_cell = true;
    while (xml_within(xml, depth))
        if (xml->event == XML_START && xml->tag == P_BODY)
            pptx_body_read(text, xml, &plain);
    text->is_in_cell = false;
    len = writer_text_bytes(text->writer) - mark;
    if (column < COLUMNS_MAX && !is_right && !is_below) {
        kept[column].columns = columns;
        kept[column].len = spanning_rows_repeat(len) ? len : 0;
        memcpy(kept[column].text, writer_text_since(text->writer, mark).data, kept[column].len);
    }
    writer_end(text->writer);
}

void pptx_table_read(struct pptx_text *text, struct xml *xml)
{
    unsigned depth = xml->depth, column = 0;
    bool has_header = false, is_begun = false;
    struct kept_cell *kept = calloc(COLUMNS_MAX, sizeof(*kept));

    if (!kept)
        return;
    while (xml_within(xml, depth)) {
        if (xml->event == XML_END && xml->tag == A_ROW)
            writer_end(text->writer);
        if (xml->event != XML_START)
            continue;
        if (xml->tag == A_TABLE_PR) {
            has_header = xml_attr(xml, "firstRow").data && xml_attr_is_on(xml, "firstRow");
        } else if (xml->tag == A_ROW) {
            if (!is_begun)
                writer_begin(text->writer, BLOCK_TABLE, has_header);
            writer_begin(text->writer, BLOCK_ROW, 0);
            if (!is_begun && has_header)
                writer_flags(text->writer, BLOCK_HEADER);
            is_begun = true;
            column = 0;
        } else if (xml->tag == A_CELL) {
            read_cell(text, xml, kept, column++);
        }
    }
    if (is_begun)
        writer_end(text->writer);
    free(kept);
}
