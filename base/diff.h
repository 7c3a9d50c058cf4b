/*
 * diff.h - which items of two sequences stay: a longest common subsequence of them.
 *
 * Source: E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", Algorithmica 1 (1986),
 * section 3: the greedy one, with the furthest points of each round kept for the way back.
 */
#ifndef BASE_DIFF_H
#define BASE_DIFF_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* Past so many differences, what lies between the common start and the common end is told as wholly
 * replaced: the time is O(items * differences), the memory O(differences squared): 36 MB. */
#define DIFF_DIFFERENCES_MAX 3000u

/* Items are told apart by their keys (hashes of them). Sets is_kept of every item that stays, in
 * both. */
NODISCARD enum status diff_items(const uint64_t *a, size_t a_count, const uint64_t *b,
                                 size_t b_count, bool *a_is_kept, bool *b_is_kept,
                                 struct error *err);

#endif
