/*
 * fuzz_openpgp.c - what of OpenPGP is a file or stands in a text: packets, armour, texts that are
 * signed in place.
 */
#include "base/cleanup.h"
#include "extractors/container/openpgp.h"
#include "tests/fuzz/office.h"

#define MAIL_HEAD "From: ann@example.org\nSubject: Signed\n\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(buf_release) struct buf unwrapped = BUF_INIT((size_t)4 << 20);
    CLEANUP(buf_release) struct buf mail = BUF_INIT((size_t)4 << 20);
    struct span bytes = { (const char *)data, size };

    (void)openpgp_is_encrypted(bytes);
    (void)openpgp_is_signature(bytes);
    (void)openpgp_begins_armour(bytes);
    if (openpgp_is_signed_text(bytes) && openpgp_unwrap(bytes, &unwrapped, NULL))
        abort(); /* what is told to be one can be read */
    if (unwrapped.len > size + 1)
        abort();
    buf_append(&mail, MAIL_HEAD, sizeof(MAIL_HEAD) - 1);
    buf_append(&mail, data, size);
    fuzz_extractor(&mail_extractor, (const uint8_t *)mail.data, mail.len);
    fuzz_extractor(&text_extractor, data, size);
    return 0;
}
