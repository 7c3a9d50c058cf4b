/*
 * canary.h - is this still the model whose vectors the index holds?
 *
 * A model may change behind its name: other weights under the same tag, another prefix, a service
 * that was upgraded. So eight fixed texts are embedded at each start of a plugin, and compared with
 * what it gave when its name was first seen. All eight at a cosine of 0.9999 or more, with lengths
 * that agree within a hundredth: the same model, and the fingerprint of the first time stays,
 * although a graphics card may add up in another order each time. Otherwise: a new model with a new
 * fingerprint.
 *
 * fingerprint := SHA-256 over (the plugin's own fingerprint, model name, dimensions, canary vectors
 *                scaled to length 1 and rounded to 1/1000)
 *
 * What was first seen is kept in FOLDER/IDENTITY.canary, one JSON object, where IDENTITY is a hash
 * of name, dimensions and the plugin's own fingerprint. Without that file, a model whose sums are
 * exact gets the same fingerprint again; a noisy one may get a new one.
 */
#ifndef EMBED_CANARY_H
#define EMBED_CANARY_H

#include "base/hash.h"

#define CANARY_COUNT 8u

extern const char *const canary_texts[CANARY_COUNT];

struct canary_identity {
    struct span name;               /* of the model */
    struct span plugin_fingerprint; /* as the plugin said it, any text */
    unsigned dimensions;
};

struct canary {
    struct hash identity;
    struct hash fingerprint; /* of the model */
    unsigned dimensions;
    float *vectors; /* CANARY_COUNT times dimensions */
};

void canary_release(struct canary *canary);

/* Names what vectors (which are copied) were made by, comparing with *known, which may be NULL or
 * empty, and with folder, which may be NULL. A folder that can't be written to is no failure: *note
 * then says what is lost (else it is STATUS_OK). */
NODISCARD enum status canary_identify(const struct canary_identity *identity, const float *vectors,
                                      const struct canary *known, const char *folder,
                                      struct canary *out, struct error *note, struct error *err);

/* Each of the canary texts gives the same vector, as far as a noisy machine allows. */
bool canary_matches(const float *a, const float *b, unsigned dimensions);

#endif
