/*
 * tokenizer_json.h - what the files that read a tokenizer.json share.
 */
#ifndef MODEL_TOKENIZER_JSON_H
#define MODEL_TOKENIZER_JSON_H

#include "base/json.h"
#include "model/tokenizer_parts.h"

bool tokenizer_json_is(struct span text, const char *wanted);
/* Whether its "type" is that. */
bool tokenizer_json_has_type(const struct json *part, const char *wanted);
/* STATUS_UNSUPPORTED: names the part's type. */
NODISCARD enum status tokenizer_json_unknown(const char *what, const struct json *part,
                                             struct error *err);
/* The pre-tokenizer; none, or null, leaves a text whole. */
NODISCARD enum status tokenizer_json_read_words(struct tokenizer *self, const struct json *part,
                                                struct error *err);

#endif
