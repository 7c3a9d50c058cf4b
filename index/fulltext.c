#include "index/fulltext.h"

enum status fulltext_put(struct index *index, const struct fulltext_row *row, struct error *err)
{
    return sql_run(&index->sql,
                   "INSERT INTO fulltext(rowid, text, headings, title) VALUES(?, ?, ?, ?)",
                   SQL_VALUES(sql_integer(row->segment_id), sql_text(row->text),
                              sql_text(row->headings), sql_text(row->title)),
                   err);
}

enum status fulltext_delete(struct index *index, const struct fulltext_row *row, struct error *err)
{
    return sql_run(&index->sql,
                   "INSERT INTO fulltext(fulltext, rowid, text, headings, title)"
                   " VALUES('delete', ?, ?, ?, ?)",
                   SQL_VALUES(sql_integer(row->segment_id), sql_text(row->text),
                              sql_text(row->headings), sql_text(row->title)),
                   err);
}
