#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extractors/office/hwp.h"

#define NOTES_BYTES_MAX HWP_TABLE_BYTES_MAX

void hwp_release(struct hwp *hwp)
{
    free(hwp->shapes);
    free(hwp->numberings);
    buf_release(&hwp->notes);
}

void hwp_put_lines(struct hwp *hwp, struct span text)
{
    while (text.len > 0) {
        const char *newline = memchr(text.data, '\n', text.len);
        size_t len = newline ? (size_t)(newline - text.data) : text.len;

        writer_text(hwp->writer, (struct span){ text.data, len });
        if (newline)
            writer_break(hwp->writer);
        len += newline ? 1 : 0;
        text = (struct span){ text.data + len, text.len - len };
    }
}

/* ---- paragraphs ---- */

static void put(struct hwp *hwp, const char *text)
{
    if (hwp->target)
        buf_append(hwp->target, text, strlen(text));
    else
        writer_text(hwp->writer, (struct span){ text, strlen(text) });
}

static void begin_block(struct hwp *hwp, const struct hwp_shape *shape, const struct hwp_mark *mark)
{
    if (shape->head == HWP_HEAD_OUTLINE) {
        writer_begin(hwp->writer, BLOCK_HEADING, shape->level + 1u);
    } else if (shape->head == HWP_HEAD_NONE) {
        writer_begin(hwp->writer, BLOCK_PARAGRAPH, 0);
    } else {
        writer_begin(hwp->writer, BLOCK_LIST_ITEM, shape->level + 1u);
        if (mark->is_plain) {
            writer_flags(hwp->writer, BLOCK_ORDERED);
            writer_label(hwp->writer, (struct span){ mark->number, strlen(mark->number) });
        }
    }
}

static void open_paragraph(struct hwp *hwp)
{
    const struct hwp_shape *shape = &hwp->shape;
    struct hwp_mark mark = { .is_plain = false };
    unsigned numbering = shape->head == HWP_HEAD_OUTLINE  ? hwp->outline
                         : shape->head == HWP_HEAD_NUMBER ? shape->numbering
                                                          : 0;

    if (hwp->is_open)
        return;
    hwp->is_open = true;
    if (numbering > 0 && numbering <= hwp->numbering_count)
        hwp_numbering_count(&hwp->numberings[numbering - 1], shape->level, &mark);
    if (!hwp->target)
        begin_block(hwp, shape, &mark);
    else if (hwp->target->len > hwp->target_start)
        buf_append_char(hwp->target, '\n');
    if (mark.text[0] && (hwp->target || shape->head == HWP_HEAD_OUTLINE || !mark.is_plain)) {
        put(hwp, mark.text);
        put(hwp, " ");
    }
}

void hwp_begin_paragraph(struct hwp *hwp, struct hwp_shape shape)
{
    hwp->shape = shape;
    hwp->is_open = false;
}

void hwp_text(struct hwp *hwp, struct span utf8)
{
    if (utf8.len == 0)
        return;
    open_paragraph(hwp);
    if (hwp->target)
        buf_append(hwp->target, utf8.data, utf8.len);
    else
        writer_text(hwp->writer, utf8);
}

void hwp_break(struct hwp *hwp)
{
    if (!hwp->is_open)
        return;
    if (hwp->target)
        buf_append_char(hwp->target, '\n');
    else
        writer_break(hwp->writer);
}

static void put_notes(struct hwp *hwp)
{
    const char *at = hwp->notes.data, *end = at + hwp->notes.len;

    while (at < end) {
        enum hwp_note kind = (enum hwp_note) * at++;
        struct span mark = { at, strlen(at) };
        size_t len;

        at += mark.len + 1;
        len = strlen(at);
        if (kind == HWP_COMMENT) {
            writer_begin(hwp->writer, BLOCK_PARAGRAPH, 0);
            writer_flags(hwp->writer, BLOCK_COMMENT);
        } else {
            writer_begin(hwp->writer, BLOCK_FOOTNOTE, 0);
            writer_label(hwp->writer, mark);
        }
        hwp_put_lines(hwp, (struct span){ at, len });
        writer_end(hwp->writer);
        at += len + 1;
    }
    buf_clear(&hwp->notes);
}

void hwp_interrupt(struct hwp *hwp)
{
    if (hwp->is_open && !hwp->target) {
        hwp_end_link(hwp);
        writer_end(hwp->writer);
        hwp->shape = (struct hwp_shape){ .head = HWP_HEAD_NONE };
    }
    hwp->is_open = false;
}

void hwp_end_paragraph(struct hwp *hwp)
{
    hwp_interrupt(hwp);
    if (!hwp->target)
        put_notes(hwp);
}

void hwp_begin_link(struct hwp *hwp, struct span target)
{
    if (hwp->target || hwp->is_link_open || target.len == 0)
        return;
    open_paragraph(hwp);
    writer_link_begin(hwp->writer, target);
    hwp->is_link_open = true;
}

void hwp_end_link(struct hwp *hwp)
{
    if (hwp->is_link_open && !hwp->target) {
        writer_link_end(hwp->writer);
        hwp->is_link_open = false;
    }
}

/* ---- what stands apart ---- */

void hwp_begin_aside(struct hwp *hwp, struct hwp_aside *state)
{
    *state = (struct hwp_aside){ .text = BUF_INIT(HWP_TABLE_BYTES_MAX),
                                 .target = hwp->target,
                                 .target_start = hwp->target_start,
                                 .shape = hwp->shape,
                                 .is_open = hwp->is_open };
    hwp->target = &state->text;
    hwp->target_start = 0;
    hwp->is_open = false;
}

void hwp_end_aside(struct hwp *hwp, struct hwp_aside *state)
{
    hwp->is_out_of_memory |= state->text.failed == STATUS_NO_MEMORY;
    hwp->target = state->target;
    hwp->target_start = state->target_start;
    hwp->shape = state->shape;
    hwp->is_open = state->is_open;
}

void hwp_begin_caption(struct hwp *hwp, struct hwp_aside *state)
{
    hwp_interrupt(hwp);
    hwp_begin_aside(hwp, state);
}

void hwp_end_caption(struct hwp *hwp, struct hwp_aside *state)
{
    hwp_end_aside(hwp, state);
    if (hwp->target) {
        hwp_text(hwp, buf_span(&state->text));
    } else {
        writer_begin(hwp->writer, BLOCK_CAPTION, 0);
        hwp_put_lines(hwp, buf_span(&state->text));
        writer_end(hwp->writer);
    }
    hwp->is_open = false;
    buf_release(&state->text);
}

void hwp_begin_note(struct hwp *hwp, enum hwp_note kind, struct hwp_aside *state)
{
    char mark[16] = "";

    if (kind != HWP_COMMENT) {
        (void)snprintf(mark, sizeof(mark), kind == HWP_ENDNOTE ? "e%u" : "%u",
                       kind == HWP_ENDNOTE ? ++hwp->endnotes : ++hwp->footnotes);
        hwp_text(hwp, (struct span){ "[^", 2 });
        hwp_text(hwp, (struct span){ mark, strlen(mark) });
        hwp_text(hwp, (struct span){ "]", 1 });
    }
    hwp_begin_aside(hwp, state);
    memcpy(state->mark, mark, sizeof(mark));
}

/* A note in a note stands before it. */
void hwp_end_note(struct hwp *hwp, enum hwp_note kind, struct hwp_aside *state)
{
    size_t mark_bytes = strlen(state->mark) + 1;

    hwp_end_aside(hwp, state);
    if (hwp->notes.len + mark_bytes + state->text.len + 2 < NOTES_BYTES_MAX) {
        buf_append_char(&hwp->notes, (char)kind);
        buf_append(&hwp->notes, state->mark, mark_bytes);
        buf_append(&hwp->notes, state->text.data, strlen(state->text.data));
        buf_append_char(&hwp->notes, '\0');
    } else {
        writer_partial(hwp->writer, "too many notes in one place");
    }
    buf_release(&state->text);
}
