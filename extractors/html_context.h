/*
 * html_context.h - features that say what a first model thinks of the blocks around a block.
 *
 * A short line is content when the lines around it are: the first model judges each block alone,
 * the second one with its neighbours, its siblings and its section.
 */
#ifndef EXTRACTORS_HTML_CONTEXT_H
#define EXTRACTORS_HTML_CONTEXT_H

#include "extractors/html_features.h"

/* clang-format off */
#define HTML_CONTEXT_FEATURES(X)                                                                   \
    X(own) X(prev) X(prev2) X(next) X(next2) X(before) X(after) X(page) X(twins)                   \
    X(level1) X(level2) X(level3) X(level4) X(level_rest) X(section) X(heading) X(parent_heading)  \
    X(kept_share) X(kept_before) X(kept_after) X(best) X(run)
/* clang-format on */

enum html_context_feature {
#define HTML_CONTEXT_ENUM(name) HTML_C_##name,
    HTML_CONTEXT_FEATURES(HTML_CONTEXT_ENUM)
#undef HTML_CONTEXT_ENUM
        HTML_CONTEXT_COUNT
};

#define HTML_CONTEXT_ROW (HTML_FEATURE_COUNT + HTML_CONTEXT_COUNT)

/* rows are those of html_features(), scores one probability a block. *wide receives rows of
 * HTML_CONTEXT_ROW, which the caller frees. */
NODISCARD enum status html_context(const struct html_page *page, const float *rows,
                                   const float *scores, float **wide, struct error *err);

#endif
