/* Fitting the static model to a collection: it must help there, and nowhere do harm in silence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/os.h"
#include "model/adapt_internal.h"
#include "model/matrix.h"

DEFINE_POINTER_CLEANUP(struct semb, semb_free);
DEFINE_POINTER_CLEANUP(struct adapt, adapt_free);

static struct semb *open_model(void)
{
    struct semb *semb = NULL;
    struct error err = { 0 };

    if (semb_open("models/default.semb", &semb, &err))
        fail_msg("%s", err.text);
    return semb;
}

/* Invented product names that always stand with the same part of a machine: only the collection
 * itself can tell that they belong together. */
static void add_passages(struct adapt *adapt, unsigned count)
{
    static const char *const names[] = { "zorbax",  "quimble", "frandor", "wexlite",
                                         "plonkit", "drazzle", "vimtosk", "grublet" };
    static const char *const parts[] = { "pump",   "filter",  "engine", "window",
                                         "camera", "battery", "carpet", "antenna" };
    struct error err = { 0 };

    for (unsigned i = 0; i < count; i++) {
        unsigned topic = i * 7 % 8;
        char title[64], text[512];

        (void)snprintf(title, sizeof(title), "%s %u", names[topic], i);
        (void)snprintf(text, sizeof(text),
                       "The %s has number %u. Clean the %s once in %u days and dry it. Order a new "
                       "%s when it is worn. Keep the old one for %u weeks.",
                       parts[topic], i * 13 % 97, parts[topic], i % 31, parts[topic], i % 17);
        assert_int_equal(adapt_add(adapt, (struct span){ title, strlen(title) },
                                   (struct span){ text, strlen(text) }, &err),
                         STATUS_OK);
    }
}

static double similarity(const struct semb *semb, const char *a, const char *b)
{
    float left[256], right[256];
    double sum = 0;

    semb_embed(semb, (struct span){ a, strlen(a) }, left);
    semb_embed(semb, (struct span){ b, strlen(b) }, right);
    for (size_t i = 0; i < 256; i++)
        sum += (double)left[i] * (double)right[i];
    return sum;
}

static struct semb *open_written(const struct buf *file)
{
    CLEANUP(close_fd) int fd = memfd_create("model", MFD_CLOEXEC);
    struct semb *semb = NULL;
    struct error err = { 0 };

    assert_int_equal(os_write_all(fd, buf_span(file), "model", &err), STATUS_OK);
    if (semb_open_fd(fd, "model", &semb, &err))
        fail_msg("%s", err.text);
    return semb;
}

static void learns_what_belongs_together(void **state)
{
    CLEANUP(semb_free_ptr) struct semb *base = open_model();
    CLEANUP(semb_free_ptr) struct semb *fitted = NULL;
    CLEANUP(adapt_free_ptr) struct adapt *adapt = NULL;
    CLEANUP(buf_release) struct buf file = BUF_INIT((size_t)64 << 20);
    struct adapt_options options = ADAPT_OPTIONS;
    struct adapt_report report;
    struct error err = { 0 };

    (void)state;
    assert_int_equal(adapt_new(base, &adapt, &err), STATUS_OK);
    add_passages(adapt, 200);
    assert_int_equal(adapt_train(adapt, &options, &report, &err), STATUS_OK);
    assert_int_equal(report.passages, 180);
    assert_int_equal(report.held_out, 20);
    assert_true(report.after > report.before);
    assert_int_equal(adapt_write(adapt, &file, &err), STATUS_OK);
    fitted = open_written(&file);
    assert_string_not_equal(semb_fingerprint(fitted), semb_fingerprint(base));
    assert_true(similarity(fitted, "zorbax", "pump") > similarity(base, "zorbax", "pump") + 0.1);
    /* words that the collection does not use stay where they are */
    assert_true(similarity(fitted, "violin", "orchestra") ==
                similarity(base, "violin", "orchestra"));
}

/* Without that a passage in Hindi or Chinese would be one sentence, and never a question to its
 * rest. */
static void knows_where_sentences_of_other_scripts_end(void **state)
{
    static const char *const texts[] = {
        "\u092a\u0902\u092a 2 \u0938\u093e\u092b \u0939\u0948\u0964"
        "\u092a\u0902\u092a 2 \u0928\u092f\u093e \u0939\u0948\u0964",
        "\u6cf52\u5f88\u597d\u3002\u6cf52\u65b0\u7684\uff01\u662f\u5417\uff1f",
        "\u0645\u0636\u062e\u0629 2 \u061f \u062c\u062f\u064a\u062f\u0629 2\u06d4",
    };
    CLEANUP(semb_free_ptr) struct semb *base = open_model();
    CLEANUP(adapt_free_ptr) struct adapt *adapt = NULL;
    struct error err = { 0 };

    (void)state;
    assert_int_equal(adapt_new(base, &adapt, &err), STATUS_OK);
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        assert_int_equal(adapt_add_pair(adapt, (struct span){ "pump", 4 },
                                        (struct span){ texts[i], strlen(texts[i]) }, &err),
                         STATUS_OK);
        assert_int_equal(adapt->passages[i].sentence_count, i == 1 ? 3 : 2);
    }
}

/* Rows that are old may be kept, or be made to move less, while the others learn. */
static void old_rows_move_by_their_own_rate(void **state)
{
    CLEANUP(semb_free_ptr) struct semb *base = open_model();
    double moved[3];

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        CLEANUP(semb_free_ptr) struct semb *fitted = NULL;
        CLEANUP(adapt_free_ptr) struct adapt *adapt = NULL;
        CLEANUP(buf_release) struct buf file = BUF_INIT((size_t)64 << 20);
        struct adapt_options options = ADAPT_OPTIONS;
        struct adapt_report report;
        struct error err = { 0 };

        options.batch = 64;
        options.neighbours = 8;
        options.old = (unsigned)semb_vocabulary(base);
        options.old_rate = 0.2 * i;
        assert_int_equal(adapt_new(base, &adapt, &err), STATUS_OK);
        add_passages(adapt, 200);
        assert_int_equal(adapt_train(adapt, &options, &report, &err), STATUS_OK);
        assert_int_equal(adapt_write(adapt, &file, &err), STATUS_OK);
        fitted = open_written(&file);
        moved[i] = similarity(fitted, "zorbax", "pump") - similarity(base, "zorbax", "pump");
    }
    assert_true(moved[0] == 0);
    assert_true(moved[1] > 0);
    assert_true(moved[2] > moved[1]);
}

/* Another step of the file's integers: the rows keep their directions. */
static void a_new_step_keeps_what_words_mean(void **state)
{
    CLEANUP(semb_free_ptr) struct semb *base = open_model();
    CLEANUP(semb_free_ptr) struct semb *fitted = NULL;
    CLEANUP(adapt_free_ptr) struct adapt *adapt = NULL;
    CLEANUP(buf_release) struct buf file = BUF_INIT((size_t)64 << 20);
    struct adapt_options options = ADAPT_OPTIONS;
    struct adapt_report report;
    struct error err = { 0 };

    (void)state;
    options.is_rescaled = true;
    assert_int_equal(adapt_new(base, &adapt, &err), STATUS_OK);
    add_passages(adapt, 200);
    assert_int_equal(
        adapt_add_pair(adapt, (struct span){ "violin", 6 }, (struct span){ "fiddle", 6 }, &err),
        STATUS_OK);
    assert_int_equal(adapt_train(adapt, &options, &report, &err), STATUS_OK);
    assert_int_equal(report.passages + report.held_out, 201);
    assert_int_equal(adapt_write(adapt, &file, &err), STATUS_OK);
    fitted = open_written(&file);
    assert_true(similarity(fitted, "zorbax", "pump") > similarity(base, "zorbax", "pump") + 0.1);
    assert_true(fabs(similarity(fitted, "cello", "orchestra") -
                     similarity(base, "cello", "orchestra")) < 0.05);
}

static void fit_briefly(const struct semb *base, struct buf *file)
{
    CLEANUP(adapt_free_ptr) struct adapt *adapt = NULL;
    struct adapt_options options = ADAPT_OPTIONS;
    struct adapt_report report;
    struct error err = { 0 };

    options.steps_least = 8;
    options.epochs = 1;
    assert_int_equal(adapt_new(base, &adapt, &err), STATUS_OK);
    add_passages(adapt, 100);
    assert_int_equal(adapt_train(adapt, &options, &report, &err), STATUS_OK);
    assert_int_equal(adapt_write(adapt, file, &err), STATUS_OK);
}

static void gives_the_same_model_again(void **state)
{
    CLEANUP(semb_free_ptr) struct semb *base = open_model();
    CLEANUP(buf_release) struct buf one = BUF_INIT((size_t)64 << 20);
    CLEANUP(buf_release) struct buf two = BUF_INIT((size_t)64 << 20);

    (void)state;
    fit_briefly(base, &one);
    fit_briefly(base, &two);
    assert_int_equal(one.len, two.len);
    assert_memory_equal(one.data, two.data, one.len);
}

static bool stop_soon(void *user, unsigned step, unsigned step_count)
{
    unsigned *seen = user;

    assert_true(step <= step_count);
    *seen = step;
    return step < 3;
}

static void stops_when_told(void **state)
{
    CLEANUP(semb_free_ptr) struct semb *base = open_model();
    CLEANUP(adapt_free_ptr) struct adapt *adapt = NULL;
    struct adapt_options options = ADAPT_OPTIONS;
    struct adapt_report report;
    struct error err = { 0 };
    unsigned seen = 0;

    (void)state;
    options.progress = stop_soon;
    options.user = &seen;
    assert_int_equal(adapt_new(base, &adapt, &err), STATUS_OK);
    add_passages(adapt, 100);
    assert_int_equal(adapt_train(adapt, &options, &report, &err), STATUS_CANCELLED);
    assert_int_equal(seen, 3);
}

static void refuses_too_little(void **state)
{
    CLEANUP(semb_free_ptr) struct semb *base = open_model();
    CLEANUP(adapt_free_ptr) struct adapt *adapt = NULL;
    struct adapt_options options = ADAPT_OPTIONS;
    struct adapt_report report;
    struct error err = { 0 };

    (void)state;
    assert_int_equal(adapt_new(base, &adapt, &err), STATUS_OK);
    assert_int_equal(
        adapt_add(adapt, (struct span){ "a", 1 }, (struct span){ "too short", 9 }, &err),
        STATUS_OK);
    add_passages(adapt, ADAPT_PASSAGES_LEAST - 1);
    assert_int_equal(adapt_train(adapt, &options, &report, &err), STATUS_LIMIT);
}

static void multiplies_matrices(void **state)
{
    enum { ROWS = 6, WIDTH = 16 };
    float a[ROWS * WIDTH], b[ROWS * WIDTH], square[ROWS * ROWS], mixed[ROWS * WIDTH];

    (void)state;
    for (int i = 0; i < ROWS * WIDTH; i++) {
        a[i] = (float)(i % 7 - 3);
        b[i] = (float)(i % 5 - 2);
    }
    matrix_products(a, b, ROWS, WIDTH, 2, square);
    for (int i = 0; i < ROWS; i++)
        for (int k = 0; k < ROWS; k++) {
            float sum = 0;

            for (int d = 0; d < WIDTH; d++)
                sum += a[i * WIDTH + d] * b[k * WIDTH + d];
            assert_true(square[i * ROWS + k] == 2 * sum);
        }
    for (int is_transposed = 0; is_transposed < 2; is_transposed++) {
        if (is_transposed)
            matrix_mix_transposed(square, b, ROWS, WIDTH, 0.5F, mixed);
        else
            matrix_mix(square, b, ROWS, WIDTH, 0.5F, mixed);
        for (int i = 0; i < ROWS; i++)
            for (int d = 0; d < WIDTH; d++) {
                float sum = 0;

                for (int k = 0; k < ROWS; k++)
                    sum += square[is_transposed ? k * ROWS + i : i * ROWS + k] * b[k * WIDTH + d];
                assert_true(mixed[i * WIDTH + d] == 0.5F * sum);
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(learns_what_belongs_together),
        cmocka_unit_test(knows_where_sentences_of_other_scripts_end),
        cmocka_unit_test(old_rows_move_by_their_own_rate),
        cmocka_unit_test(a_new_step_keeps_what_words_mean),
        cmocka_unit_test(gives_the_same_model_again),
        cmocka_unit_test(stops_when_told),
        cmocka_unit_test(refuses_too_little),
        cmocka_unit_test(multiplies_matrices),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
