/* Running heads, feet and page numbers: what stands at the same place on page after page. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/hash.h"
#include "extractors/pdf/pdf_edge.h"
#include "extractors/pdf/pdf_structure.h"

#define ROWS_LOOKED_AT 4 /* from the top, and from the bottom */
#define ROWS_OUTER     2 /* most heads and feet are these: what is further in repeats more */
#define MATCHES_OUTER  2u
#define MATCHES_INNER  3u
#define EDGE           0.25F /* of the page's height: heads and feet stand there */
#define EDGE_POINTS    90.0F /* small pages: a head of two lines takes more than its share */
#define EDGE_MAX       0.4F
#define PLACES_LOOK    40   /* pieces before and after */
#define NUMBER_GAP     3.0F /* of its size: a heading's words are behind it */
#define HEAD_APART     0.8F /* of its size */
#define TITLE_SIZE     1.2F /* of the text's */
#define PAGE_NUMBERS   4u   /* in a page number: "3-17 (24/60)" */

static uint64_t mix(uint64_t hash, unsigned char c)
{
    return (hash ^ c) * 0x100000001B3u;
}

/* Small Roman numerals number the first pages; -1: none. */
static int32_t roman_value(struct span text)
{
    int32_t sum = 0, last = 0;

    if (text.len == 0 || text.len > 8)
        return -1;
    for (size_t i = text.len; i-- > 0;) {
        static const char digits[] = "ivxlc";
        static const int32_t values[] = { 1, 5, 10, 50, 100 };
        const char *found = strchr(digits, tolower((unsigned char)text.data[i]));
        int32_t value;

        if (!found || *found == '\0')
            return -1;
        value = values[found - digits];
        sum += value < last ? -value : value;
        last = value > last ? value : last;
    }
    return sum;
}

static void piece_number(struct pdf_edge_piece *piece, int32_t value)
{
    if (piece->first_number < 0)
        piece->first_number = value;
    piece->last_number = value;
    piece->number_count++;
    piece->key = mix(piece->key, 'N');
}

static void piece_read_word(struct pdf_edge_piece *piece, struct span text, bool *letters)
{
    int32_t roman = roman_value(text);

    for (size_t i = 0; i < text.len; i++)
        piece->exact = mix(piece->exact, (unsigned char)text.data[i]);
    if (roman > 0) {
        piece_number(piece, roman);
        return;
    }
    for (size_t i = 0; i < text.len;) {
        unsigned char c = (unsigned char)text.data[i];
        int32_t value = 0;

        if (!isdigit(c)) {
            *letters |= isalpha(c) || c >= 0xC0;
            piece->key = mix(piece->key, c);
            i++;
            continue;
        }
        for (; i < text.len && isdigit((unsigned char)text.data[i]); i++)
            if (value < 100000)
                value = value * 10 + (text.data[i] - '0');
        piece_number(piece, value);
    }
}

static bool edge_add(struct pdf_edge *edge, const struct pdf_doc *doc, uint32_t page,
                     uint32_t index, int row)
{
    const struct pdf_segment *segment = &doc->segments[index];
    struct pdf_edge_piece piece = {
        .key = 0xCBF29CE484222325u,
        .exact = 0xCBF29CE484222325u,
        .page = page,
        .segment = index,
        .y = segment->y1,
        .first_number = -1,
        .last_number = -1,
        .is_outermost = row <= 1,
        .is_inner = row > ROWS_OUTER,
    };
    bool letters = false;

    if (segment->word_count > 40)
        return true;
    for (uint32_t i = 0; i < segment->word_count; i++) {
        piece_read_word(&piece, pdf_word_text(doc, &doc->words[segment->word_start + i]), &letters);
        piece.key = mix(piece.key, ' ');
        piece.exact = mix(piece.exact, ' ');
    }
    piece.is_number_only = !letters && piece.number_count > 0 && piece.number_count <= PAGE_NUMBERS;
    if (!array_reserve(&edge->pieces, &edge->capacity, edge->count))
        return false;
    edge->pieces[edge->count++] = piece;
    return true;
}

static float edge_height(float page_height)
{
    return fmaxf(EDGE * page_height, fminf(EDGE_MAX * page_height, EDGE_POINTS));
}

/* Segments of a page are sorted by rotation and height: those of its first rows, then those of its
 * last ones. */
static bool page_edges(struct pdf_edge *edge, const struct pdf_doc *doc, uint32_t page_index)
{
    const struct pdf_page *page = &doc->pages[page_index];
    uint32_t start = page->segment_start, end = start + page->segment_count;
    float y = -1.0F;
    uint32_t i;
    int rows = 0;

    for (i = start; i < end; i++) {
        const struct pdf_segment *segment = &doc->segments[i];
        float height = segment->rotation & 1U ? page->width : page->height;

        if (segment->y1 > edge_height(height))
            continue;
        if (segment->y0 + segment->y1 > y + segment->size) {
            y = segment->y0 + segment->y1;
            if (++rows > ROWS_LOOKED_AT)
                break;
        }
        if (!edge_add(edge, doc, page_index, i, rows))
            return false;
    }
    rows = 0;
    y = 1.0e9F;
    for (i = end; i-- > start;) {
        const struct pdf_segment *segment = &doc->segments[i];
        float height = segment->rotation & 1U ? page->width : page->height;

        if (segment->y0 < height - edge_height(height))
            continue;
        if (segment->y0 + segment->y1 < y - segment->size) {
            y = segment->y0 + segment->y1;
            if (++rows > ROWS_LOOKED_AT)
                break;
        }
        if (!edge_add(edge, doc, page_index, i, rows))
            return false;
    }
    return true;
}

static int piece_by_key(const void *left, const void *right)
{
    const struct pdf_edge_piece *a = left, *b = right;

    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    if (a->page != b->page)
        return a->page < b->page ? -1 : 1;
    return a->segment < b->segment ? -1 : a->segment > b->segment;
}

static int piece_by_page(const void *left, const void *right)
{
    const struct pdf_edge_piece *a = left, *b = right;

    if (a->page != b->page)
        return a->page < b->page ? -1 : 1;
    return a->segment < b->segment ? -1 : a->segment > b->segment;
}

/* Do two pieces with the same key count pages? */
static bool pieces_count(const struct pdf_edge_piece *a, const struct pdf_edge_piece *b)
{
    int32_t pages = (int32_t)b->page - (int32_t)a->page;

    return a->first_number >= 0 &&
           (b->first_number - a->first_number == pages || b->last_number - a->last_number == pages);
}

static bool are_at_one_place(const struct pdf_doc *doc, const struct pdf_edge_piece *a,
                             const struct pdf_edge_piece *b)
{
    const struct pdf_segment *left = &doc->segments[a->segment];
    const struct pdf_segment *right = &doc->segments[b->segment];

    return left->x0 < right->x1 && right->x0 < left->x1;
}

/* The size of most of the text; 0: there is none. */
static float most_size(const struct pdf_doc *doc)
{
    enum { BUCKETS = 200 }; /* of half a point */
    size_t bytes[BUCKETS] = { 0 };
    size_t best = 0;

    for (size_t i = 0; i < doc->segment_count; i++) {
        const struct pdf_segment *segment = &doc->segments[i];
        float bucket = segment->size * 2.0F + 0.5F;

        for (uint32_t w = 0; bucket < (float)BUCKETS && w < segment->word_count; w++)
            bytes[(size_t)bucket] += doc->words[segment->word_start + w].text_len;
    }
    for (size_t i = 1; i < BUCKETS; i++)
        if (bytes[i] > bytes[best])
            best = i;
    return (float)best / 2.0F;
}

/* In the first row or the last one, apart from the others, and not larger than the text: it may be
 * a head on a page that is the same again, too. */
static bool looks_like_head(const struct pdf_doc *doc, const struct pdf_edge_piece *piece,
                            float title_size)
{
    const struct pdf_page *page = &doc->pages[piece->page];
    const struct pdf_segment *segment = &doc->segments[piece->segment];

    if (!piece->is_outermost || segment->size > title_size)
        return false;
    for (uint32_t i = 0; i < page->segment_count; i++) {
        const struct pdf_segment *other = &doc->segments[page->segment_start + i];

        if (other->rotation == segment->rotation &&
            fabsf(other->y1 - segment->y1) >= PDF_EDGE_SAME_Y &&
            fmaxf(other->y0 - segment->y1, segment->y0 - other->y1) < HEAD_APART * segment->size)
            return false;
    }
    return true;
}

/* How many pieces on near pages match. One counts pages where most numbers at its place do. */
static size_t piece_matches(struct pdf_edge *edge, const struct pdf_doc *doc, size_t index,
                            float title_size)
{
    struct pdf_edge_piece *a = &edge->pieces[index];
    size_t from = index > 64 ? index - 64 : 0;
    size_t end = index + 64 < edge->count ? index + 64 : edge->count;
    size_t same = 0, counting = 0, other = 0;

    a->is_first = true;
    for (size_t k = from; k < end; k++) {
        const struct pdf_edge_piece *b = &edge->pieces[k];
        uint32_t pages = b->page > a->page ? b->page - a->page : a->page - b->page;

        if (b->key != a->key || pages == 0 || pages > PDF_EDGE_NEAR_PAGES ||
            fabsf(a->y - b->y) >= PDF_EDGE_SAME_Y)
            continue;
        if (pieces_count(a, b)) {
            counting++;
        } else if (a->exact != b->exact) {
            other += are_at_one_place(doc, a, b);
        } else if (!pdf_edge_pages_alike(edge, doc, a->page, b->page) ||
                   looks_like_head(doc, a, title_size)) {
            same++;
            a->is_first &= b->page > a->page;
        }
    }
    a->is_number = counting > 0 && counting >= other && (same == 0 || counting > same + other);
    return same + (a->is_number ? counting : 0);
}

static void edges_match(struct pdf_edge *edge, const struct pdf_doc *doc)
{
    size_t page_count = doc->page_count;
    float title_size = TITLE_SIZE * most_size(doc);

    for (size_t i = 0; i < edge->count; i++) {
        struct pdf_edge_piece *piece = &edge->pieces[i];
        size_t matches = piece_matches(edge, doc, i, title_size);
        size_t wanted = piece->is_inner && page_count > MATCHES_INNER + 1 && !piece->is_number_only
                            ? MATCHES_INNER
                            : MATCHES_OUTER;

        piece->is_alone = (i == 0 || edge->pieces[i - 1].key != piece->key) &&
                          (i + 1 == edge->count || edge->pieces[i + 1].key != piece->key);
        piece->is_once = matches == 1;
        piece->is_repeated =
            matches >= wanted || (matches >= 1 && (page_count <= 3 || piece->is_number_only));
    }
}

/* The text that a number stands before, in its line: of a heading, of a head. */
static const struct pdf_edge_piece *piece_after(const struct pdf_edge *edge,
                                                const struct pdf_doc *doc, size_t index)
{
    const struct pdf_segment *number = &doc->segments[edge->pieces[index].segment];
    size_t from = index > PLACES_LOOK ? index - PLACES_LOOK : 0;

    for (size_t k = from; k < edge->count && k < index + PLACES_LOOK; k++) {
        const struct pdf_edge_piece *piece = &edge->pieces[k];
        const struct pdf_segment *text = &doc->segments[piece->segment];

        if (piece->page == edge->pieces[index].page && text->rotation == number->rotation &&
            text->x0 > number->x1 && text->x0 - number->x1 < NUMBER_GAP * number->size &&
            fminf(text->y1, number->y1) - fmaxf(text->y0, number->y0) > 0.5F * number->size)
            return piece;
    }
    return NULL;
}

/* Two sections that begin pages may have these pages' numbers by chance: a number before text that
 * no other page has is theirs. Pieces are sorted by page. */
static void edges_keep_section_numbers(struct pdf_edge *edge, const struct pdf_doc *doc)
{
    for (size_t i = 0; i < edge->count; i++) {
        struct pdf_edge_piece *piece = &edge->pieces[i];
        const struct pdf_edge_piece *after;

        if (!piece->is_repeated || !piece->is_number_only || !piece->is_once)
            continue;
        after = piece_after(edge, doc, i);
        if (after && after->is_alone && !after->is_number_only)
            piece->is_repeated = piece->is_number = false;
    }
}

/* The other pieces of a line with a page number belong to it: chapter titles change too often to
 * repeat. Pieces are sorted by page. */
static void edges_spread(struct pdf_edge *edge)
{
    for (size_t i = 0; i < edge->count; i++) {
        const struct pdf_edge_piece *number = &edge->pieces[i];

        if (!number->is_repeated || !number->is_number)
            continue;
        for (size_t k = i; k-- > 0 && edge->pieces[k].page == number->page;)
            if (fabsf(edge->pieces[k].y - number->y) < PDF_EDGE_SAME_Y)
                edge->pieces[k].is_repeated = true;
        for (size_t k = i + 1; k < edge->count && edge->pieces[k].page == number->page; k++)
            if (fabsf(edge->pieces[k].y - number->y) < PDF_EDGE_SAME_Y)
                edge->pieces[k].is_repeated = true;
    }
}

/* Heads change with the chapter, and a chapter may be too short to repeat its own: what stands at
 * the place of heads of near pages, in their type, is one. Pieces are sorted by page. */
static void edges_fill_places(struct pdf_edge *edge, const struct pdf_doc *doc)
{
    for (size_t i = 0; i < edge->count; i++) {
        struct pdf_edge_piece *piece = &edge->pieces[i];
        const struct pdf_segment *segment = &doc->segments[piece->segment];
        size_t from = i > PLACES_LOOK ? i - PLACES_LOOK : 0;
        size_t end = i + PLACES_LOOK < edge->count ? i + PLACES_LOOK : edge->count;
        size_t same = 0;

        if (piece->is_repeated || piece->page == 0)
            continue;
        for (size_t k = from; k < end && same < 3; k++) {
            const struct pdf_edge_piece *other = &edge->pieces[k];
            const struct pdf_segment *head = &doc->segments[other->segment];

            same += other->is_repeated && !other->is_place && other->page != piece->page &&
                    fabsf(other->y - piece->y) < 0.6F && head->style == segment->style &&
                    head->rotation == segment->rotation &&
                    (fabsf(head->x0 - segment->x0) < 1.0F || fabsf(head->x1 - segment->x1) < 1.0F);
        }
        if (same >= 3)
            piece->is_repeated = piece->is_place = true;
    }
}

/* Does text that does not repeat stand between the piece and the page's edge? Pieces are sorted by
 * page. */
static bool piece_is_inside(const struct pdf_edge *edge, const struct pdf_doc *doc, size_t index)
{
    const struct pdf_edge_piece *piece = &edge->pieces[index];
    const struct pdf_page *page = &doc->pages[piece->page];
    const struct pdf_segment *segment = &doc->segments[piece->segment];
    float height = segment->rotation & 1U ? page->width : page->height;
    bool is_low = segment->y0 > height / 2.0F;
    size_t from = index > 40 ? index - 40 : 0;
    size_t end = index + 40 < edge->count ? index + 40 : edge->count;

    for (size_t k = from; k < end; k++) {
        const struct pdf_edge_piece *other = &edge->pieces[k];
        const struct pdf_segment *outer = &doc->segments[other->segment];

        if (other->page != piece->page || other->is_repeated ||
            outer->rotation != segment->rotation)
            continue;
        if (is_low ? outer->y0 > segment->y1 : outer->y1 < segment->y0)
            return true;
    }
    return false;
}

/* A head goes on to the page's edge: what repeats below text that does not is a form's label. */
static void edges_confine(struct pdf_edge *edge, const struct pdf_doc *doc)
{
    for (size_t i = 0; i < edge->count; i++) {
        struct pdf_edge_piece *piece = &edge->pieces[i];

        if (piece->is_repeated && !piece->is_number_only && piece_is_inside(edge, doc, i))
            piece->is_repeated = false;
    }
}

/* Several slides may have one title: what is set larger than the text stays where it is new. */
static void edges_keep_titles(struct pdf_edge *edge, const struct pdf_doc *doc)
{
    float title_size = TITLE_SIZE * most_size(doc);

    for (size_t i = 0; i < edge->count; i++) {
        struct pdf_edge_piece *piece = &edge->pieces[i];

        if (doc->segments[piece->segment].size > title_size &&
            (piece->is_place || (piece->is_first && !piece->is_number)))
            piece->is_repeated = false;
    }
}

/* A page number without another page to compare: alone in the last line, or the first one, and well
 * apart from the text. */
static void page_mark_lone_number(struct pdf_doc *doc, const struct pdf_edge_piece *piece)
{
    const struct pdf_page *page = &doc->pages[piece->page];
    const struct pdf_segment *segment = &doc->segments[piece->segment];
    float nearest = INFINITY;
    bool is_outermost = true;
    bool is_low = segment->y0 > page->height / 2.0F;

    if (!piece->is_number_only || segment->word_count > 3 || piece->last_number > 9999)
        return;
    for (uint32_t i = 0; i < page->segment_count; i++) {
        const struct pdf_segment *other = &doc->segments[page->segment_start + i];
        float gap = is_low ? segment->y0 - other->y1 : other->y0 - segment->y1;

        if (other == segment || other->is_boilerplate || other->rotation != segment->rotation)
            continue;
        if (gap < -0.2F * segment->size)
            is_outermost = false;
        nearest = fminf(nearest, gap);
    }
    if (is_outermost && nearest > 1.2F * segment->size)
        doc->segments[piece->segment].is_boilerplate = true;
}

/* Does the document say that the piece is not of its text? */
static bool piece_is_artifact(const struct pdf_doc *doc, const struct pdf_edge_piece *piece)
{
    const struct pdf_segment *segment = &doc->segments[piece->segment];

    for (uint32_t i = 0; i < segment->word_count; i++)
        if (!(doc->words[segment->word_start + i].flags & PDF_WORD_ARTIFACT))
            return false;
    return segment->word_count > 0;
}

/* On the first page a head is news, and a foot: whose letter, whose minutes it is. */
static void piece_mark(struct pdf_doc *doc, const struct pdf_edge_piece *piece)
{
    const struct pdf_page *page = &doc->pages[piece->page];
    struct pdf_segment *segment = &doc->segments[piece->segment];
    float height = segment->rotation & 1U ? page->width : page->height;

    if (piece->page > 0 || piece->is_number)
        segment->is_boilerplate = true;
    else
        segment->is_first_foot = doc->page_count > 1 && segment->y0 > height / 2.0F;
}

/* Where most pages have nothing but heads and feet, those are the text: slides of a few words, a
 * label printed many times. */
static bool leaves_nothing(const struct pdf_doc *doc)
{
    size_t with_text = 0, emptied = 0;

    for (size_t i = 0; i < doc->page_count; i++) {
        const struct pdf_page *page = &doc->pages[i];
        uint32_t dropped = 0;

        for (uint32_t k = 0; k < page->segment_count; k++)
            dropped += doc->segments[page->segment_start + k].is_boilerplate;
        with_text += page->segment_count > 0;
        emptied += page->segment_count > 0 && dropped == page->segment_count;
    }
    return emptied * 2 > with_text;
}

void pdf_boilerplate_mark(struct pdf_doc *doc)
{
    struct pdf_edge edge = { .alike = calloc(doc->page_count + 1, PDF_EDGE_NEAR_PAGES) };

    if (!edge.alike) {
        doc->failed = true;
        return;
    }
    for (uint32_t i = 0; i < doc->page_count; i++) {
        if (!page_edges(&edge, doc, i)) {
            doc->failed = true;
            break;
        }
    }
    if (edge.count)
        qsort(edge.pieces, edge.count, sizeof(edge.pieces[0]), piece_by_key);
    edges_match(&edge, doc);
    if (edge.count)
        qsort(edge.pieces, edge.count, sizeof(edge.pieces[0]), piece_by_page);
    pdf_edge_spare_rows(&edge, doc);
    edges_keep_section_numbers(&edge, doc);
    edges_spread(&edge);
    edges_fill_places(&edge, doc);
    edges_confine(&edge, doc);
    edges_keep_titles(&edge, doc);
    for (size_t i = 0; i < edge.count; i++)
        if (edge.pieces[i].is_repeated || piece_is_artifact(doc, &edge.pieces[i]))
            piece_mark(doc, &edge.pieces[i]);
    for (size_t i = 0; i < edge.count; i++)
        if (!edge.pieces[i].is_repeated)
            page_mark_lone_number(doc, &edge.pieces[i]);
    if (leaves_nothing(doc))
        for (size_t i = 0; i < edge.count; i++)
            doc->segments[edge.pieces[i].segment].is_boilerplate &= edge.pieces[i].is_number_only;
    free(edge.pieces);
    free(edge.alike);
}
