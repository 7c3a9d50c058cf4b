#include "extractors/pdf_turned.h"

#define WORDS_MAX 12u
#define LARGER    1.4F /* than the upright text */

static bool has_digit(const struct pdf_doc *doc, const struct pdf_segment *segment)
{
    for (uint32_t i = 0; i < segment->word_count; i++) {
        struct span text = pdf_word_text(doc, &doc->words[segment->word_start + i]);

        for (size_t k = 0; k < text.len; k++)
            if (text.data[k] >= '0' && text.data[k] <= '9')
                return true;
    }
    return false;
}

/* The mean size of the upright words. */
static float upright_size(const struct pdf_segment *segments, size_t count)
{
    float sum = 0.0F, words = 0.0F;

    for (size_t i = 0; i < count; i++) {
        if (segments[i].rotation)
            continue;
        sum += segments[i].size * (float)segments[i].word_count;
        words += (float)segments[i].word_count;
    }
    return words > 0.0F ? sum / words : 1.0F;
}

bool pdf_turned_is_head(const struct pdf_doc *doc, const struct pdf_segment *segments, size_t count,
                        unsigned rotation)
{
    float size = upright_size(segments, count);
    size_t words = 0;

    for (size_t i = 0; i < count; i++) {
        if ((segments[i].rotation & 3U) != rotation || segments[i].is_boilerplate)
            continue;
        words += segments[i].word_count;
        if (words > WORDS_MAX || segments[i].size < LARGER * size || has_digit(doc, &segments[i]))
            return false;
    }
    return words > 0;
}
