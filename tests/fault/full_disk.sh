#!/bin/bash
# A disk that gets full and has room again: intake stops and says why, answers go on
# without what was deleted, and the rest comes in when there is room. Needs the right to mount a tmpfs.
. "$(dirname "$0")/../lib.sh"
disk=$top/disk
mkdir "$disk"
if ! mount -t tmpfs -o size=24m tmpfs "$disk" 2>/dev/null; then
    echo "no right to mount: not tested"
    ok
    finish
fi
trap 'umount -l "$disk"; cleanup' EXIT
export VARVE_KB=$disk/kb
# words that do not compress well
python3 - "$src" <<'PY'
import hashlib, sys
for i in range(1, 121):
    with open("%s/%d.md" % (sys.argv[1], i), "w") as out:
        out.write("# Document %d of hollyhock\n" % i)
        for k in range(80):
            name = hashlib.sha512(b"%d %d" % (i, k)).hexdigest()
            out.write("\n%s says %s.\n" % (name[:40], name[40:]))
PY
echo "The first page is about larkspur." >"$src/0.md"
cp "$src/0.md" "$top/0.md"
mkdir "$top/later" && mv "$src"/[1-9]*.md "$top/later"
check "a first pass" "$varve" sync --json "$src" >/dev/null 2>&1
mv "$top"/later/*.md "$src"
"$varve" sync >"$top/out" 2>&1
same "a full disk stops the pass" "$?" 3
check "and it is said" grep -qiE "no room|full|no space" "$top/out"
check "answers go on" [ "$("$varve" search --json --mode text larkspur | places)" = 0.md ]
check "the index agrees with itself" verify_clean --deep --no-files
rm "$src/0.md"
same "what is deleted is out of the answers" "$("$varve" search --json --mode text larkspur | places)" ""
mount -o remount,size=400m "$disk"
check "with room again, all comes in" "$varve" sync >"$top/out" 2>&1
same "all are there" "$(state | grep -c '[0-9]\.md')" 120
check "the index agrees with itself" verify_clean --deep
check "the ballast is there again" [ "$(stat -c %s "$VARVE_KB/ballast")" = 16777216 ]
finish
