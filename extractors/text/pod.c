/*
 * pod.c - Perl's documentation: perlpod(1), perlpodspec(1); and Perl's code, which it stands in.
 *
 * A file is code up to a line "=command", and again behind "=cut". In between are paragraphs:
 * commands, indented ones that are shown as they are, and prose with codes as B<bold>.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "extractors/extractors.h"
#include "extractors/html/html_entity.h"
#include "extractors/text/code.h"
#include "extractors/text/markup.h"

#define CODES_DEEP_MAX   16u
#define LISTS_DEEP_MAX   16u
#define ESCAPE_BYTES_MAX 40u

enum list_kind { LIST_UNKNOWN, LIST_BULLETS, LIST_NUMBERS, LIST_TERMS };

struct pod {
    struct markup *markup;
    enum list_kind lists[LISTS_DEEP_MAX];
    unsigned list_depth;
    bool item_begins; /* "=item *": its words are the next paragraph */
    bool is_name;     /* the next paragraph says what the page is about */
};

static const struct code_language perl = { "perl", CODE_BRACES, COMMENT_HASH };

static bool is_perl(const char *name, const char *extension, const char *media_type)
{
    const struct code_language *language = code_language_of(name, extension, media_type);

    return language && strcmp(language->name, perl.name) == 0;
}

/* "=head1" at a line's start. */
static bool is_command(struct span line)
{
    return line.len >= 2 && line.data[0] == '=' && isalpha((unsigned char)line.data[1]);
}

static int pod_bid(const struct bid_input *input)
{
    if (strcmp(input->media_type, "text/x-pod") == 0)
        return 95;
    /* One more than code: what has no POD goes there. */
    return strncmp(input->media_type, "text/", 5) == 0 &&
                   is_perl(input->name, input->extension, input->media_type)
               ? 81
               : 0;
}

/* ---- codes ---- */

/* How many marks open a code at a place, "C<" or "C<< "; 0: none does. */
static size_t marks_opened(struct span text, size_t at)
{
    size_t end = at + 2;

    if (end > text.len || !isupper((unsigned char)text.data[at]) || text.data[at + 1] != '<')
        return 0;
    while (end < text.len && text.data[end] == '<')
        end++;
    return end < text.len && isspace((unsigned char)text.data[end]) ? end - at - 1 : 1;
}

/* Does a code end at a place that so many marks have opened? */
static bool marks_closed(struct span text, size_t at, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (at + i >= text.len || text.data[at + i] != '>')
            return false;
    return count == 1 || isspace((unsigned char)text.data[at - 1]);
}

/* The bytes of the code at text's start, and what is in it; 0: it does not end. "C<< a > b >>" ends
 * where as many marks stand behind a space. */
static size_t code_length(struct span text, struct span *inner)
{
    size_t marks[CODES_DEEP_MAX], depth = 0, start = 0;

    for (size_t i = 0; i < text.len;) {
        size_t count = marks_opened(text, i);

        if (count > 0) {
            if (depth == CODES_DEEP_MAX)
                return 0;
            marks[depth++] = count;
            i += 1 + count;
            start = depth == 1 ? i : start;
            continue;
        }
        if (depth == 0)
            return 0;
        count = marks[depth - 1];
        if (!marks_closed(text, i, count)) {
            i++;
            continue;
        }
        i += count;
        if (--depth == 0) {
            *inner = (struct span){ text.data + start, i - count - start };
            if (count > 1)
                *inner = markup_trim(*inner);
            return i;
        }
    }
    return 0;
}

/* E<lt>, E<verbar>, E<0x201E>, E<0351>, E<233>, E<eacute> */
static void write_escape(struct markup *markup, struct span name)
{
    CLEANUP(buf_release) struct buf reference = BUF_INIT(ESCAPE_BYTES_MAX);
    CLEANUP(buf_release) struct buf decoded = BUF_INIT((size_t)2 * ESCAPE_BYTES_MAX);
    char copy[ESCAPE_BYTES_MAX / 2];

    if (name.len == 0 || name.len >= sizeof(copy))
        return;
    memcpy(copy, name.data, name.len);
    copy[name.len] = '\0';
    if (strcmp(copy, "verbar") == 0)
        buf_append_char(&decoded, '|');
    else if (strcmp(copy, "sol") == 0)
        buf_append_char(&decoded, '/');
    else if (isdigit((unsigned char)copy[0]))
        buf_printf(&reference, "&#%lu;", strtoul(copy, NULL, 0));
    else
        buf_printf(&reference, "&%s;", copy);
    html_entity_decode(&decoded, buf_span(&reference), false);
    writer_text(markup->writer, buf_span(&decoded));
}

static struct span without_quotes(struct span words)
{
    if (words.len >= 2 && words.data[0] == '"' && words.data[words.len - 1] == '"')
        return (struct span){ words.data + 1, words.len - 2 };
    return words;
}

/* L<words|target>; target: an address, Page, Page/section, /section. */
static void write_link(struct markup *markup, struct span inner)
{
    CLEANUP(buf_release) struct buf target_text = BUF_INIT(EXTRACTION_LABEL_BYTES_MAX);
    size_t bar = markup_find(inner, 0, "|"), slash;
    bool has_words = bar < inner.len, is_address;
    struct span target = has_words ? markup_from(inner, bar + 1) : inner, page, section;

    is_address = markup_find(target, 0, ":/") < target.len || markup_starts(target, "mailto:");
    slash = is_address ? target.len : markup_find(target, 0, "/");
    page = (struct span){ target.data, slash };
    section = without_quotes(markup_from(target, slash + 1));
    buf_append(&target_text, page.data, page.len);
    if (section.len > 0)
        buf_printf(&target_text, "#%.*s", (int)(section.len < 200 ? section.len : 200),
                   section.data);
    writer_link_begin(markup->writer, buf_span(&target_text));
    if (has_words) {
        markup_inline(markup, (struct span){ inner.data, bar });
    } else {
        markup_inline(markup, section.len > 0 ? section : page);
        if (section.len > 0 && page.len > 0) {
            writer_text(markup->writer, (struct span){ " in ", 4 });
            writer_text(markup->writer, page);
        }
    }
    writer_link_end(markup->writer);
}

static size_t pod_special(struct markup *markup, struct span text, size_t offset)
{
    struct span rest = markup_from(text, offset), inner;
    size_t length;

    if (rest.len < 3 || !isupper((unsigned char)rest.data[0]) || rest.data[1] != '<')
        return 0;
    length = code_length(rest, &inner);
    if (length == 0)
        return 0;
    switch (rest.data[0]) {
    case 'E':
        write_escape(markup, inner);
        break;
    case 'L':
        write_link(markup, inner);
        break;
    case 'X': /* an entry of the index */
    case 'Z':
        break;
    case 'B':
        markup_inline_as(markup, MARKUP_BOLD, inner);
        break;
    case 'I':
    case 'F': /* the name of a file */
        markup_inline_as(markup, MARKUP_ITALIC, inner);
        break;
    case 'C':
        markup_inline_as(markup, MARKUP_CODE, inner);
        break;
    default:
        markup_inline(markup, inner);
    }
    return length;
}

static const struct markup_pair pod_pairs[] = { { NULL, NULL, false, false, 0 } };
static const struct markup_syntax pod_syntax = { pod_pairs, pod_special, true };

/* ---- paragraphs ---- */

static enum list_kind current_list(const struct pod *pod)
{
    return pod->list_depth == 0 || pod->list_depth > LISTS_DEEP_MAX
               ? LIST_UNKNOWN
               : pod->lists[pod->list_depth - 1];
}

/* How many lists with marks are open. */
static unsigned item_level(const struct pod *pod)
{
    unsigned level = 0;

    for (unsigned i = 0; i < pod->list_depth && i < LISTS_DEEP_MAX; i++)
        level += pod->lists[i] == LIST_BULLETS || pod->lists[i] == LIST_NUMBERS;
    return level;
}

static void write_paragraph(struct pod *pod, struct span words)
{
    struct markup *markup = pod->markup;
    enum list_kind list = current_list(pod);
    size_t before = writer_text_bytes(markup->writer);

    if (list == LIST_BULLETS || list == LIST_NUMBERS)
        markup_open(markup, BLOCK_LIST_ITEM, item_level(pod),
                    (list == LIST_NUMBERS ? (unsigned)BLOCK_ORDERED : 0u) |
                        (pod->item_begins ? 0u : (unsigned)BLOCK_CONTINUES));
    else
        markup_open(markup, BLOCK_PARAGRAPH, 0, 0);
    markup_add(markup, words);
    markup_flush(markup);
    pod->item_begins = false;
    if (pod->is_name)
        writer_metadata(markup->writer, "title",
                        markup_trim(writer_text_since(markup->writer, before)));
    pod->is_name = false;
}

/* "=item *", "=item 1.", "=item word": the first item says of what kind the list is. */
static void write_item(struct pod *pod, struct span words)
{
    size_t digits = 0;
    enum list_kind list = LIST_TERMS;

    while (digits < words.len && isdigit((unsigned char)words.data[digits]))
        digits++;
    if (words.len == 0 ||
        (words.data[0] == '*' && (words.len == 1 || isspace((unsigned char)words.data[1])))) {
        list = LIST_BULLETS;
        words = markup_trim(markup_from(words, 1));
    } else if (digits > 0 &&
               (digits == words.len || words.data[digits] == '.' || words.data[digits] == ')')) {
        list = LIST_NUMBERS;
        words = markup_trim(markup_from(words, digits + 1));
    }
    if (pod->list_depth > 0 && pod->list_depth <= LISTS_DEEP_MAX)
        pod->lists[pod->list_depth - 1] = list;
    if (list == LIST_TERMS) {
        markup_block(pod->markup, BLOCK_TERM, 0, words);
        return;
    }
    pod->item_begins = true;
    if (words.len > 0)
        write_paragraph(pod, words);
}

/* Takes the paragraphs up to the "=end" of "=begin", which may hold others. */
static void skip_format(struct pod *pod)
{
    struct text_line line;
    unsigned depth = 1;

    while (depth > 0 && markup_next(pod->markup, &line)) {
        struct span words = markup_words(pod->markup, &line);

        if (line.indent > 0)
            continue;
        depth += markup_starts(words, "=begin");
        depth -= markup_starts(words, "=end");
        if (markup_starts(words, "=cut"))
            return;
    }
}

/* The format's text is POD (":name"), or text that all readers see. */
static bool is_for_readers(struct span format)
{
    return markup_starts(format, ":") || markup_starts(format, "text") ||
           markup_starts(format, "pod");
}

static bool is_named(struct span name, const char *other)
{
    return name.len == strlen(other) && memcmp(name.data, other, name.len) == 0;
}

static void write_heading(struct pod *pod, struct span name, struct span words)
{
    unsigned level =
        name.len > 4 && isdigit((unsigned char)name.data[4]) ? (unsigned)(name.data[4] - '0') : 1;

    pod->list_depth = 0;
    pod->is_name = is_named(words, "NAME");
    markup_block(pod->markup, BLOCK_HEADING, level < 1 ? 1 : level > 6 ? 6 : level, words);
}

/* Words: the whole paragraph. */
static void run_command(struct pod *pod, struct span words)
{
    size_t end = 1;
    struct span name, rest;

    while (end < words.len && isalnum((unsigned char)words.data[end]))
        end++;
    name = (struct span){ words.data + 1, end - 1 };
    rest = markup_trim(markup_from(words, end));
    if (markup_starts(name, "head")) {
        write_heading(pod, name, rest);
    } else if (is_named(name, "over")) {
        if (pod->list_depth++ < LISTS_DEEP_MAX)
            pod->lists[pod->list_depth - 1] = LIST_UNKNOWN;
    } else if (is_named(name, "back")) {
        pod->list_depth -= pod->list_depth > 0;
        pod->item_begins = false;
    } else if (is_named(name, "item")) {
        write_item(pod, rest);
    } else if (is_named(name, "begin")) {
        if (!is_for_readers(rest))
            skip_format(pod);
    } else if (is_named(name, "for") && is_for_readers(rest)) {
        while (rest.len > 0 && !isspace((unsigned char)rest.data[0]))
            rest = markup_from(rest, 1);
        write_paragraph(pod, markup_trim(rest));
    }
}

/* ---- the file ---- */

/* The lines from here that are no blank line and no command, behind the first; taken. */
static struct span take_paragraph(struct markup *markup)
{
    size_t start = markup->at, end = start;
    struct text_line line;

    while (markup_peek(markup, &line) && !line.is_blank &&
           (markup->at == start || !is_command(markup_from(markup->text, markup->at)))) {
        end = line.end;
        markup->at = line.next;
    }
    return (struct span){ markup->text.data + start, end - start };
}

static void write_code(struct markup *markup)
{
    size_t start = markup->at;
    struct text_line line;

    while (markup_peek(markup, &line) && !is_command(markup_from(markup->text, markup->at)))
        markup->at = line.next;
    code_write(markup->source, markup->writer, &perl,
               (struct span){ markup->text.data + start, markup->at - start });
}

static void pod_format(struct markup *markup)
{
    struct pod pod = { .markup = markup };
    bool is_pod = false;
    struct text_line line;

    while (!writer_is_full(markup->writer) && markup_peek(markup, &line)) {
        struct span rest = markup_from(markup->text, markup->at);

        if (!is_pod) {
            write_code(markup);
            is_pod = true;
        } else if (line.is_blank) {
            markup->at = line.next;
        } else if (markup_starts(rest, "=cut")) {
            markup->at = line.next;
            is_pod = false;
        } else if (is_command(rest)) {
            run_command(&pod, take_paragraph(markup));
        } else if (line.indent > 0) {
            markup_code(markup, (struct span){ "", 0 }, markup_indented(markup, 0));
        } else {
            write_paragraph(&pod, take_paragraph(markup));
        }
    }
}

static bool has_pod(struct span text)
{
    for (size_t at = 0; at < text.len;) {
        const char *newline = memchr(text.data + at, '\n', text.len - at);

        if (is_command(markup_from(text, at)))
            return true;
        at = newline ? (size_t)(newline - text.data) + 1 : text.len;
    }
    return false;
}

static enum status pod_extract(const struct source *source, struct writer *writer,
                               struct error *err)
{
    /* Code alone is the file itself: there a citation can name its bytes. */
    if (is_perl(source->name, source->extension, source->media_type) && !has_pod(source->bytes))
        return code_extractor.extract(source, writer, err);
    return markup_run(source, writer, &pod_syntax, pod_format, err);
}

const struct extractor pod_extractor = {
    .name = "pod",
    .version = 2,
    .bid = pod_bid,
    .extract = pod_extract,
};
