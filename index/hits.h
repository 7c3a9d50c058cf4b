/*
 * hits.h - what search.c ranks and hits.c loads. Only for index/.
 */
#ifndef INDEX_HITS_H
#define INDEX_HITS_H

#include "index/id_set.h"
#include "index/layout.h"
#include "index/marks.h"
#include "index/query.h"
#include "index/search.h"
#include "index/writer.h"

struct nearby;

struct snapshot {
    struct index *index;
    int64_t generation;
    int64_t model_id;
    struct model_info model;
    unsigned search_count; /* open ones, for the assertion that they end first */
};

#define SEARCH_GROUPS_MAX 2000u

/* One text, wherever it stands: segments with the same embedded input, and what reads the same. */
struct group {
    int64_t input_id;
    int64_t segment_id; /* the one that full text found; 0: none */
    double score, bm25;
    float cosine;
    uint32_t bm25_rank, cosine_rank;
    struct span input;   /* in the search's arena: headings, then the text */
    struct span text;    /* its end */
    struct span words;   /* of the text, a line each, in the arena, too */
    uint32_t word_count; /* with the three before, known once it was read: read_texts */
    uint32_t same_text;  /* 1-based: next group that says the same; they are told as its places */
    bool is_merged;      /* told with an earlier one */
    bool is_passed_over; /* given, or not, and of no use: what says the same is told by itself */
};

/* Revisions already read for this search. */
struct loaded_revision {
    int64_t revision_id;
    struct layout layout;
    struct loaded_revision *next;
};

struct search {
    struct snapshot *snapshot;
    struct model_info model; /* whose vectors are compared */
    int64_t model_id;
    struct arena arena; /* of all that hits lend */
    struct query query;
    int64_t as_of; /* generation */
    bool is_past;  /* as_of is older than the snapshot */
    enum search_mode mode;
    unsigned per_document;
    struct search_summary summary;
    struct group *groups;
    size_t group_count, next_group;
    unsigned texts_ahead;
    size_t read_texts; /* groups whose text is known, from the front */
    struct loaded_revision *revisions;
    /* Filters: which documents may answer. */
    bool has_filter;
    struct id_set allowed; /* of document ids */
    int64_t allowed_count, document_count;
    /* Where few documents may answer, all of theirs; else without bits. */
    struct id_set allowed_segments, allowed_inputs;
    /* Segments that have all that the query requires and nothing that it excludes; where it only
     * excludes, those that have any of that. Without bits: it does neither. */
    struct id_set demanded;
    struct buf text;         /* scratch */
    struct marker *marker;   /* NULL: nothing was marked yet */
    bool looks_closer;       /* the first texts are ranked again, by what they say */
    struct nearby *nearby;   /* NULL: they are not */
    int64_t *told_documents; /* per hit given: for per_document */
    size_t told_count;
};

/* hits.c */
/* Groups, the best first. */
int hits_compare(const void *a, const void *b);
bool hits_is_allowed(const struct search *search, int64_t document_id);
/* Of the next groups. The first ones it reads are ranked again by their texts, before any is told
 * with another. */
NODISCARD enum status hits_read_texts(struct search *search, size_t count, struct error *err);
/* The layout of a revision, read once for each search. */
NODISCARD enum status hits_load_layout(struct search *search, int64_t revision_id,
                                       const struct layout **out, struct error *err);
NODISCARD enum status hits_load(struct search *search, const struct group *group, struct hit *out,
                                struct error *err);

/* filter.c: fills allowed; has_filter stays false when there is nothing to filter. */
/* path is absolute. */
bool filter_path_matches(const char *glob, const char *path);
NODISCARD enum status filter_apply(struct search *search, const struct search_filter *filter,
                                   struct error *err);
/* An empty set with room for the ids up to what max_sql says. */
NODISCARD enum status hits_make_set(struct search *search, const char *max_sql, struct id_set *out,
                                    struct error *err);

#endif
