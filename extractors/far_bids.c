#include "extractors/far_bids.h"

#include <string.h>

#include "extractors/container/archive.h"

/* Each compression, by the type that libmagic gives and by what it adds to a name. */
static const struct {
    const char *media_type, *suffix;
} filters[] = {
    { "application/gzip", "gz" },     { "application/x-gzip", "tgz" },
    { "application/x-bzip2", "bz2" }, { "application/x-xz", "xz" },
    { "application/zstd", "zst" },    { "application/x-zstd", "zstd" },
    { "application/x-lzma", "lzma" }, { "application/x-lzip", "lz" },
    { "application/x-lz4", "lz4" },   { "application/x-compress", "Z" },

};

static const char *const containers[] = {
    "application/zip",
    "application/x-tar",
    "application/x-ustar",
    "application/x-gtar",
    "application/x-7z-compressed",
    "application/x-cpio",
    "application/x-iso9660-image",
    "application/x-rar",
    "application/vnd.rar",
    "application/vnd.ms-cab-compressed",
    "application/x-archive",
    "application/vnd.debian.binary-package",
    "application/x-debian-package",
    "application/x-lha",
    "application/x-lzh-compressed",
    "application/x-xar",
    "application/x-rpm",
    "application/java-archive",
    "application/vnd.android.package-archive",
    "application/warc",
};

bool archive_is_compressed(const char *media_type)
{
    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
        if (strcmp(filters[i].media_type, media_type) == 0)
            return true;
    return false;
}

bool archive_is_filter_suffix(const char *extension)
{
    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
        if (strcmp(filters[i].suffix, extension) == 0 && strcmp(extension, "tgz") != 0)
            return true;
    return false;
}

int archive_bid(const struct bid_input *input)
{
    if (archive_is_compressed(input->media_type))
        return 90;
    for (size_t i = 0; i < sizeof(containers) / sizeof(containers[0]); i++)
        if (strcmp(containers[i], input->media_type) == 0)
            return 90;
    return 0;
}

int pdf_bid(const struct bid_input *input)
{
    size_t end = input->head.len < 1024 ? input->head.len : 1024;

    /* Readers accept rubbish before the header, as long as it is within the first kilobyte. */
    if (end >= 5 && memmem(input->head.data, end, "%PDF-", 5))
        return 100;
    if (strcmp(input->media_type, "application/pdf") == 0)
        return 90;
    return strcmp(input->extension, "pdf") == 0 ? 20 : 0;
}

/* A page saved with its parts looks like a mail: without the name of a mail it goes to the page. */
int mail_bid(const struct bid_input *input)
{
    if (strcmp(input->media_type, "multipart/related") == 0)
        return 60; /* named as a page, and a mail after all */
    if (strcmp(input->media_type, "message/rfc822") != 0 &&
        strcmp(input->media_type, "message/news") != 0)
        return 0;
    return strcmp(input->extension, "eml") == 0 ? 96 : 94;
}
