#include "extractors/document.h"

#include <stdio.h>
#include <string.h>

static enum status without_extractor(const struct detection *found, size_t byte_count,
                                     struct writer *writer, struct extraction *out,
                                     struct error *err)
{
    enum status status = writer_finish(writer, out, err);

    if (status)
        return status;
    (void)snprintf(out->media_type, sizeof(out->media_type), "%s", found->media_type);
    if (byte_count == 0) {
        out->outcome = OUTCOME_NO_TEXT;
        (void)snprintf(out->reason, sizeof(out->reason), "the file is empty");
    } else {
        out->outcome = OUTCOME_UNSUPPORTED;
        (void)snprintf(out->reason, sizeof(out->reason), "nothing here reads %s",
                       found->media_type);
    }
    return STATUS_OK;
}

enum status document_extract(struct detector *detector, const struct document_request *request,
                             struct writer *writer, struct detection *found, struct extraction *out,
                             struct error *err)
{
    struct source source = {
        .bytes = request->bytes,
        .keep_boilerplate = request->keep_boilerplate,
        .progress = request->progress,
        .progress_user = request->progress_user,
    };

    detect(detector, request->bytes, request->path, found);
    if (!found->extractor)
        return without_extractor(found, request->bytes.len, writer, out, err);
    source.name = found->name;
    source.media_type = found->media_type;
    source.extension = found->extension;
    return extractor_run(found->extractor, &source, writer, out, err);
}
