#include "chunkers/partition.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define CHUNK_UNITS_MAX 512u /* for text of tiny units: the time is units times this */
/* The largest target for which weights are as given. The more units a chunk has, the more places
 * there are near its right size, so a larger target is kept to more closely. */
#define WEIGHED_TARGET 128
#define COST_NONE      INT64_MAX

struct partition {
    const struct partition_weights *weights;
    const struct extraction *extraction;
    const struct chunk_options *options;
    struct units units;
    int64_t *best;  /* [count + 1]: least cost of what begins at a unit */
    uint32_t *next; /* where the chunk that begins there ends, in the best way */
    size_t capacity;
    int64_t *size_costs; /* [maximum + 1] */
    int32_t *cut_costs;  /* [count][UNITS_LEFT]: of the cut before a unit, by how many units the
                            chunk  before it has */
};

DEFINE_POINTER_CLEANUP(struct unit_reader, unit_reader_free);

static void partition_release(struct partition *partition)
{
    units_release(&partition->units);
    free(partition->best);
    free(partition->next);
    free(partition->size_costs);
    free(partition->cut_costs);
}

static bool reserve(struct partition *partition, size_t count)
{
    void *best, *next, *cut_costs;

    if (count <= partition->capacity)
        return true;
    best = realloc(partition->best, count * sizeof(*partition->best));
    if (best)
        partition->best = best;
    next = realloc(partition->next, count * sizeof(*partition->next));
    if (next)
        partition->next = next;
    cut_costs = realloc(partition->cut_costs, count * UNITS_LEFT * sizeof(*partition->cut_costs));
    if (cut_costs)
        partition->cut_costs = cut_costs;
    if (!best || !next || !cut_costs)
        return false;
    partition->capacity = count;
    return true;
}

/* A square: far too small or too large is much worse than a little. Made once, as it is asked for
 * all the time. */
static enum status fill_size_costs(struct partition *partition, struct error *err)
{
    const struct partition_weights *weights = partition->weights;
    int64_t target = partition->options->target_tokens;
    size_t count = (size_t)partition->options->maximum_tokens + 1;

    partition->size_costs = malloc(count * sizeof(*partition->size_costs));
    if (!partition->size_costs)
        return error_set(err, STATUS_NO_MEMORY, "cannot hold the costs of chunks");
    for (size_t size = 0; size < count; size++) {
        /* 1000 at half and at one and a half */
        int64_t distance = ((int64_t)size - target) * 2000 / target;
        int64_t weight = distance < 0 ? weights->under : weights->over;

        weight = weight * (target > WEIGHED_TARGET ? target : WEIGHED_TARGET) / WEIGHED_TARGET;
        partition->size_costs[size] = distance * distance / 1000 * weight / 1000;
    }
    return STATUS_OK;
}

static void fill_cut_costs(struct partition *partition)
{
    const struct partition_weights *weights = partition->weights;

    for (size_t i = 0; i < partition->units.count; i++) {
        const struct unit *unit = &partition->units.items[i];

        for (size_t left = 0; left < UNITS_LEFT; left++) {
            int alike = unit->similarity[left] - weights->meaning_neutral;

            partition->cut_costs[i * UNITS_LEFT + left] =
                alike * weights->meaning / 1000 - weights->cut[unit->cut];
        }
    }
}

static size_t repeat_tokens(const struct partition *partition, const struct unit *unit)
{
    return unit->table ? partition->units.tables[unit->table - 1].tokens : 0;
}

/* A quarter of the maximum at most: the rest is for text of its own. */
static size_t overlap_of(const struct chunk_options *options)
{
    size_t most = options->maximum_tokens / 4;

    return options->overlap_tokens < most ? options->overlap_tokens : most;
}

/* Finds the best end for a chunk that begins at unit `from`, knowing all later ones. */
static void solve_from(struct partition *partition, size_t from)
{
    const struct unit *units = partition->units.items;
    size_t count = partition->units.count;
    size_t room = partition->options->maximum_tokens - overlap_of(partition->options);
    size_t size = 0, tokens = 0;
    size_t fixed = units[from].path_tokens + repeat_tokens(partition, &units[from]);

    partition->best[from] = COST_NONE;
    for (size_t to = from + 1; to <= count && to - from <= CHUNK_UNITS_MAX; to++) {
        const struct unit *last = &units[to - 1];
        size_t left = to - from < UNITS_LEFT ? to - from : UNITS_LEFT;
        int64_t cost;

        size += last->size;
        tokens += last->tokens;
        if (to - 1 > from) {
            tokens += last->gap_tokens;
            if ((size > tokens ? size : tokens) + fixed > room)
                break;
        }
        cost = partition->size_costs[size < room ? size : room] + partition->best[to];
        if (to < count)
            cost += partition->cut_costs[to * UNITS_LEFT + left - 1];
        if (cost < partition->best[from]) {
            partition->best[from] = cost;
            partition->next[from] = (uint32_t)to;
        }
    }
}

static struct chunk chunk_of(const struct partition *partition, size_t from, size_t to)
{
    const struct unit *units = partition->units.items;
    struct chunk chunk = {
        .text_start = units[from].text_start,
        .text_end = units[to - 1].text_end,
        .heading = units[from].heading,
        .token_count = units[from].path_tokens + (uint32_t)repeat_tokens(partition, &units[from]),
    };

    if (units[from].table) {
        chunk.repeat_start = partition->units.tables[units[from].table - 1].text_start;
        chunk.repeat_end = partition->units.tables[units[from].table - 1].text_end;
    }
    for (size_t i = from; i < to; i++)
        chunk.token_count += units[i].tokens + (i > from ? units[i].gap_tokens : 0);
    return chunk;
}

/* Where a chunk begins that repeats whole units of the one before: behind that one's start, not
 * over a heading, and below the maximum. */
static size_t overlapped_start(const struct partition *partition, size_t previous, size_t from,
                               size_t to)
{
    const struct unit *units = partition->units.items;
    size_t overlap = overlap_of(partition->options), repeated = 0, start = from;

    while (overlap > 0 && start > previous + 1 && units[start].cut < CUT_RULE) {
        repeated += units[start - 1].tokens + units[start].gap_tokens;
        if (repeated > overlap ||
            chunk_of(partition, start - 1, to).token_count > partition->options->maximum_tokens)
            break;
        start--;
    }
    return start;
}

static enum status split_window(struct partition *partition, chunk_fn *emit, void *user,
                                struct error *err)
{
    size_t count = partition->units.count, previous = 0;

    if (!reserve(partition, count + 1))
        return error_set(err, STATUS_NO_MEMORY, "cannot hold a document's cuts");
    fill_cut_costs(partition);
    partition->best[count] = 0;
    for (size_t from = count; from-- > 0;)
        solve_from(partition, from);
    for (size_t from = 0; from < count; from = partition->next[from]) {
        size_t to = partition->next[from];
        size_t start = from > 0 ? overlapped_start(partition, previous, from, to) : from;
        struct chunk chunk = chunk_of(partition, start, to);
        enum status status = emit(user, &chunk, err);

        previous = from;

        if (status)
            return status;
    }
    return STATUS_OK;
}

enum status partition_split(const struct chunker *chunker, const struct extraction *extraction,
                            const struct chunk_options *options, chunk_fn *emit, void *user,
                            struct error *err)
{
    const struct partition_strategy *strategy = chunker->settings;
    CLEANUP(partition_release)
    struct partition partition = { .weights = strategy->weights,
                                   .extraction = extraction,
                                   .options = options };
    CLEANUP(unit_reader_free_ptr) struct unit_reader *reader = NULL;
    enum status status;

    status = fill_size_costs(&partition, err);
    if (!status)
        status = unit_reader_new(extraction, options, strategy->unit_flags, &reader, err);
    while (!status) {
        status = unit_reader_next(reader, &partition.units, err);
        if (status || partition.units.count == 0)
            break;
        status = split_window(&partition, emit, user, err);
    }
    return status;
}
