/*
 * overlay.h - a new version of a database file, kept as the pages that differ from the old one.
 *
 *   old file ──┐
 *              ├─▶ what SQLite reads and writes through overlay_open() ──▶ overlay_apply()
 *   part file ─┘   (pages that differ)
 *
 * The old file stays as it is until overlay_apply(), which puts the pages in their places behind a
 * rollback journal of SQLite's own format: after a crash at any point, whoever opens the file next
 * finds the old version or the new one. Only for index/.
 */
#ifndef INDEX_OVERLAY_H
#define INDEX_OVERLAY_H

#include "index/sql.h"

struct overlay;

/* Of the database file at path, with pages of page_bytes; part is made, and removed at the end. */
NODISCARD enum status overlay_new(const char *path, const char *part, uint32_t page_bytes,
                                  struct overlay **out, struct error *err);
void overlay_free(struct overlay *overlay); /* NULL is fine */

/* A connection to the new version, which begins as the old one; without locks and journal. The
 * overlay outlives it. */
NODISCARD enum status overlay_open(struct overlay *overlay, struct sql *sql, struct error *err);

uint64_t overlay_pages(const struct overlay *overlay);         /* of the new version */
uint64_t overlay_changed_pages(const struct overlay *overlay); /* that differ */

/* Makes the file the new version. The caller holds an EXCLUSIVE lock of SQLite on it, through a
 * connection of this process that has read nothing it needs again. */
NODISCARD enum status overlay_apply(struct overlay *overlay, const char *folder, struct error *err);

#endif
