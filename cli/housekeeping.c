#include "cli/housekeeping.h"

#include <stdlib.h>

#include "base/file_cache.h"
#include "base/os.h"
#include "cli/erase.h"
#include "index/tidy.h"

#define MEGABYTE    ((uint64_t)1000000)
#define DAY_MS      ((int64_t)24 * 3600 * 1000)
#define INTERVAL_MS ((int64_t)3600 * 1000) /* between two looks at what is past */
#define TIDY_MS     ((int64_t)60 * 1000)   /* and at what could be tidied up */

struct job {
    struct retain_work work;
    struct control_call *call; /* NULL: of varve.conf */
    struct job *next;
};

struct housekeeping {
    const char *kb;
    const struct config *config;
    struct index *index;
    const struct log *log;
    struct job *jobs; /* the first one is being done */
    int64_t due_ms;   /* when varve.conf's policy is looked at again */
    struct tidy_work tidy;
    bool is_tidying;
    int64_t tidy_due_ms, tidied_generation;
};

enum status housekeeping_new(const char *kb, const struct config *config, struct index *index,
                             const struct log *log, struct housekeeping **out, struct error *err)
{
    struct housekeeping *housekeeping = calloc(1, sizeof(*housekeeping));

    if (!housekeeping)
        return error_set(err, STATUS_NO_MEMORY, "no memory to start");
    housekeeping->kb = kb;
    housekeeping->config = config;
    housekeeping->index = index;
    housekeeping->log = log;
    housekeeping->tidy_due_ms = os_monotonic_ms() + TIDY_MS;
    *out = housekeeping;
    return STATUS_OK;
}

void housekeeping_free(struct housekeeping *housekeeping)
{
    if (!housekeeping)
        return;
    while (housekeeping->jobs) {
        struct job *job = housekeeping->jobs;

        housekeeping->jobs = job->next;
        free(job);
    }
    free(housekeeping);
}

static void reply_error(struct control_call *call, const char *text)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT(4096);
    struct json_writer json = JSON_WRITER(&line);

    json_put_object_begin(&json, NULL);
    json_put_text(&json, "error", text);
    json_put_object_end(&json);
    control_reply(call, buf_span(&line));
}

/* ---- collecting ---- */

/* As varve.conf and the options of 'varve gc' say it; 0: does not say. */
struct terms {
    int64_t days, revisions, megabytes, feed_days;
};

static int64_t days_ago(int64_t days)
{
    return days > 0 ? os_wall_ms() - days * DAY_MS : 0;
}

static struct retain_policy make_policy(const struct terms *terms, const struct config *config)
{
    struct retain_policy policy = {
        .older_than_ms = days_ago(terms->days),
        .revisions_max = (uint32_t)(terms->revisions > 0 ? terms->revisions : 0),
        .text_bytes_max = terms->megabytes > 0 ? (uint64_t)terms->megabytes * MEGABYTE : 0,
        .feed_older_than_ms = days_ago(terms->feed_days),
    };

    _Static_assert(CONFIG_SINKS_MAX <= RETAIN_CONSUMERS_MAX, "a policy has room for all sinks");
    for (size_t i = 0; i < config->sink_count; i++)
        policy.feed_consumers[i] = config->sinks[i].name;
    return policy;
}

struct retain_policy housekeeping_policy(const struct json *request, const struct config *config)
{
    struct terms terms = {
        .days = json_read_integer(json_lookup(request, "older_than_days"), 0),
        .revisions = json_read_integer(json_lookup(request, "revisions"), 0),
        .megabytes = json_read_integer(json_lookup(request, "megabytes"), 0),
        .feed_days = json_read_integer(json_lookup(request, "feed_days"), 0),
    };
    struct retain_policy policy = make_policy(&terms, config);

    policy.everything = json_read_bool(json_lookup(request, "all"), false);
    return policy;
}

static bool says_nothing(const struct retain_policy *policy)
{
    return !policy->everything && !policy->older_than_ms && !policy->revisions_max &&
           !policy->text_bytes_max && !policy->feed_older_than_ms;
}

void housekeeping_put_report(struct json_writer *json, const struct retain_report *report,
                             uint64_t cache_bytes)
{
    json_put_object_begin(json, NULL);
    json_put_integer(json, "revisions", (int64_t)report->revisions);
    json_put_integer(json, "segments", (int64_t)report->segments);
    json_put_integer(json, "texts", (int64_t)report->texts);
    json_put_integer(json, "vectors", (int64_t)report->vectors);
    json_put_integer(json, "documents", (int64_t)report->documents);
    json_put_integer(json, "changes", (int64_t)report->changes);
    json_put_integer(json, "freed_bytes", (int64_t)(report->freed_bytes + cache_bytes));
    json_put_integer(json, "oldest_generation", report->oldest_generation);
    json_put_integer(json, "damaged_blocks", (int64_t)report->damaged);
    json_put_object_end(json);
}

uint64_t housekeeping_trim_cache(const char *kb, const struct config *config)
{
    CLEANUP(buf_release) struct buf cache = BUF_INIT(OS_PATH_MAX);
    uint64_t before, after;

    buf_printf(&cache, "%s/cache", kb);
    before = file_cache_bytes(cache.data);
    after = file_cache_trim(cache.data, (uint64_t)config->cache_mb * MEGABYTE);
    return before > after ? before - after : 0;
}

static bool add_job(struct housekeeping *housekeeping, const struct retain_policy *policy,
                    struct control_call *call)
{
    struct job *job = calloc(1, sizeof(*job));
    struct job **last = &housekeeping->jobs;

    if (!job)
        return false;
    job->work.policy = *policy;
    job->call = call;
    while (*last)
        last = &(*last)->next;
    *last = job;
    return true;
}

void housekeeping_collect(struct housekeeping *housekeeping, const struct json *request,
                          struct control_call *call)
{
    struct retain_policy policy = housekeeping_policy(request, housekeeping->config);

    if (says_nothing(&policy))
        reply_error(call, "which past?");
    else if (!add_job(housekeeping, &policy, call))
        reply_error(call, "no memory");
}

static void end_job(struct housekeeping *housekeeping, const struct error *problem)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT(4096);
    struct json_writer json = JSON_WRITER(&line);
    struct job *job = housekeeping->jobs;
    const struct retain_report *report = &job->work.report;

    housekeeping->jobs = job->next;
    if (!problem && !job->call && report->damaged)
        log_line(housekeeping->log, LOG_WARNING,
                 "%llu blocks of texts are damaged, and keep what was to be let go: 'varve verify "
                 "--repair' takes them out",
                 (unsigned long long)report->damaged);
    if (problem && job->call) {
        reply_error(job->call, problem->text);
    } else if (problem) {
        log_line(housekeeping->log, LOG_WARNING, "cannot let go of the past: %s", problem->text);
    } else if (job->call) {
        housekeeping_put_report(&json, report,
                                housekeeping_trim_cache(housekeeping->kb, housekeeping->config));
        control_reply(job->call, buf_span(&line));
    } else if (report->revisions || report->changes) {
        log_line(housekeeping->log, LOG_INFO,
                 "%llu past revisions let go, as [retain] says: %llu segments; %llu changes of the "
                 "feed; %llu bytes given back",
                 (unsigned long long)report->revisions, (unsigned long long)report->segments,
                 (unsigned long long)report->changes, (unsigned long long)report->freed_bytes);
    }
    free(job);
}

static void look_for_work(struct housekeeping *housekeeping)
{
    const struct config *config = housekeeping->config;
    struct terms terms = { .days = config->retain_days,
                           .revisions = config->retain_revisions,
                           .megabytes = config->retain_mb,
                           .feed_days = config->retain_feed_days };
    struct retain_policy policy;

    if (os_monotonic_ms() < housekeeping->due_ms)
        return;
    policy = make_policy(&terms, config);
    housekeeping->due_ms = os_monotonic_ms() + INTERVAL_MS;
    /* No memory: the next hour has another chance. */
    if (!says_nothing(&policy))
        (void)add_job(housekeeping, &policy, NULL);
}

/* ---- tidying up ---- */

static void begin_tidying(struct housekeeping *housekeeping)
{
    int64_t generation = 0;

    if (os_monotonic_ms() < housekeeping->tidy_due_ms)
        return;
    housekeeping->tidy_due_ms = os_monotonic_ms() + TIDY_MS;
    if (index_generation(housekeeping->index, &generation, NULL) ||
        generation == housekeeping->tidied_generation)
        return;
    housekeeping->tidied_generation = generation;
    housekeeping->tidy = (struct tidy_work){ .after = 0 };
    housekeeping->is_tidying = true;
}

/* True while there is more. */
static bool tidy(struct housekeeping *housekeeping)
{
    struct error problem;

    if (!housekeeping->is_tidying)
        begin_tidying(housekeeping);
    if (!housekeeping->is_tidying)
        return false;
    if (tidy_step(housekeeping->index, &housekeeping->tidy, &problem)) {
        log_line(housekeeping->log, LOG_WARNING, "cannot tidy up: %s", problem.text);
        housekeeping->is_tidying = false;
    } else if (housekeeping->tidy.phase == TIDY_DONE) {
        housekeeping->is_tidying = false;
        housekeeping->tidy_due_ms = os_monotonic_ms() + TIDY_MS;
        if (housekeeping->tidy.damaged)
            log_line(housekeeping->log, LOG_WARNING, TIDY_DAMAGED,
                     (unsigned long long)housekeeping->tidy.damaged);
    }
    return housekeeping->is_tidying;
}

bool housekeeping_step(struct housekeeping *housekeeping, bool is_idle)
{
    struct job *job;
    struct error problem;

    if (!housekeeping->jobs && is_idle)
        look_for_work(housekeeping);
    job = housekeeping->jobs;
    /* What nobody waits for waits for everything else. */
    if (!job)
        return is_idle && tidy(housekeeping);
    if (!job->call && !is_idle)
        return false;
    if (retain_step(housekeeping->index, &job->work, &problem))
        end_job(housekeeping, &problem);
    else if (job->work.phase == RETAIN_DONE)
        end_job(housekeeping, NULL);
    return housekeeping->jobs != NULL;
}

/* ---- erasing ---- */

void housekeeping_erase(struct housekeeping *housekeeping, const struct json *request,
                        struct control_call *call)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT(CONTROL_LINE_BYTES_MAX);
    struct error problem;

    if (erase_run(housekeeping->index, housekeeping->kb, request, &line, &problem))
        reply_error(call, problem.text);
    else
        control_reply(call, buf_span(&line));
}
