#include "extractors/xml/xml_document_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define WORDS_BYTES_MAX ((size_t)1 << 20)

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

/* The key of the note at hand, which no link can lead to where it has no name. */
static uint64_t key_of_note(struct xmldoc *xmldoc, struct xml *xml)
{
    struct span id = xml_attr(xml, "id");
    struct span place = { (const char *)&xmldoc->note_count, sizeof(xmldoc->note_count) };

    if (id.len > 0)
        return note_key((struct span){ "", 0 }, id);
    xmldoc->note_count++;
    return note_key((struct span){ "#", 1 }, place);
}

void xmldoc_read_footnote(struct xmldoc *xmldoc, struct xml *xml)
{
    struct waiting_note note = { .has_label = true };
    uint64_t key = key_of_note(xmldoc, xml);
    const char *known = note_label_lookup(&xmldoc->note_labels, key);

    if (known)
        (void)snprintf(note.mark, sizeof(note.mark), "%s", known);
    else
        note.key = key;
    if (xmldoc->block_depth > 0)
        keep_note(xmldoc, xml, &note);
    else
        put_note(xmldoc, xml, &note);
}

/* The mark of the note at hand, where no link has told it. */
static void label_note(struct xmldoc *xmldoc, const char *mark)
{
    const char *label;

    if (!xmldoc->note)
        return;
    label =
        note_label_give(&xmldoc->note_labels, xmldoc->note, (struct span){ mark, strlen(mark) });
    label = label ? label : mark;
    writer_label(xmldoc->writer, (struct span){ label, strlen(label) });
}

void xmldoc_read_note_label(struct xmldoc *xmldoc, struct xml *xml)
{
    CLEANUP(buf_release) struct buf words = BUF_INIT(WORDS_BYTES_MAX);
    char mark[NOTE_LABEL_BYTES];

    xmldoc->is_note_mark = false;
    xml_collect(xml, &words);
    if (!xmldoc->note || !note_mark_read(buf_span(&words), true, mark))
        return;
    label_note(xmldoc, mark);
}

/* What "#id" leads to. */
static uint64_t key_of_target(struct span target)
{
    if (target.len > 0 && target.data[0] == '#')
        target = (struct span){ target.data + 1, target.len - 1 };
    return note_key((struct span){ "", 0 }, target);
}

static void put_mark(struct xmldoc *xmldoc, const char *label)
{
    unsigned emphasis = writer_emphasis(xmldoc->writer, 0);

    xmldoc_put(xmldoc, "[^");
    xmldoc_put_words(xmldoc, (struct span){ label, strlen(label) });
    xmldoc_put(xmldoc, "]");
    (void)writer_emphasis(xmldoc->writer, emphasis);
}

void xmldoc_read_note_link(struct xmldoc *xmldoc, struct xml *xml)
{
    CLEANUP(buf_release) struct buf words = BUF_INIT(WORDS_BYTES_MAX);
    uint64_t key = key_of_target(xml_attr(xml, "href"));
    const char *label;
    char mark[NOTE_LABEL_BYTES];

    xml_collect(xml, &words);
    if (words.len == 0)
        return;
    if (!note_mark_read(buf_span(&words), true, mark)) {
        xmldoc_put_words(xmldoc, buf_span(&words));
        (void)snprintf(mark, sizeof(mark), "*");
    }
    label = note_label_give(&xmldoc->note_labels, key, (struct span){ mark, strlen(mark) });
    put_mark(xmldoc, label ? label : mark);
}

void xmldoc_read_note_section(struct xmldoc *xmldoc, struct xml *xml)
{
    uint64_t key = key_of_note(xmldoc, xml);
    const char *known = note_label_lookup(&xmldoc->note_labels, key);

    xmldoc_begin(xmldoc, BLOCK_FOOTNOTE, 0);
    if (known)
        writer_label(xmldoc->writer, (struct span){ known, strlen(known) });
    xmldoc->is_note_mark = true;
    xmldoc->note = known ? 0 : key;
    xmldoc_walk(xmldoc, xml);
    if (xmldoc->is_note_mark)
        label_note(xmldoc, "*");
    xmldoc->is_note_mark = false;
    xmldoc_end(xmldoc);
}

void xmldoc_read_note_title(struct xmldoc *xmldoc, struct xml *xml)
{
    CLEANUP(buf_release) struct buf words = BUF_INIT(WORDS_BYTES_MAX);
    char mark[NOTE_LABEL_BYTES];
    bool is_mark;

    xmldoc->is_note_mark = false;
    xml_collect(xml, &words);
    is_mark = note_mark_read(buf_span(&words), true, mark);
    label_note(xmldoc, is_mark ? mark : "*");
    if (is_mark)
        return;
    xmldoc_put_words(xmldoc, buf_span(&words));
    writer_break(xmldoc->writer);
}

/* Its words are those of the mark. */
void xmldoc_read_reference(struct xmldoc *xmldoc, struct xml *xml)
{
    CLEANUP(buf_release) struct buf words = BUF_INIT(WORDS_BYTES_MAX);
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
    if (label) {
        put_mark(xmldoc, label);
        return;
    }
    emphasis = writer_emphasis(xmldoc->writer, 0);
    xmldoc_put_words(xmldoc, buf_span(&words));
    (void)writer_emphasis(xmldoc->writer, emphasis);
}
