/*
 * fb2.c - FictionBook 2. Its notes stand in a body of their own.
 */
#include <string.h>

#include "extractors/extractors.h"
#include "extractors/xml/xml_document.h"

#define ROW(name, action, argument)                                                                \
    {                                                                                              \
        name, XML_NS_ANY, XMLDOC(action, argument)                                                 \
    }

static const struct xml_name names[] = {
    ROW("genre", XMLDOC_SKIP, 0),
    ROW("author", XMLDOC_META, XMLDOC_META_AUTHOR),
    ROW("book-title", XMLDOC_META, XMLDOC_META_TITLE),
    ROW("date", XMLDOC_META, XMLDOC_META_DATE),
    ROW("lang", XMLDOC_META, XMLDOC_META_LANGUAGE),
    ROW("keywords", XMLDOC_META, XMLDOC_META_KEYWORDS),
    ROW("src-lang", XMLDOC_SKIP, 0),
    ROW("translator", XMLDOC_SKIP, 0),
    ROW("coverpage", XMLDOC_SKIP, 0),
    ROW("sequence", XMLDOC_SKIP, 0),
    ROW("src-title-info", XMLDOC_SKIP, 0),
    ROW("document-info", XMLDOC_SKIP, 0),
    ROW("publish-info", XMLDOC_SKIP, 0),
    ROW("custom-info", XMLDOC_SKIP, 0),
    ROW("stylesheet", XMLDOC_SKIP, 0),
    ROW("binary", XMLDOC_SKIP, 0),
    ROW("body", XMLDOC_NOTES, 0),
    ROW("section", XMLDOC_SECTION, 0),
    ROW("title", XMLDOC_TITLE, 0),
    ROW("subtitle", XMLDOC_SUBTITLE, 0),
    ROW("p", XMLDOC_PARAGRAPH, 0),
    ROW("annotation", XMLDOC_QUOTE, 0),
    ROW("epigraph", XMLDOC_QUOTE, 0),
    ROW("cite", XMLDOC_QUOTE, 0),
    ROW("text-author", XMLDOC_PARAGRAPH, 0),
    ROW("stanza", XMLDOC_PARAGRAPH, 0),
    ROW("v", XMLDOC_LINE, 0),
    ROW("empty-line", XMLDOC_BREAK, 0),
    ROW("table", XMLDOC_TABLE, 0),
    ROW("tr", XMLDOC_ROW, 0),
    ROW("td", XMLDOC_CELL, 0),
    ROW("th", XMLDOC_CELL, 1),
    ROW("strong", XMLDOC_LOOK, EMPHASIS_BOLD),
    ROW("emphasis", XMLDOC_LOOK, EMPHASIS_ITALIC),
    ROW("code", XMLDOC_LOOK, EMPHASIS_CODE),
    ROW("strikethrough", XMLDOC_LOOK, EMPHASIS_STRUCK),
    ROW("sup", XMLDOC_LOOK, EMPHASIS_RAISED),
    ROW("sub", XMLDOC_LOOK, EMPHASIS_LOWERED),
    ROW("a", XMLDOC_LINK, 0),
    ROW("image", XMLDOC_SKIP, 0),
    { NULL, 0, 0 },
};

static enum status fb2_extract(const struct source *source, struct writer *writer,
                               struct error *err)
{
    return xmldoc_extract(source, names, writer, err);
}

static int fb2_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "application/x-fictionbook+xml") == 0 ? 90 : 0;
}

const struct extractor fb2_extractor = {
    .name = "fb2",
    .version = 3,
    .bid = fb2_bid,
    .extract = fb2_extract,
};
