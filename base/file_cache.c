#include "base/file_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/os.h"

/* A file of the cache. */
struct kept {
    char name[HASH_HEX_BYTES + 8]; /* the key; ".new" and more behind it while it is written */
    uint64_t bytes;
    int64_t used_ns;
};

struct listing {
    struct kept *items;
    size_t count, capacity;
    uint64_t bytes;
};

static void listing_release(struct listing *listing)
{
    free(listing->items);
}

static void close_folder(DIR **folder)
{
    if (*folder)
        (void)closedir(*folder);
}

static bool path_of(const char *folder, const struct hash *key, char out[OS_PATH_MAX])
{
    char name[HASH_HEX_BYTES];

    hash_to_hex(key, name);
    return (size_t)snprintf(out, OS_PATH_MAX, "%s/%s", folder, name) < OS_PATH_MAX;
}

bool file_cache_load(const char *folder, const struct hash *key, struct buf *out)
{
    char path[OS_PATH_MAX];
    CLEANUP(close_fd) int fd = -1;

    if (!path_of(folder, key, path))
        return false;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || os_read_fd(fd, out, path, NULL))
        return false;
    (void)futimens(fd,
                   (const struct timespec[]){ { .tv_nsec = UTIME_NOW }, { .tv_nsec = UTIME_NOW } });
    return true;
}

bool file_cache_store(const char *folder, const struct hash *key, struct span bytes)
{
    char path[OS_PATH_MAX];

    return path_of(folder, key, path) && !os_make_folders(folder, 0700, NULL) &&
           !os_replace_file(path, bytes, 0600, NULL);
}

/* Keys, and what a process left that was killed while it wrote one. */
static bool is_ours(const char *name)
{
    size_t digits = 0;

    while (name[digits] && strchr("0123456789abcdef", name[digits]))
        digits++;
    return digits == HASH_HEX_BYTES - 1 && (!name[digits] || strcmp(name + digits, ".new") == 0);
}

/* Borrows folder. False: out of memory. */
static bool list(DIR *folder, struct listing *out)
{
    const struct dirent *entry;

    while ((entry = readdir(folder))) {
        struct stat st;
        struct kept *kept;

        if (!is_ours(entry->d_name) ||
            fstatat(dirfd(folder), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        if (!array_reserve(&out->items, &out->capacity, out->count))
            return false;
        kept = &out->items[out->count++];
        (void)snprintf(kept->name, sizeof(kept->name), "%.*s", (int)sizeof(kept->name) - 1,
                       entry->d_name);
        kept->bytes = (uint64_t)st.st_size;
        kept->used_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
        out->bytes += kept->bytes;
    }
    return true;
}

static int compare_age(const void *a, const void *b)
{
    const struct kept *left = a, *right = b;

    return (left->used_ns > right->used_ns) - (left->used_ns < right->used_ns);
}

uint64_t file_cache_trim(const char *folder, uint64_t bytes_max)
{
    CLEANUP(listing_release) struct listing files = { NULL };
    CLEANUP(close_folder) DIR *open_folder = opendir(folder);

    if (!open_folder)
        return 0;
    (void)list(open_folder, &files);
    if (files.count > 0)
        qsort(files.items, files.count, sizeof(*files.items), compare_age);
    for (size_t i = 0; i < files.count && files.bytes > bytes_max; i++)
        if (unlinkat(dirfd(open_folder), files.items[i].name, 0) == 0)
            files.bytes -= files.items[i].bytes;
    return files.bytes;
}

uint64_t file_cache_bytes(const char *folder)
{
    CLEANUP(listing_release) struct listing files = { NULL };
    CLEANUP(close_folder) DIR *open_folder = opendir(folder);

    if (open_folder)
        (void)list(open_folder, &files);
    return files.bytes;
}

enum status file_cache_empty(const char *folder, uint64_t *bytes_removed, struct error *err)
{
    CLEANUP(listing_release) struct listing files = { NULL };
    CLEANUP(close_folder) DIR *open_folder = opendir(folder);

    *bytes_removed = 0;
    if (!open_folder && errno == ENOENT)
        return STATUS_OK;
    if (!open_folder)
        return error_set_errno(err, STATUS_IO, "cannot open '%s'", folder);
    if (!list(open_folder, &files))
        return error_set(err, STATUS_NO_MEMORY, "no memory to list '%s'", folder);
    for (size_t i = 0; i < files.count; i++) {
        if (unlinkat(dirfd(open_folder), files.items[i].name, 0) < 0 && errno != ENOENT)
            return error_set_errno(err, STATUS_IO, "cannot remove '%s/%s'", folder,
                                   files.items[i].name);
        *bytes_removed += files.items[i].bytes;
    }
    if (fsync(dirfd(open_folder)) < 0)
        return error_set_errno(err, STATUS_IO, "cannot sync the folder '%s'", folder);
    return STATUS_OK;
}
