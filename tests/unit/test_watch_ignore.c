/* Which names are not documents: the patterns, their layers, and what a new rule does. */
#include "tests/unit/memory_store.c"
#include "tests/unit/watch_fixture.c"

static struct span text_span(const char *text)
{
    return (struct span){ text, strlen(text) };
}

static void globs(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool matches;
    } cases[] = {
        { "", "", true },
        { "a", "a", true },
        { "a", "b", false },
        { "a", "", false },
        { "*", "", true },
        { "*", "a/b", false },
        { "*.c", "x.c", true },
        { "*.c", "x.cc", false },
        { "a*b*c", "aXXbYYc", true },
        { "a*b*c", "aXXbYY", false },
        { "?", "a", true },
        { "?", "/", false },
        { "[a-c]x", "bx", true },
        { "[!a-c]x", "bx", false },
        { "[^a-c]x", "dx", true },
        { "[]]", "]", true },
        { "[a-]", "-", true },
        { "[", "[", true },
        { "[ab", "[ab", true },
        { "[!/]", "/", false },
        { "\\*", "*", true },
        { "\\*", "a", false },
        { "**/x", "x", true },
        { "**/x", "a/b/x", true },
        { "**/x", "ax", false },
        { "a/**", "a/b/c", true },
        { "a/**", "a", false },
        { "a/**/b", "a/b", true },
        { "a/**/b", "a/x/y/b", true },
        { "a/**/b", "a/xb", false },
        { "a/*/b", "a/x/y/b", false },
        { "**/a/*.txt", "q/a/z.txt", true },
        { "*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
        { "**/*a**/*a**/*a**/*b", "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        if (ignore_glob(text_span(cases[i].pattern), text_span(cases[i].text)) != cases[i].matches)
            fail_msg("'%s' and '%s'", cases[i].pattern, cases[i].text);
}

static void defaults(void **state)
{
    static const char *const ignored[] = { "a~",
                                           "d/.#a.txt",
                                           "#a.txt#",
                                           ".a.swp",
                                           "4913",
                                           "~$report.docx",
                                           ".~lock.a.odt#",
                                           ".DS_Store",
                                           "d/Thumbs.db",
                                           "big.iso.part",
                                           "x.crdownload",
                                           ".git",
                                           "sub/.git/HEAD",
                                           "node_modules/m/index.js",
                                           ".varveignore",
                                           "lost+found/x" };
    static const char *const kept[] = { "a.txt", ".gitignore", "node_modules.txt",
                                        "part",  ".profile",   "notes#1.md",
                                        "49131", "swp" };
    struct ignore *ignore;

    (void)state;
    assert_int_equal(ignore_new(NULL, &ignore, NULL), STATUS_OK);
    for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
        if (!ignore_covers(ignore, text_span(ignored[i]), false))
            fail_msg("'%s' is not ignored", ignored[i]);
    for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
        if (ignore_covers(ignore, text_span(kept[i]), false))
            fail_msg("'%s' is ignored", kept[i]);
    /* a file of that name is no folder of fetched code */
    assert_false(ignore_matches(ignore, text_span("node_modules"), false));
    assert_true(ignore_matches(ignore, text_span("node_modules"), true));
    ignore_free(ignore);
}

static void layers(void **state)
{
    static const char *const patterns[] = { "*.log", "!node_modules/", "/top", "a/b/*.tmp", NULL };
    struct ignore *ignore;
    bool is_changed;

    (void)state;
    assert_int_equal(ignore_new(patterns, &ignore, NULL), STATUS_OK);
    assert_true(ignore_covers(ignore, text_span("x/y.log"), false));
    assert_false(ignore_covers(ignore, text_span("node_modules/x"), false));
    assert_true(ignore_covers(ignore, text_span("top"), false));
    assert_false(ignore_covers(ignore, text_span("x/top"), false));
    assert_true(ignore_covers(ignore, text_span("a/b/x.tmp"), false));
    assert_false(ignore_covers(ignore, text_span("c/a/b/x.tmp"), false));
    /* a folder's rules are relative to it, and stronger than those above */
    assert_int_equal(ignore_set_folder(ignore, text_span("x"),
                                       text_span("!keep.log\n# none\n\n/only\r\n*.md  \n"),
                                       &is_changed, NULL),
                     STATUS_OK);
    assert_true(is_changed);
    assert_false(ignore_covers(ignore, text_span("x/keep.log"), false));
    assert_true(ignore_covers(ignore, text_span("x/y/other.log"), false));
    assert_true(ignore_covers(ignore, text_span("x/only"), false));
    assert_false(ignore_covers(ignore, text_span("x/y/only"), false));
    assert_false(ignore_covers(ignore, text_span("only"), false));
    assert_true(ignore_covers(ignore, text_span("x/y/a.md"), false));
    assert_int_equal(
        ignore_set_folder(ignore, text_span("x/y"), text_span("!a.md"), &is_changed, NULL),
        STATUS_OK);
    assert_false(ignore_covers(ignore, text_span("x/y/a.md"), false));
    assert_true(ignore_covers(ignore, text_span("x/z/a.md"), false));
    assert_int_equal(
        ignore_set_folder(ignore, text_span("x/y"), text_span("!a.md"), &is_changed, NULL),
        STATUS_OK);
    assert_false(is_changed);
    ignore_drop_folder(ignore, text_span("x"));
    assert_false(ignore_covers(ignore, text_span("x/y/a.md"), false));
    ignore_free(ignore);
}

/* What a new rule ignores is removed like a deletion; what it frees is found. */
static void a_new_rule(void **state)
{
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    make_folder(&f, "drafts");
    put_file(&f, "a.txt", "a");
    put_file(&f, "b.md", "b");
    put_file(&f, "drafts/c.txt", "c");
    put_file(&f, "drafts/c.part", "unfinished");
    fixture_start(&f);
    fixture_fresh(&f);
    assert_int_equal(memory_store_count(f.store, f.source_id), 3);
    put_file(&f, ".varveignore", "*.md\n/drafts/\n");
    fixture_settle(&f);
    assert_unknown(&f, "b.md");
    assert_unknown(&f, "drafts/c.txt");
    assert_text(&f, "a.txt", "a");
    put_file(&f, "drafts/c.txt", "still ignored");
    put_file(&f, "d.md", "ignored");
    fixture_fresh(&f);
    assert_int_equal(memory_store_count(f.store, f.source_id), 1);
    put_file(&f, ".varveignore", "!*.part\n");
    fixture_settle(&f);
    assert_text(&f, "b.md", "b");
    assert_text(&f, "d.md", "ignored");
    assert_text(&f, "drafts/c.txt", "still ignored");
    assert_text(&f, "drafts/c.part", "unfinished");
    delete_path(&f, ".varveignore");
    fixture_settle(&f);
    assert_unknown(&f, "drafts/c.part");
    assert_text(&f, "drafts/c.txt", "still ignored");
    fixture_end(&f);
}

static void renames_across_the_border(void **state)
{
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    put_file(&f, "keep", "keep");
    put_file(&f, "movie.part", "text");
    make_folder(&f, "node_modules");
    put_file(&f, "node_modules/x", "x");
    fixture_start(&f);
    fixture_fresh(&f);
    assert_int_equal(memory_store_count(f.store, f.source_id), 1);
    move_path(&f, "movie.part", "movie");
    move_path(&f, "node_modules", "modules");
    fixture_settle(&f);
    assert_text(&f, "movie", "text");
    assert_text(&f, "modules/x", "x");
    move_path(&f, "movie", "movie~");
    move_path(&f, "modules", "node_modules");
    fixture_settle(&f);
    assert_unknown(&f, "movie");
    assert_unknown(&f, "modules/x");
    assert_int_equal(memory_store_count(f.store, f.source_id), 1);
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(globs),
        cmocka_unit_test(defaults),
        cmocka_unit_test(layers),
        cmocka_unit_test(a_new_rule),
        cmocka_unit_test(renames_across_the_border),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
