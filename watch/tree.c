#include "watch/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "watch/table.h"

#define TREE_MASK                                                                                  \
    (IN_CREATE | IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO |            \
     IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK)
#define READ_BYTES     ((size_t)64 * 1024) /* the kernel refuses less than one event: 272 bytes */
#define READS_AT_ONCE  16
#define PATH_BYTES_MAX ((size_t)64 * 1024)

struct tree_node {
    int wd; /* -1: not watched */
    int64_t source_id;
    uint64_t device, inode;
    struct tree_node *parent, *first_child, *next, *previous;
    size_t name_len;
    char *name; /* owned */
};

struct tree {
    int fd;
    int plain_wd;
    int highest_wd; /* ever given out: tells our own late events from foreign ones */
    struct table by_wd, by_name;
    struct buf path; /* of the event at hand */
};

struct node_key {
    const struct tree_node *parent;
    int64_t source_id;
    struct span name;
};

static uint64_t wd_hash(int wd)
{
    return table_path_hash((uint64_t)wd, (struct span){ "", 0 });
}

static uint64_t name_hash(const struct tree_node *parent, int64_t source_id, struct span name)
{
    return table_path_hash((uint64_t)(uintptr_t)parent ^ (uint64_t)source_id << 1, name);
}

static bool wd_equal(const void *item, const void *key)
{
    return ((const struct tree_node *)item)->wd == *(const int *)key;
}

static bool name_equal(const void *item, const void *key)
{
    const struct tree_node *node = item;
    const struct node_key *want = key;

    return node->parent == want->parent && node->source_id == want->source_id &&
           span_equal((struct span){ node->name, node->name_len }, want->name);
}

enum status tree_new(struct tree **out, struct error *err)
{
    struct tree *tree = calloc(1, sizeof(*tree));

    if (!tree)
        return error_set(err, STATUS_NO_MEMORY, "no memory to watch folders");
    tree->plain_wd = -1;
    tree->path = (struct buf)BUF_INIT(PATH_BYTES_MAX);
    tree->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (tree->fd < 0) {
        enum status status = error_set_errno(err, STATUS_IO,
                                             errno == EMFILE ? "no inotify instance is left: raise "
                                                               "fs.inotify.max_user_instances"
                                                             : "cannot use inotify");

        free(tree);
        return status;
    }
    *out = tree;
    return STATUS_OK;
}

void tree_free(struct tree *tree)
{
    if (!tree)
        return;
    for (size_t i = 0; i < tree->by_name.capacity; i++) {
        struct tree_node *node = tree->by_name.slots[i].item;

        if (node)
            free(node->name);
        free(node);
    }
    table_release(&tree->by_wd);
    table_release(&tree->by_name);
    buf_release(&tree->path);
    (void)close(tree->fd);
    free(tree);
}

int tree_fd(const struct tree *tree)
{
    return tree->fd;
}

static struct tree_node *child_lookup(const struct tree *tree, const struct tree_node *parent,
                                      int64_t source_id, struct span name)
{
    struct node_key key = { parent, source_id, name };

    return table_lookup(&tree->by_name, name_hash(parent, source_id, name), name_equal, &key);
}

/* Steps over the first name of *rest. */
static struct span next_name(struct span *rest)
{
    const char *slash = memchr(rest->data, '/', rest->len);
    struct span name = { rest->data, slash ? (size_t)(slash - rest->data) : rest->len };
    size_t step = name.len + (slash != NULL);

    *rest = (struct span){ rest->data + step, rest->len - step };
    return name;
}

static struct tree_node *node_lookup(const struct tree *tree, int64_t source_id, struct span folder)
{
    struct tree_node *node = child_lookup(tree, NULL, source_id, (struct span){ "", 0 });

    while (node && folder.len > 0)
        node = child_lookup(tree, node, source_id, next_name(&folder));
    return node;
}

static void link_child(struct tree_node *node, struct tree_node *parent)
{
    node->parent = parent;
    node->previous = NULL;
    node->next = parent ? parent->first_child : NULL;
    if (node->next)
        node->next->previous = node;
    if (parent)
        parent->first_child = node;
}

static void unlink_child(struct tree_node *node)
{
    if (node->previous)
        node->previous->next = node->next;
    else if (node->parent)
        node->parent->first_child = node->next;
    if (node->next)
        node->next->previous = node->previous;
    node->next = node->previous = NULL;
}

static struct tree_node *node_new(struct tree *tree, struct tree_node *parent, int64_t source_id,
                                  struct span name)
{
    struct tree_node *node = calloc(1, sizeof(*node));
    char *copy = malloc(name.len + 1);

    if (!node || !copy) {
        free(node);
        free(copy);
        return NULL;
    }
    if (name.len > 0)
        memcpy(copy, name.data, name.len);
    copy[name.len] = '\0';
    *node =
        (struct tree_node){ .wd = -1, .source_id = source_id, .name = copy, .name_len = name.len };
    link_child(node, parent);
    if (table_add(&tree->by_name, name_hash(parent, source_id, name), node)) {
        unlink_child(node);
        free(node->name);
        free(node);
        return NULL;
    }
    return node;
}

/* The node at folder, made with its parents where there is none; NULL: out of memory. */
static struct tree_node *node_make(struct tree *tree, int64_t source_id, struct span folder)
{
    struct span name = { "", 0 };
    struct tree_node *parent = NULL, *node = NULL;

    for (bool is_root = true; is_root || folder.len > 0; is_root = false) {
        if (!is_root)
            name = next_name(&folder);
        node = child_lookup(tree, parent, source_id, name);
        if (!node)
            node = node_new(tree, parent, source_id, name);
        if (!node)
            return NULL;
        parent = node;
    }
    return node;
}

static void forget_wd(struct tree *tree, struct tree_node *node)
{
    if (node->wd >= 0)
        table_remove(&tree->by_wd, wd_hash(node->wd), node);
    node->wd = -1;
}

static void end_watch(struct tree *tree, struct tree_node *node)
{
    if (node->wd >= 0)
        (void)inotify_rm_watch(tree->fd, node->wd);
    forget_wd(tree, node);
}

static void free_leaf(struct tree *tree, struct tree_node *node)
{
    struct span name = { node->name, node->name_len };

    table_remove(&tree->by_name, name_hash(node->parent, node->source_id, name), node);
    unlink_child(node);
    free(node->name);
    free(node);
}

/* Frees node when nothing needs it, then its parents likewise. */
static void trim(struct tree *tree, struct tree_node *node)
{
    while (node && node->parent && node->wd < 0 && !node->first_child) {
        struct tree_node *parent = node->parent;

        free_leaf(tree, node);
        node = parent;
    }
}

/* Without recursion: folders nest deeper than stacks. */
static void drop_node(struct tree *tree, struct tree_node *top)
{
    struct tree_node *node = top, *above = top->parent;

    for (;;) {
        struct tree_node *parent = node->parent;
        bool is_top = node == top;

        if (node->first_child) {
            node = node->first_child;
            continue;
        }
        end_watch(tree, node);
        free_leaf(tree, node);
        if (is_top)
            break;
        node = parent;
    }
    trim(tree, above);
}

void tree_drop(struct tree *tree, int64_t source_id, struct span folder)
{
    struct tree_node *node = node_lookup(tree, source_id, folder);

    if (node)
        drop_node(tree, node);
}

static void put_path(struct buf *out, const struct tree_node *node)
{
    if (!node->parent)
        return;
    put_path(out, node->parent);
    if (node->parent->parent)
        buf_append_char(out, '/');
    buf_append(out, node->name, node->name_len);
}

static int64_t detached_id(uint32_t cookie)
{
    return -1 - (int64_t)cookie;
}

static bool is_detached(const struct tree_node *node)
{
    while (node->parent)
        node = node->parent;
    return node->source_id < 0;
}

/* Two paths to one folder: does the one we know still lead there? */
static bool leads_to_node(const struct tree_node *node, const char *root_path)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(PATH_BYTES_MAX);
    struct file_stamp stamp;

    if (is_detached(node))
        return false;
    buf_printf(&path, "%s/", root_path);
    put_path(&path, node);
    return !buf_status(&path, NULL) && !os_stamp_at(AT_FDCWD, path.data, &stamp, NULL) &&
           stamp.device == node->device && stamp.inode == node->inode;
}

/* Hangs node, with all below it, under another parent and name. */
static enum status relink(struct tree *tree, struct tree_node *node, struct tree_node *parent,
                          int64_t source_id, struct span name, struct error *err)
{
    struct span old_name = { node->name, node->name_len };
    struct tree_node *above = node->parent;
    char *copy = malloc(name.len + 1);

    if (!copy)
        return error_set(err, STATUS_NO_MEMORY, "no memory to watch folders");
    if (name.len > 0)
        memcpy(copy, name.data, name.len);
    copy[name.len] = '\0';
    table_remove(&tree->by_name, name_hash(node->parent, node->source_id, old_name), node);
    unlink_child(node);
    free(node->name);
    node->name = copy;
    node->name_len = name.len;
    node->source_id = source_id;
    link_child(node, parent);
    trim(tree, above);
    /* cannot fail: the table just became one smaller */
    return table_add(&tree->by_name, name_hash(parent, source_id, name), node);
}

/* The same, to a path; what was there goes. */
static enum status relink_at(struct tree *tree, struct tree_node *node, int64_t source_id,
                             struct span folder, struct error *err)
{
    const char *slash = folder.len > 0 ? memrchr(folder.data, '/', folder.len) : NULL;
    struct span above = { folder.data, slash ? (size_t)(slash - folder.data) : 0 };
    struct span name = slash ? (struct span){ slash + 1, folder.len - above.len - 1 } : folder;
    struct tree_node *there = node_lookup(tree, source_id, folder), *parent;

    for (const struct tree_node *at = node; at; at = at->parent)
        if (at == there)
            return STATUS_OK; /* there already, or below it: only a later event can tell */
    if (there)
        drop_node(tree, there);
    parent = node_make(tree, source_id, above);
    if (!parent)
        return error_set(err, STATUS_NO_MEMORY, "no memory to watch folders");
    for (const struct tree_node *at = parent; at; at = at->parent)
        if (at == node) {
            trim(tree, parent);
            return STATUS_OK; /* into itself: the events of two renames can look like it */
        }
    return relink(tree, node, parent, source_id, name, err);
}

enum status tree_detach(struct tree *tree, int64_t source_id, struct span folder, uint32_t cookie,
                        struct error *err)
{
    struct tree_node *node = node_lookup(tree, source_id, folder);

    tree_drop_detached(tree, cookie);
    if (!node || !node->parent)
        return STATUS_OK;
    return relink(tree, node, NULL, detached_id(cookie), (struct span){ "", 0 }, err);
}

enum status tree_attach(struct tree *tree, uint32_t cookie, int64_t source_id, struct span folder,
                        struct error *err)
{
    struct tree_node *node = node_lookup(tree, detached_id(cookie), (struct span){ "", 0 });

    return node ? relink_at(tree, node, source_id, folder, err) : STATUS_OK;
}

void tree_drop_detached(struct tree *tree, uint32_t cookie)
{
    tree_drop(tree, detached_id(cookie), (struct span){ "", 0 });
}

bool tree_has(const struct tree *tree, int64_t source_id, struct span folder,
              const struct file_stamp *stamp)
{
    const struct tree_node *node = node_lookup(tree, source_id, folder);

    return node && node->wd >= 0 && node->inode == stamp->inode && node->device == stamp->device;
}

bool tree_has_path(const struct tree *tree, int64_t source_id, struct span folder)
{
    const struct tree_node *node = node_lookup(tree, source_id, folder);

    return node && node->wd >= 0;
}

static enum status attach(struct tree *tree, struct tree_node *node, int wd,
                          const struct file_stamp *stamp, struct error *err)
{
    forget_wd(tree, node);
    node->wd = wd;
    node->device = stamp->device;
    node->inode = stamp->inode;
    if (table_add(&tree->by_wd, wd_hash(wd), node)) {
        node->wd = -1;
        return error_set(err, STATUS_NO_MEMORY, "no memory to watch folders");
    }
    return STATUS_OK;
}

enum status tree_enter(struct tree *tree, int64_t source_id, const char *root_path,
                       struct span folder, int fd, const struct file_stamp *stamp,
                       enum tree_entered *out, struct error *err)
{
    struct tree_node *node = node_lookup(tree, source_id, folder), *owner;
    char opened[64];
    int wd;

    if (node && node->wd >= 0 && node->inode == stamp->inode && node->device == stamp->device) {
        *out = TREE_KNOWN;
        return STATUS_OK;
    }
    /* by the opened folder, so that what is watched is what will be listed */
    (void)snprintf(opened, sizeof(opened), "/proc/self/fd/%d", fd);
    wd = inotify_add_watch(tree->fd, opened, TREE_MASK);
    if (wd < 0) {
        *out = errno == ENOSPC ? TREE_LIMIT : TREE_FAILED;
        return STATUS_OK;
    }
    tree->highest_wd = wd > tree->highest_wd ? wd : tree->highest_wd;
    *out = TREE_NEW;
    owner = table_lookup(&tree->by_wd, wd_hash(wd), wd_equal, &wd);
    if (owner && owner != node && !leads_to_node(owner, root_path)) {
        /* it was renamed, and the event still waits in the queue */
        *out = TREE_KNOWN;
        return relink_at(tree, owner, source_id, folder, err);
    }
    if (wd == tree->plain_wd || (owner && owner != node)) {
        *out = TREE_ELSEWHERE;
        return STATUS_OK;
    }
    if (node && node->wd >= 0 && owner != node) {
        drop_node(tree, node); /* another folder's, with what lay below that */
        node = NULL;
    }
    node = node ? node : node_make(tree, source_id, folder);
    if (!node)
        return error_set(err, STATUS_NO_MEMORY, "no memory to watch folders");
    return attach(tree, node, wd, stamp, err);
}

enum status tree_watch_plain(struct tree *tree, const char *path, struct error *err)
{
    int wd = inotify_add_watch(tree->fd, path, IN_CREATE | IN_ONLYDIR);

    if (wd < 0)
        return error_set_errno(err, STATUS_IO, "cannot watch '%s'", path);
    tree->plain_wd = wd;
    tree->highest_wd = wd > tree->highest_wd ? wd : tree->highest_wd;
    return STATUS_OK;
}

static void tell_node(struct tree *tree, struct tree_node *node, const struct inotify_event *in,
                      tree_event_fn *fn, void *user)
{
    struct tree_event event = { .mask = in->mask,
                                .cookie = in->cookie,
                                .source_id = node->source_id,
                                .is_self = in->len == 0 };
    bool is_quiet;

    buf_clear(&tree->path);
    put_path(&tree->path, node);
    if (in->len > 0) {
        if (tree->path.len > 0)
            buf_append_char(&tree->path, '/');
        buf_append(&tree->path, in->name, strnlen(in->name, in->len));
    }
    if (buf_status(&tree->path, NULL))
        event.mask = IN_Q_OVERFLOW; /* no path, no hint: look everywhere */
    event.path = buf_span(&tree->path);
    is_quiet = is_detached(node);
    if (in->mask & IN_IGNORED) {
        forget_wd(tree, node);
        trim(tree, node);
    }
    if (!is_quiet)
        fn(user, &event);
}

static void tell(struct tree *tree, const struct inotify_event *in, tree_event_fn *fn, void *user)
{
    struct tree_node *node =
        in->wd >= 0 ? table_lookup(&tree->by_wd, wd_hash(in->wd), wd_equal, &in->wd) : NULL;
    struct tree_event event = { .mask = in->mask, .is_plain = true };

    if (node) {
        tell_node(tree, node, in, fn, user);
    } else if (in->wd >= 0 && in->wd == tree->plain_wd) {
        event.path = (struct span){ in->name, in->len ? strnlen(in->name, in->len) : 0 };
        fn(user, &event);
    } else if (in->mask & IN_Q_OVERFLOW || in->wd > tree->highest_wd) {
        event = (struct tree_event){ .mask = IN_Q_OVERFLOW };
        fn(user, &event);
    } /* else: of a folder that left, in the queue since before */
}

enum status tree_read(struct tree *tree, tree_event_fn *fn, void *user, struct error *err)
{
    for (int i = 0; i < READS_AT_ONCE; i++) {
        _Alignas(struct inotify_event) char bytes[READ_BYTES];
        ssize_t len = read(tree->fd, bytes, sizeof(bytes));

        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0 && errno == EAGAIN)
            return STATUS_OK;
        if (len < 0)
            return error_set_errno(err, STATUS_IO, "cannot read file events");
        for (ssize_t at = 0; at < len;) {
            struct inotify_event event;
            const char *start = bytes + at;

            /* the kernel pads each event to the alignment of the next */
            memcpy(&event, start, sizeof(event));
            tell(tree, (const struct inotify_event *)(const void *)start, fn, user);
            at += (ssize_t)(sizeof(event) + event.len);
        }
    }
    return STATUS_OK;
}

uint64_t tree_watch_count(const struct tree *tree, int64_t source_id)
{
    uint64_t count = 0;

    for (size_t i = 0; i < tree->by_wd.capacity; i++) {
        const struct tree_node *node = tree->by_wd.slots[i].item;

        count += node && node->source_id == source_id;
    }
    return count;
}
