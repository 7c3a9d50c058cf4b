#include "cli/asked.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"

#define FIRST_HITS       3u /* a good answer is among them */
#define FILTER_BYTES_MAX ((size_t)1024)

void asked_start(struct asked *asked, const struct kb *kb)
{
    *asked = (struct asked){ .is_kept = kb->config->keeps_questions,
                             .filter = BUF_INIT(FILTER_BYTES_MAX) };
}

void asked_filter(struct asked *asked, const char *name, const char *value)
{
    if (value)
        buf_printf(&asked->filter, "%s%s %s", asked->filter.len > 0 ? ", " : "", name, value);
}

enum status asked_hit(struct asked *asked, struct search *search, const struct hit *hit,
                      struct error *err)
{
    const struct hit_place *place = &hit->places[0];
    double coverage = 0;
    enum status status = STATUS_OK;

    if (!asked->is_kept || asked->hit_count == QUESTION_HITS_MAX)
        return STATUS_OK;
    if (asked->hit_count < FIRST_HITS)
        status = search_coverage(search, place, &coverage, err);
    if (coverage > asked->coverage)
        asked->coverage = coverage;
    asked->hits[asked->hit_count++] = (struct question_hit){ .document_id = place->document_id,
                                                             .segment_id = place->segment_id,
                                                             .score = hit->score };
    return status;
}

int64_t asked_write(const struct asked *asked, const struct kb *kb, struct span question,
                    const struct principal *principal)
{
    struct question record = { .asked_ms = os_wall_ms(),
                               .asker = principal ? principal_uid(principal) : getuid(),
                               .generation = snapshot_generation(kb->snapshot),
                               .text = question,
                               .filter = buf_span(&asked->filter),
                               .coverage = asked->coverage,
                               .hits = asked->hits,
                               .hit_count = asked->hit_count };
    CLEANUP(question_log_free_ptr) struct question_log *log = NULL;
    struct error problem;
    int64_t question_id = 0;
    enum status status;

    if (!asked->is_kept)
        return 0;
    status = question_log_open(kb->folder.data, true, &log, &problem);
    /* In this order: a log that was opened before that went aside with the database it is of. */
    if (!status && index_is_replaced(kb->index))
        status = error_set(&problem, STATUS_CHANGED, "the database was replaced meanwhile");
    if (!status)
        status = question_log_put(log, &record, kb->config->kept_questions,
                                  kb->config->kept_question_days, &question_id, &problem);
    if (!status)
        return question_id;
    fprintf(stderr, "varve: the question is not kept: %s\n", problem.text);
    return 0;
}

void asked_release(struct asked *asked)
{
    buf_release(&asked->filter);
}
