/*
 * ignore.h - which names of a source are not documents.
 *
 * Three layers, each stronger than the one before: built-in patterns (editors' temporary and backup
 * files, unfinished downloads, version control, what desktops leave behind, node_modules), the
 * configuration's, and those of `.varveignore` files, a deeper folder's over its parents'. Within a
 * layer the last pattern that matches decides. Patterns are written as in .gitignore:
 *
 *   # comment          name            a file or folder of that name, anywhere below
 *   !name              not ignored     a/b, /name      relative to the file's folder
 *   name/              folders only    *, ?, [a-z]     within a name;  ** over folders
 *
 * A folder that is ignored is not entered: nothing below it can be taken back.
 */
#ifndef WATCH_IGNORE_H
#define WATCH_IGNORE_H

#include "base/buf.h"
#include "base/status.h"

#define IGNORE_FILE_NAME      ".varveignore"
#define IGNORE_FILE_BYTES_MAX ((size_t)256 * 1024)

struct ignore;

/* patterns: the configuration's, NULL-terminated; NULL: none. */
NODISCARD enum status ignore_new(const char *const *patterns, struct ignore **out,
                                 struct error *err);
void ignore_free(struct ignore *ignore); /* NULL is fine */

/* Takes the text of a folder's .varveignore in place of what that folder had; empty: it has none.
 * *is_changed: it is not the text it was. */
NODISCARD enum status ignore_set_folder(struct ignore *ignore, struct span folder, struct span text,
                                        bool *is_changed, struct error *err);
/* Forgets the rules of folder and of all folders below it. */
void ignore_drop_folder(struct ignore *ignore, struct span folder);

/* About the path itself; the folders above it are taken as not ignored. */
bool ignore_matches(const struct ignore *ignore, struct span path, bool is_folder);
/* About the path and each folder above it. */
bool ignore_covers(const struct ignore *ignore, struct span path, bool is_folder);

/* One pattern against one name or path: *, ?, [set], [!set], ** and \x. */
bool ignore_glob(struct span pattern, struct span text);

#endif
