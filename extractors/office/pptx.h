/*
 * pptx.h - what the files of PowerPoint presentations share. For extractors/office/pptx*.c only.
 *
 *   pptx.c         the presentation: slides, their shapes, notes and comments
 *   pptx_layout.c  what slides inherit from their layout and master, and where shapes stand
 *   pptx_text.c    what shapes say: paragraphs, lists, tables
 */
#ifndef EXTRACTORS_PPTX_H
#define EXTRACTORS_PPTX_H

#include <stdint.h>

#include "extractors/office/ooxml.h"

#define PPTX_LEVELS           9u
#define PPTX_PLACEHOLDERS_MAX 64u
#define PPTX_LAYOUTS_MAX      256u
#define PPTX_SHAPES_MAX       4096u /* of one slide or group */

enum pptx_tag {
    P_SLIDE_ID = 1,
    P_SLIDE_SIZE,
    P_SLIDE,
    P_TREE,
    P_SHAPE,
    P_GROUP,
    P_FRAME,
    P_PICTURE,
    P_CONNECTOR,
    P_PH,
    P_NAME, /* cNvPr */
    P_BODY, /* txBody, also of table cells */
    P_BODY_STYLE,
    P_TITLE_STYLE,
    P_COMMENT,
    P_COMMENT_TEXT,
    P_COMMENT_AUTHOR,
    A_OFFSET,
    A_EXTENT,
    A_LIST_STYLE,
    A_P,
    A_PPR,
    A_R,
    A_RPR,
    A_T,
    A_BREAK,
    A_FIELD,
    A_LINK,
    A_BULLET_NONE,
    A_BULLET_CHAR,
    A_BULLET_PICTURE,
    A_BULLET_NUMBER,
    A_TABLE,
    A_TABLE_PR,
    A_ROW,
    A_CELL,
    A_LEVEL_1, /* and the eight behind it: lvl1pPr ... lvl9pPr */
    A_LEVEL_9 = A_LEVEL_1 + 8,
    PPTX_CHART,
    PPTX_DIAGRAM,
    PPTX_FALLBACK,
    PPTX_MATH,
    PPTX_MATH_PARA,
};

extern const struct xml_name pptx_names[];

enum pptx_role {
    PPTX_PLAIN, /* no placeholder */
    PPTX_TITLE,
    PPTX_SUBTITLE,
    PPTX_BODY,
    PPTX_FURNITURE, /* date, footer, slide number */
    PPTX_OTHER,
};

enum pptx_bullet { PPTX_BULLET_UNSAID, PPTX_BULLET_NONE, PPTX_BULLET_MARK, PPTX_BULLET_NUMBER };

struct pptx_box {
    int64_t x, y, width, height; /* EMU: 12700 a point */
    bool is_known;
};

struct pptx_placeholder {
    enum pptx_role role;
    long index;
    struct pptx_box box;
    uint8_t bullets[PPTX_LEVELS]; /* enum pptx_bullet */
};

struct pptx_layout {
    struct span part;
    struct pptx_placeholder placeholders[PPTX_PLACEHOLDERS_MAX];
    unsigned placeholder_count;
    uint8_t body_bullets[PPTX_LEVELS]; /* of the master's style for bodies */
    const struct pptx_layout *master;
};

/* Reads a layout and its master. What is missing says nothing. */
void pptx_layout_read(struct zip *zip, struct span part, struct arena *arena,
                      struct pptx_layout *layout, struct pptx_layout *master);

/* What the placeholder says together with those it is made after. */
void pptx_inherit(const struct pptx_layout *layout, struct pptx_placeholder *placeholder);

/* xml stands at the start of a shape and is moved to its end: where the shape is, and as which
 * placeholder. has_picture, alt: as found. */
struct pptx_shape {
    struct pptx_placeholder placeholder;
    bool is_placeholder;
};
void pptx_shape_read(struct xml *xml, struct pptx_shape *out);

/* Reads the bullets of lvl1pPr to lvl9pPr below the element that just started. */
void pptx_bullets_read(struct xml *xml, uint8_t bullets[PPTX_LEVELS]);
enum pptx_bullet pptx_bullet_of(unsigned tag);

/* What the rPr at whose start xml is says of its words: bits of enum emphasis_kind. */
unsigned pptx_looks_read(struct xml *xml);

/* What is said of a slide goes to writer. */
struct pptx_text {
    struct writer *writer;
    const struct ooxml_relations *relations; /* of the slide at hand */
    bool has_title;                          /* it has one already */
    bool is_in_cell;                         /* paragraphs of a table cell */
};

/* Each of them reads the element that just started up to its end. looks: bits of
 * enum emphasis_kind. */
void pptx_run_read(struct pptx_text *text, struct xml *xml, unsigned looks);
void pptx_body_read(struct pptx_text *text, struct xml *xml,
                    const struct pptx_placeholder *placeholder);
void pptx_table_read(struct pptx_text *text, struct xml *xml);

/* Puts indices 0..count-1 of boxes into reading order: what a horizontal gap divides from top to
 * bottom, then what a vertical gap divides from left to right. */
void pptx_reading_order(const struct pptx_box *boxes, uint32_t *order, size_t count);

#endif
