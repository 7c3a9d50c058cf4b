#include <stdio.h>
#include <string.h>
#include <time.h>

#include "extractors/pdf/pdf_extras.h"

static void metadata_text(struct writer *writer, const char *name, char *value)
{
    if (value) {
        g_strstrip(value);
        writer_metadata(writer, name, (struct span){ value, strlen(value) });
    }
    g_free(value);
}

static void metadata_time(struct writer *writer, const char *name, time_t when)
{
    struct tm utc;
    char text[32];

    if (when == (time_t)-1 || when == 0 || !gmtime_r(&when, &utc) ||
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        return;
    writer_metadata(writer, name, (struct span){ text, strlen(text) });
}

/* Many programs write the file's name, or their own default, as the title. */
static bool title_makes_sense(const char *title)
{
    static const char *const poor[] = { "untitled", "title",   "document",
                                        "none",     "unknown", "powerpoint presentation",
                                        "slide 1",  "noname" };
    static const char *const endings[] = { ".doc",  ".docx", ".dvi", ".ps",   ".tex",
                                           ".pdf",  ".rtf",  ".ppt", ".pptx", ".xls",
                                           ".xlsx", ".indd", ".qxd", ".fm",   ".eps",
                                           ".odt",  ".wpd",  ".p65", ".txt",  ".html" };
    size_t length = strlen(title);

    if (length < 3 || strstr(title, "://") || title[0] == '/' || title[0] == '<')
        return false;
    for (size_t i = 0; i < sizeof(poor) / sizeof(poor[0]); i++)
        if (strcasecmp(title, poor[i]) == 0)
            return false;
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        size_t ending = strlen(endings[i]);

        if (length > ending && strcasecmp(title + length - ending, endings[i]) == 0)
            return false;
    }
    return true;
}

static bool metadata_title(struct writer *writer, PopplerDocument *document)
{
    char *title = poppler_document_get_title(document);
    const char *shown = title;
    bool makes_sense;

    if (!title)
        return false;
    g_strstrip(title);
    if (strncmp(shown, "Microsoft Word - ", 17) == 0 ||
        strncmp(shown, "Microsoft PowerPoint - ", 23) == 0)
        shown = strchr(shown, '-') + 2;
    makes_sense = title_makes_sense(shown);
    if (makes_sense)
        writer_metadata(writer, "title", (struct span){ shown, strlen(shown) });
    g_free(title);
    return makes_sense;
}

bool pdf_metadata_send(PopplerDocument *document, struct writer *writer)
{
    bool has_title = metadata_title(writer, document);
    char count[16];

    metadata_text(writer, "author", poppler_document_get_author(document));
    metadata_text(writer, "subject", poppler_document_get_subject(document));
    metadata_text(writer, "keywords", poppler_document_get_keywords(document));
    metadata_text(writer, "producer", poppler_document_get_producer(document));
    metadata_text(writer, "creator", poppler_document_get_creator(document));
    metadata_time(writer, "created", poppler_document_get_creation_date(document));
    metadata_time(writer, "modified", poppler_document_get_modification_date(document));
    (void)snprintf(count, sizeof(count), "%d", poppler_document_get_n_pages(document));
    writer_metadata(writer, "page_count", (struct span){ count, strlen(count) });
    return has_title;
}
