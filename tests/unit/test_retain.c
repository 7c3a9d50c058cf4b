/* Letting go of the past: collecting keeps what lives, erasing leaves no copy, a backup is whole.
 */
#include "store_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/os.h"
#include "index/feed.h"
#include "index/questions.h"
#include "index/retain.h"
#include "index/status.h"

static const char secret[] = "# Dossier\n\nThe zanthoxylum agreement was signed in Ghent.\n\n"
                             "Nobody else may read of xylographers.";

static enum status ignore_change(void *user, const struct feed_change *change, struct error *err)
{
    (void)user;
    (void)change;
    (void)err;
    return STATUS_OK;
}

static enum status count_piece(void *user, const struct status_piece *piece, struct error *err)
{
    (void)err;
    *(size_t *)user += piece->text.len;
    return STATUS_OK;
}

/* How many files below the folder hold those bytes. */
static unsigned files_with(const struct fixture *fixture, const void *bytes, size_t len)
{
    DIR *folder = opendir(fixture->folder);
    struct dirent *entry;
    unsigned count = 0;

    assert_non_null(folder);
    while ((entry = readdir(folder))) {
        struct buf content = BUF_INIT((size_t)1 << 30);
        char path[400];
        struct error err;

        (void)snprintf(path, sizeof(path), "%s/%s", fixture->folder, entry->d_name);
        if (entry->d_name[0] == '.')
            continue;
        assert_good(os_read_file(path, &content, &err), &err);
        count += memmem(content.data, content.len, bytes, len) != NULL;
        buf_release(&content);
    }
    closedir(folder);
    return count;
}

static void assert_gone(const struct fixture *fixture, const char *text)
{
    if (files_with(fixture, text, strlen(text)))
        fail_msg("'%s' is still there", text);
}

static void test_erased_is_gone(void **state)
{
    struct fixture fixture = fixture_new();
    struct document_key key = key_for(&fixture, "secret.md", "");
    struct made_extraction made = make_extraction(text_span(secret));
    float vector[FIXTURE_DIMENSIONS];
    struct erase_report report;
    struct error err;

    (void)state;
    fixture_put(&fixture, "other.md", "", "An ordinary text.\n\nAnd another one.", 1);
    fixture_put(&fixture, "secret.md", "", secret, 2);
    fixture_put(&fixture, "secret.md", "", "It is harmless now.", 3);
    fixture_put(&fixture, "shared.md", "", "It is harmless now.", 4);
    memcpy(vector, made.vectors[0], sizeof(vector));
    assert_true(files_with(&fixture, vector, sizeof(vector)) > 0);
    assert_true(files_with(&fixture, "xylograph", 9) > 0);
    assert_good(retain_erase(fixture.index, &key, 1, false, &report, &err), &err);
    assert_int_equal(report.documents, 1);
    assert_int_equal(report.revisions, 2);
    assert_int_equal(report.segments, 3);
    assert_int_equal(report.texts, 2);
    assert_int_equal(report.texts_kept, 1);
    assert_true(report.is_log_empty);
    assert_gone(&fixture, "zanthoxylum");
    assert_gone(&fixture, "zanthoxylu"); /* as porter leaves it */
    assert_gone(&fixture, "xylograph");
    assert_gone(&fixture, "Dossier");
    assert_int_equal(files_with(&fixture, vector, sizeof(vector)), 0);
    assert_true(files_with(&fixture, "secret.md", 9) > 0);
    fixture_put(&fixture, "secret.md", "", secret, 5);
    assert_good(retain_erase(fixture.index, &key, 1, true, &report, &err), &err);
    assert_int_equal(fixture_number(&fixture, "SELECT count(*) FROM document"), 2);
    assert_sound(&fixture);
    made_release(&made);
    fixture_free(&fixture);
}

/* Told from the scan file and the revisions, without a walk over all of them. */
static void assert_counts_are_told(struct fixture *fixture)
{
    struct index *index = NULL;
    struct snapshot *snapshot = NULL;
    struct status_counts counts;
    struct error err;

    assert_good(index_open(fixture->folder, INDEX_READ, &index, &err), &err);
    assert_good(snapshot_take(index, &snapshot, &err), &err);
    assert_good(status_read_counts(snapshot, &counts, &err), &err);
    assert_int_equal(counts.vectors, fixture_number(fixture, "SELECT count(*) FROM vector"));
    assert_int_equal(counts.segments,
                     fixture_number(fixture, "SELECT count(*) FROM segment WHERE died IS NULL"));
    snapshot_free(snapshot);
    index_free(index);
}

static void test_collecting_keeps_what_lives(void **state)
{
    struct fixture fixture = fixture_new();
    struct document_key key = key_for(&fixture, "gone.md", "");
    struct retain_policy policy = { .revisions_max = 2 };
    struct retain_report report;
    struct error err;

    (void)state;
    fixture_put(&fixture, "a.md", "", "One.\n\nStays.", 1);
    fixture_put(&fixture, "a.md", "", "Two.\n\nStays.", 2);
    fixture_put(&fixture, "a.md", "", "Three.\n\nStays.", 3);
    fixture_put(&fixture, "gone.md", "", "Goes.", 4);
    fixture_begin(&fixture);
    assert_good(fixture.store->ops->remove(fixture.store, &key, &err), &err);
    fixture_commit(&fixture);
    assert_counts_are_told(&fixture);
    assert_good(retain_collect(fixture.index, &policy, &report, &err), &err);
    assert_int_equal(report.revisions, 1);
    assert_int_equal(report.segments, 1);
    assert_counts_are_told(&fixture);
    assert_sound(&fixture);
    policy = (struct retain_policy){ .everything = true };
    assert_good(retain_collect(fixture.index, &policy, &report, &err), &err);
    assert_int_equal(report.revisions, 2);
    assert_int_equal(report.texts, 2);
    assert_int_equal(report.vectors, 2);
    assert_int_equal(report.documents, 1);
    assert_int_equal(fixture_number(&fixture, "SELECT count(*) FROM segment"), 2);
    assert_counts_are_told(&fixture);
    assert_int_equal(report.oldest_generation, fixture.generation);
    assert_sound(&fixture);
    fixture_put(&fixture, "a.md", "", "One.\n\nStays.", 5);
    assert_sound(&fixture);
    fixture_free(&fixture);
}

/* What went first goes first, until the texts of the past fit. */
static void test_bytes_of_the_past(void **state)
{
    struct fixture fixture = fixture_new();
    struct retain_policy policy = { .text_bytes_max = 11 };
    struct retain_report report;
    struct error err;

    (void)state;
    fixture_put(&fixture, "a.md", "", "1234567890", 1);
    fixture_put(&fixture, "a.md", "", "abcde", 2);
    fixture_put(&fixture, "a.md", "", "fghij", 3);
    fixture_put(&fixture, "a.md", "", "What lives does not count.", 4);
    assert_good(retain_collect(fixture.index, &policy, &report, &err), &err);
    assert_int_equal(report.revisions, 1);
    assert_int_equal(fixture_number(&fixture, "SELECT sum(text_bytes) FROM revision"
                                              " WHERE died IS NOT NULL"),
                     10);
    policy.text_bytes_max = 1;
    assert_good(retain_collect(fixture.index, &policy, &report, &err), &err);
    assert_int_equal(report.revisions, 2);
    assert_sound(&fixture);
    fixture_free(&fixture);
}

/* What was superseded before a time; what is younger stays, and what lives, however old. */
static void test_age_of_the_past(void **state)
{
    struct fixture fixture = fixture_new();
    struct document_key key = key_for(&fixture, "gone.md", "");
    struct retain_policy policy = { .older_than_ms = 1 };
    struct retain_report report;
    struct error err;

    (void)state;
    fixture_put(&fixture, "a.md", "", "One.", 1);
    fixture_put(&fixture, "gone.md", "", "Goes.", 1);
    fixture_put(&fixture, "a.md", "", "Two.", 2);
    fixture_begin(&fixture);
    assert_good(fixture.store->ops->remove(fixture.store, &key, &err), &err);
    fixture_commit(&fixture);
    fixture_put(&fixture, "a.md", "", "Three.", 3);
    fixture_damage(&fixture, "UPDATE generation SET committed_ms = 5000 + 1000 *"
                             " (generation - (SELECT max(generation) FROM generation))");
    assert_good(retain_collect(fixture.index, &policy, &report, &err), &err);
    assert_int_equal(report.revisions, 0);
    /* At 3,000 one was superseded, at 4,000 another removed, at 5,000 the next superseded. */
    policy.older_than_ms = 3001;
    assert_good(retain_collect(fixture.index, &policy, &report, &err), &err);
    assert_int_equal(report.revisions, 1);
    policy.older_than_ms = 4001;
    assert_good(retain_collect(fixture.index, &policy, &report, &err), &err);
    assert_int_equal(report.revisions, 1);
    assert_int_equal(report.documents, 1);
    policy.older_than_ms = INT64_MAX;
    assert_good(retain_collect(fixture.index, &policy, &report, &err), &err);
    assert_int_equal(report.revisions, 1);
    assert_int_equal(fixture_number(&fixture, "SELECT count(*) FROM revision"), 1);
    assert_sound(&fixture);
    fixture_free(&fixture);
}

/* A clock that was behind for a while (no battery, no network yet): nothing seems older by it. */
static void test_age_when_the_clock_was_wrong(void **state)
{
    struct fixture fixture = fixture_new();
    struct retain_policy policy = { .older_than_ms = 3000, .feed_older_than_ms = 3000 };
    struct retain_report report;
    struct error err;

    (void)state;
    fixture_put(&fixture, "a.md", "", "One.", 1);
    fixture_put(&fixture, "a.md", "", "Two.", 2);
    fixture_put(&fixture, "a.md", "", "Three.", 3);
    fixture_damage(&fixture, "UPDATE generation SET committed_ms = 5000");
    fixture_put(&fixture, "a.md", "", "Four.", 4);
    fixture_damage(&fixture, "UPDATE generation SET committed_ms = 0 WHERE generation ="
                             " (SELECT max(generation) FROM generation)");
    fixture_put(&fixture, "a.md", "", "Five.", 5);
    assert_good(retain_collect(fixture.index, &policy, &report, &err), &err);
    assert_int_equal(report.revisions, 0);
    assert_int_equal(report.changes, 0);
    fixture_free(&fixture);
}

static enum status read_feed(struct fixture *fixture, int64_t from, int64_t *next,
                             struct error *err)
{
    struct snapshot *snapshot = NULL;
    enum status status;

    assert_good(snapshot_take(fixture->index, &snapshot, err), err);
    status = feed_read(snapshot, from, 0, ignore_change, NULL, next, err);
    snapshot_free(snapshot);
    return status;
}

/* From the front, as far as the consumers that are named have it, and never the newest. */
static void test_the_feed_is_cut(void **state)
{
    struct fixture fixture = fixture_new();
    struct retain_policy policy = { .feed_older_than_ms = INT64_MAX,
                                    .feed_consumers = { "ahead", "new" } };
    struct retain_report report;
    struct error err;
    int64_t next;

    (void)state;
    for (int i = 0; i < 9; i++)
        fixture_put(&fixture, "a.md", "", i % 2 ? "One." : "Two.", (unsigned)i);
    assert_good(feed_write_position(fixture.index, "ahead", 5, &err), &err);
    assert_good(feed_write_position(fixture.index, "given up", 2, &err), &err);
    /* One that has not read anything yet has no position. */
    assert_good(retain_collect(fixture.index, &policy, &report, &err), &err);
    assert_int_equal(report.changes, 0);
    policy.feed_consumers[1] = NULL;
    assert_good(retain_collect(fixture.index, &policy, &report, &err), &err);
    assert_int_equal(report.changes, 5);
    assert_good(read_feed(&fixture, 6, &next, &err), &err);
    assert_int_equal(next, 10);
    assert_int_equal(read_feed(&fixture, 3, &next, &err), STATUS_UNSUPPORTED);
    assert_non_null(strstr(err.text, "changes before 6 are not kept"));
    policy.feed_consumers[0] = NULL;
    assert_good(retain_collect(fixture.index, &policy, &report, &err), &err);
    assert_int_equal(report.changes, 3);
    assert_good(read_feed(&fixture, 9, &next, &err), &err);
    fixture_put(&fixture, "a.md", "", "Ten.", 10);
    assert_good(read_feed(&fixture, 10, &next, &err), &err);
    assert_int_equal(next, 11);
    assert_sound(&fixture);
    fixture_free(&fixture);
}

static void write_paragraphs(struct buf *out, unsigned round)
{
    buf_clear(out);
    for (unsigned i = 0; i < 400; i++) {
        buf_printf(out, "%sParagraph %u of %u", i ? "\n\n" : "", i, round);
        for (unsigned k = 0; k < 60; k++)
            buf_printf(out, " word%u", (i * 7919 + k * 104729 + round * 31) % 65521);
    }
}

static unsigned count_hits(struct index *index)
{
    struct search_query query = { .text = text_span("+paragraph"), .mode = SEARCH_TEXT };
    struct snapshot *snapshot = NULL;
    struct search *search = NULL;
    struct error err;
    struct hit hit;
    bool has_hit = true;
    unsigned count = 0;

    assert_good(snapshot_take(index, &snapshot, &err), &err);
    assert_good(search_run(snapshot, &query, &search, &err), &err);
    while (has_hit) {
        assert_good(search_next(search, &hit, &has_hit, &err), &err);
        count += has_hit;
    }
    search_free(search);
    snapshot_free(snapshot);
    return count;
}

/* Between the steps a reader searches, and one looks on at what it saw before. */
static void test_space_returns_while_others_search(void **state)
{
    struct fixture fixture = fixture_new();
    struct retain_work work = { .policy = { .everything = true } };
    struct buf text = BUF_INIT((size_t)1 << 24);
    struct index *reader = NULL, *before = NULL;
    struct snapshot *snapshot = NULL;
    int64_t pages;
    unsigned hits;
    struct error err;

    (void)state;
    for (unsigned round = 0; round < 6; round++) {
        write_paragraphs(&text, round);
        fixture_put(&fixture, "a.md", "", text.data, round + 1);
    }
    assert_good(index_open(fixture.folder, INDEX_READ, &reader, &err), &err);
    assert_good(index_open(fixture.folder, INDEX_READ, &before, &err), &err);
    assert_good(snapshot_take(before, &snapshot, &err), &err);
    pages = fixture_number(&fixture, "PRAGMA page_count");
    hits = count_hits(reader);
    assert_true(hits > 0);
    while (work.phase != RETAIN_DONE) {
        assert_good(retain_step(fixture.index, &work, &err), &err);
        assert_int_equal(count_hits(reader), hits);
    }
    assert_int_equal(work.report.revisions, 5);
    assert_true(work.report.freed_bytes > 0);
    assert_true(fixture_number(&fixture, "PRAGMA page_count") < pages * 3 / 4);
    assert_int_equal(fixture_number(&fixture, "PRAGMA freelist_count"), 0);
    assert_int_equal(fixture_number(&fixture, "SELECT slots FROM scan"),
                     fixture_number(&fixture, "SELECT count(*) FROM vector"));
    snapshot_free(snapshot);
    index_free(reader);
    index_free(before);
    assert_sound(&fixture);
    buf_release(&text);
    fixture_free(&fixture);
}

static enum status count_key(void *user, const struct document_key *key, struct error *err)
{
    (void)err;
    *(size_t *)user += key->path.len > 0;
    return STATUS_OK;
}

static size_t matches(struct fixture *fixture, const char *glob)
{
    struct snapshot *snapshot = NULL;
    struct error err;
    size_t count = 0;

    assert_good(snapshot_take(fixture->index, &snapshot, &err), &err);
    assert_good(retain_each_match(snapshot, glob, count_key, &count, &err), &err);
    snapshot_free(snapshot);
    return count;
}

static void test_matches(void **state)
{
    struct fixture fixture = fixture_new();
    struct document_key key = key_for(&fixture, "sub/gone.md", "");
    struct error err;

    (void)state;
    fixture_put(&fixture, "a.md", "", "One.", 1);
    fixture_put(&fixture, "sub/gone.md", "", "Two.", 2);
    fixture_put(&fixture, "b.zip", "in/c.md", "Three.", 3);
    fixture_begin(&fixture);
    assert_good(fixture.store->ops->remove(fixture.store, &key, &err), &err);
    fixture_commit(&fixture);
    assert_int_equal(matches(&fixture, "*.md"), 3);
    assert_int_equal(matches(&fixture, "/home/docs/sub/*"), 1);
    assert_int_equal(matches(&fixture, "a.md"), 1);
    assert_int_equal(matches(&fixture, "b.zip!/*"), 1);
    assert_int_equal(matches(&fixture, "*.txt"), 0);
    fixture_free(&fixture);
}

static void test_a_backup_is_whole(void **state)
{
    struct fixture fixture = fixture_new();
    struct fixture copy = { .folder = "" };
    struct index *reader = NULL;
    struct snapshot *snapshot = NULL;
    struct document_key key = key_for(&fixture, "a.md", "");
    struct error err;
    struct backup_report report;
    size_t bytes = 0;

    (void)state;
    fixture_put(&fixture, "a.md", "", "One.\n\nStays.", 1);
    (void)snprintf(copy.folder, sizeof(copy.folder), "%.40s-copy", fixture.folder);
    assert_good(index_open(fixture.folder, INDEX_READ, &reader, &err), &err);
    assert_good(index_backup(reader, copy.folder, &report, &err), &err);
    assert_false(report.is_unchanged);
    assert_good(index_backup(reader, copy.folder, &report, &err), &err);
    index_free(reader);
    fixture_put(&fixture, "a.md", "", "Changed since.", 2);
    assert_sound(&copy);
    /* The first writer builds what was left out. */
    fixture_reopen(&copy);
    assert_sound(&copy);
    assert_good(snapshot_take(copy.index, &snapshot, &err), &err);
    assert_good(status_show(snapshot, &key, text_span(""), count_piece, &bytes, &err), &err);
    snapshot_free(snapshot);
    assert_int_equal(bytes, strlen("One.") + strlen("Stays."));
    fixture_free(&copy);
    fixture_free(&fixture);
}

/* A backup of what was not written to since is left; a damaged one is made again. */
static void test_a_backup_again(void **state)
{
    struct fixture fixture = fixture_new();
    struct index *reader = NULL;
    char folder[96], path[128];
    struct backup_report report;
    struct stat before, after;
    struct error err;
    const struct timespec past[2] = { { .tv_sec = 1000000000 }, { .tv_sec = 1000000000 } };

    (void)state;
    fixture_put(&fixture, "a.md", "", "One.\n\nStays.", 1);
    (void)snprintf(folder, sizeof(folder), "%.40s/backup", fixture.folder);
    assert_good(index_open(fixture.folder, INDEX_READ, &reader, &err), &err);
    /* As if it had been written to long ago. */
    (void)snprintf(path, sizeof(path), "%s/index.db", fixture.folder);
    assert_int_equal(utimensat(AT_FDCWD, path, past, 0), 0);
    (void)snprintf(path, sizeof(path), "%s/index.db-wal", fixture.folder);
    assert_int_equal(utimensat(AT_FDCWD, path, past, 0), 0);
    assert_good(index_backup(reader, folder, &report, &err), &err);
    assert_false(report.is_unchanged);
    (void)snprintf(path, sizeof(path), "%s/index.db", folder);
    assert_int_equal(stat(path, &before), 0);
    assert_good(index_backup(reader, folder, &report, &err), &err);
    assert_true(report.is_unchanged);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(truncate(path, 8192), 0);
    assert_good(index_backup(reader, folder, &report, &err), &err);
    assert_false(report.is_unchanged);
    fixture_put(&fixture, "a.md", "", "Two.", 2);
    assert_good(index_backup(reader, folder, &report, &err), &err);
    assert_false(report.is_unchanged);
    index_free(reader);
    fixture_free(&fixture);
}

static void put_many(struct fixture *fixture, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char name[32], text[256];

        (void)snprintf(name, sizeof(name), "%u.md", i);
        (void)snprintf(text, sizeof(text), "Number %u.\n\nIt says %u and %u.\n\nAnd %u%u.", i,
                       i * 7919u, i * 104729u, i * 15485863u, i * 3571u);
        fixture_put(fixture, name, "", text, 1);
    }
}

static void copy_file(const char *from, const char *to)
{
    struct buf bytes = BUF_INIT((size_t)1 << 26);
    struct error err;

    assert_good(os_read_file(from, &bytes, &err), &err);
    assert_good(os_replace_file(to, buf_span(&bytes), 0600, &err), &err);
    buf_release(&bytes);
}

/* Only what changed is written, and a log that another life of the copy left is not taken for a
 * part of it. */
static void test_a_backup_of_changes(void **state)
{
    struct fixture fixture = fixture_new();
    struct fixture copy = { .folder = "" };
    struct index *reader = NULL;
    char path[128], kept[128];
    struct backup_report report;
    struct error err;

    (void)state;
    put_many(&fixture, 200);
    (void)snprintf(copy.folder, sizeof(copy.folder), "%.40s-copy", fixture.folder);
    assert_good(index_open(fixture.folder, INDEX_READ, &reader, &err), &err);
    assert_good(index_backup(reader, copy.folder, &report, &err), &err);
    assert_int_equal(report.pages, report.changed_pages);
    fixture_put(&fixture, "7.md", "", "Another seven.", 2);
    assert_good(index_backup(reader, copy.folder, &report, &err), &err);
    assert_true(report.pages > 60);
    assert_in_range(report.changed_pages, 1, report.pages / 2);
    assert_sound(&copy);
    /* The copy is written to, and its log comes back. */
    fixture_reopen(&copy);
    (void)snprintf(path, sizeof(path), "%s/index.db-wal", copy.folder);
    (void)snprintf(kept, sizeof(kept), "%s/kept", copy.folder);
    fixture_put(&copy, "0.md", "", "A life of its own.", 3);
    copy_file(path, kept);
    fixture_close(&copy);
    copy_file(kept, path);
    assert_good(index_backup(reader, copy.folder, &report, &err), &err);
    assert_int_equal(access(path, F_OK), -1);
    assert_sound(&copy);
    /* It shrinks, and it is a wreck: both are made up for. */
    index_free(reader);
    fixture_free(&fixture);
    fixture = fixture_new();
    put_many(&fixture, 3);
    assert_good(index_open(fixture.folder, INDEX_READ, &reader, &err), &err);
    assert_good(index_backup(reader, copy.folder, &report, &err), &err);
    assert_sound(&copy);
    (void)snprintf(path, sizeof(path), "%s/index.db", copy.folder);
    copy_file(kept, path);
    assert_good(index_backup(reader, copy.folder, &report, &err), &err);
    assert_sound(&copy);
    index_free(reader);
    fixture_free(&fixture);
    fixture_free(&copy);
}

static void open_questions(const char *folder, bool is_new, enum status wanted)
{
    struct question_log *log = NULL;

    assert_int_equal(question_log_open(folder, is_new, &log, NULL), wanted);
    question_log_free(log);
}

/* Questions know documents by their ids, which it gives out again to others. */
static void test_restore(void **state)
{
    struct fixture fixture = fixture_new();
    struct search_query query = { .text = text_span("stays"),
                                  .mode = SEARCH_TEXT,
                                  .vector_weight = -1 };
    struct buf aside = BUF_INIT(8192);
    struct buf found = BUF_INIT(4096);
    struct index *reader = NULL;
    char folder[96], uuid[37];
    struct backup_report report;
    struct error err;

    (void)state;
    fixture_put(&fixture, "a.md", "", "One.\n\nStays.", 1);
    (void)snprintf(folder, sizeof(folder), "%.40s/backup", fixture.folder);
    assert_good(index_open(fixture.folder, INDEX_READ, &reader, &err), &err);
    assert_good(index_backup(reader, folder, &report, &err), &err);
    (void)snprintf(uuid, sizeof(uuid), "%s", index_uuid(reader));
    index_free(reader);
    fixture_put(&fixture, "a.md", "", "Changed since.", 2);
    open_questions(fixture.folder, true, STATUS_OK);
    assert_int_equal(index_restore(folder, fixture.folder, true, &aside, &err), STATUS_BUSY);
    fixture_close(&fixture);
    assert_int_equal(index_restore(folder, fixture.folder, false, &aside, &err),
                     STATUS_UNSUPPORTED);
    assert_good(index_open(fixture.folder, INDEX_READ, &reader, &err), &err);
    assert_false(index_is_replaced(reader));
    assert_good(index_restore(folder, fixture.folder, true, &aside, &err), &err);
    assert_true(index_is_replaced(reader));
    index_free(reader);
    assert_true(aside.len > 0);
    open_questions(fixture.folder, false, STATUS_UNREADABLE);
    open_questions(aside.data, false, STATUS_OK);
    assert_sound(&fixture);
    fixture_search(&fixture, &query, &found);
    assert_string_equal(found.data, "a.md");
    fixture_reopen(&fixture);
    assert_string_not_equal(index_uuid(fixture.index), uuid);
    fixture_put(&fixture, "a.md", "", "It goes on.", 3);
    assert_sound(&fixture);
    /* What was there is all there. */
    assert_good(index_open(aside.data, INDEX_READ, &reader, &err), &err);
    assert_string_equal(index_uuid(reader), uuid);
    index_free(reader);
    buf_release(&found);
    buf_release(&aside);
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_erased_is_gone),
        cmocka_unit_test(test_collecting_keeps_what_lives),
        cmocka_unit_test(test_bytes_of_the_past),
        cmocka_unit_test(test_age_of_the_past),
        cmocka_unit_test(test_age_when_the_clock_was_wrong),
        cmocka_unit_test(test_the_feed_is_cut),
        cmocka_unit_test(test_space_returns_while_others_search),
        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_a_backup_is_whole),
        cmocka_unit_test(test_a_backup_again),
        cmocka_unit_test(test_a_backup_of_changes),
        cmocka_unit_test(test_restore),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
