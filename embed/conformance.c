#include "embed/conformance.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/os.h"
#include "embed/answer.h"
#include "embed/canary.h"
#include "embed/conformance_tell.h"
#include "embed/embed_hello.h"

#define TIMEOUT_MS      30000
#define SAME_COSINE     0.9999
#define LONG_TEXT_BYTES 100000
#define LINE_BYTES_MAX  ((size_t)64 << 10)
#define SPEED_TEXTS     2000
#define LITERAL(text)                                                                              \
    {                                                                                              \
        (text), sizeof(text) - 1                                                                   \
    }

struct checker {
    const struct conformance_options *options;
    struct listener listener;
    struct probe *probe;
    struct embed_hello hello;
    float *first; /* the canary vectors of the first start */
    int64_t next_id;
    int64_t timeout_ms;
};

static void write_request(struct buf *out, int64_t id, const char *kind, const struct span *texts,
                          size_t count)
{
    struct json_writer json = JSON_WRITER(out);

    json_put_object_begin(&json, NULL);
    json_put_integer(&json, "id", id);
    json_put_text(&json, "kind", kind);
    json_put_array_begin(&json, "texts");
    for (size_t i = 0; i < count; i++)
        json_put_string(&json, NULL, texts[i]);
    json_put_array_end(&json);
    json_put_text(&json, "unknown", "a member that no plugin knows");
    json_put_object_end(&json);
}

static enum status send_request(struct checker *self, const char *kind, const struct span *texts,
                                size_t count, struct error *err)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT((size_t)64 << 20);
    enum status status;

    write_request(&line, ++self->next_id, kind, texts, count);
    status = buf_status(&line, err);
    return status ? status : probe_send(self->probe, buf_span(&line), err);
}

/* refused: how many texts had an error of their own; NULL: none may. Vectors are checked. */
static enum status read_vectors(const struct checker *self, struct answer *answer, size_t count,
                                float *out, size_t *refused, struct error *err)
{
    unsigned dimensions = self->hello.dimensions;
    struct vector_refusal refusal;
    enum vector_kind kind;
    enum status status;
    float none;

    for (size_t i = 0; i < count; i++) {
        float *vector = out + i * dimensions;
        const char *what = NULL;

        status = answer_next_vector(answer, vector, dimensions, &kind, &refusal, err);
        if (status)
            return status;
        if (kind == VECTOR_END)
            return error_set(err, STATUS_MALFORMED, "%zu vectors for %zu texts", i, count);
        if (kind == VECTOR_VALUES)
            what = vector_check(vector, dimensions);
        else if (refused)
            ++*refused;
        else
            return error_set(err, STATUS_MALFORMED, "it refuses a text: %s", refusal.text);
        if (what)
            return error_set(err, STATUS_MALFORMED, "vector %zu %s", i, what);
    }
    status = answer_next_vector(answer, &none, 0, &kind, &refusal, err);
    if (!status && kind == VECTOR_END)
        return STATUS_OK;
    return error_set(err, STATUS_MALFORMED, "more vectors than the %zu texts", count);
}

/* Waits for an answer to one of the requests from first_id on; *id says which. */
static enum status read_answer(struct checker *self, int64_t first_id, size_t count, float *out,
                               size_t *refused, int64_t *id, struct error *err)
{
    struct answer answer;
    struct span line;
    enum status status;

    do {
        status = probe_wait_line(self->probe, self->timeout_ms, &line, err);
        if (!status)
            status = answer_read(line, &answer, err);
        if (status)
            return status;
    } while (!answer.has_id);
    *id = answer.id;
    if (answer.id < first_id || answer.id > self->next_id)
        status = error_set(err, STATUS_MALFORMED, "it answers request %" PRId64 ", not asked now",
                           answer.id);
    else if (answer.has_error)
        status = error_set(err, STATUS_MALFORMED, "it refuses: %s", answer.error);
    else if (!answer.has_vectors)
        status = error_set(err, STATUS_MALFORMED, "neither 'vectors' nor 'error' in its answer");
    else
        status = read_vectors(self, &answer, count, out, refused, err);
    return status;
}

static enum status ask(struct checker *self, const char *kind, const struct span *texts,
                       size_t count, float *out, size_t *refused, struct error *err)
{
    enum status status = send_request(self, kind, texts, count, err);
    int64_t id;

    return status ? status : read_answer(self, self->next_id, count, out, refused, &id, err);
}

static double cosine(const float *a, const float *b, unsigned dimensions)
{
    double ab = 0, aa = 0, bb = 0;

    for (unsigned i = 0; i < dimensions; i++) {
        ab += (double)a[i] * (double)b[i];
        aa += (double)a[i] * (double)a[i];
        bb += (double)b[i] * (double)b[i];
    }
    return ab / sqrt(aa * bb);
}

static void canary_spans(struct span out[CANARY_COUNT])
{
    for (size_t i = 0; i < CANARY_COUNT; i++)
        out[i] = (struct span){ canary_texts[i], strlen(canary_texts[i]) };
}

/* In requests as small as the plugin wants them. */
static enum status ask_canaries(struct checker *self, const char *kind, float *out,
                                struct error *err)
{
    struct span texts[CANARY_COUNT];
    size_t at_once =
        self->hello.batch_count < CANARY_COUNT ? self->hello.batch_count : CANARY_COUNT;
    enum status status = STATUS_OK;

    canary_spans(texts);
    for (size_t i = 0; i < CANARY_COUNT && !status; i += at_once)
        status = ask(self, kind, texts + i, CANARY_COUNT - i < at_once ? CANARY_COUNT - i : at_once,
                     out + i * self->hello.dimensions, NULL, err);
    return status;
}

static bool start(struct checker *self)
{
    struct probe_options options = { .arguments = self->options->arguments,
                                     .environment = self->options->environment,
                                     .log = self->options->log,
                                     .line_bytes_max = (size_t)256 << 20 };
    struct error error;
    struct json *root = NULL;
    const struct json *json;
    enum status status = probe_start(&options, &self->probe, &error);
    const char *why;

    if (status) {
        why = error.sys_errno ? strerrordesc_np(error.sys_errno) : NULL;
        tell(&self->listener, "can be started", CHECK_FAILED, "%s%s%s", error.text, why ? ": " : "",
             why ? why : "");
        return false;
    }
    status = probe_greet(self->probe, "embed", 2 * self->timeout_ms, &root, &json, &error);
    if (!status)
        status = embed_hello_read(json, &self->hello, &error);
    json_free(root);
    return told(&self->listener, "answers the hello", status, &error);
}

static bool check_canaries(struct checker *self)
{
    unsigned dimensions = self->hello.dimensions;
    struct error error;
    size_t alike = 0;

    if (!told(&self->listener, "gives vectors", ask_canaries(self, "passage", self->first, &error),
              &error))
        return false;
    for (unsigned i = 1; i < CANARY_COUNT; i++)
        alike +=
            cosine(self->first, self->first + (size_t)i * dimensions, dimensions) > SAME_COSINE;
    tell(&self->listener, "different texts have different vectors",
         alike ? CHECK_FAILED : CHECK_PASSED, "%zu of 7 texts have the vector of the first", alike);
    return true;
}

/* The same texts again, one by one: neither time nor neighbours may change a vector. */
static bool check_repeats(struct checker *self, float *again)
{
    unsigned dimensions = self->hello.dimensions;
    struct span texts[CANARY_COUNT];
    struct error error;
    enum status status = STATUS_OK;
    double least = 1;

    canary_spans(texts);
    for (size_t i = 0; i < CANARY_COUNT && !status; i++) {
        status = ask(self, "passage", texts + i, 1, again, NULL, &error);
        if (!status) {
            double same = cosine(again, self->first + i * dimensions, dimensions);

            least = same < least ? same : least;
        }
    }
    if (status)
        return told(&self->listener, "the same text has the same vector, alone or in a batch",
                    status, &error);
    tell(&self->listener, "the same text has the same vector, alone or in a batch",
         least >= SAME_COSINE ? CHECK_PASSED : CHECK_FAILED, "cosine %.6f", least);
    return true;
}

static bool check_queries(struct checker *self, float *again)
{
    struct error error;
    enum status status = ask_canaries(self, "query", again, &error);
    bool is_same;

    if (!told(&self->listener, "embeds queries", status, &error))
        return false;
    is_same = canary_matches(self->first, again, self->hello.dimensions);
    if (self->hello.is_query_different && is_same)
        tell(&self->listener, "says whether queries differ", CHECK_ADVISED,
             "'query_differs' is true, and they do not");
    else if (!self->hello.is_query_different && !is_same)
        tell(&self->listener, "says whether queries differ", CHECK_FAILED,
             "'query_differs' is false, and they do");
    else
        tell(&self->listener, "says whether queries differ", CHECK_PASSED, "%s", "");
    return true;
}

/* Each is sent alone. A vector or an error of its own are both right; dying is not. */
static bool check_odd_texts(struct checker *self, float *out)
{
    static const char many[] = "one two three four five six seven eight nine ten ";
    CLEANUP(buf_release) struct buf long_text = BUF_INIT(LONG_TEXT_BYTES + 64);
    const struct {
        const char *name;
        struct span text;
    } odd[] = {
        { "survives an empty text", LITERAL("") },
        { "survives white space alone", LITERAL(" \t\n\r ") },
        { "survives control characters", LITERAL("a\001b\033[0m\177c\000d") },
        { "survives characters beyond the BMP", LITERAL("\xF0\x9F\x8C\x8A\xF0\xA0\x80\x80") },
        { "survives quotes and backslashes", LITERAL("\"\\\"\\\\u0000 {\"id\":1}\\n") },
        { "survives a text of 100 kB", { NULL, 0 } },
    };

    while (long_text.len < LONG_TEXT_BYTES)
        buf_append(&long_text, many, sizeof(many) - 1);
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        struct span text = odd[i].text.data ? odd[i].text : buf_span(&long_text);
        size_t refused = 0;
        struct error error;
        enum status status = ask(self, "passage", &text, 1, out, &refused, &error);

        if (!told(&self->listener, odd[i].name, status, &error))
            return false;
    }
    return true;
}

/* count different texts of about 900 bytes, written one after the other into pool. */
static void make_texts(struct buf *pool, struct span *texts, size_t count)
{
    static const char *const words[] = { "layer ",  "winter ", "the ",    "counts ", "of ",
                                         "summer ", "and ",    "a lake ", "years ",  "silt. " };
    uint32_t state = 12345;

    for (size_t i = 0; i < count; i++) {
        size_t start = pool->len;

        while (pool->len - start < 900) {
            state = state * 1664525u + 1013904223u;
            if (state >> 29 == 0)
                buf_printf(pool, "%u ", state >> 12);
            else
                buf_printf(pool, "%s", words[(state >> 16) % 10]);
        }
        texts[i].len = pool->len - start;
    }
    for (size_t i = 0, start = 0; i < count; start += texts[i++].len)
        texts[i].data = pool->data + start;
}

static size_t batch_count(const struct checker *self)
{
    size_t count = self->hello.batch_bytes / 1000;

    if (count < 1)
        count = 1;
    return count < self->hello.batch_count ? count : self->hello.batch_count;
}

/* Full batches, as many in flight as it announced, until all texts are answered. *answered:
 * batches. */
static enum status fill_window(struct checker *self, const struct span *texts, size_t batch,
                               float *out, size_t *answered, struct error *err)
{
    size_t batches = SPEED_TEXTS / batch + self->hello.window, sent = 0;
    int64_t first_id = self->next_id + 1, start_ms = os_monotonic_ms(), id;
    enum status status = STATUS_OK;

    while (!status && *answered < batches) {
        while (!status && sent < batches && sent - *answered < self->hello.window) {
            status = send_request(self, "passage", texts, batch, err);
            sent++;
        }
        if (!status)
            status = read_answer(self, first_id, batch, out, NULL, &id, err);
        ++*answered;
        if (os_monotonic_ms() - start_ms > self->timeout_ms / 2)
            batches = sent; /* slow is no failure: it only ends the measurement */
    }
    return status;
}

static bool check_window(struct checker *self)
{
    CLEANUP(buf_release) struct buf pool = BUF_INIT((size_t)64 << 20);
    size_t batch = batch_count(self), answered = 0;
    struct span *texts = calloc(batch, sizeof(*texts));
    float *out = calloc(batch, self->hello.dimensions * sizeof(*out));
    int64_t start_ms = os_monotonic_ms(), spent_ms;
    struct error error;
    enum status status = STATUS_NO_MEMORY;

    if (texts && out) {
        make_texts(&pool, texts, batch);
        status = fill_window(self, texts, batch, out, &answered, &error);
    } else {
        (void)error_set(&error, STATUS_NO_MEMORY, "out of memory here");
    }
    free(texts);
    free(out);
    if (!told(&self->listener, "answers full batches, several in flight", status, &error))
        return false;
    spent_ms = os_monotonic_ms() - start_ms;
    tell(&self->listener, "speed", CHECK_NOTED,
         "%.0f texts a second, %.2f MB a second (%zu texts of 900 bytes)",
         (double)(answered * batch) * 1000 / (double)(spent_ms + 1),
         (double)(answered * pool.len) / 1000 / (double)(spent_ms + 1), answered * batch);
    return true;
}

static void check_restart(struct checker *self, float *again)
{
    char before[sizeof(self->hello.fingerprint)];
    struct error error;
    enum status status;

    memcpy(before, self->hello.fingerprint, sizeof(before));
    if (!start(self))
        return;
    tell(&self->listener, "has the same fingerprint after a restart",
         strcmp(before, self->hello.fingerprint) == 0 ? CHECK_PASSED : CHECK_FAILED, "%s",
         strcmp(before, self->hello.fingerprint) == 0 ? ""
                                                      : "each start would embed everything anew");
    status = ask_canaries(self, "passage", again, &error);
    if (!status && !canary_matches(self->first, again, self->hello.dimensions))
        status = error_set(&error, STATUS_MALFORMED, "a cosine below 0.9999");
    (void)told(&self->listener, "has the same vectors after a restart", status, &error);
}

static enum status run_checks(struct checker *self, struct error *err)
{
    size_t count = (size_t)CANARY_COUNT * self->hello.dimensions;
    float *again = calloc(count, sizeof(*again));

    self->first = calloc(count, sizeof(*self->first));
    if (!again || !self->first) {
        free(again);
        return error_set(err, STATUS_NO_MEMORY, "no memory to test a plugin");
    }
    if (check_canaries(self) && check_repeats(self, again) && check_queries(self, again) &&
        check_odd_texts(self, again) && check_window(self)) {
        tell_end(&self->listener, "ends when its input ends", self->probe);
        probe_free(self->probe);
        self->probe = NULL;
        check_restart(self, again);
    }
    free(again);
    return STATUS_OK;
}

enum status conformance_embedder(const struct conformance_options *options, conformance_fn *fn,
                                 void *user, struct error *err)
{
    struct checker self = { .options = options,
                            .listener = { fn, user },
                            .timeout_ms = options->timeout_ms ? options->timeout_ms : TIMEOUT_MS };
    enum status status = STATUS_OK;

    if (start(&self)) {
        tell(&self.listener, "model", CHECK_NOTED,
             "%s, %u dimensions, batches of %u texts, window %u", self.hello.model,
             self.hello.dimensions, self.hello.batch_count, self.hello.window);
        status = run_checks(&self, err);
    }
    probe_free(self.probe);
    free(self.first);
    return status;
}
