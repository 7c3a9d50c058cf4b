/*
 * docbook.c - DocBook 4 and 5.
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
    ROW("titleabbrev", XMLDOC_SKIP, 0),
    ROW("bridgehead", XMLDOC_BRIDGE, 1),
    ROW("part", XMLDOC_SECTION, 0),
    ROW("chapter", XMLDOC_SECTION, 0),
    ROW("preface", XMLDOC_SECTION, 0),
    ROW("appendix", XMLDOC_SECTION, 0),
    ROW("dedication", XMLDOC_SECTION, 0),
    ROW("glossary", XMLDOC_SECTION, 0),
    ROW("glossdiv", XMLDOC_SECTION, 0),
    ROW("bibliography", XMLDOC_SECTION, 0),
    ROW("section", XMLDOC_SECTION, 0),
    ROW("simplesect", XMLDOC_SECTION, 0),
    ROW("sect1", XMLDOC_SECTION, 0),
    ROW("sect2", XMLDOC_SECTION, 0),
    ROW("sect3", XMLDOC_SECTION, 0),
    ROW("sect4", XMLDOC_SECTION, 0),
    ROW("sect5", XMLDOC_SECTION, 0),
    ROW("refentry", XMLDOC_SECTION, 0),
    ROW("refsection", XMLDOC_SECTION, 0),
    ROW("refsect1", XMLDOC_SECTION, 0),
    ROW("refsect2", XMLDOC_SECTION, 0),
    ROW("refsect3", XMLDOC_SECTION, 0),
    ROW("refsynopsisdiv", XMLDOC_SECTION, 0),
    ROW("qandadiv", XMLDOC_SECTION, 0),
    ROW("para", XMLDOC_PARAGRAPH, 0),
    ROW("simpara", XMLDOC_PARAGRAPH, 0),
    ROW("formalpara", XMLDOC_FIGURE, 0),
    ROW("refpurpose", XMLDOC_PARAGRAPH, 0),
    ROW("refname", XMLDOC_BRIDGE, 1),
    ROW("cmdsynopsis", XMLDOC_PARAGRAPH, 0),
    ROW("funcprototype", XMLDOC_PARAGRAPH, 0),
    ROW("itemizedlist", XMLDOC_LIST, 0),
    ROW("simplelist", XMLDOC_LIST, 0),
    ROW("orderedlist", XMLDOC_LIST, 1),
    ROW("procedure", XMLDOC_LIST, 1),
    ROW("substeps", XMLDOC_LIST, 1),
    ROW("calloutlist", XMLDOC_LIST, 1),
    ROW("listitem", XMLDOC_ITEM, 0),
    ROW("member", XMLDOC_ITEM, 0),
    ROW("step", XMLDOC_ITEM, 0),
    ROW("callout", XMLDOC_ITEM, 0),
    ROW("varlistentry", XMLDOC_TEXT, 0),
    ROW("term", XMLDOC_TERM, 0),
    ROW("glossterm", XMLDOC_TEXT, 0),
    ROW("question", XMLDOC_TERM, 0),
    ROW("answer", XMLDOC_TEXT, 0),
    ROW("programlisting", XMLDOC_CODE, 0),
    ROW("screen", XMLDOC_CODE, 0),
    ROW("synopsis", XMLDOC_CODE, 0),
    ROW("literallayout", XMLDOC_CODE, 0),
    ROW("blockquote", XMLDOC_QUOTE, 0),
    ROW("epigraph", XMLDOC_QUOTE, 0),
    ROW("attribution", XMLDOC_PARAGRAPH, 0),
    ROW("note", XMLDOC_FIGURE, 0),
    ROW("tip", XMLDOC_FIGURE, 0),
    ROW("warning", XMLDOC_FIGURE, 0),
    ROW("caution", XMLDOC_FIGURE, 0),
    ROW("important", XMLDOC_FIGURE, 0),
    ROW("sidebar", XMLDOC_FIGURE, 0),
    ROW("example", XMLDOC_FIGURE, 0),
    ROW("figure", XMLDOC_FIGURE, 0),
    ROW("informalfigure", XMLDOC_FIGURE, 0),
    ROW("equation", XMLDOC_FIGURE, 0),
    ROW("caption", XMLDOC_CAPTION, 0),
    ROW("table", XMLDOC_TABLE, 0),
    ROW("informaltable", XMLDOC_TABLE, 0),
    ROW("thead", XMLDOC_TABLE_HEAD, 0),
    ROW("row", XMLDOC_ROW, 0),
    ROW("tr", XMLDOC_ROW, 0),
    ROW("entry", XMLDOC_CELL, 0),
    ROW("td", XMLDOC_CELL, 0),
    ROW("th", XMLDOC_CELL, 1),
    ROW("footnote", XMLDOC_NOTE, 0),
    ROW("ulink", XMLDOC_LINK, 0),
    ROW("link", XMLDOC_LINK, 0),
    ROW("emphasis", XMLDOC_LOOK, EMPHASIS_ITALIC),
    ROW("replaceable", XMLDOC_LOOK, EMPHASIS_ITALIC),
    ROW("citetitle", XMLDOC_LOOK, EMPHASIS_ITALIC),
    ROW("firstterm", XMLDOC_LOOK, EMPHASIS_ITALIC),
    ROW("literal", XMLDOC_LOOK, EMPHASIS_CODE),
    ROW("code", XMLDOC_LOOK, EMPHASIS_CODE),
    ROW("command", XMLDOC_LOOK, EMPHASIS_CODE),
    ROW("option", XMLDOC_LOOK, EMPHASIS_CODE),
    ROW("function", XMLDOC_LOOK, EMPHASIS_CODE),
    ROW("varname", XMLDOC_LOOK, EMPHASIS_CODE),
    ROW("envar", XMLDOC_LOOK, EMPHASIS_CODE),
    ROW("constant", XMLDOC_LOOK, EMPHASIS_CODE),
    ROW("userinput", XMLDOC_LOOK, EMPHASIS_CODE),
    ROW("computeroutput", XMLDOC_LOOK, EMPHASIS_CODE),
    ROW("parameter", XMLDOC_LOOK, EMPHASIS_CODE),
    ROW("superscript", XMLDOC_LOOK, EMPHASIS_RAISED),
    ROW("subscript", XMLDOC_LOOK, EMPHASIS_LOWERED),
    ROW("remark", XMLDOC_COMMENT, 0),
    ROW("biblioentry", XMLDOC_PARAGRAPH, 0),
    ROW("bibliomixed", XMLDOC_PARAGRAPH, 0),
    ROW("author", XMLDOC_META, XMLDOC_META_AUTHOR),
    ROW("pubdate", XMLDOC_META, XMLDOC_META_DATE),
    ROW("date", XMLDOC_META, XMLDOC_META_DATE),
    ROW("keywordset", XMLDOC_META, XMLDOC_META_KEYWORDS),
    ROW("publisher", XMLDOC_META, XMLDOC_META_PUBLISHER),
    ROW("editor", XMLDOC_SKIP, 0),
    ROW("othercredit", XMLDOC_SKIP, 0),
    ROW("copyright", XMLDOC_SKIP, 0),
    ROW("legalnotice", XMLDOC_SKIP, 0),
    ROW("revhistory", XMLDOC_SKIP, 0),
    ROW("releaseinfo", XMLDOC_SKIP, 0),
    ROW("subjectset", XMLDOC_SKIP, 0),
    ROW("refmeta", XMLDOC_SKIP, 0),
    ROW("indexterm", XMLDOC_SKIP, 0),
    ROW("index", XMLDOC_SKIP, 0),
    ROW("toc", XMLDOC_SKIP, 0),
    ROW("mathphrase", XMLDOC_TEXT, 0),
    ROW("math", XMLDOC_MATHML, 0),
    ROW("keycombo", XMLDOC_KEYS, 0),
    ROW("alt", XMLDOC_SKIP, 0),
    { NULL, 0, 0 },
};

static enum status docbook_extract(const struct source *source, struct writer *writer,
                                   struct error *err)
{
    return xmldoc_extract(source, names, writer, err);
}

static int docbook_bid(const struct bid_input *input)
{
    const char *extension = input->extension;

    if (strcmp(input->media_type, "application/docbook+xml") == 0)
        return 90;
    /* a piece of a book, without the element around it that would tell */
    return strcmp(extension, "docbook") == 0 || strcmp(extension, "dbk") == 0 ||
                   strcmp(extension, "docbook4") == 0 || strcmp(extension, "docbook5") == 0
               ? 85
               : 0;
}

const struct extractor docbook_extractor = {
    .name = "docbook",
    .version = 3,
    .bid = docbook_bid,
    .extract = docbook_extract,
};
