/*
 * pptx.c - PowerPoint presentations, with their macro, show and template variants: ECMA-376 part 1,
 * chapter 19.
 */
#include "extractors/office/pptx.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/common/description.h"
#include "extractors/extractors.h"
#include "extractors/office/ooxml_draw.h"

#define ARENA_BYTES_MAX ((size_t)64 << 20)
#define SLIDES_MAX      20000u
#define EMU_PER_POINT   12700.0f
#define GROUP_DEPTH_MAX 16u

const struct xml_name pptx_names[] = {
    { "sldId", XML_NS_P, P_SLIDE_ID },
    { "sldSz", XML_NS_P, P_SLIDE_SIZE },
    { "sld", XML_NS_P, P_SLIDE },
    { "spTree", XML_NS_P, P_TREE },
    { "sp", XML_NS_P, P_SHAPE },
    { "grpSp", XML_NS_P, P_GROUP },
    { "graphicFrame", XML_NS_P, P_FRAME },
    { "pic", XML_NS_P, P_PICTURE },
    { "cxnSp", XML_NS_P, P_CONNECTOR },
    { "ph", XML_NS_P, P_PH },
    { "cNvPr", XML_NS_P, P_NAME },
    { "txBody", XML_NS_P, P_BODY },
    { "txBody", XML_NS_A, P_BODY },
    { "txBody", XML_NS_CM, P_BODY },
    { "bodyStyle", XML_NS_P, P_BODY_STYLE },
    { "titleStyle", XML_NS_P, P_TITLE_STYLE },
    { "cm", XML_NS_P, P_COMMENT },
    { "cm", XML_NS_CM, P_COMMENT },
    { "reply", XML_NS_CM, P_COMMENT },
    { "text", XML_NS_P, P_COMMENT_TEXT },
    { "cmAuthor", XML_NS_P, P_COMMENT_AUTHOR },
    { "author", XML_NS_CM, P_COMMENT_AUTHOR },
    { "off", XML_NS_A, A_OFFSET },
    { "ext", XML_NS_A, A_EXTENT },
    { "lstStyle", XML_NS_A, A_LIST_STYLE },
    { "p", XML_NS_A, A_P },
    { "pPr", XML_NS_A, A_PPR },
    { "r", XML_NS_A, A_R },
    { "rPr", XML_NS_A, A_RPR },
    { "t", XML_NS_A, A_T },
    { "br", XML_NS_A, A_BREAK },
    { "fld", XML_NS_A, A_FIELD },
    { "hlinkClick", XML_NS_A, A_LINK },
    { "buNone", XML_NS_A, A_BULLET_NONE },
    { "buChar", XML_NS_A, A_BULLET_CHAR },
    { "buBlip", XML_NS_A, A_BULLET_PICTURE },
    { "buAutoNum", XML_NS_A, A_BULLET_NUMBER },
    { "tbl", XML_NS_A, A_TABLE },
    { "tblPr", XML_NS_A, A_TABLE_PR },
    { "tr", XML_NS_A, A_ROW },
    { "tc", XML_NS_A, A_CELL },
    { "lvl1pPr", XML_NS_A, A_LEVEL_1 },
    { "lvl2pPr", XML_NS_A, A_LEVEL_1 + 1 },
    { "lvl3pPr", XML_NS_A, A_LEVEL_1 + 2 },
    { "lvl4pPr", XML_NS_A, A_LEVEL_1 + 3 },
    { "lvl5pPr", XML_NS_A, A_LEVEL_1 + 4 },
    { "lvl6pPr", XML_NS_A, A_LEVEL_1 + 5 },
    { "lvl7pPr", XML_NS_A, A_LEVEL_1 + 6 },
    { "lvl8pPr", XML_NS_A, A_LEVEL_1 + 7 },
    { "lvl9pPr", XML_NS_A, A_LEVEL_9 },
    { "chart", XML_NS_C, PPTX_CHART },
    { "relIds", XML_NS_DGM, PPTX_DIAGRAM },
    { "Fallback", XML_NS_MC, PPTX_FALLBACK },
    { "oMath", XML_NS_M, PPTX_MATH },
    { "oMathPara", XML_NS_M, PPTX_MATH_PARA },
    { NULL, 0, 0 },
};

struct pptx {
    const struct source *source;
    struct writer *writer;
    struct zip *zip;
    struct arena arena;
    struct ooxml_relations relations; /* of the presentation */
    struct ooxml_relations slide_relations;
    struct pptx_layout *layouts[PPTX_LAYOUTS_MAX];
    unsigned layout_count;
    const struct pptx_layout *layout; /* of the slide at hand */
    struct span *slides;
    size_t slide_count, slide_capacity;
    int64_t width, height;
    struct span authors[64][2]; /* id, name */
    unsigned author_count;
    struct pptx_text text; /* of the slide at hand */
    struct buf hidden;
};

static void pptx_release(struct pptx *pptx)
{
    for (unsigned i = 0; i < pptx->layout_count; i++)
        free(pptx->layouts[i]);
    free(pptx->slides);
    buf_release(&pptx->hidden);
    zip_free(pptx->zip);
    arena_release(&pptx->arena);
}

static bool open_part(struct pptx *pptx, struct span name, struct buf *text, struct xml *xml)
{
    struct error problem = { .status = STATUS_OK };
    enum status status = zip_read_name(pptx->zip, name, text, &problem);

    if (status)
        writer_problem(pptx->writer, &problem);
    if (status && text->len == 0)
        return false;
    text->failed = STATUS_OK;
    return xml_open(xml, buf_span(text), pptx_names, NULL) == STATUS_OK;
}

static void close_part(struct pptx *pptx, struct xml *xml)
{
    struct error problem = { .status = STATUS_OK };

    if (xml_status(xml, &problem))
        writer_problem(pptx->writer, &problem);
    xml_release(xml);
}

/* ---- shapes ---- */

struct shape {
    struct xml *xml; /* at its start */
    struct pptx_shape what;
    unsigned tag;
};

struct shapes {
    struct shape *items;
    size_t count, capacity;
};

static void shapes_release(struct shapes *shapes)
{
    for (size_t i = 0; i < shapes->count; i++) {
        xml_release(shapes->items[i].xml);
        free(shapes->items[i].xml);
    }
    free(shapes->items);
}

static bool is_shape(unsigned tag)
{
    return tag == P_SHAPE || tag == P_GROUP || tag == P_FRAME || tag == P_PICTURE ||
           tag == P_CONNECTOR;
}

static void add_shape(struct pptx *pptx, struct xml *xml, struct shapes *shapes)
{
    struct shape shape = { .tag = xml->tag };

    if (shapes->count >= PPTX_SHAPES_MAX) {
        writer_partial(pptx->writer, "more than %u shapes on a slide", PPTX_SHAPES_MAX);
        xml_skip(xml);
        return;
    }
    shape.xml = malloc(sizeof(*shape.xml));
    if (!shape.xml || !array_reserve(&shapes->items, &shapes->capacity, shapes->count)) {
        free(shape.xml);
        writer_partial(pptx->writer, "out of memory");
        return;
    }
    xml_fork(xml, shape.xml);
    pptx_shape_read(xml, &shape.what);
    if (shape.what.is_placeholder)
        pptx_inherit(pptx->layout, &shape.what.placeholder);
    shapes->items[shapes->count++] = shape;
}

static void put_region(struct pptx *pptx, const struct pptx_box *box, uint32_t page)
{
    const struct span none = { "", 0 };
    float edges[4] = {
        (float)box->x / EMU_PER_POINT,
        (float)box->y / EMU_PER_POINT,
        (float)(box->x + box->width) / EMU_PER_POINT,
        (float)(box->y + box->height) / EMU_PER_POINT,
    };

    writer_region(pptx->writer, page, box->is_known ? edges : NULL, none);
}

static void put_alternative_text(struct pptx *pptx, struct xml *xml)
{
    unsigned depth = xml->depth;

    while (xml_within(xml, depth)) {
        if (xml->event != XML_START || xml->tag != P_NAME)
            continue;
        writer_block(pptx->writer, BLOCK_CAPTION, 0, picture_description(xml_attr(xml, "descr")));
    }
}

static void read_frame(struct pptx *pptx, struct xml *xml)
{
    unsigned depth = xml->depth;

    while (xml_within(xml, depth)) {
        const struct ooxml_relation *part;

        if (xml->event != XML_START)
            continue;
        if (xml->tag == A_TABLE) {
            pptx_table_read(&pptx->text, xml);
        } else if (xml->tag == PPTX_CHART || xml->tag == PPTX_DIAGRAM) {
            bool is_chart = xml->tag == PPTX_CHART;

            part = ooxml_by_id(&pptx->slide_relations,
                               xml_attr_in(xml, XML_NS_R, is_chart ? "id" : "dm"));
            if (part && is_chart)
                ooxml_chart(pptx->zip, part->target, true, pptx->writer);
            else if (part)
                ooxml_diagram(pptx->zip, part->target, pptx->writer);
        } else if (xml->tag == PPTX_FALLBACK) {
            xml_skip(xml);
        }
    }
}

static void read_tree(struct pptx *pptx, struct xml *xml, uint32_t page, unsigned depth_left,
                      const struct pptx_box *outer);

static void read_shape(struct pptx *pptx, struct shape *shape, uint32_t page, unsigned depth_left,
                       const struct pptx_box *outer)
{
    struct xml *xml = shape->xml;
    unsigned depth = xml->depth;
    const struct pptx_placeholder *placeholder = &shape->what.placeholder;

    if (placeholder->role == PPTX_FURNITURE && !pptx->source->keep_boilerplate)
        return;
    put_region(pptx, outer ? outer : &placeholder->box, page);
    switch (shape->tag) {
    case P_SHAPE:
    case P_CONNECTOR:
        while (xml_within(xml, depth))
            if (xml->event == XML_START && xml->tag == P_BODY)
                pptx_body_read(&pptx->text, xml, placeholder);
        break;
    case P_GROUP:
        if (depth_left > 0)
            read_tree(pptx, xml, page, depth_left - 1, &placeholder->box);
        break;
    case P_FRAME:
        read_frame(pptx, xml);
        break;
    default:
        put_alternative_text(pptx, xml);
    }
}

/* The title comes first wherever it stands. Shapes of a group are in the group's own measure. */
static void read_tree(struct pptx *pptx, struct xml *xml, uint32_t page, unsigned depth_left,
                      const struct pptx_box *outer)
{
    CLEANUP(shapes_release) struct shapes shapes = { .count = 0 };
    unsigned depth = xml->depth;
    struct pptx_box *boxes;
    uint32_t *order;

    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == PPTX_FALLBACK)
            xml_skip(xml);
        else if (is_shape(xml->tag))
            add_shape(pptx, xml, &shapes);
    }
    boxes = calloc(shapes.count + 1, sizeof(*boxes));
    order = calloc(shapes.count + 1, sizeof(*order));
    for (size_t i = 0; boxes && i < shapes.count; i++) {
        boxes[i] = shapes.items[i].what.placeholder.box;
        if (shapes.items[i].what.placeholder.role == PPTX_TITLE)
            boxes[i] = (struct pptx_box){ .y = INT32_MIN, .width = INT32_MAX, .height = 1 };
    }
    if (boxes && order)
        pptx_reading_order(boxes, order, shapes.count);
    for (size_t i = 0; boxes && order && i < shapes.count; i++)
        read_shape(pptx, &shapes.items[order[i]], page, depth_left, outer);
    free(boxes);
    free(order);
}

/* ---- slides ---- */

static const struct pptx_layout *find_layout(struct pptx *pptx, struct span part)
{
    struct pptx_layout *pair;

    for (unsigned i = 0; i < pptx->layout_count; i++)
        if (pptx->layouts[i]->part.len == part.len &&
            memcmp(pptx->layouts[i]->part.data, part.data, part.len) == 0)
            return pptx->layouts[i];
    if (pptx->layout_count == PPTX_LAYOUTS_MAX)
        return NULL;
    pair = calloc(2, sizeof(*pair)); /* the layout and its master */
    if (!pair)
        return NULL;
    pair->part = part;
    pptx_layout_read(pptx->zip, part, &pptx->arena, &pair[0], &pair[1]);
    pptx->layouts[pptx->layout_count++] = pair;
    return pair;
}

static void read_hidden(struct pptx *pptx, struct xml *xml)
{
    while (xml_next(xml)) {
        if (xml->event != XML_START || xml->tag != A_T)
            continue;
        buf_clear(&pptx->hidden);
        xml_collect(xml, &pptx->hidden);
        buf_append_char(&pptx->hidden, '\n');
        writer_hidden(pptx->writer, buf_span(&pptx->hidden));
    }
}

/* Speaker notes: the body of the notes page. */
static void read_notes(struct pptx *pptx, struct span part, uint32_t page)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    struct pptx_shape shape;
    struct xml xml, *ahead = malloc(sizeof(*ahead));

    if (ahead && open_part(pptx, part, &text, &xml)) {
        while (xml_next(&xml)) {
            if (xml.event != XML_START || xml.tag != P_SHAPE)
                continue;
            xml_fork(&xml, ahead);
            pptx_shape_read(&xml, &shape);
            if (shape.is_placeholder && shape.placeholder.role == PPTX_BODY) {
                unsigned depth = ahead->depth;

                writer_region(pptx->writer, page, NULL, (struct span){ "notes", 5 });
                while (xml_within(ahead, depth))
                    if (ahead->event == XML_START && ahead->tag == P_BODY)
                        pptx_body_read(&pptx->text, ahead, &shape.placeholder);
            }
            xml_release(ahead);
        }
        xml_release(&xml);
    }
    free(ahead);
}

static void read_authors(struct pptx *pptx, const char *type)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    const struct ooxml_relation *part = ooxml_by_type(&pptx->relations, type, NULL);
    struct xml xml;

    if (!part || !open_part(pptx, part->target, &text, &xml))
        return;
    while (xml_next(&xml)) {
        struct span id, name;

        if (xml.event != XML_START || xml.tag != P_COMMENT_AUTHOR || pptx->author_count == 64)
            continue;
        id = xml_attr_in(&xml, XML_NS_NONE, "id");
        name = xml_attr_in(&xml, XML_NS_NONE, "name");
        pptx->authors[pptx->author_count][0].data = arena_copy(&pptx->arena, id);
        pptx->authors[pptx->author_count][0].len = id.len;
        pptx->authors[pptx->author_count][1].data = arena_copy(&pptx->arena, name);
        pptx->authors[pptx->author_count][1].len = name.len;
        if (pptx->authors[pptx->author_count][0].data && pptx->authors[pptx->author_count][1].data)
            pptx->author_count++;
    }
    xml_release(&xml);
}

static void begin_comment(struct pptx *pptx, struct xml *xml)
{
    struct span id = xml_attr(xml, "authorId");

    writer_begin(pptx->writer, BLOCK_PARAGRAPH, 0);
    writer_flags(pptx->writer, BLOCK_COMMENT);
    for (unsigned i = 0; i < pptx->author_count; i++) {
        if (pptx->authors[i][0].len == id.len &&
            memcmp(pptx->authors[i][0].data, id.data, id.len) == 0) {
            writer_text(pptx->writer, pptx->authors[i][1]);
            writer_text(pptx->writer, (struct span){ ": ", 2 });
            return;
        }
    }
}

/* Modern comments hold their replies, and their own text behind them; older ones a text. */
static void read_comment(struct pptx *pptx, struct xml *xml, unsigned depth_left)
{
    unsigned depth = xml->depth;
    struct xml *replies = NULL;

    begin_comment(pptx, xml);
    while (xml_within(xml, depth)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == P_COMMENT_TEXT || xml->tag == A_T) {
            pptx_run_read(&pptx->text, xml, 0);
        } else if (xml->tag == A_P) {
            writer_text(pptx->writer, (struct span){ " ", 1 });
        } else if (xml->tag == P_COMMENT) {
            if (!replies && depth_left > 0 && (replies = malloc(sizeof(*replies))))
                xml_fork(xml, replies);
            xml_skip(xml);
        }
    }
    writer_end(pptx->writer);
    while (replies) {
        if (replies->event == XML_START && replies->tag == P_COMMENT)
            read_comment(pptx, replies, depth_left - 1);
        if (!xml_within(replies, depth)) {
            xml_release(replies);
            free(replies);
            replies = NULL;
        }
    }
}

static void read_comments(struct pptx *pptx, struct span part, uint32_t page)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    struct xml xml;

    if (pptx->author_count == 0) {
        read_authors(pptx, "commentAuthors");
        read_authors(pptx, "authors");
    }
    if (!open_part(pptx, part, &text, &xml))
        return;
    writer_region(pptx->writer, page, NULL, (struct span){ "comments", 8 });
    while (xml_next(&xml))
        if (xml.event == XML_START && xml.tag == P_COMMENT)
            read_comment(pptx, &xml, 4);
    xml_release(&xml);
}

static void read_slide_xml(struct pptx *pptx, struct xml *xml, uint32_t page)
{
    bool has_pictures = false;

    for (size_t i = 0; i < pptx->slide_relations.count; i++)
        has_pictures |= span_is(pptx->slide_relations.items[i].type, "image");
    writer_page(pptx->writer, (float)pptx->width / EMU_PER_POINT,
                (float)pptx->height / EMU_PER_POINT, has_pictures);
    while (xml_next(xml)) {
        if (xml->event != XML_START)
            continue;
        if (xml->tag == P_SLIDE && xml_attr(xml, "show").data && !xml_attr_is_on(xml, "show"))
            read_hidden(pptx, xml);
        else if (xml->tag == P_TREE)
            read_tree(pptx, xml, page, GROUP_DEPTH_MAX, NULL);
    }
}

static enum status read_slide(struct pptx *pptx, struct span part, uint32_t page, struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    const struct ooxml_relation *up, *notes, *comments = NULL;
    struct xml xml;
    enum status status =
        ooxml_relations(pptx->zip, part, &pptx->arena, &pptx->slide_relations, err);

    if (status)
        return status;
    up = ooxml_by_type(&pptx->slide_relations, "slideLayout", NULL);
    pptx->layout = up ? find_layout(pptx, up->target) : NULL;
    pptx->text.has_title = false;
    writer_headings_end(pptx->writer);
    if (!open_part(pptx, part, &text, &xml))
        return STATUS_OK;
    read_slide_xml(pptx, &xml, page);
    close_part(pptx, &xml);
    notes = ooxml_by_type(&pptx->slide_relations, "notesSlide", NULL);
    if (notes)
        read_notes(pptx, notes->target, page);
    while ((comments = ooxml_by_type(&pptx->slide_relations, "comments", comments)))
        read_comments(pptx, comments->target, page);
    return STATUS_OK;
}

/* ---- the presentation ---- */

static enum status read_presentation(struct pptx *pptx, struct span part, struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    struct xml xml;
    enum status status = zip_read_name(pptx->zip, part, &text, err);

    if (status && (status == STATUS_NO_MEMORY || text.len == 0))
        return status;
    status = xml_open(&xml, buf_span(&text), pptx_names, err);
    while (!status && xml_next(&xml)) {
        const struct ooxml_relation *slide;

        if (xml.event != XML_START)
            continue;
        if (xml.tag == P_SLIDE_SIZE) {
            pptx->width = xml_attr_number(&xml, "cx", 0);
            pptx->height = xml_attr_number(&xml, "cy", 0);
        }
        if (xml.tag != P_SLIDE_ID || pptx->slide_count >= SLIDES_MAX)
            continue;
        slide = ooxml_by_id(&pptx->relations, xml_attr_in(&xml, XML_NS_R, "id"));
        if (!slide)
            continue;
        if (!array_reserve(&pptx->slides, &pptx->slide_capacity, pptx->slide_count))
            status = error_set(err, STATUS_NO_MEMORY, "out of memory");
        else
            pptx->slides[pptx->slide_count++] = slide->target;
    }
    xml_release(&xml);
    return status;
}

static enum status read_document(struct pptx *pptx, struct error *err)
{
    struct span main_part;
    enum status status =
        ooxml_main_part(pptx->zip, "ppt/presentation.xml", &pptx->arena, &main_part, err);

    if (!status)
        status = ooxml_relations(pptx->zip, main_part, &pptx->arena, &pptx->relations, err);
    if (!status)
        status = read_presentation(pptx, main_part, err);
    if (status)
        return status;
    ooxml_metadata(pptx->zip, pptx->writer);
    for (size_t i = 0; !status && i < pptx->slide_count && !writer_is_full(pptx->writer); i++)
        status = read_slide(pptx, pptx->slides[i], (uint32_t)i + 1, err);
    return status;
}

static enum status pptx_extract(const struct source *source, struct writer *writer,
                                struct error *err)
{
    CLEANUP(pptx_release)
    struct pptx pptx = {
        .source = source,
        .writer = writer,
        .arena = ARENA_INIT(ARENA_BYTES_MAX),
        .hidden = BUF_INIT((size_t)1 << 20),
    };
    enum status status = zip_open(source->bytes, &pptx.zip, err);

    pptx.text = (struct pptx_text){ .writer = writer, .relations = &pptx.slide_relations };
    return status ? status : read_document(&pptx, err);
}

static int pptx_bid(const struct bid_input *input)
{
    static const char type[] =
        "application/vnd.openxmlformats-officedocument.presentationml.presentation";

    return strcmp(input->media_type, type) == 0 ? 100 : 0;
}

const struct extractor pptx_extractor = {
    .name = "pptx",
    .version = 9,
    .bid = pptx_bid,
    .extract = pptx_extract,
};
