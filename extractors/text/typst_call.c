#include <ctype.h>
#include <string.h>

#include "extractors/text/typst.h"

#define CALL_BYTES_MAX ((size_t)256 << 10)
#define WORK_BYTES_MAX ((size_t)256 << 20)

bool typst_is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

size_t typst_skip_quoted(struct span text, size_t offset)
{
    char mark = text.data[offset];
    size_t marks = 1, end;
    char close[4] = { mark, mark, mark, '\0' };

    if (mark == '`') {
        while (offset + marks < text.len && marks < 3 && text.data[offset + marks] == '`')
            marks++;
        if (marks == 2)
            return offset + 2;
        close[marks] = '\0';
        end = markup_find(text, offset + marks, close);
        return end < text.len ? end + marks : text.len;
    }
    for (end = offset + 1; end < text.len && text.data[end] != '"'; end++)
        end += text.data[end] == '\\';
    return end < text.len ? end + 1 : text.len;
}

/* "//", but not that of an address. */
static bool begins_comment(struct span text, size_t at)
{
    return text.data[at] == '/' && at + 1 < text.len && text.data[at + 1] == '/' &&
           (at == 0 || text.data[at - 1] != ':');
}

/* In words a parenthesis counts where it calls something. */
static bool opens_bracket(struct span text, size_t at, bool in_content)
{
    char c = text.data[at];

    if (in_content)
        return c == '[' || (c == '(' && at > 0 && typst_is_name(text.data[at - 1]));
    return c == '[' || c == '(' || c == '{';
}

/* Takes the bracket that c closes from those that are open; false: it closes none. */
static bool closes_bracket(const char *open, size_t *depth, char c)
{
    char opening = c == ']' ? '[' : c == ')' ? '(' : c == '}' ? '{' : '\0';

    if (c == ']')
        while (*depth > 0 && open[*depth - 1] != '[')
            --*depth; /* a parenthesis in words that does not close */
    if (*depth == 0 || open[*depth - 1] != opening)
        return false;
    --*depth;
    return true;
}

size_t typst_closing(struct typst *typst, struct span text, size_t offset)
{
    char open[64];
    size_t depth = 0, end = 0;

    text.len = text.len - offset < CALL_BYTES_MAX ? text.len : offset + CALL_BYTES_MAX;
    if (typst->work_bytes > WORK_BYTES_MAX)
        return 0;
    for (size_t i = offset; i < text.len && end == 0; i++) {
        char c = text.data[i];
        bool in_content = depth > 0 && open[depth - 1] == '[';

        if (c == '\\') {
            i++;
        } else if (c == '`' || (c == '"' && !in_content)) {
            i = typst_skip_quoted(text, i) - 1;
        } else if (begins_comment(text, i)) {
            i = markup_find(text, i, "\n");
        } else if (opens_bracket(text, i, in_content)) {
            if (depth == sizeof(open))
                break;
            open[depth++] = c;
        } else if (closes_bracket(open, &depth, c) && depth == 0) {
            end = i;
        }
    }
    typst->work_bytes += (end ? end : text.len) - offset;
    return end;
}

bool typst_read_call(struct typst *typst, struct span text, struct typst_call *out)
{
    size_t at = text.len > 0 && text.data[0] == '#', start = at, end;

    *out = (struct typst_call){ .content = { NULL, 0 } };
    while (at < text.len && typst_is_name(text.data[at]))
        at++;
    while (at > start && text.data[at - 1] == '.')
        at--;
    out->name = (struct span){ text.data + start, at - start };
    if (at < text.len && text.data[at] == '(') {
        end = typst_closing(typst, text, at);
        if (end == 0)
            return false;
        out->arguments = (struct span){ text.data + at + 1, end - at - 1 };
        at = end + 1;
    }
    while (at < text.len && text.data[at] == '[') {
        end = typst_closing(typst, text, at);
        if (end == 0)
            break;
        if (!out->content.data)
            out->content = (struct span){ text.data + at + 1, end - at - 1 };
        at = end + 1;
    }
    out->length = at;
    return at > start;
}

size_t typst_split(struct typst *typst, struct span text, struct span out[TYPST_ARGUMENTS_MAX])
{
    size_t count = 0, start = 0;

    for (size_t i = 0; text.len > 0 && i <= text.len && count < TYPST_ARGUMENTS_MAX;) {
        bool ends = i == text.len || (text.data[i] == ',' && count + 1 < TYPST_ARGUMENTS_MAX);
        size_t end = 0;

        if (ends) {
            out[count] = markup_trim((struct span){ text.data + start, i - start });
            count += out[count].len > 0;
            start = i + 1;
        } else if (strchr("([{", text.data[i]) && text.data[i]) {
            end = typst_closing(typst, text, i);
        } else if (strchr("\"`", text.data[i]) && text.data[i]) {
            end = typst_skip_quoted(text, i) - 1;
        }
        i = (end > i ? end : i) + 1;
    }
    return count;
}

size_t typst_label_length(struct span argument)
{
    size_t i = 0;

    while (i < argument.len && typst_is_name(argument.data[i]))
        i++;
    return i > 0 && i < argument.len && argument.data[i] == ':' ? i + 1 : 0;
}

bool typst_is_called(const struct typst_call *call, const char *name)
{
    return call->name.len == strlen(name) && memcmp(call->name.data, name, call->name.len) == 0;
}

struct span typst_unquoted(struct span text)
{
    text = markup_trim(text);
    if (text.len >= 2 && text.data[0] == '"' && text.data[text.len - 1] == '"')
        return (struct span){ text.data + 1, text.len - 2 };
    return text;
}

/* ---- names ---- */

/* A string, a number with its unit, or content, at the start of rest; data NULL: something else. */
static struct span plain_value(struct typst *typst, struct span rest)
{
    size_t end = 0;

    if (rest.len > 0 && rest.data[0] == '"')
        end = typst_skip_quoted(rest, 0);
    else if (rest.len > 0 && rest.data[0] == '[')
        end = typst_closing(typst, rest, 0) + 1;
    else
        while (end < rest.len && (isdigit((unsigned char)rest.data[end]) ||
                                  (end > 0 && strchr(".%", rest.data[end]) && rest.data[end])))
            end++;
    return end > 1 || (end == 1 && isdigit((unsigned char)rest.data[0]))
               ? (struct span){ rest.data, end }
               : (struct span){ NULL, 0 };
}

static struct span behind_space(struct span text)
{
    size_t at = 0;

    while (at < text.len && isspace((unsigned char)text.data[at]))
        at++;
    return markup_from(text, at);
}

/* Of the same line. */
static struct span behind_blanks(struct span text)
{
    size_t at = 0;

    while (at < text.len && text.data[at] != '\n' && isspace((unsigned char)text.data[at]))
        at++;
    return markup_from(text, at);
}

void typst_collect_names(struct typst *typst, struct span text)
{
    for (size_t at = markup_find(text, 0, "#let ");
         at < text.len && typst->name_count < TYPST_NAMES_MAX;
         at = markup_find(text, at + 5, "#let ")) {
        struct span rest = behind_space(markup_from(text, at + 5)), value, behind;
        size_t length = 0;

        while (length < rest.len && typst_is_name(rest.data[length]))
            length++;
        value = behind_space(markup_from(rest, length));
        if (length == 0 || value.len == 0 || value.data[0] != '=')
            continue;
        value = plain_value(typst, behind_space(markup_from(value, 1)));
        if (!value.data)
            continue;
        behind = behind_blanks(markup_from(text, (size_t)(value.data - text.data) + value.len));
        if (behind.len > 0 && !strchr("\n;", behind.data[0]) && !markup_starts(behind, "//"))
            continue; /* an expression */
        typst->names[typst->name_count][0] = (struct span){ rest.data, length };
        typst->names[typst->name_count++][1] = value;
    }
}

struct span typst_lookup_name(const struct typst *typst, struct span name)
{
    for (size_t i = typst->name_count; i > 0; i--)
        if (typst->names[i - 1][0].len == name.len &&
            memcmp(typst->names[i - 1][0].data, name.data, name.len) == 0)
            return typst->names[i - 1][1];
    return (struct span){ NULL, 0 };
}
