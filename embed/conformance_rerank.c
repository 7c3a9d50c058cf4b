#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/os.h"
#include "embed/conformance_tell.h"
#include "embed/rerank.h"

#define TIMEOUT_MS       30000
#define ANSWER_BYTES_MAX ((size_t)1 << 20)
#define LONG_TEXT_BYTES  100000u
#define SAME_SCORE       1e-3 /* of the scores' range: graphics cards round */
#define TEXT(text)                                                                                 \
    {                                                                                              \
        (text), sizeof(text) - 1                                                                   \
    }

struct checker {
    const struct conformance_options *options;
    struct listener listener;
    struct probe *probe;
    struct rerank_hello hello;
    int64_t next_id, timeout_ms;
};

/* The first answers, the others do not. */
static const struct span passages[] = {
    TEXT("Refunds are paid to the card within five working days."),
    TEXT("The harbour has three cranes and a lighthouse."),
    TEXT("Wicks of cotton burn longer than wicks of paper."),
    TEXT("The minutes of the meeting were read and agreed."),
};
#define PASSAGE_COUNT (sizeof(passages) / sizeof(passages[0]))
static const struct span question = TEXT("How long does it take until a refund is paid?");

static enum status ask(struct checker *self, struct span query, const struct span *texts,
                       size_t count, double *scores, struct error *err)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT((size_t)64 << 20);
    bool is_answer = false;
    struct span answer;
    enum status status;

    rerank_write_request(++self->next_id, query, texts, count, &line);
    status = buf_status(&line, err);
    if (!status)
        status = probe_send(self->probe, buf_span(&line), err);
    while (!status && !is_answer) {
        status = probe_wait_line(self->probe, self->timeout_ms, &answer, err);
        if (!status)
            status = rerank_read_answer(answer, self->next_id, count, scores, &is_answer, err);
    }
    return status;
}

static bool start(struct checker *self)
{
    struct probe_options options = { .arguments = self->options->arguments,
                                     .environment = self->options->environment,
                                     .log = self->options->log,
                                     .line_bytes_max = ANSWER_BYTES_MAX };
    struct error error;
    struct json *root = NULL;
    const struct json *hello;
    enum status status = probe_start(&options, &self->probe, &error);

    if (!told(&self->listener, "can be started", status, &error))
        return false;
    status = probe_greet(self->probe, "rerank", 2 * self->timeout_ms, &root, &hello, &error);
    if (!status)
        status = rerank_read_hello(hello, &self->hello, &error);
    json_free(root);
    return told(&self->listener, "answers the hello", status, &error);
}

static bool check_scores(struct checker *self, double *scores)
{
    struct error error;
    enum status status = ask(self, question, passages, PASSAGE_COUNT, scores, &error);

    for (size_t i = 0; i < PASSAGE_COUNT && !status; i++)
        if (isnan(scores[i]))
            status = error_set(&error, STATUS_MALFORMED, "it refuses a plain sentence");
    if (!told(&self->listener, "gives a score for each text", status, &error))
        return false;
    for (size_t i = 1; i < PASSAGE_COUNT; i++)
        if (scores[i] >= scores[0]) {
            tell(&self->listener, "an answer scores above what is none", CHECK_ADVISED,
                 "%.4g for the answer, %.4g for passage %zu; larger means better", scores[0],
                 scores[i], i);
            return true;
        }
    tell(&self->listener, "an answer scores above what is none", CHECK_PASSED, "%s", "");
    return true;
}

/* Neither time nor neighbours may change a score: each again, alone, the last one first. */
static bool check_repeats(struct checker *self, const double *scores)
{
    struct error error;
    enum status status = STATUS_OK;
    double most = 0, range = 0;

    for (size_t i = PASSAGE_COUNT; i-- > 0 && !status;) {
        double again = 0;

        status = ask(self, question, &passages[i], 1, &again, &error);
        most = fmax(most, fabs(again - scores[i]));
        range = fmax(range, fabs(scores[i] - scores[0]));
    }
    if (!status && most > SAME_SCORE * fmax(range, 1e-6))
        status = error_set(&error, STATUS_MALFORMED, "%.3g apart, of a range of %.3g", most, range);
    return told(&self->listener, "the same text has the same score, alone or among others", status,
                &error);
}

static bool check_odd_texts(struct checker *self)
{
    CLEANUP(buf_release) struct buf long_text = BUF_INIT((size_t)LONG_TEXT_BYTES + 64);
    struct {
        const char *name;
        struct span text;
    } odd[] = {
        { "an empty text", TEXT("") },
        { "white space", TEXT(" \n\t ") },
        { "control characters", TEXT("a\x01\x02\x7f b\r\n\"quoted\" \\ back") },
        { "other scripts", TEXT("\u041f\u0440\u0438\u0432\u0435\u0442 \u4f60\u597d \U0001f40b") },
        { "a text of 100 kB", { NULL, 0 } },
    };
    double score;

    while (long_text.len < LONG_TEXT_BYTES)
        buf_printf(&long_text, "sentence %zu of a very long text. ", long_text.len);
    odd[4].text = buf_span(&long_text);
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        struct error error;
        char name[80];

        (void)snprintf(name, sizeof(name), "takes %s, or refuses it alone", odd[i].name);
        if (!told(&self->listener, name, ask(self, question, &odd[i].text, 1, &score, &error),
                  &error))
            return false;
        if (i < 2)
            continue; /* nobody asks for nothing */
        (void)snprintf(name, sizeof(name), "takes %s as the query", odd[i].name);
        if (!told(&self->listener, name, ask(self, odd[i].text, passages, 1, &score, &error),
                  &error))
            return false;
    }
    return true;
}

static bool check_batch(struct checker *self)
{
    size_t count = self->hello.batch_count;
    struct span *texts = calloc(count, sizeof(*texts));
    double *scores = calloc(count, sizeof(*scores));
    int64_t start_ms = os_monotonic_ms();
    struct error error = { .text = "out of memory here" };
    enum status status = STATUS_NO_MEMORY;

    if (texts && scores) {
        for (size_t i = 0; i < count; i++)
            texts[i] = passages[i % PASSAGE_COUNT];
        status = ask(self, question, texts, count, scores, &error);
    }
    free(texts);
    free(scores);
    if (!told(&self->listener, "answers a full batch", status, &error))
        return false;
    tell(&self->listener, "speed", CHECK_NOTED, "%zu short texts in %lld ms", count,
         (long long)(os_monotonic_ms() - start_ms));
    return true;
}

enum status conformance_reranker(const struct conformance_options *options, conformance_fn *fn,
                                 void *user, struct error *err)
{
    struct checker self = { .options = options,
                            .listener = { fn, user },
                            .timeout_ms = options->timeout_ms ? options->timeout_ms : TIMEOUT_MS };
    double scores[PASSAGE_COUNT] = { 0 };

    (void)err; /* nothing here needs memory that can be missing */
    if (start(&self)) {
        tell(&self.listener, "model", CHECK_NOTED, "%s, batches of %u texts", self.hello.model,
             self.hello.batch_count);
        if (check_scores(&self, scores) && check_repeats(&self, scores) && check_odd_texts(&self) &&
            check_batch(&self))
            tell_end(&self.listener, "ends when its input ends", self.probe);
    }
    probe_free(self.probe);
    return STATUS_OK;
}
