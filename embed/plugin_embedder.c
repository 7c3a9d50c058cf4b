#include "embed/plugin_embedder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/os.h"
#include "embed/answer.h"
#include "embed/canary.h"
#include "embed/embed_hello.h"
#include "embed/work.h"

#define BATCH_MS             120000
#define SILENCE_MS           30000
#define REQUEST_BYTES_MAX    ((size_t)64 << 20)
#define REFUSALS_MAX         6 /* "later", said of one text; then BUSY, and whoever asked decides */
#define PAUSE_FIRST_MS       250 /* after a "later"; doubled by each further one */
#define PAUSE_MOST_MS        30000
#define FAILED_GREETINGS_MAX 2

/*
 *             hello              canary texts answered
 *   IDLE ────────────▶ TESTING ───────────────────────▶ WORKING
 *     ▲                   │                                │
 *     └───────────────────┴────────────────────────────────┘ the plugin failed
 */
enum phase { PHASE_IDLE, PHASE_TESTING, PHASE_WORKING };

struct plugin_embedder {
    struct embedder embedder; /* first: what the user has is a pointer to it */
    struct plugin_embedder_options options;
    struct plugin *plugin;
    struct loop_timer *clock;   /* runs while requests are in flight */
    struct loop_timer *deliver; /* tells of what was settled outside the loop */
    struct loop_timer *resume;  /* set: nothing is sent until then */
    enum phase phase;
    struct embed_hello hello;
    struct model_info model;
    bool has_model, is_down, is_freeing;
    struct canary canary; /* of model */
    struct embed_item canary_items[CANARY_COUNT];
    float *canary_vectors;   /* CANARY_COUNT times hello.dimensions */
    struct work work, tests; /* the user's, and the canary texts */
    struct buf request;
    int64_t next_id;
    int64_t last_line_ms, head_since_ms; /* monotonic */
    int64_t pause_ms;
    bool has_no_memory;        /* in this turn, for a request */
    unsigned failed_greetings; /* starts in a row that did not reach WORKING */
    unsigned requests;         /* since the plugin's start, canary texts aside */
    bool was_suspect_turn;     /* suspects and other texts take turns */
};

static struct plugin_embedder *of(struct embedder *embedder)
{
    return (struct plugin_embedder *)embedder;
}

static const struct plugin_embedder *of_const(const struct embedder *embedder)
{
    return (const struct plugin_embedder *)embedder;
}

static struct work *current_work(struct plugin_embedder *self)
{
    return self->phase == PHASE_TESTING ? &self->tests : &self->work;
}

static int64_t limit_ms(int64_t option, int64_t otherwise)
{
    return option > 0 ? option : otherwise;
}

static void set_clock(struct plugin_embedder *self)
{
    int64_t now_ms = os_monotonic_ms();
    int64_t silence_ms = self->last_line_ms + limit_ms(self->options.silence_ms, SILENCE_MS);
    int64_t batch_ms = self->head_since_ms + limit_ms(self->options.batch_ms, BATCH_MS);
    int64_t due_ms = silence_ms < batch_ms ? silence_ms : batch_ms;

    if (!current_work(self)->flying.first)
        loop_timer_set(self->clock, -1);
    else
        loop_timer_set(self->clock, due_ms > now_ms ? due_ms - now_ms : 0);
}

static void on_clock(void *user)
{
    struct plugin_embedder *self = user;
    int64_t now_ms = os_monotonic_ms();
    int64_t silence_ms = limit_ms(self->options.silence_ms, SILENCE_MS);
    int64_t batch_ms = limit_ms(self->options.batch_ms, BATCH_MS);

    if (!current_work(self)->flying.first)
        return;
    if (now_ms - self->last_line_ms >= silence_ms)
        plugin_break(self->plugin, "was silent for %" PRId64 " s", (silence_ms + 999) / 1000);
    else if (now_ms - self->head_since_ms >= batch_ms)
        plugin_break(self->plugin, "did not answer a request within %" PRId64 " s",
                     (batch_ms + 999) / 1000);
    else
        set_clock(self);
}

static void write_request(struct plugin_embedder *self, const struct group *group)
{
    struct json_writer json = JSON_WRITER(&self->request);

    buf_clear(&self->request);
    json_put_object_begin(&json, NULL);
    json_put_integer(&json, "id", group->id);
    json_put_text(&json, "kind", group->kind == EMBED_QUERY ? "query" : "passage");
    json_put_array_begin(&json, "texts");
    for (const struct pending *pending = group->first; pending; pending = pending->next)
        json_put_string(&json, NULL, pending->item->text);
    json_put_array_end(&json);
    json_put_object_end(&json);
}

/* False: nothing more can be sent now. */
static bool send_group(struct plugin_embedder *self, struct group *group)
{
    struct work *work = current_work(self);
    struct error error;
    enum status status;

    group->id = ++self->next_id;
    write_request(self, group);
    status = buf_status(&self->request, &error);
    if (status == STATUS_LIMIT && group->count == 1) {
        work_settle(work, group->first, STATUS_MALFORMED, &error);
        group_free(group);
        buf_release(&self->request);
        return true;
    }
    if (!status)
        status = plugin_send(self->plugin, buf_span(&self->request), &error);
    if (status) {
        self->has_no_memory |= status == STATUS_NO_MEMORY;
        if (status == STATUS_LIMIT || status == STATUS_NO_MEMORY)
            buf_release(&self->request);
        work_give_back(work, group);
        return false;
    }
    if (!work->flying.first)
        self->head_since_ms = self->last_line_ms = os_monotonic_ms();
    group->is_fresh = self->phase == PHASE_WORKING && self->requests == 0;
    group->is_alone = !work->flying.first;
    if (work->flying.first)
        work->flying.first->is_alone = false;
    if (self->phase == PHASE_WORKING)
        self->requests++;
    group_queue_append(&work->flying, group);
    return true;
}

static size_t count_flying(const struct work *work)
{
    size_t count = 0;

    for (const struct group *group = work->flying.first; group; group = group->next)
        count++;
    return count;
}

/* Queries first: someone waits for them. */
static struct group *take_next(struct plugin_embedder *self)
{
    struct work *work = current_work(self);
    enum embed_kind kind = work->queued[EMBED_QUERY].first ? EMBED_QUERY : EMBED_PASSAGE;

    return work_take(work, kind, self->hello.batch_count, self->hello.batch_bytes);
}

/* A suspect runs with nothing else in flight, so that a failure says something about it. Other
 * texts have every second turn: good vectors show that the plugin as such works, and nobody waits
 * for the end of the search. A text that failed alone before has the first turn in a fresh plugin.
 */
static void dispatch_suspect(struct plugin_embedder *self)
{
    struct work *work = &self->work;
    bool is_suspect_turn = !self->was_suspect_turn;
    struct group *group = NULL;

    if (work->flying.first)
        return;
    if (self->requests == 0 && work->suspects.first->first->failures_alone > 0)
        is_suspect_turn = true;
    if (!is_suspect_turn)
        group = take_next(self);
    self->was_suspect_turn = !group;
    if (!group)
        group = group_queue_shift(&work->suspects);
    (void)send_group(self, group);
}

/* Nothing is sent, so nothing comes that would have the rest sent: only memory can be missing. With
 * a fresh plugin it is tried again, and not for ever. */
static void give_up_without_memory(struct plugin_embedder *self)
{
    const struct work *work = current_work(self);

    if (!work->flying.first && self->has_no_memory)
        plugin_break(self->plugin, "could not be asked: out of memory");
    self->has_no_memory = false;
}

static void dispatch(struct plugin_embedder *self)
{
    struct work *work = current_work(self);

    if (self->phase == PHASE_IDLE || self->is_freeing || loop_timer_is_set(self->resume) ||
        plugin_state(self->plugin) != PLUGIN_UP)
        return;
    if (work->suspects.first) {
        dispatch_suspect(self);
    } else {
        for (size_t count = count_flying(work); count < self->hello.window; count++) {
            struct group *group = take_next(self);

            self->has_no_memory |= !group && work_has_queued(work);
            if (!group || !send_group(self, group))
                break;
        }
    }
    give_up_without_memory(self);
    set_clock(self);
}

/* Ends every turn of the loop: whoever is told may submit again, and that is sent as well. */
static void settle_turn(struct plugin_embedder *self)
{
    dispatch(self);
    work_deliver(&self->work);
}

static void on_deliver(void *user)
{
    settle_turn(user);
}

static void on_resume(void *user)
{
    settle_turn(user);
}

static void suspect(struct plugin_embedder *self, struct group *group, bool is_first)
{
    if (is_first)
        group_queue_prepend(&self->work.suspects, group);
    else
        group_queue_append(&self->work.suspects, group);
}

/* A group that was alone with the plugin when it failed. Halves go to the end of the line, so that
 * of one bad text each level costs one restart, with good vectors in between. */
static void halve(struct plugin_embedder *self, struct group *group)
{
    struct group *second = group_split(group);

    suspect(self, group, false);
    if (second)
        suspect(self, second, false);
}

/* The plugin failed over this one text, with nothing else to do. */
static void blame(struct plugin_embedder *self, struct group *group, const char *why)
{
    struct pending *pending = group->first;
    struct error error;

    pending->failures_alone++;
    if (pending->failures_alone < 2 || !group->is_fresh) {
        suspect(self, group, true);
        return;
    }
    (void)error_set(&error, STATUS_MALFORMED, "no vector for this text: twice %s", why);
    log_line(self->options.plugin.log, LOG_WARNING, "%s", error.text);
    work_settle(&self->work, pending, STATUS_MALFORMED, &error);
    group_free(group);
}

static void suspect_flying(struct plugin_embedder *self)
{
    struct group *group;

    while ((group = group_queue_shift(&self->work.flying))) {
        if (!group->is_alone)
            suspect(self, group, false);
        else if (group->count > 1)
            halve(self, group);
        else
            blame(self, group, plugin_failure(self->plugin));
    }
}

static void forget_tests(struct plugin_embedder *self)
{
    struct error error = { .status = STATUS_BUSY };

    work_settle_all(&self->tests, true, &error);
    work_deliver(&self->tests);
    free(self->canary_vectors);
    self->canary_vectors = NULL;
}

static void go_down(struct plugin_embedder *self)
{
    struct error error;

    self->is_down = true;
    (void)error_set(&error, STATUS_BUSY, "%s", plugin_trouble(self->plugin));
    work_settle_all(&self->work, false, &error);
}

static void on_failed(void *user)
{
    struct plugin_embedder *self = user;
    enum phase phase = self->phase;

    self->phase = PHASE_IDLE; /* first: forgetting the canary texts must not read as their answer */
    forget_tests(self);
    loop_timer_set(self->clock, -1);
    loop_timer_set(self->resume, -1);
    if (phase == PHASE_WORKING)
        suspect_flying(self);
    else
        self->failed_greetings++;
    if (plugin_is_missing(self->plugin) || plugin_is_circuit_open(self->plugin) ||
        self->failed_greetings >= FAILED_GREETINGS_MAX)
        go_down(self);
    settle_turn(self);
}

/* The model that the canary texts show. Vectors of an older one that wait with unanswered texts of
 * the same submission are not told: all of a submission comes from one model. */
static enum status adopt_model(struct plugin_embedder *self, struct error *err)
{
    struct canary_identity identity = {
        .name = { self->hello.model, strlen(self->hello.model) },
        .plugin_fingerprint = { self->hello.fingerprint, strlen(self->hello.fingerprint) },
        .dimensions = self->hello.dimensions,
    };
    struct canary canary;
    struct error note;
    enum status status = canary_identify(&identity, self->canary_vectors, &self->canary,
                                         self->options.canary_folder, &canary, &note, err);

    if (status)
        return status;
    if (note.status)
        log_line(self->options.plugin.log, LOG_WARNING, "%s", note.text);
    if (self->has_model && !hash_equal(&canary.fingerprint, &self->model.fingerprint)) {
        struct error error;

        log_line(self->options.plugin.log, LOG_WARNING,
                 "'%s' has another model than before: '%s' opens a new space of vectors",
                 plugin_name(self->plugin), self->hello.model);
        (void)error_set(&error, STATUS_BUSY, "the embedding model has changed");
        work_settle_all(&self->work, true, &error);
    }
    canary_release(&self->canary);
    self->canary = canary;
    self->has_model = true;
    self->model = (struct model_info){
        .dimensions = self->hello.dimensions,
        .fingerprint = canary.fingerprint,
        .token_limit = self->hello.token_limit,
        .fusion_weight = self->hello.fusion_weight,
        .is_query_different = self->hello.is_query_different,
    };
    (void)snprintf(self->model.name, sizeof(self->model.name), "%s", self->hello.model);
    return STATUS_OK;
}

static void on_tested(void *user, struct embed_item *items, size_t count)
{
    struct plugin_embedder *self = user;
    struct error error;

    if (self->phase != PHASE_TESTING)
        return; /* the plugin failed meanwhile */
    for (size_t i = 0; i < count; i++)
        if (items[i].status) {
            plugin_break(self->plugin, "gives no vector for a test text: %s", items[i].error.text);
            return;
        }
    if (adopt_model(self, &error)) {
        plugin_break(self->plugin, "has a model that can't be told: %s", error.text);
        return;
    }
    self->phase = PHASE_WORKING;
    self->failed_greetings = 0;
    self->requests = 0;
    self->is_down = false;
}

static enum status on_greeted(void *user, const struct json *json, struct error *err)
{
    struct plugin_embedder *self = user;
    enum status status = embed_hello_read(json, &self->hello, err);
    unsigned dimensions = self->hello.dimensions;

    if (status)
        return status;
    plugin_set_line_limit(self->plugin, embed_hello_line_limit(&self->hello));
    forget_tests(self);
    self->canary_vectors = calloc(CANARY_COUNT, dimensions * sizeof(*self->canary_vectors));
    if (!self->canary_vectors)
        return error_set(err, STATUS_NO_MEMORY, "needs more memory than there is");
    for (size_t i = 0; i < CANARY_COUNT; i++)
        self->canary_items[i] = (struct embed_item){
            .text = { canary_texts[i], strlen(canary_texts[i]) },
            .vector = self->canary_vectors + i * dimensions,
        };
    status = work_add(&self->tests, EMBED_PASSAGE, self->canary_items, CANARY_COUNT, on_tested,
                      self, err);
    if (status)
        return status;
    self->phase = PHASE_TESTING;
    dispatch(self);
    return STATUS_OK;
}

/* The vector is bad, which is about this text and no other: it is asked again alone, and only then
 * the plugin has failed. */
static void doubt(struct plugin_embedder *self, struct group *from, struct pending *pending,
                  const char *what)
{
    struct group *group;

    if (self->phase == PHASE_TESTING) {
        plugin_break(self->plugin, "gives a vector for a test text that %s", what);
        return;
    }
    group = group_of_one(pending, from->kind);
    if (!group) {
        work_requeue(&self->work, pending, from->kind);
        return;
    }
    if (from->count > 1) {
        suspect(self, group, false);
        return;
    }
    plugin_break(self->plugin, "gave a vector that %s", what);
    group->is_alone = from->is_alone;
    group->is_fresh = from->is_fresh;
    group_queue_prepend(&self->work.flying, group); /* blamed when the plugin has ended */
}

static void pause_requests(struct plugin_embedder *self)
{
    if (loop_timer_is_set(self->resume))
        return;
    self->pause_ms = self->pause_ms ? self->pause_ms * 2 : PAUSE_FIRST_MS;
    if (self->pause_ms > PAUSE_MOST_MS)
        self->pause_ms = PAUSE_MOST_MS;
    loop_timer_set(self->resume, self->pause_ms);
}

/* The plugin refused one text. */
static void refuse(struct plugin_embedder *self, enum embed_kind kind, struct pending *pending,
                   const char *why, bool may_retry)
{
    struct work *work = current_work(self);
    struct error error;

    if (may_retry && ++pending->refusals < REFUSALS_MAX) {
        work_requeue(work, pending, kind);
        pause_requests(self);
        return;
    }
    (void)error_set(&error, may_retry ? STATUS_BUSY : STATUS_MALFORMED, "'%s' says: %s",
                    plugin_name(self->plugin), why);
    work_settle(work, pending, error.status, &error);
}

/* The plugin refused a whole request. When it will refuse it always, that may be because of one
 * text. */
static void refuse_group(struct plugin_embedder *self, struct group *group, const char *why,
                         bool may_retry)
{
    struct pending *reversed = NULL;

    if (!may_retry && group->count > 1 && self->phase == PHASE_WORKING) {
        halve(self, group);
        return;
    }
    while (group->first) { /* in reverse, as each is put in front */
        struct pending *pending = group->first;

        group->first = pending->next;
        pending->next = reversed;
        reversed = pending;
    }
    while (reversed) {
        struct pending *pending = reversed;

        reversed = pending->next;
        refuse(self, group->kind, pending, why, may_retry);
    }
    group_free(group);
}

/* What one text of an answered request got, before any of the request counts. */
struct verdict {
    enum vector_kind kind;
    struct vector_refusal refusal;
};

static enum status read_vectors(struct plugin_embedder *self, const struct group *group,
                                struct answer *answer, struct verdict *verdicts, struct error *err)
{
    const struct pending *pending = group->first;
    enum vector_kind kind;
    enum status status;
    float none;

    for (size_t i = 0; i < group->count; i++, pending = pending->next) {
        status = answer_next_vector(answer, pending->item->vector, self->hello.dimensions,
                                    &verdicts[i].kind, &verdicts[i].refusal, err);
        if (status)
            return status;
        if (verdicts[i].kind == VECTOR_END)
            return error_set(err, STATUS_MALFORMED, "%zu vectors for %zu texts", i, group->count);
    }
    status =
        answer_next_vector(answer, &none, 0, &kind, &(struct vector_refusal){ .text = "" }, err);
    if (!status && kind == VECTOR_END)
        return STATUS_OK;
    return error_set(err, STATUS_MALFORMED, "more vectors than the %zu texts", group->count);
}

static void take_verdicts(struct plugin_embedder *self, struct group *group,
                          const struct verdict *verdicts)
{
    struct pending *next = group->first;
    struct work *work = current_work(self);

    for (size_t i = 0; i < group->count; i++) {
        struct pending *pending = next;
        const char *what = vector_check(pending->item->vector, self->hello.dimensions);

        next = pending->next;
        if (verdicts[i].kind == VECTOR_REFUSED) {
            refuse(self, group->kind, pending, verdicts[i].refusal.text,
                   verdicts[i].refusal.may_retry);
        } else if (what) {
            doubt(self, group, pending, what);
        } else {
            work_settle(work, pending, STATUS_OK, NULL);
            self->pause_ms = 0;
            if (self->phase == PHASE_WORKING)
                plugin_prove(self->plugin);
        }
    }
    group_free(group);
}

/* An answer that can't be read makes the whole request suspect: it flies until the plugin has
 * ended. */
static void take_answer(struct plugin_embedder *self, struct group *group, struct answer *answer)
{
    struct verdict *verdicts = calloc(group->count, sizeof(*verdicts));
    struct error error;

    if (answer->has_error) {
        refuse_group(self, group, answer->error, answer->may_retry);
    } else if (!verdicts) {
        work_give_back(current_work(self), group);
    } else if (!answer->has_vectors) {
        plugin_break(self->plugin, "gave an answer without vectors and without an error");
        group_queue_prepend(&current_work(self)->flying, group);
    } else if (read_vectors(self, group, answer, verdicts, &error)) {
        plugin_break(self->plugin, "gave a wrong answer: %s", error.text);
        group_queue_prepend(&current_work(self)->flying, group);
    } else {
        take_verdicts(self, group, verdicts);
    }
    free(verdicts);
}

static void on_line(void *user, struct span line)
{
    struct plugin_embedder *self = user;
    struct group *group;
    struct answer answer;
    struct error error;

    self->last_line_ms = os_monotonic_ms();
    if (answer_read(line, &answer, &error)) {
        plugin_break(self->plugin, "wrote a line that is no answer: %s", error.text);
        return;
    }
    if (answer.has_id) { /* a line without one only shows that it is alive */
        group = group_queue_remove(&current_work(self)->flying, answer.id);
        self->head_since_ms = self->last_line_ms;
        if (group)
            take_answer(self, group, &answer);
        else
            plugin_break(self->plugin,
                         "answered request %" PRId64 ", which is not asked or is answered already",
                         answer.id);
    }
    work_deliver(&self->tests);
    settle_turn(self);
}

static void on_drained(void *user)
{
    settle_turn(user);
}

static enum embedder_state embedder_state_of(const struct embedder *embedder)
{
    const struct plugin_embedder *self = of_const(embedder);

    if (self->phase == PHASE_WORKING)
        return EMBEDDER_READY;
    return self->is_down ? EMBEDDER_DOWN : EMBEDDER_STARTING;
}

static const struct model_info *embedder_model(const struct embedder *embedder)
{
    return of_const(embedder)->has_model ? &of_const(embedder)->model : NULL;
}

static const char *embedder_trouble(const struct embedder *embedder)
{
    return plugin_trouble(of_const(embedder)->plugin);
}

static enum status embedder_submit(struct embedder *embedder, enum embed_kind kind,
                                   struct embed_item *items, size_t count, embed_done_fn *done,
                                   void *user, struct error *err)
{
    struct plugin_embedder *self = of(embedder);
    enum status status;

    if (self->is_freeing)
        return error_set(err, STATUS_BUSY, "the embedder is being ended");
    if (self->is_down)
        return error_set(err, STATUS_BUSY, "%s", plugin_trouble(self->plugin));
    if (!self->has_model)
        return error_set(err, STATUS_BUSY, "'%s' is starting", plugin_name(self->plugin));
    status = work_add(&self->work, kind, items, count, done, user, err);
    if (status)
        return status;
    dispatch(self);
    if (work_has_settled(&self->work))
        loop_timer_set(self->deliver, 0);
    return STATUS_OK;
}

static void embedder_free(struct embedder *embedder)
{
    struct plugin_embedder *self = of(embedder);
    struct error error;

    self->is_freeing = true;
    self->phase = PHASE_IDLE;
    plugin_free(self->plugin);
    (void)error_set(&error, STATUS_BUSY, "the embedder is being ended");
    forget_tests(self);
    work_settle_all(&self->work, false, &error);
    work_deliver(&self->work);
    loop_timer_free(self->clock);
    loop_timer_free(self->deliver);
    loop_timer_free(self->resume);
    canary_release(&self->canary);
    buf_release(&self->request);
    free(self);
}

static const struct embedder_ops plugin_embedder_ops = {
    .state = embedder_state_of,
    .model = embedder_model,
    .trouble = embedder_trouble,
    .submit = embedder_submit,
    .free = embedder_free,
};

static enum status make_parts(struct plugin_embedder *self, struct loop *loop, struct error *err)
{
    struct plugin_options plugin_options = self->options.plugin;
    struct plugin_events events = { .greeted = on_greeted,
                                    .line = on_line,
                                    .drained = on_drained,
                                    .failed = on_failed,
                                    .user = self };
    enum status status = loop_timer_new(loop, on_clock, self, &self->clock, err);

    if (!status)
        status = loop_timer_new(loop, on_deliver, self, &self->deliver, err);
    if (!status)
        status = loop_timer_new(loop, on_resume, self, &self->resume, err);
    plugin_options.role = "embed";
    return status ? status : plugin_new(loop, &plugin_options, &events, &self->plugin, err);
}

enum status plugin_embedder_new(struct loop *loop, const struct plugin_embedder_options *options,
                                struct embedder **out, struct error *err)
{
    struct plugin_embedder *self = calloc(1, sizeof(*self));
    enum status status;

    if (!self)
        return error_set(err, STATUS_NO_MEMORY, "no memory for an embedder");
    self->embedder.ops = &plugin_embedder_ops;
    self->options = *options;
    self->request = (struct buf)BUF_INIT(REQUEST_BYTES_MAX);
    status = make_parts(self, loop, err);
    if (status) {
        loop_timer_free(self->clock);
        loop_timer_free(self->deliver);
        loop_timer_free(self->resume);
        free(self);
        return status;
    }
    *out = &self->embedder;
    return STATUS_OK;
}

pid_t plugin_embedder_process_id(const struct embedder *embedder)
{
    return plugin_process_id(of_const(embedder)->plugin);
}

unsigned plugin_embedder_starts(const struct embedder *embedder)
{
    return plugin_starts(of_const(embedder)->plugin);
}
