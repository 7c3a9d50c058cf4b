#include "extractors/detect_markup.h"

#include <ctype.h>
#include <string.h>

#include "extractors/markup.h"

#define LINES_MAX         2000u
#define TEXINFO_LINES_MAX 60u

/* ---- roff ---- */

static bool is_comment(struct span line)
{
    return markup_starts(line, ".\\\"") || markup_starts(line, "'\\\"") ||
           markup_starts(line, ".\\#") || (line.len == 1 && strchr(".'", line.data[0]));
}

/* A macro of that name, in column one. */
static bool is_macro(struct span line, const char *name)
{
    size_t length = strlen(name);

    return line.len >= length + 1 && strchr(".'", line.data[0]) &&
           memcmp(line.data + 1, name, length) == 0 &&
           (line.len == length + 1 || isspace((unsigned char)line.data[length + 1]));
}

static bool is_any_macro(struct span line, const char *const *names)
{
    for (; *names; names++)
        if (is_macro(line, *names))
            return true;
    return false;
}

/* A page begins with its title (man's .TH, mdoc's .Dd, ms's .TL), and has a macro of structure
 * behind it; only requests and comments may stand before. A link page is one ".so". */
static bool is_roff(struct span head)
{
    static const char *const titles[] = { "TH", "Dd", "Dt", "TL", NULL };
    static const char *const parts[] = { "SH", "Sh", "SS", "PP", "LP", "NH", "TP", NULL };
    bool has_title = false, is_first = true;
    unsigned count = 0;

    for (size_t at = 0; at < head.len && count < LINES_MAX; count++) {
        struct text_line line = text_line_at(head, at);
        struct span words = text_line_words(head, &line);

        at = line.next;
        if (line.is_blank || line.indent > 0)
            continue;
        if (is_first && is_macro(words, "so") && line.next >= head.len)
            return true;
        if (has_title && is_any_macro(words, parts))
            return true;
        if (is_any_macro(words, titles))
            has_title = true;
        else if (is_first && !is_comment(words) && !strchr(".'", words.data[0]))
            return false;
        is_first &= is_comment(words);
    }
    return false;
}

/* ---- wiki text ---- */

static bool has(struct span line, const char *sign)
{
    return markup_find(line, 0, sign) < line.len;
}

/* Signs of MediaWiki, each counted once. None of them alone says much: "[[a]]" is a link in notes,
 * "{{ }}" is a template of many kinds. */
static bool is_mediawiki(struct span head)
{
    bool has_heading = false, has_link = false, has_bold = false, has_template = false,
         has_table = false, has_reference = false, is_markdown = false;
    unsigned count = 0, signs;

    for (size_t at = 0; at < head.len && count < LINES_MAX; count++) {
        struct text_line line = text_line_at(head, at);
        struct span words = text_line_words(head, &line);

        at = line.next;
        if (line.is_blank)
            continue;
        has_heading |=
            line.indent == 0 && !markup_starts(words, "= =") && text_wiki_heading(words, NULL) >= 2;
        has_link |= has(words, "[[") && has(words, "]]");
        has_bold |= has(words, "'''");
        has_template |= has(words, "{{") && (has(words, "}}") || line.indent == 0);
        has_table |= line.indent == 0 && (markup_starts(words, "{| ") ||
                                          (words.len == 2 && markup_starts(words, "{|")));
        has_reference |= has(words, "<ref>") || has(words, "<ref ") || has(words, "<nowiki>");
        is_markdown |=
            line.indent == 0 && (markup_starts(words, "```") || markup_starts(words, "## "));
    }
    signs = (unsigned)has_link + has_bold + has_template + has_table + has_reference;
    return !is_markdown && ((has_heading && signs >= 2) || signs >= 4);
}

static bool has_twice(struct span line, const char *sign)
{
    size_t first = markup_find(line, 0, sign);

    return first < line.len && markup_find(line, first + strlen(sign), sign) < line.len;
}

/* Headings of DokuWiki have five or six signs where other wikis have two; beside them stands what
 * it alone has. */
static bool is_dokuwiki(struct span head)
{
    bool has_heading = false, has_link = false, has_bold = false, has_code = false,
         has_table = false, has_list = false, has_note = false, is_other = false;
    unsigned count = 0, signs;

    for (size_t at = 0; at < head.len && count < LINES_MAX; count++) {
        struct text_line line = text_line_at(head, at);
        struct span words = text_line_words(head, &line);

        at = line.next;
        if (line.is_blank)
            continue;
        has_heading |= line.indent == 0 && text_wiki_heading(words, NULL) >= 5;
        has_link |= has(words, "[[") || has(words, "{{");
        has_bold |= has_twice(words, "**") || markup_starts(words, "~~NO");
        has_code |= markup_starts(words, "<code") || markup_starts(words, "<file");
        has_table |= line.indent == 0 && markup_starts(words, "^ ") && has_twice(words, "^");
        has_list |= line.indent >= 2 && (markup_starts(words, "* ") || markup_starts(words, "- "));
        has_note |= has(words, "((") && has(words, "))");
        is_other |= has(words, "'''") || markup_starts(words, "{|") || has(words, "<ref") ||
                    markup_starts(words, "```") || markup_starts(words, "## ");
    }
    signs = (unsigned)has_bold + has_code + has_table + has_list + has_note;
    return has_heading && !is_other && (signs >= 2 || (signs == 1 && has_link));
}

/* Tables whose headers begin with "=", and verbatim text in braces on lines of their own. */
static bool is_creole(struct span head)
{
    bool has_heading = false, has_block = false, has_words = false, is_other = false;
    unsigned count = 0;

    for (size_t at = 0; at < head.len && count < LINES_MAX; count++) {
        struct text_line line = text_line_at(head, at);
        struct span words = text_line_words(head, &line);

        at = line.next;
        if (line.is_blank)
            continue;
        has_heading |= markup_starts(words, "= ") || markup_starts(words, "== ");
        has_block |= markup_starts(words, "|=") || (words.len == 3 && has(words, "{{{"));
        has_words |= has_twice(words, "**") || (has(words, "[[") && has(words, "]]"));
        is_other |= has(words, "'''") || markup_starts(words, "{|") || has(words, "<ref") ||
                    markup_starts(words, "```") || markup_starts(words, "|===");
    }
    return has_heading && has_block && has_words && !is_other;
}

bool detect_is_wiki_dump(struct span head)
{
    unsigned headings = 0, count = 0;

    for (size_t at = 0; at < head.len && count < LINES_MAX; count++) {
        struct text_line line = text_line_at(head, at);
        struct span words = text_line_words(head, &line);

        at = line.next;
        if (line.indent == 0 && (markup_starts(words, "# ") || markup_starts(words, "```") ||
                                 markup_starts(words, "## ")))
            return false;
        headings +=
            line.indent == 1 && markup_starts(words, "= ") && text_wiki_heading(words, NULL) > 0;
    }
    return headings >= 2;
}

/* ---- the others ---- */

/* Typst's own lines of code at the margin, and a heading or a rule that only it has. */
static bool is_typst(struct span head)
{
    static const char *const starts[] = { "#set document(", "#set page(", "#set text(",
                                          "#set heading(",  "#set par(",  "#import \"@preview/" };
    bool has_start = false, has_heading = false;
    unsigned count = 0;

    for (size_t at = 0; at < head.len && count < LINES_MAX; count++) {
        struct text_line line = text_line_at(head, at);
        struct span words = text_line_words(head, &line);

        at = line.next;
        if (line.indent > 0)
            continue;
        for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
            has_start |= markup_starts(words, starts[i]);
        has_heading |= markup_starts(words, "= ") || markup_starts(words, "== ") ||
                       markup_starts(words, "#show");
    }
    return has_start && has_heading;
}

/* The first line that is not empty is a command paragraph of perlpod(1). */
static bool is_pod(struct span head)
{
    static const char *const starts[] = { "=pod", "=head1 ", "=head2 ", "=encoding ",
                                          "=begin pod" };
    struct span text = markup_trim(head);

    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
        if (markup_starts(text, starts[i]))
            return true;
    return false;
}

/* The line that makes TeX read it, behind comments; some manuals begin with "@setfilename". */
static bool is_texinfo(struct span head)
{
    unsigned count = 0;

    for (size_t at = 0; at < head.len && count < TEXINFO_LINES_MAX; count++) {
        struct text_line line = text_line_at(head, at);
        struct span words = text_line_words(head, &line);

        at = line.next;
        if (line.indent == 0 &&
            (markup_starts(words, "\\input texinfo") || markup_starts(words, "@setfilename ")))
            return true;
        if (!line.is_blank && !markup_starts(words, "@c") && !markup_starts(words, "%"))
            return false;
    }
    return false;
}

const char *detect_markup(struct span head)
{
    if (is_texinfo(head))
        return "text/x-texinfo";

    if (is_roff(head))
        return "text/troff";
    if (is_pod(head))
        return "text/x-pod";
    if (is_typst(head))
        return "text/x-typst";
    if (is_dokuwiki(head))
        return "text/x-dokuwiki";
    if (is_creole(head))
        return "text/x-creole";
    if (is_mediawiki(head))
        return "text/x-wiki";
    return NULL;
}
