#!/bin/bash
# What people type that was not meant so, and folders that are not what they were.
. "$(dirname "$0")/../lib.sh"

# fails STATUS WORDS COMMAND...: ends with that status, and says so on stderr
fails() {
    local status=$1 words=$2 got
    shift 2
    "$varve" "$@" >"$top/out" 2>"$top/err"
    got=$?
    same "exit status of $*" "$got" "$status"
    check "'$words' is said of: $* ($(head -n 1 "$top/err"))" grep -qF -- "$words" "$top/err"
}

echo "Quinces ripen in October." >"$src/a.md"

# What is no folder never comes into varve.conf, where it would fail each later pass.
fails 3 "cannot open the folder '$src/a.md'" sync "$src/a.md"
fails 3 "cannot open the folder '$src/a.md'" init "$src" "$src/a.md"
check "no source was added" test -z "$(grep "^\[source" "$VARVE_KB/varve.conf" 2>/dev/null)"

check "a sync of a folder" "$varve" sync "$src" >"$top/out"

# No argument is passed over: 'gc --all FILE' is not what it looks like.
for command in status verify du approve feed "gc --all" "model list" "model rollback now"; do
    # shellcheck disable=SC2086
    fails 2 "see 'varve ${command%% *} --help'" $command "$src/a.md"
done
fails 3 "that is a folder" show "$src"
fails 3 "is the knowledge base itself" backup "$VARVE_KB"
ln -s "$VARVE_KB" "$top/other-name"
fails 3 "is the knowledge base itself" backup "$top/other-name"
fails 3 "the index has only" feed --from 99
newest=$("$varve" feed | tail -n 1 | field 'd["seq"]')
check "the next change is waited for" "$varve" feed --from "$((newest + 1))"
same "help of a command" "$("$varve" help search)" "$("$varve" search --help)"
fails 2 "there is no command 'serach'" help serach

fails 2 "which question? See 'varve context --help'" context

# What can't be opened says why; a name can't send codes to the terminal.
long=$(printf 'x%.0s' $(seq 300))
fails 1 "varve: $src/none: No such file or directory" extract "$src/none"
printf '%%PDF-1.4' >"$top/e"$'\e'"[31mvil"
fails 1 'e\x1b[31mvil: malformed' extract "$top/e"$'\e'"[31mvil"
same "json everywhere" "$("$varve" extract --json "$src/a.md" | field 'd["outcome"]') $("$varve" context --json quinces | field 'len(d["sources"])')" "complete 1"
same "a file that nobody knows, as JSON" "$("$varve" why --json "$src/none" | field 'd["outcome"]')" unknown
same "one that can't be looked at" "$("$varve" why "$src/$long")" "$src/$long: File name too long"
ln -s nowhere "$src/dangling"
mkfifo "$src/pipe"
printf 'PK\003\004garbage' >"$src/broken.docx"
"$varve" sync --json >"$top/sync.json"
same "what failed is not counted as indexed" "$(field '[d["files_indexed"], d["failed"]]' <"$top/sync.json")" "[0, 3]"
check "what was never read is not said to be as it was read" sh -c "'$varve' why '$src/pipe' | grep -q 'file *as it was when it was looked at'"
rm "$src/dangling" "$src/pipe" "$src/broken.docx"
"$varve" sync >/dev/null

# A file too deep for a path is told of, and forgotten when it is gone.
(cd "$src" && for _ in $(seq 19); do
    name=$(printf 'd%.0s' $(seq 230))
    mkdir "$name" && cd "$name" || exit
done && echo "Too deep." >deep.md)
same "a file too deep" "$("$varve" sync --json | field 'd["documents"]["unreadable"]')" 1
rm -rf "$src"/ddd*
same "it is forgotten" "$("$varve" sync --json | field 'd["documents"]["unreadable"]')" 0

# A source that is not there, or not itself, is a failed pass, though nothing is lost.
mv "$src" "$top/away"
fails 1 "its folder is gone" sync
same "no folder" "$("$varve" sync --json 2>/dev/null | field 'd["offline_sources"]')" 1
check "status tells of it" sh -c "'$varve' status | grep -q 'its folder is not there'"
same "in JSON" "$("$varve" status --json | field 'd["sources"][0]["is_there"]')" False
mkdir "$src"
fails 1 "another folder is in its place" sync
rmdir "$src"
mv "$top/away" "$src"
check "it is back" "$varve" sync >"$top/out"

# What the daemon says to type in another terminal works as it stands, whatever the folder is called.
there="$top/it's \$HOME here"
"$varve" run --kb "$there" "$src" </dev/null >/dev/null 2>"$top/err" &
daemon=$!
for _ in $(seq 200); do
    grep -q 'in another terminal: ' "$top/err" && break
    sleep 0.05
done
hint=$(sed -n 's/.*in another terminal: varve \(.*\)search "\.\.\."$/\1/p' "$top/err")
eval "words=($hint)"
same "the hint names the knowledge base: $hint" "${words[*]}" "--kb $there"
daemon_stop

finish
