/*
 * feed.c - `varve feed`: every change of the index, in order, as JSON lines.
 */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "base/json.h"
#include "base/os.h"
#include "cli/commands.h"
#include "cli/kb.h"
#include "index/feed.h"

static const char help[] =
    "usage: varve feed [--kb DIR] [--from SEQ] [--limit N] [--segments] [--follow]\n\n"
    "Prints changes as JSON lines, numbered without gaps: put, move, delete, metadata, vectors,\n"
    "erase. Go on from the sequence after the last one you have dealt with.\n\n"
    "  --kb DIR     the knowledge base\n"
    "  --from SEQ   the first sequence (1)\n"
    "  --limit N    at most N changes\n"
    "  --segments   with the text of the segments that came\n"
    "  --follow     wait for further ones\n";

#define FOLLOW_MS   200
#define FLUSH_BYTES ((size_t)1 << 20)

struct output {
    struct snapshot *snapshot;
    struct buf out;
    struct json_writer json;
    bool has_segments, has_reader_gone;
    int64_t printed;
};

static enum status put_segment(void *user, const struct feed_segment *segment, struct error *err)
{
    struct output *output = user;
    struct json_writer *json = &output->json;
    char hex[HASH_HEX_BYTES];

    hash_to_hex(&segment->input_hash, hex);
    json_put_object_begin(json, NULL);
    json_put_integer(json, "segment", segment->segment_id);
    json_put_string(json, "text", segment->text);
    json_put_string(json, "heading_path", segment->heading_path);
    json_put_text(json, "input", hex);
    json_put_integer(json, "position", segment->position);
    if (segment->first_page)
        json_put_integer(json, "page", segment->first_page);
    json_put_integer(json, "start", (int64_t)segment->start);
    json_put_integer(json, "end", (int64_t)segment->end);
    json_put_text(json, "range_of", segment->is_file_range ? "file" : "text");
    json_put_integer(json, "tokens", segment->token_count);
    json_put_object_end(json);
    return buf_status(&output->out, err);
}

static void put_ids(struct json_writer *json, const char *name, const int64_t *ids, size_t count)
{
    json_put_array_begin(json, name);
    for (size_t i = 0; i < count; i++)
        json_put_integer(json, NULL, ids[i]);
    json_put_array_end(json);
}

static enum status put_change(void *user, const struct feed_change *change, struct error *err)
{
    struct output *output = user;
    struct json_writer *json = &output->json;
    char hex[HASH_HEX_BYTES];
    enum status status = STATUS_OK;

    hash_to_hex(&change->content_hash, hex);
    json_put_object_begin(json, NULL);
    json_put_integer(json, "seq", change->sequence);
    json_put_text(json, "op", feed_operation_name(change->operation));
    json_put_integer(json, "generation", change->generation);
    json_put_integer(json, "committed_ms", change->committed_ms);
    json_put_integer(json, "document", change->document_id);
    json_put_path(json, "source", change->source_path);
    json_put_path(json, "file", change->key.path);
    if (change->key.member.len > 0)
        json_put_path(json, "member", change->key.member);
    if (change->operation == FEED_MOVE) {
        json_put_path(json, "old_file", change->old_path);
        if (change->old_member.len > 0)
            json_put_path(json, "old_member", change->old_member);
    }
    json_put_text(json, "revision", hex);
    put_ids(json, "added", change->added, change->added_count);
    put_ids(json, "removed", change->removed, change->removed_count);
    if (output->has_segments && change->added_count > 0) {
        json_put_array_begin(json, "segments");
        status = feed_each_segment(output->snapshot, change->added, change->added_count,
                                   put_segment, output, err);
        json_put_array_end(json);
    }
    json_put_object_end(json);
    buf_append_char(&output->out, '\n');
    output->printed++;
    if (output->out.len > FLUSH_BYTES) {
        output->has_reader_gone = !print_buf(&output->out);
        buf_clear(&output->out);
    }
    if (output->has_reader_gone)
        return error_set(err, STATUS_CANCELLED, "nobody reads any more");
    return status ? status : buf_status(&output->out, err);
}

static enum status print_from(struct kb *kb, struct output *output, int64_t *from, long limit,
                              struct error *err)
{
    enum status status;

    output->snapshot = kb->snapshot;
    status = feed_read(kb->snapshot, *from, limit > 0 ? (size_t)(limit - output->printed) : 0,
                       put_change, output, from, err);
    if (!status && output->out.len > 0) {
        output->has_reader_gone = !print_buf(&output->out);
        buf_clear(&output->out);
    }
    return status;
}

static enum status follow(struct kb *kb, struct output *output, int64_t *from, long limit,
                          struct error *err)
{
    enum status status = STATUS_OK;

    while (!status && !output->has_reader_gone && (limit == 0 || output->printed < limit)) {
        (void)usleep(FOLLOW_MS * 1000);
        snapshot_free(kb->snapshot);
        kb->snapshot = NULL;
        status = snapshot_take(kb->index, &kb->snapshot, err);
        if (!status)
            status = print_from(kb, output, from, limit, err);
    }
    return status;
}

int cmd_feed(int argc, char **argv)
{
    static const struct option options[] = {
        { "kb", required_argument, NULL, 'k' },    { "from", required_argument, NULL, 'f' },
        { "limit", required_argument, NULL, 'n' }, { "segments", no_argument, NULL, 's' },
        { "follow", no_argument, NULL, 'w' },      { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },        { NULL, 0, NULL, 0 }
    };
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    struct output output = { .out = BUF_INIT((size_t)1 << 30) };
    const char *kb_option = NULL;
    long from = 1, limit = 0;
    bool is_following = false;
    int64_t next;
    struct error problem;
    enum status status;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'k')
            kb_option = optarg;
        else if (option == 's')
            output.has_segments = true;
        else if (option == 'w')
            is_following = true;
        else if (option == 'f' || option == 'n') {
            if (!read_number("feed", option == 'f' ? "--from" : "--limit", optarg, 1, (long)1 << 53,
                             option == 'f' ? &from : &limit))
                return EXIT_USAGE;
        } else if (option != 'j') /* it is JSON anyway */
            return option == 'h' ? print_help(help) : EXIT_USAGE;
    }
    output.json = (struct json_writer)JSON_WRITER(&output.out);
    next = from;
    status = kb_open_reader(&kb, kb_option, &problem);
    if (!status)
        status = print_from(&kb, &output, &next, limit, &problem);
    if (!status && is_following)
        status = follow(&kb, &output, &next, limit, &problem);
    buf_release(&output.out);
    if (status && !output.has_reader_gone)
        return fail_with(&problem);
    return EXIT_DONE;
}
