#include "model/static_model.h"

#include <stdio.h>

#include "model/semb.h"

void static_model_name(const struct semb *semb, bool is_given, char out[STATIC_MODEL_NAME_BYTES])
{
    unsigned dimensions = semb_dimensions(semb);

    /* Another file is another model, to people as well. */
    if (is_given)
        (void)snprintf(out, STATIC_MODEL_NAME_BYTES, "varve-static-%u-%.8s", dimensions,
                       semb_fingerprint(semb));
    else
        (void)snprintf(out, STATIC_MODEL_NAME_BYTES, "varve-static2-%u", dimensions);
}
