#include "extractors/pdf/pdf_marks.h"

#include <ctype.h>
#include <string.h>
#include <unicode/uchar.h>

#include "base/utf8.h"

#define PARTS_MAX 8u /* of a section's number */

static struct span line_word(const struct pdf_doc *doc, const struct pdf_line *line, uint32_t i)
{
    if (i >= line->word_count)
        return (struct span){ "", 0 };
    return pdf_word_text(doc, &doc->ordered[line->word_start + i]);
}

static bool span_equal(struct span text, const char *literal)
{
    return text.len == strlen(literal) && memcmp(text.data, literal, text.len) == 0;
}

static bool span_equal_nocase(struct span text, const char *literal)
{
    if (text.len != strlen(literal))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (tolower((unsigned char)text.data[i]) != literal[i])
            return false;
    return true;
}

static bool is_bullet(struct span text)
{
    static const char *const bullets[] = {
        "\xE2\x80\xA2",
        "\xE2\x97\xA6",
        "\xE2\x96\xAA",
        "\xE2\x96\xAB",
        "\xE2\x96\xA0",
        "\xE2\x96\xA1",
        "\xE2\x97\x8F",
        "\xE2\x97\x8B",
        "\xE2\x80\xA3",
        "\xE2\x81\x83",
        "\xE2\x88\x99",
        "\xC2\xB7",
        "\xE2\x80\x93",
        "\xE2\x80\x94",
        "-",
        "*",
        "\xE2\x9E\xA2",
        "\xE2\x9C\x93",
        "\xE2\x9C\x94",
        "\xE2\x97\x86",
        "\xE2\x97\x87",
        "\xE2\x96\xB6",
        "\xE2\x96\xB8",
        "\xE2\x96\xBA",
        "\xE2\x87\x92",
        "\xE2\x9D\x96",
        "\xEF\x82\xB7",
        "\xE2\x80\xBA",
        "\xC2\xBB",
        "\xE2\x9E\xA4",
        "\xE2\x88\x92",
        "\xE2\x9C\xA6",
        "\xE2\x88\x97",
        "\xE2\x9D\x91",
        "\xE2\x98\x90",
    };

    for (size_t i = 0; i < sizeof(bullets) / sizeof(bullets[0]); i++)
        if (span_equal(text, bullets[i]))
            return true;
    return false;
}

/* "3." "3)" "(3)" "b)" "iv." ; a capital with a full stop may be an initial, so not "A." */
static bool is_ordered_mark(struct span text)
{
    size_t start = 0, end = text.len, digits = 0, letters = 0;
    bool bracket = false;

    if (text.len < 2 || text.len > 7)
        return false;
    if (text.data[0] == '(' || text.data[0] == '[') {
        bracket = true;
        start++;
    }
    if (text.data[end - 1] == ')' || text.data[end - 1] == ']')
        bracket = true;
    else if (text.data[end - 1] != '.' || bracket)
        return false;
    end--;
    for (size_t i = start; i < end; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if (isdigit(c))
            digits++;
        else if (islower(c) || (bracket && isupper(c)))
            letters++;
        else
            return false;
    }
    if (digits && letters)
        return false;
    if (digits)
        return digits <= 3;
    if (letters == 1)
        return true;
    for (size_t i = start; i < end; i++)
        if (!strchr("ivxIVX", text.data[i]))
            return false;
    return letters >= 2;
}

/* "2" "2." "2.1" "2.1.3." "A.1"; the depth, or 0. */
static unsigned section_depth(struct span text)
{
    unsigned depth = 0;
    size_t i = 0;

    if (text.len == 0 || text.len > 16)
        return 0;
    while (i < text.len) {
        size_t start = i;

        while (i < text.len && isdigit((unsigned char)text.data[i]))
            i++;
        if (i == start && depth == 0 && isupper((unsigned char)text.data[i]) && text.len > 1)
            i++; /* an appendix */
        if (i == start || i - start > 3)
            return 0;
        depth++;
        if (i < text.len && text.data[i++] != '.')
            return 0;
    }
    return depth;
}

static bool is_roman_mark(struct span text)
{
    if (text.len < 2 || text.len > 6 || text.data[text.len - 1] != '.')
        return false;
    for (size_t i = 0; i + 1 < text.len; i++)
        if (!strchr("IVX", text.data[i]))
            return false;
    return true;
}

/* An "o" of another font, or well apart from the text: Word's bullet of the second level. */
static bool is_round_letter(const struct pdf_doc *doc, const struct pdf_line *line)
{
    const struct pdf_word *words = &doc->ordered[line->word_start];

    return span_equal(line_word(doc, line, 0), "o") &&
           words[1].x0 - words[0].x1 > 0.5F * doc->styles[words[1].style].size;
}

/* ".1", well apart from the text: a specification's paragraphs below a numbered heading. */
static bool is_partial_number(const struct pdf_doc *doc, const struct pdf_line *line)
{
    const struct pdf_word *words = &doc->ordered[line->word_start];
    struct span first = line_word(doc, line, 0);

    if (first.len < 2 || first.len > 3 || first.data[0] != '.')
        return false;
    for (size_t i = 1; i < first.len; i++)
        if (!isdigit((unsigned char)first.data[i]))
            return false;
    return words[1].x0 - words[0].x1 > 0.8F * doc->styles[words[1].style].size;
}

static bool has_digit(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (isdigit((unsigned char)text.data[i]))
            return true;
    return false;
}

static bool is_caption_start(const struct pdf_doc *doc, const struct pdf_line *line)
{
    static const char *const names[] = { "figure",  "fig.",      "fig",     "table",
                                         "tab.",    "abbildung", "abb.",    "tabelle",
                                         "tableau", "figura",    "tabla",   "listing",
                                         "scheme",  "chart",     "exhibit", "plate" };
    struct span name = line_word(doc, line, 0), number = line_word(doc, line, 1);
    char last;

    if (number.len == 0 || number.len > 8)
        return false;
    last = number.data[number.len - 1];
    if (!has_digit(number) && !(number.len <= 5 && strspn(number.data, "IVXivx") >= number.len - 1))
        return false;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!span_equal_nocase(name, names[i]))
            continue;
        /* "Figure 3 shows" is a sentence. */
        return last == '.' || last == ':' || line->word_count == 2 ||
               (line->word_count > 2 && !islower((unsigned char)line_word(doc, line, 2).data[0]));
    }
    return false;
}

static bool is_section_name(struct span text)
{
    static const char *const names[] = { "chapter", "appendix", "section", "part",     "article",
                                         "annex",   "kapitel",  "anhang",  "chapitre", "annexe" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (span_equal_nocase(text, names[i]))
            return true;
    return false;
}

bool pdf_text_is_list_mark(struct span text)
{
    return is_bullet(text) || is_ordered_mark(text) ||
           (section_depth(text) > 1 && text.data[text.len - 1] == '.');
}

/* A number of several parts, which ends in a full stop; how many parts, 0: it is none. */
static unsigned parts_read(struct span text, unsigned parts[PARTS_MAX])
{
    unsigned count = section_depth(text), part = 0;

    if (count < 2 || count > PARTS_MAX || text.data[text.len - 1] != '.' ||
        isupper((unsigned char)text.data[0]))
        return 0;
    memset(parts, 0, PARTS_MAX * sizeof(parts[0]));
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '.')
            part++;
        else
            parts[part] = parts[part] * 10 + (unsigned)(text.data[i] - '0');
    }
    return count;
}

bool pdf_lines_count_on(const struct pdf_doc *doc, const struct pdf_line *a,
                        const struct pdf_line *b)
{
    unsigned from[PARTS_MAX], to[PARTS_MAX];
    unsigned from_count = parts_read(line_word(doc, a, 0), from);
    unsigned to_count = parts_read(line_word(doc, b, 0), to);

    if (from_count == 0 || to_count == 0 || to_count > from_count + 1)
        return false;
    /* What is missing in a is 0, and 1 follows it. */
    if (to_count > from_count)
        from[from_count] = 0;
    return memcmp(from, to, (to_count - 1) * sizeof(to[0])) == 0 &&
           to[to_count - 1] == from[to_count - 1] + 1;
}

struct pdf_mark pdf_line_mark(const struct pdf_doc *doc, const struct pdf_line *line)
{
    struct span first = line_word(doc, line, 0), second = line_word(doc, line, 1);
    unsigned depth = section_depth(first);

    if (line->word_count > 1 &&
        ((is_bullet(first) && !is_bullet(second)) || is_round_letter(doc, line)))
        return (struct pdf_mark){ PDF_MARK_BULLET, 1, 0 };
    if (line->word_count > 1 && (is_ordered_mark(first) || is_partial_number(doc, line)))
        return (struct pdf_mark){ PDF_MARK_ORDERED, 1, depth };
    if (is_caption_start(doc, line))
        return (struct pdf_mark){ PDF_MARK_CAPTION, 2, 0 };
    if (depth && line->word_count > 1)
        return (struct pdf_mark){ PDF_MARK_SECTION, 1, depth };
    if (is_roman_mark(first) && line->word_count > 1)
        return (struct pdf_mark){ PDF_MARK_SECTION, 1, 1 };
    if (is_section_name(first) && second.len && second.len <= 6 &&
        (has_digit(second) || isupper((unsigned char)second.data[0])))
        return (struct pdf_mark){ PDF_MARK_SECTION, 2, 1 };
    return (struct pdf_mark){ PDF_MARK_NONE, 0, 0 };
}

bool pdf_line_is_ruler(const struct pdf_doc *doc, const struct pdf_line *line)
{
    return line->word_count > 3 && is_bullet(line_word(doc, line, 0)) &&
           is_bullet(line_word(doc, line, 1)) &&
           is_bullet(line_word(doc, line, line->word_count - 2));
}

unsigned pdf_line_note_mark(const struct pdf_doc *doc, const struct pdf_line *line)
{
    struct span first = line_word(doc, line, 0);
    size_t digits = 0;

    if (line->word_count < 2 || first.len == 0 || first.len > 5)
        return 0;
    if (span_equal(first, "*") || span_equal(first, "**") || span_equal(first, "\xE2\x80\xA0") ||
        span_equal(first, "\xE2\x80\xA1") || span_equal(first, "\xC2\xA7") ||
        span_equal(first, "\xE2\x88\x97"))
        return 1;
    for (size_t i = 0; i < first.len; i++) {
        if (isdigit((unsigned char)first.data[i]))
            digits++;
        else if (!strchr("[].)", first.data[i]))
            return 0;
    }
    return digits >= 1 && digits <= 3;
}

bool pdf_line_is_labelled(const struct pdf_doc *doc, const struct pdf_line *line)
{
    enum { LABEL_WORDS = 3, WORDS = 6 };

    if (line->word_count > WORDS)
        return false; /* a title and what it is about */
    for (uint32_t i = 0; i + 1 < line->word_count && i < LABEL_WORDS; i++) {
        struct span text = line_word(doc, line, i);

        if (has_digit(text)) /* "Step 2: Counting" */
            return false;
        if (text.len > 1 && text.data[text.len - 1] == ':')
            return text.len < 4 || !memchr(text.data, '.', text.len - 2); /* a site, no label */
    }
    return false;
}

bool pdf_line_is_entry(const struct pdf_doc *doc, const struct pdf_line *line)
{
    struct span last = line_word(doc, line, line->word_count - 1);
    bool ends_in_number =
        last.len > 0 && last.data[last.len - 1] >= '0' && last.data[last.len - 1] <= '9';

    for (uint32_t i = 0; i < line->word_count; i++) {
        struct span text = line_word(doc, line, i);

        if (memmem(text.data, text.len, "\xEF\xBC\x9A", 3))
            return true;     /* a full-width colon, as forms have it */
        if (has_digit(text)) /* "Step 2: Counting in 2026" */
            return false;
        if (text.len > 1 && text.data[text.len - 1] == ':' && ends_in_number)
            return true;
    }
    return false;
}

bool pdf_line_has_digit(const struct pdf_doc *doc, const struct pdf_line *line)
{
    for (uint32_t i = 0; i < line->word_count; i++)
        if (has_digit(line_word(doc, line, i)))
            return true;
    return false;
}

/* How many digits a word begins with, and how many letters it has behind them: "1st" 1 and 2. */
static size_t digits_of(struct span text, size_t *letters)
{
    size_t digits = 0;

    *letters = 0;
    while (digits < text.len && isdigit((unsigned char)text.data[digits]))
        digits++;
    for (size_t i = digits; i < text.len; i++)
        *letters += isalpha((unsigned char)text.data[i]) || (unsigned char)text.data[i] >= 0x80U;
    return digits;
}

/* "2021-01-31", "31/01/2021", "31.1.2021" */
static bool is_written_date(struct span text)
{
    size_t digits = 0, marks = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (isdigit((unsigned char)text.data[i]))
            digits++;
        else if (i > 0 && strchr("-./", text.data[i]) && isdigit((unsigned char)text.data[i - 1]))
            marks++;
        else
            return false;
    }
    return marks == 2 && digits >= 4 && digits <= 8;
}

/* A day, a month's name and a year, in any order; before them a weekday and its comma, between them
 * words like "de". "On" in front makes it the end of a sentence. */
bool pdf_line_is_day(const struct pdf_doc *doc, const struct pdf_line *line)
{
    size_t days = 0, years = 0, names = 0, small = 0;
    uint32_t first = 0;
    struct span text = line_word(doc, line, 0);

    if (line->word_count == 1)
        return is_written_date(text);
    if (text.len > 3 && text.data[text.len - 1] == ',' && !has_digit(text))
        first = 1;
    if (line->word_count < first + 3 || line->word_count > first + 5)
        return false;
    for (uint32_t i = first; i < line->word_count; i++) {
        size_t letters, digits = digits_of(line_word(doc, line, i), &letters);

        if (digits == 4 && letters == 0)
            years++;
        else if (digits >= 1 && digits <= 2 && letters <= 2)
            days++;
        else if (digits == 0 && letters >= 3)
            names++;
        else if (digits == 0 && i > first)
            small++;
        else
            return false;
    }
    return days == 1 && years == 1 && names == 1 && small <= 2;
}

/* "1", "12", "*": the mark of a note that says where an author works. */
static bool is_author_mark(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!isdigit((unsigned char)text.data[i]) && !strchr("*,", text.data[i]))
            return false;
    return text.len <= 3;
}

/* "Ann Limnologist 1 Bea Sediment 1 2 Cy Clay 2": names with marks, three of them at least. */
static bool are_marked_authors(const struct pdf_doc *doc, const struct pdf_line *line)
{
    size_t marks = 0;

    for (uint32_t i = 0; i < line->word_count; i++) {
        struct span text = line_word(doc, line, i);
        uint32_t c = 0;

        utf8_decode(text, &c);
        if (is_author_mark(text))
            marks++;
        else if (!u_isupper((UChar32)c) || has_digit(text))
            return false;
    }
    return marks >= 3 && line->word_count >= 3 * marks / 2 + 3 &&
           !is_author_mark(line_word(doc, line, 0));
}

bool pdf_line_is_author(const struct pdf_doc *doc, const struct pdf_line *line)
{
    static const char *const names[] = { "by", "von", "par", "por" };
    bool is_by = false;

    if (are_marked_authors(doc, line))
        return true;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        is_by |= span_equal_nocase(line_word(doc, line, 0), names[i]);
    if (!is_by || line->word_count < 3 || line->word_count > 6)
        return false;
    for (uint32_t i = 1; i < line->word_count; i++) {
        struct span text = line_word(doc, line, i);
        uint32_t c = 0;

        utf8_decode(text, &c);
        if (!u_isupper((UChar32)c) || has_digit(text))
            return false;
    }
    return true;
}

bool pdf_line_is_admonition(const struct pdf_doc *doc, const struct pdf_line *line)
{
    static const char *const words[] = { "note",      "warning",      "caution",   "tip",
                                         "important", "danger",       "attention", "hinweis",
                                         "achtung",   "warnung",      "tipp",      "wichtig",
                                         "gefahr",    "remarque",     "nota",      "aviso",
                                         "atención",  "avertissement" };
    struct span text = line_word(doc, line, 0);

    while (text.len > 0 && strchr(":!", text.data[text.len - 1]))
        text.len--;
    if (line->word_count != 1)
        return false;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (span_equal_nocase(text, words[i]))
            return true;
    return false;
}

bool pdf_line_has_address(const struct pdf_doc *doc, const struct pdf_line *line)
{
    for (uint32_t i = 0; i < line->word_count; i++) {
        struct span text = line_word(doc, line, i);
        const char *at = memchr(text.data, '@', text.len);

        if ((at && at > text.data && memchr(at, '.', text.len - (size_t)(at - text.data))) ||
            memmem(text.data, text.len, "www.", 4) || memmem(text.data, text.len, "://", 3))
            return true;
    }
    return false;
}

static uint32_t char_before(struct span text, size_t *end)
{
    size_t start = *end;
    uint32_t c = 0;

    while (start > 0 && ((unsigned char)text.data[--start] & 0xC0U) == 0x80U)
        ;
    utf8_decode((struct span){ text.data + start, *end - start }, &c);
    *end = start;
    return c;
}

enum pdf_ending pdf_line_ending(const struct pdf_doc *doc, const struct pdf_line *line)
{
    struct span text = line_word(doc, line, line->word_count - 1);
    size_t end = text.len;

    if (doc->ordered[line->word_start + line->word_count - 1].flags & PDF_WORD_HYPHEN)
        return PDF_ENDS_HYPHEN;
    while (end > 0) {
        uint32_t c = char_before(text, &end);

        switch (c) {
        case '.':
            return end >= 2 && memcmp(text.data + end - 2, "..", 2) == 0 ? PDF_ENDS_PAUSE
                                                                         : PDF_ENDS_SENTENCE;
        case 0x2026:
            return PDF_ENDS_PAUSE;
        case 0x3002:
        case 0x06D4:
        case 0x0964:
            return PDF_ENDS_SENTENCE;
        case '!':
        case '?':
        case 0xFF01:
        case 0xFF1F:
        case 0x061F:
            return PDF_ENDS_CALL;
        case ':':
        case ';':
        case 0xFF1A:
        case 0xFF1B:
            return PDF_ENDS_COLON;
        case '-':
        case 0x2010:
        case 0x2011:
            return PDF_ENDS_HYPHEN;
        case ')':
        case ']':
        case '"':
        case '\'':
        case 0x2019:
        case 0x201D:
        case 0xBB:
        case 0x300D:
        case 0xFF09:
            continue;
        default:
            return PDF_ENDS_OPEN;
        }
    }
    return PDF_ENDS_OPEN;
}

enum pdf_beginning pdf_line_beginning(const struct pdf_doc *doc, const struct pdf_line *line)
{
    struct span text = line_word(doc, line, 0);

    for (size_t at = 0; at < text.len;) {
        uint32_t c;

        at += utf8_decode((struct span){ text.data + at, text.len - at }, &c);
        if (u_islower((UChar32)c))
            return PDF_BEGINS_LOWER;
        if (u_isupper((UChar32)c))
            return PDF_BEGINS_UPPER;
        if (u_isalnum((UChar32)c))
            return PDF_BEGINS_OTHER;
    }
    return PDF_BEGINS_OTHER;
}

void pdf_line_letters(const struct pdf_doc *doc, const struct pdf_line *line, size_t *letters,
                      size_t *capitals)
{
    *letters = *capitals = 0;
    for (uint32_t i = 0; i < line->word_count; i++) {
        struct span text = line_word(doc, line, i);

        for (size_t at = 0; at < text.len;) {
            uint32_t c;

            at += utf8_decode((struct span){ text.data + at, text.len - at }, &c);
            *letters += u_isalpha((UChar32)c) != 0;
            *capitals += u_isupper((UChar32)c) != 0;
        }
    }
}
