/*
 * archive.c - zip, tar, 7z, cpio, iso, rar, cab, ar ... and compressed single files.
 *
 * Sizes in headers are not believed: bytes are counted as they come out, against the budget of the
 * outermost file. Names stay names: no path of the file system is ever made of them. Filters that
 * would run a program (lrzip, grzip) are not enabled.
 */
#include "extractors/container/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/container/rar5.h"
#include "extractors/extractors.h"
#include "extractors/far_bids.h"

static void close_archive(struct archive **archive)
{
    if (*archive)
        (void)archive_read_free(*archive);
}

static void enable(struct archive *archive, bool is_raw_enabled)
{
    (void)archive_read_support_filter_gzip(archive);
    (void)archive_read_support_filter_bzip2(archive);
    (void)archive_read_support_filter_compress(archive);
    (void)archive_read_support_filter_xz(archive);
    (void)archive_read_support_filter_lzma(archive);
    (void)archive_read_support_filter_lzip(archive);
    (void)archive_read_support_filter_lz4(archive);
    (void)archive_read_support_filter_zstd(archive);
    (void)archive_read_support_filter_rpm(archive);
    (void)archive_read_support_format_zip(archive);
    (void)archive_read_support_format_tar(archive);
    (void)archive_read_support_format_cpio(archive);
    (void)archive_read_support_format_7zip(archive);
    (void)archive_read_support_format_iso9660(archive);
    (void)archive_read_support_format_rar(archive);
    (void)archive_read_support_format_rar5(archive);
    (void)archive_read_support_format_cab(archive);
    (void)archive_read_support_format_ar(archive);
    (void)archive_read_support_format_lha(archive);
    (void)archive_read_support_format_xar(archive);
    (void)archive_read_support_format_warc(archive);
    /* Raw takes anything, so it would find an unreadable zip inside itself for ever: only for what
     * is known to be compressed. */
    if (is_raw_enabled) {
        (void)archive_read_support_format_raw(archive);
        (void)archive_read_support_format_empty(archive);
    }
}

static enum status open_archive(const struct source *source, bool is_raw_enabled,
                                struct archive **out, struct error *err)
{
    struct archive *archive = archive_read_new();
    enum status status;

    if (!archive)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    enable(archive, is_raw_enabled);
    if (archive_read_open_memory(archive, source->bytes.data, source->bytes.len) != ARCHIVE_OK) {
        const char *why = archive_error_string(archive);

        status = error_set(err, STATUS_MALFORMED, "cannot open the archive: %s",
                           why ? why : "unknown format");
        (void)archive_read_free(archive);
        return status;
    }
    *out = archive;
    return STATUS_OK;
}

static enum status check_filters(struct archive *archive, const struct source *source,
                                 unsigned *depth, struct error *err)
{
    int count = archive_filter_count(archive); /* the last one is "none" */
    const struct member_budget *budget = source->budget;

    *depth = count > 1 ? (unsigned)count - 1 : 0;
    if (*depth > 0 && budget->depth + *depth > budget->depth_max)
        return error_set(err, STATUS_LIMIT, "%u compressions stacked at depth %u, the limit is %u",
                         *depth, budget->depth, budget->depth_max);
    return STATUS_OK;
}

/* Puts one block of data at its offset; holes of a sparse file become zeros, and are charged too.
 */
static enum status put_data_block(const struct source *source, struct buf *out, const void *data,
                                  size_t length, uint64_t offset, struct error *err)
{
    static const char zeros[4096];
    enum status status;

    if (offset < out->len)
        return error_set(err, STATUS_MALFORMED, "its data overlaps");
    if (offset + length > out->limit)
        return error_set(err, STATUS_LIMIT, "larger than %zu MiB", out->limit >> 20);
    status = member_budget_charge(source->budget, offset + length - out->len, err);
    if (status)
        return status;
    while (out->len < offset && !out->failed)
        buf_append(out, zeros,
                   offset - out->len < sizeof(zeros) ? offset - out->len : sizeof(zeros));
    buf_append(out, data, length);
    return buf_status(out, err);
}

/* Members of a zip do not depend on each other. Elsewhere a fatal error leaves no state to go on
 * from: the next header of a broken cab is read through a pointer to nowhere (libarchive 3.6.2). */
static bool has_own_members(struct archive *archive)
{
    return (archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP;
}

/* *is_over: the archive cannot be read any further. */
static enum status read_data(struct archive *archive, const struct source *source, struct buf *out,
                             bool *is_over, struct error *err)
{
    for (;;) {
        const void *data;
        size_t length;
        la_int64_t offset;
        int answer = archive_read_data_block(archive, &data, &length, &offset);
        enum status status;

        if (answer == ARCHIVE_EOF)
            return STATUS_OK;
        if (answer != ARCHIVE_OK && answer != ARCHIVE_WARN) {
            const char *why = archive_error_string(archive);

            *is_over = answer == ARCHIVE_FATAL && !has_own_members(archive);
            return error_set(err, STATUS_MALFORMED, "%s", why ? why : "its data cannot be read");
        }
        if (offset < 0)
            return error_set(err, STATUS_MALFORMED, "its data has no place");
        status = put_data_block(source, out, data, length, (uint64_t)offset, err);
        if (status)
            return status;
        source_progress(source);
    }
}

enum status archive_unpack_single(const struct source *source, struct buf *out, bool *is_single,
                                  unsigned *depth, struct error *err)
{
    CLEANUP(close_archive) struct archive *archive = NULL;
    struct archive_entry *entry;
    enum status status = open_archive(source, true, &archive, err);
    bool is_over;
    int answer;

    if (status)
        return status;
    answer = archive_read_next_header(archive, &entry);
    if (answer == ARCHIVE_EOF && archive_format(archive) == ARCHIVE_FORMAT_EMPTY) {
        *is_single = true; /* nothing, compressed */
        return check_filters(archive, source, depth, err);
    }
    if (answer != ARCHIVE_OK && answer != ARCHIVE_WARN)
        return STATUS_OK; /* members() will say what is wrong */
    *is_single = archive_format(archive) == ARCHIVE_FORMAT_RAW;
    if (!*is_single)
        return STATUS_OK;
    status = check_filters(archive, source, depth, err);
    if (status)
        return status;
    if (*depth == 0)
        return error_set(err, STATUS_MALFORMED, "its compressed data cannot be read");
    return read_data(archive, source, out, &is_over, err);
}

/* "./docs/a.txt" is "docs/a.txt". */
static struct span member_path(struct archive_entry *entry)
{
    const char *path = archive_entry_pathname(entry);

    if (!path)
        path = archive_entry_pathname_utf8(entry);
    if (!path)
        path = "";
    while (path[0] == '.' && path[1] == '/')
        path += 2;
    return (struct span){ path, strlen(path) };
}

/* Folders, links and devices have no bytes of their own. What a Mac puts beside each file holds no
 * text of the document. */
static bool is_document(struct archive_entry *entry, struct span path)
{
    static const char mac[] = "__MACOSX/";

    return archive_entry_filetype(entry) == AE_IFREG && !archive_entry_hardlink(entry) &&
           path.len > 0 &&
           !(path.len >= sizeof(mac) - 1 && memcmp(path.data, mac, sizeof(mac) - 1) == 0);
}

/* A link or a device: a reader may miss it, so it is counted. */
static bool has_no_bytes(struct archive_entry *entry)
{
    return archive_entry_hardlink(entry) ||
           (archive_entry_filetype(entry) != AE_IFREG && archive_entry_filetype(entry) != AE_IFDIR);
}

static enum status give_failed(struct span path, enum outcome outcome, const char *reason,
                               member_fn *each, void *user, struct error *err)
{
    struct member member = { .path = path, .outcome = outcome, .reason = reason };

    return each(user, &member, err);
}

/* What a server sent, as WARC keeps it: the document is behind the header of RFC 9112. */
static struct span without_http_header(struct archive *archive, struct span bytes)
{
    const char *end;

    if ((archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_WARC ||
        bytes.len < 7 || memcmp(bytes.data, "HTTP/1.", 7) != 0)
        return bytes;
    end = memmem(bytes.data, bytes.len, "\r\n\r\n", 4);
    return end ? (struct span){ end + 4, bytes.len - (size_t)(end + 4 - bytes.data) } : bytes;
}

/* A member that cannot be read is told as such; only what ends the whole walk is returned. */
static enum status give_member(struct archive *archive, const struct source *source,
                               struct span path, member_fn *each, void *user, bool *is_over,
                               struct error *err)
{
    struct member_budget *budget = source->budget;
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(budget->member_bytes_max);
    struct member member = { .path = path };
    struct error problem = { .status = STATUS_OK };
    enum status status;

    status = read_data(archive, source, &bytes, is_over, &problem);
    if (status_scope(status) == SCOPE_DOCUMENT && !member_budget_is_spent(budget))
        return give_failed(path, outcome_of_status(status), problem.text, each, user, err);
    if (status) {
        if (err)
            *err = problem;
        return status;
    }
    member.bytes = without_http_header(archive, buf_span(&bytes));
    return each(user, &member, err);
}

/* A zip ends in its directory, which only a comment may follow: APPNOTE.TXT 4.3.16. */
static bool is_cut_zip(struct archive *archive, struct span bytes)
{
    size_t tail = bytes.len < 65535 + 22 ? bytes.len : 65535 + 22;

    return (archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_ZIP &&
           archive_filter_count(archive) == 1 &&
           !memmem(bytes.data + bytes.len - tail, tail, "PK\5\6", 4);
}

/* last: the path of the member before; "": none. */
static enum status end_of_archive(struct archive *archive, const struct source *source, int answer,
                                  const char *last, struct error *err)
{
    const char *why = archive_error_string(archive);

    if (answer == ARCHIVE_EOF && is_cut_zip(archive, source->bytes))
        return error_set(err, STATUS_MALFORMED, "cut off: there is no directory at its end");
    if (answer == ARCHIVE_EOF)
        return STATUS_OK;
    if (archive_read_has_encrypted_entries(archive) == 1 || (why && strcasestr(why, "encrypt")))
        return error_set(err, STATUS_UNSUPPORTED, "encrypted with a password");
    if (!why)
        why = "the archive is broken";
    return last[0] ? error_set(err, STATUS_MALFORMED, "cannot be read behind '%s': %s", last, why)
                   : error_set(err, STATUS_MALFORMED, "%s", why);
}

static enum status archive_members(const struct source *source, member_fn *each, void *user,
                                   struct error *err)
{
    CLEANUP(close_archive) struct archive *archive = NULL;
    struct member_budget *budget = source->budget;
    enum status status = open_archive(source, false, &archive, err);
    struct rar5 rar5;
    bool is_over = false;
    char last[100] = "";

    rar5_open(&rar5, source->bytes);
    while (!status) {
        struct archive_entry *entry;
        int answer = archive_read_next_header(archive, &entry);
        unsigned depth;
        struct span path;

        if (answer == ARCHIVE_RETRY)
            continue;
        if (answer != ARCHIVE_OK && answer != ARCHIVE_WARN)
            return end_of_archive(archive, source, answer, last, err);
        status = check_filters(archive, source, &depth, err);
        if (status)
            return status;
        if (++budget->member_count > budget->member_count_max)
            return error_set(err, STATUS_LIMIT, "more than %u members", budget->member_count_max);
        source_progress(source);
        path = member_path(entry);
        if (is_document(entry, path) &&
            (archive_entry_is_data_encrypted(entry) || rar5_is_encrypted(&rar5, path)))
            status =
                give_failed(path, OUTCOME_ENCRYPTED, "encrypted with a password", each, user, err);
        else if (is_document(entry, path))
            status = give_member(archive, source, path, each, user, &is_over, err);
        else
            budget->left_out_count += has_no_bytes(entry);
        if (!status && is_over)
            return error_set(err, STATUS_MALFORMED, "cannot be read behind '%.*s'",
                             (int)(path.len < 100 ? path.len : 100), path.data);
        (void)snprintf(last, sizeof(last), "%.*s",
                       (int)(path.len < sizeof(last) ? path.len : sizeof(last) - 1), path.data);
    }
    return status;
}

static const char *archive_library(void)
{
    return archive_version_details();
}

const struct extractor archive_extractor = {
    .name = "archive",
    .version = 4,
    .bid = archive_bid,
    .members = archive_members,
    .library = archive_library,
};
