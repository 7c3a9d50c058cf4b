#include "watch/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* Ten million names of some 200 bytes each; past that a source should be split. */
#define SCAN_MEMORY_MAX ((size_t)3 << 30)
#define NAMES_PER_CLOCK 64u /* names between two looks at the clock */

static struct span entry_path(const struct scan_entry *entry)
{
    return (struct span){ entry->path, entry->path_len };
}

static bool entry_equal(const void *item, const void *key)
{
    return span_equal(entry_path(item), *(const struct span *)key);
}

struct scan_entry *scan_lookup(const struct scan *scan, struct span path)
{
    return table_lookup(&scan->by_path, table_path_hash(0, path), entry_equal, &path);
}

bool scan_is_blocked(const struct scan *scan, struct span path)
{
    if (scan->is_complete)
        return false;
    for (size_t len = 0; len <= path.len; len++) {
        const struct scan_entry *entry;

        if (len < path.len && path.data[len] != '/' && len != 0)
            continue;
        entry = scan_lookup(scan, (struct span){ path.data, len });
        if (entry && entry->kind == SCAN_BLOCKED)
            return true;
    }
    return false;
}

static enum status add_entry(struct scan *scan, struct span path, enum scan_kind kind,
                             struct scan_entry **out, struct error *err)
{
    struct scan_entry *entry = arena_alloc(&scan->memory, sizeof(*entry) + path.len + 1);

    if (!entry || table_add(&scan->by_path, table_path_hash(0, path), entry))
        return error_set(err, STATUS_NO_MEMORY, "no memory for a listing of %zu names",
                         scan->by_path.count);
    entry->kind = kind;
    entry->path_len = path.len;
    memcpy(entry->path, path.data, path.len);
    entry->path[path.len] = '\0';
    if (scan->last)
        scan->last->next = entry;
    else
        scan->first = entry;
    scan->last = entry;
    *out = entry;
    return STATUS_OK;
}

enum status scan_begin(struct scan *scan, const struct look_root *root, struct span folder,
                       const struct scan_options *options, struct error *err)
{
    struct scan_entry *entry = NULL;
    struct refusal refusal;
    struct file_stamp stamp;
    enum look look;
    enum status status;

    *scan = (struct scan){ .root = root,
                           .options = *options,
                           .memory = ARENA_INIT(SCAN_MEMORY_MAX),
                           .path = BUF_INIT(2 * (size_t)OS_PATH_MAX),
                           .is_complete = true };
    status = add_entry(scan, folder, SCAN_FOLDER, &entry, err);
    if (status || !entry)
        return status;
    scan->folder = entry;
    if (folder.len == 0)
        return STATUS_OK;
    look = look_at(root, entry->path, &stamp, &refusal);
    scan->is_start_gone = look != LOOK_FOLDER && look != LOOK_UNKNOWN;
    if (scan->is_start_gone) {
        table_remove(&scan->by_path, table_path_hash(0, folder), entry);
        scan->first = scan->last = scan->folder = NULL;
    }
    return STATUS_OK;
}

static void block(struct scan *scan, struct scan_entry *entry, const struct refusal *refusal)
{
    entry->kind = SCAN_BLOCKED;
    entry->refusal = *refusal;
    entry->stamp = (struct file_stamp){ 0 };
    scan->is_complete = false;
}

/* A rule file that can't be read changes no rule: better to index too much for an hour than to drop
 * documents for an I/O error. */
static enum status read_rules(struct scan *scan, int folder_fd, struct span folder,
                              struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(IGNORE_FILE_BYTES_MAX);
    CLEANUP(close_fd)
    int fd = openat(folder_fd, IGNORE_FILE_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct file_stamp stamp;
    bool is_changed = false;
    enum status status;

    if (!scan->options.ignore || (fd < 0 && errno != ENOENT))
        return STATUS_OK;
    if (fd >= 0 && (os_stamp_fd(fd, &stamp, NULL) || (stamp.mode & 0170000) != 0100000 ||
                    os_read_fd(fd, &text, IGNORE_FILE_NAME, NULL)))
        return STATUS_OK;
    status = ignore_set_folder(scan->options.ignore, folder, buf_span(&text), &is_changed, err);
    scan->has_new_rules = scan->has_new_rules || is_changed;
    return status;
}

/* Opens the next folder; leaves scan->stream NULL when there is nothing to list in it. */
static enum status open_folder(struct scan *scan, struct error *err)
{
    struct scan_entry *entry = scan->folder;
    CLEANUP(close_fd) int fd = -1;
    struct refusal refusal;
    enum status status;

    if (look_is_blocked(scan->root, entry->path, scan->options.crosses_mounts, &fd, &entry->stamp,
                        &refusal)) {
        if (refusal.reason)
            block(scan, entry, &refusal);
        return STATUS_OK;
    }
    if (scan->options.enter &&
        !scan->options.enter(scan->options.user, entry_path(entry), fd, &entry->stamp))
        return STATUS_OK;
    status = read_rules(scan, fd, entry_path(entry), err);
    if (status)
        return status;
    scan->stream = fdopendir(fd);
    if (!scan->stream) {
        refusal = (struct refusal){ OUTCOME_UNREADABLE, "the folder can't be listed" };
        block(scan, entry, &refusal);
        return STATUS_OK;
    }
    fd = -1;
    scan->folder_count++;
    return STATUS_OK;
}

static void close_folder(struct scan *scan)
{
    if (scan->stream)
        (void)closedir(scan->stream);
    scan->stream = NULL;
}

static enum status add_name(struct scan *scan, const char *name, unsigned char type,
                            struct error *err)
{
    const struct scan_options *options = &scan->options;
    struct file_stamp stamp = { 0 };
    struct refusal refusal = { 0 };
    struct scan_entry *entry = NULL;
    struct span path;
    enum look look = LOOK_FOLDER;
    enum scan_kind kind;
    enum status status;

    buf_clear(&scan->path);
    if (scan->folder->path_len > 0)
        buf_printf(&scan->path, "%s/", scan->folder->path);
    buf_append(&scan->path, name, strlen(name));
    path = buf_span(&scan->path);
    if (options->ignore && type != DT_UNKNOWN &&
        ignore_matches(options->ignore, path, type == DT_DIR))
        return STATUS_OK;
    /* a folder is looked at when it is opened */
    if (type != DT_DIR)
        look = look_in(scan->root, dirfd(scan->stream), entry_path(scan->folder), name, &stamp,
                       &refusal);
    if (look == LOOK_GONE || look == LOOK_SKIPPED)
        return STATUS_OK;
    if (options->ignore && type == DT_UNKNOWN &&
        ignore_matches(options->ignore, path, look == LOOK_FOLDER))
        return STATUS_OK;
    kind = look == LOOK_FILE      ? SCAN_FILE
           : look == LOOK_FOLDER  ? SCAN_FOLDER
           : look == LOOK_REFUSED ? SCAN_REFUSED
                                  : SCAN_BLOCKED;
    status = add_entry(scan, path, kind, &entry, err);
    if (status || !entry)
        return status;
    entry->stamp = stamp;
    entry->refusal = refusal;
    scan->file_count += kind == SCAN_FILE;
    scan->is_complete = scan->is_complete && kind != SCAN_BLOCKED;
    return STATUS_OK;
}

/* One name of the open folder. */
static enum status list_one(struct scan *scan, struct error *err)
{
    const struct dirent *name;

    errno = 0;
    name = readdir(scan->stream);
    if (name) {
        if (strcmp(name->d_name, ".") == 0 || strcmp(name->d_name, "..") == 0)
            return STATUS_OK;
        return add_name(scan, name->d_name, name->d_type, err);
    }
    if (errno != 0 && errno != ENOENT) {
        struct refusal refusal = { OUTCOME_UNREADABLE, "the folder's listing broke off" };

        block(scan, scan->folder, &refusal);
    }
    close_folder(scan);
    scan->folder = scan->folder->next;
    return STATUS_OK;
}

enum status scan_step(struct scan *scan, int64_t budget_ms, bool *is_done, struct error *err)
{
    int64_t end_ms = os_monotonic_ms() + budget_ms;
    enum status status = STATUS_OK;

    for (unsigned i = 1; scan->folder && !status; i++) {
        if (i % NAMES_PER_CLOCK == 0 && os_monotonic_ms() >= end_ms)
            break;
        if (scan->stream) {
            status = list_one(scan, err);
        } else if (scan->folder->kind != SCAN_FOLDER) {
            scan->folder = scan->folder->next;
        } else {
            status = open_folder(scan, err);
            if (!scan->stream)
                scan->folder = scan->folder->next;
        }
    }
    *is_done = !scan->folder;
    return status;
}

void scan_release(struct scan *scan)
{
    close_folder(scan);
    arena_release(&scan->memory);
    table_release(&scan->by_path);
    buf_release(&scan->path);
    scan->first = scan->last = scan->folder = NULL;
}
