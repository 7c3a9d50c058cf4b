/*
 * feed.c - RSS 0.9 to 2.0 and Atom: a list of entries, each under its title.
 */
#include <string.h>

#include "base/cleanup.h"
#include "extractors/common/xml.h"
#include "extractors/extractors.h"
#include "extractors/html/xhtml.h"

#define ENTRY_BYTES_MAX ((size_t)16 << 20)

enum tag {
    TAG_FEED = 1, /* channel */
    TAG_ENTRY,
    TAG_TITLE,
    TAG_LINK,
    TAG_SUMMARY,
    TAG_CONTENT,
    TAG_DATE,
    TAG_AUTHOR,
    TAG_LANGUAGE,
    TAG_SKIP,
};

static const struct xml_name names[] = {
    { "channel", XML_NS_ANY, TAG_FEED },         { "feed", XML_NS_ANY, TAG_FEED },
    { "item", XML_NS_ANY, TAG_ENTRY },           { "entry", XML_NS_ANY, TAG_ENTRY },
    { "title", XML_NS_NONE, TAG_TITLE },         { "title", XML_NS_ATOM, TAG_TITLE },
    { "title", XML_NS_RSS1, TAG_TITLE },         { "link", XML_NS_NONE, TAG_LINK },
    { "link", XML_NS_ATOM, TAG_LINK },           { "link", XML_NS_RSS1, TAG_LINK },
    { "description", XML_NS_NONE, TAG_SUMMARY }, { "description", XML_NS_RSS1, TAG_SUMMARY },
    { "subtitle", XML_NS_ATOM, TAG_SUMMARY },    { "tagline", XML_NS_ATOM, TAG_SUMMARY },
    { "summary", XML_NS_ATOM, TAG_SUMMARY },     { "encoded", XML_NS_CONTENT, TAG_CONTENT },
    { "content", XML_NS_ATOM, TAG_CONTENT },     { "pubDate", XML_NS_NONE, TAG_DATE },
    { "pubDate", XML_NS_RSS1, TAG_DATE },        { "published", XML_NS_ATOM, TAG_DATE },
    { "updated", XML_NS_ATOM, TAG_DATE },        { "date", XML_NS_DC, TAG_DATE },
    { "author", XML_NS_ATOM, TAG_AUTHOR },       { "author", XML_NS_NONE, TAG_AUTHOR },
    { "author", XML_NS_RSS1, TAG_AUTHOR },       { "creator", XML_NS_DC, TAG_AUTHOR },
    { "language", XML_NS_NONE, TAG_LANGUAGE },   { "language", XML_NS_RSS1, TAG_LANGUAGE },
    { "image", XML_NS_NONE, TAG_SKIP },          { "image", XML_NS_RSS1, TAG_SKIP },
    { "textinput", XML_NS_RSS1, TAG_SKIP },      { NULL, 0, 0 },
};

struct feed {
    struct writer *writer;
    struct buf text;
    struct buf summary, content, title, link, date, author;
    bool is_plain; /* what is kept of the summary or content is no HTML */
    enum status failed;
};

static void feed_release(struct feed *feed)
{
    buf_release(&feed->text);
    buf_release(&feed->summary);
    buf_release(&feed->content);
    buf_release(&feed->title);
    buf_release(&feed->link);
    buf_release(&feed->date);
    buf_release(&feed->author);
}

/* Keeps the first of its kind; the entry is sent at its end, whatever the order was. */
static void keep_first(struct xml *xml, struct buf *out)
{
    if (out->len > 0)
        xml_skip(xml);
    else
        xml_collect(xml, out);
}

static void read_link(struct xml *xml, struct buf *out)
{
    struct span target = xml_attr(xml, "href"), relation = xml_attr(xml, "rel");

    if (target.len == 0)
        keep_first(xml, out);
    else if (out->len == 0 && (relation.len == 0 || span_is(relation, "alternate")))
        buf_append(out, target.data, target.len);
}

static bool has_markup(struct span text)
{
    const char *open = memchr(text.data, '<', text.len);

    return (open && memchr(open, '>', text.len - (size_t)(open - text.data))) ||
           memmem(text.data, text.len, "&#", 2) || memmem(text.data, text.len, "&amp;", 5) ||
           memmem(text.data, text.len, "&nbsp;", 6);
}

static void put_body(struct feed *feed)
{
    struct span text = buf_span(feed->content.len > 0 ? &feed->content : &feed->summary);

    if (text.len == 0)
        return;
    if (!has_markup(text))
        writer_block(feed->writer, BLOCK_PARAGRAPH, 0, text);
    else if (xhtml_emit(text, 0, feed->writer, NULL))
        feed->failed = STATUS_NO_MEMORY;
}

static struct span trimmed(const struct buf *buf)
{
    struct span text = buf_span(buf);

    while (text.len > 0 && strchr(" \t\r\n", text.data[0]))
        text = (struct span){ text.data + 1, text.len - 1 };
    while (text.len > 0 && strchr(" \t\r\n", text.data[text.len - 1]))
        text.len--;
    return text;
}

static void clear(struct feed *feed)
{
    buf_clear(&feed->summary);
    buf_clear(&feed->content);
    buf_clear(&feed->title);
    buf_clear(&feed->link);
    buf_clear(&feed->date);
    buf_clear(&feed->author);
}

static void put_field(struct feed *feed, const char *name, struct span value)
{
    if (value.len == 0)
        return;
    writer_begin(feed->writer, BLOCK_FIELD, 0);
    writer_text(feed->writer, (struct span){ name, strlen(name) });
    writer_text(feed->writer, value);
    writer_end(feed->writer);
}

static void put_entry(struct feed *feed)
{
    struct span link = trimmed(&feed->link);

    writer_begin(feed->writer, BLOCK_HEADING, 2);
    if (link.len > 0)
        writer_link_begin(feed->writer, link);
    writer_text(feed->writer, trimmed(&feed->title));
    writer_link_end(feed->writer);
    writer_end(feed->writer);
    put_field(feed, "Author: ", trimmed(&feed->author));
    put_field(feed, "Date: ", trimmed(&feed->date));
    if (feed->title.len == 0)
        put_field(feed, "Link: ", link);
    put_body(feed);
    clear(feed);
}

/* The feed's own words: they end where the first entry begins, or the feed does. */
static void put_feed(struct feed *feed)
{
    writer_block(feed->writer, BLOCK_HEADING, 1, trimmed(&feed->title));
    writer_metadata(feed->writer, "title", trimmed(&feed->title));
    writer_metadata(feed->writer, "url", trimmed(&feed->link));
    writer_metadata(feed->writer, "date", trimmed(&feed->date));
    writer_metadata(feed->writer, "author", trimmed(&feed->author));
    put_body(feed);
    clear(feed);
}

static void read_element(struct feed *feed, struct xml *xml)
{
    switch (xml->tag) {
    case TAG_TITLE:
        keep_first(xml, &feed->title);
        break;
    case TAG_LINK:
        read_link(xml, &feed->link);
        break;
    case TAG_SUMMARY:
        keep_first(xml, &feed->summary);
        break;
    case TAG_CONTENT:
        keep_first(xml, &feed->content);
        break;
    case TAG_DATE:
        keep_first(xml, &feed->date);
        break;
    case TAG_AUTHOR:
        keep_first(xml, &feed->author);
        break;
    case TAG_LANGUAGE:
        buf_clear(&feed->text);
        xml_collect(xml, &feed->text);
        writer_metadata(feed->writer, "language", trimmed(&feed->text));
        break;
    case TAG_SKIP:
        xml_skip(xml);
        break;
    default:
        break;
    }
}

static enum status feed_extract(const struct source *source, struct writer *writer,
                                struct error *err)
{
    CLEANUP(feed_release)
    struct feed feed = {
        .writer = writer,
        .text = BUF_INIT(65536),
        .summary = BUF_INIT(ENTRY_BYTES_MAX),
        .content = BUF_INIT(ENTRY_BYTES_MAX),
        .title = BUF_INIT(65536),
        .link = BUF_INIT(65536),
        .date = BUF_INIT(65536),
        .author = BUF_INIT(65536),
    };
    struct error problem = { .status = STATUS_OK };
    bool is_feed_put = false, is_in_entry = false;
    struct xml xml;
    enum status status = xml_open(&xml, source->bytes, names, err);

    while (!status && xml_next(&xml)) {
        if (xml.event == XML_END && xml.tag == TAG_ENTRY) {
            put_entry(&feed);
            is_in_entry = false;
        }
        if (xml.event != XML_START)
            continue;
        if (xml.tag == TAG_ENTRY && !is_feed_put) {
            put_feed(&feed);
            is_feed_put = true;
        }
        is_in_entry |= xml.tag == TAG_ENTRY;
        read_element(&feed, &xml);
    }
    if (!status && !is_feed_put)
        put_feed(&feed);
    else if (!status && is_in_entry) /* the file ends in it */
        put_entry(&feed);
    if (!status && xml_status(&xml, &problem))
        writer_problem(writer, &problem);
    xml_release(&xml);
    if (!status && feed.failed)
        status = error_set(err, feed.failed, "out of memory");
    return status;
}

static int feed_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "application/rss+xml") == 0 ||
                   strcmp(input->media_type, "application/atom+xml") == 0
               ? 90
               : 0;
}

const struct extractor feed_extractor = {
    .name = "feed",
    .version = 8,
    .bid = feed_bid,
    .extract = feed_extract,
};
