/*
 * main.c - varve-extract: the program that parses documents from outside (small/ has a part of it).
 *
 *   varve-extract --worker ...              started by the daemon, speaks ingest/wire.h on 3
 *   varve-extract --file FILE ...           one document in this process, for developers: without
 *                                           the cage, but within a worker's limits
 *   varve-extract --file FILE --member PATH the bytes of a member, in a cage, on standard output
 */
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/os.h"
#include "extractors/cage/sandbox.h"
#include "extractors/document.h"
#include "extractors/last_words.h"
#include "extractors/listing.h"
#include "extractors/member_bytes.h"
#include "extractors/worker.h"
#include "ingest/render.h"

#define INPUT_BYTES_MAX  ((size_t)1 << 30)
#define OUTPUT_BYTES_MAX ((size_t)1 << 30)

/* What varve.conf has for a worker when it says nothing: [extract] memory_mb, total_seconds. */
#define FILE_MEMORY_BYTES_MAX ((uint64_t)1 << 30)
#define FILE_CPU_SECONDS_MAX  60u

enum { EXIT_TROUBLE = 2 };

struct arguments {
    char *file, *name, *member;
    enum render_format format;
    bool is_everything, is_worker, is_listing, is_with_members, is_memory_told;
    unsigned cpu_seconds_max; /* of extract_file(); 0: no limit */
    struct worker_options worker;
    struct converters converters;
};

static int usage(void)
{
    (void)fputs(
        "usage: varve-extract --file FILE [--name NAME] [--format markdown|text|json|blocks]\n"
        "                     [--everything] [--members] [--member PATH]\n"
        "                     [--converter NAME --types PATTERNS --word PROGRAM [--word WORD] ...\n"
        "                      [--output TYPE] [--seconds N] [--memory-of BYTES]] ...\n"
        "                     [--ocr LANGUAGES] [--memory BYTES] [--cpu-seconds N]\n"
        "                     [--sandbox require|reduced|off] [--cache DIR --cache-bytes N]\n",
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
        { "members", no_argument, NULL, 'b' },
        { "member", required_argument, NULL, 'M' },
        { "worker", no_argument, NULL, 'w' },
        { "model", required_argument, NULL, 'm' },
        { "tokenizer", required_argument, NULL, 't' },
        { "memory", required_argument, NULL, 'y' },
        { "cpu-seconds", required_argument, NULL, 'c' },
        { "sandbox", required_argument, NULL, 's' },
        { "converter", required_argument, NULL, CONVERTER_OPTION_NAME },
        { "types", required_argument, NULL, CONVERTER_OPTION_TYPES },
        { "output", required_argument, NULL, CONVERTER_OPTION_OUTPUT },
        { "read", required_argument, NULL, CONVERTER_OPTION_READ },
        { "write", required_argument, NULL, CONVERTER_OPTION_WRITE },
        { "seconds", required_argument, NULL, CONVERTER_OPTION_SECONDS },
        { "memory-of", required_argument, NULL, CONVERTER_OPTION_MEMORY },
        { "output-bytes", required_argument, NULL, CONVERTER_OPTION_OUTPUT_BYTES },
        { "word", required_argument, NULL, CONVERTER_OPTION_WORD },
        { "ocr", required_argument, NULL, CONVERTER_OPTION_OCR },
        { "ocr-dpi", required_argument, NULL, CONVERTER_OPTION_OCR_DPI },
        { "ocr-pages", required_argument, NULL, CONVERTER_OPTION_OCR_PAGES },
        { "ocr-text", required_argument, NULL, CONVERTER_OPTION_OCR_TEXT },
        { "ocr-seconds", required_argument, NULL, CONVERTER_OPTION_OCR_SECONDS },
        { "ocr-memory", required_argument, NULL, CONVERTER_OPTION_OCR_MEMORY },
        { "converter-seconds", required_argument, NULL, CONVERTER_OPTION_TOTAL_SECONDS },
        { "cache", required_argument, NULL, CONVERTER_OPTION_CACHE },
        { "cache-bytes", required_argument, NULL, CONVERTER_OPTION_CACHE_BYTES },
        { "temporary", required_argument, NULL, CONVERTER_OPTION_TEMPORARY },
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
        case 'b':
            out->is_with_members = true;
            break;
        case 'M':
            out->member = optarg;
            break;
        case 'w':
            out->is_worker = true;
            break;
        case 'm':
            out->worker.model_path = optarg;
            break;
        case 't':
            out->worker.tokenizer_path = optarg;
            break;
        case 'y':
            out->worker.memory_bytes_max = strtoull(optarg, NULL, 10);
            out->is_memory_told = true;
            break;
        case 'c':
            out->cpu_seconds_max = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 's':
            out->worker.sandbox = optarg;
            break;
        case 'o':
            out->is_listing = strcmp(optarg, "blocks") == 0;
            if (!out->is_listing && !render_format_from_name(optarg, &out->format))
                return false;
            break;
        case '?':
            return false;
        default:
            if (!converters_take_option(&out->converters, option, optarg))
                return false;
        }
    }
    return (out->file || out->is_worker) && optind == argc;
}

/* What is printed, from the outermost file down. */
struct printer {
    struct detector *detector;
    struct arguments *arguments;
    struct member_budget budget;
    bool is_behind;     /* see render_behind() */
    struct span prefix; /* "" or "outer.zip": the container whose members are printed */
};

static void say(struct span path, enum outcome outcome, const char *reason)
{
    if (*reason)
        (void)fprintf(stderr, "varve-extract: %.*s: %s: %s\n", (int)path.len, path.data,
                      outcome_name(outcome), reason);
}

static enum status print_extraction(struct printer *printer, struct span path,
                                    const struct extraction *extraction, struct error *err)
{
    CLEANUP(buf_release) struct buf out = BUF_INIT(OUTPUT_BYTES_MAX);
    enum status status;

    if (printer->arguments->is_listing)
        listing_append(extraction, &out);
    else
        render_behind(extraction, printer->arguments->format, &printer->is_behind, &out);
    status = buf_status(&out, err);
    if (!status)
        status = os_write_all(1, buf_span(&out), "standard output", err);
    say(path, extraction->outcome, extraction->reason);
    return status;
}

/* How walking a container's members went. */
static void say_end(const struct printer *printer, struct span path, enum outcome outcome,
                    const char *reason)
{
    say(path, outcome, reason);
    if (printer->arguments->is_listing && *reason)
        (void)printf("end of %.*s: %s: %s\n", (int)path.len, path.data, outcome_name(outcome),
                     reason);
    (void)fflush(stdout);
}

static enum status print_tree(struct printer *printer, struct span path, struct span bytes,
                              enum outcome *outcome, struct error *err);

static enum status print_member(void *user, const struct member *member, struct error *err)
{
    struct printer *printer = user;
    CLEANUP(buf_release) struct buf path = BUF_INIT(OS_PATH_MAX);
    struct span outer = printer->prefix;
    enum outcome outcome = member->outcome;
    enum status status = STATUS_OK;

    buf_append(&path, outer.data, outer.len);
    buf_append(&path, "!/", 2);
    buf_append(&path, member->path.data, member->path.len);
    if (printer->arguments->is_listing)
        (void)printf("member %s %s\n", path.data, outcome ? outcome_name(outcome) : "");
    (void)fflush(stdout);
    if (outcome)
        say(buf_span(&path), outcome, member->reason ? member->reason : "");
    else
        status = print_tree(printer, buf_span(&path), member->bytes, &outcome, err);
    printer->prefix = outer;
    return status;
}

static enum status print_tree(struct printer *printer, struct span path, struct span bytes,
                              enum outcome *outcome, struct error *err)
{
    struct document_request request = {
        .bytes = bytes,
        .path = path,
        .keep_boilerplate = printer->arguments->is_everything,
        .budget = &printer->budget,
        .converters = &printer->arguments->converters,
    };
    CLEANUP(document_release) struct document document = { .writer = NULL };
    struct error problem;
    enum status status = document_read(&document, printer->detector, &request, err);

    if (!status)
        status = print_extraction(printer, path, &document.extraction, err);
    if (status)
        return status;
    *outcome = document.extraction.outcome;
    if (!printer->arguments->is_with_members)
        return STATUS_OK;
    printer->prefix = path;
    status = document_members(&document, print_member, printer, &problem);
    if (!status) {
        char reason[240];

        document_explain_left_out(&document, reason, sizeof(reason));
        say_end(printer, path, OUTCOME_COMPLETE, reason);
        return STATUS_OK;
    }
    *outcome = extractor_outcome(status, &problem);
    say_end(printer, path, *outcome, problem.text);
    if (err)
        *err = problem;
    return status_scope(status) == SCOPE_DOCUMENT ? STATUS_OK : status;
}

/* A pipe cannot be mapped: what comes through it is kept in piped. */
static enum status read_file(int fd, const char *name, struct buf *piped, struct span *out,
                             struct error *err)
{
    struct stat st;
    enum status status;

    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        return os_map_fd(fd, name, out, err);
    status = os_read_fd(fd, piped, name, err);
    if (!status)
        *out = buf_span(piped);
    return status;
}

static void say_out_of_memory(void *user)
{
    const char *path = user;

    say((struct span){ path, strlen(path) }, OUTCOME_OVER_LIMIT, "more memory than there is");
}

/* A signal's handler is given nothing else to find it by, and may not print. */
static char words_in_time[OS_PATH_MAX + 128];

static void end_in_time(int number)
{
    (void)number;
    (void)!write(STDERR_FILENO, words_in_time, strlen(words_in_time));
    _exit(EXIT_TROUBLE);
}

/* Behind the start of the converters, which have limits of their own. */
static enum status enter_file_limits(const struct arguments *arguments, struct error *err)
{
    uint64_t memory_bytes_max =
        arguments->is_memory_told ? arguments->worker.memory_bytes_max : FILE_MEMORY_BYTES_MAX;
    struct rlimit seconds = { arguments->cpu_seconds_max, RLIM_INFINITY };

    (void)snprintf(words_in_time, sizeof(words_in_time),
                   "varve-extract: %s: %s: took more than %u s of the processor's time\n",
                   arguments->file, outcome_name(OUTCOME_TIMED_OUT), arguments->cpu_seconds_max);
    if (arguments->cpu_seconds_max > 0 &&
        (signal(SIGXCPU, end_in_time) == SIG_ERR || setrlimit(RLIMIT_CPU, &seconds) < 0))
        return error_set_errno(err, STATUS_UNSUPPORTED, "cannot set a limit of time");
    return sandbox_limit_memory(memory_bytes_max, err);
}

static int extract_file(struct arguments *arguments)
{
    CLEANUP(buf_release) struct buf piped = BUF_INIT(INPUT_BYTES_MAX);
    struct error problem = { .status = STATUS_OK };
    struct printer printer = { .arguments = arguments };
    const char *path = arguments->name ? arguments->name : arguments->file;
    struct span bytes = { NULL, 0 };
    enum outcome outcome = OUTCOME_PENDING;
    enum sandbox_level level = SANDBOX_REQUIRE; /* of converters */
    int fd = open(arguments->file, O_RDONLY | O_CLOEXEC);
    enum status status;

    if (arguments->worker.sandbox && !sandbox_level_from_name(arguments->worker.sandbox, &level))
        return usage();
    if (fd < 0) {
        (void)fprintf(stderr, "varve-extract: cannot open '%s'\n", arguments->file);
        return EXIT_TROUBLE;
    }
    status = read_file(fd, arguments->file, &piped, &bytes, &problem);
    if (!status)
        status = converters_start(&arguments->converters, level, &problem);
    if (!status)
        status = enter_file_limits(arguments, &problem);
    if (!status)
        status = detector_new(&printer.detector, &problem);
    printer.budget = document_budget(bytes.len);
    last_words_arm(say_out_of_memory, arguments->file, EXIT_TROUBLE);
    if (!status)
        status =
            print_tree(&printer, (struct span){ path, strlen(path) }, bytes, &outcome, &problem);
    last_words_disarm();
    converters_stop(&arguments->converters);
    detector_free(printer.detector);
    if (piped.len == 0)
        os_unmap(&bytes);
    (void)close(fd);
    if (status) {
        (void)fprintf(stderr, "varve-extract: %s\n", problem.text);
        return EXIT_TROUBLE;
    }
    return outcome_has_text(outcome) || outcome == OUTCOME_NO_TEXT ? EXIT_SUCCESS : EXIT_TROUBLE;
}

/* Nothing is opened once the cage is closed. */
static enum status write_member(const struct arguments *arguments, struct detector **detector,
                                struct span bytes, struct error *err)
{
    struct member_wanted wanted = { .path = { arguments->member, strlen(arguments->member) },
                                    .fd = STDOUT_FILENO,
                                    .file = arguments->file };
    enum sandbox_level level = SANDBOX_REQUIRE;
    enum status status = detector_new(detector, err);

    if (arguments->worker.sandbox && !sandbox_level_from_name(arguments->worker.sandbox, &level))
        return error_set(err, STATUS_UNSUPPORTED, "there is no sandbox level '%s'",
                         arguments->worker.sandbox);
    if (!status)
        status = sandbox_enter(level, arguments->worker.memory_bytes_max, err);
    wanted.detector = *detector;
    return status ? status : member_bytes_write(&wanted, bytes, err);
}

static int print_bytes_of_member(const struct arguments *arguments)
{
    struct detector *detector = NULL;
    struct span bytes = { NULL, 0 };
    struct error problem = { .status = STATUS_OK };
    int fd = open(arguments->file, O_RDONLY | O_CLOEXEC);
    enum status status;

    if (fd < 0) {
        (void)fprintf(stderr, "cannot open '%s'\n", arguments->file);
        return EXIT_TROUBLE;
    }
    status = os_map_fd(fd, arguments->file, &bytes, &problem);
    if (!status)
        status = write_member(arguments, &detector, bytes, &problem);
    if (status)
        (void)fprintf(stderr, "%s\n", problem.text);
    detector_free(detector);
    os_unmap(&bytes);
    (void)close(fd);
    return status ? EXIT_TROUBLE : EXIT_SUCCESS;
}

static int work(struct arguments *arguments)
{
    struct error problem;

    if (converters_are_wanted(&arguments->converters))
        arguments->worker.converters = &arguments->converters;
    if (!worker_run(&arguments->worker, &problem))
        return EXIT_SUCCESS;
    (void)fprintf(stderr, "varve-extract: %s\n", problem.text);
    return EXIT_TROUBLE;
}

int main(int argc, char **argv)
{
    static struct arguments arguments = { .format = RENDER_MARKDOWN,
                                          .cpu_seconds_max = FILE_CPU_SECONDS_MAX,
                                          .converters = CONVERTERS_INIT };

    if (!read_arguments(argc, argv, &arguments))
        return usage();
    /* Names in archives are converted to it. */
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    if (arguments.is_worker)
        return work(&arguments);
    if (arguments.member)
        return print_bytes_of_member(&arguments);
    return extract_file(&arguments);
}
