/* fault-migrate KB: brings a knowledge base two schemas on, as a later varve would: under the shim,
 * to be killed and to be told of errors. kb.py takes it back. */
#include <stdio.h>

#include "index/internal.h"
#include "index/migrate.h"

static const struct migration steps[] = {
    { INDEX_SCHEMA_VERSION + 1, "ALTER TABLE source ADD COLUMN note TEXT NOT NULL DEFAULT 'new'",
      NULL },
    { INDEX_SCHEMA_VERSION + 2,
      "CREATE TABLE extra(x); INSERT INTO extra"
      " SELECT text_bytes FROM revision",
      NULL },
};

int main(int argc, char **argv)
{
    struct index *index = NULL;
    struct error problem = { .text = "usage: fault-migrate KB" };
    enum status status =
        argc == 2 ? index_open(argv[1], INDEX_WRITE, &index, &problem) : STATUS_UNSUPPORTED;

    if (!status)
        status = migrate_with(index, steps, sizeof(steps) / sizeof(steps[0]),
                              INDEX_SCHEMA_VERSION + 2, &problem);
    index_free(index);
    if (status)
        fprintf(stderr, "fault-migrate: %s\n", problem.text);
    return status ? 3 : 0;
}
