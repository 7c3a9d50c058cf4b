/*
 * xml.h - the one door to XML: a pull reader over a whole text in memory.
 *
 *     while (xml_within(&xml, depth)) {
 *         if (xml.event != XML_START)
 *             continue;
 *         switch (xml.tag) { case TAG_P: ...; default: xml_skip(&xml); }
 *     }
 *
 * Why not libxml2: its fast interface is callbacks, which turns each format into a state machine,
 * and its pull reader builds a node for each step. Safety comes from what is not here:
 * nothing is ever opened or fetched, no external entity, no DTD beyond the texts of internal
 * entities, whose expansion has one budget for the whole document; elements nest at most
 * XML_DEPTH_MAX deep, and a start tag has at most XML_TAG_BYTES_MAX, so that no step is quadratic.
 *
 * It reads what is there: a wrong end tag closes what it can, the end of the text closes all. Each
 * XML_START gets its XML_END. Whether all was in order is xml_status().
 *
 * Names are told by namespace and local name, whatever prefixes the producer likes. A format lists
 * the names it knows; all others have tag 0.
 */
#ifndef EXTRACTORS_XML_H
#define EXTRACTORS_XML_H

#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"

#define XML_DEPTH_MAX      256u
#define XML_TAG_BYTES_MAX  65536u
#define XML_ATTRIBUTES_MAX 64u  /* of one element, namespaces aside; more are not seen */
#define XML_BINDINGS_MAX   192u /* namespace prefixes that are open together */
#define XML_ENTITIES_MAX   256u
#define XML_EXPANSION_MAX  ((size_t)1 << 20) /* bytes from internal entities, in all */
#define XML_TEXT_BYTES_MAX ((size_t)256 << 20)
#define XML_NAMES_MAX      200u

enum xml_event { XML_START, XML_END, XML_TEXT };

/* The namespaces that formats ask for, each by all the addresses it goes by. */
enum xml_ns {
    XML_NS_NONE,  /* no namespace at all */
    XML_NS_OTHER, /* one that is not listed */
    XML_NS_XML,
    XML_NS_XLINK,
    XML_NS_W,   /* wordprocessingml */
    XML_NS_S,   /* spreadsheetml */
    XML_NS_P,   /* presentationml */
    XML_NS_A,   /* drawingml */
    XML_NS_R,   /* relationships, in documents */
    XML_NS_REL, /* relationships, the part */
    XML_NS_M,   /* office math */
    XML_NS_C,   /* charts */
    XML_NS_DGM, /* diagrams: SmartArt */
    XML_NS_WP,  /* drawings in text */
    XML_NS_WPS, /* shapes in text */
    XML_NS_PIC,
    XML_NS_V, /* VML */
    XML_NS_MC,
    XML_NS_CP, /* core properties */
    XML_NS_DC,
    XML_NS_DCTERMS,
    XML_NS_CM, /* modern comments of slides */
    XML_NS_OFFICE,
    XML_NS_TEXT,
    XML_NS_TABLE,
    XML_NS_DRAW,
    XML_NS_STYLE,
    XML_NS_FO,
    XML_NS_SVG, /* SVG itself, and what ODF took from it */
    XML_NS_META,
    XML_NS_PRESENTATION,
    XML_NS_CALCEXT,
    XML_NS_MATHML,
    XML_NS_XHTML,
    XML_NS_FB2,
    XML_NS_DOCBOOK,
    XML_NS_ATOM,
    XML_NS_RSS1,
    XML_NS_RDF,
    XML_NS_CONTENT,
    XML_NS_OPF,
    XML_NS_NCX,
    XML_NS_OCF,       /* META-INF/container.xml */
    XML_NS_ANY = 255, /* in a table of names only: whatever the namespace */
};

/* A table of names ends with a NULL. tag: from 1. */
struct xml_name {
    const char *local;
    uint8_t ns;
    uint16_t tag;
};

struct xml_attribute {
    struct span name;  /* with its prefix */
    struct span value; /* as it stands */
};

struct xml_binding {
    struct span prefix;
    uint8_t ns;
    uint16_t depth;
};

struct xml_entity {
    struct span name, value;
};

struct xml {
    /* What a reader may look at; all of it until the next call. */
    enum xml_event event;
    unsigned tag;   /* of the table; 0: not in it */
    unsigned depth; /* of the element; of the one around it for XML_TEXT */
    uint8_t ns;
    struct span name; /* local */
    struct span text; /* of XML_TEXT, references resolved */

    /* Own. */
    const char *at, *end;
    const struct xml_name *names;
    uint8_t slots[512]; /* index + 1 into names */
    bool is_empty_element, is_broken, is_over_limit, is_done;
    struct {
        struct span name; /* with its prefix */
        uint16_t tag;
        uint8_t ns;
    } open[XML_DEPTH_MAX];
    unsigned open_count;
    struct xml_attribute attributes[XML_ATTRIBUTES_MAX];
    unsigned attribute_count;
    struct xml_binding bindings[XML_BINDINGS_MAX];
    unsigned binding_count;
    struct xml_entity *entities;
    unsigned entity_count;
    size_t expanded_bytes;
    struct buf decoded, converted;
    char *values; /* decoded attribute values of this element */
    size_t value_bytes;
    bool is_fork;
};

/* text must outlive *xml (and may be in any charset that it declares). names may be NULL.
 * STATUS_NO_MEMORY, STATUS_LIMIT. */
NODISCARD enum status xml_open(struct xml *xml, struct span text, const struct xml_name *names,
                               struct error *err);
void xml_release(struct xml *xml);
/* A second reader that stands where the first one does and sees what it saw; the first must outlive
 * it. For parts that come later in reading order than in the file. */
void xml_fork(const struct xml *from, struct xml *fork);
/* Such a reader of its own, for a look ahead: CLEANUP(xml_fork_free). NULL: out of memory. */
struct xml *xml_fork_new(const struct xml *from);
void xml_fork_free(struct xml **fork); /* NULL in there is fine */

/* False at the end of the text. */
bool xml_next(struct xml *xml);
/* Steps on inside the element at depth; false at its end. Call it first right after its start. */
bool xml_within(struct xml *xml, unsigned depth);
/* From a start to its end; anywhere else it does nothing. */
void xml_skip(struct xml *xml);
/* Appends all text of the element that just started, up to its end. */
void xml_collect(struct xml *xml, struct buf *out);

/* By local name, whatever its prefix; {NULL, 0}: there is none. References are resolved. */
struct span xml_attr(struct xml *xml, const char *local);
/* One that must be in that namespace (XML_NS_NONE: without a prefix). */
struct span xml_attr_in(struct xml *xml, enum xml_ns ns, const char *local);
long xml_attr_number(struct xml *xml, const char *local, long otherwise);
/* OOXML's on and off: an attribute that is missing, "1", "true" or "on" is true. */
bool xml_attr_is_on(struct xml *xml, const char *local);

/* STATUS_OK, STATUS_MALFORMED or STATUS_LIMIT, for all that was read so far. */
NODISCARD enum status xml_status(const struct xml *xml, struct error *err);

bool span_is(struct span span, const char *text);
bool span_starts(struct span span, const char *text);
long span_number(struct span span, long otherwise);

#endif
