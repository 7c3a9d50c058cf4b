#include "extractors/pdf/pdf_emit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "extractors/pdf/pdf_hyphen.h"
#include "extractors/pdf/pdf_table_rows.h"

struct emitter {
    const struct pdf_doc *doc;
    const struct pdf_blocks *blocks;
    const struct pdf_extras *extras;
    struct writer *writer;
    struct pdf_wordset words;
    size_t next_extra;
    uint16_t open_link;
    unsigned common_looks; /* bits: how most of the block looks, which is no emphasis */
    unsigned looks;        /* bits that the writer was told */
};

static void send(struct emitter *emitter, struct span text)
{
    writer_text(emitter->writer, text);
}

static void send_space(struct emitter *emitter)
{
    send(emitter, (struct span){ " ", 1 });
}

/* From upright coordinates back to the page's, which may have been turned itself. */
static void box_turn(const struct pdf_page *page, unsigned rotation, const float in[4],
                     float out[4])
{
    float w = page->turn & 1U ? page->height : page->width;
    float h = page->turn & 1U ? page->width : page->height;

    switch ((rotation + page->turn) & 3U) {
    case 1:
        out[0] = w - in[3];
        out[1] = in[0];
        out[2] = w - in[1];
        out[3] = in[2];
        break;
    case 2:
        out[0] = w - in[2];
        out[1] = h - in[3];
        out[2] = w - in[0];
        out[3] = h - in[1];
        break;
    case 3:
        out[0] = in[1];
        out[1] = h - in[2];
        out[2] = in[3];
        out[3] = h - in[0];
        break;
    default:
        memcpy(out, in, 4 * sizeof(in[0]));
        break;
    }
}

/* What follows stands where these lines stand, which are on one page. */
static void send_region(struct emitter *emitter, const struct pdf_line *lines, size_t count)
{
    float box[4] = { INFINITY, INFINITY, -INFINITY, -INFINITY }, turned[4];

    for (size_t i = 0; i < count; i++) {
        box[0] = fminf(box[0], lines[i].x0);
        box[1] = fminf(box[1], lines[i].y0);
        box[2] = fmaxf(box[2], lines[i].x1);
        box[3] = fmaxf(box[3], lines[i].y1);
    }
    box_turn(&emitter->doc->pages[lines->page - 1], lines->rotation, box, turned);
    writer_region(emitter->writer, lines->page, turned, (struct span){ "", 0 });
}

static void link_change(struct emitter *emitter, uint16_t link)
{
    if (link == emitter->open_link || link > emitter->extras->link_count)
        return;
    if (emitter->open_link)
        writer_link_end(emitter->writer);
    if (link) {
        const char *target = emitter->extras->links[link - 1];

        writer_link_begin(emitter->writer, (struct span){ target, strlen(target) });
    }
    emitter->open_link = link;
}

/* Bits of enum emphasis_kind for the font of a word. */
static unsigned word_looks(const struct emitter *emitter, const struct pdf_word *word)
{
    unsigned flags = emitter->doc->styles[word->style].flags;

    return (flags & PDF_BOLD ? 1u << EMPHASIS_BOLD : 0) |
           (flags & PDF_ITALIC ? 1u << EMPHASIS_ITALIC : 0) |
           (flags & PDF_MONO ? 1u << EMPHASIS_CODE : 0);
}

static void looks_change(struct emitter *emitter, unsigned looks)
{
    if (looks != emitter->looks)
        (void)writer_emphasis(emitter->writer, looks);
    emitter->looks = looks;
}

static const struct pdf_word *line_words(const struct emitter *emitter, const struct pdf_line *line)
{
    return emitter->doc->ordered + line->word_start;
}

/* Dots that lead to a page number, a line to write on: drawing, not text. */
static bool is_drawing(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] != '_' && text.data[i] != '.')
            return false;
    return text.len >= 4;
}

static bool word_is_drawing(const struct emitter *emitter, const struct pdf_line *line, size_t i)
{
    const struct pdf_word *words = line_words(emitter, line);
    struct span text = pdf_word_text(emitter->doc, &words[i]);
    size_t from = i, end = i + 1;

    if (is_drawing(text))
        return true;
    if (!line->has_leader || text.len != 1 || text.data[0] != '.')
        return false;
    while (from > 0 && words[from - 1].text_len == 1 &&
           pdf_word_text(emitter->doc, &words[from - 1]).data[0] == '.')
        from--;
    while (end < line->word_count && words[end].text_len == 1 &&
           pdf_word_text(emitter->doc, &words[end]).data[0] == '.')
        end++;
    return end - from >= 4;
}

/* A word's font is that of its first letter: the comma behind the last word in bold is not bold. */
static void send_word(struct emitter *emitter, const struct pdf_word *word, struct span text,
                      const struct pdf_word *next)
{
    unsigned looks = word_looks(emitter, word) & ~emitter->common_looks;
    unsigned looks_after = next ? word_looks(emitter, next) & ~emitter->common_looks : 0;
    size_t len = text.len;

    while ((looks & ~looks_after) && len > 0 && strchr(".,;:", text.data[len - 1]))
        len--;
    looks_change(emitter, looks);
    send(emitter, (struct span){ text.data, len });
    looks_change(emitter, len < text.len ? looks & looks_after : looks);
    send(emitter, (struct span){ text.data + len, text.len - len });
}

/* Sends the words of a line from skip on. next is the first word of the line after it, or NULL. */
static void send_line(struct emitter *emitter, const struct pdf_line *line, size_t skip,
                      const struct pdf_word *next)
{
    const struct pdf_word *words = line_words(emitter, line);

    for (size_t i = skip; i < line->word_count; i++) {
        struct span text = pdf_word_text(emitter->doc, &words[i]);
        enum pdf_joint joint = PDF_JOINT_NONE;

        if (i + 1 < line->word_count)
            joint = pdf_word_joint(emitter->doc, &words[i], &words[i + 1]);
        else if (next)
            joint = pdf_line_joint(&emitter->words, emitter->doc, &words[i], next);
        if (word_is_drawing(emitter, line, i)) {
            send_space(emitter);
            continue;
        }
        if (joint == PDF_JOINT_DROP)
            text.len -= pdf_hyphen_length(text);
        link_change(emitter, words[i].link);
        send_word(emitter, &words[i], text, i + 1 < line->word_count ? &words[i + 1] : next);
        if (joint == PDF_JOINT_SPACE) {
            if (i + 1 < line->word_count && words[i + 1].link != words[i].link)
                link_change(emitter, 0);
            send_space(emitter);
        }
    }
}

/* How more than half of a block's letters look. */
static unsigned block_looks(const struct emitter *emitter, const struct pdf_block *block)
{
    size_t all = 0, counts[EMPHASIS_KIND_COUNT] = { 0 };
    unsigned common = 0;

    for (uint32_t i = 0; i < block->line_count; i++) {
        const struct pdf_line *line = &emitter->doc->lines[block->line_start + i];
        const struct pdf_word *words = line_words(emitter, line);

        for (uint32_t w = 0; w < line->word_count; w++) {
            unsigned looks = word_looks(emitter, &words[w]);

            all += words[w].text_len;
            for (unsigned kind = 0; looks; kind++, looks >>= 1)
                counts[kind] += looks & 1 ? words[w].text_len : 0;
        }
    }
    for (unsigned kind = 0; kind < EMPHASIS_KIND_COUNT; kind++)
        common |= counts[kind] * 2 > all ? 1u << kind : 0;
    return common;
}

/* A block and what goes on with it elsewhere, as running text. */
static void send_running(struct emitter *emitter, const struct pdf_block *block)
{
    const struct pdf_doc *doc = emitter->doc;

    /* A heading is set apart as a whole, often in several fonts. */
    emitter->common_looks = block->kind == BLOCK_HEADING || block->kind == BLOCK_TITLE
                                ? ~0U
                                : block_looks(emitter, block);
    for (;;) {
        const struct pdf_block *after =
            block->continued ? &emitter->blocks->items[block->continued] : NULL;

        send_region(emitter, &doc->lines[block->line_start], block->line_count);
        for (uint32_t i = 0; i < block->line_count; i++) {
            const struct pdf_line *line = &doc->lines[block->line_start + i];
            const struct pdf_line *next = i + 1 < block->line_count ? line + 1
                                          : after                   ? &doc->lines[after->line_start]
                                                                    : NULL;

            send_line(emitter, line, i == 0 && !block->is_continuation ? block->marker_words : 0,
                      next ? line_words(emitter, next) : NULL);
        }
        if (!after)
            break;
        block = after;
    }
    link_change(emitter, 0);
    looks_change(emitter, 0);
}

static void send_leaf(struct emitter *emitter, const struct pdf_block *block)
{
    const struct pdf_line *first = &emitter->doc->lines[block->line_start];

    writer_begin(emitter->writer, (enum block_kind)block->kind, block->level);
    if (block->flags)
        writer_flags(emitter->writer, block->flags);
    if (block->marker_words == 1 && (block->kind == BLOCK_FOOTNOTE || block->flags & BLOCK_ORDERED))
        writer_label(emitter->writer, pdf_word_text(emitter->doc, line_words(emitter, first)));
    send_running(emitter, block);
    writer_end(emitter->writer);
}

static float code_left(const struct emitter *emitter, const struct pdf_block *block)
{
    float left = INFINITY;

    for (uint32_t i = 0; i < block->line_count; i++)
        left = fminf(left, emitter->doc->lines[block->line_start + i].x0);
    return left;
}

static void send_code_line(struct emitter *emitter, const struct pdf_line *line, float left)
{
    static const char spaces[] = "                                                                ";
    const struct pdf_word *words = line_words(emitter, line);
    float advance = INFINITY;
    float x = left;

    /* All letters are as wide as one: the width tells how many spaces a gap is. A word whose
     * letters are not all in its text looks wider than it is. */
    for (uint32_t i = 0; i < line->word_count; i++)
        advance =
            fminf(advance,
                  (words[i].x1 - words[i].x0) /
                      fmaxf((float)pdf_text_chars(pdf_word_text(emitter->doc, &words[i])), 1.0F));
    for (uint32_t i = 0; i < line->word_count; i++) {
        float gap = (words[i].x0 - x) / fmaxf(advance, 0.1F) + 0.5F;
        size_t count = gap >= 1.0F ? (size_t)fminf(gap, 64.0F) : (i > 0);

        send(emitter, (struct span){ spaces, count });
        send(emitter, pdf_word_text(emitter->doc, &words[i]));
        x = words[i].x1;
    }
}

static void send_code_block(struct emitter *emitter, const struct pdf_block *block)
{
    float left = code_left(emitter, block);

    send_region(emitter, &emitter->doc->lines[block->line_start], block->line_count);
    for (uint32_t i = 0; i < block->line_count; i++) {
        const struct pdf_line *line = &emitter->doc->lines[block->line_start + i];

        if (i > 0) {
            float pitch = line->y1 - line[-1].y1;

            writer_break(emitter->writer);
            if (pitch > 1.8F * fmaxf(line->size, 1.0F))
                writer_break(emitter->writer);
        }
        send_code_line(emitter, line, left);
    }
}

/* Does code at the end of a page go on at the top of the next one? */
static bool code_goes_on(const struct emitter *emitter, size_t index)
{
    const struct pdf_block *block = &emitter->blocks->items[index], *next = block + 1;
    const struct pdf_line *lines = emitter->doc->lines;

    return index + 1 < emitter->blocks->count && next->kind == BLOCK_CODE &&
           lines[next->line_start].page == lines[block->line_start].page + 1 &&
           lines[next->line_start].style == lines[block->line_start].style;
}

/* Returns the index of the block after the code, which may go on over pages. */
static size_t send_code(struct emitter *emitter, size_t index)
{
    writer_begin(emitter->writer, BLOCK_CODE, 0);
    for (;; index++) {
        send_code_block(emitter, &emitter->blocks->items[index]);
        if (!code_goes_on(emitter, index))
            break;
        writer_break(emitter->writer);
    }
    writer_end(emitter->writer);
    return index + 1;
}

/* Over how many columns the cell of these lines goes; next is where the one after it stands. */
static unsigned cell_span(const struct pdf_line *lines, size_t count, unsigned next)
{
    unsigned span = 1;

    for (size_t i = 0; i < count; i++)
        span = lines[i].span > span ? lines[i].span : span;
    return lines->column + span > next && next > lines->column ? next - lines->column : span;
}

static void send_cell(struct emitter *emitter, const struct pdf_line *lines, size_t count,
                      unsigned span)
{
    writer_begin(emitter->writer, BLOCK_CELL, span > 1 ? span : 0);
    if (count) {
        send_region(emitter, lines, count);
        for (size_t i = 0; i < count; i++)
            send_line(emitter, &lines[i], 0,
                      i + 1 < count ? line_words(emitter, &lines[i + 1]) : NULL);
        link_change(emitter, 0);
        looks_change(emitter, 0);
    }
    writer_end(emitter->writer);
}

static void send_row(struct emitter *emitter, const struct pdf_line *lines, size_t count,
                     unsigned columns)
{
    unsigned column = 0;

    for (size_t i = 0; i < count;) {
        size_t end = i + 1;
        unsigned span;

        while (end < count && lines[end].column == lines[i].column)
            end++;
        for (; column < lines[i].column; column++)
            send_cell(emitter, NULL, 0, 1);
        span = cell_span(&lines[i], end - i, end < count ? lines[end].column : columns);
        send_cell(emitter, &lines[i], end - i, span);
        column = lines[i].column + span;
        i = end;
    }
    for (; column < columns; column++)
        send_cell(emitter, NULL, 0, 1);
}

/* Rows from line start on, the first of them headers. */
static void send_rows(struct emitter *emitter, const struct pdf_table_lines *table, size_t start,
                      unsigned columns, unsigned header_rows)
{
    for (size_t i = start, row = 0; i < table->count; row++) {
        size_t end = pdf_table_row_end(table, i);

        writer_begin(emitter->writer, BLOCK_ROW, 0);
        if (row < header_rows)
            writer_flags(emitter->writer, BLOCK_HEADER);
        send_row(emitter, &table->items[i], end - i, columns);
        writer_end(emitter->writer);
        i = end;
    }
}

static struct pdf_table_lines table_lines(const struct emitter *emitter,
                                          const struct pdf_block *block)
{
    return (struct pdf_table_lines){ &emitter->doc->lines[block->line_start], block->line_count };
}

/* The index of the next block from index on that is not of the first page's foot. */
static size_t behind_first_foot(const struct emitter *emitter, size_t index)
{
    const struct pdf_blocks *blocks = emitter->blocks;

    while (index < blocks->count &&
           emitter->doc->lines[blocks->items[index].line_start].is_first_foot)
        index++;
    return index;
}

/* Returns the index of the block after the table, which may go on over pages. */
static size_t send_table(struct emitter *emitter, size_t index)
{
    const struct pdf_blocks *blocks = emitter->blocks;
    struct pdf_table_lines table = table_lines(emitter, &blocks->items[index]), last = table, next;
    unsigned columns = pdf_table_column_count(&table);
    unsigned header_rows = pdf_table_header_rows(emitter->doc, &table);
    size_t skip = 0, foot = 0, foot_end = 0, at;

    emitter->common_looks = block_looks(emitter, &blocks->items[index]);
    writer_begin(emitter->writer, BLOCK_TABLE, header_rows);
    send_rows(emitter, &table, 0, columns, header_rows);
    while ((at = behind_first_foot(emitter, index + 1)) < blocks->count &&
           blocks->items[at].kind == BLOCK_TABLE) {
        next = table_lines(emitter, &blocks->items[at]);
        if (!pdf_table_goes_on(emitter->doc, &table, &last, &next, &skip))
            break;
        foot = at > index + 1 ? index + 1 : foot;
        foot_end = at > index + 1 ? at : foot_end;
        index = at;
        send_rows(emitter, &next, skip, columns, 0);
        last = next;
    }
    writer_end(emitter->writer);
    for (; foot < foot_end; foot++)
        send_leaf(emitter, &blocks->items[foot]);
    return index + 1;
}

static void send_extras(struct emitter *emitter, uint32_t before_page)
{
    for (; emitter->next_extra < emitter->extras->count; emitter->next_extra++) {
        const struct pdf_extra *extra = &emitter->extras->items[emitter->next_extra];

        if (extra->page >= before_page)
            return;
        writer_region(emitter->writer, extra->page, extra->box, (struct span){ "", 0 });
        writer_begin(emitter->writer, extra->kind, 0);
        if (extra->flags)
            writer_flags(emitter->writer, extra->flags);
        send(emitter, (struct span){ extra->text, strlen(extra->text) });
        writer_end(emitter->writer);
    }
}

bool pdf_emit(const struct pdf_doc *doc, const struct pdf_blocks *blocks,
              const struct pdf_extras *extras, struct writer *writer)
{
    struct emitter emitter = { .doc = doc, .blocks = blocks, .extras = extras, .writer = writer };

    for (size_t i = 0; i < doc->page_count; i++)
        writer_page(writer, doc->pages[i].width, doc->pages[i].height, doc->pages[i].has_images);
    if (!pdf_wordset_build(&emitter.words, doc)) {
        pdf_wordset_release(&emitter.words);
        return false;
    }
    for (size_t i = 0; i < blocks->count && !writer_is_full(writer);) {
        const struct pdf_block *block = &blocks->items[i];

        send_extras(&emitter, doc->lines[block->line_start].page);
        if (block->kind == BLOCK_CODE) {
            i = send_code(&emitter, i);
            continue;
        }
        if (block->kind == BLOCK_TABLE) {
            i = send_table(&emitter, i);
            continue;
        }
        if (!block->is_continuation)
            send_leaf(&emitter, block);
        i++;
    }
    send_extras(&emitter, UINT32_MAX);
    pdf_wordset_release(&emitter.words);
    return true;
}
