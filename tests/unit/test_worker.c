/*
 * test_worker.c - the real worker process behind the real pool.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "base/os.h"
#include "extractors/cage/sandbox_parts.h"
#include "ingest/pool.h"

#define DOCUMENTS_MAX 400
#define MAILS         150

struct answer {
    struct loop *loop;
    char members[DOCUMENTS_MAX][256], texts[DOCUMENTS_MAX][256], reasons[DOCUMENTS_MAX][240];
    enum outcome outcomes[DOCUMENTS_MAX];
    bool has_hash[DOCUMENTS_MAX];
    size_t count;
    bool has_ended, is_declined;
    enum outcome outcome;
    char reason[240];
};

struct fixture {
    struct loop *loop;
    struct pool *pool;
};

static void take_document(void *user, struct wire_document *document, struct arena *arena)
{
    struct answer *answer = user;
    size_t i = answer->count++;

    (void)arena;
    assert_true(i < DOCUMENTS_MAX);
    (void)snprintf(answer->members[i], sizeof(answer->members[i]), "%.*s",
                   (int)document->member.len, document->member.data);
    (void)snprintf(answer->texts[i], sizeof(answer->texts[i]), "%.*s",
                   (int)document->extraction.text.len,
                   document->extraction.text.len ? document->extraction.text.data : "");
    (void)snprintf(answer->reasons[i], sizeof(answer->reasons[i]), "%s",
                   document->extraction.reason);
    answer->outcomes[i] = document->extraction.outcome;
    answer->has_hash[i] = !hash_is_zero(&document->content_hash);
}

static void take_end(void *user, enum outcome outcome, const char *reason)
{
    struct answer *answer = user;

    answer->has_ended = true;
    answer->outcome = outcome;
    (void)snprintf(answer->reason, sizeof(answer->reason), "%s", reason);
}

static void start_program(struct fixture *fixture, const char *program, uint64_t memory_bytes_max)
{
    static char worker_path[OS_PATH_MAX];
    CLEANUP(buf_release) struct buf folder = BUF_INIT(OS_PATH_MAX);
    struct pool_options options = POOL_OPTIONS_DEFAULT;

    assert_int_equal(os_executable_folder(&folder, NULL), STATUS_OK);
    (void)snprintf(worker_path, sizeof(worker_path), "%s/../%s", folder.data, program);
    options.worker_path = worker_path;
    options.worker_count = 1;
    options.sandbox = getenv("VARVE_TEST_SANDBOX");
    options.memory_bytes_max = memory_bytes_max;
    assert_int_equal(loop_new(&fixture->loop, NULL), STATUS_OK);
    assert_int_equal(pool_new(fixture->loop, &options, &fixture->pool, NULL), STATUS_OK);
}

static void start(struct fixture *fixture, uint64_t memory_bytes_max)
{
    start_program(fixture, "varve-extract", memory_bytes_max);
}

static void stop(struct fixture *fixture)
{
    pool_free(fixture->pool);
    loop_free(fixture->loop);
}

static void take_decline(void *user)
{
    struct answer *answer = user;

    answer->has_ended = answer->is_declined = true;
}

static void ask_or(struct fixture *fixture, const char *name, struct span bytes, unsigned flags,
                   void (*declined)(void *user), struct answer *answer)
{
    struct pool_job job = {
        .request = { .flags = flags,
                     .target_tokens = 256,
                     .maximum_tokens = 512,
                     .chunker = "structure",
                     .expanded_bytes_max = 64 << 20,
                     .member_bytes_max = 16 << 20,
                     .member_count_max = 100,
                     .depth_max = 4 },
        .name = { name, strlen(name) },
        .user = answer,
        .document = take_document,
        .end = take_end,
        .declined = declined,
    };
    int fd = memfd_create("document", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    assert_true(fd >= 0);
    assert_int_equal(os_write_all(fd, bytes, "document", NULL), STATUS_OK);
    assert_int_equal(os_seal_memfd(fd, NULL), STATUS_OK);
    job.document_fd = fd;
    *answer = (struct answer){ .loop = fixture->loop };
    while (!pool_has_room(fixture->pool)) {
        assert_false(pool_is_broken(fixture->pool));
        assert_int_equal(loop_step(fixture->loop, 1000, NULL), STATUS_OK);
    }
    assert_int_equal(pool_submit(fixture->pool, &job, NULL), STATUS_OK);
    while (!answer->has_ended)
        assert_int_equal(loop_step(fixture->loop, 1000, NULL), STATUS_OK);
    (void)close(fd);
}

static void ask(struct fixture *fixture, const char *name, struct span bytes, unsigned flags,
                struct answer *answer)
{
    ask_or(fixture, name, bytes, flags, NULL, answer);
}

#define SPAN(literal) ((struct span){ (literal), sizeof(literal) - 1 })

static void text_file(void **state)
{
    struct fixture fixture;
    static struct answer answer;

    (void)state;
    start(&fixture, (uint64_t)1 << 30);
    ask(&fixture, "a.txt", SPAN("Hello world.\n"), 0, &answer);
    assert_int_equal(answer.count, 1);
    assert_string_equal(answer.members[0], "");
    assert_string_equal(answer.texts[0], "Hello world.\n");
    assert_int_equal(answer.outcomes[0], OUTCOME_COMPLETE);
    assert_int_equal(answer.outcome, OUTCOME_COMPLETE);
    assert_false(answer.has_hash[0]);

    ask(&fixture, "empty.txt", SPAN(""), 0, &answer);
    assert_int_equal(answer.count, 1);
    assert_int_equal(answer.outcomes[0], OUTCOME_NO_TEXT);

    ask(&fixture, "x.bin", SPAN("\x7f\x01\x02\0\0\x03\xff\xfe\x91\0\0"), 0, &answer);
    assert_int_equal(answer.outcomes[0], OUTCOME_UNSUPPORTED);
    assert_int_equal(pool_restarts(fixture.pool), 0);
    stop(&fixture);
}

/* It reads what it can, sends nothing of what it can't, and lives on. */
static void small_worker_declines(void **state)
{
    static const char box[] = "From a@b Thu Jan  1 00:00:00 1970\nFrom: a@b\nTo: c@d\n"
                              "Date: Thu, 1 Jan 1970 00:00:00 +0000\nSubject: x\n\nHello.\n";
    struct fixture fixture;
    static struct answer answer;

    (void)state;
    start_program(&fixture, "varve-extract-small", (uint64_t)1 << 30);
    ask_or(&fixture, "a.txt", SPAN("Hello world.\n"), 0, take_decline, &answer);
    assert_false(answer.is_declined);
    assert_string_equal(answer.texts[0], "Hello world.\n");
    ask_or(&fixture, "a.pdf", SPAN("%PDF-1.4\n"), 0, take_decline, &answer);
    assert_true(answer.is_declined);
    assert_int_equal(answer.count, 0);
    ask_or(&fixture, "a.eml", SPAN(box), 0, take_decline, &answer);
    assert_true(answer.is_declined);
    assert_int_equal(answer.count, 0);
    ask_or(&fixture, "a.txt.gz", SPAN("\x1f\x8b\x08\0\0\0\0\0\0\3"), 0, take_decline, &answer);
    assert_true(answer.is_declined);
    ask_or(&fixture, "b.txt", SPAN("Hello again.\n"), 0, take_decline, &answer);
    assert_string_equal(answer.texts[0], "Hello again.\n");
    assert_int_equal(pool_restarts(fixture.pool), 0);

    /* who does not ask for it is not answered so */
    ask(&fixture, "a.pdf", SPAN("%PDF-1.4\n"), 0, &answer);
    assert_int_equal(answer.outcome, OUTCOME_CRASHED);
    assert_non_null(strstr(answer.reason, "broke the protocol"));
    stop(&fixture);
}

/* A tar file of 512-byte records: header, data, two empty records. */
static void tar_add(struct buf *tar, const char *name, char type, struct span bytes)
{
    char header[512] = "";
    unsigned sum = 0;
    static const char zeros[512];

    (void)snprintf(header, 100, "%s", name);
    (void)snprintf(header + 100, 8, "0000644");
    (void)snprintf(header + 108, 8, "0000000");
    (void)snprintf(header + 116, 8, "0000000");
    (void)snprintf(header + 124, 12, "%011zo", bytes.len);
    (void)snprintf(header + 136, 12, "00000000000");
    memset(header + 148, ' ', 8);
    header[156] = type;
    memcpy(header + 257, "ustar\00000", 8);
    for (size_t i = 0; i < sizeof(header); i++)
        sum += (unsigned char)header[i];
    (void)snprintf(header + 148, 8, "%06o", sum);
    buf_append(tar, header, sizeof(header));
    buf_append(tar, bytes.data, bytes.len);
    buf_append(tar, zeros, (512 - bytes.len % 512) % 512);
}

static void tar_end(struct buf *tar)
{
    static const char zeros[1024];

    buf_append(tar, zeros, sizeof(zeros));
}

static void archive_members(void **state)
{
    CLEANUP(buf_release) struct buf inner = BUF_INIT(1 << 20);
    CLEANUP(buf_release) struct buf tar = BUF_INIT(1 << 20);
    struct fixture fixture;
    static struct answer answer;

    (void)state;
    tar_add(&inner, "deep.txt", '0', SPAN("Deep.\n"));
    tar_end(&inner);
    tar_add(&tar, "./docs/a.txt", '0', SPAN("First.\n"));
    tar_add(&tar, "link", '2', SPAN(""));
    tar_add(&tar, "../../etc/b.txt", '0', SPAN("Second.\n"));
    tar_add(&tar, "inner.tar", '0', buf_span(&inner));
    tar_end(&tar);

    start(&fixture, (uint64_t)1 << 30);
    ask(&fixture, "all.tar", buf_span(&tar), 0, &answer);
    assert_int_equal(answer.count, 5);
    assert_string_equal(answer.members[0], "docs/a.txt");
    assert_string_equal(answer.texts[0], "First.\n");
    assert_true(answer.has_hash[0]);
    assert_string_equal(answer.members[1], "../../etc/b.txt");
    assert_string_equal(answer.members[2], "inner.tar!/deep.txt");
    assert_string_equal(answer.texts[2], "Deep.\n");
    assert_string_equal(answer.members[3], "inner.tar");
    assert_string_equal(answer.members[4], "");
    assert_int_equal(answer.outcome, OUTCOME_COMPLETE);

    ask(&fixture, "all.tar", buf_span(&tar), WIRE_NO_MEMBERS, &answer);
    assert_int_equal(answer.count, 1);
    stop(&fixture);
}

static void member_limits(void **state)
{
    CLEANUP(buf_release) struct buf tar = BUF_INIT(1 << 20);
    struct fixture fixture;
    static struct answer answer;

    (void)state;
    for (int i = 0; i < 12; i++)
        tar_add(&tar, "same.txt", '0', SPAN("x\n"));
    /* Says that more follows than there is. */
    tar_add(&tar, "cut.txt", '0', SPAN("y\n"));
    tar.len -= 512;

    start(&fixture, (uint64_t)1 << 30);
    ask(&fixture, "all.tar", buf_span(&tar), 0, &answer);
    assert_int_equal(answer.outcome, OUTCOME_PARTIAL);
    assert_int_equal(answer.count, 14);
    assert_int_equal(answer.outcomes[12], OUTCOME_MALFORMED);
    stop(&fixture);
}

/* A mailbox may hold more mails than an archive members; what each holds is counted alone. */
static void mailbox_of_many(void **state)
{
    static const char mail[] =
        "From ada@lamps.example Mon Jun  1 10:00:00 2020\nFrom: ada@lamps.example\nSubject: s\n"
        "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nWords.\n--b\n"
        "Content-Disposition: attachment; filename=a.txt\n\nAttached.\n--b--\n\n";
    CLEANUP(buf_release) struct buf box = BUF_INIT(1 << 20);
    struct fixture fixture;
    static struct answer answer;

    (void)state;
    for (int i = 0; i < MAILS; i++)
        buf_append(&box, mail, sizeof(mail) - 1);
    start(&fixture, (uint64_t)1 << 30);
    ask(&fixture, "years.mbox", buf_span(&box), 0, &answer);
    assert_int_equal(answer.outcome, OUTCOME_COMPLETE);
    assert_int_equal(answer.count, 2 * MAILS + 1);
    stop(&fixture);
}

static void without_chunks(void **state)
{
    struct fixture fixture;
    static struct answer answer;

    (void)state;
    start(&fixture, (uint64_t)1 << 30);
    ask(&fixture, "a.txt", SPAN("One.\n"), WIRE_NO_CHUNKS, &answer);
    assert_int_equal(answer.outcome, OUTCOME_COMPLETE);
    assert_int_equal(answer.count, 1);
    stop(&fixture);
}

/* The two byte orders of a number side by side, as ISO 9660 (ECMA-119 7.3.3) has them. */
static void put_both(char *at, uint32_t value)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = at[7 - i] = (char)(value >> 8 * i);
}

/* Rock Ridge: the entry goes on in all of that block. */
static void put_continued(char *at, uint32_t block)
{
    memcpy(at, "CE\x1c\1", 4);
    put_both(at + 4, block);
    put_both(at + 12, 0);
    put_both(at + 20, 2048);
}

/* An image with one file, whose name goes on in a block that goes on in itself. */
static void endless_name(char image[24][2048])
{
    static const char name[] = "NM\xfa\1\1";
    char *volume = image[16], *root = volume + 156, *entry = image[19];

    memcpy(volume, "\1CD001\1", 7);
    memcpy(image[17], "\377CD001\1", 7);
    put_both(volume + 80, 24);
    volume[129] = volume[130] = 8;  /* 2048 bytes a block */
    volume[140] = volume[151] = 18; /* path tables */
    root[0] = 34;
    put_both(root + 2, 19);
    put_both(root + 10, 2048);
    root[25] = 2;
    root[32] = volume[881] = 1;
    memcpy(entry, root, 34);
    entry[0] = 34 + 7 + 5;
    memcpy(entry + 34, "SP\7\1\xbe\xef\0RR\5\1", 11);
    entry += entry[0];
    entry[0] = 34 + 28;
    put_both(entry + 2, 21);
    put_both(entry + 10, 5);
    memcpy(entry + 32, "\1A", 2);
    put_continued(entry + 34, 20);
    memset(image[20], 'A', 2000);
    for (int i = 0; i < 8; i++)
        memcpy(image[20] + (size_t)i * 250, name, sizeof(name) - 1);
    put_continued(image[20] + 2000, 20);
    memcpy(image[21], "Text.", 5);
}

/* libarchive follows it until there is no more memory, and ends the process then. */
static void library_that_exits(void **state)
{
    static char image[24][2048];
    struct fixture fixture;
    static struct answer answer;
    const char *sandbox = getenv("VARVE_TEST_SANDBOX");

    (void)state;
    if (SANDBOX_IS_SANITIZED || (sandbox && strcmp(sandbox, "off") == 0))
        skip(); /* memory is limited by the sandbox */
    endless_name(image);
    start(&fixture, (uint64_t)256 << 20);
    ask(&fixture, "endless.iso", (struct span){ image[0], sizeof(image) }, 0, &answer);
    assert_int_equal(answer.outcome, OUTCOME_OVER_LIMIT);
    assert_string_equal(answer.reason, "more memory than a worker may use");
    assert_int_equal(pool_restarts(fixture.pool), 0);

    ask(&fixture, "a.txt", SPAN("Hello world.\n"), 0, &answer);
    assert_int_equal(answer.outcome, OUTCOME_COMPLETE);
    stop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_file),          cmocka_unit_test(small_worker_declines),
        cmocka_unit_test(archive_members),    cmocka_unit_test(member_limits),
        cmocka_unit_test(mailbox_of_many),    cmocka_unit_test(without_chunks),
        cmocka_unit_test(library_that_exits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
