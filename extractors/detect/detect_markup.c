#include "extractors/detect/detect_markup.h"

#include <ctype.h>
#include <string.h>

#include "extractors/text/markup.h"

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

static bool has_twice(struct span line, const char *sign)
{
    size_t first = markup_find(line, 0, sign);

    return first < line.len && markup_find(line, first + strlen(sign), sign) < line.len;
}

enum wiki_sign {
    WIKI_HEADING = 1 << 0,     /* "== a ==" */
    WIKI_LINK = 1 << 1,        /* "[[a]]" */
    WIKI_QUOTES = 1 << 2,      /* bold as MediaWiki has it */
    WIKI_TEMPLATE = 1 << 3,    /* "{{" */
    WIKI_TABLE = 1 << 4,       /* "{|" */
    WIKI_REFERENCE = 1 << 5,   /* "<ref>", "<nowiki>" */
    WIKI_MARKDOWN = 1 << 6,    /* what only Markdown has */
    WIKI_STARS = 1 << 7,       /* "**a**" */
    DOKU_HEADING = 1 << 8,     /* five signs or six, where other wikis have two */
    DOKU_MACRO = 1 << 9,       /* "~~NOTOC~~" */
    DOKU_CODE = 1 << 10,       /* "<code c>", "<file>" */
    DOKU_TABLE = 1 << 11,      /* "^ a ^ b ^" */
    DOKU_LIST = 1 << 12,       /* two spaces, and a mark */
    DOKU_NOTE = 1 << 13,       /* "((a))" */
    CREOLE_HEADING = 1 << 14,  /* "= a" */
    CREOLE_BLOCK = 1 << 15,    /* "|= a |= b |", or "{{{" alone */
    CREOLE_ASCIIDOC = 1 << 16, /* "|===" */
};

static unsigned wiki_signs_of_line(const struct text_line *line, struct span words)
{
    bool is_at_margin = line->indent == 0;
    unsigned level = is_at_margin ? text_wiki_heading(words, NULL) : 0;
    const struct {
        bool is_there;
        enum wiki_sign sign;
    } signs[] = {
        { level >= 2 && !markup_starts(words, "= ="), WIKI_HEADING },
        { has(words, "[[") && has(words, "]]"), WIKI_LINK },
        { has(words, "'''"), WIKI_QUOTES },
        { has(words, "{{") && (has(words, "}}") || is_at_margin), WIKI_TEMPLATE },
        { is_at_margin && markup_starts(words, "{|") && (words.len == 2 || words.data[2] == ' '),
          WIKI_TABLE },
        { has(words, "<ref>") || has(words, "<ref ") || has(words, "<nowiki>"), WIKI_REFERENCE },
        { is_at_margin && (markup_starts(words, "```") || markup_starts(words, "## ")),
          WIKI_MARKDOWN },
        { has_twice(words, "**"), WIKI_STARS },
        { level >= 5, DOKU_HEADING },
        { markup_starts(words, "~~NO"), DOKU_MACRO },
        { markup_starts(words, "<code") || markup_starts(words, "<file"), DOKU_CODE },
        { is_at_margin && markup_starts(words, "^ ") && has_twice(words, "^"), DOKU_TABLE },
        { line->indent >= 2 && (markup_starts(words, "* ") || markup_starts(words, "- ")),
          DOKU_LIST },
        { has(words, "((") && has(words, "))"), DOKU_NOTE },
        { markup_starts(words, "= ") || markup_starts(words, "== "), CREOLE_HEADING },
        { markup_starts(words, "|=") || (words.len == 3 && has(words, "{{{")), CREOLE_BLOCK },
        { markup_starts(words, "|==="), CREOLE_ASCIIDOC },
    };
    unsigned found = 0;

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
        found |= signs[i].is_there ? (unsigned)signs[i].sign : 0u;
    return found;
}

static unsigned wiki_signs(struct span head)
{
    unsigned found = 0, count = 0;

    for (size_t at = 0; at < head.len && count < LINES_MAX; count++) {
        struct text_line line = text_line_at(head, at);

        at = line.next;
        if (!line.is_blank)
            found |= wiki_signs_of_line(&line, text_line_words(head, &line));
    }
    return found;
}

static unsigned count_of(unsigned found, unsigned wanted)
{
    return (unsigned)__builtin_popcount(found & wanted);
}

/* None of the signs alone says much: "[[a]]" is a link in notes, "{{ }}" is a template of many
 * kinds. */
static const char *wiki_of(struct span head)
{
    unsigned found = wiki_signs(head);
    bool is_other = found & (WIKI_QUOTES | WIKI_TABLE | WIKI_REFERENCE | WIKI_MARKDOWN);
    unsigned own =
        count_of(found, WIKI_STARS | DOKU_MACRO | DOKU_CODE | DOKU_TABLE | DOKU_LIST | DOKU_NOTE);
    unsigned signs =
        count_of(found, WIKI_LINK | WIKI_QUOTES | WIKI_TEMPLATE | WIKI_TABLE | WIKI_REFERENCE);

    if ((found & DOKU_HEADING) && own >= 3 && !(found & (WIKI_TABLE | WIKI_MARKDOWN)))
        return "text/x-dokuwiki";
    if ((found & DOKU_HEADING) && !is_other &&
        (own >= 2 || (own == 1 && (found & (WIKI_LINK | WIKI_TEMPLATE)))))
        return "text/x-dokuwiki";
    if ((found & CREOLE_HEADING) && (found & CREOLE_BLOCK) && (found & (WIKI_STARS | WIKI_LINK)) &&
        !is_other && !(found & CREOLE_ASCIIDOC))
        return "text/x-creole";
    if (!(found & WIKI_MARKDOWN) && (((found & WIKI_HEADING) && signs >= 2) || signs >= 4))
        return "text/x-wiki";
    return NULL;
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

/* ---- AsciiDoc and reStructuredText ---- */

enum prose_sign {
    ADOC_STYLE = 1 << 0,    /* "[verse]" */
    ADOC_MACRO = 1 << 1,    /* "include::a.txt[]" */
    ADOC_TERM = 1 << 2,     /* "word::", and its words on the next line */
    ADOC_JOIN = 1 << 3,     /* "+" alone */
    RST_DIRECTIVE = 1 << 4, /* ".. note::" */
    RST_TARGET = 1 << 5,    /* ".. _name:" */
    RST_ROLE = 1 << 6,      /* ":ref:`name`" */
    RST_REFERENCE = 1 << 7, /* "`words <address>`_" */
    RST_LITERAL = 1 << 8,   /* "``words``" */
    RST_UNDERLINE = 1 << 9, /* a line of signs below one of words */
};

static bool ends_with(struct span words, const char *end)
{
    size_t length = strlen(end);

    return words.len >= length && memcmp(words.data + words.len - length, end, length) == 0;
}

static bool is_asciidoc_style(struct span words)
{
    static const char *const styles[] = { "[verse]",    "[NOTE]", "[TIP]",       "[WARNING]",
                                          "[listing]",  "[quote", "[source",     "[horizontal]",
                                          "[CAUTION]",  "[cols=", "[options=\"", "[role=\"",
                                          "[IMPORTANT]" };

    for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]); i++)
        if (markup_starts(words, styles[i]))
            return ends_with(words, "]");
    return false;
}

static bool is_asciidoc_macro(struct span words)
{
    static const char *const macros[] = { "include::", "ifdef::", "ifndef::", "endif::",
                                          "image::" };

    for (size_t i = 0; i < sizeof(macros) / sizeof(macros[0]); i++)
        if (markup_starts(words, macros[i]))
            return ends_with(words, "]");
    return false;
}

/* ".. name::" */
static bool is_rst_directive(struct span words)
{
    size_t at = 3;

    if (!markup_starts(words, ".. "))
        return false;
    while (at < words.len && (islower((unsigned char)words.data[at]) || words.data[at] == '-' ||
                              words.data[at] == ':'))
        at++;
    return at > 5 && words.data[at - 1] == ':' && words.data[at - 2] == ':';
}

/* ":name:`" */
static bool has_rst_role(struct span words)
{
    size_t mark = markup_find(words, 0, ":`");

    return mark < words.len && mark > 1 && isalpha((unsigned char)words.data[mark - 1]) &&
           memchr(words.data, ':', mark) != NULL;
}

static unsigned prose_signs_of_line(const struct text_line *line, struct span words,
                                    const struct text_line *next, struct span below)
{
    bool is_at_margin = line->indent == 0;
    const struct {
        bool is_there;
        enum prose_sign sign;
    } signs[] = {
        { is_at_margin && is_asciidoc_style(words), ADOC_STYLE },
        { is_at_margin && is_asciidoc_macro(words), ADOC_MACRO },
        { is_at_margin && words.len > 3 && ends_with(words, "::") && !ends_with(words, ":::") &&
              words.data[0] != '.' && !next->is_blank,
          ADOC_TERM },
        { words.len == 1 && words.data[0] == '+' && is_at_margin && !next->is_blank, ADOC_JOIN },
        { is_rst_directive(words), RST_DIRECTIVE },
        { markup_starts(words, ".. _") && ends_with(words, ":"), RST_TARGET },
        { has_rst_role(words), RST_ROLE },
        { has(words, "`_"), RST_REFERENCE },
        { has_twice(words, "``"), RST_LITERAL },
        { is_at_margin && !next->is_blank && below.len >= words.len && below.len < words.len + 3 &&
              text_rule_of(below, "=-~^\"'*"),
          RST_UNDERLINE },
    };
    unsigned found = 0;

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
        found |= signs[i].is_there ? (unsigned)signs[i].sign : 0u;
    return found;
}

const char *detect_prose_markup(struct span head)
{
    unsigned found = 0, count = 0;

    if (markup_starts(head, "#!")) /* a program, and what it says of itself */
        return NULL;

    for (size_t at = 0; at < head.len && count < LINES_MAX; count++) {
        struct text_line line = text_line_at(head, at), next = { .is_blank = true };
        struct span below = { "", 0 };

        at = line.next;
        if (at < head.len) {
            next = text_line_at(head, at);
            below = text_line_words(head, &next);
        }
        if (!line.is_blank)
            found |= prose_signs_of_line(&line, text_line_words(head, &line), &next, below);
    }
    if ((found & RST_DIRECTIVE) &&
        count_of(found, RST_TARGET | RST_ROLE | RST_REFERENCE | RST_LITERAL | RST_UNDERLINE) >= 2)
        return "text/x-rst";
    if ((found & (ADOC_STYLE | ADOC_MACRO)) && (found & (ADOC_TERM | ADOC_JOIN)) &&
        !(found & (RST_DIRECTIVE | RST_ROLE | RST_TARGET)))
        return "text/asciidoc";
    return NULL;
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
    return wiki_of(head);
}
