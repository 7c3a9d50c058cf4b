/*
 * main.c - varve-extract: the only program that parses documents from outside.
 *
 *   varve-extract --worker ...                      started by the daemon, speaks ingest/wire.h on
 * 3 varve-extract --file FILE [--name NAME] [--format markdown|text|json] [--everything] one
 * document in this process, for developers
 */
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"
#include "extractors/document.h"
#include "extractors/worker.h"
#include "ingest/render.h"

#define OUTPUT_BYTES_MAX ((size_t)1 << 30)

enum { EXIT_TROUBLE = 2 };

struct arguments {
    const char *file, *name;
    enum render_format format;
    bool is_everything, is_worker;
    struct worker_options worker;
};

static int usage(void)
{
    (void)fputs("usage: varve-extract --file FILE [--name NAME] [--format markdown|text|json] "
                "[--everything]\n",
                stderr);
    return EXIT_TROUBLE;
}

static bool read_arguments(int argc, char **argv, struct arguments *out)
{
    static const struct option options[] = {
        { "file", required_argument, NULL, 'f' },
        { "name", required_argument, NULL, 'n' },
        { "format", required_argument, NULL, 'o' },
        { "everything", no_argument, NULL, 'e' },
        { "worker", no_argument, NULL, 'w' },
        { "model", required_argument, NULL, 'm' },
        { "memory", required_argument, NULL, 'y' },
        { "sandbox", required_argument, NULL, 's' },
        { NULL, 0, NULL, 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'f':
            out->file = optarg;
            break;
        case 'n':
            out->name = optarg;
            break;
        case 'e':
            out->is_everything = true;
            break;
        case 'w':
            out->is_worker = true;
            break;
        case 'm':
            out->worker.model_path = optarg;
            break;
        case 'y':
            out->worker.memory_bytes_max = strtoull(optarg, NULL, 10);
            break;
        case 's':
            out->worker.sandbox = optarg;
            break;
        case 'o':
            if (!render_format_from_name(optarg, &out->format))
                return false;
            break;
        default:
            return false;
        }
    }
    return (out->file || out->is_worker) && optind == argc;
}

static enum status print_document(struct detector *detector, struct span bytes,
                                  const struct arguments *arguments, enum outcome *outcome,
                                  struct error *err)
{
    const char *path = arguments->name ? arguments->name : arguments->file;
    struct member_budget budget = document_budget(bytes.len);
    struct document_request request = {
        .budget = &budget,
        .bytes = bytes,
        .path = { path, strlen(path) },
        .keep_boilerplate = arguments->is_everything,
    };
    struct buf out = BUF_INIT(OUTPUT_BYTES_MAX);
    struct document document;
    const struct extraction *extraction = &document.extraction;
    enum status status = document_read(&document, detector, &request, err);

    if (!status) {
        render_extraction(extraction, arguments->format, &out);
        status = buf_status(&out, err);
    }
    if (!status)
        status = os_write_all(1, buf_span(&out), "standard output", err);
    if (!status) {
        *outcome = extraction->outcome;
        if (extraction->reason[0])
            (void)fprintf(stderr, "varve-extract: %s: %s: %s\n", path,
                          outcome_name(extraction->outcome), extraction->reason);
    }
    buf_release(&out);
    document_release(&document);
    return status;
}

static int extract_file(const struct arguments *arguments)
{
    struct error problem = { .status = STATUS_OK };
    struct detector *detector = NULL;
    struct span bytes = { NULL, 0 };
    enum outcome outcome = OUTCOME_PENDING;
    int fd = open(arguments->file, O_RDONLY | O_CLOEXEC);
    enum status status;

    if (fd < 0) {
        (void)fprintf(stderr, "varve-extract: cannot open '%s'\n", arguments->file);
        return EXIT_TROUBLE;
    }
    status = os_map_fd(fd, arguments->file, &bytes, &problem);
    if (!status)
        status = detector_new(&detector, &problem);
    if (!status)
        status = print_document(detector, bytes, arguments, &outcome, &problem);
    detector_free(detector);
    os_unmap(&bytes);
    (void)close(fd);
    if (status) {
        (void)fprintf(stderr, "varve-extract: %s\n", problem.text);
        return EXIT_TROUBLE;
    }
    return outcome_has_text(outcome) || outcome == OUTCOME_NO_TEXT ? EXIT_SUCCESS : EXIT_TROUBLE;
}

static int work(const struct worker_options *options)
{
    struct error problem;

    if (!worker_run(options, &problem))
        return EXIT_SUCCESS;
    (void)fprintf(stderr, "varve-extract: %s\n", problem.text);
    return EXIT_TROUBLE;
}

int main(int argc, char **argv)
{
    struct arguments arguments = { .format = RENDER_MARKDOWN };

    if (!read_arguments(argc, argv, &arguments))
        return usage();
    /* Names in archives are converted to it. */
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    if (arguments.is_worker)
        return work(&arguments.worker);
    return extract_file(&arguments);
}
