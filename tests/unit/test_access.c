/*
 * test_access.c - who may read what: a million random users, modes and access lists against a
 * second reading of acl(5), and lists that are broken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/access.c"

#define TRIPLES 1000000
#define IDS     5u /* so few that they meet often */

static uint64_t random_state = 88172645463325252u;

static unsigned roll(unsigned sides)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state >> 33) % sides;
}

struct list {
    struct acl_entry entries[12];
    size_t count;
    char bytes[4 + 12 * 8];
};

static void add(struct list *list, unsigned tag, unsigned permissions, uint32_t id)
{
    char *out = list->bytes + 4 + list->count * 8;

    list->entries[list->count++] = (struct acl_entry){ tag, permissions, id };
    out[0] = (char)tag;
    out[1] = 0;
    out[2] = (char)permissions;
    out[3] = 0;
    for (unsigned i = 0; i < 4; i++)
        out[4 + i] = (char)(id >> (8 * i));
}

/* As the kernel keeps them: in this order, a mask as soon as anybody is named. */
static struct list random_list(void)
{
    struct list list = { .bytes = { 2 } };
    unsigned users = roll(3), groups = roll(3);

    add(&list, ACL_USER_OBJ, roll(8), UINT32_MAX);
    for (unsigned i = 0; i < users; i++)
        add(&list, ACL_USER, roll(8), 1 + i * 2 + roll(2));
    add(&list, ACL_GROUP_OBJ, roll(8), UINT32_MAX);
    for (unsigned i = 0; i < groups; i++)
        add(&list, ACL_GROUP, roll(8), 1 + i * 2 + roll(2));
    if (users + groups > 0)
        add(&list, ACL_MASK, roll(8), UINT32_MAX);
    add(&list, ACL_OTHER, roll(8), UINT32_MAX);
    return list;
}

static bool is_in(const gid_t *groups, size_t count, uint32_t gid)
{
    for (size_t i = 0; i < count; i++)
        if (groups[i] == gid)
            return true;
    return false;
}

static unsigned of_tag(const struct list *list, unsigned tag, unsigned otherwise)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->entries[i].tag == tag)
            return list->entries[i].permissions;
    return otherwise;
}

/* acl(5), "Access check algorithm", step by step, by brute force. */
static bool oracle(uid_t uid, const gid_t *groups, size_t group_count, uid_t owner, gid_t gid,
                   const struct list *list, unsigned wanted)
{
    unsigned mask = of_tag(list, ACL_MASK, 7);
    bool is_member = false;

    if (uid == owner)
        return (of_tag(list, ACL_USER_OBJ, 0) & wanted) == wanted;
    for (size_t i = 0; i < list->count; i++)
        if (list->entries[i].tag == ACL_USER && list->entries[i].id == uid)
            return (list->entries[i].permissions & mask & wanted) == wanted;
    for (size_t i = 0; i < list->count; i++) {
        const struct acl_entry *entry = &list->entries[i];
        uint32_t id = entry->tag == ACL_GROUP_OBJ ? gid : entry->id;

        if ((entry->tag != ACL_GROUP_OBJ && entry->tag != ACL_GROUP) ||
            !is_in(groups, group_count, id))
            continue;
        is_member = true;
        if ((entry->permissions & mask & wanted) == wanted)
            return true;
    }
    return !is_member && (of_tag(list, ACL_OTHER, 0) & wanted) == wanted;
}

static void a_million_triples(void **state)
{
    unsigned granted = 0;

    (void)state;
    for (unsigned i = 0; i < TRIPLES; i++) {
        gid_t groups[3] = { 1 + roll(IDS), 1 + roll(IDS), 1 + roll(IDS) };
        size_t group_count = 1 + roll(3);
        uid_t uid = 1 + roll(IDS);
        struct principal principal = { .uid = uid, .groups = groups, .group_count = group_count };
        struct list list = random_list();
        struct file_stamp stamp = { .uid = 1 + roll(IDS), .gid = 1 + roll(IDS) };
        struct span acl = { list.bytes, 4 + list.count * 8 };
        unsigned wanted = roll(2) ? 4 : 1;
        bool expected, got;

        /* Without names, it is the mode alone. */
        stamp.mode = S_IFREG | of_tag(&list, ACL_USER_OBJ, 0) << 6 |
                     of_tag(&list, ACL_MASK, of_tag(&list, ACL_GROUP_OBJ, 0)) << 3 |
                     of_tag(&list, ACL_OTHER, 0);
        if (list.count == 3 && roll(2))
            acl.len = 0;
        expected = oracle(uid, groups, group_count, stamp.uid, stamp.gid, &list, wanted);
        got = access_is_granted(&principal, &stamp, acl, wanted);
        assert_int_equal(got, expected);
        granted += got;
    }
    assert_true(granted > TRIPLES / 10 && granted < TRIPLES * 9 / 10);
}

static void what_is_not_understood_grants_nothing(void **state)
{
    gid_t group = 7;
    struct principal principal = { .uid = 7, .groups = &group, .group_count = 1 };
    struct file_stamp stamp = { .mode = 0100777, .uid = 7, .gid = 7 };
    char bytes[64];

    (void)state;
    for (unsigned round = 0; round < 100000; round++) {
        size_t len = 1 + roll(sizeof(bytes));

        for (size_t i = 0; i < len; i++)
            bytes[i] = (char)roll(256);
        if (len < 4 || memcmp(bytes, "\2\0\0\0", 4) != 0 || (len - 4) % 8 != 0)
            assert_false(access_is_granted(&principal, &stamp, (struct span){ bytes, len }, 4));
        else
            (void)access_is_granted(&principal, &stamp, (struct span){ bytes, len }, 4);
    }
    assert_false(access_is_granted(&principal, &stamp, (struct span){ "\2\0\0\0", 4 }, 4));
}

/* Folders that nobody but their owner may pass, whatever the file says. */
static void folders_count(void **state)
{
    char top[] = "/tmp/varve-access-XXXXXX";
    gid_t group = 4242;
    struct principal *stranger = NULL, *remembers = NULL;
    struct span source, path = { "in/file.txt", 11 };
    char text[128];
    int fd;

    (void)state;
    assert_non_null(mkdtemp(top));
    source = (struct span){ top, strlen(top) };
    assert_int_equal(principal_make(4242, &group, 1, &stranger, NULL), STATUS_OK);
    assert_int_equal(principal_make(4242, &group, 1, &remembers, NULL), STATUS_OK);
    (void)snprintf(text, sizeof(text), "%s/in", top);
    assert_int_equal(mkdir(text, 0755), 0);
    (void)snprintf(text, sizeof(text), "%s/in/file.txt", top);
    fd = open(text, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, 0644), 0);
    (void)close(fd);
    assert_false(access_reaches(stranger, source, path)); /* mkdtemp: 0700 */
    assert_false(access_reads_now(stranger, text));
    assert_int_equal(chmod(top, 0755), 0);
    assert_true(access_reaches(remembers, source, path));
    assert_true(access_reads_now(stranger, text));
    assert_int_equal(chmod(text, 0600), 0);
    assert_false(access_reads_now(stranger, text)); /* taken away between ranking and answer */
    assert_int_equal(unlink(text), 0);
    assert_false(access_reads_now(stranger, text));
    (void)snprintf(text, sizeof(text), "%s/in", top);
    assert_int_equal(rmdir(text), 0);
    assert_int_equal(rmdir(top), 0);
    principal_free(stranger);
    principal_free(remembers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_million_triples),
        cmocka_unit_test(what_is_not_understood_grants_nothing),
        cmocka_unit_test(folders_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
