#include "extractors/detect/advice.h"

#include <string.h>
#include <strings.h>

/* By media type as libmagic or detect*.c tell it, or by the ending of the name where content does
 * not tell. Packages and programs as in Debian 12. */
static const struct {
    const char *media_type, *extensions;
    struct advice advice;
} rows[] = {
    { "application/vnd.wordperfect", "wpd wp5 wp6", { "libwpd-tools", "wpd2html {in}" } },
    { "application/vnd.ms-works", "wps", { "libwps-tools", "wps2html {in}" } },
    { "application/vnd.lotus-1-2-3",
      "wk1 wk3 wk4 123 wks wq1 wq2",
      { "libwps-tools", "wks2csv {in}" } },
    { "application/vnd.visio", "vsd vst vsdx", { "libvisio-tools", "vsd2xhtml {in}" } },
    { "application/vnd.ms-publisher", "pub", { "libmspub-tools", "pub2xhtml {in}" } },
    { "application/x-abiword", "abw", { "abiword", "abiword --to=html --to-name={out} {in}" } },
    { "image/vnd.djvu", "djvu djv", { "djvulibre-bin", "djvutxt {in}" } },
    { "application/postscript", "ps eps", { "ghostscript", "ps2pdf {in} {out}" } },
    { "application/x-dvi", "dvi", { "catdvi", "catdvi {in}" } },
    { "application/x-mobipocket-ebook",
      "mobi azw azw3 prc",
      { "calibre", "ebook-convert {in} {outdir}/a.txt" } },
    { "application/vnd.ms-htmlhelp",
      "chm",
      { "archmage", "archmage -c html {in} {outdir}/a.html" } },
    { "application/x-chm", "chm", { "archmage", "archmage -c html {in} {outdir}/a.html" } },
    { "application/vnd.corel-draw", "cdr cmx", { "libcdr-tools", "cdr2xhtml {in}" } },
    { "application/vnd.quark.quarkxpress", "qxp qxd", { "libqxp-tools", "qxp2text {in}" } },
    { "application/vnd.apple.pages", "pages", { "libetonyek-tools", "pages2html {in}" } },
    { "application/vnd.apple.keynote", "key", { "libetonyek-tools", "key2text {in}" } },
    { "application/vnd.apple.numbers", "numbers", { "libetonyek-tools", "numbers2csv {in}" } },
    { "application/vnd.stardivision.writer", "sdw", { "libstaroffice-tools", "sdw2html {in}" } },
    { "application/x-gnumeric", "gnumeric", { "gnumeric", "ssconvert {in} {outdir}/a.csv" } },
    { "application/x-macwriteii", "mcw mwii cwk", { "libmwaw-tools", "mwaw2html {in}" } },
};

static bool has_word(const char *words, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = words; length > 0 && (at = strstr(at, word)); at += length)
        if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

const struct advice *advice_for(const struct detection *found)
{
    size_t count = sizeof(rows) / sizeof(rows[0]);

    for (size_t i = 0; i < count; i++)
        if (strcasecmp(rows[i].media_type, found->media_type) == 0)
            return &rows[i].advice;
    for (size_t i = 0; i < count; i++)
        if (has_word(rows[i].extensions, found->extension))
            return &rows[i].advice;
    return NULL;
}

const char *advice_package_of(const char *program)
{
    size_t length = strlen(program);

    if (strcmp(program, "tesseract") == 0)
        return "tesseract-ocr";
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strncmp(rows[i].advice.command, program, length) == 0 &&
            rows[i].advice.command[length] == ' ')
            return rows[i].advice.package;
    return NULL;
}
