#include "extractors/pdf/pdf_library.h"

#include <poppler.h>
#include <stdlib.h>

struct pdf_library {
    PopplerDocument *document; /* an empty one: while any lives, the tables do */
};

struct pdf_library *pdf_library_load(void)
{
    static const char empty[] = "%PDF-1.4\n"
                                "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
                                "2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
                                "xref\n0 3\n"
                                "0000000000 65535 f \n"
                                "0000000009 00000 n \n"
                                "0000000052 00000 n \n"
                                "trailer<</Size 3/Root 1 0 R>>\n"
                                "startxref\n96\n%%EOF\n";
    struct pdf_library *library = calloc(1, sizeof(*library));
    GBytes *bytes;

    if (!library)
        return NULL;
    bytes = g_bytes_new_static(empty, sizeof(empty) - 1);
    library->document = poppler_document_new_from_bytes(bytes, NULL, NULL);
    g_bytes_unref(bytes);
    if (library->document)
        return library;
    free(library);
    return NULL;
}

void pdf_library_free(struct pdf_library *library)
{
    if (!library)
        return;
    g_object_unref(library->document);
    free(library);
}
