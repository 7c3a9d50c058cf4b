/*
 * doc.h - inside of doc.c: what a Word 97 to 2003 file says about its paragraphs. [MS-DOC]
 */
#ifndef EXTRACTORS_DOC_H
#define EXTRACTORS_DOC_H

#include <stdint.h>

#include "base/buf.h"

#define DOC_STYLES_MAX  4096u
#define DOC_LEVELS      9u
#define DOC_LIST_UNSAID 0xFFFFu

enum doc_role { DOC_ROLE_NONE, DOC_ROLE_TITLE, DOC_ROLE_SUBTITLE, DOC_ROLE_CAPTION, DOC_ROLE_CODE };

struct doc_paragraph {
    uint32_t start, end; /* bytes of the main stream */
    uint16_t style;
    uint8_t outline; /* 0..8; 9: body text; 255: as its style says */
    uint8_t level;   /* of its list */
    uint16_t list;   /* 1-based; 0: none; DOC_LIST_UNSAID: as its style says */
    bool is_in_table, is_row_end;
};

struct doc_hidden { /* a run that is hidden or deleted */
    uint32_t start, end;
};

struct doc_style {
    uint8_t outline; /* 255: none */
    enum doc_role role;
    uint16_t base, list;
    uint8_t level;
    bool is_known;
};

struct doc_list {
    uint32_t id;
    uint8_t formats[DOC_LEVELS]; /* 23: bullet; 255: none; else numbers */
};

struct doc_properties {
    struct doc_paragraph *paragraphs; /* by start */
    size_t paragraph_count, paragraph_capacity;
    struct doc_hidden *hidden; /* by start */
    size_t hidden_count, hidden_capacity;
    struct doc_style styles[DOC_STYLES_MAX];
    size_t style_count;
    struct doc_list *lists;
    size_t list_count, list_capacity;
    uint32_t *overrides; /* id of the list of each \ilfo, from 1 */
    size_t override_count;
};

/* stream: WordDocument; table: 0Table or 1Table. What is broken is left out. False: out of
 * memory. */
bool doc_properties_read(struct span stream, struct span table, struct doc_properties *out);
void doc_properties_release(struct doc_properties *properties);

/* The paragraph whose end mark is at that byte; NULL: unknown. */
const struct doc_paragraph *doc_paragraph_at(const struct doc_properties *properties,
                                             uint32_t offset);
bool doc_is_hidden(const struct doc_properties *properties, uint32_t offset);
/* 255: no list. */
unsigned doc_list_format(const struct doc_properties *properties, unsigned list, unsigned level);

#endif
