#include "tests/unit/watch_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "watch/ignore.h"

#define DEADLINE_MS    60000 /* far beyond what a loaded machine needs */
#define FILE_BYTES_MAX ((size_t)1 << 20)

static struct document_key fixture_key(const struct fixture *fixture, struct span path)
{
    return (
        struct document_key){ .source_id = fixture->source_id, .path = path, .member = { "", 0 } };
}

const char *full_path(const struct fixture *fixture, const char *path)
{
    static char paths[4][OS_PATH_MAX];
    static unsigned next;
    char *out = paths[next++ % 4];

    (void)snprintf(out, OS_PATH_MAX, "%s/%s", fixture->folder, path);
    return out;
}

static void commit(struct fixture *fixture)
{
    int64_t generation;

    assert_int_equal(fixture->store->ops->commit(fixture->store, &generation, NULL), STATUS_OK);
}

static void put_revision(struct fixture *fixture, struct span path, const struct file_stamp *stamp,
                         const struct buf *text, const struct hash *hash)
{
    struct extraction extraction = { .outcome = OUTCOME_COMPLETE, .text = buf_span(text) };
    struct revision_record revision = { .key = fixture_key(fixture, path),
                                        .stamp = *stamp,
                                        .content_hash = *hash,
                                        .extraction = &extraction };
    bool waits = false;

    assert_int_equal(fixture->store->ops->put_revision(fixture->store, &revision, &waits, NULL),
                     STATUS_OK);
    fixture->counts.indexed++;
}

/* As the real pipeline: a file that is gone is nothing here, one that can't be opened a failure. */
static void look_at_file(struct fixture *fixture, struct span path)
{
    CLEANUP(buf_release) struct buf name = BUF_INIT(OS_PATH_MAX), text = BUF_INIT(FILE_BYTES_MAX);
    CLEANUP(close_fd) int folder = open(fixture->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    CLEANUP(close_fd) int fd = -1;
    const struct store_ops *ops = fixture->store->ops;
    struct document_key key = fixture_key(fixture, path);
    struct document_record record = { 0 };
    struct file_stamp stamp = { 0 };
    struct hash hash = { 0 };
    bool is_known = false;

    buf_append(&name, path.data, path.len);
    if (folder < 0)
        return;
    assert_int_equal(ops->begin(fixture->store, NULL), STATUS_OK);
    if (os_open_beneath(folder, name.data, &fd, NULL)) {
        if (errno == EACCES)
            assert_int_equal(ops->put_failure(fixture->store, &key, &stamp, NULL, NULL,
                                              OUTCOME_UNREADABLE, "no permission", NULL),
                             STATUS_OK);
        commit(fixture);
        return;
    }
    assert_int_equal(os_stamp_fd(fd, &stamp, NULL), STATUS_OK);
    assert_int_equal(ops->lookup(fixture->store, &key, &record, &is_known, NULL), STATUS_OK);
    if (S_ISREG(stamp.mode) && os_read_fd(fd, &text, name.data, NULL) == STATUS_OK) {
        hash_of(buf_span(&text), &hash);
        if (is_known && record.has_text && hash_equal(&hash, &record.content_hash)) {
            assert_int_equal(
                ops->touch(fixture->store, &key, &stamp, (struct span){ NULL, 0 }, NULL),
                STATUS_OK);
            fixture->counts.touched++;
        } else {
            put_revision(fixture, path, &stamp, &text, &hash);
        }
    }
    commit(fixture);
}

static void on_changed(void *user, int64_t source_id, struct span path)
{
    struct fixture *fixture = user;

    assert_int_equal(source_id, fixture->source_id);
    fixture->counts.changed++;
    look_at_file(fixture, path);
}

static void on_moved(void *user, int64_t source_id, struct span from, struct span to)
{
    struct fixture *fixture = user;
    const struct store_ops *ops = fixture->store->ops;
    struct document_key old = fixture_key(fixture, from), new = fixture_key(fixture, to);
    struct document_record record = { 0 };
    bool is_known = false;

    (void)source_id;
    assert_int_equal(ops->begin(fixture->store, NULL), STATUS_OK);
    assert_int_equal(ops->lookup(fixture->store, &old, &record, &is_known, NULL), STATUS_OK);
    if (is_known) {
        struct file_stamp stamp = record.stamp;

        assert_int_equal(ops->remove(fixture->store, &new, NULL), STATUS_OK);
        assert_int_equal(ops->move(fixture->store, &old, &new, &stamp, NULL), STATUS_OK);
        fixture->counts.moved++;
    }
    commit(fixture);
    look_at_file(fixture, to);
}

static void on_removed(void *user, int64_t source_id, struct span path)
{
    struct fixture *fixture = user;
    const struct store_ops *ops = fixture->store->ops;
    struct document_key key = fixture_key(fixture, path);
    struct document_record record;
    bool is_known = false;

    (void)source_id;
    assert_int_equal(ops->begin(fixture->store, NULL), STATUS_OK);
    assert_int_equal(ops->lookup(fixture->store, &key, &record, &is_known, NULL), STATUS_OK);
    fixture->counts.removed += is_known;
    assert_int_equal(ops->remove(fixture->store, &key, NULL), STATUS_OK);
    commit(fixture);
}

static void on_held(void *user, int64_t source_id, struct span path)
{
    struct fixture *fixture = user;
    struct document_key key = fixture_key(fixture, path);

    (void)source_id;
    fixture->counts.held++;
    assert_int_equal(fixture->store->ops->begin(fixture->store, NULL), STATUS_OK);
    assert_int_equal(fixture->store->ops->hold(fixture->store, &key, NULL), STATUS_OK);
    commit(fixture);
}

static void on_refused(void *user, int64_t source_id, struct span path, enum outcome outcome,
                       const char *reason)
{
    struct fixture *fixture = user;
    struct document_key key = fixture_key(fixture, path);
    struct file_stamp stamp = { 0 };

    (void)source_id;
    fixture->counts.refused++;
    (void)snprintf(fixture->last_refused, sizeof(fixture->last_refused), "%.*s", (int)path.len,
                   path.data);
    (void)snprintf(fixture->last_reason, sizeof(fixture->last_reason), "%s", reason);
    assert_int_equal(fixture->store->ops->begin(fixture->store, NULL), STATUS_OK);
    if (os_stamp_at(AT_FDCWD, full_path(fixture, fixture->last_refused), &stamp, NULL))
        stamp = (struct file_stamp){ 0 };
    assert_int_equal(fixture->store->ops->put_failure(fixture->store, &key, &stamp, NULL, NULL,
                                                      outcome, reason, NULL),
                     STATUS_OK);
    commit(fixture);
}

static void on_trust(void *user, int64_t source_id, struct span folder, const char *why)
{
    struct fixture *fixture = user;

    (void)source_id;
    (void)folder;
    if (why)
        fixture->counts.lowered++;
    else
        fixture->counts.restored++;
    (void)snprintf(fixture->why, sizeof(fixture->why), "%s", why ? why : "");
}

void fixture_begin(struct fixture *fixture)
{
    int64_t generation;

    *fixture = (struct fixture){ 0 };
    /* short, so that tests are; each rule is about their order only */
    fixture->options.settle_ms = 40;
    fixture->options.open_settle_ms = 150;
    fixture->options.open_settle_max_ms = 600;
    fixture->options.gone_ms = 60;
    (void)snprintf(fixture->top, sizeof(fixture->top), "/tmp/varve-watch-XXXXXX");
    assert_non_null(mkdtemp(fixture->top));
    assert_int_equal(chmod(fixture->top, 0755), 0);
    (void)snprintf(fixture->folder, sizeof(fixture->folder), "%s/source", fixture->top);
    (void)snprintf(fixture->outside, sizeof(fixture->outside), "%s/outside", fixture->top);
    (void)snprintf(fixture->state, sizeof(fixture->state), "%s/state", fixture->top);
    assert_int_equal(mkdir(fixture->folder, 0755), 0);
    assert_int_equal(mkdir(fixture->outside, 0755), 0);
    assert_int_equal(mkdir(fixture->state, 0755), 0);
    fixture->options.state_folder = fixture->state;
    fixture->store = memory_store_new();
    assert_int_equal(fixture->store->ops->begin(fixture->store, NULL), STATUS_OK);
    assert_int_equal(fixture->store->ops->put_source(
                         fixture->store, (struct span){ fixture->folder, strlen(fixture->folder) },
                         &fixture->source_id, NULL),
                     STATUS_OK);
    assert_int_equal(fixture->store->ops->commit(fixture->store, &generation, NULL), STATUS_OK);
}

static void step(struct fixture *fixture)
{
    struct error err = { 0 };

    if (loop_step(fixture->loop, 50, &err) || watch_status(fixture->watch, &err))
        fail_msg("%s", err.text);
}

void fixture_settle(struct fixture *fixture)
{
    int64_t end = os_monotonic_ms() + DEADLINE_MS;

    do
        step(fixture);
    while (!watch_is_settled(fixture->watch) && os_monotonic_ms() < end);
    assert_true(watch_is_settled(fixture->watch));
}

void fixture_run(struct fixture *fixture, int64_t ms)
{
    int64_t end = os_monotonic_ms() + ms;

    while (os_monotonic_ms() < end)
        step(fixture);
}

static void on_barrier(void *user, bool is_complete)
{
    ((struct fixture *)user)->barriers += is_complete;
}

void fixture_fresh(struct fixture *fixture)
{
    int64_t end = os_monotonic_ms() + DEADLINE_MS;
    uint64_t before = fixture->barriers;

    assert_int_equal(watch_barrier(fixture->watch, on_barrier, fixture, NULL), STATUS_OK);
    while (fixture->barriers == before && os_monotonic_ms() < end)
        step(fixture);
    assert_int_equal(fixture->barriers, before + 1);
}

void fixture_start(struct fixture *fixture)
{
    struct watch_handler handler = { .user = fixture,
                                     .changed = on_changed,
                                     .moved = on_moved,
                                     .removed = on_removed,
                                     .held = on_held,
                                     .refused = on_refused,
                                     .trust = on_trust };
    struct error err = { 0 };

    assert_int_equal(loop_new(&fixture->loop, NULL), STATUS_OK);
    if (watch_new(fixture->loop, fixture->store, &fixture->options, &handler, &fixture->watch,
                  &err) ||
        watch_add_source(fixture->watch, fixture->source_id,
                         (struct span){ fixture->folder, strlen(fixture->folder) }, &err))
        fail_msg("%s", err.text);
    fixture_settle(fixture);
}

void fixture_stop(struct fixture *fixture)
{
    watch_free(fixture->watch);
    loop_free(fixture->loop);
    fixture->watch = NULL;
    fixture->loop = NULL;
}

static int delete_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void fixture_end(struct fixture *fixture)
{
    fixture_stop(fixture);
    fixture->store->ops->free(fixture->store);
    (void)nftw(fixture->top, delete_one, 16, FTW_DEPTH | FTW_PHYS);
}

void put_file(const struct fixture *fixture, const char *path, const char *text)
{
    int fd = open(full_path(fixture, path), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(close(fd), 0);
}

void make_folder(const struct fixture *fixture, const char *path)
{
    assert_int_equal(mkdir(full_path(fixture, path), 0755), 0);
}

void move_path(const struct fixture *fixture, const char *from, const char *to)
{
    assert_int_equal(rename(full_path(fixture, from), full_path(fixture, to)), 0);
}

void delete_path(const struct fixture *fixture, const char *path)
{
    assert_int_equal(nftw(full_path(fixture, path), delete_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

void assert_text(const struct fixture *fixture, const char *path, const char *text)
{
    struct span found = memory_store_text(fixture->store, fixture->source_id, path, "");

    if (!found.data)
        fail_msg("'%s' is not in the store", path);
    if (found.len != strlen(text) || memcmp(found.data, text, found.len) != 0)
        fail_msg("'%s' is '%.*s' in the store, not '%s'", path, (int)found.len, found.data, text);
}

void assert_unknown(const struct fixture *fixture, const char *path)
{
    if (memory_store_document(fixture->store, fixture->source_id, path, ""))
        fail_msg("'%s' is still in the store", path);
}

/* nftw() has no user argument */
static const struct fixture *tree_fixture;
static struct ignore *tree_ignore;
static size_t tree_files;

static int compare_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(FILE_BYTES_MAX);
    const char *relative = path + strlen(tree_fixture->folder) + (ftw->level > 0);

    (void)st;
    if (type != FTW_F || !S_ISREG(st->st_mode) ||
        ignore_covers(tree_ignore, (struct span){ relative, strlen(relative) }, false))
        return 0;
    tree_files++;
    assert_int_equal(os_read_file(path, &text, NULL), STATUS_OK);
    assert_text(tree_fixture, relative, text.data);
    return 0;
}

/* Text belongs to a file of that name, a refusal to something else of that name. */
static enum status compare_document(void *user, const struct document_record *record,
                                    struct error *err)
{
    const struct fixture *fixture = user;
    bool is_refused = record->outcome != OUTCOME_COMPLETE; /* its last good text may be kept */
    struct stat st;

    (void)err;
    if (lstat(full_path(fixture, record->key.path.data), &st) < 0)
        fail_msg("'%s' is in the store and not on disk", record->key.path.data);
    if (S_ISREG(st.st_mode) == is_refused)
        fail_msg("'%s' is %s in the store", record->key.path.data, outcome_name(record->outcome));
    tree_files -= !is_refused;
    return STATUS_OK;
}

void assert_store_is_tree(const struct fixture *fixture)
{
    union {
        const struct fixture *lent;
        void *user;
    } argument = { fixture };

    tree_fixture = fixture;
    tree_files = 0;
    assert_int_equal(ignore_new(NULL, &tree_ignore, NULL), STATUS_OK);
    assert_int_equal(nftw(fixture->folder, compare_one, 16, FTW_PHYS), 0);
    ignore_free(tree_ignore);
    assert_int_equal(fixture->store->ops->each(fixture->store, fixture->source_id,
                                               (struct span){ "", 0 }, compare_document,
                                               argument.user, NULL),
                     STATUS_OK);
    assert_int_equal(tree_files, 0);
}
