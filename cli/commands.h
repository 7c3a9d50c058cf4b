/*
 * commands.h - the commands of `varve`, one file each, and what they share.
 *
 * A command gets its own argv (argv[0] is its name) and returns the exit status:
 *   0 done; 1 done, and something was found or some documents failed; 2 wrong usage; 3 it failed.
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"

enum exit_status { EXIT_DONE = 0, EXIT_FOUND = 1, EXIT_USAGE = 2, EXIT_FAILED = 3 };

int cmd_approve(int argc, char **argv);
int cmd_backup(int argc, char **argv);
int cmd_chunk(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_context(int argc, char **argv);
int cmd_du(int argc, char **argv);
int cmd_erase(int argc, char **argv);
int cmd_eval(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_extract(int argc, char **argv);
int cmd_failures(int argc, char **argv);
int cmd_feed(int argc, char **argv);
int cmd_feedback(int argc, char **argv);
int cmd_gc(int argc, char **argv);
int cmd_init(int argc, char **argv);
int cmd_log(int argc, char **argv);
int cmd_model(int argc, char **argv);
int cmd_open(int argc, char **argv);
int cmd_plan(int argc, char **argv);
int cmd_plugin(int argc, char **argv);
int cmd_questions(int argc, char **argv);
int cmd_restore(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_search(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_sync(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_why(int argc, char **argv);

/* "varve: cannot open ...": on stderr, made printable. Returns EXIT_FAILED. */
int fail_with(const struct error *err);
/* argv[0] is "varve NAME", as getopt begins its complaints with it; the NAME. */
const char *command_name(char **argv);
/* "varve search: no such option ...; see 'varve search --help'". Returns EXIT_USAGE. */
int usage_error(const char *command, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* For a command that takes no arguments: -1, or EXIT_USAGE and a message when there are some. */
int refuse_arguments(int argc, char **argv);
/* Prints a command's help on stdout. Returns EXIT_DONE. */
int print_help(const char *text);
/* Writes all of it to stdout. False when nobody reads any more, or it could not be written:
 * print_end() tells of that. */
bool print_buf(const struct buf *buf);
/* Once, last. False, and a message, when something that was printed could not be written; that
 * nobody reads it any more is no failure. */
bool print_end(void);
/* "1,234,567" and "12.3 MB", for people. */
void append_count(struct buf *out, uint64_t count);
void append_bytes_size(struct buf *out, uint64_t bytes);
/* Reads a whole number from a to b; false and a message when it is none. */
bool read_number(const char *command, const char *option, const char *text, long from, long to,
                 long *out);
/* Appends words with blanks between them. False: that says nothing. */
bool join_words(char **words, int count, struct buf *out);
/* Reads a time as when.h does, a day from its first moment (is_start) or its last; false and a
 * message when it is none. */
bool read_time(const char *command, const char *option, const char *text, bool is_start,
               int64_t *out_ms);

#endif
