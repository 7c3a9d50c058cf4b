/*
 * verify.c - `varve verify`: the index against itself, and the files against the index.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/os.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/kb.h"
#include "cli/verify_vectors.h"
#include "index/repair.h"
#include "index/verify.h"

static const char help[] =
    "usage: varve verify [--kb DIR] [--deep] [--repair] [--json] [--no-files]\n\n"
    "Proves that layouts, segments, texts, vectors, full text, feed and counters agree, and that "
    "each\n"
    "indexed file is as it was indexed. Prints what was checked, with counts.\n\n"
    "  --kb DIR    the knowledge base\n"
    "  --deep      every text is read and hashed, every vector and word looked at; up to 256\n"
    "              texts are embedded again, and the model is as its plugin says\n"
    "  --repair    mends what is wrong, each time the smallest part, then checks deep: what is\n"
    "              derived is made again; a document whose text is damaged is read again from its\n"
    "              file, and a text whose vector is not the model's is embedded again, by the "
    "next\n"
    "              'varve sync' or 'varve run' (one such among the up to 256: all are looked at);\n"
    "              damaged files move to DIR/aside-TIME. Not while 'varve run' is at work\n"
    "  --json      JSON lines\n"
    "  --no-files  the index alone\n\n"
    "Exit status: 0 nothing found; 1 something found; 2 wrong usage; 3 it could not be checked.\n";

struct printer {
    bool is_json;
    struct buf line;
    uint64_t files, stale;
    struct verify_vectors vectors;
};

static void print_line(struct printer *printer)
{
    buf_append_char(&printer->line, '\n');
    (void)print_buf(&printer->line);
    buf_clear(&printer->line);
}

static void told_checked(void *user, const char *what, uint64_t checked, uint64_t found)
{
    struct printer *printer = user;
    struct json_writer json = JSON_WRITER(&printer->line);

    if (printer->is_json) {
        json_put_object_begin(&json, NULL);
        json_put_text(&json, "checked", what);
        json_put_integer(&json, "count", (int64_t)checked);
        json_put_integer(&json, "found", (int64_t)found);
        json_put_object_end(&json);
    } else {
        buf_printf(&printer->line, "%s  ", found ? "BAD" : "ok ");
        append_count(&printer->line, checked);
        buf_printf(&printer->line, " %s", what);
        if (found)
            buf_printf(&printer->line, ": %llu wrong", (unsigned long long)found);
    }
    print_line(printer);
}

static void told_found(void *user, const char *check, const char *text)
{
    struct printer *printer = user;
    struct json_writer json = JSON_WRITER(&printer->line);

    if (printer->is_json) {
        json_put_object_begin(&json, NULL);
        json_put_text(&json, "check", check);
        json_put_text(&json, "found", text);
        json_put_object_end(&json);
    } else {
        buf_printf(&printer->line, "  %s: ", check);
        utf8_append_printable(&printer->line, (struct span){ text, strlen(text) });
    }
    print_line(printer);
}

/* A file that changed and is not indexed yet is behind, not wrong: strict search leaves it out. It
 * is told all the same. */
static bool look_at_file(void *user, const struct status_document *document)
{
    struct printer *printer = user;
    CLEANUP(buf_release) struct buf path = BUF_INIT(2 * (size_t)OS_PATH_MAX);
    CLEANUP(buf_release) struct buf text = BUF_INIT(8 * (size_t)OS_PATH_MAX);
    struct file_stamp now;
    struct error problem;

    printer->files++;
    buf_append(&path, document->source_path.data, document->source_path.len);
    buf_append_char(&path, '/');
    buf_append(&path, document->key.path.data, document->key.path.len);
    if (document->is_held || document->is_behind)
        return true;
    if (!os_stamp_at(AT_FDCWD, path.data, &now, &problem) &&
        os_stamp_equal(&now, &document->good_stamp))
        return true;
    printer->stale++;
    buf_printf(&text, "'%s' %s; 'varve sync' or a running 'varve run' looks at it", path.data,
               problem.sys_errno == ENOENT ? "is gone" : "changed since it was indexed");
    told_found(printer, "file", text.data);
    return false;
}

static void told_mended(void *user, const char *what, uint64_t count)
{
    struct printer *printer = user;
    struct json_writer json = JSON_WRITER(&printer->line);

    if (printer->is_json) {
        json_put_object_begin(&json, NULL);
        json_put_text(&json, "mended", what);
        json_put_integer(&json, "count", (int64_t)count);
        json_put_object_end(&json);
    } else {
        buf_printf(&printer->line, "mended  ");
        append_count(&printer->line, count);
        buf_printf(&printer->line, " %s", what);
    }
    print_line(printer);
}

/* What happens next is said, and on stderr: it is about the knowledge base, not a finding. */
static void tell_next(const struct repair_report *report)
{
    if (report->aside.len)
        fprintf(stderr, "varve: what was damaged is in '%s' now\n", report->aside.data);
    if (report->documents)
        fprintf(stderr,
                "varve: %llu documents are read again from their files by the next 'varve sync' or "
                "'varve run'\n",
                (unsigned long long)report->documents);
    if (report->revisions > report->documents)
        fprintf(stderr, "varve: %llu past revisions are lost; a backup may have them\n",
                (unsigned long long)(report->revisions - report->documents));
}

/* What can't be read at all is put aside, and there is an empty knowledge base. */
static enum status start_over(const struct kb *kb, const struct error *why,
                              struct repair_report *report, struct error *err)
{
    enum status status = repair_start_over(kb->folder.data, &report->aside, err);

    if (status)
        return status;
    fprintf(stderr,
            "varve: %s\nvarve: the database can't be mended; an empty one was begun. The next "
            "'varve sync' or 'varve run' reads all documents again; 'varve restore' brings back a "
            "backup, with its past\n",
            why->text);
    return STATUS_OK;
}

static bool is_vector_of(void *user, const struct verify_vector *vector)
{
    struct printer *printer = user;

    return verify_vectors_one(&printer->vectors, vector);
}

/* What the plugin can't say now is told by the look that follows. */
static enum status mend(struct printer *printer, const struct kb *kb, struct repair_report *report,
                        struct error *err)
{
    struct repair_options options = { .mended = told_mended,
                                      .vector = is_vector_of,
                                      .user = printer };
    enum status status = verify_vectors_open(&printer->vectors, kb, err);

    /* The rows that say which model there is may be what is damaged. */
    if (status == STATUS_CORRUPT)
        options.vector = NULL;
    if (!status || status == STATUS_CORRUPT)
        status = repair_run(kb->index, &options, report, err);
    verify_vectors_release(&printer->vectors);
    return status;
}

static enum status repair(struct printer *printer, const char *kb_option, struct error *err)
{
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    struct repair_report report = REPAIR_REPORT_INIT;
    struct error problem;
    enum status status = kb_find(&kb, kb_option, err);

    if (status)
        return status;
    status = index_open(kb.folder.data, INDEX_WRITE, &kb.index, &problem);
    if (!status)
        status = mend(printer, &kb, &report, &problem);
    if (status == STATUS_CORRUPT) {
        index_free(kb.index);
        kb.index = NULL;
        status = start_over(&kb, &problem, &report, err);
    } else if (status) {
        (void)error_set(err, status, "%s", problem.text);
    }
    if (!status)
        tell_next(&report);
    buf_release(&report.aside);
    return status;
}

/* The index, and with deep the model that is searched against its plugin. */
static enum status look(struct printer *printer, const struct kb *kb,
                        const struct verify_options *options, uint64_t *found, struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(1024);
    enum status status =
        options->is_deep ? verify_vectors_open(&printer->vectors, kb, err) : STATUS_OK;
    const char *fault = verify_vectors_model_fault(&printer->vectors);

    if (!status)
        status = verify_run(kb->snapshot, options, found, err);
    if (!status && fault) {
        buf_printf(&text,
                   "the %s of model %lld is not what its plugin says; 'varve sync' takes the "
                   "plugin's",
                   fault, (long long)printer->vectors.model_id);
        told_found(printer, "model", text.data);
        (*found)++;
    }
    if (printer->vectors.note[0])
        fprintf(stderr, "varve: %s\n", printer->vectors.note);
    verify_vectors_release(&printer->vectors);
    return status;
}

int cmd_verify(int argc, char **argv)
{
    static const struct option options[] = { { "kb", required_argument, NULL, 'k' },
                                             { "deep", no_argument, NULL, 'd' },
                                             { "json", no_argument, NULL, 'j' },
                                             { "no-files", no_argument, NULL, 'n' },
                                             { "repair", no_argument, NULL, 'r' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    struct printer printer = { .line = BUF_INIT((size_t)1 << 20) };
    struct verify_options verify = { .checked = told_checked,
                                     .found = told_found,
                                     .document = look_at_file,
                                     .vector = is_vector_of,
                                     .user = &printer };
    const char *kb_option = NULL;
    uint64_t found = 0;
    struct error problem;
    enum status status = STATUS_OK;
    bool is_repair = false;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'k')
            kb_option = optarg;
        else if (option == 'd')
            verify.is_deep = true;
        else if (option == 'r')
            is_repair = verify.is_deep = true;
        else if (option == 'j')
            printer.is_json = true;
        else if (option == 'n')
            verify.document = NULL;
        else
            return option == 'h' ? print_help(help) : EXIT_USAGE;
    }
    if (refuse_arguments(argc, argv) >= 0)
        return EXIT_USAGE;
    if (is_repair)
        status = repair(&printer, kb_option, &problem);
    if (!status)
        status = kb_open_reader(&kb, kb_option, &problem);
    if (!status)
        status = look(&printer, &kb, &verify, &found, &problem);
    buf_release(&printer.line);
    if (status)
        return fail_with(&problem);
    if (!printer.is_json) {
        if (found)
            printf("%llu wrong\n", (unsigned long long)found);
        else
            puts("nothing wrong");
    }
    return found ? EXIT_FOUND : EXIT_DONE;
}
