#include "extractors/text/text_lines.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct text_line text_line_at(struct span text, size_t offset)
{
    const char *newline = memchr(text.data + offset, '\n', text.len - offset);

    return text_line_up_to(text, offset, newline ? (size_t)(newline - text.data) : text.len);
}

struct text_line text_line_up_to(struct span text, size_t offset, size_t newline)
{
    struct text_line line = { .start = offset, .end = newline };

    line.next = newline < text.len ? newline + 1 : text.len;
    while (line.end > offset && strchr(" \t\r\f\v", text.data[line.end - 1]))
        line.end--;
    for (; line.start < line.end; line.start++) {
        char c = text.data[line.start];

        if (c == ' ')
            line.indent++;
        else if (c == '\t')
            line.indent = (line.indent / 8 + 1) * 8;
        else if (c == '\f' || c == '\r')
            line.indent = 0;
        else
            break;
    }
    line.is_blank = line.start == line.end;
    return line;
}

static bool is_space_at(struct span words, size_t at)
{
    return at < words.len && (words.data[at] == ' ' || words.data[at] == '\t');
}

static size_t skip_spaces(struct span words, size_t at)
{
    while (is_space_at(words, at))
        at++;
    return at;
}

static size_t bullet(struct span words)
{
    static const char *const bullets[] = { "•", "‣", "◦", "▪", "●", "○", "–", "·", "■", "□" };

    if (words.len > 1 && strchr("-*+", words.data[0]))
        return 1;
    if (words.len > 1 && words.data[0] == 'o' && is_space_at(words, 1) && is_space_at(words, 2))
        return 1;
    for (size_t i = 0; i < sizeof(bullets) / sizeof(bullets[0]); i++)
        if (words.len > strlen(bullets[i]) &&
            memcmp(words.data, bullets[i], strlen(bullets[i])) == 0)
            return strlen(bullets[i]);
    return 0;
}

/* "12.", "12)", "(12)", "a)", "(iv)". */
static size_t numeral(struct span words)
{
    size_t i = words.len > 0 && words.data[0] == '(', first = i;
    bool is_digit = i < words.len && isdigit((unsigned char)words.data[i]);

    while (i < words.len && i - first < 4 &&
           (is_digit ? isdigit((unsigned char)words.data[i])
                     : strchr("ivxabcdefgh", words.data[i]) != NULL))
        i++;
    if (i == first || i >= words.len || (!is_digit && i - first > 1 && first == 0))
        return 0;
    if (words.data[i] == ')' || (words.data[i] == '.' && first == 0 && is_digit))
        return i + 1;
    return 0;
}

size_t text_list_mark(struct span words, bool *is_ordered)
{
    size_t mark = bullet(words);

    *is_ordered = false;
    if (mark == 0) {
        mark = numeral(words);
        *is_ordered = mark > 0;
    }
    if (mark == 0 || !is_space_at(words, mark))
        return 0;
    mark = skip_spaces(words, mark);
    return mark < words.len ? mark : 0;
}

unsigned text_heading_number(struct span words)
{
    static const char *const names[] = { "chapter ", "section ", "appendix ", "part ",
                                         "annex ",   "article ", "kapitel ",  "chapitre " };
    unsigned depth = 0;
    size_t i = 0;

    for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
        if (words.len > strlen(names[k]) &&
            strncasecmp(words.data, names[k], strlen(names[k])) == 0 &&
            isalnum((unsigned char)words.data[strlen(names[k])]))
            return 1;
    /* "A.", "A.1" of an appendix, or figures. */
    if (words.len > 2 && isupper((unsigned char)words.data[0]) && words.data[1] == '.')
        i = 1, depth = 1;
    while (i < words.len) {
        size_t digits = i + (depth > 0 && words.data[i] == '.'), from = digits;

        while (digits < words.len && digits - from < 3 &&
               isdigit((unsigned char)words.data[digits]))
            digits++;
        if (digits == from)
            break;
        depth++;
        i = digits;
    }
    if (depth == 0)
        return 0;
    if (i < words.len && words.data[i] == '.')
        i++;
    if (!is_space_at(words, i))
        return 0;
    i = skip_spaces(words, i);
    return i < words.len && !islower((unsigned char)words.data[i]) &&
                   (isalpha((unsigned char)words.data[i]) || (unsigned char)words.data[i] >= 0x80)
               ? depth
               : 0;
}

/* The marks at one end of a line: "==" or "= =" are two. *at is left behind them. */
static unsigned wiki_marks(struct span words, size_t *at, bool is_from_end)
{
    unsigned count = 0;
    size_t i = 0;

    for (; i < words.len; i++) {
        char c = words.data[is_from_end ? words.len - 1 - i : i];

        if (c == '=')
            count++;
        else if (c != ' ')
            break;
    }
    *at = is_from_end ? words.len - i : i;
    return count;
}

unsigned text_wiki_heading(struct span words, struct span *title)
{
    size_t start, end;
    unsigned level;

    if (words.len < 5 || words.data[0] != '=' || words.data[words.len - 1] != '=')
        return 0;
    level = wiki_marks(words, &start, false);
    if (level > 6 || start >= words.len || wiki_marks(words, &end, true) != level)
        return 0;
    /* A space, or at least two marks: "=a=" is code. */
    if (level == 1 && (words.data[start - 1] != ' ' || words.data[end] != ' '))
        return 0;
    if (title)
        *title = (struct span){ words.data + start, end - start };
    return level;
}

char text_rule_of(struct span words, const char *set)
{
    if (words.len < 3 || !strchr(set, words.data[0]))
        return 0;
    for (size_t i = 1; i < words.len; i++)
        if (words.data[i] != words.data[0] && words.data[i] != ' ')
            return 0;
    return words.data[0];
}

bool text_is_capitals(struct span words)
{
    size_t capitals = 0;

    for (size_t i = 0; i < words.len; i++) {
        if (islower((unsigned char)words.data[i]) || (unsigned char)words.data[i] >= 0x80)
            return false;
        capitals += isupper((unsigned char)words.data[i]) != 0;
    }
    return capitals >= 4 && capitals * 2 >= words.len;
}

bool text_is_drawn(struct span words)
{
    size_t letters = 0, gaps = 0, run = 0;

    for (size_t i = 0; i < words.len; i++) {
        unsigned char c = (unsigned char)words.data[i];

        letters += isalnum(c) || c >= 0x80;
        /* Box drawing: U+2500..U+257F. */
        if (c == 0xE2 && i + 1 < words.len &&
            ((unsigned char)words.data[i + 1] == 0x94 || (unsigned char)words.data[i + 1] == 0x95))
            return true;
        run = c == ' ' ? run + 1 : 0;
        gaps += run == 3 || c == '\t';
    }
    if (words.len == 0)
        return false;
    return gaps >= 2 || strchr("|+", words.data[0]) ||
           (words.data[words.len - 1] == '|' && words.len > 4) ||
           (words.len > 4 && letters * 3 < words.len);
}
