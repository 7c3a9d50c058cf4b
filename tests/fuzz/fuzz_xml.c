/*
 * fuzz_xml.c - the XML reader on any bytes: each start gets its end, and depth stays bounded.
 */
#include <stdint.h>
#include <stdlib.h>

#include "extractors/common/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct xml_name names[] = { { "a", XML_NS_ANY, 1 }, { NULL, 0, 0 } };
    struct xml *xml = malloc(sizeof(*xml));
    unsigned depth = 0;

    if (!xml)
        return 0;
    if (!xml_open(xml, (struct span){ (const char *)data, size }, names, NULL)) {
        while (xml_next(xml)) {
            if (xml->event == XML_START) {
                depth++;
                (void)xml_attr(xml, "id");
                (void)xml_attr_in(xml, XML_NS_R, "id");
            }
            if (depth > XML_DEPTH_MAX || (xml->event != XML_TEXT && xml->depth != depth))
                abort();
            if (xml->event == XML_END)
                depth--;
        }
        if (depth != 0)
            abort();
    }
    xml_release(xml);
    free(xml);
    return 0;
}
