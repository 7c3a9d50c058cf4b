#include "cli/hit_print.h"

#include <string.h>

#include "base/utf8.h"

#define SHOWN_WIDTH      100
#define TITLE_CHARACTERS 160u

void hit_append_path(const struct hit_place *place, struct buf *out)
{
    buf_append(out, place->source_path.data, place->source_path.len);
    buf_append_char(out, '/');
    buf_append(out, place->path.data, place->path.len);
    if (place->member.len > 0) {
        buf_append(out, "!/", 2);
        buf_append(out, place->member.data, place->member.len);
    }
}

void hit_append_short(struct span title, struct buf *out)
{
    size_t characters = 0, end = 0, word_end = 0;

    while (end < title.len && characters < TITLE_CHARACTERS) {
        uint32_t c;

        if (title.data[end] == ' ')
            word_end = end;
        end += utf8_decode((struct span){ title.data + end, title.len - end }, &c);
        characters++;
    }
    if (end < title.len && word_end > end / 2)
        end = word_end;
    utf8_append_printable(out, (struct span){ title.data, end });
    buf_append(out, "...", end < title.len ? 3 : 0);
}

void hit_append_pages(uint32_t first, uint32_t last, struct buf *out)
{
    if (first && first == last)
        buf_printf(out, ", page %u", first);
    else if (first)
        buf_printf(out, ", pages %u-%u", first, last);
}

/* ", Prices!A2:D2 to Prices!A9:D9". False: the place has no cells. */
static bool append_cells(const struct hit_place *place, struct buf *out)
{
    const struct hit_box *first = NULL, *last = NULL;

    for (size_t i = 0; i < place->box_count; i++) {
        const struct hit_box *box = &place->boxes[i];

        if (box->label.len == 0 || !memchr(box->label.data, '!', box->label.len))
            continue;
        first = first ? first : box;
        last = box;
    }
    if (!first)
        return false;
    buf_append(out, ", ", 2);
    utf8_append_printable(out, first->label);
    if (last != first) {
        buf_append(out, " to ", 4);
        utf8_append_printable(out, last->label);
    }
    return true;
}

static void append_where(const struct hit_place *place, struct buf *out)
{
    if (append_cells(place, out))
        return; /* they say which sheet, too */
    if (place->first_page)
        hit_append_pages(place->first_page, place->last_page, out);
    else
        buf_printf(out, ", %s %llu-%llu", place->is_file_range ? "bytes" : "text",
                   (unsigned long long)place->start, (unsigned long long)place->end);
}

static void append_printable_path(struct buf *out, const struct hit_place *place)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(4 * (size_t)OS_PATH_MAX);

    hit_append_path(place, &path);
    utf8_append_printable(out, buf_span(&path));
}

/* As grep shows matches, and paths. */
static const char match_begin[] = "\033[1;31m", path_begin[] = "\033[35m", colour_end[] = "\033[0m";

static void append_code(struct buf *out, const struct hit_shown *shown, const char *code)
{
    if (shown->is_coloured)
        buf_append(out, code, strlen(code));
}

/* A word of the snippet, its marks coloured. *match: the first one that may reach into it. */
static void append_word(struct buf *out, const struct hit_shown *shown, size_t start, size_t end,
                        size_t *match)
{
    const struct snippet *snippet = shown->snippet;

    while (start < end) {
        size_t until = end;
        bool is_match = false;

        while (*match < snippet->match_count && snippet->matches[*match].end <= start)
            ++*match;
        if (*match < snippet->match_count && snippet->matches[*match].start < end) {
            const struct snippet_match *at = &snippet->matches[*match];

            is_match = at->start <= start;
            until = is_match ? at->end : at->start;
            until = until < end ? until : end;
        }
        if (is_match)
            append_code(out, shown, match_begin);
        utf8_append_printable(out, (struct span){ snippet->text.data + start, until - start });
        if (is_match)
            append_code(out, shown, colour_end);
        start = until;
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The snippet, wrapped. */
static void append_snippet(struct buf *out, const struct hit_shown *shown)
{
    struct span text = shown->snippet->text;
    size_t column = 3, match = 0;

    buf_printf(out, "   %s", shown->snippet->start > 0 ? "... " : "");
    for (size_t at = 0, end; at < text.len; at = end) {
        size_t width;

        while (at < text.len && is_blank(text.data[at]))
            at++;
        for (end = at; end < text.len && !is_blank(text.data[end]);)
            end++;
        width = utf8_length((struct span){ text.data + at, end - at });
        if (column > 3 && column + width > SHOWN_WIDTH) {
            buf_append(out, "\n   ", 4);
            column = 3;
        }
        if (column > 3)
            buf_append_char(out, ' ');
        append_word(out, shown, at, end, &match);
        column += width + 1;
    }
    buf_append(out, shown->snippet->is_cut ? " ...\n" : "\n", shown->snippet->is_cut ? 5 : 1);
}

/* "Title > Section > Subsection"; often the first section is the title. */
static void append_heading(struct buf *out, const struct hit_place *place)
{
    bool has_title = place->title.len > 0 &&
                     (place->heading_path.len < place->title.len ||
                      memcmp(place->heading_path.data, place->title.data, place->title.len) != 0);

    if (has_title)
        hit_append_short(place->title, out);
    if (has_title && place->heading_path.len > 0)
        buf_append(out, " > ", 3);
    hit_append_short(place->heading_path, out);
    if (has_title || place->heading_path.len > 0)
        buf_append(out, "  ", 2);
}

void hit_append_text(const struct hit *hit, const struct hit_shown *shown, struct buf *out)
{
    const struct hit_place *place = &hit->places[0];

    buf_printf(out, "%s%zu. ", shown->rank > 1 ? "\n" : "", shown->rank);
    append_code(out, shown, path_begin);
    append_printable_path(out, place);
    append_code(out, shown, colour_end);
    append_where(place, out);
    buf_append(out, "\n   ", 4);
    append_heading(out, place);
    buf_printf(out, "(score %.3f, ", hit->score);
    if (hit->first_rank > 0)
        buf_printf(out, "reranked %.3f from %u, ", hit->rerank_score, hit->first_rank);
    buf_printf(out, "generation %lld, revision %.8s)\n", (long long)place->generation,
               place->revision_hash);
    if (shown->stale)
        buf_printf(out, "   STALE: %s\n", shown->stale);
    append_snippet(out, shown);
    for (size_t i = 1; i < hit->place_count; i++) {
        buf_append(out, "   also in ", 11);
        append_printable_path(out, &hit->places[i]);
        buf_append_char(out, '\n');
    }
}

void hit_put_place(const struct hit_place *place, const char *name, struct json_writer *json)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(4 * (size_t)OS_PATH_MAX);

    hit_append_path(place, &path);
    json_put_object_begin(json, name);
    json_put_path(json, "path", buf_span(&path));
    json_put_path(json, "source", place->source_path);
    json_put_path(json, "file", place->path);
    if (place->member.len > 0)
        json_put_path(json, "member", place->member);
    json_put_string(json, "title", place->title);
    json_put_string(json, "heading_path", place->heading_path);
    json_put_text(json, "revision", place->revision_hash);
    json_put_integer(json, "generation", place->generation);
    json_put_integer(json, "committed_ms", place->committed_ms);
    json_put_integer(json, "modified_ms", place->stamp.mtime_ns / 1000000);
    json_put_integer(json, "segment", place->segment_id);
    json_put_integer(json, "position", place->position);
    json_put_integer(json, "document", place->document_id);
    json_put_string(json, "media_type", place->media_type);
    if (place->language.len > 0)
        json_put_string(json, "language", place->language);
    if (place->first_page) {
        json_put_integer(json, "page", place->first_page);
        json_put_integer(json, "last_page", place->last_page);
    }
    json_put_integer(json, "start", (int64_t)place->start);
    json_put_integer(json, "end", (int64_t)place->end);
    json_put_text(json, "range_of", place->is_file_range ? "file" : "text");
    json_put_array_begin(json, "boxes");
    for (size_t i = 0; i < place->box_count; i++) {
        const struct hit_box *box = &place->boxes[i];

        json_put_object_begin(json, NULL);
        json_put_integer(json, "page", box->page);
        if (box->x1 > box->x0 || box->y1 > box->y0) {
            json_put_number(json, "x0", (double)box->x0);
            json_put_number(json, "y0", (double)box->y0);
            json_put_number(json, "x1", (double)box->x1);
            json_put_number(json, "y1", (double)box->y1);
        }
        if (box->label.len > 0)
            json_put_string(json, "label", box->label);
        json_put_object_end(json);
    }
    json_put_array_end(json);
    json_put_object_end(json);
}

static void put_around(struct json_writer *json, const struct expansion *around)
{
    json_put_object_begin(json, "around");
    json_put_string(json, "text", around->text);
    json_put_integer(json, "tokens", around->token_count);
    json_put_integer(json, "first_segment", around->first_position);
    json_put_integer(json, "last_segment", around->last_position);
    if (around->first_page) {
        json_put_integer(json, "page", around->first_page);
        json_put_integer(json, "last_page", around->last_page);
    }
    json_put_integer(json, "start", (int64_t)around->start);
    json_put_integer(json, "end", (int64_t)around->end);
    json_put_bool(json, "cut", around->is_cut);
    json_put_object_end(json);
}

static void put_snippet(struct json_writer *json, const struct snippet *snippet)
{
    json_put_object_begin(json, "snippet");
    json_put_string(json, "text", snippet->text);
    json_put_integer(json, "start", (int64_t)snippet->start);
    json_put_integer(json, "end", (int64_t)(snippet->start + snippet->text.len));
    json_put_array_begin(json, "matches");
    for (size_t i = 0; i < snippet->match_count; i++) {
        json_put_object_begin(json, NULL);
        json_put_integer(json, "start", (int64_t)snippet->matches[i].start);
        json_put_integer(json, "end", (int64_t)snippet->matches[i].end);
        json_put_object_end(json);
    }
    json_put_array_end(json);
    json_put_object_end(json);
}

void hit_put_json(const struct hit *hit, const struct hit_shown *shown, struct json_writer *json)
{
    json_put_object_begin(json, NULL);
    json_put_integer(json, "rank", (int64_t)shown->rank);
    json_put_number(json, "score", hit->score);
    json_put_number(json, "bm25", hit->bm25);
    json_put_number(json, "cosine", hit->cosine);
    if (hit->first_rank > 0) {
        json_put_number(json, "rerank_score", hit->rerank_score);
        json_put_integer(json, "first_rank", hit->first_rank);
    }
    json_put_string(json, "text", hit->text);
    put_snippet(json, shown->snippet);
    json_put_integer(json, "tokens", hit->token_count);
    json_put_bool(json, "stale", shown->stale != NULL);
    if (shown->stale)
        json_put_text(json, "stale_reason", shown->stale);
    if (shown->around)
        put_around(json, shown->around);
    hit_put_place(&hit->places[0], "place", json);
    if (hit->place_count > 1) {
        json_put_array_begin(json, "also_in");
        for (size_t i = 1; i < hit->place_count; i++)
            hit_put_place(&hit->places[i], NULL, json);
        json_put_array_end(json);
    }
    json_put_object_end(json);
}
