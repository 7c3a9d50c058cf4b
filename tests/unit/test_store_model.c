/* Random operations against an oracle that keeps every text it was given: after each step the index
 * must say what the oracle says, by words and by vectors, now and as of any generation that is
 * kept. Documents are edited, renamed, deleted, copied, reverted and erased, archives change as a
 * whole, the past is collected, models are built and switched, and the writer crashes.
 * VARVE_TEST_STEPS makes it longer (FULL=1: 100,000), VARVE_TEST_SEED another one. */
#include "store_fixture.h"

#include "index/retain.h"

#define PATHS       11
#define FILES       5 /* the first of them; then come two archives */
#define ARCHIVE     3 /* places: itself, and its members */
#define GENERATIONS 400000
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

struct place_name {
    const char *path, *member;
};

static const struct place_name names[PATHS] = {
    { "a.md", "" },    { "b.md", "" },        { "x/c.md", "" },         { "x/d.md", "" },
    { "f", "" },       { "e.zip", "" },       { "e.zip", "1.md" },      { "e.zip", "in/2.md" },
    { "x/g.zip", "" }, { "x/g.zip", "1.md" }, { "x/g.zip", "in/2.md" },
};

static struct document_key place_key(const struct fixture *fixture, int path)
{
    return key_for(fixture, names[path].path, names[path].member);
}

static bool is_archive(int path)
{
    return path >= FILES && (path - FILES) % ARCHIVE == 0;
}

static bool is_equal(struct span a, const char *b)
{
    return a.len == strlen(b) && memcmp(a.data, b, a.len) == 0;
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

    fixture_put(fixture, names[path].path, names[path].member, oracle->texts[text], roll(1000) + 1);
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

/* What goes with a path: an archive's members do. */
static int reach_of(int path)
{
    return is_archive(path) ? ARCHIVE : 1;
}

static void remove_path(struct fixture *fixture, struct oracle *oracle, int path)
{
    struct document_key key = place_key(fixture, path);
    struct error err;

    fixture_begin(fixture);
    assert_good(fixture->store->ops->remove(fixture->store, &key, &err), &err);
    fixture_commit(fixture);
    for (int i = 0; i < reach_of(path); i++)
        oracle->now[path + i] = -1;
    remember(oracle, fixture->generation);
}

/* A new state of an archive is one commit: members are new, others, as they were, or gone. */
static void put_archive(struct fixture *fixture, struct oracle *oracle, int archive)
{
    struct error err;

    fixture_begin(fixture);
    for (int path = archive; path < archive + ARCHIVE; path++) {
        struct document_key key = place_key(fixture, path);
        int text = oracle->now[path];

        if (path > archive && roll(4) == 0) {
            assert_good(fixture->store->ops->remove(fixture->store, &key, &err), &err);
            oracle->now[path] = -1;
            continue;
        }
        if (text < 0 || roll(2)) {
            struct made_extraction made;

            text = add_text(oracle, text < 0 ? make_text() : edit_text(oracle->texts[text]));
            made = make_extraction(text_span(oracle->texts[text]));
            assert_good(fixture_put_made(fixture, &key, &made, roll(1000) + 1, &err), &err);
            made_release(&made);
        }
        if (oracle->now[path] < 0)
            oracle->made[path] = fixture->generation + 1;
        oracle->now[path] = text;
    }
    fixture_commit(fixture);
    remember(oracle, fixture->generation);
}

/* A place that another document had meanwhile would stand for two in the past. */
static bool was_free(const struct fixture *fixture, const struct oracle *oracle, int from, int to)
{
    if (oracle->now[to] >= 0)
        return false;
    for (int64_t g = oracle->made[from]; oracle->now[from] >= 0 && g <= fixture->generation; g++) {
        if (oracle->held[g][to] >= 0)
            return false;
    }
    return true;
}

static void move_path(struct fixture *fixture, struct oracle *oracle, int from, int to)
{
    struct document_key from_key = place_key(fixture, from), to_key = place_key(fixture, to);
    struct file_stamp stamp = stamp_number(roll(1000) + 1);
    struct error err;

    if (oracle->now[from] < 0 || from == to)
        return;
    for (int i = 0; i < reach_of(from); i++) {
        if (!was_free(fixture, oracle, from + i, to + i))
            return;
    }
    fixture_begin(fixture);
    assert_good(fixture->store->ops->move(fixture->store, &from_key, &to_key, &stamp, &err), &err);
    fixture_commit(fixture);
    /* The document lasts under its new name, its past with it. */
    for (int i = 0; i < reach_of(from); i++) {
        if (oracle->now[from + i] < 0)
            continue;
        for (int64_t g = oracle->made[from + i]; g < fixture->generation; g++) {
            oracle->held[g][to + i] = oracle->held[g][from + i];
            oracle->held[g][from + i] = -1;
        }
        oracle->made[to + i] = oracle->made[from + i];
        oracle->now[to + i] = oracle->now[from + i];
        oracle->now[from + i] = -1;
    }
    remember(oracle, fixture->generation);
}

/* A file to another's name, an archive to the other's. */
static void move_somewhere(struct fixture *fixture, struct oracle *oracle, int path)
{
    if (path < FILES)
        move_path(fixture, oracle, path, (int)roll(FILES));
    else if (is_archive(path))
        move_path(fixture, oracle, path, path == FILES ? FILES + ARCHIVE : FILES);
}

static void roll_back(struct fixture *fixture, struct oracle *oracle, int path, int text)
{
    struct made_extraction made = make_extraction(text_span(oracle->texts[text]));
    struct document_key key = place_key(fixture, path);
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
    if (roll(2))
        fixture_tidy(fixture, &(struct tidy_work){ .after = 0 });
}

static void erase(struct fixture *fixture, struct oracle *oracle, int path)
{
    struct document_key key = place_key(fixture, path);
    struct erase_report report;
    struct error err;

    if (oracle->now[path] < 0)
        return;
    assert_good(retain_erase(fixture->index, &key, 1, roll(2), &report, &err), &err);
    assert_good(index_generation(fixture->index, &fixture->generation, &err), &err);
    for (int i = 0; i < reach_of(path); i++) {
        for (int64_t g = 0; g < fixture->generation; g++)
            oracle->held[g][path + i] = -1;
        oracle->now[path + i] = -1;
    }
    remember(oracle, fixture->generation);
}

/* ---- models ---- */

#define MODELS       3
#define WAITING_ROOM 256

struct waiting {
    struct hash hashes[WAITING_ROOM];
    size_t count;
};

static enum status note_waiting(void *user, const struct hash *hash, struct span input,
                                struct error *err)
{
    struct waiting *waiting = user;

    (void)input;
    (void)err;
    waiting->hashes[waiting->count++] = *hash;
    return STATUS_OK;
}

/* Commits, and remembers what holds at the generation that may have come of it. */
static void commit(struct fixture *fixture, struct oracle *oracle)
{
    fixture_commit(fixture);
    remember(oracle, fixture->generation);
}

/* Some of the vectors that wait for a model come. */
static size_t fill(struct fixture *fixture, struct oracle *oracle, int64_t model_id)
{
    struct waiting waiting = { .count = 0 };
    static float vectors[WAITING_ROOM][FIXTURE_DIMENSIONS];
    const float *list[WAITING_ROOM];
    bool is_failed[WAITING_ROOM] = { false };
    struct error err;

    fixture_begin(fixture);
    assert_good(fixture->store->ops->each_waiting(fixture->store, model_id, WAITING_ROOM,
                                                  note_waiting, &waiting, &err),
                &err);
    for (size_t i = 0; i < waiting.count; i++) {
        fixture_vector(&waiting.hashes[i], vectors[i]);
        list[i] = vectors[i];
    }
    assert_good(fixture->store->ops->put_vectors(fixture->store, model_id, waiting.hashes, list,
                                                 is_failed, waiting.count, &err),
                &err);
    commit(fixture, oracle);
    return waiting.count;
}

static int64_t put_model(struct fixture *fixture, struct oracle *oracle, unsigned number,
                         enum model_role role)
{
    char name[32];
    int64_t model_id = 0;
    struct error err;

    (void)snprintf(name, sizeof(name), "model %u", number);
    fixture->model.fingerprint = hash_text(text_span(name));
    fixture_begin(fixture);
    assert_good(fixture->store->ops->put_model(fixture->store, &fixture->model, role,
                                               text_span("embed-fixture"), &model_id, &err),
                &err);
    commit(fixture, oracle);
    return model_id;
}

/* Begins to build one, fills what waits, takes over (as a rule when all is there), gives up. */
static void change_model(struct fixture *fixture, struct oracle *oracle)
{
    unsigned number = roll(MODELS);
    int64_t next_id;
    struct error err;

    switch (roll(5)) {
    case 0:
        (void)put_model(fixture, oracle, number, MODEL_NEXT);
        break;
    case 1:
        next_id = put_model(fixture, oracle, number, MODEL_NEXT);
        while (fill(fixture, oracle, next_id) == WAITING_ROOM)
            ;
        fixture->model_id = put_model(fixture, oracle, number, MODEL_CURRENT);
        break;
    case 2: /* one that changed behind its name */
        fixture->model_id = put_model(fixture, oracle, number, MODEL_CURRENT);
        break;
    case 3:
        fixture_begin(fixture);
        assert_good(fixture->store->ops->drop_next_model(fixture->store, &err), &err);
        commit(fixture, oracle);
        break;
    default:
        (void)fill(fixture, oracle, fixture->model_id);
    }
}

/* What kill -9 leaves, is a copy of the files while a transaction is open; without the log's shared
 * memory, which the next one to open it makes anew. */
static void crash(struct fixture *fixture, struct oracle *oracle, int path)
{
    struct made_extraction made =
        make_extraction(text_span(oracle->texts[roll((unsigned)oracle->text_count)]));
    struct document_key key = place_key(fixture, path);
    char folder[sizeof(fixture->folder)] = "/tmp/varve-test-XXXXXX", command[256];
    struct fixture dead = *fixture;
    struct error err;

    fixture_begin(fixture);
    assert_good(fixture_put_made(fixture, &key, &made, 1, &err), &err);
    assert_non_null(mkdtemp(folder));
    (void)snprintf(command, sizeof(command), "cp --sparse=always %s/* %s && rm -f %s/index.db-shm",
                   fixture->folder, folder, folder);
    assert_int_equal(system(command), 0);
    fixture_free(&dead);
    made_release(&made);
    memcpy(fixture->folder, folder, sizeof(folder));
    fixture->store = NULL;
    fixture->index = NULL;
    fixture_reopen(fixture);
}

/* ---- questions ---- */

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

/* Which places the hits are of, those whose vector is not the very one asked for left out. */
static void search_places(struct fixture *fixture, const struct search_query *query,
                          bool found[PATHS])
{
    struct index *index = NULL;
    struct snapshot *snapshot = NULL;
    struct search *search = NULL;
    struct error err;
    struct hit hit;
    bool has_hit = true;

    assert_good(index_open(fixture->folder, INDEX_READ, &index, &err), &err);
    assert_good(snapshot_take(index, &snapshot, &err), &err);
    assert_good(search_run(snapshot, query, &search, &err), &err);
    for (;;) {
        assert_good(search_next(search, &hit, &has_hit, &err), &err);
        if (!has_hit)
            break;
        if (query->vector && hit.cosine <= 0.999999)
            continue;
        for (size_t i = 0; i < hit.place_count; i++) {
            for (int path = 0; path < PATHS; path++)
                found[path] |= is_equal(hit.places[i].path, names[path].path) &&
                               is_equal(hit.places[i].member, names[path].member);
        }
    }
    search_free(search);
    snapshot_free(snapshot);
    index_free(index);
}

/* One word, at one generation: the places that the index finds are those that the oracle knows. */
static void check_search(struct fixture *fixture, const struct oracle *oracle, int64_t generation)
{
    char word[16];
    struct search_query query = { .mode = SEARCH_TEXT, .candidates = 1000 };
    bool found[PATHS] = { false };

    (void)snprintf(word, sizeof(word), "word%u", roll(WORDS));
    query.text = (struct span){ word, strlen(word) };
    query.filter.generation = generation;
    search_places(fixture, &query, found);
    for (int path = 0; path < PATHS; path++) {
        int text = oracle->held[generation][path];
        bool is_expected = text >= 0 && has_word(oracle->texts[text], word);

        if (found[path] != is_expected)
            fail_msg("'%s' at generation %lld of %lld: '%s!%s' is%s found", word,
                     (long long)generation, (long long)fixture->generation, names[path].path,
                     names[path].member, found[path] ? "" : " not");
    }
}

/* A passage, and all that have it, by the vector that is made of its input. */
struct passage {
    struct hash hash;
    char text[512];
};

static bool holds(const struct oracle *oracle, int64_t generation, int path,
                  const struct passage *passage, bool *has_same_input)
{
    int text = oracle->held[generation][path];
    struct made_extraction made;
    bool has_text = false;

    *has_same_input = false;
    if (text < 0)
        return false;
    made = make_extraction(text_span(oracle->texts[text]));
    for (size_t i = 0; i < made.extraction.chunk_count; i++) {
        const struct chunk *chunk = &made.chunks[i];

        has_text |= chunk->text_end - chunk->text_start == strlen(passage->text) &&
                    memcmp(oracle->texts[text] + chunk->text_start, passage->text,
                           strlen(passage->text)) == 0;
        *has_same_input |= memcmp(&made.hashes[i], &passage->hash, sizeof(passage->hash)) == 0;
    }
    made_release(&made);
    return has_text;
}

static bool pick_passage(const struct oracle *oracle, int64_t generation, struct passage *out)
{
    int text = oracle->held[generation][roll(PATHS)];
    struct made_extraction made;
    size_t count;

    if (text < 0)
        return false;
    made = make_extraction(text_span(oracle->texts[text]));
    count = made.extraction.chunk_count;
    if (count > 0) {
        const struct chunk *chunk = &made.chunks[roll((unsigned)count)];

        out->hash = made.hashes[chunk - made.chunks];
        (void)snprintf(out->text, sizeof(out->text), "%.*s",
                       (int)(chunk->text_end - chunk->text_start),
                       oracle->texts[text] + chunk->text_start);
    }
    made_release(&made);
    return count > 0;
}

static void check_vector(struct fixture *fixture, const struct oracle *oracle, int64_t generation)
{
    struct passage passage;
    float vector[FIXTURE_DIMENSIONS];
    bool found[PATHS] = { false }, has_vector = false;
    struct error err;

    if (!pick_passage(oracle, generation, &passage))
        return;
    assert_good(fixture->store->ops->has_vectors(fixture->store, fixture->model_id, &passage.hash,
                                                 1, &has_vector, &err),
                &err);
    fixture_vector(&passage.hash, vector);
    search_places(fixture,
                  &(struct search_query){ .mode = SEARCH_VECTOR,
                                          .vector = vector,
                                          .dimensions = FIXTURE_DIMENSIONS,
                                          .candidates = 1000,
                                          .filter.generation = generation },
                  found);
    for (int path = 0; path < PATHS; path++) {
        bool has_same_input, has_text = holds(oracle, generation, path, &passage, &has_same_input);

        if ((found[path] && !has_text) || (!found[path] && has_vector && has_same_input))
            fail_msg("'%s' at generation %lld of %lld: '%s!%s' is%s found by vector", passage.text,
                     (long long)generation, (long long)fixture->generation, names[path].path,
                     names[path].member, found[path] ? "" : " not");
    }
}

static void step(struct fixture *fixture, struct oracle *oracle)
{
    int path = (int)roll(PATHS);
    int text = oracle->now[path];

    fixture->is_embedder_down = roll(8) == 0;
    switch (roll(16)) {
    case 14:
    case 15:
        put_archive(fixture, oracle, roll(2) ? FILES : FILES + ARCHIVE);
        break;
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
        move_somewhere(fixture, oracle, path);
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
    case 11:
        change_model(fixture, oracle);
        break;
    case 12:
        if (roll(8) == 0)
            crash(fixture, oracle, path);
        break;
    default:
        fixture_reopen(fixture);
    }
}

static void test_random_operations(void **state)
{
    const char *wanted = getenv("VARVE_TEST_STEPS");
    const char *given = getenv("VARVE_TEST_SEED");
    long steps = wanted ? strtol(wanted, NULL, 10) : getenv("FULL") ? 100000 : 250;
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
        check_vector(&fixture, &oracle, fixture.generation);
        if (fixture.generation > kept) {
            check_search(&fixture, &oracle, kept + roll((unsigned)(fixture.generation - kept)));
            check_vector(&fixture, &oracle, kept + roll((unsigned)(fixture.generation - kept)));
        }
        if (i % 50 == 49 && (steps <= 1000 || i % 1000 == 999))
            assert_sound(&fixture);
        if (i % 10000 == 9999)
            fprintf(stderr, "%ld steps, generation %lld\n", i + 1, (long long)fixture.generation);
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
