/*
 * show.c - `varve show FILE` and `varve log FILE`: a document as it was indexed, and its revisions.
 */
#include <stdio.h>

#include "base/json.h"
#include "base/os.h"
#include "cli/commands.h"
#include "cli/document_option.h"
#include "index/status.h"

static const char show_help[] = "usage: varve show [--kb DIR] [--json] FILE[@REVISION]\n\n"
                                "Prints the text of a document as it is indexed, segment by "
                                "segment. REVISION is a generation or\n"
                                "the beginning of a content hash, as 'varve log' prints them, or "
                                "a time: 2026-03-01,\n"
                                "2026-03-01T12:00, yesterday, '2 days ago'.\n\n"
                                "  --kb DIR   the knowledge base\n"
                                "  --json     JSON lines, one a segment, with pages and ranges\n";

static const char log_help[] =
    "usage: varve log [--kb DIR] [--json] FILE\n\n"
    "Lists the revisions of a document that are kept, newest first: when, what changed, how many\n"
    "segments were added, reused, dropped.\n\n"
    "  --kb DIR   the knowledge base\n"
    "  --json     JSON lines\n";

struct output {
    struct buf out;
    bool is_json;
    uint64_t count;
};

static enum status show_piece(void *user, const struct status_piece *piece, struct error *err)
{
    struct output *output = user;
    struct json_writer json = JSON_WRITER(&output->out);

    if (!output->is_json) {
        if (output->count++ > 0)
            buf_append(&output->out, "\n\n", 2);
        buf_append(&output->out, piece->text.data, piece->text.len);
        return buf_status(&output->out, err);
    }
    json_put_object_begin(&json, NULL);
    json_put_integer(&json, "position", piece->position);
    json_put_integer(&json, "segment", piece->segment_id);
    json_put_string(&json, "heading_path", piece->heading_path);
    json_put_string(&json, "text", piece->text);
    if (piece->repeat.len > 0)
        json_put_string(&json, "repeated", piece->repeat);
    json_put_integer(&json, "start",
                     (int64_t)(piece->is_file_range ? piece->source_start : piece->text_start));
    json_put_integer(&json, "end",
                     (int64_t)(piece->is_file_range ? piece->source_end : piece->text_end));
    json_put_text(&json, "range_of", piece->is_file_range ? "file" : "text");
    if (piece->first_page) {
        json_put_integer(&json, "page", piece->first_page);
        json_put_integer(&json, "last_page", piece->last_page);
    }
    json_put_integer(&json, "tokens", piece->token_count);
    json_put_object_end(&json);
    buf_append_char(&output->out, '\n');
    return buf_status(&output->out, err);
}

int cmd_show(int argc, char **argv)
{
    CLEANUP(document_option_release) struct document_option option = DOCUMENT_OPTION_INIT;
    CLEANUP(buf_release) struct buf name = BUF_INIT(256);
    struct output output = { .out = BUF_INIT((size_t)1 << 30) };
    const char *revision = "";
    struct error problem;
    int early = document_option_read(&option, argc, argv, show_help, &revision);
    enum status status;

    if (early >= 0)
        return early;
    output.is_json = option.is_json;
    status = document_option_revision(&option, revision, &name, &problem);
    if (!status)
        status = status_show(option.kb.snapshot, &option.key, buf_span(&name), show_piece, &output,
                             &problem);
    if (!status && !output.is_json)
        buf_append_char(&output.out, '\n');
    if (!status)
        (void)print_buf(&output.out);
    buf_release(&output.out);
    return status ? fail_with(&problem) : EXIT_DONE;
}

static enum status log_revision(void *user, const struct status_revision *revision,
                                struct error *err)
{
    struct output *output = user;
    struct json_writer json = JSON_WRITER(&output->out);
    char hex[HASH_HEX_BYTES], when[32];

    output->count++;
    hash_to_hex(&revision->content_hash, hex);
    os_format_time(revision->committed_ms, when);
    if (!output->is_json) {
        buf_printf(
            &output->out,
            "%.12s  generation %lld  %s  %s: %u segments, %u added, %u reused, %u dropped%s\n", hex,
            (long long)revision->born, when, outcome_name(revision->outcome), revision->segments,
            revision->added, revision->reused, revision->dropped,
            revision->is_deleted ? "; then deleted" : "");
        return buf_status(&output->out, err);
    }
    json_put_object_begin(&json, NULL);
    json_put_text(&json, "revision", hex);
    json_put_integer(&json, "generation", revision->born);
    json_put_integer(&json, "until", revision->died);
    json_put_integer(&json, "committed_ms", revision->committed_ms);
    json_put_text(&json, "outcome", outcome_name(revision->outcome));
    json_put_string(&json, "extractor", revision->extractor);
    json_put_integer(&json, "segments", revision->segments);
    json_put_integer(&json, "added", revision->added);
    json_put_integer(&json, "reused", revision->reused);
    json_put_integer(&json, "dropped", revision->dropped);
    json_put_integer(&json, "embedded", revision->embedded);
    json_put_bool(&json, "deleted", revision->is_deleted);
    json_put_object_end(&json);
    buf_append_char(&output->out, '\n');
    return buf_status(&output->out, err);
}

int cmd_log(int argc, char **argv)
{
    CLEANUP(document_option_release) struct document_option option = DOCUMENT_OPTION_INIT;
    struct output output = { .out = BUF_INIT((size_t)1 << 30) };
    struct error problem;
    int early = document_option_read(&option, argc, argv, log_help, NULL);
    enum status status;

    if (early >= 0)
        return early;
    output.is_json = option.is_json;
    status = status_log(option.kb.snapshot, &option.key, log_revision, &output, &problem);
    if (!status)
        (void)print_buf(&output.out);
    buf_release(&output.out);
    if (status)
        return fail_with(&problem);
    if (output.count == 0)
        fprintf(stderr, "varve: no revision of '%s' is kept\n", option.path.data);
    return output.count > 0 ? EXIT_DONE : EXIT_FOUND;
}
