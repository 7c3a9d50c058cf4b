/*
 * kb.h - what most commands begin with: which knowledge base, its settings, a reader's view of it.
 */
#ifndef CLI_KB_H
#define CLI_KB_H

#include "base/json.h"
#include "cli/config.h"
#include "index/search.h"

struct kb {
    struct buf folder; /* absolute */
    struct config *config;
    struct index *index;       /* NULL until kb_open_reader() */
    struct snapshot *snapshot; /* NULL until kb_open_reader() */
};

#define KB_INIT                                                                                    \
    {                                                                                              \
        .folder = BUF_INIT(4096)                                                                   \
    }

/* option is what --kb gave, or NULL. */
NODISCARD enum status kb_find(struct kb *kb, const char *option, struct error *err);
/* kb_find(), then opens the index and takes its newest generation. */
NODISCARD enum status kb_open_reader(struct kb *kb, const char *option, struct error *err);
/* A generation from its number or a moment ("2026-03-01", "2 days ago": base/when.h); after
 * kb_open_reader(). STATUS_MALFORMED: text is neither. STATUS_UNREADABLE: nothing was committed by
 * then. */
NODISCARD enum status kb_read_generation(const struct kb *kb, const char *text, int64_t *out,
                                         struct error *err);
/* Asks the daemon that has the writer's lock to do it. STATUS_BUSY: the writer is no daemon, or one
 * that does not answer. STATUS_IO: it could not do it; its words are in err. */
NODISCARD enum status kb_ask_writer(const struct kb *kb, struct span request, struct json **reply,
                                    struct error *err);
/* Does what a request says with kb->index, which is open for writing; report is one object. */
typedef enum status kb_write_fn(struct kb *kb, const struct json *request, struct buf *report,
                                struct error *err);
/* In this process, or in the daemon where one has the writer's lock. After kb_find(); *report is
 * the caller's, as json_free() ends it. */
NODISCARD enum status kb_write(struct kb *kb, struct span request, kb_write_fn *write,
                               struct json **report, struct error *err);
void kb_release(struct kb *kb);

#endif
