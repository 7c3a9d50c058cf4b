#include <string.h>

#include "base/array.h"
#include "base/utf8.h"
#include "extractors/common/symbol_font.h"
#include "extractors/office/doc_read.h"

/* HYPERLINK "https://..." becomes the target; anything else is no link. */
static void read_code(struct doc *doc)
{
    char *word = strstr(doc->link.data, "HYPERLINK"), *open, *close;
    size_t len;

    if (doc->has_link)
        return;
    open = word ? strchr(word, '"') : NULL;
    close = open ? strchr(open + 1, '"') : NULL;
    if (!close || strstr(word, "\\l")) {
        buf_clear(&doc->link);
        return;
    }
    len = (size_t)(close - open - 1);
    memmove(doc->link.data, open + 1, len);
    doc->link.len = len;
    doc->link.data[len] = '\0';
    doc->has_link = true;
    doc->link_start = doc->text.len;
    doc->link_end = SIZE_MAX;
    doc->link_depth = doc->field_depth;
}

static void field_mark(struct doc *doc, uint32_t c)
{
    if (c == 0x13 && doc->field_depth < DOC_FIELD_DEPTH_MAX) {
        doc->forms[doc->field_depth] = DOC_NOWHERE;
        doc->is_in_code[doc->field_depth++] = true;
        if (!doc->has_link)
            buf_clear(&doc->link);
    } else if (c == 0x14 && doc->field_depth > 0) {
        doc->is_in_code[doc->field_depth - 1] = false;
        read_code(doc);
    } else if (c == 0x15 && doc->field_depth > 0) {
        if (doc->has_link && doc->link_depth == doc->field_depth && doc->link_end == SIZE_MAX)
            doc->link_end = doc->text.len;
        doc->field_depth--;
        if (doc->forms[doc->field_depth] != DOC_NOWHERE)
            doc_form_append(buf_span(&doc->data), doc->forms[doc->field_depth], &doc->text);
    }
}

/* Pictures have the same mark. */
static void form_mark(struct doc *doc, uint32_t offset)
{
    const struct doc_run *run = doc_run_at(&doc->properties, offset);

    if (run && !run->is_hidden && doc->field_depth > 0 && doc->is_in_code[doc->field_depth - 1])
        doc->forms[doc->field_depth - 1] = run->form;
}

/* The text goes on with these looks. */
static void set_looks(struct doc *doc, uint8_t bits)
{
    struct doc_look *last = doc->look_count ? &doc->looks[doc->look_count - 1] : NULL;

    if ((last ? last->bits : 0) == bits)
        return;
    if (last && last->start == doc->text.len) {
        last->bits = bits;
        return;
    }
    if (!array_reserve(&doc->looks, &doc->look_capacity, doc->look_count)) {
        doc->is_out_of_memory = true;
        return;
    }
    doc->looks[doc->look_count++] = (struct doc_look){ doc->text.len, bits };
}

/* What the run's font draws for a character that has no meaning but there; 0: an ornament. */
static uint32_t symbol_of(const struct doc *doc, const struct doc_run *run, uint32_t c)
{
    uint32_t drawn = symbol_font_character(doc_font(&doc->properties, run), c);

    return drawn || (c >= 0xD800 && c <= 0xF8FF) ? drawn : c;
}

static bool is_private(uint32_t c)
{
    return c >= 0xE000 && c <= 0xF8FF;
}

static void put_character(struct doc *doc, uint32_t c, uint32_t offset)
{
    const struct doc_run *run;
    bool is_in_code = false;

    for (unsigned i = 0; i < doc->field_depth; i++)
        is_in_code |= doc->is_in_code[i];
    if (is_in_code) {
        if (!doc->has_link)
            utf8_append(&doc->link, c);
        return;
    }
    run = doc_run_at(&doc->properties, offset);
    if (run && (is_private(c) || (run->symbol && c == '(')))
        c = symbol_of(doc, run, is_private(c) ? c : run->symbol);
    if (c == 0 || is_private(c))
        return;
    if (run && run->is_hidden) {
        utf8_append(&doc->hidden, c);
        return;
    }
    set_looks(doc, run ? doc_looks(&doc->properties, run) : 0);
    utf8_append(&doc->text, c);
}

static void read_note_mark(struct doc *doc, uint32_t position)
{
    if (doc->story == DOC_STORY_FOOTNOTES || doc->story == DOC_STORY_ENDNOTES)
        doc->begins_note = true;
    if (doc->story != DOC_STORY_MAIN)
        return;
    set_looks(doc, 0);
    if (doc_is_endnote(&doc->properties, position))
        buf_printf(&doc->text, "[^e%u]", ++doc->endnotes);
    else
        buf_printf(&doc->text, "[^%u]", ++doc->footnotes);
}

/* 2.4.1: characters that are marks. */
void doc_read_character(struct doc *doc, uint32_t c, uint32_t offset, uint32_t position)
{
    switch (c) {
    case 0x0D:
    case 0x0C:
    case 0x0E:
        doc_end_paragraph(doc, offset, false);
        break;
    case 0x07:
        doc_end_paragraph(doc, offset, true);
        break;
    case 0x0B:
        put_character(doc, '\n', offset);
        break;
    case 0x13:
    case 0x14:
    case 0x15:
        field_mark(doc, c);
        break;
    case 0x02:
        read_note_mark(doc, position);
        break;
    case 0x1E:
        put_character(doc, '-', offset);
        break;
    case 0x01:
        form_mark(doc, offset);
        break;
    case 0x03:
    case 0x04:
    case 0x05:
    case 0x08:
    case 0x1F:
    case 0x00:
        break;
    default:
        put_character(doc, c, offset);
    }
}
