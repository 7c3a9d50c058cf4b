/*
 * stop_words.h - words that say nothing about what a text is about.
 */
#ifndef INDEX_STOP_WORDS_H
#define INDEX_STOP_WORDS_H

#include "index/query.h"

bool stop_word_is(const struct query_term *term);

#endif
