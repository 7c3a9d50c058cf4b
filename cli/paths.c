#include "cli/paths.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"

static enum status make_absolute(const char *path, struct buf *out, struct error *err)
{
    char folder[OS_PATH_MAX];

    buf_clear(out);
    if (path[0] != '/') {
        if (!getcwd(folder, sizeof(folder)))
            return error_set_errno(err, STATUS_UNREADABLE, "cannot find the current folder");
        buf_printf(out, "%s/", folder);
    }
    buf_append(out, path, strlen(path));
    while (out->len > 1 && out->data[out->len - 1] == '/')
        out->data[--out->len] = '\0';
    return buf_status(out, err);
}

enum status path_of_kb(const char *option, struct buf *out, struct error *err)
{
    const char *home;

    if (!option)
        option = getenv("VARVE_KB");
    if (option && *option)
        return make_absolute(option, out, err);
    buf_clear(out);
    home = getenv("XDG_DATA_HOME");
    if (home && home[0] == '/') {
        buf_printf(out, "%s/varve", home);
        return buf_status(out, err);
    }
    home = getenv("HOME");
    if (!home || home[0] != '/')
        return error_set(err, STATUS_UNREADABLE,
                         "no folder for the knowledge base: give --kb DIR or set VARVE_KB");
    buf_printf(out, "%s/.local/share/varve", home);
    return buf_status(out, err);
}

static enum status path_beside(const char *installed, const char *name, int mode, struct buf *out,
                               struct error *err)
{
    CLEANUP(buf_release) struct buf folder = BUF_INIT(OS_PATH_MAX);
    enum status status = os_executable_folder(&folder, err);

    if (status)
        return status;
    buf_clear(out);
    buf_printf(out, "%s/%s", folder.data, name);
    if (access(out->data, mode) == 0)
        return buf_status(out, err);
    buf_clear(out);
    buf_printf(out, "%s/%s/%s", folder.data, installed, name);
    if (access(out->data, mode) == 0)
        return buf_status(out, err);
    return error_set(err, STATUS_UNREADABLE,
                     "'%s' is missing: it belongs beside varve or in %s/%s; run 'make install'",
                     name, folder.data, installed);
}

enum status path_of_program(const char *name, struct buf *out, struct error *err)
{
    return path_beside("../libexec/varve", name, X_OK, out, err);
}

enum status path_of_boundary_model(struct buf *out, struct error *err)
{
    return path_beside("../share/varve", "default.semb", R_OK, out, err);
}

enum status path_of_embedding_model(struct buf *out, struct error *err)
{
    return path_beside("../share/varve", "embed.semb", R_OK, out, err);
}

enum status path_absolute(const char *path, struct buf *out, struct error *err)
{
    char *real = realpath(path, NULL);

    if (!real)
        return error_set_errno(err, STATUS_UNREADABLE, "cannot find '%s'", path);
    buf_clear(out);
    buf_append(out, real, strlen(real));
    free(real);
    return buf_status(out, err);
}

/* The last name is kept as it is, so that a symbolic link is told of and not where it leads. */
enum status path_absolute_gone(const char *path, struct buf *out, struct error *err)
{
    CLEANUP(buf_release) struct buf full = BUF_INIT(2 * (size_t)OS_PATH_MAX);
    enum status status = make_absolute(path, &full, err);
    size_t len = full.len;

    while (!status && len > 0) {
        char kept;
        char *real;

        do
            len--;
        while (len > 0 && full.data[len] != '/');
        kept = full.data[len];
        full.data[len] = '\0';
        real = realpath(len > 0 ? full.data : "/", NULL);
        full.data[len] = kept;
        if (!real)
            continue;
        buf_clear(out);
        buf_append(out, real, strcmp(real, "/") == 0 ? 0 : strlen(real));
        free(real);
        buf_append(out, full.data + len, full.len - len);
        return buf_status(out, err);
    }
    if (status)
        return status;
    buf_clear(out);
    buf_append(out, full.data, full.len);
    return buf_status(out, err);
}

/* Only what stands before "!/" is a path of the disk. */
enum status path_of_document(const char *file, struct buf *out, struct error *err)
{
    const char *member = strstr(file, "!/");
    CLEANUP(buf_release) struct buf outer = BUF_INIT(16384);
    enum status status;

    buf_append(&outer, file, member ? (size_t)(member - file) : strlen(file));
    status = path_absolute_gone(outer.data, out, err);
    if (!status && member)
        buf_append(out, member, strlen(member));
    return status ? status : buf_status(out, err);
}
