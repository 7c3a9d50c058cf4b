/*
 * plugin.c - `varve plugin test`: does a plugin keep the protocol?
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "embed/conformance.h"

static const char help[] =
    "usage: varve plugin test [--role embed|rerank] [--timeout SECONDS] [--] COMMAND [ARGUMENT "
    "...]\n\n"
    "Starts COMMAND as varve would, and checks that it keeps the plugin protocol: hello,\n"
    "vectors (or scores) of the right kind, the same for the same text, odd texts, full batches,\n"
    "a clean end, the same model after a restart. Prints one line for each check.\n\n"
    "  --role ROLE        embed (default), or rerank\n"
    "  --timeout SECONDS  for each answer; default 30\n\n"
    "Exit status: 0 all passed, 1 some failed, 2 wrong usage, 3 the test itself failed.\n";

struct report {
    unsigned passed, failed;
};

static void print_check(void *user, const char *name, enum check_verdict verdict,
                        const char *detail)
{
    static const char *const marks[] = { "ok  ", "FAIL", "hint", "note" };
    CLEANUP(buf_release) struct buf line = BUF_INIT(4096);
    struct report *report = user;

    report->passed += verdict == CHECK_PASSED || verdict == CHECK_ADVISED;
    report->failed += verdict == CHECK_FAILED;
    buf_printf(&line, "%s  %s%s", marks[verdict], name, detail[0] ? ": " : "");
    utf8_append_printable(&line, (struct span){ detail, strlen(detail) });
    printf("%s\n", line.data);
    (void)fflush(stdout);
}

static int test_plugin(char **arguments, bool is_reranker, long timeout_s)
{
    struct log log = { .fd = STDERR_FILENO, .most = LOG_INFO };
    struct conformance_options options = { .arguments = (const char *const *)arguments,
                                           .environment = (const char *const *)environ,
                                           .log = &log,
                                           .timeout_ms = timeout_s * 1000 };
    struct report report = { 0 };
    struct error error;

    if ((is_reranker ? conformance_reranker : conformance_embedder)(&options, print_check, &report,
                                                                    &error))
        return fail_with(&error);
    printf("%u passed, %u failed\n", report.passed, report.failed);
    return report.failed ? EXIT_FOUND : EXIT_DONE;
}

int cmd_plugin(int argc, char **argv)
{
    bool is_reranker = false;
    long timeout_s = 30;
    int next = 2;

    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return argc < 2 ? usage_error("plugin", "test what?") : print_help(help);
    if (strcmp(argv[1], "test") != 0)
        return usage_error("plugin", "there is no 'plugin %s'", argv[1]);
    for (; next < argc && argv[next][0] == '-'; next++) {
        if (strcmp(argv[next], "--") == 0) {
            next++;
            break;
        }
        if (strcmp(argv[next], "--help") == 0)
            return print_help(help);
        if (strcmp(argv[next], "--role") == 0 && next + 1 < argc) {
            is_reranker = strcmp(argv[++next], "rerank") == 0;
            if (!is_reranker && strcmp(argv[next], "embed") != 0)
                return usage_error("plugin", "--role takes embed or rerank, not '%s'", argv[next]);
            continue;
        }
        if (strcmp(argv[next], "--timeout") != 0 || next + 1 >= argc)
            return usage_error("plugin", "no such option, or nothing behind it: '%s'", argv[next]);
        if (!read_number("plugin", "--timeout", argv[++next], 1, 3600, &timeout_s))
            return EXIT_USAGE;
    }
    if (next >= argc)
        return usage_error("plugin", "no COMMAND to test");
    return test_plugin(argv + next, is_reranker, timeout_s);
}
