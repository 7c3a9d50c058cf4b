#include "cli/own_model.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/os.h"
#include "base/utf8.h"
#include "cli/paths.h"
#include "cli/plugin_words.h"
#include "embed/canary.h"
#include "model/semb.h"
#include "model/static_model.h"

#define PROGRAM "embed-static"

DEFINE_POINTER_CLEANUP(struct semb, semb_free);

/* As the plugin would find it: relative to the knowledge base, where it is started. */
static enum status find_file(const struct kb *kb, const char *given, struct buf *path)
{
    if (!given)
        return path_of_embedding_model(path, NULL);
    if (given[0] != '/')
        return os_path_join(path, buf_span(&kb->folder), (struct span){ given, strlen(given) },
                            NULL);
    buf_append(path, given, strlen(given));
    return buf_status(path, NULL);
}

static struct semb *open_model(const struct kb *kb, const char *command, bool *is_given)
{
    CLEANUP(plugin_words_release) struct plugin_words words = { .program = BUF_INIT(OS_PATH_MAX) };
    CLEANUP(buf_release) struct buf path = BUF_INIT(OS_PATH_MAX);
    CLEANUP(semb_free_ptr) struct semb *semb = NULL;

    if (plugin_words_split("'plugin' in varve.conf", command, &words, NULL) || !words.words[0] ||
        strcmp(words.words[0], PROGRAM) != 0 || (words.words[1] && words.words[2]))
        return NULL;
    *is_given = words.words[1] != NULL;
    if (find_file(kb, words.words[1], &path) || semb_open_few(path.data, &semb, NULL) ||
        semb_read_fingerprint(semb, NULL))
        return NULL;
    return TAKE(semb);
}

/* What embed/plugin_embedder.c does behind each start of a plugin. */
static bool is_model(const struct kb *kb, const struct semb *semb, bool is_given,
                     const struct model_info *wanted)
{
    unsigned dimensions = semb_dimensions(semb);
    float *vectors = calloc(CANARY_COUNT, dimensions * sizeof(*vectors));
    char name[STATIC_MODEL_NAME_BYTES];
    const char *fingerprint = semb_fingerprint(semb);
    struct canary_identity identity = { .plugin_fingerprint = { fingerprint, strlen(fingerprint) },
                                        .dimensions = dimensions };
    struct canary canary = { .vectors = NULL };
    struct error note;
    bool is_it;

    if (!vectors || dimensions != wanted->dimensions) {
        free(vectors);
        return false;
    }
    static_model_name(semb, is_given, name);
    identity.name = (struct span){ name, strlen(name) };
    for (size_t i = 0; i < CANARY_COUNT; i++)
        semb_embed(semb, (struct span){ canary_texts[i], strlen(canary_texts[i]) },
                   vectors + i * dimensions);
    is_it = !canary_identify(&identity, vectors, NULL, kb->folder.data, &canary, &note, NULL) &&
            hash_equal(&canary.fingerprint, &wanted->fingerprint);
    canary_release(&canary);
    free(vectors);
    return is_it;
}

bool own_model_embed(const struct kb *kb, const char *command, const struct span *texts,
                     struct query_vectors *out)
{
    bool is_given = false;
    CLEANUP(semb_free_ptr) struct semb *semb = open_model(kb, command, &is_given);

    if (!semb || !is_model(kb, semb, is_given, &out->model))
        return false;
    for (size_t i = 0; i < out->count; i++)
        if (!utf8_is_valid(texts[i])) /* JSON would have changed it on the way */
            return false;
    if (out->count >= STATIC_MODEL_TEXTS_FEW && semb_index(semb, NULL))
        return false;
    for (size_t i = 0; i < out->count; i++) {
        semb_embed(semb, texts[i], out->values + i * out->dimensions);
        out->is_made[i] = true;
    }
    return true;
}
