/*
 * verify_vectors.h - stored vectors are embedded again, by the plugin of the model that is
 * searched, and what the plugin says of the model is compared with what the index has.
 */
#ifndef CLI_VERIFY_VECTORS_H
#define CLI_VERIFY_VECTORS_H

#include "cli/kb.h"
#include "index/verify.h"

struct verify_vectors {
    struct loop *loop;
    struct embedder *embedder; /* NULL: nothing is embedded again */
    struct model_info model;
    int64_t model_id;
    char note[256]; /* why that ends early, or is not done; "" when it does not */
};

/* A plugin that does not answer, or is another model by now, is no error: note says so. */
NODISCARD enum status verify_vectors_open(struct verify_vectors *vectors, const struct kb *kb,
                                          struct error *err);
/* What the index has wrong of the model, by name; NULL: nothing, or nobody can say. */
const char *verify_vectors_model_fault(const struct verify_vectors *vectors);
/* False: that is not the model's vector of this input. True as well for what can't be told. */
bool verify_vectors_one(struct verify_vectors *vectors, const struct verify_vector *vector);
void verify_vectors_release(struct verify_vectors *vectors);

#endif
