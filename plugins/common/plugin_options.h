/*
 * plugin_options.h - a plugin's command line: long options, each wrong one named.
 */
#ifndef PLUGINS_COMMON_PLUGIN_OPTIONS_H
#define PLUGINS_COMMON_PLUGIN_OPTIONS_H

#include <getopt.h>

#include "base/status.h"

/* Takes an option (val of its struct option) with its value, which lives as long as argv. False:
 * the value is wrong. */
typedef bool plugin_option_fn(void *settings, int option, char *text);

/* STATUS_UNREADABLE names what is no option, or has a wrong value. options end with a zero row. */
NODISCARD enum status plugin_options_read(int argc, char **argv, const struct option *options,
                                          plugin_option_fn *read, void *settings,
                                          struct error *err);
/* A whole number from least to most. False: text is none. */
bool plugin_option_read_long(const char *text, long least, long most, long *out);
/* A number from 0 to 1,000,000. */
bool plugin_option_read_double(const char *text, double *out);

#endif
