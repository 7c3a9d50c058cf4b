#include "extractors/office/number_format_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define BUILTIN_ID_MAX 163 /* codes of a file have ids from 164 on */

void number_format_builtin(long id, struct number_format *out)
{
    static const struct {
        unsigned char id;
        const char *code;
    } known[] = {
        { 1, "0" },          { 2, "0.00" },         { 3, "#,##0" },     { 4, "#,##0.00" },
        { 9, "0%" },         { 10, "0.00%" },       { 11, "0.00E+00" }, { 12, "# ?/?" },
        { 13, "# ?\?/?\?" }, { 14, "mm-dd-yy" },    { 15, "d-mmm-yy" }, { 16, "d-mmm" },
        { 17, "mmm-yy" },    { 18, "h:mm" },        { 19, "h:mm:ss" },  { 20, "h:mm" },
        { 21, "h:mm:ss" },   { 22, "m/d/yy h:mm" }, { 37, "#,##0" },    { 38, "#,##0" },
        { 39, "#,##0.00" },  { 40, "#,##0.00" },    { 41, "#,##0" },    { 42, "$#,##0" },
        { 43, "#,##0.00" },  { 44, "$#,##0.00" },   { 45, "mm:ss" },    { 46, "[h]:mm:ss" },
        { 47, "mm:ss.0" },   { 48, "##0.0E+0" },
    };
    struct span code = { "General", 7 };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].id == id)
            code = (struct span){ known[i].code, strlen(known[i].code) };
    if ((id >= 27 && id <= 36) || (id >= 50 && id <= 58)) /* dates of East Asian editions */
        code = (struct span){ "yyyy-mm-dd", 10 };
    number_format_parse(code, out);
}

/* ---- of a workbook ---- */

struct number_code {
    long id;
    struct number_format format;
};

static struct number_code *add_code(struct number_formats *formats, long id)
{
    struct number_code *added;

    if (!array_reserve(&formats->codes, &formats->code_capacity, formats->code_count))
        return NULL;
    added = &formats->codes[formats->code_count++];
    added->id = id;
    return added;
}

bool number_formats_add_code(struct number_formats *formats, long id, struct span code)
{
    struct number_code *added;

    if (formats->written_count >= NUMBER_FORMATS_MAX)
        return true;
    added = add_code(formats, id);
    if (!added)
        return false;
    number_format_parse(code, &added->format);
    formats->written_count++;
    return true;
}

static struct number_code *find_code(const struct number_formats *formats, long id)
{
    for (size_t i = 0; i < formats->code_count; i++)
        if (formats->codes[i].id == id)
            return &formats->codes[i];
    return NULL;
}

/* The code of that id, which is added when the file need not have it. */
static struct number_code *take_code(struct number_formats *formats, long id)
{
    struct number_code *code = find_code(formats, id);

    if (!code && (id < 0 || id > BUILTIN_ID_MAX)) {
        id = 0;
        code = find_code(formats, id);
    }
    if (code)
        return code;
    code = add_code(formats, id);
    if (code)
        number_format_builtin(id, &code->format);
    return code;
}

bool number_formats_add_style(struct number_formats *formats, long id)
{
    const struct number_code *code;

    if (formats->style_count >= NUMBER_STYLES_MAX)
        return true;
    code = take_code(formats, id);
    if (!code || !array_reserve(&formats->styles, &formats->style_capacity, formats->style_count))
        return false;
    formats->styles[formats->style_count++] = (uint32_t)(code - formats->codes);
    return true;
}

const struct number_format *number_formats_style(const struct number_formats *formats, long style)
{
    static const struct number_format general = {
        .sections = { { .kind = NUMBER_GENERAL, .pattern = { PLACE_NUMBER }, .pattern_len = 1 } },
        .section_count = 1,
    };

    return style >= 0 && (size_t)style < formats->style_count
               ? &formats->codes[formats->styles[style]].format
               : &general;
}

void number_formats_release(struct number_formats *formats)
{
    free(formats->codes);
    free(formats->styles);
    *formats = (struct number_formats){ .codes = NULL };
}
