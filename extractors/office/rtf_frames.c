#include <stdlib.h>
#include <string.h>

#include "extractors/office/rtf.h"

#define LEVELS_MAX 64u
#define WORD_BYTES 16u

/* Looks ahead in the file, where no more is known than words and groups. */
struct scan {
    const struct rtf *rtf;
    const char *at;
    unsigned level; /* of tables around the paragraph at hand */
    uint8_t levels[LEVELS_MAX];
    unsigned level_count, dropped_count; /* of groups that began in the scan */
    unsigned outer;                      /* groups around */
    unsigned depth;                      /* of the table that is asked for */
    unsigned cell_count, row_count;
};

enum answer { UNKNOWN, FRAME, TABLE };

static unsigned level_of(const struct rtf_state *state)
{
    return state->table_depth > 0 ? state->table_depth : state->is_in_table;
}

unsigned rtf_table_depth(const struct rtf *rtf)
{
    return level_of(&rtf->states[rtf->depth ? rtf->depth - 1 : 0]);
}

static bool is_letter(char c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

/* at is behind the backslash, on a letter. */
static long read_word(struct scan *scan, char name[WORD_BYTES])
{
    const char *end = scan->rtf->end;
    size_t len = 0;
    long value = 0;

    for (; scan->at < end && is_letter(*scan->at); scan->at++)
        if (len + 1 < WORD_BYTES)
            name[len++] = *scan->at;
    name[len] = '\0';
    if (scan->at < end && *scan->at == '-') /* no number that counts here is negative */
        scan->at++;
    for (; scan->at < end && *scan->at >= '0' && *scan->at <= '9'; scan->at++)
        value = value < 100000000 ? value * 10 + (*scan->at - '0') : value;
    if (scan->at < end && *scan->at == ' ')
        scan->at++;
    if (strcmp(name, "bin") == 0)
        scan->at += value < end - scan->at ? value : end - scan->at;
    return value;
}

static void begin_group(struct scan *scan)
{
    if (scan->level_count < LEVELS_MAX)
        scan->levels[scan->level_count++] = (uint8_t)scan->level;
    else
        scan->dropped_count++;
}

static void end_group(struct scan *scan)
{
    if (scan->dropped_count > 0)
        scan->dropped_count--;
    else if (scan->level_count > 0)
        scan->level = scan->levels[--scan->level_count];
    else if (scan->outer > 1)
        scan->level = level_of(&scan->rtf->states[--scan->outer - 1]);
}

/* at is behind its brace. */
static void skip_group(struct scan *scan)
{
    char name[WORD_BYTES];

    for (unsigned depth = 1; depth > 0 && scan->at < scan->rtf->end;) {
        char c = *scan->at++;

        depth += c == '{';
        depth -= c == '}';
        if (c != '\\' || scan->at == scan->rtf->end)
            continue;
        if (is_letter(*scan->at))
            (void)read_word(scan, name);
        else
            scan->at++;
    }
}

/* Of what stands apart from the rows around. */
static bool is_apart(const struct scan *scan)
{
    static const char *const starts[] = { "\\nonesttables", "\\*\\bkmk", "\\*\\fldinst",
                                          "\\footnote",     "\\pict",    "\\*\\shppict" };
    size_t left = (size_t)(scan->rtf->end - scan->at);

    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        size_t len = strlen(starts[i]);

        if (left >= len && memcmp(scan->at, starts[i], len) == 0)
            return true;
    }
    return false;
}

static enum answer end_cell(struct scan *scan, unsigned depth)
{
    if (depth < scan->depth)
        return scan->row_count == 1 ? FRAME : TABLE;
    if (depth == scan->depth && (scan->row_count > 0 || ++scan->cell_count > 1))
        return TABLE;
    return UNKNOWN;
}

static enum answer end_row(struct scan *scan, unsigned depth)
{
    if (depth < scan->depth)
        return scan->row_count == 1 ? FRAME : TABLE;
    if (depth == scan->depth && (scan->cell_count != 1 || ++scan->row_count > 1))
        return TABLE;
    return UNKNOWN;
}

/* Text behind the row says whether there is another one. */
static enum answer text_here(const struct scan *scan)
{
    if (scan->row_count == 0)
        return UNKNOWN;
    return scan->level < scan->depth ? FRAME : TABLE;
}

static enum answer word_here(struct scan *scan)
{
    char name[WORD_BYTES];
    long value = read_word(scan, name);
    unsigned inner = scan->level > 2 ? scan->level : 2;

    if (strcmp(name, "cell") == 0)
        return end_cell(scan, 1);
    if (strcmp(name, "nestcell") == 0)
        return end_cell(scan, inner);
    if (strcmp(name, "row") == 0)
        return end_row(scan, 1);
    if (strcmp(name, "nestrow") == 0)
        return end_row(scan, inner);
    if (strcmp(name, "par") == 0 || strcmp(name, "sect") == 0)
        return text_here(scan);
    if (strcmp(name, "pard") == 0)
        scan->level = 0;
    else if (strcmp(name, "intbl") == 0 && scan->level == 0)
        scan->level = 1;
    else if (strcmp(name, "itap") == 0)
        scan->level = (unsigned)(value & 15);
    return UNKNOWN;
}

static enum answer next(struct scan *scan)
{
    char c = *scan->at++;

    switch (c) {
    case '{':
        if (is_apart(scan))
            skip_group(scan);
        else
            begin_group(scan);
        return UNKNOWN;
    case '}':
        end_group(scan);
        return UNKNOWN;
    case '\\':
        if (scan->at < scan->rtf->end && is_letter(*scan->at))
            return word_here(scan);
        scan->at += scan->at < scan->rtf->end;
        return UNKNOWN;
    case '\r':
    case '\n':
    case ' ':
        return UNKNOWN;
    default:
        return text_here(scan);
    }
}

bool rtf_is_frame(struct rtf *rtf, unsigned depth, unsigned cell_count)
{
    struct rtf_frame *known = &rtf->frames[depth - 1];
    struct scan scan = { .rtf = rtf,
                         .at = rtf->at,
                         .level = rtf_table_depth(rtf),
                         .outer = rtf->depth,
                         .depth = depth,
                         .cell_count = cell_count };
    enum answer answer = UNKNOWN;

    if (known->until && rtf->at < known->until)
        return known->is_frame;
    while (answer == UNKNOWN && scan.at < rtf->end)
        answer = next(&scan);
    known->until = scan.at;
    known->is_frame = answer == FRAME || (answer == UNKNOWN && scan.row_count == 1);
    return known->is_frame;
}
