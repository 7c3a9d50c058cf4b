#include "extractors/mail/mail_text.h"

#include <string.h>

#include "extractors/text/text_lines.h"

#define HEADER_LINES_MAX  8u  /* of a text signed in place */
#define WRAPPED_BYTES_MIN 60u /* a line at least this long went on only because it was full */

struct body {
    struct writer *writer;
    enum block_kind kind; /* of the block that is open */
    unsigned level;
    bool is_open, is_signature;
    size_t last_line_bytes;
    unsigned flags;
    bool is_soft, was_soft; /* this line, and the one before, go on with the next */
    bool is_signed_text;    /* in place, by OpenPGP */
    unsigned quoted_below;  /* what follows was sent before: quote depth to add */
};

static bool begins(struct span line, const char *start)
{
    return line.len >= strlen(start) && memcmp(line.data, start, strlen(start)) == 0;
}

/* "> > text" is text at depth 2. "From " at a line's start was stored as ">From ": no quote. */
static unsigned strip_quote(struct span *line)
{
    unsigned depth = 0;
    size_t at = 0;

    if (line->len > 5 && memcmp(line->data, ">From ", 6) == 0) {
        *line = (struct span){ line->data + 1, line->len - 1 };
        return 0;
    }
    while (at < line->len && line->data[at] == '>') {
        depth++;
        at++;
        if (at + 1 < line->len && line->data[at] == ' ' && line->data[at + 1] == '>')
            at++;
    }
    *line = (struct span){ line->data + at, line->len - at };
    return depth < MAIL_QUOTE_DEPTH_MAX ? depth : MAIL_QUOTE_DEPTH_MAX;
}

static void end_block(struct body *body)
{
    if (body->is_open)
        writer_end(body->writer);
    body->is_open = false;
}

static void begin_block(struct body *body, enum block_kind kind, unsigned level)
{
    end_block(body);
    writer_begin(body->writer, kind, level);
    body->is_open = true;
    body->kind = kind;
    body->level = level;
}

static void put_words(struct body *body, struct span words)
{
    writer_text(body->writer, words);
    body->last_line_bytes = words.len;
    body->was_soft = body->is_soft;
}

static bool is_wrapped(const struct body *body)
{
    if (body->is_signature)
        return false;
    return body->flags & MAIL_TEXT_FLOWED ? body->was_soft
                                          : body->last_line_bytes >= WRAPPED_BYTES_MIN;
}

static void go_on(struct body *body, struct span words)
{
    bool is_ordered;

    if (!is_wrapped(body) || text_list_mark(words, &is_ordered) > 0)
        writer_break(body->writer);
    else if (!(body->flags & MAIL_TEXT_DROPS_SPACES))
        writer_text(body->writer, (struct span){ " ", 1 });
    put_words(body, words);
}

/* RFC 3676: a space in front was put there; "-- " is no flowed line. */
static bool unflow(struct span *line)
{
    if (line->len > 0 && line->data[line->len - 1] == '\r')
        line->len--;
    if (line->len > 0 && line->data[0] == ' ')
        *line = (struct span){ line->data + 1, line->len - 1 };
    return line->len > 0 && line->data[line->len - 1] == ' ' &&
           !(line->len == 3 && memcmp(line->data, "-- ", 3) == 0);
}

static struct span trimmed(struct span line)
{
    while (line.len > 0 && strchr(" \t\r", line.data[line.len - 1]))
        line.len--;
    while (line.len > 0 && (line.data[0] == ' ' || line.data[0] == '\t'))
        line = (struct span){ line.data + 1, line.len - 1 };
    return line;
}

/* "Von: Anna Muster", as programs write the headers of the mail that is answered. */
static bool is_header_line(struct span line)
{
    const char *colon;

    line = trimmed(line);
    if (line.len > 0 && line.data[0] == '*') /* bold, as some turn HTML to text */
        line = (struct span){ line.data + 1, line.len - 1 };
    colon = memchr(line.data, ':', line.len < 24 ? line.len : 24);
    if (!colon || colon == line.data || colon + 1 >= line.data + line.len ||
        !strchr(" *\t", colon[1]))
        return false;
    for (const char *at = line.data; at < colon; at++)
        if (strchr("0123456789/.,;<>()\"", *at))
            return false;
    return true;
}

/* "-----Original Message-----" in any language, or the ruler that Outlook draws. */
static bool is_reply_ruler(struct span line)
{
    size_t head = 0, tail = 0, middle;

    line = trimmed(line);
    while (head < line.len && line.data[head] == '_')
        head++;
    if (head == line.len)
        return head >= 20;
    while (head < line.len && line.data[head] == '-')
        head++;
    while (tail < line.len && line.data[line.len - 1 - tail] == '-')
        tail++;
    if (head < 4 || tail < 4 || head + tail >= line.len)
        return false;
    middle = line.len - head - tail;
    return middle < 60 && !memmem(line.data + head, middle, "PGP", 3);
}

/* How many headers text begins with, perhaps behind one empty line; at most four. */
static unsigned leading_headers(struct span text)
{
    unsigned count = 0;

    for (size_t at = 0, lines = 0; at < text.len && lines < 5 && count < 4; lines++) {
        const char *end = memchr(text.data + at, '\n', text.len - at);
        struct span line = { text.data + at, end ? (size_t)(end - text.data) - at : text.len - at };

        at += line.len + 1;
        if (trimmed(line).len == 0 && lines == 0)
            continue;
        if (!is_header_line(line))
            break;
        count++;
    }
    return count;
}

/* The header that names a sender, in the languages that programs answer in. */
static bool names_sender(struct span line)
{
    static const char *const words[] = { "From:",   "Von:",      "De:",  "De :",       "Da:",
                                         "Van:",    "Från:",     "Fra:", "Lähettäjä:", "Od:",
                                         "Feladó:", "Kimden:",   "От:",  "Від:",       "发件人:",
                                         "差出人:", "보낸 사람:" };

    line = trimmed(line);
    while (line.len > 0 && line.data[0] == '*')
        line = (struct span){ line.data + 1, line.len - 1 };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (line.len > strlen(words[i]) && memcmp(line.data, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

/* Does the mail that is answered, or sent on, begin at this line? rest is what follows it. */
static bool begins_earlier_mail(const struct body *body, struct span line, struct span rest,
                                bool *is_ruler)
{
    *is_ruler = is_reply_ruler(line);
    if (*is_ruler)
        return leading_headers(rest) >= 3;
    return !body->is_open && names_sender(line) && leading_headers(rest) >= 3;
}

static void begin_item(struct body *body, struct span words, bool is_ordered)
{
    begin_block(body, BLOCK_LIST_ITEM, 1);
    writer_flags(body->writer, is_ordered ? BLOCK_ORDERED : 0);
    put_words(body, words);
}

/* Does this line belong to the block that is open? */
static bool is_same_block(const struct body *body, enum block_kind kind, unsigned depth,
                          size_t indent)
{
    if (!body->is_open)
        return false;
    if (body->kind == BLOCK_LIST_ITEM)
        return depth == 0 && (indent > 0 || (body->flags & MAIL_TEXT_FLOWED && body->was_soft));
    return body->level == depth && body->kind == kind;
}

static void put_line(struct body *body, struct span line)
{
    unsigned depth = strip_quote(&line) + body->quoted_below;
    bool is_soft = body->flags & MAIL_TEXT_FLOWED && unflow(&line), is_ordered = false;
    struct text_line shape =
        line.len > 0 ? text_line_at(line, 0) : (struct text_line){ .is_blank = true };
    struct span words = text_line_words(line, &shape);
    enum block_kind kind = depth > 0 ? BLOCK_QUOTE : BLOCK_PARAGRAPH;
    size_t mark;

    if (body->is_signed_text && begins(words, "- ")) /* what stands behind is no armour */
        words = (struct span){ words.data + 2, words.len - 2 };
    body->is_soft = is_soft;
    if (shape.is_blank) {
        end_block(body);
        return;
    }
    if (depth == 0 && words.len == 2 && memcmp(words.data, "--", 2) == 0) {
        begin_block(body, BLOCK_PARAGRAPH, 0);
        body->is_signature = true;
        put_words(body, words);
        return;
    }
    mark = depth == 0 && !body->is_signature ? text_list_mark(words, &is_ordered) : 0;
    if (mark > 0 && mark < words.len) {
        begin_item(body, (struct span){ words.data + mark, words.len - mark }, is_ordered);
    } else if (is_same_block(body, kind, depth, shape.indent)) {
        go_on(body, words);
    } else {
        begin_block(body, kind, depth);
        put_words(body, words);
    }
}

/* ---- OpenPGP inside of the text: RFC 4880, 6.2 and 7 ---- */

/* The line at offset, without the marks of a quote and the space behind them; depth is theirs. */
static struct span quoted_line(struct span text, size_t at, size_t *next, unsigned *depth)
{
    const char *end = memchr(text.data + at, '\n', text.len - at);
    struct span line = { text.data + at, end ? (size_t)(end - text.data) - at : text.len - at };

    *next = at + line.len + (end != NULL);
    *depth = strip_quote(&line);
    return *depth > 0 ? trimmed(line) : line;
}

/* Behind the lines in front of a text that is signed in place: up to the empty one, or to what is
 * no header. */
static size_t behind_header(struct span text, size_t at)
{
    unsigned depth;
    struct span line;

    (void)quoted_line(text, at, &at, &depth);
    for (unsigned lines = 0; lines < HEADER_LINES_MAX && at < text.len; lines++) {
        size_t next;

        line = quoted_line(text, at, &next, &depth);
        if (trimmed(line).len > 0 && !is_header_line(line))
            break;
        at = next;
        if (trimmed(line).len == 0)
            break;
    }
    return at;
}

/* Where the text goes on behind a key, a signature or an encrypted message that begins at this
 * line, perhaps in a quote; its own start when that has no end. */
static size_t behind_armour(struct span text, size_t start)
{
    unsigned depth, depth_here;
    size_t at;

    (void)quoted_line(text, start, &at, &depth);
    while (at < text.len) {
        struct span line = quoted_line(text, at, &at, &depth_here);

        if (begins(line, "-----BEGIN PGP ") || (depth_here != depth && trimmed(line).len > 0))
            break;
        if (begins(line, "-----END PGP "))
            return at;
    }
    return start;
}

static size_t skip_armour(struct body *body, struct span text, size_t at)
{
    struct span line;
    unsigned depth;
    size_t next;

    if (at >= text.len || !strchr(">-", text.data[at]))
        return at;
    line = quoted_line(text, at, &next, &depth);
    if (!begins(line, "-----BEGIN PGP "))
        return at;
    if (begins(line, "-----BEGIN PGP SIGNED")) {
        body->is_signed_text = true;
        return behind_header(text, at);
    }
    next = behind_armour(text, at);
    if (next > at && begins(line, "-----BEGIN PGP MESSAGE"))
        writer_partial(body->writer, "encrypted (OpenPGP)");
    body->is_signed_text &= next == at;
    return next;
}

void mail_text_emit(struct span text, unsigned flags, struct writer *writer)
{
    struct body body = { .writer = writer, .flags = flags };

    for (size_t at = 0;
         (at = skip_armour(&body, text, at)) < text.len && !writer_is_full(writer);) {
        const char *end = memchr(text.data + at, '\n', text.len - at);
        size_t len = end ? (size_t)(end - text.data) - at : text.len - at;
        struct span line = { text.data + at, len };
        bool is_earlier = false, is_ruler = false;

        at += end ? len + 1 : len;
        if (body.quoted_below == 0)
            is_earlier = begins_earlier_mail(
                &body, line, (struct span){ text.data + at, text.len - at }, &is_ruler);
        if (is_ruler && is_earlier) /* a line that is only drawn */
            end_block(&body);
        if (is_earlier) {
            body.is_signature = false;
            body.quoted_below = 1;
        }
        if (!(is_ruler && is_earlier))
            put_line(&body, line);
    }
    end_block(&body);
}
