#include "extractors/xml_document_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static void keep_note(struct xmldoc *xmldoc, struct xml *xml, const struct waiting_note *note)
{
    struct xml *fork = xmldoc->notes_waiting < NOTES_WAITING_MAX ? malloc(sizeof(*fork)) : NULL;

    if (fork) {
        xml_fork(xml, fork);
        xmldoc->notes[xmldoc->notes_waiting] = *note;
        xmldoc->notes[xmldoc->notes_waiting++].xml = fork;
    } else {
        writer_partial(xmldoc->writer, "too many notes in one paragraph");
    }
    xml_skip(xml);
}

void xmldoc_read_note(struct xmldoc *xmldoc, struct xml *xml)
{
    struct waiting_note note = { .has_label = false };

    (void)snprintf(note.mark, sizeof(note.mark), "%u", ++xmldoc->note_count);
    xmldoc_put(xmldoc, "[^");
    xmldoc_put(xmldoc, note.mark);
    xmldoc_put(xmldoc, "]");
    keep_note(xmldoc, xml, &note);
}

static void put_note(struct xmldoc *xmldoc, struct xml *xml, const struct waiting_note *note)
{
    xmldoc_begin(xmldoc, BLOCK_FOOTNOTE, 0);
    writer_label(xmldoc->writer, (struct span){ note->mark, strlen(note->mark) });
    xmldoc->is_note_mark = note->has_label;
    xmldoc->note = note->key;
    xmldoc_walk(xmldoc, xml);
    xmldoc->is_note_mark = false;
    xmldoc_end(xmldoc);
}

void xmldoc_put_notes(struct xmldoc *xmldoc)
{
    for (unsigned i = 0; i < xmldoc->notes_waiting; i++) {
        struct waiting_note *note = &xmldoc->notes[i];

        put_note(xmldoc, note->xml, note);
        xml_release(note->xml);
        free(note->xml);
    }
    xmldoc->notes_waiting = 0;
}

void xmldoc_read_footnote(struct xmldoc *xmldoc, struct xml *xml)
{
    struct waiting_note note = { .has_label = true };
    struct span id = xml_attr(xml, "id");
    uint64_t key = note_key((struct span){ "", 0 }, id);
    const char *known = id.len ? note_label_lookup(&xmldoc->note_labels, key) : NULL;

    if (known)
        (void)snprintf(note.mark, sizeof(note.mark), "%s", known);
    else
        note.key = key;
    if (xmldoc->block_depth > 0)
        keep_note(xmldoc, xml, &note);
    else
        put_note(xmldoc, xml, &note);
}

void xmldoc_read_note_label(struct xmldoc *xmldoc, struct xml *xml)
{
    CLEANUP(buf_release) struct buf words = BUF_INIT(256);
    char mark[NOTE_LABEL_BYTES];
    const char *label;

    xmldoc->is_note_mark = false;
    xml_collect(xml, &words);
    if (!xmldoc->note || !note_mark_read(buf_span(&words), true, mark))
        return;
    label =
        note_label_give(&xmldoc->note_labels, xmldoc->note, (struct span){ mark, strlen(mark) });
    if (label)
        writer_label(xmldoc->writer, (struct span){ label, strlen(label) });
}

/* Its words are those of the mark. */
void xmldoc_read_reference(struct xmldoc *xmldoc, struct xml *xml)
{
    CLEANUP(buf_release) struct buf words = BUF_INIT(256);
    struct span type = xml_attr(xml, "ref-type"), target = xml_attr(xml, "rid");
    uint64_t key = note_key((struct span){ "", 0 }, target);
    unsigned emphasis;
    const char *label = NULL;
    char mark[NOTE_LABEL_BYTES];

    if (!span_is(type, "fn") && !span_is(type, "table-fn")) {
        xmldoc_walk(xmldoc, xml);
        return;
    }
    xml_collect(xml, &words);
    if (note_mark_read(buf_span(&words), true, mark))
        label = note_label_give(&xmldoc->note_labels, key, (struct span){ mark, strlen(mark) });
    emphasis = writer_emphasis(xmldoc->writer, 0);
    xmldoc_put(xmldoc, label ? "[^" : "");
    xmldoc_put_words(xmldoc, label ? (struct span){ label, strlen(label) } : buf_span(&words));
    xmldoc_put(xmldoc, label ? "]" : "");
    (void)writer_emphasis(xmldoc->writer, emphasis);
}
