#include "watch/look.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "watch/table.h"

/* linux/magic.h has them under names that differ by version; statfs(2) lists the values. */
static const struct {
    uint64_t magic;
    const char *name;
} remote_systems[] = {
    { 0x6969, "NFS" },        { 0xFF534D42, "CIFS" },
    { 0xFE534D42, "SMB2" },   { 0x517B, "SMB" },
    { 0x01021997, "9p" },     { 0x65735546, "FUSE" },
    { 0x00C36400, "Ceph" },   { 0x5346414F, "AFS" },
    { 0x73757245, "Coda" },   { 0x0BD00BD0, "Lustre" },
    { 0x47504653, "GPFS" },   { 0x7461636F, "OCFS2" },
    { 0x01161970, "GFS2" },   { 0x20030528, "OrangeFS" },
    { 0x786F4256, "vboxsf" }, { 0xBACBACBC, "VMware folders" },
    { 0x19830326, "BeeGFS" },
};

static const struct refusal is_special[] = {
    { OUTCOME_UNSUPPORTED, "a FIFO: not read" },
    { OUTCOME_UNSUPPORTED, "a socket: not read" },
    { OUTCOME_UNSUPPORTED, "a device: not read" },
    { OUTCOME_UNSUPPORTED, "not a regular file" },
};

static const struct refusal *special_of(uint32_t mode)
{
    if (S_ISFIFO(mode))
        return &is_special[0];
    if (S_ISSOCK(mode))
        return &is_special[1];
    if (S_ISCHR(mode) || S_ISBLK(mode))
        return &is_special[2];
    return &is_special[3];
}

static struct refusal failed_look(void)
{
    switch (errno) {
    case EACCES:
    case EPERM:
        return (struct refusal){ OUTCOME_UNREADABLE, "no permission" };
    case ENAMETOOLONG:
        return (struct refusal){ OUTCOME_UNREADABLE, "the path is too long" };
    case ELOOP:
        return (struct refusal){ OUTCOME_UNREADABLE, "reached through a symbolic link" };
    case EMFILE:
    case ENFILE:
        return (struct refusal){ OUTCOME_UNREADABLE, "too many open files" };
    default:
        return (struct refusal){ OUTCOME_UNREADABLE, "the file system reported an error" };
    }
}

static int open_beneath(int root_fd, const char *path, uint64_t flags)
{
    struct open_how how = {
        .flags = flags | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    int fd;

    do
        fd = (int)syscall(SYS_openat2, root_fd, path[0] ? path : ".", &how, sizeof(how));
    while (fd < 0 && (errno == EINTR || errno == EAGAIN));
    return fd;
}

/* The mount that fd lies on; 0 when the kernel can't say (before 5.8). */
static uint64_t mount_of(int fd)
{
    struct statx sx;

    if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &sx) < 0 || !(sx.stx_mask & STATX_MNT_ID))
        return 0;
    return sx.stx_mnt_id;
}

enum status look_open_root(const char *path, struct look_root *out, struct error *err)
{
    CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
    struct file_stamp stamp;
    enum status status;

    if (fd < 0)
        return error_set_errno(err, STATUS_UNREADABLE, "cannot open the folder '%s'", path);
    status = os_stamp_fd(fd, &stamp, err);
    if (status)
        return status;
    *out = (struct look_root){
        .mount_id = mount_of(fd), .device = stamp.device, .inode = stamp.inode, .path = path
    };
    out->fd = take_fd(&fd);
    return STATUS_OK;
}

/* A link is never followed. It is worth a line in status when what it leads to is thereby missing
 * from the index; a link to what the source holds anyway is not. */
static enum look look_through(const struct look_root *root, int folder_fd, struct span folder,
                              const char *name, struct refusal *refusal)
{
    CLEANUP(buf_release) struct buf link = BUF_INIT(2 * (size_t)OS_PATH_MAX);
    char target[PATH_MAX];
    struct span source = { root->path, strlen(root->path) }, at;
    struct stat st;

    refusal->outcome = OUTCOME_UNSUPPORTED;
    if (fstatat(folder_fd, name, &st, 0) < 0) {
        refusal->reason = errno == ELOOP ? "a symbolic link that leads to itself"
                          : errno == ENOENT || errno == ENOTDIR
                              ? "a symbolic link that leads nowhere"
                              : "a symbolic link that can't be followed";
        return LOOK_REFUSED;
    }
    buf_printf(&link, "%s/%.*s/%s", root->path, (int)folder.len, folder.data, name);
    refusal->reason = "a symbolic link out of its source: not followed";
    if (buf_status(&link, NULL) || !realpath(link.data, target))
        return LOOK_REFUSED;
    at = (struct span){ target, strlen(target) };
    if (source.len == 1)
        return LOOK_SKIPPED;
    return path_is_below(at, source) ? LOOK_SKIPPED : LOOK_REFUSED;
}

static enum look look_kind(const struct file_stamp *stamp, struct refusal *refusal)
{
    if (S_ISREG(stamp->mode))
        return LOOK_FILE;
    if (S_ISDIR(stamp->mode))
        return LOOK_FOLDER;
    *refusal = *special_of(stamp->mode);
    return LOOK_REFUSED;
}

enum look look_in(const struct look_root *root, int folder_fd, struct span folder, const char *name,
                  struct file_stamp *stamp, struct refusal *refusal)
{
    if (os_stamp_at(folder_fd, name, stamp, NULL)) {
        if (errno == ENOENT || errno == ENOTDIR)
            return LOOK_GONE;
        *refusal = failed_look();
        return LOOK_UNKNOWN;
    }
    if (S_ISLNK(stamp->mode))
        return look_through(root, folder_fd, folder, name, refusal);
    return look_kind(stamp, refusal);
}

/* The bytes of path up to a slash that one call takes; 0: there is no such slash. */
static size_t callable_length(const char *path)
{
    size_t len = strlen(path);
    const char *slash = memrchr(path, '/', len < OS_PATH_MAX ? len : OS_PATH_MAX);

    return slash ? (size_t)(slash - path) : 0;
}

/* A path that no call takes as a whole, and that is never read: is it gone? */
static enum look look_far(const struct look_root *root, const char *path, struct refusal *refusal)
{
    CLEANUP(close_fd) int fd = -1;
    char folder[OS_PATH_MAX];
    struct stat st;
    size_t len;

    *refusal = (struct refusal){ OUTCOME_UNREADABLE, "the path is too long" };
    while ((len = callable_length(path)) > 0) {
        int next;

        memcpy(folder, path, len);
        folder[len] = '\0';
        next = open_beneath(fd < 0 ? root->fd : fd, folder, O_PATH | O_DIRECTORY);
        if (next < 0)
            return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? LOOK_GONE : LOOK_UNKNOWN;
        close_fd(&fd);
        fd = next;
        path += len + 1;
    }
    return fstatat(fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT ? LOOK_GONE
                                                                              : LOOK_UNKNOWN;
}

enum look look_at(const struct look_root *root, const char *path, struct file_stamp *stamp,
                  struct refusal *refusal)
{
    const char *slash = strrchr(path, '/');
    char folder[OS_PATH_MAX];
    size_t len = slash ? (size_t)(slash - path) : 0;
    CLEANUP(close_fd) int fd = -1;

    if (!slash)
        return look_in(root, root->fd, (struct span){ "", 0 }, path[0] ? path : ".", stamp,
                       refusal);
    if (strlen(path) >= sizeof(folder))
        return look_far(root, path, refusal);
    memcpy(folder, path, len);
    folder[len] = '\0';
    fd = open_beneath(root->fd, folder, O_PATH | O_DIRECTORY);
    if (fd >= 0)
        return look_in(root, fd, (struct span){ folder, len }, slash + 1, stamp, refusal);
    /* a link instead of a folder: whatever lies behind it is not this source's file */
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
        return LOOK_GONE;
    *refusal = failed_look();
    return LOOK_UNKNOWN;
}

static bool is_other_mount(const struct look_root *root, int fd, uint64_t device)
{
    uint64_t mount_id = root->mount_id ? mount_of(fd) : 0;

    return mount_id ? mount_id != root->mount_id : device != root->device;
}

bool look_is_blocked(const struct look_root *root, const char *folder, bool crosses_mounts,
                     int *out_fd, struct file_stamp *stamp, struct refusal *refusal)
{
    CLEANUP(close_fd) int fd = open_beneath(root->fd, folder, O_RDONLY | O_DIRECTORY | O_NONBLOCK);

    if (fd < 0 || os_stamp_fd(fd, stamp, NULL)) {
        *refusal = failed_look();
        if (errno == EACCES)
            refusal->reason = "a folder without permission to read";
        else if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)
            refusal->reason = NULL;
        return true;
    }
    if (!crosses_mounts && folder[0] && is_other_mount(root, fd, stamp->device)) {
        *refusal = (struct refusal){ OUTCOME_UNREADABLE,
                                     "another file system is mounted here: add it as a source, or "
                                     "set crosses_mounts in varve.conf" };
        return true;
    }
    *out_fd = take_fd(&fd);
    return false;
}

/* The deepest folder above path that exists, opened; -1: none can be opened, or one of them can't
 * be looked at. */
static int open_deepest(const struct look_root *root, const char *path, char folder[OS_PATH_MAX])
{
    size_t len = strlen(path);

    if (len >= OS_PATH_MAX)
        len = callable_length(path);
    memcpy(folder, path, len);
    folder[len] = '\0';
    for (;;) {
        char *slash = strrchr(folder, '/');
        int fd;

        folder[slash ? (size_t)(slash - folder) : 0] = '\0';
        fd = open_beneath(root->fd, folder, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
        if (fd >= 0 || folder[0] == '\0' || (errno != ENOENT && errno != ENOTDIR && errno != ELOOP))
            return fd;
    }
}

bool look_is_gone(const struct look_root *root, const char *path, bool crosses_mounts,
                  uint64_t device)
{
    char folder[OS_PATH_MAX];
    struct file_stamp stamp, above;
    struct refusal refusal;
    enum look look = look_at(root, path, &stamp, &refusal);
    CLEANUP(close_fd) int fd = -1;

    if (look != LOOK_GONE && look != LOOK_FOLDER && look != LOOK_SKIPPED)
        return false;
    fd = open_deepest(root, path, folder);
    if (fd < 0 || os_stamp_fd(fd, &above, NULL))
        return false;
    /* opened, so its names can be read; may they also be looked up? */
    if (faccessat(fd, ".", X_OK, AT_EACCESS) < 0)
        return false;
    if (!crosses_mounts)
        return !is_other_mount(root, fd, above.device);
    /* The file's own file system may be the one that is not mounted now. */
    return device == 0 || above.device == device;
}

bool look_is_remote(int fd, const char **name)
{
    struct statfs fs;

    if (fstatfs(fd, &fs) < 0)
        return false;
    for (size_t i = 0; i < sizeof(remote_systems) / sizeof(*remote_systems); i++)
        if ((uint64_t)(uint32_t)fs.f_type == remote_systems[i].magic) {
            *name = remote_systems[i].name;
            return true;
        }
    return false;
}
