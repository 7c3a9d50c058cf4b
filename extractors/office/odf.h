/*
 * odf.h - inside of odf.c: OpenDocument texts, sheets and presentations. OASIS OpenDocument 1.3,
 * part 3.
 *
 *   odf.c         the package, metadata, which body it is
 *   odf_text.c    blocks and what stands in them, for all three
 *   odf_sheet.c   spreadsheets
 *   odf_styles.c  styles and list styles
 */
#ifndef EXTRACTORS_ODF_H
#define EXTRACTORS_ODF_H

#include <stdint.h>

#include "base/arena.h"
#include "extractors/common/looks.h"
#include "extractors/common/xml.h"
#include "extractors/container/zip.h"
#include "ingest/extractor.h"

#define ODF_LEVELS      10u
#define ODF_COLUMNS_MAX 256u

enum odf_tag {
    O_TEXT = 1,
    O_SPREADSHEET,
    O_PRESENTATION,
    O_DRAWING,
    O_STYLES,
    O_AUTOMATIC,
    O_MASTER,
    O_ANNOTATION,
    T_H,
    T_P,
    T_LIST,
    T_LIST_ITEM,
    T_LIST_HEADER,
    T_SPACE,
    T_TAB,
    T_BREAK,
    T_A,
    T_NOTE,
    T_CITATION,
    T_NOTE_BODY,
    T_TRACKED,
    T_SECTION,
    T_RUBY_TEXT,
    T_SPAN,
    T_LIST_STYLE,
    T_LEVEL_NUMBER,
    T_LEVEL_BULLET,
    T_SKIP, /* numbers of pages, marks of changes: fields that are no text of the document */
    TB_TABLE,
    TB_ROW,
    TB_CELL,
    TB_COVERED,
    TB_HEADER_ROWS,
    TB_SHAPES,
    D_PAGE,
    D_FRAME,
    D_OBJECT,
    D_SHAPE, /* drawn, with paragraphs in it; or a group of such */
    D_TITLE,
    D_DESCRIPTION,
    P_NOTES,
    S_STYLE,
    S_TEXT_PR,
    S_TABLE_PR,
    S_PAGE_PR,
    DC_CREATOR,
    DC_DATE,
};

extern const struct xml_name odf_names[];

enum odf_role {
    ODF_ROLE_NONE,
    ODF_ROLE_TITLE,
    ODF_ROLE_SUBTITLE,
    ODF_ROLE_CODE,
    ODF_ROLE_QUOTE,
    ODF_ROLE_CAPTION,
};

struct odf_style {
    struct span name, parent, list;
    uint8_t family; /* first letter: paragraph, text, Table, drawing-page ... */
    enum odf_role role;
    uint8_t outline; /* 1..10; 0: none */
    struct looks looks;
    bool is_hidden, is_resolved;
    bool is_automatic; /* made for one place: what a person set there */
};

struct odf_list_style {
    struct span name;
    bool is_ordered[ODF_LEVELS];
    bool is_unmarked[ODF_LEVELS];
    int32_t start[ODF_LEVELS];
};

struct odf_styles {
    struct odf_style *items;
    size_t count, capacity;
    struct odf_list_style *lists;
    size_t list_count, list_capacity;
    uint32_t *slots;
    size_t slot_count;
};

struct odf {
    const struct source *source;
    struct writer *writer;
    struct zip *zip; /* NULL: a flat document */
    struct arena arena;
    struct odf_styles styles;
    uint32_t page;
    uint32_t note_count;
    unsigned table_depth, frame_depth;
    bool is_in_code, has_title;
    bool is_spreadsheet; /* the data of its charts are cells */
    enum status failed;
};

/* Where blocks stand. */
struct odf_place {
    const struct odf_list_style *list; /* NULL: none */
    unsigned list_level;               /* 0: not in a list */
    long *number;                      /* of the list at hand */
    bool is_in_item;                   /* directly inside a list item */
    bool *is_item_begun;
    bool is_title; /* of a slide: each paragraph is one heading */
};

/* Adds the styles of a part. False: out of memory. */
bool odf_styles_read(struct xml *xml, struct arena *arena, struct odf_styles *styles);
/* Resolves what styles inherit; call it once all parts were read. */
bool odf_styles_resolve(struct odf_styles *styles);
const struct odf_style *odf_styles_lookup(const struct odf_styles *styles, char family,
                                          struct span name);
const struct odf_list_style *odf_styles_list(const struct odf_styles *styles, struct span name);
void odf_styles_release(struct odf_styles *styles);

/* Reads blocks until the element at depth ends. */
void odf_read_blocks(struct odf *odf, struct xml *xml, unsigned depth,
                     const struct odf_place *place);
void odf_end_code(struct odf *odf);
void odf_read_annotation(struct odf *odf, struct xml *xml);
/* The same, appended: "Eve: Who counted these?" */
void odf_collect_annotation(struct xml *xml, struct buf *out);
/* Appends the text of an element as shown: spaces and tabs, no notes and annotations. */
void odf_collect(struct xml *xml, struct buf *out);
/* The same; target: appended to, where the first link in it leads, if it is empty. */
void odf_collect_linked(struct xml *xml, struct buf *out, struct buf *target);

/* A box, a picture or an object; xml stands at its start. */
void odf_read_frame(struct odf *odf, struct xml *xml, const struct odf_place *place);
/* The title of a chart and with_data what it shows; nothing, if bytes are no chart. */
void odf_read_chart(struct odf *odf, struct span bytes, bool with_data);

void odf_read_spreadsheet(struct odf *odf, struct xml *xml);
void odf_read_presentation(struct odf *odf, struct xml *xml);

#endif
