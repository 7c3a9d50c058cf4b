/*
 * status.h - the one way a function says how it went.
 *
 * Every status answers one question for the pipeline: what now?
 * See status_scope() for the answer.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include <stdbool.h>

#define NODISCARD              __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

enum status {
    STATUS_OK = 0,

    /* this document only: record it and go on with the next one */
    STATUS_UNREADABLE,  /* the file cannot be opened or read */
    STATUS_UNSUPPORTED, /* no extractor claims this media type */
    STATUS_MALFORMED,   /* the bytes break their own format */
    STATUS_LIMIT,       /* a size, depth or time budget ran out */

    /* later: the same call may work on the next pass */
    STATUS_CHANGED, /* the file changed while we read it */
    STATUS_BUSY,    /* another writer holds the index lock */

    /* this pass: undo the open revision, end the pass, tell the user */
    STATUS_IO, /* our own store cannot be read or written */
    STATUS_NO_MEMORY,
    STATUS_CORRUPT, /* our own index fails its checks */
    STATUS_CANCELLED,
};

enum status_scope { SCOPE_NONE, SCOPE_DOCUMENT, SCOPE_RETRY, SCOPE_PASS };

/* Fixed size, so that reporting "out of memory" needs no memory. */
struct error {
    enum status status;
    int sys_errno;  /* 0 when no system call was involved */
    char text[240]; /* "cannot open 'a/b.pdf'": no capital, no full stop */
};

/* Fills *err (which may be NULL) and returns status, so callers can
 * write: return error_set(err, STATUS_MALFORMED, "no cell '%s'", ref); */
enum status error_set(struct error *err, enum status status, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

/* Like error_set(), and keeps errno. ENOMEM turns status into STATUS_NO_MEMORY. */
enum status error_set_errno(struct error *err, enum status status, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

#ifdef __clang_analyzer__
/* It looks into no other file, so it would go on as if the answer could be STATUS_OK. */
#define error_set(err, status, ...) ((void)error_set(err, status, __VA_ARGS__), (status))
#define error_set_errno(err, status, ...)                                                          \
    ((void)error_set_errno(err, status, __VA_ARGS__), (status))
#endif

/* True when err came from a full disk, or a quota that is used up. */
bool error_is_full(const struct error *err);

enum status_scope status_scope(enum status status);
const char *status_name(enum status status); /* static; never NULL */

#endif
