/*
 * print.c - what all commands print alike.
 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"
#include "base/utf8.h"
#include "base/when.h"
#include "chunkers/sentence_split.h"
#include "cli/commands.h"

int fail_with(const struct error *err)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT(4096);

    buf_append(&line, "varve: ", 7);
    utf8_append_printable(&line, (struct span){ err->text, strlen(err->text) });
    if (err->sys_errno && !strstr(err->text, strerror(err->sys_errno)))
        buf_printf(&line, ": %s", strerror(err->sys_errno));
    if (buf_status(&line, NULL)) { /* no memory */
        struct error plain = *err;

        utf8_make_plain(plain.text, strlen(plain.text));
        fprintf(stderr, "varve: %s\n", plain.text);
    } else {
        fprintf(stderr, "%s\n", line.data);
    }
    return EXIT_FAILED;
}

const char *command_name(char **argv)
{
    return strchr(argv[0], ' ') + 1;
}

int usage_error(const char *command, const char *fmt, ...)
{
    bool is_question = fmt[strlen(fmt) - 1] == '?';
    va_list args;

    fprintf(stderr, "varve %s: ", command);
    va_start(args, fmt);
    (void)vfprintf(stderr, fmt, args);
    va_end(args);
    fprintf(stderr, "%s 'varve %s --help'\n", is_question ? " See" : "; see", command);
    return EXIT_USAGE;
}

int refuse_arguments(int argc, char **argv)
{
    return optind < argc ? usage_error(command_name(argv), "takes no '%s'", argv[optind]) : -1;
}

int print_help(const char *text)
{
    fputs(text, stdout);
    return EXIT_DONE;
}

/* Of the first write that failed; 0: none did. */
static int output_errno;

static bool flush(void)
{
    if (fflush(stdout) != 0 && output_errno == 0)
        output_errno = errno;
    return output_errno == 0;
}

bool print_buf(const struct buf *buf)
{
    struct error problem;

    if (!flush())
        return false;
    if (os_write_all(STDOUT_FILENO, buf_span(buf), "standard output", &problem) == STATUS_OK)
        return true;
    output_errno = problem.sys_errno;
    return false;
}

bool print_end(void)
{
    if (flush() || output_errno == EPIPE)
        return true;
    fprintf(stderr, "varve: cannot write standard output: %s\n", strerror(output_errno));
    return false;
}

void append_count(struct buf *out, uint64_t count)
{
    char digits[32];
    int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)count);

    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            buf_append_char(out, ',');
        buf_append_char(out, digits[i]);
    }
}

void append_bytes_size(struct buf *out, uint64_t bytes)
{
    static const char *const units[] = { "B", "kB", "MB", "GB", "TB" };
    double value = (double)bytes;
    size_t unit = 0;

    while (value >= 999.5 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        value /= 1000;
        unit++;
    }
    if (unit == 0 || value >= 99.95)
        buf_printf(out, "%.0f %s", value, units[unit]);
    else
        buf_printf(out, "%.1f %s", value, units[unit]);
}

bool read_number(const char *command, const char *option, const char *text, long from, long to,
                 long *out)
{
    char *end;
    long value;

    errno = 0;
    value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < from || value > to) {
        (void)usage_error(command, "%s takes a whole number from %ld to %ld, not '%s'", option,
                          from, to, text);
        return false;
    }
    *out = value;
    return true;
}

bool read_time(const char *command, const char *option, const char *text, bool is_start,
               int64_t *out_ms)
{
    if ((is_start ? when_read_start : when_read)(text, os_wall_ms(), out_ms))
        return true;
    (void)usage_error(command,
                      "%s takes a time as '2026-03-01', '2026-03-01T12:00', 'yesterday' or '2 days "
                      "ago', not '%s'",
                      option, text);
    return false;
}

bool join_words(char **words, int count, struct buf *out)
{
    for (int i = 0; i < count; i++)
        buf_printf(out, "%s%s", i > 0 ? " " : "", words[i]);
    return space_skip(buf_span(out), 0) < out->len;
}
