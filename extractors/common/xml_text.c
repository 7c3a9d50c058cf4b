#include "extractors/common/xml_text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unicode/ucnv.h>

#include "base/utf8.h"

#define ENTITY_DEPTH_MAX 8u

/* ---- charsets ---- */

/* encoding="..." of the XML declaration; "" without one. */
static void declared_charset(struct span text, char out[48])
{
    const char *end = memchr(text.data, '>', text.len < 512 ? text.len : 512), *at;
    size_t len = 0;
    char quote;

    out[0] = '\0';
    if (!end || !span_starts(text, "<?xml"))
        return;
    at = memmem(text.data, (size_t)(end - text.data), "encoding", 8);
    if (!at)
        return;
    for (at += 8; at < end && (*at == ' ' || *at == '=');)
        at++;
    quote = *at++;
    while (at < end && *at != quote && len < 47)
        out[len++] = *at++;
    out[len] = '\0';
}

static const char *charset_of(struct span text, char declared[48], size_t *mark)
{
    const char *data = text.data;

    *mark = 0;
    if (span_starts(text, "\xEF\xBB\xBF")) {
        *mark = 3;
        return "UTF-8";
    }
    if (text.len >= 4 && memcmp(data, "\xFF\xFE\0\0", 4) == 0)
        return "UTF-32";
    if (span_starts(text, "\xFF\xFE") || span_starts(text, "\xFE\xFF"))
        return "UTF-16";
    if (text.len >= 4 && memcmp(data, "<\0?\0", 4) == 0)
        return "UTF-16LE";
    if (text.len >= 4 && memcmp(data, "\0<\0?", 4) == 0)
        return "UTF-16BE";
    declared_charset(text, declared);
    /* A byte text that claims to be UTF-16 was converted by someone who forgot to say so. */
    if (declared[0] == '\0' || strncasecmp(declared, "UTF-16", 6) == 0)
        return "UTF-8";
    return declared;
}

static enum status convert(struct span text, UConverter *from, UConverter *to, struct buf *out,
                           struct error *err)
{
    const char *source = text.data, *source_end = text.data + text.len;
    UChar pivot[2048], *pivot_source = pivot, *pivot_target = pivot;
    char block[8192];
    UErrorCode code = U_BUFFER_OVERFLOW_ERROR;
    UBool is_first = true;

    while (code == U_BUFFER_OVERFLOW_ERROR) {
        char *target = block;

        code = U_ZERO_ERROR;
        ucnv_convertEx(to, from, &target, block + sizeof(block), &source, source_end, pivot,
                       &pivot_source, &pivot_target, pivot + 2048, is_first, true, &code);
        is_first = false;
        buf_append(out, block, (size_t)(target - block));
    }
    return buf_status(out, err);
}

enum status xml_to_utf8(struct span *text, struct buf *converted, struct error *err)
{
    char declared[48];
    size_t mark;
    const char *charset = charset_of(*text, declared, &mark);
    UErrorCode code = U_ZERO_ERROR;
    UConverter *from, *to;
    enum status status = STATUS_OK;

    *text = (struct span){ text->data + mark, text->len - mark };
    if (strcasecmp(charset, "UTF-8") == 0 || strcasecmp(charset, "US-ASCII") == 0)
        return STATUS_OK;
    from = ucnv_open(charset, &code);
    to = ucnv_open("UTF-8", &code);
    if (U_SUCCESS(code)) {
        status = convert(*text, from, to, converted, err);
        *text = buf_span(converted);
    } /* else a charset that nobody knows: read as if it were UTF-8 */
    if (from)
        ucnv_close(from);
    if (to)
        ucnv_close(to);
    return status;
}

/* ---- namespaces ---- */

#define NS(id, address)                                                                            \
    {                                                                                              \
        address, sizeof(address) - 1, id                                                           \
    }
#define OOXML(id, path)  NS(id, "http://schemas.openxmlformats.org/" path)
#define STRICT(id, path) NS(id, "http://purl.oclc.org/ooxml/" path)
#define ODF(id, name)    NS(id, "urn:oasis:names:tc:opendocument:xmlns:" name ":1.0")

static const struct {
    const char *address;
    size_t len;
    uint8_t ns;
} namespaces[] = {
    OOXML(XML_NS_W, "wordprocessingml/2006/main"),
    STRICT(XML_NS_W, "wordprocessingml/main"),
    OOXML(XML_NS_S, "spreadsheetml/2006/main"),
    STRICT(XML_NS_S, "spreadsheetml/main"),
    OOXML(XML_NS_P, "presentationml/2006/main"),
    STRICT(XML_NS_P, "presentationml/main"),
    OOXML(XML_NS_A, "drawingml/2006/main"),
    STRICT(XML_NS_A, "drawingml/main"),
    OOXML(XML_NS_R, "officeDocument/2006/relationships"),
    STRICT(XML_NS_R, "officeDocument/relationships"),
    OOXML(XML_NS_REL, "package/2006/relationships"),
    OOXML(XML_NS_M, "officeDocument/2006/math"),
    STRICT(XML_NS_M, "officeDocument/math"),
    OOXML(XML_NS_C, "drawingml/2006/chart"),
    STRICT(XML_NS_C, "drawingml/chart"),
    OOXML(XML_NS_DGM, "drawingml/2006/diagram"),
    STRICT(XML_NS_DGM, "drawingml/diagram"),
    OOXML(XML_NS_WP, "drawingml/2006/wordprocessingDrawing"),
    STRICT(XML_NS_WP, "drawingml/wordprocessingDrawing"),
    OOXML(XML_NS_PIC, "drawingml/2006/picture"),
    STRICT(XML_NS_PIC, "drawingml/picture"),
    OOXML(XML_NS_MC, "markup-compatibility/2006"),
    OOXML(XML_NS_CP, "package/2006/metadata/core-properties"),
    NS(XML_NS_WPS, "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"),
    NS(XML_NS_CM, "http://schemas.microsoft.com/office/powerpoint/2018/8/main"),
    NS(XML_NS_V, "urn:schemas-microsoft-com:vml"),
    NS(XML_NS_DC, "http://purl.org/dc/elements/1.1/"),
    NS(XML_NS_DCTERMS, "http://purl.org/dc/terms/"),
    ODF(XML_NS_OFFICE, "office"),
    ODF(XML_NS_TEXT, "text"),
    ODF(XML_NS_TABLE, "table"),
    ODF(XML_NS_DRAW, "drawing"),
    ODF(XML_NS_STYLE, "style"),
    ODF(XML_NS_FO, "xsl-fo-compatible"),
    ODF(XML_NS_SVG, "svg-compatible"),
    ODF(XML_NS_META, "meta"),
    ODF(XML_NS_PRESENTATION, "presentation"),
    NS(XML_NS_SVG, "http://www.w3.org/2000/svg"),
    NS(XML_NS_XLINK, "http://www.w3.org/1999/xlink"),
    NS(XML_NS_XHTML, "http://www.w3.org/1999/xhtml"),
    NS(XML_NS_MATHML, "http://www.w3.org/1998/Math/MathML"),
    NS(XML_NS_FB2, "http://www.gribuser.ru/xml/fictionbook/2.0"),
    NS(XML_NS_FB2, "http://www.gribuser.ru/xml/fictionbook/2.1"),
    NS(XML_NS_FB2, "http://www.gribuser.ru/xml/fictionbook/2.2"),
    NS(XML_NS_DOCBOOK, "http://docbook.org/ns/docbook"),
    NS(XML_NS_ATOM, "http://www.w3.org/2005/Atom"),
    NS(XML_NS_ATOM, "http://purl.org/atom/ns#"),
    NS(XML_NS_RSS1, "http://purl.org/rss/1.0/"),
    NS(XML_NS_RSS1, "http://my.netscape.com/rdf/simple/0.9/"),
    /* RSS 2.0 has none, but for those who gave it one. */
    NS(XML_NS_RSS1, "http://backend.userland.com/rss2"),
    NS(XML_NS_RSS1, "http://backend.userland.com/RSS2"),
    NS(XML_NS_RSS1, "http://blogs.law.harvard.edu/tech/rss"),
    NS(XML_NS_RSS1, "http://cyber.law.harvard.edu/rss/rss.html"),
    NS(XML_NS_RDF, "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    NS(XML_NS_CONTENT, "http://purl.org/rss/1.0/modules/content/"),
    NS(XML_NS_OPF, "http://www.idpf.org/2007/opf"),
    NS(XML_NS_NCX, "http://www.daisy.org/z3986/2005/ncx/"),
    NS(XML_NS_OCF, "urn:oasis:names:tc:opendocument:xmlns:container"),
};

uint8_t xml_namespace(struct span address)
{
    if (address.len == 0)
        return XML_NS_NONE;
    for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++)
        if (namespaces[i].len == address.len &&
            memcmp(namespaces[i].address, address.data, address.len) == 0)
            return namespaces[i].ns;
    return XML_NS_OTHER;
}

/* ---- references ---- */

/* "&#8212;", "&#x2014;" or one of the five names. Returns the bytes it takes; 0: none of these. */
static size_t read_reference(struct span text, uint32_t *c)
{
    static const struct {
        const char *name;
        uint32_t c;
    } known[] = { { "&lt;", '<' },   { "&gt;", '>' },    { "&amp;", '&' },
                  { "&quot;", '"' }, { "&apos;", '\'' }, { "&nbsp;", 0xA0 } };
    size_t i = 2;
    unsigned base = 10;

    for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++) {
        if (span_starts(text, known[k].name)) {
            *c = known[k].c;
            return strlen(known[k].name);
        }
    }
    if (text.len < 4 || text.data[1] != '#')
        return 0;
    if (text.data[2] == 'x' || text.data[2] == 'X') {
        base = 16;
        i = 3;
    }
    *c = 0;
    for (; i < text.len && i < 12 && text.data[i] != ';'; i++) {
        char d = text.data[i];
        unsigned digit = d >= '0' && d <= '9'   ? (unsigned)(d - '0')
                         : d >= 'a' && d <= 'f' ? (unsigned)(d - 'a') + 10
                         : d >= 'A' && d <= 'F' ? (unsigned)(d - 'A') + 10
                                                : 99;

        if (digit >= base)
            return 0;
        *c = *c * base + digit;
    }
    if (i >= text.len || text.data[i] != ';')
        return 0;
    if (*c == 0 || *c > 0x10FFFF)
        *c = UTF8_REPLACEMENT;
    return i + 1;
}

size_t xml_decode_attribute(struct span text, char *out)
{
    size_t len = 0;

    while (text.len > 0) {
        uint32_t c;
        size_t taken = text.data[0] == '&' ? read_reference(text, &c) : 0;

        if (taken) {
            /* The shortest reference, "&#9;", is as long as the longest character. */
            len += utf8_encode(c, out + len);
        } else {
            out[len++] = text.data[0];
            taken = 1;
        }
        text = (struct span){ text.data + taken, text.len - taken };
    }
    return len;
}

static const struct xml_entity *lookup_entity(const struct xml *xml, struct span text,
                                              size_t *taken)
{
    const char *close = memchr(text.data, ';', text.len < 128 ? text.len : 128);
    struct span name;

    if (!close || close == text.data + 1)
        return NULL;
    name = (struct span){ text.data + 1, (size_t)(close - text.data - 1) };
    *taken = name.len + 2;
    for (unsigned i = 0; i < xml->entity_count; i++)
        if (xml->entities[i].name.len == name.len &&
            memcmp(xml->entities[i].name.data, name.data, name.len) == 0)
            return &xml->entities[i];
    return NULL;
}

/* Markup inside an entity is dropped and its text kept: rare, and simpler than reading it. */
static void decode_deep(struct xml *xml, struct span text, struct buf *out, unsigned depth)
{
    bool is_in_tag = false;

    while (text.len > 0) {
        const struct xml_entity *entity;
        uint32_t c;
        size_t taken = 0;
        size_t plain = 0;

        while (plain < text.len && text.data[plain] != '&' &&
               (depth == 0 || (text.data[plain] != '<' && text.data[plain] != '>')))
            plain++;
        if (!is_in_tag)
            buf_append(out, text.data, plain);
        text = (struct span){ text.data + plain, text.len - plain };
        if (depth > 0)
            xml->expanded_bytes += plain;
        if (xml->expanded_bytes > XML_EXPANSION_MAX) {
            xml->is_over_limit = true;
            return;
        }
        if (text.len == 0)
            return;
        if (text.data[0] != '&') {
            is_in_tag = text.data[0] == '<';
            taken = 1;
        } else if ((taken = read_reference(text, &c)) > 0) {
            utf8_append(out, c);
        } else if ((entity = lookup_entity(xml, text, &taken)) && depth < ENTITY_DEPTH_MAX) {
            xml->expanded_bytes += 16; /* an entity that holds nothing is not free either */
            decode_deep(xml, entity->value, out, depth + 1);
        } else {
            buf_append_char(out, '&');
            taken = 1;
        }
        text = (struct span){ text.data + taken, text.len - taken };
    }
}

void xml_decode(struct xml *xml, struct span text, struct buf *out)
{
    decode_deep(xml, text, out, 0);
}

/* ---- the document type ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static struct span take_word(const char **at, const char *end)
{
    const char *start;

    while (*at < end && is_space(**at))
        (*at)++;
    start = *at;
    while (*at < end && !is_space(**at) && **at != '>' && **at != '"' && **at != '\'')
        (*at)++;
    return (struct span){ start, (size_t)(*at - start) };
}

/* declaration is what stands between "<!ENTITY" and its '>'. Parameter entities and external ones
 * (SYSTEM, PUBLIC) stand for nothing here. */
static void remember_entity(struct xml *xml, struct span declaration)
{
    const char *at = declaration.data, *end = at + declaration.len, *close;
    struct span name = take_word(&at, end);

    while (at < end && is_space(*at))
        at++;
    if (name.len == 0 || at >= end || (*at != '"' && *at != '\'') ||
        xml->entity_count == XML_ENTITIES_MAX)
        return;
    close = memchr(at + 1, *at, (size_t)(end - at - 1));
    if (!close)
        return;
    if (!xml->entities)
        xml->entities = malloc(XML_ENTITIES_MAX * sizeof(xml->entities[0]));
    if (!xml->entities)
        return;
    xml->entities[xml->entity_count++] =
        (struct xml_entity){ name, { at + 1, (size_t)(close - at - 1) } };
}

/* The end of a declaration that starts at at: its '>', quotes heeded. NULL: none. */
static const char *declaration_end(const char *at, const char *end)
{
    while (at < end && *at != '>') {
        if (*at == '"' || *at == '\'') {
            at = memchr(at + 1, *at, (size_t)(end - at - 1));
            if (!at)
                return NULL;
        }
        at++;
    }
    return at < end ? at : NULL;
}

static const char *read_subset(struct xml *xml, const char *at)
{
    const char *end = xml->end;

    while (at < end && *at != ']') {
        struct span left = { at, (size_t)(end - at) };
        const char *close;

        if (span_starts(left, "<!--")) {
            close = memmem(at + 4, left.len - 4, "-->", 3);
            at = close ? close + 3 : end;
        } else if (*at == '<') {
            close = declaration_end(at, end);
            if (!close)
                return end;
            if (span_starts(left, "<!ENTITY") && !xml->is_fork)
                remember_entity(xml, (struct span){ at + 8, (size_t)(close - at - 8) });
            at = close + 1;
        } else {
            at++;
        }
    }
    return at < end ? at + 1 : end;
}

bool xml_read_doctype(struct xml *xml)
{
    const char *at = xml->at, *end = xml->end;

    while (at < end && *at != '>') {
        if (*at == '[') {
            at = read_subset(xml, at + 1);
        } else if (*at == '"' || *at == '\'') {
            at = memchr(at + 1, *at, (size_t)(end - at - 1));
            if (!at)
                return false;
            at++;
        } else {
            at++;
        }
    }
    if (at >= end)
        return false;
    xml->at = at + 1;
    return true;
}
