#include "extractors/pdf/pdf_content.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/pdf/pdf_interpreter.h"
#include "extractors/pdf/pdf_path.h"
#include "extractors/pdf/pdf_syntax.h"

#define FORM_DEPTH_MAX 12u
#define PAGE_BYTES_MAX ((size_t)8 << 20)
#define FILE_BYTES_MAX ((uint64_t)128 << 20) /* of all pages together */
#define UNKNOWN_GRAY   128.0
#define WHITE_GRAY     240.0
#define LIKELY_DOTS    4u
#define DOTS_LOOK      ((size_t)256 << 10) /* bytes of a page's part */
/* Reading pages for the sake of their dots must not use up what tables need. */
#define DOTS_WORK_MAX (FILE_BYTES_MAX / 2)
#define DOT_MIN       1.0F /* points: of a third of the smallest print */
#define DOT_MAX       24.0F
#define DOT_SLENDER   1.5F
#define DOT_VERTICES  80u /* a ring with rounded corners has fewer */

void pdf_paints_release(struct pdf_paints *paints)
{
    free(paints->items);
    free(paints->dots.items);
    pdf_shows_release(&paints->shows);
    *paints = (struct pdf_paints){ 0 };
}

/* ---- painting ---- */

static void paint(struct pdf_interpreter *in, const float box[4], const struct pdf_ink *ink,
                  enum pdf_paint_kind kind)
{
    const float *clip = pdf_state_now(in)->clip;
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
    struct pdf_interpreter *in = user;
    const struct pdf_state *state = pdf_state_now(in);

    paint(in, box, how == PDF_PATH_STROKED ? &state->stroke : &state->fill,
          how == PDF_PATH_SHAPE ? PDF_PAINT_SHAPE : PDF_PAINT_BOX);
}

/* Without memory there are none. */
static void note_dot(struct pdf_interpreter *in, const float box[4], const struct pdf_ink *ink,
                     enum pdf_dot_kind kind)
{
    const float *clip = pdf_state_now(in)->clip;
    struct pdf_dots *dots = &in->paints->dots;
    struct pdf_dot dot = { .x0 = fmaxf(box[0], clip[0]),
                           .y0 = fmaxf(box[1], clip[1]),
                           .x1 = fminf(box[2], clip[2]),
                           .y1 = fminf(box[3], clip[3]),
                           .colour = ink->colour,
                           .gray = (uint8_t)lround(fmin(fmax(ink->gray, 0.0), 255.0)),
                           .kind = (uint8_t)kind };
    float width = dot.x1 - dot.x0, height = dot.y1 - dot.y0;

    if (!(width >= DOT_MIN && height >= DOT_MIN && width <= DOT_MAX && height <= DOT_MAX) ||
        width > DOT_SLENDER * height || height > DOT_SLENDER * width || ink->alpha <= 0.0 ||
        dots->count > PDF_DOTS_MAX || !array_reserve(&dots->items, &dots->capacity, dots->count))
        return;
    dots->items[dots->count++] = dot;
}

/* What is filled with white and has an outline is a ring to the eye. */
static void note_path(struct pdf_interpreter *in, bool is_filled, bool is_stroked)
{
    const struct pdf_state *state = pdf_state_now(in);
    bool is_ring = is_stroked && (!is_filled || state->fill.gray >= WHITE_GRAY);
    float box[4];

    if (!(is_filled || is_stroked) || in->path.count <= 2 || in->path.count > DOT_VERTICES ||
        in->paints->dots.count > PDF_DOTS_MAX || !pdf_path_box(&in->path, box))
        return;
    for (size_t i = 0; is_stroked && i < 4; i++)
        box[i] +=
            (i < 2 ? -0.5F : 0.5F) * (float)(state->line_width * pdf_matrix_scale(&state->matrix));
    note_dot(in, box, is_ring ? &state->stroke : &state->fill,
             is_ring ? PDF_DOT_OUTLINED : PDF_DOT_FILLED);
}

static void end_path(struct pdf_interpreter *in, bool is_filled, bool is_even_odd, bool is_stroked)
{
    struct pdf_state *state = pdf_state_now(in);
    float box[4];

    note_path(in, is_filled, is_stroked);
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
static void paint_picture(struct pdf_interpreter *in)
{
    const struct pdf_ink unknown = { .gray = UNKNOWN_GRAY, .alpha = 1.0 };
    float box[4];

    pdf_matrix_box(&pdf_state_now(in)->matrix, (double[4]){ 0.0, 0.0, 1.0, 1.0 }, box);
    paint(in, box, &unknown, PDF_PAINT_PICTURE);
    note_dot(in, box, &unknown, PDF_DOT_PICTURE);
}

static void paint_shading(struct pdf_interpreter *in)
{
    const struct pdf_ink unknown = { .gray = UNKNOWN_GRAY, .alpha = pdf_state_now(in)->fill.alpha };
    float clip[4];

    memcpy(clip, pdf_state_now(in)->clip, sizeof(clip));
    paint(in, clip, &unknown, PDF_PAINT_PICTURE);
}

/* ---- resources ---- */

struct span pdf_resource_find(struct pdf_interpreter *in, struct span category, struct span name)
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

static double gray_of(const struct pdf_ink *ink, const double *parts, size_t count)
{
    double most = 0.0;

    for (size_t i = 0; i < count; i++)
        most = fmax(most, parts[i]);
    if (count == 0 || ink->colours == PDF_COLOURS_UNKNOWN)
        return UNKNOWN_GRAY;
    if (ink->colours == PDF_COLOURS_LIGHTNESS)
        return parts[0] * 2.55;
    if (ink->colours == PDF_COLOURS_TINTS)
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

static uint32_t colour_of(const struct pdf_interpreter *in)
{
    uint32_t hash = in->has_name ? 1 : 0;

    for (size_t i = 0; i < in->operand_count; i++)
        hash = hash * 257 + (uint32_t)lround(fmin(fmax(in->operands[i], 0.0), 1.0) * 255.0);
    return hash;
}

static void set_colour(struct pdf_interpreter *in, struct pdf_ink *ink, bool is_plain)
{
    if (is_plain)
        ink->colours = PDF_COLOURS_BY_COUNT;
    ink->colour = colour_of(in);
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
static void set_space(struct pdf_interpreter *in, struct pdf_ink *ink)
{
    static const char *const plain[] = { "DeviceGray", "DeviceRGB", "DeviceCMYK",
                                         "CalGray",    "CalRGB",    "ICCBased" };
    static const char *const tints[] = { "Separation", "DeviceN" };
    static const char *const lightness[] = { "Lab" };
    struct span space = pdf_resource_find(in, PDF_KEY("ColorSpace"), in->name);

    space = space.len ? pdf_objects_resolve(in->objects, space)
                      : (struct span){ in->name.data - 1, in->name.len + 1 };
    in->work_bytes += space.len;
    ink->gray = 0.0;
    ink->colour = 0;
    if (is_any_of(space, plain, sizeof(plain) / sizeof(plain[0])))
        ink->colours = PDF_COLOURS_BY_COUNT;
    else if (is_any_of(space, tints, sizeof(tints) / sizeof(tints[0])))
        ink->colours = PDF_COLOURS_TINTS;
    else if (is_any_of(space, lightness, 1))
        ink->colours = PDF_COLOURS_LIGHTNESS;
    else
        ink->colours = PDF_COLOURS_UNKNOWN;
}

/* ---- graphics state ---- */

static void set_extended_state(struct pdf_interpreter *in)
{
    struct pdf_state *state = pdf_state_now(in);
    struct pdf_pair pair;
    struct span dict;
    size_t at = 0;

    if (!pdf_objects_dict(in->objects, pdf_resource_find(in, PDF_KEY("ExtGState"), in->name),
                          &dict))
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

static void save(struct pdf_interpreter *in)
{
    if (in->depth + 1 == PDF_STATES_MAX) {
        in->ignored++;
        return;
    }
    in->states[in->depth + 1] = in->states[in->depth];
    in->depth++;
}

/* floor: the state that a form was entered with stays. */
static void restore(struct pdf_interpreter *in, size_t floor)
{
    if (in->ignored > 0)
        in->ignored--;
    else if (in->depth > floor)
        in->depth--;
}

/* ---- operators ---- */

static void run(struct pdf_interpreter *in, struct span content, size_t floor);

/* Marks in a form are numbered by themselves; what is around the form has to do. */
static void run_form(struct pdf_interpreter *in, struct span dict, struct span data)
{
    struct span resources = in->resources, own;
    struct pdf_matrix matrix;
    size_t depth = in->depth, ignored = in->ignored;
    size_t marks_floor = in->marks_floor, marks_ignored = in->shower.ignored;
    double numbers[6];
    float box[4];

    if (in->form_depth >= FORM_DEPTH_MAX || in->depth + 1 == PDF_STATES_MAX) {
        in->failed = true;
        return;
    }
    save(in);
    in->form_depth++;
    if (pdf_objects_numbers(in->objects, pdf_dict_find(dict, PDF_KEY("Matrix")), numbers, 6) == 6) {
        memcpy(matrix.m, numbers, sizeof(matrix.m));
        pdf_matrix_prepend(&pdf_state_now(in)->matrix, &matrix);
    }
    if (pdf_objects_numbers(in->objects, pdf_dict_find(dict, PDF_KEY("BBox")), numbers, 4) == 4) {
        pdf_matrix_box(&pdf_state_now(in)->matrix, numbers, box);
        for (size_t i = 0; i < 2; i++) {
            pdf_state_now(in)->clip[i] = fmaxf(pdf_state_now(in)->clip[i], box[i]);
            pdf_state_now(in)->clip[i + 2] = fminf(pdf_state_now(in)->clip[i + 2], box[i + 2]);
        }
    }
    if (pdf_objects_dict(in->objects, pdf_dict_find(dict, PDF_KEY("Resources")), &own))
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
static void do_object(struct pdf_interpreter *in)
{
    struct span object = pdf_resource_find(in, PDF_KEY("XObject"), in->name), dict, data, subtype;

    if (!pdf_objects_dict(in->objects, object, &dict))
        return;
    in->work_bytes += dict.len;
    subtype = pdf_dict_find(dict, PDF_KEY("Subtype"));
    if (pdf_is_name(subtype, "Image"))
        paint_picture(in);
    else if (pdf_is_name(subtype, "Form") && pdf_objects_stream(in->objects, object, &dict, &data))
        run_form(in, dict, data);
    else
        in->failed = true;
}

static bool state_operator(struct pdf_interpreter *in, uint32_t code, size_t floor)
{
    const double *operands = in->operands;
    struct pdf_matrix matrix;

    switch (code) {
    case PDF_OPERATOR('q', 0, 0):
        save(in);
        return true;
    case PDF_OPERATOR('Q', 0, 0):
        restore(in, floor);
        return true;
    case PDF_OPERATOR('c', 'm', 0):
        if (in->operand_count == 6) {
            memcpy(matrix.m, operands, sizeof(matrix.m));
            pdf_matrix_prepend(&pdf_state_now(in)->matrix, &matrix);
        }
        return true;
    case PDF_OPERATOR('w', 0, 0):
        pdf_state_now(in)->line_width = in->operand_count ? operands[0] : 1.0;
        return true;
    case PDF_OPERATOR('g', 's', 0):
        set_extended_state(in);
        return true;
    case PDF_OPERATOR('D', 'o', 0):
        do_object(in);
        return true;
    case PDF_OPERATOR('s', 'h', 0):
        paint_shading(in);
        return true;
    default:
        return false;
    }
}

static bool colour_operator(struct pdf_interpreter *in, uint32_t code)
{
    struct pdf_state *state = pdf_state_now(in);

    switch (code) {
    case PDF_OPERATOR('g', 0, 0):
    case PDF_OPERATOR('r', 'g', 0):
    case PDF_OPERATOR('k', 0, 0):
        set_colour(in, &state->fill, true);
        return true;
    case PDF_OPERATOR('G', 0, 0):
    case PDF_OPERATOR('R', 'G', 0):
    case PDF_OPERATOR('K', 0, 0):
        set_colour(in, &state->stroke, true);
        return true;
    case PDF_OPERATOR('s', 'c', 0):
    case PDF_OPERATOR('s', 'c', 'n'):
        set_colour(in, &state->fill, false);
        return true;
    case PDF_OPERATOR('S', 'C', 0):
    case PDF_OPERATOR('S', 'C', 'N'):
        set_colour(in, &state->stroke, false);
        return true;
    case PDF_OPERATOR('c', 's', 0):
        if (in->has_name)
            set_space(in, &state->fill);
        return true;
    case PDF_OPERATOR('C', 'S', 0):
        if (in->has_name)
            set_space(in, &state->stroke);
        return true;
    default:
        return false;
    }
}

static bool path_operator(struct pdf_interpreter *in, uint32_t code)
{
    const struct pdf_matrix *matrix = &pdf_state_now(in)->matrix;
    const double *operands = in->operands;

    switch (code) {
    case PDF_OPERATOR('m', 0, 0):
        if (in->operand_count == 2)
            pdf_path_move(&in->path, matrix, operands[0], operands[1]);
        return true;
    case PDF_OPERATOR('l', 0, 0):
        if (in->operand_count == 2)
            pdf_path_line(&in->path, matrix, operands[0], operands[1]);
        return true;
    case PDF_OPERATOR('c', 0, 0):
        if (in->operand_count == 6)
            pdf_path_curve(&in->path, matrix, operands, 3);
        return true;
    case PDF_OPERATOR('v', 0, 0):
    case PDF_OPERATOR('y', 0, 0):
        if (in->operand_count == 4)
            pdf_path_curve(&in->path, matrix, operands, 2);
        return true;
    case PDF_OPERATOR('h', 0, 0):
        pdf_path_close(&in->path);
        return true;
    case PDF_OPERATOR('r', 'e', 0):
        if (in->operand_count == 4)
            pdf_path_rectangle(&in->path, matrix, operands);
        return true;
    case PDF_OPERATOR('W', 0, 0):
    case PDF_OPERATOR('W', '*', 0):
        in->is_clipping = true;
        return true;
    default:
        return false;
    }
}

static bool painting_operator(struct pdf_interpreter *in, uint32_t code)
{
    switch (code) {
    case PDF_OPERATOR('n', 0, 0):
        end_path(in, false, false, false);
        return true;
    case PDF_OPERATOR('s', 0, 0):
        pdf_path_close(&in->path);
        end_path(in, false, false, true);
        return true;
    case PDF_OPERATOR('S', 0, 0):
        end_path(in, false, false, true);
        return true;
    case PDF_OPERATOR('f', 0, 0):
    case PDF_OPERATOR('F', 0, 0):
        end_path(in, true, false, false);
        return true;
    case PDF_OPERATOR('f', '*', 0):
        end_path(in, true, true, false);
        return true;
    case PDF_OPERATOR('b', 0, 0):
    case PDF_OPERATOR('b', '*', 0):
        pdf_path_close(&in->path);
        end_path(in, true, code == PDF_OPERATOR('b', '*', 0), true);
        return true;
    case PDF_OPERATOR('B', 0, 0):
    case PDF_OPERATOR('B', '*', 0):
        end_path(in, true, code == PDF_OPERATOR('B', '*', 0), true);
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

static size_t run_operator(struct pdf_interpreter *in, struct span content, size_t at, size_t end,
                           size_t floor)
{
    uint32_t code = 0;

    if (end - at > 3) /* unknown */
        code = UINT32_MAX;
    else
        for (size_t i = 0; i < end - at; i++)
            code |= (uint32_t)(unsigned char)content.data[at + i] << (8 * i);
    if (code == PDF_OPERATOR('I', 'D', 0)) {
        paint_picture(in);
        end = skip_inline_picture(content, end);
    } else if (!path_operator(in, code) && !pdf_text_operator(in, code) &&
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

static size_t run_token(struct pdf_interpreter *in, struct span content, size_t at, size_t floor)
{
    char c = content.data[at];
    size_t end = at;

    if (begins_number(c)) {
        double number;

        if (!pdf_read_number(content, &end, &number)) {
            end = regular_end(content, at);
            number = 0.0;
        }
        if (in->operand_count < PDF_OPERANDS_MAX)
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

static void run(struct pdf_interpreter *in, struct span content, size_t floor)
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
static void run_contents(struct pdf_interpreter *in, struct span contents)
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

/* The number that ends before the place; where it begins. */
static bool number_before(struct span data, size_t *end, double *number)
{
    size_t start, at = *end;

    while (at > 0 && is_white(data.data[at - 1]))
        at--;
    for (start = at; start > 0 && at - start < 24 && !is_white(data.data[start - 1]);)
        start--;
    *end = start;
    return pdf_read_number(data, &start, number);
}

/* Is the rectangle whose operator stands at the place nearly a square? */
static bool is_square(struct span data, size_t at)
{
    double width, height;

    return number_before(data, &at, &height) && number_before(data, &at, &width) &&
           fabs(width) <= (double)DOT_SLENDER * fabs(height) &&
           fabs(height) <= (double)DOT_SLENDER * fabs(width);
}

/* What the operators at a place tell of shapes: 0 to LIKELY_DOTS, which is enough. A circle has
 * four curves; pictures are bullets only where there are some. */
static unsigned dots_weight(struct span data, size_t at)
{
    const char *c = data.data + at;

    if (c[0] == 'c')
        return is_white(c[-1]) ? LIKELY_DOTS / 4 : 0;
    if (c[0] == 'o')
        return c[-1] == 'D' ? LIKELY_DOTS / 2 : 0;
    return c[-1] == 'r' && is_square(data, at - 1) ? LIKELY_DOTS : 0;
}

static bool bytes_have_dots(struct span data, unsigned *weight)
{
    for (size_t at = 1; at + 1 < data.len && at < DOTS_LOOK && *weight < LIKELY_DOTS; at++) {
        char c = data.data[at];

        if ((c == 'c' || c == 'e' || c == 'o') && is_white(data.data[at + 1]))
            *weight += dots_weight(data, at);
    }
    return *weight >= LIKELY_DOTS;
}

bool pdf_content_may_have_dots(struct pdf_objects *objects, size_t page_index)
{
    const struct pdf_leaf *leaf = pdf_objects_page(objects, page_index);
    struct pdf_parts parts;
    struct span data;
    bool failed = false;
    unsigned weight = 0;

    if (!leaf || objects->work_bytes > DOTS_WORK_MAX)
        return false;
    parts = pdf_parts_begin(objects, leaf->contents);
    while (pdf_parts_next(&parts, &data, &failed)) {
        objects->work_bytes += data.len / 16;
        if (bytes_have_dots(data, &weight))
            return true;
    }
    return false;
}

static void interpreter_free(struct pdf_interpreter **in)
{
    if (*in)
        pdf_path_release(&(*in)->path);
    free(*in);
}

bool pdf_content_read(struct pdf_objects *objects, size_t page_index, bool has_marks,
                      struct pdf_paints *out)
{
    const struct pdf_leaf *leaf = pdf_objects_page(objects, page_index);
    CLEANUP(interpreter_free) struct pdf_interpreter *in = NULL;
    struct pdf_state *state;
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
    state = pdf_state_now(in);
    state->matrix = page_matrix(leaf);
    state->clip[2] = is_turned ? leaf->box[3] - leaf->box[1] : leaf->box[2] - leaf->box[0];
    state->clip[3] = is_turned ? leaf->box[2] - leaf->box[0] : leaf->box[3] - leaf->box[1];
    state->fill = state->stroke = (struct pdf_ink){ .alpha = 1.0 };
    state->line_width = 1.0;
    state->text.font = (struct span){ "", 0 };
    run_contents(in, leaf->contents);
    objects->work_bytes += in->work_bytes;
    return !in->failed;
}
