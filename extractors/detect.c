#include "extractors/detect.h"

#include <ctype.h>
#include <magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "extractors/extractors.h"
#include "extractors/zip.h"

#define MAGIC_BYTES ((size_t)256 << 10)

#define TEXT_OF_(number)   #number
#define TEXT_OF(number)    TEXT_OF_(number)
#define MAGIC_VERSION_TEXT TEXT_OF(MAGIC_VERSION)

struct detector {
    magic_t magic;
};

enum status detector_new(struct detector **out, struct error *err)
{
    struct detector *detector = calloc(1, sizeof(*detector));

    if (!detector)
        return error_set(err, STATUS_NO_MEMORY, "no memory for the detector");
    detector->magic = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_ELF |
                                 MAGIC_NO_CHECK_ENCODING);
    if (!detector->magic || magic_load(detector->magic, NULL) != 0) {
        enum status status =
            error_set(err, STATUS_IO, "cannot load the database of libmagic: %s",
                      detector->magic ? magic_error(detector->magic) : "out of memory");

        detector_free(detector);
        return status;
    }
    *out = detector;
    return STATUS_OK;
}

void detector_free(struct detector *detector)
{
    if (!detector)
        return;
    if (detector->magic)
        magic_close(detector->magic);
    free(detector);
}

const char *detector_library(void)
{
    /* The database comes with the library, in the same package. */
    return "libmagic " MAGIC_VERSION_TEXT;
}

/* ---- names ---- */

static void read_name(struct span path, struct detection *out)
{
    size_t start = path.len, dot;

    while (start > 0 && path.data[start - 1] != '/')
        start--;
    (void)snprintf(out->name, sizeof(out->name), "%.*s", (int)(path.len - start),
                   path.data ? path.data + start : "");
    dot = strlen(out->name);
    while (dot > 0 && out->name[dot] != '.')
        dot--;
    if (dot == 0 || strlen(out->name + dot + 1) >= sizeof(out->extension))
        return;
    for (size_t i = 0; out->name[dot + 1 + i]; i++)
        out->extension[i] = (char)tolower((unsigned char)out->name[dot + 1 + i]);
}

/* Kinds of text that content cannot tell apart from prose. */
static const struct {
    const char *extension, *media_type;
} text_kinds[] = {
    { "md", "text/markdown" },
    { "markdown", "text/markdown" },
    { "mdown", "text/markdown" },
    { "mkd", "text/markdown" },
    { "csv", "text/csv" },
    { "tsv", "text/tab-separated-values" },
    { "rst", "text/x-rst" },
    { "json", "application/json" },
    { "html", "text/html" },
    { "htm", "text/html" },
    { "xhtml", "application/xhtml+xml" },
};

static const char *text_kind(const char *extension)
{
    for (size_t i = 0; i < sizeof(text_kinds) / sizeof(text_kinds[0]); i++)
        if (strcmp(text_kinds[i].extension, extension) == 0)
            return text_kinds[i].media_type;
    return NULL;
}

/* ---- content ---- */

bool detect_is_text(struct span head)
{
    size_t odd = 0;

    if (head.len >= 2 &&
        (memcmp(head.data, "\xFF\xFE", 2) == 0 || memcmp(head.data, "\xFE\xFF", 2) == 0))
        return true;
    for (size_t i = 0; i < head.len; i++) {
        unsigned char c = (unsigned char)head.data[i];

        if (c == 0)
            return false;
        odd += c < 0x20 && !strchr("\t\n\r\f\b\033\x1a", c);
    }
    return odd * 50 <= head.len;
}

static const char *media_type_of(struct detector *detector, struct span bytes,
                                 const struct detection *name)
{
    struct span head = { bytes.data,
                         bytes.len < DETECT_HEAD_BYTES ? bytes.len : DETECT_HEAD_BYTES };
    const char *found, *kind;

    if (bytes.len == 0)
        return "application/x-empty";
    if (bytes.len >= 5 && memcmp(bytes.data, "%PDF-", 5) == 0)
        return "application/pdf";
    if (bytes.len >= 4 && memcmp(bytes.data, "PK\003\004", 4) == 0 &&
        (found = zip_package_type(bytes)))
        return found;
    found = magic_buffer(detector->magic, bytes.data,
                         bytes.len < MAGIC_BYTES ? bytes.len : MAGIC_BYTES);
    if (!found)
        found = "application/octet-stream";
    if (!detect_is_text(head))
        return found;
    kind = text_kind(name->extension);
    if (strcmp(found, "text/html") == 0 || strcmp(found, "text/xml") == 0)
        return found;
    if (kind)
        return kind;
    if (strcmp(found, "application/octet-stream") == 0)
        return "text/plain";
    return found;
}

void detect(struct detector *detector, struct span bytes, struct span path, struct detection *out)
{
    struct bid_input input = {
        .head = { bytes.data, bytes.len < DETECT_HEAD_BYTES ? bytes.len : DETECT_HEAD_BYTES },
        .media_type = out->media_type,
        .name = out->name,
        .extension = out->extension,
    };

    *out = (struct detection){ .extractor = NULL };
    read_name(path, out);
    (void)snprintf(out->media_type, sizeof(out->media_type), "%s",
                   media_type_of(detector, bytes, out));
    if (bytes.len > 0)
        out->extractor = extractor_pick(builtin_extractors, &input);
}
