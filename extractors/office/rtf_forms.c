#include <string.h>

#include "extractors/office/rtf.h"

#define AS_DEFAULT 25

enum kind { KIND_TEXT, KIND_BOX, KIND_LIST };

void rtf_form_begin(struct rtf *rtf)
{
    rtf->form = (struct rtf_form){ .kind = KIND_TEXT, .value = AS_DEFAULT };
    buf_clear(&rtf->form_entries);
}

void rtf_form_word(struct rtf *rtf, const char *word, int32_t value)
{
    if (strcmp(word, "fftype") == 0)
        rtf->form.kind = value;
    else if (strcmp(word, "ffres") == 0)
        rtf->form.value = value;
    else if (strcmp(word, "ffdefres") == 0)
        rtf->form.standard = value;
    else if (strcmp(word, "ffl") == 0)
        rtf_top(rtf)->destination = RTF_FORM_ENTRY;
    else if (rtf_top(rtf)->is_star)
        rtf_top(rtf)->destination = RTF_SKIPPED;
}

void rtf_form_end(struct rtf *rtf)
{
    int32_t value = rtf->form.value == AS_DEFAULT ? rtf->form.standard : rtf->form.value;
    const char *at = rtf->form_entries.data, *end = at + rtf->form_entries.len;
    size_t before = rtf->text.len;

    if (rtf->form.kind == KIND_BOX)
        buf_append(&rtf->text, value == 1 ? "\xE2\x98\x92" : "\xE2\x98\x90", 3);
    for (; rtf->form.kind == KIND_LIST && at < end; at += strlen(at) + 1)
        if (value-- == 0)
            buf_append(&rtf->text, at, strlen(at));
    if (rtf->text.len > before)
        rtf_note_looks(rtf, before, rtf_top(rtf)->looks.on);
}
