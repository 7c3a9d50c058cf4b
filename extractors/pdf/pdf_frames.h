/*
 * pdf_frames.h - boxes painted around text that stands apart from what is beside it: a sidebar, a
 * fact box, a box of a form.
 *
 * What is in a frame is read together, after what stands above the frame or on its left.
 */
#ifndef EXTRACTORS_PDF_FRAMES_H
#define EXTRACTORS_PDF_FRAMES_H

#include "extractors/pdf/pdf_content.h"
#include "extractors/pdf/pdf_layout.h"

#define PDF_FRAMES_MAX 64u /* of a page */

/* Does anything stand beside something else on the newest page? */
bool pdf_frames_are_likely(const struct pdf_doc *doc);
/* Notes the frames of the newest page, whose segments are known, with it. */
void pdf_frames_find(struct pdf_doc *doc, const struct pdf_paints *paints);

/* Adds a frame to the list unless one is nearly the same; false: out of memory. */
bool pdf_frames_add(struct pdf_frames *frames, const struct pdf_frame *frame);
void pdf_frames_release(struct pdf_frames *frames);

/* Is the segment's middle in it? */
bool pdf_frame_holds(const struct pdf_frame *frame, const struct pdf_segment *segment);

#endif
