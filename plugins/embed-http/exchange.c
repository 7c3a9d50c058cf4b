#include "plugins/embed-http/exchange.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "plugins/embed-http/api.h"

#define ANSWER_BYTES_MAX    ((size_t)256 << 20)
#define BACKOFF_FIRST_MS    500
#define BACKOFF_MOST_MS     30000
#define RETRY_AFTER_MOST_MS 120000
#define CONNECT_MS          10000L

struct
try {
    struct try *next;
    struct exchange *exchange;
    void *job;
    struct buf body, answer;
    CURL *easy;                 /* NULL while it waits */
    int64_t due_ms, give_up_ms; /* monotonic */
    unsigned failures;
    char why[200];
    char curl_error[CURL_ERROR_SIZE];
};

struct exchange {
    struct exchange_options options;
    CURLM *multi;
    struct curl_slist *headers;
    struct try *tries;
    int64_t paused_until_ms; /* by a Retry-After */
    struct exchange_counts counts;
};

static enum status add_header(struct exchange *self, const char *header)
{
    struct curl_slist *list = curl_slist_append(self->headers, header);

    if (!list)
        return STATUS_NO_MEMORY;
    self->headers = list;
    return STATUS_OK;
}

static enum status build_headers(struct exchange *self)
{
    struct buf line = BUF_INIT(8192);
    enum status status = add_header(self, "Content-Type: application/json");

    if (!status && self->options.key) {
        buf_printf(&line, "Authorization: Bearer %s", self->options.key);
        status = buf_status(&line, NULL);
        if (!status)
            status = add_header(self, line.data);
    }
    for (const char *const *header = self->options.headers; !status && header && *header; header++)
        status = add_header(self, *header);
    buf_release(&line);
    return status;
}

enum status exchange_new(const struct exchange_options *options, struct exchange **out,
                         struct error *err)
{
    struct exchange *self = calloc(1, sizeof(*self));

    if (!self || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(self);
        return error_set(err, STATUS_NO_MEMORY, "cannot start libcurl");
    }
    self->options = *options;
    self->multi = curl_multi_init();
    if (!self->multi || build_headers(self)) {
        exchange_free(self);
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    }
    *out = self;
    return STATUS_OK;
}

static void end_transfer(struct try *try)
{
    if (!try->easy)
        return;
    (void)curl_multi_remove_handle(try->exchange->multi, try->easy);
    curl_easy_cleanup(try->easy);
    try->easy = NULL;
}

static void try_free(struct try *try)
{
    end_transfer(try);
    buf_release(&try->body);
    buf_release(&try->answer);
    free(try);
}

void exchange_free(struct exchange *self)
{
    if (!self)
        return;
    while (self->tries) {
        struct try *try = self->tries;

        self->tries = try->next;
        try_free(try);
    }
    curl_slist_free_all(self->headers);
    if (self->multi)
        (void)curl_multi_cleanup(self->multi);
    curl_global_cleanup();
    free(self);
}

enum status exchange_submit(struct exchange *self, struct buf *body, int64_t give_up_ms, void *job,
                            struct error *err)
{
    struct try *try = calloc(1, sizeof(*try));
    struct try **end = &self->tries;

    if (!try)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    try->exchange = self;
    try->job = job;
    try->body = *body;
    *body = (struct buf)BUF_INIT(body->limit);
    try->answer = (struct buf)BUF_INIT(ANSWER_BYTES_MAX);
    try->due_ms = os_monotonic_ms();
    try->give_up_ms = try->due_ms + give_up_ms;
    while (*end)
        end = &(*end)->next;
    *end = try;
    return STATUS_OK;
}

static size_t take_answer(char *bytes, size_t size, size_t count, void *user)
{
    struct try *try = user;

    buf_append(&try->answer, bytes, size * count);
    return try->answer.failed ? 0 : size * count;
}

static bool set_options(struct try *try)
{
    const struct exchange_options *options = &try->exchange->options;
    int64_t left_ms = try->give_up_ms - os_monotonic_ms();
    long timeout_ms = (long)(left_ms < options->timeout_ms ? left_ms : options->timeout_ms);
    CURL *easy = try->easy;

    return !curl_easy_setopt(easy, CURLOPT_URL, options->address) &&
           !curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") &&
           !curl_easy_setopt(easy, CURLOPT_HTTPHEADER, try->exchange->headers) &&
           !curl_easy_setopt(easy, CURLOPT_POSTFIELDS, try->body.data) &&
           !curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)try->body.len) &&
           !curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer) &&
           !curl_easy_setopt(easy, CURLOPT_WRITEDATA, try) &&
           !curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, try->curl_error) &&
           !curl_easy_setopt(easy, CURLOPT_PRIVATE, try) &&
           !curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) &&
           !curl_easy_setopt(easy, CURLOPT_USERAGENT, "varve-embed-http/1") &&
           !curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS) &&
           !curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms > 0 ? timeout_ms : 1);
}

static enum status begin(struct try *try, struct error *err)
{
    buf_clear(&try->answer);
    try->curl_error[0] = '\0';
    try->easy = curl_easy_init();
    if (!try->easy || !set_options(try) ||
        curl_multi_add_handle(try->exchange->multi, try->easy) != CURLM_OK)
        return error_set(err, STATUS_NO_MEMORY, "libcurl can't begin a request to '%s'",
                         try->exchange->options.address);
    try->exchange->counts.requests++;
    return STATUS_OK;
}

/* Begins what is due; *wait_ms gets smaller when something is due later. */
static enum status begin_due(struct exchange *self, int64_t *wait_ms, struct error *err)
{
    int64_t now_ms = os_monotonic_ms();
    enum status status = STATUS_OK;

    for (struct try *try = self->tries; try && !status; try = try->next) {
        int64_t due_ms = try->due_ms > self->paused_until_ms ? try->due_ms : self->paused_until_ms;

        if (try->easy)
            continue;
        if (due_ms <= now_ms)
            status = begin(try, err);
        else if (due_ms - now_ms < *wait_ms)
            *wait_ms = due_ms - now_ms;
    }
    return status;
}

static void finish(struct exchange *self, struct try *try, enum exchange_result result)
{
    struct try **at = &self->tries;

    while (*at && *at != try)
        at = &(*at)->next;
    if (*at)
        *at = try->next;
    end_transfer(try);
    self->options.done(self->options.user, try->job, result, buf_span(&try->answer),
                       result == EXCHANGE_ANSWERED ? "" : try->why);
    try_free(try);
}

static void try_later(struct exchange *self, struct try *try, int64_t retry_after_ms)
{
    int64_t now_ms = os_monotonic_ms(), delay_ms = BACKOFF_FIRST_MS;

    for (unsigned i = 0; i < try->failures && delay_ms < BACKOFF_MOST_MS; i++)
        delay_ms *= 2;
    if (delay_ms > BACKOFF_MOST_MS)
        delay_ms = BACKOFF_MOST_MS;
    if (retry_after_ms > 0) {
        delay_ms = retry_after_ms < RETRY_AFTER_MOST_MS ? retry_after_ms : RETRY_AFTER_MOST_MS;
        if (self->paused_until_ms < now_ms + delay_ms)
            self->paused_until_ms = now_ms + delay_ms;
    }
    end_transfer(try);
    try->failures++;
    try->due_ms = now_ms + delay_ms;
    if (try->due_ms >= try->give_up_ms) {
        finish(self, try, EXCHANGE_UNAVAILABLE);
        return;
    }
    self->counts.retries++;
    (void)fprintf(stderr, "%s; again in %" PRId64 " ms\n", try->why, delay_ms);
}

static void judge(struct exchange *self, struct try *try, CURLcode code)
{
    long http = 0;
    curl_off_t retry_after_s = 0;
    char message[120];

    (void)curl_easy_getinfo(try->easy, CURLINFO_RESPONSE_CODE, &http);
    (void)curl_easy_getinfo(try->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    if (code != CURLE_OK) {
        (void)snprintf(try->why, sizeof(try->why), "no answer from '%.90s': %.80s",
                       self->options.address,
                       try->curl_error[0] ? try->curl_error : curl_easy_strerror(code));
        try_later(self, try, 0);
        return;
    }
    if (http >= 200 && http < 300) {
        finish(self, try, EXCHANGE_ANSWERED);
        return;
    }
    api_read_error(buf_span(&try->answer), message, sizeof(message));
    (void)snprintf(try->why, sizeof(try->why), "HTTP status %ld: %s", http, message);
    if (http == 408 || http == 425 || http == 429 || http >= 500)
        try_later(self, try, (int64_t)retry_after_s * 1000);
    else if (http == 400 || http == 413 || http == 422)
        finish(self, try, EXCHANGE_REFUSED);
    else
        finish(self, try, EXCHANGE_DENIED);
}

static void reap(struct exchange *self)
{
    int left;
    CURLMsg *message;

    while ((message = curl_multi_info_read(self->multi, &left))) {
        void *private = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        judge(self, private, message->data.result);
    }
}

enum status exchange_turn(struct exchange *self, int fd, int64_t timeout_ms, bool *is_readable,
                          struct error *err)
{
    struct curl_waitfd input = { .fd = fd, .events = CURL_WAIT_POLLIN };
    int running;
    enum status status = begin_due(self, &timeout_ms, err);

    if (status)
        return status;
    if (curl_multi_perform(self->multi, &running) != CURLM_OK ||
        curl_multi_poll(self->multi, &input, fd >= 0, (int)timeout_ms, NULL) != CURLM_OK ||
        curl_multi_perform(self->multi, &running) != CURLM_OK)
        return error_set(err, STATUS_IO, "libcurl can't go on");
    *is_readable = fd >= 0 && input.revents != 0;
    reap(self);
    return STATUS_OK;
}

size_t exchange_pending(const struct exchange *self)
{
    size_t count = 0;

    for (const struct try *try = self->tries; try; try = try->next)
        count++;
    return count;
}

void exchange_read_counts(const struct exchange *self, struct exchange_counts *out)
{
    *out = self->counts;
}
