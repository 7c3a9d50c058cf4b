/*
 * extractor.h - the interface every document format implements.
 *
 * To add a format: write extractors/FAMILY/FORMAT.c with one `const struct extractor`, and add its
 * line to extractors/table.c. Nothing else changes.
 */
#ifndef INGEST_EXTRACTOR_H
#define INGEST_EXTRACTOR_H

#include "ingest/writer.h"

/* What a bid may look at. All of it is a hint from outside: not trusted. */
struct bid_input {
    struct span head;       /* the first bytes, at most 64 KiB */
    const char *media_type; /* by content (libmagic, or the container's own); never NULL */
    const char *name;       /* the file's or member's name without folders; "" when unknown */
    const char *extension;  /* of name: lower case, without the dot; "" when none */
};

/* What the members of one file may cost, all depths together. Counted against the outermost file,
 * so that many small bombs side by side are one bomb. */
struct member_budget {
    uint64_t outer_bytes; /* of the outermost file */
    uint64_t expanded_bytes, expanded_bytes_max;
    uint64_t member_bytes_max;
    uint32_t member_count, member_count_max;
    uint32_t left_out_count;   /* links and devices of the container that is walked: no documents */
    uint32_t depth, depth_max; /* containers and stacked compression around what is read now */
};

/* Counts the bytes of members that came out. STATUS_LIMIT ends the whole walk: more than may be, or
 * out of proportion to the outermost file. */
NODISCARD enum status member_budget_charge(struct member_budget *budget, uint64_t bytes,
                                           struct error *err);
/* True from then on. */
bool member_budget_is_spent(const struct member_budget *budget);

struct converters;

struct source {
    const char *name;             /* for messages only: read through bytes */
    struct span bytes;            /* the whole document, mapped */
    const char *media_type;       /* what detection said */
    const char *extension;        /* as in bid_input */
    bool keep_boilerplate;        /* asked for everything: navigation, headers and feet too */
    void (*progress)(void *user); /* may be NULL: call source_progress() */
    void *progress_user;
    struct member_budget *budget; /* for members and packed parts; never NULL */
    struct converters *ocr; /* reads text in pictures: extractors/pdf/ocr.h; NULL: nobody does */
};

/* "Still alive and working": call it between pages, sheets and members. It is cheap. A worker that
 * says nothing for some seconds is killed. */
static inline void source_progress(const struct source *source)
{
    if (source->progress)
        source->progress(source->progress_user);
}

/* Where a container puts its members; each becomes a document of its own.
 * path is relative to the container. bytes live for the call. A member that could not be read is
 * given with outcome and reason, and no bytes. */
struct member {
    struct span path;
    struct span bytes;
    enum outcome outcome; /* OUTCOME_PENDING: read it */
    const char *reason;
};
typedef enum status member_fn(void *user, const struct member *member, struct error *err);

struct extractor {
    const char *name; /* lower case; stored with every revision */
    unsigned version; /* raise it when the same bytes give other blocks */

    /* How sure are we? 0 = not ours, 100 = the signature matches. Cheap: no allocation, no I/O.
     * A content match beats a media type, a media type beats a name. Ties go to the earlier row. */
    int (*bid)(const struct bid_input *input);

    /* Sends the blocks of source to writer, in reading order. Keeps no pointer into source.
     * Returns a status of document scope when nothing could be read; what was sent before is kept,
     * and then the outcome is partial. STATUS_UNSUPPORTED with a text that begins "encrypted"
     * means encrypted. May be NULL for a container that has no text of its own. */
    enum status (*extract)(const struct source *source, struct writer *writer, struct error *err);

    /* Calls each for every member, in the container's order; ends early with what each returns.
     * NULL for formats without members. (Mail has both: its body, and its attachments.) */
    enum status (*members)(const struct source *source, member_fn *each, void *user,
                           struct error *err);

    /* "poppler 22.12.0": the library behind, when it moves what comes out. NULL: none. */
    const char *(*library)(void);
};

/* The best bidder of a NULL-terminated table, or NULL. */
const struct extractor *extractor_pick(const struct extractor *const *table,
                                       const struct bid_input *input);

/* What a failure means: outcome_of_status(), or encrypted when that is what problem says. */
enum outcome extractor_outcome(enum status status, const struct error *problem);

/* Calls extract and checks what it left behind. Call this, not ->extract. *out is lent by writer.
 */
NODISCARD enum status extractor_run(const struct extractor *extractor, const struct source *source,
                                    struct writer *writer, struct extraction *out,
                                    struct error *err);

#endif
