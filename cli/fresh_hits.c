#include "cli/fresh_hits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "cli/hit_print.h"
#include "serve/control.h"

enum status fresh_hits_open(struct search *search, bool is_strict, bool is_past,
                            const struct principal *principal, struct fresh_hits *out,
                            struct error *err)
{
    *out = (struct fresh_hits){ .search = search,
                                .principal = principal,
                                .checker = is_past ? NULL : hit_checker_new(),
                                .is_strict = is_strict };
    return out->checker || is_past ? STATUS_OK
                                   : error_set(err, STATUS_NO_MEMORY, "no memory for a search");
}

static void leave_out(struct fresh_hits *hits, const struct hit_place *place, const char *why)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(4 * (size_t)OS_PATH_MAX);
    struct left_out *left;

    hit_append_path(place, &path);
    for (size_t i = 0; i < hits->left_out_count; i++)
        if (strcmp(hits->left_out[i].path, path.data) == 0)
            return;
    if (hits->left_out_count == LEFT_OUT_MAX) {
        hits->more_left_out++;
        return;
    }
    left = &hits->left_out[hits->left_out_count];
    left->path = strdup(path.data);
    left->file = strndup(path.data, place->source_path.len + 1 + place->path.len);
    if (!left->path || !left->file) {
        free(left->path);
        free(left->file);
        return;
    }
    hits->left_out_count++;
    (void)snprintf(left->why, sizeof(left->why), "%s", why);
}

static bool is_readable_now(const struct principal *principal, const struct hit_place *place)
{
    CLEANUP(buf_release) struct buf path = BUF_INIT(2 * (size_t)OS_PATH_MAX);

    buf_append(&path, place->source_path.data, place->source_path.len);
    buf_append_char(&path, '/');
    buf_append(&path, place->path.data, place->path.len);
    return buf_status(&path, NULL) == STATUS_OK && access_reads_now(principal, path.data);
}

/* Drops the places that are stale, or says why the first one is; the text is that of the first one
 * that is left. False: nothing is left. */
static bool check_places(struct fresh_hits *hits, struct hit *hit, const char **stale)
{
    size_t kept = 0;

    *stale = NULL;
    for (size_t i = 0; i < hit->place_count; i++) {
        const char *why;

        if (hits->principal && !is_readable_now(hits->principal, &hit->places[i]))
            continue;
        why = hits->checker ? hit_checker_stale(hits->checker, &hit->places[i]) : NULL;
        if (why && hits->is_strict) {
            leave_out(hits, &hit->places[i], why);
            continue;
        }
        if (why && kept == 0) {
            (void)snprintf(hits->stale, sizeof(hits->stale), "%s", why);
            *stale = hits->stale;
        }
        hits->places[kept++] = hit->places[i];
    }
    hit->places = hits->places;
    hit->place_count = kept;
    if (kept > 0) {
        hit->text = hits->places[0].text;
        hit->token_count = hits->places[0].token_count;
    }
    return kept > 0;
}

/* Looks at the hit's files. False: nothing of it is left. */
static enum status look(struct fresh_hits *hits, struct hit *hit, const char **stale, bool *is_left,
                        struct error *err)
{
    free(hits->places);
    hits->places = calloc(hit->place_count, sizeof(*hits->places));
    if (!hits->places)
        return error_set(err, STATUS_NO_MEMORY, "no memory for a hit");
    *is_left = check_places(hits, hit, stale);
    return STATUS_OK;
}

/* The next of the search, with what is left of it. */
static enum status search_and_look(struct fresh_hits *hits, struct hit *out, const char **stale,
                                   bool *has_hit, bool *is_left, struct error *err)
{
    enum status status = search_next(hits->search, out, has_hit, err);

    if (!status && *has_hit)
        status = look(hits, out, stale, is_left, err);
    if (!status && *has_hit && !*is_left)
        search_pass_over(hits->search);
    return status;
}

enum status fresh_hits_next(struct fresh_hits *hits, struct hit *out, const char **stale,
                            bool *has_hit, struct error *err)
{
    bool is_left = false;
    enum status status = STATUS_OK;

    *has_hit = true;
    while (!status && !is_left && hits->queue_next < hits->queue_count) {
        *out = hits->queue[hits->queue_next++];
        status = look(hits, out, stale, &is_left, err);
    }
    while (!status && *has_hit && !is_left)
        status = search_and_look(hits, out, stale, has_hit, &is_left, err);
    return status;
}

enum status fresh_hits_gather(struct fresh_hits *hits, size_t count, struct error *err)
{
    enum status status = STATUS_OK;
    bool has_hit = true;

    hits->queue = calloc(count ? count : 1, sizeof(*hits->queue));
    hits->queue_places = calloc(count ? count : 1, sizeof(struct hit_place *));
    if (!hits->queue || !hits->queue_places)
        return error_set(err, STATUS_NO_MEMORY, "no memory for hits");
    while (!status && has_hit && hits->queue_count < count) {
        struct hit hit;
        const char *stale;
        bool is_left = false;

        status = search_and_look(hits, &hit, &stale, &has_hit, &is_left, err);
        if (status || !is_left)
            continue;
        hits->queue_places[hits->queue_count] = TAKE(hits->places);
        hits->queue[hits->queue_count++] = hit;
    }
    return status;
}

void fresh_hits_report(const struct fresh_hits *hits, const char *kb)
{
    CLEANUP(buf_release) struct buf line = BUF_INIT(CONTROL_LINE_BYTES_MAX);
    struct json_writer json = JSON_WRITER(&line);
    struct json *reply = NULL;

    if (hits->left_out_count == 0)
        return;
    json_put_object_begin(&json, NULL);
    json_put_text(&json, "op", "look");
    json_put_array_begin(&json, "paths");
    for (size_t i = 0; i < hits->left_out_count; i++) {
        struct span file = { hits->left_out[i].file, strlen(hits->left_out[i].file) };

        json_put_object_begin(&json, NULL);
        json_put_path(&json, "path", file);
        json_put_object_end(&json);
    }
    json_put_array_end(&json);
    json_put_object_end(&json);
    if (buf_status(&line, NULL) == STATUS_OK &&
        !control_ask(kb, buf_span(&line), 1000, &reply, NULL))
        json_free(reply);
}

void fresh_hits_put_left_out(const struct fresh_hits *hits, struct json_writer *json)
{
    json_put_array_begin(json, "left_out");
    for (size_t i = 0; i < hits->left_out_count; i++) {
        json_put_object_begin(json, NULL);
        json_put_path(json, "path",
                      (struct span){ hits->left_out[i].path, strlen(hits->left_out[i].path) });
        json_put_text(json, "why", hits->left_out[i].why);
        json_put_object_end(json);
    }
    json_put_array_end(json);
    if (hits->more_left_out > 0)
        json_put_integer(json, "more_left_out", (int64_t)hits->more_left_out);
}

void fresh_hits_print_left_out(const struct fresh_hits *hits)
{
    for (size_t i = 0; i < hits->left_out_count; i++) {
        const struct left_out *left = &hits->left_out[i];
        CLEANUP(buf_release) struct buf path = BUF_INIT(8 * (size_t)OS_PATH_MAX);

        utf8_append_printable(&path, (struct span){ left->path, strlen(left->path) });
        fprintf(stderr, "varve: left out: %s: %s\n", path.data, left->why);
    }
    if (hits->more_left_out > 0)
        fprintf(stderr, "varve: left out: %llu places more\n",
                (unsigned long long)hits->more_left_out);
}

void fresh_hits_release(struct fresh_hits *hits)
{
    hit_checker_free(hits->checker);
    free(hits->places);
    for (size_t i = 0; i < hits->queue_count; i++)
        free(hits->queue_places[i]);
    free(hits->queue_places);
    free(hits->queue);
    for (size_t i = 0; i < hits->left_out_count; i++) {
        free(hits->left_out[i].path);
        free(hits->left_out[i].file);
    }
    *hits = (struct fresh_hits){ .search = NULL };
}
