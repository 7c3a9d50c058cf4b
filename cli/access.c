#include "cli/access.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"

/* linux/posix_acl_xattr.h: a version, then entries of tag, permissions and id, little-endian. */
#define ACL_VERSION        2u
#define ACL_HEADER_BYTES   4u
#define ACL_ENTRY_BYTES    8u
#define ACL_BYTES_MAX      65536u
#define GROUPS_MAX         65536
#define FOLDERS_REMEMBERED 1000000u

enum acl_tag {
    ACL_USER_OBJ = 0x01,
    ACL_USER = 0x02,
    ACL_GROUP_OBJ = 0x04,
    ACL_GROUP = 0x08,
    ACL_MASK = 0x10,
    ACL_OTHER = 0x20,
};

struct known_folder {
    char *path; /* owned */
    bool is_open;
};

struct principal {
    uid_t uid;
    gid_t *groups;
    size_t group_count;
    struct known_folder *folders; /* by the hash of their path; path NULL: free */
    size_t folder_count, folder_capacity;
};

/* ---- who ---- */

enum status principal_make(uid_t uid, const gid_t *groups, size_t group_count,
                           struct principal **out, struct error *err)
{
    struct principal *principal = calloc(1, sizeof(*principal));

    if (principal)
        principal->groups = calloc(group_count ? group_count : 1, sizeof(*groups));
    if (!principal || !principal->groups) {
        principal_free(principal);
        return error_set(err, STATUS_NO_MEMORY, "no memory for a user");
    }
    principal->uid = uid;
    if (group_count > 0)
        memcpy(principal->groups, groups, group_count * sizeof(*groups));
    principal->group_count = group_count;
    *out = principal;
    return STATUS_OK;
}

static const struct passwd *find_user(const char *name)
{
    const struct passwd *user = getpwnam(name);
    char *end;
    unsigned long number;

    if (user || *name < '0' || *name > '9')
        return user;
    errno = 0;
    number = strtoul(name, &end, 10);
    return errno || *end || number > UINT32_MAX - 1 ? NULL : getpwuid((uid_t)number);
}

enum status principal_new(const char *name, struct principal **out, struct error *err)
{
    const struct passwd *user = find_user(name);
    int count = 64, asked;
    gid_t *groups = NULL;
    enum status status;

    if (!user)
        return error_set(err, STATUS_UNREADABLE, "there is no user '%s'", name);
    do {
        gid_t *more = realloc(groups, (size_t)count * sizeof(*groups));

        if (!more) {
            free(groups);
            return error_set(err, STATUS_NO_MEMORY, "no memory for a user");
        }
        groups = more;
        asked = count;
        if (getgrouplist(user->pw_name, user->pw_gid, groups, &count) >= 0)
            break;
        count = count > asked ? count : asked * 2;
    } while (count <= GROUPS_MAX);
    status = count > GROUPS_MAX
                 ? error_set(err, STATUS_LIMIT, "the user '%s' is in too many groups", name)
                 : principal_make(user->pw_uid, groups, (size_t)count, out, err);
    free(groups);
    return status;
}

uid_t principal_uid(const struct principal *principal)
{
    return principal->uid;
}

void principal_free(struct principal *principal)
{
    if (!principal)
        return;
    for (size_t i = 0; i < principal->folder_capacity; i++)
        free(principal->folders[i].path);
    free(principal->folders);
    free(principal->groups);
    free(principal);
}

static bool has_group(const struct principal *principal, gid_t gid)
{
    for (size_t i = 0; i < principal->group_count; i++)
        if (principal->groups[i] == gid)
            return true;
    return false;
}

/* ---- one file ---- */

struct acl_entry {
    unsigned tag, permissions;
    uint32_t id;
};

static uint32_t little(const char *bytes, unsigned count)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < count; i++)
        value |= (uint32_t)(unsigned char)bytes[i] << (8 * i);
    return value;
}

static struct acl_entry entry_at(struct span acl, size_t at)
{
    const char *bytes = acl.data + ACL_HEADER_BYTES + at * ACL_ENTRY_BYTES;

    return (struct acl_entry){ little(bytes, 2), little(bytes + 2, 2), little(bytes + 4, 4) };
}

static bool is_understood(struct span acl)
{
    return acl.len >= ACL_HEADER_BYTES && little(acl.data, 4) == ACL_VERSION &&
           (acl.len - ACL_HEADER_BYTES) % ACL_ENTRY_BYTES == 0;
}

/* What one look at the entries gathers. */
struct acl_look {
    unsigned owner, mask, other, named;
    bool has_mask, has_named, has_group, is_group_granted;
};

static bool grants(unsigned permissions, unsigned wanted)
{
    return (permissions & wanted) == wanted;
}

static bool list_grants(const struct principal *principal, const struct file_stamp *stamp,
                        struct span acl, unsigned wanted)
{
    struct acl_look look = { .mask = 7 };
    size_t count = (acl.len - ACL_HEADER_BYTES) / ACL_ENTRY_BYTES;

    for (size_t i = 0; i < count; i++) {
        struct acl_entry entry = entry_at(acl, i);

        if (entry.tag == ACL_USER_OBJ)
            look.owner = entry.permissions;
        else if (entry.tag == ACL_MASK)
            look.mask = entry.permissions;
        else if (entry.tag == ACL_OTHER)
            look.other = entry.permissions;
        else if (entry.tag == ACL_USER && entry.id == principal->uid) {
            look.named = entry.permissions;
            look.has_named = true;
        } else if ((entry.tag == ACL_GROUP_OBJ && has_group(principal, stamp->gid)) ||
                   (entry.tag == ACL_GROUP && has_group(principal, entry.id))) {
            look.has_group = true;
            look.is_group_granted |= grants(entry.permissions, wanted);
        }
    }
    if (principal->uid == stamp->uid)
        return grants(look.owner, wanted);
    if (look.has_named)
        return grants(look.named & look.mask, wanted);
    if (look.has_group)
        return look.is_group_granted && grants(look.mask, wanted);
    return grants(look.other, wanted);
}

bool access_is_granted(const struct principal *principal, const struct file_stamp *stamp,
                       struct span acl, unsigned wanted)
{
    if (principal->uid == 0)
        return true;
    if (acl.len > 0)
        return is_understood(acl) && list_grants(principal, stamp, acl, wanted);
    if (principal->uid == stamp->uid)
        return grants(stamp->mode >> 6, wanted);
    if (has_group(principal, stamp->gid))
        return grants(stamp->mode >> 3, wanted);
    return grants(stamp->mode, wanted);
}

/* What can't be looked at is denied. */
static bool is_granted_now(const struct principal *principal, const char *path, mode_t type,
                           unsigned wanted)
{
    CLEANUP(buf_release) struct buf acl = BUF_INIT(ACL_BYTES_MAX);
    struct file_stamp stamp;

    return os_stamp_at(AT_FDCWD, path, &stamp, NULL) == STATUS_OK &&
           (stamp.mode & S_IFMT) == type && os_read_acl_at(path, &acl, NULL) == STATUS_OK &&
           access_is_granted(principal, &stamp, buf_span(&acl), wanted);
}

/* ---- the folders above ---- */

static size_t hash_path(const char *path)
{
    size_t hash = 0xcbf29ce484222325u;

    for (; *path; path++)
        hash = (hash ^ (unsigned char)*path) * 0x100000001b3u;
    return hash;
}

static bool grow_folders(struct principal *principal)
{
    size_t capacity = principal->folder_capacity ? principal->folder_capacity * 2 : 64;
    struct known_folder *folders = calloc(capacity, sizeof(*folders));

    if (!folders)
        return false;
    for (size_t i = 0; i < principal->folder_capacity; i++) {
        size_t at;

        if (!principal->folders[i].path)
            continue;
        for (at = hash_path(principal->folders[i].path) & (capacity - 1); folders[at].path;)
            at = (at + 1) & (capacity - 1);
        folders[at] = principal->folders[i];
    }
    free(principal->folders);
    principal->folders = folders;
    principal->folder_capacity = capacity;
    return true;
}

static struct known_folder *folder_slot(struct principal *principal, const char *path)
{
    size_t at;

    if (principal->folder_count * 4 >= principal->folder_capacity * 3 && !grow_folders(principal))
        return NULL;
    for (at = hash_path(path) & (principal->folder_capacity - 1); principal->folders[at].path;
         at = (at + 1) & (principal->folder_capacity - 1))
        if (strcmp(principal->folders[at].path, path) == 0)
            break;
    return &principal->folders[at];
}

/* path is cut at its slashes, and made whole again. */
static bool passes_folders(const struct principal *principal, char *path, struct principal *memory)
{
    char *slash = strrchr(path, '/');
    struct known_folder *slot = NULL;
    bool is_open;

    if (!slash)
        return false;
    if (slash == path)
        return is_granted_now(principal, "/", S_IFDIR, 1);
    *slash = '\0';
    if (memory && memory->folder_count < FOLDERS_REMEMBERED)
        slot = folder_slot(memory, path);
    if (slot && slot->path) {
        is_open = slot->is_open;
    } else {
        is_open =
            is_granted_now(principal, path, S_IFDIR, 1) && passes_folders(principal, path, memory);
        /* The folders above may have moved the slots. */
        slot =
            memory && memory->folder_count < FOLDERS_REMEMBERED ? folder_slot(memory, path) : NULL;
        if (slot && !slot->path && (slot->path = strdup(path))) {
            slot->is_open = is_open;
            memory->folder_count++;
        }
    }
    *slash = '/';
    return is_open;
}

bool access_reaches(struct principal *principal, struct span source, struct span path)
{
    char whole[2 * OS_PATH_MAX];

    if (source.len + path.len + 2 > sizeof(whole))
        return false;
    memcpy(whole, source.data, source.len);
    whole[source.len] = '/';
    memcpy(whole + source.len + 1, path.data, path.len);
    whole[source.len + 1 + path.len] = '\0';
    return passes_folders(principal, whole, principal);
}

bool access_reads_now(const struct principal *principal, const char *path)
{
    char copy[2 * OS_PATH_MAX];
    size_t len = strlen(path);

    if (len >= sizeof(copy))
        return false;
    memcpy(copy, path, len + 1);
    return is_granted_now(principal, path, S_IFREG, 4) && passes_folders(principal, copy, NULL);
}

bool access_may_read(void *user, struct span source, struct span path,
                     const struct file_stamp *stamp, struct span acl)
{
    struct principal *principal = user;

    return access_is_granted(principal, stamp, acl, 4) && access_reaches(principal, source, path);
}
