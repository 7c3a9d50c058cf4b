/*
 * docx.c - Word documents, with their macro and template variants: ECMA-376 part 1, chapter 17.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/extractors.h"
#include "extractors/office/docx_read.h"

#define ARENA_BYTES_MAX ((size_t)64 << 20)

const struct xml_name docx_names[] = {
    { "p", XML_NS_W, W_P },
    { "r", XML_NS_W, W_R },
    { "t", XML_NS_W, W_T },
    { "pPr", XML_NS_W, W_PPR },
    { "rPr", XML_NS_W, W_RPR },
    { "tbl", XML_NS_W, W_TBL },
    { "tr", XML_NS_W, W_TR },
    { "tc", XML_NS_W, W_TC },
    { "tblPr", XML_NS_W, W_TBL_PR },
    { "tblGrid", XML_NS_W, W_TBL_GRID },
    { "trPr", XML_NS_W, W_TR_PR },
    { "tcPr", XML_NS_W, W_TC_PR },
    { "tblHeader", XML_NS_W, W_TBL_HEADER },
    { "tblLook", XML_NS_W, W_TBL_LOOK },
    { "gridSpan", XML_NS_W, W_GRID_SPAN },
    { "gridBefore", XML_NS_W, W_GRID_BEFORE },
    { "vMerge", XML_NS_W, W_V_MERGE },
    { "sectPr", XML_NS_W, W_SECT_PR },
    { "sdtPr", XML_NS_W, W_SDT_PR },
    { "sdtEndPr", XML_NS_W, W_SDT_END_PR },
    { "pStyle", XML_NS_W, W_PSTYLE },
    { "rStyle", XML_NS_W, W_RSTYLE },
    { "numPr", XML_NS_W, W_NUM_PR },
    { "numId", XML_NS_W, W_NUM_ID },
    { "ilvl", XML_NS_W, W_ILVL },
    { "ind", XML_NS_W, W_INDENT },
    { "outlineLvl", XML_NS_W, W_OUTLINE },
    { "vanish", XML_NS_W, W_VANISH },
    { "color", XML_NS_W, W_COLOR },
    { "sz", XML_NS_W, W_SIZE },
    { "shd", XML_NS_W, W_SHADE },
    { "highlight", XML_NS_W, W_HIGHLIGHT },
    { "rFonts", XML_NS_W, W_FONTS },
    { "b", XML_NS_W, W_LOOK },
    { "i", XML_NS_W, W_LOOK },
    { "strike", XML_NS_W, W_LOOK },
    { "dstrike", XML_NS_W, W_LOOK },
    { "vertAlign", XML_NS_W, W_LOOK },
    { "tab", XML_NS_W, W_TAB },
    { "ptab", XML_NS_W, W_TAB },
    { "br", XML_NS_W, W_BR },
    { "cr", XML_NS_W, W_CR },
    { "noBreakHyphen", XML_NS_W, W_NO_BREAK_HYPHEN },
    { "sym", XML_NS_W, W_SYM },
    { "del", XML_NS_W, W_DEL },
    { "moveFrom", XML_NS_W, W_MOVE_FROM },
    { "hyperlink", XML_NS_W, W_HYPERLINK },
    { "fldChar", XML_NS_W, W_FIELD_CHAR },
    { "fldSimple", XML_NS_W, W_FIELD_SIMPLE },
    { "checkBox", XML_NS_W, W_CHECK_BOX },
    { "ddList", XML_NS_W, W_CHOICES },
    { "instrText", XML_NS_W, W_INSTRUCTION },
    { "footnoteReference", XML_NS_W, W_FOOTNOTE_REF },
    { "endnoteReference", XML_NS_W, W_ENDNOTE_REF },
    { "rt", XML_NS_W, W_RUBY_TEXT },
    { "txbxContent", XML_NS_W, W_BOX_CONTENT },
    { "pict", XML_NS_W, W_PICT },
    { "Choice", XML_NS_MC, W_CHOICE },
    { "Fallback", XML_NS_MC, W_FALLBACK },
    { "footnote", XML_NS_W, W_FOOTNOTE },
    { "endnote", XML_NS_W, W_ENDNOTE },
    { "comment", XML_NS_W, W_COMMENT },
    { "background", XML_NS_W, W_BACKGROUND },
    { "altChunk", XML_NS_W, W_ALT_CHUNK },
    { "pPrChange", XML_NS_W, W_TRACKED_PROPERTIES },
    { "rPrChange", XML_NS_W, W_TRACKED_PROPERTIES },
    { "tcPrChange", XML_NS_W, W_TRACKED_PROPERTIES },
    { "trPrChange", XML_NS_W, W_TRACKED_PROPERTIES },
    { "tblPrChange", XML_NS_W, W_TRACKED_PROPERTIES },
    { "tblGridChange", XML_NS_W, W_TRACKED_PROPERTIES },
    { "oMath", XML_NS_M, M_MATH },
    { "oMathPara", XML_NS_M, M_MATH_PARA },
    { "docPr", XML_NS_WP, WP_PROPERTIES },
    { "anchor", XML_NS_WP, WP_ANCHOR },
    { "chart", XML_NS_C, C_CHART },
    { "relIds", XML_NS_DGM, DGM_IDS },
    { "shape", XML_NS_V, V_SHAPE },
    { NULL, 0, 0 },
};

static void docx_release(struct docx *docx)
{
    docx_styles_release(&docx->styles);
    docx_numbering_release(&docx->numbering);
    buf_release(&docx->instruction);
    buf_release(&docx->beside);
    free(docx->note_ids[DOCX_FOOTNOTES]);
    free(docx->note_ids[DOCX_ENDNOTES]);
    zip_free(docx->zip);
    arena_release(&docx->arena);
}

/* ---- parts ---- */

/* Reads what a part holds as far as it can be read: half a document is better than none, and the
 * writer is told. */
static enum status read_part_text(struct docx *docx, struct span name, struct buf *text,
                                  struct error *err)
{
    struct error problem = { .status = STATUS_OK };
    enum status status = zip_read_name(docx->zip, name, text, &problem);

    if (status && status != STATUS_NO_MEMORY && text->len > 0) {
        writer_problem(docx->writer, &problem);
        text->failed = STATUS_OK;
        return STATUS_OK;
    }
    if (status && err)
        *err = problem;
    return status;
}

static enum status end_of_part(struct docx *docx, const struct xml *xml, struct error *err)
{
    struct error problem = { .status = STATUS_OK };
    enum status status = xml_status(xml, &problem);

    if (status == STATUS_NO_MEMORY)
        return error_set(err, status, "%s", problem.text);
    if (status)
        writer_problem(docx->writer, &problem);
    return STATUS_OK;
}

static enum status read_styles(struct docx *docx, struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    const struct ooxml_relation *part = ooxml_by_type(&docx->relations, "styles", NULL);

    /* Without styles there are still words. */
    if (!part || zip_read_name(docx->zip, part->target, &text, NULL))
        return STATUS_OK;
    return docx_styles_read(buf_span(&text), &docx->arena, &docx->styles, err);
}

static enum status read_numbering(struct docx *docx, struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    const struct ooxml_relation *part = ooxml_by_type(&docx->relations, "numbering", NULL);

    if (!part || zip_read_name(docx->zip, part->target, &text, NULL))
        return STATUS_OK;
    return docx_numbering_read(buf_span(&text), &docx->arena, &docx->numbering, err);
}

static enum status read_body(struct docx *docx, struct span name, struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    struct xml xml;
    enum status status = read_part_text(docx, name, &text, err);

    if (!status)
        status = xml_open(&xml, buf_span(&text), docx_names, err);
    if (status)
        return status;
    docx->field_depth = docx->instruction_depth = 0;
    docx_read_blocks(docx, &xml, 0);
    docx_end_open(docx);
    status = end_of_part(docx, &xml, err);
    xml_release(&xml);
    return status;
}

/* ---- notes and comments ---- */

static size_t note_position(const struct docx *docx, enum docx_note kind, long id)
{
    for (size_t i = 0; i < docx->note_count[kind]; i++)
        if (docx->note_ids[kind][i] == id)
            return i + 1;
    return 0;
}

static void read_note(struct docx *docx, struct xml *xml, enum docx_note kind)
{
    size_t position = note_position(docx, kind, xml_attr_number(xml, "id", -1));
    char mark[32];

    if (position == 0) { /* separators, and notes whose reference was deleted */
        xml_skip(xml);
        return;
    }
    (void)snprintf(mark, sizeof(mark), kind == DOCX_FOOTNOTES ? "%zu" : "e%zu", position);
    writer_begin(docx->writer, BLOCK_FOOTNOTE, 0);
    writer_label(docx->writer, (struct span){ mark, strlen(mark) });
    docx->is_in_note = true;
    docx_read_blocks(docx, xml, xml->depth);
    docx->is_in_note = false;
    writer_end(docx->writer);
}

static void read_comment(struct docx *docx, struct xml *xml)
{
    struct span author = xml_attr(xml, "author");

    writer_begin(docx->writer, BLOCK_PARAGRAPH, 0);
    writer_flags(docx->writer, BLOCK_COMMENT);
    if (author.len > 0) {
        writer_text(docx->writer, author);
        writer_text(docx->writer, (struct span){ ": ", 2 });
    }
    docx->is_joined = true; /* its paragraphs go on in the block that is open */
    docx->is_in_note = true;
    docx_read_blocks(docx, xml, xml->depth);
    docx->is_in_note = false;
    docx_end_open(docx);
}

static enum status read_side_part(struct docx *docx, const char *type, unsigned tag,
                                  struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    const struct ooxml_relation *part = ooxml_by_type(&docx->relations, type, NULL);
    struct ooxml_relations outer = docx->relations;
    struct xml xml;
    enum status status;

    if (!part || zip_read_name(docx->zip, part->target, &text, NULL))
        return STATUS_OK;
    status = ooxml_relations(docx->zip, part->target, &docx->arena, &docx->relations, err);
    if (!status)
        status = xml_open(&xml, buf_span(&text), docx_names, err);
    if (!status) {
        while (xml_next(&xml)) {
            if (xml.event != XML_START || xml.tag != tag)
                continue;
            if (tag == W_COMMENT)
                read_comment(docx, &xml);
            else
                read_note(docx, &xml, tag == W_FOOTNOTE ? DOCX_FOOTNOTES : DOCX_ENDNOTES);
        }
        status = end_of_part(docx, &xml, err);
        xml_release(&xml);
    }
    docx->relations = outer;
    return status;
}

static enum status read_boilerplate(struct docx *docx, const char *type, struct error *err)
{
    const struct ooxml_relation *part = NULL;
    enum status status = STATUS_OK;

    while (!status && docx->source->keep_boilerplate &&
           (part = ooxml_by_type(&docx->relations, type, part)))
        if (zip_lookup(docx->zip, part->target) != ZIP_NONE)
            status = read_body(docx, part->target, err);
    return status;
}

static enum status read_document(struct docx *docx, struct error *err)
{
    struct span main_part;
    enum status status =
        ooxml_main_part(docx->zip, "word/document.xml", &docx->arena, &main_part, err);

    if (!status)
        status = ooxml_relations(docx->zip, main_part, &docx->arena, &docx->relations, err);
    if (!status)
        status = read_styles(docx, err);
    if (!status)
        status = read_numbering(docx, err);
    if (status)
        return status;
    ooxml_metadata(docx->zip, docx->writer);
    status = read_boilerplate(docx, "header", err);
    if (!status)
        status = read_body(docx, main_part, err);
    if (!status && docx->note_count[DOCX_FOOTNOTES])
        status = read_side_part(docx, "footnotes", W_FOOTNOTE, err);
    if (!status && docx->note_count[DOCX_ENDNOTES])
        status = read_side_part(docx, "endnotes", W_ENDNOTE, err);
    if (!status)
        status = read_side_part(docx, "comments", W_COMMENT, err);
    if (!status)
        status = read_boilerplate(docx, "footer", err);
    return status;
}

static enum status docx_extract(const struct source *source, struct writer *writer,
                                struct error *err)
{
    CLEANUP(docx_release)
    struct docx docx = {
        .source = source,
        .writer = writer,
        .arena = ARENA_INIT(ARENA_BYTES_MAX),
        .styles = { .default_paragraph = DOCX_STYLE_NONE },
        .instruction = BUF_INIT(65536),
        .beside = BUF_INIT(65536),
    };
    enum status status = zip_open(source->bytes, &docx.zip, err);

    if (!status)
        status = read_document(&docx, err);
    if (!status && docx.failed)
        status = error_set(err, docx.failed, "out of memory");
    return status;
}

static int docx_bid(const struct bid_input *input)
{
    static const char type[] =
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

    return strcmp(input->media_type, type) == 0 ? 100 : 0;
}

const struct extractor docx_extractor = {
    .name = "docx",
    .version = 15,
    .bid = docx_bid,
    .extract = docx_extract,
};
