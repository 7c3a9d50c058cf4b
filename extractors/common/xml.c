#include "extractors/common/xml.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "extractors/common/xml_text.h"

bool span_is(struct span span, const char *text)
{
    size_t len = strlen(text);

    return span.len == len && memcmp(span.data, text, len) == 0;
}

bool span_starts(struct span span, const char *text)
{
    size_t len = strlen(text);

    return span.len >= len && memcmp(span.data, text, len) == 0;
}

long span_number(struct span span, long otherwise)
{
    long value = 0;
    size_t i = span.len > 0 && (span.data[0] == '-' || span.data[0] == '+');

    if (i >= span.len || span.len > 18 || span.data[i] < '0' || span.data[i] > '9')
        return otherwise;
    for (; i < span.len && span.data[i] >= '0' && span.data[i] <= '9'; i++)
        value = value * 10 + (span.data[i] - '0');
    return span.data[0] == '-' ? -value : value;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* ---- names ---- */

static unsigned name_slot(struct span local)
{
    unsigned hash = (unsigned)local.len;

    for (size_t i = 0; i < local.len && i < 24; i++)
        hash = hash * 31 + (unsigned char)local.data[i];
    return (hash ^ hash >> 9) & 511u;
}

static void build_slots(struct xml *xml)
{
    for (unsigned i = 0; xml->names && xml->names[i].local && i < XML_NAMES_MAX; i++) {
        const char *local = xml->names[i].local;
        unsigned slot = name_slot((struct span){ local, strlen(local) });

        while (xml->slots[slot])
            slot = (slot + 1) & 511u;
        xml->slots[slot] = (uint8_t)(i + 1);
    }
}

static unsigned lookup_tag(const struct xml *xml, struct span local, unsigned ns)
{
    for (unsigned slot = name_slot(local); xml->slots[slot]; slot = (slot + 1) & 511u) {
        const struct xml_name *name = &xml->names[xml->slots[slot] - 1];

        if ((name->ns == ns || name->ns == XML_NS_ANY) && span_is(local, name->local))
            return name->tag;
    }
    return 0;
}

static struct span prefix_of(struct span name, struct span *local)
{
    const char *colon = memchr(name.data, ':', name.len);

    if (!colon) {
        *local = name;
        return (struct span){ name.data, 0 };
    }
    *local = (struct span){ colon + 1, (size_t)(name.data + name.len - colon - 1) };
    return (struct span){ name.data, (size_t)(colon - name.data) };
}

static uint8_t lookup_prefix(const struct xml *xml, struct span prefix)
{
    for (unsigned i = xml->binding_count; i-- > 0;) {
        const struct xml_binding *binding = &xml->bindings[i];

        if (binding->prefix.len == prefix.len &&
            (prefix.len == 0 || (binding->prefix.data[0] == prefix.data[0] &&
                                 memcmp(binding->prefix.data, prefix.data, prefix.len) == 0)))
            return binding->ns;
    }
    if (span_is(prefix, "xml"))
        return XML_NS_XML;
    return prefix.len ? XML_NS_OTHER : XML_NS_NONE;
}

static void bind(struct xml *xml, struct span prefix, struct span address)
{
    if (xml->binding_count == XML_BINDINGS_MAX) {
        xml->is_over_limit = true;
        return;
    }
    xml->bindings[xml->binding_count++] = (struct xml_binding){
        .prefix = prefix,
        .ns = xml_namespace(address),
        .depth = (uint16_t)xml->open_count,
    };
}

/* ---- opening ---- */

enum status xml_open(struct xml *xml, struct span text, const struct xml_name *names,
                     struct error *err)
{
    enum status status;

    /* The arrays need no zeroes: their counts do. */
    memset(xml, 0, offsetof(struct xml, open));
    xml->open_count = xml->attribute_count = xml->binding_count = xml->entity_count = 0;
    xml->entities = NULL;
    xml->expanded_bytes = xml->value_bytes = 0;
    xml->values = NULL;
    xml->is_fork = false;
    xml->decoded = (struct buf)BUF_INIT(XML_TEXT_BYTES_MAX);
    xml->converted = (struct buf)BUF_INIT(XML_TEXT_BYTES_MAX);
    xml->names = names;
    build_slots(xml);
    status = xml_to_utf8(&text, &xml->converted, err);
    xml->at = text.data;
    xml->end = text.data + text.len;
    return status;
}

void xml_release(struct xml *xml)
{
    buf_release(&xml->decoded);
    free(xml->values);
    xml->values = NULL;
    if (!xml->is_fork) {
        buf_release(&xml->converted);
        free(xml->entities);
    }
    xml->entities = NULL;
    xml->entity_count = 0;
    xml->is_done = true;
}

void xml_fork(const struct xml *from, struct xml *fork)
{
    /* Only what is in use of the large arrays: forks are made by the dozen. */
    memcpy(fork, from, offsetof(struct xml, open));
    memcpy(fork->open, from->open, from->open_count * sizeof(from->open[0]));
    memcpy(fork->attributes, from->attributes, from->attribute_count * sizeof(from->attributes[0]));
    memcpy(fork->bindings, from->bindings, from->binding_count * sizeof(from->bindings[0]));
    fork->open_count = from->open_count;
    fork->attribute_count = from->attribute_count;
    fork->binding_count = from->binding_count;
    fork->entities = from->entities;
    fork->entity_count = from->entity_count;
    fork->expanded_bytes = from->expanded_bytes;
    fork->decoded = (struct buf)BUF_INIT(XML_TEXT_BYTES_MAX);
    fork->converted = (struct buf)BUF_INIT(0);
    fork->values = NULL;
    fork->value_bytes = 0;
    fork->is_fork = true;
}

struct xml *xml_fork_new(const struct xml *from)
{
    struct xml *fork = malloc(sizeof(*fork));

    if (fork)
        xml_fork(from, fork);
    return fork;
}

void xml_fork_free(struct xml **fork)
{
    if (*fork)
        xml_release(*fork);
    free(*fork);
}

enum status xml_status(const struct xml *xml, struct error *err)
{
    if (xml->decoded.failed == STATUS_NO_MEMORY)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    if (xml->is_over_limit)
        return error_set(err, STATUS_LIMIT, "XML past its limits: depth, tag size or entities");
    if (xml->is_broken)
        return error_set(err, STATUS_MALFORMED, "XML that is not well-formed");
    return STATUS_OK;
}

/* ---- start and end tags ---- */

/* Past "name = value" at *at; false at the end of the tag, or when it is broken. */
static bool read_attribute(const char **at, const char *end, struct xml_attribute *out)
{
    const char *p = *at, *start;
    char quote;

    while (p < end && is_space(*p))
        p++;
    start = p;
    while (p < end && !is_space(*p) && *p != '=' && *p != '>' && *p != '/')
        p++;
    *at = p;
    if (p == start)
        return false;
    out->name = (struct span){ start, (size_t)(p - start) };
    out->value = (struct span){ p, 0 };
    while (p < end && is_space(*p))
        p++;
    if (p == end || *p != '=')
        return true;
    for (p++; p < end && is_space(*p);)
        p++;
    if (p == end)
        return false;
    quote = *p;
    if (quote == '"' || quote == '\'') {
        const char *close = memchr(p + 1, quote, (size_t)(end - p - 1));

        if (!close)
            return false;
        out->value = (struct span){ p + 1, (size_t)(close - p - 1) };
        *at = close + 1;
        return true;
    }
    for (start = p; p < end && !is_space(*p) && *p != '>';)
        p++;
    out->value = (struct span){ start, (size_t)(p - start) };
    *at = p;
    return true;
}

static void take_attribute(struct xml *xml, const struct xml_attribute *attribute)
{
    struct span name = attribute->name;

    if (name.len >= 5 && memcmp(name.data, "xmlns", 5) == 0 &&
        (name.len == 5 || name.data[5] == ':'))
        bind(xml,
             name.len > 6 ? (struct span){ name.data + 6, name.len - 6 }
                          : (struct span){ name.data, 0 },
             attribute->value);
    else if (xml->attribute_count < XML_ATTRIBUTES_MAX)
        xml->attributes[xml->attribute_count++] = *attribute;
}

static void stop(struct xml *xml)
{
    xml->at = xml->end;
    xml->is_broken = true;
}

static void report_start(struct xml *xml, struct span name)
{
    struct span local, prefix = prefix_of(name, &local);
    unsigned top = xml->open_count - 1;

    xml->event = XML_START;
    xml->name = local;
    xml->ns = lookup_prefix(xml, prefix);
    xml->tag = lookup_tag(xml, local, xml->ns);
    xml->depth = xml->open_count;
    xml->open[top].name = name;
    xml->open[top].tag = (uint16_t)xml->tag;
    xml->open[top].ns = xml->ns;
}

/* at is behind the '<'. */
static bool read_start(struct xml *xml)
{
    const char *p = xml->at, *start = p;
    bool is_cut = (size_t)(xml->end - p) > XML_TAG_BYTES_MAX;
    const char *end = is_cut ? p + XML_TAG_BYTES_MAX : xml->end;
    struct xml_attribute attribute;
    struct span name;

    while (p < end && !is_space(*p) && *p != '>' && *p != '/')
        p++;
    name = (struct span){ start, (size_t)(p - start) };
    if (xml->open_count == XML_DEPTH_MAX) {
        xml->is_over_limit = true;
        stop(xml);
        return false;
    }
    xml->open_count++;
    xml->attribute_count = 0;
    xml->value_bytes = 0;
    for (;;) {
        while (read_attribute(&p, end, &attribute))
            take_attribute(xml, &attribute);
        if (p == end || *p == '>')
            break;
        if (*p == '/' && p + 1 < end && p[1] == '>') {
            xml->is_empty_element = true;
            p++;
            break;
        }
        if (*p != '/' && *p != '=') { /* an attribute without its closing quote */
            p = end;
            break;
        }
        p++;
    }
    if (p == end) {
        xml->open_count--;
        xml->is_over_limit |= is_cut;
        stop(xml);
        return false;
    }
    xml->at = p + 1;
    report_start(xml, name);
    return true;
}

static bool report_end(struct xml *xml)
{
    unsigned top = --xml->open_count;

    xml->is_empty_element = false;
    xml->event = XML_END;
    xml->tag = xml->open[top].tag;
    xml->ns = xml->open[top].ns;
    (void)prefix_of(xml->open[top].name, &xml->name);
    xml->depth = top + 1;
    while (xml->binding_count > 0 && xml->bindings[xml->binding_count - 1].depth > top)
        xml->binding_count--;
    return true;
}

/* at is behind "</". An end tag that closes an outer element stays, and is met again once for each
 * element inside. One that closes nothing is passed over. */
static bool read_end(struct xml *xml)
{
    const char *close = memchr(xml->at, '>', (size_t)(xml->end - xml->at));
    struct span name;

    if (!close) {
        stop(xml);
        return false;
    }
    name = (struct span){ xml->at, (size_t)(close - xml->at) };
    while (name.len > 0 && is_space(name.data[name.len - 1]))
        name.len--;
    for (unsigned i = xml->open_count; i-- > 0;) {
        struct span open = xml->open[i].name;

        if (open.len != name.len || memcmp(open.data, name.data, name.len) != 0)
            continue;
        if (i + 1 == xml->open_count) {
            xml->at = close + 1;
        } else {
            xml->is_broken = true;
            xml->at -= 2; /* the same end tag again */
        }
        return report_end(xml);
    }
    xml->is_broken = true;
    xml->at = close + 1;
    return false;
}

/* ---- everything else ---- */

/* Past the first occurrence of close; to the end without one. */
static void pass(struct xml *xml, size_t opening, const char *close)
{
    size_t len = strlen(close);
    const char *found = NULL;

    if ((size_t)(xml->end - xml->at) >= opening)
        found = memmem(xml->at + opening, (size_t)(xml->end - xml->at) - opening, close, len);
    if (!found)
        stop(xml);
    else
        xml->at = found + len;
}

static bool report_text(struct xml *xml, struct span text, bool has_references)
{
    if (text.len == 0)
        return false;
    xml->event = XML_TEXT;
    xml->depth = xml->open_count;
    xml->tag = 0;
    xml->text = text;
    if (has_references) {
        buf_clear(&xml->decoded);
        xml_decode(xml, text, &xml->decoded);
        xml->text = buf_span(&xml->decoded);
    }
    return xml->text.len > 0;
}

static bool read_cdata(struct xml *xml)
{
    const char *start = xml->at + 8; /* behind "![CDATA[" */

    pass(xml, 8, "]]>");
    if (xml->is_broken && xml->at == xml->end)
        return report_text(xml, (struct span){ start, (size_t)(xml->end - start) }, false);
    return report_text(xml, (struct span){ start, (size_t)(xml->at - 3 - start) }, false);
}

static bool has_at(const struct xml *xml, const char *text)
{
    size_t len = strlen(text);

    return (size_t)(xml->end - xml->at) >= len && memcmp(xml->at, text, len) == 0;
}

/* at is behind the '<'. True: there is an event. */
static bool read_markup(struct xml *xml)
{
    char c = xml->at < xml->end ? *xml->at : '\0';

    if (c == '/') {
        xml->at++;
        return read_end(xml);
    }
    if (c == '?') {
        pass(xml, 1, "?>");
        return false;
    }
    if (c == '!') {
        if (has_at(xml, "!--"))
            pass(xml, 3, "-->");
        else if (has_at(xml, "![CDATA["))
            return xml->open_count > 0 ? read_cdata(xml) : (pass(xml, 8, "]]>"), false);
        else if (!xml_read_doctype(xml))
            stop(xml);
        return false;
    }
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80)
        return read_start(xml);
    xml->is_broken = true; /* a bare '<' is text */
    return xml->open_count > 0 && report_text(xml, (struct span){ "<", 1 }, false);
}

static bool read_text(struct xml *xml)
{
    const char *start = xml->at;
    const char *close = memchr(start, '<', (size_t)(xml->end - start));
    struct span text = { start, (size_t)((close ? close : xml->end) - start) };

    xml->at = start + text.len;
    if (xml->open_count == 0)
        return false; /* what stands outside the root is none of our text */
    return report_text(xml, text, memchr(text.data, '&', text.len) != NULL);
}

bool xml_next(struct xml *xml)
{
    if (xml->is_done)
        return false;
    if (xml->is_empty_element)
        return report_end(xml);
    xml->attribute_count = 0;
    while (xml->at < xml->end) {
        if (*xml->at == '<') {
            xml->at++;
            if (read_markup(xml))
                return true;
        } else if (read_text(xml)) {
            return true;
        }
    }
    if (xml->open_count > 0) {
        xml->is_broken = true;
        return report_end(xml);
    }
    xml->is_done = true;
    return false;
}

bool xml_within(struct xml *xml, unsigned depth)
{
    return xml_next(xml) && !(xml->event == XML_END && xml->depth <= depth);
}

void xml_skip(struct xml *xml)
{
    unsigned depth = xml->depth;

    if (xml->event != XML_START)
        return;
    while (xml_within(xml, depth))
        ;
}

void xml_collect(struct xml *xml, struct buf *out)
{
    unsigned depth = xml->depth;

    if (xml->event != XML_START)
        return;
    while (xml_within(xml, depth))
        if (xml->event == XML_TEXT)
            buf_append(out, xml->text.data, xml->text.len);
}

/* ---- attributes ---- */

/* A value never gets longer by resolving its references, so one allocation serves an element. */
static struct span attribute_value(struct xml *xml, struct span raw)
{
    struct span value;

    if (!memchr(raw.data, '&', raw.len))
        return raw;
    if (!xml->values)
        xml->values = malloc(XML_TAG_BYTES_MAX);
    if (!xml->values || raw.len > XML_TAG_BYTES_MAX - xml->value_bytes)
        return raw;
    value.data = xml->values + xml->value_bytes;
    value.len = xml_decode_attribute(raw, xml->values + xml->value_bytes);
    xml->value_bytes += value.len;
    return value;
}

struct span xml_attr(struct xml *xml, const char *local)
{
    size_t len = strlen(local);

    for (unsigned i = 0; i < xml->attribute_count; i++) {
        struct span name = xml->attributes[i].name;

        if (name.len >= len && memcmp(name.data + name.len - len, local, len) == 0 &&
            (name.len == len || name.data[name.len - len - 1] == ':'))
            return attribute_value(xml, xml->attributes[i].value);
    }
    return (struct span){ NULL, 0 };
}

struct span xml_attr_in(struct xml *xml, enum xml_ns ns, const char *local)
{
    for (unsigned i = 0; i < xml->attribute_count; i++) {
        struct span name, prefix = prefix_of(xml->attributes[i].name, &name);

        if (span_is(name, local) &&
            (prefix.len ? lookup_prefix(xml, prefix) == ns : ns == XML_NS_NONE))
            return attribute_value(xml, xml->attributes[i].value);
    }
    return (struct span){ NULL, 0 };
}

long xml_attr_number(struct xml *xml, const char *local, long otherwise)
{
    return span_number(xml_attr(xml, local), otherwise);
}

bool xml_attr_is_on(struct xml *xml, const char *local)
{
    struct span value = xml_attr(xml, local);

    return !value.data || span_is(value, "1") || span_is(value, "true") || span_is(value, "on");
}
