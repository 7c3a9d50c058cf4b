#include "cli/last_search.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"

static enum status state_folder(struct buf *out, struct error *err)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

    if (state && state[0] == '/')
        buf_printf(out, "%s/varve", state);
    else if (home && home[0] == '/')
        buf_printf(out, "%s/.local/state/varve", home);
    else
        return error_set(err, STATUS_UNREADABLE, "neither XDG_STATE_HOME nor HOME is set");
    return buf_status(out, err);
}

void last_search_begin(struct last_search *last, const char *kb)
{
    *last = (struct last_search){ .text = BUF_INIT(LAST_SEARCH_BYTES_MAX) };
    last->json = (struct json_writer)JSON_WRITER(&last->text);
    json_put_object_begin(&last->json, NULL);
    json_put_path(&last->json, "kb", (struct span){ kb, strlen(kb) });
    json_put_array_begin(&last->json, "hits");
}

void last_search_add(struct last_search *last, const struct hit_place *place, uint64_t offset)
{
    CLEANUP(buf_release) struct buf file = BUF_INIT(2 * (size_t)OS_PATH_MAX);
    struct json_writer *json = &last->json;
    uint64_t at = place->start + offset;

    buf_append(&file, place->source_path.data, place->source_path.len);
    buf_append_char(&file, '/');
    buf_append(&file, place->path.data, place->path.len);
    json_put_object_begin(json, NULL);
    json_put_path(json, "file", buf_span(&file));
    json_put_path(json, "member", place->member);
    json_put_string(json, "media_type", place->media_type);
    json_put_integer(json, "page", place->first_page);
    if (place->is_file_range)
        json_put_integer(json, "at", (int64_t)(at < place->end ? at : place->start));
    json_put_integer(json, "bytes", (int64_t)place->stamp.size);
    json_put_integer(json, "mtime_ns", place->stamp.mtime_ns);
    json_put_object_end(json);
}

/* Without a sync: it is no loss after a power cut. */
static void replace(const char *folder, struct span text)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(2 * (size_t)OS_PATH_MAX);
    CLEANUP(buf_release) struct buf temporary = BUF_INIT(2 * (size_t)OS_PATH_MAX);
    int fd;
    bool is_written;

    buf_printf(&path, "%s/last-search", folder);
    buf_printf(&temporary, "%s/.last-search-XXXXXX", folder);
    if (path.failed || temporary.failed || os_make_folders(folder, 0700, NULL))
        return;
    fd = mkostemp(temporary.data, O_CLOEXEC);
    if (fd < 0)
        return;
    is_written = os_write_all(fd, text, temporary.data, NULL) == STATUS_OK;
    (void)close(fd);
    if (!is_written || rename(temporary.data, path.data) != 0)
        (void)unlink(temporary.data);
}

void last_search_end(struct last_search *last)
{
    CLEANUP(buf_release) struct buf folder = BUF_INIT((size_t)OS_PATH_MAX);

    json_put_array_end(&last->json);
    json_put_object_end(&last->json);
    buf_append_char(&last->text, '\n');
    if (!last->text.failed && !state_folder(&folder, NULL))
        replace(folder.data, buf_span(&last->text));
    buf_release(&last->text);
}

/* A path, from its base64 when it is no UTF-8: appended. */
static void read_path(const struct json *object, const char *name, const char *name_b64,
                      struct buf *out)
{
    struct span coded = json_read_string(json_lookup(object, name_b64));
    struct span plain = json_read_string(json_lookup(object, name));

    if (!coded.data || !base64_decode(out, coded))
        buf_append(out, plain.data, plain.len);
}

static void read_place(const struct json *hit, struct open_place *out)
{
    struct span media_type = json_read_string(json_lookup(hit, "media_type"));

    read_path(hit, "file", "file_b64", &out->file);
    read_path(hit, "member", "member_b64", &out->member);
    buf_append(&out->media_type, media_type.data, media_type.len);
    out->page = (uint32_t)json_read_integer(json_lookup(hit, "page"), 0);
    out->is_file_range = json_lookup(hit, "at") != NULL;
    out->at = (uint64_t)json_read_integer(json_lookup(hit, "at"), 0);
    out->bytes = (uint64_t)json_read_integer(json_lookup(hit, "bytes"), 0);
    out->mtime_ns = json_read_integer(json_lookup(hit, "mtime_ns"), 0);
}

enum status last_search_read(unsigned rank, struct open_place *out, struct buf *kb,
                             struct error *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(2 * (size_t)OS_PATH_MAX);
    CLEANUP(buf_release) struct buf text = BUF_INIT(LAST_SEARCH_BYTES_MAX);
    struct json *root = NULL;
    const struct json *hits;
    enum status status = state_folder(&path, err);

    buf_printf(&path, "/last-search");
    if (!status && os_read_file(path.data, &text, NULL))
        status = error_set(err, STATUS_UNREADABLE,
                           "there is no last search; run 'varve search' first, or name a file");
    if (!status)
        status = json_parse(buf_span(&text), &root, err);
    if (status)
        return status;
    hits = json_lookup(root, "hits");
    if (rank == 0 || rank > json_count(hits)) {
        status = error_set(err, STATUS_UNREADABLE,
                           "the last search has no hit %u: there are %zu; search again, or name a "
                           "file",
                           rank, json_count(hits));
    } else {
        read_path(root, "kb", "kb_b64", kb);
        read_place(json_at(hits, rank - 1), out);
        status = buf_status(&out->file, err);
    }
    json_free(root);
    return status;
}

void open_place_release(struct open_place *place)
{
    buf_release(&place->file);
    buf_release(&place->member);
    buf_release(&place->media_type);
}
