#include "cli/opener.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"

/* Viewers that can be told a page, the first that is installed. */
static const struct {
    const char *program, *words[3];
} pdf_viewers[] = {
    { "evince", { "--page-index={page}", "{path}" } },
    { "okular", { "--page", "{page}", "{path}" } },
    { "zathura", { "--page={page}", "{path}" } },
    { "atril", { "--page-index={page}", "{path}" } },
    { "xreader", { "--page-index={page}", "{path}" } },
    { "qpdfview", { "{path}#{page}" } },
    { "mupdf", { "{path}", "{page}" } },
    { "xpdf", { "{path}", "{page}" } },
};

/* Editors that take a line in another way than +LINE FILE, or may end before their window has read
 * the file. */
static const struct editor {
    const char *program, *words[3];
    bool has_window;
} editors[] = {
    { "code", { "--goto", "{path}:{line}" }, true },
    { "codium", { "--goto", "{path}:{line}" }, true },
    { "subl", { "{path}:{line}" }, true },
    { "zed", { "{path}:{line}" }, true },
    { "hx", { "{path}:{line}" }, false },
    { "helix", { "{path}:{line}" }, false },
    { "kate", { "--line", "{line}", "{path}" }, true },
    { "gvim", { "+{line}", "{path}" }, true },
    { "emacsclient", { "+{line}", "{path}" }, true },
};

static bool put_word(struct open_command *out, const char *word)
{
    if (out->count + 1 == sizeof(out->words) / sizeof(out->words[0]))
        return false;
    out->words[out->count] = strdup(word);
    return out->words[out->count] && ++out->count;
}

/* A word with {path}, {page} and {line} as they are; what is not known is the first. */
static bool put_filled(struct open_command *out, const char *word, const struct open_target *target)
{
    CLEANUP(buf_release) struct buf filled = BUF_INIT(4 * (size_t)OS_PATH_MAX);

    while (*word) {
        if (strncmp(word, "{path}", 6) == 0)
            buf_printf(&filled, "%s", target->path);
        else if (strncmp(word, "{page}", 6) == 0)
            buf_printf(&filled, "%u", target->page ? target->page : 1);
        else if (strncmp(word, "{line}", 6) == 0)
            buf_printf(&filled, "%llu", (unsigned long long)(target->line ? target->line : 1));
        else
            buf_append_char(&filled, *word);
        word += *word == '{' && (strncmp(word, "{path}", 6) == 0 ||
                                 strncmp(word, "{page}", 6) == 0 || strncmp(word, "{line}", 6) == 0)
                    ? 6
                    : 1;
    }
    return !filled.failed && put_word(out, filled.data);
}

static bool is_installed(const char *program)
{
    const char *path = getenv("PATH");

    while (path && *path) {
        CLEANUP(buf_release) struct buf file = BUF_INIT(2 * (size_t)OS_PATH_MAX);
        size_t len = strcspn(path, ":");

        buf_append(&file, path, len);
        buf_printf(&file, "/%s", program);
        if (len > 0 && !file.failed && access(file.data, X_OK) == 0)
            return true;
        path += len + (path[len] == ':');
    }
    return false;
}

static bool has_desktop(void)
{
    const char *x11 = getenv("DISPLAY"), *wayland = getenv("WAYLAND_DISPLAY");

    return (x11 && *x11) || (wayland && *wayland);
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static enum status no_memory(struct error *err)
{
    return error_set(err, STATUS_NO_MEMORY, "no memory for a command, or it is too long");
}

/* Words of a command line, filled. */
static enum status put_command(const char *setting, const char *command,
                               const struct open_target *target, struct open_command *out,
                               struct error *err)
{
    struct plugin_words words;
    bool is_done = true;
    enum status status = plugin_words_split(setting, command, &words, err);

    if (status)
        return status;
    for (size_t i = 0; words.words[i] && is_done; i++)
        is_done = put_filled(out, words.words[i], target);
    plugin_words_release(&words);
    return is_done ? STATUS_OK : no_memory(err);
}

static enum status use_rule(const struct config_opener *rule, const struct open_target *target,
                            struct open_command *out, struct error *err)
{
    out->way = OPEN_WAIT;
    out->shows_place = strstr(rule->command, "{page}") || strstr(rule->command, "{line}");
    return put_command("a command in [open] of varve.conf", rule->command, target, out, err);
}

static bool rule_matches(const struct config_opener *rule, const struct open_target *target)
{
    const char *subject = strchr(rule->pattern, '/') ? target->media_type : name_of(target->path);

    return fnmatch(rule->pattern, subject, FNM_CASEFOLD) == 0;
}

static enum status use_editor(const char *variable, const char *command,
                              const struct open_target *target, struct open_command *out,
                              struct error *err)
{
    static const struct editor plain = { "", { "+{line}", "{path}" }, false };
    const struct editor *editor = &plain;
    bool is_done = true;
    enum status status = put_command(variable, command, target, out, err);

    if (status)
        return status;
    for (size_t i = 0; out->count > 0 && i < sizeof(editors) / sizeof(editors[0]); i++)
        if (strcmp(name_of(out->words[0]), editors[i].program) == 0)
            editor = &editors[i];
    for (size_t i = 0; i < 3 && editor->words[i] && is_done; i++)
        if (target->line > 0 || editor->words[i][0] != '+')
            is_done = put_filled(out, editor->words[i], target);
    out->way = OPEN_WAIT;
    out->shows_place = true;
    out->is_done_at_end = !editor->has_window;
    return is_done ? STATUS_OK : no_memory(err);
}

static enum status use_viewer(size_t viewer, const struct open_target *target,
                              struct open_command *out, struct error *err)
{
    bool is_done = put_word(out, pdf_viewers[viewer].program);

    for (size_t i = 0; i < 3 && pdf_viewers[viewer].words[i] && is_done; i++)
        is_done = put_filled(out, pdf_viewers[viewer].words[i], target);
    out->way = OPEN_DETACH;
    out->shows_place = true;
    return is_done ? STATUS_OK : no_memory(err);
}

static enum status use_desktop(const struct open_target *target, struct open_command *out,
                               struct error *err)
{
    const char *what = target->media_type[0] ? target->media_type : "it";

    if (!has_desktop())
        return error_set(err, STATUS_UNSUPPORTED, "there is no desktop here to show '%s': %s",
                         target->path,
                         target->is_text ? "set $EDITOR, or name a program in [open] of varve.conf"
                                         : "name a program in [open] of varve.conf");
    if (!is_installed("xdg-open"))
        return error_set(err, STATUS_UNSUPPORTED,
                         "no program for %s: install xdg-utils, or name one in [open] of "
                         "varve.conf",
                         what);
    out->way = OPEN_WAIT;
    out->shows_place = false;
    return put_word(out, "xdg-open") && put_word(out, target->path) ? STATUS_OK : no_memory(err);
}

enum status opener_choose(const struct config *config, const struct open_target *target,
                          struct open_command *out, struct error *err)
{
    const char *visual = getenv("VISUAL"), *editor = getenv("EDITOR");

    *out = (struct open_command){ .count = 0 };
    for (size_t i = 0; i < config->opener_count; i++)
        if (rule_matches(&config->openers[i], target))
            return use_rule(&config->openers[i], target, out, err);
    if (target->is_text && visual && *visual)
        return use_editor("$VISUAL", visual, target, out, err);
    if (target->is_text && editor && *editor)
        return use_editor("$EDITOR", editor, target, out, err);
    if (strcmp(target->media_type, "application/pdf") == 0 && has_desktop())
        for (size_t i = 0; i < sizeof(pdf_viewers) / sizeof(pdf_viewers[0]); i++)
            if (is_installed(pdf_viewers[i].program))
                return use_viewer(i, target, out, err);
    return use_desktop(target, out, err);
}

void opener_release(struct open_command *command)
{
    for (size_t i = 0; i < command->count; i++)
        free(command->words[i]);
    *command = (struct open_command){ .count = 0 };
}
