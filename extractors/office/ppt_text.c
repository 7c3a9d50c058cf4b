#include <string.h>

#include "base/utf8.h"
#include "extractors/container/ole.h"
#include "extractors/office/ppt.h"

/* ---- characters: 16 bits each, or the low halves of such ---- */

static uint32_t unit_at(const struct ppt *ppt, size_t index)
{
    return ppt->is_waiting_wide ? ole_u16(ppt->waiting, 2 * index) : ole_u8(ppt->waiting, index);
}

static void append_units(struct span data, bool is_wide, struct buf *out)
{
    if (is_wide)
        ole_append_utf16(out, data);
    else
        for (size_t i = 0; i < data.len; i++)
            utf8_append(out, (unsigned char)data.data[i]);
}

/* Paragraphs end in 0x0D; 0x0B is a line break. */
static void replace_breaks(struct buf *text, size_t start, char line_break)
{
    for (size_t i = start; i < text->len; i++) {
        if (text->data[i] == '\v')
            text->data[i] = line_break;
        else if (text->data[i] == '\r')
            text->data[i] = ' ';
    }
}

void ppt_text_append(const struct ppt_record *record, struct buf *out)
{
    size_t start = out->len;

    append_units(record->data, record->type == PPT_TEXT_CHARS, out);
    replace_breaks(out, start, ' ');
}

/* ---- styles of paragraphs ---- */

enum bullet { BULLET_UNSAID, BULLET_NONE, BULLET_SHOWN };

/* [MS-PPT] 2.9.20: the properties that a mask says are there, one behind the other. */
#define PF_HAS_BULLET   0x00000001u
#define PF_BULLET_FLAGS 0x0000000Fu
#define PF_TAB_STOPS    0x00100000u
#define PF_LEVELS       5u

/* TextPFException at offset; returns the offset behind it. */
static size_t read_paragraph_format(struct span data, size_t offset, enum bullet *bullet)
{
    static const struct {
        uint32_t mask;
        uint8_t bytes;
    } before_tabs[] = { { 0x80, 2 },  { 0x10, 2 },   { 0x40, 2 },   { 0x20, 4 },
                        { 0x800, 2 }, { 0x1000, 2 }, { 0x2000, 2 }, { 0x4000, 2 },
                        { 0x100, 2 }, { 0x400, 2 },  { 0x8000, 2 } },
      behind_tabs[] = { { 0x10000, 2 }, { 0xE0000, 2 }, { 0x200000, 2 } };
    uint32_t masks = ole_u32(data, offset);

    offset += 4;
    *bullet = BULLET_UNSAID;
    if (masks & PF_BULLET_FLAGS) {
        if (masks & PF_HAS_BULLET)
            *bullet = ole_u16(data, offset) & 1 ? BULLET_SHOWN : BULLET_NONE;
        offset += 2;
    }
    for (size_t i = 0; i < sizeof(before_tabs) / sizeof(before_tabs[0]); i++)
        offset += masks & before_tabs[i].mask ? before_tabs[i].bytes : 0;
    if (masks & PF_TAB_STOPS)
        offset += 2 + 4 * (size_t)ole_u16(data, offset);
    for (size_t i = 0; i < sizeof(behind_tabs) / sizeof(behind_tabs[0]); i++)
        offset += masks & behind_tabs[i].mask ? behind_tabs[i].bytes : 0;
    return offset;
}

/* The run of paragraphs at hand in a StyleTextPropAtom. */
struct paragraph_runs {
    struct span data;
    size_t offset; /* of the next run */
    size_t end;    /* of this one, in characters */
    unsigned level;
    enum bullet bullet;
};

static void runs_seek(struct paragraph_runs *runs, size_t position)
{
    while (position >= runs->end && runs->offset + 10 <= runs->data.len) {
        runs->end += ole_u32(runs->data, runs->offset);
        runs->level = ole_u16(runs->data, runs->offset + 4) % PF_LEVELS;
        runs->offset = read_paragraph_format(runs->data, runs->offset + 6, &runs->bullet);
    }
}

/* The run of characters at hand; those runs stand behind all of paragraphs. */
struct character_runs {
    struct span data;
    size_t offset, end; /* as above */
    unsigned extension; /* which of the styles of later versions goes with it */
};

/* 2.9.13 TextCFException: as of paragraphs. */
static size_t read_character_format(struct span data, size_t offset, unsigned *extension)
{
    static const struct {
        uint32_t mask;
        uint8_t bytes;
    } parts[] = { { 0x10000, 2 }, { 0x200000, 2 }, { 0x400000, 2 }, { 0x800000, 2 },
                  { 0x20000, 2 }, { 0x40000, 4 },  { 0x80000, 2 } };
    uint32_t masks = ole_u32(data, offset);

    offset += 4;
    *extension = 0;
    if (masks & 0xFFFF) {
        *extension = ole_u16(data, offset) >> 10 & 15;
        offset += 2;
    }
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        offset += masks & parts[i].mask ? parts[i].bytes : 0;
    return offset;
}

static void characters_seek(struct character_runs *runs, size_t position)
{
    while (position >= runs->end && runs->offset + 8 <= runs->data.len) {
        runs->end += ole_u32(runs->data, runs->offset);
        runs->offset = read_character_format(runs->data, runs->offset + 4, &runs->extension);
    }
}

/* count: characters of the text, whose last paragraph has an end mark that is not there. */
static struct character_runs characters_of(struct span styles, size_t count)
{
    struct paragraph_runs paragraphs = { .data = styles };

    runs_seek(&paragraphs, count);
    return (struct character_runs){ .data = styles, .offset = paragraphs.offset };
}

void ppt_text_master(struct ppt *ppt, struct span master)
{
    struct ppt_record record;

    for (size_t at = 0; ppt_record_read(master, at, &record);
         at += PPT_HEADER_BYTES + record.data.len) {
        enum bullet bullet;

        if (record.type != PPT_MASTER_STYLE || record.instance != PPT_TEXT_BODY)
            continue;
        /* Of its levels the first one: the deeper ones look like it. */
        (void)read_paragraph_format(record.data, 2, &bullet);
        if (bullet != BULLET_UNSAID)
            ppt->has_body_bullets = bullet == BULLET_SHOWN;
    }
}

/* ---- paragraphs ---- */

static bool is_body(unsigned type)
{
    return type == PPT_TEXT_BODY || type == PPT_TEXT_HALF_BODY || type == PPT_TEXT_QUARTER_BODY;
}

static bool is_blank(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!strchr(" \t\n\v", text.data[i]))
            return false;
    return true;
}

/* numbers: of the text so far; number: what this paragraph says, NULL: nothing. */
static void put_paragraph(struct ppt *ppt, const struct paragraph_runs *runs, bool is_title,
                          struct slide_numbers *numbers, const struct slide_number *number)
{
    struct span text;
    bool is_item = runs->bullet == BULLET_SHOWN ||
                   (runs->bullet == BULLET_UNSAID && is_body(ppt->type) && ppt->has_body_bullets);

    replace_breaks(&ppt->text, 0, is_title ? ' ' : '\n');
    text = buf_span(&ppt->text);
    if (is_blank(text))
        return;
    if (is_item && number && !is_title) {
        slide_numbers_begin_item(numbers, runs->level, *number, ppt->writer);
        writer_text(ppt->writer, text);
        writer_end(ppt->writer);
        return;
    }
    slide_numbers_end(numbers, runs->level);
    if (is_title)
        writer_block(ppt->writer, BLOCK_HEADING, 1, text);
    else if (is_item)
        writer_block(ppt->writer, BLOCK_LIST_ITEM, (uint8_t)(runs->level + 1), text);
    else
        writer_block(ppt->writer, BLOCK_PARAGRAPH, 0, text);
    ppt->has_title |= is_title;
}

static void put_text(struct ppt *ppt, struct span styles)
{
    struct paragraph_runs runs = { .data = styles };
    size_t unit = ppt->is_waiting_wide ? 2 : 1, count = ppt->waiting.len / unit;
    bool is_title = ppt->type == PPT_TEXT_TITLE || ppt->type == PPT_TEXT_CENTER_TITLE;
    struct character_runs characters = characters_of(styles, count);
    struct slide_numbers numbers = { .values = { 0 } };

    for (size_t start = 0; start < count;) {
        size_t end = start;
        struct slide_number number;
        bool has_number;

        while (end < count && unit_at(ppt, end) != '\r')
            end++;
        runs_seek(&runs, start);
        buf_clear(&ppt->text);
        append_units((struct span){ ppt->waiting.data + unit * start, unit * (end - start) },
                     ppt->is_waiting_wide, &ppt->text);
        characters_seek(&characters, start);
        has_number = ppt_number_at(ppt->number_styles, characters.extension, &number);
        put_paragraph(ppt, &runs, is_title && !ppt->has_title, &numbers,
                      has_number ? &number : NULL);
        start = end + 1;
    }
}

void ppt_text_end(struct ppt *ppt)
{
    if (ppt->is_waiting)
        put_text(ppt, (struct span){ "", 0 });
    ppt->is_waiting = false;
}

void ppt_text_atom(struct ppt *ppt, const struct ppt_record *record)
{
    switch (record->type) {
    case PPT_TEXT_HEADER:
        ppt_text_end(ppt);
        ppt->type = ole_u32(record->data, 0);
        break;
    case PPT_TEXT_CHARS:
    case PPT_TEXT_BYTES:
        ppt_text_end(ppt);
        if (ppt->is_notes && ppt->type != PPT_TEXT_NOTES)
            break;
        ppt->waiting = record->data;
        ppt->is_waiting_wide = record->type == PPT_TEXT_CHARS;
        ppt->is_waiting = true;
        break;
    case PPT_TEXT_STYLE:
        if (ppt->is_waiting)
            put_text(ppt, record->data);
        ppt->is_waiting = false;
        break;
    default:
        break;
    }
}
