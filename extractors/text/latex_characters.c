#include <ctype.h>
#include <string.h>
#include <unicode/unorm2.h>

#include "base/utf8.h"
#include "extractors/text/latex.h"

const char *latex_symbol(struct span name)
{
    static const char *const symbols[][2] = {
        { "ldots", "…" },
        { "dots", "…" },
        { "textbackslash", "\\" },
        { "LaTeX", "LaTeX" },
        { "TeX", "TeX" },
        { "ss", "ß" },
        { "ae", "æ" },
        { "oe", "œ" },
        { "o", "ø" },
        { "aa", "å" },
        { "copyright", "©" },
        { "textcopyright", "©" },
        { "textregistered", "®" },
        { "S", "§" },
        { "P", "¶" },
        { "pounds", "£" },
        { "euro", "€" },
        { "textbar", "|" },
        { "textless", "<" },
        { "textgreater", ">" },
        { "quad", " " },
        { "qquad", " " },
        { "textendash", "–" },
        { "textemdash", "—" },
        { "textasciitilde", "~" },
        { "textunderscore", "_" },
        { "degree", "°" },
        { "i", "ı" },
        { "textquotesingle", "'" },
        { "textdegree", "°" },
        { "AE", "Æ" },
        { "O", "Ø" },
        { "textbullet", "•" },
        { "l", "ł" },
        { "L", "Ł" },
        { "AA", "Å" },
        { "OE", "Œ" },
        { "j", "ȷ" },
        { "dh", "ð" },
        { "th", "þ" },
        { "dag", "†" },
        { "ddag", "‡" },
        { "texteuro", "€" },
        { "texttrademark", "™" },
        { "textquoteleft", "‘" },
        { "textquoteright", "’" },
        { "textquotedblleft", "“" },
        { "textquotedblright", "”" },
        { "guillemotleft", "«" },
        { "guillemotright", "»" },
        { "glqq", "„" },
        { "grqq", "“" },
        { "BibTeX", "BibTeX" },
        { "textasciicircum", "^" },
        { "textdollar", "$" },
        { "textellipsis", "…" },
        { "textperthousand", "‰" },
        { "slash", "/" },
        { "newline", " " },
    };

    for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
        if ((strlen(symbols[i][0]) == name.len && memcmp(symbols[i][0], name.data, name.len) == 0))
            return symbols[i][1];
    return NULL;
}

/* The accent that a command of one character puts on the letter behind it. */
static UChar32 accent_of(char command)
{
    static const struct {
        char command;
        UChar32 mark;
    } accents[] = {
        { '"', 0x308 }, { '\'', 0x301 }, { '`', 0x300 }, { '^', 0x302 }, { '~', 0x303 },
        { '=', 0x304 }, { '.', 0x307 },  { 'u', 0x306 }, { 'v', 0x30C }, { 'H', 0x30B },
        { 'c', 0x327 }, { 'k', 0x328 },  { 'r', 0x30A }, { 'b', 0x331 }, { 'd', 0x323 },
    };

    for (size_t i = 0; i < sizeof(accents) / sizeof(accents[0]); i++)
        if (accents[i].command == command)
            return accents[i].mark;
    return 0;
}

size_t latex_accent(struct span text, size_t at, char utf8[8])
{
    size_t letter = at + 1, length;
    UErrorCode code = U_ZERO_ERROR;
    UChar32 mark, composed, base;
    bool is_word, is_braced;

    utf8[0] = '\0';
    if (at >= text.len)
        return 0;
    mark = accent_of(text.data[at]);
    is_word = isalpha((unsigned char)text.data[at]) != 0;
    while (letter < text.len && text.data[letter] == ' ')
        letter++;
    is_braced = letter < text.len && text.data[letter] == '{';
    letter += is_braced;
    if (mark == 0 || (is_word && !is_braced && letter == at + 1))
        return 0;
    if (letter + 1 < text.len && text.data[letter] == '\\' && strchr("ij", text.data[letter + 1]))
        letter++; /* the dotless ones: with an accent no dot is drawn */
    if (letter >= text.len || !isalpha((unsigned char)text.data[letter]))
        return 0;
    base = (unsigned char)text.data[letter];
    composed = unorm2_composePair(unorm2_getNFCInstance(&code), base, mark);
    if (composed > 0) {
        length = utf8_encode((uint32_t)composed, utf8);
    } else {
        length = utf8_encode((uint32_t)base, utf8);
        length += utf8_encode((uint32_t)mark, utf8 + length);
    }
    utf8[length] = '\0';
    letter++;
    if (is_braced && letter < text.len && text.data[letter] == '}')
        letter++;
    return letter - at;
}
