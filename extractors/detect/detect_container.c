#include "extractors/detect/detect_container.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "extractors/container/ole.h"

static uint32_t little16(const char *at)
{
    const unsigned char *p = (const unsigned char *)at;

    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static void set(char out[DETECT_TYPE_BYTES], const char *type)
{
    (void)snprintf(out, DETECT_TYPE_BYTES, "%s", type);
}

static bool is_name(struct span name, const char *want)
{
    return name.len == strlen(want) && memcmp(name.data, want, name.len) == 0;
}

static bool begins(struct span text, const char *want)
{
    return text.len >= strlen(want) && memcmp(text.data, want, strlen(want)) == 0;
}

/* ---- OLE: [MS-CFB]; the directory holds names in UTF-16LE ---- */

static const struct {
    const char *stream, *type;
} streams[] = {
    { "EncryptedPackage", "application/x-ole-encrypted" },
    { "WordDocument", "application/msword" },
    { "Workbook", "application/vnd.ms-excel" },
    { "Book", "application/vnd.ms-excel" },
    { "PowerPoint Document", "application/vnd.ms-powerpoint" },
    { "__properties_version1.0", "application/vnd.ms-outlook" },
    { "VisioDocument", "application/vnd.visio" },
    { "\005HwpSummaryInformation", "application/x-hwp" },
    { "Quill", "application/vnd.ms-publisher" },
};

/* The name as a directory entry has it: 64 bytes, then its length with the end mark. */
static bool has_stream(struct span bytes, const char *name)
{
    char wide[64] = "";
    size_t length = strlen(name), bytes_wide = 2 * length + 2;
    const char *at = bytes.data;

    for (size_t i = 0; i < length; i++)
        wide[2 * i] = name[i];
    while (at) {
        size_t left = bytes.len - (size_t)(at - bytes.data);

        at = memmem(at, left, wide, bytes_wide);
        if (!at)
            return false;
        left = bytes.len - (size_t)(at - bytes.data);
        if ((size_t)(at - bytes.data) % 128 == 0 && left >= 66 && little16(at + 64) == bytes_wide)
            return true;
        at++;
    }
    return false;
}

/* A document may hold others: which of them it is, the folder that holds all says. */
static const char *type_of_root(struct span bytes)
{
    struct ole *ole = NULL;
    const char *type = NULL;

    if (ole_open(bytes, &ole, NULL))
        return NULL;
    for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]) && !type; i++)
        if (ole_lookup_in(ole, OLE_ROOT, streams[i].stream) != OLE_NONE)
            type = streams[i].type;
    ole_free(ole);
    return type;
}

bool detect_ole(struct span bytes, char out[DETECT_TYPE_BYTES])
{
    const char *first = NULL, *of_root = NULL;
    bool is_ambiguous = false;

    if (!begins(bytes, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"))
        return false;
    for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]) && !is_ambiguous; i++) {
        if (!has_stream(bytes, streams[i].stream))
            continue;
        is_ambiguous = first && strcmp(first, streams[i].type) != 0;
        if (!first)
            first = streams[i].type;
    }
    if (is_ambiguous || !first) /* names there are the same in any case: [MS-CFB] 2.6.4 */
        of_root = type_of_root(bytes);
    set(out, of_root ? of_root : first ? first : "application/x-ole-storage");
    return true;
}

/* ---- XML: the root element ---- */

/* Rows with a hint need those words in the first element, in the document type before it, or in the
 * tag of the first element inside. */
static const struct {
    const char *root, *hint, *type;
} roots[] = {
    { "html", NULL, "application/xhtml+xml" },
    { "svg", NULL, "image/svg+xml" },
    { "rss", NULL, "application/rss+xml" },
    { "RDF", "purl.org/rss", "application/rss+xml" },
    { "feed", NULL, "application/atom+xml" },
    { "FictionBook", NULL, "application/x-fictionbook+xml" },
    { "opml", NULL, "text/x-opml" },
    { "article", "jats", "application/jats+xml" },
    { "article", "JATS", "application/jats+xml" },
    { "article", "NLM", "application/jats+xml" },
    { "article", "article-type", "application/jats+xml" },
    { "article", "dtd-version", "application/jats+xml" },
    { "article", "<front", "application/jats+xml" },
    { "book", "<book-meta", "application/jats+xml" }, /* BITS: the same for books */
    { "article", NULL, "application/docbook+xml" },
    { "book", NULL, "application/docbook+xml" },
    { "chapter", NULL, "application/docbook+xml" },
    { "refentry", NULL, "application/docbook+xml" },
    { "set", "docbook", "application/docbook+xml" },
    { "section", "docbook", "application/docbook+xml" },
    { "page", "projectmallard.org", "application/x-mallard+xml" },
    { "document", "office:mimetype=\"application/vnd.oasis.opendocument.text",
      "application/vnd.oasis.opendocument.text-flat-xml" },
    { "document", "office:mimetype=\"application/vnd.oasis.opendocument.spreadsheet",
      "application/vnd.oasis.opendocument.spreadsheet-flat-xml" },
    { "document", "office:mimetype=\"application/vnd.oasis.opendocument.presentation",
      "application/vnd.oasis.opendocument.presentation-flat-xml" },
    { "wordDocument", NULL, "application/vnd.ms-wordml+xml" },
    { "pmc-articleset", NULL, "application/jats+xml" },
};

static size_t skip_past(struct span head, size_t at, const char *mark)
{
    const char *found = memmem(head.data + at, head.len - at, mark, strlen(mark));

    return found ? (size_t)(found - head.data) + strlen(mark) : head.len;
}

/* A document type ends at '>', behind its own declarations in brackets. */
static size_t skip_doctype(struct span head, size_t at)
{
    while (at < head.len && head.data[at] != '>' && head.data[at] != '[')
        at++;
    if (at < head.len && head.data[at] == '[')
        at = skip_past(head, at, "]");
    return skip_past(head, at, ">");
}

/* Where the first element begins, or head.len. */
static size_t find_root(struct span head, bool *is_declared)
{
    size_t at = begins(head, "\xEF\xBB\xBF") ? 3 : 0;

    while (at < head.len) {
        struct span rest = { head.data + at, head.len - at };

        if (isspace((unsigned char)head.data[at])) {
            at++;
        } else if (begins(rest, "<?")) {
            *is_declared |= begins(rest, "<?xml");
            at = skip_past(head, at, "?>");
        } else if (begins(rest, "<!--")) {
            at = skip_past(head, at, "-->");
        } else if (begins(rest, "<!")) {
            at = skip_doctype(head, at);
        } else {
            break;
        }
    }
    return at;
}

/* Bytes of head up to where the first element inside of the first one, whose tag ends at at, has
 * its own tag behind it. */
static size_t skip_first_child(struct span head, size_t at)
{
    struct span rest = { head.data + at, head.len - at };
    bool is_declared = false;

    return at + skip_past(rest, find_root(rest, &is_declared), ">");
}

bool detect_xml(struct span head, char out[DETECT_TYPE_BYTES])
{
    bool is_declared = false, has_namespace;
    size_t start = find_root(head, &is_declared), at, name;
    struct span before_children, hints;

    if (start + 2 > head.len || head.data[start] != '<' ||
        (!isalpha((unsigned char)head.data[start + 1]) && head.data[start + 1] != '_'))
        return false;
    name = start + 1;
    for (at = name; at < head.len && !isspace((unsigned char)head.data[at]) &&
                    head.data[at] != '>' && head.data[at] != '/';
         at++)
        if (head.data[at] == ':')
            name = at + 1;
    before_children = (struct span){ head.data, skip_past(head, at, ">") };
    hints = (struct span){ head.data, skip_first_child(head, before_children.len) };
    has_namespace = memmem(head.data + start, before_children.len - start, "xmlns", 5) != NULL;
    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
        struct span root = { head.data + name, at - name };

        if (!is_name(root, roots[i].root) ||
            (roots[i].hint && !memmem(hints.data, hints.len, roots[i].hint, strlen(roots[i].hint))))
            continue;
        /* HTML that is written as XML only here and there is HTML. */
        if (strcmp(roots[i].root, "html") == 0 && !(is_declared && has_namespace))
            return false;
        if (!is_declared && !has_namespace && !strchr(roots[i].type, '-') &&
            strcmp(roots[i].root, "rss") != 0 && strcmp(roots[i].root, "svg") != 0 &&
            strcmp(roots[i].root, "feed") != 0 && !memmem(head.data, start, "<!DOCTYPE", 9))
            return false; /* a fragment of HTML may begin with <article> */
        set(out, roots[i].type);
        return true;
    }
    if (!is_declared && !has_namespace)
        return false;
    set(out, "application/xml");
    return true;
}
