/* The input, up to its first NUL, as a tokenizer.json; the rest, or all of it, as text for that
 * one, and for one of each kind. Counting must agree with the tokens. */
#include <stdlib.h>
#include <string.h>

#include "model/tokenizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const known[] = {
    "{\"normalizer\":{\"type\":\"BertNormalizer\"},\"pre_tokenizer\":{\"type\":"
    "\"BertPreTokenizer\"},"
    "\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"[UNK]\":0,\"[CLS]\":1,\"[SEP]\":2,\"a\":3,"
    "\"##a\":4,\"the\":5,\"##e\":6,\"##s\":7}}}",
    "{\"normalizer\":{\"type\":\"NFC\"},\"pre_tokenizer\":{\"type\":\"ByteLevel\"},\"model\":"
    "{\"type\":\"BPE\",\"ignore_merges\":true,\"vocab\":{\"t\":0,\"h\":1,\"e\":2,\"th\":3,\"the\":"
    "4,"
    "\"\\u0120\":5,\"\\u0120the\":6,\"a\":7},\"merges\":[\"t h\",\"th e\",\"\\u0120 the\"]}}",
    "{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFKC\"},{\"type\":"
    "\"Lowercase\"},{\"type\":\"StripAccents\"},{\"type\":\"Strip\"},{\"type\":\"Prepend\","
    "\"prepend\":\"\\u2581\"},{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":"
    "\"\\u2581\"},{\"type\":\"Replace\",\"pattern\":{\"Regex\":\" {2,}\"},\"content\":\" \"}]},"
    "\"model\":{\"type\":\"BPE\",\"byte_fallback\":true,\"unk_token\":\"u\",\"fuse_unk\":true,"
    "\"vocab\":{\"u\":0,\"<0x61>\":1,\"b\":2,\"bb\":3,\"\\u2581\":4},\"merges\":[[\"b\",\"b\"]]}}",
    "{\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"WhitespaceSplit\"},"
    "{\"type\":\"Metaspace\"}]},\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"u\",0],"
    "[\"\\u2581\",-2],[\"the\",-3],[\"t\",-2],[\"e\",-2.5],[\"he\",-1]]}}",
    "{\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Digits\"},{\"type\":"
    "\"Split\",\"pattern\":{\"Regex\":\"[^\\\\r\\\\n\\\\p{L}]?\\\\p{L}+|\\\\s+(?!\\\\S)|\\\\w\"},"
    "\"behavior\":\"Isolated\"}]},"
    "\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"<unk>\":0,\"the\":1,\" a\":2}}}",
};

static struct tokenizer *kept[sizeof(known) / sizeof(known[0])];

static void use(struct tokenizer *tokenizer, struct span text)
{
    const struct token_counter *counter = tokenizer_counter(tokenizer);
    struct token_list tokens = { .ids = NULL };

    if (!tokenizer_encode(tokenizer, text, false, &tokens, NULL)) {
        for (unsigned i = 0; i < 2; i++)
            if (counter->count(counter, text) != tokens.count)
                abort();
    }
    token_list_release(&tokens);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span all = { (const char *)data, size };
    const char *zero = memchr(data, 0, size);
    size_t json_len = zero ? (size_t)(zero - all.data) : size;
    struct tokenizer *own = NULL;

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (!kept[i] && tokenizer_read((struct span){ known[i], strlen(known[i]) }, &kept[i], NULL))
            abort();
        use(kept[i], all);
    }
    if (!tokenizer_read((struct span){ all.data, json_len }, &own, NULL))
        use(own, (struct span){ all.data + json_len, size - json_len });
    tokenizer_free(own);
    return 0;
}
