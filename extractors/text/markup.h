/*
 * markup.h - what the line-based markup languages share: lines, a pending block, inline marks.
 *
 * A format goes through the lines, tells kinds by what a line begins with, and adds words to the
 * pending block; what stands in a block is freed of its inline marks when the block is written.
 */
#ifndef EXTRACTORS_MARKUP_H
#define EXTRACTORS_MARKUP_H

#include "extractors/text/text_lines.h"
#include "ingest/extractor.h"

/* Marks around words: "**" ... "**". Verbatim: what is inside is left as it is. */
struct markup_pair {
    const char *open, *close;
    bool is_verbatim;
    bool is_anywhere; /* also inside of words */
    uint8_t looks;    /* bits: how words between them look, see writer_emphasis() */
};

#define MARKUP_BOLD   (1u << EMPHASIS_BOLD)
#define MARKUP_ITALIC (1u << EMPHASIS_ITALIC)
#define MARKUP_CODE   (1u << EMPHASIS_CODE)
#define MARKUP_STRUCK (1u << EMPHASIS_STRUCK)
#define MARKUP_RAISED (1u << EMPHASIS_RAISED)

struct markup;

struct markup_syntax {
    const struct markup_pair *pairs; /* ends with an open of NULL; longer marks first */
    /* Links, roles, commands: writes what stands at offset, and returns its bytes; 0: nothing
     * special. May be NULL. */
    size_t (*special)(struct markup *markup, struct span text, size_t offset);
    bool asks_at_capitals; /* special is also asked at A to Z: "B<bold>" */
};

struct markup {
    struct span text;
    size_t at;                      /* where the next line begins */
    size_t seen_from, seen_newline; /* of text: from there on there is none before that one */
    const struct markup_syntax *syntax;
    const struct source *source;
    struct writer *writer;
    unsigned inline_depth;
    void *user; /* the format's own */

    struct buf pending; /* words of the open block */
    enum block_kind kind;
    unsigned level, flags;
    struct span label; /* of it; empty: none */
    unsigned list_indents[16], list_depth;
};

/* Decodes source, runs the format, and releases all. */
NODISCARD enum status markup_run(const struct source *source, struct writer *writer,
                                 const struct markup_syntax *syntax,
                                 void (*format)(struct markup *markup), struct error *err);

/* Goes on in another text, at that line. */
void markup_turn_to(struct markup *markup, struct span text, size_t at);
/* False at the end. */
bool markup_next(struct markup *markup, struct text_line *line);
/* The next line without taking it; false at the end. */
bool markup_peek(struct markup *markup, struct text_line *line);
struct span markup_words(const struct markup *markup, const struct text_line *line);

/* Ends the pending block. */
void markup_flush(struct markup *markup);
/* Ends the pending block and opens another. */
void markup_open(struct markup *markup, enum block_kind kind, unsigned level, unsigned flags);
/* Adds a line of words to the pending block; opens a paragraph when there is none. */
void markup_add(struct markup *markup, struct span words);
/* A whole block of its own. */
void markup_block(struct markup *markup, enum block_kind kind, unsigned level, struct span words);
/* Writes words with their inline marks resolved, into the block that is open in the writer. */
void markup_inline(struct markup *markup, struct span words);
/* The same, where all of them look so: bits as writer_emphasis() has them. */
void markup_inline_as(struct markup *markup, unsigned looks, struct span words);
/* Writes the character that "&amp;" at rest's start stands for; its bytes, or 0: it is none. */
size_t markup_reference(struct markup *markup, struct span rest);
/* The depth of a list item at that indent, from 1. */
unsigned markup_list_depth(struct markup *markup, unsigned indent);

/* Begins a code block, adds its lines without the indent that they share, and ends it. */
void markup_code(struct markup *markup, struct span label, struct span lines);
/* A row of a table that is open in the writer, cut at separators outside of marks. */
void markup_row(struct markup *markup, struct span words, char separator, bool is_header);
/* The same of "a","b, ""c""",d. */
void markup_csv_row(struct markup *markup, struct span line, char separator, bool is_header);
/* Goes to the line that is exactly end (or starts with it); returns the bytes of the lines before,
 * whole lines. The end line is taken too. */
struct span markup_until(struct markup *markup, const char *end, bool is_prefix);
/* The lines that are indented more than indent, or blank, from here; taken. */
struct span markup_indented(struct markup *markup, unsigned indent);

bool markup_starts(struct span text, const char *start);
bool markup_starts_nocase(struct span text, const char *start);
struct span markup_from(struct span text, size_t offset);
struct span markup_trim(struct span text);
/* Bytes up to the first of mark at or behind offset; text.len when there is none. */
size_t markup_find(struct span text, size_t offset, const char *mark);

#endif
