/* The control socket where there is no descriptor for another call: the loop does not spin, the
 * call waits and is answered. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/os.h"
#include "serve/control.h"

static void answer(void *user, const struct json *request, struct control_call *call)
{
    (void)request;
    ++*(unsigned *)user;
    control_reply(call, (struct span){ "{}", 2 });
}

static void test_no_descriptor_left(void **state)
{
    static const char question[] = "{}\n";
    char folder[] = "/tmp/varve-control-XXXXXX", reply[16];
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct control *control = NULL;
    struct loop *loop = NULL;
    struct rlimit limit, none;
    unsigned answered = 0, steps = 0;
    int64_t until_ms;
    int asker = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), next;

    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(loop_new(&loop, NULL), STATUS_OK);
    assert_int_equal(control_new(loop, folder, answer, &answered, &control, NULL), STATUS_OK);
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/control", folder);
    assert_int_equal(connect(asker, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(send(asker, question, sizeof(question) - 1, 0), sizeof(question) - 1);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    next = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(next >= 0);
    (void)close(next);
    none = (struct rlimit){ .rlim_cur = (rlim_t)next, .rlim_max = limit.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    for (until_ms = os_monotonic_ms() + 600; os_monotonic_ms() < until_ms; steps++)
        assert_int_equal(loop_step(loop, 50, NULL), STATUS_OK);
    assert_in_range(steps, 1, 40);
    assert_int_equal(answered, 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    for (steps = 0; answered == 0 && steps < 100; steps++)
        assert_int_equal(loop_step(loop, 50, NULL), STATUS_OK);
    assert_int_equal(answered, 1);
    assert_int_equal(recv(asker, reply, sizeof(reply), 0), 3);
    (void)close(asker);
    control_free(control);
    loop_free(loop);
    (void)unlink(address.sun_path);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_no_descriptor_left) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
