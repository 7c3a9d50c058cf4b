#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_FIRST_CAPACITY 64

char buf_empty[1] = "";

bool buf_reserve(struct buf *buf, size_t extra)
{
    size_t capacity, need;
    char *data;

    if (buf->failed)
        return false;
    if (extra > buf->limit - buf->len) {
        buf->failed = STATUS_LIMIT;
        return false;
    }
    need = buf->len + extra + 1; /* a NUL, too */
    if (need <= buf->capacity)
        return true;

    capacity = buf->capacity ? buf->capacity * 2 : BUF_FIRST_CAPACITY;
    if (capacity < need)
        capacity = need;
    data = realloc(buf->capacity ? buf->data : NULL, capacity);
    if (!data) {
        buf->failed = STATUS_NO_MEMORY;
        return false;
    }
    buf->data = data;
    buf->capacity = capacity;
    return true;
}

void buf_append(struct buf *buf, const void *bytes, size_t len)
{
    bool has_room = len < buf->capacity - buf->len && len <= buf->limit - buf->len && !buf->failed;

    if (len == 0 || (!has_room && !buf_reserve(buf, len)))
        return;
    memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void buf_append_char(struct buf *buf, char c)
{
    buf_append(buf, &c, 1);
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
    va_list args;
    int len;

    va_start(args, fmt);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len <= 0 || !buf_reserve(buf, (size_t)len))
        return;

    va_start(args, fmt);
    (void)vsnprintf(buf->data + buf->len, (size_t)len + 1, fmt, args);
    va_end(args);
    buf->len += (size_t)len;
}

enum status buf_status(const struct buf *buf, struct error *err)
{
    switch ((int)buf->failed) {
    case STATUS_OK:
        return STATUS_OK;
    case STATUS_LIMIT:
        return error_set(err, STATUS_LIMIT, "text exceeds its limit of %zu bytes", buf->limit);
    default:
        return error_set(err, STATUS_NO_MEMORY, "out of memory after %zu bytes of text", buf->len);
    }
}

char *buf_detach(struct buf *buf, size_t *len)
{
    char *data = buf->capacity ? buf->data : calloc(1, 1);

    if (len)
        *len = buf->len;
    *buf = (struct buf)BUF_INIT(buf->limit);
    return data;
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->failed = STATUS_OK;
    if (buf->capacity)
        buf->data[0] = '\0';
}

void buf_release(struct buf *buf)
{
    if (buf->capacity)
        free(buf->data);
    *buf = (struct buf)BUF_INIT(buf->limit);
}
