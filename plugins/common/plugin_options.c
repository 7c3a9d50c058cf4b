#include "plugins/common/plugin_options.h"

#include <stdlib.h>

enum status plugin_options_read(int argc, char **argv, const struct option *options,
                                plugin_option_fn *read, void *settings, struct error *err)
{
    int option, which = 0;

    opterr = 0;
    while ((option = getopt_long(argc, argv, "", options, &which)) != -1)
        if (option == '?' || !read(settings, option, optarg))
            return error_set(err, STATUS_UNREADABLE, "wrong option or value: '%.100s'",
                             option == '?' ? argv[optind - 1] : options[which].name);
    if (optind < argc)
        return error_set(err, STATUS_UNREADABLE, "not an option: '%.100s'", argv[optind]);
    return STATUS_OK;
}

bool plugin_option_read_long(const char *text, long least, long most, long *out)
{
    char *end;
    long value = strtol(text, &end, 10);

    if (end == text || *end || value < least || value > most)
        return false;
    *out = value;
    return true;
}

bool plugin_option_read_double(const char *text, double *out)
{
    char *end;

    *out = strtod(text, &end);
    return end != text && !*end && *out >= 0 && *out <= 1e6;
}
