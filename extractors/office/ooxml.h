/*
 * ooxml.h - what DOCX, XLSX and PPTX share: parts that refer to each other, and their metadata.
 *
 * ECMA-376 part 2 (OPC): "word/document.xml" names others by an id, and
 * "word/_rels/document.xml.rels" says which part or address each id stands for.
 */
#ifndef EXTRACTORS_OOXML_H
#define EXTRACTORS_OOXML_H

#include "base/arena.h"
#include "extractors/common/xml.h"
#include "extractors/container/zip.h"
#include "ingest/writer.h"

#define OOXML_RELATIONS_MAX 65536u

struct ooxml_relation {
    struct span id;
    struct span type;   /* the last word of its address: "styles", "hyperlink" */
    struct span target; /* a part's full name, or an address when is_external */
    bool is_external;
};

struct ooxml_relations {
    const struct ooxml_relation *items;
    size_t count;
};

/* The relations of a part ("" for those of the package); texts are in arena. A part without any
 * gives none. STATUS_NO_MEMORY, STATUS_LIMIT. */
NODISCARD enum status ooxml_relations(struct zip *zip, struct span part, struct arena *arena,
                                      struct ooxml_relations *out, struct error *err);
/* NULL: none. */
const struct ooxml_relation *ooxml_by_id(const struct ooxml_relations *relations, struct span id);
/* The first of that type behind after (NULL: from the start). */
const struct ooxml_relation *ooxml_by_type(const struct ooxml_relations *relations,
                                           const char *type, const struct ooxml_relation *after);

/* The main part: what the package says it is, else the usual name when there is such a part. */
NODISCARD enum status ooxml_main_part(struct zip *zip, const char *usual, struct arena *arena,
                                      struct span *out, struct error *err);

/* Core properties (title, author, dates ...) as metadata. What is missing or broken is left out. */
void ooxml_metadata(struct zip *zip, struct writer *writer);

/* Appends target, as seen from part, as a full name without "." and "..". */
void ooxml_resolve(struct span part, struct span target, struct buf *out);

#endif
