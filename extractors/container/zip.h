/*
 * zip.h - random access to the parts of a package: OOXML, ODF, EPUB.
 *
 * An own reader of the central directory over libdeflate and zlib: an office document is opened for
 * four parts out of thirty, so a streaming reader would inflate (or walk) the rest for nothing. A
 * directory that is missing or wrong is rebuilt from the local headers. Nothing is trusted: every
 * offset is checked, a part may be at most ZIP_PART_BYTES_MAX and all that is read from one package
 * together at most ZIP_TOTAL_BYTES_MAX, and the size that counts is the one that comes out, not the
 * one declared. The one door to libdeflate.
 */
#ifndef EXTRACTORS_ZIP_H
#define EXTRACTORS_ZIP_H

#include "base/buf.h"
#include "base/status.h"

#define ZIP_PARTS_MAX        65536u
#define ZIP_PART_BYTES_MAX   ((size_t)256 << 20)
#define ZIP_TOTAL_BYTES_MAX  ((size_t)512 << 20)
#define ZIP_RATIO_MAX        200u /* checked once a part has given ZIP_RATIO_FREE_BYTES */
#define ZIP_RATIO_FREE_BYTES ((size_t)16 << 20)
#define ZIP_NONE             ((size_t)-1)

struct zip;

/* bytes must outlive *out, which the caller owns. STATUS_MALFORMED: no part can be found.
 * STATUS_UNSUPPORTED "encrypted ...": all parts are encrypted. */
NODISCARD enum status zip_open(struct span bytes, struct zip **out, struct error *err);
void zip_free(struct zip *zip); /* NULL is fine */

size_t zip_count(const struct zip *zip);
/* As stored, with "/" between folders; lent by the package's bytes. */
struct span zip_name(const struct zip *zip, size_t index);
/* Ignores a leading slash and the case of ASCII letters (as OPC does). ZIP_NONE: no such part. */
size_t zip_lookup(const struct zip *zip, struct span name);
/* Appends the part to out. STATUS_LIMIT, STATUS_MALFORMED (what came out before is kept in out),
 * STATUS_UNSUPPORTED (encrypted, or another method than stored and deflated). */
NODISCARD enum status zip_read(struct zip *zip, size_t index, struct buf *out, struct error *err);
/* The same by name; STATUS_MALFORMED "no part '...'" when there is none. */
NODISCARD enum status zip_read_name(struct zip *zip, struct span name, struct buf *out,
                                    struct error *err);

/* The media type of the package that starts with (or is) bytes, told by its "mimetype" entry or its
 * parts: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
 * "application/epub+zip" ... NULL: just an archive, or no zip at all. Static. Give it all bytes
 * when they are there: the names stand at the end. */
const char *zip_package_type(struct span bytes);

#endif
