#include "extractors/common/description.h"

#include <string.h>
#include <strings.h>

/* Behind each of these Office may say how sure it is. */
#define REMARK_TAIL_BYTES_MAX 32u

static const char *const remarks[] = {
    "AI-generated content may be incorrect",        "Description automatically generated",
    "KI-generierte Inhalte können fehlerhaft sein", "Automatisch generierte Beschreibung",
    "Description générée automatiquement",          "Descripción generada automáticamente",
    "Descrizione generata automaticamente",         "Descrição gerada automaticamente",
    "Automatisch gegenereerde beschrijving",
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct span without_remark(struct span text)
{
    for (size_t i = 0; i < sizeof(remarks) / sizeof(remarks[0]); i++) {
        size_t length = strlen(remarks[i]);
        size_t room =
            length + REMARK_TAIL_BYTES_MAX < text.len ? length + REMARK_TAIL_BYTES_MAX : text.len;
        const char *tail = text.data + text.len - room;
        const char *found = room < length ? NULL : memmem(tail, room, remarks[i], length);

        if (!found || (found > text.data && !is_blank(found[-1])))
            continue;
        text.len = (size_t)(found - text.data);
        while (text.len > 0 && is_blank(text.data[text.len - 1]))
            text.len--;
    }
    return text;
}

static bool is_file_name(struct span text)
{
    static const char *const endings[] = { ".png", ".jpg", ".jpeg", ".gif",  ".bmp", ".emf",
                                           ".wmf", ".tif", ".tiff", ".webp", ".svg" };

    /* Blanks are in sentences, and in few names of files. */
    if (text.len == 0 || memchr(text.data, ' ', text.len))
        return false;
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        size_t length = strlen(endings[i]);

        if (text.len >= length &&
            strncasecmp(text.data + text.len - length, endings[i], length) == 0)
            return true;
    }
    return false;
}

struct span picture_description(struct span text)
{
    if (text.len == 0 || is_file_name(text))
        return (struct span){ text.data, 0 };
    return without_remark(text);
}
