/*
 * cleanup.h - release locals when they leave scope.
 *
 *     CLEANUP(buf_release) struct buf text = BUF_INIT(TEXT_LIMIT);
 *
 * Cleanups run in reverse order of declaration, on every return.
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <unistd.h>

#define CLEANUP(func) __attribute__((cleanup(func)))

/* For: CLEANUP(close_fd) int fd = -1; */
static inline void close_fd(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}

/* Hands an open descriptor over: its cleanup does nothing any more. */
static inline int take_fd(int *fd)
{
    int taken = *fd;

    *fd = -1;
    return taken;
}

/* Defines NAME_ptr(), for locals that hold an owned pointer.
 * free_func must accept NULL. */
#define DEFINE_POINTER_CLEANUP(type, free_func)                                                    \
    static inline void free_func##_ptr(type **owned)                                               \
    {                                                                                              \
        free_func(*owned);                                                                         \
    }                                                                                              \
    struct cleanup_needs_semicolon

/* Moves an owned pointer out of a local: the local becomes NULL, so its
 * cleanup does nothing. */
#define TAKE(owned)                                                                                \
    __extension__({                                                                                \
        __typeof__(owned) taken_ = (owned);                                                        \
        (owned) = NULL;                                                                            \
        taken_;                                                                                    \
    })

#endif
