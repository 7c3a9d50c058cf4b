#include "index/stop_words.h"

#include <string.h>

/* Common everywhere. Folded as the tokenizer folds. */
static const char stop_words[] =
    " a an and are as at be by can do does for from has have how i if in is it its no not of on or "
    "that the their there these they this to was were what when where which who why will with you "
    "aber als am an auch auf aus bei das dass dem den der des die durch ein eine einem einen einer "
    "er es fur hat ich im in ist mit nach nicht oder sich sie sind und uber von war was wie wird "
    "zu "
    "zum zur au aux avec ce ces comme dans de des du elle en est et il la le les mais ne ou par "
    "pas "
    "pour qu que qui se son sur un une con del el las lo los por su una y che di e gli il per "
    "в во и как к на не но о он от по с со что это из за для ";

static bool is_listed(struct span word)
{
    const char *at = stop_words;

    if (word.len == 0 || word.len > 24)
        return false;
    while ((at = memmem(at, strlen(at), word.data, word.len))) {
        if (at > stop_words && at[-1] == ' ' && at[word.len] == ' ')
            return true;
        at++;
    }
    return false;
}

bool stop_word_is(const struct query_term *term)
{
    char lower[32];
    size_t len = term->text.len < sizeof(lower) ? term->text.len : 0;

    if (term->field != QUERY_ANY || term->is_prefix || term->is_phrase)
        return false;
    for (size_t i = 0; i < len; i++)
        lower[i] = (char)(term->text.data[i] >= 'A' && term->text.data[i] <= 'Z'
                              ? term->text.data[i] | 0x20
                              : term->text.data[i]);
    return is_listed((struct span){ lower, len });
}
