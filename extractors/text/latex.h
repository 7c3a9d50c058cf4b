/*
 * latex.h - what the files of LaTeX share. For extractors/text/latex*.c only.
 *
 *   latex.c              commands and what stands between them
 *   latex_environment.c  "\begin{name} ... \end{name}": lists, tables, code, formulas, statements
 *   latex_macros.c       arguments, and commands that a text defines itself
 *   latex_characters.c   characters that commands stand for, accents
 *   latex_looks.c        how words in braces look
 */
#ifndef EXTRACTORS_LATEX_H
#define EXTRACTORS_LATEX_H

#include "base/buf.h"
#include "extractors/text/latex_looks.h"
#include "ingest/extractor.h"

#define LATEX_MACROS_MAX         512u
#define LATEX_EXPANDED_BYTES_MAX ((size_t)4 << 20) /* of all expansions together */

/* What stands for one character or a few: "ldots", "ss"; NULL: another command. */
const char *latex_symbol(struct span name);
/* An accent and its letter behind a backslash, at offset at: \"a, \'{e}, \c{c}, \v s. Writes the
 * letter with its accent, ended by a NUL; returns its bytes in text, 0: it is none. */
size_t latex_accent(struct span text, size_t at, char utf8[8]);

struct latex_macro {
    struct span name, body; /* lent by the text */
    struct span preset;     /* of an optional first argument; data NULL: it has none */
    unsigned argument_count;
};

struct latex_macros {
    struct latex_macro items[LATEX_MACROS_MAX];
    size_t count, expanded_bytes;
};

/* Collects \newcommand, \renewcommand, \providecommand and \def from text, and
 * \newtheorem{name}{Title} as a macro of that name. */
void latex_macros_collect(struct latex_macros *macros, struct span text);
/* NULL: none. */
const struct latex_macro *latex_macros_lookup(const struct latex_macros *macros, struct span name);
/* Appends what the command stands for, its arguments at offset at of text put in; returns the
 * offset behind these. Past the limit nothing is appended. */
size_t latex_macros_expand(struct latex_macros *macros, const struct latex_macro *macro,
                           struct span text, size_t at, struct buf *out);

/* The argument in brackets that opens at offset; *end is behind it. Empty when there is none. */
struct span latex_argument(struct span text, size_t offset, char open, char close, size_t *end);
/* The bytes of the definition at offset at, of which a backslash and its name were read; 0: it is
 * none. */
size_t latex_definition_length(struct span text, size_t at, struct span name,
                               struct latex_macro *out);

struct latex {
    struct span text;
    const struct source *source;
    struct writer *writer;
    struct latex_looks looks;
    struct latex_macros macros; /* that the text defines */
    unsigned depth;             /* of nested arguments */
    unsigned nesting;           /* of calls */
    unsigned list_depth;
    bool is_ordered[16];
    bool is_description;
    bool in_block; /* the writer has an open block */
    bool in_table, in_row;
    bool is_quote;
};

bool latex_is(struct span name, const char *want);
bool latex_is_any(struct span name, const char *const *wanted); /* up to a NULL */

/* What stands in text, into the block that is open or new ones. */
void latex_text(struct latex *latex, struct span text);
/* Words as they are, into the block that is open or a new one. */
void latex_put(struct latex *latex, struct span text);
void latex_end_block(struct latex *latex);
/* A block of what stands in words, and no more. */
void latex_whole_block(struct latex *latex, enum block_kind kind, unsigned level,
                       struct span words);
/* A formula on lines of its own, without its label, between dollar signs. inner: the environment
 * that such a formula may be in, or NULL. */
void latex_put_display(struct latex *latex, const char *inner, struct span body);
/* The environment whose name's brace opens at offset, up to its end; returns the offset behind. */
size_t latex_environment(struct latex *latex, struct span text, size_t offset);

#endif
