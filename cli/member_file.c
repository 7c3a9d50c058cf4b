#include "cli/member_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/os.h"
#include "cli/paths.h"

#define FOLDER_START   "varve-open-"
#define NAME_BYTES_MAX 200u
#define KEPT_S         86400
#define MEGABYTE       ((uint64_t)1000000)

static const char *base_folder(void)
{
    static const char *const names[] = { "XDG_RUNTIME_DIR", "TMPDIR" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *folder = getenv(names[i]);

        if (folder && folder[0] == '/' && access(folder, W_OK | X_OK) == 0)
            return folder;
    }
    return "/tmp";
}

/* The last name of the member's path, without what a file name can't be. */
static void append_name(struct buf *out, const char *member)
{
    const char *slash = strrchr(member, '/');
    const char *name = slash ? slash + 1 : member;
    size_t len = strlen(name);

    if (len > NAME_BYTES_MAX) /* its end says what it is */
        name += len - NAME_BYTES_MAX;
    if (name[0] == '.' || name[0] == '-' || !name[0])
        buf_append(out, "member", 6);
    for (; *name; name++)
        buf_append_char(out, (unsigned char)*name < ' ' || *name == 0x7f ? '_' : *name);
}

struct child {
    pid_t pid;
    int out, errors; /* what it writes */
};

static enum status start(const char *const *words, struct child *child, struct error *err)
{
    posix_spawn_file_actions_t actions;
    char *const environment[] = { NULL };
    int out[2], errors[2], failed;

    if (pipe2(out, O_CLOEXEC) != 0)
        return error_set_errno(err, STATUS_IO, "no pipe");
    if (pipe2(errors, O_CLOEXEC) != 0) {
        (void)close(out[0]);
        (void)close(out[1]);
        return error_set_errno(err, STATUS_IO, "no pipe");
    }
    failed = posix_spawn_file_actions_init(&actions) ||
             posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) ||
             posix_spawn_file_actions_adddup2(&actions, out[1], 1) ||
             posix_spawn_file_actions_adddup2(&actions, errors[1], 2);
    if (!failed)
        failed = posix_spawn(&child->pid, words[0], &actions, NULL, (char *const *)(uintptr_t)words,
                             environment);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(out[1]);
    (void)close(errors[1]);
    child->out = out[0];
    child->errors = errors[0];
    if (!failed)
        return STATUS_OK;
    (void)close(out[0]);
    (void)close(errors[0]);
    errno = failed;
    return error_set_errno(err, STATUS_IO, "cannot start '%s'", words[0]);
}

/* Copies to fd until the child closes its output. */
static enum status copy(int from, int fd, const char *path, uint64_t bytes_max, int64_t due_ms,
                        struct error *err)
{
    char bytes[65536];
    uint64_t total = 0;

    for (;;) {
        struct pollfd wait = { .fd = from, .events = POLLIN };
        int64_t left_ms = due_ms - os_monotonic_ms();
        ssize_t len;
        enum status status;

        if (left_ms <= 0 || poll(&wait, 1, (int)left_ms) == 0)
            return error_set(err, STATUS_LIMIT, "taking the member out takes too long");
        len = read(from, bytes, sizeof(bytes));
        if (len < 0 && errno == EINTR)
            continue;
        if (len <= 0)
            return len == 0 ? STATUS_OK : error_set_errno(err, STATUS_IO, "cannot read a member");
        total += (uint64_t)len;
        if (total > bytes_max)
            return error_set(err, STATUS_LIMIT, "the member is larger than member_mb allows");
        status = os_write_all(fd, (struct span){ bytes, (size_t)len }, path, err);
        if (status)
            return status;
    }
}

/* Ends the child, and reads what it said when it failed. */
static enum status end(struct child *child, enum status status, struct error *err)
{
    char said[240];
    ssize_t len;
    int how = 0;

    if (status)
        (void)kill(child->pid, SIGKILL);
    (void)close(child->out);
    len = status ? 0 : read(child->errors, said, sizeof(said) - 1);
    (void)close(child->errors);
    while (waitpid(child->pid, &how, 0) < 0 && errno == EINTR)
        ;
    if (status || (WIFEXITED(how) && WEXITSTATUS(how) == 0))
        return status;
    said[len > 0 ? len : 0] = '\0';
    said[strcspn(said, "\n")] = '\0';
    return error_set(err, STATUS_UNREADABLE, "%s",
                     said[0] ? said : "the reader of the archive failed");
}

static enum status fill(const struct config *config, const char *file, const char *member, int fd,
                        const char *path, struct error *err)
{
    CLEANUP(buf_release) struct buf program = BUF_INIT((size_t)OS_PATH_MAX);
    char memory[32];
    const char *words[] = { NULL,        "--file", file,       "--member", member,
                            "--sandbox", NULL,     "--memory", memory,     NULL };
    struct child child;
    enum status status = path_of_program("varve-extract", &program, err);

    (void)snprintf(memory, sizeof(memory), "%llu",
                   (unsigned long long)config->memory_mb * MEGABYTE);
    words[0] = program.data;
    words[6] = config->sandbox;
    if (!status)
        status = start(words, &child, err);
    if (status)
        return status;
    status = copy(child.out, fd, path, (uint64_t)config->member_mb * MEGABYTE,
                  os_monotonic_ms() + config->total_s * 1000, err);
    return end(&child, status, err);
}

enum status member_file_make(const struct config *config, const char *file, const char *member,
                             struct buf *out, struct error *err)
{
    CLEANUP(close_fd) int fd = -1;
    enum status status;

    buf_printf(out, "%s/" FOLDER_START "XXXXXX", base_folder());
    status = buf_status(out, err);
    if (status)
        return status;
    if (!mkdtemp(out->data))
        return error_set_errno(err, STATUS_IO, "cannot make a folder in '%s'", base_folder());
    buf_append_char(out, '/');
    append_name(out, member);
    status = buf_status(out, err);
    if (status)
        return status;
    fd = open(out->data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
    if (fd < 0)
        status = error_set_errno(err, STATUS_IO, "cannot make '%s'", out->data);
    else
        status = fill(config, file, member, fd, out->data, err);
    if (status)
        member_file_remove(out->data);
    return status;
}

void member_file_remove(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path)) : NULL;

    (void)unlink(path);
    if (folder)
        (void)rmdir(folder);
    free(folder);
}

void member_file_tidy(void)
{
    DIR *folder = opendir(base_folder());
    const struct dirent *entry;

    while (folder && (entry = readdir(folder))) {
        CLEANUP(buf_release) struct buf path = BUF_INIT((size_t)OS_PATH_MAX);
        struct stat stat;

        if (strncmp(entry->d_name, FOLDER_START, strlen(FOLDER_START)) != 0)
            continue;
        buf_printf(&path, "%s/%s", base_folder(), entry->d_name);
        if (!path.failed && lstat(path.data, &stat) == 0 && S_ISDIR(stat.st_mode) &&
            stat.st_uid == getuid() && stat.st_mtime < time(NULL) - KEPT_S)
            os_remove_tree(path.data);
    }
    if (folder)
        (void)closedir(folder);
}
