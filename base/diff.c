#include "base/diff.h"

#include <stdlib.h>
#include <string.h>

/* Item x of a against item y of b; diagonal k is x - y. */
struct search {
    const uint64_t *a, *b;
    int32_t a_count, b_count;
    int32_t *furthest; /* the x reached on diagonal k, at k + limit + 1 */
    int32_t limit;
    int32_t **rounds; /* furthest as it was before each round: -d .. d of round d */
};

static int32_t *at_diagonal(const struct search *search, int32_t k)
{
    return &search->furthest[k + search->limit + 1];
}

/* Down (an item of b) where that is as far, else right (an item of a). */
static bool goes_down(const struct search *search, int32_t k, int32_t d)
{
    return k == -d || (k != d && *at_diagonal(search, k - 1) < *at_diagonal(search, k + 1));
}

/* One more difference. True when the end is reached. */
static bool extend(struct search *search, int32_t d)
{
    for (int32_t k = -d; k <= d; k += 2) {
        int32_t x =
            goes_down(search, k, d) ? *at_diagonal(search, k + 1) : *at_diagonal(search, k - 1) + 1;
        int32_t y = x - k;

        while (x < search->a_count && y < search->b_count && search->a[x] == search->b[y]) {
            x++;
            y++;
        }
        *at_diagonal(search, k) = x;
        if (x >= search->a_count && y >= search->b_count)
            return true;
    }
    return false;
}

/* From the end back to the start, through what each round began with. */
static void walk_back(struct search *search, int32_t d, bool *a_is_kept, bool *b_is_kept)
{
    int32_t x = search->a_count;
    int32_t y = search->b_count;

    for (; d >= 0; d--) {
        int32_t k = x - y;
        int32_t before_x, before_y;

        memcpy(at_diagonal(search, -d - 1), search->rounds[d],
               (size_t)(2 * d + 3) * sizeof(int32_t));
        before_x =
            goes_down(search, k, d) ? *at_diagonal(search, k + 1) : *at_diagonal(search, k - 1);
        before_y = before_x - (goes_down(search, k, d) ? k + 1 : k - 1);
        /* The start lies on a diagonal of its own: everything before it is common. */
        if (d == 0)
            before_x = before_y = 0;
        while (x > before_x && y > before_y) {
            a_is_kept[--x] = true;
            b_is_kept[--y] = true;
        }
        x = before_x;
        y = before_y;
    }
}

static enum status run(struct search *search, bool *a_is_kept, bool *b_is_kept, struct error *err)
{
    for (int32_t d = 0; d <= search->limit; d++) {
        size_t bytes = (size_t)(2 * d + 3) * sizeof(int32_t);

        search->rounds[d] = malloc(bytes);
        if (!search->rounds[d])
            return error_set(err, STATUS_NO_MEMORY, "no memory to compare");
        memcpy(search->rounds[d], at_diagonal(search, -d - 1), bytes);
        if (extend(search, d)) {
            walk_back(search, d, a_is_kept, b_is_kept);
            break;
        }
    }
    return STATUS_OK;
}

enum status diff_items(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count,
                       bool *a_is_kept, bool *b_is_kept, struct error *err)
{
    struct search search = { .a = a, .b = b };
    size_t start = 0;
    size_t most;
    enum status status = STATUS_NO_MEMORY;

    if (a_count > INT32_MAX / 2 || b_count > INT32_MAX / 2)
        return error_set(err, STATUS_LIMIT, "too much to compare");
    memset(a_is_kept, 0, a_count * sizeof(*a_is_kept));
    memset(b_is_kept, 0, b_count * sizeof(*b_is_kept));
    for (; start < a_count && start < b_count && a[start] == b[start]; start++)
        a_is_kept[start] = b_is_kept[start] = true;
    for (; a_count > start && b_count > start && a[a_count - 1] == b[b_count - 1];
         a_count--, b_count--)
        a_is_kept[a_count - 1] = b_is_kept[b_count - 1] = true;
    search.a += start;
    search.b += start;
    search.a_count = (int32_t)(a_count - start);
    search.b_count = (int32_t)(b_count - start);
    most = (a_count - start) + (b_count - start);
    search.limit = (int32_t)(most < DIFF_DIFFERENCES_MAX ? most : DIFF_DIFFERENCES_MAX);
    search.furthest = calloc((size_t)search.limit * 2 + 4, sizeof(*search.furthest));
    search.rounds = calloc((size_t)search.limit + 1, sizeof(*search.rounds));
    if (search.furthest && search.rounds)
        status = run(&search, a_is_kept + start, b_is_kept + start, err);
    else
        (void)error_set(err, STATUS_NO_MEMORY, "no memory to compare");
    for (int32_t d = 0; search.rounds && d <= search.limit; d++)
        free(search.rounds[d]);
    free(search.rounds);
    free(search.furthest);
    return status;
}
