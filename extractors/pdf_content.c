#include "extractors/pdf_content.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/pdf_path.h"
#include "extractors/pdf_syntax.h"

#define OPERANDS_MAX      33u /* DeviceN has up to 32 colours, and a pattern's name */
#define STATES_MAX        64u
#define FORM_DEPTH_MAX    12u
#define PAGE_BYTES_MAX    ((size_t)8 << 20)
#define FILE_BYTES_MAX    ((uint64_t)128 << 20) /* of all pages together */
#define UNKNOWN_GRAY      128.0
#define OPERATOR(a, b, c) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16)
#define KEY(text)         ((struct span){ (text), sizeof(text) - 1 })

/* How the numbers of a colour are meant. */
enum colours {
    COLOURS_BY_COUNT, /* one: gray, three: red, green, blue, four: inks */
    COLOURS_TINTS,    /* of inks, 1 is full */
    COLOURS_LIGHTNESS,
    COLOURS_UNKNOWN,
};

struct ink {
    double gray, alpha; /* 0 to 255, 0 to 1 */
    enum colours colours;
};

struct state {
    struct pdf_matrix matrix;
    float clip[4];
    struct ink fill, stroke;
    double line_width;
    struct pdf_text_state text;
};

struct interpreter {
    struct pdf_objects *objects;
    struct pdf_paints *paints;
    struct pdf_path path;
    struct state states[STATES_MAX];
    size_t depth;   /* of states */
    size_t ignored; /* q beyond them */
    double operands[OPERANDS_MAX];
    size_t operand_count;
    struct span name;      /* the last one */
    struct span tag;       /* the name before it */
    struct span composite; /* the last string, array or dictionary */
    bool has_name, has_tag, has_marks, is_clipping;
    struct pdf_shower shower;
    size_t marks_floor;    /* the form that runs was entered with so many */
    struct span resources; /* of the page or form, a dictionary */
    unsigned form_depth;
    size_t work_bytes;
    bool failed;
};

void pdf_paints_release(struct pdf_paints *paints)
{
    free(paints->items);
    pdf_shows_release(&paints->shows);
    *paints = (struct pdf_paints){ 0 };
}

static struct state *now(struct interpreter *in)
{
    return &in->states[in->depth];
}

/* ---- painting ---- */

static void paint(struct interpreter *in, const float box[4], const struct ink *ink,
                  enum pdf_paint_kind kind)
{
    const float *clip = now(in)->clip;
    struct pdf_paint paint = {
        .x0 = fmaxf(box[0], clip[0]),
        .y0 = fmaxf(box[1], clip[1]),
        .x1 = fminf(box[2], clip[2]),
        .y1 = fminf(box[3], clip[3]),
        .gray = (uint8_t)lround(fmin(fmax(ink->gray, 0.0), 255.0)),
        .alpha = (uint8_t)lround(fmin(fmax(ink->alpha, 0.0), 1.0) * 255.0),
        .kind = (uint8_t)kind,
    };
    struct pdf_paints *paints = in->paints;

    if (!(paint.x0 < paint.x1 && paint.y0 < paint.y1) || paint.alpha == 0)
        return;
    if (paints->count >= PDF_PAINTS_MAX ||
        !array_reserve(&paints->items, &paints->capacity, paints->count)) {
        in->failed = true;
        return;
    }
    paints->items[paints->count++] = paint;
}

static void paint_piece(void *user, const float box[4], enum pdf_path_paint how)
{
    struct interpreter *in = user;
    const struct state *state = now(in);

    paint(in, box, how == PDF_PATH_STROKED ? &state->stroke : &state->fill,
          how == PDF_PATH_SHAPE ? PDF_PAINT_SHAPE : PDF_PAINT_BOX);
}

static void end_path(struct interpreter *in, bool is_filled, bool is_even_odd, bool is_stroked)
{
    struct state *state = now(in);
    float box[4];

    if (is_filled)
        pdf_path_fill(&in->path, is_even_odd, paint_piece, in);
    if (is_stroked)
        pdf_path_stroke(&in->path, state->line_width * pdf_matrix_scale(&state->matrix),
                        paint_piece, in);
    if (in->is_clipping && pdf_path_box(&in->path, box)) {
        for (size_t i = 0; i < 2; i++) {
            state->clip[i] = fmaxf(state->clip[i], box[i]);
            state->clip[i + 2] = fminf(state->clip[i + 2], box[i + 2]);
        }
    }
    in->is_clipping = false;
    in->failed |= in->path.failed;
    pdf_path_clear(&in->path);
}

/* The unit square, where the matrix puts it. */
static void paint_picture(struct interpreter *in)
{
    const struct ink unknown = { .gray = UNKNOWN_GRAY, .alpha = 1.0 };
    float box[4];

    pdf_matrix_box(&now(in)->matrix, (double[4]){ 0.0, 0.0, 1.0, 1.0 }, box);
    paint(in, box, &unknown, PDF_PAINT_PICTURE);
}

static void paint_shading(struct interpreter *in)
{
    const struct ink unknown = { .gray = UNKNOWN_GRAY, .alpha = now(in)->fill.alpha };
    float clip[4];

    memcpy(clip, now(in)->clip, sizeof(clip));
    paint(in, clip, &unknown, PDF_PAINT_PICTURE);
}

/* ---- resources ---- */

/* Lookups are counted: a hostile page may ask a large dictionary again and again. */
static struct span resource_find(struct interpreter *in, struct span category, struct span name)
{
    struct span dict, found = { "", 0 };

    if (pdf_objects_dict(in->objects, pdf_dict_find(in->resources, category), &dict)) {
        found = pdf_dict_find(dict, name);
        in->work_bytes += dict.len;
    }
    in->work_bytes += in->resources.len;
    return found;
}

/* ---- colours ---- */

static double gray_of(const struct ink *ink, const double *parts, size_t count)
{
    double most = 0.0;

    for (size_t i = 0; i < count; i++)
        most = fmax(most, parts[i]);
    if (count == 0 || ink->colours == COLOURS_UNKNOWN)
        return UNKNOWN_GRAY;
    if (ink->colours == COLOURS_LIGHTNESS)
        return parts[0] * 2.55;
    if (ink->colours == COLOURS_TINTS)
        return 255.0 * (1.0 - most);
    if (count == 1)
        return 255.0 * parts[0];
    /* Green counts twice: near enough to what the eye sees. */
    if (count == 3)
        return 255.0 * (parts[0] + 2.0 * parts[1] + parts[2]) / 4.0;
    if (count == 4)
        return 255.0 *
               (fmax(0.0, 1.0 - parts[0] - parts[3]) + 2.0 * fmax(0.0, 1.0 - parts[1] - parts[3]) +
                fmax(0.0, 1.0 - parts[2] - parts[3])) /
               4.0;
    return UNKNOWN_GRAY;
}

static void set_colour(struct interpreter *in, struct ink *ink, bool is_plain)
{
    if (is_plain)
        ink->colours = COLOURS_BY_COUNT;
    ink->gray = in->has_name ? UNKNOWN_GRAY : gray_of(ink, in->operands, in->operand_count);
}

static bool starts_with_name(struct span object, const char *name)
{
    size_t at = 0, end;

    if (object.len > 1 && object.data[0] == '[')
        at = pdf_skip_space(object, 1);
    end = at;
    return at < object.len && pdf_skip_object(object, &end) &&
           pdf_is_name((struct span){ object.data + at, end - at }, name);
}

static bool is_any_of(struct span space, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (starts_with_name(space, names[i]))
            return true;
    return false;
}

/* 8.6.8: a space begins with black, and with the full tint. */
static void set_space(struct interpreter *in, struct ink *ink)
{
    static const char *const plain[] = { "DeviceGray", "DeviceRGB", "DeviceCMYK",
                                         "CalGray",    "CalRGB",    "ICCBased" };
    static const char *const tints[] = { "Separation", "DeviceN" };
    static const char *const lightness[] = { "Lab" };
    struct span space = resource_find(in, KEY("ColorSpace"), in->name);

    space = space.len ? pdf_objects_resolve(in->objects, space)
                      : (struct span){ in->name.data - 1, in->name.len + 1 };
    in->work_bytes += space.len;
    ink->gray = 0.0;
    if (is_any_of(space, plain, sizeof(plain) / sizeof(plain[0])))
        ink->colours = COLOURS_BY_COUNT;
    else if (is_any_of(space, tints, sizeof(tints) / sizeof(tints[0])))
        ink->colours = COLOURS_TINTS;
    else if (is_any_of(space, lightness, 1))
        ink->colours = COLOURS_LIGHTNESS;
    else
        ink->colours = COLOURS_UNKNOWN;
}

/* ---- graphics state ---- */

static void set_extended_state(struct interpreter *in)
{
    struct state *state = now(in);
    struct pdf_pair pair;
    struct span dict;
    size_t at = 0;

    if (!pdf_objects_dict(in->objects, resource_find(in, KEY("ExtGState"), in->name), &dict))
        return;
    in->work_bytes += dict.len;
    while (pdf_next_pair(dict, &at, &pair)) {
        size_t inside = 0;

        if (pdf_is_key(&pair, "ca"))
            (void)pdf_read_number(pair.value, &inside, &state->fill.alpha);
        else if (pdf_is_key(&pair, "CA"))
            (void)pdf_read_number(pair.value, &inside, &state->stroke.alpha);
        else if (pdf_is_key(&pair, "LW"))
            (void)pdf_read_number(pair.value, &inside, &state->line_width);
    }
}

static void save(struct interpreter *in)
{
    if (in->depth + 1 == STATES_MAX) {
        in->ignored++;
        return;
    }
    in->states[in->depth + 1] = in->states[in->depth];
    in->depth++;
}

/* floor: the state that a form was entered with stays. */
static void restore(struct interpreter *in, size_t floor)
{
    if (in->ignored > 0)
        in->ignored--;
    else if (in->depth > floor)
        in->depth--;
}

/* ---- operators ---- */

static void run(struct interpreter *in, struct span content, size_t floor);

/* Marks in a form are numbered by themselves; what is around the form has to do. */
static void run_form(struct interpreter *in, struct span dict, struct span data)
{
    struct span resources = in->resources, own;
    struct pdf_matrix matrix;
    size_t depth = in->depth, ignored = in->ignored;
    size_t marks_floor = in->marks_floor, marks_ignored = in->shower.ignored;
    double numbers[6];
    float box[4];

    if (in->form_depth >= FORM_DEPTH_MAX || in->depth + 1 == STATES_MAX) {
        in->failed = true;
        return;
    }
    save(in);
    in->form_depth++;
    if (pdf_objects_numbers(in->objects, pdf_dict_find(dict, KEY("Matrix")), numbers, 6) == 6) {
        memcpy(matrix.m, numbers, sizeof(matrix.m));
        pdf_matrix_prepend(&now(in)->matrix, &matrix);
    }
    if (pdf_objects_numbers(in->objects, pdf_dict_find(dict, KEY("BBox")), numbers, 4) == 4) {
        pdf_matrix_box(&now(in)->matrix, numbers, box);
        for (size_t i = 0; i < 2; i++) {
            now(in)->clip[i] = fmaxf(now(in)->clip[i], box[i]);
            now(in)->clip[i + 2] = fminf(now(in)->clip[i + 2], box[i + 2]);
        }
    }
    if (pdf_objects_dict(in->objects, pdf_dict_find(dict, KEY("Resources")), &own))
        in->resources = own;
    in->ignored = 0;
    in->marks_floor = in->shower.depth;
    in->shower.ignored = 0;
    run(in, data, in->depth);
    in->shower.depth = in->marks_floor;
    in->shower.ignored = marks_ignored;
    in->marks_floor = marks_floor;
    in->resources = resources;
    in->form_depth--;
    in->depth = depth;
    in->ignored = ignored;
}

/* A form that is still packed may hold anything. */
static void do_object(struct interpreter *in)
{
    struct span object = resource_find(in, KEY("XObject"), in->name), dict, data, subtype;

    if (!pdf_objects_dict(in->objects, object, &dict))
        return;
    in->work_bytes += dict.len;
    subtype = pdf_dict_find(dict, KEY("Subtype"));
    if (pdf_is_name(subtype, "Image"))
        paint_picture(in);
    else if (pdf_is_name(subtype, "Form") && pdf_objects_stream(in->objects, object, &dict, &data))
        run_form(in, dict, data);
    else
        in->failed = true;
}

static bool state_operator(struct interpreter *in, uint32_t code, size_t floor)
{
    const double *operands = in->operands;
    struct pdf_matrix matrix;

    switch (code) {
    case OPERATOR('q', 0, 0):
        save(in);
        return true;
    case OPERATOR('Q', 0, 0):
        restore(in, floor);
        return true;
    case OPERATOR('c', 'm', 0):
        if (in->operand_count == 6) {
            memcpy(matrix.m, operands, sizeof(matrix.m));
            pdf_matrix_prepend(&now(in)->matrix, &matrix);
        }
        return true;
    case OPERATOR('w', 0, 0):
        now(in)->line_width = in->operand_count ? operands[0] : 1.0;
        return true;
    case OPERATOR('g', 's', 0):
        set_extended_state(in);
        return true;
    case OPERATOR('D', 'o', 0):
        do_object(in);
        return true;
    case OPERATOR('s', 'h', 0):
        paint_shading(in);
        return true;
    default:
        return false;
    }
}

static bool colour_operator(struct interpreter *in, uint32_t code)
{
    struct state *state = now(in);

    switch (code) {
    case OPERATOR('g', 0, 0):
    case OPERATOR('r', 'g', 0):
    case OPERATOR('k', 0, 0):
        set_colour(in, &state->fill, true);
        return true;
    case OPERATOR('G', 0, 0):
    case OPERATOR('R', 'G', 0):
    case OPERATOR('K', 0, 0):
        set_colour(in, &state->stroke, true);
        return true;
    case OPERATOR('s', 'c', 0):
    case OPERATOR('s', 'c', 'n'):
        set_colour(in, &state->fill, false);
        return true;
    case OPERATOR('S', 'C', 0):
    case OPERATOR('S', 'C', 'N'):
        set_colour(in, &state->stroke, false);
        return true;
    case OPERATOR('c', 's', 0):
        if (in->has_name)
            set_space(in, &state->fill);
        return true;
    case OPERATOR('C', 'S', 0):
        if (in->has_name)
            set_space(in, &state->stroke);
        return true;
    default:
        return false;
    }
}

static bool path_operator(struct interpreter *in, uint32_t code)
{
    const struct pdf_matrix *matrix = &now(in)->matrix;
    const double *operands = in->operands;

    switch (code) {
    case OPERATOR('m', 0, 0):
        if (in->operand_count == 2)
            pdf_path_move(&in->path, matrix, operands[0], operands[1]);
        return true;
    case OPERATOR('l', 0, 0):
        if (in->operand_count == 2)
            pdf_path_line(&in->path, matrix, operands[0], operands[1]);
        return true;
    case OPERATOR('c', 0, 0):
        if (in->operand_count == 6)
            pdf_path_curve(&in->path, matrix, operands, 3);
        return true;
    case OPERATOR('v', 0, 0):
    case OPERATOR('y', 0, 0):
        if (in->operand_count == 4)
            pdf_path_curve(&in->path, matrix, operands, 2);
        return true;
    case OPERATOR('h', 0, 0):
        pdf_path_close(&in->path);
        return true;
    case OPERATOR('r', 'e', 0):
        if (in->operand_count == 4)
            pdf_path_rectangle(&in->path, matrix, operands);
        return true;
    case OPERATOR('W', 0, 0):
    case OPERATOR('W', '*', 0):
        in->is_clipping = true;
        return true;
    default:
        return false;
    }
}

static bool painting_operator(struct interpreter *in, uint32_t code)
{
    switch (code) {
    case OPERATOR('n', 0, 0):
        end_path(in, false, false, false);
        return true;
    case OPERATOR('s', 0, 0):
        pdf_path_close(&in->path);
        end_path(in, false, false, true);
        return true;
    case OPERATOR('S', 0, 0):
        end_path(in, false, false, true);
        return true;
    case OPERATOR('f', 0, 0):
    case OPERATOR('F', 0, 0):
        end_path(in, true, false, false);
        return true;
    case OPERATOR('f', '*', 0):
        end_path(in, true, true, false);
        return true;
    case OPERATOR('b', 0, 0):
    case OPERATOR('b', '*', 0):
        pdf_path_close(&in->path);
        end_path(in, true, code == OPERATOR('b', '*', 0), true);
        return true;
    case OPERATOR('B', 0, 0):
    case OPERATOR('B', '*', 0):
        end_path(in, true, code == OPERATOR('B', '*', 0), true);
        return true;
    default:
        return false;
    }
}

/* ---- text ---- */

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
static bool font_is_drawn(struct interpreter *in, struct span name)
{
    struct span font;

    if (!pdf_objects_dict(in->objects, resource_find(in, KEY("Font"), name), &font))
        return false;
    in->work_bytes += font.len;
    return pdf_is_name(pdf_dict_find(font, KEY("Subtype")), "Type3");
}

static void show(struct interpreter *in)
{
    const struct state *state = now(in);
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
static void mark(struct interpreter *in, bool has_properties)
{
    struct span name = has_properties && in->has_tag ? in->tag : in->name, dict, value;
    int32_t number = PDF_SHOW_UNMARKED;
    uint64_t integer;
    size_t at = 0;

    if (has_properties && in->has_tag) {
        if (pdf_objects_dict(in->objects, resource_find(in, KEY("Properties"), in->name), &dict))
            value = pdf_dict_find(dict, KEY("MCID"));
        else
            value = (struct span){ "", 0 };
    } else if (has_properties && pdf_read_dict(in->composite, &at, &dict)) {
        value = pdf_dict_find(dict, KEY("MCID"));
    } else {
        value = (struct span){ "", 0 };
    }
    if (in->form_depth == 0 && pdf_is_integer(value, &integer) && integer < INT32_MAX)
        number = (int32_t)integer;
    if (name.len == 8 && memcmp(name.data, "Artifact", 8) == 0)
        number = PDF_SHOW_ARTIFACT;
    pdf_shower_mark(&in->shower, number);
}

static void set_mode(struct interpreter *in)
{
    double mode = in->operand_count ? in->operands[0] : 0.0;

    /* 9.3.6: 1, 2, 5 and 6 stroke, 3 shows nothing. */
    in->paints->has_outlined_text |= mode == 1.0 || mode == 2.0 || mode == 5.0 || mode == 6.0;
    now(in)->text.is_invisible = mode == 3.0;
    in->paints->has_invisible_text |= mode == 3.0;
}

static bool text_operator(struct interpreter *in, uint32_t code)
{
    struct pdf_text_state *text = &now(in)->text;
    const double *operands = in->operands;

    switch (code) {
    case OPERATOR('B', 'T', 0):
        pdf_shower_begin(&in->shower);
        return true;
    case OPERATOR('T', 'm', 0):
        if (in->operand_count == 6)
            pdf_shower_matrix(&in->shower, operands);
        return true;
    case OPERATOR('T', 'D', 0):
    case OPERATOR('T', 'd', 0):
        if (in->operand_count != 2)
            return true;
        if (code == OPERATOR('T', 'D', 0))
            text->leading = -operands[1];
        pdf_shower_move(&in->shower, operands[0], operands[1]);
        return true;
    case OPERATOR('T', 'L', 0):
        text->leading = in->operand_count ? operands[0] : 0.0;
        return true;
    case OPERATOR('T', 'f', 0):
        text->size = in->operand_count ? operands[0] : 0.0;
        text->font = in->has_name ? in->name : (struct span){ "", 0 };
        return true;
    case OPERATOR('T', 'r', 0):
        set_mode(in);
        return true;
    case OPERATOR('T', '*', 0):
        pdf_shower_move(&in->shower, 0.0, -text->leading);
        return true;
    case OPERATOR('\'', 0, 0):
    case OPERATOR('"', 0, 0):
        pdf_shower_move(&in->shower, 0.0, -text->leading);
        show(in);
        return true;
    case OPERATOR('T', 'j', 0):
    case OPERATOR('T', 'J', 0):
        show(in);
        return true;
    case OPERATOR('B', 'D', 'C'):
    case OPERATOR('B', 'M', 'C'):
        if (in->has_marks)
            mark(in, code == OPERATOR('B', 'D', 'C'));
        return true;
    case OPERATOR('E', 'M', 'C'):
        pdf_shower_unmark(&in->shower, in->marks_floor);
        return true;
    default:
        return false;
    }
}

/* ---- tokens ---- */

static bool is_white(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == '\0';
}

/* 8.9.7: behind "ID" and one blank the data of a picture, up to an "EI" that stands alone. The data
 * may hold such an "EI" as well: what is left of them reads as operators that are none. */
static size_t skip_inline_picture(struct span content, size_t at)
{
    for (at++; at + 2 < content.len; at++)
        if (content.data[at + 1] == 'E' && content.data[at + 2] == 'I' &&
            is_white(content.data[at]) && (at + 3 == content.len || is_white(content.data[at + 3])))
            return at + 3;
    return content.len;
}

static size_t run_operator(struct interpreter *in, struct span content, size_t at, size_t end,
                           size_t floor)
{
    uint32_t code = 0;

    if (end - at > 3) /* unknown */
        code = UINT32_MAX;
    else
        for (size_t i = 0; i < end - at; i++)
            code |= (uint32_t)(unsigned char)content.data[at + i] << (8 * i);
    if (code == OPERATOR('I', 'D', 0)) {
        paint_picture(in);
        end = skip_inline_picture(content, end);
    } else if (!path_operator(in, code) && !text_operator(in, code) &&
               !state_operator(in, code, floor) && !colour_operator(in, code)) {
        painting_operator(in, code);
    }
    in->operand_count = 0;
    in->has_name = in->has_tag = false;
    in->composite = (struct span){ "", 0 };
    return end;
}

static size_t regular_end(struct span content, size_t at)
{
    while (at < content.len && !is_white(content.data[at]) &&
           !strchr("()<>[]{}/%", content.data[at]))
        at++;
    return at;
}

static bool begins_number(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '+';
}

static size_t run_token(struct interpreter *in, struct span content, size_t at, size_t floor)
{
    char c = content.data[at];
    size_t end = at;

    if (begins_number(c)) {
        double number;

        if (!pdf_read_number(content, &end, &number)) {
            end = regular_end(content, at);
            number = 0.0;
        }
        if (in->operand_count < OPERANDS_MAX)
            in->operands[in->operand_count++] = number;
        return end;
    }
    if (c == '/') {
        end = regular_end(content, at + 1);
        in->tag = in->name;
        in->has_tag = in->has_name;
        in->name = (struct span){ content.data + at + 1, end - at - 1 };
        in->has_name = true;
        return end;
    }
    if (c == '(' || c == '<' || c == '[') {
        if (!pdf_skip_object(content, &end))
            return content.len;
        in->composite = (struct span){ content.data + at, end - at };
        return end;
    }
    end = regular_end(content, at);
    return end == at ? at + 1 : run_operator(in, content, at, end, floor);
}

static void run(struct interpreter *in, struct span content, size_t floor)
{
    in->work_bytes += content.len;
    for (size_t at = pdf_skip_space(content, 0); at < content.len && !in->failed;
         at = pdf_skip_space(content, at)) {
        at = run_token(in, content, at, floor);
        if (in->work_bytes > PAGE_BYTES_MAX)
            in->failed = true;
    }
}

/* ---- pages ---- */

/* From the page's space to points from the top left of the page as it is shown. */
static struct pdf_matrix page_matrix(const struct pdf_leaf *leaf)
{
    double x0 = leaf->box[0], y0 = leaf->box[1], x1 = leaf->box[2], y1 = leaf->box[3];

    switch (leaf->turns) {
    case 1:
        return (struct pdf_matrix){ { 0.0, 1.0, 1.0, 0.0, -y0, -x0 } };
    case 2:
        return (struct pdf_matrix){ { -1.0, 0.0, 0.0, 1.0, x1, -y0 } };
    case 3:
        return (struct pdf_matrix){ { 0.0, -1.0, -1.0, 0.0, y1, x1 } };
    default:
        return (struct pdf_matrix){ { 1.0, 0.0, 0.0, -1.0, -x0, y1 } };
    }
}

/* Together they are one program. */
static void run_contents(struct interpreter *in, struct span contents)
{
    struct pdf_parts parts = pdf_parts_begin(in->objects, contents);
    struct span data;

    while (!in->failed && pdf_parts_next(&parts, &data, &in->failed))
        run(in, data, 0);
}

bool pdf_content_has_invisible(struct pdf_objects *objects, size_t page_index)
{
    const struct pdf_leaf *leaf = pdf_objects_page(objects, page_index);
    struct pdf_parts parts;
    struct span data;
    bool failed = false;

    if (!leaf || objects->work_bytes > FILE_BYTES_MAX)
        return false;
    parts = pdf_parts_begin(objects, leaf->contents);
    while (pdf_parts_next(&parts, &data, &failed)) {
        objects->work_bytes += data.len / 16;
        if (memmem(data.data, data.len, "3 Tr", 4))
            return true;
    }
    return false;
}

static void interpreter_free(struct interpreter **in)
{
    if (*in)
        pdf_path_release(&(*in)->path);
    free(*in);
}

bool pdf_content_read(struct pdf_objects *objects, size_t page_index, bool has_marks,
                      struct pdf_paints *out)
{
    const struct pdf_leaf *leaf = pdf_objects_page(objects, page_index);
    CLEANUP(interpreter_free) struct interpreter *in = NULL;
    struct state *state;
    bool is_turned;

    if (!leaf || objects->work_bytes > FILE_BYTES_MAX)
        return false;
    in = calloc(1, sizeof(*in));
    if (!in)
        return false;
    is_turned = leaf->turns % 2 == 1;
    in->objects = objects;
    in->paints = out;
    in->has_marks = has_marks;
    in->composite = (struct span){ "", 0 };
    pdf_shower_init(&in->shower, &out->shows);
    in->resources = (struct span){ "", 0 };
    (void)pdf_objects_dict(objects, leaf->resources, &in->resources);
    state = now(in);
    state->matrix = page_matrix(leaf);
    state->clip[2] = is_turned ? leaf->box[3] - leaf->box[1] : leaf->box[2] - leaf->box[0];
    state->clip[3] = is_turned ? leaf->box[2] - leaf->box[0] : leaf->box[3] - leaf->box[1];
    state->fill = state->stroke = (struct ink){ .alpha = 1.0 };
    state->line_width = 1.0;
    state->text.font = (struct span){ "", 0 };
    run_contents(in, leaf->contents);
    objects->work_bytes += in->work_bytes;
    return !in->failed;
}
