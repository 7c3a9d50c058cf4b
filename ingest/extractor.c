#include "ingest/extractor.h"

#include <stdio.h>
#include <string.h>

#define RATIO_MAX        100u
#define RATIO_FREE_BYTES ((uint64_t)1 << 20) /* small things may be packed as well as they like */

static bool is_too_dense(const struct member_budget *budget)
{
    return budget->expanded_bytes > RATIO_FREE_BYTES &&
           budget->expanded_bytes / RATIO_MAX > budget->outer_bytes;
}

bool member_budget_is_spent(const struct member_budget *budget)
{
    return budget->expanded_bytes > budget->expanded_bytes_max || is_too_dense(budget);
}

enum status member_budget_charge(struct member_budget *budget, uint64_t bytes, struct error *err)
{
    budget->expanded_bytes += bytes;
    if (budget->expanded_bytes > budget->expanded_bytes_max)
        return error_set(err, STATUS_LIMIT, "its members are more than %llu MiB",
                         (unsigned long long)(budget->expanded_bytes_max >> 20));
    if (is_too_dense(budget))
        return error_set(err, STATUS_LIMIT, "expands to more than %u times its size", RATIO_MAX);
    return STATUS_OK;
}

const struct extractor *extractor_pick(const struct extractor *const *table,
                                       const struct bid_input *input)
{
    const struct extractor *best = NULL;
    int best_bid = 0;

    for (; *table; table++) {
        int bid = (*table)->bid(input);

        if (bid > best_bid) {
            best_bid = bid;
            best = *table;
        }
    }
    return best;
}

enum outcome extractor_outcome(enum status status, const struct error *problem)
{
    static const char encrypted[] = "encrypted";

    if (status == STATUS_UNSUPPORTED &&
        strncmp(problem->text, encrypted, sizeof(encrypted) - 1) == 0)
        return OUTCOME_ENCRYPTED;
    return outcome_of_status(status);
}

enum status extractor_run(const struct extractor *extractor, const struct source *source,
                          struct writer *writer, struct extraction *out, struct error *err)
{
    struct error problem = { .status = STATUS_OK };
    enum status status = STATUS_OK, finished;

    if (extractor->extract)
        status = extractor->extract(source, writer, &problem);
    finished = writer_finish(writer, out, err);
    if (finished)
        return finished;
    if (status_scope(status) == SCOPE_PASS && status != STATUS_NO_MEMORY) {
        if (err)
            *err = problem;
        return status;
    }
    if (status && outcome_has_text(out->outcome))
        out->outcome = OUTCOME_PARTIAL;
    else if (status)
        out->outcome = extractor_outcome(status, &problem);
    if (status)
        (void)snprintf(out->reason, sizeof(out->reason), "%s", problem.text);
    else if (!extractor->extract && extractor->members)
        out->outcome = OUTCOME_COMPLETE, out->reason[0] = '\0';
    if (extractor->members)
        out->flags |= EXTRACTION_IS_CONTAINER;
    (void)snprintf(out->extractor, sizeof(out->extractor), "%s %u", extractor->name,
                   extractor->version);
    (void)snprintf(out->media_type, sizeof(out->media_type), "%s", source->media_type);
    return STATUS_OK;
}
