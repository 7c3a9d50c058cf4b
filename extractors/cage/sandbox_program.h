/*
 * sandbox_program.h - the cage around a converter: a program that we did not write, with a document
 * that its author may not have meant well.
 *
 * It may read and run what is installed, write in its own folder, and start processes. It has no
 * network, reaches no local service, sees no file of the user's, and cannot leave its process
 * group, so killing that ends all of it.
 */
#ifndef EXTRACTORS_SANDBOX_PROGRAM_H
#define EXTRACTORS_SANDBOX_PROGRAM_H

#include "extractors/cage/sandbox.h"

struct program_cage {
    enum sandbox_level level;
    const char *folder;          /* its own: to write in */
    const char *program;         /* absolute: it may be run wherever it lies */
    const char *const *readable; /* more folders to read and run from; NULL-terminated, or NULL */
    const char *const *writable; /* more folders to read and write in; the same */
    uint64_t memory_bytes_max;   /* address space, of each process */
    uint64_t file_bytes_max;     /* of each file that it writes */
    unsigned seconds_max;        /* of CPU, of each process */
    unsigned process_count_max;  /* processes and threads, at once */
};

/* In the child, after fork. STATUS_UNSUPPORTED: this kernel lacks a wall that level asks for. */
NODISCARD enum status program_cage_enter(const struct program_cage *cage, struct error *err);

/* The user that a program is run as; -1: ourselves. */
int program_cage_user(enum sandbox_level level);

#endif
