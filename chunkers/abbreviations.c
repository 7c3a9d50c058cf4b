#include "chunkers/abbreviations.h"

#include <stdlib.h>
#include <string.h>

#define WORD_BYTES_MAX         16
#define ABBREVIATION_BYTES_MAX 10 /* the longest in the tables: most words are not looked up */

/* Each table is sorted by strcmp. English, German, French, Spanish, Italian, Portuguese, Dutch,
 * Russian, Polish and Czech; what is a common word of its own in any of them ("no", "art", "max")
 * joins only before a number: see joins_numbers. */
static const char *const joining[] = {
    "abb",
    "abs",
    "adm",
    "al",
    "anm",
    "app",
    "appt",
    "approx",
    "arq",
    "aufl",
    "bd",
    "bde",
    "bldg",
    "br",
    "brig",
    "bspw",
    "bzgl",
    "bzw",
    "ca",
    "capt",
    "cf",
    "cfr",
    "ch",
    "chap",
    "cmdr",
    "col",
    "cpl",
    "dept",
    "dhr",
    "dipl",
    "dir",
    "dott",
    "dr",
    "dra",
    "ebd",
    "ed",
    "eds",
    "eq",
    "eqn",
    "eqs",
    "est",
    "evtl",
    "ex",
    "excl",
    "exmo",
    "fig",
    "figs",
    "fr",
    "ft",
    "gen",
    "geb",
    "gegr",
    "ggf",
    "gov",
    "hon",
    "hr",
    "hrsg",
    "ill",
    "incl",
    "ing",
    "inkl",
    "insb",
    "lic",
    "lt",
    "maj",
    "mevr",
    "mgr",
    "mlle",
    "mm",
    "mme",
    "mr",
    "mrs",
    "ms",
    "msgr",
    "mt",
    "nr",
    "nrn",
    "op",
    "pag",
    "pp",
    "pr",
    "prof",
    "p\xc5\x99",

    "ref",
    "refs",
    "rep",
    "resp",
    "rev",
    "rr",
    "sec",
    "sen",
    "sgt",
    "sig",
    "sog",
    "spec",
    "sr",
    "sra",
    "st",
    "ste",
    "str",
    "supt",
    "tab",
    "tel",
    "tj",
    "ud",
    "univ",
    "vgl",
    "viz",
    "vol",
    "vols",
    "vs",
    "zit",
    "zzgl",
    "\xd0\xb3",
    "\xd0\xb3\xd0\xb3",
    "\xd0\xb3\xd0\xbb",
    "\xd0\xb8\xd0\xbc",
    "\xd0\xbf\xd1\x80\xd0\xbe\xd1\x84",
    "\xd1\x80\xd0\xb8\xd1\x81",
    "\xd1\x81\xd0\xbc",
    "\xd1\x81\xd1\x82\xd1\x80",
    "\xd1\x82\xd0\xb0\xd0\xb1\xd0\xbb",
    "\xd1\x83\xd0\xbb",
};

static const char *const ending[] = {
    "bros",
    "co",
    "corp",
    "etc",
    "gmbh",
    "inc",
    "jr",
    "llc",
    "ltd",
    "min",
    "mio",
    "mrd",
    "mill",
    "ph",
    "plc",
    "usw",
    "usf",
    "u\xc3\xa4",
    "\xd0\xb4\xd1\x80",
    "\xd0\xbc\xd0\xbb\xd0\xbd",
    "\xd0\xbf\xd1\x80",
    "\xd1\x80\xd1\x83\xd0\xb1",
    "\xd1\x82\xd1\x8b\xd1\x81",
};

static const char *const months[] = {
    "April", "August", "Dezember",    "Februar",  "Januar",  "Juli",
    "Juni",  "Mai",    "M\xc3\xa4rz", "November", "Oktober", "September",
};

static const char *const openers[] = {
    "A",     "After", "All",   "Also",    "Although", "And",   "As",    "At",   "Because",
    "Both",  "But",   "By",    "Each",    "Every",    "For",   "From",  "He",   "Her",
    "Here",  "His",   "How",   "However", "I",        "If",    "In",    "It",   "Its",
    "Many",  "Most",  "My",    "No",      "On",       "One",   "Or",    "Our",  "She",
    "Since", "So",    "Some",  "Such",    "That",     "The",   "Their", "Then", "There",
    "These", "They",  "This",  "Those",   "To",       "Under", "Until", "We",   "What",
    "When",  "Where", "While", "Who",     "Why",      "With",  "You",   "Your",
};

/* Before a number with a full stop: German and its neighbours write "die 2. Auflage". */
static const char *const articles[] = {
    "am",  "beim", "das",   "dem",   "den", "der", "des", "die",
    "ein", "eine", "einem", "einer", "im",  "vom", "zum", "zur",
};

static bool contains(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (words[i][0] == word[0] && strcmp(words[i], word) == 0)
            return true;
    return false;
}

#define CONTAINS(words, word) contains(words, sizeof(words) / sizeof(*(words)), word)

static bool copy_word(struct span word, char out[WORD_BYTES_MAX + 1])
{
    if (word.len == 0 || word.len > WORD_BYTES_MAX)
        return false;
    memcpy(out, word.data, word.len);
    out[word.len] = '\0';
    return true;
}

static bool copy_lower(struct span word, char out[WORD_BYTES_MAX + 1])
{
    if (!copy_word(word, out))
        return false;
    for (char *c = out; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c | 0x20);
    return true;
}

enum abbreviation abbreviation_kind(struct span word)
{
    char lower[WORD_BYTES_MAX + 1];

    if (word.len > ABBREVIATION_BYTES_MAX || !copy_lower(word, lower))
        return ABBREVIATION_NONE;
    if (CONTAINS(joining, lower))
        return ABBREVIATION_JOINS;
    return CONTAINS(ending, lower) ? ABBREVIATION_MAY_END : ABBREVIATION_NONE;
}

bool is_month_name(struct span word)
{
    char copy[WORD_BYTES_MAX + 1];

    return copy_word(word, copy) && CONTAINS(months, copy);
}

bool takes_ordinal(struct span word)
{
    char lower[WORD_BYTES_MAX + 1];

    return copy_lower(word, lower) && CONTAINS(articles, lower);
}

bool is_sentence_opener(struct span word)
{
    char copy[WORD_BYTES_MAX + 1];

    return copy_word(word, copy) && CONTAINS(openers, copy);
}
