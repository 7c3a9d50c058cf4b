/*
 * wire.h - what goes between the daemon and a worker.
 *
 * One SOCK_STREAM Unix socket per worker. The daemon sends a request with the document's descriptor
 * (SCM_RIGHTS, a sealed memory file); the worker answers with frames, the last of which ends the
 * request. Both sides are the same build on the same machine, so numbers are in its byte order; the
 * daemon trusts nothing else in a frame: wire_decode_document() checks it whole.
 *
 *   frame    := length u32, kind u32, payload[length]
 *   document := one document: the file itself (member empty), or a member
 *   end      := struct wire_end
 */
#ifndef INGEST_WIRE_H
#define INGEST_WIRE_H

#include "ingest/extraction.h"

#define WIRE_MAGIC           0x56415256u /* "VRAV" */
#define WIRE_FRAME_BYTES_MAX ((size_t)384 << 20)
#define WIRE_NAME_BYTES_MAX  4096u

enum wire_kind {
    WIRE_READY = 1,    /* worker: started, warm, caged; payload: its build fingerprint, 32 bytes */
    WIRE_REQUEST = 2,  /* daemon: struct wire_request, then name; the descriptor travels with it */
    WIRE_DOCUMENT = 3, /* worker */
    WIRE_PROGRESS = 4, /* worker: still alive and working: struct wire_progress */
    WIRE_END = 5,      /* worker: struct wire_end */
    WIRE_DECLINED = 6, /* worker, instead of all others: this document is for a larger program */
};

enum wire_request_flags {
    WIRE_KEEP_BOILERPLATE = 1 << 0,
    WIRE_NO_MEMBERS = 1 << 1, /* stateless tools: the file itself only */
    WIRE_NO_CHUNKS = 1 << 2,
};

struct wire_frame {
    uint32_t length; /* of the payload, bytes */
    uint32_t kind;
};

struct wire_request {
    uint32_t magic;
    uint32_t flags;
    uint32_t target_tokens, maximum_tokens, overlap_tokens;
    uint32_t limit_tokens;       /* of the embedding model; 0: none */
    char chunker[32];            /* NUL-terminated */
    uint64_t expanded_bytes_max; /* of all members together */
    uint64_t member_bytes_max;
    uint32_t member_count_max, depth_max;
    uint32_t name_length; /* bytes that follow: a hint for detection, and for messages */
};

struct wire_progress {
    uint32_t waited_ms; /* for converters, since the last one: not the document's own time */
};

struct wire_end {
    uint32_t outcome; /* of the container as a whole */
    uint32_t member_count;
    uint32_t is_last; /* not 0: the worker ends with it */
    char reason[240];
};

struct wire_document {
    struct span member; /* lent by the payload; empty: the file itself */
    struct hash
        content_hash; /* of the member's bytes; zero for the file itself: the daemon has it */
    uint64_t byte_count;
    struct extraction extraction; /* its arrays are in arena */
};

/* Appends the payload of a WIRE_DOCUMENT frame. */
void wire_encode_document(const struct wire_document *document, struct buf *out);
/* Copies what it needs into arena and checks all of it: STATUS_MALFORMED on anything odd. */
NODISCARD enum status wire_decode_document(struct span payload, struct arena *arena,
                                           struct wire_document *out, struct error *err);

#endif
