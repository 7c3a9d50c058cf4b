/* Landlock: linux/landlock.h, whose newer parts Debian 12's headers lack. */
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "extractors/cage/sandbox_parts.h"

struct rules {
    uint64_t files, network, scoped;
};

struct path_rule {
    uint64_t allowed;
    int32_t parent_fd;
} __attribute__((packed));

enum {
    RIGHT_EXECUTE = 1 << 0,
    RIGHT_WRITE_FILE = 1 << 1,
    RIGHT_READ_FILE = 1 << 2,
    RIGHT_READ_FOLDER = 1 << 3,
    RIGHT_TRUNCATE = 1 << 14,
    RIGHT_IOCTL = 1 << 15,
    RULE_PATH = 1,
    ASK_VERSION = 1,
};

static long version_of_kernel(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);
}

/* All rights that this version of the kernel knows are handled, so all are denied. */
static struct rules rules_of(long version, size_t *bytes)
{
    struct rules rules = { .files = (1u << 13) - 1 };

    if (version >= 2)
        rules.files |= 1u << 13; /* links between folders */
    if (version >= 3)
        rules.files |= RIGHT_TRUNCATE;
    if (version >= 5)
        rules.files |= RIGHT_IOCTL; /* on devices */
    if (version >= 4)
        rules.network = 3; /* bind and connect of TCP */
    if (version >= 6)
        rules.scoped = 3; /* abstract sockets, signals */
    *bytes = version >= 6 ? sizeof(rules) : version >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
    return rules;
}

enum status landlock_new(int *out_fd, struct error *err)
{
    long version = version_of_kernel();
    struct rules rules;
    size_t bytes;

    if (version < 1)
        return error_set_errno(err, STATUS_UNSUPPORTED, "this kernel has no Landlock");
    rules = rules_of(version, &bytes);
    *out_fd = (int)syscall(SYS_landlock_create_ruleset, &rules, bytes, 0);
    if (*out_fd < 0)
        return error_set_errno(err, STATUS_UNSUPPORTED, "cannot make Landlock's rules");
    return STATUS_OK;
}

/* Rights that only folders have are refused for a file. */
static uint64_t allowed_rights(enum landlock_rights rights, bool is_folder)
{
    size_t bytes;
    uint64_t known = rules_of(version_of_kernel(), &bytes).files;
    uint64_t read = RIGHT_READ_FILE | RIGHT_READ_FOLDER;
    uint64_t all = rights == LANDLOCK_READ           ? read
                   : rights == LANDLOCK_READ_EXECUTE ? read | RIGHT_EXECUTE
                                                     : known & ~(uint64_t)RIGHT_EXECUTE;

    if (!is_folder)
        all &= RIGHT_EXECUTE | RIGHT_WRITE_FILE | RIGHT_READ_FILE | RIGHT_TRUNCATE | RIGHT_IOCTL;
    return all & known;
}

enum status landlock_allow(int rules_fd, const char *path, enum landlock_rights rights,
                           struct error *err)
{
    CLEANUP(close_fd) int fd = open(path, O_PATH | O_CLOEXEC);
    struct path_rule rule = { .parent_fd = fd };
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return STATUS_OK; /* not installed: nothing to read there */
    rule.allowed = allowed_rights(rights, S_ISDIR(st.st_mode));
    if (syscall(SYS_landlock_add_rule, rules_fd, RULE_PATH, &rule, 0) < 0)
        return error_set_errno(err, STATUS_UNSUPPORTED, "cannot allow '%s'", path);
    return STATUS_OK;
}

enum status landlock_enter(int rules_fd, struct error *err)
{
    if (syscall(SYS_landlock_restrict_self, rules_fd, 0) < 0)
        return error_set_errno(err, STATUS_UNSUPPORTED, "cannot enter Landlock's rules");
    return STATUS_OK;
}
