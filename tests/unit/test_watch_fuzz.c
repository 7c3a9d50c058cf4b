/* Two processes do anything to a tree at full speed; after a barrier, the store is the tree. */
#include "tests/unit/memory_store.c"
#include "tests/unit/watch_fixture.c"

#include <sys/wait.h>

#define PROCESSES  2
#define OPERATIONS 250 /* of each process, in a round */

struct random {
    uint64_t state;
};

/* splitmix64, by Sebastiano Vigna (public domain): https://prng.di.unimi.it/splitmix64.c */
static uint64_t random_next(struct random *random)
{
    uint64_t z = random->state += 0x9E3779B97F4A7C15u;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static unsigned below(struct random *random, unsigned limit)
{
    return (unsigned)(random_next(random) % limit);
}

/* A path of one to four short names, so that processes meet; a few in the folder beside the source.
 */
static void random_path(const struct fixture *f, struct random *random, char out[256])
{
    static const char *const names[] = { "a", "b", "c", "d", "e~", "f.part" };
    unsigned depth = 1 + below(random, 4);
    size_t len = (size_t)snprintf(out, 256, "%s", below(random, 12) ? f->folder : f->outside);

    for (unsigned i = 0; i < depth; i++)
        len += (size_t)snprintf(out + len, 256 - len, "/%s", names[below(random, 24) % 6]);
}

static void write_some(const char *path, struct random *random, int flags)
{
    char text[64];
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0644);
    unsigned pieces = 1 + below(random, 3);

    if (fd < 0)
        return;
    for (unsigned i = 0; i < pieces; i++) {
        int len = snprintf(text, sizeof(text), "%llx\n", (unsigned long long)random_next(random));

        if (write(fd, text, (size_t)len) != len)
            break;
    }
    (void)close(fd);
}

/* Each may fail, as the other process may have been there first. */
static void one_operation(const struct fixture *f, struct random *random)
{
    char path[256], other[256];

    random_path(f, random, path);
    random_path(f, random, other);
    switch (below(random, 16)) {
    case 0:
    case 1:
    case 2:
        write_some(path, random, O_TRUNC);
        break;
    case 3:
        write_some(path, random, O_APPEND);
        break;
    case 4:
    case 5:
    case 6:
        (void)mkdir(path, 0755);
        break;
    case 7:
    case 8:
    case 9:
    case 10:
        (void)rename(path, other);
        break;
    case 11:
        (void)unlink(path);
        break;
    case 12:
        if (below(random, 4) == 0)
            (void)nftw(path, delete_one, 8, FTW_DEPTH | FTW_PHYS);
        break;
    case 13:
        /* No hard links: a write through another name has no event. */
        if (symlink(path, other) < 0)
            break; /* the name is taken */
        break;
    case 14:
        (void)rmdir(path);
        break;
    default: /* an editor's save */
        (void)snprintf(other, sizeof(other), "%.200s.tmp%u", path, below(random, 3));
        write_some(other, random, O_TRUNC);
        (void)rename(other, path);
        break;
    }
}

static pid_t start_process(const struct fixture *f, uint64_t seed)
{
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        struct random random = { seed };

        for (int i = 0; i < OPERATIONS; i++)
            one_operation(f, &random);
        _exit(0);
    }
    return child;
}

static void one_round(struct fixture *f, uint64_t seed)
{
    pid_t children[PROCESSES];
    int status;

    for (unsigned i = 0; i < PROCESSES; i++)
        children[i] = start_process(f, seed * PROCESSES + i);
    /* sometimes the watch keeps pace, sometimes all events wait until the end */
    if (seed % 3 != 0)
        fixture_run(f, (int64_t)(seed % 7) * 10);
    for (unsigned i = 0; i < PROCESSES; i++) {
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    fixture_fresh(f);
    assert_store_is_tree(f);
}

static void store_is_tree_after_anything(void **state)
{
    unsigned rounds = getenv("FULL") ? 400 : 25;
    const char *seed_text = getenv("VARVE_TEST_SEED");
    uint64_t seed = seed_text ? strtoull(seed_text, NULL, 10) : 1;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    f.options.share_documents = UINT64_MAX / 200; /* the guards have tests of their own */
    put_file(&f, "stays", "so that the source is never empty");
    fixture_start(&f);
    for (unsigned i = 0; i < rounds; i++) {
        print_message("seed %llu\r", (unsigned long long)(seed + i));
        one_round(&f, seed + i);
        if (i % 8 == 7) { /* a restart in between */
            fixture_stop(&f);
            assert_int_equal(waitpid(start_process(&f, ~(seed + i)), NULL, 0) > 0, true);
            fixture_start(&f);
            fixture_fresh(&f);
            assert_store_is_tree(&f);
        }
    }
    print_message("%u rounds: %llu changed, %llu moved, %llu removed\n", rounds,
                  (unsigned long long)f.counts.changed, (unsigned long long)f.counts.moved,
                  (unsigned long long)f.counts.removed);
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(store_is_tree_after_anything) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
