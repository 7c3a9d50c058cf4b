#include "cli/snippet.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/utf8.h"
#include "chunkers/sentence_split.h"
#include "cli/paths.h"
#include "model/semb.h"

/* A word of more characters (a script without spaces, a long number) may be cut into such pieces.
 */
#define PIECE_CHARACTERS ((size_t)12)
#define DIMENSIONS_MAX   4096u
/* Beside one for each word that a stretch has: for each more time that it has one of them. */
#define AGAIN_WEIGHT  0.05
#define AGAIN_MOST    6u
#define STRONG_WEIGHT 2.0

/* A sentence, or a word of one that is too long. */
struct unit {
    size_t start, end; /* bytes of the passage; the next one begins at end */
    size_t characters;
    uint64_t terms; /* a bit for each of the query's that begins in it */
    unsigned mark_count;
    bool begins_sentence, is_piece; /* is_piece: of a sentence that is cut */
};

struct snippet_maker {
    struct search *search;
    struct span question;
    struct unit *units;
    size_t unit_count, unit_capacity;
    double weights[64]; /* of the query's terms, in this passage */
    struct snippet_match *matches;
    size_t match_count, match_capacity;
    struct semb *model; /* opened when it is first needed */
    bool is_model_tried;
    float *question_vector, *sentence_vector;
};

struct snippet_maker *snippet_maker_new(struct search *search, struct span question)
{
    struct snippet_maker *maker = calloc(1, sizeof(*maker));

    if (maker) {
        maker->search = search;
        maker->question = question;
    }
    return maker;
}

void snippet_maker_free(struct snippet_maker *maker)
{
    if (!maker)
        return;
    semb_free(maker->model);
    free(maker->units);
    free(maker->matches);
    free(maker->question_vector);
    free(maker->sentence_vector);
    free(maker);
}

/* ---- the passage as units ---- */

static bool put_unit(struct snippet_maker *maker, struct span text, size_t start, size_t end,
                     bool begins_sentence, bool is_piece)
{
    if (!array_reserve(&maker->units, &maker->unit_capacity, maker->unit_count))
        return false;
    maker->units[maker->unit_count++] = (struct unit){
        .start = start,
        .end = end,
        .characters = utf8_length((struct span){ text.data + start, end - start }),
        .begins_sentence = begins_sentence,
        .is_piece = is_piece,
    };
    return true;
}

static size_t piece_end(struct span text, size_t start, size_t end)
{
    for (size_t i = 0; i < PIECE_CHARACTERS && start < end; i++) {
        uint32_t c;

        start += utf8_decode((struct span){ text.data + start, end - start }, &c);
    }
    return start;
}

static bool put_pieces(struct snippet_maker *maker, struct span text, size_t start, size_t end)
{
    bool is_first = true;

    while (start < end) {
        size_t next = word_next(text, start);

        next = next < end ? next : end;
        if (utf8_length((struct span){ text.data + start, next - start }) > 2 * PIECE_CHARACTERS)
            next = piece_end(text, start, next);
        if (!put_unit(maker, text, start, next, is_first, true))
            return false;
        is_first = false;
        start = next;
    }
    return true;
}

static enum status split(struct snippet_maker *maker, struct span text, size_t length,
                         struct error *err)
{
    bool is_done = true;

    maker->unit_count = 0;
    for (size_t start = 0; start < text.len && is_done;) {
        size_t next = sentence_next(text, start);

        if (utf8_length((struct span){ text.data + start, next - start }) > length)
            is_done = put_pieces(maker, text, start, next);
        else
            is_done = put_unit(maker, text, start, next, true, false);
        start = next;
    }
    return is_done ? STATUS_OK : error_set(err, STATUS_NO_MEMORY, "no memory for a snippet");
}

/* Gives each unit its marks. A word that many texts have, or the passage has often, says less about
 * a part of it. */
static void spread_marks(struct snippet_maker *maker, const struct search_mark *marks, size_t count)
{
    unsigned seen[64] = { 0 };
    size_t unit = 0;

    for (size_t i = 0; i < count; i++) {
        while (unit + 1 < maker->unit_count && maker->units[unit].end <= marks[i].start)
            unit++;
        maker->units[unit].terms |= (uint64_t)1 << marks[i].term;
        maker->units[unit].mark_count++;
        seen[marks[i].term]++;
        maker->weights[marks[i].term] = (marks[i].is_strong ? STRONG_WEIGHT : 1.0) *
                                        marks[i].rarity * (1.0 + 1.0 / (double)seen[marks[i].term]);
    }
}

/* ---- which of them ---- */

struct stretch {
    size_t first, last; /* units */
};

static double stretch_score(const struct snippet_maker *maker, uint64_t terms, unsigned mark_count)
{
    unsigned again = mark_count > AGAIN_MOST ? AGAIN_MOST : mark_count;
    double score = AGAIN_WEIGHT * (double)again;

    for (unsigned term = 0; term < 64; term++)
        score += terms >> term & 1 ? maker->weights[term] : 0;
    return score;
}

/* The best stretch of at most length characters, without what stands around its marks. */
static struct stretch best_stretch(const struct snippet_maker *maker, size_t length)
{
    struct stretch best = { 0, 0 };
    double best_score = -1;

    for (size_t first = 0; first < maker->unit_count; first++) {
        uint64_t terms = 0;
        unsigned mark_count = 0;
        size_t characters = 0, last_marked = first;
        double score;

        if (maker->units[first].mark_count == 0)
            continue;
        for (size_t i = first; i < maker->unit_count; i++) {
            characters += maker->units[i].characters;
            if (characters > length && i > first)
                break;
            terms |= maker->units[i].terms;
            mark_count += maker->units[i].mark_count;
            if (maker->units[i].mark_count > 0)
                last_marked = i;
        }
        score = stretch_score(maker, terms, mark_count);
        if (score > best_score) {
            best_score = score;
            best = (struct stretch){ first, last_marked };
        }
    }
    return best;
}

static bool open_model(struct snippet_maker *maker)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT((size_t)16384);
    struct error problem;

    if (maker->is_model_tried)
        return maker->model != NULL;
    maker->is_model_tried = true;
    if (path_of_embedding_model(&path, &problem) ||
        semb_open_few(path.data, &maker->model, &problem) ||
        semb_dimensions(maker->model) > DIMENSIONS_MAX)
        return false;
    maker->question_vector = calloc(semb_dimensions(maker->model), sizeof(float));
    maker->sentence_vector = calloc(semb_dimensions(maker->model), sizeof(float));
    if (!maker->question_vector || !maker->sentence_vector ||
        semb_embed(maker->model, maker->question, maker->question_vector) == 0) {
        semb_free(maker->model);
        maker->model = NULL;
    }
    return maker->model != NULL;
}

/* The sentence closest to the question; the first one when no model can tell. */
static struct stretch closest_sentence(struct snippet_maker *maker, struct span text)
{
    struct stretch best = { 0, 0 };
    float best_cosine = 0;

    if (maker->unit_count < 2 || !open_model(maker))
        return best;
    for (size_t first = 0, next; first < maker->unit_count; first = next) {
        size_t start = maker->units[first].start, end = maker->units[first].end;
        float cosine = 0;

        for (next = first + 1; next < maker->unit_count && !maker->units[next].begins_sentence;)
            end = maker->units[next++].end;
        (void)semb_embed(maker->model, (struct span){ text.data + start, end - start },
                         maker->sentence_vector);
        for (unsigned i = 0; i < semb_dimensions(maker->model); i++)
            cosine += maker->question_vector[i] * maker->sentence_vector[i];
        if (cosine > best_cosine) {
            best_cosine = cosine;
            best = (struct stretch){ first, first };
        }
    }
    return best;
}

/* ---- and what around them ---- */

static bool take_unit(const struct snippet_maker *maker, size_t unit, size_t length,
                      size_t *characters)
{
    if (*characters + maker->units[unit].characters > length)
        return false;
    *characters += maker->units[unit].characters;
    return true;
}

/* From the beginning when that fits; else what follows a sentence, then what precedes it; around a
 * part of a sentence both. */
static void grow(const struct snippet_maker *maker, struct stretch *stretch, size_t length)
{
    size_t before = 0, characters = 0, last = maker->unit_count - 1;
    bool is_piece = maker->units[stretch->first].is_piece, can_follow = true, can_precede;

    for (size_t i = 0; i < stretch->first; i++)
        before += maker->units[i].characters;
    for (size_t i = stretch->first; i <= stretch->last; i++)
        characters += maker->units[i].characters;
    if (before + characters <= length) {
        stretch->first = 0;
        characters += before;
    }
    can_precede = is_piece;
    while (can_follow || can_precede) {
        can_precede = can_precede && stretch->first > 0 &&
                      take_unit(maker, stretch->first - 1, length, &characters);
        stretch->first -= can_precede;
        can_follow = can_follow && stretch->last < last &&
                     take_unit(maker, stretch->last + 1, length, &characters);
        stretch->last += can_follow;
    }
    while (stretch->first > 0 && take_unit(maker, stretch->first - 1, length, &characters))
        stretch->first--;
}

/* Marks inside the snippet, as its bytes; those that overlap or touch become one. */
static enum status put_matches(struct snippet_maker *maker, const struct search_mark *marks,
                               size_t count, size_t start, size_t end, struct error *err)
{
    maker->match_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct snippet_match *before =
            maker->match_count ? &maker->matches[maker->match_count - 1] : NULL;
        size_t from = marks[i].start > start ? marks[i].start : start;
        size_t to = marks[i].end < end ? marks[i].end : end;

        if (from >= to)
            continue;
        if (before && from - start <= before->end) {
            before->end = to - start > before->end ? to - start : before->end;
            continue;
        }
        if (!array_reserve(&maker->matches, &maker->match_capacity, maker->match_count))
            return error_set(err, STATUS_NO_MEMORY, "no memory for a snippet");
        maker->matches[maker->match_count++] = (struct snippet_match){ from - start, to - start };
    }
    return STATUS_OK;
}

static enum status choose(struct snippet_maker *maker, struct span passage, size_t length,
                          const struct search_mark *marks, size_t mark_count, size_t *start,
                          size_t *end, struct error *err)
{
    struct stretch stretch;
    enum status status = split(maker, passage, length, err);

    if (status || maker->unit_count == 0)
        return status;
    spread_marks(maker, marks, mark_count);
    stretch = mark_count > 0 ? best_stretch(maker, length) : closest_sentence(maker, passage);
    grow(maker, &stretch, length);
    *start = space_skip(passage, maker->units[stretch.first].start);
    *end = space_trim(passage, *start, maker->units[stretch.last].end);
    return STATUS_OK;
}

enum status snippet_make(struct snippet_maker *maker, struct span passage, size_t length,
                         struct snippet *out, struct error *err)
{
    struct search_mark *marks = NULL;
    size_t mark_count = 0, start = 0, end = passage.len;
    enum status status = search_mark(maker->search, passage, &marks, &mark_count, err);

    if (!status && length != SNIPPET_WHOLE && utf8_length(passage) > length)
        status = choose(maker, passage, length, marks, mark_count, &start, &end, err);
    if (!status)
        status = put_matches(maker, marks, mark_count, start, end, err);
    free(marks);
    if (status)
        return status;
    *out = (struct snippet){ .text = { passage.data + start, end - start },
                             .start = start,
                             .is_cut = end < passage.len,
                             .matches = maker->matches,
                             .match_count = maker->match_count };
    return STATUS_OK;
}
