/*
 * status.h - what the index knows, for `varve status`, `why`, `show` and `log`.
 *
 * All of it is read in one snapshot. Lent spans live until the call or callback returns.
 */
#ifndef INDEX_STATUS_H
#define INDEX_STATUS_H

#include "index/search.h"
#include "ingest/store.h"

struct status_counts {
    int64_t generation;
    int64_t committed_ms;               /* wall time of that commit; 0: none yet */
    uint64_t documents;                 /* known, members included */
    uint64_t live_documents;            /* with text in the index */
    uint64_t by_outcome[OUTCOME_COUNT]; /* newest outcome */
    uint64_t held, behind;              /* behind: live, and the newest content pending or failed */
    uint64_t attempting;                /* begun and not ended */
    uint64_t segments, waiting_segments, failed_segments;
    uint64_t vectors;     /* of the current model */
    uint64_t text_bytes;  /* of live segments, uncompressed */
    uint64_t token_count; /* of live segments */
    uint64_t database_bytes, free_bytes, wal_bytes, scan_bytes;
    bool is_full;            /* the disk: new and changed files wait */
    int64_t newest_sequence; /* of the feed */
};

NODISCARD enum status status_read_counts(struct snapshot *snapshot, struct status_counts *out,
                                         struct error *err);

struct status_source {
    int64_t source_id;
    struct span path;
    uint64_t documents, live_documents, failed, text_bytes;
};
typedef enum status status_source_fn(void *user, const struct status_source *source,
                                     struct error *err);
NODISCARD enum status status_each_source(struct snapshot *snapshot, status_source_fn *fn,
                                         void *user, struct error *err);

struct status_model {
    int64_t model_id;
    struct model_info info;
    struct span plugin;                    /* the command line that starts it; empty: not known */
    bool is_current, is_next, is_previous; /* searched; being built beside it; searched before */
    uint64_t vectors;
    uint64_t waiting; /* texts without a vector of it; of the current and the next one */
};
typedef enum status status_model_fn(void *user, const struct status_model *model,
                                    struct error *err);
NODISCARD enum status status_each_model(struct snapshot *snapshot, status_model_fn *fn, void *user,
                                        struct error *err);

/* What a model's vectors have cost, by the tokens of the counter; reused: of documents that were
 * read again, and had a vector already. */
struct status_cost {
    int64_t model_id;
    uint64_t embedded_texts, embedded_tokens, reused_texts, reused_tokens;
};
/* The days from first_day on (since 1970, UTC; 0: all) together. Zero when there is no such model.
 */
NODISCARD enum status status_read_cost(struct snapshot *snapshot, int64_t model_id,
                                       int64_t first_day, struct status_cost *out,
                                       struct error *err);

/* One document, with all that is known about it. */
struct status_document {
    int64_t document_id;
    struct span source_path;
    struct document_key key;
    enum outcome outcome; /* newest */
    struct span reason;   /* of the newest outcome */
    struct file_stamp stamp, good_stamp;
    struct hash content_hash, stage_fingerprint;
    bool has_text, is_held, is_behind, is_container;
    unsigned attempt_count;
    int64_t outcome_ms, outcome_generation; /* when the newest outcome was written down */
    /* of the live revision; zero when has_text is false */
    struct hash revision_hash;
    int64_t revision_generation, committed_ms;
    struct span title, media_type, language, extractor, charset;
    uint64_t segments, waiting_segments, text_bytes, token_count;
    uint32_t page_count;
    uint32_t chunks_dropped; /* by status_why() alone: chunks that said nothing, or nothing new */
    uint64_t member_count, failed_members;
};
typedef enum status status_document_fn(void *user, const struct status_document *document,
                                       struct error *err);

/* Failures, in path order from a page on: those with outcome_is_failure(), pending, held and behind
 * ones as the mask says. skip and limit page through them. */
enum status_mask {
    STATUS_LIST_FAILED = 1 << 0,
    STATUS_LIST_PENDING = 1 << 1,
    STATUS_LIST_HELD = 1 << 2,
    STATUS_LIST_BEHIND = 1 << 3,
    STATUS_LIST_ALL = 1 << 4,
};
NODISCARD enum status status_each_document(struct snapshot *snapshot, unsigned mask, uint64_t skip,
                                           uint64_t limit, status_document_fn *fn, void *user,
                                           struct error *err);

/* Splits "/abs/path/a.zip!/in/it" by the sources and documents that are known. *is_below_source is
 * false when no source holds it. out's spans point into path. */
NODISCARD enum status status_resolve(struct snapshot *snapshot, struct span path,
                                     struct document_key *out, struct buf *source_path,
                                     bool *is_below_source, struct error *err);

/* The document at key, then its members, in path order. *is_known is false when there is none. */
NODISCARD enum status status_why(struct snapshot *snapshot, const struct document_key *key,
                                 status_document_fn *fn, void *user, bool *is_known,
                                 struct error *err);

/* The newest generation that was committed by then. STATUS_UNREADABLE: none was. */
NODISCARD enum status status_generation_at(struct snapshot *snapshot, int64_t wall_ms,
                                           int64_t *generation, struct error *err);

/* One piece of a document, in order. */
struct status_piece {
    uint32_t position;
    int64_t segment_id;
    struct span heading_path; /* of its start */
    struct span repeat;       /* a table's header that was put in front; not part of text */
    struct span text;
    uint64_t text_start, text_end;     /* of the extracted text */
    uint64_t source_start, source_end; /* of the file, when is_file_range */
    bool is_file_range;
    uint32_t first_page, last_page, token_count;
};
typedef enum status status_piece_fn(void *user, const struct status_piece *piece,
                                    struct error *err);

/* A document's text from its segments. revision: a generation, or the hex start of a content hash
 * (digits alone are a generation where there is one of that number), or empty for the live one.
 * STATUS_UNREADABLE: no such document, revision, or none with text. */
NODISCARD enum status status_show(struct snapshot *snapshot, const struct document_key *key,
                                  struct span revision, status_piece_fn *fn, void *user,
                                  struct error *err);

struct status_revision {
    int64_t revision_id;
    int64_t born, died; /* generations; died 0: live */
    int64_t committed_ms;
    struct hash content_hash;
    enum outcome outcome;
    struct span extractor, title;
    uint32_t segments, added, reused, dropped, embedded; /* against the revision before */
    uint64_t text_bytes;
    bool is_deleted; /* the document was removed in generation died */
};
typedef enum status status_revision_fn(void *user, const struct status_revision *revision,
                                       struct error *err);
/* The revisions of a document that are still kept, newest first. Also of a removed one. */
NODISCARD enum status status_log(struct snapshot *snapshot, const struct document_key *key,
                                 status_revision_fn *fn, void *user, struct error *err);

#endif
