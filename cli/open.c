/*
 * open.c - `varve open`: shows the source of a hit, at its page or line.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/os.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/kb.h"
#include "cli/last_search.h"
#include "cli/member_file.h"
#include "cli/opener.h"
#include "cli/paths.h"

static const char help[] =
    "usage: varve open [--print] [--kb DIR] HIT\n\n"
    "Shows the source of a hit where the passage is: a PDF at its page, a text in $VISUAL or\n"
    "$EDITOR at its line, anything else as the desktop would. HIT is a number of your last\n"
    "'varve search', or a document: FILE (./2 for one whose name is a number), or FILE!/MEMBER of "
    "an\n"
    "archive or mail, with :LINE or #PAGE behind it. A member is taken out to a private, "
    "read-only\n"
    "file first.\n\n"
    "  --print   the command instead, as a shell would take it; nothing is started\n"
    "  --kb DIR  the knowledge base whose varve.conf names programs\n\n"
    "Programs by media type or name are named in [open] of varve.conf:\n"
    "  application/pdf = evince --page-index={page} {path}\n"
    "  *.tex = gvim +{line} {path}\n\n"
    "Exit status: 0 done; 2 wrong usage; 3 it failed, or the program did.\n";

#define SNIFFED_BYTES 4096

struct opening {
    struct kb kb;
    struct open_place place;
    uint64_t line;    /* as asked for, else of place.at; 0: none */
    struct buf path;  /* what the program gets: the file, or the member's own */
    bool is_a_member; /* path is a private file */
    bool is_text;
};

/* ---- which place ---- */

static bool is_number(const char *text)
{
    size_t len = strlen(text);

    return len > 0 && len < 10 && strspn(text, "0123456789") == len;
}

/* Takes ":LINE", "#PAGE" or "#page=PAGE" off the end of a name. */
static void take_position(struct opening *opening, char *name)
{
    char *mark = strrchr(name, '#');
    const char *page = mark && strncmp(mark + 1, "page=", 5) == 0 ? mark + 6 : mark ? mark + 1 : "";

    if (is_number(page)) {
        opening->place.page = (uint32_t)strtoul(page, NULL, 10);
        *mark = '\0';
        return;
    }
    mark = strrchr(name, ':');
    if (mark && is_number(mark + 1)) {
        opening->line = strtoul(mark + 1, NULL, 10);
        *mark = '\0';
    }
}

static enum status place_of_name(struct opening *opening, const char *given, struct error *err)
{
    char *name = strdup(given), *member;
    enum status status;

    if (!name)
        return error_set(err, STATUS_NO_MEMORY, "no memory");
    if (access(name, F_OK) != 0)
        take_position(opening, name);
    member = access(name, F_OK) == 0 ? NULL : strstr(name, "!/");
    if (member) {
        *member = '\0';
        buf_append(&opening->place.member, member + 2, strlen(member + 2));
    }
    status = path_absolute(name, &opening->place.file, err);
    free(name);
    return status ? status : buf_status(&opening->place.member, err);
}

static enum status find_place(struct opening *opening, const char *kb_option, const char *hit,
                              struct error *err)
{
    CLEANUP(buf_release) struct buf kb = BUF_INIT(2 * (size_t)OS_PATH_MAX);
    enum status status;

    if (is_number(hit))
        status = last_search_read((unsigned)strtoul(hit, NULL, 10), &opening->place, &kb, err);
    else
        status = place_of_name(opening, hit, err);
    return status ? status
                  : kb_find(&opening->kb, kb_option || kb.len == 0 ? kb_option : kb.data, err);
}

/* ---- what is there ---- */

static void sniff(struct opening *opening)
{
    CLEANUP(close_fd) int fd = open(opening->path.data, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char head[SNIFFED_BYTES];
    ssize_t len = fd < 0 ? 0 : read(fd, head, sizeof(head));
    struct span text = { head, len > 0 ? (size_t)len : 0 };

    if (len < 0) /* a folder */
        return;
    if (text.len >= 5 && memcmp(head, "%PDF-", 5) == 0)
        buf_append(&opening->place.media_type, "application/pdf", 15);
    else if (!memchr(head, '\0', text.len) && utf8_valid_prefix(text) + 4 > text.len) {
        buf_append(&opening->place.media_type, "text/plain", 10);
        opening->is_text = true;
    }
}

/* The line in which a byte stands. */
static uint64_t line_of(const char *path, uint64_t at)
{
    CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct span bytes = { NULL, 0 };
    uint64_t line = 1;

    if (fd < 0 || os_map_fd(fd, path, &bytes, NULL))
        return 0;
    for (size_t i = 0; i < bytes.len && i < at; i++)
        line += bytes.data[i] == '\n';
    os_unmap(&bytes);
    return line;
}

static void note_change(const struct opening *opening)
{
    const struct open_place *place = &opening->place;
    struct stat now;

    if (place->bytes == 0 || stat(place->file.data, &now) != 0)
        return;
    if ((uint64_t)now.st_size != place->bytes ||
        (int64_t)now.st_mtim.tv_sec * 1000000000 + now.st_mtim.tv_nsec != place->mtime_ns)
        fprintf(stderr, "varve: it has changed since the search: the place may be another\n");
}

static enum status make_path(struct opening *opening, struct error *err)
{
    const struct open_place *place = &opening->place;
    struct stat stat_now;

    if (stat(place->file.data, &stat_now) != 0)
        return error_set_errno(err, STATUS_UNREADABLE, "cannot open '%s'; search again",
                               place->file.data);
    note_change(opening);
    if (place->member.len > 0) {
        opening->is_a_member = true;
        return member_file_make(opening->kb.config, place->file.data, place->member.data,
                                &opening->path, err);
    }
    buf_append(&opening->path, place->file.data, place->file.len);
    return buf_status(&opening->path, err);
}

static struct open_target look(struct opening *opening)
{
    const struct open_place *place = &opening->place;

    opening->is_text = place->is_file_range;
    if (place->media_type.len == 0)
        sniff(opening);
    if (opening->line > 0)
        opening->is_text = true;
    else if (place->is_file_range)
        opening->line = line_of(opening->path.data, place->at);
    return (struct open_target){ .path = opening->path.data,
                                 .media_type = place->media_type.data,
                                 .page = place->page,
                                 .line = opening->line,
                                 .is_text = opening->is_text };
}

/* ---- starting it ---- */

/* So that it can be given to a shell. */
static void print_command(const struct open_command *command)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT((size_t)1 << 20);

    for (size_t i = 0; i < command->count; i++) {
        const char *word = command->words[i];
        bool is_plain = *word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRS"
                                                    "TUVWXYZ0123456789_-+=./:,@%")];

        if (i > 0)
            buf_append_char(&line, ' ');
        if (!is_plain)
            buf_append_char(&line, '\'');
        for (; *word; word++)
            buf_printf(&line, *word == '\'' ? "'\\'%c" : "%c", *word);
        if (!is_plain)
            buf_append_char(&line, '\'');
    }
    buf_append_char(&line, '\n');
    (void)print_buf(&line);
}

static enum status start(const struct open_command *command, pid_t *pid, struct error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failed = posix_spawn_file_actions_init(&actions) || posix_spawnattr_init(&attributes);

    if (!failed && command->way == OPEN_DETACH)
        failed = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0) ||
                 posix_spawn_file_actions_adddup2(&actions, 0, 1) ||
                 posix_spawn_file_actions_adddup2(&actions, 0, 2) ||
                 posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    if (!failed)
        failed =
            posix_spawnp(pid, command->words[0], &actions, &attributes, command->words, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    errno = failed;
    return failed ? error_set_errno(err, STATUS_UNREADABLE,
                                    "cannot start '%s'; name a program in [open] of varve.conf",
                                    command->words[0])
                  : STATUS_OK;
}

static enum status run(const struct open_command *command, struct error *err)
{
    int how = 0;
    pid_t pid = 0;
    enum status status = start(command, &pid, err);

    if (status || command->way == OPEN_DETACH)
        return status;
    while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(how) && WEXITSTATUS(how) == 0)
        return STATUS_OK;
    return error_set(err, STATUS_UNSUPPORTED,
                     "'%s' could not show it (%s %d); name a program in [open] of varve.conf",
                     command->words[0], WIFEXITED(how) ? "status" : "signal",
                     WIFEXITED(how) ? WEXITSTATUS(how) : WTERMSIG(how));
}

static enum status open_it(struct opening *opening, bool is_printed, struct error *err)
{
    struct open_target target = look(opening);
    struct open_command command;
    enum status status = opener_choose(opening->kb.config, &target, &command, err);

    if (!status && command.count == 0)
        status = error_set(err, STATUS_MALFORMED, "the command that should show it is empty");
    if (!status && !command.shows_place && target.page > 1)
        fprintf(stderr, "varve: the passage is on page %u\n", target.page);
    if (!status && is_printed)
        print_command(&command);
    else if (!status)
        status = run(&command, err);
    /* What is left is removed by a later call: member_file_tidy(). */
    if (opening->is_a_member && (status || (!is_printed && command.is_done_at_end)))
        member_file_remove(opening->path.data);
    opener_release(&command);
    return status;
}

int cmd_open(int argc, char **argv)
{
    static const struct option options[] = { { "kb", required_argument, NULL, 'k' },
                                             { "print", no_argument, NULL, 'p' },
                                             { "help", no_argument, NULL, 'h' },
                                             { NULL, 0, NULL, 0 } };
    struct opening opening = { .kb = KB_INIT,
                               .place = OPEN_PLACE_INIT,
                               .path = BUF_INIT(4 * (size_t)OS_PATH_MAX) };
    const char *kb_option = NULL;
    bool is_printed = false;
    struct error problem;
    enum status status;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'k')
            kb_option = optarg;
        else if (option == 'p')
            is_printed = true;
        else
            return option == 'h' ? print_help(help) : EXIT_USAGE;
    }
    if (argc - optind != 1)
        return usage_error("open", "which hit, or which file?");
    member_file_tidy();
    status = find_place(&opening, kb_option, argv[optind], &problem);
    if (!status)
        status = make_path(&opening, &problem);
    if (!status)
        status = open_it(&opening, is_printed, &problem);
    kb_release(&opening.kb);
    open_place_release(&opening.place);
    buf_release(&opening.path);
    return status ? fail_with(&problem) : EXIT_DONE;
}
