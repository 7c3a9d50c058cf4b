#include "extractors/html/html_link.h"

#include <string.h>
#include <strings.h>

static struct span part_of(struct span text, size_t from, size_t to)
{
    return (struct span){ text.data + from, to - from };
}

static struct span trimmed(struct span text)
{
    size_t from = 0, to = text.len;

    while (from < to && (unsigned char)text.data[from] <= ' ')
        from++;
    while (to > from && (unsigned char)text.data[to - 1] <= ' ')
        to--;
    return part_of(text, from, to);
}

/* The length of "scheme:", or 0. */
static size_t scheme_of(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i], lower = (char)(c | 0x20);

        if (c == ':')
            return i > 0 ? i + 1 : 0;
        if (!(lower >= 'a' && lower <= 'z') &&
            (i == 0 || !((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.')))
            return 0;
    }
    return 0;
}

static bool begins(struct span text, const char *word)
{
    return text.len >= strlen(word) && !strncasecmp(text.data, word, strlen(word));
}

static bool leads_out(struct span target)
{
    return target.len > 0 && target.data[0] != '#' && !begins(target, "javascript:") &&
           !begins(target, "data:");
}

/* Where the path of a full address begins: "https://host" | "/path". 0: it has no host. */
static size_t path_start(struct span address)
{
    size_t at = scheme_of(address);

    if (at == 0 || at + 2 > address.len || memcmp(address.data + at, "//", 2) != 0)
        return 0;
    for (at += 2; at < address.len && !strchr("/?#", address.data[at]); at++)
        ;
    return at;
}

static size_t end_before(struct span text, size_t from, const char *marks)
{
    while (from < text.len && !strchr(marks, text.data[from]))
        from++;
    return from;
}

static void cut_last(struct buf *out)
{
    out->data[--out->len] = '\0';
}

/* "remove_dot_segments": appends path to out, whose path begins at start. */
static void append_path(struct buf *out, size_t start, struct span path)
{
    size_t at = 0;

    while (at < path.len) {
        size_t end = end_before(path, at, "/"), next = end < path.len ? end + 1 : end;
        struct span name = part_of(path, at, end);

        if (name.len == 2 && !memcmp(name.data, "..", 2)) {
            if (out->len > start + 1)
                cut_last(out);
            while (out->len > start + 1 && out->data[out->len - 1] != '/')
                cut_last(out);
        } else if (!(name.len == 1 && name.data[0] == '.')) {
            buf_append(out, path.data + at, next - at);
        }
        at = next;
    }
}

void html_link_resolve(struct span base, struct span target, struct buf *out)
{
    size_t host_end = path_start(base), path_end, query, folder;

    target = trimmed(target);
    if (!leads_out(target))
        return;
    if (host_end == 0 || scheme_of(target)) {
        buf_append(out, target.data, target.len);
        return;
    }
    if (begins(target, "//")) {
        buf_append(out, base.data, scheme_of(base));
        buf_append(out, target.data, target.len);
        return;
    }
    path_end = end_before(base, host_end, "?#");
    if (target.data[0] == '?') {
        buf_append(out, base.data, path_end);
        buf_append(out, target.data, target.len);
        return;
    }
    buf_append(out, base.data, host_end);
    host_end = out->len;
    buf_append_char(out, '/');
    if (target.data[0] == '/') {
        target = part_of(target, 1, target.len);
    } else {
        size_t start = path_start(base);

        for (folder = path_end; folder > start && base.data[folder - 1] != '/'; folder--)
            ;
        if (folder > start + 1)
            append_path(out, host_end, part_of(base, start + 1, folder));
    }
    query = end_before(target, 0, "?#");
    append_path(out, host_end, part_of(target, 0, query));
    buf_append(out, target.data + query, target.len - query);
}

void html_link_base(const struct html_dom *dom, struct span url, struct buf *out)
{
    for (uint32_t i = 1; i < dom->node_count; i++)
        if (dom->nodes[i].tag == HTML_BASE && html_has_attr(dom, i, HTML_ATTR_HREF)) {
            html_link_resolve(url, html_attr(dom, i, HTML_ATTR_HREF), out);
            break;
        }
    if (path_start(buf_span(out)) == 0) {
        buf_clear(out);
        buf_append(out, url.data, url.len);
    }
}
