#include "extractors/math/mathml.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "extractors/math/latex_math.h"

enum kind {
    GROUP, /* what is in it, one behind the other */
    WORD,
    NUMBER,
    OPERATOR,
    WORDS,
    FRACTION,
    SQUARE_ROOT,
    ROOT,
    BELOW,
    ABOVE,
    BELOW_AND_ABOVE,
    UNDER,
    OVER,
    UNDER_AND_OVER,
    FENCED,
    TABLE,
    ROW,
    SEMANTICS, /* the first part; the others say the same otherwise */
    SOURCE,
    NOTHING,
};

static const struct {
    const char *name;
    enum kind kind;
} elements[] = {
    { "mi", WORD },
    { "mn", NUMBER },
    { "mo", OPERATOR },
    { "mtext", WORDS },
    { "ms", WORDS },
    { "mfrac", FRACTION },
    { "msqrt", SQUARE_ROOT },
    { "mroot", ROOT },
    { "msub", BELOW },
    { "msup", ABOVE },
    { "msubsup", BELOW_AND_ABOVE },
    { "munder", UNDER },
    { "mover", OVER },
    { "munderover", UNDER_AND_OVER },
    { "mfenced", FENCED },
    { "mtable", TABLE },
    { "mtr", ROW },
    { "mlabeledtr", ROW },
    { "semantics", SEMANTICS },
    { "annotation", NOTHING },
    { "annotation-xml", NOTHING },
    { "mphantom", NOTHING },
};

/* A sign above or below its base, as it comes out by itself, and the command for both together. */
static const struct {
    enum kind kind;
    const char *sign, *command;
} accents[] = {
    { OVER, "\\hat{}", "hat" },
    { OVER, "\xCB\x86", "hat" },
    { OVER, "\\tilde{}", "tilde" },
    { OVER, "\xCB\x9C", "tilde" },
    { OVER, "\xC2\xAF", "overline" },
    { OVER, "\xE2\x80\xBE", "overline" },
    { OVER, "-", "overline" },
    { OVER, "\\_", "overline" },
    { OVER, "\xCB\x99", "dot" },
    { OVER, ".", "dot" },
    { OVER, "\xC2\xA8", "ddot" },
    { OVER, "..", "ddot" },
    { OVER, "\xCB\x87", "check" },
    { OVER, "\xCB\x98", "breve" },
    { OVER, "\\rightarrow", "vec" },
    { OVER, "\xE2\x83\x97", "vec" },
    { OVER, "\xE2\x8F\x9E", "overbrace" },
    { UNDER, "\xE2\x8F\x9F", "underbrace" },
    { UNDER, "\\_", "underline" },
    { UNDER, "-", "underline" },
    { UNDER, "\xCC\xB2", "underline" },
};

/* Limits stand at these, whatever is above or below all else. */
static const char *const with_limits[] = { "\\sum",    "\\prod",   "\\coprod",   "\\int",
                                           "\\iint",   "\\iiint",  "\\oint",     "\\lim",
                                           "\\max",    "\\min",    "\\sup",      "\\inf",
                                           "\\bigcup", "\\bigcap", "\\bigwedge", "\\bigvee",
                                           "\\arg" };

static void put(struct buf *out, const char *text)
{
    buf_append(out, text, strlen(text));
}

static struct span trimmed(struct span text)
{
    while (text.len > 0 && (unsigned char)text.data[0] <= ' ')
        text = (struct span){ text.data + 1, text.len - 1 };
    while (text.len > 0 && (unsigned char)text.data[text.len - 1] <= ' ')
        text.len--;
    return text;
}

static void put_braced(struct buf *out, const char *before, struct span text)
{
    text = trimmed(text);
    put(out, before);
    put(out, "{");
    buf_append(out, text.data, text.len);
    put(out, "}");
}

static bool are_letters(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!isalpha((unsigned char)text.data[i]))
            return false;
    return text.len > 1;
}

/* U+2061 to U+2064 stand for a function's application, a product, a comma and a sum that nobody
 * sees; zero width space. */
static bool is_unseen(struct span text)
{
    uint32_t c;

    return utf8_decode(text, &c) == text.len &&
           ((c >= 0x2061 && c <= 0x2064) || c == 0x200B || c == 0xFEFF);
}

static void put_word(struct buf *out, struct span word, enum kind kind)
{
    if (word.len == 0 || is_unseen(word))
        return;
    if (latex_math_is_function(word)) {
        put(out, "\\");
        buf_append(out, word.data, word.len);
        put(out, " ");
    } else if (kind == WORD && are_letters(word)) {
        put_braced(out, "\\mathrm", word);
    } else if (kind == WORDS || (kind == OPERATOR && are_letters(word))) {
        latex_math_words(out, word);
    } else {
        latex_math_text(out, word, false);
    }
}

static bool takes_limits(struct span base)
{
    base = trimmed(base);
    for (size_t i = 0; i < sizeof(with_limits) / sizeof(with_limits[0]); i++)
        if (span_is(base, with_limits[i]))
            return true;
    return false;
}

/* "x^{2}"; "f'"; "{x^{2}}^{3}". */
static void put_scripts(struct buf *out, struct span base, struct span below, struct span above)
{
    base = trimmed(base);
    above = trimmed(above);
    if (memchr(base.data, '^', base.len) || memchr(base.data, '_', base.len))
        put_braced(out, "", base);
    else
        buf_append(out, base.data, base.len);
    if (trimmed(below).len > 0)
        put_braced(out, "_", below);
    if (span_is(above, "\\prime") || span_is(above, "'"))
        put(out, "'");
    else if (above.len > 0)
        put_braced(out, "^", above);
}

static void put_stacked(struct buf *out, enum kind kind, struct span base, struct span sign)
{
    struct span none = { "", 0 };

    sign = trimmed(sign);
    for (size_t i = 0; i < sizeof(accents) / sizeof(accents[0]); i++)
        if (accents[i].kind == kind && span_is(sign, accents[i].sign)) {
            put(out, "\\");
            put_braced(out, accents[i].command, base);
            return;
        }
    if (takes_limits(base) || sign.len == 0) {
        put_scripts(out, base, kind == UNDER ? sign : none, kind == OVER ? sign : none);
        return;
    }
    put_braced(out, kind == UNDER ? "\\underset" : "\\overset", sign);
    put_braced(out, "", base);
}

static void put_construct(struct buf *out, const struct mathml_frame *frame,
                          const struct span *part)
{
    struct span none = { "", 0 };

    switch ((enum kind)frame->kind) {
    case FRACTION:
        put_braced(out, frame->is_thin ? "\\binom" : "\\frac", part[0]);
        put_braced(out, "", part[1]);
        break;
    case ROOT:
        put(out, "\\sqrt[");
        buf_append(out, trimmed(part[1]).data, trimmed(part[1]).len);
        put_braced(out, "]", part[0]);
        break;
    case BELOW:
        put_scripts(out, part[0], part[1], none);
        break;
    case ABOVE:
        put_scripts(out, part[0], none, part[1]);
        break;
    case UNDER:
    case OVER:
        put_stacked(out, (enum kind)frame->kind, part[0], part[1]);
        break;
    default:
        put_scripts(out, part[0], part[1], part[2]);
        break;
    }
}

/* What the element comes to; whole: what its parts came to. */
static void put_element(struct buf *out, const struct mathml_frame *frame, struct span whole,
                        const struct span *parts)
{
    switch ((enum kind)frame->kind) {
    case WORD:
    case NUMBER:
    case OPERATOR:
    case WORDS:
        put_word(out, trimmed(whole), (enum kind)frame->kind);
        break;
    case SQUARE_ROOT:
        put_braced(out, "\\sqrt", whole);
        break;
    case FENCED:
        put(out, frame->open);
        buf_append(out, whole.data, whole.len);
        put(out, frame->close);
        break;
    case TABLE:
        put(out, "\\begin{matrix}");
        buf_append(out, whole.data, whole.len);
        put(out, "\\end{matrix}");
        break;
    case SEMANTICS:
        buf_append(out, parts[0].data, parts[0].len);
        break;
    case GROUP:
    case ROW:
        buf_append(out, whole.data, whole.len);
        break;
    case SOURCE:
    case NOTHING:
        break;
    default:
        put_construct(out, frame, parts);
        break;
    }
}

void mathml_init(struct mathml *mathml)
{
    mathml->text = (struct buf)BUF_INIT(MATHML_BYTES_MAX);
    mathml->source = (struct buf)BUF_INIT(MATHML_BYTES_MAX);
    mathml->depth = 0;
}

void mathml_release(struct mathml *mathml)
{
    buf_release(&mathml->text);
    buf_release(&mathml->source);
}

static enum kind kind_of(struct span name, const struct mathml_attributes *attributes)
{
    if (span_is(name, "annotation") && attributes->encoding.len > 0 &&
        (span_is(attributes->encoding, "application/x-tex") ||
         span_is(attributes->encoding, "TeX") || span_is(attributes->encoding, "LaTeX")))
        return SOURCE;
    for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++)
        if (span_is(name, elements[i].name))
            return elements[i].kind;
    return GROUP;
}

static struct mathml_frame *top(struct mathml *mathml)
{
    return mathml->depth > 0 && mathml->depth <= MATHML_DEPTH_MAX
               ? &mathml->frames[mathml->depth - 1]
               : NULL;
}

/* In front of each part but the first. */
static void put_separator(struct buf *out, const struct mathml_frame *frame)
{
    if (frame->kind == TABLE)
        put(out, "\\\\ ");
    else if (frame->kind == ROW)
        put(out, " & ");
    else if (frame->kind == FENCED && frame->has_separator)
        buf_append_char(out, frame->separator);
}

static void keep_fence(char kept[8], struct span said, const char *usual)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(64);

    if (said.data)
        latex_math_text(&text, said, false);
    else
        put(&text, usual);
    kept[0] = '\0';
    if (text.len < 8)
        memcpy(kept, text.data, text.len + 1);
}

void mathml_begin(struct mathml *mathml, struct span name,
                  const struct mathml_attributes *attributes)
{
    struct mathml_frame *frame = top(mathml);

    if (frame && frame->part_count > 0)
        put_separator(&mathml->text, frame);
    mathml->depth++;
    frame = top(mathml);
    if (!frame)
        return;
    *frame = (struct mathml_frame){
        .kind = (uint8_t)kind_of(name, attributes),
        .start = mathml->text.len,
        .is_thin = attributes->thickness.len > 0 && attributes->thickness.data[0] == '0',
    };
    if (frame->kind != FENCED)
        return;
    keep_fence(frame->open, attributes->open, "(");
    keep_fence(frame->close, attributes->close, ")");
    frame->has_separator = attributes->separators.len > 0 || !attributes->separators.data;
    frame->separator = attributes->separators.len > 0 ? attributes->separators.data[0] : ',';
}

static void end_part(struct mathml_frame *frame, size_t end)
{
    if (frame->part_count < 3)
        frame->part_count++;
    frame->ends[frame->part_count - 1] = end;
}

void mathml_text(struct mathml *mathml, struct span text)
{
    struct mathml_frame *frame = top(mathml);

    if (!frame && mathml->depth > 0) /* too deep: its words at least */
        latex_math_text(&mathml->text, trimmed(text), false);
    if (!frame)
        return;
    if (frame->kind == SOURCE)
        buf_append(&mathml->source, text.data, text.len);
    else if (frame->kind == GROUP) /* where a formula has words outside of elements for them */
        latex_math_text(&mathml->text, trimmed(text), false);
    else if (frame->kind >= WORD && frame->kind <= WORDS)
        buf_append(&mathml->text, text.data, text.len);
    else if (trimmed(text).len > 0) { /* a part without an element of its own */
        if (frame->part_count > 0)
            put_separator(&mathml->text, frame);
        latex_math_text(&mathml->text, trimmed(text), false);
        end_part(frame, mathml->text.len);
    }
}

void mathml_end(struct mathml *mathml)
{
    CLEANUP(buf_release) struct buf made = BUF_INIT(MATHML_BYTES_MAX);
    struct mathml_frame *frame = top(mathml);
    struct buf *text = &mathml->text;
    struct span parts[3];
    size_t from;

    if (frame && !text->failed) {
        from = frame->start;
        for (unsigned i = 0; i < 3; i++) {
            size_t end = i < frame->part_count ? frame->ends[i] : from;

            parts[i] = (struct span){ text->data + from, end - from };
            from = end;
        }
        put_element(&made, frame,
                    (struct span){ text->data + frame->start, text->len - frame->start }, parts);
        text->len = frame->start;
        buf_append(text, made.data, made.len);
    }
    if (mathml->depth > 0)
        mathml->depth--;
    frame = top(mathml);
    if (frame)
        end_part(frame, text->len);
}

/* "{\displaystyle x}" is how MediaWiki writes x. */
static struct span bare(struct span source)
{
    static const char *const wraps[] = { "{\\displaystyle ", "{\\textstyle " };

    for (size_t i = 0; i < sizeof(wraps) / sizeof(wraps[0]); i++) {
        size_t len = strlen(wraps[i]);

        if (source.len > len && !memcmp(source.data, wraps[i], len) &&
            source.data[source.len - 1] == '}')
            return trimmed((struct span){ source.data + len, source.len - len - 1 });
    }
    return source;
}

struct span mathml_formula(struct mathml *mathml)
{
    struct span source = bare(trimmed(buf_span(&mathml->source)));

    if (source.len > 0)
        return source;
    latex_math_trim(&mathml->text, 0);
    return buf_span(&mathml->text);
}

void mathml_read(struct mathml *mathml, struct xml *xml)
{
    unsigned depth = xml->depth;
    struct mathml_attributes attributes = { .encoding = { NULL, 0 } };

    mathml_begin(mathml, xml->name, &attributes);
    while (xml_within(xml, depth)) {
        if (xml->event == XML_TEXT) {
            mathml_text(mathml, xml->text);
        } else if (xml->event == XML_START) {
            attributes = (struct mathml_attributes){
                .encoding = xml_attr(xml, "encoding"),
                .open = xml_attr(xml, "open"),
                .close = xml_attr(xml, "close"),
                .separators = xml_attr(xml, "separators"),
                .thickness = xml_attr(xml, "linethickness"),
            };
            mathml_begin(mathml, xml->name, &attributes);
        } else if (xml->event == XML_END) {
            mathml_end(mathml);
        }
    }
    mathml_end(mathml);
}
