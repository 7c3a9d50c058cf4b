#include "extractors/office/odf.h"

#include <string.h>

#include "base/cleanup.h"
#include "extractors/extractors.h"

#define ARENA_BYTES_MAX ((size_t)64 << 20)
#define META_BYTES_MAX  ((size_t)1 << 20)

const struct xml_name odf_names[] = {
    { "text", XML_NS_OFFICE, O_TEXT },
    { "spreadsheet", XML_NS_OFFICE, O_SPREADSHEET },
    { "presentation", XML_NS_OFFICE, O_PRESENTATION },
    { "drawing", XML_NS_OFFICE, O_DRAWING },
    { "styles", XML_NS_OFFICE, O_STYLES },
    { "automatic-styles", XML_NS_OFFICE, O_AUTOMATIC },
    { "master-styles", XML_NS_OFFICE, O_MASTER },
    { "annotation", XML_NS_OFFICE, O_ANNOTATION },
    { "h", XML_NS_TEXT, T_H },
    { "p", XML_NS_TEXT, T_P },
    { "list", XML_NS_TEXT, T_LIST },
    { "ordered-list", XML_NS_TEXT, T_LIST },
    { "unordered-list", XML_NS_TEXT, T_LIST },
    { "list-item", XML_NS_TEXT, T_LIST_ITEM },
    { "list-header", XML_NS_TEXT, T_LIST_HEADER },
    { "s", XML_NS_TEXT, T_SPACE },
    { "tab", XML_NS_TEXT, T_TAB },
    { "line-break", XML_NS_TEXT, T_BREAK },
    { "a", XML_NS_TEXT, T_A },
    { "note", XML_NS_TEXT, T_NOTE },
    { "note-citation", XML_NS_TEXT, T_CITATION },
    { "note-body", XML_NS_TEXT, T_NOTE_BODY },
    { "tracked-changes", XML_NS_TEXT, T_TRACKED },
    { "tracked-changes", XML_NS_TABLE, T_TRACKED },
    { "section", XML_NS_TEXT, T_SECTION },
    { "ruby-text", XML_NS_TEXT, T_RUBY_TEXT },
    { "span", XML_NS_TEXT, T_SPAN },
    { "list-style", XML_NS_TEXT, T_LIST_STYLE },
    { "list-level-style-number", XML_NS_TEXT, T_LEVEL_NUMBER },
    { "list-level-style-bullet", XML_NS_TEXT, T_LEVEL_BULLET },
    { "hidden-text", XML_NS_TEXT, T_SKIP },
    { "table", XML_NS_TABLE, TB_TABLE },
    { "table-row", XML_NS_TABLE, TB_ROW },
    { "table-cell", XML_NS_TABLE, TB_CELL },
    { "covered-table-cell", XML_NS_TABLE, TB_COVERED },
    { "table-header-rows", XML_NS_TABLE, TB_HEADER_ROWS },
    { "shapes", XML_NS_TABLE, TB_SHAPES },
    { "page", XML_NS_DRAW, D_PAGE },
    { "frame", XML_NS_DRAW, D_FRAME },
    { "object", XML_NS_DRAW, D_OBJECT },
    { "custom-shape", XML_NS_DRAW, D_SHAPE },
    { "rect", XML_NS_DRAW, D_SHAPE },
    { "ellipse", XML_NS_DRAW, D_SHAPE },
    { "circle", XML_NS_DRAW, D_SHAPE },
    { "polygon", XML_NS_DRAW, D_SHAPE },
    { "path", XML_NS_DRAW, D_SHAPE },
    { "connector", XML_NS_DRAW, D_SHAPE },
    { "caption", XML_NS_DRAW, D_SHAPE },
    { "g", XML_NS_DRAW, D_SHAPE },
    { "title", XML_NS_SVG, D_TITLE },
    { "desc", XML_NS_SVG, D_DESCRIPTION },
    { "notes", XML_NS_PRESENTATION, P_NOTES },
    { "style", XML_NS_STYLE, S_STYLE },
    { "text-properties", XML_NS_STYLE, S_TEXT_PR },
    { "table-properties", XML_NS_STYLE, S_TABLE_PR },
    { "drawing-page-properties", XML_NS_STYLE, S_PAGE_PR },
    { "creator", XML_NS_DC, DC_CREATOR },
    { "date", XML_NS_DC, DC_DATE },
    { NULL, 0, 0 },
};

static void odf_release(struct odf *odf)
{
    odf_styles_release(&odf->styles);
    zip_free(odf->zip);
    arena_release(&odf->arena);
}

/* ---- presentations ---- */

static void read_notes(struct odf *odf, struct xml *xml)
{
    static const struct odf_place nowhere = { .list = NULL };

    writer_region(odf->writer, odf->page, NULL, (struct span){ "notes", 5 });
    odf_read_blocks(odf, xml, xml->depth, &nowhere);
}

static void read_slide(struct odf *odf, struct xml *xml)
{
    static const struct odf_place nowhere = { .list = NULL };
    const struct span none = { "", 0 };
    struct xml notes;
    bool has_notes = false;
    unsigned depth = xml->depth;

    odf->page++;
    writer_page(odf->writer, 0, 0, false);
    writer_headings_end(odf->writer);
    writer_region(odf->writer, odf->page, NULL, none);
    xml_fork(xml, &notes);
    odf_read_blocks(odf, xml, depth, &nowhere);
    odf_end_code(odf);
    while (!has_notes && xml_within(&notes, depth))
        has_notes = notes.event == XML_START && notes.tag == P_NOTES;
    if (has_notes)
        read_notes(odf, &notes);
    xml_release(&notes);
}

void odf_read_presentation(struct odf *odf, struct xml *xml)
{
    unsigned depth = xml->depth;

    while (xml_within(xml, depth)) {
        const struct odf_style *style;

        if (xml->event != XML_START || xml->tag != D_PAGE)
            continue;
        style = odf_styles_lookup(&odf->styles, 'd', xml_attr(xml, "style-name"));
        if (style && style->is_hidden) {
            CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)1 << 20);

            odf->page++;
            xml_collect(xml, &text);
            writer_hidden(odf->writer, buf_span(&text));
        } else {
            read_slide(odf, xml);
        }
    }
}

/* ---- metadata ---- */

static void read_metadata(struct odf *odf, struct xml *xml)
{
    static const struct {
        const char *element, *name;
    } known[] = {
        { "title", "title" },       { "initial-creator", "author" },
        { "creator", "author" },    { "subject", "subject" },
        { "keyword", "keywords" },  { "description", "description" },
        { "language", "language" }, { "creation-date", "created" },
        { "date", "modified" },
    };
    CLEANUP(buf_release) struct buf value = BUF_INIT(65536);

    while (xml_next(xml)) {
        if (xml->event != XML_START ||
            (xml->ns != XML_NS_DC && xml->ns != XML_NS_META && !span_is(xml->name, "body")))
            continue;
        if (span_is(xml->name, "body"))
            return;
        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
            if (!span_is(xml->name, known[i].element))
                continue;
            buf_clear(&value);
            xml_collect(xml, &value);
            writer_metadata(odf->writer, known[i].name, buf_span(&value));
            break;
        }
    }
}

static void read_meta_part(struct odf *odf)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(META_BYTES_MAX);
    struct xml xml;

    if (zip_read_name(odf->zip, (struct span){ "meta.xml", 8 }, &text, NULL) ||
        xml_open(&xml, buf_span(&text), odf_names, NULL))
        return;
    read_metadata(odf, &xml);
    xml_release(&xml);
}

/* ---- the document ---- */

static enum status read_style_part(struct odf *odf, struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    struct xml xml;
    bool is_ok = true;

    if (zip_read_name(odf->zip, (struct span){ "styles.xml", 10 }, &text, NULL) ||
        xml_open(&xml, buf_span(&text), odf_names, NULL))
        return STATUS_OK;
    while (is_ok && xml_next(&xml))
        if (xml.event == XML_START && (xml.tag == O_STYLES || xml.tag == O_AUTOMATIC))
            is_ok = odf_styles_read(&xml, &odf->arena, &odf->styles);
    xml_release(&xml);
    return is_ok ? STATUS_OK : error_set(err, STATUS_NO_MEMORY, "out of memory");
}

static bool read_body(struct odf *odf, struct xml *xml)
{
    static const struct odf_place nowhere = { .list = NULL };

    switch (xml->tag) {
    case O_TEXT:
        odf_read_blocks(odf, xml, xml->depth, &nowhere);
        odf_end_code(odf);
        return true;
    case O_SPREADSHEET:
        odf_read_spreadsheet(odf, xml);
        return true;
    case O_PRESENTATION:
    case O_DRAWING:
        odf_read_presentation(odf, xml);
        return true;
    default:
        return false;
    }
}

/* Styles come before the body that uses them. */
static enum status read_content(struct odf *odf, struct span text, struct error *err)
{
    struct error problem = { .status = STATUS_OK };
    struct xml xml;
    bool is_ok = true, has_body = false;
    enum status status = xml_open(&xml, text, odf_names, err);

    if (status)
        return status;
    while (is_ok && xml_next(&xml)) {
        if (xml.event != XML_START)
            continue;
        if (xml.tag == O_STYLES || xml.tag == O_AUTOMATIC) {
            is_ok = odf_styles_read(&xml, &odf->arena, &odf->styles);
        } else if (xml.tag == O_TEXT || xml.tag == O_SPREADSHEET || xml.tag == O_PRESENTATION ||
                   xml.tag == O_DRAWING) {
            is_ok = odf_styles_resolve(&odf->styles);
            has_body = is_ok && read_body(odf, &xml);
            break;
        }
    }
    while (has_body && xml_next(&xml))
        ;
    if (xml_status(&xml, &problem) && has_body)
        writer_problem(odf->writer, &problem);
    xml_release(&xml);
    if (!is_ok || odf->failed)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    if (!has_body)
        return error_set(err, STATUS_MALFORMED, "no body of a text, sheet or presentation");
    return STATUS_OK;
}

static bool is_encrypted(struct odf *odf)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(META_BYTES_MAX);

    if (zip_read_name(odf->zip, (struct span){ "META-INF/manifest.xml", 21 }, &text, NULL))
        return false;
    return memmem(text.data, text.len, "encryption-data", 15) != NULL;
}

static enum status read_package(struct odf *odf, struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(ZIP_PART_BYTES_MAX);
    struct error problem = { .status = STATUS_OK };
    enum status status =
        zip_read_name(odf->zip, (struct span){ "content.xml", 11 }, &text, &problem);

    if ((status || text.len == 0 || text.data[0] != '<') && is_encrypted(odf))
        return error_set(err, STATUS_UNSUPPORTED, "encrypted document");
    if (status && (status == STATUS_NO_MEMORY || text.len == 0)) {
        if (err)
            *err = problem;
        return status;
    }
    if (status)
        writer_problem(odf->writer, &problem);
    status = read_style_part(odf, err);
    if (status)
        return status;
    read_meta_part(odf);
    return read_content(odf, buf_span(&text), err);
}

/* A flat document is all parts in one. */
static enum status read_flat(struct odf *odf, struct error *err)
{
    struct xml xml;
    enum status status = xml_open(&xml, odf->source->bytes, odf_names, err);

    if (status)
        return status;
    read_metadata(odf, &xml);
    xml_release(&xml);
    return read_content(odf, odf->source->bytes, err);
}

static enum status odf_extract(const struct source *source, struct writer *writer,
                               struct error *err)
{
    CLEANUP(odf_release)
    struct odf odf = {
        .source = source,
        .writer = writer,
        .arena = ARENA_INIT(ARENA_BYTES_MAX),
    };
    enum status status;

    if (source->bytes.len < 2 || memcmp(source->bytes.data, "PK", 2) != 0)
        return read_flat(&odf, err);
    status = zip_open(source->bytes, &odf.zip, err);
    return status ? status : read_package(&odf, err);
}

static int odf_bid(const struct bid_input *input)
{
    static const char package[] = "application/vnd.oasis.opendocument.";
    static const char flat[] = "urn:oasis:names:tc:opendocument:xmlns:office:1.0";

    if (strncmp(input->media_type, package, sizeof(package) - 1) == 0)
        return 100;
    if (input->head.len > 5 && memcmp(input->head.data, "<?xml", 5) == 0 &&
        memmem(input->head.data, input->head.len < 8192 ? input->head.len : 8192, flat,
               sizeof(flat) - 1))
        return 95;
    return 0;
}

const struct extractor odf_extractor = {
    .name = "odf",
    .version = 16,
    .bid = odf_bid,
    .extract = odf_extract,
};
