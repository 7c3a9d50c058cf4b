#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/container/ole.h"
#include "extractors/office/hwp.h"

/* Tables 57, 67, 127 and 128 */
enum tag {
    TAG_PARAGRAPH = 66, /* HWPTAG_BEGIN + 50 */
    TAG_TEXT = 67,
    TAG_CONTROL = 71,
    TAG_LIST = 72,
    TAG_TABLE = 77,
    TAG_ARC = 81,
    TAG_EQUATION = 88,
};

#define ID(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (d))
#define ID_TABLE       ID('t', 'b', 'l', ' ')
#define ID_DRAWING     ID('g', 's', 'o', ' ')
#define ID_EQUATION    ID('e', 'q', 'e', 'd')
#define ID_FOOTNOTE    ID('f', 'n', ' ', ' ')
#define ID_ENDNOTE     ID('e', 'n', ' ', ' ')
#define ID_HEADER      ID('h', 'e', 'a', 'd')
#define ID_FOOTER      ID('f', 'o', 'o', 't')
#define ID_COMMENT     ID('t', 'c', 'm', 't')
#define ID_NUMBER      ID('a', 't', 'n', 'o')
#define ID_SECTION     ID('s', 'e', 'c', 'd')
#define ID_LINK        ID('%', 'h', 'l', 'k')
#define ID_OVERLAID    ID('t', 'c', 'p', 's')
#define ID_BESIDE      ID('t', 'd', 'u', 't')

#define BOXES_MAX     64u
#define CELL_PLACE    8u /* behind the head of its list */
#define CONTROL_CHARS 8u /* of text that a control takes */

struct body {
    struct hwp *hwp;
    struct hwp_records records;
    size_t boxes[BOXES_MAX]; /* in the paragraph at hand: where their lists begin */
    unsigned box_count;
};

static void read_paragraphs(struct body *body, unsigned level);

/* ---- records ---- */

/* The next record, if it is below that level or on it. */
static bool peek(const struct body *body, unsigned level, struct hwp_record *out, size_t *next)
{
    return hwp_peek(&body->records, out, next) && out->level >= level;
}

static void skip_below(struct body *body, unsigned level)
{
    struct hwp_record record;
    size_t next;

    while (peek(body, level, &record, &next))
        body->records.at = next;
}

/* ---- text ---- */

static bool is_unit_of_private_plane(uint32_t c)
{
    return c >= 0xE000 && c <= 0xF8FF;
}

static void append_character(struct buf *out, uint32_t *high, uint32_t c)
{
    if (c >= 0xD800 && c < 0xDC00) {
        *high = c;
        return;
    }
    if (c >= 0xDC00 && c < 0xE000)
        c = *high ? 0x10000 + ((*high - 0xD800) << 10) + (c - 0xDC00) : UTF8_REPLACEMENT;
    *high = 0;
    if (!is_unit_of_private_plane(c) && c < 0xF0000)
        utf8_append(out, c);
}

static void put_wide(struct hwp *hwp, struct span units)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)1 << 20);

    ole_append_utf16(&text, units);
    hwp_text(hwp, buf_span(&text));
}

/* ---- controls ---- */

/* "http\://example.org;1;0;0;" */
static void begin_link(struct hwp *hwp, struct span data)
{
    CLEANUP(buf_release) struct buf command = BUF_INIT(65536);
    CLEANUP(buf_release) struct buf target = BUF_INIT(65536);

    ole_append_utf16(&command, ole_part(data, 11, 2 * (size_t)ole_u16(data, 9)));
    for (size_t i = 0; i < command.len && command.data[i] != ';'; i++) {
        if (command.data[i] == '\\' && i + 1 < command.len)
            i++;
        buf_append_char(&target, command.data[i]);
    }
    hwp_begin_link(hwp, buf_span(&target));
}

/* The paragraphs of all lists below the control. */
static void read_lists(struct body *body, unsigned level)
{
    struct hwp_record record;
    size_t next;

    while (peek(body, level, &record, &next)) {
        body->records.at = next;
        if (record.tag == TAG_LIST)
            read_paragraphs(body, record.level);
    }
}

static void read_note(struct body *body, unsigned level, enum hwp_note kind)
{
    struct hwp_aside state;

    hwp_begin_note(body->hwp, kind, &state);
    read_lists(body, level);
    hwp_end_note(body->hwp, kind, &state);
}

/* Table 79: the head of a list, and where the cell is. */
static void read_cell(struct body *body, const struct hwp_record *list, struct hwp_table *table)
{
    struct span place = ole_part(list->data, CELL_PLACE, 8);

    hwp_begin_cell(body->hwp, table);
    read_paragraphs(body, list->level);
    hwp_end_cell(body->hwp, table,
                 (struct hwp_place){ .column = ole_u16(place, 0),
                                     .row = ole_u16(place, 2),
                                     .column_span = ole_u16(place, 4),
                                     .row_span = ole_u16(place, 6) });
}

static void read_caption(struct body *body, const struct hwp_record *list)
{
    struct hwp_aside state;

    hwp_begin_caption(body->hwp, &state);
    read_paragraphs(body, list->level);
    hwp_end_caption(body->hwp, &state);
}

/* Its caption stands in front of its own record, its cells behind that. */
static void read_table(struct body *body, unsigned level)
{
    struct hwp_table *table = NULL;
    struct hwp_record record;
    size_t next;

    while (peek(body, level, &record, &next)) {
        body->records.at = next;
        if (record.tag == TAG_TABLE && !table)
            table = hwp_begin_table(body->hwp, ole_u16(record.data, 4), ole_u16(record.data, 6),
                                    (ole_u32(record.data, 0) & 4u) != 0);
        else if (record.tag == TAG_LIST && table && record.level == level)
            read_cell(body, &record, table);
        else if (record.tag == TAG_LIST)
            read_caption(body, &record);
    }
    if (table)
        hwp_end_table(body->hwp, table);
}

static void read_equation(struct body *body, unsigned level)
{
    struct hwp_record record;
    size_t next;

    while (peek(body, level, &record, &next)) {
        body->records.at = next;
        if (record.tag == TAG_EQUATION)
            put_wide(body->hwp, ole_part(record.data, 6, 2 * (size_t)ole_u16(record.data, 4)));
    }
}

/* Of a picture, a table, a formula; those of pages and notes are known otherwise. */
static void put_number(struct hwp *hwp, struct span data)
{
    char number[16];

    if ((ole_u32(data, 4) & 15u) < 3)
        return;
    (void)snprintf(number, sizeof(number), "%u", (unsigned)ole_u16(data, 8));
    hwp_text(hwp, (struct span){ number, strlen(number) });
}

static void read_box(struct body *body, unsigned level)
{
    hwp_interrupt(body->hwp);
    read_lists(body, level);
    hwp_interrupt(body->hwp);
}

static void read_known_control(struct body *body, uint32_t id, struct span data, unsigned level)
{
    struct hwp *hwp = body->hwp;

    switch (id) {
    case ID_TABLE:
        read_table(body, level);
        break;
    case ID_DRAWING:
        if (hwp->is_open && !hwp->target && body->box_count < BOXES_MAX)
            body->boxes[body->box_count++] = body->records.at;
        else
            read_box(body, level);
        break;
    case ID_HEADER:
    case ID_FOOTER:
        if (hwp->source->keep_boilerplate)
            read_box(body, level);
        break;
    case ID_EQUATION:
        read_equation(body, level);
        break;
    case ID_FOOTNOTE:
    case ID_ENDNOTE:
        read_note(body, level, id == ID_ENDNOTE ? HWP_ENDNOTE : HWP_FOOTNOTE);
        break;
    case ID_COMMENT:
        read_note(body, level, HWP_COMMENT);
        break;
    case ID_NUMBER:
        put_number(hwp, data);
        break;
    case ID_SECTION:
        hwp->outline = ole_u16(data, 18);
        break;
    case ID_LINK:
        begin_link(hwp, data);
        break;
    case ID_OVERLAID:
    case ID_BESIDE:
        put_wide(hwp, ole_part(data, 6, 2 * (size_t)ole_u16(data, 4)));
        break;
    default:
        break;
    }
}

/* The control that is next below the paragraph on that level. */
static void read_control(struct body *body, unsigned level)
{
    struct hwp_shape shape = body->hwp->shape;
    bool was_open = body->hwp->is_open;
    struct hwp_record record;
    size_t next;

    while (peek(body, level, &record, &next)) {
        body->records.at = next;
        if (record.tag != TAG_CONTROL || record.level != level)
            continue;
        if (body->hwp->depth < HWP_DEPTH_MAX) {
            body->hwp->depth++;
            read_known_control(body, ole_u32(record.data, 0), record.data, level + 1);
            body->hwp->depth--;
        } else {
            writer_partial(body->hwp->writer, "tables and boxes nest deeper than %u",
                           HWP_DEPTH_MAX);
        }
        skip_below(body, level + 1);
        break;
    }
    if (was_open && !body->hwp->is_open) /* the rest of it stands behind a table */
        shape = (struct hwp_shape){ .head = HWP_HEAD_NONE };
    body->hwp->shape = shape;
}

/* ---- paragraphs ---- */

/* Table 6: those that are one character, those whose control is a record, and others of eight. */
static bool is_single(uint32_t c)
{
    return c == 0 || c == 10 || c == 13 || (c >= 24 && c < 32);
}

static bool has_record(uint32_t c)
{
    return (c >= 1 && c <= 3) || (c >= 11 && c <= 18 && c != 13) || (c >= 21 && c <= 23);
}

static void put_single(struct hwp *hwp, uint32_t c)
{
    if (c == 10)
        hwp_break(hwp);
    else if (c == 24)
        hwp_text(hwp, (struct span){ "-", 1 });
    else if (c == 30 || c == 31)
        hwp_text(hwp, (struct span){ " ", 1 });
}

static void put_run(struct hwp *hwp, struct buf *run)
{
    hwp_text(hwp, buf_span(run));
    buf_clear(run);
}

static void put_text(struct body *body, struct span units, unsigned level)
{
    CLEANUP(buf_release) struct buf run = BUF_INIT(HWP_TABLE_BYTES_MAX);
    uint32_t high = 0;

    for (size_t i = 0; i + 1 < units.len; i += 2) {
        uint32_t c = ole_u16(units, i);

        if (c >= 32) {
            append_character(&run, &high, c);
            continue;
        }
        if (c == 9)
            buf_append_char(&run, '\t');
        put_run(body->hwp, &run);
        if (is_single(c)) {
            put_single(body->hwp, c);
            continue;
        }
        i += (size_t)2 * (CONTROL_CHARS - 1);
        if (has_record(c))
            read_control(body, level);
        else if (c == 4)
            hwp_end_link(body->hwp);
    }
    put_run(body->hwp, &run);
}

/* Boxes in the middle of a paragraph are told behind it. */
static void read_boxes(struct body *body, unsigned first, unsigned level)
{
    size_t behind = body->records.at;
    unsigned count = body->box_count;

    for (unsigned i = first; i < count; i++) {
        body->records.at = body->boxes[i];
        body->hwp->depth++;
        if (body->hwp->depth <= HWP_DEPTH_MAX)
            read_box(body, level);
        body->hwp->depth--;
    }
    body->box_count = first;
    body->records.at = behind;
}

static void read_paragraph(struct body *body, const struct hwp_record *head)
{
    unsigned first_box = body->box_count;
    struct hwp *hwp = body->hwp;
    unsigned shape = ole_u16(head->data, 8), level = head->level + 1;
    struct hwp_record record;
    size_t next;

    hwp_begin_paragraph(hwp, shape < hwp->shape_count ? hwp->shapes[shape]
                                                      : (struct hwp_shape){ .head = 0 });
    if (peek(body, level, &record, &next) && record.tag == TAG_TEXT) {
        body->records.at = next;
        put_text(body, record.data, level);
    }
    while (peek(body, level, &record, &next)) /* controls that the text does not name */
        read_control(body, level);
    hwp_end_paragraph(hwp);
    read_boxes(body, first_box, level + 1);
}

/* Those that follow on that level. */
static void read_paragraphs(struct body *body, unsigned level)
{
    struct hwp_record record;
    size_t next;

    while (peek(body, level, &record, &next) && !writer_is_full(body->hwp->writer)) {
        if (record.level == level && record.tag != TAG_PARAGRAPH)
            break;
        body->records.at = next;
        if (record.level == level)
            read_paragraph(body, &record);
    }
}

void hwp_read_section(struct hwp *hwp, struct span section)
{
    struct body body = { .hwp = hwp, .records = { .bytes = section } };
    struct hwp_record record;
    size_t next;

    while (peek(&body, 0, &record, &next) && !writer_is_full(hwp->writer)) {
        read_paragraphs(&body, record.level);
        if (!peek(&body, 0, &record, &next) || record.tag == TAG_PARAGRAPH)
            continue;
        body.records.at = next;
        /* Some programs count tags otherwise: an arc in no drawing is text. */
        if (record.tag == TAG_ARC && record.level == 0) {
            hwp_begin_paragraph(hwp, (struct hwp_shape){ .head = HWP_HEAD_NONE });
            put_text(&body, record.data, 1);
            hwp_end_paragraph(hwp);
        }
    }
}
