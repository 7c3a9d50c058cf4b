#include "extractors/pdf/pdf_spaced.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define LETTERS_MIN  5u    /* fewer are initials, answers, axes */
#define DISTINCT_MIN 3u    /* "A A A A A" are marks */
#define GAP_MAX      0.75F /* ems, of the least: wider ones are columns */
#define RUN_GAP_MAX  2.0F  /* ems */
#define WORD_GAP     1.6F  /* times the least one: there a word ends */
#define WORD_LETTERS 3u    /* on average */

/* Letters with a little room between them. */
struct run {
    const struct pdf_doc *doc;
    struct pdf_word *words;
    size_t count;
    float least; /* gap */
};

/* The letter that is all of the word, as a small one; '\xFF': one beyond ASCII; 0: it is none. */
static unsigned char only_letter(const struct pdf_doc *doc, const struct pdf_word *word)
{
    struct span text = pdf_word_text(doc, word);
    unsigned char c = (unsigned char)text.data[0];

    if (text.len == 2 && c == 0xC3) /* U+00C0 to U+00FF */
        return 0xFF;
    return text.len == 1 && isalpha(c) ? (unsigned char)tolower(c) : 0;
}

static float gap_after(const struct pdf_word *word)
{
    return word[1].x0 - word->x1;
}

static struct run run_read(const struct pdf_doc *doc, struct pdf_word *words, size_t count)
{
    struct run run = { doc, words, 1, INFINITY };
    float size = doc->styles[words->style].size;

    while (run.count < count && words[run.count].style == words->style &&
           only_letter(doc, &words[run.count])) {
        float gap = gap_after(&words[run.count - 1]);

        if (gap <= 0.0F || gap > RUN_GAP_MAX * size)
            break;
        run.least = fminf(run.least, gap);
        run.count++;
    }
    return run;
}

/* Do the letters make words, rather than a list of letters: "A B C D E", the days of a week? */
static bool run_reads(const struct run *run)
{
    bool seen[256] = { false }, has_vowel = false, is_alphabet = true;
    size_t distinct = 0, word_count = 1;
    unsigned char before = 0;

    for (size_t i = 0; i < run->count; i++) {
        unsigned char letter = only_letter(run->doc, &run->words[i]);

        distinct += !seen[letter];
        seen[letter] = true;
        has_vowel |= strchr("aeiouy", letter) != NULL;
        is_alphabet &= i == 0 || letter == before + 1;
        before = letter;
        if (i + 1 < run->count)
            word_count += gap_after(&run->words[i]) > WORD_GAP * run->least;
    }
    return run->least <= GAP_MAX * run->doc->styles[run->words->style].size &&
           run->count >= LETTERS_MIN && distinct >= DISTINCT_MIN && has_vowel && !is_alphabet &&
           run->count >= WORD_LETTERS * word_count;
}

void pdf_spaced_join(const struct pdf_doc *doc, struct pdf_word *words, size_t count)
{
    for (size_t i = 0; i + LETTERS_MIN <= count;) {
        struct run run;

        if (!only_letter(doc, &words[i])) {
            i++;
            continue;
        }
        run = run_read(doc, words + i, count - i);
        if (run_reads(&run))
            for (size_t k = 0; k + 1 < run.count; k++)
                if (gap_after(&words[i + k]) <= WORD_GAP * run.least)
                    words[i + k + 1].flags |= PDF_WORD_GLUED;
        i += run.count;
    }
}
