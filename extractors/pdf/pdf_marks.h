/*
 * pdf_marks.h - what the first words of a line say: a bullet, a number, "Figure 3", a note's mark.
 */
#ifndef EXTRACTORS_PDF_MARKS_H
#define EXTRACTORS_PDF_MARKS_H

#include "extractors/pdf/pdf_layout.h"

enum pdf_mark_kind {
    PDF_MARK_NONE,
    PDF_MARK_BULLET,
    PDF_MARK_ORDERED, /* "3." "(b)" "iv)" */
    PDF_MARK_SECTION, /* "2.1" "Chapter 4" "Appendix A": what headings begin with */
    PDF_MARK_CAPTION, /* "Figure 3:" "Table 2." */
};

struct pdf_mark {
    enum pdf_mark_kind kind;
    unsigned words; /* how many words the mark takes */
    unsigned depth; /* of a section number: 2 for "2.1"; 0: not numbered */
};

struct pdf_mark pdf_line_mark(const struct pdf_doc *doc, const struct pdf_line *line);

/* A bullet, "3.", "(b)": what stands before a list's item. */
bool pdf_text_is_list_mark(struct span text);

/* Do both lines begin with numbers of sections, of several parts and with a full stop, that follow
 * each other: "2.3.1." and "2.3.2.", "2.3." and "2.3.1.", "2.3.9." and "2.4."? */
bool pdf_lines_count_on(const struct pdf_doc *doc, const struct pdf_line *a,
                        const struct pdf_line *b);

/* "- - - - - - x": typed to divide the page. */
bool pdf_line_is_ruler(const struct pdf_doc *doc, const struct pdf_line *line);

/* A note's mark at the start of a note: "1", "*", "[3]"; the words it takes, 0: none. */
unsigned pdf_line_note_mark(const struct pdf_doc *doc, const struct pdf_line *line);

/* "Date received: 3 March": a label and what it labels, in one line. */
bool pdf_line_is_labelled(const struct pdf_doc *doc, const struct pdf_line *line);

/* Is it an entry of a form: a label, and a value that ends in a number ("Sampling date: 02/20/20")?
 */
bool pdf_line_is_entry(const struct pdf_doc *doc, const struct pdf_line *line);

bool pdf_line_has_digit(const struct pdf_doc *doc, const struct pdf_line *line);

/* A day and nothing else: "31 January 2021", "2021-01-31". */
bool pdf_line_is_day(const struct pdf_doc *doc, const struct pdf_line *line);

/* Who wrote it: "By Ann Limnologist", "Ann Limnologist 1 Bea Sediment 1 2 Cy Clay 2". */
bool pdf_line_is_author(const struct pdf_doc *doc, const struct pdf_line *line);

/* "Note", "Warning:": the label of a box, and nothing else. */
bool pdf_line_is_admonition(const struct pdf_doc *doc, const struct pdf_line *line);

/* An address for mail or the web is in it. */
bool pdf_line_has_address(const struct pdf_doc *doc, const struct pdf_line *line);

enum pdf_ending {
    PDF_ENDS_OPEN,     /* the sentence goes on */
    PDF_ENDS_SENTENCE, /* . and its kind, quotes and brackets after it aside */
    PDF_ENDS_PAUSE,    /* ... as what was cut short ends: a heading may */
    PDF_ENDS_CALL,     /* ! ? and their kind: a heading may end so too */
    PDF_ENDS_COLON,
    PDF_ENDS_HYPHEN,
};
enum pdf_ending pdf_line_ending(const struct pdf_doc *doc, const struct pdf_line *line);

enum pdf_beginning { PDF_BEGINS_LOWER, PDF_BEGINS_UPPER, PDF_BEGINS_OTHER };
enum pdf_beginning pdf_line_beginning(const struct pdf_doc *doc, const struct pdf_line *line);

/* Letters of a line: how many, and how many of them are capitals. */
void pdf_line_letters(const struct pdf_doc *doc, const struct pdf_line *line, size_t *letters,
                      size_t *capitals);

#endif
