/*
 * loop.h - one thread's event loop over epoll.
 *
 * Everything that waits (inotify, workers, plugins, the control socket, timers, signals) is a
 * descriptor or a timer here, and its callback runs on the loop's thread, one at a time. A callback
 * may add and remove any watch or timer, its own included.
 */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <stdint.h>

#include "base/status.h"

struct loop;
struct loop_watch; /* a descriptor being watched */
struct loop_timer;

/* ready has LOOP_READ, LOOP_WRITE and LOOP_HANGUP bits. */
typedef void loop_fd_fn(void *user, unsigned ready);
typedef void loop_timer_fn(void *user);

enum { LOOP_READ = 1 << 0, LOOP_WRITE = 1 << 1, LOOP_HANGUP = 1 << 2 };

NODISCARD enum status loop_new(struct loop **out, struct error *err);
void loop_free(
    struct loop *loop); /* NULL is fine; drops what is still watched, closes no fd of it */

/* Watches fd (not owned) for the bits in interest; hang-ups are always told. */
NODISCARD enum status loop_watch_fd(struct loop *loop, int fd, unsigned interest, loop_fd_fn *fn,
                                    void *user, struct loop_watch **out, struct error *err);
void loop_watch_interest(struct loop_watch *watch, unsigned interest);
/* Before the fd is closed. NULL is fine. fn is not called again. */
void loop_unwatch(struct loop_watch *watch);

/* A timer that is not set; loop_timer_set() again moves it. It fires once per set. */
NODISCARD enum status loop_timer_new(struct loop *loop, loop_timer_fn *fn, void *user,
                                     struct loop_timer **out, struct error *err);
void loop_timer_set(struct loop_timer *timer, int64_t delay_ms); /* from now; < 0 unsets */
bool loop_timer_is_set(const struct loop_timer *timer);
void loop_timer_free(struct loop_timer *timer); /* NULL is fine */

/* Waits for events, at most timeout_ms (< 0: without end), and runs their callbacks once.
 * A signal ends the wait early. */
NODISCARD enum status loop_step(struct loop *loop, int64_t timeout_ms, struct error *err);

#endif
