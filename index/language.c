#include "index/language.h"

#include <stdint.h>
#include <string.h>

#include "base/hash.h"
#include "index/tokenizer.h"

#define TEXT_BYTES_MAX ((size_t)16 << 10) /* of a text that are looked at */
#define FOUND_LEAST    4u                 /* words that must be found */
#define SHARE_LEAST    10u                /* in a hundred words of the text */

/* Articles, pronouns, prepositions and forms of "to be"that its neighbours do not share, or share
 * with few; folded as the tokenizer does. */
static const struct profile {
    const char *code, *words;
} profiles[] = {
    { "en", "the of and to in is that for it was with as be by are this from at which have not"
            "were or an his has had they but been their would can will you " },
    { "de", "der die das und ist nicht den von zu mit sich des im dem ein eine auf fur auch als"
            "an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem uber"
            "wurde oder einen zum war zur durch kann konnen wenn " },
    { "fr", "le la les des et est une du en dans que qui pour pas au sur par plus ne ce avec il"
            "sont se aux elle ou cette ont etait mais son leur ces nous vous ete comme peut " },
    { "es", "el la los las de y que en un una del se por con para es al lo como su mas no o este"
            "esta fue son entre cuando muy sin sobre tambien hay ser han pero " },
    { "it", "il di che la e un una per non sono del della dei con si le da nel alla al gli piu"
            "anche come i lo ha era delle dal questo o nella essere stato sul " },
    { "pt", "o a os as de que e do da em um uma para com nao por no na dos das se mais foi ao ou"
            "sao pelo pela como mas tem ser esta entre seu sua tambem " },
    { "nl", "de het een en van in is dat op te zijn met voor niet aan er om ook als dan maar bij"
            "of uit door over wordt werd naar heeft tot deze nog kan die was worden " },
    { "sv", "och att det som en ar av for den till inte med om har de ett pa var jag sig fran vi"
            "sa kan nar man skall eller efter under ska blev aven mycket " },
    { "da", "og at det er en til af den for ikke de med der som et har om var pa vi sig men"
            "fra blev eller efter ved ogsa kan hvor blive meget noget af jeg " },
    { "no", "og det er en til av den for ikke de med som et har om var pa vi seg men fra ble"
            "eller etter ved ogsa kan hvor bli mye noe av jeg a skal " },
    { "fi", "ja on ei se etta oli hanen han mutta joka ovat myos kuin tai niin mukaan kun sen"
            "olla ole jossa jotka sita voi vuonna noin hanta ne mika taman tama sen " },
};

#define PROFILE_COUNT (sizeof(profiles) / sizeof(*profiles))
#define SLOTS         2048u /* a power of two, well above the words of all profiles */

struct guess {
    struct slot {
        uint64_t key;      /* of a word; 0: free */
        uint16_t profiles; /* a bit for each that has it */
    } slots[SLOTS];
    unsigned found[PROFILE_COUNT], word_count;
};

/* The word's slot, or the free one where it would be. */
static struct slot *find_slot(struct guess *guess, uint64_t key)
{
    size_t at = (size_t)(key >> 32) % SLOTS;

    while (guess->slots[at].key && guess->slots[at].key != key)
        at = (at + 1) % SLOTS;
    return &guess->slots[at];
}

static void add_profile(struct guess *guess, unsigned number)
{
    for (const char *at = profiles[number].words; *at;) {
        size_t len = strcspn(at, " ");
        uint64_t key = hash_table_key((struct span){ at, len }) | 1;
        struct slot *slot = find_slot(guess, key);

        slot->key = key;
        slot->profiles |= (uint16_t)(1u << number);
        at += len + strspn(at + len, " ");
    }
}

static int count_word(void *user, const struct token *token)
{
    struct guess *guess = user;
    const struct slot *slot = find_slot(guess, hash_table_key(token->word) | 1);

    guess->word_count++;
    for (unsigned i = 0; i < PROFILE_COUNT && slot->profiles; i++)
        guess->found[i] += slot->profiles >> i & 1;
    return 0;
}

const char *language_guess(struct span text)
{
    static const struct tokenizer_options plain = { .is_query = true };
    struct guess guess = { .word_count = 0 };
    size_t best = 0;
    bool is_alone = true;

    for (unsigned i = 0; i < PROFILE_COUNT; i++)
        add_profile(&guess, i);
    if (text.len > TEXT_BYTES_MAX)
        text.len = TEXT_BYTES_MAX;
    (void)tokenizer_run(text, &plain, count_word, &guess);
    for (size_t i = 1; i < PROFILE_COUNT; i++) {
        is_alone = guess.found[i] == guess.found[best] ? false : is_alone;
        if (guess.found[i] > guess.found[best]) {
            best = i;
            is_alone = true;
        }
    }
    return is_alone && guess.found[best] >= FOUND_LEAST &&
                   guess.found[best] * 100 >= guess.word_count * SHARE_LEAST
               ? profiles[best].code
               : "";
}
