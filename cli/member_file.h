/*
 * member_file.h - a member of an archive or mail as a private file of its own, for programs that
 * can open only files.
 *
 * varve-extract takes it out, in its cage. The file lies in a folder varve-open-XXXXXX (0700) below
 * $XDG_RUNTIME_DIR, else $TMPDIR, else /tmp, and can't be written: a change there would change no
 * document.
 */
#ifndef CLI_MEMBER_FILE_H
#define CLI_MEMBER_FILE_H

#include "base/buf.h"
#include "cli/config.h"

/* Appends the made file's path to *out. STATUS_UNREADABLE: there is no such member; why is in err.
 */
NODISCARD enum status member_file_make(const struct config *config, const char *file,
                                       const char *member, struct buf *out, struct error *err);
/* Removes it, and its folder. */
void member_file_remove(const char *path);
/* Removes those that this user left there more than a day ago. */
void member_file_tidy(void);

#endif
