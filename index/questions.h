/*
 * questions.h - what was asked, what was found, and what people said of it: DIR/questions.db.
 *
 * A file of its own, for it is written by searches, which only read the index. It keeps questions
 * and answers that people typed, and the ids of what was found, never text of a document. A power
 * cut may lose the newest questions; nothing else depends on them.
 */
#ifndef INDEX_QUESTIONS_H
#define INDEX_QUESTIONS_H

#include "index/index.h"

#define QUESTION_BYTES_MAX ((size_t)4096) /* of a question; the rest is not kept */
#define ANSWER_BYTES_MAX   ((size_t)64 << 10)
#define QUESTION_HITS_MAX  50u

#define QUESTIONS_NAME "questions.db"

struct question_log;

enum verdict { VERDICT_BAD = -1, VERDICT_NONE = 0, VERDICT_GOOD = 1 };

struct question_hit {
    int64_t document_id, segment_id;
    double score;
    enum verdict verdict;
};

struct question {
    int64_t question_id;
    int64_t asked_ms; /* wall time */
    int64_t asker;    /* user id */
    int64_t generation;
    struct span text;
    struct span filter;   /* "path *.md, type pdf": what narrowed the search; empty: nothing */
    double coverage;      /* the share of its words that the best of the first hits has; 0 to 1 */
    enum verdict verdict; /* BAD: none of the hits is good */
    struct span answer;   /* that somebody gave; empty: none */
    const struct question_hit *hits; /* by rank */
    size_t hit_count;
};

/* is_new: makes the file when there is none. STATUS_UNREADABLE: there is none. */
NODISCARD enum status question_log_open(const char *folder, bool is_new, struct question_log **out,
                                        struct error *err);
void question_log_free(struct question_log *log); /* NULL is fine */
DEFINE_POINTER_CLEANUP(struct question_log, question_log_free);

/* Why nobody was served by what was found, as far as can be told. */
enum failure {
    FAILURE_NONE,
    FAILURE_TOLD,    /* somebody said that no hit is good */
    FAILURE_BAD,     /* hits were judged, and none of those is good */
    FAILURE_NOTHING, /* there were no hits */
    FAILURE_WEAK,    /* none of the first hits has half of its words */
};
enum failure question_failure(const struct question *question);

/* Adds one (its id, verdicts and answer are not looked at), and lets go of all but the newest
 * kept_count, and of those older than kept_days (0: any age). */
NODISCARD enum status question_log_put(struct question_log *log, const struct question *question,
                                       int64_t kept_count, int64_t kept_days, int64_t *question_id,
                                       struct error *err);
/* The newest one of that user; *question_id is 0 when there is none. */
NODISCARD enum status question_log_newest(struct question_log *log, int64_t asker,
                                          int64_t *question_id, struct error *err);
/* What is said of questions from here to question_log_end() is written whole, or, when status is
 * none of success, not at all. */
NODISCARD enum status question_log_begin(struct question_log *log, struct error *err);
NODISCARD enum status question_log_end(struct question_log *log, enum status status,
                                       struct error *err);
/* rank: of a hit, from 1; 0: of them all. STATUS_UNREADABLE: there is no such question or hit. */
NODISCARD enum status question_log_judge(struct question_log *log, int64_t question_id,
                                         uint32_t rank, enum verdict verdict, struct error *err);
NODISCARD enum status question_log_answer(struct question_log *log, int64_t question_id,
                                          struct span answer, struct error *err);

/* Lent for the call. */
typedef enum status question_fn(void *user, const struct question *question, struct error *err);
/* Those asked since (ms; 0: all), newest first. */
NODISCARD enum status question_log_each(struct question_log *log, int64_t since_ms, question_fn *fn,
                                        void *user, struct error *err);

/* Removes one (question_id), or those asked before before_ms, and overwrites their pages. */
NODISCARD enum status question_log_forget(struct question_log *log, int64_t question_id,
                                          int64_t before_ms, uint64_t *count, struct error *err);
/* After documents were erased: the questions that led to one go, for they and their answers may
 * quote it. Without a log there is nothing to do. */
NODISCARD enum status questions_forget_erased(struct index *index, uint64_t *count,
                                              struct error *err);

#endif
