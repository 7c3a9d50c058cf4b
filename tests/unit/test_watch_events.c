/* What editors, shells and tools do to files, against a real folder and real inotify. */
#include "tests/unit/memory_store.c"
#include "tests/unit/watch_fixture.c"

#include <sys/mman.h>

static void finds_what_is_there_at_the_start(void **state)
{
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    make_folder(&f, "a");
    make_folder(&f, "a/b");
    put_file(&f, "one.txt", "one");
    put_file(&f, "a/b/two.txt", "two");
    fixture_start(&f);
    fixture_fresh(&f);
    assert_text(&f, "one.txt", "one");
    assert_text(&f, "a/b/two.txt", "two");
    assert_store_is_tree(&f);
    fixture_end(&f);
}

static void follows_edit_add_rename_delete(void **state)
{
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    put_file(&f, "a.txt", "first");
    put_file(&f, "gone.txt", "gone");
    fixture_start(&f);
    put_file(&f, "a.txt", "second");
    put_file(&f, "new.txt", "new");
    delete_path(&f, "gone.txt");
    fixture_settle(&f);
    assert_text(&f, "a.txt", "second");
    assert_text(&f, "new.txt", "new");
    assert_unknown(&f, "gone.txt");
    move_path(&f, "a.txt", "b.txt");
    fixture_settle(&f);
    assert_text(&f, "b.txt", "second");
    assert_unknown(&f, "a.txt");
    assert_int_equal(f.counts.moved, 1);
    assert_int_equal(f.counts.indexed, 4); /* the rename read nothing new */
    fixture_end(&f);
}

/* vim: the old file becomes the backup, a new one is written, the backup goes. */
static void vim_saves_by_backup(void **state)
{
    struct fixture f;
    int64_t id;

    (void)state;
    fixture_begin(&f);
    put_file(&f, "a.txt", "first");
    fixture_start(&f);
    fixture_fresh(&f);
    id = memory_store_document(f.store, f.source_id, "a.txt", "")->document_id;
    put_file(&f, "4913", "");
    delete_path(&f, "4913");
    put_file(&f, ".a.txt.swp", "swap");
    move_path(&f, "a.txt", "a.txt~");
    put_file(&f, "a.txt", "second");
    delete_path(&f, "a.txt~");
    fixture_settle(&f);
    assert_text(&f, "a.txt", "second");
    assert_int_equal(memory_store_count(f.store, f.source_id), 1);
    assert_int_equal(memory_store_document(f.store, f.source_id, "a.txt", "")->document_id, id);
    assert_int_equal(f.counts.indexed, 2);
    assert_int_equal(f.counts.removed, 0);
    fixture_end(&f);
}

/* Another name for the backup, one that is not ignored: still one new version and no rename. */
static void backup_under_an_ordinary_name(void **state)
{
    struct fixture f;
    int64_t id;

    (void)state;
    fixture_begin(&f);
    put_file(&f, "a.txt", "first");
    fixture_start(&f);
    fixture_fresh(&f);
    id = memory_store_document(f.store, f.source_id, "a.txt", "")->document_id;
    move_path(&f, "a.txt", "a.txt.bak");
    put_file(&f, "a.txt", "second");
    delete_path(&f, "a.txt.bak");
    fixture_settle(&f);
    assert_text(&f, "a.txt", "second");
    assert_unknown(&f, "a.txt.bak");
    assert_int_equal(memory_store_document(f.store, f.source_id, "a.txt", "")->document_id, id);
    assert_int_equal(f.counts.moved, 0);
    fixture_end(&f);
}

/* emacs, LibreOffice, git: a temporary is written and renamed over. */
static void saves_by_renaming_over(void **state)
{
    struct fixture f;
    int64_t id;

    (void)state;
    fixture_begin(&f);
    put_file(&f, "a.txt", "first");
    fixture_start(&f);
    fixture_fresh(&f);
    id = memory_store_document(f.store, f.source_id, "a.txt", "")->document_id;
    put_file(&f, ".#a.txt", "lock");
    put_file(&f, "lu123.tmp", "second");
    move_path(&f, "lu123.tmp", "a.txt");
    fixture_settle(&f);
    assert_text(&f, "a.txt", "second");
    assert_int_equal(memory_store_count(f.store, f.source_id), 1);
    assert_int_equal(memory_store_document(f.store, f.source_id, "a.txt", "")->document_id, id);
    assert_int_equal(f.counts.indexed, 2);
    /* the same with a temporary that had been there long enough to be indexed */
    put_file(&f, "draft", "third");
    fixture_settle(&f);
    move_path(&f, "draft", "a.txt");
    fixture_settle(&f);
    assert_text(&f, "a.txt", "third");
    assert_unknown(&f, "draft");
    assert_int_equal(memory_store_count(f.store, f.source_id), 1);
    fixture_end(&f);
}

static void chains_of_renames_are_one(void **state)
{
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    put_file(&f, "a", "text");
    put_file(&f, "x", "x text");
    put_file(&f, "y", "y text");
    fixture_start(&f);
    fixture_fresh(&f);
    f.counts = (struct fixture_counts){ 0 };
    move_path(&f, "a", "b");
    move_path(&f, "b", "c");
    move_path(&f, "c", "d");
    fixture_settle(&f);
    assert_int_equal(f.counts.moved, 1);
    assert_text(&f, "d", "text");
    move_path(&f, "d", "e"); /* there and back */
    move_path(&f, "e", "d");
    fixture_settle(&f);
    assert_text(&f, "d", "text");
    assert_int_equal(f.counts.moved, 1);
    move_path(&f, "x", "t"); /* a swap */
    move_path(&f, "y", "x");
    move_path(&f, "t", "y");
    fixture_settle(&f);
    assert_text(&f, "x", "y text");
    assert_text(&f, "y", "x text");
    assert_store_is_tree(&f);
    fixture_end(&f);
}

/* Pitfall 6: a log that stays open is told after silence, and at the latest after the maximum. */
static void open_writer_is_told(void **state)
{
    struct fixture f;
    int fd;
    uint64_t seen;

    (void)state;
    fixture_begin(&f);
    fixture_start(&f);
    fd = open(full_path(&f, "log"), O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "one", 3), 3);
    fixture_settle(&f);
    assert_text(&f, "log", "one");
    seen = f.counts.changed;
    for (int i = 0; i < 200 && f.counts.changed == seen; i++) {
        assert_int_equal(write(fd, ".", 1), 1);
        fixture_run(&f, 20);
    }
    assert_true(f.counts.changed > seen);
    assert_int_equal(close(fd), 0);
    fixture_settle(&f);
    assert_store_is_tree(&f);
    fixture_end(&f);
}

/* Pitfall 5: a mapped writer is only heard of when it closes. */
static void mapped_writer_is_told_at_close(void **state)
{
    struct fixture f;
    char *mapped;
    int fd;

    (void)state;
    fixture_begin(&f);
    put_file(&f, "m", "old text");
    fixture_start(&f);
    fixture_fresh(&f);
    fd = open(full_path(&f, "m"), O_RDWR | O_CLOEXEC);
    mapped = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_true(mapped != MAP_FAILED);
    memcpy(mapped, "new", 3);
    assert_int_equal(msync(mapped, 8, MS_SYNC), 0);
    assert_int_equal(munmap(mapped, 8), 0);
    assert_int_equal(close(fd), 0);
    fixture_fresh(&f);
    assert_text(&f, "m", "new text");
    fixture_end(&f);
}

/* Pitfall 18: a file that is born complete has a CREATE and no CLOSE_WRITE. */
static void linked_from_nowhere(void **state)
{
    struct fixture f;
    char name[64];
    int fd;

    (void)state;
    fixture_begin(&f);
    fixture_start(&f);
    fd = open(f.folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0644);
    if (fd < 0) {
        fixture_end(&f);
        print_message("skipped: this file system has no O_TMPFILE\n");
        skip();
    }
    assert_int_equal(write(fd, "text", 4), 4);
    (void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    assert_int_equal(linkat(AT_FDCWD, name, AT_FDCWD, full_path(&f, "born"), AT_SYMLINK_FOLLOW), 0);
    fixture_settle(&f);
    assert_text(&f, "born", "text");
    assert_int_equal(close(fd), 0);
    fixture_end(&f);
}

/* Pitfalls 19 and 21: the time put back, and another file with the same inode number and size. */
static void same_size_same_time(void **state)
{
    struct fixture f;
    struct stat st;
    struct timespec times[2];

    (void)state;
    fixture_begin(&f);
    put_file(&f, "t", "12345");
    fixture_start(&f);
    fixture_fresh(&f);
    assert_int_equal(stat(full_path(&f, "t"), &st), 0);
    fixture_stop(&f);
    put_file(&f, "t", "54321");
    times[0] = st.st_atim;
    times[1] = st.st_mtim;
    assert_int_equal(utimensat(AT_FDCWD, full_path(&f, "t"), times, 0), 0);
    fixture_start(&f);
    fixture_fresh(&f);
    assert_text(&f, "t", "54321");
    fixture_stop(&f);
    delete_path(&f, "t");
    put_file(&f, "t", "abcde");
    assert_int_equal(utimensat(AT_FDCWD, full_path(&f, "t"), times, 0), 0);
    fixture_start(&f);
    fixture_fresh(&f);
    assert_text(&f, "t", "abcde");
    fixture_end(&f);
}

/* Pitfall 14: a write through a second name outside has no event; the scan sees it. */
static void hard_link_written_outside(void **state)
{
    struct fixture f;
    char other[128];
    int fd;

    (void)state;
    fixture_begin(&f);
    put_file(&f, "h", "one");
    fixture_start(&f);
    fixture_fresh(&f);
    (void)snprintf(other, sizeof(other), "%s/h", f.outside);
    assert_int_equal(link(full_path(&f, "h"), other), 0);
    fixture_settle(&f);
    fd = open(other, O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_int_equal(write(fd, "two", 3), 3);
    assert_int_equal(close(fd), 0);
    watch_scan(f.watch, 0);
    fixture_fresh(&f);
    assert_text(&f, "h", "two");
    fixture_end(&f);
}

/* Pitfall 16, 30: names are bytes. */
static void names_are_bytes(void **state)
{
    static const char *const names[] = { "bad\xff\xfe\nname\x1b[31m",
                                         "caf\xc3\xa9",
                                         "cafe\xcc\x81",
                                         "Case",
                                         "case",
                                         " ",
                                         "-rf",
                                         "\\",
                                         "a\"b",
                                         "*?[x]" };
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    fixture_start(&f);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        put_file(&f, names[i], names[i]);
    for (int c = 1; c < 256; c++) {
        char name[2] = { (char)c, '\0' };

        if (c != '/' && c != '.')
            put_file(&f, name, name);
    }
    fixture_fresh(&f);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        assert_text(&f, names[i], names[i]);
    assert_store_is_tree(&f);
    move_path(&f, "case", "CASE");
    fixture_fresh(&f);
    assert_store_is_tree(&f);
    fixture_end(&f);
}

/* Everything saved before the barrier is in after it, however fresh. */
static void barrier_flushes(void **state)
{
    struct fixture f;
    char name[32];

    (void)state;
    fixture_begin(&f);
    f.options.settle_ms = f.options.open_settle_ms = f.options.gone_ms = 1000000;
    f.options.open_settle_max_ms = 10000000;
    fixture_start(&f);
    for (int i = 0; i < 50; i++) {
        (void)snprintf(name, sizeof(name), "f%d", i % 7);
        if (i % 7 == 0)
            make_folder(&f, i == 0 ? "d" : name + 1); /* "0" once, then it exists */
        put_file(&f, name, name);
        fixture_fresh(&f);
        assert_text(&f, name, name);
        delete_path(&f, name);
        fixture_fresh(&f);
        assert_unknown(&f, name);
        if (i % 7 == 0)
            delete_path(&f, i == 0 ? "d" : name + 1);
    }
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_is_there_at_the_start),
        cmocka_unit_test(follows_edit_add_rename_delete),
        cmocka_unit_test(vim_saves_by_backup),
        cmocka_unit_test(backup_under_an_ordinary_name),
        cmocka_unit_test(saves_by_renaming_over),
        cmocka_unit_test(chains_of_renames_are_one),
        cmocka_unit_test(open_writer_is_told),
        cmocka_unit_test(mapped_writer_is_told_at_close),
        cmocka_unit_test(linked_from_nowhere),
        cmocka_unit_test(same_size_same_time),
        cmocka_unit_test(hard_link_written_outside),
        cmocka_unit_test(names_are_bytes),
        cmocka_unit_test(barrier_flushes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
