#include "serve/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/os.h"

#define SOCKET_NAME "control"
#define CALLS_MAX   64u
#define READ_BYTES  4096
#define PAUSE_MS    200 /* without taking calls, while there is no descriptor for one */

struct control {
    struct loop *loop;
    int listen_fd;
    struct loop_watch *watch;
    struct loop_timer *pause_timer;
    control_fn *fn;
    void *user;
    struct control_call *calls;
    unsigned call_count;
};

struct control_call {
    struct control *control;
    int fd;
    struct loop_watch *watch;
    struct buf line;
    bool is_asked;   /* fn has it: lives until control_reply() */
    bool is_leaving; /* the answer is being written */
    size_t sent;
    struct control_call *previous, *next;
};

/* A socket's path is limited to 107 bytes, a folder's is not: it is named through its descriptor.
 */
static enum status socket_address(const char *folder, int *folder_fd, struct sockaddr_un *out,
                                  struct error *err)
{
    *folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*folder_fd < 0)
        return error_set_errno(err, STATUS_UNREADABLE, "cannot open the folder '%s'", folder);
    memset(out, 0, sizeof(*out));
    out->sun_family = AF_UNIX;
    (void)snprintf(out->sun_path, sizeof(out->sun_path), "/proc/self/fd/%d/" SOCKET_NAME,
                   *folder_fd);
    return STATUS_OK;
}

static void call_free(struct control_call *call)
{
    struct control *control = call->control;

    if (call->previous)
        call->previous->next = call->next;
    else
        control->calls = call->next;
    if (call->next)
        call->next->previous = call->previous;
    control->call_count--;
    loop_unwatch(call->watch);
    (void)close(call->fd);
    buf_release(&call->line);
    free(call);
}

static void call_write(struct control_call *call)
{
    while (call->sent < call->line.len) {
        ssize_t n =
            send(call->fd, call->line.data + call->sent, call->line.len - call->sent, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN && call->watch) {
            loop_watch_interest(call->watch, LOOP_WRITE);
            return;
        }
        if (n < 0)
            break;
        call->sent += (size_t)n;
    }
    call_free(call);
}

void control_reply(struct control_call *call, struct span line)
{
    buf_clear(&call->line);
    buf_append(&call->line, line.data, line.len);
    buf_append_char(&call->line, '\n');
    call->is_leaving = true;
    call->sent = 0;
    call_write(call);
}

static void reply_error(struct control_call *call, const char *text)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT(CONTROL_LINE_BYTES_MAX);
    struct json_writer json = JSON_WRITER(&line);

    json_put_object_begin(&json, NULL);
    json_put_text(&json, "error", text);
    json_put_object_end(&json);
    control_reply(call, buf_span(&line));
}

static void ask(struct control_call *call, size_t length)
{
    struct control *control = call->control;
    struct json *request = NULL;
    struct error problem;

    call->is_asked = true;
    loop_watch_interest(call->watch, 0); /* the answer is written when it is there */
    if (json_parse((struct span){ call->line.data, length }, &request, &problem)) {
        reply_error(call, problem.text);
        return;
    }
    control->fn(control->user, request, call);
    json_free(request);
}

static void call_ready(void *user, unsigned ready)
{
    struct control_call *call = user;
    char bytes[READ_BYTES], *end;
    ssize_t n;

    if (call->is_leaving) {
        call_write(call);
        return;
    }
    if (call->is_asked) {          /* gone before its answer: the answer finds that out */
        if (ready & LOOP_HANGUP) { /* it is reported whatever the interest: not to spin on it */
            loop_unwatch(call->watch);
            call->watch = NULL;
        }
        return;
    }
    n = recv(call->fd, bytes, sizeof(bytes), 0);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0) {
        call_free(call);
        return;
    }
    buf_append(&call->line, bytes, (size_t)n);
    if (call->line.failed) {
        call_free(call);
        return;
    }
    end = memchr(call->line.data, '\n', call->line.len);
    if (end)
        ask(call, (size_t)(end - call->line.data));
}

static void take_calls_again(void *user)
{
    struct control *control = user;

    loop_watch_interest(control->watch, LOOP_READ);
}

static void accept_call(void *user, unsigned ready)
{
    struct control *control = user;
    int fd = accept4(control->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct control_call *call;

    (void)ready;
    /* The call waits in the kernel, and would wake the loop again at once, for ever. */
    if (fd < 0 && errno != EINTR && errno != EAGAIN && errno != ECONNABORTED) {
        loop_watch_interest(control->watch, 0);
        loop_timer_set(control->pause_timer, PAUSE_MS);
    }
    if (fd < 0)
        return;
    call = control->call_count < CALLS_MAX ? calloc(1, sizeof(*call)) : NULL;
    if (!call) {
        (void)close(fd);
        return;
    }
    call->control = control;
    call->fd = fd;
    call->line = (struct buf)BUF_INIT(CONTROL_LINE_BYTES_MAX);
    call->next = control->calls;
    if (control->calls)
        control->calls->previous = call;
    control->calls = call;
    control->call_count++;
    if (loop_watch_fd(control->loop, fd, LOOP_READ, call_ready, call, &call->watch, NULL))
        call_free(call);
}

enum status control_new(struct loop *loop, const char *folder, control_fn *fn, void *user,
                        struct control **out, struct error *err)
{
    CLEANUP(close_fd) int folder_fd = -1;
    struct control *control = calloc(1, sizeof(*control));
    struct sockaddr_un address;
    enum status status;

    if (!control)
        return error_set(err, STATUS_NO_MEMORY, "no memory for the control socket");
    *control = (struct control){ .loop = loop, .listen_fd = -1, .fn = fn, .user = user };
    status = socket_address(folder, &folder_fd, &address, err);
    if (!status) {
        control->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)unlinkat(folder_fd, SOCKET_NAME,
                       0); /* of a daemon that was killed: we hold the lock */
        if (control->listen_fd < 0 ||
            bind(control->listen_fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
            fchmodat(folder_fd, SOCKET_NAME, 0600, 0) < 0 || listen(control->listen_fd, 16) < 0)
            status =
                error_set_errno(err, STATUS_IO, "cannot listen on '%s/" SOCKET_NAME "'", folder);
    }
    if (!status)
        status = loop_timer_new(loop, take_calls_again, control, &control->pause_timer, err);
    if (!status)
        status = loop_watch_fd(loop, control->listen_fd, LOOP_READ, accept_call, control,
                               &control->watch, err);
    if (status) {
        control_free(control);
        return status;
    }
    *out = control;
    return STATUS_OK;
}

void control_free(struct control *control)
{
    if (!control)
        return;
    for (struct control_call *call = control->calls, *next; call; call = next) {
        next = call->next;
        call_free(call);
    }
    loop_unwatch(control->watch);
    loop_timer_free(control->pause_timer);
    if (control->listen_fd >= 0)
        (void)close(control->listen_fd);
    free(control);
}

/* ---- the asking side ---- */

static enum status read_line(int fd, int64_t timeout_ms, struct buf *line, struct error *err)
{
    int64_t due_ms = os_monotonic_ms() + timeout_ms;

    for (;;) {
        struct pollfd ready = { .fd = fd, .events = POLLIN };
        int64_t left = due_ms - os_monotonic_ms();
        char bytes[READ_BYTES];
        ssize_t n;

        if (timeout_ms >= 0 && left <= 0)
            return error_set(err, STATUS_BUSY, "the running varve did not answer in %.1f s",
                             (double)timeout_ms / 1000);
        if (poll(&ready, 1, timeout_ms < 0 || left > 1000000 ? -1 : (int)left) < 0 &&
            errno != EINTR)
            return error_set_errno(err, STATUS_IO, "cannot wait for the running varve");
        if (!ready.revents)
            continue;
        n = recv(fd, bytes, sizeof(bytes), 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_set(err, STATUS_IO, "the running varve ended before it answered");
        buf_append(line, bytes, (size_t)n);
        if (memchr(line->data, '\n', line->len))
            return buf_status(line, err);
    }
}

enum status control_ask(const char *folder, struct span request, int64_t timeout_ms,
                        struct json **reply, struct error *err)
{
    CLEANUP(close_fd) int folder_fd = -1;
    CLEANUP(close_fd) int fd = -1;
    CLEANUP(buf_release) struct buf line = BUF_INIT(CONTROL_LINE_BYTES_MAX);
    struct sockaddr_un address;
    enum status status = socket_address(folder, &folder_fd, &address, err);

    if (status)
        return status;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        return error_set_errno(err, STATUS_UNREADABLE, "no varve runs on '%s'", folder);
    buf_append(&line, request.data, request.len);
    buf_append_char(&line, '\n');
    if (send(fd, line.data, line.len, MSG_NOSIGNAL) != (ssize_t)line.len)
        return error_set_errno(err, STATUS_IO, "cannot ask the running varve");
    buf_clear(&line);
    status = read_line(fd, timeout_ms, &line, err);
    return status ? status : json_parse(buf_span(&line), reply, err);
}
