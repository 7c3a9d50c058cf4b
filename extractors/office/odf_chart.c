/*
 * odf_chart.c - charts of OpenDocument: their title, and the table of what they show.
 *
 * A chart is a document of its own in the package, with a copy of its data: OpenDocument 1.2 part
 * 1, chapter 11.
 */
#include <string.h>

#include "base/cleanup.h"
#include "extractors/office/odf.h"

#define CHART_BYTES_MAX ((size_t)8 << 20)
#define ROWS_MAX        512u /* charts with more are pictures of noise */

static void put_cell(struct odf *odf, struct xml *xml)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(65536);
    unsigned depth = xml->depth;

    while (xml_within(xml, depth))
        if (xml->event == XML_START && xml->tag == T_P)
            odf_collect(xml, &text);
    if (strcmp(text.data, "NaN") == 0 || strcmp(text.data, "1.#NAN") == 0) /* there is none */
        buf_clear(&text);
    writer_block(odf->writer, BLOCK_CELL, 1, buf_span(&text));
}

static void put_row(struct odf *odf, struct xml *xml, bool is_header)
{
    unsigned depth = xml->depth;

    writer_begin(odf->writer, BLOCK_ROW, 0);
    if (is_header)
        writer_flags(odf->writer, BLOCK_HEADER);
    while (xml_within(xml, depth))
        if (xml->event == XML_START && xml->tag == TB_CELL)
            put_cell(odf, xml);
    writer_end(odf->writer);
}

static void put_data(struct odf *odf, struct xml *xml)
{
    unsigned depth = xml->depth, rows = 0;
    bool is_header = false;

    writer_begin(odf->writer, BLOCK_TABLE, 1);
    while (xml_within(xml, depth) && rows < ROWS_MAX) {
        if (xml->tag == TB_HEADER_ROWS && xml->event != XML_TEXT)
            is_header = xml->event == XML_START;
        if (xml->event != XML_START || xml->tag != TB_ROW)
            continue;
        put_row(odf, xml, is_header);
        rows++;
    }
    writer_end(odf->writer);
}

static void put_title(struct odf *odf, struct xml *xml)
{
    CLEANUP(buf_release) struct buf title = BUF_INIT(65536);
    unsigned depth = xml->depth;

    while (xml_within(xml, depth)) {
        if (xml->event != XML_START || xml->tag != T_P)
            continue;
        if (title.len > 0)
            buf_append_char(&title, ' ');
        odf_collect(xml, &title);
    }
    writer_block(odf->writer, BLOCK_CAPTION, 0, buf_span(&title));
}

void odf_read_chart(struct odf *odf, struct span bytes, bool with_data)
{
    bool is_chart = false, has_plot = false;
    struct xml xml;

    if (xml_open(&xml, bytes, odf_names, NULL))
        return;
    while (xml_next(&xml)) {
        if (xml.event != XML_START)
            continue;
        if (span_is(xml.name, "chart"))
            is_chart = true;
        else if (span_is(xml.name, "plot-area")) /* titles in it are of axes */
            has_plot = true;
        else if (is_chart && !has_plot && span_is(xml.name, "title"))
            put_title(odf, &xml);
        else if (is_chart && with_data && xml.tag == TB_TABLE)
            put_data(odf, &xml);
    }
    xml_release(&xml);
}
