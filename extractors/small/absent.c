/*
 * absent.c - what the small worker knows of PDF, mail and archives: enough to give them back. And
 * of tokenizers, whose expressions need ICU's larger half: nothing.
 */
#include "extractors/container/archive.h"
#include "extractors/extractors.h"
#include "extractors/far_bids.h"
#include "extractors/pdf/pdf_library.h"
#include "model/tokenizer.h"

/* Of scope pass, so that it becomes no outcome of the document. */
static enum status give_back(const struct source *source, struct error *err)
{
    return error_set(err, STATUS_CANCELLED, "'%s' is for varve-extract", source->name);
}

static enum status give_back_text(const struct source *source, struct writer *writer,
                                  struct error *err)
{
    (void)writer;
    return give_back(source, err);
}

const struct extractor pdf_extractor = { .name = "pdf", .bid = pdf_bid, .extract = give_back_text };
const struct extractor mail_extractor = { .name = "mail",
                                          .bid = mail_bid,
                                          .extract = give_back_text };
const struct extractor archive_extractor = { .name = "archive",
                                             .bid = archive_bid,
                                             .extract = give_back_text };

enum status archive_unpack_single(const struct source *source, struct buf *out, bool *is_single,
                                  unsigned *depth, struct error *err)
{
    (void)out;
    (void)is_single;
    (void)depth;
    return give_back(source, err);
}

struct pdf_library *pdf_library_load(void)
{
    return NULL;
}

void pdf_library_free(struct pdf_library *library)
{
    (void)library;
}

enum status tokenizer_open(const char *path, struct tokenizer **out, struct error *err)
{
    (void)out;
    return error_set(err, STATUS_UNSUPPORTED, "'%s' is for varve-extract", path);
}

const struct token_counter *tokenizer_counter(const struct tokenizer *self)
{
    (void)self;
    return NULL;
}

void tokenizer_free(struct tokenizer *self)
{
    (void)self;
}
