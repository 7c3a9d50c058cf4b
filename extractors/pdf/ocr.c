#include "extractors/pdf/ocr.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extractors/pdf/hocr.h"
#include "extractors/pdf/pdf_text.h"

#define HOCR_BYTES_MAX ((size_t)32 << 20)
#define CONFIDENCE_MIN 30u   /* percent: below, words are noise more often than not */
#define SURE_SHARE_MIN 0.5F  /* of a page's characters: below, it is no text in these languages */
#define SAME_SIZE      0.15F /* lines whose size differs by less from the body have its size */
#define SAME_STYLE     0.08F /* the same for other sizes, across pages */
#define POINTS_AN_INCH 72.0F

/* ---- from pixels to a page's words ---- */

static int compare_floats(const void *a, const void *b)
{
    const float *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

/* The line size in the middle, by words: what most of the page is set in. */
static float body_size(const struct hocr *hocr, const struct hocr_page *page)
{
    float *sizes = malloc((page->word_count + 1) * sizeof(*sizes));
    float middle = 0.0F;

    if (!sizes)
        return 0.0F;
    for (uint32_t i = 0; i < page->word_count; i++)
        sizes[i] = hocr->words[page->word_start + i].size;
    if (page->word_count > 0) {
        qsort(sizes, page->word_count, sizeof(*sizes), compare_floats);
        middle = sizes[page->word_count / 2];
    }
    free(sizes);
    return middle;
}

/* Sizes are measured line by line, and differ a little where the print has one size: then small
 * differences would look like headings. What is near to the page's body, or to a size that the
 * document has already, is that size. */
static float steady_size(float size, float body, const struct pdf_doc *doc)
{
    if (fabsf(size - body) < SAME_SIZE * body)
        size = body;
    for (size_t i = 0; i < doc->style_count; i++)
        if (fabsf(doc->styles[i].size - size) < SAME_STYLE * size)
            return doc->styles[i].size;
    return size;
}

static bool is_sure(const struct hocr_word *word)
{
    return word->confidence >= CONFIDENCE_MIN;
}

/* Characters of the words that are kept; 0 where most of the page is guessed. */
static size_t sure_chars(const struct hocr *hocr, const struct hocr_page *page)
{
    size_t all = 0, sure = 0;

    for (uint32_t i = 0; i < page->word_count; i++) {
        const struct hocr_word *word = &hocr->words[page->word_start + i];
        size_t chars = pdf_text_chars(hocr_word_text(hocr, word));

        all += chars;
        sure += is_sure(word) ? chars : 0;
    }
    return (float)sure < SURE_SHARE_MIN * (float)all ? 0 : sure;
}

/* Adds them to doc's last page. */
static void add_words(const struct hocr *hocr, const struct hocr_page *page, float dpi,
                      struct pdf_doc *doc)
{
    float points = POINTS_AN_INCH / dpi, body = body_size(hocr, page) * points;
    bool is_after_break = true;

    for (uint32_t i = 0; i < page->word_count; i++) {
        const struct hocr_word *from = &hocr->words[page->word_start + i];
        float size = steady_size(from->size * points, body, doc);
        struct pdf_word word = { .x0 = from->x0 * points,
                                 .y0 = from->y0 * points,
                                 .x1 = from->x1 * points,
                                 .y1 = from->y1 * points };
        struct span text = hocr_word_text(hocr, from);

        is_after_break |= from->begins_line;
        if (!is_sure(from))
            continue;
        word.style = pdf_doc_add_style(doc, size, 0, 0);
        word.flags = (uint8_t)(pdf_text_directions(text) & 0xFFU);
        word.flags |= is_after_break ? PDF_WORD_BREAK : 0U;
        is_after_break = false;
        pdf_doc_add_word(doc, &word, text);
    }
}

static size_t page_chars(const struct pdf_doc *doc, const struct pdf_page *page)
{
    size_t chars = 0;

    for (uint32_t i = 0; i < page->word_count; i++)
        chars += pdf_text_chars(pdf_word_text(doc, &doc->words[page->word_start + i]));
    return chars;
}

/* ---- the program ---- */

/* A language that is not installed: Debian has a package for each, "tesseract-ocr-chi-sim". */
static void name_package(char problem[OCR_PROBLEM_BYTES])
{
    const char *end = strstr(problem, ".traineddata"), *start = end;
    char language[24];
    size_t length;

    if (!end)
        return;
    while (start > problem && start[-1] != '/')
        start--;
    length = (size_t)(end - start);
    if (length == 0 || length >= sizeof(language))
        return;
    for (size_t i = 0; i < length; i++)
        language[i] = (char)(start[i] == '_' ? '-' : start[i]);
    language[length] = '\0';
    (void)snprintf(problem, OCR_PROBLEM_BYTES,
                   "its data for this language are missing: install tesseract-ocr-%s", language);
}

/* False in *is_answered: problem says why. */
static enum status recognise(struct converters *ocr, size_t rule, const char *extension,
                             struct span picture, struct hocr *out, bool *is_answered,
                             char problem[OCR_PROBLEM_BYTES], struct error *err)
{
    CLEANUP(buf_release) struct buf answer = BUF_INIT(HOCR_BYTES_MAX);
    struct program_end end;
    struct error trouble;
    enum status status = converters_run(ocr, rule, extension, picture, &answer, &end, err);

    *is_answered = false;
    problem[0] = '\0';
    if (status)
        return status;
    if (end.outcome != OUTCOME_COMPLETE) {
        (void)snprintf(problem, OCR_PROBLEM_BYTES, "%.*s", (int)OCR_PROBLEM_BYTES - 1, end.reason);
        name_package(problem);
        return STATUS_OK;
    }
    status = hocr_read(buf_span(&answer), out, &trouble);
    *is_answered = status == STATUS_OK;
    if (status)
        (void)snprintf(problem, OCR_PROBLEM_BYTES, "%.*s", (int)OCR_PROBLEM_BYTES - 1,
                       trouble.text);
    if (status_scope(status) != SCOPE_PASS)
        return STATUS_OK;
    if (err)
        *err = trouble;
    return status;
}

static const char unsure[] = "most of what it found is guessed: another language?";

enum status ocr_read_page(struct converters *ocr, struct span picture, float dpi,
                          struct pdf_doc *doc, bool *is_read, char problem[OCR_PROBLEM_BYTES],
                          struct error *err)
{
    CLEANUP(hocr_release) struct hocr hocr = HOCR_INIT;
    struct pdf_page *page = &doc->pages[doc->page_count - 1];
    size_t sure;
    bool is_answered;
    enum status status = recognise(ocr, converters_ocr_rule(ocr, true), "pgm", picture, &hocr,
                                   &is_answered, problem, err);

    *is_read = false;
    if (status || !is_answered)
        return status;
    sure = sure_chars(&hocr, &hocr.pages[0]);
    if (sure == 0 && hocr.pages[0].word_count > 0)
        (void)snprintf(problem, OCR_PROBLEM_BYTES, "%s", unsure);
    if (sure == 0 || sure <= page_chars(doc, page))
        return STATUS_OK;
    doc->word_count = page->word_start;
    page->word_count = 0;
    add_words(&hocr, &hocr.pages[0], dpi, doc);
    *is_read = true;
    return STATUS_OK;
}

enum status ocr_read_picture(struct converters *ocr, struct span picture, const char *extension,
                             struct pdf_doc *doc, bool *is_read, char problem[OCR_PROBLEM_BYTES],
                             struct error *err)
{
    CLEANUP(hocr_release) struct hocr hocr = HOCR_INIT;
    float dpi = (float)ocr->ocr.dpi;
    bool is_answered;
    enum status status = recognise(ocr, converters_ocr_rule(ocr, false), extension, picture, &hocr,
                                   &is_answered, problem, err);

    *is_read = false;
    for (size_t i = 0; !status && is_answered && i < hocr.page_count; i++) {
        const struct hocr_page *page = &hocr.pages[i];

        pdf_doc_add_page(doc, page->width * POINTS_AN_INCH / dpi,
                         page->height * POINTS_AN_INCH / dpi);
        if (doc->failed)
            return error_set(err, STATUS_NO_MEMORY, "no memory for the words of a picture");
        doc->pages[doc->page_count - 1].has_images = true;
        if (sure_chars(&hocr, page) > 0) {
            add_words(&hocr, page, dpi, doc);
            *is_read = true;
        } else if (page->word_count > 0) {
            (void)snprintf(problem, OCR_PROBLEM_BYTES, "%s", unsure);
        }
    }
    return status;
}

/* ---- which pages ---- */

static void end_run(struct ocr_page_list *list)
{
    if (list->first == 0)
        return;
    buf_printf(&list->text, "%s%u", list->text.len > 0 ? ", " : "", list->first);
    if (list->last > list->first)
        buf_printf(&list->text, "-%u", list->last);
}

void ocr_page_list_add(struct ocr_page_list *list, uint32_t page)
{
    if (list->first > 0 && page == list->last + 1) {
        list->last = page;
        return;
    }
    end_run(list);
    list->first = list->last = page;
}

void ocr_page_list_send(struct ocr_page_list *list, struct writer *writer)
{
    end_run(list);
    list->first = 0;
    if (!list->text.failed)
        writer_metadata(writer, "ocr_pages", buf_span(&list->text));
}
