/*
 * typst.h - inside of typst.c: its calls, "#name(arguments)[content]", and where they end.
 */
#ifndef EXTRACTORS_TYPST_H
#define EXTRACTORS_TYPST_H

#include "extractors/text/markup.h"

#define TYPST_ARGUMENTS_MAX 2048u /* of a call; the last has the rest */

#define TYPST_NAMES_MAX 256u

struct typst {
    struct markup *markup;
    struct span names[TYPST_NAMES_MAX][2]; /* of "#let name = value", and what it shows */
    size_t name_count;
    unsigned depth;
    size_t work_bytes; /* looked through for the ends of calls, in all */
};

struct typst_call {
    struct span name;      /* "table.header" */
    struct span arguments; /* between the parentheses; empty: none */
    struct span content;   /* of the first "[...]" behind; data NULL: none */
    size_t length;         /* of all of it, with the "#" */
};

/* A character of a call's name. */
bool typst_is_name(char c);

/* Behind a string or raw text that begins at offset. */
size_t typst_skip_quoted(struct span text, size_t offset);

/* The offset of the bracket that closes the one at offset, or 0. In content an apostrophe or a
 * quote is a character; in code a string is skipped. */
size_t typst_closing(struct typst *typst, struct span text, size_t offset);

/* "#name(arguments)[content]..." at offset 0; also without the "#". false: there is none. */
bool typst_read_call(struct typst *typst, struct span text, struct typst_call *out);
bool typst_is_called(const struct typst_call *call, const char *name);

/* Collects what names stand for where that is plain: "#let name = ...", a string, a number or
 * content in brackets. */
void typst_collect_names(struct typst *typst, struct span text);
/* data NULL: nothing. */
struct span typst_lookup_name(const struct typst *typst, struct span name);

/* Arguments at the commas outside of brackets and strings; how many there are. */
size_t typst_split(struct typst *typst, struct span text, struct span out[TYPST_ARGUMENTS_MAX]);

/* The bytes of "name:" in front of a named argument, or 0. */
size_t typst_label_length(struct span argument);

/* What is inside of quotes. */
struct span typst_unquoted(struct span text);

#endif
