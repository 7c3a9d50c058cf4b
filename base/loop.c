#include "base/loop.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/os.h"

#define EVENTS_AT_ONCE 64

struct loop_watch {
    struct loop *loop;
    int fd;
    loop_fd_fn *fn; /* NULL once unwatched, until the step ends */
    void *user;
    struct loop_watch *next_dead;
};

struct loop_timer {
    struct loop *loop;
    loop_timer_fn *fn;
    void *user;
    int64_t due_ms; /* monotonic; -1: not set */
    struct loop_timer *previous, *next;
};

struct loop {
    int epoll_fd;
    struct loop_timer *timers; /* unordered: a handful */
    struct loop_watch
        *dead; /* unwatched during a step: freed at its end, as events may name them */
};

enum status loop_new(struct loop **out, struct error *err)
{
    struct loop *loop = calloc(1, sizeof(*loop));

    if (!loop)
        return error_set(err, STATUS_NO_MEMORY, "no memory for an event loop");
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0) {
        enum status status = error_set_errno(err, STATUS_IO, "cannot make an epoll descriptor");

        free(loop);
        return status;
    }
    *out = loop;
    return STATUS_OK;
}

static void free_dead(struct loop *loop)
{
    while (loop->dead) {
        struct loop_watch *next = loop->dead->next_dead;

        free(loop->dead);
        loop->dead = next;
    }
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    free_dead(loop);
    (void)close(loop->epoll_fd);
    free(loop);
}

static uint32_t epoll_bits(unsigned interest)
{
    return (interest & LOOP_READ ? EPOLLIN : 0u) | (interest & LOOP_WRITE ? EPOLLOUT : 0u);
}

enum status loop_watch_fd(struct loop *loop, int fd, unsigned interest, loop_fd_fn *fn, void *user,
                          struct loop_watch **out, struct error *err)
{
    struct loop_watch *watch = malloc(sizeof(*watch));
    struct epoll_event event = { .events = epoll_bits(interest), .data.ptr = watch };

    if (!watch)
        return error_set(err, STATUS_NO_MEMORY, "no memory to watch a descriptor");
    *watch = (struct loop_watch){ .loop = loop, .fd = fd, .fn = fn, .user = user };
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
        free(watch);
        return error_set_errno(err, STATUS_IO, "cannot watch descriptor %d", fd);
    }
    *out = watch;
    return STATUS_OK;
}

void loop_watch_interest(struct loop_watch *watch, unsigned interest)
{
    struct epoll_event event = { .events = epoll_bits(interest), .data.ptr = watch };

    (void)epoll_ctl(watch->loop->epoll_fd, EPOLL_CTL_MOD, watch->fd, &event);
}

void loop_unwatch(struct loop_watch *watch)
{
    if (!watch)
        return;
    (void)epoll_ctl(watch->loop->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    watch->fn = NULL;
    watch->next_dead = watch->loop->dead;
    watch->loop->dead = watch;
}

enum status loop_timer_new(struct loop *loop, loop_timer_fn *fn, void *user,
                           struct loop_timer **out, struct error *err)
{
    struct loop_timer *timer = malloc(sizeof(*timer));

    if (!timer)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a timer");
    *timer = (struct loop_timer){
        .loop = loop, .fn = fn, .user = user, .due_ms = -1, .next = loop->timers
    };
    if (loop->timers)
        loop->timers->previous = timer;
    loop->timers = timer;
    *out = timer;
    return STATUS_OK;
}

void loop_timer_set(struct loop_timer *timer, int64_t delay_ms)
{
    timer->due_ms = delay_ms < 0 ? -1 : os_monotonic_ms() + delay_ms;
}

bool loop_timer_is_set(const struct loop_timer *timer)
{
    return timer->due_ms >= 0;
}

void loop_timer_free(struct loop_timer *timer)
{
    if (!timer)
        return;
    if (timer->previous)
        timer->previous->next = timer->next;
    else
        timer->loop->timers = timer->next;
    if (timer->next)
        timer->next->previous = timer->previous;
    free(timer);
}

static int wait_ms(const struct loop *loop, int64_t timeout_ms)
{
    int64_t now = os_monotonic_ms(), wait = timeout_ms;

    for (const struct loop_timer *timer = loop->timers; timer; timer = timer->next) {
        int64_t left = timer->due_ms > now ? timer->due_ms - now : 0;

        if (timer->due_ms >= 0 && (wait < 0 || left < wait))
            wait = left;
    }
    return wait > INT_MAX ? INT_MAX : (int)wait;
}

/* A callback may free any timer, so the walk starts again after each one; those that were set again
 * meanwhile are due later than now, and wait for the next step. */
static void run_timers(struct loop *loop)
{
    int64_t now = os_monotonic_ms();
    struct loop_timer *timer = loop->timers;

    while (timer) {
        if (timer->due_ms < 0 || timer->due_ms > now) {
            timer = timer->next;
            continue;
        }
        timer->due_ms = -1;
        timer->fn(timer->user);
        for (timer = loop->timers; timer; timer = timer->next)
            if (timer->due_ms >= 0 && timer->due_ms < now)
                break;
    }
}

enum status loop_step(struct loop *loop, int64_t timeout_ms, struct error *err)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    int count = epoll_wait(loop->epoll_fd, events, EVENTS_AT_ONCE, wait_ms(loop, timeout_ms));

    if (count < 0 && errno != EINTR)
        return error_set_errno(err, STATUS_IO, "cannot wait for events");
    for (int i = 0; i < count; i++) {
        struct loop_watch *watch = events[i].data.ptr;
        unsigned ready = (events[i].events & EPOLLIN ? LOOP_READ : 0u) |
                         (events[i].events & EPOLLOUT ? LOOP_WRITE : 0u) |
                         (events[i].events & (EPOLLHUP | EPOLLERR) ? LOOP_HANGUP : 0u);

        if (watch->fn)
            watch->fn(watch->user, ready);
    }
    run_timers(loop);
    free_dead(loop);
    return STATUS_OK;
}
