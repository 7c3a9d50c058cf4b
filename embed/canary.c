#include "embed/canary.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "base/os.h"

#define COSINE_LEAST   0.9999
#define LENGTH_CHANGE  0.01
#define FILE_BYTES_MAX ((size_t)4 << 20)

/* Never change one: each would make every model a new model. Of different kinds, so that a change
 * that touches only one (numbers, another script, upper case, long texts) is seen. */
const char *const canary_texts[CANARY_COUNT] = {
    "The lake freezes in December and thaws in the second week of April.",
    "How do I return a parcel that arrived damaged?",
    "int main(void) { return puts(\"hello\") < 0; }",
    "INVOICE No. 2024-00173, due 31/01/2025: EUR 1,284.50",
    "Die Schichten am Grund des Sees wurden gez\xC3\xA4hlt; jede steht f\xC3\xBCr ein Jahr.",
    "\xE6\xB9\x96\xE5\xBA\x95\xE3\x81\xAE\xE5\xB9\xB4\xE7\xB8\x9E",
    "pressure",
    "Sediment settles in thin layers, one light and one dark for each year. The light layer comes "
    "with the meltwater of summer and is coarse; the dark layer is fine, and settles in winter "
    "under "
    "the ice. Whoever counts the pairs counts the years, and whoever weighs them learns which "
    "summers "
    "were warm. Nothing that lies below is ever moved again.",
};

void canary_release(struct canary *canary)
{
    free(canary->vectors);
    *canary = (struct canary){ .vectors = NULL };
}

static double dot(const float *a, const float *b, unsigned dimensions)
{
    double sum = 0;

    for (unsigned i = 0; i < dimensions; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

bool canary_matches(const float *a, const float *b, unsigned dimensions)
{
    for (unsigned i = 0; i < CANARY_COUNT; i++, a += dimensions, b += dimensions) {
        double length_a = sqrt(dot(a, a, dimensions)), length_b = sqrt(dot(b, b, dimensions));

        /* Written so that NaN never matches. */
        if (!(dot(a, b, dimensions) >= COSINE_LEAST * length_a * length_b) ||
            !(fabs(length_a - length_b) <= LENGTH_CHANGE * length_a))
            return false;
    }
    return true;
}

static enum status hash_identity(const struct canary_identity *identity, struct hash *out,
                                 struct error *err)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)64 << 10);
    enum status status;

    buf_printf(&text, "varve canary 1\n%u\n%zu\n", identity->dimensions, identity->name.len);
    buf_append(&text, identity->name.data, identity->name.len);
    buf_append_char(&text, '\n');
    buf_append(&text, identity->plugin_fingerprint.data, identity->plugin_fingerprint.len);
    status = buf_status(&text, err);
    if (!status)
        hash_of(buf_span(&text), out);
    return status;
}

/* "-12 ", as printf() writes it: thousands of them, at each start. */
static size_t write_number(long number, char text[24])
{
    unsigned long rest = number < 0 ? 0 - (unsigned long)number : (unsigned long)number;
    char digits[24];
    size_t count = 0, len = 0;

    do
        digits[count++] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0)
        text[len++] = '-';
    while (count > 0)
        text[len++] = digits[--count];
    text[len++] = ' ';
    return len;
}

static enum status hash_model(const struct canary_identity *identity, const float *vectors,
                              struct hash *out, struct error *err)
{
    unsigned dimensions = identity->dimensions;
    struct hasher *hasher = hasher_new();

    if (!hasher)
        return error_set(err, STATUS_NO_MEMORY, "no memory to name a model");
    hasher_add_field(hasher, identity->plugin_fingerprint);
    hasher_add_field(hasher, identity->name);
    for (unsigned i = 0; i < CANARY_COUNT; i++, vectors += dimensions) {
        double length = sqrt(dot(vectors, vectors, dimensions));

        for (unsigned k = 0; k < dimensions; k++) {
            char text[24];
            size_t len = write_number(lround((double)vectors[k] / length * 1000), text);

            hasher_add(hasher, (struct span){ text, len });
        }
    }
    hasher_finish(hasher, out);
    hasher_free(hasher);
    return STATUS_OK;
}

static enum status file_path(const struct hash *identity, const char *folder, struct buf *out,
                             struct error *err)
{
    char hex[HASH_HEX_BYTES];

    hash_to_hex(identity, hex);
    buf_printf(out, "%s/%.32s.canary", folder, hex);
    return buf_status(out, err);
}

/* Everything that is odd about the file makes it unknown: it is only a memory of the past. A
 * flipped bit must not make another model of it, for which all would be embedded again. */
static bool read_file(const struct hash *identity, const struct canary_identity *named,
                      const char *folder, float *vectors, struct hash *fingerprint)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(OS_PATH_MAX);
    CLEANUP(buf_release) struct buf text = BUF_INIT(FILE_BYTES_MAX);
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(FILE_BYTES_MAX);
    size_t vector_bytes = (size_t)CANARY_COUNT * named->dimensions * sizeof(*vectors);
    struct hash of_vectors = { 0 };
    struct json *root = NULL;
    struct span base64, hex;
    bool is_read;

    if (file_path(identity, folder, &path, NULL) || os_read_file(path.data, &text, NULL) ||
        json_parse(buf_span(&text), &root, NULL))
        return false;
    base64 = json_read_string(json_lookup(root, "vectors"));
    hex = json_read_string(json_lookup(root, "fingerprint"));
    is_read = base64.data && base64_decode(&bytes, base64) &&
              buf_status(&bytes, NULL) == STATUS_OK && bytes.len == vector_bytes && hex.data &&
              hash_from_hex(hex, fingerprint);
    json_free(root);
    if (!is_read)
        return false;
    memcpy(vectors, bytes.data, vector_bytes);
    return hash_model(named, vectors, &of_vectors, NULL) == STATUS_OK &&
           hash_equal(&of_vectors, fingerprint);
}

static enum status write_file(const struct canary *canary, const struct canary_identity *identity,
                              const char *folder, struct error *err)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(OS_PATH_MAX);
    CLEANUP(buf_release) struct buf text = BUF_INIT(FILE_BYTES_MAX);
    CLEANUP(buf_release) struct buf base64 = BUF_INIT(FILE_BYTES_MAX);
    struct json_writer json = JSON_WRITER(&text);
    char hex[HASH_HEX_BYTES];
    enum status status = file_path(&canary->identity, folder, &path, err);

    if (status)
        return status;
    base64_append(&base64, (struct span){ (const char *)canary->vectors,
                                          (size_t)CANARY_COUNT * canary->dimensions *
                                              sizeof(*canary->vectors) });
    hash_to_hex(&canary->fingerprint, hex);
    json_put_object_begin(&json, NULL);
    json_put_string(&json, "model", identity->name);
    json_put_string(&json, "plugin_fingerprint", identity->plugin_fingerprint);
    json_put_integer(&json, "dimensions", canary->dimensions);
    json_put_text(&json, "fingerprint", hex);
    json_put_string(&json, "vectors", buf_span(&base64));
    json_put_object_end(&json);
    buf_append_char(&text, '\n');
    status = buf_status(&base64, err);
    if (!status)
        status = buf_status(&text, err);
    if (!status)
        status = os_make_folders(folder, 0700, err);
    return status ? status : os_replace_file(path.data, buf_span(&text), 0600, err);
}

/* The fingerprint of the first time, when that is known and the vectors are still the same; canary
 * then has the vectors of the first time as well, so that small changes don't add up. */
static bool recognize(struct canary *canary, const struct canary_identity *identity,
                      const float *vectors, const struct canary *known, const char *folder)
{
    size_t bytes = (size_t)CANARY_COUNT * canary->dimensions * sizeof(*vectors);

    if (known && known->vectors && hash_equal(&known->identity, &canary->identity) &&
        canary_matches(known->vectors, vectors, canary->dimensions)) {
        canary->fingerprint = known->fingerprint;
        memcpy(canary->vectors, known->vectors, bytes);
        return true;
    }
    return folder &&
           read_file(&canary->identity, identity, folder, canary->vectors, &canary->fingerprint) &&
           canary_matches(canary->vectors, vectors, canary->dimensions);
}

enum status canary_identify(const struct canary_identity *identity, const float *vectors,
                            const struct canary *known, const char *folder, struct canary *out,
                            struct error *note, struct error *err)
{
    size_t bytes = (size_t)CANARY_COUNT * identity->dimensions * sizeof(*vectors);
    struct canary canary = { .dimensions = identity->dimensions, .vectors = malloc(bytes) };
    enum status status;

    note->status = STATUS_OK;
    if (!canary.vectors)
        return error_set(err, STATUS_NO_MEMORY, "no memory for canary vectors");
    status = hash_identity(identity, &canary.identity, err);
    if (!status && !recognize(&canary, identity, vectors, known, folder)) {
        memcpy(canary.vectors, vectors, bytes);
        status = hash_model(identity, vectors, &canary.fingerprint, err);
        if (!status && folder && write_file(&canary, identity, folder, note))
            note->status = note->status ? note->status : STATUS_IO;
    }
    if (status) {
        canary_release(&canary);
        return status;
    }
    *out = canary;
    return STATUS_OK;
}
