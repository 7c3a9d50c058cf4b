/*
 * roff.h - manual pages as far as they share one language: requests, macros, strings, conditions
 * and escapes of roff (groff(7)), and tables of tbl(1). man.c and mdoc.c give the macros meaning.
 *
 * Nothing is typeset: sizes and motions are dropped, fonts are told as emphasis. Conditions are
 * decided as nroff would for a terminal. Macros that a page defines are expanded, up to a limit of
 * depth and bytes.
 */
#ifndef EXTRACTORS_ROFF_H
#define EXTRACTORS_ROFF_H

#include "base/cleanup.h"
#include "extractors/text/markup.h"

#define ROFF_ARGUMENTS_MAX 64u
/* The last of so many is the rest of the line; there is room for the name of another macro. */
#define ROFF_ARGUMENTS_SPLIT (ROFF_ARGUMENTS_MAX - 1)
#define ROFF_DEFINES_MAX     256u
#define ROFF_REGISTERS_MAX   64u
#define ROFF_NESTING_MAX     32u

/* In pending text: a line break, and a link's target and words. No input holds these characters. */
#define ROFF_BREAK       '\x01'
#define ROFF_LINK_TARGET '\x02'
#define ROFF_LINK_WORDS  '\x03'
#define ROFF_LINK_END    '\x04'
#define ROFF_NO_BREAK    '\x05' /* a space that no list mark ends at; written as a space */
/* How what follows looks: this, and the bits below. A piece of text that looks like anything ends
 * with the mark for nothing. */
#define ROFF_LOOKS       '\x0e'
#define ROFF_LOOKS_COUNT 8u
enum roff_look { ROFF_BOLD = 1, ROFF_ITALIC = 2, ROFF_CODE = 4 };

struct roff_define {
    struct buf name, value;
    bool is_macro;
};

struct roff_register {
    char name[16];
    long value, step;
};

struct roff_arguments {
    struct span words[ROFF_ARGUMENTS_MAX]; /* raw: escapes in them are not resolved */
    size_t count;
};

#define ROFF_TURNED_MAX 8u

struct roff {
    struct markup *markup;
    struct span input; /* what is read now: the page, or what a macro stands for */
    size_t at;
    struct roff_define defines[ROFF_DEFINES_MAX];
    size_t define_count;
    struct roff_register registers[ROFF_REGISTERS_MAX];
    size_t register_count;
    char turned[ROFF_TURNED_MAX][2]; /* names of characters that .tr shows as others */
    char turned_to[ROFF_TURNED_MAX];
    size_t turned_count;
    bool conditions[ROFF_NESTING_MAX]; /* of each open .ie */
    unsigned condition_count;
    unsigned depth;        /* of macros in macros */
    size_t expanded_bytes; /* that all macros together stood for */

    unsigned font, font_before; /* bits of enum roff_look, as \f and .ft say; \fP goes back */
    bool tells_looks;

    bool is_verbatim; /* between .nf and .fi */
    struct buf code;  /* its lines */
    bool is_joined;   /* \c: what follows is glued to what was */

    /* Takes a macro, or a line of text; set by the page's kind. */
    void (*macro)(struct roff *roff, struct span name, const struct roff_arguments *arguments);
    void (*text)(struct roff *roff, struct span line);
    void *user;
};

/* Goes through all lines of the page. */
void roff_run(struct roff *roff);
void roff_release(struct roff *roff);

/* Appends what a reader sees of raw; true where it ends in \c. */
bool roff_resolve(struct roff *roff, struct span raw, struct buf *out);
/* The same, with marks of how its words look, for what is written as a block's words. */
bool roff_resolve_looks(struct roff *roff, struct span raw, struct buf *out);
/* Appends resolved words, all of which look so. */
void roff_append_looking(struct buf *out, unsigned looks, struct span words);
/* Takes the marks of looks out of what was appended since start. */
void roff_drop_looks(struct buf *out, size_t start);
/* What \f or .ft says of the font of that name. */
void roff_set_font(struct roff *roff, struct span name);
/* The character of "\(em" and "\[u2014]" as UTF-8; empty when unknown. utf8: at least 8 bytes. */
struct span roff_character(struct span name, char utf8[8]);
/* The value of a string or macro of that name, or NULL. */
const struct roff_define *roff_lookup(const struct roff *roff, struct span name);
/* Counts what a string or macro stands for; false: too much in all. */
bool roff_spend(struct roff *roff, size_t bytes);
/* The value of a number register, 0 when unknown; step '+' or '-' changes it first, 0 does not. */
long roff_register(struct roff *roff, struct span name, char step);
/* Splits at spaces; "two words" are one. */
void roff_split(struct span line, struct roff_arguments *out);

/* Adds resolved text to the pending block, or to the lines between .nf and .fi. */
void roff_add(struct roff *roff, struct span resolved);
/* Writes the lines between .nf and .fi as code, and ends the pending block. */
void roff_flush(struct roff *roff);

/* The lines up to ".TE", taken and written as a table. */
void roff_table(struct roff *roff);
/* The lines up to one that is the request of that name, which is taken too. */
struct span roff_until(struct roff *roff, const char *name);

bool roff_is(struct span name, const char *macro);

#endif
