/* Folders made, filled, renamed, moved in and out, mounted over, forbidden; and too many at once.
 */
#include "tests/unit/memory_store.c"
#include "tests/unit/watch_fixture.c"

#include <pthread.h>
#include <sched.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "watch/tree.h"

#define MANY 500

/* Pitfall 1: a folder is filled before its watch exists. */
static void *fill_fast(void *user)
{
    const struct fixture *f = user;
    char name[128];

    for (int i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof(name), "%s/r%d", f->folder, i);
        if (mkdir(name, 0755) == 0) {
            size_t len = strlen(name);
            int fd;

            (void)snprintf(name + len, sizeof(name) - len, "/f");
            fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
            if (fd < 0 || write(fd, "x", 1) != 1)
                abort();
            (void)close(fd);
        }
    }
    return NULL;
}

static void new_folders_at_full_speed(void **state)
{
    struct fixture f;
    pthread_t thread;

    (void)state;
    fixture_begin(&f);
    fixture_start(&f);
    assert_int_equal(pthread_create(&thread, NULL, fill_fast, &f), 0);
    fixture_run(&f, 30);
    assert_int_equal(pthread_join(thread, NULL), 0);
    fixture_fresh(&f);
    assert_int_equal(memory_store_count(f.store, f.source_id), MANY);
    fixture_end(&f);
}

/* Pitfall 2: the kernel's queue runs over while nobody reads it. */
static void queue_overflow(void **state)
{
    CLEANUP(buf_release) struct buf limit = BUF_INIT(64);
    struct watch_source_state source;
    struct fixture f;
    char name[32];

    (void)state;
    if (os_read_file("/proc/sys/fs/inotify/max_queued_events", &limit, NULL))
        skip();
    fixture_begin(&f);
    put_file(&f, "a", "a");
    put_file(&f, "b", "b");
    put_file(&f, "deleted", "deleted");
    fixture_start(&f);
    for (long i = strtol(limit.data, NULL, 10) + 10; i > 0; i--) /* equal neighbours are merged */
        assert_int_equal(utimensat(AT_FDCWD, full_path(&f, i % 2 ? "a" : "b"), NULL, 0), 0);
    put_file(&f, "a", "changed");
    delete_path(&f, "deleted");
    for (int i = 0; i < 50; i++) {
        (void)snprintf(name, sizeof(name), "f%d", i);
        put_file(&f, name, name);
    }
    fixture_fresh(&f);
    assert_text(&f, "a", "changed");
    assert_store_is_tree(&f);
    assert_true(watch_read_source(f.watch, f.source_id, &source));
    assert_int_equal(source.overflows, 1);
    assert_int_equal(f.counts.lowered, 1);
    assert_int_equal(f.counts.restored, 1);
    assert_string_equal(source.trouble, "");
    fixture_end(&f);
}

static void fill_tree(const struct fixture *f, const char *top, int folders, int files)
{
    char name[128];

    make_folder(f, top);
    for (int i = 0; i < folders; i++) {
        (void)snprintf(name, sizeof(name), "%s/d%d", top, i);
        make_folder(f, name);
        for (int k = 0; k < files; k++) {
            (void)snprintf(name, sizeof(name), "%s/d%d/f%d", top, i, k);
            put_file(f, name, name + strlen(top));
        }
    }
}

/* Pitfall 8: each document keeps its identity, nothing is read as new. */
static void renamed_folder_moves_each_file(void **state)
{
    struct fixture f;
    int64_t id;

    (void)state;
    fixture_begin(&f);
    fill_tree(&f, "old", 10, 50);
    fixture_start(&f);
    fixture_fresh(&f);
    assert_int_equal(f.counts.indexed, 500);
    id = memory_store_document(f.store, f.source_id, "old/d3/f4", "")->document_id;
    move_path(&f, "old", "new");
    fixture_settle(&f);
    assert_int_equal(f.counts.moved, 500);
    assert_int_equal(f.counts.indexed, 500);
    assert_int_equal(f.counts.removed, 0);
    assert_int_equal(memory_store_document(f.store, f.source_id, "new/d3/f4", "")->document_id, id);
    assert_store_is_tree(&f);
    /* the watches below know their new path */
    put_file(&f, "new/d3/f4", "edited");
    fixture_settle(&f);
    assert_text(&f, "new/d3/f4", "edited");
    assert_store_is_tree(&f);
    fixture_end(&f);
}

/* The same while the watch was off: by device, inode, birth time, size and mtime. */
static void renamed_while_off(void **state)
{
    struct fixture f;
    struct file_stamp stamp;

    (void)state;
    fixture_begin(&f);
    fill_tree(&f, "old", 3, 10);
    put_file(&f, "a", "a file");
    fixture_start(&f);
    fixture_fresh(&f);
    assert_int_equal(os_stamp_at(AT_FDCWD, full_path(&f, "a"), &stamp, NULL), STATUS_OK);
    fixture_stop(&f);
    if (stamp.btime_ns == 0) {
        fixture_start(&f);
        fixture_end(&f);
        print_message("skipped: this file system has no birth times\n");
        skip();
    }
    move_path(&f, "old", "new");
    move_path(&f, "a", "new/b");
    fixture_start(&f);
    fixture_fresh(&f);
    assert_int_equal(f.counts.moved, 31);
    assert_int_equal(f.counts.indexed, 31);
    assert_store_is_tree(&f);
    fixture_end(&f);
}

static void edits_race_with_a_renamed_folder(void **state)
{
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    fill_tree(&f, "a", 2, 10);
    fixture_start(&f);
    fixture_fresh(&f);
    put_file(&f, "a/d0/f1", "before");
    move_path(&f, "a", "b");
    put_file(&f, "b/d0/f2", "after");
    put_file(&f, "b/d1/new", "new");
    delete_path(&f, "b/d1/f3");
    move_path(&f, "b/d0", "b/e0");
    move_path(&f, "b", "c");
    fixture_settle(&f);
    assert_text(&f, "c/e0/f1", "before");
    assert_text(&f, "c/e0/f2", "after");
    assert_store_is_tree(&f);
    fixture_end(&f);
}

/* Pitfalls 9 and 10. */
static void moved_out_and_in(void **state)
{
    struct fixture f;
    char outside[128];

    (void)state;
    fixture_begin(&f);
    fill_tree(&f, "tree", 4, 25);
    put_file(&f, "stays", "stays");
    fill_tree(&f, "more", 2, 100);
    fixture_start(&f);
    fixture_fresh(&f);
    (void)snprintf(outside, sizeof(outside), "%s/tree", f.outside);
    assert_int_equal(rename(full_path(&f, "tree"), outside), 0);
    fixture_settle(&f);
    assert_int_equal(f.counts.removed, 100);
    assert_int_equal(f.counts.held, 0);
    assert_store_is_tree(&f);
    /* what is written there now is none of ours */
    put_file(&f, "../outside/tree/d0/f0", "secret");
    fixture_fresh(&f);
    assert_store_is_tree(&f);
    assert_int_equal(rename(outside, full_path(&f, "back")), 0);
    fixture_settle(&f);
    assert_text(&f, "back/d0/f0", "secret");
    assert_store_is_tree(&f);
    put_file(&f, "back/d0/f0", "edited");
    fixture_fresh(&f);
    assert_text(&f, "back/d0/f0", "edited");
    fixture_end(&f);
}

/* A name that was a file is a folder, and the other way round. */
static void files_and_folders_change_places(void **state)
{
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    put_file(&f, "x", "file");
    make_folder(&f, "y");
    put_file(&f, "y/in", "in");
    put_file(&f, "z", "z");
    fixture_start(&f);
    fixture_fresh(&f);
    delete_path(&f, "x");
    make_folder(&f, "x");
    put_file(&f, "x/in", "x in");
    delete_path(&f, "y");
    put_file(&f, "y", "y file");
    fixture_fresh(&f);
    assert_text(&f, "x/in", "x in");
    assert_text(&f, "y", "y file");
    assert_unknown(&f, "x");
    assert_unknown(&f, "y/in");
    /* a link to a folder in a folder's place hides the files that were below it */
    delete_path(&f, "x");
    assert_int_equal(symlink("../outside", full_path(&f, "x")), 0);
    put_file(&f, "../outside/in", "not ours");
    fixture_fresh(&f);
    assert_unknown(&f, "x/in");
    fixture_end(&f);
}

/* Pitfalls 15 and 27: recorded, never opened. */
static void special_files_are_refused(void **state)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct fixture f;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)state;
    fixture_begin(&f);
    put_file(&f, "ordinary", "text");
    assert_int_equal(mkfifo(full_path(&f, "fifo"), 0600), 0);
    assert_int_equal(symlink("loop", full_path(&f, "loop")), 0);
    assert_int_equal(symlink("nowhere", full_path(&f, "dangling")), 0);
    assert_int_equal(symlink("..", full_path(&f, "up")), 0);
    assert_int_equal(symlink("ordinary", full_path(&f, "inside")), 0);
    fixture_start(&f);
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", f.folder);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    fixture_fresh(&f);
    assert_int_equal(f.counts.refused, 5);
    assert_non_null(strstr(memory_store_reason(f.store, f.source_id, "fifo", ""), "FIFO"));
    assert_non_null(strstr(memory_store_reason(f.store, f.source_id, "socket", ""), "socket"));
    assert_non_null(strstr(memory_store_reason(f.store, f.source_id, "loop", ""), "itself"));
    assert_non_null(strstr(memory_store_reason(f.store, f.source_id, "dangling", ""), "nowhere"));
    assert_non_null(strstr(memory_store_reason(f.store, f.source_id, "up", ""), "out of"));
    assert_unknown(&f, "inside");
    assert_text(&f, "ordinary", "text");
    /* told once, and gone with them */
    watch_scan(f.watch, 0);
    fixture_fresh(&f);
    assert_int_equal(f.counts.refused, 5);
    assert_int_equal(unlink(full_path(&f, "fifo")), 0);
    fixture_fresh(&f);
    assert_unknown(&f, "fifo");
    assert_int_equal(close(fd), 0);
    fixture_end(&f);
}

/* Runs a test in a process of its own, where it may change who it is. Its failure is the child's
 * exit status; 77: it cannot run here. */
static void in_child(void (*test)(void), const char *why_not)
{
    int status = -1;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        test();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
        print_message("skipped: %s\n", why_not);
        skip();
    }
    assert_int_equal(status, 0);
}

/* Pitfall 17: an unreadable folder keeps its documents, is told, and comes back. */
static void unreadable_folder(void)
{
    struct fixture f;

    if (getuid() == 0 && (setgid(65534) || setuid(65534)))
        _exit(77); /* permissions don't bind root */
    fixture_begin(&f);
    make_folder(&f, "private");
    make_folder(&f, "private/deep");
    put_file(&f, "private/deep/a", "a");
    put_file(&f, "b", "b");
    fixture_start(&f);
    fixture_fresh(&f);
    assert_int_equal(chmod(full_path(&f, "private"), 0), 0);
    fixture_fresh(&f);
    assert_text(&f, "private/deep/a", "a");
    assert_string_equal(f.last_refused, "private");
    watch_scan(f.watch, 0);
    fixture_fresh(&f);
    assert_text(&f, "private/deep/a", "a");
    assert_int_equal(f.counts.removed + f.counts.held, 0);
    assert_int_equal(chmod(full_path(&f, "private"), 0755), 0);
    fixture_fresh(&f); /* by its event alone */
    assert_unknown(&f, "private");
    put_file(&f, "private/deep/a", "new");
    fixture_fresh(&f);
    assert_text(&f, "private/deep/a", "new");
    assert_store_is_tree(&f);
    fixture_end(&f);
}

static void unreadable_folder_keeps_documents(void **state)
{
    (void)state;
    in_child(unreadable_folder, "cannot become another user");
}

/* Pitfall 24. The limit counts per user, so another user's watches don't matter. */
static void few_watches(void)
{
    struct watch_source_state source;
    struct fixture f;

    fixture_begin(&f);
    f.options.poll_ms = 200;
    fill_tree(&f, "t", 40, 2);
    fixture_start(&f);
    assert_true(watch_read_source(f.watch, f.source_id, &source));
    if (source.unwatched == 0) {
        fixture_end(&f);
        _exit(77);
    }
    assert_non_null(strstr(f.why, "fs.inotify.max_user_watches"));
    for (int i = 0; i < 40; i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "t/d%d/new", i);
        put_file(&f, name, name);
    }
    fixture_fresh(&f); /* folders without a watch are scanned for it */
    assert_store_is_tree(&f);
    put_file(&f, "t/d39/polled", "polled");
    for (int i = 0; i < 200 && memory_store_count(f.store, f.source_id) < 121; i++)
        fixture_run(&f, 50);
    assert_store_is_tree(&f);
    fixture_end(&f);
}

static bool write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool is_written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0)
        (void)close(fd);
    return is_written;
}

/* A user namespace has a limit of its own, so that the machine's stays as it is. */
static void few_watches_of_our_own(void)
{
    char map[64];

    (void)snprintf(map, sizeof(map), "0 %u 1", getuid());
    if (unshare(CLONE_NEWUSER) < 0 || !write_text("/proc/self/uid_map", map) ||
        !write_text("/proc/sys/user/max_inotify_watches", "20"))
        _exit(77);
    few_watches();
}

static void without_watches_it_polls(void **state)
{
    (void)state;
    in_child(few_watches_of_our_own, "no user namespaces here");
}

/* Pitfalls 12 and 13, as root. */
static void mounts(void **state)
{
    struct fixture f;

    (void)state;
    if (geteuid() != 0) {
        print_message("skipped: mounting needs root\n");
        skip();
    }
    fixture_begin(&f);
    make_folder(&f, "m");
    make_folder(&f, "real");
    make_folder(&f, "bind");
    put_file(&f, "m/doc", "under");
    put_file(&f, "real/doc", "real");
    fixture_start(&f);
    fixture_fresh(&f);
    if (mount("tmpfs", full_path(&f, "m"), "tmpfs", 0, "size=1m") < 0) {
        fixture_end(&f);
        print_message("skipped: cannot mount here\n");
        skip();
    }
    fixture_settle(&f);
    watch_scan(f.watch, 0);
    fixture_fresh(&f);
    assert_text(&f, "m/doc", "under"); /* hidden, not gone */
    assert_int_equal(f.counts.removed + f.counts.held, 0);
    assert_string_equal(f.last_refused, "m");
    assert_int_equal(umount(full_path(&f, "m")), 0);
    fixture_fresh(&f);
    watch_scan(f.watch, 0);
    fixture_fresh(&f);
    assert_text(&f, "m/doc", "under");
    put_file(&f, "m/doc", "again");
    fixture_fresh(&f);
    assert_text(&f, "m/doc", "again");
    /* the second path to a folder is not indexed a second time */
    assert_int_equal(mount(full_path(&f, "real"), full_path(&f, "bind"), NULL, MS_BIND, NULL), 0);
    watch_scan(f.watch, 0);
    fixture_fresh(&f);
    assert_unknown(&f, "bind/doc");
    put_file(&f, "real/doc", "edited");
    fixture_fresh(&f);
    assert_text(&f, "real/doc", "edited");
    assert_int_equal(umount(full_path(&f, "bind")), 0);
    fixture_end(&f);
}

static void unmounted_source_is_offline(void **state)
{
    struct watch_source_state source;
    struct fixture f;

    (void)state;
    if (geteuid() != 0) {
        print_message("skipped: mounting needs root\n");
        skip();
    }
    fixture_begin(&f);
    if (mount("tmpfs", f.folder, "tmpfs", 0, "size=4m") < 0) {
        fixture_end(&f);
        print_message("skipped: cannot mount here\n");
        skip();
    }
    fill_tree(&f, "t", 3, 10);
    fixture_start(&f);
    fixture_fresh(&f);
    assert_int_equal(memory_store_count(f.store, f.source_id), 30);
    assert_int_equal(umount2(f.folder, MNT_DETACH), 0);
    fixture_settle(&f);
    assert_true(watch_read_source(f.watch, f.source_id, &source));
    assert_true(source.is_offline);
    fixture_fresh(&f);
    watch_scan(f.watch, 0);
    fixture_fresh(&f);
    assert_int_equal(memory_store_count(f.store, f.source_id), 30);
    assert_int_equal(f.counts.removed + f.counts.held, 0);
    fixture_end(&f);
}

/* Pitfall 25. */
static void source_renamed_there_and_back(void **state)
{
    struct watch_source_state source;
    struct fixture f;
    char away[128];

    (void)state;
    fixture_begin(&f);
    put_file(&f, "a", "a");
    fixture_start(&f);
    fixture_fresh(&f);
    (void)snprintf(away, sizeof(away), "%s/away", f.top);
    assert_int_equal(rename(f.folder, away), 0);
    fixture_settle(&f);
    assert_true(watch_read_source(f.watch, f.source_id, &source));
    assert_true(source.is_offline);
    assert_true(source.trouble[0] != '\0');
    assert_text(&f, "a", "a");
    assert_int_equal(rename(away, f.folder), 0);
    put_file(&f, "a", "b");
    fixture_fresh(&f); /* looks at once, and finds it again */
    assert_true(watch_read_source(f.watch, f.source_id, &source));
    assert_false(source.is_offline);
    assert_text(&f, "a", "b");
    put_file(&f, "a", "c");
    fixture_settle(&f);
    assert_text(&f, "a", "c");
    fixture_end(&f);
}

/* Pitfall 22: an event of a watch that never was ours means that something was missed. */
struct heard {
    unsigned overflows, others;
};

static void hear(void *user, const struct tree_event *event)
{
    struct heard *heard = user;

    if (event->mask & IN_Q_OVERFLOW)
        heard->overflows++;
    else
        heard->others++;
}

static void unknown_watch_is_a_loss(void **state)
{
    struct heard heard = { 0 };
    struct tree *tree;
    struct file_stamp stamp;
    enum tree_entered entered;
    struct fixture f;
    int fd;

    (void)state;
    fixture_begin(&f);
    assert_int_equal(tree_new(&tree, NULL), STATUS_OK);
    fd = open(f.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(os_stamp_fd(fd, &stamp, NULL), STATUS_OK);
    assert_int_equal(
        tree_enter(tree, 1, f.folder, (struct span){ "", 0 }, fd, &stamp, &entered, NULL),
        STATUS_OK);
    assert_int_equal(entered, TREE_NEW);
    /* behind the tree's back, in its instance */
    assert_true(inotify_add_watch(tree_fd(tree), f.outside, IN_CREATE) >= 0);
    put_file(&f, "../outside/x", "x");
    assert_int_equal(tree_read(tree, hear, &heard, NULL), STATUS_OK);
    assert_int_equal(heard.overflows, 1);
    /* but the late events of a folder that was dropped are none */
    put_file(&f, "y", "y");
    tree_drop(tree, 1, (struct span){ "", 0 });
    heard = (struct heard){ 0 };
    assert_int_equal(tree_read(tree, hear, &heard, NULL), STATUS_OK);
    assert_int_equal(heard.overflows + heard.others, 0);
    assert_int_equal(close(fd), 0);
    tree_free(tree);
    f.watch = NULL;
    f.store->ops->free(f.store);
    (void)nftw(f.top, delete_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Pitfall 29, and sources inside each other. */
static void overlaps_are_refused(void **state)
{
    struct fixture f;
    struct error err;

    (void)state;
    fixture_begin(&f);
    make_folder(&f, "inner");
    fixture_start(&f);
    assert_int_equal(watch_add_source(f.watch, 99, (struct span){ f.top, strlen(f.top) }, &err),
                     STATUS_UNSUPPORTED);
    assert_non_null(strstr(err.text, "knowledge base"));
    {
        const char *inner = full_path(&f, "inner");

        assert_int_equal(watch_add_source(f.watch, 99, (struct span){ inner, strlen(inner) }, &err),
                         STATUS_UNSUPPORTED);
    }
    assert_non_null(strstr(err.text, "overlap"));
    assert_int_equal(watch_add_source(f.watch, 99, (struct span){ "/nowhere/at/all", 15 }, &err),
                     STATUS_UNREADABLE);
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_folders_at_full_speed),
        cmocka_unit_test(queue_overflow),
        cmocka_unit_test(renamed_folder_moves_each_file),
        cmocka_unit_test(renamed_while_off),
        cmocka_unit_test(edits_race_with_a_renamed_folder),
        cmocka_unit_test(moved_out_and_in),
        cmocka_unit_test(files_and_folders_change_places),
        cmocka_unit_test(special_files_are_refused),
        cmocka_unit_test(unreadable_folder_keeps_documents),
        cmocka_unit_test(without_watches_it_polls),
        cmocka_unit_test(mounts),
        cmocka_unit_test(unmounted_source_is_offline),
        cmocka_unit_test(source_renamed_there_and_back),
        cmocka_unit_test(unknown_watch_is_a_loss),
        cmocka_unit_test(overlaps_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
