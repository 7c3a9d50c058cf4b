#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "extractors/text/rst.h"

#define ROLE_BYTES_MAX 40u
#define NOTE_BYTES_MAX 40u

static const struct markup_pair rst_pairs[] = {
    { "``", "``", true, true, MARKUP_CODE },  { "**", "**", true, false, MARKUP_BOLD },
    { "*", "*", true, false, MARKUP_ITALIC }, { "|", "|", true, false, 0 },
    { NULL, NULL, false, false, 0 },
};

struct span rst_note_label(struct span label, unsigned *count, char buffer[24])
{
    if (label.len > 1 && label.data[0] == '#')
        return markup_from(label, 1);
    if (label.len != 1 || (label.data[0] != '#' && label.data[0] != '*'))
        return label;
    (void)snprintf(buffer, 24, "%u", ++*count);
    return (struct span){ buffer, strlen(buffer) };
}

/* "[1]_", "[#name]_" */
static size_t note_mention(struct markup *markup, struct span rest)
{
    struct rst *rst = markup->user;
    size_t end = markup_find(rest, 0, "]_");
    char number[24];
    struct span label;

    if (end >= rest.len || end < 2 || end > NOTE_BYTES_MAX || memchr(rest.data, ' ', end))
        return 0;
    label = rst_note_label((struct span){ rest.data + 1, end - 1 }, &rst->note_mentions, number);
    writer_text(markup->writer, (struct span){ "[^", 2 });
    writer_text(markup->writer, label);
    writer_text(markup->writer, (struct span){ "]", 1 });
    return end + 2;
}

/* The bytes of ":role:" at the start of rest; 0: there is none. */
static size_t role_length(struct span rest)
{
    size_t end = 1;

    if (rest.len < 3 || rest.data[0] != ':' || !isalpha((unsigned char)rest.data[1]))
        return 0;
    while (end < rest.len && end < ROLE_BYTES_MAX &&
           (isalnum((unsigned char)rest.data[end]) || strchr(":+-._", rest.data[end])))
        end++;
    while (end > 1 && rest.data[end - 1] != ':')
        end--;
    return end > 2 ? end : 0;
}

static bool is_role(struct span role, const char *name)
{
    return role.len == strlen(name) && memcmp(role.data, name, role.len) == 0;
}

/* Whether a role's words are told as they stand: no "words <label>" among them. */
static bool is_plain_role(struct span role)
{
    static const char *const names[] = { "code",    "literal",   "samp",     "file",
                                         "command", "kbd",       "regexp",   "math",
                                         "sub",     "subscript", "sup",      "superscript",
                                         "strong",  "emphasis",  "guilabel", "menuselection",
                                         NULL };

    for (size_t i = 0; names[i]; i++)
        if (is_role(role, names[i]))
            return true;
    return false;
}

/* How a role's words look, and what it puts in front of them. */
static unsigned role_looks(struct markup *markup, struct span role)
{
    static const char *const code[] = { "code",    "literal", "samp",   "file",
                                        "command", "program", "option", "envvar",
                                        "kbd",     "keyword", "regexp", NULL };

    for (size_t i = 0; code[i]; i++)
        if (is_role(role, code[i]))
            return MARKUP_CODE;
    if (is_role(role, "pep"))
        writer_text(markup->writer, (struct span){ "PEP ", 4 });
    if (is_role(role, "rfc"))
        writer_text(markup->writer, (struct span){ "RFC ", 4 });
    if (is_role(role, "math"))
        return 1u << EMPHASIS_FORMULA;
    if (is_role(role, "strong"))
        return MARKUP_BOLD;
    if (is_role(role, "emphasis") || is_role(role, "dfn") || is_role(role, "title-reference"))
        return MARKUP_ITALIC;
    if (is_role(role, "sub") || is_role(role, "subscript"))
        return 1u << EMPHASIS_LOWERED;
    return is_role(role, "sup") || is_role(role, "superscript") ? MARKUP_RAISED : 0;
}

/* ":class:`~package.Name`" shows "Name", ":func:`!name`" is no link; "words <label>" shows words.
 */
static struct span told_words(struct span role, struct span words)
{
    size_t angle = markup_find(words, 0, "<");

    if (is_plain_role(role))
        return words;
    if (angle > 0 && angle < words.len && words.data[words.len - 1] == '>')
        return markup_trim((struct span){ words.data, angle });
    if (words.len > 1 && words.data[0] == '!')
        return markup_from(words, 1);
    if (words.len > 1 && words.data[0] == '~') {
        words = markup_from(words, 1);
        while (memchr(words.data, '.', words.len) && words.data[words.len - 1] != '.')
            words = markup_from(words, markup_find(words, 0, ".") + 1);
    }
    return words;
}

static void write_role(struct markup *markup, struct span role, struct span words)
{
    unsigned before = writer_emphasis(markup->writer, 0);
    bool is_formula;

    (void)writer_emphasis(markup->writer, before);
    words = told_words(role, words);
    (void)writer_emphasis(markup->writer, before | role_looks(markup, role));
    is_formula = is_role(role, "math");
    if (is_formula)
        writer_text(markup->writer, (struct span){ "$", 1 });
    writer_text(markup->writer, words);
    if (is_formula)
        writer_text(markup->writer, (struct span){ "$", 1 });
    (void)writer_emphasis(markup->writer, before);
}

static void write_link(struct markup *markup, struct span words, struct span target)
{
    if (target.len > 0)
        writer_link_begin(markup->writer, target);
    markup_inline(markup, words);
    if (target.len > 0)
        writer_link_end(markup->writer);
}

static struct span next_anonymous(struct rst *rst)
{
    if (rst->anonymous_used >= rst->links.anonymous_count)
        return (struct span){ NULL, 0 };
    return rst->links.anonymous[rst->anonymous_used++];
}

/* `words <target>`_, `name`_, `name`__; the underscores stand behind. */
static void write_reference(struct markup *markup, struct span words, size_t underscores)
{
    struct rst *rst = markup->user;
    size_t angle = markup_find(words, 0, "<");

    if (angle < words.len && words.data[words.len - 1] == '>') {
        struct span target = { words.data + angle + 1, words.len - angle - 2 };

        words = markup_trim((struct span){ words.data, angle });
        if (target.len > 1 && target.data[target.len - 1] == '_') {
            struct span named =
                rst_links_lookup(&rst->links, (struct span){ target.data, target.len - 1 }, false);

            target = named.data ? named : target;
        }
        write_link(markup, words.len > 0 ? words : target, target);
    } else if (underscores == 0) {
        writer_text(markup->writer, words);
    } else {
        write_link(markup, words,
                   underscores > 1 ? next_anonymous(rst)
                                   : rst_links_lookup(&rst->links, words, false));
    }
}

/* What stands in back quotes at start, and the role in front of them or behind. */
static size_t quoted(struct markup *markup, struct span rest, size_t start)
{
    size_t end = markup_find(rest, start + 1, "`"), underscores = 0, behind;
    struct span words, role = { rest.data + 1, start > 2 ? start - 2 : 0 };

    if (end == rest.len || end == start + 1)
        return 0;
    words = (struct span){ rest.data + start + 1, end - start - 1 };
    behind = start == 0 ? role_length(markup_from(rest, end + 1)) : 0;
    if (behind > 0) {
        role = (struct span){ rest.data + end + 2, behind - 2 };
        end += behind;
    }
    while (end + 1 + underscores < rest.len && rest.data[end + 1 + underscores] == '_')
        underscores++;
    if (role.len > 0)
        write_role(markup, role, words);
    else
        write_reference(markup, words, underscores);
    return end + 1 + underscores;
}

/* "|name|" that something stands for, or "|name|_". */
static size_t replaced(struct markup *markup, struct span rest)
{
    struct rst *rst = markup->user;
    size_t end = markup_find(rest, 1, "|");
    struct span value;

    if (end >= rest.len || end < 2 || isspace((unsigned char)rest.data[1]))
        return 0;
    value = rst_links_lookup(&rst->links, (struct span){ rest.data + 1, end - 1 }, true);
    if (!value.data)
        return 0;
    markup_inline(markup, value);
    return end + 1;
}

static bool is_name_character(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* "name_" of one word, of which the underscore is at offset: a link where name stands for one. The
 * word was written already. */
static size_t named_word(struct markup *markup, struct span text, size_t offset)
{
    struct rst *rst = markup->user;
    size_t start = offset, end = offset + 1;
    struct span name;

    if (end < text.len && (is_name_character(text.data[end]) || text.data[end] == '_'))
        return 0;
    while (start > 0 && is_name_character(text.data[start - 1]))
        start--;
    name = (struct span){ text.data + start, offset - start };
    return name.len > 0 && rst_links_lookup(&rst->links, name, false).data ? 1 : 0;
}

static size_t rst_special(struct markup *markup, struct span text, size_t offset)
{
    struct span rest = markup_from(text, offset);
    size_t role;

    switch (rest.data[0]) {
    case '\\':
        if (rest.len < 2)
            return 0;
        if (!isspace((unsigned char)rest.data[1]))
            writer_text(markup->writer, (struct span){ rest.data + 1, 1 });
        return 2;
    case '\v': /* between lines of a line block */
        writer_break(markup->writer);
        return 1;
    case '[':
        return note_mention(markup, rest);
    case '|':
        return replaced(markup, rest);
    case '_':
        return named_word(markup, text, offset);
    case ':':
        role = role_length(rest);
        return role > 0 && role < rest.len && rest.data[role] == '`' ? quoted(markup, rest, role)
                                                                     : 0;
    case '`':
        return markup_starts(rest, "``") ? 0 : quoted(markup, rest, 0);
    default:
        return 0;
    }
}

const struct markup_syntax rst_syntax = { rst_pairs, rst_special, false };
