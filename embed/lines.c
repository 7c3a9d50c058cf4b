#include "embed/lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READ_BYTES       ((size_t)256 << 10)
#define READ_TURN_BYTES  ((size_t)1 << 20) /* then the loop looks after the others */
#define INPUT_KEEP_BYTES ((size_t)2 << 20) /* storage above this is given back between lines */

struct lines {
    struct process *process;
    struct lines_events events;
    size_t line_bytes_max;
    char *input; /* what was read and is not a whole line yet */
    size_t input_bytes, input_capacity;
    size_t searched_bytes; /* of input: no line feed in there */
    struct buf queue;
    size_t queue_written; /* bytes at the start of queue that are gone */
    bool is_stopping;     /* no line is told any more */
    char how[160];        /* set by lines_break() */
};

static void write_queue(struct lines *lines)
{
    struct span rest = { lines->queue.data + lines->queue_written,
                         lines->queue.len - lines->queue_written };

    if (rest.len > 0)
        lines->queue_written += process_write(lines->process, rest);
    if (lines->queue_written < lines->queue.len)
        return;
    buf_clear(&lines->queue);
    lines->queue_written = 0;
}

static void on_writable(void *user)
{
    struct lines *lines = user;

    write_queue(lines);
    if (lines->queue.len == 0 && lines->events.drained && !lines->is_stopping)
        lines->events.drained(lines->events.user);
}

static void tell_lines(struct lines *lines)
{
    size_t start = 0;

    while (!lines->is_stopping) {
        char *end = memchr(lines->input + lines->searched_bytes, '\n',
                           lines->input_bytes - lines->searched_bytes);
        struct span line;

        if (!end)
            break;
        line = (struct span){ lines->input + start, (size_t)(end - (lines->input + start)) };
        start = lines->searched_bytes = (size_t)(end - lines->input) + 1;
        if (line.len > 0 && line.data[line.len - 1] == '\r')
            line.len--;
        if (line.len > 0)
            lines->events.line(lines->events.user, line);
    }
    memmove(lines->input, lines->input + start, lines->input_bytes - start);
    lines->input_bytes -= start;
    lines->searched_bytes = lines->input_bytes;
    if (lines->input_bytes == 0 && lines->input_capacity > INPUT_KEEP_BYTES) {
        free(lines->input);
        lines->input = NULL;
        lines->input_capacity = 0;
    }
}

static bool make_room(struct lines *lines)
{
    size_t capacity = lines->input_capacity * 2;
    char *input;

    if (lines->input_capacity - lines->input_bytes >= READ_BYTES / 2)
        return true;
    if (capacity < READ_BYTES * 2)
        capacity = READ_BYTES * 2;
    input = realloc(lines->input, capacity);
    if (!input)
        return false;
    lines->input = input;
    lines->input_capacity = capacity;
    return true;
}

static void on_readable(void *user)
{
    struct lines *lines = user;
    size_t turn_bytes = 0, got;

    while (turn_bytes < READ_TURN_BYTES) {
        if (!make_room(lines)) {
            lines_break(lines, "could not be listened to: out of memory");
            return;
        }
        got = process_read(lines->process, lines->input + lines->input_bytes,
                           lines->input_capacity - lines->input_bytes);
        if (got == 0)
            return;
        turn_bytes += got;
        if (lines->is_stopping)
            continue; /* read and dropped, so that it can end */
        lines->input_bytes += got;
        tell_lines(lines);
        if (lines->input_bytes > lines->line_bytes_max && !lines->is_stopping) {
            char how[80];

            (void)snprintf(how, sizeof(how), "wrote a line of more than %zu bytes",
                           lines->line_bytes_max);
            lines_break(lines, how);
        }
    }
}

static void on_ended(void *user, const char *how)
{
    struct lines *lines = user;

    lines->is_stopping = true;
    lines->events.ended(lines->events.user, lines->how[0] ? lines->how : how);
}

enum status lines_start(struct loop *loop, const struct lines_options *options,
                        const struct lines_events *events, struct lines **out, struct error *err)
{
    struct lines *lines = calloc(1, sizeof(*lines));
    struct process_events process_events = {
        .readable = on_readable, .writable = on_writable, .ended = on_ended, .user = lines
    };
    enum status status;

    if (!lines)
        return error_set(err, STATUS_NO_MEMORY, "no memory to start a plugin");
    lines->events = *events;
    lines->line_bytes_max = options->line_bytes_max;
    lines->queue = (struct buf)BUF_INIT(options->queue_bytes_max);
    status = process_start(loop, &options->process, &process_events, &lines->process, err);
    if (status) {
        free(lines);
        return status;
    }
    *out = lines;
    return STATUS_OK;
}

enum status lines_send(struct lines *lines, struct span line, struct error *err)
{
    size_t queued_bytes = lines_queued_bytes(lines);

    if (lines->is_stopping)
        return error_set(err, STATUS_BUSY, "the plugin is being stopped");
    if (queued_bytes + line.len + 1 > lines->queue.limit)
        return error_set(err, STATUS_BUSY, "the plugin has not read %zu bytes yet", queued_bytes);
    if (lines->queue_written > 0) { /* so that the limit is about what waits, not about the past */
        memmove(lines->queue.data, lines->queue.data + lines->queue_written, queued_bytes);
        lines->queue.len = queued_bytes;
        lines->queue_written = 0;
    }
    buf_append(&lines->queue, line.data, line.len);
    buf_append_char(&lines->queue, '\n');
    if (buf_status(&lines->queue, err))
        return STATUS_NO_MEMORY;
    write_queue(lines);
    return STATUS_OK;
}

size_t lines_queued_bytes(const struct lines *lines)
{
    return lines->queue.len - lines->queue_written;
}

void lines_set_limit(struct lines *lines, size_t line_bytes_max)
{
    lines->line_bytes_max = line_bytes_max;
}

void lines_stop(struct lines *lines)
{
    lines->is_stopping = true;
    process_stop(lines->process);
}

void lines_kill(struct lines *lines)
{
    lines->is_stopping = true;
    process_kill(lines->process);
}

void lines_break(struct lines *lines, const char *how)
{
    if (!lines->how[0])
        (void)snprintf(lines->how, sizeof(lines->how), "%s", how);
    lines_kill(lines);
}

const char *lines_last_words(const struct lines *lines)
{
    return process_last_words(lines->process);
}

pid_t lines_process_id(const struct lines *lines)
{
    return process_id(lines->process);
}

void lines_free(struct lines *lines)
{
    if (!lines)
        return;
    process_free(lines->process);
    buf_release(&lines->queue);
    free(lines->input);
    free(lines);
}
