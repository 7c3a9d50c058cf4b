#include "ingest/outcome.h"

#include <string.h>

static const char *const outcome_names[OUTCOME_COUNT] = {
    [OUTCOME_PENDING] = "pending",           [OUTCOME_COMPLETE] = "complete",
    [OUTCOME_PARTIAL] = "partial",           [OUTCOME_NO_TEXT] = "no text",
    [OUTCOME_ENCRYPTED] = "encrypted",       [OUTCOME_UNSUPPORTED] = "unsupported",
    [OUTCOME_MALFORMED] = "malformed",       [OUTCOME_OVER_LIMIT] = "over limit",
    [OUTCOME_CRASHED] = "crashed",           [OUTCOME_TIMED_OUT] = "timed out",
    [OUTCOME_UNREADABLE] = "unreadable",     [OUTCOME_UNSTABLE] = "unstable",
    [OUTCOME_EMBED_FAILED] = "embed failed",
};

const char *outcome_name(enum outcome outcome)
{
    return (unsigned)outcome < OUTCOME_COUNT ? outcome_names[outcome] : "unknown";
}

bool outcome_from_name(const char *text, enum outcome *out)
{
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        if (strcmp(text, outcome_names[i]) == 0) {
            *out = (enum outcome)i;
            return true;
        }
    }
    return false;
}

bool outcome_has_text(enum outcome outcome)
{
    return outcome == OUTCOME_COMPLETE || outcome == OUTCOME_PARTIAL ||
           outcome == OUTCOME_EMBED_FAILED;
}

bool outcome_is_failure(enum outcome outcome)
{
    return outcome != OUTCOME_PENDING && outcome != OUTCOME_COMPLETE && outcome != OUTCOME_NO_TEXT;
}

enum outcome outcome_of_status(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return OUTCOME_COMPLETE;
    case STATUS_UNREADABLE:
    case STATUS_IO:
        return OUTCOME_UNREADABLE;
    case STATUS_UNSUPPORTED:
        return OUTCOME_UNSUPPORTED;
    case STATUS_MALFORMED:
    case STATUS_CORRUPT:
        return OUTCOME_MALFORMED;
    case STATUS_LIMIT:
    case STATUS_NO_MEMORY:
        return OUTCOME_OVER_LIMIT;
    case STATUS_CHANGED:
    case STATUS_BUSY:
    case STATUS_CANCELLED:
        return OUTCOME_UNSTABLE;
    }
    return OUTCOME_MALFORMED;
}
