/*
 * diff.c - `varve diff FILE [A [B]]`: what changed between two revisions of a document.
 *
 * Segments are compared first: those that both have are not shown. Where some went and others came,
 * their lines are compared, so that a small change in a long segment is seen.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/diff.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/document_option.h"
#include "index/status.h"

static const char help[] =
    "usage: varve diff [--kb DIR] [--json] FILE [A [B]]\n\n"
    "Shows what changed in a document between revision A (otherwise the one before B) and B\n"
    "(otherwise the one that is indexed), by segment. A revision is a generation, the beginning "
    "of\n"
    "a content hash, as 'varve log' prints them, or a time: 2026-03-01, yesterday, '2 days "
    "ago'.\n\n"
    "  --kb DIR   the knowledge base\n"
    "  --json     JSON lines, one a segment that went or came\n\n"
    "Exit status: 0 no difference; 1 there are some; 2 wrong usage; 3 it failed.\n";

#define DIFF_BYTES_MAX ((size_t)2 << 30) /* of both texts */

#define COLOUR_REMOVED "\033[31m"
#define COLOUR_ADDED   "\033[32m"
#define COLOUR_PLACE   "\033[36m"
#define COLOUR_END     "\033[m"

struct side {
    struct arena arena;
    struct status_piece *pieces; /* their spans lie in the arena */
    uint64_t *keys;
    bool *is_kept;
    size_t count, capacity;
};

struct lines {
    struct span *lines;
    uint64_t *keys;
    bool *is_kept;
    size_t count;
};

struct printer {
    struct buf out;
    bool is_json, is_coloured;
};

/* ---- the two revisions ---- */

static bool keep_copy(struct arena *arena, struct span *span)
{
    char *copy = arena_copy(arena, *span);

    if (copy)
        span->data = copy;
    return copy != NULL;
}

static enum status note_piece(void *user, const struct status_piece *piece, struct error *err)
{
    struct side *side = user;
    struct status_piece *copy;

    if (side->count == side->capacity) {
        size_t capacity = side->capacity ? side->capacity * 2 : 64;
        struct status_piece *more = realloc(side->pieces, capacity * sizeof(*more));

        if (!more)
            return error_set(err, STATUS_NO_MEMORY, "no memory for a revision");
        side->pieces = more;
        side->capacity = capacity;
    }
    copy = &side->pieces[side->count];
    *copy = *piece;
    if (!keep_copy(&side->arena, &copy->heading_path) || !keep_copy(&side->arena, &copy->repeat) ||
        !keep_copy(&side->arena, &copy->text))
        return error_set(err, STATUS_NO_MEMORY, "no memory for a revision");
    side->count++;
    return STATUS_OK;
}

/* What is embedded of it: a segment below another heading is another one. */
static uint64_t piece_key(const struct status_piece *piece)
{
    return hash_table_key(piece->heading_path) * 31 + hash_table_key(piece->repeat) * 17 +
           hash_table_key(piece->text);
}

static enum status side_read(struct side *side, const struct document_option *option,
                             struct span revision, struct error *err)
{
    enum status status =
        status_show(option->kb.snapshot, &option->key, revision, note_piece, side, err);

    if (status)
        return status;
    side->keys = calloc(side->count + 1, sizeof(*side->keys));
    side->is_kept = calloc(side->count + 1, sizeof(*side->is_kept));
    if (!side->keys || !side->is_kept)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a revision");
    for (size_t i = 0; i < side->count; i++)
        side->keys[i] = piece_key(&side->pieces[i]);
    return STATUS_OK;
}

static void side_release(struct side *side)
{
    arena_release(&side->arena);
    free(side->pieces);
    free(side->keys);
    free(side->is_kept);
}

/* ---- lines of the segments that differ ---- */

static void lines_release(struct lines *lines)
{
    free(lines->lines);
    free(lines->keys);
    free(lines->is_kept);
}

static size_t count_lines(struct span text)
{
    size_t count = 1;

    for (size_t i = 0; i < text.len; i++)
        count += text.data[i] == '\n';
    return count;
}

static void split_lines(struct span text, struct lines *lines)
{
    while (true) {
        const char *end = text.len ? memchr(text.data, '\n', text.len) : NULL;
        size_t len = end ? (size_t)(end - text.data) : text.len;

        lines->lines[lines->count] = (struct span){ text.data, len };
        lines->keys[lines->count] = hash_table_key(lines->lines[lines->count]);
        lines->count++;
        if (!end)
            return;
        text = (struct span){ end + 1, text.len - len - 1 };
    }
}

/* Those of pieces from first up to past; an empty line between two of them. */
static enum status lines_read(const struct side *side, size_t first, size_t past,
                              struct lines *lines, struct error *err)
{
    size_t room = 1;

    for (size_t i = first; i < past; i++)
        room += count_lines(side->pieces[i].text) + 1;
    lines->lines = calloc(room, sizeof(*lines->lines));
    lines->keys = calloc(room, sizeof(*lines->keys));
    lines->is_kept = calloc(room, sizeof(*lines->is_kept));
    if (!lines->lines || !lines->keys || !lines->is_kept)
        return error_set(err, STATUS_NO_MEMORY, "no memory for the lines");
    for (size_t i = first; i < past; i++) {
        if (i > first)
            split_lines((struct span){ "", 0 }, lines);
        split_lines(side->pieces[i].text, lines);
    }
    return STATUS_OK;
}

static void print_line(struct printer *printer, char mark, struct span line)
{
    const char *colour = mark == '-' ? COLOUR_REMOVED : mark == '+' ? COLOUR_ADDED : "";

    if (printer->is_coloured)
        buf_printf(&printer->out, "%s", colour);
    buf_append_char(&printer->out, mark);
    utf8_append_printable(&printer->out, line);
    if (printer->is_coloured && *colour)
        buf_printf(&printer->out, "%s", COLOUR_END);
    buf_append_char(&printer->out, '\n');
}

static void print_lines(struct printer *printer, const struct lines *a, const struct lines *b)
{
    size_t i = 0, k = 0;

    while (i < a->count || k < b->count) {
        while (i < a->count && !a->is_kept[i])
            print_line(printer, '-', a->lines[i++]);
        while (k < b->count && !b->is_kept[k])
            print_line(printer, '+', b->lines[k++]);
        for (; i < a->count && k < b->count && a->is_kept[i] && b->is_kept[k]; i++, k++)
            print_line(printer, ' ', a->lines[i]);
    }
}

/* ---- a run of segments that differ ---- */

static void append_place(struct buf *out, char mark, const struct side *side, size_t first,
                         size_t past)
{
    const struct status_piece *piece = &side->pieces[first];

    if (past == first)
        return;
    buf_printf(out, " %c%u", mark, piece->position);
    if (past - first > 1)
        buf_printf(out, "-%u", side->pieces[past - 1].position);
    if (piece->first_page)
        buf_printf(out, " (page %u)", piece->first_page);
}

static void print_place(struct printer *printer, const struct side *a, size_t a_first,
                        size_t a_past, const struct side *b, size_t b_first, size_t b_past)
{
    struct span heading =
        b_past > b_first ? b->pieces[b_first].heading_path : a->pieces[a_first].heading_path;

    buf_printf(&printer->out, "%s@@ segments", printer->is_coloured ? COLOUR_PLACE : "");
    append_place(&printer->out, '-', a, a_first, a_past);
    append_place(&printer->out, '+', b, b_first, b_past);
    buf_append(&printer->out, " @@", 3);
    if (heading.len) {
        buf_append_char(&printer->out, ' ');
        utf8_append_printable(&printer->out, heading);
    }
    buf_printf(&printer->out, "%s\n", printer->is_coloured ? COLOUR_END : "");
}

static void put_pieces(struct printer *printer, const char *change, const struct side *side,
                       size_t first, size_t past)
{
    for (size_t i = first; i < past; i++) {
        struct json_writer json = JSON_WRITER(&printer->out);
        const struct status_piece *piece = &side->pieces[i];

        json_put_object_begin(&json, NULL);
        json_put_text(&json, "change", change);
        json_put_integer(&json, "position", piece->position);
        json_put_integer(&json, "segment", piece->segment_id);
        json_put_string(&json, "heading_path", piece->heading_path);
        json_put_string(&json, "text", piece->text);
        json_put_object_end(&json);
        buf_append_char(&printer->out, '\n');
    }
}

static enum status print_run(struct printer *printer, const struct side *a, size_t a_first,
                             size_t a_past, const struct side *b, size_t b_first, size_t b_past,
                             struct error *err)
{
    CLEANUP(lines_release) struct lines before = { 0 };
    CLEANUP(lines_release) struct lines after = { 0 };
    enum status status;

    if (printer->is_json) {
        put_pieces(printer, "removed", a, a_first, a_past);
        put_pieces(printer, "added", b, b_first, b_past);
        return buf_status(&printer->out, err);
    }
    print_place(printer, a, a_first, a_past, b, b_first, b_past);
    status = lines_read(a, a_first, a_past, &before, err);
    if (!status)
        status = lines_read(b, b_first, b_past, &after, err);
    if (!status)
        status = diff_items(before.keys, before.count, after.keys, after.count, before.is_kept,
                            after.is_kept, err);
    if (status)
        return status;
    print_lines(printer, &before, &after);
    return buf_status(&printer->out, err);
}

/* *run_count: how many places differ. */
static enum status print_difference(struct printer *printer, struct side *a, struct side *b,
                                    size_t *run_count, struct error *err)
{
    size_t i = 0, k = 0;
    enum status status =
        diff_items(a->keys, a->count, b->keys, b->count, a->is_kept, b->is_kept, err);

    while (!status && (i < a->count || k < b->count)) {
        size_t a_first, b_first;

        while (i < a->count && k < b->count && a->is_kept[i] && b->is_kept[k]) {
            i++;
            k++;
        }
        a_first = i;
        b_first = k;
        while (i < a->count && !a->is_kept[i])
            i++;
        while (k < b->count && !b->is_kept[k])
            k++;
        if (i == a_first && k == b_first)
            break;
        (*run_count)++;
        status = print_run(printer, a, a_first, i, b, b_first, k, err);
    }
    return status;
}

/* ---- which revisions ---- */

struct newest {
    struct span wanted;             /* "": the newest of all */
    int64_t seen_born, before_born; /* generations; 0: none */
    int64_t generation;             /* of wanted, when it is one; else 0 */
};

/* Newest first: the first that matches, then the one behind it. */
static enum status note_revision(void *user, const struct status_revision *revision,
                                 struct error *err)
{
    struct newest *newest = user;
    char hex[HASH_HEX_BYTES];

    (void)err;
    hash_to_hex(&revision->content_hash, hex);
    if (newest->seen_born && !newest->before_born && revision->born < newest->seen_born)
        newest->before_born = revision->born;
    if (newest->seen_born)
        return STATUS_OK;
    if (newest->wanted.len == 0 ||
        (newest->generation && revision->born <= newest->generation &&
         (revision->died == 0 || revision->died > newest->generation)) ||
        (newest->wanted.len < sizeof(hex) &&
         memcmp(hex, newest->wanted.data, newest->wanted.len) == 0))
        newest->seen_born = revision->born;
    return STATUS_OK;
}

/* The one before b. */
static enum status find_before(const struct document_option *option, struct span b, struct buf *a,
                               struct error *err)
{
    struct newest newest = { .wanted = b };
    int64_t now = snapshot_generation(option->kb.snapshot);
    enum status status;

    if (b.len && kb_read_generation(&option->kb, b.data, &newest.generation, NULL) == STATUS_OK &&
        newest.generation > now)
        newest.generation = 0;
    status = status_log(option->kb.snapshot, &option->key, note_revision, &newest, err);
    if (status)
        return status;
    if (newest.seen_born == 0)
        return error_set(err, STATUS_UNREADABLE, "no revision '%s' of '%s' is kept", b.data,
                         option->path.data);
    if (newest.before_born == 0)
        return error_set(err, STATUS_UNREADABLE, "no revision of '%s' before that one is kept",
                         option->path.data);
    buf_printf(a, "%lld", (long long)newest.before_born);
    return buf_status(a, err);
}

static enum status name_revisions(const struct document_option *option, struct buf *a,
                                  struct buf *b, struct error *err)
{
    enum status status = STATUS_OK;

    if (option->rest_count > 1)
        status = document_option_revision(option, option->rest[1], b, err);
    if (!status && option->rest_count > 0)
        return document_option_revision(option, option->rest[0], a, err);
    return status ? status : find_before(option, buf_span(b), a, err);
}

int cmd_diff(int argc, char **argv)
{
    CLEANUP(document_option_release) struct document_option option = DOCUMENT_OPTION_INIT;
    CLEANUP(buf_release) struct buf a_name = BUF_INIT(256);
    CLEANUP(buf_release) struct buf b_name = BUF_INIT(256);
    struct side a = { .arena = ARENA_INIT(DIFF_BYTES_MAX) };
    struct side b = { .arena = ARENA_INIT(DIFF_BYTES_MAX) };
    struct printer printer = { .out = BUF_INIT(DIFF_BYTES_MAX) };
    size_t run_count = 0;
    struct error problem;
    enum status status;
    int early;

    option.rest_max = 2;
    early = document_option_read(&option, argc, argv, help, NULL);
    if (early >= 0)
        return early;
    printer.is_json = option.is_json;
    printer.is_coloured = !option.is_json && isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
    status = name_revisions(&option, &a_name, &b_name, &problem);
    if (!status)
        status = side_read(&a, &option, buf_span(&a_name), &problem);
    if (!status)
        status = side_read(&b, &option, buf_span(&b_name), &problem);
    if (!status)
        status = print_difference(&printer, &a, &b, &run_count, &problem);
    if (!status)
        (void)print_buf(&printer.out);
    side_release(&a);
    side_release(&b);
    buf_release(&printer.out);
    if (status)
        return fail_with(&problem);
    return run_count ? EXIT_FOUND : EXIT_DONE;
}
