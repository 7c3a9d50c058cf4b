/*
 * dump.c - the features of every text block of a list of pages, to train the model on.
 *
 *   dump LIST PREFIX
 *
 * LIST has one page a line: id, tab, path. PREFIX.bin receives the rows (float32), PREFIX.tsv one
 * line a block: id, kind, text; PREFIX.places one: its place, whether that is repeated; PREFIX.docs
 * one line a page: id, site, number of blocks.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "extractors/html/html_charset.h"
#include "extractors/html/html_features.h"

#define PAGE_BYTES_MAX ((size_t)64 << 20)

struct outputs {
    FILE *rows, *places, *texts, *docs;
};

static void print_site(FILE *out, struct span url, const char *otherwise)
{
    const char *start = url.len ? strstr(url.data, "//") : NULL;
    size_t len = 0;

    start = start ? start + 2 : NULL;
    while (start && start + len < url.data + url.len && start[len] != '/')
        len++;
    if (len)
        (void)fprintf(out, "%.*s", (int)len, start);
    else
        (void)fputs(otherwise, out);
}

static bool dump_rows(const struct html_page *page, const struct html_meta *meta,
                      const struct outputs *outputs)
{
    CLEANUP(html_rows_release) struct html_rows rows = { .values = NULL };
    size_t count = page->block_count * HTML_FEATURE_COUNT;

    if (html_features(page, meta, &rows, NULL) != STATUS_OK)
        return false;
    for (size_t b = 0; b < page->block_count; b++)
        (void)fprintf(outputs->places, "%" PRIx64 " %d\n", rows.places[b],
                      rows.values[b * HTML_FEATURE_COUNT + HTML_F_repeat_near] > 0);
    return fwrite(rows.values, sizeof(*rows.values), count, outputs->rows) == count;
}

static void print_texts(const struct html_page *page, const char *id, const struct outputs *outputs)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(PAGE_BYTES_MAX);

    for (size_t b = 0; b < page->block_count; b++) {
        const struct html_block *block = &page->blocks[b];

        buf_clear(&text);
        html_page_block_text(page, block, &text);
        (void)fprintf(outputs->texts, "%s\t%d\t%s\n", id,
                      (int)page->dom->nodes[block->container].tag, text.data);
    }
}

static bool dump_page(const char *id, const char *path, const struct outputs *outputs)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(PAGE_BYTES_MAX);
    CLEANUP(buf_release) struct buf text = BUF_INIT(PAGE_BYTES_MAX * 3);
    CLEANUP(html_dom_release) struct html_dom dom = { 0 };
    CLEANUP(html_page_release) struct html_page page = { 0 };
    struct html_meta meta;
    char charset[32];
    bool is_done;

    if (os_read_file(path, &bytes, NULL) ||
        html_decode(buf_span(&bytes), "", &text, charset, NULL) ||
        html_parse(buf_span(&text), false, &dom, NULL) ||
        html_page_read(&dom, HTML_PAGE_MEASURED, &page, NULL))
        return false;
    html_meta_read(&dom, &meta);
    is_done = dump_rows(&page, &meta, outputs);
    print_texts(&page, id, outputs);
    (void)fprintf(outputs->docs, "%s\t", id);
    print_site(outputs->docs, buf_span(&meta.url), id);
    (void)fprintf(outputs->docs, "\t%zu\n", page.block_count);
    html_meta_release(&meta);
    return is_done;
}

static FILE *open_output(const char *prefix, const char *suffix)
{
    char path[4096];

    (void)snprintf(path, sizeof(path), "%s%s", prefix, suffix);
    return fopen(path, "wb");
}

int main(int argc, char **argv)
{
    struct outputs outputs = { .rows = NULL };
    char line[8192];
    FILE *list;

    if (argc < 3)
        return 2;
    list = fopen(argv[1], "r");
    outputs.rows = open_output(argv[2], ".bin");
    outputs.places = open_output(argv[2], ".places");
    outputs.texts = open_output(argv[2], ".tsv");
    outputs.docs = open_output(argv[2], ".docs");
    if (!list || !outputs.rows || !outputs.places || !outputs.texts || !outputs.docs)
        return 2;
    while (fgets(line, sizeof(line), list)) {
        char *tab = strchr(line, '\t');

        line[strcspn(line, "\n")] = '\0';
        if (!tab)
            continue;
        *tab = '\0';
        if (!dump_page(line, tab + 1, &outputs)) {
            (void)fprintf(stderr, "cannot dump %s\n", tab + 1);
            return 1;
        }
    }
    if (fclose(outputs.rows) || fclose(outputs.places) || fclose(outputs.texts) ||
        fclose(outputs.docs))
        return 1;
    (void)fprintf(stderr, "%d features\n", (int)HTML_FEATURE_COUNT);
    return 0;
}
