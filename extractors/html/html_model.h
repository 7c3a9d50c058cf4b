/*
 * html_model.h - the learned judge of text blocks.
 *
 * Gradient-boosted trees over the features of html_features.h, learned from pages whose content was
 * marked by hand; tools/html_model/ has all that made the table, and says how to make it again.
 */
#ifndef EXTRACTORS_HTML_MODEL_H
#define EXTRACTORS_HTML_MODEL_H

#include <stddef.h>

/* How likely each of count blocks is content, 0..1. rows has HTML_FEATURE_COUNT finite numbers for
 * each. */
void html_model_scores(const float *rows, size_t count, float *scores);

#endif
