/*
 * fuzz_msg.c - Outlook's items and winmail.dat, and the RTF that they hold.
 */
#include "base/cleanup.h"
#include "extractors/mail/rtf_packed.h"
#include "tests/fuzz/office.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(buf_release) struct buf rtf = BUF_INIT((size_t)1 << 20);

    (void)!rtf_unpack((struct span){ (const char *)data, size }, &rtf, NULL);
    fuzz_extractor(&msg_extractor, data, size);
    fuzz_extractor(&tnef_extractor, data, size);
    fuzz_extractor(&rtf_extractor, data, size);
    return 0;
}
