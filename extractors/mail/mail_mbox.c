/*
 * mail_mbox.c - a file of mails, one behind the other (RFC 4155). Each is a document of its own.
 *
 * A mail begins at a line "From ...", at the file's start or behind an empty line.
 */
#include <stdio.h>
#include <string.h>

#include "extractors/extractors.h"

static int mbox_bid(const struct bid_input *input)
{
    static const char start[] = "From ";

    if (strcmp(input->media_type, "application/mbox") != 0)
        return 0;
    return input->head.len >= sizeof(start) - 1 &&
                   memcmp(input->head.data, start, sizeof(start) - 1) == 0
               ? 95
               : 0;
}

/* Behind the line at offset; bytes.len at the end. */
static size_t next_line(struct span bytes, size_t at)
{
    const char *end = at < bytes.len ? memchr(bytes.data + at, '\n', bytes.len - at) : NULL;

    return end ? (size_t)(end - bytes.data) + 1 : bytes.len;
}

static bool is_empty_line(struct span bytes, size_t at)
{
    return bytes.data[at] == '\n' ||
           (bytes.data[at] == '\r' && at + 1 < bytes.len && bytes.data[at + 1] == '\n');
}

/* Where the next mail's "From " line begins, or bytes.len. */
static size_t next_mail(struct span bytes, size_t at)
{
    bool was_empty = false;

    while (at < bytes.len) {
        if (was_empty && bytes.len - at >= 5 && memcmp(bytes.data + at, "From ", 5) == 0)
            return at;
        was_empty = is_empty_line(bytes, at);
        at = next_line(bytes, at);
    }
    return bytes.len;
}

/* Mailboxes of many years are usual, and their mails are slices of the file: they are as many as
 * they are, and count as nothing unpacked. What one mail holds is counted as if it were alone. */
static enum status give(const struct member_budget *budget, struct span name, struct span mail,
                        member_fn *each, void *user, struct error *err)
{
    struct member member = { .path = name, .bytes = mail, .outcome = OUTCOME_PENDING };

    if (mail.len > budget->member_bytes_max) {
        member.bytes = (struct span){ NULL, 0 };
        member.outcome = OUTCOME_OVER_LIMIT;
        member.reason = "larger than a member may be";
    }
    return each(user, &member, err);
}

static enum status mbox_members(const struct source *source, member_fn *each, void *user,
                                struct error *err)
{
    struct span bytes = source->bytes;
    struct member_budget *budget = source->budget;
    uint32_t count = budget->member_count;
    size_t at = next_line(bytes, 0);
    enum status status = STATUS_OK;

    for (unsigned number = 1; !status && at < bytes.len; number++) {
        size_t end = next_mail(bytes, at);
        char name[32];

        (void)snprintf(name, sizeof(name), "%u.eml", number);
        budget->member_count = count;
        source_progress(source);
        status = give(budget, (struct span){ name, strlen(name) },
                      (struct span){ bytes.data + at, end - at }, each, user, err);
        at = next_line(bytes, end);
    }
    return status;
}

const struct extractor mbox_extractor = {
    .name = "mbox",
    .version = 5,
    .bid = mbox_bid,
    .members = mbox_members,
};
