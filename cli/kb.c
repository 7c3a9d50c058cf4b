#include "cli/kb.h"

#include "cli/paths.h"

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
