#include "extractors/detect/detect.h"

#include <ctype.h>
#include <magic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "extractors/common/charset.h"
#include "extractors/container/cms.h"
#include "extractors/container/openpgp.h"
#include "extractors/container/zip.h"
#include "extractors/detect/detect_container.h"
#include "extractors/detect/detect_mail.h"
#include "extractors/detect/detect_markup.h"
#include "extractors/detect/detect_prose.h"
#include "extractors/extractors.h"
#include "extractors/text/log_line.h"

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

/* Kinds of text that content cannot tell apart from prose. Source code has a table of its own. */
static const struct {
    const char *extension, *media_type;
} text_kinds[] = {
    { "md", "text/markdown" },
    { "markdown", "text/markdown" },
    { "mdown", "text/markdown" },
    { "mkd", "text/markdown" },
    { "mdx", "text/markdown" },
    { "qmd", "text/markdown" },
    { "rmd", "text/markdown" },
    { "commonmark", "text/markdown" },
    { "dj", "text/markdown" },
    { "djot", "text/markdown" },
    { "csv", "text/csv" },
    { "tsv", "text/tab-separated-values" },
    { "tab", "text/tab-separated-values" },
    { "rst", "text/x-rst" },
    { "rest", "text/x-rst" },
    { "adoc", "text/asciidoc" },
    { "asciidoc", "text/asciidoc" },
    { "asc", "text/asciidoc" },
    { "org", "text/x-org" },
    { "tex", "text/x-tex" },
    { "latex", "text/x-tex" },
    { "ltx", "text/x-tex" },
    { "typ", "text/x-typst" },
    { "typst", "text/x-typst" },
    { "wiki", "text/x-wiki" },
    { "mediawiki", "text/x-wiki" },
    { "wikitext", "text/x-wiki" },
    { "dokuwiki", "text/x-dokuwiki" },
    { "creole", "text/x-creole" },
    { "pod", "text/x-pod" },
    { "texi", "text/x-texinfo" },
    { "texinfo", "text/x-texinfo" },
    { "txi", "text/x-texinfo" },
    { "bib", "text/x-bibtex" },
    { "enw", "text/x-citation" },
    { "nbib", "text/x-citation" },
    { "ris", "text/x-citation" },
    { "json", "application/json" },
    { "geojson", "application/json" },
    { "jsonl", "application/x-ndjson" },
    { "ndjson", "application/x-ndjson" },
    { "ipynb", "application/x-ipynb+json" },
    { "yaml", "application/yaml" },
    { "yml", "application/yaml" },
    { "toml", "application/toml" },
    { "ini", "text/x-ini" },
    { "cfg", "text/x-ini" },
    { "conf", "text/x-ini" },
    { "properties", "text/x-ini" },
    { "desktop", "text/x-ini" },
    { "srt", "application/x-subrip" },
    { "vtt", "text/vtt" },
    { "log", "text/x-log" },
    { "html", "text/html" },
    { "htm", "text/html" },
    { "xhtml", "application/xhtml+xml" },
    { "mht", "multipart/related" },
    { "mhtml", "multipart/related" },
    { "eml", "message/rfc822" },
    { "mbox", "application/mbox" },
    { "opml", "text/x-opml" },
    { "svg", "image/svg+xml" },
    { "xml", "application/xml" },
};

static const char *text_kind(const char *extension)
{
    for (size_t i = 0; i < sizeof(text_kinds) / sizeof(text_kinds[0]); i++)
        if (strcmp(text_kinds[i].extension, extension) == 0)
            return text_kinds[i].media_type;
    return NULL;
}

/* ---- content ---- */

static const struct {
    size_t offset;
    const char *bytes;
    size_t length;
    const char *media_type;
} signatures[] = {
    /* What is common is told here: libmagic takes a millisecond, these take none. */
    { 0, "%PDF-", 5, "application/pdf" },
    { 0, "{\\rtf", 5, "text/rtf" },
    { 0, "\x1F\x8B\x08", 3, "application/gzip" },
    { 0, "BZh", 3, "application/x-bzip2" },
    { 0,
      "\xFD"
      "7zXZ\0",
      6, "application/x-xz" },
    { 0, "\x28\xB5\x2F\xFD", 4, "application/zstd" },
    { 0, "7z\xBC\xAF\x27\x1C", 6, "application/x-7z-compressed" },
    { 0, "LZIP", 4, "application/x-lzip" },
    { 0, "\x04\x22\x4D\x18", 4, "application/x-lz4" },
    /* These two may hold nothing but text. */
    { 0, "!<arch>\ndebian-binary", 21, "application/vnd.debian.binary-package" },
    { 0, "!<arch>\n", 8, "application/x-archive" },
    { 0, "WARC/1.", 7, "application/warc" },
    { 257, "ustar", 5, "application/x-tar" },
    { 3, "{\\rtf", 5, "text/rtf" },
    { 0, "\x78\x9F\x3E\x22", 4, "application/vnd.ms-tnef" },
    { 0, "BEGIN:VCALENDAR", 15, "text/calendar" },
    { 0, "BEGIN:VCARD", 11, "text/vcard" },
    { 0, "\x89PNG\r\n\x1A\n", 8, "image/png" },
    { 0, "\xFF\xD8\xFF", 3, "image/jpeg" },
    { 0, "GIF8", 4, "image/gif" },
    { 0, "\0\x05\x16\x07\0\x02\0\0", 8, DETECT_BESIDE_A_FILE },
};

static const char *by_signature(struct span bytes)
{
    for (size_t i = 0; i < sizeof(signatures) / sizeof(signatures[0]); i++)
        if (bytes.len >= signatures[i].offset + signatures[i].length &&
            memcmp(bytes.data + signatures[i].offset, signatures[i].bytes, signatures[i].length) ==
                0)
            return signatures[i].media_type;
    return NULL;
}

static size_t skip_space(struct span head)
{
    size_t i = head.len >= 3 && memcmp(head.data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

    while (i < head.len && isspace((unsigned char)head.data[i]))
        i++;
    return i;
}

/* A text whose first words say that it is HTML, whatever its name. */
static bool is_html(struct span head)
{
    static const char *const starts[] = { "<!doctype html", "<html", "<head", "<body" };
    size_t at = skip_space(head);

    while (head.len - at > 4 && memcmp(head.data + at, "<!--", 4) == 0) {
        const char *end = memmem(head.data + at, head.len - at, "-->", 3);

        if (!end)
            return false;
        at = (size_t)(end - head.data) + 3;
        while (at < head.len && isspace((unsigned char)head.data[at]))
            at++;
    }
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
        if (head.len - at > strlen(starts[i]) &&
            strncasecmp(head.data + at, starts[i], strlen(starts[i])) == 0)
            return true;
    return false;
}

static const char *of_magic(struct detector *detector, struct span bytes)
{
    const char *found = magic_buffer(detector->magic, bytes.data,
                                     bytes.len < MAGIC_BYTES ? bytes.len : MAGIC_BYTES);

    return found ? found : "application/octet-stream";
}

/* What libmagic says of a text is taken where its name says nothing, and only for what it knows
 * well: its guesses at programming languages are often prose. */
static const char *trusted_text(const char *found)
{
    static const char *const trusted[] = {
        "text/html",
        "text/troff",
        "text/x-shellscript",
        "text/x-python",
        "text/x-perl",
        "text/x-php",
        "application/json",
        "application/x-ndjson",
        "text/x-diff",
        "message/rfc822",
        "text/rtf",
        "application/mbox",
        "text/vtt",
        "application/x-subrip",
        "text/calendar",
        "text/vcard",
        "application/pgp-keys",
    };

    for (size_t i = 0; i < sizeof(trusted) / sizeof(trusted[0]); i++)
        if (strcmp(trusted[i], found) == 0)
            return found;
    return "text/plain";
}

/* "notes.txt", "README" */
static bool is_name_of_any_text(const struct detection *found)
{
    return !found->extension[0] || strcmp(found->extension, "txt") == 0 ||
           strcmp(found->extension, "text") == 0;
}

/* "notes.txt.asc" may be no AsciiDoc. */
static const char *kind_by_name(const struct detection *found, struct span head)
{
    const char *kind = text_kind(found->extension);

    return kind && strcmp(kind, "text/asciidoc") == 0 && openpgp_begins_armour(head) ? NULL : kind;
}

/* A kind that is only known as XML may be known by its name. */
static const char *xml_type(const char *found, const char *kind)
{
    if (strcmp(found, "application/xml") != 0 || !kind || strcmp(kind, "text/html") == 0)
        return found;
    return strchr(kind, '/') && strstr(kind, "xml") ? kind : "application/xml";
}

static const char *text_type(struct detector *detector, struct span bytes, struct span head,
                             struct detection *out)
{
    const char *kind = kind_by_name(out, head), *markup;
    bool is_box = false;
    enum mail_likeness likeness = detect_mail(head, &is_box);

    /* Names of mails in a Maildir end in anything, as "1718000000.M1P2.host.md". */
    if (kind && strcmp(kind, "multipart/related") == 0) {
        if (detect_mail_was_sent(head))
            return "message/rfc822";
    } else if (likeness == MAIL_CERTAIN) {
        return is_box ? "application/mbox" : "message/rfc822";
    }
    if (is_html(head))
        return detect_xml(head, out->media_type) ? out->media_type : "text/html";
    if (kind && strcmp(kind, "text/markdown") == 0)
        return detect_is_wiki_dump(head) ? "text/plain" : kind;
    if (detect_xml(head, out->media_type))
        return xml_type(out->media_type, kind);
    markup = !kind || strcmp(kind, "text/x-wiki") == 0 ? detect_markup(head) : NULL;
    if (!markup && !kind && is_name_of_any_text(out))
        markup = detect_prose_markup(head);
    if (markup)
        return markup;
    if (kind)
        return kind;
    /* Names that say what it is in another table: no need to ask. */
    if (out->extension[0] && is_name_of_any_text(out))
        return "text/plain";
    if (log_is_log(head))
        return "text/x-log";
    if (likeness == MAIL_LIKELY)
        return is_box ? "application/mbox" : "message/rfc822";
    return detect_is_prose(head) ? "text/plain" : trusted_text(of_magic(detector, bytes));
}

static bool is_zip(struct span bytes)
{
    return bytes.len >= 4 &&
           (memcmp(bytes.data, "PK\3\4", 4) == 0 || memcmp(bytes.data, "PK\5\6", 4) == 0);
}

static void find_media_type(struct detector *detector, struct span bytes, struct detection *out)
{
    struct span head = { bytes.data,
                         bytes.len < DETECT_HEAD_BYTES ? bytes.len : DETECT_HEAD_BYTES };
    const char *found;

    if (bytes.len == 0)
        found = "application/x-empty";
    else if (detect_ole(bytes, out->media_type))
        return;
    else if (is_zip(bytes))
        found = zip_package_type(bytes);
    else if ((found = by_signature(bytes)) != NULL)
        ;
    else if (cms_begins(bytes))
        found = CMS_MEDIA_TYPE;
    else if (openpgp_is_encrypted(bytes))
        found = OPENPGP_ENCRYPTED_TYPE;
    else if (openpgp_is_signed_text(bytes))
        found = OPENPGP_SIGNED_TYPE;
    else if (openpgp_is_signature(bytes))
        found = OPENPGP_SIGNATURE_TYPE;
    else if (charset_is_text(head))
        found = text_type(detector, bytes, head, out);
    else
        found = of_magic(detector, bytes);
    if (!found)
        found = "application/zip";
    if (found != out->media_type)
        (void)snprintf(out->media_type, sizeof(out->media_type), "%s", found);
}

/* Letters, but no text. */
static bool is_unread(const char *media_type)
{
    return strcmp(media_type, DETECT_BESIDE_A_FILE) == 0 ||
           strcmp(media_type, OPENPGP_ENCRYPTED_TYPE) == 0 ||
           strcmp(media_type, OPENPGP_SIGNED_TYPE) == 0 ||
           strcmp(media_type, OPENPGP_SIGNATURE_TYPE) == 0;
}

static void pick(struct span bytes, struct detection *out)
{
    struct bid_input input = {
        .head = { bytes.data, bytes.len < DETECT_HEAD_BYTES ? bytes.len : DETECT_HEAD_BYTES },
        .media_type = out->media_type,
        .name = out->name,
        .extension = out->extension,
    };

    if (bytes.len > 0 && !is_unread(out->media_type))
        out->extractor = extractor_pick(builtin_extractors, &input);
}

void detect(struct detector *detector, struct span bytes, struct span path, struct detection *out)
{
    *out = (struct detection){ .extractor = NULL };
    read_name(path, out);
    find_media_type(detector, bytes, out);
    pick(bytes, out);
}

void detect_as(struct span bytes, struct span path, const char *media_type, struct detection *out)
{
    *out = (struct detection){ .extractor = NULL };
    read_name(path, out);
    (void)snprintf(out->media_type, sizeof(out->media_type), "%s", media_type);
    pick(bytes, out);
}
