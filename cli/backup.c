/*
 * backup.c - `varve backup DEST` and `varve restore FROM`: a copy while it runs, and back.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"
#include "cli/commands.h"
#include "cli/kb.h"
#include "cli/paths.h"
#include "index/retain.h"

#define SETTINGS_BYTES_MAX ((size_t)1 << 20)

static const char backup_help[] =
    "usage: varve backup [--kb DIR] DEST\n\n"
    "Makes a consistent, verified copy of the knowledge base's database and settings in the "
    "folder\n"
    "DEST, while 'varve run' goes on. Of a backup that is there, only pages that changed since "
    "are\n"
    "written, all of them or none. 'varve restore DEST' brings it back; --kb DEST searches it.\n";

static const char restore_help[] =
    "usage: varve restore [--kb DIR] [--force] FROM\n\n"
    "Puts a backup in place of the knowledge base, once it is verified. Where there is one "
    "already\n"
    "it refuses; not while 'varve run' is at work. What changed in the files since is read by the\n"
    "next 'varve sync' or 'varve run'. Consumers of the feed start again from\n"
    "'varve feed --list'.\n\n"
    "  --force   moves what is there to DIR/aside-TIME; nothing is deleted\n";

struct backup_options {
    const char *kb;
    bool is_forced;
};

static int read_options(int argc, char **argv, const char *help, struct backup_options *out)
{
    static const struct option options[] = { { "kb", required_argument, NULL, 'k' },
                                             { "force", no_argument, NULL, 'f' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'k')
            out->kb = optarg;
        else if (option == 'f')
            out->is_forced = true;
        else
            return option == 'h' ? print_help(help) : EXIT_USAGE;
    }
    if (optind + 1 != argc)
        return usage_error(command_name(argv), "one folder, please");
    return -1;
}

/* varve.conf from one folder to another. None is fine. */
static enum status copy_settings(const char *from, const char *to, struct error *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(2 * (size_t)OS_PATH_MAX);
    CLEANUP(buf_release) struct buf text = BUF_INIT(SETTINGS_BYTES_MAX);

    buf_printf(&path, "%s/varve.conf", from);
    if (access(path.data, F_OK) != 0)
        return STATUS_OK;
    if (os_read_file(path.data, &text, err))
        return STATUS_IO;
    buf_clear(&path);
    buf_printf(&path, "%s/varve.conf", to);
    return os_replace_file(path.data, buf_span(&text), 0600, err);
}

int cmd_backup(int argc, char **argv)
{
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    struct backup_options options = { 0 };
    struct backup_report report;
    struct error problem;
    int early = read_options(argc, argv, backup_help, &options);

    if (early >= 0)
        return early;
    if (kb_find(&kb, options.kb, &problem) ||
        index_open(kb.folder.data, INDEX_READ, &kb.index, &problem) ||
        index_backup(kb.index, argv[optind], &report, &problem) ||
        copy_settings(kb.folder.data, argv[optind], &problem))
        return fail_with(&problem);
    if (report.is_unchanged)
        printf("'%s' is up to date: nothing was written since, and it is sound\n", argv[optind]);
    else
        printf("backed up to '%s': %llu of %llu pages written\n", argv[optind],
               (unsigned long long)report.changed_pages, (unsigned long long)report.pages);
    return EXIT_DONE;
}

static enum status restore(const char *backup, const char *folder, bool is_forced,
                           struct buf *aside, struct error *err)
{
    enum status status = index_restore(backup, folder, is_forced, aside, err);

    /* The settings that were there go with their database. */
    if (!status && aside->len)
        status = copy_settings(folder, aside->data, err);
    return status ? status : copy_settings(backup, folder, err);
}

int cmd_restore(int argc, char **argv)
{
    CLEANUP(buf_release) struct buf folder = BUF_INIT(OS_PATH_MAX);
    CLEANUP(buf_release) struct buf aside = BUF_INIT(2 * (size_t)OS_PATH_MAX);
    struct backup_options options = { 0 };
    struct error problem;
    enum status status;
    int early = read_options(argc, argv, restore_help, &options);

    if (early >= 0)
        return early;
    status = path_of_kb(options.kb, &folder, &problem);
    if (!status)
        status = restore(argv[optind], folder.data, options.is_forced, &aside, &problem);
    if (status)
        return fail_with(&problem);
    printf("restored '%s'\n", folder.data);
    if (aside.len)
        printf("what was there is in '%s'\n", aside.data);
    return EXIT_DONE;
}
