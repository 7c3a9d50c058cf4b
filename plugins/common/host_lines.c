#include "plugins/common/host_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

#define READ_BYTES ((size_t)1 << 20)

/* Takes the whole lines of input, and leaves what is behind them. */
static enum status take_lines(const struct host_lines *lines, struct buf *input, struct error *err)
{
    size_t done = 0;
    enum status status = STATUS_OK;

    while (!status) {
        const char *end = memchr(input->data + done, '\n', input->len - done);
        struct span line = { input->data + done, 0 };

        if (!end)
            break;
        line.len = (size_t)(end - line.data);
        done += line.len + 1;
        status = lines->take(lines->user, line, err);
    }
    memmove(input->data, input->data + done, input->len - done);
    input->len -= done;
    return status || !lines->taken ? status : lines->taken(lines->user, err);
}

enum status host_lines_read(const struct host_lines *lines, struct error *err)
{
    CLEANUP(buf_release) struct buf input = BUF_INIT(lines->bytes_max);
    char *bytes = malloc(READ_BYTES);
    enum status status = bytes ? STATUS_OK : error_set(err, STATUS_NO_MEMORY, "out of memory");

    while (!status) {
        ssize_t count = read(STDIN_FILENO, bytes, READ_BYTES);

        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            status = error_set_errno(err, STATUS_IO, "cannot read standard input");
        if (count <= 0)
            break;
        buf_append(&input, bytes, (size_t)count);
        status = buf_status(&input, err);
        if (!status && memchr(bytes, '\n', (size_t)count))
            status = take_lines(lines, &input, err);
    }
    free(bytes);
    return status;
}
