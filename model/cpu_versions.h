/*
 * cpu_versions.h - several versions of a function, one of which is picked when the program starts.
 * Not under a sanitizer, whose own start comes later than the picking, and not with compilers that
 * lack the attribute.
 */
#ifndef MODEL_CPU_VERSIONS_H
#define MODEL_CPU_VERSIONS_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define FOR_SEVERAL_CPUS __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define FOR_SEVERAL_CPUS
#endif

#endif
