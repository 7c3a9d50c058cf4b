#include "extractors/office/slide_number.h"

#include <string.h>

#include "base/cleanup.h"
#include "extractors/office/docx.h"

/* Their places are their numbers in PPT. */
static const struct scheme {
    const char *name;
    enum docx_format format;
    const char *before, *behind;
} schemes[] = {
    { "alphaLcPeriod", DOCX_FORMAT_LOWER_LETTER, "", "." },
    { "alphaUcPeriod", DOCX_FORMAT_UPPER_LETTER, "", "." },
    { "arabicParenR", DOCX_FORMAT_DECIMAL, "", ")" },
    { "arabicPeriod", DOCX_FORMAT_DECIMAL, "", "." },
    { "romanLcParenBoth", DOCX_FORMAT_LOWER_ROMAN, "(", ")" },
    { "romanLcParenR", DOCX_FORMAT_LOWER_ROMAN, "", ")" },
    { "romanLcPeriod", DOCX_FORMAT_LOWER_ROMAN, "", "." },
    { "romanUcPeriod", DOCX_FORMAT_UPPER_ROMAN, "", "." },
    { "alphaLcParenBoth", DOCX_FORMAT_LOWER_LETTER, "(", ")" },
    { "alphaLcParenR", DOCX_FORMAT_LOWER_LETTER, "", ")" },
    { "alphaUcParenBoth", DOCX_FORMAT_UPPER_LETTER, "(", ")" },
    { "alphaUcParenR", DOCX_FORMAT_UPPER_LETTER, "", ")" },
    { "arabicParenBoth", DOCX_FORMAT_DECIMAL, "(", ")" },
    { "arabicPlain", DOCX_FORMAT_DECIMAL, "", "" },
    { "romanUcParenBoth", DOCX_FORMAT_UPPER_ROMAN, "(", ")" },
    { "romanUcParenR", DOCX_FORMAT_UPPER_ROMAN, "", ")" },
};

#define SCHEME_COUNT (sizeof(schemes) / sizeof(schemes[0]))

unsigned slide_number_scheme(struct span name)
{
    for (unsigned i = 0; i < SCHEME_COUNT; i++)
        if (span_is(name, schemes[i].name))
            return i;
    return SLIDE_NUMBER_PLAIN;
}

void slide_numbers_end(struct slide_numbers *numbers, unsigned level)
{
    for (; level < SLIDE_NUMBER_LEVELS; level++)
        numbers->values[level] = 0;
}

static int32_t count(struct slide_numbers *numbers, unsigned level, struct slide_number number)
{
    struct slide_number *said = &numbers->said[level];
    int32_t *value = &numbers->values[level];

    slide_numbers_end(numbers, level + 1);
    if (*value > 0 && *value < INT32_MAX && said->scheme == number.scheme &&
        said->start == number.start)
        return ++*value;
    *said = number;
    *value = number.start > 0 ? number.start : 1;
    return *value;
}

void slide_numbers_begin_item(struct slide_numbers *numbers, unsigned level,
                              struct slide_number number, struct writer *writer)
{
    CLEANUP(buf_release) struct buf mark = BUF_INIT(256);
    const struct scheme *scheme = &schemes[SLIDE_NUMBER_PLAIN];
    int32_t value;

    if (level >= SLIDE_NUMBER_LEVELS)
        level = SLIDE_NUMBER_LEVELS - 1;
    if (number.scheme < SCHEME_COUNT)
        scheme = &schemes[number.scheme];
    value = count(numbers, level, number);
    writer_begin(writer, BLOCK_LIST_ITEM, level + 1);
    if (scheme->format == DOCX_FORMAT_DECIMAL) {
        buf_printf(&mark, "%d", value);
        writer_flags(writer, BLOCK_ORDERED);
        writer_label(writer, buf_span(&mark));
        return;
    }
    buf_printf(&mark, "%s", scheme->before);
    docx_append_count(&mark, scheme->format, value);
    buf_printf(&mark, "%s ", scheme->behind);
    writer_text(writer, buf_span(&mark));
}
