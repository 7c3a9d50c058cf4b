#include "extractors/pdf/pdf_turned.h"

#include "extractors/pdf/pdf_rules.h"

#define WORDS_MAX 12u
#define LARGER    1.4F  /* than the upright text */
#define LIES      0.75F /* of its words: of a page that lies on its side */

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

/* The rotation of nearly all words that are no running heads; 0: they are upright, or mixed. */
static unsigned page_lies(const struct pdf_doc *doc, const struct pdf_page *page)
{
    size_t words[4] = { 0 }, all = 0;

    for (uint32_t i = 0; i < page->segment_count; i++) {
        const struct pdf_segment *segment = &doc->segments[page->segment_start + i];

        if (segment->is_boilerplate)
            continue;
        words[segment->rotation & 3U] += segment->word_count;
        all += segment->word_count;
    }
    for (unsigned r = 1; r < 4; r++)
        if ((float)words[r] > LIES * (float)all)
            return r;
    return 0;
}

void pdf_turned_box(const float size[2], unsigned turn, const float in[4], float out[4])
{
    float box[4] = { in[0], in[1], in[2], in[3] };

    switch (turn & 3U) {
    case 1:
        out[0] = box[1];
        out[1] = size[0] - box[2];
        out[2] = box[3];
        out[3] = size[0] - box[0];
        break;
    case 2:
        out[0] = size[0] - box[2];
        out[1] = size[1] - box[3];
        out[2] = size[0] - box[0];
        out[3] = size[1] - box[1];
        break;
    case 3:
        out[0] = size[1] - box[3];
        out[1] = box[0];
        out[2] = size[1] - box[1];
        out[3] = box[2];
        break;
    default:
        for (int i = 0; i < 4; i++)
            out[i] = box[i];
        break;
    }
}

void pdf_turned_set_upright(struct pdf_doc *doc, size_t page_index)
{
    struct pdf_page *page = &doc->pages[page_index];
    unsigned turn = page_lies(doc, page);
    const float size[2] = { page->width, page->height };

    if (turn == 0)
        return;
    page->turn = (uint8_t)turn;
    for (uint32_t i = 0; i < page->word_count; i++) {
        struct pdf_word *word = &doc->words[page->word_start + i];

        word->rotation = (uint8_t)((word->rotation + 4U - turn) & 3U);
    }
    for (uint32_t i = 0; i < page->segment_count; i++) {
        struct pdf_segment *segment = &doc->segments[page->segment_start + i];

        segment->rotation = (uint8_t)((segment->rotation + 4U - turn) & 3U);
    }
    for (uint32_t i = 0; i < page->frame_count; i++) {
        struct pdf_frame *frame = &doc->frames.items[page->frame_start + i];
        float box[4] = { frame->x0, frame->y0, frame->x1, frame->y1 };

        pdf_turned_box(size, turn, box, box);
        *frame = (struct pdf_frame){ box[0], box[1], box[2], box[3] };
    }
    pdf_rules_turn(doc, page_index, turn);
    if (turn & 1U) {
        page->width = size[1];
        page->height = size[0];
    }
}
