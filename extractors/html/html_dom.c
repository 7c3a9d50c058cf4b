#include "extractors/html/html_dom.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const tag_names[] = {
#define HTML_TAG_NAME(upper, lower) #lower,
    HTML_TAGS(HTML_TAG_NAME) HTML_MATH_TAGS(HTML_TAG_NAME)
#undef HTML_TAG_NAME
};

#define TAG_NAME_COUNT   (sizeof(tag_names) / sizeof(tag_names[0]))
#define FIRST_OF_FORMULA (HTML_MFENCED - HTML_CUSTOM - 1)

/* A name may hold any byte, NUL too. */
static int compare_name(struct span name, const char *known)
{
    size_t len = strlen(known);
    int order = memcmp(name.data, known, name.len < len ? name.len : len);

    return order != 0 ? order : name.len < len ? -1 : name.len > len;
}

/* The place of a name between low and high; high: it is none of these. */
static size_t find_name(struct span lower_name, size_t low, size_t high)
{
    size_t none = high;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = compare_name(lower_name, tag_names[middle]);

        if (order == 0)
            return middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return none;
}

/* "mml:mi": XHTML of publishers names the elements of formulas by their namespace. */
static struct span without_prefix(struct span lower_name)
{
    static const char *const prefixes[] = { "mml:", "m:", "math:" };

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        size_t len = strlen(prefixes[i]);

        if (lower_name.len > len && !memcmp(lower_name.data, prefixes[i], len))
            return (struct span){ lower_name.data + len, lower_name.len - len };
    }
    return lower_name;
}

/* TAG_NAME_COUNT: it is none of a formula's. */
static size_t find_formula_name(struct span lower_name)
{
    struct span name = without_prefix(lower_name);

    if (name.len < lower_name.len &&
        (!compare_name(name, "math") || !compare_name(name, "annotation")))
        return find_name(name, 0, FIRST_OF_FORMULA);
    return find_name(name, FIRST_OF_FORMULA, TAG_NAME_COUNT);
}

enum html_tag html_tag_of(struct span lower_name)
{
    size_t place = find_name(lower_name, 0, FIRST_OF_FORMULA);

    if (place == FIRST_OF_FORMULA)
        place = find_formula_name(lower_name);
    if (place < TAG_NAME_COUNT)
        return (enum html_tag)(HTML_CUSTOM + 1 + place);
    return memchr(lower_name.data, '-', lower_name.len) ? HTML_CUSTOM : HTML_OTHER;
}

const char *html_tag_name(enum html_tag tag)
{
    return tag > HTML_CUSTOM ? tag_names[tag - HTML_CUSTOM - 1] : "";
}

bool html_is_void(enum html_tag tag)
{
    switch ((int)tag) {
    case HTML_AREA:
    case HTML_BASE:
    case HTML_BR:
    case HTML_COL:
    case HTML_EMBED:
    case HTML_FRAME:
    case HTML_HR:
    case HTML_IMG:
    case HTML_INPUT:
    case HTML_LINK:
    case HTML_META:
    case HTML_PARAM:
    case HTML_SOURCE:
    case HTML_TRACK:
    case HTML_WBR:
        return true;
    default:
        return false;
    }
}

const bool html_block_tags[HTML_TAG_COUNT] = {
    [HTML_ROOT] = true,     [HTML_CUSTOM] = true,   [HTML_ADDRESS] = true,
    [HTML_ARTICLE] = true,  [HTML_ASIDE] = true,    [HTML_BLOCKQUOTE] = true,
    [HTML_BODY] = true,     [HTML_CAPTION] = true,  [HTML_CENTER] = true,
    [HTML_DD] = true,       [HTML_DETAILS] = true,  [HTML_DIALOG] = true,
    [HTML_DIR] = true,      [HTML_DIV] = true,      [HTML_DL] = true,
    [HTML_DT] = true,       [HTML_FIELDSET] = true, [HTML_FIGCAPTION] = true,
    [HTML_FIGURE] = true,   [HTML_FOOTER] = true,   [HTML_FORM] = true,
    [HTML_FRAMESET] = true, [HTML_H1] = true,       [HTML_H2] = true,
    [HTML_H3] = true,       [HTML_H4] = true,       [HTML_H5] = true,
    [HTML_H6] = true,       [HTML_HEAD] = true,     [HTML_HEADER] = true,
    [HTML_HGROUP] = true,   [HTML_HR] = true,       [HTML_HTML] = true,
    [HTML_LEGEND] = true,   [HTML_LI] = true,       [HTML_LISTING] = true,
    [HTML_MAIN] = true,     [HTML_MENU] = true,     [HTML_NAV] = true,
    [HTML_NOFRAMES] = true, [HTML_OL] = true,       [HTML_OPTION] = true,
    [HTML_OPTGROUP] = true, [HTML_P] = true,        [HTML_PLAINTEXT] = true,
    [HTML_PRE] = true,      [HTML_SEARCH] = true,   [HTML_SECTION] = true,
    [HTML_SELECT] = true,   [HTML_SUMMARY] = true,  [HTML_TABLE] = true,
    [HTML_TBODY] = true,    [HTML_TD] = true,       [HTML_TEMPLATE] = true,
    [HTML_TEXTAREA] = true, [HTML_TFOOT] = true,    [HTML_TH] = true,
    [HTML_THEAD] = true,    [HTML_TITLE] = true,    [HTML_TR] = true,
    [HTML_UL] = true,       [HTML_XMP] = true,
};

struct span html_attr_search(const struct html_dom *dom, uint32_t node, enum html_attribute name)
{
    const struct html_node *element = &dom->nodes[node];

    for (unsigned i = 0; i < element->attr_count; i++)
        if (dom->attrs[element->attr_start + i].name == name)
            return dom->attrs[element->attr_start + i].value;
    return (struct span){ NULL, 0 };
}

bool html_has_class(struct span classes, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i + len <= classes.len; i++)
        if ((i == 0 || classes.data[i - 1] <= ' ') && (classes.data[i] | 0x20) == (*name | 0x20) &&
            !strncasecmp(classes.data + i, name, len) &&
            (i + len == classes.len || classes.data[i + len] <= ' '))
            return true;
    return false;
}

void html_text_of(const struct html_dom *dom, uint32_t node, struct buf *out)
{
    for (uint32_t i = node; i < dom->nodes[node].end; i++) {
        const struct html_node *inner = &dom->nodes[i];

        if (inner->tag == HTML_SCRIPT || inner->tag == HTML_STYLE)
            i = inner->end - 1;
        else if (inner->tag == HTML_TEXT_NODE)
            buf_append(out, inner->text, inner->text_len);
        else if (inner->tag == HTML_BR || html_is_block(inner->tag))
            buf_append_char(out, '\n');
    }
}

void html_dom_release(struct html_dom *dom)
{
    free(dom->nodes);
    free(dom->attrs);
    arena_release(&dom->decoded);
    *dom = (struct html_dom){ 0 };
}
