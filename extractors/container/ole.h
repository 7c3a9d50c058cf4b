/*
 * ole.h - OLE2 compound files: the streams of DOC, XLS, PPT and MSG. [MS-CFB]
 *
 * A small file system in a file: sectors in chains, a directory of streams. Every chain is bounded
 * by the number of sectors, so a loop ends; every read is checked.
 */
#ifndef EXTRACTORS_OLE_H
#define EXTRACTORS_OLE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"

#define OLE_ENTRIES_MAX      65536u
#define OLE_STREAM_BYTES_MAX ((size_t)256 << 20)
#define OLE_NONE             ((size_t)-1)

struct ole;

/* bytes must outlive *out, which the caller owns. STATUS_MALFORMED, STATUS_NO_MEMORY. */
NODISCARD enum status ole_open(struct span bytes, struct ole **out, struct error *err);
void ole_free(struct ole *ole); /* NULL is fine */

size_t ole_count(const struct ole *ole);
/* The entry's name in UTF-8 (letters outside ASCII become '?'), at most 31 characters. */
void ole_name(const struct ole *ole, size_t index, char out[33]);
/* The folder that holds all others. */
#define OLE_ROOT ((size_t)0)
bool ole_is_folder(const struct ole *ole, size_t index);
/* The entries of a folder, each once: OLE_NONE behind the last one, and for what is no folder. */
size_t ole_first_child(const struct ole *ole, size_t folder);
size_t ole_next_child(const struct ole *ole, size_t child);
/* The stream or folder of that name in a folder; OLE_NONE: there is none. */
size_t ole_lookup_in(const struct ole *ole, size_t folder, const char *name);
/* The stream of that name in the root, or else the first in any folder; OLE_NONE: there is none. */
size_t ole_lookup(const struct ole *ole, const char *name);
/* Appends the whole file with another folder as its root: an object in a document as a file of its
 * own. */
void ole_append_rooted(const struct ole *ole, size_t folder, struct buf *out);
/* Appends the stream. What could be read is kept in out: STATUS_MALFORMED when that is not all. */
NODISCARD enum status ole_read(const struct ole *ole, size_t index, struct buf *out,
                               struct error *err);
NODISCARD enum status ole_read_name(const struct ole *ole, const char *name, struct buf *out,
                                    struct error *err);

/* Little-endian numbers at an offset; 0 past the end. */
uint32_t ole_u8(struct span bytes, size_t offset);
uint32_t ole_u16(struct span bytes, size_t offset);
uint32_t ole_u32(struct span bytes, size_t offset);
uint64_t ole_u64(struct span bytes, size_t offset);
/* As much of it as there is; it points into bytes. */
struct span ole_part(struct span bytes, size_t offset, size_t len);

/* Appends UTF-16LE or a Windows code page as UTF-8. */
void ole_append_utf16(struct buf *out, struct span units);
void ole_append_codepage(struct buf *out, struct span bytes, unsigned codepage);

/* Title, author and dates of "\005SummaryInformation" go to writer. */
struct writer;
void ole_metadata(const struct ole *ole, struct writer *writer);
/* The same of a stream with another name. */
void ole_metadata_of(const struct ole *ole, const char *name, struct writer *writer);

#endif
