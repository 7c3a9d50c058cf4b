#include "base/hash.h"

#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

struct hasher {
    struct sha256_ctx context;
};

struct hasher *hasher_new(void)
{
    struct hasher *hasher = malloc(sizeof(*hasher));

    if (hasher)
        sha256_init(&hasher->context);
    return hasher;
}

void hasher_add(struct hasher *hasher, struct span bytes)
{
    sha256_update(&hasher->context, bytes.len, (const uint8_t *)bytes.data);
}

void hasher_add_field(struct hasher *hasher, struct span bytes)
{
    uint64_t len = bytes.len;

    hasher_add(hasher, (struct span){ (const char *)&len, sizeof(len) });
    hasher_add(hasher, bytes);
}

void hasher_finish(struct hasher *hasher, struct hash *out)
{
    sha256_digest(&hasher->context, sizeof(out->bytes), out->bytes);
}

void hasher_free(struct hasher *hasher)
{
    free(hasher);
}

void hash_of(struct span bytes, struct hash *out)
{
    struct sha256_ctx context;

    sha256_init(&context);
    sha256_update(&context, bytes.len, (const uint8_t *)bytes.data);
    sha256_digest(&context, sizeof(out->bytes), out->bytes);
}

void hash_to_hex(const struct hash *hash, char hex[HASH_HEX_BYTES])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < HASH_BYTES; i++) {
        hex[2 * i] = digits[hash->bytes[i] >> 4];
        hex[2 * i + 1] = digits[hash->bytes[i] & 15];
    }
    hex[2 * (size_t)HASH_BYTES] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool hash_from_hex(struct span text, struct hash *out)
{
    struct hash hash;

    if (text.len != 2 * (size_t)HASH_BYTES)
        return false;
    for (size_t i = 0; i < HASH_BYTES; i++) {
        int high = hex_value(text.data[2 * i]), low = hex_value(text.data[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        hash.bytes[i] = (uint8_t)(high << 4 | low);
    }
    *out = hash;
    return true;
}

bool hash_equal(const struct hash *a, const struct hash *b)
{
    return memcmp(a->bytes, b->bytes, HASH_BYTES) == 0;
}

bool hash_is_zero(const struct hash *hash)
{
    static const struct hash zero;

    return hash_equal(hash, &zero);
}

uint64_t hash_table_key(struct span bytes)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (size_t i = 0; i < bytes.len; i++) {
        hash ^= (uint8_t)bytes.data[i];
        hash *= 0x100000001b3u;
    }
    return hash ^ (hash >> 32);
}
