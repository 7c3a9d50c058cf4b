#include "plugins/embed-onnx/session.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUTS_MAX 8
#define NAME_BYTES 64

/* Opaque objects of the runtime. */
typedef void ort_object;

/* The table of functions that GetApi(1) gives: only ever appended to, so these places hold. All but
 * the releases give a status, NULL when well. */
typedef void ort_unused(void);
struct ort_table {
    ort_unused *unused_0[2];
    const char *(*error_message)(const ort_object *);
    ort_object *(*create_env)(int, const char *, ort_object **);
    ort_unused *unused_4[3];
    ort_object *(*create_session)(const ort_object *, const char *, const ort_object *,
                                  ort_object **);
    ort_unused *unused_8[1];
    ort_object *(*run)(ort_object *, const ort_object *, const char *const *, ort_object *const *,
                       size_t, const char *const *, size_t, ort_object **);
    ort_object *(*create_options)(ort_object **);
    ort_unused *unused_11[12];
    ort_object *(*set_optimization)(ort_object *, int);
    ort_object *(*set_threads)(ort_object *, int);
    ort_unused *unused_25[5];
    ort_object *(*input_count)(const ort_object *, size_t *);
    ort_object *(*output_count)(const ort_object *, size_t *);
    ort_unused *unused_32[4];
    ort_object *(*input_name)(const ort_object *, size_t, ort_object *, char **);
    ort_object *(*output_name)(const ort_object *, size_t, ort_object *, char **);
    ort_unused *unused_38[11];
    ort_object *(*create_tensor)(const ort_object *, void *, size_t, const int64_t *, size_t, int,
                                 ort_object **);
    ort_unused *unused_50[1];
    ort_object *(*tensor_data)(ort_object *, void **);
    ort_unused *unused_52[9];
    ort_object *(*rank)(const ort_object *, size_t *);
    ort_object *(*shape)(const ort_object *, int64_t *, size_t);
    ort_unused *unused_63[2];
    ort_object *(*tensor_type)(const ort_object *, ort_object **);
    ort_unused *unused_66[3];
    ort_object *(*create_memory_info)(int, int, ort_object **);
    ort_unused *unused_70[6];
    ort_object *(*allocator_free)(ort_object *, void *);
    ort_unused *unused_77[1];
    ort_object *(*allocator)(ort_object **);
    ort_unused *unused_79[13];
    void (*release_env)(ort_object *);
    void (*release_status)(ort_object *);
    void (*release_memory_info)(ort_object *);
    void (*release_session)(ort_object *);
    void (*release_value)(ort_object *);
    ort_unused *unused_97[2];
    void (*release_type)(ort_object *);
    void (*release_options)(ort_object *);
};
_Static_assert(offsetof(struct ort_table, create_tensor) == 49 * sizeof(void *), "place 49");
_Static_assert(offsetof(struct ort_table, release_options) == 100 * sizeof(void *), "place 100");

/* What OrtGetApiBase() gives begins so. */
struct ort_base {
    const struct ort_table *(*table)(uint32_t version);
    const char *(*version)(void);
};

enum { ORT_INT64 = 7, ORT_WARNING = 2, ORT_ALL_OPTIMIZATIONS = 99, ORT_ARENA = 1 };

struct session {
    void *library;
    const struct ort_base *base;
    const struct ort_table *table;
    ort_object *env, *options, *session, *memory, *allocator; /* the allocator is the runtime's */
    ort_object *output;                                       /* of the newest run */
    char input_names[INPUTS_MAX][NAME_BYTES], output_name[NAME_BYTES];
    size_t input_count;
};

/* Takes the status over. */
static enum status check(const struct session *self, ort_object *result, const char *what,
                         struct error *err)
{
    const char *message;

    if (!result)
        return STATUS_OK;
    message = self->table->error_message(result);
    (void)error_set(err, STATUS_UNREADABLE, "%s: %.180s", what, message);
    self->table->release_status(result);
    return STATUS_UNREADABLE;
}

static enum status open_library(struct session *self, const char *path, struct error *err)
{
    const struct ort_base *(*get_base)(void);
    void *symbol;

    self->library = dlopen(path ? path : "libonnxruntime.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!self->library) {
        (void)error_set(err, STATUS_UNREADABLE,
                        "cannot open ONNX Runtime: %.140s; --runtime names libonnxruntime.so",
                        dlerror());
        return STATUS_UNREADABLE;
    }
    symbol = dlsym(self->library, "OrtGetApiBase");
    if (!symbol) {
        (void)error_set(err, STATUS_UNREADABLE, "'%s' is not ONNX Runtime", path ? path : "it");
        return STATUS_UNREADABLE;
    }
    memcpy(&get_base, &symbol, sizeof(symbol));
    self->base = get_base();
    self->table = self->base->table(1);
    if (!self->table) {
        (void)error_set(err, STATUS_UNREADABLE, "ONNX Runtime has no API version 1");
        return STATUS_UNREADABLE;
    }
    return STATUS_OK;
}

typedef ort_object *ort_name_fn(const ort_object *, size_t, ort_object *, char **);

static enum status read_name(struct session *self, ort_name_fn *fn, size_t index, char *out,
                             struct error *err)
{
    char *name = NULL;
    enum status status = check(self, fn(self->session, index, self->allocator, &name),
                               "cannot read the model's inputs and outputs", err);

    if (status)
        return status;
    (void)snprintf(out, NAME_BYTES, "%s", name);
    (void)check(self, self->table->allocator_free(self->allocator, name), "", NULL);
    return STATUS_OK;
}

/* The output with one vector a token or a text; a model may have others beside it. */
static enum status choose_output(struct session *self, struct error *err)
{
    static const char *const wanted[] = { "sentence_embedding", "last_hidden_state",
                                          "token_embeddings" };
    size_t count = 0, best = sizeof(wanted) / sizeof(wanted[0]);
    enum status status = check(self, self->table->output_count(self->session, &count),
                               "cannot read the model's outputs", err);

    for (size_t i = 0; i < count && !status; i++) {
        char name[NAME_BYTES];
        size_t rank = 0;

        status = read_name(self, self->table->output_name, i, name, err);
        while (rank < sizeof(wanted) / sizeof(wanted[0]) && strcmp(wanted[rank], name) != 0)
            rank++;
        if (rank < best || i == 0) {
            best = rank;
            memcpy(self->output_name, name, sizeof(name));
        }
    }
    return status;
}

static enum status read_inputs(struct session *self, struct error *err)
{
    enum status status = check(self, self->table->input_count(self->session, &self->input_count),
                               "cannot read the model's inputs", err);

    if (!status && self->input_count > INPUTS_MAX)
        status = error_set(err, STATUS_UNSUPPORTED, "the model has %zu inputs", self->input_count);
    for (size_t i = 0; i < self->input_count && !status; i++) {
        const char *name = self->input_names[i];

        status = read_name(self, self->table->input_name, i, self->input_names[i], err);
        if (!status && strcmp(name, "input_ids") != 0 && strcmp(name, "attention_mask") != 0 &&
            strcmp(name, "token_type_ids") != 0)
            status = error_set(err, STATUS_UNSUPPORTED, "the model wants an input '%s'", name);
    }
    return status;
}

static enum status make_session(struct session *self, const char *model, int threads,
                                struct error *err)
{
    enum status status = check(self, self->table->create_env(ORT_WARNING, "varve", &self->env),
                               "cannot start ONNX Runtime", err);

    if (!status)
        status = check(self, self->table->create_options(&self->options),
                       "cannot start ONNX Runtime", err);
    if (!status)
        status = check(self, self->table->set_threads(self->options, threads),
                       "cannot set the number of threads", err);
    if (!status)
        status = check(self, self->table->set_optimization(self->options, ORT_ALL_OPTIMIZATIONS),
                       "cannot set the optimization", err);
    if (!status)
        status = check(self,
                       self->table->create_session(self->env, model, self->options, &self->session),
                       "cannot load the model", err);
    if (!status)
        status = check(self, self->table->allocator(&self->allocator), "no allocator", err);
    if (!status)
        status = check(self, self->table->create_memory_info(ORT_ARENA, 0, &self->memory),
                       "no memory", err);
    return status;
}

enum status session_open(const char *runtime, const char *model, int threads, struct session **out,
                         struct error *err)
{
    struct session *self = calloc(1, sizeof(*self));
    enum status status;

    if (!self)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a model");
    status = open_library(self, runtime, err);
    if (!status)
        status = make_session(self, model, threads, err);
    if (!status)
        status = read_inputs(self, err);
    if (!status)
        status = choose_output(self, err);
    if (status) {
        session_free(self);
        return status;
    }
    *out = self;
    return STATUS_OK;
}

void session_free(struct session *self)
{
    if (!self)
        return;
    if (self->table) {
        if (self->output)
            self->table->release_value(self->output);
        if (self->memory)
            self->table->release_memory_info(self->memory);
        if (self->session)
            self->table->release_session(self->session);
        if (self->options)
            self->table->release_options(self->options);
        if (self->env)
            self->table->release_env(self->env);
    }
    /* The library stays: its threads may still be on their way out. */
    free(self);
}

static enum status read_shape(struct session *self, struct session_output *out, struct error *err)
{
    ort_object *type = NULL;
    void *values = NULL;
    enum status status = check(self, self->table->tensor_type(self->output, &type),
                               "an output that is no tensor", err);

    if (!status)
        status = check(self, self->table->rank(type, &out->rank), "an output without a shape", err);
    if (!status && out->rank != 2 && out->rank != 3)
        status = error_set(err, STATUS_UNSUPPORTED, "an output of %zu dimensions", out->rank);
    if (!status)
        status = check(self, self->table->shape(type, out->shape, out->rank),
                       "an output without a shape", err);
    if (type)
        self->table->release_type(type);
    if (!status)
        status = check(self, self->table->tensor_data(self->output, &values),
                       "an output without values", err);
    out->values = values;
    return status;
}

static enum status run_with(struct session *self, ort_object *const *inputs, struct error *err)
{
    const char *names[INPUTS_MAX], *output_name = self->output_name;

    for (size_t i = 0; i < self->input_count; i++)
        names[i] = self->input_names[i];
    if (self->output)
        self->table->release_value(self->output);
    self->output = NULL;
    return check(self,
                 self->table->run(self->session, NULL, names, inputs, self->input_count,
                                  &output_name, 1, &self->output),
                 "the model failed", err);
}

enum status session_run(struct session *self, int64_t *ids, int64_t *mask, size_t texts,
                        size_t tokens, struct session_output *out, struct error *err)
{
    ort_object *inputs[INPUTS_MAX] = { NULL };
    int64_t shape[2] = { (int64_t)texts, (int64_t)tokens };
    int64_t *types = calloc(texts * tokens, sizeof(*types));
    enum status status =
        types ? STATUS_OK : error_set(err, STATUS_NO_MEMORY, "no memory for a batch");

    for (size_t i = 0; i < self->input_count && !status; i++) {
        const char *name = self->input_names[i];
        int64_t *values = strcmp(name, "input_ids") == 0        ? ids
                          : strcmp(name, "attention_mask") == 0 ? mask
                                                                : types;

        status =
            check(self,
                  self->table->create_tensor(self->memory, values, texts * tokens * sizeof(*values),
                                             shape, 2, ORT_INT64, &inputs[i]),
                  "cannot make an input", err);
    }
    if (!status)
        status = run_with(self, inputs, err);
    if (!status)
        status = read_shape(self, out, err);
    for (size_t i = 0; i < self->input_count; i++)
        if (inputs[i])
            self->table->release_value(inputs[i]);
    free(types);
    return status;
}

const char *session_runtime_version(const struct session *self)
{
    return self->base->version();
}
