/*
 * fuzz_extract.c - detection and extraction of any bytes, members included.
 *
 * The first byte and the length pick a file name, so that formats that only a name tells are
 * reached too; the bytes are the document, whose signature may be the first one. What comes out
 * must pass the checks that the daemon makes.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/document.h"

static const char *const names[] = {
    "a",     "a.txt", "a.md",   "a.csv",  "a.html",  "a.json", "a.yaml", "a.toml",
    "a.ini", "a.rst", "a.adoc", "a.org",  "a.tex",   "a.srt",  "a.vtt",  "a.log",
    "a.c",   "a.py",  "a.eml",  "a.mbox", "a.ipynb", "a.xml",  "a.1",    "a.wiki",
};

static enum status extract(struct detector *detector, struct span bytes, struct span path,
                           struct member_budget *budget);

struct nest {
    struct detector *detector;
    struct member_budget *budget;
};

static enum status each(void *user, const struct member *member, struct error *err)
{
    struct nest *nest = user;

    (void)err;
    return extract(nest->detector, member->bytes, member->path, nest->budget);
}

static enum status extract(struct detector *detector, struct span bytes, struct span path,
                           struct member_budget *budget)
{
    struct document_request request = { .bytes = bytes, .path = path, .budget = budget };
    CLEANUP(document_release) struct document document = { .writer = NULL };
    struct nest nest = { .detector = detector, .budget = budget };
    struct error problem;
    enum status status = document_read(&document, detector, &request, NULL);

    if (status)
        return status;
    if (extraction_check(&document.extraction, &problem))
        abort();
    return document_members(&document, each, &nest, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct detector *detector;
    const char *name;
    struct member_budget budget;

    if (!detector && detector_new(&detector, NULL))
        abort();
    if (size == 0)
        return 0;
    name = names[(data[0] + size) % (sizeof(names) / sizeof(names[0]))];
    budget = document_budget(size);
    budget.expanded_bytes_max = (uint64_t)16 << 20;
    (void)extract(detector, (struct span){ (const char *)data, size },
                  (struct span){ name, strlen(name) }, &budget);
    return 0;
}
