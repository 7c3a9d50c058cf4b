#include "extractors/html/html_meta.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"

#define FIELD_BYTES_MAX 8192u
#define BODY_BYTES_MAX  ((size_t)4 << 20)
#define LD_DEPTH_MAX    8u
#define GOODS_MIN       3u
#define LD_BYTES_MAX    ((size_t)4 << 20)
#define AUTHORS_MAX     64u
#define META_AUTHORS    4u /* names of <meta> for them */

static bool is(struct span text, const char *word)
{
    return text.len == strlen(word) && !strncasecmp(text.data, word, text.len);
}

/* Appends with white space folded. */
static void append_folded(struct buf *field, struct span value)
{
    size_t start = field->len;
    bool has_space = false;

    for (size_t i = 0; i < value.len; i++) {
        if ((unsigned char)value.data[i] <= ' ') {
            has_space = field->len > start;
            continue;
        }
        if (has_space)
            buf_append_char(field, ' ');
        has_space = false;
        buf_append_char(field, value.data[i]);
    }
}

/* Sets a field that nothing has set yet. */
static void set(struct buf *field, struct span value)
{
    if (field->len == 0 && value.len <= field->limit / 2)
        append_folded(field, value);
}

static bool has_line(struct span lines, struct span line)
{
    for (size_t at = 0; at + line.len <= lines.len; at++)
        if ((at == 0 || lines.data[at - 1] == '\n') &&
            (at + line.len == lines.len || lines.data[at + line.len] == '\n') &&
            !memcmp(lines.data + at, line.data, line.len))
            return true;
    return false;
}

/* A page says its authors in several ways: they are those of the first, which is told apart by
 * source: a name of <meta>, or a thing of JSON-LD. */
static void add_author(struct html_meta *meta, unsigned source, struct span value)
{
    struct buf *authors = &meta->authors;
    size_t end = authors->len;
    size_t start = end == 0 ? 0 : end + 1;

    if (value.len == 0 || ascii_find(value, "://") || (end > 0 && source != meta->author_source) ||
        end + value.len > authors->limit / 2)
        return;
    meta->author_source = source;
    if (end > 0)
        buf_append_char(authors, '\n');
    append_folded(authors, value);
    if (authors->len <= start ||
        has_line((struct span){ authors->data, end },
                 (struct span){ authors->data + start, authors->len - start }))
        authors->len = end;
}

/* ---- JSON-LD ---- */

/* A text of some length, which may hold markup; its lines stay. */
static void set_lines(struct buf *field, struct span value)
{
    struct html_dom dom;

    if (field->len > 0 || value.len == 0 || value.len > field->limit / 2)
        return;
    if (!memchr(value.data, '<', value.len) && !memchr(value.data, '&', value.len)) {
        buf_append(field, value.data, value.len);
        return;
    }
    if (html_parse(value, false, &dom, NULL) != STATUS_OK)
        return;
    html_text_of(&dom, 0, field);
    html_dom_release(&dom);
}

static enum html_page_type type_of(struct span name)
{
    static const struct {
        const char *word;
        enum html_page_type type;
    } types[] = {
        { "Article", HTML_PAGE_ARTICLE },
        { "BlogPosting", HTML_PAGE_ARTICLE },
        { "Recipe", HTML_PAGE_ARTICLE },
        { "Report", HTML_PAGE_ARTICLE },
        { "Product", HTML_PAGE_PRODUCT },
        { "ProductGroup", HTML_PAGE_PRODUCT },
        { "DiscussionForumPosting", HTML_PAGE_FORUM },
        { "QAPage", HTML_PAGE_FORUM },
        { "Question", HTML_PAGE_FORUM },
        { "CollectionPage", HTML_PAGE_LIST },
        { "ItemList", HTML_PAGE_LIST },
        { "SearchResultsPage", HTML_PAGE_LIST },
    };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (is(name, types[i].word))
            return types[i].type;
    if (name.len > 7 && is((struct span){ name.data + name.len - 7, 7 }, "Article"))
        return HTML_PAGE_ARTICLE;
    return HTML_PAGE_UNKNOWN;
}

static void read_author(const struct json *value, unsigned source, struct html_meta *meta)
{
    if (json_kind(value) == JSON_KIND_OBJECT)
        value = json_lookup(value, "name");
    add_author(meta, source, json_read_string(value));
}

static void read_authors(const struct json *value, struct html_meta *meta)
{
    unsigned source = META_AUTHORS + meta->thing_count++;

    if (json_kind(value) != JSON_KIND_ARRAY) {
        read_author(value, source, meta);
        return;
    }
    for (size_t i = 0; i < json_count(value) && i < AUTHORS_MAX; i++)
        read_author(json_at(value, i), source, meta);
}

static struct span type_name_of(const struct json *thing)
{
    const struct json *type = json_lookup(thing, "@type");

    return json_read_string(json_kind(type) == JSON_KIND_ARRAY ? json_at(type, 0) : type);
}

static void read_thing(const struct json *thing, struct html_meta *meta)
{
    enum html_page_type page_type = type_of(type_name_of(thing));

    if (page_type == HTML_PAGE_UNKNOWN)
        return;
    if (meta->type == HTML_PAGE_UNKNOWN || meta->type == HTML_PAGE_LIST ||
        meta->type == HTML_PAGE_OTHER)
        meta->type = page_type;
    meta->product_count += page_type == HTML_PAGE_PRODUCT;
    if (page_type == HTML_PAGE_PRODUCT)
        set_lines(&meta->product, json_read_string(json_lookup(thing, "description")));
    if (page_type != HTML_PAGE_ARTICLE && page_type != HTML_PAGE_FORUM)
        return;
    set(&meta->title, json_read_string(json_lookup(thing, "headline")));
    read_authors(json_lookup(thing, "author"), meta);
    set(&meta->date, json_read_string(json_lookup(thing, "datePublished")));
    set(&meta->modified, json_read_string(json_lookup(thing, "dateModified")));
    set(&meta->description, json_read_string(json_lookup(thing, "description")));
    set_lines(&meta->body, json_read_string(json_lookup(thing, "articleBody")));
}

static void read_things(const struct json *value, unsigned depth, struct html_meta *meta)
{
    if (depth > LD_DEPTH_MAX)
        return;
    if (json_kind(value) == JSON_KIND_ARRAY) {
        for (size_t i = 0; i < json_count(value) && i < 64; i++)
            read_things(json_at(value, i), depth + 1, meta);
        return;
    }
    if (json_kind(value) != JSON_KIND_OBJECT)
        return;
    read_thing(value, meta);
    if (is(type_name_of(value), "FAQPage")) /* its questions are nobody's posts */
        return;
    read_things(json_lookup(value, "@graph"), depth + 1, meta);
    read_things(json_lookup(value, "mainEntity"), depth + 1, meta);
    read_things(json_lookup(value, "mainEntityOfPage"), depth + 1, meta);
}

static void read_json_ld(const struct html_dom *dom, uint32_t script, struct html_meta *meta)
{
    const struct html_node *text = &dom->nodes[script + 1];
    struct json *root = NULL;

    if (dom->nodes[script].end <= script + 1 || text->tag != HTML_TEXT_NODE ||
        text->text_len > LD_BYTES_MAX)
        return;
    if (json_parse((struct span){ text->text, text->text_len }, &root, NULL) == STATUS_OK) {
        read_things(root, 0, meta);
        json_free(root);
    }
}

/* ---- <meta> ---- */

static void read_meta(const struct html_dom *dom, uint32_t node, struct html_meta *meta)
{
    struct span value = html_attr(dom, node, HTML_ATTR_CONTENT);
    struct span name = html_attr(dom, node, HTML_ATTR_PROPERTY);
    static const char *const authors[META_AUTHORS] = { "author", "article:author", "dc.creator",
                                                       "citation_author" };
    size_t field_count;
    const struct {
        const char *name;
        struct buf *field;
    } fields[] = {
        { "og:title", &meta->title },
        { "twitter:title", &meta->title },
        { "dc.title", &meta->title },
        { "og:site_name", &meta->site },
        { "article:published_time", &meta->date },
        { "og:published_time", &meta->date },
        { "datepublished", &meta->date },
        { "date", &meta->date },
        { "dc.date", &meta->date },
        { "dcterms.created", &meta->date },
        { "pubdate", &meta->date },
        { "publish-date", &meta->date },
        { "citation_publication_date", &meta->date },
        { "article:modified_time", &meta->modified },
        { "og:updated_time", &meta->modified },
        { "last-modified", &meta->modified },
        { "datemodified", &meta->modified },
        { "description", &meta->description },
        { "og:description", &meta->description },
        { "twitter:description", &meta->description },
        { "dc.description", &meta->description },
        { "keywords", &meta->keywords },
        { "og:url", &meta->url },
        { "content-language", &meta->language },
        { "og:locale", &meta->language },
        { "dc.language", &meta->language },
    };

    if (name.len == 0)
        name = html_attr(dom, node, HTML_ATTR_NAME);
    if (name.len == 0)
        name = html_attr(dom, node, HTML_ATTR_ITEMPROP);
    if (name.len == 0)
        name = html_attr(dom, node, HTML_ATTR_HTTP_EQUIV);
    field_count = value.len ? sizeof(fields) / sizeof(fields[0]) : 0;
    for (size_t i = 0; i < field_count; i++)
        if (is(name, fields[i].name))
            set(fields[i].field, value);
    for (size_t i = 0; i < META_AUTHORS; i++)
        if (is(name, authors[i]))
            add_author(meta, (unsigned)i, value);
    if (is(name, "og:type") && meta->type == HTML_PAGE_UNKNOWN)
        meta->type = ascii_find(value, "article")         ? HTML_PAGE_ARTICLE
                     : ascii_find(value, "product.group") ? HTML_PAGE_LIST
                     : ascii_find(value, "product")       ? HTML_PAGE_PRODUCT
                                                          : HTML_PAGE_OTHER;
}

/* ---- elements ---- */

/* One thing to sell makes a product's page, several a list. */
static void settle_type(struct html_meta *meta, unsigned marked_up_count)
{
    if (meta->product_count == 0)
        meta->product_count = marked_up_count;
    if (meta->product_count >= GOODS_MIN && meta->type != HTML_PAGE_ARTICLE)
        meta->type = HTML_PAGE_LIST;
    else if (meta->product_count == 1 &&
             (meta->type == HTML_PAGE_UNKNOWN || meta->type == HTML_PAGE_OTHER))
        meta->type = HTML_PAGE_PRODUCT;
}

static bool is_product_type(struct span type)
{
    return ascii_find(type, "schema.org/product");
}

static void read_element(const struct html_dom *dom, uint32_t node, struct html_meta *meta,
                         struct buf *title)
{
    struct span rel;

    switch ((int)dom->nodes[node].tag) {
    case HTML_META:
        read_meta(dom, node, meta);
        break;
    case HTML_TITLE:
        if (title->len == 0)
            html_text_of(dom, node, title);
        break;
    case HTML_HTML:
        set(&meta->language, html_attr(dom, node, HTML_ATTR_LANG));
        set(&meta->language, html_attr(dom, node, HTML_ATTR_XML_LANG));
        break;
    case HTML_LINK:
        rel = html_attr(dom, node, HTML_ATTR_REL);
        if (is(rel, "canonical")) {
            buf_clear(&meta->url);
            set(&meta->url, html_attr(dom, node, HTML_ATTR_HREF));
        }
        break;
    case HTML_TIME:
        set(&meta->date, html_attr(dom, node, HTML_ATTR_DATETIME));
        break;
    case HTML_SCRIPT:
        if (is(html_attr(dom, node, HTML_ATTR_TYPE), "application/ld+json"))
            read_json_ld(dom, node, meta);
        break;
    default:
        break;
    }
}

void html_meta_read(const struct html_dom *dom, struct html_meta *meta)
{
    const struct buf field = BUF_INIT(FIELD_BYTES_MAX);
    struct buf title = BUF_INIT(FIELD_BYTES_MAX);
    unsigned product_count = 0; /* in the markup */

    *meta = (struct html_meta){
        .title = field,
        .site = field,
        .authors = field,
        .date = field,
        .modified = field,
        .language = field,
        .description = field,
        .url = field,
        .keywords = field,
        .body = BUF_INIT(BODY_BYTES_MAX),
        .product = BUF_INIT(BODY_BYTES_MAX),
    };
    for (uint32_t i = 1; i < dom->node_count; i++)
        if (dom->nodes[i].tag != HTML_TEXT_NODE) {
            read_element(dom, i, meta, &title);
            product_count += is_product_type(html_attr(dom, i, HTML_ATTR_ITEMTYPE));
        }
    settle_type(meta, product_count);
    set(&meta->title, buf_span(&title));
    buf_release(&title);
}

void html_meta_release(struct html_meta *meta)
{
    buf_release(&meta->title);
    buf_release(&meta->site);
    buf_release(&meta->authors);
    buf_release(&meta->date);
    buf_release(&meta->modified);
    buf_release(&meta->language);
    buf_release(&meta->description);
    buf_release(&meta->url);
    buf_release(&meta->keywords);
    buf_release(&meta->body);
    buf_release(&meta->product);
}
