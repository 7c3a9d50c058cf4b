#include "ingest/render_escape.h"

#include <ctype.h>
#include <string.h>

#define ENTITY_BYTES_MAX     32u
#define BACKSLASHES_MAX      16u  /* more of them are escaped, whatever stands behind */
#define ADDRESS_BYTES_MAX    256u /* before the at sign: more would be looked at for each '<' */
#define DEFINITION_BYTES_MAX 999u /* of a label: CommonMark 0.31, 6.3 */

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* "&amp;", "&#38;" */
static bool is_entity(struct span rest)
{
    size_t i = rest.len > 1 && rest.data[1] == '#' ? 2 : 1, start = i;

    while (i < rest.len && i < ENTITY_BYTES_MAX && isalnum((unsigned char)rest.data[i]))
        i++;
    return i > start && i < rest.len && rest.data[i] == ';';
}

/* "<me@": what is before the at sign of an autolink that is an address (CommonMark 0.31, 6.5). */
static bool is_address(struct span rest)
{
    size_t i = 1;

    while (i < rest.len && i < ADDRESS_BYTES_MAX &&
           (isalnum((unsigned char)rest.data[i]) ||
            (rest.data[i] && strchr(".!#$%&'*+/=?^_`{|}~-", rest.data[i]))))
        i++;
    return i == ADDRESS_BYTES_MAX || (i > 1 && i < rest.len && rest.data[i] == '@');
}

size_t escape_backslashes(struct span rest)
{
    size_t count = 0;

    while (count < rest.len && count < BACKSLASHES_MAX && rest.data[count] == '\\')
        count++;
    return count;
}

/* Ours before the next character would be escaped by these. Others stay: formulas are full of them.
 */
static bool escapes_next(struct span rest, const struct escape_rules *rules)
{
    size_t count = escape_backslashes(rest);
    struct span next = { rest.data + count, rest.len - count };

    return count == BACKSLASHES_MAX || (next.len > 0 && escape_char(next, '\\', rules));
}

bool escape_char(struct span rest, char before, const struct escape_rules *rules)
{
    char c = rest.data[0], after = rest.len > 1 ? rest.data[1] : '\0';
    bool touches =
        rules->is_before_mark || (after != '\0' && !render_is_space((unsigned char)after));

    switch (c) {
    case '*':
        if (rules->has_stars)
            return rules->is_inside || touches || !render_is_space((unsigned char)before);
        return touches && (!is_word(before) || (rules->has_star_pair && is_word(after)));
    case '_': /* one that begins nothing ends nothing */
        return !isalnum((unsigned char)before) && touches;
    case '`':
        return rules->has_marks || rules->has_ticks_around;
    case '~':
        return rules->has_marks;
    case '<':
        return isalpha((unsigned char)after) || after == '/' || after == '!' || after == '?' ||
               is_address(rest);
    case '[':
        return rules->has_brackets;
    case ']':
        return rules->has_brackets || (!rules->is_in_link && after == '(');
    case '&':
        return is_entity(rest);
    case '\\':
        return escapes_next(rest, rules);
    default:
        return false;
    }
}

/* "===" below a line makes a heading of it. */
static bool is_underline(struct span rest)
{
    size_t i = 0;

    while (i < rest.len && rest.data[i] == '=')
        i++;
    while (i < rest.len && (rest.data[i] == ' ' || rest.data[i] == '\t'))
        i++;
    return i == rest.len || rest.data[i] == '\n' || rest.data[i] == '\r' || rest.data[i] == '\f';
}

/* "_ _ _" is a rule. Those without blanks are escaped as what might be emphasis. */
static bool is_rule(struct span rest)
{
    size_t i = 0, signs = 0;

    for (; i < rest.len && (rest.data[i] == '_' || rest.data[i] == ' ' || rest.data[i] == '\t');
         i++)
        signs += rest.data[i] == '_';
    return signs >= 3 && (i == rest.len || render_is_space((unsigned char)rest.data[i]));
}

/* "[name]: address" is not shown. */
static bool is_definition(struct span rest)
{
    size_t len = rest.len < DEFINITION_BYTES_MAX ? rest.len : DEFINITION_BYTES_MAX;
    const char *end = memchr(rest.data, ']', len);

    return end && end + 1 < rest.data + rest.len && end[1] == ':';
}

bool escape_line_start(struct span rest)
{
    char after = rest.len > 1 ? rest.data[1] : ' ';
    size_t i = 0;

    if (rest.len == 0)
        return false;
    switch (rest.data[0]) {
    case '#':
        while (i < rest.len && rest.data[i] == '#')
            i++;
        return i <= 6 && (i == rest.len || render_is_space((unsigned char)rest.data[i]));
    case '-':
    case '+':
    case '*':
        return render_is_space((unsigned char)after) || after == rest.data[0];
    case '>':
    case '|':
        return true;
    case '=':
        return is_underline(rest);
    case '_':
        return is_rule(rest);
    case '[':
        return is_definition(rest);
    case '~':
    case '`':
        return rest.len > 2 && after == rest.data[0] && rest.data[2] == after;
    default:
        return false;
    }
}

size_t escape_ordered_mark(struct span rest)
{
    size_t i = 0;

    while (i < rest.len && i < 9 && isdigit((unsigned char)rest.data[i]))
        i++;
    if (i == 0 || i == rest.len || (rest.data[i] != '.' && rest.data[i] != ')') ||
        (i + 1 < rest.len && !render_is_space((unsigned char)rest.data[i + 1])))
        return 0;
    return i;
}

bool escape_heading_end(struct span rest)
{
    size_t i = 0;

    while (i < rest.len && rest.data[i] == '#')
        i++;
    while (i < rest.len && render_is_space((unsigned char)rest.data[i]))
        i++;
    return i == rest.len;
}

/* A pair has one that touches what comes behind it, and one that touches what stands before. */
bool escape_has_star_pair(struct span text)
{
    bool may_open = false;

    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '*')
            continue;
        if (may_open && !render_is_space((unsigned char)text.data[i - 1]))
            return true;
        may_open |= i + 1 < text.len && !render_is_space((unsigned char)text.data[i + 1]);
    }
    return false;
}

bool escape_brackets(struct span text)
{
    size_t depth = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\\' && i + 1 < text.len && strchr("[]", text.data[i + 1]))
            return true; /* it would count as none */
        if (text.data[i] == '[')
            depth++;
        else if (text.data[i] == ']' &&
                 (depth-- == 0 || (i + 1 < text.len && text.data[i + 1] == '(')))
            return true;
    }
    return depth != 0;
}
