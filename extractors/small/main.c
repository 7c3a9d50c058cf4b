/*
 * main.c - varve-extract-small: a worker for single documents that need no large library.
 *
 * To load poppler, gmime, libarchive and what they need takes longer than to read most documents.
 * This one has all other formats, and gives the rest back (WIRE_DECLINED): then varve-extract is
 * started. Nothing is loaded later: the cage is as closed as that of the other.
 */
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include "extractors/worker.h"

enum { EXIT_TROUBLE = 2 };

static bool read_arguments(int argc, char **argv, struct worker_options *out)
{
    static const struct option options[] = {
        { "worker", no_argument, NULL, 'w' },
        { "model", required_argument, NULL, 'm' },
        { "memory", required_argument, NULL, 'y' },
        { "sandbox", required_argument, NULL, 's' },
        { NULL, 0, NULL, 0 },
    };
    bool is_worker = false;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'w':
            is_worker = true;
            break;
        case 'm':
            out->model_path = optarg;
            break;
        case 'y':
            out->memory_bytes_max = strtoull(optarg, NULL, 10);
            break;
        case 's':
            out->sandbox = optarg;
            break;
        default:
            return false;
        }
    }
    return is_worker && optind == argc;
}

int main(int argc, char **argv)
{
    struct worker_options options = { .is_small = true };
    struct error problem;

    if (!read_arguments(argc, argv, &options)) {
        (void)fputs("varve-extract-small is started by varve; try varve-extract --file FILE\n",
                    stderr);
        return EXIT_TROUBLE;
    }
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    if (!worker_run(&options, &problem))
        return EXIT_SUCCESS;
    (void)fprintf(stderr, "varve-extract-small: %s\n", problem.text);
    return EXIT_TROUBLE;
}
