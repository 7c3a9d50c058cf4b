/*
 * fuzz_mail.c - mails and mailboxes, through GMime; what signed mail wraps; calendars.
 */
#include "base/cleanup.h"
#include "extractors/container/cms.h"
#include "extractors/detect/detect_mail.h"
#include "tests/fuzz/office.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(buf_release) struct buf unwrapped = BUF_INIT((size_t)1 << 20);
    struct span bytes = { (const char *)data, size };
    bool is_box;

    (void)detect_mail(bytes, &is_box);
    if (cms_begins(bytes))
        (void)!cms_unwrap(bytes, &unwrapped, NULL);
    fuzz_extractor(&mail_extractor, data, size);
    fuzz_extractor(&mbox_extractor, data, size);
    fuzz_extractor(&calendar_extractor, data, size);
    return 0;
}
