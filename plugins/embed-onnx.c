/*
 * embed-onnx - the embedding plugin over a transformer in ONNX Runtime.
 *
 *     embed-onnx --model MODEL.onnx --tokenizer tokenizer.json [--runtime libonnxruntime.so] …
 *
 * Any BERT-like model whose tokenizer model/tokenizer.h knows: inputs input_ids, attention_mask and
 * perhaps token_type_ids; an output for each token (pooled here) or for each text. Texts of a
 * request are sorted by length, so that little is padded. A text longer than the model takes is
 * refused, never cut: a vector is of exactly the text that is shown.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "base/os.h"
#include "ingest/embedder.h"
#include "model/tokenizer.h"
#include "plugins/common/embed_host.h"
#include "plugins/common/plugin_options.h"
#include "plugins/embed-onnx/session.h"

#define RUN_TOKENS_MAX ((size_t)8192) /* in one run of the model, padding included */
#define BATCH          64
#define BATCH_BYTES    ((size_t)256 << 10)

struct settings {
    const char *model, *tokenizer, *runtime, *name;
    const char *query_prefix, *passage_prefix;
    long tokens_max, threads;
    bool pools_first; /* the vector of [CLS] instead of the mean */
    bool keeps_length, prints_tokens;
    double fusion_weight;
};

struct server {
    const struct settings *settings;
    struct embed_host host;
    struct tokenizer *tokenizer;
    struct session *session;
    struct buf cookie;
    unsigned dimensions;
    char fingerprint[HASH_HEX_BYTES], name[64];
};

struct tokenized {
    struct token_list tokens;
    size_t index; /* in the request */
};

static const char usage[] =
    "usage: embed-onnx --model MODEL.onnx --tokenizer tokenizer.json [OPTION ...]\n\n"
    "  --runtime FILE          libonnxruntime.so (libonnxruntime.so.1 of the system)\n"
    "  --name NAME             of the model (its file's name)\n"
    "  --pooling mean|cls      how a text's vector is made of its tokens' (mean)\n"
    "  --keep-length           do not scale vectors to length 1\n"
    "  --tokens N              the most tokens of a text, with its marks and prefix (512)\n"
    "  --query-prefix TEXT     put in front of queries\n"
    "  --passage-prefix TEXT   put in front of passages\n"
    "  --threads N             (all cores)\n"
    "  --fusion-weight W       beside full-text search (1)\n"
    "  --print-tokens          only print the tokens of the texts on standard input, which end in\n"
    "                          NUL, a line each, without marks\n";

/* ---- texts to vectors ---- */

static int compare_length(const void *a, const void *b)
{
    const struct tokenized *left = a, *right = b;

    return left->tokens.count < right->tokens.count   ? -1
           : left->tokens.count > right->tokens.count ? 1
           : left->index < right->index               ? -1
                                                      : 1;
}

static void scale_to_one(float *vector, unsigned dimensions)
{
    double square = 0;

    for (unsigned i = 0; i < dimensions; i++)
        square += (double)vector[i] * (double)vector[i];
    for (unsigned i = 0; square > 0 && i < dimensions; i++)
        vector[i] = (float)((double)vector[i] / sqrt(square));
}

/* values: of one text, padded tokens times dimensions. */
static void pool(const struct server *server, const float *values, size_t tokens, float *out)
{
    unsigned dimensions = server->dimensions;

    memcpy(out, values, dimensions * sizeof(*out));
    for (size_t t = 1; t < tokens && !server->settings->pools_first; t++)
        for (unsigned i = 0; i < dimensions; i++)
            out[i] += values[t * dimensions + i];
    for (unsigned i = 0; !server->settings->pools_first && i < dimensions; i++)
        out[i] /= (float)tokens;
}

static enum status take_output(struct server *server, const struct session_output *output,
                               const struct tokenized *texts, size_t count, size_t width,
                               float *vectors, struct error *err)
{
    int64_t dimensions = output->shape[output->rank - 1];

    if (server->dimensions == 0 && dimensions > 0 && dimensions <= (int64_t)EMBED_DIMENSIONS_MAX)
        server->dimensions = (unsigned)dimensions;
    if (dimensions != (int64_t)server->dimensions || output->shape[0] != (int64_t)count ||
        (output->rank == 3 && output->shape[1] != (int64_t)width))
        return error_set(err, STATUS_UNSUPPORTED, "the model gives an output of another shape");
    for (size_t i = 0; i < count; i++) {
        float *vector = vectors + texts[i].index * server->dimensions;

        if (output->rank == 2)
            memcpy(vector, output->values + i * server->dimensions,
                   server->dimensions * sizeof(*vector));
        else
            pool(server, output->values + i * width * server->dimensions, texts[i].tokens.count,
                 vector);
        if (!server->settings->keeps_length)
            scale_to_one(vector, server->dimensions);
    }
    return STATUS_OK;
}

/* ids and mask: room for count times width. */
static enum status fill_and_run(struct server *server, const struct tokenized *texts, size_t count,
                                size_t width, int64_t *ids, int64_t *mask, float *vectors,
                                struct error *err)
{
    struct session_output output = { .values = NULL };
    enum status status;

    for (size_t i = 0; i < count; i++)
        for (size_t t = 0; t < width; t++) {
            bool is_text = t < texts[i].tokens.count;

            ids[i * width + t] =
                is_text ? texts[i].tokens.ids[t] : tokenizer_padding(server->tokenizer);
            mask[i * width + t] = is_text;
        }
    status = session_run(server->session, ids, mask, count, width, &output, err);
    return status ? status : take_output(server, &output, texts, count, width, vectors, err);
}

/* Texts sorted by length, as many as fit. vectors NULL: one text, only to learn the dimensions. */
static enum status run_batch(struct server *server, const struct tokenized *texts, size_t count,
                             float *vectors, struct error *err)
{
    size_t width = texts[count - 1].tokens.count; /* the longest */
    int64_t *ids = calloc(count * width, sizeof(*ids));
    int64_t *mask = calloc(count * width, sizeof(*mask));
    float first[EMBED_DIMENSIONS_MAX];
    enum status status = STATUS_NO_MEMORY;

    if (ids && mask)
        status =
            fill_and_run(server, texts, count, width, ids, mask, vectors ? vectors : first, err);
    else
        (void)error_set(err, STATUS_NO_MEMORY, "no memory for a batch");
    free(ids);
    free(mask);
    return status;
}

static enum status tokenize(struct server *server, const struct embed_request *request,
                            struct tokenized *texts, const char **failures, size_t *count,
                            struct error *err)
{
    const char *prefix =
        request->is_query ? server->settings->query_prefix : server->settings->passage_prefix;
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)64 << 20);
    enum status status = STATUS_OK;

    for (size_t i = 0; i < request->count && !status; i++) {
        struct tokenized *to = &texts[*count];

        buf_clear(&text);
        buf_append(&text, prefix, strlen(prefix));
        buf_append(&text, request->texts[i].data, request->texts[i].len);
        status = buf_status(&text, err);
        if (!status)
            status = tokenizer_encode(server->tokenizer, buf_span(&text), true, &to->tokens, err);
        to->index = i;
        if (!status && to->tokens.count > (size_t)server->settings->tokens_max) {
            failures[i] = "longer than the model takes";
            token_list_release(&to->tokens);
        } else {
            ++*count;
        }
    }
    return status;
}

static enum status embed(struct server *server, struct tokenized *texts, size_t count,
                         float *vectors, struct error *err)
{
    enum status status = STATUS_OK;
    size_t start = 0;

    qsort(texts, count, sizeof(*texts), compare_length);
    while (start < count && !status) {
        size_t end = start + 1;

        while (end < count && (end + 1 - start) * texts[end].tokens.count <= RUN_TOKENS_MAX)
            end++;
        status = run_batch(server, texts + start, end - start, vectors, err);
        start = end;
    }
    return status;
}

static enum status answer(struct server *server, const struct embed_request *request,
                          struct error *err)
{
    struct tokenized *texts = calloc(request->count + 1, sizeof(*texts));
    const char **failures = calloc(request->count + 1, sizeof(*failures));
    float *vectors = calloc(request->count + 1, server->dimensions * sizeof(*vectors));
    size_t count = 0;
    enum status status = texts && failures && vectors
                             ? STATUS_OK
                             : error_set(err, STATUS_NO_MEMORY, "no memory for a request");

    if (!status)
        status = tokenize(server, request, texts, failures, &count, err);
    if (!status)
        status = embed(server, texts, count, vectors, err);
    if (!status)
        status = embed_host_answer(&server->host, request->id, vectors, server->dimensions,
                                   failures, request->count, err);
    else if (status != STATUS_IO)
        status = embed_host_refuse(&server->host, request->id, err->text, false, err);
    for (size_t i = 0; texts && i <= request->count; i++)
        token_list_release(&texts[i].tokens);
    free(texts);
    free(failures);
    free(vectors);
    return status;
}

/* ---- the conversation ---- */

static enum status hash_file(struct hasher *hasher, const char *path, struct error *err)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT((size_t)4 << 30);
    enum status status = os_read_file(path, &bytes, err);

    if (!status)
        hasher_add_field(hasher, buf_span(&bytes));
    return status;
}

/* Weights, tokenizer and settings: whatever a vector depends on. */
static enum status make_fingerprint(struct server *server, struct error *err)
{
    const struct settings *settings = server->settings;
    const char *const texts[] = { settings->query_prefix, settings->passage_prefix,
                                  settings->pools_first ? "cls" : "mean",
                                  settings->keeps_length ? "kept" : "one", "embed-onnx 1" };
    struct hasher *hasher = hasher_new();
    struct hash hash;
    enum status status;

    if (!hasher)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        hasher_add_field(hasher, (struct span){ texts[i], strlen(texts[i]) });
    status = hash_file(hasher, settings->model, err);
    if (!status)
        status = hash_file(hasher, settings->tokenizer, err);
    if (!status) {
        hasher_finish(hasher, &hash);
        hash_to_hex(&hash, server->fingerprint);
    }
    hasher_free(hasher);
    return status;
}

/* What is left for a text beside its marks and the passage prefix, which may have a token more
 * where the two meet. */
static unsigned text_tokens_max(const struct server *server)
{
    const struct settings *settings = server->settings;
    const struct token_counter *counter = tokenizer_counter(server->tokenizer);
    struct span prefix = { settings->passage_prefix, strlen(settings->passage_prefix) };
    size_t used = tokenizer_marks(server->tokenizer) +
                  (prefix.len > 0 ? counter->count(counter, prefix) + 1 : 0);

    return used < (size_t)settings->tokens_max ? (unsigned)((size_t)settings->tokens_max - used)
                                               : 1;
}

static enum status say_hello(struct server *server, struct error *err)
{
    const struct settings *settings = server->settings;
    struct embed_hello_fields fields = {
        .name = "embed-onnx",
        .model = server->name,
        .fingerprint = server->fingerprint,
        .dimensions = server->dimensions,
        .token_limit = text_tokens_max(server),
        .max_batch = BATCH,
        .max_batch_bytes = BATCH_BYTES,
        .window = 2,
        .query_differs = strcmp(settings->query_prefix, settings->passage_prefix) != 0,
        .fusion_weight = settings->fusion_weight,
    };

    return embed_host_say_hello(&server->host, buf_span(&server->cookie), &fields, err);
}

/* Also shows at once that the model runs at all. */
static enum status learn_dimensions(struct server *server, struct error *err)
{
    static const struct span probe = { "How many dimensions has this?", 29 };
    struct tokenized text = { .index = 0 };
    enum status status = tokenizer_encode(server->tokenizer, probe, true, &text.tokens, err);

    if (!status)
        status = run_batch(server, &text, 1, NULL, err);
    token_list_release(&text.tokens);
    return status;
}

static enum status take_line(struct server *server, struct span line, struct error *err)
{
    struct embed_request request;
    enum status status;

    if (server->cookie.len == 0) {
        status = embed_host_read_hello(line, &server->cookie, err);
        return status ? status : say_hello(server, err);
    }
    status = embed_host_read_request(line, &request, err);
    if (status)
        return status;
    status = answer(server, &request, err);
    embed_request_release(&request);
    return status;
}

static enum status serve(struct server *server, struct error *err)
{
    enum status status = STATUS_OK;
    struct span line;

    while (!status && !server->host.is_at_end) {
        status = embed_host_read(&server->host, err);
        while (!status && embed_host_take_line(&server->host, &line))
            status = take_line(server, line, err);
    }
    return status;
}

static bool read_option(void *user, int option, char *text)
{
    struct settings *settings = user;

    switch (option) {
    case 'm':
        settings->model = text;
        return true;
    case 't':
        settings->tokenizer = text;
        return true;
    case 'r':
        settings->runtime = text;
        return true;
    case 'n':
        settings->name = text;
        return text[0] && strlen(text) < 64;
    case 'p':
        settings->pools_first = strcmp(text, "cls") == 0;
        return settings->pools_first || strcmp(text, "mean") == 0;
    case 'l':
        settings->keeps_length = true;
        return true;
    case 'd':
        settings->prints_tokens = true;
        return true;
    case 'T':
        return plugin_option_read_long(text, 8, 1 << 20, &settings->tokens_max);
    case 'q':
        settings->query_prefix = text;
        return true;
    case 'P':
        settings->passage_prefix = text;
        return true;
    case 'j':
        return plugin_option_read_long(text, 1, 1024, &settings->threads);
    case 'w':
        return plugin_option_read_double(text, &settings->fusion_weight);
    default:
        return false;
    }
}

static enum status read_settings(int argc, char **argv, struct settings *settings,
                                 struct error *err)
{
    static const struct option options[] = {
        { "model", required_argument, NULL, 'm' },
        { "tokenizer", required_argument, NULL, 't' },
        { "runtime", required_argument, NULL, 'r' },
        { "name", required_argument, NULL, 'n' },
        { "pooling", required_argument, NULL, 'p' },
        { "keep-length", no_argument, NULL, 'l' },
        { "tokens", required_argument, NULL, 'T' },
        { "query-prefix", required_argument, NULL, 'q' },
        { "passage-prefix", required_argument, NULL, 'P' },
        { "threads", required_argument, NULL, 'j' },
        { "fusion-weight", required_argument, NULL, 'w' },
        { "print-tokens", no_argument, NULL, 'd' },
        { NULL, 0, NULL, 0 },
    };
    enum status status = plugin_options_read(argc, argv, options, read_option, settings, err);

    if (status)
        return status;
    if (!settings->tokenizer || (!settings->model && !settings->prints_tokens))
        return error_set(err, STATUS_UNREADABLE, "--model and --tokenizer are needed");
    return STATUS_OK;
}

static enum status print_tokens(const struct settings *settings, struct error *err)
{
    CLEANUP(tokenizer_free_ptr) struct tokenizer *tokenizer = NULL;
    struct token_list tokens = { .ids = NULL };
    char *text = NULL;
    size_t room = 0;
    ssize_t len;
    enum status status = tokenizer_open(settings->tokenizer, &tokenizer, err);

    while (!status && (len = getdelim(&text, &room, '\0', stdin)) > 0) {
        struct span span = { text, (size_t)len - (text[len - 1] == '\0') };

        tokens.count = 0;
        status = tokenizer_encode(tokenizer, span, false, &tokens, err);
        for (size_t i = 0; i < tokens.count; i++)
            (void)printf(i > 0 ? " %lld" : "%lld", (long long)tokens.ids[i]);
        (void)putchar('\n');
    }
    free(text);
    token_list_release(&tokens);
    if (!status && (fflush(stdout) || ferror(stdout) || ferror(stdin)))
        status = error_set_errno(err, STATUS_IO, "cannot read texts or print their tokens");
    return status;
}

static enum status run(struct server *server, const struct settings *settings, struct error *err)
{
    const char *slash;
    enum status status = tokenizer_open(settings->tokenizer, &server->tokenizer, err);

    if (status)
        return status;
    slash = strrchr(settings->model, '/');
    (void)snprintf(server->name, sizeof(server->name), "%s",
                   settings->name ? settings->name
                   : slash        ? slash + 1
                                  : settings->model);
    status = session_open(settings->runtime, settings->model, (int)settings->threads,
                          &server->session, err);
    if (!status)
        status = make_fingerprint(server, err);
    if (!status)
        status = learn_dimensions(server, err);
    return status ? status : serve(server, err);
}

int main(int argc, char **argv)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct settings settings = { .query_prefix = "",
                                 .passage_prefix = "",
                                 .tokens_max = 512,
                                 .threads = cores > 0 ? cores : 1,
                                 .fusion_weight = 1 };
    struct server server = { .settings = &settings, .cookie = BUF_INIT(1024) };
    struct error error = { .text = "" };
    enum status status;

    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return fputs(usage, stdout) < 0;
    status = read_settings(argc, argv, &settings, &error);
    if (settings.prints_tokens && !status)
        status = print_tokens(&settings, &error);
    else if (embed_host_init(&server.host, status ? NULL : &error))
        status = STATUS_IO;
    else if (!status)
        status = run(&server, &settings, &error);
    if (status) {
        (void)fprintf(stderr, "%s\n", error.text);
        if (server.cookie.len == 0 && !settings.prints_tokens)
            embed_host_say_failure(&server.host, error.text);
    }
    session_free(server.session);
    tokenizer_free(server.tokenizer);
    buf_release(&server.cookie);
    embed_host_release(&server.host);
    return status != STATUS_OK;
}
