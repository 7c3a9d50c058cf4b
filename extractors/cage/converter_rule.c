#include "extractors/cage/converter_rule.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

static bool is_executable(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static void find_program(const char *word, char out[OS_PATH_MAX])
{
    static const char *const folders[] = { "/usr/local/bin", "/usr/bin", "/bin" };

    out[0] = '\0';
    if (strchr(word, '/')) {
        if (word[0] == '/' && is_executable(word))
            (void)snprintf(out, OS_PATH_MAX, "%s", word);
        return;
    }
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        if ((size_t)snprintf(out, OS_PATH_MAX, "%s/%s", folders[i], word) < OS_PATH_MAX &&
            is_executable(out))
            return;
    }
    out[0] = '\0';
}

static void add_text(struct hasher *hasher, const char *text)
{
    hasher_add_field(hasher, (struct span){ text, strlen(text) });
}

static void add_number(struct hasher *hasher, uint64_t number)
{
    hasher_add_field(hasher, (struct span){ (const char *)&number, sizeof(number) });
}

/* The program is known by its file's stamp: a new version of its package is another file. */
static void add_program(struct hasher *hasher, const char *path)
{
    struct stat st;

    add_text(hasher, path);
    if (!path[0] || stat(path, &st) < 0)
        return;
    add_number(hasher, (uint64_t)st.st_size);
    add_number(hasher, (uint64_t)st.st_mtim.tv_sec);
    add_number(hasher, (uint64_t)st.st_mtim.tv_nsec);
}

enum status converter_rule_resolve(struct converter_rule *rule, struct error *err)
{
    struct hasher *hasher = hasher_new();

    if (!hasher)
        return error_set(err, STATUS_NO_MEMORY, "out of memory");
    find_program(rule->words[0], rule->program);
    add_text(hasher, rule->name);
    add_text(hasher, rule->types);
    for (size_t i = 0; i < rule->word_count; i++)
        add_text(hasher, rule->words[i]);
    add_text(hasher, rule->output);
    add_text(hasher, rule->readable);
    add_text(hasher, rule->writable);
    add_number(hasher, rule->seconds);
    add_number(hasher, rule->memory_bytes_max);
    add_number(hasher, rule->output_bytes_max);
    add_program(hasher, rule->program);
    hasher_finish(hasher, &rule->identity);
    hasher_free(hasher);
    return STATUS_OK;
}

static bool pattern_matches(const char *pattern, const struct detection *found)
{
    const char *subject = strchr(pattern, '/') ? found->media_type : found->name;

    return subject[0] && fnmatch(pattern, subject, FNM_CASEFOLD) == 0;
}

bool converter_rule_matches(const struct converter_rule *rule, const struct detection *found)
{
    static const char blanks[] = " \t,";

    for (const char *at = rule->types; *(at += strspn(at, blanks));) {
        size_t length = strcspn(at, blanks);
        char pattern[256];

        if (length < sizeof(pattern)) {
            memcpy(pattern, at, length);
            pattern[length] = '\0';
            if (pattern_matches(pattern, found))
                return true;
        }
        at += length;
    }
    return false;
}

bool converter_rule_names(const struct converter_rule *rule, const char *placeholder)
{
    for (size_t i = 1; i < rule->word_count; i++)
        if (strstr(rule->words[i], placeholder))
            return true;
    return false;
}
