/*
 * ooxml_draw.h - what is drawn and has words: charts and SmartArt.
 */
#ifndef EXTRACTORS_OOXML_DRAW_H
#define EXTRACTORS_OOXML_DRAW_H

#include "extractors/common/xml.h"
#include "extractors/container/zip.h"
#include "ingest/writer.h"

/* A chart's title as a caption, and with_data its values as a table: one row a category, one column
 * a series. A part that is missing or broken gives what can be read. */
void ooxml_chart(struct zip *zip, struct span part, bool with_data, struct writer *writer);

/* The texts of a diagram's points, each a list item below that of the point it hangs from. part is
 * its data part. In ooxml_diagram.c. */
void ooxml_diagram(struct zip *zip, struct span part, struct writer *writer);

#endif
