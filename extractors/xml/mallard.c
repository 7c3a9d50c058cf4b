/*
 * mallard.c - Mallard 1.0 and 1.1, the pages of topics that GNOME's help is made of:
 * http://projectmallard.org/1.0/
 */
#include <string.h>

#include "extractors/extractors.h"
#include "extractors/xml/xml_document.h"

#define ROW(name, action, argument)                                                                \
    {                                                                                              \
        name, XML_NS_ANY, XMLDOC(action, argument)                                                 \
    }

static const struct xml_name names[] = {
    ROW("title", XMLDOC_TITLE, 0),
    ROW("subtitle", XMLDOC_SUBTITLE, 0),
    ROW("section", XMLDOC_SECTION, 0),
    ROW("p", XMLDOC_PARAGRAPH, 0),
    ROW("list", XMLDOC_LIST, XMLDOC_LIST_AS_TOLD),
    ROW("tree", XMLDOC_LIST, 0),
    ROW("steps", XMLDOC_LIST, XMLDOC_LIST_ORDERED),
    ROW("terms", XMLDOC_LIST, XMLDOC_LIST_TERMS),
    ROW("item", XMLDOC_ITEM, 0),
    ROW("code", XMLDOC_CODE, 1),
    ROW("screen", XMLDOC_CODE, 0),
    ROW("quote", XMLDOC_QUOTE, 0),
    ROW("note", XMLDOC_FIGURE, 0),
    ROW("example", XMLDOC_FIGURE, 0),
    ROW("figure", XMLDOC_FIGURE, 0),
    ROW("listing", XMLDOC_FIGURE, 0),
    ROW("synopsis", XMLDOC_FIGURE, 0),
    ROW("desc", XMLDOC_CAPTION, 0),
    ROW("table", XMLDOC_TABLE, 0),
    ROW("thead", XMLDOC_TABLE_HEAD, 0),
    ROW("tr", XMLDOC_ROW, 0),
    ROW("td", XMLDOC_CELL, 0),
    ROW("th", XMLDOC_CELL, 1),
    ROW("keyseq", XMLDOC_KEYS, 0),
    ROW("link", XMLDOC_LINK, 0),
    ROW("em", XMLDOC_LOOK, EMPHASIS_ITALIC),
    ROW("var", XMLDOC_LOOK, EMPHASIS_ITALIC),
    ROW("cmd", XMLDOC_LOOK, EMPHASIS_CODE),
    ROW("file", XMLDOC_LOOK, EMPHASIS_CODE),
    ROW("input", XMLDOC_LOOK, EMPHASIS_CODE),
    ROW("output", XMLDOC_LOOK, EMPHASIS_CODE),
    ROW("sys", XMLDOC_LOOK, EMPHASIS_CODE),
    ROW("comment", XMLDOC_COMMENT, 0),
    ROW("info", XMLDOC_SKIP, 0), /* other titles for lists of links, credits */
    ROW("links", XMLDOC_SKIP, 0),
    { NULL, 0, 0 },
};

static enum status mallard_extract(const struct source *source, struct writer *writer,
                                   struct error *err)
{
    return xmldoc_extract(source, names, writer, err);
}

static int mallard_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "application/x-mallard+xml") == 0 ? 90 : 0;
}

const struct extractor mallard_extractor = {
    .name = "mallard",
    .version = 1,
    .bid = mallard_bid,
    .extract = mallard_extract,
};
