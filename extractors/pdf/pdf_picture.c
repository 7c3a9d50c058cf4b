#include "extractors/pdf/pdf_picture.h"

#include <cairo.h>
#include <stdlib.h>

#define SIDE_MAX 32767.0 /* cairo's own */

#ifdef __SANITIZE_ADDRESS__
/* fontconfig keeps its list of fonts, asked for when a font is not in the file, until the end. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig";
}
#endif

static unsigned char *gray_copy(const unsigned char *data, size_t stride, size_t width,
                                size_t height)
{
    unsigned char *gray = malloc(width * height);

    if (!gray)
        return NULL;
    for (size_t y = 0; y < height; y++) {
        const unsigned char *from = data + y * stride;
        unsigned char *to = gray + y * width;

        /* Four bytes a pixel, in the order of the machine: blue and red may change places. */
        for (size_t x = 0; x < width; x++)
            to[x] = (unsigned char)((from[4 * x] + 2U * from[4 * x + 1] + from[4 * x + 2]) / 4U);
    }
    return gray;
}

bool pdf_picture_draw(PopplerPage *page, double scale, struct pdf_picture *out)
{
    cairo_surface_t *surface;
    cairo_t *cairo;
    double width, height;

    *out = (struct pdf_picture){ 0 };
    poppler_page_get_size(page, &width, &height);
    width *= scale;
    height *= scale;
    if (!(width >= 1.0 && height >= 1.0 && width <= SIDE_MAX && height <= SIDE_MAX &&
          width * height <= PDF_PICTURE_PIXELS_MAX))
        return false;
    surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width, (int)height);
    cairo = cairo_create(surface);
    cairo_set_source_rgb(cairo, 1.0, 1.0, 1.0);
    cairo_paint(cairo);
    cairo_scale(cairo, scale, scale);
    poppler_page_render(page, cairo);
    cairo_surface_flush(surface);
    if (cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS) {
        out->width = (size_t)width;
        out->height = (size_t)height;
        out->gray =
            gray_copy(cairo_image_surface_get_data(surface),
                      (size_t)cairo_image_surface_get_stride(surface), out->width, out->height);
    }
    cairo_destroy(cairo);
    cairo_surface_destroy(surface);
    return out->gray != NULL;
}

void pdf_picture_release(struct pdf_picture *picture)
{
    free(picture->gray);
    *picture = (struct pdf_picture){ 0 };
}
