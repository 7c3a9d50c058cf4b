/*
 * last_words.h - what is said when a library ends this process.
 *
 * When there is no more memory libarchive calls exit(), and glib and C++ call abort(): our own code
 * would only have ended the document. Whoever reads a document arms this meanwhile, and is called
 * for the last time then, to say how the document ended. Faults and failed assertions stay what
 * they are: a crash.
 */
#ifndef EXTRACTORS_LAST_WORDS_H
#define EXTRACTORS_LAST_WORDS_H

/* say() may be called inside a signal's handler: it allocates nothing. The process ends with
 * exit_status behind it. One document at a time, in one thread. */
void last_words_arm(void (*say)(void *user), void *user, int exit_status);
void last_words_disarm(void);

#endif
