/*
 * migrate.h - a database of an older schema is brought up to this one. Only for index/.
 *
 *  1. A copy of it as it was stays in DIR/index.db.schema-VERSION, verified before anything
 *     changes.
 *  2. All steps are one transaction: the database has its old version or this one.
 *     Where the disk has not three times its size free (the copy, the log, what grows), nothing is
 *     begun.
 *  3. Only the writer does it; a reader is told to wait for one.
 */
#ifndef INDEX_MIGRATE_H
#define INDEX_MIGRATE_H

#include "index/internal.h"

/* Makes version of version - 1. The table of them is in migrate.c; a step is never changed once it
 * was released. */
struct migration {
    int version;
    const char *script;                                         /* NULL: none */
    enum status (*run)(struct index *index, struct error *err); /* after the script; NULL: none */
};

/* index is open, and not newer than wanted. steps ascend by version, without gaps.
 * STATUS_UNSUPPORTED: it is a reader, or no step leads from its version. */
NODISCARD enum status migrate_with(struct index *index, const struct migration *steps, size_t count,
                                   int wanted, struct error *err);
/* Steps that are more than a script: migrate_to_VERSION.c. */
NODISCARD enum status migrate_to_3(struct index *index, struct error *err);
NODISCARD enum status migrate_to_6(struct index *index, struct error *err);

/* The same with this program's steps, to INDEX_SCHEMA_VERSION. */
NODISCARD enum status migrate(struct index *index, struct error *err);

#endif
