/*
 * csv.c - tables of separated values: the text is the file itself, a cell what is between the
 * quotes.
 *
 * The dialect is the separator that cuts most records into the same number of cells, more than one.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "extractors/common/charset.h"
#include "extractors/extractors.h"

#define SAMPLE_BYTES   ((size_t)64 << 10)
#define SAMPLE_RECORDS 200u
#define CELL_BLOCKS_MAX                                                                            \
    500000u /* then rows alone: cells of a table this long cost more than they give */

struct csv {
    struct span text;
    size_t first; /* where its first record begins */
    char separator;
};

struct cell {
    size_t start, end; /* between the quotes, trimmed */
    size_t next;       /* behind the separator or line end */
    bool is_last;      /* of its record */
};

static int csv_bid(const struct bid_input *input)
{
    return strcmp(input->media_type, "text/csv") == 0 ||
                   strcmp(input->media_type, "text/tab-separated-values") == 0
               ? 95
               : 0;
}

/* Where the quoted value that begins at start ends: at its closing quote, or at the text's end. */
static size_t quoted_end(struct span text, size_t start)
{
    size_t at = start;

    while (at < text.len) {
        const char *quote = memchr(text.data + at, '"', text.len - at);

        if (!quote)
            return text.len;
        at = (size_t)(quote - text.data);
        if (at + 1 >= text.len || text.data[at + 1] != '"')
            return at;
        at += 2;
    }
    return text.len;
}

static struct cell cell_at(const struct csv *csv, size_t start)
{
    struct span text = csv->text;
    struct cell cell = { .start = start };
    size_t at = start;

    while (at < text.len && text.data[at] == ' ' && csv->separator != ' ')
        at++;
    if (at < text.len && text.data[at] == '"') {
        cell.start = at + 1;
        cell.end = quoted_end(text, at + 1);
        at = cell.end < text.len ? cell.end + 1 : text.len;
    } else {
        cell.start = cell.end = at;
    }
    while (at < text.len && text.data[at] != csv->separator && text.data[at] != '\n')
        at++;
    if (cell.start == start || text.data[cell.start - 1] != '"')
        cell.end = at;
    cell.is_last = at >= text.len || text.data[at] == '\n';
    cell.next = at < text.len ? at + 1 : text.len;
    while (cell.start < cell.end && isspace((unsigned char)text.data[cell.start]))
        cell.start++;
    while (cell.end > cell.start && isspace((unsigned char)text.data[cell.end - 1]))
        cell.end--;
    return cell;
}

/* How well a separator fits: records with the most frequent number of cells, when that is above 1.
 */
static size_t fit(struct span sample, char separator)
{
    struct csv csv = { .text = sample, .separator = separator };
    size_t counts[64] = { 0 }, best = 0, records = 0, cells = 0;

    for (size_t at = 0; at < sample.len && records < SAMPLE_RECORDS;) {
        struct cell cell = cell_at(&csv, at);

        cells++;
        at = cell.next;
        if (!cell.is_last)
            continue;
        if (cells > 1 || cell.end > cell.start) {
            counts[cells < 63 ? cells : 63]++;
            records++;
        }
        cells = 0;
    }
    for (size_t i = 2; i < 64; i++)
        best = counts[i] > best ? counts[i] : best;
    return best;
}

static char find_separator(struct span text)
{
    static const char separators[] = { ',', ';', '\t', '|' };
    struct span sample = { text.data, text.len < SAMPLE_BYTES ? text.len : SAMPLE_BYTES };
    size_t best = 0;
    char found = ',';

    for (size_t i = 0; i < sizeof(separators); i++) {
        size_t now = fit(sample, separators[i]);

        if (now > best) {
            best = now;
            found = separators[i];
        }
    }
    return found;
}

/* "sep=;" on the first line, as Excel has it: the bytes of that line; 0: there is none. */
static size_t told_separator(struct span text, char *separator)
{
    size_t end = 5;

    if (text.len < 6 || strncasecmp(text.data, "sep=", 4) != 0)
        return 0;
    end += text.data[end] == '\r';
    if (end >= text.len || text.data[end] != '\n')
        return 0;
    *separator = text.data[4];
    return end + 1;
}

static bool is_number(struct span text)
{
    size_t digits = 0;

    for (size_t i = 0; i < text.len; i++) {
        digits += isdigit((unsigned char)text.data[i]) != 0;
        if (!isdigit((unsigned char)text.data[i]) && !strchr("+-.,%:/ eE$", text.data[i]))
            return false;
    }
    return digits > 0;
}

/* Names of columns are words, and none is missing. */
static bool has_header(const struct csv *csv)
{
    for (size_t at = csv->first; at < csv->text.len;) {
        struct cell cell = cell_at(csv, at);
        struct span value = { csv->text.data + cell.start, cell.end - cell.start };

        if (value.len == 0 ? !cell.is_last : is_number(value))
            return false;
        if (cell.is_last)
            return true;
        at = cell.next;
    }
    return false;
}

static size_t record_end(const struct csv *csv, size_t start, bool *is_blank)
{
    struct cell cell = { .next = start };
    size_t end;

    *is_blank = true;
    do {
        cell = cell_at(csv, cell.next);
        *is_blank &= cell.end == cell.start;
    } while (!cell.is_last);
    end = cell.next;
    while (end > start && (csv->text.data[end - 1] == '\n' || csv->text.data[end - 1] == '\r'))
        end--;
    return end;
}

static void write_records(const struct csv *csv, const struct source *source, struct writer *writer,
                          unsigned header_rows)
{
    size_t rows = 0;

    for (size_t at = csv->first; at < csv->text.len;) {
        struct cell cell = { .next = at };
        bool is_blank, has_cells = writer_block_count(writer) < CELL_BLOCKS_MAX;
        size_t end = record_end(csv, at, &is_blank);

        if (!is_blank) {
            writer_span(writer, BLOCK_ROW, 0, at, end);
            writer_flags(writer, rows++ < header_rows ? (unsigned)BLOCK_HEADER : 0u);
        }
        do {
            cell = cell_at(csv, cell.next);
            if (!is_blank && has_cells)
                writer_span(writer, BLOCK_CELL, 0, cell.start, cell.end);
        } while (!cell.is_last);
        at = cell.next;
        if (rows % 1024 == 0)
            source_progress(source);
    }
}

static enum status csv_extract(const struct source *source, struct writer *writer,
                               struct error *err)
{
    struct decoded decoded;
    struct csv csv;
    enum status status = charset_decode(source->bytes, "", &decoded, err);

    if (!status) {
        size_t end;
        unsigned header_rows;

        csv.text = decoded.text;
        if (csv.text.len > EXTRACTION_TEXT_BYTES_MAX)
            csv.text.len = EXTRACTION_TEXT_BYTES_MAX;
        end = csv.text.len;
        while (end > 0 && isspace((unsigned char)csv.text.data[end - 1]))
            end--;
        csv.first = told_separator(csv.text, &csv.separator);
        if (csv.first == 0)
            csv.separator = find_separator(csv.text);
        header_rows = has_header(&csv) ? 1 : 0;
        writer_charset(writer, decoded.charset);
        writer_source(writer, decoded.text, decoded.runs, decoded.run_count);
        if (end > csv.first) {
            writer_span(writer, BLOCK_TABLE, header_rows, csv.first, end);
            write_records(&csv, source, writer, header_rows);
        }
    }
    decoded_release(&decoded);
    return status;
}

const struct extractor csv_extractor = {
    .name = "csv",
    .version = 4,
    .bid = csv_bid,
    .extract = csv_extract,
};
