/* Filters before the top k: random ones against every document that there is, one by one. */
#define FIXTURE_DIMENSIONS 32
#include "store_fixture.h"

#include <math.h>

#include "index/hits.h"

#define DOCUMENTS  40u
#define PARAGRAPHS 250u
#define HITS       10u
#define ROUNDS     25u

/* What the test itself knows of a document. */
struct known {
    char path[64], source[32];
    const char *type, *language;
    uint64_t stamp; /* mtime in us */
};

struct world {
    float vectors[DOCUMENTS][PARAGRAPHS][FIXTURE_DIMENSIONS];
    struct fixture fixture;
    struct known documents[DOCUMENTS];
    int64_t second_source;
};

static uint32_t seed = 12345;

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static void put_document(struct world *world, unsigned number)
{
    static const char *const types[] = { "text/plain", "text/markdown", "application/pdf" };
    static const char *const languages[] = { "de", "en", "en-GB", "" };
    static const char *const endings[] = { "txt", "md", "pdf" };
    struct known *known = &world->documents[number];
    struct fixture *fixture = &world->fixture;
    struct buf text = BUF_INIT(1 << 24);
    struct made_extraction made;
    struct document_key key;
    struct error err;
    unsigned type = draw(3);

    known->type = types[type];
    known->language = languages[draw(4)];
    known->stamp = 1000 + (uint64_t)draw(1000000);
    (void)snprintf(known->source, sizeof(known->source), "/home/%s", draw(2) ? "docs" : "mail");
    (void)snprintf(known->path, sizeof(known->path), "f%u/d%u.%s", draw(5), number, endings[type]);
    for (unsigned i = 0; i < PARAGRAPHS; i++) {
        buf_printf(&text, "%sparagraph%u of%u", i ? "\n\n" : "", i, number);
        for (unsigned words = 1 + draw(12); words > 0; words--)
            buf_printf(&text, " common%u", draw(6));
        buf_printf(&text, " w%u", draw(400));
    }
    made = make_extraction(buf_span(&text));
    (void)snprintf(made.extraction.media_type, sizeof(made.extraction.media_type), "%s",
                   known->type);
    key = key_for(fixture, known->path, "");
    if (strcmp(known->source, "/home/mail") == 0)
        key.source_id = world->second_source;
    {
        /* The document's language is a label of its metadata. */
        struct metadata language = { .name = 1, .value = 10 };
        char labels[32] = "\0language\0";

        (void)snprintf(labels + 10, sizeof(labels) - 10, "%s", known->language);
        made.extraction.labels = (struct span){ labels, sizeof(labels) };
        made.extraction.metadata = &language;
        made.extraction.metadata_count = known->language[0] ? 1 : 0;
        assert_good(fixture_put_made(fixture, &key, &made, known->stamp, &err), &err);
    }
    assert_int_equal(made.extraction.chunk_count, PARAGRAPHS);
    memcpy(world->vectors[number], made.vectors, sizeof(world->vectors[number]));
    made_release(&made);
    buf_release(&text);
}

static void make_world(struct world *world)
{
    struct error err;

    world->fixture = fixture_new();
    fixture_begin(&world->fixture);
    assert_good(world->fixture.store->ops->put_source(world->fixture.store, text_span("/home/mail"),
                                                      &world->second_source, &err),
                &err);
    for (unsigned i = 0; i < DOCUMENTS; i++)
        put_document(world, i);
    fixture_commit(&world->fixture);
}

struct choice {
    char glob[32];
    const char *source, *type, *language;
    int64_t since_ms, until_ms;
    int reader; /* may read documents whose number leaves this rest by 7; -1: all */
};

static struct choice draw_choice(void)
{
    static const char *const types[] = { "pdf", "text/", "text/plain", "application/pdf,md",
                                         "odt" };
    static const char *const languages[] = { "de", "en", "de,en", "fr" };
    struct choice choice = { .reader = -1 };

    if (draw(3) == 0)
        (void)snprintf(choice.glob, sizeof(choice.glob), draw(2) ? "f%u/*" : "d%u*.*", draw(5));
    choice.source = draw(4) == 0 ? "/home/mail" : NULL;
    choice.type = draw(3) == 0 ? types[draw(5)] : NULL;
    choice.language = draw(3) == 0 ? languages[draw(4)] : NULL;
    choice.since_ms = draw(3) == 0 ? 1 + (int64_t)draw(1000) : 0;
    choice.until_ms = draw(3) == 0 ? 1 + (int64_t)draw(1000) : 0;
    choice.reader = draw(3) == 0 ? (int)draw(7) : -1;
    return choice;
}

static unsigned number_of(struct span path)
{
    return (unsigned)strtoul((const char *)memchr(path.data, '/', path.len) + 2, NULL, 10);
}

static bool has_type(const struct known *known, const char *wanted)
{
    if (strcmp(wanted, "pdf") == 0 || strcmp(wanted, "odt") == 0)
        return strstr(known->path, wanted) != NULL;
    if (strcmp(wanted, "text/") == 0)
        return strncmp(known->type, wanted, 5) == 0;
    if (strchr(wanted, ','))
        return strcmp(known->type, "application/pdf") == 0 || strstr(known->path, ".md");
    return strcmp(known->type, wanted) == 0;
}

static bool has_language(const struct known *known, const char *wanted)
{
    return known->language[0] && strstr(wanted, known->language[0] == 'd' ? "de" : "en");
}

static bool is_chosen(const struct known *known, const struct choice *choice)
{
    int64_t written_ms = (int64_t)known->stamp / 1000;

    if (choice->glob[0] == 'f' && strncmp(known->path, choice->glob, 3) != 0)
        return false;
    if (choice->glob[0] == 'd' && strncmp(known->path + 3, choice->glob, 2) != 0)
        return false;
    return (!choice->source || strcmp(known->source, choice->source) == 0) &&
           (!choice->type || has_type(known, choice->type)) &&
           (!choice->language || has_language(known, choice->language)) &&
           (!choice->since_ms || written_ms >= choice->since_ms) &&
           (!choice->until_ms || written_ms <= choice->until_ms) &&
           (choice->reader < 0 ||
            number_of(text_span(known->path)) % 7 == (unsigned)choice->reader);
}

static bool may_read(void *user, struct span source, struct span path,
                     const struct file_stamp *stamp, struct span acl)
{
    const struct choice *choice = user;

    (void)source;
    (void)stamp;
    (void)acl;
    return number_of(path) % 7 == (unsigned)choice->reader;
}

static void set_filter(struct choice *choice, struct search_filter *out)
{
    *out = (struct search_filter){ .since_ms = choice->since_ms, .until_ms = choice->until_ms };
    out->path_glob = text_span(choice->glob);
    out->source = text_span(choice->source ? choice->source : "");
    out->media_type = text_span(choice->type ? choice->type : "");
    out->language = text_span(choice->language ? choice->language : "");
    if (choice->reader >= 0) {
        out->may_read = may_read;
        out->user = choice;
    }
}

struct scored {
    int64_t segment_id;
    double score;
    unsigned document;
};

/* The first hits of a search. */
static size_t search_some(struct world *world, const struct search_query *query, struct scored *out,
                          size_t room)
{
    struct snapshot *snapshot = NULL;
    struct search *search = NULL;
    struct error err;
    struct hit hit;
    bool has_hit = true;
    size_t count = 0;

    assert_good(snapshot_take(world->fixture.index, &snapshot, &err), &err);
    assert_good(search_run(snapshot, query, &search, &err), &err);
    while (count < room) {
        assert_good(search_next(search, &hit, &has_hit, &err), &err);
        if (!has_hit)
            break;
        out[count++] = (struct scored){ hit.places[0].segment_id,
                                        query->mode == SEARCH_TEXT ? hit.bm25 : hit.cosine,
                                        number_of(hit.places[0].path) };
    }
    search_free(search);
    snapshot_free(snapshot);
    return count;
}

static int compare_scored(const void *a, const void *b)
{
    const struct scored *x = a;
    const struct scored *y = b;

    return (x->score < y->score) - (x->score > y->score);
}

/* The same scores in the same order; which of two with one score comes first is not said. */
static void assert_same(const struct scored *got, size_t got_count, const struct scored *wanted,
                        size_t wanted_count)
{
    assert_int_equal(got_count, wanted_count);
    for (size_t i = 0; i < got_count; i++)
        assert_true(fabs(got[i].score - wanted[i].score) < 1e-5);
}

/* Every text that has the word, by searching each document alone. */
static void test_words(void **state)
{
    static struct world world;
    struct scored *all = calloc((size_t)DOCUMENTS * PARAGRAPHS, sizeof(*all));
    size_t found = 0;

    (void)state;
    make_world(&world);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct choice choice = draw_choice();
        struct search_query query = { .mode = SEARCH_TEXT, .candidates = HITS };
        struct scored got[HITS];
        size_t got_count, count = 0;
        char words[64];

        (void)snprintf(words, sizeof(words), "common%u w%u w%u", draw(6), draw(400), draw(400));
        query.text = text_span(words);
        set_filter(&choice, &query.filter);
        got_count = search_some(&world, &query, got, HITS);
        query.candidates = 1000;
        for (unsigned i = 0; i < DOCUMENTS; i++) {
            if (!is_chosen(&world.documents[i], &choice))
                continue;
            query.filter =
                (struct search_filter){ .path_glob = text_span(world.documents[i].path) };
            count += search_some(&world, &query, all + count, PARAGRAPHS);
        }
        qsort(all, count, sizeof(*all), compare_scored);
        assert_same(got, got_count, all, count < HITS ? count : HITS);
        for (size_t i = 0; i < got_count; i++)
            assert_true(is_chosen(&world.documents[got[i].document], &choice));
        found += got_count;
    }
    assert_true(found > ROUNDS);
    free(all);
    fixture_free(&world.fixture);
}

static double cosine_of(const float *a, const float *b)
{
    double dot = 0, a_length = 0, b_length = 0;

    for (unsigned i = 0; i < FIXTURE_DIMENSIONS; i++) {
        dot += (double)a[i] * (double)b[i];
        a_length += (double)a[i] * (double)a[i];
        b_length += (double)b[i] * (double)b[i];
    }
    return dot / sqrt(a_length * b_length);
}

/* Every vector that there is, compared here. */
static void test_vectors(void **state)
{
    static struct world world;
    struct scored *all = calloc((size_t)DOCUMENTS * PARAGRAPHS, sizeof(*all));

    (void)state;
    make_world(&world);
    for (unsigned round = 0; round < 8 * ROUNDS; round++) {
        struct choice choice = draw_choice();
        float vector[FIXTURE_DIMENSIONS];
        struct search_query query = { .mode = SEARCH_VECTOR,
                                      .vector = vector,
                                      .dimensions = FIXTURE_DIMENSIONS,
                                      .vector_weight = -1,
                                      .candidates = HITS };
        struct scored got[HITS];
        size_t got_count, count = 0;

        for (unsigned i = 0; i < FIXTURE_DIMENSIONS; i++)
            vector[i] = (float)draw(1000) / 1000 - 0.45f;
        set_filter(&choice, &query.filter);
        got_count = search_some(&world, &query, got, HITS);
        for (unsigned i = 0; i < DOCUMENTS * PARAGRAPHS; i++) {
            unsigned document = i / PARAGRAPHS;

            if (is_chosen(&world.documents[document], &choice))
                all[count++].score = cosine_of(vector, world.vectors[document][i % PARAGRAPHS]);
        }
        qsort(all, count, sizeof(*all), compare_scored);
        assert_same(got, got_count, all, count < HITS ? count : HITS);
        for (size_t i = 0; i < got_count; i++)
            assert_true(is_chosen(&world.documents[got[i].document], &choice));
    }
    free(all);
    fixture_free(&world.fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_words),
                                        cmocka_unit_test(test_vectors) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
