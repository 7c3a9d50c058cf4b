/*
 * paths.h - where things are: the knowledge base, and what is installed with the program.
 */
#ifndef CLI_PATHS_H
#define CLI_PATHS_H

#include "base/buf.h"
#include "base/status.h"

/* --kb, else $VARVE_KB, else $XDG_DATA_HOME/varve, else ~/.local/share/varve; made absolute. */
NODISCARD enum status path_of_kb(const char *option, struct buf *out, struct error *err);
/* A helper program (varve-extract, embed-static): beside this one, or in ../libexec/varve. */
NODISCARD enum status path_of_program(const char *name, struct buf *out, struct error *err);
/* The built-in models, beside this program or in ../share/varve: the one that places cuts and
 * counts tokens, and the one that embed-static embeds with. */
NODISCARD enum status path_of_boundary_model(struct buf *out, struct error *err);
NODISCARD enum status path_of_embedding_model(struct buf *out, struct error *err);
/* The real path of an existing folder or file. STATUS_UNREADABLE when there is none. */
NODISCARD enum status path_absolute(const char *path, struct buf *out, struct error *err);
/* As above, for a path that may be gone: resolved as far as it exists. */
NODISCARD enum status path_absolute_gone(const char *path, struct buf *out, struct error *err);
/* The same for a document's name, which may go on inside an archive: "a.zip!/path/in/it". */
NODISCARD enum status path_of_document(const char *file, struct buf *out, struct error *err);

#endif
