/*
 * xml_document.h - document XML by a table: DocBook, JATS, FictionBook and the like.
 *
 * A format says for each of its elements what it is; all else is the same walk. Elements that are
 * not in the table are only their text.
 */
#ifndef EXTRACTORS_XML_DOCUMENT_H
#define EXTRACTORS_XML_DOCUMENT_H

#include "extractors/common/xml.h"
#include "ingest/extractor.h"

enum xmldoc_action {
    XMLDOC_TEXT = 1, /* its text stands where it is */
    XMLDOC_SKIP,     /* none of it is text of the document; argument: 1 but in an item it is */
    XMLDOC_SECTION,  /* titles in it are one level deeper; argument: enum xmldoc_section */
    XMLDOC_TITLE,    /* heading of the section, caption of a figure or table */
    XMLDOC_SUBTITLE, /* heading one level below its section */
    XMLDOC_BRIDGE,   /* a heading by itself; argument: levels deeper */
    XMLDOC_PARAGRAPH,
    XMLDOC_QUOTE,
    XMLDOC_CODE, /* argument: 1 in prose it is only its text */
    XMLDOC_LIST, /* argument: enum xmldoc_list */
    XMLDOC_ITEM,
    XMLDOC_TERM,
    XMLDOC_FIGURE, /* titles in it are captions */
    XMLDOC_CAPTION,
    XMLDOC_TABLE,
    XMLDOC_TABLE_HEAD,
    XMLDOC_ROW,
    XMLDOC_CELL,      /* argument: 1 a header */
    XMLDOC_NOTE,      /* a footnote where it is referred to */
    XMLDOC_NOTE_LINK, /* of the "ref-type" "fn" or the like: a note's mark, else its words */
    XMLDOC_FOOTNOTE,  /* a note that an XMLDOC_NOTE_LINK leads to; its label is its mark */
    XMLDOC_NOTES,     /* a part whose sections are notes, with their titles as marks */
    XMLDOC_LABEL,     /* a number in front of the next title, caption or words; behind a formula */
    XMLDOC_LINE,      /* of verse: ends with a break */
    XMLDOC_BREAK,
    XMLDOC_RULE,
    XMLDOC_KEYS, /* each element in it is a key, pressed together with the others */
    XMLDOC_LINK, /* to its "href" or "url"; of the type "note": its words are a note's mark */
    XMLDOC_LOOK, /* argument: enum emphasis_kind; EMPHASIS_ITALIC by its "role" may be bold */
    XMLDOC_COMMENT,
    XMLDOC_FORMULA,    /* TeX: argument 0 inline, 1 in a line of its own */
    XMLDOC_MATHML,     /* mathml.h */
    XMLDOC_ONE_OF,     /* the first element in it that has text; the others say the same */
    XMLDOC_META,       /* argument: enum xmldoc_meta; not shown */
    XMLDOC_TITLE_META, /* the document's title: shown, and metadata; in an item only its text */
    XMLDOC_CITATION,   /* xml_citation.h */
};

enum xmldoc_section {
    XMLDOC_SECTION_PLAIN,
    XMLDOC_SECTION_BOX,      /* its caption is its title */
    XMLDOC_SECTION_ABSTRACT, /* called so where it has no title */
};

enum xmldoc_list {
    XMLDOC_LIST_BULLETS,
    XMLDOC_LIST_ORDERED,
    XMLDOC_LIST_AS_TOLD, /* by its attribute "list-type" or "type" */
    XMLDOC_LIST_TERMS,   /* titles of its items are terms */
};

enum xmldoc_meta {
    XMLDOC_META_TITLE,
    XMLDOC_META_AUTHOR,
    XMLDOC_META_DATE,
    XMLDOC_META_LANGUAGE,
    XMLDOC_META_SUBJECT,
    XMLDOC_META_KEYWORDS,
    XMLDOC_META_PUBLISHER,
};

/* The tag of a row of the table: { "para", XML_NS_ANY, XMLDOC(XMLDOC_PARAGRAPH, 0) }. */
#define XMLDOC(action, argument) (uint16_t)((action) << 4 | (argument))

NODISCARD enum status xmldoc_extract(const struct source *source, const struct xml_name *names,
                                     struct writer *writer, struct error *err);

#endif
