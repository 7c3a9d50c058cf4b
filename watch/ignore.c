#include "watch/ignore.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "watch/table.h"

/* What no reader would call a document. Each can be taken back with "!pattern". */
static const char *const builtin_patterns[] = {
    /* editors: backups, locks, swap files, and the file vim tries a folder's permissions with */
    "*~", ".#*", "\\#*#", "*.swp", "*.swo", "*.swx", "4913", "~$*", ".~lock.*#", ".goutputstream-*",
    /* unfinished downloads and copies */
    "*.part", "*.crdownload", "*.partial", ".nfs*", ".fuse_hidden*",
    /* desktops and file systems */
    ".DS_Store", "._*", "Thumbs.db", "desktop.ini", ".Trash-*/", "$RECYCLE.BIN/",
    "System Volume Information/", "lost+found/",
    /* other people's code, fetched by a tool and made again by it: half a million files that would
     * bury the folder's own documents */
    "node_modules/", "__pycache__/",
    /* version control keeps its own copies of everything */
    ".git", ".svn/", ".hg/", ".bzr/", "CVS/",
    /* our own rules */
    IGNORE_FILE_NAME, NULL
};

enum pattern_kind { PATTERN_GLOB, PATTERN_EXACT, PATTERN_SUFFIX, PATTERN_PREFIX };

struct pattern {
    struct span text; /* what is compared: for suffix and prefix without the star */
    enum pattern_kind kind;
    bool is_negated, is_folder_only;
    bool is_path; /* compared with the path below its folder, otherwise with the name alone */
};

/* The patterns of one file, or of a layer without a file. */
struct group {
    char *folder;
    size_t folder_len;
    char *text; /* owned: patterns point into it */
    size_t text_len;
    struct pattern *patterns;
    size_t count;
};

struct ignore {
    struct group layers[2]; /* built-in, configuration */
    struct group *folders;  /* sorted by folder */
    size_t folder_count;
};

/* One [set] at *p, against c. Leaves *p behind the ']'. False with *p unchanged: no ']' follows, so
 * the bracket is an ordinary character. */
static bool match_set(const char **p, const char *end, unsigned char c, bool *is_set)
{
    const char *s = *p + 1;
    bool is_negated = s < end && (*s == '!' || *s == '^'), matches = false;
    const char *first;

    s += is_negated;
    first = s;
    for (*is_set = false; s < end && (*s != ']' || s == first); s++) {
        unsigned char low = (unsigned char)*s, high = low;

        if (low == '\\' && s + 1 < end)
            low = high = (unsigned char)*++s;
        if (s + 2 < end && s[1] == '-' && s[2] != ']') {
            high = (unsigned char)s[2];
            s += 2;
        }
        matches = matches || (c >= low && c <= high);
    }
    if (s >= end)
        return false;
    *is_set = true;
    *p = s + 1;
    return matches != is_negated && c != '/';
}

/* Matches one pattern character (or set, or escape) at *p against c, and steps over it. */
static bool match_one(const char **p, const char *end, char c)
{
    const char *start = *p;
    bool is_set = false, matches;

    if (*start == '?') {
        *p = start + 1;
        return c != '/';
    }
    if (*start == '[') {
        matches = match_set(p, end, (unsigned char)c, &is_set);
        if (is_set)
            return matches;
    }
    if (*start == '\\' && start + 1 < end)
        start++;
    *p = start + 1;
    return *start == c;
}

struct glob {
    const char *p, *p_end, *t, *t_end;
    const char *star_p, *star_t; /* behind the newest `*`, and where it ends now; NULL: none */
    const char *deep_p, *deep_t; /* the same for `**` */
};

static void take_star(struct glob *glob)
{
    if (glob->p + 1 == glob->p_end || glob->p[1] != '*') {
        glob->star_p = ++glob->p;
        glob->star_t = glob->t;
        return;
    }
    glob->p += 2;
    if (glob->p < glob->p_end && *glob->p == '/') /* "**" and a slash match no folder at all, too */
        glob->p++;
    glob->deep_p = glob->p;
    glob->deep_t = glob->t;
    glob->star_p = NULL;
}

/* Lets the newest star that can take one more character (or, for `**` and a slash, one more name)
 * do so. False: none can. */
static bool widen_star(struct glob *glob)
{
    if (glob->star_p && glob->star_t < glob->t_end && *glob->star_t != '/') {
        glob->t = ++glob->star_t;
        glob->p = glob->star_p;
        return true;
    }
    if (!glob->deep_p || glob->deep_t >= glob->t_end)
        return false;
    glob->deep_t++;
    if (glob->deep_p[-1] == '/') {
        while (glob->deep_t < glob->t_end && glob->deep_t[-1] != '/')
            glob->deep_t++;
        if (glob->deep_t >= glob->t_end)
            return false;
    }
    glob->t = glob->deep_t;
    glob->p = glob->deep_p;
    glob->star_p = NULL;
    return true;
}

/* Only the newest star of each sort can be worth another try: what stands before a later one is
 * settled (a `*` never passes a slash, so a matched slash settles those before it). So the time is
 * bounded by the product of the lengths, whatever the pattern. */
bool ignore_glob(struct span pattern, struct span text)
{
    struct glob glob = { .p = pattern.data,
                         .p_end = pattern.data + pattern.len,
                         .t = text.data,
                         .t_end = text.data + text.len };

    while (glob.p < glob.p_end || glob.t < glob.t_end) {
        if (glob.p < glob.p_end && *glob.p == '*')
            take_star(&glob);
        else if (glob.p < glob.p_end && glob.t < glob.t_end &&
                 match_one(&glob.p, glob.p_end, *glob.t))
            glob.t++;
        else if (!widen_star(&glob))
            return false;
    }
    return true;
}

static bool has_glob(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (strchr("*?[\\", text.data[i]))
            return true;
    return false;
}

/* The common shapes are compared without the matcher: a scan asks some forty patterns per name. */
static void choose_kind(struct pattern *pattern)
{
    struct span text = pattern->text;
    struct span tail = { text.data + 1, text.len - 1 }, head = { text.data, text.len - 1 };

    pattern->kind = PATTERN_GLOB;
    if (!has_glob(text)) {
        pattern->kind = PATTERN_EXACT;
    } else if (!pattern->is_path && text.data[0] == '*' && !has_glob(tail)) {
        pattern->kind = PATTERN_SUFFIX;
        pattern->text = tail;
    } else if (!pattern->is_path && text.data[text.len - 1] == '*' && !has_glob(head)) {
        pattern->kind = PATTERN_PREFIX;
        pattern->text = head;
    }
}

/* False: a comment or an empty line. */
static bool parse_line(struct span line, struct pattern *out)
{
    *out = (struct pattern){ 0 };
    while (line.len > 0 && strchr(" \t\r", line.data[line.len - 1]) &&
           (line.len < 2 || line.data[line.len - 2] != '\\'))
        line.len--;
    if (line.len == 0 || line.data[0] == '#')
        return false;
    if (line.data[0] == '!') {
        out->is_negated = true;
        line = (struct span){ line.data + 1, line.len - 1 };
    }
    if (line.len > 0 && line.data[line.len - 1] == '/') {
        out->is_folder_only = true;
        line.len--;
    }
    if (line.len > 0 && line.data[0] == '/') {
        out->is_path = true;
        line = (struct span){ line.data + 1, line.len - 1 };
    }
    if (line.len == 0)
        return false;
    if (memchr(line.data, '/', line.len))
        out->is_path = true;
    out->text = line;
    choose_kind(out);
    return true;
}

static void group_release(struct group *group)
{
    free(group->folder);
    free(group->text);
    free(group->patterns);
    *group = (struct group){ 0 };
}

static char *copy_bytes(struct span bytes)
{
    char *copy = calloc(1, bytes.len + 1);

    if (copy && bytes.len > 0)
        memcpy(copy, bytes.data, bytes.len);
    return copy;
}

static enum status group_parse(struct group *group, struct span folder, struct span text,
                               struct error *err)
{
    size_t lines = 1;

    for (size_t i = 0; i < text.len; i++)
        lines += text.data[i] == '\n';
    *group = (struct group){ .folder = copy_bytes(folder),
                             .folder_len = folder.len,
                             .text = copy_bytes(text),
                             .text_len = text.len,
                             .patterns = calloc(lines, sizeof(struct pattern)) };
    if (!group->folder || !group->text || !group->patterns) {
        group_release(group);
        return error_set(err, STATUS_NO_MEMORY, "no memory for ignore patterns");
    }
    for (size_t start = 0; start <= text.len;) {
        const char *line = group->text + start;
        const char *end = memchr(line, '\n', text.len - start);
        size_t len = end ? (size_t)(end - line) : text.len - start;

        group->count += parse_line((struct span){ line, len }, &group->patterns[group->count]);
        start += len + 1;
    }
    return STATUS_OK;
}

static enum status layer_parse(struct group *group, const char *const *patterns, struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(IGNORE_FILE_BYTES_MAX);
    enum status status;

    for (size_t i = 0; patterns && patterns[i]; i++)
        buf_printf(&text, "%s\n", patterns[i]);
    status = buf_status(&text, err);
    return status ? status : group_parse(group, (struct span){ "", 0 }, buf_span(&text), err);
}

enum status ignore_new(const char *const *patterns, struct ignore **out, struct error *err)
{
    struct ignore *ignore = calloc(1, sizeof(*ignore));
    enum status status;

    if (!ignore)
        return error_set(err, STATUS_NO_MEMORY, "no memory for ignore patterns");
    status = layer_parse(&ignore->layers[0], builtin_patterns, err);
    if (!status)
        status = layer_parse(&ignore->layers[1], patterns, err);
    if (status) {
        ignore_free(ignore);
        return status;
    }
    *out = ignore;
    return STATUS_OK;
}

void ignore_free(struct ignore *ignore)
{
    if (!ignore)
        return;
    group_release(&ignore->layers[0]);
    group_release(&ignore->layers[1]);
    for (size_t i = 0; i < ignore->folder_count; i++)
        group_release(&ignore->folders[i]);
    free(ignore->folders);
    free(ignore);
}

static int compare_folder(const struct group *group, struct span folder)
{
    size_t len = group->folder_len < folder.len ? group->folder_len : folder.len;
    int order = len > 0 ? memcmp(group->folder, folder.data, len) : 0;

    if (order != 0)
        return order;
    return (group->folder_len > folder.len) - (group->folder_len < folder.len);
}

/* The place of folder, or where it would be put. */
static size_t folder_place(const struct ignore *ignore, struct span folder)
{
    size_t low = 0, high = ignore->folder_count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (compare_folder(&ignore->folders[middle], folder) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct group *folder_lookup(const struct ignore *ignore, struct span folder)
{
    size_t place = folder_place(ignore, folder);

    if (place < ignore->folder_count && compare_folder(&ignore->folders[place], folder) == 0)
        return &ignore->folders[place];
    return NULL;
}

static void remove_at(struct ignore *ignore, size_t place)
{
    group_release(&ignore->folders[place]);
    memmove(ignore->folders + place, ignore->folders + place + 1,
            (ignore->folder_count - place - 1) * sizeof(*ignore->folders));
    ignore->folder_count--;
}

enum status ignore_set_folder(struct ignore *ignore, struct span folder, struct span text,
                              bool *is_changed, struct error *err)
{
    const struct group *known = folder_lookup(ignore, folder);
    struct group group, *folders;
    size_t place = folder_place(ignore, folder);
    enum status status;

    *is_changed =
        known ? !span_equal((struct span){ known->text, known->text_len }, text) : text.len > 0;
    if (!*is_changed)
        return STATUS_OK;
    if (text.len == 0) {
        remove_at(ignore, place);
        return STATUS_OK;
    }
    status = group_parse(&group, folder, text, err);
    if (status)
        return status;
    if (known) {
        group_release(&ignore->folders[place]);
        ignore->folders[place] = group;
        return STATUS_OK;
    }
    folders = realloc(ignore->folders, (ignore->folder_count + 1) * sizeof(*folders));
    if (!folders) {
        group_release(&group);
        return error_set(err, STATUS_NO_MEMORY, "no memory for ignore patterns");
    }
    ignore->folders = folders;
    memmove(folders + place + 1, folders + place,
            (ignore->folder_count - place) * sizeof(*folders));
    folders[place] = group;
    ignore->folder_count++;
    return STATUS_OK;
}

void ignore_drop_folder(struct ignore *ignore, struct span folder)
{
    for (size_t i = ignore->folder_count; i-- > 0;)
        if (path_is_below((struct span){ ignore->folders[i].folder, ignore->folders[i].folder_len },
                          folder))
            remove_at(ignore, i);
}

static struct span name_of(struct span path)
{
    const char *slash = path.len > 0 ? memrchr(path.data, '/', path.len) : NULL;

    if (!slash)
        return path;
    return (struct span){ slash + 1, path.len - (size_t)(slash + 1 - path.data) };
}

static bool pattern_matches(const struct pattern *pattern, struct span below, struct span name,
                            bool is_folder)
{
    struct span text = pattern->is_path ? below : name, want = pattern->text;

    if (pattern->is_folder_only && !is_folder)
        return false;
    if (pattern->kind == PATTERN_GLOB)
        return ignore_glob(want, text);
    if (text.len < want.len || (pattern->kind == PATTERN_EXACT && text.len != want.len))
        return false;
    if (pattern->kind == PATTERN_SUFFIX)
        text.data += text.len - want.len;
    return memcmp(text.data, want.data, want.len) == 0;
}

/* -1: no pattern of the group matches; 0: taken back; 1: ignored. */
static int group_verdict(const struct group *group, struct span path, struct span name,
                         bool is_folder)
{
    size_t skip = group->folder_len > 0 ? group->folder_len + 1 : 0;
    struct span below = { path.data + skip, path.len - skip };

    for (size_t i = group->count; i-- > 0;)
        if (pattern_matches(&group->patterns[i], below, name, is_folder))
            return !group->patterns[i].is_negated;
    return -1;
}

bool ignore_matches(const struct ignore *ignore, struct span path, bool is_folder)
{
    struct span name = name_of(path), folder = { path.data, (size_t)(name.data - path.data) };
    int verdict;

    for (bool is_more = ignore->folder_count > 0; is_more;) {
        const struct group *group;

        folder.len -= folder.len > 0; /* its slash */
        group = folder_lookup(ignore, folder);
        verdict = group ? group_verdict(group, path, name, is_folder) : -1;
        if (verdict >= 0)
            return verdict;
        is_more = folder.len > 0;
        folder.len = (size_t)(name_of(folder).data - folder.data);
    }
    for (size_t i = 2; i-- > 0;) {
        verdict = group_verdict(&ignore->layers[i], path, name, is_folder);
        if (verdict >= 0)
            return verdict;
    }
    return false;
}

bool ignore_covers(const struct ignore *ignore, struct span path, bool is_folder)
{
    for (size_t i = 0; i < path.len; i++)
        if (path.data[i] == '/' && ignore_matches(ignore, (struct span){ path.data, i }, true))
            return true;
    return path.len > 0 && ignore_matches(ignore, path, is_folder);
}
