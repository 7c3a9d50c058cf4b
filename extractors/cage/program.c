#include "extractors/cage/program.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/cage/sandbox_program.h"
#include "extractors/cage/scratch.h"
#include "extractors/detect/advice.h"

#define PROCESSES_MAX    64u
#define FILES_MAX        10000u
#define LOOK_MS          200 /* how often the folder's size is looked at */
#define STDERR_BYTES     ((size_t)4096)
#define WORDS_BYTES_MAX  ((size_t)1 << 20)
#define CLOSE_ON_EXEC    (1U << 2) /* of close_range(): <linux/close_range.h> */
#define EXIT_NOT_STARTED 126
#define FOLDERS_MAX      16u

/* What a run consists of: paths in its folder, and open files. */
struct running {
    const struct program_run *run;
    char out[OS_PATH_MAX], outdir[OS_PATH_MAX], standard_out[OS_PATH_MAX];
    char standard_error[OS_PATH_MAX];
    int stdin_fd, stdout_fd, stderr_fd;
    struct buf text; /* of the words, NUL behind each */
    const char *words[CONVERTER_WORDS_MAX + 1];
    pid_t pid;
    int pid_fd;
};

static void running_release(struct running *running)
{
    close_fd(&running->stdin_fd);
    close_fd(&running->stdout_fd);
    close_fd(&running->stderr_fd);
    close_fd(&running->pid_fd);
    buf_release(&running->text);
}

/* ---- before the fork ---- */

/* A word with its placeholders replaced. */
static void append_word(struct running *running, const char *word)
{
    const struct {
        const char *name, *path;
    } places[] = {
        { "{in}", running->run->input },
        { "{out}", running->out },
        { "{outdir}", running->outdir },
    };

    while (*word) {
        size_t i, count = sizeof(places) / sizeof(places[0]);

        for (i = 0; i < count; i++)
            if (strncmp(word, places[i].name, strlen(places[i].name)) == 0)
                break;
        if (i < count) {
            buf_append(&running->text, places[i].path, strlen(places[i].path));
            word += strlen(places[i].name);
        } else {
            buf_append_char(&running->text, *word++);
        }
    }
    buf_append_char(&running->text, '\0');
}

static enum status make_words(struct running *running, struct error *err)
{
    const struct converter_rule *rule = running->run->rule;
    const char *at;
    enum status status;

    for (size_t i = 0; i < rule->word_count; i++)
        append_word(running, rule->words[i]);
    status = buf_status(&running->text, err);
    at = running->text.data;
    for (size_t i = 0; i < rule->word_count && !status; i++, at += strlen(at) + 1)
        running->words[i] = at;
    return status;
}

static int make_file(const char *path, int user)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd >= 0 && user >= 0 && fchown(fd, (uid_t)user, (gid_t)user) < 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static enum status make_files(struct running *running, struct error *err)
{
    const struct program_run *run = running->run;
    int user = program_cage_user(run->level);
    const struct {
        char *path;
        const char *name;
    } names[] = {
        { running->out, "out" },
        { running->outdir, "results" },
        { running->standard_out, "stdout" },
        { running->standard_error, "stderr" },
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if ((size_t)snprintf(names[i].path, OS_PATH_MAX, "%s/%s", run->folder, names[i].name) >=
            OS_PATH_MAX)
            return error_set(err, STATUS_LIMIT, "path too long: '%.200s'", run->folder);
    if (mkdir(running->outdir, 0700) < 0 ||
        (user >= 0 && chown(running->outdir, (uid_t)user, (gid_t)user) < 0))
        return error_set_errno(err, STATUS_IO, "cannot make '%s'", running->outdir);
    running->stdin_fd = open(converter_rule_names(run->rule, "{in}") ? "/dev/null" : run->input,
                             O_RDONLY | O_CLOEXEC);
    running->stdout_fd = make_file(running->standard_out, user);
    running->stderr_fd = make_file(running->standard_error, user);
    if (running->stdin_fd < 0 || running->stdout_fd < 0 || running->stderr_fd < 0)
        return error_set_errno(err, STATUS_IO, "cannot make files in '%s'", run->folder);
    return STATUS_OK;
}

/* ---- the child ---- */

static const char *const *split_folders(char *text, const char *out[FOLDERS_MAX + 1])
{
    size_t count = 0;
    char *rest = text;

    for (char *word; count < FOLDERS_MAX && (word = strtok_r(rest, " \t", &rest));)
        out[count++] = word;
    out[count] = NULL;
    return out;
}

static _Noreturn void fail_in_child(const char *what)
{
    (void)!write(2, what, strlen(what));
    (void)!write(2, "\n", 1);
    _exit(EXIT_NOT_STARTED);
}

/* The caller has one thread, so what is called here need not be async-signal-safe. */
static _Noreturn void become_program(const struct running *running, pid_t parent)
{
    const struct program_run *run = running->run;
    const struct converter_rule *rule = run->rule;
    char home[OS_PATH_MAX + 8], temporary[OS_PATH_MAX + 8];
    char *readable = strdup(rule->readable), *writable = strdup(rule->writable);
    const char *readable_folders[FOLDERS_MAX + 1], *writable_folders[FOLDERS_MAX + 1];
    struct program_cage cage = {
        .level = run->level,
        .folder = run->folder,
        .program = rule->program,
        .memory_bytes_max = rule->memory_bytes_max,
        .file_bytes_max = rule->output_bytes_max,
        .seconds_max = rule->seconds,
        .process_count_max = PROCESSES_MAX,
    };
    char *const environment[] = { (char[]){ "PATH=/usr/local/bin:/usr/bin:/bin" },
                                  (char[]){ "LANG=C.UTF-8" },
                                  (char[]){ "OMP_THREAD_LIMIT=1" }, /* as many runs as workers */
                                  home,
                                  temporary,
                                  NULL };
    union {
        const char *const *borrowed;
        char *const *passed;
    } argv = { running->words };
    struct sigaction action = { .sa_handler = SIG_DFL };
    struct error problem;
    sigset_t none;

    (void)snprintf(home, sizeof(home), "HOME=%s", run->folder);
    (void)snprintf(temporary, sizeof(temporary), "TMPDIR=%s", run->folder);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_NOT_STARTED); /* the parent died before the line above */
    for (int number = 1; number < NSIG; number++)
        (void)sigaction(number, &action, NULL); /* KILL and STOP refuse */
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)setsid(); /* no terminal, and a process group that it cannot leave */
    if (dup2(running->stdin_fd, 0) < 0 || dup2(running->stdout_fd, 1) < 0 ||
        dup2(running->stderr_fd, 2) < 0)
        _exit(EXIT_NOT_STARTED);
    (void)syscall(SYS_close_range, 3u, ~0u, CLOSE_ON_EXEC);
    if (!readable || !writable)
        fail_in_child("out of memory");
    cage.readable = split_folders(readable, readable_folders);
    cage.writable = split_folders(writable, writable_folders);
    if (program_cage_enter(&cage, &problem))
        fail_in_child(problem.text);
    if (chdir(run->folder) < 0)
        fail_in_child("cannot enter its temporary folder");
    (void)execve(rule->program, argv.passed, environment);
    (void)snprintf(problem.text, sizeof(problem.text), "cannot run '%.180s': %s", rule->program,
                   strerror(errno));
    fail_in_child(problem.text);
}

static enum status start(struct running *running, struct error *err)
{
    pid_t parent = getpid();

    running->pid = fork();
    if (running->pid == 0)
        become_program(running, parent);
    if (running->pid < 0)
        return error_set_errno(err, STATUS_IO, "cannot start a converter");
    running->pid_fd = pidfd_open(running->pid, 0);
    if (running->pid_fd >= 0)
        return STATUS_OK;
    (void)kill(running->pid, SIGKILL);
    (void)waitpid(running->pid, NULL, 0);
    return error_set_errno(err, STATUS_IO, "cannot watch a converter");
}

/* ---- to its end ---- */

static void say(struct program_end *end, enum outcome outcome, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

static void say(struct program_end *end, enum outcome outcome, const char *fmt, ...)
{
    va_list args;

    end->outcome = outcome;
    va_start(args, fmt);
    (void)vsnprintf(end->reason, sizeof(end->reason), fmt, args);
    va_end(args);
}

static bool is_over_size(const struct running *running, struct program_end *end)
{
    const struct converter_rule *rule = running->run->rule;
    unsigned file_count;
    uint64_t bytes = scratch_bytes(running->run->folder, &file_count);
    struct stat input;

    if (stat(running->run->input, &input) == 0 && bytes > (uint64_t)input.st_blocks * 512)
        bytes -= (uint64_t)input.st_blocks * 512;
    /* A converter unpacks what it reads: some times its result is fair. */
    if (bytes > 4 * rule->output_bytes_max)
        say(end, OUTCOME_OVER_LIMIT, "the converter '%s' wrote more than %llu MB and was killed",
            rule->name, (unsigned long long)(4 * rule->output_bytes_max / 1000000));
    else if (file_count > FILES_MAX)
        say(end, OUTCOME_OVER_LIMIT, "the converter '%s' wrote more than %u files and was killed",
            rule->name, FILES_MAX);
    else
        return false;
    return true;
}

/* Kills the whole group, and waits for the program itself. */
static int kill_all(struct running *running)
{
    int wait_status = 0;
    siginfo_t ended;

    (void)kill(running->pid, SIGKILL); /* it may not have made its group yet */
    (void)kill(-running->pid, SIGKILL);
    /* Its number stays taken until it is reaped, so the group is still ours to kill. */
    (void)waitid(P_PID, (id_t)running->pid, &ended, WEXITED | WNOWAIT);
    (void)kill(-running->pid, SIGKILL);
    while (waitpid(running->pid, &wait_status, 0) < 0 && errno == EINTR)
        ;
    return wait_status;
}

static enum status await(struct running *running, struct program_end *end, int *wait_status,
                         struct error *err)
{
    const struct converter_rule *rule = running->run->rule;
    int64_t deadline_ms = os_monotonic_ms() + (int64_t)rule->seconds * 1000;

    for (;;) {
        struct pollfd fds[2] = { { .fd = running->pid_fd, .events = POLLIN },
                                 { .fd = running->run->watched_fd, .events = POLLRDHUP } };
        int64_t left_ms = deadline_ms - os_monotonic_ms();

        if (left_ms <= 0) {
            (void)kill_all(running);
            say(end, OUTCOME_TIMED_OUT, "the converter '%s' took more than %u s and was killed",
                rule->name, rule->seconds);
            return STATUS_OK;
        }
        if (poll(fds, 2, (int)(left_ms < LOOK_MS ? left_ms : LOOK_MS)) < 0 && errno != EINTR) {
            (void)kill_all(running);
            return error_set_errno(err, STATUS_IO, "cannot wait for a converter");
        }
        if (fds[1].revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) {
            (void)kill_all(running);
            return error_set(err, STATUS_CANCELLED, "nobody waits for the converter any more");
        }
        if (fds[0].revents) {
            *wait_status = kill_all(running);
            return STATUS_OK;
        }
        if (is_over_size(running, end)) {
            (void)kill_all(running);
            return STATUS_OK;
        }
    }
}

/* The first line that says something, of what it wrote to standard error. */
static void first_words(const struct running *running, char out[120])
{
    CLEANUP(buf_release) struct buf line = BUF_INIT(8 * STDERR_BYTES);
    char text[STDERR_BYTES];
    ssize_t length = pread(running->stderr_fd, text, sizeof(text), 0);
    size_t start = 0, end;

    out[0] = '\0';
    while ((ssize_t)start < length && (unsigned char)text[start] <= ' ')
        start++;
    for (end = start; (ssize_t)end < length && text[end] != '\n' && text[end] != '\r';)
        end++;
    if (end == start)
        return;
    utf8_append_printable(&line, (struct span){ text + start, end - start });
    line.len = utf8_valid_prefix((struct span){ line.data, line.len < 110 ? line.len : 110 });
    (void)snprintf(out, 120, ": %.*s", (int)line.len, line.data);
}

static void explain(const struct running *running, int wait_status, struct program_end *end)
{
    const struct converter_rule *rule = running->run->rule;
    char words[120];
    int number = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;

    first_words(running, words);
    if (number == SIGXCPU)
        say(end, OUTCOME_TIMED_OUT, "the converter '%s' took more than %u s of CPU time",
            rule->name, rule->seconds);
    else if (number == SIGXFSZ)
        say(end, OUTCOME_OVER_LIMIT, "the converter '%s' wrote more than %llu MB", rule->name,
            (unsigned long long)(rule->output_bytes_max / 1000000));
    else if (number)
        say(end, OUTCOME_CRASHED, "the converter '%s' died of signal %d (%s)%s", rule->name, number,
            strsignal(number), words);
    else if (WEXITSTATUS(wait_status) == EXIT_NOT_STARTED && words[0])
        say(end, OUTCOME_UNSUPPORTED, "the converter '%s' could not be started%s", rule->name,
            words);
    else
        say(end, OUTCOME_MALFORMED, "the converter '%s' ended with status %d%s", rule->name,
            WEXITSTATUS(wait_status), words);
}

/* ---- the result ---- */

static bool is_plain_file(int fd)
{
    struct stat st;

    return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

/* The largest plain file of the folder: a converter may put pictures beside its text. */
static int open_largest(const char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    char largest[256] = "";
    off_t largest_bytes = -1;
    int fd = -1;

    if (!folder)
        return -1;
    while ((entry = readdir(folder))) {
        struct stat st;

        if (fstatat(dirfd(folder), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
            !S_ISREG(st.st_mode) || st.st_size < largest_bytes ||
            (st.st_size == largest_bytes && strcmp(entry->d_name, largest) > 0))
            continue;
        largest_bytes = st.st_size;
        (void)snprintf(largest, sizeof(largest), "%s", entry->d_name);
    }
    if (largest[0])
        fd = openat(dirfd(folder), largest, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    (void)closedir(folder);
    return fd;
}

static enum status take_result(const struct running *running, struct buf *out,
                               struct program_end *end, struct error *err)
{
    const struct converter_rule *rule = running->run->rule;
    bool is_file = converter_rule_names(rule, "{out}");
    bool is_folder = !is_file && converter_rule_names(rule, "{outdir}");
    CLEANUP(close_fd) int fd = -1;
    enum status status;

    if (is_file)
        fd = open(running->out, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    else if (is_folder)
        fd = open_largest(running->outdir);
    else
        fd = open(running->standard_out, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (!is_plain_file(fd)) {
        char words[120];

        first_words(running, words);
        say(end, OUTCOME_MALFORMED, "the converter '%s' wrote no result%s", rule->name, words);
        return STATUS_OK;
    }
    status = os_read_fd(fd, out, "a converter's result", err);
    if (status == STATUS_LIMIT)
        say(end, OUTCOME_OVER_LIMIT, "the converter '%s' wrote more than %llu MB", rule->name,
            (unsigned long long)(out->limit / 1000000));
    return status_scope(status) == SCOPE_DOCUMENT ? STATUS_OK : status;
}

enum status program_run(const struct program_run *run, struct buf *out, struct program_end *end,
                        struct error *err)
{
    CLEANUP(running_release)
    struct running running = { .run = run,
                               .stdin_fd = -1,
                               .stdout_fd = -1,
                               .stderr_fd = -1,
                               .pid_fd = -1,
                               .text = BUF_INIT(WORDS_BYTES_MAX) };
    int wait_status = -1;
    enum status status;

    *end = (struct program_end){ .outcome = OUTCOME_COMPLETE };
    if (!run->rule->program[0]) {
        const char *package = advice_package_of(run->rule->words[0]);

        say(end, OUTCOME_UNSUPPORTED,
            "the converter '%s' needs the program '%.80s', which is not installed%s%s",
            run->rule->name, run->rule->words[0], package ? ": its package is " : "",
            package ? package : "");
        return STATUS_OK;
    }
    status = make_files(&running, err);
    if (!status)
        status = make_words(&running, err);
    if (!status)
        status = start(&running, err);
    if (!status)
        status = await(&running, end, &wait_status, err);
    if (status || end->outcome != OUTCOME_COMPLETE)
        return status;
    if (wait_status != 0) {
        explain(&running, wait_status, end);
        return STATUS_OK;
    }
    return take_result(&running, out, end, err);
}
