#include <string.h>

#include "chunkers/chunkers.h"

const struct chunker *const builtin_chunkers[] = {
    &semantic_chunker, &structure_chunker, &parents_chunker, &sentence_chunker,
    &fixed_chunker,    &code_chunker,      &table_chunker,   NULL,
};

const struct chunker *chunker_find(const char *name)
{
    for (size_t i = 0; builtin_chunkers[i]; i++)
        if (strcmp(builtin_chunkers[i]->name, name) == 0)
            return builtin_chunkers[i];
    return NULL;
}
