#include "plugins/common/api_key.h"

#include <stdlib.h>
#include <string.h>

#include "base/os.h"

enum status api_key_read(const char *file, const char *variable, struct buf *key, struct error *err)
{
    enum status status = STATUS_OK;
    const char *value;

    if (file) {
        status = os_read_file(file, key, err);
    } else if (variable) {
        value = getenv(variable);
        if (!value)
            return error_set(err, STATUS_UNREADABLE, "the environment has no '%s'", variable);
        buf_append(key, value, strlen(value));
        status = buf_status(key, err);
    }
    if (status)
        return status;
    key->len = strcspn(key->data, "\r\n");
    while (key->len > 0 && key->data[key->len - 1] == ' ')
        key->len--;
    if (key->capacity > 0)
        key->data[key->len] = '\0';
    if ((file || variable) && key->len == 0)
        return error_set(err, STATUS_UNREADABLE, "the API key is empty");
    return STATUS_OK;
}
