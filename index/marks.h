/*
 * marks.h - the words of a search's query as they are looked for in texts. Only for index/.
 */
#ifndef INDEX_MARKS_H
#define INDEX_MARKS_H

struct marker;

void marker_free(struct marker *marker); /* NULL is fine */

#endif
