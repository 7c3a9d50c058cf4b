/*
 * eval_set.h - questions and what should be found for them, as files say it.
 *
 * Two formats, told apart by content:
 *   BEIR:  queries in JSON lines with "_id" and "text"; judgements ("qrels") in lines of
 *          query, document, grade, split at tabs (a heading is skipped), or of four columns
 *          (query, 0, document, grade: TREC).
 *   plain: JSON lines with "question", and "document", "documents" or "quote"; or lines of
 *          question TAB document [TAB quote].
 */
#ifndef CLI_EVAL_SET_H
#define CLI_EVAL_SET_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"

#define EVAL_SET_BYTES_MAX ((size_t)1 << 30)

/* One document, passage, or passage of a document, that answers. */
struct eval_wanted {
    struct span document; /* a path, its end, or a file's name with or without extension; empty: any
                           */
    struct span quote;    /* must stand in the passage; empty: the document is enough */
    unsigned grade;       /* >= 1; of no use counts as not wanted */
};

struct eval_question {
    struct span id, text;
    struct eval_wanted *wanted;
    size_t wanted_count, wanted_capacity;
};

struct eval_set {
    struct eval_question *questions;
    size_t count, capacity;
    size_t unjudged; /* left out: nothing is wanted for them */
    struct arena arena;
};

/* Reads both texts; name and judgements_name are for messages. judgements may be empty.
 * STATUS_MALFORMED names the line. */
NODISCARD enum status eval_set_parse(struct span questions, const char *name,
                                     struct span judgements, const char *judgements_name,
                                     struct eval_set *out, struct error *err);
void eval_set_release(struct eval_set *set);

/* Whether a document with that path (absolute, members behind "!/") is the one that is meant. */
bool eval_is_document(struct span wanted, struct span path);
/* Whether the quote stands in the text: white space and case of ASCII letters do not count. */
bool eval_has_quote(struct span quote, struct span text);

#endif
