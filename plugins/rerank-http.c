/*
 * rerank-http - the reranking plugin over a service: Cohere-compatible (Jina, vLLM, llama.cpp …) or
 * Text Embeddings Inference.
 *
 *     rerank-http --url URL [--model NAME] [--api cohere|tei] [--key-file FILE | --key-env NAME] …
 *
 * Speaks the plugin protocol (docs/plugin-protocol.md). One request of the host is one request to
 * the service.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "plugins/common/api_key.h"
#include "plugins/common/embed_host.h"
#include "plugins/common/plugin_options.h"
#include "plugins/embed-http/exchange.h"
#include "plugins/rerank-http/rerank_api.h"

#define HEADERS_MAX    16
#define BODY_BYTES_MAX ((size_t)256 << 20)
#define GIVE_UP_MS     30000 /* the host's own limit is shorter as a rule */
#define WAIT_MS        1000

struct settings {
    const char *url, *model, *key_file, *key_env;
    const char *headers[HEADERS_MAX + 1];
    size_t header_count;
    enum rerank_api api;
    long batch, batch_bytes, timeout_s;
};

struct job {
    int64_t id;
    size_t count;
};

struct server {
    const struct settings *settings;
    struct embed_host host;
    struct exchange *exchange;
    struct buf cookie;
    enum status status; /* of what was said to the host */
    struct error problem;
};

static const char usage[] =
    "usage: rerank-http --url URL [OPTION ...]\n\n"
    "  --api cohere|tei      what the service speaks (cohere; also Jina, vLLM, llama.cpp)\n"
    "  --model NAME          needed by cohere\n"
    "  --key-file FILE       its first line is the API key\n"
    "  --key-env NAME        the environment variable with the key; varve must pass it on\n"
    "  --batch N             texts in a request (100; tei: 32)\n"
    "  --batch-bytes N       bytes of text in a request (1048576)\n"
    "  --timeout SECONDS     for one try of a request (20)\n"
    "  --header 'NAME: VALUE'  sent with each request; up to 16\n";

static void on_done(void *user, void *job_user, enum exchange_result result, struct span body,
                    const char *why)
{
    struct server *server = user;
    struct job *job = job_user;
    double *scores = calloc(job->count + 1, sizeof(*scores));
    struct error problem = { .text = "out of memory" };
    enum status status = scores ? STATUS_OK : STATUS_NO_MEMORY;

    if (!status && result == EXCHANGE_ANSWERED) {
        status = rerank_api_read(server->settings->api, body, job->count, scores, &problem);
        if (!status)
            server->status = embed_host_answer_scores(&server->host, job->id, scores, job->count,
                                                      &server->problem);
    }
    if (status || result != EXCHANGE_ANSWERED)
        server->status = embed_host_refuse(&server->host, job->id, status ? problem.text : why,
                                           false, &server->problem);
    free(scores);
    free(job);
}

static enum status submit(struct server *server, const struct embed_request *request,
                          struct error *err)
{
    const struct settings *settings = server->settings;
    CLEANUP(buf_release) struct buf body = BUF_INIT(BODY_BYTES_MAX);
    struct job *job = calloc(1, sizeof(*job));
    enum status status;

    if (!job)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    *job = (struct job){ .id = request->id, .count = request->count };
    rerank_api_write(settings->api, settings->model, buf_span(&request->query), request->texts,
                     request->count, &body);
    status = buf_status(&body, err);
    if (!status)
        status = exchange_submit(server->exchange, &body, GIVE_UP_MS, job, err);
    if (status)
        free(job);
    return status;
}

static enum status take_line(struct server *server, struct span line, struct error *err)
{
    const struct settings *settings = server->settings;
    struct rerank_hello_fields fields = { .name = "rerank-http",
                                          .model = settings->model,
                                          .max_batch = (unsigned)settings->batch,
                                          .max_batch_bytes = (size_t)settings->batch_bytes };
    struct embed_request request;
    enum status status;

    if (server->cookie.len == 0) {
        status = embed_host_read_hello(line, &server->cookie, err);
        return status ? status
                      : embed_host_say_rerank_hello(&server->host, buf_span(&server->cookie),
                                                    &fields, err);
    }
    status = embed_host_read_request(line, &request, err);
    if (status)
        return status;
    /* No service takes a question about nothing. */
    if (request.count == 0)
        status = embed_host_answer_scores(&server->host, request.id, NULL, 0, err);
    else
        status = submit(server, &request, err);
    embed_request_release(&request);
    return status;
}

static enum status serve(struct server *server, struct error *err)
{
    enum status status = STATUS_OK;
    bool is_readable;
    struct span line;

    while (!status && !server->status && !server->host.is_at_end) {
        status = exchange_turn(server->exchange, STDIN_FILENO, WAIT_MS, &is_readable, err);
        if (!status && is_readable)
            status = embed_host_read(&server->host, err);
        while (!status && embed_host_take_line(&server->host, &line))
            status = take_line(server, line, err);
    }
    if (server->status && err)
        *err = server->problem;
    return status ? status : server->status;
}

static bool read_option(void *user, int option, char *text)
{
    struct settings *settings = user;
    switch (option) {
    case 'u':
        settings->url = text;
        return strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0;
    case 'm':
        settings->model = text;
        return text[0] && strlen(text) < 64;
    case 'a':
        return rerank_api_from_name(text, &settings->api);
    case 'k':
        settings->key_file = text;
        return true;
    case 'e':
        settings->key_env = text;
        return true;
    case 'b':
        return plugin_option_read_long(text, 1, 1000, &settings->batch);
    case 'B':
        return plugin_option_read_long(text, 1, 16 << 20, &settings->batch_bytes);
    case 's':
        return plugin_option_read_long(text, 1, 100, &settings->timeout_s);
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
        { "batch", required_argument, NULL, 'b' },
        { "batch-bytes", required_argument, NULL, 'B' },
        { "timeout", required_argument, NULL, 's' },
        { "header", required_argument, NULL, 'H' },
        { NULL, 0, NULL, 0 },
    };
    enum status status = plugin_options_read(argc, argv, options, read_option, settings, err);

    if (status)
        return status;
    if (!settings->url)
        return error_set(err, STATUS_UNREADABLE, "--url is needed");
    if (!settings->model && settings->api == RERANK_COHERE)
        return error_set(err, STATUS_UNREADABLE, "--model is needed");
    if (!settings->model)
        settings->model = "the service's";
    if (settings->batch == 0)
        settings->batch = settings->api == RERANK_TEI ? 32 : 100;
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
    rerank_api_address(settings->api, settings->url, &address);
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
    exchange_free(server->exchange);
    return status;
}

int main(int argc, char **argv)
{
    struct settings settings = { .batch_bytes = 1 << 20, .timeout_s = 20 };
    struct server server = { .settings = &settings, .cookie = BUF_INIT(1024) };
    struct error error = { .text = "" };
    enum status status;

    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return fputs(usage, stdout) < 0;
    status = embed_host_init(&server.host, &error);
    if (!status)
        status = run(&server, argc, argv, &settings, &error);
    if (status) {
        (void)fprintf(stderr, "%s\n", error.text);
        if (server.cookie.len == 0)
            embed_host_say_failure(&server.host, error.text);
    }
    buf_release(&server.cookie);
    embed_host_release(&server.host);
    return status != STATUS_OK;
}
