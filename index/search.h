/*
 * search.h - one frozen view, and ranked hits from it.
 *
 * A snapshot is one read transaction: it sees exactly one generation, whatever the writer does.
 * Take it for one query and free it soon: it keeps old pages alive.
 *
 * A search ranks at once and loads lazily: search_next() gives one hit after the other, best first,
 * so a caller that drops hits (their file has changed since) just asks for the next one.
 */
#ifndef INDEX_SEARCH_H
#define INDEX_SEARCH_H

#include "base/os.h"
#include "index/index.h"
#include "ingest/outcome.h"

#define SEARCH_WAITING_MAX 1000
#define SEARCH_CANDIDATES  100u /* of each list, where nothing else is asked */

struct snapshot;
struct search;

NODISCARD enum status snapshot_take(struct index *index, struct snapshot **out, struct error *err);
int64_t snapshot_generation(const struct snapshot *snapshot);
void snapshot_free(struct snapshot *snapshot); /* NULL is fine; after all searches on it */
DEFINE_POINTER_CLEANUP(struct snapshot, snapshot_free);

enum search_mode { SEARCH_HYBRID, SEARCH_TEXT, SEARCH_VECTOR };
enum search_fusion { FUSION_SCORE, FUSION_RANK };

/* Zero is "no filter" everywhere. Globs: * and ? also match '/', [a-z] works, case counts. */
struct search_filter {
    struct span path_glob; /* against the absolute path, or its end: "notes" followed by "/x.md" */
    struct span source;    /* absolute path of a source */
    int64_t since_ms;      /* files last written at that wall time or later */
    int64_t until_ms;      /* at that time or earlier */
    struct span
        media_type;       /* "application/pdf", "text/" and anything after, or an extension "pdf";
                             several are joined by commas, and any will do: so too with languages */
    struct span language; /* "de": as the document says, the first subtag */
    int64_t generation;   /* as of that one; 0: the snapshot's */
    /* Whether the caller may read the file at source and path, by its stamp and access list; asked
     * for each document before anything is ranked. A document that is gone may not be read. NULL:
     * all may. */
    bool (*may_read)(void *user, struct span source, struct span path,
                     const struct file_stamp *stamp, struct span acl);
    void *user;
};

/* The words of a query are optional: more and rarer ones rank higher. +word and +"a phrase" must be
 * there, -word and -"a phrase" must not; so AND makes its two sides, and NOT what is behind it, in
 * capitals, between words that say something. "a phrase" must be there when the query is nothing
 * but phrases, and is wanted else; prefix* stands for all words that begin so; title:word and
 * heading:word look there only; OR changes nothing. Nothing is a syntax error. */
struct search_query {
    struct span text;
    enum search_mode mode;
    const float *vector; /* the query's, of model_id; NULL: text only, whatever mode says */
    unsigned dimensions;
    int64_t model_id; /* one that the index has; 0: the one that is searched */
    enum search_fusion fusion;
    double vector_weight;  /* beside BM25's 1.0; < 0: the model's own */
    unsigned candidates;   /* of each list; 0: SEARCH_CANDIDATES, or 50 of vectors alone */
    unsigned per_document; /* at most this many hits of one document; 0: any number */
    /* So many hits' texts are read at a time, those of one block together; 0: 12, and where the
     * first are ranked again, these are 12 whatever stands here. 1: for who reads on behind each
     * hit, which then comes out of the same block. */
    unsigned texts_ahead;
    struct search_filter filter;
};

struct hit_box {
    uint32_t page;        /* 1-based: page, slide or sheet */
    float x0, y0, x1, y1; /* points from the page's top left; all 0: none */
    struct span label;    /* "Prices!A2:D2"; empty: none */
};

/* Where a text stands. All spans live as long as the search. */
struct hit_place {
    int64_t document_id, segment_id, source_id, revision_id;
    struct span source_path; /* absolute */
    struct span path;        /* relative to it; bytes */
    struct span member;      /* empty: the file itself */
    struct file_stamp
        stamp;              /* of the file whose text this is: look whether it still is that file */
    char revision_hash[65]; /* SHA-256 of the content, in hex */
    int64_t generation;     /* in which that revision was committed */
    int64_t committed_ms;   /* wall time of it */
    enum outcome outcome;   /* of that revision */
    struct span title, media_type, language;
    struct span heading_path;       /* "Guide > Refunds" */
    uint32_t first_page, last_page; /* 1-based; 0: none */
    const struct hit_box *boxes;
    size_t box_count;
    uint64_t start, end; /* bytes of the file when is_file_range, else of the extracted text */
    bool is_file_range;
    uint32_t position; /* of the segment in its document, from 0 */
    bool is_behind;    /* the file has newer content that is pending or could not be read */
    enum outcome behind_outcome; /* when is_behind */
    struct span behind_reason;
    bool is_held;     /* its file is gone, and its removal waits for approval */
    struct span text; /* what stands there: the words of the hit's, perhaps with a few more or less
                         at its ends, and other signs between them */
    uint32_t token_count;
};

struct hit {
    double score;
    double bm25;   /* 0: not among the full-text candidates; larger is better */
    double cosine; /* of query and vector; 0 when not among the vector candidates */
    uint32_t bm25_rank, cosine_rank; /* 1-based; 0: not among them */
    double rerank_score;             /* when first_rank > 0 */
    uint32_t first_rank;             /* before a reranker put it here, 1-based; 0: none did */
    struct span text;                /* the first place's, as is token_count */
    uint32_t token_count;
    int64_t model_id;               /* whose vector was compared; 0: none */
    const struct hit_place *places; /* best first; those that say the same elsewhere follow */
    size_t place_count;             /* at least 1 */
};

struct search_summary {
    int64_t generation;
    size_t candidate_count; /* hits that search_next() can still give, at most */
    size_t text_matches;    /* among the full-text candidates */
    /* Texts whose vectors are missing: vectors can't find them. SEARCH_WAITING_MAX: or more. */
    uint64_t waiting_texts;
    bool used_vectors, used_text;
    const char *note; /* why one of the two was left out; "" */
};

/* Ranks. snapshot must outlive *out. STATUS_UNSUPPORTED: the vector is of another model, or a
 * generation is asked for that is no longer kept. */
NODISCARD enum status search_run(struct snapshot *snapshot, const struct search_query *query,
                                 struct search **out, struct error *err);
void search_read_summary(const struct search *search, struct search_summary *out);
/* The next best hit; *has_hit is false after the last one. */
NODISCARD enum status search_next(struct search *search, struct hit *out, bool *has_hit,
                                  struct error *err);
/* What search_next() gave last is of no use, as all its files have changed: the same text in
 * another file is given by itself, when its turn comes. */
void search_pass_over(struct search *search);
/* More to read around a hit. All spans live as long as the search. */
enum expand_kind {
    EXPAND_NEIGHBOURS, /* segments before and behind it */
    EXPAND_SECTION,    /* what stands below its heading, subsections included */
};
struct expansion {
    struct span text; /* of its segments, in order, as the document has them */
    uint32_t first_position, last_position; /* of the segments in the document */
    uint32_t first_page, last_page;         /* 0: none */
    uint64_t start, end;                    /* as those of the place */
    uint32_t token_count;
    bool is_cut; /* the section goes on: tokens_max was reached */
};
/* At most tokens_max tokens, the place's own segment in any case. neighbours: how many on each
 * side. */
NODISCARD enum status search_expand(struct search *search, const struct hit_place *place,
                                    enum expand_kind kind, uint32_t neighbours, uint32_t tokens_max,
                                    struct expansion *out, struct error *err);

/* A word or phrase of the query in a text. */
struct search_mark {
    uint32_t start, end; /* bytes of the text */
    unsigned term;       /* which of the query's: the same for all its marks, below 64 */
    bool is_strong;      /* a phrase, or a word that must be there */
    double rarity;       /* 1: very many texts have it; larger: fewer */
};
/* Where the query's words stand in a text of at most 2 GiB, by the rules that found it: stems,
 * folded letters, parts of identifiers, pairs of ideographs. In order of start; marks may overlap.
 * Words as common as "the" are marked only when the query has no others. The caller frees *out. */
NODISCARD enum status search_mark(struct search *search, struct span text, struct search_mark **out,
                                  size_t *count, struct error *err);
/* The share of the question's words, those that nearly every text has apart, that a place's segment
 * has, headings and title included; 0 to 1. Only of what is live. */
NODISCARD enum status search_coverage(struct search *search, const struct hit_place *place,
                                      double *out, struct error *err);
void search_free(struct search *search); /* NULL is fine */
DEFINE_POINTER_CLEANUP(struct search, search_free);

#endif
