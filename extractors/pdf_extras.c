#include "extractors/pdf_extras.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"

#define LINKS_MAX  60000u
#define EXTRAS_MAX 100000u

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

static bool page_comments(const struct pdf_doc *doc, struct pdf_extras *extras, PopplerPage *page)
{
    GList *mappings = poppler_page_get_annot_mapping(page);
    bool ok = true;

    for (const GList *at = mappings; at && ok; at = at->next) {
        const PopplerAnnotMapping *mapping = at->data;
        char *contents;

        switch (poppler_annot_get_annot_type(mapping->annot)) {
        case POPPLER_ANNOT_LINK:
        case POPPLER_ANNOT_WIDGET:
        case POPPLER_ANNOT_POPUP:
            continue;
        default:
            break;
        }
        contents = poppler_annot_get_contents(mapping->annot);
        ok = extra_add(doc, extras, BLOCK_PARAGRAPH, BLOCK_COMMENT, contents, &mapping->area);
        g_free(contents);
    }
    poppler_page_free_annot_mapping(mappings);
    return ok;
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
        for (int i = 0; i < poppler_form_field_choice_get_n_items(field); i++)
            if (poppler_form_field_choice_is_item_selected(field, i))
                return poppler_form_field_choice_get_item(field, i);
        return poppler_form_field_choice_is_editable(field)
                   ? poppler_form_field_choice_get_text(field)
                   : NULL;
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
    return poppler_form_field_get_partial_name(field);
}

static bool page_fields(const struct pdf_doc *doc, struct pdf_extras *extras, PopplerPage *page)
{
    GList *mappings = poppler_page_get_form_field_mapping(page);
    bool ok = true;

    for (const GList *at = mappings; at && ok; at = at->next) {
        const PopplerFormFieldMapping *mapping = at->data;
        char *value = mapping->field ? field_value(mapping->field) : NULL;

        if (value && *value) {
            CLEANUP(buf_release) struct buf text = BUF_INIT((size_t)1 << 20);
            char *name = field_name(mapping->field);

            buf_printf(&text, "%s%s%s", name ? name : "", name && *name ? ": " : "", value);
            if (text.failed == STATUS_OK)
                ok = extra_add(doc, extras, BLOCK_FIELD, 0, text.data, &mapping->area);
            g_free(name);
        }
        g_free(value);
    }
    poppler_page_free_form_field_mapping(mappings);
    return ok;
}

bool pdf_extras_read(struct pdf_doc *doc, struct pdf_extras *extras, PopplerPage *page)
{
    return page_links(doc, extras, page) && page_comments(doc, extras, page) &&
           page_fields(doc, extras, page);
}

void pdf_extras_release(struct pdf_extras *extras)
{
    for (size_t i = 0; i < extras->count; i++)
        free(extras->items[i].text);
    for (size_t i = 0; i < extras->link_count; i++)
        free(extras->links[i]);
    free(extras->items);
    free(extras->links);
    *extras = (struct pdf_extras){ 0 };
}
