/*
 * subtitles.c - SubRip and WebVTT: what is said, with the time as the place where it is said.
 *
 * Cues break sentences; a cue that ends no sentence goes on in the next one, so that a sentence is
 * in one block.
 */
#include <ctype.h>
#include <string.h>

#include "extractors/extractors.h"
#include "extractors/text/markup.h"

#define BLOCK_BYTES_MAX 600u /* talk without full stops is cut somewhere */
#define TIME_BYTES_MAX  32u
#define PAUSE_MS        5000 /* no sentence goes on behind so long a silence */

static int subtitles_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "application/x-subrip") == 0 ||
                   strcmp(input->media_type, "text/vtt") == 0
               ? 95
               : 0;
}

static const struct markup_pair no_pairs[] = { { NULL, NULL, false, false, 0 } };

/* <i>, <v Speaker>, {\an8}: a speaker's name is said, the rest is how it looks. */
static size_t subtitles_special(struct markup *markup, struct span text, size_t offset)
{
    struct span rest = markup_from(text, offset);
    size_t end;

    if (rest.data[0] == '{' && rest.len > 1 && rest.data[1] == '\\') {
        end = markup_find(rest, 0, "}");
        return end < rest.len ? end + 1 : 0;
    }
    if (rest.data[0] == '&')
        return markup_reference(markup, rest);
    if (rest.data[0] != '<')
        return 0;
    end = markup_find(rest, 0, ">");
    if (end == rest.len || end > 100)
        return 0;
    if (markup_starts(rest, "<v ") || markup_starts(rest, "<v.")) {
        size_t space = markup_find(rest, 0, " ");

        if (space < end) {
            writer_text(markup->writer, (struct span){ rest.data + space + 1, end - space - 1 });
            writer_text(markup->writer, (struct span){ ": ", 2 });
        }
    }
    return end + 1;
}

static const struct markup_syntax subtitles_syntax = { no_pairs, subtitles_special, false };

static bool ends_sentence(struct span words)
{
    while (words.len > 0 && strchr("\"')>", words.data[words.len - 1]))
        words.len--;
    return words.len > 0 && strchr(".?!", words.data[words.len - 1]) != NULL;
}

/* "00:01:02,500 --> 00:01:04,000": when it begins, and both times. */
static bool is_time(struct span words, struct span *begin, struct span *end)
{
    size_t arrow = markup_find(words, 0, " --> ");

    *begin = (struct span){ words.data, arrow };
    *end = markup_trim(markup_from(words, arrow + 5));
    return arrow < words.len && arrow < TIME_BYTES_MAX;
}

/* The milliseconds of "01:02:03,500" and "02:03.500". */
static long time_ms(struct span time)
{
    long parts = 0, value = 0;
    unsigned digits = 0, colons = 0;

    for (size_t i = 0; i < time.len && i < TIME_BYTES_MAX; i++) {
        char c = time.data[i];

        if (c == ':' && colons++ < 2) {
            parts = (parts + value) * 60;
            value = 0;
        } else if ((c == '.' || c == ',') && digits == 0) {
            digits = 1;
            parts = (parts + value) * 1000;
            value = 0;
        } else if (isdigit((unsigned char)c) && value < 100000 && digits < 4) {
            value = value * 10 + (c - '0');
            digits += digits > 0;
        } else {
            break;
        }
    }
    return digits > 0 ? parts + value : (parts + value) * 1000;
}

/* "<v Ann>" behind another one's words, "- Fine." as one of several who speak. */
static bool is_other_speaker(struct span words, struct span *speaker)
{
    size_t end = markup_find(words, 0, ">");
    struct span name = { words.data, end };

    if (markup_starts(words, "- ") || markup_starts(words, "\xE2\x80\x93 "))
        return true;
    if (!markup_starts(words, "<v ") || end == words.len ||
        (name.len == speaker->len && memcmp(name.data, speaker->data, name.len) == 0))
        return false;
    *speaker = name;
    return true;
}

static void subtitles_format(struct markup *markup)
{
    static const float nowhere[4] = { 0, 0, 0, 0 };
    bool is_in_cue = false;
    struct span cue = { "", 0 }, speaker = { "", 0 };
    long ended_ms = 0;
    struct text_line line;

    while (markup_next(markup, &line)) {
        struct span words = markup_words(markup, &line), begin, end;

        if (line.is_blank) {
            is_in_cue = false;
            if (ends_sentence(buf_span(&markup->pending)) || markup->pending.len > BLOCK_BYTES_MAX)
                markup_flush(markup);
        } else if (is_time(words, &begin, &end)) {
            is_in_cue = true;
            cue = begin;
            if (time_ms(begin) - ended_ms > PAUSE_MS)
                markup_flush(markup);
            ended_ms = time_ms(end);
            if (markup->pending.len == 0)
                writer_region(markup->writer, 0, nowhere, begin);
        } else if (is_in_cue) {
            if (is_other_speaker(words, &speaker) && markup->pending.len > 0) {
                markup_flush(markup);
                writer_region(markup->writer, 0, nowhere, cue);
            }
            markup_add(markup, words);
        } else if (markup_starts(words, "NOTE") || markup_starts(words, "STYLE") ||
                   markup_starts(words, "REGION") || markup_starts(words, "WEBVTT")) {
            /* Up to the next empty line. */
            while (markup_peek(markup, &line) && !line.is_blank &&
                   !is_time(markup_words(markup, &line), &begin, &end))
                markup->at = line.next;
        }
    }
}

static enum status subtitles_extract(const struct source *source, struct writer *writer,
                                     struct error *err)
{
    return markup_run(source, writer, &subtitles_syntax, subtitles_format, err);
}

const struct extractor subtitles_extractor = {
    .name = "subtitles",
    .version = 4,
    .bid = subtitles_bid,
    .extract = subtitles_extract,
};
