#include "watch/guard.h"

enum guard_verdict guard_judge(const struct guard_limits *limits, const struct guard_batch *batch)
{
    uint64_t gone = batch->gone + batch->recent, known = batch->known + batch->recent;

    if (batch->gone == 0)
        return GUARD_REMOVE;
    if (gone > limits->share_documents && gone * 100 > known * limits->share_percent)
        return GUARD_HOLD;
    if (batch->is_emptied && (!batch->has_events || batch->gone > 1))
        return GUARD_HOLD;
    return GUARD_REMOVE;
}

uint64_t guard_window_count(const struct guard_window *window, int64_t now_ms)
{
    return now_ms - window->begun_ms < GUARD_WINDOW_MS ? window->removed : 0;
}

void guard_window_add(struct guard_window *window, int64_t now_ms, uint64_t removed)
{
    if (guard_window_count(window, now_ms) == 0)
        *window = (struct guard_window){ .begun_ms = now_ms };
    window->removed += removed;
}

bool guard_accepts_root(uint64_t known, uint64_t recognised)
{
    return known == 0 || recognised * 2 > known;
}
