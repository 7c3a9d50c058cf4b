#include "index/pack.h"

#include <stdlib.h>
#include <string.h>
#include <zdict.h>
#include <zstd.h>

/* Of texts of 1,000 bytes level 6 stores 40.5 %, level 3 41.5 % in half the time. */
#define PACK_LEVEL       3
#define DICTIONARIES_MAX 8u

struct pack {
    ZSTD_CCtx *compressor;
    ZSTD_DCtx *expander;
    struct pack_dictionary {
        int64_t dictionary_id;
        ZSTD_CDict *compress;
        ZSTD_DDict *expand;
    } dictionaries[DICTIONARIES_MAX];
    size_t dictionary_count;
};

struct pack *pack_new(void)
{
    struct pack *pack = calloc(1, sizeof(*pack));

    if (!pack)
        return NULL;
    pack->compressor = ZSTD_createCCtx();
    pack->expander = ZSTD_createDCtx();
    if (!pack->compressor || !pack->expander) {
        pack_free(pack);
        return NULL;
    }
    /* What is stored has its own hashes; the size is needed to expand. */
    (void)ZSTD_CCtx_setParameter(pack->compressor, ZSTD_c_compressionLevel, PACK_LEVEL);
    (void)ZSTD_CCtx_setParameter(pack->compressor, ZSTD_c_dictIDFlag, 0);
    return pack;
}

void pack_free(struct pack *pack)
{
    if (!pack)
        return;
    for (size_t i = 0; i < pack->dictionary_count; i++) {
        (void)ZSTD_freeCDict(pack->dictionaries[i].compress);
        (void)ZSTD_freeDDict(pack->dictionaries[i].expand);
    }
    (void)ZSTD_freeCCtx(pack->compressor);
    (void)ZSTD_freeDCtx(pack->expander);
    free(pack);
}

static const struct pack_dictionary *find_dictionary(const struct pack *pack, int64_t dictionary_id)
{
    for (size_t i = 0; i < pack->dictionary_count; i++) {
        if (pack->dictionaries[i].dictionary_id == dictionary_id)
            return &pack->dictionaries[i];
    }
    return NULL;
}

bool pack_has_dictionary(const struct pack *pack, int64_t dictionary_id)
{
    return dictionary_id == 0 || find_dictionary(pack, dictionary_id);
}

enum status pack_add_dictionary(struct pack *pack, int64_t dictionary_id, struct span dictionary,
                                struct error *err)
{
    struct pack_dictionary *slot = NULL;

    if (find_dictionary(pack, dictionary_id))
        return STATUS_OK;
    if (pack->dictionary_count == DICTIONARIES_MAX)
        return error_set(err, STATUS_CORRUPT, "more than %u text dictionaries", DICTIONARIES_MAX);
    slot = &pack->dictionaries[pack->dictionary_count];
    slot->compress = ZSTD_createCDict(dictionary.data, dictionary.len, PACK_LEVEL);
    slot->expand = ZSTD_createDDict(dictionary.data, dictionary.len);
    if (!slot->compress || !slot->expand) {
        (void)ZSTD_freeCDict(slot->compress);
        (void)ZSTD_freeDDict(slot->expand);
        return error_set(err, STATUS_NO_MEMORY, "no memory for a text dictionary");
    }
    slot->dictionary_id = dictionary_id;
    pack->dictionary_count++;
    return STATUS_OK;
}

/* Room for len bytes, with the NUL that every buf ends in. */
static enum status reserve(struct buf *buf, size_t len, struct error *err)
{
    static const char zeros[4096];

    buf_clear(buf);
    if (buf->capacity > len)
        return STATUS_OK;
    while (buf->len < len && !buf->failed) {
        size_t rest = len - buf->len;

        buf_append(buf, zeros, rest < sizeof(zeros) ? rest : sizeof(zeros));
    }
    return buf_status(buf, err);
}

enum status pack_compress(struct pack *pack, int64_t dictionary_id, struct span plain,
                          struct buf *out, struct error *err)
{
    const struct pack_dictionary *dictionary = find_dictionary(pack, dictionary_id);
    enum status status = reserve(out, ZSTD_compressBound(plain.len), err);
    size_t len = 0;

    if (status)
        return status;
    (void)ZSTD_CCtx_refCDict(pack->compressor, dictionary ? dictionary->compress : NULL);
    /* Layouts have no hash of their own; texts have one, and get dictionaries. */
    (void)ZSTD_CCtx_setParameter(pack->compressor, ZSTD_c_checksumFlag, !dictionary);
    len = ZSTD_compress2(pack->compressor, out->data, out->capacity - 1, plain.data, plain.len);
    if (ZSTD_isError(len))
        return error_set(err, STATUS_NO_MEMORY, "cannot compress: %s", ZSTD_getErrorName(len));
    out->len = len;
    out->data[len] = '\0';
    return STATUS_OK;
}

enum status pack_expand(struct pack *pack, int64_t dictionary_id, struct span packed,
                        struct buf *out, struct error *err)
{
    const struct pack_dictionary *dictionary = find_dictionary(pack, dictionary_id);
    unsigned long long len = ZSTD_getFrameContentSize(packed.data, packed.len);
    enum status status;
    size_t got = 0;

    if (len == ZSTD_CONTENTSIZE_ERROR || len == ZSTD_CONTENTSIZE_UNKNOWN || len > PACK_BYTES_MAX)
        return error_set(err, STATUS_CORRUPT, "a stored text is damaged: it has no valid size");
    status = reserve(out, (size_t)len, err);
    if (status)
        return status;
    /* An empty text leaves the shared empty string, which nobody writes to. */
    if (len == 0)
        return STATUS_OK;
    (void)ZSTD_DCtx_refDDict(pack->expander, dictionary ? dictionary->expand : NULL);
    got = ZSTD_decompressDCtx(pack->expander, out->data, (size_t)len, packed.data, packed.len);
    if (ZSTD_isError(got) || got != len)
        return error_set(err, STATUS_CORRUPT, "a stored text is damaged: %s",
                         ZSTD_isError(got) ? ZSTD_getErrorName(got) : "wrong length");
    out->len = got;
    out->data[got] = '\0';
    return STATUS_OK;
}

enum status pack_train(struct span samples, const size_t *sizes, size_t count, size_t max_bytes,
                       struct buf *out, struct error *err)
{
    enum status status = reserve(out, max_bytes, err);
    size_t len = 0;

    if (status)
        return status;
    len = ZDICT_trainFromBuffer(out->data, max_bytes, samples.data, sizes, (unsigned)count);
    if (ZDICT_isError(len))
        return error_set(err, STATUS_LIMIT, "cannot train a dictionary: %s",
                         ZDICT_getErrorName(len));
    out->len = len;
    out->data[len] = '\0';
    return STATUS_OK;
}
