#include "cli/plugin_words.h"

#include <stdlib.h>
#include <string.h>

#include "base/os.h"
#include "cli/paths.h"

void plugin_words_release(struct plugin_words *words)
{
    free(words->text);
    buf_release(&words->program);
    *words = (struct plugin_words){ .text = NULL, .program = BUF_INIT(OS_PATH_MAX) };
}

/* Takes one word off *at, writing it over itself without its quotes. NULL: a quote stays open. */
static char *take_word(char **at)
{
    char *word = *at, *to = *at, quote = '\0';
    char *from;

    for (from = *at; *from && (quote || !strchr(" \t", *from)); from++) {
        if (quote ? *from == quote : *from == '\'' || *from == '"')
            quote = quote ? '\0' : *from;
        else
            *to++ = *from;
    }
    *at = *from ? from + 1 : from;
    *to = '\0';
    return quote ? NULL : word;
}

enum status plugin_words_split(const char *setting, const char *value, struct plugin_words *out,
                               struct error *err)
{
    size_t count = 0;
    char *at;

    *out = (struct plugin_words){ .text = strdup(value), .program = BUF_INIT(OS_PATH_MAX) };
    if (!out->text)
        return error_set(err, STATUS_NO_MEMORY, "no memory for %s", setting);
    for (at = out->text; *(at += strspn(at, " \t"));) {
        char *word = take_word(&at);

        if (!word || count == PLUGIN_WORDS_MAX) {
            plugin_words_release(out);
            return error_set(err, STATUS_MALFORMED, "%s %s", setting,
                             word ? "has too many words" : "has a quote that is not closed");
        }
        out->words[count++] = word;
    }
    return STATUS_OK;
}

static bool is_own_program(const char *word)
{
    return (strncmp(word, "embed-", 6) == 0 || strncmp(word, "sink-", 5) == 0 ||
            strncmp(word, "rerank-", 7) == 0) &&
           !strchr(word, '/');
}

enum status plugin_words_read(const char *setting, const char *value, struct plugin_words *out,
                              struct error *err)
{
    enum status status = plugin_words_split(setting, value, out, err);

    if (status)
        return status;
    if (!out->words[0])
        status = error_set(err, STATUS_MALFORMED, "%s is empty", setting);
    else if (is_own_program(out->words[0]))
        status = path_of_program(out->words[0], &out->program, err);
    else if (out->words[0][0] != '/')
        status =
            error_set(err, STATUS_MALFORMED,
                      "%s must begin with '/', or be a program that comes with varve, not '%.60s'",
                      setting, out->words[0]);
    if (status) {
        plugin_words_release(out);
        return status;
    }
    if (out->program.len > 0)
        out->words[0] = out->program.data;
    return STATUS_OK;
}
