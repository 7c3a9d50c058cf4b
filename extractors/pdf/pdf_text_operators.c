#include <string.h>

#include "extractors/pdf/pdf_interpreter.h"
#include "extractors/pdf/pdf_syntax.h"

/* About how many characters a string has, or the strings of an array; hexadecimal ones mostly have
 * two bytes a character. *back: the numbers between them, added up. */
static size_t string_chars(struct span strings, double *back)
{
    size_t chars = 0, at = 0;

    *back = 0.0;
    if (strings.len && strings.data[0] == '[')
        at = 1;
    while ((at = pdf_skip_space(strings, at)) < strings.len) {
        size_t end = at;
        double number;

        if (strings.data[at] == ']' || !pdf_skip_object(strings, &end) || end == at)
            break;
        if (strings.data[at] == '(')
            chars += end - at > 2 ? end - at - 2 : 0;
        else if (strings.data[at] == '<')
            chars += (end - at) / 4;
        else if (pdf_read_number(strings, &at, &number))
            *back += number;
        at = end;
    }
    return chars;
}

/* 9.3.6: letters that are programs by themselves are shown in any mode. */
static bool font_is_drawn(struct pdf_interpreter *in, struct span name)
{
    struct span font;

    if (!pdf_objects_dict(in->objects, pdf_resource_find(in, PDF_KEY("Font"), name), &font))
        return false;
    in->work_bytes += font.len;
    return pdf_is_name(pdf_dict_find(font, PDF_KEY("Subtype")), "Type3");
}

static void show(struct pdf_interpreter *in)
{
    const struct pdf_state *state = pdf_state_now(in);
    struct pdf_text_state text = state->text;
    double back;
    size_t chars;

    /* What is seen and not marked matters only beside what is not seen. */
    if (!in->has_marks && !in->paints->has_invisible_text)
        return;
    chars = string_chars(in->composite, &back);
    if (text.is_invisible && font_is_drawn(in, text.font))
        text.is_invisible = false;
    pdf_shower_show(&in->shower, &text, &state->matrix, chars, back);
    in->failed |= in->shower.failed;
}

/* 14.6.2: the properties stand there, or are named among the resources. */
static void mark(struct pdf_interpreter *in, bool has_properties)
{
    struct span name = has_properties && in->has_tag ? in->tag : in->name, dict, value;
    int32_t number = PDF_SHOW_UNMARKED;
    uint64_t integer;
    size_t at = 0;

    if (has_properties && in->has_tag) {
        if (pdf_objects_dict(in->objects, pdf_resource_find(in, PDF_KEY("Properties"), in->name),
                             &dict))
            value = pdf_dict_find(dict, PDF_KEY("MCID"));
        else
            value = (struct span){ "", 0 };
    } else if (has_properties && pdf_read_dict(in->composite, &at, &dict)) {
        value = pdf_dict_find(dict, PDF_KEY("MCID"));
    } else {
        value = (struct span){ "", 0 };
    }
    if (in->form_depth == 0 && pdf_is_integer(value, &integer) && integer < INT32_MAX)
        number = (int32_t)integer;
    if (name.len == 8 && memcmp(name.data, "Artifact", 8) == 0)
        number = PDF_SHOW_ARTIFACT;
    pdf_shower_mark(&in->shower, number);
}

static void set_mode(struct pdf_interpreter *in)
{
    double mode = in->operand_count ? in->operands[0] : 0.0;

    /* 9.3.6: 1, 2, 5 and 6 stroke, 3 shows nothing. */
    in->paints->has_outlined_text |= mode == 1.0 || mode == 2.0 || mode == 5.0 || mode == 6.0;
    pdf_state_now(in)->text.is_invisible = mode == 3.0;
    in->paints->has_invisible_text |= mode == 3.0;
}

bool pdf_text_operator(struct pdf_interpreter *in, uint32_t code)
{
    struct pdf_text_state *text = &pdf_state_now(in)->text;
    const double *operands = in->operands;

    switch (code) {
    case PDF_OPERATOR('B', 'T', 0):
        pdf_shower_begin(&in->shower);
        return true;
    case PDF_OPERATOR('T', 'm', 0):
        if (in->operand_count == 6)
            pdf_shower_matrix(&in->shower, operands);
        return true;
    case PDF_OPERATOR('T', 'D', 0):
    case PDF_OPERATOR('T', 'd', 0):
        if (in->operand_count != 2)
            return true;
        if (code == PDF_OPERATOR('T', 'D', 0))
            text->leading = -operands[1];
        pdf_shower_move(&in->shower, operands[0], operands[1]);
        return true;
    case PDF_OPERATOR('T', 'L', 0):
        text->leading = in->operand_count ? operands[0] : 0.0;
        return true;
    case PDF_OPERATOR('T', 'f', 0):
        text->size = in->operand_count ? operands[0] : 0.0;
        text->font = in->has_name ? in->name : (struct span){ "", 0 };
        return true;
    case PDF_OPERATOR('T', 'r', 0):
        set_mode(in);
        return true;
    case PDF_OPERATOR('T', '*', 0):
        pdf_shower_move(&in->shower, 0.0, -text->leading);
        return true;
    case PDF_OPERATOR('\'', 0, 0):
    case PDF_OPERATOR('"', 0, 0):
        pdf_shower_move(&in->shower, 0.0, -text->leading);
        show(in);
        return true;
    case PDF_OPERATOR('T', 'j', 0):
    case PDF_OPERATOR('T', 'J', 0):
        show(in);
        return true;
    case PDF_OPERATOR('B', 'D', 'C'):
    case PDF_OPERATOR('B', 'M', 'C'):
        if (in->has_marks)
            mark(in, code == PDF_OPERATOR('B', 'D', 'C'));
        return true;
    case PDF_OPERATOR('E', 'M', 'C'):
        pdf_shower_unmark(&in->shower, in->marks_floor);
        return true;
    default:
        return false;
    }
}
