#include "cli/kb.h"

#include <errno.h>
#include <stdlib.h>

#include "base/os.h"
#include "base/when.h"
#include "cli/paths.h"
#include "index/status.h"
#include "serve/control.h"

enum status kb_find(struct kb *kb, const char *option, struct error *err)
{
    enum status status = path_of_kb(option, &kb->folder, err);

    return status ? status : config_read(kb->folder.data, &kb->config, err);
}

enum status kb_open_reader(struct kb *kb, const char *option, struct error *err)
{
    enum status status = kb_find(kb, option, err);

    if (!status)
        status = index_open(kb->folder.data, INDEX_READ, &kb->index, err);
    if (!status)
        status = snapshot_take(kb->index, &kb->snapshot, err);
    return status;
}

enum status kb_read_generation(const struct kb *kb, const char *text, int64_t *out,
                               struct error *err)
{
    int64_t moment_ms;
    enum status status;
    char *end;

    errno = 0;
    *out = strtoll(text, &end, 10);
    if (end != text && !*end && !errno && *out > 0)
        return STATUS_OK;
    if (!when_read(text, os_wall_ms(), &moment_ms))
        return error_set(err, STATUS_MALFORMED,
                         "'%.60s' is neither a generation nor a time; times are '2026-03-01', "
                         "'2026-03-01T12:00', 'yesterday', '2 days ago'",
                         text);
    status = status_generation_at(kb->snapshot, moment_ms, out, err);
    if (status == STATUS_UNREADABLE)
        return error_set(err, status, "nothing was committed by '%.60s'", text);
    return status;
}

enum status kb_ask_writer(const struct kb *kb, struct span request, struct json **reply,
                          struct error *err)
{
    struct span failed;
    enum status status = control_ask(kb->folder.data, request, -1, reply, err);

    if (status == STATUS_UNREADABLE)
        return error_set(err, STATUS_BUSY,
                         "process %lld is writing to '%s'; try again when it is "
                         "done",
                         (long long)index_writer_pid(kb->folder.data), kb->folder.data);
    if (status)
        return status;
    failed = json_read_string(json_lookup(*reply, "error"));
    if (!failed.data)
        return STATUS_OK;
    status = error_set(err, STATUS_IO, "%s", failed.data);
    json_free(*reply);
    *reply = NULL;
    return status;
}

enum status kb_write(struct kb *kb, struct span request, kb_write_fn *write, struct json **report,
                     struct error *err)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT(CONTROL_LINE_BYTES_MAX);
    struct json *parsed = NULL;
    enum status status = index_open(kb->folder.data, INDEX_WRITE, &kb->index, err);

    if (status == STATUS_BUSY)
        return kb_ask_writer(kb, request, report, err);
    if (!status)
        status = json_parse(request, &parsed, err);
    if (!status)
        status = write(kb, parsed, &line, err);
    if (!status)
        status = json_parse(buf_span(&line), report, err);
    json_free(parsed);
    return status;
}

void kb_release(struct kb *kb)
{
    snapshot_free(kb->snapshot);
    index_free(kb->index);
    config_free(kb->config);
    buf_release(&kb->folder);
    kb->snapshot = NULL;
    kb->index = NULL;
    kb->config = NULL;
}
