#!/bin/bash
# The past: what a revision said (show), what changed between two (diff), what a search found then
# (search --as-of), by generation, by hash and by time.
. "$(dirname "$0")/../lib.sh"

"$varve" init "$src" >/dev/null 2>&1
printf '# Guide\n\nThe first paragraph speaks of kumquats.\n\nThe second one stays.\n' >"$src/a.md"
"$varve" sync >/dev/null 2>&1
sleep 1.1
before=$(date -u +%Y-%m-%dT%H:%M:%SZ)
sleep 1.1
printf '# Guide\n\nThe first paragraph speaks of rambutans.\n\nThe second one stays.\n\nA third came.\n' >"$src/a.md"
echo "mail" >"$src/me@2024"
"$varve" sync >/dev/null 2>&1
then=$("$varve" log --json "$src/a.md" | tail -1 | field 'd["generation"]')
hash=$("$varve" log --json "$src/a.md" | tail -1 | field 'd["revision"][:12]')

check "show of a generation" grep -q kumquats <("$varve" show "$src/a.md@$then")
check "show of a hash" grep -q kumquats <("$varve" show "$src/a.md@$hash")
check "show of a time" grep -q kumquats <("$varve" show "$src/a.md@$before")
check "show of the day is the newest of it" grep -q rambutans <("$varve" show "$src/a.md@today")
check "nothing was there yesterday" test "$("$varve" show "$src/a.md@2 days ago" 2>&1 | grep -c 'nothing was committed')" = 1
same "a file whose name has an @" "$("$varve" show "$src/me@2024")" mail

"$varve" diff "$src/a.md" >"$top/diff"
same "there is a difference" $? 1
check "what went" grep -q '^-.*kumquats' "$top/diff"
check "what came" grep -q '^+.*rambutans' "$top/diff"
check "what stays is no difference" test "$(grep -c '^[-+].*stays' "$top/diff")" = 0
check "no colour in a file" test "$(grep -c $'\033' "$top/diff")" = 0
"$varve" diff "$src/a.md" "$then" "$before" >/dev/null
same "a revision and itself" $? 0
check "by hash and time" grep -q '^-.*rambutans' <("$varve" diff "$src/a.md" now "$hash")
same "as JSON" "$("$varve" diff --json "$src/a.md" | head -1 | field 'd["change"]')" removed
"$varve" diff "$src/a.md" 999999999 >/dev/null 2>&1
same "an unknown revision" $? 3
check "colours on a terminal" grep -q $'\033\\[32m+' <(script -qec "'$varve' diff '$src/a.md'" /dev/null)

hits() { "$varve" search --json --mode text "$@" 2>/dev/null | field 'len(d["hits"])'; }
same "a search now" "$(hits +kumquats)" 0
same "a search as of a generation" "$(hits --as-of "$then" +kumquats)" 1
same "a search as of a time" "$(hits --as-of "$before" +kumquats)" 1
same "a search as of today" "$(hits --as-of today +rambutans)" 1
"$varve" search --as-of "some day" kumquats >/dev/null 2>&1
same "no time" $? 3
rm "$src/a.md"
"$varve" sync >/dev/null 2>&1
check "of a document that is gone" grep -q rambutans <("$varve" diff "$src/a.md" "$then" "$((then + 1))")
finish
