/*
 * held.c - what the program makes of a list of pages when each is judged by a model that has not
 * seen its site.
 *
 *   held LIST PREFIX OUT
 *
 * LIST is what dump was given; PREFIX.docs and PREFIX.scores are what dump and train left. The
 * extractor is linked with a model that reads its scores there, so that all rules around the model
 * are the program's own. OUT/SET/ID.txt is written for each page (a page's id is SET|ID).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/os.h"
#include "extractors/document.h"
#include "extractors/html/html_model.h"
#include "ingest/render.h"

#define PAGE_BYTES_MAX ((size_t)64 << 20)

static FILE *scores_file;
static size_t page_blocks; /* that dump found on this page */

/* In place of html_model.c's. */
void html_model_scores(const float *rows, size_t count, float *scores)
{
    (void)rows;
    if (count != page_blocks || fread(scores, sizeof(*scores), count, scores_file) != count) {
        (void)fprintf(stderr, "other blocks than dump's: %zu, not %zu\n", count, page_blocks);
        exit(1);
    }
}

static bool write_text(const char *out, char *id, struct span text)
{
    char path[4096];
    char *bar = strchr(id, '|');
    bool is_whole;
    FILE *file;

    *bar = '\0';
    if ((size_t)snprintf(path, sizeof(path), "%s/%s", out, id) >= sizeof(path))
        return false;
    (void)mkdir(path, 0777);
    for (char *c = bar + 1; *c; c++)
        if (*c == '/')
            *c = '_';
    if ((size_t)snprintf(path, sizeof(path), "%s/%s/%s.txt", out, id, bar + 1) >= sizeof(path))
        return false;
    file = fopen(path, "wb");
    if (!file)
        return false;
    is_whole = fwrite(text.data, 1, text.len, file) == text.len;
    return fclose(file) == 0 && is_whole;
}

static bool read_page(struct detector *detector, char *id, const char *path, const char *out)
{
    CLEANUP(buf_release) struct buf bytes = BUF_INIT(PAGE_BYTES_MAX);
    CLEANUP(buf_release) struct buf text = BUF_INIT(PAGE_BYTES_MAX);
    CLEANUP(document_release) struct document document = { .writer = NULL };
    struct member_budget budget;
    struct document_request request = { .path = { path, strlen(path) }, .budget = &budget };

    if (os_read_file(path, &bytes, NULL))
        return false;
    budget = document_budget(bytes.len);
    request.bytes = buf_span(&bytes);
    if (document_read(&document, detector, &request, NULL))
        return false;
    render_extraction(&document.extraction, RENDER_TEXT, &text);
    return write_text(out, id, buf_span(&text));
}

int main(int argc, char **argv)
{
    struct detector *detector = NULL;
    char line[8192], name[4096], doc_line[8192];
    FILE *list, *docs;
    long at = 0;

    if (argc < 4)
        return 2;
    list = fopen(argv[1], "r");
    (void)snprintf(name, sizeof(name), "%s.docs", argv[2]);
    docs = fopen(name, "r");
    (void)snprintf(name, sizeof(name), "%s.scores", argv[2]);
    scores_file = fopen(name, "rb");
    if (!list || !docs || !scores_file || detector_new(&detector, NULL))
        return 2;
    (void)mkdir(argv[3], 0777);
    while (fgets(line, sizeof(line), list)) {
        char *tab = strchr(line, '\t');

        line[strcspn(line, "\n")] = '\0';
        if (!tab || !fgets(doc_line, sizeof(doc_line), docs))
            continue;
        *tab = '\0';
        page_blocks = strtoul(strrchr(doc_line, '\t') + 1, NULL, 10);
        if (fseek(scores_file, at * (long)sizeof(float), SEEK_SET) ||
            !read_page(detector, line, tab + 1, argv[3])) {
            (void)fprintf(stderr, "cannot read %s\n", tab + 1);
            return 1;
        }
        at += (long)page_blocks;
    }
    detector_free(detector);
    return 0;
}
