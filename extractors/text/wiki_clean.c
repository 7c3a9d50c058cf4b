/*
 * wiki_clean.c - what a wiki resolves before it shows a page: comments, references, templates.
 *
 * What a template draws is known to its wiki only. What can be read in its call is kept: words that
 * were given to it, and of its named values those that are prose; a call over several lines with
 * names is a box of fields.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "extractors/common/note_labels.h"
#include "extractors/text/wiki.h"

#define DEPTH_MAX          6u
#define PARTS_MAX          64u
#define TEMPLATE_BYTES_MAX ((size_t)64 << 10)
#define WORK_BYTES_MAX     ((size_t)256 << 20) /* looked at in vain, in all */
#define NOTE_BYTES_MAX     ((size_t)16 << 10)

struct cleaner {
    struct buf *out;
    struct buf notes; /* lines that begin with WIKI_NOTE */
    unsigned depth;
    size_t work_bytes; /* that were searched for an end that was not there */
    struct note_labels labels;
    unsigned note_count;
    bool is_in_references; /* notes there are not referred to at their place */
};

struct parts {
    struct span at[PARTS_MAX];
    size_t count;
};

static void clean(struct cleaner *cleaner, struct span text);
static void take_references(struct cleaner *cleaner, struct span text);

/* The bytes of "{{ ... }}" at offset 0; 0: it does not end. */
static size_t template_length(struct span text)
{
    unsigned depth = 0;

    text.len = text.len < TEMPLATE_BYTES_MAX ? text.len : TEMPLATE_BYTES_MAX;
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.data[i] == '{' && text.data[i + 1] == '{') {
            depth++;
            i++;
        } else if (text.data[i] == '}' && text.data[i + 1] == '}') {
            i++;
            if (--depth == 0)
                return i + 1;
        }
    }
    return 0;
}

/* At the bars that are not in a link or another template. */
static void split(struct span text, struct parts *out)
{
    unsigned depth = 0;
    size_t start = 0;

    out->count = 0;
    for (size_t i = 0; i <= text.len && out->count < PARTS_MAX; i++) {
        bool is_pair = i + 1 < text.len && text.data[i] == text.data[i + 1];

        if (i == text.len || (text.data[i] == '|' && depth == 0)) {
            out->at[out->count++] = markup_trim((struct span){ text.data + start, i - start });
            start = i + 1;
        } else if (is_pair && strchr("[{", text.data[i])) {
            depth++;
            i++;
        } else if (is_pair && strchr("]}", text.data[i]) && depth > 0) {
            depth--;
            i++;
        }
    }
}

/* "name = value": the bytes of name, or 0. A link or a tag may hold "=" too. */
static size_t name_length(struct span part)
{
    for (size_t i = 0; i < part.len && i < 60; i++) {
        if (part.data[i] == '=')
            return i;
        if (strchr("<[{&\n", part.data[i]))
            return 0;
    }
    return 0;
}

static bool is_one_of(struct span name, const char *const *names)
{
    for (; *names; names++)
        if (name.len == strlen(*names) && markup_starts_nocase(name, *names))
            return true;
    return false;
}

static void add(struct cleaner *cleaner, const char *text)
{
    buf_append(cleaner->out, text, strlen(text));
}

static void write_fields(struct cleaner *cleaner, const struct parts *parts)
{
    static const char *const silent[] = { "image",   "width", "align", "style", "class",
                                          "bgcolor", "color", "size",  "date",  NULL };

    for (size_t i = 1; i < parts->count; i++) {
        CLEANUP(buf_release) struct buf value = BUF_INIT(TEMPLATE_BYTES_MAX);
        size_t length = name_length(parts->at[i]);
        struct span name = markup_trim((struct span){ parts->at[i].data, length });
        struct buf *outer = cleaner->out;

        if (length == 0 || is_one_of(name, silent))
            continue;
        cleaner->out = &value;
        clean(cleaner, markup_trim(markup_from(parts->at[i], length + 1)));
        cleaner->out = outer;
        if (markup_trim(buf_span(&value)).len == 0)
            continue;
        for (size_t k = 0; k < value.len; k++)
            if (value.data[k] == '\n' || (unsigned char)value.data[k] < ' ')
                value.data[k] = ' ';
        buf_printf(outer, "\n%c%.*s: %s\n", WIKI_FIELD, (int)name.len, name.data, value.data);
    }
}

/* Words, and those of the named values that are read. */
static void write_words(struct cleaner *cleaner, const struct parts *parts, bool is_citation)
{
    static const char *const read[] = { "title", "text", "quote", "content", "1", "2", NULL };
    static const char *const cited[] = { "title",     "author",  "last",    "first",
                                         "last1",     "first1",  "last2",   "first2",
                                         "work",      "website", "journal", "newspaper",
                                         "publisher", "year",    "date",    NULL };
    static const char *const with_code[] = { "lang", "transl", "transliteration", "langx", NULL };
    size_t first = is_one_of(parts->at[0], with_code) ? 2 : 1;
    bool is_begun = false;

    for (size_t i = first; i < parts->count; i++) {
        size_t length = name_length(parts->at[i]);
        struct span name = markup_trim((struct span){ parts->at[i].data, length });

        if (length > 0 && !is_one_of(name, is_citation ? cited : read))
            continue;
        if (is_begun)
            add(cleaner, is_citation ? ", " : " ");
        is_begun = true;
        clean(cleaner,
              length > 0 ? markup_trim(markup_from(parts->at[i], length + 1)) : parts->at[i]);
    }
}

static void write_template(struct cleaner *cleaner, struct span inside)
{
    static const char *const silent[] = { "reflist",
                                          "refbegin",
                                          "refend",
                                          "cn",
                                          "fact",
                                          "sfn",
                                          "citation needed",
                                          "authority control",
                                          "clear",
                                          "rp",
                                          "commons category",
                                          "efn",
                                          "portal",
                                          "coord",
                                          "-",
                                          "!",
                                          "toc",
                                          "references",
                                          "use dmy dates",
                                          NULL };
    static const char *const lists_of_notes[] = { "reflist", "references", "notelist", NULL };
    struct parts parts;
    size_t named = 0;

    split(inside, &parts);
    if (parts.count > 0 && (is_one_of(parts.at[0], lists_of_notes)))
        for (size_t i = 1; i < parts.count; i++)
            take_references(cleaner, parts.at[i]);
    if (parts.count == 0 || is_one_of(parts.at[0], silent) || markup_starts(inside, "#") ||
        markup_starts(inside, "DEFAULTSORT:") || markup_starts_nocase(inside, "use "))
        return;
    for (size_t i = 1; i < parts.count; i++)
        named += name_length(parts.at[i]) > 0;
    if (markup_starts_nocase(parts.at[0], "cit"))
        write_words(cleaner, &parts, true);
    else if (named >= 2 && named * 2 > parts.count && memchr(inside.data, '\n', inside.len))
        write_fields(cleaner, &parts);
    else
        write_words(cleaner, &parts, false);
}

/* The name that <ref name="a" group=b> gives; empty: none. */
static struct span reference_name(struct span tag)
{
    size_t at = markup_find(tag, 0, "name"), end;
    const char *ends = " />\t\n";

    for (at += 4; at < tag.len && strchr("= \t\n", tag.data[at]);)
        at++;
    if (at < tag.len && strchr("\"'", tag.data[at]))
        ends = tag.data[at++] == '"' ? "\"" : "'";
    for (end = at; end < tag.len && !strchr(ends, tag.data[end]);)
        end++;
    return at < tag.len ? (struct span){ tag.data + at, end - at } : (struct span){ "", 0 };
}

/* The label of a reference: one number for each name, and for each without one. */
static const char *reference_label(struct cleaner *cleaner, struct span tag, char number[16])
{
    struct span name = reference_name(tag);
    uint64_t key = note_key((struct span){ "", 0 }, name);
    const char *label = name.len > 0 ? note_label_lookup(&cleaner->labels, key) : NULL;

    if (label)
        return label;
    (void)snprintf(number, 16, "%u", ++cleaner->note_count);
    if (name.len > 0)
        (void)note_label_give(&cleaner->labels, key, (struct span){ number, strlen(number) });
    return number;
}

/* <ref name="a">words</ref>: the words stand with the notes. */
static size_t take_reference(struct cleaner *cleaner, struct span rest)
{
    CLEANUP(buf_release) struct buf note = BUF_INIT(NOTE_BYTES_MAX);
    size_t tag = markup_find(rest, 0, ">"), end;
    struct buf *outer = cleaner->out;
    char number[16], label[NOTE_LABEL_BYTES];

    if (!strchr(" >/\t\n", rest.data[4]))
        return 0;
    cleaner->work_bytes += tag - 4;
    if (tag == rest.len)
        return 0;
    rest.len = rest.len < tag + NOTE_BYTES_MAX ? rest.len : tag + NOTE_BYTES_MAX;
    end = rest.data[tag - 1] == '/' ? tag + 1 : markup_find(rest, tag, "</ref>");
    if (end >= rest.len && rest.data[tag - 1] != '/') {
        cleaner->work_bytes += rest.len;
        return 0;
    }
    (void)snprintf(label, sizeof(label), "%s",
                   reference_label(cleaner, (struct span){ rest.data, tag }, number));
    if (!cleaner->is_in_references)
        buf_printf(outer, "[^%s]", label);
    if (rest.data[tag - 1] == '/')
        return tag + 1;
    cleaner->out = &note;
    clean(cleaner, (struct span){ rest.data + tag + 1, end - tag - 1 });
    cleaner->out = outer;
    for (size_t i = 0; i < note.len; i++)
        if (note.data[i] == '\n' || (unsigned char)note.data[i] < ' ')
            note.data[i] = ' ';
    if (markup_trim(buf_span(&note)).len > 0)
        buf_printf(&cleaner->notes, "\n%c%s %s\n", WIKI_NOTE, label, note.data);
    return end + 6;
}

/* {{reflist|refs=<ref name="a">words</ref>}}, <references>: notes that are referred to by name. */
static void take_references(struct cleaner *cleaner, struct span text)
{
    CLEANUP(buf_release) struct buf unread = BUF_INIT(TEMPLATE_BYTES_MAX);
    struct buf *outer = cleaner->out;
    bool was_in_references = cleaner->is_in_references;

    cleaner->out = &unread;
    cleaner->is_in_references = true;
    clean(cleaner, text);
    cleaner->out = outer;
    cleaner->is_in_references = was_in_references;
}

/* What would be a mark becomes a character reference. */
static void append_literal(struct cleaner *cleaner, struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr("[{<'=*#:;|!", text.data[i]) && text.data[i])
            buf_printf(cleaner->out, "&#%d;", text.data[i]);
        else
            buf_append_char(cleaner->out, text.data[i]);
    }
}

/* Parts in which nothing is resolved; of <nowiki> only what is inside. */
static size_t copy_verbatim(struct cleaner *cleaner, struct span rest)
{
    static const char *const names[] = { "nowiki", "pre", "syntaxhighlight", "source", "math" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t length = strlen(names[i]), tag, end;
        char end_tag[24] = "</";

        if (!markup_starts_nocase(markup_from(rest, 1), names[i]) || rest.len < length + 2 ||
            isalpha((unsigned char)rest.data[length + 1]))
            continue;
        memcpy(end_tag + 2, names[i], length);
        memcpy(end_tag + 2 + length, ">", 2);
        tag = markup_find(rest, 0, ">");
        end = tag < rest.len ? markup_find(rest, tag, end_tag) : rest.len;
        if (end == rest.len) {
            cleaner->work_bytes += rest.len;
            return 0;
        }
        if (i == 0)
            append_literal(cleaner, (struct span){ rest.data + tag + 1, end - tag - 1 });
        else
            buf_append(cleaner->out, rest.data, end + length + 3);
        return end + length + 3;
    }
    return 0;
}

/* The bytes that were dealt with at offset 0; 0: nothing special. */
static size_t clean_special(struct cleaner *cleaner, struct span rest)
{
    size_t length;

    if (markup_starts(rest, "<!--")) {
        length = markup_find(rest, 4, "-->");
        return length < rest.len ? length + 3 : rest.len;
    }
    if (markup_starts(rest, "{{") && cleaner->depth < DEPTH_MAX) {
        length = template_length(rest);
        if (length > 0)
            write_template(cleaner, (struct span){ rest.data + 2, length - 4 });
        else
            cleaner->work_bytes += rest.len < TEMPLATE_BYTES_MAX ? rest.len : TEMPLATE_BYTES_MAX;
        return length;
    }
    if (markup_starts_nocase(rest, "<references>")) {
        length = markup_find((struct span){ rest.data, rest.len < TEMPLATE_BYTES_MAX
                                                           ? rest.len
                                                           : TEMPLATE_BYTES_MAX },
                             0, "</references>");
        cleaner->work_bytes += length;
        if (length >= rest.len || length >= TEMPLATE_BYTES_MAX)
            return 0;
        take_references(cleaner, (struct span){ rest.data + 12, length - 12 });
        return length + 13;
    }
    if (markup_starts_nocase(rest, "<ref") && rest.len > 5)
        return take_reference(cleaner, rest);
    if (rest.data[0] == '<' && rest.len > 1)
        return copy_verbatim(cleaner, rest);
    return 0;
}

static void clean(struct cleaner *cleaner, struct span text)
{
    size_t plain = 0;

    cleaner->depth++;
    for (size_t i = 0; i < text.len;) {
        size_t taken = 0;

        if (text.data[i] == '<' || text.data[i] == '{') {
            buf_append(cleaner->out, text.data + plain, i - plain);
            plain = i;
            if (cleaner->work_bytes < WORK_BYTES_MAX)
                taken = clean_special(cleaner, markup_from(text, i));
        }
        if (taken > 0)
            plain = i + taken;
        i += taken > 0 ? taken : 1;
    }
    buf_append(cleaner->out, text.data + plain, text.len - plain);
    cleaner->depth--;
}

void wiki_clean(struct span text, struct buf *out)
{
    struct cleaner cleaner = { .out = out, .notes = BUF_INIT(EXTRACTION_MADE_BYTES_MAX) };

    clean(&cleaner, text);
    buf_append_char(out, '\n');
    buf_append(out, cleaner.notes.data, cleaner.notes.len);
    buf_release(&cleaner.notes);
    note_labels_release(&cleaner.labels);
}
