/*
 * sink-jsonl - a sink that keeps every change as a line of a file.
 *
 *     sink-jsonl [--no-text] [--no-vectors] FILE
 *
 * FILE is appended to and synced before a change is acknowledged; many changes share one sync. Its
 * last whole change is the sink's position, so after a crash of either side each change is in it
 * exactly once: what stands behind the last whole change is cut off at the start.
 * docs/plugin-protocol.md says what the lines mean.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/os.h"
#include "plugins/common/host_lines.h"

#define LINE_BYTES_MAX ((size_t)512 << 20)

struct sink {
    int fd;
    const char *path;
    int64_t position; /* the last whole change in the file */
    int64_t pending;  /* the last whole change written, and not synced yet; 0: none */
    bool with_text, with_vectors;
    struct buf answer;
};

/* A change's number, and whether this line ends it. */
static bool read_line(struct span line, int64_t *sequence, bool *is_whole)
{
    struct json *root = NULL;

    if (json_parse(line, &root, NULL))
        return false;
    *sequence = json_read_integer(json_lookup(root, "seq"), -1);
    *is_whole = !json_read_bool(json_lookup(root, "more"), false);
    json_free(root);
    return *sequence > 0;
}

static enum status say(struct sink *sink, struct error *err)
{
    enum status status;

    buf_append_char(&sink->answer, '\n');
    status = buf_status(&sink->answer, err);
    if (!status)
        status = os_write_all(STDOUT_FILENO, buf_span(&sink->answer), "standard output", err);
    buf_clear(&sink->answer);
    return status;
}

/* Reads the file that an earlier run left, and cuts off what is no whole change. */
static enum status recover(struct sink *sink, struct error *err)
{
    FILE *file = fopen(sink->path, "r");
    char *text = NULL;
    size_t capacity = 0;
    ssize_t len;
    off_t at = 0, good = 0;
    enum status status = STATUS_OK;

    if (!file)
        return error_set_errno(err, STATUS_IO, "cannot read '%s'", sink->path);
    while ((len = getline(&text, &capacity, file)) > 0) {
        int64_t sequence;
        bool is_whole;

        if (text[len - 1] != '\n' ||
            !read_line((struct span){ text, (size_t)len - 1 }, &sequence, &is_whole))
            break;
        at += len;
        if (is_whole) {
            good = at;
            sink->position = sequence;
        }
    }
    free(text);
    (void)fclose(file);
    if (ftruncate(sink->fd, good) < 0 || lseek(sink->fd, 0, SEEK_END) < 0)
        status =
            error_set_errno(err, STATUS_IO, "cannot cut '%s' to its whole changes", sink->path);
    return status;
}

static enum status open_file(struct sink *sink, struct error *err)
{
    sink->fd = open(sink->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (sink->fd < 0)
        return error_set_errno(err, STATUS_IO, "cannot open '%s'", sink->path);
    if (flock(sink->fd, LOCK_EX | LOCK_NB) < 0)
        return error_set_errno(err, STATUS_BUSY, "another sink writes to '%s'", sink->path);
    return recover(sink, err);
}

static enum status answer_hello(struct sink *sink, const struct json *hello, struct error *err)
{
    struct json_writer json = JSON_WRITER(&sink->answer);
    struct span cookie = json_read_string(json_lookup(hello, "cookie"));

    if (json_read_integer(json_lookup(hello, "protocol"), 0) != 1 || !cookie.data)
        return error_set(err, STATUS_UNSUPPORTED, "the host does not speak protocol 1");
    json_put_object_begin(&json, NULL);
    json_put_object_begin(&json, "hello");
    json_put_integer(&json, "protocol", 1);
    json_put_text(&json, "name", "sink-jsonl");
    json_put_string(&json, "cookie", cookie);
    json_put_integer(&json, "window", 1024);
    json_put_integer(&json, "position", sink->position);
    json_put_bool(&json, "wants_text", sink->with_text);
    json_put_bool(&json, "wants_vectors", sink->with_vectors);
    json_put_object_end(&json);
    json_put_object_end(&json);
    return say(sink, err);
}

static enum status take_line(void *user, struct span line, struct error *err)
{
    struct sink *sink = user;
    struct json *root = NULL;
    enum status status = json_parse(line, &root, err);
    const struct json *hello = json_lookup(root, "hello");
    int64_t sequence = json_read_integer(json_lookup(root, "seq"), -1);

    if (!status && hello)
        status = answer_hello(sink, hello, err);
    else if (!status && sequence < 1)
        status = error_set(err, STATUS_MALFORMED, "a line that is no change");
    else if (!status && sequence > sink->position) /* else it is in the file already */
        status = os_write_all(sink->fd, (struct span){ line.data, line.len + 1 }, sink->path, err);
    if (!status && sequence > 0 && !json_read_bool(json_lookup(root, "more"), false))
        sink->pending = sequence;
    json_free(root);
    return status;
}

/* All lines that one read has completed are synced and acknowledged together. */
static enum status acknowledge(void *user, struct error *err)
{
    struct sink *sink = user;

    if (sink->pending == 0)
        return STATUS_OK;
    if (fdatasync(sink->fd) < 0)
        return error_set_errno(err, STATUS_IO, "cannot sync '%s'", sink->path);
    if (sink->pending > sink->position)
        sink->position = sink->pending;
    buf_printf(&sink->answer, "{\"ack\":%" PRId64 "}", sink->pending);
    sink->pending = 0;
    return say(sink, err);
}

/* The host shows it to the user, and tries again after a pause. */
static void tell_failure(struct sink *sink, const struct error *error)
{
    struct json_writer json = JSON_WRITER(&sink->answer);
    struct error ignored;
    const char *why = error->sys_errno ? strerror(error->sys_errno) : NULL;
    char text[400];

    (void)snprintf(text, sizeof(text), "%s%s%s", error->text, why ? ": " : "", why ? why : "");
    (void)fprintf(stderr, "%s\n", text);
    buf_clear(&sink->answer);
    json_put_object_begin(&json, NULL);
    if (sink->position > 0 || sink->pending > 0)
        json_put_integer(&json, "nack", sink->position + 1);
    json_put_text(&json, "error", text);
    json_put_object_end(&json);
    (void)say(sink, &ignored);
}

int main(int argc, char **argv)
{
    struct sink sink = {
        .fd = -1, .with_text = true, .with_vectors = true, .answer = BUF_INIT(1 << 16)
    };
    struct error error = { .text = "" };
    enum status status;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--no-text") == 0)
            sink.with_text = false;
        else if (strcmp(argv[i], "--no-vectors") == 0)
            sink.with_vectors = false;
        else
            sink.path = argv[i];
    }
    if (!sink.path)
        status = error_set(&error, STATUS_UNREADABLE,
                           "usage: sink-jsonl [--no-text] [--no-vectors] FILE");
    else
        status = open_file(&sink, &error);
    if (!status)
        status = host_lines_read(&(struct host_lines){ .bytes_max = LINE_BYTES_MAX,
                                                       .take = take_line,
                                                       .taken = acknowledge,
                                                       .user = &sink },
                                 &error);
    if (status)
        tell_failure(&sink, &error);
    close_fd(&sink.fd);
    buf_release(&sink.answer);
    return status ? 1 : 0;
}
