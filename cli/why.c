/*
 * why.c - `varve why FILE`: which state a file is in, why, and what happens next.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json.h"
#include "base/os.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/document_option.h"
#include "index/status.h"

static const char help[] =
    "usage: varve why [--kb DIR] [--json] FILE\n\n"
    "Says of any file which state it is in, why, and what happens next. FILE may be in an "
    "archive:\n"
    "'a.zip!/path/in/it'. For an archive its members are listed too.\n\n"
    "  --kb DIR   the knowledge base\n"
    "  --json     one JSON object a document\n\n"
    "Exit status: 0 it is indexed as it is; 1 it is not; 2 wrong usage; 3 it failed.\n";

struct answer {
    struct document_option *option;
    struct buf out;
    bool is_first, is_current;
};

#define FILE_AS_READ "as it was when it was read"
/* One that could not be read, or is no file: a link, a pipe. */
#define FILE_AS_SEEN "as it was when it was looked at"

static bool is_unchanged(const char *file)
{
    return strcmp(file, FILE_AS_READ) == 0 || strcmp(file, FILE_AS_SEEN) == 0;
}

/* How the file on the disk compares with what is indexed. */
static const char *compare_file(const struct status_document *document, const char *path)
{
    struct file_stamp now;
    struct error problem;

    if (os_stamp_at(AT_FDCWD, path, &now, &problem))
        return problem.sys_errno == ENOENT || problem.sys_errno == ENOTDIR ? "gone"
                                                                           : "can't be looked at";
    if (os_stamp_equal(&now, &document->stamp))
        return hash_is_zero(&document->content_hash) ? FILE_AS_SEEN : FILE_AS_READ;
    return "changed since it was read";
}

static const char *next_step(const struct status_document *document, const char *file)
{
    if (document->is_held)
        return "'varve approve' removes it; it stays when the file comes back";
    if (strcmp(file, "gone") == 0)
        return "the next scan removes it from the index";
    if (!is_unchanged(file))
        return "it is read again by 'varve run', or by the next 'varve sync'";
    switch (document->outcome) {
    case OUTCOME_PENDING:
        return "it is about to be read";
    case OUTCOME_COMPLETE:
        if (document->failed_members > 0)
            return "what could be read of its members is indexed; 'varve why' says more of each";
        return document->waiting_segments > 0
                   ? "text search finds it; its vectors follow when the plugin works"
                   : "nothing: it is indexed";
    case OUTCOME_PARTIAL:
        return "what could be read is indexed; it is read again when the file or the extractor "
               "changes";
    case OUTCOME_NO_TEXT:
        return "nothing to search in it; it is read again when the file or the extractor changes";
    case OUTCOME_UNREADABLE:
        return "it is tried again when its permissions or the file change";
    case OUTCOME_OVER_LIMIT:
        return "raise the limit in varve.conf ([extract] file_mb, memory_mb; [archive] ...) to "
               "read "
               "it";
    case OUTCOME_ENCRYPTED:
        return "a copy without a password would be indexed";
    case OUTCOME_TIMED_OUT:
        return "raise [extract] total_seconds or silence_seconds in varve.conf to give it more "
               "time";
    case OUTCOME_EMBED_FAILED:
        return "text search finds it; it is embedded again when it or the model changes";
    case OUTCOME_UNSTABLE:
        return "it is read again as soon as it stops changing";
    case OUTCOME_UNSUPPORTED:
    case OUTCOME_MALFORMED:
    case OUTCOME_CRASHED:
    case OUTCOME_COUNT:
        break;
    }
    return "it is tried again when the file or the extractor changes";
}

static void append_field(struct buf *out, const char *name, struct span value)
{
    if (value.len == 0)
        return;
    buf_printf(out, "  %-11s ", name);
    utf8_append_printable(out, value);
    buf_append_char(out, '\n');
}

static struct span text_span(const char *text)
{
    return (struct span){ text, strlen(text) };
}

static void print_details(struct buf *out, const struct status_document *document, const char *file)
{
    char hex[HASH_HEX_BYTES], when[32];

    append_field(out, "reason", document->reason);
    append_field(out, "file", text_span(file));
    if (document->has_text) {
        os_format_time(document->committed_ms, when);
        hash_to_hex(&document->revision_hash, hex);
        buf_printf(out, "  %-11s %.12s, generation %lld, %s%s\n", "revision", hex,
                   (long long)document->revision_generation, when,
                   document->is_behind ? " (behind its file)" : "");
        buf_printf(out, "  %-11s %llu segments, %llu tokens", "indexed",
                   (unsigned long long)document->segments,
                   (unsigned long long)document->token_count);
        if (document->waiting_segments > 0)
            buf_printf(out, ", %llu without vectors",
                       (unsigned long long)document->waiting_segments);
        if (document->page_count > 0)
            buf_printf(out, ", %u pages", document->page_count);
        buf_append_char(out, '\n');
        if (document->chunks_dropped > 0)
            buf_printf(out, "  %-11s %u chunks without words, or said before in it\n", "left out",
                       document->chunks_dropped);
        append_field(out, "title", document->title);
    }
    append_field(out, "type", document->media_type);
    append_field(out, "charset", document->charset);
    append_field(out, "extractor", document->extractor);
    if (document->attempt_count > 0)
        buf_printf(out, "  %-11s %u begun and not ended\n", "attempts", document->attempt_count);
    if (document->is_container)
        buf_printf(out, "  %-11s %llu, %llu of them failed\n", "members",
                   (unsigned long long)document->member_count,
                   (unsigned long long)document->failed_members);
    append_field(out, "next", text_span(next_step(document, file)));
}

static void put_details(struct buf *out, const struct status_document *document, const char *path,
                        const char *file)
{
    struct json_writer json = JSON_WRITER(out);
    char hex[HASH_HEX_BYTES];

    json_put_object_begin(&json, NULL);
    json_put_path(&json, "path", text_span(path));
    if (document->key.member.len > 0)
        json_put_path(&json, "member", document->key.member);
    json_put_text(&json, "outcome", outcome_name(document->outcome));
    json_put_string(&json, "reason", document->reason);
    json_put_text(&json, "file", file);
    json_put_text(&json, "next", next_step(document, file));
    json_put_bool(&json, "has_text", document->has_text);
    json_put_bool(&json, "behind", document->is_behind);
    json_put_bool(&json, "held", document->is_held);
    json_put_integer(&json, "attempts", document->attempt_count);
    if (document->has_text) {
        hash_to_hex(&document->revision_hash, hex);
        json_put_text(&json, "revision", hex);
        json_put_integer(&json, "generation", document->revision_generation);
        json_put_integer(&json, "committed_ms", document->committed_ms);
        json_put_integer(&json, "segments", (int64_t)document->segments);
        json_put_integer(&json, "waiting_segments", (int64_t)document->waiting_segments);
        json_put_integer(&json, "tokens", (int64_t)document->token_count);
        json_put_integer(&json, "pages", document->page_count);
        json_put_integer(&json, "chunks_left_out", document->chunks_dropped);
        json_put_string(&json, "title", document->title);
    }
    json_put_string(&json, "media_type", document->media_type);
    json_put_string(&json, "charset", document->charset);
    json_put_string(&json, "extractor", document->extractor);
    json_put_object_end(&json);
    buf_append_char(out, '\n');
}

static enum status answer_document(void *user, const struct status_document *document,
                                   struct error *err)
{
    struct answer *answer = user;
    CLEANUP(buf_release) struct buf path = BUF_INIT(4 * (size_t)OS_PATH_MAX);
    const char *file;

    buf_append(&path, document->source_path.data, document->source_path.len);
    buf_append_char(&path, '/');
    buf_append(&path, document->key.path.data, document->key.path.len);
    file = compare_file(document, path.data);
    if (answer->is_first)
        answer->is_current = !document->is_held && !outcome_is_failure(document->outcome) &&
                             document->outcome != OUTCOME_PENDING && is_unchanged(file);
    if (answer->option->is_json) {
        put_details(&answer->out, document, path.data, file);
        answer->is_first = false;
        return buf_status(&answer->out, err);
    }
    if (document->key.member.len > 0) {
        buf_append(&path, "!/", 2);
        buf_append(&path, document->key.member.data, document->key.member.len);
    }
    utf8_append_printable(&answer->out, buf_span(&path));
    buf_printf(&answer->out, ": %s", document->is_held ? "held" : outcome_name(document->outcome));
    if (answer->is_first) {
        buf_append_char(&answer->out, '\n');
        print_details(&answer->out, document, file);
    } else {
        if (document->reason.len > 0) {
            buf_append(&answer->out, ": ", 2);
            utf8_append_printable(&answer->out, document->reason);
        }
        buf_append_char(&answer->out, '\n');
    }
    answer->is_first = false;
    return buf_status(&answer->out, err);
}

static const char *why_unknown(const char *path)
{
    struct stat st;

    if (lstat(path, &st) < 0)
        return errno == ENOENT || errno == ENOTDIR
                   ? "there is no such file, and the index knows none of that name"
                   : strerror(errno);
    if (S_ISDIR(st.st_mode))
        return "a folder; name a file in it";
    if (S_ISLNK(st.st_mode))
        return "a symbolic link: links are not followed, what they lead to is indexed where it is";
    return "not known: not seen yet ('varve sync' looks at it), or ignored by a pattern of "
           "varve.conf, a .varveignore or the defaults";
}

static int answer_unknown(const struct document_option *option)
{
    CLEANUP(buf_release) struct buf out = BUF_INIT(4 * (size_t)OS_PATH_MAX);
    struct json_writer json = JSON_WRITER(&out);
    const char *why = why_unknown(option->path.data);

    if (option->is_json) {
        json_put_object_begin(&json, NULL);
        json_put_path(&json, "path", buf_span(&option->path));
        json_put_text(&json, "outcome", "unknown");
        json_put_text(&json, "reason", why);
        json_put_object_end(&json);
    } else {
        utf8_append_printable(&out, buf_span(&option->path));
        buf_printf(&out, ": %s", why);
    }
    buf_append_char(&out, '\n');
    (void)print_buf(&out);
    return EXIT_FOUND;
}

int cmd_why(int argc, char **argv)
{
    CLEANUP(document_option_release) struct document_option option = DOCUMENT_OPTION_INIT;
    struct answer answer = { .option = &option,
                             .out = BUF_INIT((size_t)1 << 30),
                             .is_first = true };
    bool is_known = false;
    struct error problem;
    int early = document_option_read(&option, argc, argv, help, NULL);

    if (early >= 0)
        return early;
    if (status_why(option.kb.snapshot, &option.key, answer_document, &answer, &is_known,
                   &problem)) {
        buf_release(&answer.out);
        return fail_with(&problem);
    }
    (void)print_buf(&answer.out);
    buf_release(&answer.out);
    if (!is_known)
        return answer_unknown(&option);
    return answer.is_current ? EXIT_DONE : EXIT_FOUND;
}
