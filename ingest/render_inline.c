#include "ingest/render_inline.h"

#include <ctype.h>
#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "ingest/render_escape.h"

#define LINK                EMPHASIS_KIND_COUNT /* a link is one more kind of element */
#define KIND_COUNT          (EMPHASIS_KIND_COUNT + 1)
#define NOWHERE             SIZE_MAX
#define BIT(kind)           (1u << (kind))
#define STARS               (BIT(EMPHASIS_BOLD) | BIT(EMPHASIS_ITALIC))
#define LITERAL             (BIT(EMPHASIS_CODE) | BIT(EMPHASIS_FORMULA)) /* nothing in it is a mark */
#define FLANKED             (STARS | BIT(EMPHASIS_STRUCK)) /* their marks must touch a word */
#define IS_SPACE(c)         render_is_space(c)
#define NOTE_MARK_BYTES_MAX 64u
#define FITS_MAX            16u /* steps to where a mark may stand; then it is left out */
#define ELEMENT_EMPTY       ((struct element){ 0, 0, 0 })

static const char *const begins[] = {
    [EMPHASIS_BOLD] = "**",      [EMPHASIS_ITALIC] = "*",      [EMPHASIS_STRUCK] = "~~",
    [EMPHASIS_RAISED] = "<sup>", [EMPHASIS_LOWERED] = "<sub>", [LINK] = "[",
};
static const char *const ends[] = {
    [EMPHASIS_BOLD] = "**",       [EMPHASIS_ITALIC] = "*",       [EMPHASIS_STRUCK] = "~~",
    [EMPHASIS_RAISED] = "</sup>", [EMPHASIS_LOWERED] = "</sub>",
};

/* Of those that begin and end together, the first is outside. */
static const uint8_t rank[KIND_COUNT] = {
    [LINK] = 0,
    [EMPHASIS_BOLD] = 1,
    [EMPHASIS_ITALIC] = 2,
    [EMPHASIS_STRUCK] = 3,
    [EMPHASIS_RAISED] = 4,
    [EMPHASIS_LOWERED] = 5,
    [EMPHASIS_CODE] = 6,
    [EMPHASIS_FORMULA] = 7,
};

struct element {
    size_t start, end; /* bytes of text; equal: none */
    uint32_t target;   /* of a link: its label */
};

/* An element that was begun. */
struct open_element {
    struct element element;
    unsigned kind;
    size_t ticks; /* of code; of a formula, the signs */
    bool is_padded;
};

/* The text of one block, while it is written. */
struct stretch {
    struct inline_renderer *renderer;
    const struct inline_style *style;
    struct span text; /* of the extraction, up to the block's end */
    size_t start;
    struct element waiting[KIND_COUNT]; /* the next of its kind, to begin at its start or later */
    struct open_element open[KIND_COUNT];
    unsigned depth;
    size_t turn;         /* nothing begins or ends before */
    size_t turned;       /* where something did last, or NOWHERE */
    size_t cell_break;   /* the blank that is the end of a line, or NOWHERE */
    size_t ordered_mark; /* the "." of "12. " at a line's start, or NOWHERE */
    size_t note_mark;    /* where the last mark of a note ends */
    struct escape_rules rules;
    bool at_line_start;
};

static void put(struct buf *out, const char *text)
{
    buf_append(out, text, strlen(text));
}

void inline_put_line_start(struct inline_renderer *renderer, const struct inline_style *style)
{
    for (unsigned i = 0; i < style->indent; i++)
        buf_append_char(renderer->out, ' ');
    for (unsigned i = 0; i < style->quote_depth; i++)
        put(renderer->out, "> ");
}

/* ---- where emphasis may begin and end ---- */

/* Letters of scripts between U+0080 and U+2FFF are none; what is unsure is left out. */
static bool is_surely_punctuation(uint32_t c)
{
    return (c < 0x80 && ispunct((int)c)) || (c >= 0x2010 && c <= 0x2027) ||
           (c >= 0x2030 && c <= 0x205E) || (c >= 0x3001 && c <= 0x3003) ||
           (c >= 0x3008 && c <= 0x3011) || c == 0xFF01 || c == 0xFF08 || c == 0xFF09 ||
           c == 0xFF0C || c == 0xFF1A || c == 0xFF1B || c == 0xFF1F || c == 0xAB || c == 0xBB;
}

/* The same, and what may be punctuation or a symbol. */
static bool may_be_punctuation(uint32_t c)
{
    return is_surely_punctuation(c) || (c >= 0x80 && c <= 0xBF) || c == 0xD7 || c == 0xF7 ||
           (c >= 0x2000 && c <= 0x2BFF) || (c >= 0x2E00 && c <= 0x303F) ||
           (c >= 0xFE10 && c <= 0xFF0F) || (c >= 0xFF1A && c <= 0xFF20) ||
           (c >= 0xFF3B && c <= 0xFF40) || (c >= 0xFF5B && c <= 0xFF65) || c >= 0x1F000;
}

static uint32_t char_at(const struct stretch *s, size_t at)
{
    uint32_t c = ' ';

    if (at < s->text.len)
        (void)utf8_decode((struct span){ s->text.data + at, s->text.len - at }, &c);
    return c;
}

static size_t after_char(const struct stretch *s, size_t at)
{
    uint32_t c;
    size_t taken = utf8_decode((struct span){ s->text.data + at, s->text.len - at }, &c);

    return at + (taken ? taken : 1);
}

static size_t before_char(const struct stretch *s, size_t at)
{
    do
        at--;
    while (at > s->start && ((unsigned char)s->text.data[at] & 0xC0) == 0x80);
    return at;
}

/* The character on the outside may be next to a mark that has punctuation inside. */
static bool is_open_side(const struct stretch *s, size_t at)
{
    uint32_t c = at < s->start ? ' ' : char_at(s, at);

    return IS_SPACE(c) || is_surely_punctuation(c);
}

/* Kinds whose marks are one run of characters with that kind's. */
static unsigned same_marks(unsigned kind)
{
    return STARS & BIT(kind) ? STARS : BIT(kind);
}

/* An element of another mark that begins right where the emphasis does: its end, or NOWHERE. */
static size_t inner_from(const struct stretch *s, unsigned outer, size_t at)
{
    for (unsigned kind = 0; kind < KIND_COUNT; kind++)
        if (!(same_marks(outer) & BIT(kind)) && s->waiting[kind].end > s->waiting[kind].start &&
            s->waiting[kind].start == at)
            return s->waiting[kind].end;
    return NOWHERE;
}

/* The start of an element of another mark that ends where the emphasis does, if not later: it is
 * cut off there. NOWHERE: none is. */
static size_t inner_until(const struct stretch *s, unsigned outer_kind, const struct element *outer)
{
    const unsigned same = same_marks(outer_kind);
    const struct extraction *e = s->renderer->extraction;

    for (unsigned kind = 0; kind < KIND_COUNT; kind++)
        if (!(same & BIT(kind)) && s->waiting[kind].end >= outer->end &&
            s->waiting[kind].start < outer->end)
            return s->waiting[kind].start;
    for (size_t i = s->renderer->next_emphasis;
         i < e->emphasis_count && e->emphases[i].text_start < outer->end; i++)
        if (!(same & BIT(e->emphases[i].kind)) && e->emphases[i].text_end >= outer->end)
            return e->emphases[i].text_start;
    for (size_t i = s->renderer->next_link;
         i < e->link_count && e->links[i].text_start < outer->end; i++)
        if (e->links[i].text_end >= outer->end)
            return e->links[i].text_start;
    return NOWHERE;
}

/* Stars inside of others must not look as if they ended those: a letter, or punctuation on both
 * sides, would make them do so. */
static bool would_close(const struct stretch *s, size_t at)
{
    bool is_inside = s->style->is_marked && s->start < at;
    bool is_blank_before = false, is_punctuation_before = false;

    for (unsigned i = 0; i < s->depth; i++) {
        bool is_star = (STARS & BIT(s->open[i].kind)) != 0;

        is_inside |= is_star && s->open[i].element.start < at;
        is_punctuation_before |= !is_star && s->open[i].element.start == at;
    }
    if (!is_inside)
        return false;
    if (!is_punctuation_before) {
        uint32_t before = char_at(s, before_char(s, at));

        is_blank_before = IS_SPACE(before);
        is_punctuation_before = is_surely_punctuation(before);
    }
    return !is_blank_before && (!is_punctuation_before || may_be_punctuation(char_at(s, at)) ||
                                inner_from(s, EMPHASIS_BOLD, at) != NOWHERE);
}

/* Moves the start to where a mark opens; nothing is left of the element where none does. */
static void fit_start(const struct stretch *s, unsigned kind, struct element *element)
{
    for (unsigned i = 0; i < FITS_MAX && element->start < element->end; i++) {
        size_t inner = inner_from(s, kind, element->start);
        uint32_t c = char_at(s, element->start);
        bool is_begun = s->depth > 0 && s->open[s->depth - 1].element.start == element->start;

        if (!IS_SPACE(c) && !((STARS & BIT(kind)) && would_close(s, element->start)) &&
            (is_begun || (inner == NOWHERE && !may_be_punctuation(c)) ||
             element->start == s->start || is_open_side(s, before_char(s, element->start))))
            return;
        element->start = inner != NOWHERE ? inner : after_char(s, element->start);
    }
    element->start = element->end;
}

/* Moves the end to where a mark closes; as above. */
static void fit_end(const struct stretch *s, unsigned kind, struct element *element)
{
    for (unsigned i = 0; i < FITS_MAX && element->start < element->end; i++) {
        size_t inner = inner_until(s, kind, element), last = before_char(s, element->end);
        uint32_t c = char_at(s, last);

        if (!IS_SPACE(c) &&
            ((inner == NOWHERE && !may_be_punctuation(c)) || is_open_side(s, element->end)))
            return;
        element->end = inner != NOWHERE ? inner : last;
    }
    element->end = element->start;
}

static void fit_spaces(const struct stretch *s, struct element *element)
{
    while (element->start < element->end && IS_SPACE(s->text.data[element->start]))
        element->start++;
    while (element->start < element->end && IS_SPACE(s->text.data[element->end - 1]))
        element->end--;
}

/* ---- elements ---- */

static bool is_in_literal(const struct stretch *s)
{
    return s->depth > 0 && (LITERAL & BIT(s->open[s->depth - 1].kind)) != 0;
}

static void put_ticks(struct buf *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_append_char(out, '`');
}

static void put_target(struct buf *out, const char *target)
{
    for (; *target; target++) {
        unsigned char c = (unsigned char)*target;

        if (c <= ' ' || strchr("()<>|\\", c))
            buf_printf(out, "%%%02X", c);
        else
            buf_append_char(out, (char)c);
    }
}

/* In code brackets close none. */
static bool has_brackets(const struct stretch *s, const struct element *link)
{
    const struct extraction *e = s->renderer->extraction;
    struct span text = { s->text.data + link->start, link->end - link->start };
    bool has_code = s->waiting[EMPHASIS_CODE].start < s->waiting[EMPHASIS_CODE].end;

    for (size_t i = s->renderer->next_emphasis;
         i < e->emphasis_count && e->emphases[i].text_start < link->end; i++)
        has_code |= (LITERAL & BIT(e->emphases[i].kind)) != 0;
    return has_code || escape_brackets(text);
}

static void begin_element(struct stretch *s, unsigned kind, const struct element *element)
{
    struct buf *out = s->renderer->out;
    struct open_element *open = &s->open[s->depth++];
    struct span code;

    *open = (struct open_element){ .element = *element, .kind = kind };
    s->rules.is_inside = true;
    if (kind == LINK) {
        s->rules.is_in_link = true;
        s->rules.has_brackets = has_brackets(s, element);
    }
    if (kind == EMPHASIS_FORMULA) { /* some come with their signs */
        open->ticks = s->text.data[element->start] != '$';
        put(out, open->ticks ? "$" : "");
        return;
    }
    if (kind != EMPHASIS_CODE) {
        put(out, begins[kind]);
        return;
    }
    code = (struct span){ s->text.data + element->start, element->end - element->start };
    open->ticks = ascii_longest_run(code, '`') + 1;
    open->is_padded = s->text.data[element->start] == '`' || s->text.data[element->end - 1] == '`';
    put_ticks(out, open->ticks);
    if (open->is_padded)
        buf_append_char(out, ' ');
}

static void end_element(struct stretch *s)
{
    struct buf *out = s->renderer->out;
    const struct open_element *open = &s->open[--s->depth];

    if (open->kind == EMPHASIS_CODE) {
        if (open->is_padded)
            buf_append_char(out, ' ');
        put_ticks(out, open->ticks);
    } else if (open->kind == EMPHASIS_FORMULA) {
        put(out, open->ticks ? "$" : "");
    } else if (open->kind == LINK) {
        put(out, "](");
        put_target(out, extraction_label(s->renderer->extraction, open->element.target));
        put(out, ")");
        s->rules.is_in_link = s->rules.has_brackets = false;
    } else {
        put(out, ends[open->kind]);
    }
    s->rules.is_inside = s->depth > 0;
}

/* Where emphasis must end at the latest: where the element around it does, before a link that it
 * does not hold whole; code, before any link and at the end of a line. */
static size_t latest_end(const struct stretch *s, unsigned kind, const struct element *element)
{
    const struct extraction *e = s->renderer->extraction;
    size_t end = element->end;
    const char *newline;

    if (s->depth > 0 && s->open[s->depth - 1].element.end < end)
        end = s->open[s->depth - 1].element.end;
    if (kind == LINK)
        return end;
    if (s->waiting[LINK].end > s->waiting[LINK].start && s->waiting[LINK].start < end &&
        ((LITERAL & BIT(kind)) || s->waiting[LINK].end > end))
        end = s->waiting[LINK].start;
    for (size_t i = s->renderer->next_link; i < e->link_count && e->links[i].text_start < end; i++)
        if ((LITERAL & BIT(kind)) || e->links[i].text_end > end)
            end = e->links[i].text_start;
    newline = kind == EMPHASIS_CODE
                  ? memchr(s->text.data + element->start, '\n', end - element->start)
                  : NULL;
    return newline ? (size_t)(newline - s->text.data) : end;
}

/* What is left of emphasis that had to end early. Stars that touch those before would be read as
 * one mark with them. */
static void keep_rest(struct stretch *s, unsigned kind, struct element rest)
{
    if (kind == LINK || rest.start >= rest.end)
        return;
    if ((STARS & BIT(kind)) && rest.start > s->start && !IS_SPACE(s->text.data[rest.start - 1]) &&
        !IS_SPACE(s->text.data[rest.start]) && s->waiting[LINK].start != rest.start)
        return;
    s->waiting[kind] = rest;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* A comma in bold between plain words would only look like a mistake. */
static bool has_word(const struct stretch *s, const struct element *element)
{
    for (size_t i = element->start; i < element->end; i++)
        if (is_word(s->text.data[i]))
            return true;
    return false;
}

/* Begins an element that may begin at this place, as much of it as can be marked. */
static void try_element(struct stretch *s, unsigned kind, size_t at)
{
    struct element element = s->waiting[kind], whole = element;

    s->waiting[kind] = ELEMENT_EMPTY;
    if (is_in_literal(s)) {
        element.start = s->open[s->depth - 1].element.end;
        keep_rest(s, kind, element);
        return;
    }
    if (kind == LINK && s->rules.is_in_link)
        return;
    element.start = element.start < at ? at : element.start;
    fit_spaces(s, &element);
    if (FLANKED & BIT(kind))
        fit_start(s, kind, &element);
    if (element.start > at) { /* only words that come later can be marked */
        s->waiting[kind] = element;
        return;
    }
    element.end = latest_end(s, kind, &element);
    if (element.end > at)
        keep_rest(s, kind, (struct element){ element.end, whole.end, 0 });
    fit_spaces(s, &element);
    if (FLANKED & BIT(kind))
        fit_end(s, kind, &element);
    if (element.start < element.end && (!(STARS & BIT(kind)) || has_word(s, &element)))
        begin_element(s, kind, &element);
}

/* "H2O", "1st" and "note*" are how these are written where nothing can be lowered or raised; tags
 * would only break up the words. "x<sub>max</sub>" and "2<sup>n</sup>" would read as others. */
static bool is_read_plain(const struct stretch *s, const struct emphasis *emphasis)
{
    struct span text = { s->text.data + emphasis->text_start,
                         emphasis->text_end - emphasis->text_start };
    char before = emphasis->text_start > s->start ? text.data[-1] : ' ';
    size_t letters = 0, words = 0;

    if (emphasis->kind == EMPHASIS_LOWERED)
        return utf8_length(text) <= 2;
    if (emphasis->kind != EMPHASIS_RAISED)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        letters += isalpha((unsigned char)text.data[i]) != 0;
        words += is_word(text.data[i]);
    }
    return words == 0 ||
           (isdigit((unsigned char)before) && letters == text.len && letters > 1 && letters <= 3);
}

static bool is_marked(const struct stretch *s, const struct emphasis *emphasis)
{
    bool is_all = emphasis->text_start <= s->start && emphasis->text_end >= s->text.len;

    return !(s->style->unmarked & BIT(emphasis->kind)) &&
           !(s->style->is_strong && is_all && (STARS & BIT(emphasis->kind))) &&
           !is_read_plain(s, emphasis);
}

/* Links and emphasis that begin here wait for their turn. */
static void take_waiting(struct stretch *s, size_t at)
{
    struct inline_renderer *r = s->renderer;
    const struct extraction *e = r->extraction;

    for (; r->next_link < e->link_count && e->links[r->next_link].text_start <= at;
         r->next_link++) {
        const struct link *link = &e->links[r->next_link];

        if (link->text_start == at && link->text_end <= s->text.len &&
            *extraction_label(e, link->target))
            s->waiting[LINK] = (struct element){ at, link->text_end, link->target };
    }
    for (; r->next_emphasis < e->emphasis_count && e->emphases[r->next_emphasis].text_start <= at;
         r->next_emphasis++) {
        const struct emphasis *emphasis = &e->emphases[r->next_emphasis];

        if (emphasis->kind == EMPHASIS_BREAK)
            s->cell_break = at;
        else if (emphasis->text_start == at && emphasis->text_end <= s->text.len &&
                 is_marked(s, emphasis))
            s->waiting[emphasis->kind] = (struct element){ at, emphasis->text_end, 0 };
    }
}

/* The one to begin first: what ends last is outside. KIND_COUNT: none. */
static unsigned next_kind(const struct stretch *s, size_t at)
{
    unsigned best = KIND_COUNT;

    for (unsigned kind = 0; kind < KIND_COUNT; kind++) {
        const struct element *element = &s->waiting[kind];

        if (element->start == element->end || element->start > at)
            continue;
        if (best == KIND_COUNT || element->end > s->waiting[best].end ||
            (element->end == s->waiting[best].end && rank[kind] < rank[best]))
            best = kind;
    }
    /* Code holds no link: it ends before one. */
    if (best < KIND_COUNT && (LITERAL & BIT(best)) &&
        s->waiting[LINK].start < s->waiting[LINK].end && s->waiting[LINK].start <= at)
        best = LINK;
    return best;
}

static size_t next_turn(const struct stretch *s)
{
    const struct inline_renderer *r = s->renderer;
    const struct extraction *e = r->extraction;
    size_t next = NOWHERE;

    if (s->depth > 0)
        next = s->open[s->depth - 1].element.end;
    for (unsigned kind = 0; kind < KIND_COUNT; kind++)
        if (s->waiting[kind].start < s->waiting[kind].end && s->waiting[kind].start < next)
            next = s->waiting[kind].start;
    if (r->next_link < e->link_count && e->links[r->next_link].text_start < next)
        next = e->links[r->next_link].text_start;
    if (r->next_emphasis < e->emphasis_count && e->emphases[r->next_emphasis].text_start < next)
        next = e->emphases[r->next_emphasis].text_start;
    return next;
}

/* Ends and begins what ends and begins at this place. */
static void turn_to(struct stretch *s, size_t at)
{
    const size_t written = s->renderer->out->len;
    unsigned kind;

    while (s->depth > 0 && s->open[s->depth - 1].element.end <= at)
        end_element(s);
    take_waiting(s, at);
    while ((kind = next_kind(s, at)) < KIND_COUNT)
        try_element(s, kind, at);
    s->turn = next_turn(s);
    if (s->renderer->out->len > written)
        s->turned = at;
}

/* ---- text ---- */

static void put_break(struct stretch *s)
{
    put(s->renderer->out, s->style->line_break);
    s->at_line_start = strchr(s->style->line_break, '\n') != NULL;
    if (s->at_line_start)
        inline_put_line_start(s->renderer, s->style);
}

/* Does a link begin there? A "!" before it would make a picture of it. */
static bool begins_link(const struct stretch *s, size_t at)
{
    const struct extraction *e = s->renderer->extraction;
    size_t next = s->renderer->next_link;

    return (s->waiting[LINK].start == at && s->waiting[LINK].end > at) ||
           (next < e->link_count && e->links[next].text_start == at);
}

/* Something may begin or end behind one of so many bytes. */
static bool may_be_marked(const struct stretch *s, size_t at, size_t count)
{
    return (s->turn > at && s->turn <= at + count) ||
           (s->style->is_marked && at + count == s->text.len);
}

/* "[^*]": readers compare it with the note's own as it is written. 0: it is none. */
static size_t note_mark_bytes(struct span rest)
{
    size_t i = 2;

    if (rest.len < 4 || rest.data[1] != '^')
        return 0;
    while (i < rest.len && i < NOTE_MARK_BYTES_MAX && !strchr("[] \t\n", rest.data[i]))
        i++;
    return i < rest.len && rest.data[i] == ']' ? i + 1 : 0;
}

static bool is_escaped(struct stretch *s, size_t at)
{
    char before = at == s->turned ? '*' : at > s->start ? s->text.data[at - 1] : ' ';
    char c = s->text.data[at];
    struct span rest = { s->text.data + at, s->text.len - at };

    if (is_in_literal(s) || at < s->note_mark)
        return s->style->is_cell && c == '|';
    s->note_mark = s->renderer->has_sign_notes && c == '[' ? at + note_mark_bytes(rest) : at;
    if (s->style->is_heading && c == '#')
        return IS_SPACE(before) && escape_heading_end(rest);
    if (s->at_line_start) {
        size_t digits = escape_ordered_mark(rest);

        s->ordered_mark = digits ? at + digits : NOWHERE;
        s->at_line_start = false;
        if (escape_line_start(rest))
            return true;
    }
    s->rules.is_before_mark = may_be_marked(s, at, 1);
    return at == s->ordered_mark || (s->style->is_cell && c == '|') ||
           (c == '\\' && may_be_marked(s, at, escape_backslashes(rest))) ||
           (c == '!' && begins_link(s, at + 1)) || escape_char(rest, before, &s->rules);
}

/* Writes what stands at this place; returns the place behind it. */
static size_t put_char(struct stretch *s, size_t at)
{
    char c = s->text.data[at];

    if (c == '\r')
        return at + 1;
    if (c == '\n' || c == '\f') {
        put_break(s);
        for (at++; at < s->text.len && (s->text.data[at] == ' ' || s->text.data[at] == '\t');)
            at++;
        return at;
    }
    if (at == s->cell_break && s->style->is_cell && !is_in_literal(s)) {
        put(s->renderer->out, " <br> ");
        return at + 1;
    }
    if (is_escaped(s, at))
        buf_append_char(s->renderer->out, '\\');
    buf_append_char(s->renderer->out, c);
    if (s->renderer->is_csv && s->style->is_cell && c == '"' && at + 1 < s->text.len &&
        s->text.data[at + 1] == '"')
        at++;
    return at + 1;
}

/* What emphasis there is decides what must be escaped, in front of it too. */
static unsigned kinds_within(const struct stretch *s)
{
    const struct extraction *e = s->renderer->extraction;
    unsigned kinds = 0;

    for (size_t i = s->renderer->next_emphasis;
         i < e->emphasis_count && e->emphases[i].text_start < s->text.len; i++)
        kinds |= is_marked(s, &e->emphases[i]) ? BIT(e->emphases[i].kind) : 0;
    return kinds;
}

/* Code would take the marks of a link in it for its text. */
static bool has_ticks_around_link(const struct stretch *s)
{
    const struct extraction *e = s->renderer->extraction;
    const char *text = s->text.data, *end = text + s->text.len;
    const char *first = memchr(text + s->start, '`', s->text.len - s->start);
    const char *last = first ? memrchr(first, '`', (size_t)(end - first)) : NULL;

    for (size_t i = s->renderer->next_link;
         last && i < e->link_count && text + e->links[i].text_start <= last; i++)
        if (first < text + e->links[i].text_end)
            return true;
    return false;
}

static void learn_rules(struct stretch *s)
{
    unsigned kinds = kinds_within(s);

    s->rules.has_marks =
        s->style->is_marked || (kinds & ~(BIT(EMPHASIS_FORMULA) | BIT(EMPHASIS_BREAK))) != 0;
    s->rules.has_stars = ((kinds | s->style->unmarked) & STARS) != 0;
    s->rules.has_ticks_around = has_ticks_around_link(s);
    s->rules.has_star_pair =
        escape_has_star_pair((struct span){ s->text.data + s->start, s->text.len - s->start });
}

void inline_put(struct inline_renderer *renderer, size_t start, size_t end,
                const struct inline_style *style)
{
    const struct extraction *e = renderer->extraction;
    struct stretch s = {
        .renderer = renderer,
        .style = style,
        .text = { e->text.data, end },
        .start = start,
        .turned = style->is_marked ? start : NOWHERE,
        .cell_break = NOWHERE,
        .ordered_mark = NOWHERE,
        .at_line_start = !style->is_cell && !style->is_heading && !style->is_marked,
    };

    while (renderer->next_link < e->link_count && e->links[renderer->next_link].text_start < start)
        renderer->next_link++;
    while (renderer->next_emphasis < e->emphasis_count &&
           e->emphases[renderer->next_emphasis].text_start < start)
        renderer->next_emphasis++;
    learn_rules(&s);
    s.turn = next_turn(&s);
    for (size_t i = start; i < end;) {
        if (i >= s.turn)
            turn_to(&s, i);
        i = put_char(&s, i);
    }
    while (s.depth > 0)
        end_element(&s);
}
