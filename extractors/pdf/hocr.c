#include "extractors/pdf/hocr.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/common/xml.h"

#define PIXELS_MAX    100000.0F /* of one side: no picture is larger */
#define NUMBERS_MAX   4u
#define LINE_STRAIGHT 0.01F /* a slope below: its words stand on one height */

enum tag { TAG_DIV = 1, TAG_SPAN };

static const struct xml_name names[] = {
    { "div", XML_NS_ANY, TAG_DIV },
    { "span", XML_NS_ANY, TAG_SPAN },
    { NULL, 0, 0 },
};

struct box {
    float x0, y0, x1, y1;
    bool is_there;
};

/* What is open around a word. */
struct reader {
    struct hocr *out;
    struct box line;
    float line_size, line_slope;
    bool begins_line, no_memory;
};

void hocr_release(struct hocr *hocr)
{
    free(hocr->pages);
    free(hocr->words);
    buf_release(&hocr->text);
    *hocr = (struct hocr)HOCR_INIT;
}

struct span hocr_word_text(const struct hocr *hocr, const struct hocr_word *word)
{
    return (struct span){ hocr->text.data + word->text_start, word->text_length };
}

/* ---- "bbox 10 20 300 40; baseline 0 -5; x_size 22" ---- */

/* A number that is none gives 0. */
static float read_number(struct span text)
{
    char copy[32];
    size_t length = text.len < sizeof(copy) - 1 ? text.len : sizeof(copy) - 1;
    float number;

    memcpy(copy, text.data, length);
    copy[length] = '\0';
    number = strtof(copy, NULL);
    return number > -PIXELS_MAX && number < PIXELS_MAX ? number : 0.0F;
}

/* The numbers of a property; returns how many there are. */
static size_t read_property(struct span title, const char *name, float out[NUMBERS_MAX])
{
    size_t at = 0, count = 0, name_length = strlen(name);

    while (at < title.len) {
        bool is_quoted = false;
        size_t end;

        while (at < title.len && (title.data[at] == ' ' || title.data[at] == ';'))
            at++;
        for (end = at; end < title.len && (is_quoted || title.data[end] != ';'); end++)
            is_quoted ^= title.data[end] == '"'; /* the picture's file name */
        if (end - at > name_length && memcmp(title.data + at, name, name_length) == 0 &&
            title.data[at + name_length] == ' ') {
            at += name_length;
            while (at < end && count < NUMBERS_MAX) {
                size_t start;

                while (at < end && title.data[at] == ' ')
                    at++;
                for (start = at; at < end && title.data[at] != ' ';)
                    at++;
                if (at > start)
                    out[count++] = read_number((struct span){ title.data + start, at - start });
            }
            return count;
        }
        at = end;
    }
    return 0;
}

static struct box read_box(struct span title)
{
    float numbers[NUMBERS_MAX];
    struct box box = { 0 };

    if (read_property(title, "bbox", numbers) == 4 && numbers[0] >= 0.0F && numbers[1] >= 0.0F &&
        numbers[2] >= numbers[0] && numbers[3] >= numbers[1])
        box = (struct box){ numbers[0], numbers[1], numbers[2], numbers[3], true };
    return box;
}

/* ---- elements ---- */

static void begin_page(struct reader *reader, struct span title)
{
    struct hocr *out = reader->out;
    struct box box = read_box(title);

    if (!array_reserve(&out->pages, &out->page_capacity, out->page_count)) {
        reader->no_memory = true;
        return;
    }
    out->pages[out->page_count++] = (struct hocr_page){ .width = box.x1,
                                                        .height = box.y1,
                                                        .word_start = (uint32_t)out->word_count };
}

static void begin_line(struct reader *reader, struct span title)
{
    float numbers[NUMBERS_MAX];

    reader->line = read_box(title);
    reader->line_size = read_property(title, "x_size", numbers) >= 1 ? numbers[0] : 0.0F;
    reader->line_slope = read_property(title, "baseline", numbers) >= 1 ? numbers[0] : 0.0F;
    reader->begins_line = true;
}

static void trim(struct hocr *out, size_t start)
{
    size_t from = start;

    while (out->text.len > start && (unsigned char)out->text.data[out->text.len - 1] <= ' ')
        out->text.len--;
    while (from < out->text.len && (unsigned char)out->text.data[from] <= ' ')
        from++;
    memmove(out->text.data + start, out->text.data + from, out->text.len - from);
    out->text.len -= from - start;
}

/* A line's words share its height, unless it slopes: a word's own box ends at its letters. */
static void set_height(const struct reader *reader, struct hocr_word *word)
{
    if (!reader->line.is_there || reader->line_slope > LINE_STRAIGHT ||
        reader->line_slope < -LINE_STRAIGHT || word->y0 < reader->line.y0 ||
        word->y1 > reader->line.y1)
        return;
    word->y0 = reader->line.y0;
    word->y1 = reader->line.y1;
}

/* The reader stands at the word's start, and is left at its end. */
static void take_word(struct reader *reader, struct xml *xml, struct span title)
{
    struct hocr *out = reader->out;
    struct hocr_page *page = &out->pages[out->page_count - 1];
    struct box box = read_box(title);
    size_t start = out->text.len;
    float numbers[NUMBERS_MAX];
    struct hocr_word word = { box.x0, box.y0, box.x1, box.y1, .text_start = (uint32_t)start };

    if (read_property(title, "x_wconf", numbers) >= 1 && numbers[0] > 0.0F)
        word.confidence = (uint8_t)(numbers[0] < 100.0F ? numbers[0] : 100.0F);
    xml_collect(xml, &out->text);
    trim(out, start);
    if (out->text.failed || out->text.len == start || !box.is_there || box.x1 > page->width ||
        box.y1 > page->height) {
        out->text.len = start;
        return;
    }
    word.text_length = (uint32_t)(out->text.len - start);
    word.size = reader->line_size;
    word.begins_line = reader->begins_line;
    set_height(reader, &word);
    reader->begins_line = false;
    if (!array_reserve(&out->words, &out->word_capacity, out->word_count)) {
        reader->no_memory = true;
        return;
    }
    out->words[out->word_count++] = word;
    page->word_count++;
}

static void take_element(struct reader *reader, struct xml *xml)
{
    struct span class_name = xml_attr(xml, "class");
    struct span title = xml_attr(xml, "title");

    if (span_is(class_name, "ocr_page"))
        begin_page(reader, title);
    else if (reader->out->page_count == 0)
        return;
    else if (span_is(class_name, "ocrx_word"))
        take_word(reader, xml, title);
    else if (xml->tag == TAG_SPAN && span_starts(class_name, "ocr_"))
        begin_line(reader, title); /* ocr_line, ocr_header, ocr_caption, ocr_textfloat */
}

enum status hocr_read(struct span hocr, struct hocr *out, struct error *err)
{
    CLEANUP(xml_release) struct xml xml;
    struct reader reader = { .out = out };
    size_t pages_before = out->page_count;
    enum status status = xml_open(&xml, hocr, names, err);

    if (status)
        return status;
    while (!reader.no_memory && xml_next(&xml))
        if (xml.event == XML_START && xml.tag)
            take_element(&reader, &xml);
    if (reader.no_memory)
        return error_set(err, STATUS_NO_MEMORY, "no memory for the words of a picture");
    if (out->page_count == pages_before)
        return error_set(err, STATUS_MALFORMED, "the OCR's answer has no page");
    return buf_status(&out->text, err);
}
