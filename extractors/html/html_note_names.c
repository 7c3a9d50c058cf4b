#include "extractors/html/html_note_names.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/cleanup.h"
#include "extractors/common/note_labels.h"
#include "extractors/html/html_link.h"

#define AROUND_MAX        5u    /* elements around a note that may say that it is among notes */
#define WORDS_BYTES_MAX   2048u /* of an attribute: it is looked at for each link in the element */
#define NAME_BYTES_MAX    256u
#define ADDRESS_BYTES_MAX 4096u
#define BOOK_ADDRESS      "book://b/" /* links in a book are seen from it */

static bool is_letter(char c)
{
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

bool html_note_is_name(struct span fragment)
{
    static const char *const names[] = { "fn",      "ftn",  "edn",        "footnote",
                                         "endnote", "note", "sdfootnote", "sdendnote",
                                         "fnote",   "en",   "rearnote" };
    struct span rest = fragment;

    if (fragment.len > NAME_BYTES_MAX)
        return false;
    while (rest.len > 0 && rest.data[0] == '_')
        rest = (struct span){ rest.data + 1, rest.len - 1 };
    if (rest.len > 9 && (!memcmp(rest.data, "cite_note", 9) || !memcmp(rest.data, "cite-note", 9)))
        return true;
    if (ascii_find(rest, "ref") || ascii_find(rest, "anc") || ascii_find(rest, "back"))
        return false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t len = strlen(names[i]);

        if (rest.len > len && !strncasecmp(rest.data, names[i], len) && !is_letter(rest.data[len]))
            return true;
    }
    return false;
}

/* Is one of names, up to NULL, among the words of an attribute? */
static bool has_any(struct span value, const char *const *names)
{
    if (value.len > WORDS_BYTES_MAX)
        value.len = WORDS_BYTES_MAX;
    for (; value.len > 0 && *names; names++)
        if (html_has_class(value, *names))
            return true;
    return false;
}

bool html_note_says_mark(const struct html_dom *dom, uint32_t node)
{
    static const char *const types[] = { "noteref", NULL };
    static const char *const roles[] = { "doc-noteref", NULL };
    static const char *const classes[] = { "footnote-ref",  "footnote-reference",
                                           "footnoteref",   "noteref",
                                           "sdfootnoteanc", "sdendnoteanc",
                                           "footnote-link", NULL };

    if (dom->nodes[node].attr_count == 0)
        return false;
    return has_any(html_attr(dom, node, HTML_ATTR_EPUB_TYPE), types) ||
           has_any(html_attr(dom, node, HTML_ATTR_ROLE), roles) ||
           has_any(html_attr(dom, node, HTML_ATTR_CLASS), classes);
}

bool html_note_may_be_said(const struct html_dom *dom)
{
    return dom->attributes & (UINT64_C(1) << HTML_ATTR_EPUB_TYPE | UINT64_C(1) << HTML_ATTR_ROLE);
}

bool html_note_says_note(const struct html_dom *dom, uint32_t node)
{
    static const char *const types[] = { "footnote", "endnote", "rearnote", "note", NULL };
    static const char *const roles[] = { "doc-footnote", "doc-endnote", NULL };

    if (dom->nodes[node].attr_count == 0)
        return false;
    return has_any(html_attr(dom, node, HTML_ATTR_EPUB_TYPE), types) ||
           has_any(html_attr(dom, node, HTML_ATTR_ROLE), roles);
}

bool html_note_holds_notes(const struct html_dom *dom, uint32_t node)
{
    static const char *const types[] = { "footnotes", "endnotes", "rearnotes", NULL };
    static const char *const roles[] = { "doc-endnotes", "doc-footnotes", NULL };
    static const char *const classes[] = { "footnotes",      "endnotes", "references", "reflist",
                                           "footnotes-list", "notes",    NULL };

    if (dom->nodes[node].attr_count == 0)
        return false;
    return has_any(html_attr(dom, node, HTML_ATTR_EPUB_TYPE), types) ||
           has_any(html_attr(dom, node, HTML_ATTR_ROLE), roles) ||
           has_any(html_attr(dom, node, HTML_ATTR_CLASS), classes);
}

bool html_note_is_among_notes(const struct html_dom *dom, uint32_t node)
{
    static const char *const classes[] = { "footnote", "endnote",         "reference",
                                           "fn",       "footnote-define", NULL };

    for (unsigned around = 0; node > 0 && around < AROUND_MAX; around++) {
        if (html_note_says_note(dom, node) || html_note_holds_notes(dom, node) ||
            has_any(html_attr(dom, node, HTML_ATTR_CLASS), classes))
            return true;
        node = dom->nodes[node].parent;
    }
    return false;
}

/* Arrows, and what turns them into pictures or letters. */
static bool is_arrow(struct span text)
{
    bool has_arrow = false;

    for (size_t i = 0; i < text.len;) {
        struct span rest = { text.data + i, text.len - i };
        unsigned char c = (unsigned char)rest.data[0];

        if (c <= ' ' || c == '[' || c == ']') {
            i++;
        } else if (c == '^') {
            has_arrow = true;
            i++;
        } else if (rest.len >= 2 && !memcmp(rest.data, "\xC2\xA0", 2)) {
            i += 2;
        } else if (rest.len >= 3 && c == 0xE2 && /* U+2190 to U+21FF, U+2900 to U+297F, U+2B05 */
                   (((unsigned char)rest.data[1] >= 0x86 && (unsigned char)rest.data[1] <= 0x87) ||
                    (unsigned char)rest.data[1] == 0xA4 || (unsigned char)rest.data[1] == 0xAC)) {
            has_arrow = true;
            i += 3;
        } else if (rest.len >= 3 && !memcmp(rest.data, "\xEF\xB8", 2)) {
            i += 3;
        } else {
            return false;
        }
    }
    return has_arrow;
}

bool html_note_says_back(const struct html_dom *dom, uint32_t link, struct span text)
{
    static const char *const roles[] = { "doc-backlink", NULL };
    static const char *const types[] = { "backlink", "referrer", NULL };
    static const char *const classes[] = { "footnote-back",   "footnote-backref", "reversefootnote",
                                           "footnote-return", "fn-backref",       NULL };
    struct span target = html_attr(dom, link, HTML_ATTR_HREF);

    if (target.len == 0 || !memchr(target.data, '#', target.len))
        return false;
    return is_arrow(text) || has_any(html_attr(dom, link, HTML_ATTR_ROLE), roles) ||
           has_any(html_attr(dom, link, HTML_ATTR_EPUB_TYPE), types) ||
           has_any(html_attr(dom, link, HTML_ATTR_CLASS), classes);
}

uint64_t html_note_target(struct span part, struct span target, struct span *fragment,
                          bool *is_here)
{
    CLEANUP(buf_release) struct buf base = BUF_INIT(ADDRESS_BYTES_MAX);
    CLEANUP(buf_release) struct buf address = BUF_INIT((size_t)2 * ADDRESS_BYTES_MAX);
    const char *sign = target.len ? memchr(target.data, '#', target.len) : NULL;
    struct span path;

    if (!sign || (part.len == 0 && sign != target.data))
        return 0;
    *fragment = (struct span){ sign + 1, target.len - (size_t)(sign + 1 - target.data) };
    *is_here = sign == target.data;
    if (fragment->len == 0)
        return 0;
    if (*is_here)
        return note_key(part, *fragment);
    buf_printf(&base, BOOK_ADDRESS "%.*s", (int)part.len, part.data);
    html_link_resolve(buf_span(&base), (struct span){ target.data, (size_t)(sign - target.data) },
                      &address);
    if (address.len <= strlen(BOOK_ADDRESS) ||
        memcmp(address.data, BOOK_ADDRESS, strlen(BOOK_ADDRESS)) != 0)
        return 0;
    path = (struct span){ address.data + strlen(BOOK_ADDRESS), address.len - strlen(BOOK_ADDRESS) };
    *is_here = path.len == part.len && !memcmp(path.data, part.data, part.len);
    return note_key(path, *fragment);
}
