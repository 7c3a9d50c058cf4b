#include "extractors/pdf/pdf_extras.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "extractors/common/alt.h"
#include "extractors/pdf/pdf_fields.h"
#include "extractors/pdf/pdf_string.h"
#include "extractors/pdf/pdf_unpack.h"

#define FIELD_BYTES_MAX    ((size_t)1 << 20)
#define LINKS_MAX          60000u
#define EXTRAS_MAX         100000u
#define FIGURE_BYTES_MAX   4000u /* a longer text describes no picture */
#define REPEATS_LOOKED_FOR 16u
#define BUTTONS_MAX        200u
#define UNSEEN             (POPPLER_ANNOT_FLAG_HIDDEN | POPPLER_ANNOT_FLAG_NO_VIEW)

static void box_from_bottom(const struct pdf_page *page, const PopplerRectangle *area, float box[4])
{
    box[0] = (float)fmin(area->x1, area->x2);
    box[1] = page->height - (float)fmax(area->y1, area->y2);
    box[2] = (float)fmax(area->x1, area->x2);
    box[3] = page->height - (float)fmin(area->y1, area->y2);
}

static void link_mark_words(struct pdf_doc *doc, const float box[4], uint16_t link)
{
    const struct pdf_page *page = &doc->pages[doc->page_count - 1];

    for (uint32_t i = 0; i < page->word_count; i++) {
        struct pdf_word *word = &doc->words[page->word_start + i];
        float x = (word->x0 + word->x1) / 2.0F, y = (word->y0 + word->y1) / 2.0F;

        if (word->rotation == 0 && x > box[0] && x < box[2] && y > box[1] && y < box[3])
            word->link = link;
    }
}

static bool page_links(struct pdf_doc *doc, struct pdf_extras *extras, PopplerPage *page)
{
    GList *mappings = poppler_page_get_link_mapping(page);
    bool ok = true;

    for (const GList *at = mappings; at; at = at->next) {
        const PopplerLinkMapping *mapping = at->data;
        float box[4];
        char *target;

        if (!mapping->action || mapping->action->type != POPPLER_ACTION_URI ||
            !mapping->action->uri.uri || extras->link_count >= LINKS_MAX)
            continue;
        target = strdup(mapping->action->uri.uri);
        if (!target || !array_reserve(&extras->links, &extras->link_capacity, extras->link_count)) {
            free(target);
            ok = false;
            break;
        }
        extras->links[extras->link_count++] = target;
        box_from_bottom(&doc->pages[doc->page_count - 1], &mapping->area, box);
        link_mark_words(doc, box, (uint16_t)extras->link_count);
    }
    poppler_page_free_link_mapping(mappings);
    return ok;
}

static bool extra_add(const struct pdf_doc *doc, struct pdf_extras *extras, enum block_kind kind,
                      unsigned flags, const char *text, const PopplerRectangle *area)
{
    struct pdf_extra *extra;
    char *copy;

    if (!text || !*text || extras->count >= EXTRAS_MAX)
        return true;
    copy = strdup(text);
    if (!copy || !array_reserve(&extras->items, &extras->capacity, extras->count)) {
        free(copy);
        return false;
    }
    extra = &extras->items[extras->count++];
    *extra = (struct pdf_extra){
        .page = (uint32_t)doc->page_count, .kind = kind, .flags = flags, .text = copy
    };
    box_from_bottom(&doc->pages[doc->page_count - 1], area, extra->box);
    return true;
}

/* Line breaks are the box's, not the text's. NULL: no text, or out of memory. */
static char *appearance_text(PopplerDocument *document, size_t index)
{
    PopplerPage *page = poppler_document_get_page(document, (int)index);
    char *text = page ? poppler_page_get_text(page) : NULL, *copy = NULL;

    for (char *at = text; at && *at; at++)
        if (*at == '\n' || *at == '\f')
            *at = ' ';
    if (text && *g_strstrip(text))
        copy = strdup(text);
    g_free(text);
    if (page)
        g_object_unref(page);
    return copy;
}

bool pdf_extras_read_appearances(struct pdf_extras *extras, struct pdf_objects *objects,
                                 size_t page_count)
{
    CLEANUP(buf_release) struct buf file = BUF_INIT(PDF_UNPACK_BYTES_MAX + ((size_t)32 << 20));
    struct pdf_appearances *shown = &extras->shown;
    PopplerDocument *document;
    GBytes *bytes;

    if (!pdf_appearances_find(objects, page_count, shown, &file))
        return false;
    if (file.len == 0)
        return true;
    bytes = g_bytes_new_static(file.data, file.len);
    document = poppler_document_new_from_bytes(bytes, NULL, NULL);
    if (document && poppler_document_get_n_pages(document) == (int)shown->count)
        for (size_t i = 0; i < shown->count; i++)
            shown->items[i].text = appearance_text(document, i);
    if (document)
        g_object_unref(document);
    g_bytes_unref(bytes);
    return true;
}

/* What the page's next annotation without contents shows; lent. NULL: nothing. */
static const char *next_appearance(const struct pdf_doc *doc, struct pdf_extras *extras)
{
    const struct pdf_appearances *shown = &extras->shown;

    while (extras->shown_next < shown->count &&
           shown->items[extras->shown_next].page < doc->page_count)
        extras->shown_next++;
    if (extras->shown_next == shown->count ||
        shown->items[extras->shown_next].page > doc->page_count)
        return NULL;
    return shown->items[extras->shown_next++].text;
}

static bool page_comments(const struct pdf_doc *doc, struct pdf_extras *extras, PopplerPage *page)
{
    GList *mappings = poppler_page_get_annot_mapping(page);
    bool ok = true;

    for (const GList *at = mappings; at && ok; at = at->next) {
        const PopplerAnnotMapping *mapping = at->data;
        PopplerAnnotType type = poppler_annot_get_annot_type(mapping->annot);
        const char *text;
        char *contents;

        switch (type) {
        case POPPLER_ANNOT_LINK:
        case POPPLER_ANNOT_WIDGET:
        case POPPLER_ANNOT_POPUP:
            continue;
        default:
            break;
        }
        contents = poppler_annot_get_contents(mapping->annot);
        text = contents;
        if ((type == POPPLER_ANNOT_FREE_TEXT || type == POPPLER_ANNOT_STAMP) && (!text || !*text) &&
            !(poppler_annot_get_flags(mapping->annot) & UNSEEN))
            text = next_appearance(doc, extras);
        ok = extra_add(doc, extras, BLOCK_PARAGRAPH, BLOCK_COMMENT, text, &mapping->area);
        g_free(contents);
    }
    poppler_page_free_annot_mapping(mappings);
    return ok;
}

static char *chosen_items(PopplerFormField *field)
{
    CLEANUP(buf_release) struct buf text = BUF_INIT(FIELD_BYTES_MAX);
    int count = poppler_form_field_choice_get_n_items(field);

    for (int i = 0; i < count; i++) {
        char *item = poppler_form_field_choice_is_item_selected(field, i)
                         ? poppler_form_field_choice_get_item(field, i)
                         : NULL;

        if (item && *item)
            buf_printf(&text, "%s%s", text.len > 0 ? ", " : "", item);
        g_free(item);
    }
    if (text.len > 0)
        return g_strdup(text.data);
    return poppler_form_field_choice_is_editable(field) ? poppler_form_field_choice_get_text(field)
                                                        : NULL;
}

/* The value as a person would read it; NULL: empty. To be freed with g_free(). */
static char *field_value(PopplerFormField *field)
{
    switch (poppler_form_field_get_field_type(field)) {
    case POPPLER_FORM_FIELD_TEXT:
        if (poppler_form_field_text_is_password(field))
            return NULL;
        return poppler_form_field_text_get_text(field);
    case POPPLER_FORM_FIELD_CHOICE:
        return chosen_items(field);
    case POPPLER_FORM_FIELD_BUTTON:
        if (poppler_form_field_button_get_button_type(field) != POPPLER_FORM_BUTTON_PUSH &&
            poppler_form_field_button_get_state(field))
            return g_strdup("\xE2\x9C\x93");
        return NULL;
    default:
        return NULL;
    }
}

static char *field_name(PopplerFormField *field)
{
    char *name = poppler_form_field_get_alternate_ui_name(field);

    if (name && *name)
        return name;
    g_free(name);
    name = poppler_form_field_get_partial_name(field);
    if (name && *name)
        return name;
    g_free(name);
    /* A button of several has its name from the field that they are of. */
    name = poppler_form_field_get_name(field);
    if (name && strrchr(name, '.'))
        memmove(name, strrchr(name, '.') + 1, strlen(strrchr(name, '.')));
    return name;
}

/* Each pressed button is looked for among the annotations of its page. */
static void append_choice(struct pdf_objects *objects, const struct pdf_doc *doc,
                          struct pdf_extras *extras, const PopplerFormFieldMapping *mapping,
                          struct buf *out)
{
    const double area[4] = { mapping->area.x1, mapping->area.y1, mapping->area.x2,
                             mapping->area.y2 };

    if (poppler_form_field_get_field_type(mapping->field) == POPPLER_FORM_FIELD_BUTTON &&
        poppler_form_field_button_get_button_type(mapping->field) == POPPLER_FORM_BUTTON_RADIO &&
        extras->button_count++ < BUTTONS_MAX)
        pdf_button_choice(objects, doc->page_count - 1, area, out);
}

static bool page_fields(const struct pdf_doc *doc, struct pdf_extras *extras,
                        struct pdf_objects *objects, PopplerPage *page)
{
    GList *mappings = poppler_page_get_form_field_mapping(page);
    bool ok = true;

    for (const GList *at = mappings; at && ok; at = at->next) {
        const PopplerFormFieldMapping *mapping = at->data;
        char *value = mapping->field ? field_value(mapping->field) : NULL;

        if (value && *value) {
            CLEANUP(buf_release) struct buf text = BUF_INIT(FIELD_BYTES_MAX);
            CLEANUP(buf_release) struct buf choice = BUF_INIT(FIELD_BYTES_MAX);
            char *name = field_name(mapping->field);

            append_choice(objects, doc, extras, mapping, &choice);
            buf_printf(&text, "%s%s%s", name ? name : "", name && *name ? ": " : "",
                       choice.len > 0 ? choice.data : value);
            if (text.failed == STATUS_OK)
                ok = extra_add(doc, extras, BLOCK_FIELD, 0, text.data, &mapping->area);
            g_free(name);
        }
        g_free(value);
    }
    poppler_page_free_form_field_mapping(mappings);
    return ok;
}

/* Has one of the last extras this text? A page's logo describes itself on each page. */
static bool is_said(const struct pdf_extras *extras, const char *text)
{
    for (size_t i = extras->count, n = 0; i > 0 && n < REPEATS_LOOKED_FOR; i--, n++)
        if (strcmp(extras->items[i - 1].text, text) == 0)
            return true;
    return false;
}

/* Where on its page a figure stands is not looked for. */
static bool page_figures(const struct pdf_doc *doc, struct pdf_extras *extras,
                         const struct pdf_tags *tags)
{
    const struct pdf_page *page = &doc->pages[doc->page_count - 1];
    const PopplerRectangle all = { 0.0, 0.0, page->width, page->height };

    for (; extras->figure_next < tags->figure_count; extras->figure_next++) {
        const struct pdf_tag_figure *figure = &tags->figures[extras->figure_next];
        CLEANUP(buf_release) struct buf text = BUF_INIT(FIGURE_BYTES_MAX);

        if (figure->page >= doc->page_count)
            return true;
        if (figure->page + 1 < doc->page_count || !pdf_string_text(figure->text, &text) ||
            !alt_is_description(buf_span(&text)) || is_said(extras, text.data))
            continue;
        if (!extra_add(doc, extras, BLOCK_CAPTION, BLOCK_ASIDE, text.data, &all))
            return false;
    }
    return true;
}

bool pdf_extras_read(struct pdf_doc *doc, struct pdf_extras *extras, const struct pdf_tags *tags,
                     struct pdf_objects *objects, PopplerPage *page)
{
    return page_links(doc, extras, page) && page_figures(doc, extras, tags) &&
           page_comments(doc, extras, page) && page_fields(doc, extras, objects, page);
}

void pdf_extras_release(struct pdf_extras *extras)
{
    for (size_t i = 0; i < extras->count; i++)
        free(extras->items[i].text);
    for (size_t i = 0; i < extras->link_count; i++)
        free(extras->links[i]);
    free(extras->items);
    free(extras->links);
    pdf_appearances_release(&extras->shown);
    *extras = (struct pdf_extras){ 0 };
}
