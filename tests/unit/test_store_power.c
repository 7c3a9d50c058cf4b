/* Power cuts under the store: an SQLite file system that keeps the last synced bytes of each file
 * beside what was written since, and scan files whose syncs are seen. At a cut, every write that
 * was not synced may be there, be missing, or be half there. Afterwards the index is what the
 * oracle says for the last generation that was acknowledged, or for the one that was under way. Two
 * bugs are planted, and must be seen. VARVE_TEST_ROUNDS (FULL=1: 3,000) and VARVE_TEST_SEED choose.
 */
#include "store_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "index/internal.h"

#define FILES_MAX  64
#define WRITES_MAX 8192
#define SECTOR     512
#define PATHS      5

/* ---- the disk ---- */

struct bytes {
    char *data;
    size_t len;
};

struct pending {
    struct bytes bytes; /* data NULL: cut to offset */
    size_t offset;
};

struct disk_file {
    char path[160];
    struct bytes sure;
    struct pending *pending;
    size_t pending_count;
    bool is_there, is_sure_there;
};

static struct disk_file disk[FILES_MAX];
static uint64_t seed;
static long writes_left; /* until the power goes; < 0: it is gone */

/* A planted bug: none; committed before what it refers to is synced; answered before the commit;
 * the feed's rows in a second transaction. */
static enum { SOUND, UNSYNCED, EARLY, TWO_COMMITS } plant;

static unsigned roll(unsigned sides)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % sides);
}

static struct disk_file *find_file(const char *path)
{
    struct disk_file *empty = NULL;

    for (size_t i = 0; i < FILES_MAX; i++) {
        if (strcmp(disk[i].path, path) == 0)
            return &disk[i];
        if (!disk[i].path[0] && !empty)
            empty = &disk[i];
    }
    assert_non_null(empty);
    (void)snprintf(empty->path, sizeof(empty->path), "%s", path);
    empty->pending = calloc(WRITES_MAX, sizeof(*empty->pending));
    return empty;
}

static void write_bytes(struct bytes *bytes, size_t offset, const char *data, size_t len)
{
    if (offset + len > bytes->len) {
        bytes->data = realloc(bytes->data, offset + len + 1);
        memset(bytes->data + bytes->len, 0, offset + len - bytes->len);
        bytes->len = offset + len;
    }
    memcpy(bytes->data + offset, data, len);
}

static void apply(struct bytes *bytes, const struct pending *pending, bool is_torn)
{
    if (!pending->bytes.data) {
        bytes->len = pending->offset < bytes->len ? pending->offset : bytes->len;
        return;
    }
    for (size_t at = 0; at < pending->bytes.len; at += SECTOR) {
        size_t len = pending->bytes.len - at < SECTOR ? pending->bytes.len - at : SECTOR;

        if (!is_torn || roll(2))
            write_bytes(bytes, pending->offset + at, pending->bytes.data + at, len);
    }
}

static void forget_pending(struct disk_file *file)
{
    for (size_t i = 0; i < file->pending_count; i++)
        free(file->pending[i].bytes.data);
    file->pending_count = 0;
}

static void sync_file(struct disk_file *file)
{
    for (size_t i = 0; i < file->pending_count; i++)
        apply(&file->sure, &file->pending[i], false);
    forget_pending(file);
    file->is_sure_there = file->is_there;
}

/* False: the power is gone. */
static bool use_power(void)
{
    if (writes_left < 0)
        return false;
    writes_left--;
    return writes_left >= 0;
}

static void add_pending(struct disk_file *file, size_t offset, const char *data, size_t len)
{
    struct pending *pending = &file->pending[file->pending_count++];

    assert_true(file->pending_count < WRITES_MAX);
    *pending = (struct pending){ .offset = offset };
    if (data) {
        pending->bytes = (struct bytes){ malloc(len + 1), len };
        memcpy(pending->bytes.data, data, len);
    }
}

static void read_whole(const char *path, struct bytes *out)
{
    FILE *in = fopen(path, "rb");
    struct stat stat;

    *out = (struct bytes){ NULL, 0 };
    if (!in)
        return;
    assert_int_equal(fstat(fileno(in), &stat), 0);
    out->data = malloc((size_t)stat.st_size + 1);
    out->len = fread(out->data, 1, (size_t)stat.st_size, in);
    (void)fclose(in);
}

static void drop_file(size_t at)
{
    size_t last = at;

    while (last + 1 < FILES_MAX && disk[last + 1].path[0])
        last++;
    forget_pending(&disk[at]);
    free(disk[at].pending);
    free(disk[at].sure.data);
    disk[at] = disk[last];
    disk[last] = (struct disk_file){ 0 };
}

/* Scan files are removed past SQLite; their folder is synced before the index names another. */
static void drop_removed_files(void)
{
    for (size_t i = FILES_MAX; i-- > 0;) {
        if (strstr(disk[i].path, "/scan-") && access(disk[i].path, F_OK) != 0)
            drop_file(i);
    }
}

/* The files as a power cut leaves them, in place of those that are there. */
static void lay_out(void)
{
    unsigned mood = roll(4); /* nothing unsynced is there, all, some, torn */

    drop_removed_files();
    for (size_t i = 0; i < FILES_MAX && disk[i].path[0]; i++) {
        struct disk_file *file = &disk[i];
        bool is_there = roll(2) ? file->is_there : file->is_sure_there;
        FILE *out;

        for (size_t k = 0; k < file->pending_count && mood > 0; k++) {
            if (mood == 1 || roll(2))
                apply(&file->sure, &file->pending[k], mood == 3);
        }
        forget_pending(file);
        (void)unlink(file->path);
        file->is_there = file->is_sure_there = is_there;
        if (!is_there) {
            file->sure.len = 0;
            continue;
        }
        out = fopen(file->path, "wb");
        assert_non_null(out);
        assert_int_equal(fwrite(file->sure.data ? file->sure.data : "", 1, file->sure.len, out),
                         file->sure.len);
        (void)fclose(out);
    }
}

/* The scan file is written through a mapping, and synced by the one call of this name that is not
 * SQLite's: all that changed since its last sync was pending, page by page. */
int fdatasync(int fd)
{
    char link[64], path[160];
    struct disk_file *file;
    struct bytes now;
    ssize_t len;

    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    len = readlink(link, path, sizeof(path) - 1);
    if (len <= 0 || !strstr(path, "/scan-"))
        return 0;
    path[len] = '\0';
    file = find_file(path);
    file->is_there = true;
    read_whole(path, &now);
    forget_pending(file);
    for (size_t at = 0; at < now.len; at += 4096) {
        size_t page = now.len - at < 4096 ? now.len - at : 4096;

        if (at + page > file->sure.len || memcmp(file->sure.data + at, now.data + at, page) != 0)
            add_pending(file, at, now.data + at, page);
    }
    free(now.data);
    if (!use_power())
        return errno = EIO, -1;
    if (plant != UNSYNCED)
        sync_file(file);
    return 0;
}

int fsync(int fd)
{
    (void)fd; /* of a folder: entries are settled with their file here */
    return writes_left < 0 ? (errno = EIO, -1) : 0;
}

/* ---- SQLite's file system, over the real one ---- */

struct power_file {
    sqlite3_file base;
    struct disk_file *file; /* NULL: a temporary one */
    sqlite3_file real[];
};

static sqlite3_vfs *real_vfs;

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct power_file *)file)->real;
}

static int power_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int power_read(sqlite3_file *file, void *out, int len, sqlite3_int64 offset)
{
    return real_of(file)->pMethods->xRead(real_of(file), out, len, offset);
}

static int power_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 offset)
{
    struct disk_file *on_disk = ((struct power_file *)file)->file;

    if (on_disk) {
        bool has_power = use_power();

        if (writes_left >= 0 || has_power)
            add_pending(on_disk, (size_t)offset, data, (size_t)len);
        if (!has_power)
            return SQLITE_IOERR_WRITE;
    }
    return real_of(file)->pMethods->xWrite(real_of(file), data, len, offset);
}

static int power_truncate(sqlite3_file *file, sqlite3_int64 len)
{
    struct disk_file *on_disk = ((struct power_file *)file)->file;

    if (on_disk) {
        if (!use_power())
            return SQLITE_IOERR_TRUNCATE;
        add_pending(on_disk, (size_t)len, NULL, 0);
    }
    return real_of(file)->pMethods->xTruncate(real_of(file), len);
}

static int power_sync(sqlite3_file *file, int flags)
{
    struct disk_file *on_disk = ((struct power_file *)file)->file;

    (void)flags;
    if (!on_disk)
        return SQLITE_OK;
    if (!use_power())
        return SQLITE_IOERR_FSYNC;
    if (plant != UNSYNCED)
        sync_file(on_disk);
    return SQLITE_OK;
}

static int power_size(sqlite3_file *file, sqlite3_int64 *out)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), out);
}

static int power_lock(sqlite3_file *file, int lock)
{
    return real_of(file)->pMethods->xLock(real_of(file), lock);
}

static int power_unlock(sqlite3_file *file, int lock)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), lock);
}

static int power_reserved(sqlite3_file *file, int *out)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}

static int power_control(sqlite3_file *file, int operation, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

static int power_sector(sqlite3_file *file)
{
    (void)file;
    return SECTOR;
}

static int power_traits(sqlite3_file *file)
{
    (void)file;
    return 0; /* nothing is promised */
}

static int power_shm_map(sqlite3_file *file, int page, int bytes, int extend, void volatile **out)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, bytes, extend, out);
}

static int power_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void power_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int power_shm_unmap(sqlite3_file *file, int is_deleted)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), is_deleted);
}

static const sqlite3_io_methods power_methods = { .iVersion = 2,
                                                  .xClose = power_close,
                                                  .xRead = power_read,
                                                  .xWrite = power_write,
                                                  .xTruncate = power_truncate,
                                                  .xSync = power_sync,
                                                  .xFileSize = power_size,
                                                  .xLock = power_lock,
                                                  .xUnlock = power_unlock,
                                                  .xCheckReservedLock = power_reserved,
                                                  .xFileControl = power_control,
                                                  .xSectorSize = power_sector,
                                                  .xDeviceCharacteristics = power_traits,
                                                  .xShmMap = power_shm_map,
                                                  .xShmLock = power_shm_lock,
                                                  .xShmBarrier = power_shm_barrier,
                                                  .xShmUnmap = power_shm_unmap };

static int power_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *out, int flags,
                      int *out_flags)
{
    struct power_file *file = (struct power_file *)out;
    int code;

    (void)vfs;
    *file = (struct power_file){ 0 };
    code = real_vfs->xOpen(real_vfs, name, file->real, flags, out_flags);
    if (code != SQLITE_OK)
        return code;
    file->base.pMethods = &power_methods;
    if (name && strstr(name, "/index.db")) {
        file->file = find_file(name);
        file->file->is_there = true;
    }
    return SQLITE_OK;
}

static int power_delete(sqlite3_vfs *vfs, const char *name, int is_folder_synced)
{
    struct disk_file *file = find_file(name);
    int code;

    (void)vfs;
    if (!use_power())
        return SQLITE_IOERR_DELETE;
    code = real_vfs->xDelete(real_vfs, name, 0);
    if (code != SQLITE_OK)
        return code;
    file->is_there = false;
    if (is_folder_synced)
        file->is_sure_there = false;
    if (!file->is_sure_there) {
        forget_pending(file);
        file->sure.len = 0;
    }
    return SQLITE_OK;
}

static void use_power_vfs(void)
{
    static sqlite3_vfs vfs;

    real_vfs = sqlite3_vfs_find(NULL);
    vfs = *real_vfs;
    vfs.zName = "power";
    vfs.szOsFile = (int)sizeof(struct power_file) + real_vfs->szOsFile;
    vfs.xOpen = power_open;
    vfs.xDelete = power_delete;
    assert_int_equal(sqlite3_vfs_register(&vfs, 1), SQLITE_OK);
}

/* ---- the store on it ---- */

struct oracle {
    char texts[PATHS][400], next[PATHS][400]; /* "": not there; next: of the commit under way */
    int64_t acknowledged;
    bool is_under_way;
};

static const char *const names[PATHS] = { "a", "b", "c", "d", "e" };

static void make_text(char *out, size_t room)
{
    size_t len = 0;

    for (unsigned i = 0; i < 1 + roll(4); i++)
        len += (size_t)snprintf(out + len, room - len, "%spassage %u of %u", i ? "\n\n" : "",
                                roll(1000), roll(1000));
}

static enum status put_text(struct fixture *fixture, int path, const char *text, struct error *err)
{
    struct made_extraction made = make_extraction(text_span(text));
    struct document_key key = key_for(fixture, names[path], "");
    enum status status = fixture_put_made(fixture, &key, &made, roll(1000) + 1, err);

    made_release(&made);
    return status;
}

static void run_script(struct fixture *fixture, const char *script)
{
    (void)sqlite3_exec(fixture->index->sql.db, script, NULL, NULL, NULL);
}

/* One commit of a few changes. */
static enum status change(struct fixture *fixture, struct oracle *oracle)
{
    struct error err;
    int64_t generation = 0;
    enum status status = fixture->store->ops->begin(fixture->store, &err);

    memcpy(oracle->next, oracle->texts, sizeof(oracle->next));
    for (unsigned i = 0; i < 1 + roll(3) && !status; i++) {
        int path = (int)roll(PATHS);

        if (roll(4) == 0) {
            struct document_key key = key_for(fixture, names[path], "");

            oracle->next[path][0] = '\0';
            status = fixture->store->ops->remove(fixture->store, &key, &err);
        } else {
            make_text(oracle->next[path], sizeof(oracle->next[path]));
            status = put_text(fixture, path, oracle->next[path], &err);
        }
    }
    if (status)
        return status;
    oracle->is_under_way = true;
    if (plant == EARLY)
        memcpy(oracle->texts, oracle->next, sizeof(oracle->texts));
    if (plant == TWO_COMMITS)
        run_script(fixture, "CREATE TEMP TABLE later AS SELECT * FROM change WHERE generation ="
                            " (SELECT max(generation) FROM change);"
                            "DELETE FROM change WHERE sequence IN (SELECT sequence FROM later)");
    status = fixture->store->ops->commit(fixture->store, &generation, &err);
    if (status)
        return status;
    if (plant == TWO_COMMITS)
        run_script(fixture, "INSERT INTO change SELECT * FROM later; DROP TABLE later");
    memcpy(oracle->texts, oracle->next, sizeof(oracle->texts));
    oracle->acknowledged = generation;
    oracle->is_under_way = false;
    return STATUS_OK;
}

static bool agrees(struct fixture *fixture, char texts[PATHS][400])
{
    for (int path = 0; path < PATHS; path++) {
        struct document_key key = key_for(fixture, names[path], "");
        struct document_record record;
        struct hash wanted = hash_text(text_span(texts[path]));
        bool is_known = false;
        struct error err;

        assert_good(fixture->store->ops->lookup(fixture->store, &key, &record, &is_known, &err),
                    &err);
        if (is_known != (texts[path][0] != '\0') ||
            (is_known && memcmp(&record.content_hash, &wanted, sizeof(wanted)) != 0))
            return false;
    }
    return true;
}

static void count_found(void *user, const char *check, const char *text)
{
    (void)user;
    (void)check;
    (void)text;
}

/* True when everything is as it has to be after a cut; else *why says what is not. */
static bool recover(struct fixture *fixture, struct oracle *oracle, const char **why)
{
    struct error err;
    struct index *index = NULL;
    struct snapshot *snapshot = NULL;
    uint64_t found = 0;
    struct verify_options options = { .is_deep = true, .found = count_found };

    *why = "it can't be opened";
    if (index_open(fixture->folder, INDEX_WRITE, &fixture->index, &err) ||
        index_store_new(fixture->index, &fixture->store, &err))
        return false;
    *why = "an acknowledged commit is lost, or half there";
    if (!agrees(fixture, oracle->texts)) {
        if (!oracle->is_under_way || !agrees(fixture, oracle->next))
            return false;
        memcpy(oracle->texts, oracle->next, sizeof(oracle->texts));
    }
    oracle->is_under_way = false;
    *why = "verify finds something";
    if (index_open(fixture->folder, INDEX_READ, &index, &err) ||
        snapshot_take(index, &snapshot, &err) || verify_run(snapshot, &options, &found, &err))
        found = 1;
    snapshot_free(snapshot);
    index_free(index);
    return found == 0;
}

static void close_dead(struct fixture *fixture)
{
    if (fixture->store)
        fixture_close(fixture);
}

static long wanted_rounds(void)
{
    const char *wanted = getenv("VARVE_TEST_ROUNDS");

    return wanted ? strtol(wanted, NULL, 10) : getenv("FULL") ? 3000 : 150;
}

/* Cuts the power so often; the number of rounds that were sound in a row, *why for the first that
 * was not. */
static long cut_power(long rounds, const char **why)
{
    struct fixture fixture;
    struct oracle oracle = { 0 };
    long round;

    writes_left = 1L << 40;
    fixture = fixture_new();
    for (round = 0; round < rounds; round++) {
        char path[96];

        writes_left = 1 + roll(roll(4) ? 60 : 400);
        while (change(&fixture, &oracle) == STATUS_OK) {
            if (roll(8) == 0)
                (void)sqlite3_wal_checkpoint_v2(fixture.index->sql.db, NULL, (int)roll(4), NULL,
                                                NULL);
        }
        writes_left = -1;
        close_dead(&fixture);
        (void)snprintf(path, sizeof(path), "%s/index.db-shm", fixture.folder);
        (void)unlink(path);
        lay_out();
        /* Sometimes the power goes again while it recovers. */
        writes_left = roll(3) ? 1L << 40 : 1 + roll(40);
        if (!recover(&fixture, &oracle, why)) {
            if (writes_left >= 0)
                break;
            close_dead(&fixture);
            (void)unlink(path);
            lay_out();
            writes_left = 1L << 40;
            if (!recover(&fixture, &oracle, why))
                break;
        }
    }
    writes_left = 1L << 40;
    fixture_free(&fixture);
    while (disk[0].path[0])
        drop_file(0);
    return round;
}

static void test_nothing_acknowledged_is_lost(void **state)
{
    const char *why = "", *given = getenv("VARVE_TEST_SEED");
    long rounds = wanted_rounds(), sound;

    (void)state;
    seed = given ? strtoull(given, NULL, 10) : 20240301;
    sound = cut_power(rounds, &why);
    if (sound < rounds)
        fail_msg("round %ld: %s", sound, why);
}

static void test_planted_bugs_are_seen(void **state)
{
    (void)state;
    seed = 7;
    for (plant = UNSYNCED; plant <= TWO_COMMITS; plant++) {
        const char *why = "";
        long sound = cut_power(100, &why);

        print_message("planted bug %d is seen in round %ld: %s\n", (int)plant, sound, why);
        assert_true(sound < 100);
    }
    plant = SOUND;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_acknowledged_is_lost),
        cmocka_unit_test(test_planted_bugs_are_seen),
    };

    use_power_vfs();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
