/*
 * train.c - what of making a model is work for a machine: the words of texts, and the training.
 *
 *   train words < PASSAGES                 each word of each line, folded as the model sees it
 *   train fit START PASSAGES OUT [EPOCHS [RATE [BATCH [OLD [OLD_RATE]]]]]
 *                                          moves the rows of the model START, writes OUT, checks it
 *
 * PASSAGES has lines of title, tab, text. One thread, fixed seeds: the same input gives the same
 * bytes on the same processor.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/os.h"
#include "model/adapt.h"
#include "model/fold.h"
#include "model/semb_internal.h"

#define MODEL_BYTES_MAX ((size_t)64 << 20)
#define CHECKED_TEXTS   2000u
#define TOKENS_CHECKED  4096u

DEFINE_POINTER_CLEANUP(struct semb, semb_free);
DEFINE_POINTER_CLEANUP(struct adapt, adapt_free);

static void end_word(struct buf *word)
{
    if (word->len > 0)
        (void)printf("%.*s\n", (int)word->len, word->data);
    buf_clear(word);
}

static void print_words(struct span text)
{
    CLEANUP(buf_release) struct buf word = BUF_INIT((size_t)16 << 20);
    const uint8_t *at = (const uint8_t *)text.data, *end = at + text.len;

    while (at < end) {
        char folded[FOLD_UTF8_MAX];
        enum fold_kind kind;
        size_t length;

        if (*at < 0x80) {
            char lower = (char)(*at | 0x20);

            if ((*at >= '0' && *at <= '9') || (lower >= 'a' && lower <= 'z'))
                buf_append_char(&word, lower);
            else
                end_word(&word);
            at++;
            continue;
        }
        at += fold_next(at, (size_t)(end - at), &kind, folded, &length);
        if (kind == FOLD_SEPARATOR || kind == FOLD_ALONE)
            end_word(&word);
        if (kind == FOLD_WORD || kind == FOLD_ALONE)
            buf_append(&word, folded, length);
        if (kind == FOLD_ALONE)
            end_word(&word);
    }
    end_word(&word);
}

static int words(void)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;

    while ((length = getline(&line, &capacity, stdin)) > 0)
        print_words((struct span){ line, (size_t)length });
    free(line);
    return ferror(stdin) || fflush(stdout) ? 1 : 0;
}

static enum status add_passages(struct adapt *adapt, FILE *file, struct error *err)
{
    enum status status = STATUS_OK;
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;

    while (!status && (length = getline(&line, &capacity, file)) > 0) {
        char *tab = memchr(line, '\t', (size_t)length);

        if (tab)
            status =
                adapt_add_pair(adapt, (struct span){ line, (size_t)(tab - line) },
                               (struct span){ tab + 1, (size_t)(line + length - tab - 1) }, err);
    }
    free(line);
    return status;
}

/* A second opinion on the sums of a model: from its bytes, one by one. */
static bool has_sum(const struct semb *semb, struct span text)
{
    int32_t ids[TOKENS_CHECKED], sum[SEMB_DIMENSIONS_MAX];
    size_t count = semb_tokens(semb, text, ids, TOKENS_CHECKED), width = semb->dimensions / 2;

    if (count > TOKENS_CHECKED)
        return true;
    (void)semb_sum(semb, text, sum);
    for (size_t i = 0; i < width; i++) {
        int32_t low = 0, high = 0;

        for (size_t k = 0; k < count; k++) {
            unsigned byte = semb->rows[(size_t)ids[k] * semb->row_bytes + i];

            low += (int32_t)(byte & 0x0F) - (byte & 0x08 ? 16 : 0);
            high += (int32_t)(byte >> 4) - (byte & 0x80 ? 16 : 0);
        }
        if (low != sum[i] || high != sum[width + i])
            return false;
    }
    return true;
}

static enum status check(const char *path, FILE *passages, struct error *err)
{
    CLEANUP(semb_free_ptr) struct semb *semb = NULL;
    enum status status = semb_open(path, &semb, err);
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;

    rewind(passages);
    for (size_t i = 0; !status && i < CHECKED_TEXTS; i++) {
        length = getline(&line, &capacity, passages);
        if (length <= 0)
            break;
        if (!has_sum(semb, (struct span){ line, (size_t)length }))
            status = error_set(err, STATUS_CORRUPT, "the sums of '%s' are wrong", path);
    }
    free(line);
    return status;
}

static bool show(void *user, unsigned step, unsigned step_count)
{
    (void)user;
    if (step % 100 == 0 || step == step_count)
        (void)fprintf(stderr, "\rstep %u of %u", step, step_count);
    return true;
}

static enum status write_file(const char *path, const struct buf *bytes, struct error *err)
{
    FILE *file = fopen(path, "wb");
    bool is_written = file && fwrite(bytes->data, 1, bytes->len, file) == bytes->len;

    if (file && fclose(file))
        is_written = false;
    return is_written ? STATUS_OK : error_set_errno(err, STATUS_IO, "cannot write '%s'", path);
}

static enum status fit(char **arguments, const struct adapt_options *options, struct error *err)
{
    CLEANUP(semb_free_ptr) struct semb *start = NULL;
    CLEANUP(adapt_free_ptr) struct adapt *adapt = NULL;
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(MODEL_BYTES_MAX);
    struct adapt_report report = { 0 };
    FILE *passages = fopen(arguments[1], "r");
    enum status status = STATUS_OK;

    if (!passages)
        status = error_set_errno(err, STATUS_UNREADABLE, "cannot open '%s'", arguments[1]);
    if (!status)
        status = semb_open(arguments[0], &start, err);
    if (!status)
        status = adapt_new(start, &adapt, err);
    if (!status)
        status = add_passages(adapt, passages, err);
    if (!status)
        status = adapt_train(adapt, options, &report, err);
    if (!status)
        status = adapt_write(adapt, &bytes, err);
    if (!status)
        status = write_file(arguments[2], &bytes, err);
    if (!status)
        status = check(arguments[2], passages, err);
    if (passages)
        (void)fclose(passages);
    if (!status)
        (void)fprintf(stderr,
                      "\n%zu passages, %zu held out, %zu words; reciprocal rank %.4f before, %.4f "
                      "after\n",
                      report.passages, report.held_out, report.words, report.before, report.after);
    return status;
}

int main(int argc, char **argv)
{
    struct adapt_options options = ADAPT_OPTIONS;
    struct error err = { 0 };

    options.epochs = argc > 5 ? (unsigned)strtoul(argv[5], NULL, 10) : 1;
    options.rate = argc > 6 ? strtod(argv[6], NULL) : 0.01;
    options.batch = argc > 7 ? (unsigned)strtoul(argv[7], NULL, 10) : 256;
    options.old = argc > 8 ? (unsigned)strtoul(argv[8], NULL, 10) : 0;
    options.old_rate = argc > 9 ? strtod(argv[9], NULL) : 0;
    options.neighbours = options.batch; /* as passages.py has arranged them */
    options.is_rescaled = options.old == 0;
    options.progress = show;
    if (argc == 2 && strcmp(argv[1], "words") == 0)
        return words();
    if (argc < 5 || strcmp(argv[1], "fit") != 0 || options.batch < 2 ||
        options.batch > ADAPT_BATCH_MAX) {
        (void)fputs(
            "usage: train words < PASSAGES\n"
            "       train fit START PASSAGES OUT [EPOCHS [RATE [BATCH [OLD [OLD_RATE]]]]]\n",
            stderr);
        return 2;
    }
    if (fit(argv + 2, &options, &err)) {
        (void)fprintf(stderr, "train: %s\n", err.text);
        return 1;
    }
    return 0;
}
