#!/bin/bash
# Members of archives are never unpacked to disk: while archives are read, nothing is opened for
# writing or made but what is the knowledge base's own.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)

case $build in
*/asan) traced= ;; # the leak checker traces the process itself
*) traced=$(strace -f -o /dev/null true 2>/dev/null && echo yes) ;;
esac
if [ -z "$traced" ]; then
    echo "skipped: strace cannot be used here"
    ok
    finish
fi

python3 - "$src" <<'PY'
import io, os, sys, tarfile, zipfile
folder = sys.argv[1]
inner = io.BytesIO()
with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as file:
    file.writestr("deep.txt", "A medlar in a box in a box.\n")
    file.writestr("long.txt", "".join("%x is what medlar %d tastes of.\n" % (n * n * 2654435761, n) for n in range(50_000)))
with zipfile.ZipFile(f"{folder}/many.zip", "w", zipfile.ZIP_DEFLATED) as file:
    file.writestr("inner.zip", inner.getvalue())
with tarfile.open(f"{folder}/many.tar.gz", "w:gz") as file:
    entry = tarfile.TarInfo("inner.zip")
    entry.size = len(inner.getvalue())
    file.addfile(entry, io.BytesIO(inner.getvalue()))
PY
cp "$root"/tests/golden/archive/{two.7z,two.rar,two.iso.gz,two.cab,two.cpio,older.rar,notes.txt.xz} \
    "$root"/tests/golden/mail/attached.eml "$src"
gzip -d "$src/two.iso.gz"

strace -f -qq -o "$top/calls" \
    -e trace=open,openat,openat2,creat,mkdir,mkdirat,mknod,mknodat,link,linkat,rename,renameat,renameat2 \
    "$varve" sync "$src" >"$top/sync.log" 2>&1
for archive in many.zip many.tar.gz; do
    for member in deep long; do
        check "$member.txt in $archive is indexed" \
            grep -q ': complete' <<<"$("$varve" why "$src/$archive!/inner.zip!/$member.txt" 2>&1)"
    done
done
python3 - "$top/calls" "$VARVE_KB" "$top" >"$top/report" <<'PY'
import re, sys
calls, kb, top = sys.argv[1:]
looked, bad = 0, []
for line in open(calls, errors="replace"):
    call = re.match(r"\d+ +(\w+)\((.*)\) += (-?\d+)", line)
    if not call or int(call[3]) < 0:
        continue
    name, words = call[1], call[2]
    looked += 1
    if name in ("open", "openat", "openat2") and not re.search(r"O_WRONLY|O_RDWR|O_CREAT|O_TMPFILE", words):
        continue
    paths = re.findall(r'"([^"]*)"', words)
    if paths and all(
            p in ("/dev/null", kb) or p.startswith(kb + "/") or not p.startswith("/") and kb in words for p in paths):
        continue
    bad.append(line.strip())
print(looked, "calls")
print("\n".join(bad))
PY
check "calls were seen" [ "$(sed -n '1s/ .*//p' "$top/report")" -gt 100 ]
same "files written elsewhere" "$(sed 1d "$top/report")" ""
finish
