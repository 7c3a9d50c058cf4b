/*
 * buf.h - the one growable byte buffer.
 *
 *   - data is never NULL and always ends in a NUL that len does not count.
 *   - limit is the most bytes the buffer may ever hold; every user names one.
 *   - A failed append sets failed and drops the bytes; later appends do
 *     nothing. So append freely, and look once, with buf_status(), at the end.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/* Borrowed bytes: not owned, not NUL-terminated. */
struct span {
    const char *data;
    size_t len;
};

struct buf {
    char *data;
    size_t len;
    size_t capacity; /* 0 while data is the shared empty string */
    size_t limit;    /* bytes */
    enum status failed;
};

extern char buf_empty[1];
#define BUF_INIT(max_bytes)                                                                        \
    {                                                                                              \
        .data = buf_empty, .limit = (max_bytes)                                                    \
    }

/* Makes room for extra more bytes; false: the buffer has failed. */
bool buf_reserve(struct buf *buf, size_t extra);
void buf_append(struct buf *buf, const void *bytes, size_t len);
void buf_append_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* STATUS_OK, STATUS_LIMIT or STATUS_NO_MEMORY, for all appends so far. */
NODISCARD enum status buf_status(const struct buf *buf, struct error *err);

/* Gives the bytes to the caller, who must free() them; buf is empty again. */
NODISCARD char *buf_detach(struct buf *buf, size_t *len);

void buf_clear(struct buf *buf);   /* keeps the storage */
void buf_release(struct buf *buf); /* frees the storage; buf may be reused */

static inline struct span buf_span(const struct buf *buf)
{
    return (struct span){ .data = buf->data, .len = buf->len };
}

#endif
