/*
 * docx.h - inside of docx.c: what a DOCX says once about its paragraphs: styles and numbering.
 */
#ifndef EXTRACTORS_DOCX_H
#define EXTRACTORS_DOCX_H

#include <stdint.h>

#include "base/arena.h"
#include "extractors/common/looks.h"
#include "extractors/common/xml.h"

#define DOCX_LEVELS       9u
#define DOCX_OUTLINE_NONE 255u
#define DOCX_STYLE_NONE   SIZE_MAX
#define DOCX_NUMBER_NONE  (-1)
#define DOCX_INDENT_NONE  INT32_MIN
#define DOCX_NESTING_MAX  16u

enum docx_role {
    DOCX_ROLE_NONE,
    DOCX_ROLE_TITLE,
    DOCX_ROLE_SUBTITLE,
    DOCX_ROLE_CODE,
    DOCX_ROLE_QUOTE,
    DOCX_ROLE_CAPTION,
};

struct docx_style {
    struct span id, name, based_on;
    enum docx_role role; /* by its name, or that of a style it is based on */
    uint8_t outline;     /* 0..8: heading level less one; DOCX_OUTLINE_NONE: body text */
    bool has_outline;    /* it says so itself */
    int32_t number;      /* list, DOCX_NUMBER_NONE: does not say; 0: none */
    int8_t number_level; /* -1: does not say */
    int32_t indent;      /* twips; DOCX_INDENT_NONE: does not say */
    struct looks looks;
    bool is_hidden, is_mono;
    bool is_resolved;
};

struct docx_styles {
    struct docx_style *items;
    size_t count, capacity;
    uint32_t *slots; /* open addressing over ids: index + 1 */
    size_t slot_count;
    size_t default_paragraph; /* DOCX_STYLE_NONE: none */
};

enum docx_format {
    DOCX_FORMAT_DECIMAL,
    DOCX_FORMAT_BULLET,
    DOCX_FORMAT_NONE,
    DOCX_FORMAT_LOWER_LETTER,
    DOCX_FORMAT_UPPER_LETTER,
    DOCX_FORMAT_LOWER_ROMAN,
    DOCX_FORMAT_UPPER_ROMAN,
    DOCX_FORMAT_ORDINAL,    /* 1st */
    DOCX_FORMAT_TWO_DIGITS, /* 01 */
};

struct docx_level {
    enum docx_format format;
    int32_t start;
    struct span text; /* "%1.%2." */
    int32_t indent;   /* of its items: twips; DOCX_INDENT_NONE: does not say */
    bool is_legal;    /* all numbers as decimals */
    bool has_restart; /* it says itself, in restart, below which level it begins anew */
    uint8_t restart;  /* 0: never */
};

struct docx_list { /* an abstract numbering, with its running counters */
    int32_t id;
    struct span style_link; /* a numbering style that stands in its place */
    struct docx_level levels[DOCX_LEVELS];
    int32_t counters[DOCX_LEVELS];
    bool is_started[DOCX_LEVELS];
};

struct docx_number { /* what w:numId names: a list, perhaps started anew */
    int32_t id;
    int32_t list_id;
    int32_t restart[DOCX_LEVELS];               /* -1: no */
    const struct docx_level *anew[DOCX_LEVELS]; /* levels that it says itself; NULL: as the list */
    bool is_used;
};

struct docx_numbering {
    struct docx_list *lists;
    size_t list_count, list_capacity;
    struct docx_number *numbers;
    size_t number_count, number_capacity;
    size_t list_found, number_found; /* last: most paragraphs ask for the same again */
};

/* Texts are in arena. STATUS_NO_MEMORY, STATUS_LIMIT; broken parts give what can be read. */
NODISCARD enum status docx_styles_read(struct span part, struct arena *arena,
                                       struct docx_styles *out, struct error *err);
void docx_styles_release(struct docx_styles *styles);
/* NULL: unknown. */
const struct docx_style *docx_styles_lookup(const struct docx_styles *styles, struct span id);

NODISCARD enum status docx_numbering_read(struct span part, struct arena *arena,
                                          struct docx_numbering *out, struct error *err);
void docx_numbering_release(struct docx_numbering *numbering);

struct docx_item {
    bool is_list; /* false: no such list, or one without any mark */
    bool is_ordered;
    bool is_plain;   /* its mark is one number: "3.", "(3)"; not "c)", "2.1", "Article 3" */
    char mark[64];   /* as shown: "2.1."; "" for bullets */
    char number[16]; /* its place in the list, in digits */
    int32_t indent;  /* as its level says: twips; DOCX_INDENT_NONE: it does not */
};

/* [MS-OSHARED] 2.2.1.3 MSONFC: how DOC and RTF say it. */
enum docx_format docx_format_of(unsigned code);

/* Appends a number as lists show it: "iv", "c". */
void docx_append_count(struct buf *out, enum docx_format format, int32_t value);

/* Counts one paragraph of the list with that id and level (0..8) and says how it is marked. */
void docx_numbering_count(struct docx_numbering *numbering, const struct docx_styles *styles,
                          int32_t id, unsigned level, struct docx_item *out);

/* An item of the list at hand, with the ones above that it may be an item of. */
struct docx_nested {
    int32_t number, indent; /* twips */
    unsigned said;          /* its level in its own list, from 0 */
    unsigned level;         /* the one it is shown at, 1-based */
};

struct docx_nesting {
    struct docx_nested above[DOCX_NESTING_MAX]; /* each further in than the one before */
    unsigned count;                             /* 0: no list is open */
};

/* The level (1-based) of the next item of the list that is open. Levels are what items say, but
 * for those of another list, or of the same level, that begin further in than an item above:
 * many a writer makes inner lists so. number, said: of numbering.xml; indent: in twips. */
unsigned docx_nest(struct docx_nesting *nesting, int32_t number, unsigned said, int32_t indent);

/* What an element ind says, at whose start xml is: twips, DOCX_INDENT_NONE. */
int32_t docx_read_indent(struct xml *xml);

/* What an element b, i, strike, dstrike or vertAlign says, at whose start xml is. */
void docx_read_look(struct xml *xml, struct looks *looks);

/* A paragraph's or run's font, when it is one of fixed width. */
bool docx_is_mono(struct span font);

#endif
