/*
 * hit_print.h - how a hit is shown, to people and to programs.
 */
#ifndef CLI_HIT_PRINT_H
#define CLI_HIT_PRINT_H

#include "base/json.h"
#include "cli/snippet.h"
#include "index/search.h"

struct hit_shown {
    size_t rank;                    /* from 1 */
    const char *stale;              /* why its file is not what was indexed; NULL: it is */
    const struct expansion *around; /* told to programs; NULL: nothing more is */
    const struct snippet *snippet;  /* what is shown of it */
    bool is_coloured;               /* by escape codes of a terminal */
};

/* "/folder/file.zip!/member": bytes, as the file system has them. */
void hit_append_path(const struct hit_place *place, struct buf *out);
/* A title or heading path, printable; of one that is too long for a line the end is left out. */
void hit_append_short(struct span title, struct buf *out);
/* ", page 3" or ", pages 3-4"; nothing when there are none. */
void hit_append_pages(uint32_t first, uint32_t last, struct buf *out);
void hit_append_text(const struct hit *hit, const struct hit_shown *shown, struct buf *out);
void hit_put_json(const struct hit *hit, const struct hit_shown *shown, struct json_writer *json);
/* A place alone, as an object of that name. */
void hit_put_place(const struct hit_place *place, const char *name, struct json_writer *json);

#endif
