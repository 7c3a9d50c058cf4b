/*
 * quote.h - text of documents, quoted for a language model: as data, not as instructions.
 */
#ifndef CLI_QUOTE_H
#define CLI_QUOTE_H

#include "base/json.h"

/* What the model is told of quoted text. */
extern const char quote_instructions[];

/* Between fences that no line of it can close, with a line end behind. */
void quote_append(struct span text, struct buf *out);
/* An object of a chat: role and content. */
void quote_put_message(struct json_writer *json, const char *role, struct span content);

#endif
