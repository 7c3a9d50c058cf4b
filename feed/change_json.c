#include "feed/change_json.h"

#include "base/cleanup.h"
#include "base/json.h"

#define LINE_BYTES     ((size_t)1 << 20)
#define LINE_BYTES_MAX ((size_t)256 << 20)

struct writing {
    const struct feed_change *change;
    const struct change_json_options *options;
    change_line_fn *fn;
    void *user;
    struct buf line, base64;
    struct json_writer json;
};

static void writing_release(struct writing *writing)
{
    buf_release(&writing->line);
    buf_release(&writing->base64);
}

static void begin_line(struct writing *writing)
{
    const struct feed_change *change = writing->change;
    struct json_writer *json = &writing->json;
    char hex[HASH_HEX_BYTES];

    buf_clear(&writing->line);
    *json = (struct json_writer)JSON_WRITER(&writing->line);
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
    if (!hash_is_zero(&change->content_hash)) {
        hash_to_hex(&change->content_hash, hex);
        json_put_text(json, "revision", hex);
    }
    json_put_array_begin(json, "segments");
}

static enum status end_line(struct writing *writing, bool has_more, struct error *err)
{
    const struct feed_change *change = writing->change;
    struct json_writer *json = &writing->json;
    enum status status;

    json_put_array_end(json);
    if (has_more) {
        json_put_bool(json, "more", true);
    } else {
        json_put_array_begin(json, "removed");
        for (size_t i = 0; i < change->removed_count; i++)
            json_put_integer(json, NULL, change->removed[i]);
        json_put_array_end(json);
    }
    json_put_object_end(json);
    status = buf_status(&writing->line, err);
    return status ? status : writing->fn(writing->user, buf_span(&writing->line), err);
}

static void put_vector(struct writing *writing, const struct feed_segment *segment)
{
    buf_clear(&writing->base64);
    base64_append(&writing->base64, (struct span){ (const char *)segment->vector,
                                                   segment->dimensions * sizeof(float) });
    json_put_integer(&writing->json, "model", segment->model_id);
    json_put_string(&writing->json, "vector", buf_span(&writing->base64));
}

static enum status put_segment(void *user, const struct feed_segment *segment, struct error *err)
{
    struct writing *writing = user;
    struct json_writer *json = &writing->json;
    size_t most = writing->options->line_bytes ? writing->options->line_bytes : LINE_BYTES;
    char hex[HASH_HEX_BYTES];

    if (writing->line.len > most) {
        enum status status = end_line(writing, true, err);

        if (status)
            return status;
        begin_line(writing);
    }
    hash_to_hex(&segment->input_hash, hex);
    json_put_object_begin(json, NULL);
    json_put_integer(json, "segment", segment->segment_id);
    json_put_integer(json, "position", segment->position);
    if (writing->options->with_text) {
        json_put_string(json, "text", segment->text);
        json_put_string(json, "heading_path", segment->heading_path);
    }
    json_put_text(json, "input", hex);
    if (segment->first_page) {
        json_put_integer(json, "page", segment->first_page);
        json_put_integer(json, "last_page", segment->last_page);
    }
    json_put_integer(json, "start", (int64_t)segment->start);
    json_put_integer(json, "end", (int64_t)segment->end);
    json_put_text(json, "range_of", segment->is_file_range ? "file" : "text");
    json_put_integer(json, "tokens", segment->token_count);
    if (writing->options->with_vectors && segment->vector)
        put_vector(writing, segment);
    json_put_object_end(json);
    return buf_status(&writing->line, err);
}

enum status change_to_json(struct snapshot *snapshot, const struct feed_change *change,
                           const struct change_json_options *options, change_line_fn *fn,
                           void *user, struct error *err)
{
    CLEANUP(writing_release)
    struct writing writing = { .change = change,
                               .options = options,
                               .fn = fn,
                               .user = user,
                               .line = BUF_INIT(LINE_BYTES_MAX),
                               .base64 = BUF_INIT((size_t)1 << 20) };
    enum status status = STATUS_OK;

    begin_line(&writing);
    if (change->added_count > 0)
        status = feed_each_segment(snapshot, change->added, change->added_count, put_segment,
                                   &writing, err);
    return status ? status : end_line(&writing, false, err);
}
