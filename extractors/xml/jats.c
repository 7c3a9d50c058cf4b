/*
 * jats.c - articles of journals: JATS (ANSI/NISO Z39.96) and the NLM formats before it.
 */
#include <string.h>

#include "extractors/extractors.h"
#include "extractors/xml/xml_document.h"

#define ROW(name, action, argument)                                                                \
    {                                                                                              \
        name, XML_NS_ANY, XMLDOC(action, argument)                                                 \
    }

static const struct xml_name names[] = {
    ROW("journal-meta", XMLDOC_SKIP, 0),
    ROW("article-id", XMLDOC_SKIP, 0),
    ROW("article-categories", XMLDOC_SKIP, 0),
    ROW("article-title", XMLDOC_TITLE_META, 0),
    ROW("title-group", XMLDOC_TITLE_META, 0),
    ROW("alt-title", XMLDOC_SKIP, 0),
    ROW("name", XMLDOC_TEXT, 0),
    ROW("contrib", XMLDOC_META, XMLDOC_META_AUTHOR),
    ROW("subtitle", XMLDOC_PARAGRAPH, 0),
    ROW("aff", XMLDOC_PARAGRAPH, 0),
    ROW("author-notes", XMLDOC_SKIP, 0),
    ROW("pub-date", XMLDOC_META, XMLDOC_META_DATE),
    ROW("kwd-group", XMLDOC_META, XMLDOC_META_KEYWORDS),
    ROW("history", XMLDOC_SKIP, 0),
    ROW("permissions", XMLDOC_SKIP, 0),
    ROW("volume", XMLDOC_SKIP, 1),
    ROW("issue", XMLDOC_SKIP, 1),
    ROW("fpage", XMLDOC_SKIP, 1),
    ROW("lpage", XMLDOC_SKIP, 1),
    ROW("elocation-id", XMLDOC_SKIP, 1),
    ROW("counts", XMLDOC_SKIP, 0),
    ROW("custom-meta-group", XMLDOC_SKIP, 0),
    ROW("funding-group", XMLDOC_SKIP, 0),
    ROW("self-uri", XMLDOC_SKIP, 0),
    ROW("abstract", XMLDOC_SECTION, XMLDOC_SECTION_ABSTRACT),
    ROW("trans-abstract", XMLDOC_SECTION, XMLDOC_SECTION_ABSTRACT),
    ROW("sec", XMLDOC_SECTION, 0),
    ROW("app", XMLDOC_SECTION, 0),
    ROW("ack", XMLDOC_SECTION, 0),
    ROW("ref-list", XMLDOC_SECTION, 0),
    ROW("fn-group", XMLDOC_SECTION, 0),
    ROW("glossary", XMLDOC_SECTION, 0),
    ROW("notes", XMLDOC_SECTION, 0),
    ROW("title", XMLDOC_TITLE, 0),
    ROW("label", XMLDOC_LABEL, 0),
    ROW("p", XMLDOC_PARAGRAPH, 0),
    ROW("disp-quote", XMLDOC_QUOTE, 0),
    ROW("verse-line", XMLDOC_LINE, 0),
    ROW("verse-group", XMLDOC_PARAGRAPH, 0),
    ROW("code", XMLDOC_CODE, 0),
    ROW("preformat", XMLDOC_CODE, 0),
    ROW("list", XMLDOC_LIST, XMLDOC_LIST_AS_TOLD),
    ROW("list-item", XMLDOC_ITEM, 0),
    ROW("term", XMLDOC_TERM, 0),
    ROW("fig", XMLDOC_FIGURE, 0),
    ROW("table-wrap", XMLDOC_FIGURE, 0),
    ROW("supplementary-material", XMLDOC_FIGURE, 0),
    ROW("statement", XMLDOC_FIGURE, 0),
    ROW("boxed-text", XMLDOC_SECTION, XMLDOC_SECTION_BOX),
    ROW("caption", XMLDOC_CAPTION, 0),
    ROW("table", XMLDOC_TABLE, 0),
    ROW("thead", XMLDOC_TABLE_HEAD, 0),
    ROW("tr", XMLDOC_ROW, 0),
    ROW("td", XMLDOC_CELL, 0),
    ROW("th", XMLDOC_CELL, 1),
    ROW("table-wrap-foot", XMLDOC_TEXT, 0),
    ROW("fn", XMLDOC_FOOTNOTE, 0),
    ROW("xref", XMLDOC_NOTE_LINK, 0),
    ROW("ref", XMLDOC_ITEM, 0),
    ROW("element-citation", XMLDOC_CITATION, 0),
    ROW("break", XMLDOC_BREAK, 0),
    ROW("ext-link", XMLDOC_LINK, 0),
    ROW("uri", XMLDOC_LINK, 0),
    ROW("bold", XMLDOC_LOOK, EMPHASIS_BOLD),
    ROW("italic", XMLDOC_LOOK, EMPHASIS_ITALIC),
    ROW("monospace", XMLDOC_LOOK, EMPHASIS_CODE),
    ROW("strike", XMLDOC_LOOK, EMPHASIS_STRUCK),
    ROW("sup", XMLDOC_LOOK, EMPHASIS_RAISED),
    ROW("sub", XMLDOC_LOOK, EMPHASIS_LOWERED),
    ROW("disp-formula", XMLDOC_PARAGRAPH, 0),
    ROW("tex-math", XMLDOC_FORMULA, 0),
    ROW("math", XMLDOC_MATHML, 0),
    ROW("alternatives", XMLDOC_ONE_OF, 0),
    ROW("graphic", XMLDOC_SKIP, 0),
    ROW("object-id", XMLDOC_SKIP, 0),
    ROW("pub-id", XMLDOC_TEXT, 0),
    { NULL, 0, 0 },
};

static enum status jats_extract(const struct source *source, struct writer *writer,
                                struct error *err)
{
    return xmldoc_extract(source, names, writer, err);
}

static int jats_bid(const struct bid_input *input)
{
    if (strcmp(input->media_type, "application/jats+xml") == 0)
        return 90;
    return strcmp(input->extension, "jats") == 0 || strcmp(input->extension, "nxml") == 0 ? 80 : 0;
}

const struct extractor jats_extractor = {
    .name = "jats",
    .version = 6,
    .bid = jats_bid,
    .extract = jats_extract,
};
