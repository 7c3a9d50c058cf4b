#include "extractors/text/front_matter.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"

#define NAME_BYTES_MAX  64u
#define VALUE_BYTES_MAX ((size_t)64 << 10)

static size_t line_end(struct span text, size_t at)
{
    const char *newline = memchr(text.data + at, '\n', text.len - at);

    return newline ? (size_t)(newline - text.data) : text.len;
}

static struct span trimmed(struct span text)
{
    while (text.len > 0 && isspace((unsigned char)text.data[0]))
        text = (struct span){ text.data + 1, text.len - 1 };
    while (text.len > 0 && isspace((unsigned char)text.data[text.len - 1]))
        text.len--;
    return text;
}

static bool is_mark(struct span line, const char *mark)
{
    line = trimmed(line);
    return line.len == 3 && memcmp(line.data, mark, 3) == 0;
}

size_t front_matter_length(struct span text)
{
    size_t at = text.len >= 3 && memcmp(text.data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    size_t end = line_end(text, at);
    const char *mark = text.len - at > 3 && text.data[at] == '+' ? "+++" : "---";
    bool has_field = false;

    if (!is_mark((struct span){ text.data + at, end - at }, mark))
        return 0;
    for (at = end + 1; at < text.len; at = end + 1) {
        struct span line;

        end = line_end(text, at);
        line = (struct span){ text.data + at, end - at };
        if (is_mark(line, mark) || (mark[0] == '-' && is_mark(line, "...")))
            return has_field ? (end < text.len ? end + 1 : end) : 0;
        has_field |= memchr(line.data, mark[0] == '-' ? ':' : '=', line.len) != NULL;
        if (trimmed(line).len == 0 && !has_field)
            return 0; /* a rule, and then a paragraph */
    }
    return 0;
}

static struct span unquoted(struct span value)
{
    value = trimmed(value);
    if (value.len >= 2 && (value.data[0] == '"' || value.data[0] == '\'') &&
        value.data[value.len - 1] == value.data[0])
        return (struct span){ value.data + 1, value.len - 2 };
    return value;
}

/* Appends the entries of a list, as "light, wire": items are cut at separator. */
static void append_list(struct buf *out, struct span items, char separator)
{
    size_t start = 0;

    for (size_t i = 0; i <= items.len; i++) {
        struct span item;

        if (i < items.len && items.data[i] != separator)
            continue;
        item = trimmed((struct span){ items.data + start, i - start });
        start = i + 1;
        if (separator == '\n' && item.len > 0 && item.data[0] == '-')
            item = (struct span){ item.data + 1, item.len - 1 };
        item = unquoted(item);
        if (item.len > 0 && out->len > 0)
            buf_append(out, ", ", 2);
        buf_append(out, item.data, item.len);
    }
}

/* What the value says: "[a, b]", a list with "- ", a folded text behind ">" or "|", or one line. */
static void append_value(struct buf *out, struct span value)
{
    size_t end = line_end(value, 0);
    struct span first = trimmed((struct span){ value.data, end });

    value = trimmed(value);
    if (value.len >= 2 && value.data[0] == '[' && value.data[value.len - 1] == ']') {
        append_list(out, (struct span){ value.data + 1, value.len - 2 }, ',');
    } else if (value.len >= 2 && value.data[0] == '-' && isspace((unsigned char)value.data[1])) {
        append_list(out, value, '\n');
    } else {
        if (first.len > 0 && first.len <= 3 && strchr(">|", first.data[0]))
            value =
                trimmed((struct span){ first.data + first.len,
                                       (size_t)(value.data + value.len - first.data) - first.len });
        value = unquoted(value);
        for (size_t i = 0; i < value.len; i++)
            if (!isspace((unsigned char)value.data[i]))
                buf_append_char(out, value.data[i]);
            else if (out->len > 0 && out->data[out->len - 1] != ' ')
                buf_append_char(out, ' ');
    }
}

/* The names that all formats share. */
static const char *common_name(const char *name)
{
    static const char *const names[][2] = {
        { "lang", "language" },      { "tags", "keywords" },    { "tag", "keywords" },
        { "categories", "subject" }, { "authors", "author" },   { "summary", "description" },
        { "updated", "modified" },   { "lastmod", "modified" }, { "last_modified", "modified" },
        { "published", "date" },     { "permalink", "url" },
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i][0], name) == 0)
            return names[i][1];
    return name;
}

/* "key: value", with the lines behind it that are indented or begin a list entry. */
static void write_field(struct span text, size_t start, size_t end, char separator,
                        struct writer *writer)
{
    const char *mark = memchr(text.data + start, separator, end - start);
    CLEANUP(buf_release) struct buf value = BUF_INIT(VALUE_BYTES_MAX);
    char name[NAME_BYTES_MAX];
    struct span key;

    while (end > start && isspace((unsigned char)text.data[end - 1]))
        end--;
    if (end <= start)
        return;
    writer_span(writer, BLOCK_FIELD, 0, start, end);
    if (!mark || mark >= text.data + end)
        return;
    key = trimmed((struct span){ text.data + start, (size_t)(mark - text.data) - start });
    append_value(&value, (struct span){ mark + 1, (size_t)(text.data + end - mark) - 1 });
    if (key.len == 0 || key.len >= sizeof(name) || value.len == 0)
        return;
    for (size_t i = 0; i < key.len; i++)
        name[i] = (char)tolower((unsigned char)key.data[i]);
    name[key.len] = '\0';
    writer_metadata(writer, common_name(name), buf_span(&value));
}

void front_matter_write(struct span text, size_t length, struct writer *writer)
{
    char separator = memchr(text.data, '+', length < 8 ? length : 8) ? '=' : ':';
    size_t field_start = 0, field_end = 0, at = line_end(text, 0) + 1;
    bool is_open = false;

    while (at < length) {
        size_t end = line_end(text, at);
        struct span line = { text.data + at, end - at };
        bool is_end = is_mark(line, "---") || is_mark(line, "+++") || is_mark(line, "...");
        bool is_inside = line.len > 0 && strchr(" \t-#]}", line.data[0]) && !is_end;

        if (!is_inside || !is_open) {
            if (is_open)
                write_field(text, field_start, field_end, separator, writer);
            is_open = !is_end && trimmed(line).len > 0 && line.data[0] != '#';
            field_start = at;
        }
        if (is_end)
            return;
        field_end = end;
        at = end + 1;
    }
}
