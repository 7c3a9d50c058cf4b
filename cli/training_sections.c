#include "cli/training_parts.h"

#include <stdio.h>
#include <string.h>

#include "cli/hit_check.h"
#include "index/status.h"

#define SECTION_TOKENS_MAX 1024u
#define SECTION_TOKENS_MIN 16u /* less says nothing about its heading */
#define SECTION_BYTES_MAX  ((size_t)16 << 20)

struct walk {
    const struct training_options *options;
    struct hit_checker *checker;
    struct training_counts *counts;
    ask_fn *fn;
    void *user;
    const struct status_document *document;
    /* The section that is being read. */
    struct ask ask;
    struct buf heading, query, passage, section;
    uint64_t section_end; /* of the extracted text */
    uint32_t token_count;
    bool is_full; /* the limit was reached */
};

static bool is_open(const struct training_options *options, const struct status_document *document)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(2 * (size_t)OS_PATH_MAX);

    if (!options->principal)
        return true;
    buf_append(&path, document->source_path.data, document->source_path.len);
    buf_append_char(&path, '/');
    buf_append(&path, document->key.path.data, document->key.path.len);
    return buf_status(&path, NULL) == STATUS_OK && access_reads_now(options->principal, path.data);
}

/* "Guide > Refunds" asks as "Guide: Refunds"; what stands below no heading, as its document's
 * title. */
static void append_query(struct span heading, struct buf *out)
{
    const char *at = heading.data, *end = heading.data + heading.len;

    while (at < end) {
        const char *mark = memmem(at, (size_t)(end - at), " > ", 3);
        const char *stop = mark ? mark : end;

        if (at > heading.data)
            buf_append(out, ": ", 2);
        buf_append(out, at, (size_t)(stop - at));
        at = mark ? mark + 3 : end;
    }
}

static enum status end_section(struct walk *walk, struct error *err)
{
    enum status status = STATUS_OK;

    append_query(walk->heading.len > 0 ? buf_span(&walk->heading) : walk->ask.place.title,
                 &walk->query);
    if (walk->token_count >= SECTION_TOKENS_MIN && walk->query.len > 0) {
        walk->ask.query = buf_span(&walk->query);
        walk->ask.place.heading_path = buf_span(&walk->heading);
        walk->ask.passage = buf_span(&walk->passage);
        walk->ask.section = buf_span(&walk->section);
        status = buf_status(&walk->query, err);
        if (!status)
            status = buf_status(&walk->section, err);
        if (!status)
            status = walk->fn(walk->user, &walk->ask, err);
    }
    buf_clear(&walk->heading);
    buf_clear(&walk->query);
    buf_clear(&walk->passage);
    buf_clear(&walk->section);
    walk->token_count = 0;
    walk->is_full = false;
    return status;
}

static void begin_section(struct walk *walk, const struct status_piece *piece)
{
    struct hit_place *place = &walk->ask.place;

    buf_append(&walk->heading, piece->heading_path.data, piece->heading_path.len);
    buf_append(&walk->passage, piece->text.data, piece->text.len);
    place->segment_id = piece->segment_id;
    place->position = piece->position;
    place->first_page = piece->first_page;
    place->last_page = piece->last_page;
    place->is_file_range = piece->is_file_range;
    place->start = piece->is_file_range ? piece->source_start : piece->text_start;
    place->end = piece->is_file_range ? piece->source_end : piece->text_end;
}

static enum status take_piece(void *user, const struct status_piece *piece, struct error *err)
{
    struct walk *walk = user;
    struct span text = piece->text;
    enum status status = STATUS_OK;

    if (walk->section.len > 0 &&
        (piece->heading_path.len != walk->heading.len ||
         memcmp(piece->heading_path.data, walk->heading.data, walk->heading.len) != 0))
        status = end_section(walk, err);
    if (status)
        return status;
    if (walk->section.len == 0) {
        begin_section(walk, piece);
    } else if (walk->section_end > piece->text_start) { /* an overlap is not said twice */
        size_t skip = walk->section_end - piece->text_start;

        skip = skip < text.len ? skip : text.len;
        text = (struct span){ text.data + skip, text.len - skip };
    } else if (!walk->is_full && walk->section_end < piece->text_start) {
        buf_append(&walk->section, "\n\n", 2);
    }
    walk->section_end = piece->text_end;
    walk->is_full |=
        walk->token_count > 0 && walk->token_count + piece->token_count > SECTION_TOKENS_MAX;
    if (walk->is_full)
        return STATUS_OK;
    buf_append(&walk->section, text.data, text.len);
    walk->token_count += piece->token_count;
    return STATUS_OK;
}

static enum status take_document(void *user, const struct status_document *document,
                                 struct error *err)
{
    struct walk *walk = user;
    struct hit_place *place = &walk->ask.place;
    enum status status;

    if (!document->has_text || !is_open(walk->options, document))
        return STATUS_OK;
    *place = (struct hit_place){ .document_id = document->document_id,
                                 .source_id = document->key.source_id,
                                 .source_path = document->source_path,
                                 .path = document->key.path,
                                 .member = document->key.member,
                                 .stamp = document->good_stamp,
                                 .generation = document->revision_generation,
                                 .title = document->title,
                                 .media_type = document->media_type,
                                 .language = document->language,
                                 .is_behind = document->is_behind,
                                 .behind_outcome = document->outcome,
                                 .is_held = document->is_held };
    hash_to_hex(&document->revision_hash, place->revision_hash);
    if (hit_checker_stale(walk->checker, place)) {
        walk->counts->stale++;
        return STATUS_OK;
    }
    status = status_show(walk->options->kb->snapshot, &document->key, (struct span){ "", 0 },
                         take_piece, walk, err);
    return status ? status : end_section(walk, err);
}

enum status training_each_section(const struct training_options *options, ask_fn *fn, void *user,
                                  struct training_counts *counts, struct error *err)
{
    struct walk walk = { .options = options,
                         .counts = counts,
                         .fn = fn,
                         .user = user,
                         .checker = hit_checker_new(),
                         .heading = BUF_INIT(SECTION_BYTES_MAX),
                         .query = BUF_INIT(SECTION_BYTES_MAX),
                         .passage = BUF_INIT(SECTION_BYTES_MAX),
                         .section = BUF_INIT(SECTION_BYTES_MAX) };
    enum status status = walk.checker
                             ? status_each_document(options->kb->snapshot, STATUS_LIST_ALL, 0,
                                                    UINT64_MAX >> 1, take_document, &walk, err)
                             : error_set(err, STATUS_NO_MEMORY, "no memory for an export");

    hit_checker_free(walk.checker);
    buf_release(&walk.heading);
    buf_release(&walk.query);
    buf_release(&walk.passage);
    buf_release(&walk.section);
    return status;
}
