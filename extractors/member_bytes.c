#include "extractors/member_bytes.h"

#include <string.h>

#include "base/os.h"

#define PATH_BYTES_MAX ((size_t)64 << 10)

struct walk {
    const struct member_wanted *wanted;
    struct member_budget budget;
    struct span prefix; /* of the container that is walked */
    bool is_found;
};

static enum status walk_container(struct walk *walk, struct span prefix, struct span name,
                                  struct span bytes, struct error *err);

static bool begins_with(struct span text, struct span start)
{
    return text.len >= start.len && memcmp(text.data, start.data, start.len) == 0;
}

/* CANCELLED ends the walk: the member was found. */
static enum status look_at(void *user, const struct member *member, struct error *err)
{
    struct walk *walk = user;
    struct span wanted = walk->wanted->path, outer = walk->prefix;
    CLEANUP(buf_release) struct buf path = BUF_INIT(PATH_BYTES_MAX);
    enum status status;

    buf_append(&path, outer.data, outer.len);
    if (outer.len > 0)
        buf_append(&path, "!/", 2);
    buf_append(&path, member->path.data, member->path.len);
    if (path.failed || !begins_with(wanted, buf_span(&path)))
        return STATUS_OK;
    if (wanted.len > path.len &&
        (wanted.len < path.len + 2 || memcmp(wanted.data + path.len, "!/", 2) != 0))
        return STATUS_OK;
    if (member->outcome != OUTCOME_PENDING)
        return error_set(err, STATUS_UNREADABLE, "'%s' can't be read: %s", path.data,
                         member->reason ? member->reason : outcome_name(member->outcome));
    if (wanted.len > path.len) {
        status = walk_container(walk, buf_span(&path), member->path, member->bytes, err);
        walk->prefix = outer;
        return status;
    }
    walk->is_found = true;
    status = os_write_all(walk->wanted->fd, member->bytes, "the output", err);
    return status ? status : error_set(err, STATUS_CANCELLED, "found");
}

static enum status walk_container(struct walk *walk, struct span prefix, struct span name,
                                  struct span bytes, struct error *err)
{
    struct document_request request = {
        .bytes = bytes,
        .path = name,
        .budget = &walk->budget,
        .converters = walk->wanted->converters,
    };
    CLEANUP(document_release) struct document document = { .writer = NULL };
    enum status status = document_read(&document, walk->wanted->detector, &request, err);

    walk->prefix = prefix;
    return status ? status : document_members(&document, look_at, walk, err);
}

enum status member_bytes_write(const struct member_wanted *wanted, struct span outer,
                               struct error *err)
{
    struct walk walk = { .wanted = wanted, .budget = document_budget(outer.len) };
    enum status status =
        walk_container(&walk, (struct span){ "", 0 },
                       (struct span){ wanted->file, strlen(wanted->file) }, outer, err);

    if (status == STATUS_CANCELLED && walk.is_found)
        return STATUS_OK;
    return status ? status
                  : error_set(err, STATUS_UNREADABLE, "there is no '%.*s' in it",
                              (int)wanted->path.len, wanted->path.data);
}
