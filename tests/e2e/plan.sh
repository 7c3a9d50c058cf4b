#!/bin/bash
# What `varve plan` says is what the run then does; it changes nothing itself.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)

cp -r "$root/demo/." "$root/docs" "$src"
plan() { "$varve" plan --json "$@" 2>>"$top/plan.log" | field "$plan_field"; }
sync_field() { "$varve" sync --json 2>>"$top/sync.log" | field "$1"; }

plan_field='d["new"], d["chunks_to_embed"]'
planned=$(plan "$src")
check "nothing was made" [ ! -e "$VARVE_KB/index.db" ]
"$varve" sync --json "$src" >"$top/first.json" 2>/dev/null
same "a first run" "$planned" "$(field 'sum(d["documents"].values()), d["embedded"]' <"$top/first.json")"
same "nothing is left to do" "$(plan)" "(0, 0)"
sed -i '5s/$/ One sentence more, about a lake./' "$src/docs/architecture.md"
mv "$src/docs/chunking.md" "$src/chunking.md"
rm "$src/docs/plugin-protocol.md"
plan_field='d["new"], d["changed"], d["gone"] + d["moved"], d["chunks_to_embed"]'
same "what is renamed is not new" "$(plan | cut -d, -f1)" "(0"
planned=$(plan)
generation=$(status_field 'd["generation"]')
same "the plan changed nothing" "$(status_field 'd["generation"]')" "$generation"
embedded=$(sync_field 'd["embedded"]')
same "an edit, a rename and a delete" "$(cut -d, -f4 <<<"$planned")" " $embedded)"
check "the edit is seen" [ "$(cut -d, -f2 <<<"$planned")" = " 1" ]
plan_field='d["changed"] > 5, d["chunks_to_embed"] > 0, d["cost"] > 0'
same "other sizes cut all again" "$(plan --target-tokens 64 --price 0.5)" "(True, True, True)"
plan_field='d["changed"], d["chunks_to_embed"]'
planned=$(plan --plugin "$root/plugins/template/embed_template.py")
same "and leaves what is searched" "$("$varve" model list --json | field 'len(d)')" 1
"$varve" model build "$root/plugins/template/embed_template.py" >"$top/build.log" 2>&1
same "another model embeds all again" "$planned" "(0, $("$varve" model list --json | field 'd[1]["vectors"]'))"

# one source is cut in its own way: its documents, and no others, are due
mkdir "$top/letters"
cp "$root/docs/chunking.md" "$top/letters/"
"$varve" sync "$top/letters" >/dev/null 2>&1
plan_field='d["changed"]'
same "nothing is due" "$(plan)" 0
printf 'chunker = structure\ntarget_tokens = 64\n' >>"$VARVE_KB/varve.conf"
same "only that source is due" "$(plan)" 1
"$varve" sync >/dev/null 2>&1
same "and then no more" "$(plan)" 0
check "the index agrees with itself" verify_clean --deep
finish
