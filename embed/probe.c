#include "embed/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/os.h"
#include "embed/plugin.h"

#define QUEUE_BYTES_MAX ((size_t)256 << 20)
#define COOKIE          "5ed1-me27"

struct probe {
    struct loop *loop;
    struct lines *lines;
    struct buf said; /* lines that came and were not asked for yet, each with its line feed */
    size_t taken;    /* bytes at the start of said */
    bool is_ended;
    char how[400];
};

static void on_line(void *user, struct span line)
{
    struct probe *probe = user;

    buf_append(&probe->said, line.data, line.len);
    buf_append_char(&probe->said, '\n');
}

static void on_ended(void *user, const char *how)
{
    struct probe *probe = user;
    const char *words = lines_last_words(probe->lines);

    probe->is_ended = true;
    (void)snprintf(probe->how, sizeof(probe->how), "it %s%s%s", how,
                   words[0] ? "; it last said: " : "", words);
}

enum status probe_start(const struct probe_options *options, struct probe **out, struct error *err)
{
    struct lines_options lines_options = {
        .process = { .arguments = options->arguments,
                     .environment = options->environment,
                     .passed_names = options->passed_names,
                     .log = options->log },
        .line_bytes_max = options->line_bytes_max,
        .queue_bytes_max = QUEUE_BYTES_MAX,
    };
    struct probe *probe = calloc(1, sizeof(*probe));
    struct lines_events events = { .line = on_line, .ended = on_ended, .user = probe };
    enum status status;

    if (!probe)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a plugin");
    probe->said = (struct buf)BUF_INIT(2 * options->line_bytes_max);
    status = loop_new(&probe->loop, err);
    if (!status)
        status = lines_start(probe->loop, &lines_options, &events, &probe->lines, err);
    if (status) {
        probe_free(probe);
        return status;
    }
    *out = probe;
    return STATUS_OK;
}

void probe_free(struct probe *probe)
{
    if (!probe)
        return;
    lines_free(probe->lines);
    loop_free(probe->loop);
    buf_release(&probe->said);
    free(probe);
}

void probe_kill(struct probe *probe)
{
    if (!probe->is_ended)
        lines_kill(probe->lines);
}

enum status probe_send(struct probe *probe, struct span line, struct error *err)
{
    if (probe->is_ended)
        return error_set(err, STATUS_UNREADABLE, "%s", probe->how);
    return lines_send(probe->lines, line, err);
}

static bool take_line(struct probe *probe, struct span *line)
{
    const char *start = probe->said.data + probe->taken;
    const char *end = memchr(start, '\n', probe->said.len - probe->taken);

    if (!end) {
        buf_clear(&probe->said);
        probe->taken = 0;
        return false;
    }
    *line = (struct span){ start, (size_t)(end - start) };
    probe->taken += line->len + 1;
    return true;
}

enum status probe_wait_line(struct probe *probe, int64_t timeout_ms, struct span *line,
                            struct error *err)
{
    int64_t end_ms = os_monotonic_ms() + timeout_ms;

    while (!take_line(probe, line)) {
        int64_t left_ms = end_ms - os_monotonic_ms();
        enum status status;

        if (probe->is_ended)
            return error_set(err, STATUS_UNREADABLE, "%s", probe->how);
        if (left_ms <= 0)
            return error_set(err, STATUS_LIMIT, "no answer within %lld s",
                             (long long)(timeout_ms / 1000));
        status = loop_step(probe->loop, left_ms, err);
        if (!status)
            status = buf_status(&probe->said, err);
        if (status)
            return status;
    }
    return STATUS_OK;
}

enum status probe_greet(struct probe *probe, const char *role, int64_t timeout_ms,
                        struct json **root, const struct json **hello, struct error *err)
{
    CLEANUP(buf_release) struct buf request = BUF_INIT(4096);
    struct span line = { NULL, 0 }, cookie;
    enum status status;

    buf_printf(&request,
               "{\"hello\":{\"protocol\":%d,\"role\":\"%s\",\"cookie\":\"%s\","
               "\"unknown\":{\"a\":[1,{\"b\":null}]}}}",
               PLUGIN_PROTOCOL, role, COOKIE);
    status = probe_send(probe, buf_span(&request), err);
    if (!status)
        status = probe_wait_line(probe, timeout_ms, &line, err);
    if (!status)
        status = json_parse(line, root, err);
    if (status)
        return status;
    *hello = json_lookup(*root, "hello");
    cookie = json_read_string(json_lookup(*hello, "cookie"));
    if (json_kind(*hello) != JSON_KIND_OBJECT)
        status = error_set(err, STATUS_MALFORMED, "its first line is no hello: %.*s",
                           line.len < 120 ? (int)line.len : 120, line.data);
    else if (json_read_integer(json_lookup(*hello, "protocol"), 0) != PLUGIN_PROTOCOL)
        status = error_set(err, STATUS_MALFORMED, "'protocol' is not %d", PLUGIN_PROTOCOL);
    else if (!cookie.data || strcmp(cookie.data, COOKIE) != 0)
        status = error_set(err, STATUS_MALFORMED, "'cookie' is not the one of the host's hello");
    else if (!json_read_string(json_lookup(*hello, "name")).data)
        status = error_set(err, STATUS_MALFORMED, "there is no 'name'");
    if (status) {
        json_free(*root);
        *root = NULL;
    }
    return status;
}

enum status probe_end(struct probe *probe, int64_t timeout_ms, const char **how, struct error *err)
{
    int64_t end_ms = os_monotonic_ms() + timeout_ms;

    lines_stop(probe->lines);
    while (!probe->is_ended) {
        int64_t left_ms = end_ms - os_monotonic_ms();
        enum status status;

        if (left_ms <= 0) {
            lines_kill(probe->lines);
            return error_set(err, STATUS_LIMIT, "it did not end within %lld s",
                             (long long)(timeout_ms / 1000));
        }
        status = loop_step(probe->loop, left_ms, err);
        if (status)
            return status;
    }
    *how = probe->how;
    return STATUS_OK;
}
