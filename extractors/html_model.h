/*
 * html_model.h - the learned judge of text blocks.
 *
 * Gradient-boosted trees over the features of html_features.h, learned from pages whose content was
 * marked by hand; tools/html_model/ has all that made the table, and says how to make it again.
 */
#ifndef EXTRACTORS_HTML_MODEL_H
#define EXTRACTORS_HTML_MODEL_H

/* How likely the block with these features is content, 0..1. */
float html_model_score(const float *row);

#endif
