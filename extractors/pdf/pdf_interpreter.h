/*
 * pdf_interpreter.h - what pdf_content.c and pdf_text_operators.c share: the state of a page whose
 * drawing operators are being run. Nobody else includes it.
 */
#ifndef EXTRACTORS_PDF_INTERPRETER_H
#define EXTRACTORS_PDF_INTERPRETER_H

#include "extractors/pdf/pdf_content.h"
#include "extractors/pdf/pdf_path.h"
#include "extractors/pdf/pdf_show.h"

#define PDF_OPERANDS_MAX 33u /* DeviceN has up to 32 colours, and a pattern's name */
#define PDF_STATES_MAX   64u

/* An operator's letters as a number. */
#define PDF_OPERATOR(a, b, c) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16)
#define PDF_KEY(text)         ((struct span){ (text), sizeof(text) - 1 })

/* How the numbers of a colour are meant. */
enum pdf_colours {
    PDF_COLOURS_BY_COUNT, /* one: gray, three: red, green, blue, four: inks */
    PDF_COLOURS_TINTS,    /* of inks, 1 is full */
    PDF_COLOURS_LIGHTNESS,
    PDF_COLOURS_UNKNOWN,
};

struct pdf_ink {
    double gray, alpha; /* 0 to 255, 0 to 1 */
    enum pdf_colours colours;
    uint32_t colour; /* of the numbers that it was set with: a hash */
};

struct pdf_state {
    struct pdf_matrix matrix;
    float clip[4];
    struct pdf_ink fill, stroke;
    double line_width;
    struct pdf_text_state text;
};

struct pdf_interpreter {
    struct pdf_objects *objects;
    struct pdf_paints *paints;
    struct pdf_path path;
    struct pdf_state states[PDF_STATES_MAX];
    size_t depth;   /* of states */
    size_t ignored; /* q beyond them */
    double operands[PDF_OPERANDS_MAX];
    size_t operand_count;
    struct span name;      /* the last one */
    struct span tag;       /* the name before it */
    struct span composite; /* the last string, array or dictionary */
    bool has_name, has_tag, has_marks, is_clipping;
    struct pdf_shower shower;
    size_t marks_floor;    /* the form that runs was entered with so many */
    struct span resources; /* of the page or form, a dictionary */
    unsigned form_depth;
    size_t work_bytes;
    bool failed;
};

static inline struct pdf_state *pdf_state_now(struct pdf_interpreter *in)
{
    return &in->states[in->depth];
}

/* Lookups are counted: a hostile page may ask a large dictionary again and again. */
struct span pdf_resource_find(struct pdf_interpreter *in, struct span category, struct span name);

/* Runs the operators of text and of marked content; false: it is none of them. */
bool pdf_text_operator(struct pdf_interpreter *in, uint32_t code);

#endif
