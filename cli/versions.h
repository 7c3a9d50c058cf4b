/*
 * versions.h - which documents may be versions of each other, by their names alone.
 *
 * "Price list 2023" and "price-list_v2 (final)" are alike, "Chapter 1" and "Chapter 2" are not:
 * only years and dates, version numbers, and words like "draft" are left out of the comparison.
 */
#ifndef CLI_VERSIONS_H
#define CLI_VERSIONS_H

#include "base/buf.h"

/* Names: titles, or file names without their folders and endings. False when nothing is left of
 * one. */
bool versions_alike(struct span a, struct span b);

#endif
