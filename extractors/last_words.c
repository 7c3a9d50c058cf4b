#include "extractors/last_words.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Less room than that left is none: libraries ask for it at once. */
#define ROOM_LEAST_BYTES ((size_t)32 << 20)

/* An exit handler and a signal's handler are given nothing else to find it by. */
static struct {
    void (*say)(void *user); /* NULL: not armed */
    void *user;
    int exit_status;
    bool is_installed;
} words;

static void speak(void)
{
    void (*say)(void *user) = words.say;

    words.say = NULL;
    say(words.user);
    _exit(words.exit_status);
}

/* No library has another reason to end the process of its user. */
static void at_exit(void)
{
    if (words.say)
        speak();
}

/* errno is still that of the allocation, unless the library could not write its message. */
static bool is_out_of_memory(void)
{
    void *room;

    if (errno == ENOMEM)
        return true;
    room = mmap(NULL, ROOM_LEAST_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return true;
    (void)munmap(room, ROOM_LEAST_BYTES);
    return false;
}

static void at_signal(int number)
{
    if (words.say && is_out_of_memory())
        speak();
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

void last_words_arm(void (*say)(void *user), void *user, int exit_status)
{
    if (!words.is_installed) {
        words.is_installed = true;
        (void)atexit(at_exit);
        (void)signal(SIGABRT, at_signal);
        (void)signal(SIGTRAP, at_signal); /* glib's way, where a debugger could look */
    }
    words.user = user;
    words.exit_status = exit_status;
    words.say = say;
    errno = 0;
}

void last_words_disarm(void)
{
    words.say = NULL;
}
