/*
 * embed-http - the embedding plugin over a service: OpenAI-compatible, Ollama, Text Embeddings
 * Inference.
 *
 *     embed-http --url URL --model NAME [--api openai|ollama|tei] [--key-file FILE | --key-env
 * NAME] …
 *
 * Speaks the plugin protocol (docs/plugin-protocol.md). A request of the host is one request to the
 * service; several are on their way at a time. What the service counted in tokens, and what that
 * costs, is told on standard error once a minute and at the end.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "base/os.h"
#include "ingest/embedder.h"
#include "plugins/common/api_key.h"
#include "plugins/common/embed_host.h"
#include "plugins/common/plugin_options.h"
#include "plugins/embed-http/api.h"
#include "plugins/embed-http/exchange.h"

#define HEADERS_MAX    16
#define BODY_BYTES_MAX ((size_t)256 << 20)
#define GREETING_MS    20000 /* to reach the service before the hello */
#define GIVE_UP_MS     90000 /* then the host decides what to do with the texts */
#define PROGRESS_MS    10000 /* between signs of life while the service lets wait */
#define TELL_MS        60000
#define WAIT_MS        1000

struct settings {
    const char *url, *key_file, *key_env;
    const char *query_prefix, *passage_prefix;
    const char *headers[HEADERS_MAX + 1];
    size_t header_count;
    struct api api;
    long batch, batch_bytes, concurrency, token_limit, timeout_s;
    double price, fusion_weight;
};

struct job {
    int64_t id; /* of the host's request; -1: the one that finds out the dimensions */
    size_t count;
};

struct server {
    const struct settings *settings;
    struct embed_host host;
    struct exchange *exchange;
    struct buf cookie;
    unsigned dimensions; /* 0: not known yet */
    char fingerprint[HASH_HEX_BYTES];
    uint64_t tokens, told_tokens;
    int64_t last_said_ms, last_told_ms; /* monotonic */
    bool is_ending;
    struct error ending; /* when is_ending */
};

static const char usage[] =
    "usage: embed-http --url URL --model NAME [OPTION ...]\n\n"
    "  --api openai|ollama|tei   what the service speaks (openai)\n"
    "  --key-file FILE           its first line is the API key\n"
    "  --key-env NAME            the environment variable with the key; varve must pass it on\n"
    "  --dimensions N            ask for vectors of N values (the model's own)\n"
    "  --query-prefix TEXT       put in front of queries\n"
    "  --passage-prefix TEXT     put in front of passages\n"
    "  --batch N                 texts in a request (32)\n"
    "  --batch-bytes N           bytes of text in a request (262144)\n"
    "  --concurrency N           requests at a time (4)\n"
    "  --token-limit N           of a text (0: none)\n"
    "  --timeout SECONDS         for one try of a request (60)\n"
    "  --price P                 per million tokens, to tell the cost\n"
    "  --fusion-weight W         beside full-text search (1)\n"
    "  --header 'NAME: VALUE'    sent with each request; up to 16\n";

static void end(struct server *server, const char *why)
{
    if (server->is_ending)
        return;
    server->is_ending = true;
    (void)error_set(&server->ending, STATUS_IO, "%s", why);
}

static void tell_cost(struct server *server)
{
    struct exchange_counts counts;

    server->last_told_ms = os_monotonic_ms();
    if (server->tokens == server->told_tokens)
        return;
    server->told_tokens = server->tokens;
    exchange_read_counts(server->exchange, &counts);
    (void)fprintf(stderr, "%" PRIu64 " requests, %" PRIu64 " tried again, %" PRIu64 " tokens",
                  counts.requests, counts.retries, server->tokens);
    if (server->settings->price > 0)
        (void)fprintf(stderr, ", cost %.4f",
                      (double)server->tokens * server->settings->price / 1e6);
    (void)fprintf(stderr, "\n");
}

static enum status say_hello(struct server *server, struct error *err)
{
    const struct settings *settings = server->settings;
    struct embed_hello_fields fields = {
        .name = "embed-http",
        .model = settings->api.model,
        .fingerprint = server->fingerprint,
        .dimensions = server->dimensions,
        .token_limit = (unsigned)settings->token_limit,
        .max_batch = (unsigned)settings->batch,
        .max_batch_bytes = (size_t)settings->batch_bytes,
        .window = (unsigned)settings->concurrency,
        .query_differs = strcmp(settings->query_prefix, settings->passage_prefix) != 0,
        .fusion_weight = settings->fusion_weight,
    };

    return embed_host_say_hello(&server->host, buf_span(&server->cookie), &fields, err);
}

/* Where the service is does not change its vectors: two hosts with one model are one space. */
static enum status make_fingerprint(struct server *server, struct error *err)
{
    const struct settings *settings = server->settings;
    CLEANUP(buf_release) struct buf text = BUF_INIT(1 << 16);
    struct hash hash;
    enum status status;

    buf_printf(&text, "embed-http 1\n%s\n%u\n%zu %s\n%zu %s", settings->api.model,
               server->dimensions, strlen(settings->query_prefix), settings->query_prefix,
               strlen(settings->passage_prefix), settings->passage_prefix);
    status = buf_status(&text, err);
    if (status)
        return status;
    hash_of(buf_span(&text), &hash);
    hash_to_hex(&hash, server->fingerprint);
    return STATUS_OK;
}

static enum status take_vectors(struct server *server, const struct job *job, struct span body,
                                struct error *err)
{
    unsigned dimensions = server->dimensions;
    size_t room = (size_t)(dimensions ? dimensions : EMBED_DIMENSIONS_MAX) * job->count;
    float *vectors = calloc(room + 1, sizeof(*vectors));
    int64_t tokens = 0;
    enum status status;

    if (!vectors)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    status = api_read_answer(server->settings->api.kind, body, job->count, vectors, &dimensions,
                             &tokens, err);
    if (!status && tokens > 0)
        server->tokens += (uint64_t)tokens;
    if (!status && job->id >= 0)
        status =
            embed_host_answer(&server->host, job->id, vectors, dimensions, NULL, job->count, err);
    free(vectors);
    if (status || job->id >= 0)
        return status;
    if (server->settings->api.dimensions && dimensions != server->settings->api.dimensions)
        return error_set(err, STATUS_MALFORMED, "the service gives %u dimensions instead of %u",
                         dimensions, server->settings->api.dimensions);
    server->dimensions = dimensions;
    status = make_fingerprint(server, err);
    return status ? status : say_hello(server, err);
}

static void on_done(void *user, void *job_user, enum exchange_result result, struct span body,
                    const char *why)
{
    struct server *server = user;
    struct job *job = job_user;
    struct error error = { .text = "" };
    enum status status = STATUS_OK;

    server->last_said_ms = os_monotonic_ms();
    if (result == EXCHANGE_ANSWERED) {
        status = take_vectors(server, job, body, &error);
        why = error.text;
        if (status)
            result = EXCHANGE_UNAVAILABLE;
    }
    if (result != EXCHANGE_ANSWERED && job->id < 0)
        end(server, why);
    else if (result != EXCHANGE_ANSWERED &&
             embed_host_refuse(&server->host, job->id, why, result != EXCHANGE_REFUSED, &error))
        end(server, error.text);
    /* Another model, or a key that is no longer good: the next start finds out, and says so. */
    if (result == EXCHANGE_DENIED || status)
        end(server, why);
    free(job);
}

static enum status submit(struct server *server, int64_t id, struct span prefix,
                          const struct span *texts, size_t count, struct error *err)
{
    CLEANUP(buf_release) struct buf body = BUF_INIT(BODY_BYTES_MAX);
    struct job *job = calloc(1, sizeof(*job));
    enum status status;

    if (!job)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    *job = (struct job){ .id = id, .count = count };
    api_write_request(&server->settings->api, prefix, texts, count, &body);
    status = buf_status(&body, err);
    if (!status)
        status =
            exchange_submit(server->exchange, &body, id < 0 ? GREETING_MS : GIVE_UP_MS, job, err);
    if (status)
        free(job);
    return status;
}

static enum status take_line(struct server *server, struct span line, struct error *err)
{
    static const struct span probe = { "How many dimensions has this?", 29 };
    const struct settings *settings = server->settings;
    struct embed_request request;
    const char *prefix;
    enum status status;

    if (server->cookie.len == 0) {
        status = embed_host_read_hello(line, &server->cookie, err);
        if (status)
            return status;
        prefix = settings->passage_prefix;
        return submit(server, -1, (struct span){ prefix, strlen(prefix) }, &probe, 1, err);
    }
    status = embed_host_read_request(line, &request, err);
    if (status)
        return status;
    prefix = request.is_query ? settings->query_prefix : settings->passage_prefix;
    status = submit(server, request.id, (struct span){ prefix, strlen(prefix) }, request.texts,
                    request.count, err);
    embed_request_release(&request);
    return status;
}

static enum status serve(struct server *server, struct error *err)
{
    enum status status = STATUS_OK;
    bool is_readable;
    struct span line;

    while (!status && !server->is_ending && !server->host.is_at_end) {
        int64_t now_ms = os_monotonic_ms();

        if (exchange_pending(server->exchange) == 0)
            server->last_said_ms = now_ms;
        status = exchange_turn(server->exchange, STDIN_FILENO, WAIT_MS, &is_readable, err);
        if (!status && is_readable)
            status = embed_host_read(&server->host, err);
        while (!status && embed_host_take_line(&server->host, &line))
            status = take_line(server, line, err);
        if (!status && server->dimensions && now_ms - server->last_said_ms > PROGRESS_MS) {
            server->last_said_ms = now_ms;
            status = embed_host_say_progress(&server->host, "waiting for the service", err);
        }
        if (now_ms - server->last_told_ms > TELL_MS)
            tell_cost(server);
    }
    return status;
}

static bool read_option(void *user, int option, char *text)
{
    struct settings *settings = user;
    long dimensions = 0;

    switch (option) {
    case 'u':
        settings->url = text;
        return strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0;
    case 'm':
        settings->api.model = text;
        return text[0] && strlen(text) < 64;
    case 'a':
        return api_from_name(text, &settings->api.kind);
    case 'k':
        settings->key_file = text;
        return true;
    case 'e':
        settings->key_env = text;
        return true;
    case 'd':
        if (!plugin_option_read_long(text, 1, EMBED_DIMENSIONS_MAX, &dimensions))
            return false;
        settings->api.dimensions = (unsigned)dimensions;
        return true;
    case 'q':
        settings->query_prefix = text;
        return true;
    case 'p':
        settings->passage_prefix = text;
        return true;
    case 'b':
        return plugin_option_read_long(text, 1, 2048, &settings->batch);
    case 'B':
        return plugin_option_read_long(text, 1, 16 << 20, &settings->batch_bytes);
    case 'c':
        return plugin_option_read_long(text, 1, 64, &settings->concurrency);
    case 't':
        return plugin_option_read_long(text, 0, 1 << 24, &settings->token_limit);
    case 's':
        return plugin_option_read_long(text, 1, 100, &settings->timeout_s);
    case 'P':
        return plugin_option_read_double(text, &settings->price);
    case 'w':
        return plugin_option_read_double(text, &settings->fusion_weight);
    case 'H':
        if (settings->header_count == HEADERS_MAX || !strchr(text, ':'))
            return false;
        settings->headers[settings->header_count++] = text;
        return true;
    default:
        return false;
    }
}

static enum status read_settings(int argc, char **argv, struct settings *settings,
                                 struct error *err)
{
    static const struct option options[] = {
        { "url", required_argument, NULL, 'u' },
        { "model", required_argument, NULL, 'm' },
        { "api", required_argument, NULL, 'a' },
        { "key-file", required_argument, NULL, 'k' },
        { "key-env", required_argument, NULL, 'e' },
        { "dimensions", required_argument, NULL, 'd' },
        { "query-prefix", required_argument, NULL, 'q' },
        { "passage-prefix", required_argument, NULL, 'p' },
        { "batch", required_argument, NULL, 'b' },
        { "batch-bytes", required_argument, NULL, 'B' },
        { "concurrency", required_argument, NULL, 'c' },
        { "token-limit", required_argument, NULL, 't' },
        { "timeout", required_argument, NULL, 's' },
        { "price", required_argument, NULL, 'P' },
        { "fusion-weight", required_argument, NULL, 'w' },
        { "header", required_argument, NULL, 'H' },
        { NULL, 0, NULL, 0 },
    };
    enum status status = plugin_options_read(argc, argv, options, read_option, settings, err);

    if (status)
        return status;
    if (!settings->url || !settings->api.model)
        return error_set(err, STATUS_UNREADABLE, "--url and --model are needed");
    if (settings->api.kind == API_TEI && settings->api.dimensions)
        settings->api.dimensions = 0; /* it has no such choice */
    return STATUS_OK;
}

static enum status run(struct server *server, int argc, char **argv, struct settings *settings,
                       struct error *err)
{
    CLEANUP(buf_release) struct buf key = BUF_INIT(API_KEY_BYTES_MAX);
    CLEANUP(buf_release) struct buf address = BUF_INIT(4096);
    struct exchange_options options = { .done = on_done, .user = server };
    enum status status = read_settings(argc, argv, settings, err);

    if (!status)
        status = api_key_read(settings->key_file, settings->key_env, &key, err);
    if (status)
        return status;
    api_address(settings->api.kind, settings->url, &address);
    status = buf_status(&address, err);
    if (status)
        return status;
    options.address = address.data;
    options.key = key.len > 0 ? key.data : NULL;
    options.headers = settings->headers;
    options.timeout_ms = settings->timeout_s * 1000;
    status = exchange_new(&options, &server->exchange, err);
    if (!status)
        status = serve(server, err);
    if (server->exchange)
        tell_cost(server);
    exchange_free(server->exchange);
    return status;
}

int main(int argc, char **argv)
{
    struct settings settings = { .query_prefix = "",
                                 .passage_prefix = "",
                                 .batch = 32,
                                 .batch_bytes = 262144,
                                 .concurrency = 4,
                                 .timeout_s = 60,
                                 .fusion_weight = 1 };
    struct server server = { .settings = &settings, .cookie = BUF_INIT(1024) };
    struct error error = { .text = "" };
    enum status status;

    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return fputs(usage, stdout) < 0;
    status = embed_host_init(&server.host, &error);
    if (!status)
        status = run(&server, argc, argv, &settings, &error);
    if (server.is_ending)
        error = server.ending;
    if (status || server.is_ending) {
        (void)fprintf(stderr, "%s\n", error.text);
        if (server.dimensions == 0)
            embed_host_say_failure(&server.host, error.text);
    }
    buf_release(&server.cookie);
    embed_host_release(&server.host);
    return status || server.is_ending;
}
