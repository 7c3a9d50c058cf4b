#include "index/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "index/scan_kernel.h"
#include "ingest/embedder.h"

#define SCAN_MAGIC     0x32304e4143535656u /* "VVSCAN02" */
#define HEADER_BYTES   4096u
#define GROWTH_BLOCKS  16u
#define LARGE_PAGE     ((size_t)2 << 20)
#define SAMPLE_STEP    32u /* for the threshold one group in so many is looked at */
#define HISTOGRAM_SIZE 2048u
#define ROWS_MAX       (EMBED_DIMENSIONS_MAX / 8)
#define ENTRY_MAX      127u   /* two make a byte */
#define SUM_MAX        65535u /* of a slot's entries */
/* How far below the cosine the signs' estimate of it may lie: its deviation is at most
 * sqrt(pi/2 - 1) / sqrt(dimensions) for vectors without structure; four of them: one in 30,000 lies
 * farther. */
#define SIGNS_ERROR 3.0f

struct scan_header {
    uint64_t magic;
    int64_t model_id, epoch;
    uint64_t dimensions;
    char uuid[40];
};

struct scan {
    int fd;
    bool is_writer;
    unsigned dimensions, rows; /* rows: bytes of a slot's sign bits, a multiple of 8 */
    size_t code_bytes;         /* of a slot's int8 codes: a multiple of 64 */
    size_t block_bytes;
    char *map;
    size_t map_bytes;
};

/* Where a block's parts begin. */
struct block_view {
    int64_t *ids;
    float *factors, *scales;
    uint8_t *bits;
    int8_t *codes;
};

static struct block_view view_block(const struct scan *scan, uint64_t block)
{
    char *at = scan->map + HEADER_BYTES + block * scan->block_bytes;
    struct block_view view;

    view.ids = (int64_t *)(void *)at;
    at += SCAN_BLOCK_SLOTS * sizeof(int64_t);
    view.factors = (float *)(void *)at;
    at += SCAN_BLOCK_SLOTS * sizeof(float);
    view.scales = (float *)(void *)at;
    at += SCAN_BLOCK_SLOTS * sizeof(float);
    view.bits = (uint8_t *)at;
    at += (size_t)SCAN_BLOCK_SLOTS * scan->rows;
    view.codes = (int8_t *)(void *)at;
    return view;
}

static void name_file(const struct scan_name *name, char *out, size_t room)
{
    (void)snprintf(out, room, "%s/scan-%lld-%lld", name->folder, (long long)name->model_id,
                   (long long)name->epoch);
}

void scan_unlink(const struct scan_name *name)
{
    char path[4200];

    name_file(name, path, sizeof(path));
    (void)unlink(path);
}

static enum status map_whole(struct scan *scan, size_t bytes, struct error *err)
{
    int rights = PROT_READ | (scan->is_writer ? PROT_WRITE : 0);
    void *map = mmap(NULL, bytes, rights, MAP_SHARED, scan->fd, 0);

    if (map == MAP_FAILED)
        return error_set_errno(err, STATUS_IO, "cannot map a vector scan file");
    if (scan->map)
        (void)munmap(scan->map, scan->map_bytes);
    scan->map = map;
    scan->map_bytes = bytes;
    return STATUS_OK;
}

/* Room on the disk first: a page of a mapped file that finds none is a SIGBUS. */
static enum status grow(struct scan *scan, uint64_t blocks, struct error *err)
{
    size_t bytes = HEADER_BYTES + blocks * scan->block_bytes;
    int code;

    if (bytes <= scan->map_bytes)
        return STATUS_OK;
    code = posix_fallocate(scan->fd, 0, (off_t)bytes);
    if (code) {
        errno = code;
        return error_set_errno(err, STATUS_IO, "no room for the vector scan file");
    }
    return map_whole(scan, bytes, err);
}

/* The bytes before a block, of whole large pages. */
static size_t large_pages_before(const struct scan *scan, uint64_t block)
{
    return (HEADER_BYTES + block * scan->block_bytes) / LARGE_PAGE * LARGE_PAGE;
}

/* Where the file is not in memory yet, it comes in large pages. Not where it still grows: one
 * vector more would have all of such a page written. */
static void wish_for_large_pages(const struct scan *scan, uint64_t slots)
{
    size_t len = large_pages_before(scan, slots / SCAN_BLOCK_SLOTS);

    if (len > 0)
        (void)madvise(scan->map, len, MADV_HUGEPAGE);
}

void scan_settle(struct scan *scan, uint64_t first_block, uint64_t end_block)
{
    size_t from = large_pages_before(scan, first_block);
    size_t len = large_pages_before(scan, end_block) - from;
    void *map;

    if (len == 0)
        return;
    /* What somebody has mapped stays in memory as it is. */
    (void)madvise(scan->map + from, len, MADV_DONTNEED);
    (void)posix_fadvise(scan->fd, (off_t)from, (off_t)len, POSIX_FADV_DONTNEED);
    map = mmap(NULL, len, PROT_READ, MAP_SHARED, scan->fd, (off_t)from);
    if (map == MAP_FAILED)
        return;
    (void)madvise(map, len, MADV_HUGEPAGE);
    (void)madvise(map, len, MADV_POPULATE_READ);
    (void)munmap(map, len);
}

static enum status check_header(const struct scan *scan, const struct scan_name *name,
                                uint64_t slots, struct error *err)
{
    const struct scan_header *header = (const struct scan_header *)(const void *)scan->map;

    if (!header || header->magic != SCAN_MAGIC || header->model_id != name->model_id ||
        header->epoch != name->epoch || header->dimensions != name->dimensions ||
        strncmp(header->uuid, name->uuid, sizeof(header->uuid)) != 0 || !scan_holds(scan, slots))
        return error_set(err, STATUS_CORRUPT, "the vector scan file does not fit the index");
    return STATUS_OK;
}

static enum status open_file(struct scan *scan, const struct scan_name *name, uint64_t slots,
                             struct error *err)
{
    char path[4200];
    struct stat stat;
    enum status status;

    name_file(name, path, sizeof(path));
    scan->fd = open(path, (scan->is_writer ? O_RDWR | O_CREAT : O_RDONLY) | O_CLOEXEC, 0600);
    if (scan->fd < 0 || fstat(scan->fd, &stat) != 0)
        return error_set_errno(err, STATUS_UNREADABLE, "cannot open '%s'", path);
    if (stat.st_size < (off_t)HEADER_BYTES) {
        struct scan_header *header;

        if (!scan->is_writer || slots > 0)
            return error_set(err, STATUS_CORRUPT, "'%s' is too short", path);
        status = grow(scan, 1, err);
        if (status)
            return status;
        header = (struct scan_header *)(void *)scan->map;
        if (!header)
            return error_set(err, STATUS_IO, "'%s' is not mapped", path);
        *header = (struct scan_header){ .magic = SCAN_MAGIC,
                                        .model_id = name->model_id,
                                        .epoch = name->epoch,
                                        .dimensions = name->dimensions };
        (void)snprintf(header->uuid, sizeof(header->uuid), "%s", name->uuid);
        return STATUS_OK;
    }
    status = map_whole(scan, (size_t)stat.st_size, err);
    if (!status)
        status = check_header(scan, name, slots, err);
    if (!status && !scan->is_writer)
        wish_for_large_pages(scan, slots);
    return status;
}

enum status scan_open(const struct scan_name *name, bool is_writer, uint64_t slots,
                      struct scan **out, struct error *err)
{
    struct scan *scan = calloc(1, sizeof(*scan));
    enum status status;

    if (!scan)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a scan");
    scan->fd = -1;
    scan->is_writer = is_writer;
    scan->dimensions = name->dimensions;
    scan->rows = (name->dimensions + 63) / 64 * 8;
    scan->code_bytes = (size_t)scan->rows * 8;
    scan->block_bytes =
        SCAN_BLOCK_SLOTS * (sizeof(int64_t) + 2 * sizeof(float) + scan->rows + scan->code_bytes);
    status = open_file(scan, name, slots, err);
    if (status) {
        scan_free(scan);
        return status;
    }
    *out = scan;
    return STATUS_OK;
}

void scan_free(struct scan *scan)
{
    if (!scan)
        return;
    if (scan->map)
        (void)munmap(scan->map, scan->map_bytes);
    close_fd(&scan->fd);
    free(scan);
}

bool scan_holds(const struct scan *scan, uint64_t slots)
{
    uint64_t blocks = (slots + SCAN_BLOCK_SLOTS - 1) / SCAN_BLOCK_SLOTS;

    return HEADER_BYTES + blocks * scan->block_bytes <= scan->map_bytes;
}

uint64_t scan_bytes(const struct scan *scan)
{
    return scan->map_bytes;
}

struct code {
    uint8_t bits[ROWS_MAX];
    int8_t values[EMBED_DIMENSIONS_MAX];
    float factor, scale;
};

/* The factor makes the signs' score an estimate of the cosine: for a unit vector, the share of its
 * length that its signs alone have. */
static void encode(const struct scan *scan, const float *vector, struct code *out)
{
    double squares = 0, absolute = 0;
    float largest = 0, length;

    memset(out->bits, 0, scan->rows);
    memset(out->values, 0, scan->code_bytes);
    for (unsigned i = 0; i < scan->dimensions; i++) {
        squares += (double)vector[i] * (double)vector[i];
        absolute += fabs((double)vector[i]);
        largest = fabsf(vector[i]) > largest ? fabsf(vector[i]) : largest;
        if (vector[i] >= 0)
            out->bits[i / 8] |= (uint8_t)(1u << (i % 8));
    }
    length = (float)sqrt(squares);
    out->factor = absolute > 0 ? length / (float)absolute : 0;
    out->scale = largest > 0 ? largest / (127 * length) : 0;
    for (unsigned i = 0; i < scan->dimensions && largest > 0; i++)
        out->values[i] = (int8_t)lrintf(vector[i] / largest * 127);
}

static size_t bits_at(const struct scan *scan, uint64_t slot, unsigned row)
{
    return (size_t)(slot / SCAN_GROUP_SLOTS * scan->rows + row) * SCAN_GROUP_SLOTS +
           slot % SCAN_GROUP_SLOTS;
}

enum status scan_put(struct scan *scan, uint64_t slot, int64_t input_id, const float *vector,
                     struct error *err)
{
    uint64_t block = slot / SCAN_BLOCK_SLOTS, in = slot % SCAN_BLOCK_SLOTS;
    struct block_view view;
    struct code code;

    if (HEADER_BYTES + (block + 1) * scan->block_bytes > scan->map_bytes) {
        uint64_t more = block / 4 < GROWTH_BLOCKS ? block / 4 : GROWTH_BLOCKS;
        enum status status = grow(scan, block + 1 + more, err);

        if (status)
            return status;
    }
    encode(scan, vector, &code);
    view = view_block(scan, block);
    view.ids[in] = input_id;
    view.factors[in] = code.factor;
    view.scales[in] = code.scale;
    for (unsigned r = 0; r < scan->rows; r++)
        view.bits[bits_at(scan, in, r)] = code.bits[r];
    memcpy(view.codes + in * scan->code_bytes, code.values, scan->code_bytes);
    return STATUS_OK;
}

enum status scan_sync(struct scan *scan, struct error *err)
{
    /* Dirty pages of a shared mapping belong to the file: fdatasync() writes them. */
    if (fdatasync(scan->fd) != 0)
        return error_set_errno(err, STATUS_IO, "cannot sync the vector scan file");
    return STATUS_OK;
}

int64_t scan_input_id(const struct scan *scan, uint64_t slot)
{
    return view_block(scan, slot / SCAN_BLOCK_SLOTS).ids[slot % SCAN_BLOCK_SLOTS];
}

bool scan_is_code_of(const struct scan *scan, uint64_t slot, const float *vector)
{
    struct block_view view = view_block(scan, slot / SCAN_BLOCK_SLOTS);
    uint64_t in = slot % SCAN_BLOCK_SLOTS;
    struct code code;

    encode(scan, vector, &code);
    for (unsigned r = 0; r < scan->rows; r++) {
        if (view.bits[bits_at(scan, in, r)] != code.bits[r])
            return false;
    }
    return view.factors[in] == code.factor && view.scales[in] == code.scale &&
           memcmp(view.codes + in * scan->code_bytes, code.values, scan->code_bytes) == 0;
}

/* ---- searching ---- */

struct scan_search {
    const struct scan *scan;
    const struct scan_kernel *kernel;
    uint64_t slots;
    struct scan_table table;
    uint8_t entries[4 * (size_t)EMBED_DIMENSIONS_MAX];
    int8_t values[EMBED_DIMENSIONS_MAX];
    float scale;
};

/* What the signs of a nibble's four dimensions may be worth: at most this, at least as much below
 * zero. */
static float nibble_most(const struct scan *scan, const float *unit, unsigned nibble)
{
    float sum = 0;

    for (unsigned i = nibble * 4; i < nibble * 4 + 4 && i < scan->dimensions; i++)
        sum += fabsf(unit[i]);
    return sum;
}

static float nibble_worth(const struct scan *scan, const float *unit, unsigned nibble,
                          unsigned bits)
{
    float sum = 0;

    for (unsigned k = 0; k < 4 && nibble * 4 + k < scan->dimensions; k++)
        sum += bits >> k & 1 ? unit[nibble * 4 + k] : -unit[nibble * 4 + k];
    return sum;
}

static void fill_table(struct scan_search *search, const float *unit)
{
    const struct scan *scan = search->scan;
    unsigned nibbles = 2 * scan->rows;
    unsigned entry_max = SUM_MAX / nibbles < ENTRY_MAX ? SUM_MAX / nibbles : ENTRY_MAX;
    float largest = 0;

    search->table = (struct scan_table){ .entries = search->entries, .rows = scan->rows };
    for (unsigned n = 0; n < nibbles; n++) {
        float most = nibble_most(scan, unit, n);

        largest = most > largest ? most : largest;
        search->table.low -= most;
    }
    search->table.step = 2 * largest / (float)entry_max;
    for (unsigned n = 0; n < nibbles; n++) {
        uint8_t *entries = search->entries + 16 * (size_t)(n % 2 * scan->rows + n / 2);
        float most = nibble_most(scan, unit, n);

        for (unsigned bits = 0; bits < 16 && largest > 0; bits++)
            entries[bits] =
                (uint8_t)lrintf((nibble_worth(scan, unit, n, bits) + most) / search->table.step);
    }
}

static void prepare(struct scan_search *search, const float *query)
{
    const struct scan *scan = search->scan;
    struct code code;
    float unit[EMBED_DIMENSIONS_MAX];
    double squares = 0;

    for (unsigned i = 0; i < scan->dimensions; i++)
        squares += (double)query[i] * (double)query[i];
    for (unsigned i = 0; i < scan->dimensions; i++)
        unit[i] = squares > 0 ? query[i] / (float)sqrt(squares) : 0;
    fill_table(search, unit);
    encode(scan, query, &code);
    memcpy(search->values, code.values, scan->code_bytes);
    search->scale = code.scale;
}

static size_t slots_in(const struct scan_search *search, uint64_t block)
{
    uint64_t rest = search->slots - block * SCAN_BLOCK_SLOTS;

    return rest < SCAN_BLOCK_SLOTS ? (size_t)rest : SCAN_BLOCK_SLOTS;
}

/* What it takes for 0.9925, from the quantiles of the normal distribution, is 14.6, 17.1 and 19
 * times the root of a hundred thousand, a million and ten million: how many dimensions there are
 * hardly matters, for both the cosines' deviation and the signs' error fall with their root. Some
 * more, as sums are rounded and the threshold is one of a sample. */
uint64_t scan_depth(uint64_t slots)
{
    return (uint64_t)(20 * sqrt((double)slots));
}

/* A score that about depth slots reach, from a sample of them. */
static float find_threshold(const struct scan_search *search, uint64_t depth)
{
    uint64_t blocks = (search->slots + SCAN_BLOCK_SLOTS - 1) / SCAN_BLOCK_SLOTS;
    uint64_t histogram[HISTOGRAM_SIZE] = { 0 };
    uint64_t sampled = 0, wanted, seen = 0;
    size_t group_bytes = (size_t)search->scan->rows * SCAN_GROUP_SLOTS;

    if (depth >= search->slots)
        return -INFINITY;
    for (uint64_t block = 0; block < blocks; block++) {
        struct block_view view = view_block(search->scan, block);
        size_t groups = slots_in(search, block) / SCAN_GROUP_SLOTS;

        for (size_t g = block % SAMPLE_STEP; g < groups; g += SAMPLE_STEP) {
            float scores[SCAN_GROUP_SLOTS];

            search->kernel->score_bits(&search->table, view.bits + g * group_bytes,
                                       view.factors + g * SCAN_GROUP_SLOTS, 1, scores);
            for (size_t i = 0; i < SCAN_GROUP_SLOTS; i++) {
                float place = (scores[i] + 1) / 2 * HISTOGRAM_SIZE;

                histogram[place <= 0                ? 0
                          : place >= HISTOGRAM_SIZE ? HISTOGRAM_SIZE - 1
                                                    : (size_t)place]++;
                sampled++;
            }
        }
    }
    wanted = (uint64_t)((double)sampled * (double)depth / (double)search->slots) + 1;
    for (size_t i = HISTOGRAM_SIZE; i-- > 0;) {
        seen += histogram[i];
        if (seen >= wanted)
            return (float)i / HISTOGRAM_SIZE * 2 - 1;
    }
    return -INFINITY;
}

/* A heap whose least is on top. */
static void heap_put(struct scan_match *heap, size_t *count, size_t room, struct scan_match match)
{
    size_t at;

    if (*count < room) {
        at = (*count)++;
        while (at > 0 && heap[(at - 1) / 2].score > match.score) {
            heap[at] = heap[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        heap[at] = match;
        return;
    }
    if (match.score <= heap[0].score)
        return;
    for (at = 0;;) {
        size_t child = 2 * at + 1;

        if (child >= *count)
            break;
        if (child + 1 < *count && heap[child + 1].score < heap[child].score)
            child++;
        if (heap[child].score >= match.score)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = match;
}

static int compare_matches(const void *a, const void *b)
{
    const struct scan_match *x = a;
    const struct scan_match *y = b;

    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return (x->input_id > y->input_id) - (x->input_id < y->input_id);
}

/* Slots of a block whose codes are to be compared. */
struct passed {
    uint64_t block;
    size_t count;
    uint16_t slots[SCAN_BLOCK_SLOTS];
};

/* The best so far. */
struct best {
    struct scan_match *heap;
    size_t count, room;
};

/* What will be compared once the next block was looked through: by then it has arrived. */
static void ask_ahead(const struct scan *scan, const struct passed *passed)
{
    struct block_view view = view_block(scan, passed->block);

    for (size_t i = 0; i < passed->count; i++) {
        const int8_t *codes = view.codes + passed->slots[i] * scan->code_bytes;

        for (size_t line = 0; line < scan->code_bytes; line += 64)
            __builtin_prefetch(codes + line, 0, 2);
        __builtin_prefetch(view.scales + passed->slots[i], 0, 2);
    }
}

static void rescore(const struct scan_search *search, const struct passed *passed,
                    struct best *best)
{
    struct block_view view = view_block(search->scan, passed->block);
    size_t bytes = search->scan->code_bytes;

    for (size_t i = 0; i < passed->count; i++) {
        unsigned slot = passed->slots[i];
        float score = (float)search->kernel->dot(search->values, view.codes + slot * bytes, bytes) *
                      search->scale * view.scales[slot];

        /* Few get this far: their ids are not asked for ahead. */
        if (best->count < best->room || score > best->heap[0].score)
            heap_put(best->heap, &best->count, best->room,
                     (struct scan_match){ .input_id = view.ids[slot], .score = score });
    }
}

/* A few inputs: their codes are compared without asking their signs first. */
static void pass_only(const struct scan_search *search, const struct id_set *only,
                      struct passed *passed)
{
    struct block_view view = view_block(search->scan, passed->block);
    size_t in_block = slots_in(search, passed->block);

    for (size_t i = 0; i < in_block; i++) {
        passed->slots[passed->count] = (uint16_t)i;
        passed->count += id_set_has(only, view.ids[i]);
    }
}

static void pass_signs(const struct scan_search *search, float threshold, struct passed *passed)
{
    struct block_view view = view_block(search->scan, passed->block);
    size_t in_block = slots_in(search, passed->block);
    float scores[SCAN_BLOCK_SLOTS];

    search->kernel->score_bits(&search->table, view.bits, view.factors,
                               (in_block + SCAN_GROUP_SLOTS - 1) / SCAN_GROUP_SLOTS, scores);
    passed->count = search->kernel->pass(scores, in_block, threshold, passed->slots);
}

enum status scan_nearest(const struct scan *scan, const struct scan_query *query,
                         struct scan_match *out, size_t room, size_t *count, struct error *err)
{
    struct scan_search search = { .scan = scan, .kernel = scan_kernel(), .slots = query->slots };
    uint64_t blocks = (query->slots + SCAN_BLOCK_SLOTS - 1) / SCAN_BLOCK_SLOTS;
    float error = SIGNS_ERROR / sqrtf((float)scan->dimensions), threshold = -INFINITY;
    struct best best = { out, 0, room };
    struct passed passed[2];

    *count = 0;
    if (!scan_holds(scan, query->slots))
        return error_set(err, STATUS_CORRUPT, "the vector scan file is too short");
    prepare(&search, query->vector);
    if (!query->only)
        threshold = find_threshold(&search, query->depth);
    for (uint64_t block = 0; block <= blocks; block++) {
        struct passed *next = &passed[block % 2];

        next->block = block;
        next->count = 0;
        if (block < blocks && query->only)
            pass_only(&search, query->only, next);
        else if (block < blocks)
            pass_signs(&search, threshold, next);
        if (block < blocks)
            ask_ahead(scan, next);
        if (block > 0)
            rescore(&search, &passed[(block - 1) % 2], &best);
        /* As many as are wanted are better than what such signs can stand for. */
        if (best.count == room && best.heap[0].score - error > threshold)
            threshold = best.heap[0].score - error;
    }
    *count = best.count;
    if (*count > 1)
        qsort(out, *count, sizeof(*out), compare_matches);
    return STATUS_OK;
}

uint64_t scan_folder_bytes(const char *folder)
{
    DIR *files = opendir(folder);
    const struct dirent *file;
    uint64_t bytes = 0;

    while (files && (file = readdir(files))) {
        struct stat stat;

        if (strncmp(file->d_name, "scan-", strlen("scan-")) == 0 &&
            fstatat(dirfd(files), file->d_name, &stat, AT_SYMLINK_NOFOLLOW) == 0)
            bytes += (uint64_t)stat.st_size;
    }
    if (files)
        (void)closedir(files);
    return bytes;
}
