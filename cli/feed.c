/*
 * feed.c - `varve feed`: every change of the index, in order, as JSON lines.
 */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "base/os.h"
#include "cli/commands.h"
#include "cli/kb.h"
#include "feed/change_json.h"

static const char help[] =
    "usage: varve feed [--kb DIR] [--from SEQ] [--limit N] [--text] [--vectors]\n"
    "                  [--follow] [--list]\n\n"
    "Prints changes as JSON lines, numbered without gaps: put, move, delete, metadata, vectors,\n"
    "erase. Go on from the sequence after the last one you have dealt with.\n\n"
    "  --kb DIR     the knowledge base\n"
    "  --from SEQ   the first sequence (1)\n"
    "  --limit N    at most N changes\n"
    "  --text       with the text and heading path of the segments that came\n"
    "  --vectors    with their vectors: base64 of little-endian float32\n"
    "  --follow     wait for further ones\n"
    "  --list       every document as it is now, as a put with all its segments: for who begins,\n"
    "               or compares; go on from the sequence after the one that each line has\n";

#define FOLLOW_MS   200
#define FLUSH_BYTES ((size_t)1 << 20)

struct output {
    struct snapshot *snapshot;
    struct buf out;
    struct change_json_options options;
    bool has_reader_gone;
    int64_t printed;
};

static enum status put_line(void *user, struct span line, struct error *err)
{
    struct output *output = user;

    buf_append(&output->out, line.data, line.len);
    buf_append_char(&output->out, '\n');
    if (output->out.len > FLUSH_BYTES) {
        output->has_reader_gone = !print_buf(&output->out);
        buf_clear(&output->out);
    }
    if (output->has_reader_gone)
        return error_set(err, STATUS_CANCELLED, "nobody reads any more");
    return buf_status(&output->out, err);
}

static enum status put_change(void *user, const struct feed_change *change, struct error *err)
{
    struct output *output = user;

    output->printed++;
    return change_to_json(output->snapshot, change, &output->options, put_line, output, err);
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

static enum status print_list(struct kb *kb, struct output *output, int64_t *next,
                              struct error *err)
{
    int64_t oldest, newest = 0;
    enum status status = feed_bounds(kb->snapshot, &oldest, &newest, err);

    output->snapshot = kb->snapshot;
    *next = newest + 1;
    if (!status)
        status = feed_list(kb->snapshot, put_change, output, err);
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

/* What the command line asks for. */
struct request {
    const char *kb;   /* NULL: by the folder */
    long from, limit; /* the first change; 0: as many as there are */
    bool is_following, is_listing;
};

/* -1: all was read; else how to exit. */
static int read_options(int argc, char **argv, struct request *request,
                        struct change_json_options *json)
{
    static const struct option options[] = {
        { "kb", required_argument, NULL, 'k' },    { "from", required_argument, NULL, 'f' },
        { "limit", required_argument, NULL, 'n' }, { "text", no_argument, NULL, 's' },
        { "vectors", no_argument, NULL, 'v' },     { "follow", no_argument, NULL, 'w' },
        { "list", no_argument, NULL, 'l' },        { "json", no_argument, NULL, 'j' },
        { "help", no_argument, NULL, 'h' },        { NULL, 0, NULL, 0 }
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option == 'k')
            request->kb = optarg;
        else if (option == 's')
            json->with_text = true;
        else if (option == 'v')
            json->with_vectors = true;
        else if (option == 'w')
            request->is_following = true;
        else if (option == 'l')
            request->is_listing = true;
        else if (option == 'f' || option == 'n') {
            if (!read_number("feed", option == 'f' ? "--from" : "--limit", optarg, 1, (long)1 << 53,
                             option == 'f' ? &request->from : &request->limit))
                return EXIT_USAGE;
        } else if (option != 'j') /* it is JSON anyway */
            return option == 'h' ? print_help(help) : EXIT_USAGE;
    }
    if (refuse_arguments(argc, argv) >= 0)
        return EXIT_USAGE;
    if (request->is_listing && (request->from > 1 || request->limit > 0))
        return usage_error("feed", "--list goes with neither --from nor --limit");
    return -1;
}

int cmd_feed(int argc, char **argv)
{
    CLEANUP(kb_release) struct kb kb = KB_INIT;
    struct output output = { .out = BUF_INIT((size_t)1 << 30) };
    struct request request = { .from = 1 };
    int64_t next;
    struct error problem;
    enum status status;
    int exit_status = read_options(argc, argv, &request, &output.options);

    if (exit_status >= 0)
        return exit_status;
    next = request.from;
    status = kb_open_reader(&kb, request.kb, &problem);
    if (!status && request.is_listing)
        status = print_list(&kb, &output, &next, &problem);
    else if (!status)
        status = print_from(&kb, &output, &next, request.limit, &problem);
    if (!status && request.is_following)
        status = follow(&kb, &output, &next, request.limit, &problem);
    buf_release(&output.out);
    if (status && !output.has_reader_gone)
        return fail_with(&problem);
    return EXIT_DONE;
}
