/* Random operations against an oracle that keeps every text it was given: after each step the index
 * must say what the oracle says, now and as of any generation that is kept. VARVE_TEST_STEPS makes
 * it longer, VARVE_TEST_SEED another one. */
#include "store_fixture.h"

#include "index/retain.h"

#define PATHS       6
#define GENERATIONS 200000
#define WORDS       40

/* What each path holds at a generation: an index into texts, or -1. */
struct oracle {
    int (*held)[PATHS];
    char **texts;
    size_t text_count;
    int64_t oldest;
    int now[PATHS];
    int64_t made[PATHS]; /* the generation that the document of now began in */
};

static uint64_t seed = 1;

static unsigned roll(unsigned sides)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed % sides);
}

static const char *path_name(int path)
{
    static const char *const names[PATHS] = { "a.md", "b.md", "x/c.md", "x/d.md", "e.zip", "f" };

    return names[path];
}

/* A few paragraphs of made-up words under a heading; some are shared by many texts. */
static char *make_text(void)
{
    struct buf text = BUF_INIT(1 << 20);
    unsigned paragraphs = roll(6);

    if (roll(2))
        buf_printf(&text, "# heading%u", roll(3));
    for (unsigned i = 0; i < paragraphs; i++) {
        buf_append(&text, text.len ? "\n\n" : "", text.len ? 2 : 0);
        for (unsigned w = 0; w < 1 + roll(6); w++)
            buf_printf(&text, "%sword%u", w ? " " : "", roll(WORDS));
    }
    return buf_detach(&text, NULL);
}

/* The old text with one paragraph more, less, or other. */
static char *edit_text(const char *old)
{
    struct buf text = BUF_INIT(1 << 20);
    const char *blank = strstr(old, "\n\n");

    switch (roll(3)) {
    case 0:
        buf_printf(&text, "%s%sword%u more", old, *old ? "\n\n" : "", roll(WORDS));
        break;
    case 1:
        buf_printf(&text, "word%u\n\n%s", roll(WORDS), old);
        break;
    default:
        buf_printf(&text, "%s", blank ? blank + 2 : "");
    }
    return buf_detach(&text, NULL);
}

static void remember(struct oracle *oracle, int64_t generation)
{
    assert_true(generation < GENERATIONS);
    memcpy(oracle->held[generation], oracle->now, sizeof(oracle->now));
}

static void put(struct fixture *fixture, struct oracle *oracle, int path, int text)
{
    int64_t before = fixture->generation;

    fixture_put(fixture, path_name(path), "", oracle->texts[text], roll(1000) + 1);
    assert_int_equal(fixture->generation, before + 1);
    if (oracle->now[path] < 0)
        oracle->made[path] = fixture->generation;
    oracle->now[path] = text;
    remember(oracle, fixture->generation);
}

static int add_text(struct oracle *oracle, char *text)
{
    oracle->texts = realloc(oracle->texts, (oracle->text_count + 1) * sizeof(*oracle->texts));
    oracle->texts[oracle->text_count] = text;
    return (int)oracle->text_count++;
}

static void remove_path(struct fixture *fixture, struct oracle *oracle, int path)
{
    struct document_key key = key_for(fixture, path_name(path), "");
    struct error err;

    fixture_begin(fixture);
    assert_good(fixture->store->ops->remove(fixture->store, &key, &err), &err);
    fixture_commit(fixture);
    oracle->now[path] = -1;
    remember(oracle, fixture->generation);
}

static void move_path(struct fixture *fixture, struct oracle *oracle, int from, int to)
{
    struct document_key from_key = key_for(fixture, path_name(from), "");
    struct document_key to_key = key_for(fixture, path_name(to), "");
    struct file_stamp stamp = stamp_number(roll(1000) + 1);
    struct error err;

    if (oracle->now[from] < 0 || oracle->now[to] >= 0 || from == to)
        return;
    /* A place that another document had meanwhile would stand for two in the past. */
    for (int64_t g = oracle->made[from]; g <= fixture->generation; g++) {
        if (oracle->held[g][to] >= 0)
            return;
    }
    fixture_begin(fixture);
    assert_good(fixture->store->ops->move(fixture->store, &from_key, &to_key, &stamp, &err), &err);
    fixture_commit(fixture);
    /* The document lasts under its new name, its past with it. */
    for (int64_t g = oracle->made[from]; g < fixture->generation; g++) {
        oracle->held[g][to] = oracle->held[g][from];
        oracle->held[g][from] = -1;
    }
    oracle->made[to] = oracle->made[from];
    oracle->now[to] = oracle->now[from];
    oracle->now[from] = -1;
    remember(oracle, fixture->generation);
}

static void roll_back(struct fixture *fixture, struct oracle *oracle, int path, int text)
{
    struct made_extraction made = make_extraction(text_span(oracle->texts[text]));
    struct document_key key = key_for(fixture, path_name(path), "");
    struct error err;

    fixture_begin(fixture);
    assert_good(fixture_put_made(fixture, &key, &made, 1, &err), &err);
    fixture->store->ops->rollback(fixture->store);
    made_release(&made);
    if (roll(2))
        fixture_reopen(fixture);
}

static void collect(struct fixture *fixture, struct oracle *oracle)
{
    struct retain_policy policy = { .everything = roll(2), .revisions_max = 1 + roll(3) };
    struct retain_report report;
    struct error err;

    assert_good(retain_collect(fixture->index, &policy, &report, &err), &err);
    oracle->oldest = report.oldest_generation;
}

static void erase(struct fixture *fixture, struct oracle *oracle, int path)
{
    struct document_key key = key_for(fixture, path_name(path), "");
    struct erase_report report;
    struct error err;

    if (oracle->now[path] < 0)
        return;
    assert_good(retain_erase(fixture->index, &key, 1, roll(2), &report, &err), &err);
    assert_good(index_generation(fixture->index, &fixture->generation, &err), &err);
    for (int64_t g = 0; g < fixture->generation; g++)
        oracle->held[g][path] = -1;
    oracle->now[path] = -1;
    remember(oracle, fixture->generation);
}

static bool has_word(const char *text, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word)) {
        const char *line = at;

        while (line > text && line[-1] != '\n')
            line--;
        if (*line != '#' && (at[len] == '\0' || at[len] == ' ' || at[len] == '\n'))
            return true;
    }
    return false;
}

/* One word, at one generation: the paths that the index finds are those that the oracle knows. */
static void check_search(struct fixture *fixture, const struct oracle *oracle, int64_t generation)
{
    char word[16];
    struct search_query query = { .mode = SEARCH_TEXT, .candidates = 1000 };
    struct buf found = BUF_INIT(1 << 20);

    (void)snprintf(word, sizeof(word), "word%u", roll(WORDS));
    query.text = (struct span){ word, strlen(word) };
    query.filter.generation = generation;
    fixture_search(fixture, &query, &found);
    buf_append_char(&found, ' ');
    for (int path = 0; path < PATHS; path++) {
        int text = oracle->held[generation][path];
        bool is_expected = text >= 0 && has_word(oracle->texts[text], word);
        char name[32];
        bool is_found;

        (void)snprintf(name, sizeof(name), "%s ", path_name(path));
        is_found = strncmp(found.data, name, strlen(name)) == 0;
        for (const char *at = found.data; (at = strchr(at, ' ')) && !is_found; at++)
            is_found = strncmp(at + 1, name, strlen(name)) == 0;
        if (is_found != is_expected)
            fail_msg("'%s' at generation %lld of %lld: '%s' is%s found", word,
                     (long long)generation, (long long)fixture->generation, path_name(path),
                     is_found ? "" : " not");
    }
    buf_release(&found);
}

static void step(struct fixture *fixture, struct oracle *oracle)
{
    int path = (int)roll(PATHS);
    int text = oracle->now[path];

    fixture->is_embedder_down = roll(8) == 0;
    switch (roll(12)) {
    case 0:
    case 1:
        put(fixture, oracle, path, add_text(oracle, make_text()));
        break;
    case 2:
    case 3:
    case 4:
        if (text >= 0)
            put(fixture, oracle, path, add_text(oracle, edit_text(oracle->texts[text])));
        break;
    case 5: /* a copy, or a revert */
        put(fixture, oracle, path, (int)roll((unsigned)oracle->text_count));
        break;
    case 6:
        if (text >= 0)
            remove_path(fixture, oracle, path);
        break;
    case 7:
        move_path(fixture, oracle, path, (int)roll(PATHS));
        break;
    case 8:
        roll_back(fixture, oracle, path, (int)roll((unsigned)oracle->text_count));
        break;
    case 9:
        if (roll(8) == 0)
            collect(fixture, oracle);
        break;
    case 10:
        if (roll(8) == 0)
            erase(fixture, oracle, path);
        break;
    default:
        fixture_reopen(fixture);
    }
}

static void test_random_operations(void **state)
{
    const char *wanted = getenv("VARVE_TEST_STEPS");
    const char *given = getenv("VARVE_TEST_SEED");
    long steps = wanted ? strtol(wanted, NULL, 10) : 250;
    struct fixture fixture = fixture_new();
    struct oracle oracle = { .held = calloc(GENERATIONS, sizeof(*oracle.held)) };

    (void)state;
    seed = given ? strtoull(given, NULL, 10) : 20240229;
    for (int64_t g = 0; g <= fixture.generation; g++)
        memset(oracle.held[g], 0xff, sizeof(oracle.held[g]));
    memset(oracle.now, 0xff, sizeof(oracle.now));
    add_text(&oracle, make_text());
    for (long i = 0; i < steps; i++) {
        int64_t kept;

        step(&fixture, &oracle);
        kept = oracle.oldest > 1 ? oracle.oldest : 1;
        check_search(&fixture, &oracle, fixture.generation);
        if (fixture.generation > kept)
            check_search(&fixture, &oracle, kept + roll((unsigned)(fixture.generation - kept)));
        if (i % 50 == 49)
            assert_sound(&fixture);
    }
    assert_sound(&fixture);
    for (size_t i = 0; i < oracle.text_count; i++)
        free(oracle.texts[i]);
    free(oracle.texts);
    free(oracle.held);
    fixture_free(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_random_operations) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
