/*
 * embed-static - the embedding plugin over the built-in static model.
 *
 *     embed-static [MODEL.semb]
 *
 * Speaks the plugin protocol (docs/plugin-protocol.md) on standard input and output. Requests can
 * be long, so they are read in place and answered without building a tree of either.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/json_scan.h"
#include "base/os.h"
#include "model/semb.h"
#include "model/static_model.h"
#include "plugins/common/host_lines.h"

#define LINE_BYTES_MAX   ((size_t)128 << 20)
#define ANSWER_BYTES_MAX ((size_t)256 << 20)
#define DIMENSIONS_MAX   4096u
/* Of this model beside full-text search, as measured: docs/architecture.md. */
#define FUSION_WEIGHT 0.30

DEFINE_POINTER_CLEANUP(struct semb, semb_free);

struct server {
    struct semb *semb;
    size_t text_count;    /* that were embedded */
    size_t request_count; /* that were answered */
    bool is_verified;
    struct buf text;    /* of one text, decoded */
    struct buf vectors; /* of one request: the inside of the answer's array */
    struct buf answer;
    bool is_given; /* named on the command line: not the built-in one */
};

static void server_release(struct server *server)
{
    buf_release(&server->text);
    buf_release(&server->vectors);
    buf_release(&server->answer);
}

static bool name_is(struct span name, const char *wanted)
{
    return name.len == strlen(wanted) && memcmp(name.data, wanted, name.len) == 0;
}

/* Sends answer as one line. */
static enum status send_answer(struct server *server, struct error *err)
{
    enum status status;

    buf_append_char(&server->answer, '\n');
    status = buf_status(&server->answer, err);
    if (!status)
        status = os_write_all(STDOUT_FILENO, buf_span(&server->answer), "standard output", err);
    return status;
}

static enum status refuse(struct server *server, const int64_t *id, const char *reason,
                          struct error *err)
{
    struct json_writer json = JSON_WRITER(&server->answer);

    buf_clear(&server->answer);
    json_put_object_begin(&json, NULL);
    if (id)
        json_put_integer(&json, "id", *id);
    json_put_text(&json, "error", reason);
    json_put_bool(&json, "retry", false);
    json_put_object_end(&json);
    return send_answer(server, err);
}

static enum status say_hello(struct server *server, struct span cookie, struct error *err)
{
    struct json_writer json = JSON_WRITER(&server->answer);
    unsigned dimensions = semb_dimensions(server->semb);
    char model[STATIC_MODEL_NAME_BYTES];

    static_model_name(server->semb, server->is_given, model);
    buf_clear(&server->answer);
    json_put_object_begin(&json, NULL);
    json_put_object_begin(&json, "hello");
    json_put_integer(&json, "protocol", 1);
    json_put_text(&json, "name", "embed-static");
    json_put_string(&json, "cookie", cookie);
    json_put_text(&json, "model", model);
    json_put_integer(&json, "dimensions", dimensions);
    json_put_text(&json, "fingerprint", semb_fingerprint(server->semb));
    json_put_integer(&json, "token_limit", 0);
    json_put_integer(&json, "max_batch", 256);
    json_put_integer(&json, "max_batch_bytes", 262144);
    json_put_integer(&json, "window", 4);
    json_put_bool(&json, "query_differs", false);
    json_put_number(&json, "fusion_weight", FUSION_WEIGHT);
    json_put_object_end(&json);
    json_put_object_end(&json);
    return send_answer(server, err);
}

static enum status read_hello(struct server *server, struct json_scan *scan, struct error *err)
{
    struct span name;
    int64_t protocol = 0;

    buf_clear(&server->text);
    json_scan_object(scan);
    while (json_scan_member(scan, &name)) {
        if (name_is(name, "protocol"))
            protocol = json_scan_integer(scan);
        else if (name_is(name, "cookie"))
            json_scan_string(scan, &server->text);
        else
            json_scan_skip(scan);
    }
    if (scan->has_failed || protocol != 1)
        return error_set(err, STATUS_UNSUPPORTED, "the host does not speak protocol 1");
    return say_hello(server, buf_span(&server->text), err);
}

/* Appends the vector of the text that was read, as a JSON string. */
static void append_vector(struct server *server)
{
    float vector[DIMENSIONS_MAX];

    if (++server->text_count == STATIC_MODEL_TEXTS_FEW && semb_index(server->semb, NULL))
        server->text_count = 0; /* no memory now: slower, and tried again */
    semb_embed(server->semb, buf_span(&server->text), vector);
    if (server->vectors.len > 0)
        buf_append_char(&server->vectors, ',');
    buf_append_char(&server->vectors, '"');
    /* The machine is little-endian, or the model would not have opened. */
    base64_append(
        &server->vectors,
        (struct span){ (const char *)vector, semb_dimensions(server->semb) * sizeof(*vector) });
    buf_append_char(&server->vectors, '"');
}

/* What goes into an index must be of the very model that was named. A question is asked of a new
 * process each time, which takes the file at its word; so is the first request, by which the host
 * looks whether the model is the one it knows. */
static enum status verify_for(struct server *server, struct span kind, struct error *err)
{
    enum status status;

    if (server->is_verified || server->request_count == 0 || name_is(kind, "query"))
        return STATUS_OK;
    status = semb_verify(server->semb, err);
    server->is_verified = !status;
    return status;
}

static void read_texts(struct server *server, struct json_scan *scan)
{
    buf_clear(&server->vectors);
    json_scan_array(scan);
    while (json_scan_item(scan)) {
        buf_clear(&server->text);
        json_scan_string(scan, &server->text);
        if (!scan->has_failed && !server->text.failed)
            append_vector(server);
    }
}

static enum status answer_line(void *user, struct span line, struct error *err)
{
    struct server *server = user;
    struct json_scan scan = JSON_SCAN(line);
    struct span name;
    int64_t id = 0;
    bool has_id = false, has_texts = false;

    json_scan_object(&scan);
    while (json_scan_member(&scan, &name)) {
        if (name_is(name, "hello"))
            return read_hello(server, &scan, err);
        if (name_is(name, "id")) {
            id = json_scan_integer(&scan);
            has_id = !scan.has_failed;
        } else if (name_is(name, "kind")) {
            enum status status;

            buf_clear(&server->text);
            json_scan_string(&scan, &server->text);
            status = verify_for(server, buf_span(&server->text), err);
            if (status)
                return status;
        } else if (name_is(name, "texts")) {
            read_texts(server, &scan);
            has_texts = true;
        } else {
            json_scan_skip(&scan);
        }
    }
    if (!json_scan_is_done(&scan) || !has_id || !has_texts)
        return refuse(server, has_id ? &id : NULL, "not a request", err);
    if (server->vectors.failed || server->text.failed) {
        buf_release(&server->vectors);
        buf_release(&server->text);
        return refuse(server, &id, "the texts are too long", err);
    }
    buf_clear(&server->answer);
    buf_printf(&server->answer, "{\"id\":%lld,\"vectors\":[", (long long)id);
    buf_append(&server->answer, server->vectors.data, server->vectors.len);
    buf_append(&server->answer, "]}", 2);
    server->request_count++;
    return send_answer(server, err);
}

/* Beside the executable, or where `make install` puts it. */
static enum status find_model(struct semb **out, struct error *err)
{
    static const char *const places[] = { "embed.semb", "../../share/varve/embed.semb",
                                          "../share/varve/embed.semb" };
    CLEANUP(buf_release) struct buf folder = BUF_INIT(OS_PATH_MAX);
    enum status status = os_executable_folder(&folder, err);

    for (size_t i = 0; i < sizeof(places) / sizeof(*places) && !status; i++) {
        CLEANUP(buf_release) struct buf path = BUF_INIT(OS_PATH_MAX);

        status = os_path_join(&path, buf_span(&folder),
                              (struct span){ places[i], strlen(places[i]) }, err);
        if (!status && access(path.data, F_OK) == 0)
            return semb_open_few(path.data, out, err);
    }
    return status ? status
                  : error_set(err, STATUS_UNREADABLE, "no 'embed.semb' beside the plugin in '%s'",
                              folder.data);
}

int main(int argc, char **argv)
{
    CLEANUP(semb_free_ptr) struct semb *semb = NULL;
    CLEANUP(server_release)
    struct server server = { .is_given = argc > 1,
                             .text = BUF_INIT(LINE_BYTES_MAX),
                             .vectors = BUF_INIT(ANSWER_BYTES_MAX),
                             .answer = BUF_INIT(ANSWER_BYTES_MAX) };
    struct error err = { 0 };
    enum status status = argc > 1 ? semb_open_few(argv[1], &semb, &err) : find_model(&semb, &err);

    if (!status)
        status = semb_read_fingerprint(semb, &err);
    if (status) {
        struct error ignored;

        (void)fprintf(stderr, "embed-static: %s\n", err.text);
        (void)refuse(&server, NULL, err.text, &ignored);
        return 1;
    }
    server.semb = semb;
    status = host_lines_read(
        &(struct host_lines){ .bytes_max = LINE_BYTES_MAX, .take = answer_line, .user = &server },
        &err);
    if (status)
        (void)fprintf(stderr, "embed-static: %s\n", err.text);
    return status ? 1 : 0;
}
