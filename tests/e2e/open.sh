#!/bin/bash
# `varve open`: a hit's source, in a program that writes down what it was started with.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"

bin=$top/bin
mkdir "$bin" "$top/run"
chmod 700 "$top/run"
opener() {
    cat >"$bin/$1" <<END
#!/bin/sh
{ echo "$1"; for word; do echo "\$word"; done; } >"$top/argv.part"
for word; do case \$word in *.md | *.pdf | *.txt | *.eml) [ -f "\$word" ] && cp -f "\$word" "$top/shown" && stat -c %a "\$word" >"$top/mode" ;; esac; done
mv "$top/argv.part" "$top/argv"
exit ${2:-0}
END
    chmod 755 "$bin/$1"
}
for name in evince ed1 code gvim xdg-open rule; do opener "$name"; done
export PATH=$bin:$PATH XDG_STATE_HOME=$top/state XDG_RUNTIME_DIR=$top/run EDITOR="ed1 -q" DISPLAY=:7
unset VISUAL WAYLAND_DISPLAY
# opened ARGUMENT...: what was started, words joined by '|'.
opened() {
    rm -f "$top/argv" "$top/shown"
    "$varve" open "$@" >"$top/out" 2>&1 || return
    for _ in $(seq 200); do [ -f "$top/argv" ] && break || sleep 0.02; done
    paste -sd'|' "$top/argv"
}

python3 - "$src" <<'PY'
import sys, zipfile
src = sys.argv[1]
with open(src + "/long note.md", "w") as f:
    f.write("# A note\n\n" + "".join("Line %d of it.\n\n" % n for n in range(1, 60)) + "Here is the zymurgy.\n")
with zipfile.ZipFile(src + "/box.zip", "w") as z:
    z.writestr("in/letter.md", "# Letter\n\nThe quokka sleeps.\n")
with open(src + "/mail.eml", "w") as f:
    f.write("From: a@example.org\nTo: b@example.org\nSubject: A parcel\nMIME-Version: 1.0\n"
            "Content-Type: multipart/mixed; boundary=xx\n\n--xx\nContent-Type: text/plain\n\nThe parcel is here.\n"
            "--xx\nContent-Type: text/plain; name=list.txt\nContent-Disposition: attachment; filename=list.txt\n\n"
            "One axolotl.\n--xx--\n")
PY
cp "$(dirname "$0")/../../demo/price-list.pdf" "$src/prices.pdf"
"$varve" sync "$src" >/dev/null 2>&1

same "no search yet" "$("$varve" open 1 2>&1)" "varve: there is no last search; run 'varve search' first, or name a file"
"$varve" search --mode text zymurgy >/dev/null
same "a text, at its line" "$(opened 1)" "ed1|-q|+121|$src/long note.md"
same "--print is for a shell" "$("$varve" open --print 1)" "ed1 -q +121 '$src/long note.md'"
same "no such hit" "$("$varve" open 9 2>&1)" "varve: the last search has no hit 9: there are 1; search again, or name a file"
same "the state is private" "$(stat -c '%a %a' "$top/state/varve/last-search")" "600 600"
check "and says nothing of the question" test -z "$(grep -o zymurgy "$top/state/varve/last-search")"
echo "No hit." >"$src/1"
same "a number is a hit, whatever the folder holds" "$(cd "$src" && opened 1)" "ed1|-q|+121|$src/long note.md"
same "a file of that name is ./1" "$(cd "$src" && opened ./1)" "ed1|-q|$src/1"
check "a folder is nothing for an editor" sh -c "'$varve' open --print '$src' | grep -q xdg-open"
"$varve" search --json --mode text quokka >/dev/null
same "a program's search is not remembered" "$(opened 1)" "ed1|-q|+121|$src/long note.md"
same "VISUAL goes first" "$(VISUAL="code -w" opened 1)" "code|-w|--goto|$src/long note.md:121"

"$varve" search --mode text quokka >/dev/null
same "a member has a file of its own" "$(opened 1 | sed 's,open-[^/]*,open-X,')" "ed1|-q|+3|$top/run/varve-open-X/letter.md"
same "with its bytes" "$(tail -1 "$top/shown")" "The quokka sleeps."
same "that can't be written" "$(cat "$top/mode")" 400
same "and is gone when the editor is done" "$(ls "$top/run")" ""
same "a window may not have read it yet" "$(EDITOR=gvim opened 1 | sed 's,open-[^/]*,open-X,') $(cat "$top/run"/varve-open-*/letter.md | tail -1)" \
    "gvim|+3|$top/run/varve-open-X/letter.md The quokka sleeps."
chmod -R u+w "$top/run"/varve-open-*
rm -r "$top/run"/varve-open-*
same "a member by name" "$(opened "$src/box.zip!/in/letter.md:1" | sed 's,open-[^/]*,open-X,')" "ed1|-q|+1|$top/run/varve-open-X/letter.md"
"$varve" search --mode text axolotl >/dev/null
same "an attachment" "$(opened 1 | sed 's,.*open-[^/]*,open-X,') $(cat "$top/shown")" "open-X/list.txt One axolotl."
same "no such member" "$("$varve" open "$src/box.zip!/in/other.md" 2>&1)" "varve: there is no 'in/other.md' in it"
same "nothing is left of it" "$(ls "$top/run")" ""
printf 'PK\003\004 broken' >"$src/broken.zip"
check "a broken archive is an error" sh -c "! '$varve' open '$src/broken.zip!/a' 2>'$top/broken'"
check "with a reason" test -s "$top/broken"

page=$("$varve" search --json --mode text --type pdf lamp oil wick price | field 'd["hits"][0]["place"]["page"]')
"$varve" search --mode text --type pdf lamp oil wick price >/dev/null
same "a PDF at its page" "$(opened 1)" "evince|--page-index=$page|$src/prices.pdf"
same "a page by number" "$(opened "$src/prices.pdf#page=2")" "evince|--page-index=2|$src/prices.pdf"
rm "$bin/evince"
same "what the desktop has" "$(opened "$src/prices.pdf#2")" "xdg-open|$src/prices.pdf"
same "and where to look" "$(cat "$top/out")" "varve: the passage is on page 2"
same "without a desktop" "$(DISPLAY='' "$varve" open "$src/prices.pdf" 2>&1)" \
    "varve: there is no desktop here to show '$src/prices.pdf': name a program in [open] of varve.conf"
same "without an editor" "$(DISPLAY='' EDITOR='' "$varve" open "$src/long note.md" 2>&1)" \
    "varve: there is no desktop here to show '$src/long note.md': set \$EDITOR, or name a program in [open] of varve.conf"
opener xdg-open 4
check "a program that fails is said" sh -c "'$varve' open '$src/prices.pdf' 2>&1 | grep -q \"'xdg-open' could not show it (status 4)\""

cat >>"$VARVE_KB/varve.conf" <<'END'
[open]
application/pdf = rule -p {page} 'a b' {path}
*.md = rule {line}:{path}
END
same "a rule by type" "$(opened "$src/prices.pdf#2")" "rule|-p|2|a b|$src/prices.pdf"
same "a rule by name" "$(opened "$src/long note.md:7")" "rule|7:$src/long note.md"
# Names that a shell would take for something else.
odd='a;b$(x) `y` "z" '"'"'w.md'
echo "The wombat." >"$src/$odd"
same "odd names" "$(opened "$src/$odd")" "rule|1:$src/$odd"
eval "set -- $("$varve" open --print "$src/$odd")"
same "odd names for a shell" "$*" "rule 1:$src/$odd"
echo "*.x = rule" >>"$VARVE_KB/varve.conf"
check "a rule without a path is refused" sh -c "'$varve' open '$src/long note.md' 2>&1 | grep -q 'needs a {path}'"
sed -i '$d' "$VARVE_KB/varve.conf"
sed -i 's/^\*.md.*/*.md = no-such-program {path}/' "$VARVE_KB/varve.conf"
check "a missing program is said" sh -c "'$varve' open '$src/long note.md' 2>&1 | grep -q \"cannot start 'no-such-program'\""
"$varve" search --mode text zymurgy >/dev/null
echo "more" >>"$src/long note.md"
check "a change is said" sh -c "'$varve' open --print 1 2>&1 | grep -q 'changed since the search'"
rm "$src/long note.md"
check "a file that is gone" sh -c "'$varve' open 1 2>&1 | grep -q 'search again'"
"$varve" open >/dev/null 2>&1
same "wrong usage" $? 2
finish
