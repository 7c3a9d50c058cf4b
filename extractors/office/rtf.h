/*
 * rtf.h - inside of rtf.c: Rich Text Format 1.9.1.
 *
 *   rtf.c         groups, and the document as a whole
 *   rtf_words.c   what each control word does
 *   rtf_chars.c   characters: their charsets, and where they go
 *   rtf_tables.c  what stands at the front: fonts, styles, lists
 *   rtf_text.c    paragraphs, tables and notes, sent to the writer
 *   rtf_frames.c  tables that are only frames, told by looking ahead
 *   rtf_forms.c   boxes to tick and choices of forms
 */
#ifndef EXTRACTORS_RTF_H
#define EXTRACTORS_RTF_H

#include <stdint.h>

#include "base/buf.h"
#include "extractors/office/docx.h"
#include "ingest/extractor.h"

#define RTF_DEPTH_MAX           256u
#define RTF_STYLES_MAX          4096u
#define RTF_FONTS_MAX           4096u
#define RTF_FONT_NAME_MAX       16u
#define RTF_LISTS_MAX           4096u
#define RTF_COLUMNS_MAX         256u
#define RTF_FRAMES_MAX          8u
#define RTF_LOOKS_MAX           512u /* changes of looks in a paragraph; then they are not told */
#define RTF_HTML_BYTES_MAX      ((size_t)64 << 20)
#define RTF_PARAGRAPH_BYTES_MAX ((size_t)16 << 20)

/* Where text goes. */
enum rtf_destination {
    RTF_BODY,
    RTF_SKIPPED,
    RTF_FONTS,
    RTF_STYLES,
    RTF_LISTS,
    RTF_OVERRIDES,
    RTF_LEVEL_TEXT,  /* how a list marks its items */
    RTF_INFO,        /* in it, text of the field that info_name says */
    RTF_INSTRUCTION, /* a field's code */
    RTF_LIST_TEXT,   /* a list item's mark as it was last shown */
    RTF_NOTE,        /* foot- and endnotes */
    RTF_ANNOTATION,
    RTF_ANNOTATION_AUTHOR,
    RTF_HTML, /* markup that the text was made of */
    RTF_FORM, /* what a field of a form is */
    RTF_FORM_ENTRY,
};

/* Everything that a group brings back at its end. */
struct rtf_state {
    enum rtf_destination destination;
    uint16_t codepage; /* of the font, or the document's */
    uint16_t font;     /* RTF_FONTS_MAX: none */
    bool is_hidden, is_deleted;
    struct looks looks;
    uint8_t skip_after_unicode; /* characters, \uc */
    bool is_star;               /* "\*": skip the group when its first word is unknown */
    /* of the paragraph */
    uint16_t style;
    int16_t outline; /* 0..8, -1: none */
    int32_t list;    /* \ls; 0: none */
    uint8_t list_level;
    int32_t indent; /* twips */
    bool is_in_table, is_list_paragraph;
    uint8_t table_depth;
    bool is_inner_row; /* defines a row of a table in a table */
    const char *info_name;
    bool is_result;   /* of a field */
    bool is_not_html; /* stands only for what the HTML says */
    bool has_link;
};

struct rtf_style {
    int16_t outline; /* -1: body text */
    bool is_title, is_code, is_quote, is_caption, is_subtitle;
    int32_t list;
    uint8_t list_level;
};

struct rtf_link {
    size_t start, end; /* in the paragraph's text */
    char target[512];
};

/* How the paragraph's text looks, from the end of the one before. */
struct rtf_look {
    size_t end;
    uint8_t looks; /* bits of enum emphasis_kind */
};

/* A cell as the row's definition has it. */
struct rtf_cell {
    bool is_merged_right, is_merged_down; /* goes on with the cell to the left, above */
};

struct rtf_form {
    int32_t kind, value, standard;
};

/* What is known of a table, as far as the file has the same answer. */
struct rtf_frame {
    const char *until; /* NULL: nothing */
    bool is_frame;
};

struct rtf {
    const struct source *source;
    struct writer *writer;
    const char *at, *end;
    struct rtf_state states[RTF_DEPTH_MAX];
    unsigned depth;         /* of states; 0: outside of all groups */
    unsigned depth_dropped; /* groups past the deepest one */
    uint16_t codepage;      /* \ansicpg */
    int default_font;
    bool is_whole; /* begins as a document does */
    bool is_html;  /* \\fromhtml1: holds the page that it was made of, [MS-OXRTFEX] */
    struct buf html;

    struct {
        uint16_t codepage;
        bool is_symbol;               /* draws other characters than its codes say */
        char name[RTF_FONT_NAME_MAX]; /* cut off */
    } fonts[RTF_FONTS_MAX];
    int font_now; /* in the font table */
    struct buf font_name;
    struct rtf_style styles[RTF_STYLES_MAX];
    struct rtf_style style_draft;
    unsigned style_now;
    struct buf style_name;
    struct docx_numbering numbering; /* lists, and what \ls names: they count as those of DOCX do */
    struct arena arena;              /* of its texts */
    struct docx_nesting nesting;     /* of the list at hand */
    unsigned level_count;            /* of the list, or of what \ls names, that is read */
    struct buf level_text;

    struct buf text; /* of the paragraph at hand, UTF-8; '\n' is a line break */
    struct rtf_look looks[RTF_LOOKS_MAX]; /* of text */
    unsigned look_count;
    struct buf bytes; /* not decoded yet */
    struct buf mark;  /* of the list item at hand */
    struct buf code;  /* of the field at hand */
    struct buf info;
    struct buf author;
    struct rtf_form form;
    struct buf form_entries; /* NUL behind each */
    size_t paragraph_start;  /* in text: a cell may have several paragraphs */
    uint32_t high_surrogate; /* 0: none waits */
    unsigned skip_left;      /* characters after \u */
    struct rtf_link links[64];
    unsigned link_count;
    int link_now; /* -1: none is open */

    struct buf notes; /* texts of notes that wait for the end of their paragraph, NUL between */
    uint32_t note_count, notes_put;
    unsigned note_depth; /* of the group; 0: none */
    struct buf note_text;
    struct buf comments;

    bool is_table_open, is_code_open;
    unsigned frame_depth; /* of tables, all around what is read, that are no tables */
    struct rtf_frame frames[RTF_FRAMES_MAX]; /* of the table at that depth, less one */
    struct rtf_cell cells[RTF_COLUMNS_MAX], cell_draft;
    unsigned cell_count;
    bool is_header_row;
    struct buf row; /* texts of the row's cells so far */
    uint32_t cell_ends[RTF_COLUMNS_MAX];
    unsigned cells_read;
    struct buf above; /* the row above, for merged cells */
    uint32_t above_ends[RTF_COLUMNS_MAX];
    unsigned above_count;
};

/* rtf_tables.c: called for words in those destinations; text ends at ';'. */
void rtf_font_word(struct rtf *rtf, const char *word, int32_t value);
/* Behind a font's name. */
void rtf_font_end(struct rtf *rtf);
void rtf_style_word(struct rtf *rtf, const char *word, int32_t value);
void rtf_style_end(struct rtf *rtf);
void rtf_list_word(struct rtf *rtf, const char *word, int32_t value);
void rtf_level_text_end(struct rtf *rtf);
void rtf_override_word(struct rtf *rtf, const char *word, int32_t value);
uint16_t rtf_codepage_of_charset(int32_t charset, uint16_t otherwise);

/* rtf_text.c */
void rtf_end_paragraph(struct rtf *rtf);
/* Of the table at that depth. */
void rtf_end_cell(struct rtf *rtf, unsigned depth);
void rtf_end_row(struct rtf *rtf, unsigned depth);
void rtf_end_document(struct rtf *rtf);
void rtf_begin_link(struct rtf *rtf);
void rtf_end_link(struct rtf *rtf);
/* Keeps the text of a note or comment, until its paragraph has ended. */
void rtf_end_note(struct rtf *rtf, enum rtf_destination destination);

/* rtf_frames.c: tables around the paragraph at hand. */
unsigned rtf_table_depth(const struct rtf *rtf);
/* Is the table at that depth, in whose first row we are, one cell alone? It is a frame about what
 * stands in it. cell_count: cells of the row that have ended. */
bool rtf_is_frame(struct rtf *rtf, unsigned depth, unsigned cell_count);

/* rtf_forms.c */
void rtf_form_begin(struct rtf *rtf);
void rtf_form_word(struct rtf *rtf, const char *word, int32_t value);
/* Puts what the field shows, unless it has text for it. */
void rtf_form_end(struct rtf *rtf);

/* rtf_chars.c: to where text goes in the destination at hand; nowhere when it takes none. */
void rtf_put_literal(struct rtf *rtf, const char *text); /* UTF-8 */
void rtf_put_unicode(struct rtf *rtf, int32_t value);    /* \u: a unit of UTF-16, maybe negative */
void rtf_put_byte(struct rtf *rtf, char c);              /* in the codepage at hand */
/* The paragraph's text behind text_start, just written, looks so: bits of enum emphasis_kind. */
void rtf_note_looks(struct rtf *rtf, size_t text_start, uint8_t looks);
/* SYMBOL 168 \f "Wingdings": puts what the field's code asks for. False: it is none of these, or
 * not known. */
bool rtf_put_symbol_field(struct rtf *rtf);
/* Appends what was read and not decoded yet. */
void rtf_flush(struct rtf *rtf);

/* rtf_words.c */
void rtf_control_word(struct rtf *rtf, const char *name, int32_t value, bool has_value);

static inline struct rtf_state *rtf_top(struct rtf *rtf)
{
    return &rtf->states[rtf->depth ? rtf->depth - 1 : 0];
}

static inline bool rtf_is_text_destination(const struct rtf *rtf)
{
    enum rtf_destination destination = rtf->states[rtf->depth ? rtf->depth - 1 : 0].destination;

    return destination == RTF_BODY || destination == RTF_NOTE || destination == RTF_ANNOTATION;
}

#endif
