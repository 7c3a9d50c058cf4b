/*
 * ppt.c - PowerPoint 97 to 2003 presentations. [MS-PPT]
 *
 * A stream of records, some of which hold others. The newest edit says, through a table of
 * persistent objects, where the document and its slides stand; the document lists the slides in
 * order, with the texts of their placeholders, and each slide holds the texts of its other shapes.
 */
#include "extractors/office/ppt.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/container/ole.h"
#include "extractors/extractors.h"

#define EDITS_MAX 1000u

bool ppt_record_read(struct span bytes, size_t offset, struct ppt_record *out)
{
    size_t len;

    if (offset >= bytes.len || bytes.len - offset < PPT_HEADER_BYTES)
        return false;
    out->is_container = (ole_u16(bytes, offset) & 15) == 15;
    out->instance = ole_u16(bytes, offset) >> 4;
    out->type = ole_u16(bytes, offset + 2);
    len = ole_u32(bytes, offset + 4);
    if (len > bytes.len - offset - PPT_HEADER_BYTES)
        len = bytes.len - offset - PPT_HEADER_BYTES;
    out->data = (struct span){ bytes.data + offset + PPT_HEADER_BYTES, len };
    return true;
}

bool ppt_record_find(struct span bytes, unsigned type, struct ppt_record *out)
{
    for (size_t at = 0; ppt_record_read(bytes, at, out); at += PPT_HEADER_BYTES + out->data.len)
        if (out->type == type)
            return true;
    return false;
}

/* The persistent object of that number, if it is of that type. */
static bool read_object(const struct ppt *ppt, uint32_t persist, unsigned type,
                        struct ppt_record *out)
{
    return persist < PPT_PERSIST_MAX && ppt->offsets[persist] > 0 &&
           ppt_record_read(buf_span(&ppt->stream), ppt->offsets[persist], out) && out->type == type;
}

/* ---- slides ---- */

static void read_notes(struct ppt *ppt, uint32_t slide_id)
{
    struct ppt_record record;
    size_t low = 0, high = ppt->note_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (ppt->notes[middle].slide_id < slide_id)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < ppt->note_count && ppt->notes[low].slide_id == slide_id; low++) {
        if (!read_object(ppt, ppt->notes[low].persist, PPT_NOTES, &record))
            continue;
        writer_region(ppt->writer, ppt->page, NULL, (struct span){ "notes", 5 });
        ppt->is_notes = true;
        ppt->type = PPT_TEXT_OTHER;
        ppt_texts(ppt, record.data);
        ppt->is_notes = false;
    }
}

static void end_slide(struct ppt *ppt, uint32_t persist, uint32_t slide_id)
{
    const struct span none = { "", 0 };
    struct ppt_record record;

    ppt_text_end(ppt);
    if (ppt->page == 0)
        return;
    ppt->slide_id = slide_id;
    ppt_slide_texts(ppt, read_object(ppt, persist, PPT_SLIDE, &record) ? record.data : none);
    read_notes(ppt, slide_id);
}

/* Keeps a record of the text of a placeholder until its slide is read: bytes[at .. end). */
static void keep_outline(struct ppt *ppt, struct span bytes, size_t at, size_t end, bool is_header)
{
    struct span *last;

    if (is_header && ppt->outline_count < PPT_OUTLINES_MAX)
        ppt->outlines[ppt->outline_count++] = (struct span){ bytes.data + at, 0 };
    last = &ppt->outlines[ppt->outline_count - 1];
    last->len = (size_t)(bytes.data + end - last->data);
}

/* The list: for each slide its number, then the texts of its placeholders. */
static void read_slide_list(struct ppt *ppt, struct span bytes)
{
    const struct span none = { "", 0 };
    struct ppt_record record;
    uint32_t persist = PPT_PERSIST_MAX, slide_id = 0;

    for (size_t at = 0; ppt_record_read(bytes, at, &record);
         at += PPT_HEADER_BYTES + record.data.len) {
        if (record.type == PPT_SLIDE_PERSIST) {
            end_slide(ppt, persist, slide_id);
            persist = ole_u32(record.data, 0);
            slide_id = ole_u32(record.data, 12);
            ppt->has_title = false;
            writer_page(ppt->writer, 0, 0, false);
            writer_headings_end(ppt->writer);
            writer_region(ppt->writer, ++ppt->page, NULL, none);
        } else if (!record.is_container &&
                   (ppt->outline_count > 0 || record.type == PPT_TEXT_HEADER)) {
            keep_outline(ppt, bytes, at, at + PPT_HEADER_BYTES + record.data.len,
                         record.type == PPT_TEXT_HEADER);
        } else if (!record.is_container) {
            ppt_text_atom(ppt, &record);
        }
    }
    end_slide(ppt, persist, slide_id);
}

static int compare_notes(const void *a, const void *b)
{
    const struct ppt_notes *x = a, *y = b;

    if (x->slide_id != y->slide_id)
        return x->slide_id < y->slide_id ? -1 : 1;
    return (x->persist > y->persist) - (x->persist < y->persist);
}

/* Which notes belong to which slide. */
static void read_notes_list(struct ppt *ppt, struct span bytes)
{
    struct ppt_record record, notes, atom;

    for (size_t at = 0; ppt_record_read(bytes, at, &record);
         at += PPT_HEADER_BYTES + record.data.len) {
        uint32_t persist = ole_u32(record.data, 0);

        if (record.type != PPT_SLIDE_PERSIST || ppt->note_count >= PPT_NOTES_MAX ||
            !read_object(ppt, persist, PPT_NOTES, &notes) ||
            !ppt_record_read(notes.data, 0, &atom) || atom.type != PPT_NOTES_ATOM)
            continue;
        ppt->notes[ppt->note_count++] =
            (struct ppt_notes){ .slide_id = ole_u32(atom.data, 0), .persist = persist };
    }
    if (ppt->note_count > 0)
        qsort(ppt->notes, ppt->note_count, sizeof(ppt->notes[0]), compare_notes);
}

static void read_master_list(struct ppt *ppt, struct span bytes)
{
    struct ppt_record record, master;

    for (size_t at = 0; ppt_record_read(bytes, at, &record);
         at += PPT_HEADER_BYTES + record.data.len) {
        if (record.type == PPT_SLIDE_PERSIST &&
            read_object(ppt, ole_u32(record.data, 0), PPT_MAIN_MASTER, &master)) {
            ppt_text_master(ppt, master.data);
            return; /* the first one stands for all */
        }
    }
}

enum slide_list { LIST_SLIDES = 0, LIST_MASTERS = 1, LIST_NOTES = 2 };

static bool read_document(struct ppt *ppt, struct span bytes)
{
    struct ppt_record record, slides = { .type = 0 };

    for (size_t at = 0; ppt_record_read(bytes, at, &record);
         at += PPT_HEADER_BYTES + record.data.len) {
        if (record.type != PPT_SLIDE_LIST)
            continue;
        if (record.instance == LIST_SLIDES)
            slides = record;
        else if (record.instance == LIST_MASTERS)
            read_master_list(ppt, record.data);
        else if (record.instance == LIST_NOTES)
            read_notes_list(ppt, record.data);
    }
    ppt_numbers_read(ppt, bytes);
    if (slides.type == PPT_SLIDE_LIST)
        read_slide_list(ppt, slides.data);
    return slides.type == PPT_SLIDE_LIST;
}

/* ---- where things stand ---- */

/* Runs of: first number (20 bits) and count (12 bits), then offsets. The newest edit comes first.
 */
static void read_persist(struct ppt *ppt, struct span table)
{
    for (size_t at = 0; at + 4 <= table.len;) {
        uint32_t head = ole_u32(table, at), first = head & 0xFFFFFu, count = head >> 20;

        at += 4;
        for (uint32_t i = 0; i < count && at + 4 <= table.len; i++, at += 4)
            if (first + i < PPT_PERSIST_MAX && ppt->offsets[first + i] == 0)
                ppt->offsets[first + i] = ole_u32(table, at);
    }
}

/* Follows the edits from the newest one back; returns where the document stands, or 0. */
static uint32_t read_edits(struct ppt *ppt)
{
    struct span stream = buf_span(&ppt->stream);
    uint32_t edit = ole_u32(buf_span(&ppt->user), 16), document = 0;
    struct ppt_record record, table;

    for (unsigned i = 0; i < EDITS_MAX && edit > 0; i++) {
        if (!ppt_record_read(stream, edit, &record) || record.type != PPT_USER_EDIT)
            break;
        if (document == 0)
            document = ole_u32(record.data, 16);
        if (ppt_record_read(stream, ole_u32(record.data, 12), &table) && table.type == PPT_PERSIST)
            read_persist(ppt, table.data);
        edit = ole_u32(record.data, 8);
    }
    return document > 0 && document < PPT_PERSIST_MAX ? ppt->offsets[document] : 0;
}

static void ppt_free(struct ppt **owned)
{
    struct ppt *ppt = *owned;

    if (!ppt)
        return;
    buf_release(&ppt->stream);
    buf_release(&ppt->user);
    buf_release(&ppt->text);
    free(ppt);
}

static enum status read_streams(struct ppt *ppt, struct span bytes, struct error *err)
{
    struct error problem = { .status = STATUS_OK };
    struct ole *ole = NULL;
    enum status status = ole_open(bytes, &ole, err);

    if (status)
        return status;
    status = ole_read_name(ole, "PowerPoint Document", &ppt->stream, &problem);
    if (status && ppt->stream.len > 0 && status != STATUS_NO_MEMORY) {
        writer_problem(ppt->writer, &problem);
        ppt->stream.failed = status = STATUS_OK;
    } else if (status) {
        status = error_set(err, status, "%s", problem.text);
    }
    (void)!ole_read_name(ole, "Current User", &ppt->user, NULL);
    if (!status && ole_lookup(ole, "EncryptedSummary") != OLE_NONE)
        status = error_set(err, STATUS_UNSUPPORTED, "encrypted presentation");
    ole_metadata(ole, ppt->writer);
    ole_free(ole);
    return status;
}

static enum status ppt_extract(const struct source *source, struct writer *writer,
                               struct error *err)
{
    CLEANUP(ppt_free) struct ppt *ppt = calloc(1, sizeof(*ppt));
    struct ppt_record record;
    uint32_t document;
    enum status status;

    if (!ppt)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    ppt->writer = writer;
    ppt->has_body_bullets = true; /* unless the master says otherwise */
    ppt->stream = (struct buf)BUF_INIT(OLE_STREAM_BYTES_MAX);
    ppt->user = (struct buf)BUF_INIT((size_t)1 << 20);
    ppt->text = (struct buf)BUF_INIT((size_t)4 << 20);
    status = read_streams(ppt, source->bytes, err);
    if (status)
        return status;
    document = read_edits(ppt);
    if (ppt_record_read(buf_span(&ppt->stream), document, &record) && record.type == PPT_DOCUMENT &&
        read_document(ppt, record.data))
        return STATUS_OK;
    /* A broken table: all texts, in the order of the file. */
    writer_partial(writer, "the slides' order could not be read");
    ppt->type = PPT_TEXT_OTHER;
    ppt_texts(ppt, buf_span(&ppt->stream));
    return STATUS_OK;
}

static int ppt_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "application/vnd.ms-powerpoint") == 0 && input->head.len > 8 &&
                   memcmp(input->head.data, "\xD0\xCF\x11\xE0", 4) == 0
               ? 100
               : 0;
}

const struct extractor ppt_extractor = {
    .name = "ppt",
    .version = 5,
    .bid = ppt_bid,
    .extract = ppt_extract,
};
