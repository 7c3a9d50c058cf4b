#include "extractors/document.h"

#include <stdio.h>
#include <string.h>

#include "extractors/container/archive.h"
#include "extractors/container/cms.h"
#include "extractors/container/openpgp.h"
#include "extractors/detect/advice.h"
#include "extractors/pdf/ocr.h"

struct member_budget document_budget(uint64_t outer_bytes)
{
    return (struct member_budget){
        .outer_bytes = outer_bytes,
        .expanded_bytes_max = (uint64_t)512 << 20,
        .member_bytes_max = (uint64_t)256 << 20,
        .member_count_max = 10000,
        .depth_max = 4,
    };
}

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Nobody claims it. Pictures, sound and fonts were understood well enough: they have no text. And
 * an Office document with a password is an OLE file that hides which kind it is. */
static void explain_unclaimed(const struct document *document, struct extraction *out)
{
    const char *type = document->found.media_type;

    out->outcome = OUTCOME_NO_TEXT;
    if (document->source.bytes.len == 0 && document->converter[0]) {
        (void)snprintf(out->reason, sizeof(out->reason), "the converter wrote nothing");
    } else if (document->source.bytes.len == 0) {
        (void)snprintf(out->reason, sizeof(out->reason), "the file is empty");
    } else if (starts_with(type, "image/") && !advice_for(&document->found)) {
        (void)snprintf(out->reason, sizeof(out->reason), "a picture (%s)", type);
    } else if (starts_with(type, "audio/") || starts_with(type, "video/") ||
               starts_with(type, "font/") || strcmp(type, DETECT_BESIDE_A_FILE) == 0 ||
               strcmp(type, OPENPGP_SIGNATURE_TYPE) == 0) {
        (void)snprintf(out->reason, sizeof(out->reason), "there is no text in %s", type);
    } else if (strcmp(type, "application/x-ole-encrypted") == 0) {
        out->outcome = OUTCOME_ENCRYPTED;
        (void)snprintf(out->reason, sizeof(out->reason), "encrypted with a password");
    } else if (strcmp(type, OPENPGP_ENCRYPTED_TYPE) == 0) {
        out->outcome = OUTCOME_ENCRYPTED;
        (void)snprintf(out->reason, sizeof(out->reason), "encrypted (OpenPGP)");
    } else {
        out->outcome = OUTCOME_UNSUPPORTED;
        const struct advice *advice = advice_for(&document->found);

        if (strcmp(type, "application/octet-stream") == 0)
            (void)snprintf(out->reason, sizeof(out->reason), "its content is of no known format");
        else
            (void)snprintf(out->reason, sizeof(out->reason), "nothing here reads %s", type);
        if (advice)
            (void)snprintf(out->reason, sizeof(out->reason),
                           "nothing here reads %.60s; with the package %s a [converter] can: %s",
                           type, advice->package, advice->command);
    }
}

static enum status finish_unclaimed(struct document *document, struct error *err)
{
    enum status status = writer_finish(document->writer, &document->extraction, err);

    if (!status)
        explain_unclaimed(document, &document->extraction);
    return status;
}

/* A failure of one document becomes its outcome. */
static enum status finish_failed(struct document *document, enum status status,
                                 const struct error *problem, struct error *err)
{
    struct extraction *out = &document->extraction;
    enum status finished;

    if (status_scope(status) != SCOPE_DOCUMENT) {
        if (err)
            *err = *problem;
        return status;
    }
    finished = writer_finish(document->writer, out, err);
    if (finished)
        return finished;
    out->outcome = extractor_outcome(status, problem);
    (void)snprintf(out->reason, sizeof(out->reason), "%s", problem->text);
    return STATUS_OK;
}

/* The name of what is in "notes.txt.gz", "notes.txt.p7m" and "notes.txt.asc" is "notes.txt". */
static struct span inner_path(const struct detection *found)
{
    size_t length = strlen(found->name);

    if (found->extension[0] &&
        (archive_is_filter_suffix(found->extension) || strcmp(found->extension, "p7m") == 0 ||
         (strcmp(found->extension, "asc") == 0 &&
          strcmp(found->media_type, OPENPGP_SIGNED_TYPE) == 0)))
        length -= strlen(found->extension) + 1;
    return (struct span){ found->name, length };
}

/* Takes the content out of what wraps one document. */
static enum status unwrap(struct document *document, bool *is_single, struct error *err)
{
    bool is_signed_text = strcmp(document->found.media_type, OPENPGP_SIGNED_TYPE) == 0;

    if (is_signed_text || strcmp(document->found.media_type, CMS_MEDIA_TYPE) == 0) {
        enum status status = is_signed_text
                                 ? openpgp_unwrap(document->source.bytes, &document->unpacked, err)
                                 : cms_unwrap(document->source.bytes, &document->unpacked, err);

        *is_single = !status;
        document->unpacked_depth = !status;
        return status;
    }
    if (!archive_is_compressed(document->found.media_type))
        return STATUS_OK;
    return archive_unpack_single(&document->source, &document->unpacked, is_single,
                                 &document->unpacked_depth, err);
}

/* Unpacks a compressed or signed single file, and detects what is in it. */
static enum status unpack(struct document *document, struct detector *detector,
                          struct member_budget *budget, struct error *err)
{
    struct detection inner;
    bool is_single = false;
    enum status status = unwrap(document, &is_single, err);

    if (status || !is_single)
        return status;
    budget->depth += document->unpacked_depth;
    detect(detector, buf_span(&document->unpacked), inner_path(&document->found), &inner);
    document->found = inner;
    document->source.bytes = buf_span(&document->unpacked);
    return STATUS_OK;
}

static enum status extract(struct document *document, struct error *err)
{
    document->source.name = document->found.name;
    document->source.media_type = document->found.media_type;
    document->source.extension = document->found.extension;
    if (!document->found.extractor && document->source.ocr && document->source.bytes.len > 0 &&
        starts_with(document->found.media_type, "image/") && !advice_for(&document->found))
        document->found.extractor = &picture_extractor;
    if (!document->found.extractor)
        return finish_unclaimed(document, err);
    return extractor_run(document->found.extractor, &document->source, document->writer,
                         &document->extraction, err);
}

/* ---- converters ---- */

/* It did not work: that is the document's outcome. */
static enum status finish_unconverted(struct document *document, const struct program_end *end,
                                      struct error *err)
{
    enum status status = writer_finish(document->writer, &document->extraction, err);

    if (status)
        return status;
    document->extraction.outcome = end->outcome;
    (void)snprintf(document->extraction.reason, sizeof(document->extraction.reason), "%s",
                   end->reason);
    return STATUS_OK;
}

/* What the result is: as the rule says, else as its content does. Its name is the document's,
 * without the ending that no longer fits. */
static void detect_converted(struct document *document, struct detector *detector,
                             const struct converter_rule *rule)
{
    struct detection inner;
    struct span stem = { document->found.name, strlen(document->found.name) };

    if (document->found.extension[0])
        stem.len -= strlen(document->found.extension) + 1;
    document->source.bytes = buf_span(&document->converted);
    if (rule->output[0])
        detect_as(document->source.bytes, stem, rule->output, &inner);
    else
        detect(detector, document->source.bytes, stem, &inner);
    document->found = inner;
}

/* Has the first rule that matches read the document; the result is read as any document is, but by
 * no rule again. */
static enum status convert(struct document *document, struct detector *detector,
                           struct converters *converters, size_t rule_index,
                           struct program_end *end, struct error *err)
{
    const struct converter_rule *rule = &converters->rules[rule_index];
    struct member_budget *budget = document->source.budget;
    struct error problem;
    enum status status;

    memcpy(document->media_type, document->found.media_type, sizeof(document->media_type));
    (void)snprintf(document->converter, sizeof(document->converter), "converter %.16s %02x%02x",
                   rule->name, rule->identity.bytes[0], rule->identity.bytes[1]);
    if (budget->depth >= budget->depth_max) {
        end->outcome = OUTCOME_OVER_LIMIT;
        (void)snprintf(end->reason, sizeof(end->reason), "nested more than %u deep",
                       budget->depth_max);
        return STATUS_OK;
    }
    status = converters_run(converters, rule_index, document->found.extension,
                            document->source.bytes, &document->converted, end, err);
    if (status || end->outcome != OUTCOME_COMPLETE)
        return status;
    budget->depth++;
    document->converted_depth = 1;
    if (member_budget_charge(budget, document->converted.len, &problem)) {
        end->outcome = OUTCOME_OVER_LIMIT;
        (void)snprintf(end->reason, sizeof(end->reason), "the converter's result: %.150s",
                       problem.text);
        return STATUS_OK;
    }
    detect_converted(document, detector, rule);
    return STATUS_OK;
}

/* ---- one document ---- */

static enum status read_unpacked(struct document *document, struct detector *detector,
                                 struct converters *converters, struct error *err)
{
    size_t rule = converters_pick(converters, &document->found);
    struct program_end end = { .outcome = OUTCOME_COMPLETE };
    enum status status;

    if (!converters || rule == converters->rule_count || document->source.bytes.len == 0)
        return extract(document, err);
    status = convert(document, detector, converters, rule, &end, err);
    if (status)
        return status;
    if (end.outcome != OUTCOME_COMPLETE)
        return finish_unconverted(document, &end, err);
    return extract(document, err);
}

/* A scan, and nobody was asked to read it: how that is changed. */
static void advise_ocr(const struct document *document, struct extraction *out)
{
    size_t length = strlen(out->reason);
    bool is_picture = starts_with(document->found.media_type, "image/");

    for (size_t i = 0; i < out->page_count && !is_picture; i++)
        is_picture = out->pages[i].has_images;
    if (is_picture && out->outcome == OUTCOME_NO_TEXT && !document->source.ocr)
        (void)snprintf(out->reason + length, sizeof(out->reason) - length,
                       "%sOCR is off: [ocr] in varve.conf",
                       length > 0 && out->reason[length - 1] == '?' ? " " : "; ");
}

/* The text is not bytes of the file: it is packed there, or was made of it. */
static void forget_source_text(struct extraction *extraction)
{
    extraction->flags &= ~(unsigned)EXTRACTION_TEXT_IS_SOURCE;
    extraction->runs = NULL;
    extraction->run_count = 0;
}

enum status document_read(struct document *document, struct detector *detector,
                          const struct document_request *request, struct error *err)
{
    struct error problem = { .status = STATUS_OK };
    enum status status;

    *document = (struct document){
        .source = { .bytes = request->bytes,
                    .keep_boilerplate = request->keep_boilerplate,
                    .progress = request->progress,
                    .progress_user = request->progress_user,
                    .budget = request->budget,
                    .ocr = request->converters && request->converters->ocr.languages
                               ? request->converters
                               : NULL },
        .unpacked = BUF_INIT(request->budget->member_bytes_max),
        .converted = BUF_INIT(request->budget->member_bytes_max),
        .writer = writer_new(EXTRACTION_MADE_BYTES_MAX),
    };
    if (!document->writer)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    detect(detector, request->bytes, request->path, &document->found);
    status = unpack(document, detector, request->budget, &problem);
    if (status)
        status = finish_failed(document, status, &problem, err);
    else
        status = read_unpacked(document, detector, request->converters, err);
    if (status)
        return status;
    if (!document->converter[0])
        memcpy(document->media_type, document->found.media_type, sizeof(document->media_type));
    advise_ocr(document, &document->extraction);
    if (document->unpacked_depth > 0 || document->converter[0])
        forget_source_text(&document->extraction);
    (void)snprintf(document->extraction.media_type, sizeof(document->extraction.media_type), "%s",
                   document->media_type);
    if (document->converter[0])
        (void)snprintf(document->extraction.extractor, sizeof(document->extraction.extractor), "%s",
                       document->converter);
    return STATUS_OK;
}

void document_explain_left_out(const struct document *document, char *reason, size_t room)
{
    *reason = '\0';
    if (document->left_out_count > 0)
        (void)snprintf(reason, room, "%u links or devices in it have no text of their own",
                       document->left_out_count);
}

bool document_has_members(const struct document *document)
{
    return document->found.extractor && document->found.extractor->members;
}

enum status document_members(struct document *document, member_fn *each, void *user,
                             struct error *err)
{
    struct member_budget *budget = document->source.budget;
    uint32_t outer_count = budget->left_out_count;
    enum status status;

    if (!document_has_members(document))
        return STATUS_OK;
    if (budget->depth >= budget->depth_max)
        return error_set(err, STATUS_LIMIT, "nested more than %u deep", budget->depth_max);
    budget->depth++;
    budget->left_out_count = 0;
    status = document->found.extractor->members(&document->source, each, user, err);
    document->left_out_count = budget->left_out_count;
    budget->left_out_count = outer_count;
    budget->depth--;
    return status;
}

void document_release(struct document *document)
{
    if (document->source.budget)
        document->source.budget->depth -= document->unpacked_depth + document->converted_depth;
    buf_release(&document->unpacked);
    buf_release(&document->converted);
    writer_free(document->writer);
    *document = (struct document){ .unpacked = BUF_INIT(0), .converted = BUF_INIT(0) };
}
