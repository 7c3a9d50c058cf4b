#!/bin/bash
# `--as USER`: what a search shows is what the kernel would let that user read. Needs root, to make files
# of others and to become them.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/../lib.sh"
if [ "$(id -u)" != 0 ]; then
    same "one sees one's own file" "$(echo "A note of mine." >"$src/a.txt"; "$varve" sync "$src" >/dev/null 2>&1
        "$varve" search --json --as "$(id -un)" note | field 'len(d["hits"])')" 1
    same "an unknown user is an error" "$("$varve" search --as no-such-user note 2>&1 | grep -c 'no user')" 1
    echo "files of other users: skipped, this is not root"
    finish
fi

# Random owners, groups, modes and access lists, in folders that have them as well.
cat >"$top/make.py" <<'PY'
import grp, os, pwd, random, struct, sys
source = sys.argv[1]
random.seed(7)
users = [pwd.getpwnam(u) for u in ("nobody", "daemon", "bin", "games", "mail")]
groups = [u.pw_gid for u in users]
def acl(mode):
    entries = [(1, random.randrange(8), 0xffffffff)]
    for u in sorted(random.sample([u.pw_uid for u in users], random.randrange(3))): entries.append((2, random.randrange(8), u))
    entries.append((4, random.randrange(8), 0xffffffff))
    for g in sorted(random.sample(groups, random.randrange(3))): entries.append((8, random.randrange(8), g))
    entries.append((16, random.randrange(8), 0xffffffff))
    entries.append((32, random.randrange(8), 0xffffffff))
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in entries)
def dress(path, is_folder):
    os.chown(path, random.choice(users).pw_uid, random.choice(groups))
    os.chmod(path, random.choice((0o755, 0o711, 0o750, 0o700, 0o550, 0o705) if is_folder else (0o644, 0o640, 0o600, 0o604, 0o060, 0o444, 0)))
    if random.randrange(3) == 0:
        try: os.setxattr(path, "system.posix_acl_access", acl(0))
        except OSError: pass
for f in range(12):
    folder = "%s/f%d/g%d" % (source, f, f)
    os.makedirs(folder)
    for n in range(12):
        path = "%s/n%d-%d.txt" % (folder, f, n)
        open(path, "w").write("Sediment number %d of folder %d settles.\n" % (n, f))
        dress(path, False)
    dress(folder, True)
    dress(os.path.dirname(folder), True)
PY
# What the kernel lets a user read below a folder.
cat >"$top/kernel.py" <<'PY'
import os, pwd, sys
source, name = sys.argv[1:]
user = pwd.getpwnam(name)
paths = sorted(os.path.join(d, f) for d, _, fs in os.walk(source) for f in fs)
os.setgroups(os.getgrouplist(name, user.pw_gid)); os.setresgid(*[user.pw_gid] * 3); os.setresuid(*[user.pw_uid] * 3)
print("\n".join(p for p in paths if os.access(p, os.R_OK)))
PY
chmod 755 "$src"
python3 "$top/make.py" "$src"
"$varve" sync "$src" >/dev/null 2>&1
shown() {
    "$varve" search --json --mode text --limit 1000 --as "$1" sediment | python3 -c 'import json,sys
d=json.load(sys.stdin)
print("\n".join(sorted(p["path"] for h in d["hits"] for p in [h["place"]]+h.get("also_in",[]))))'
}
for user in nobody daemon bin games mail; do
    python3 "$top/kernel.py" "$src" "$user" >"$top/wanted"
    shown "$user" >"$top/got"
    check "$user sees what the kernel lets them read" cmp -s "$top/wanted" "$top/got"
    check "$user sees some, and not all" [ "$(wc -l <"$top/got")" -gt 0 -a "$(wc -l <"$top/got")" -lt 144 ]
done
same "root sees all" "$(shown root | wc -l)" 144

# Taken away between indexing and answer: not shown, and not named either; given: after a sync, which embeds nothing.
file=$(shown nobody | head -1)
cp -a "$file" "$top/kept"
setfattr -x system.posix_acl_access "$file" 2>/dev/null || python3 -c 'import os,sys
try: os.removexattr(sys.argv[1], "system.posix_acl_access")
except OSError: pass' "$file"
chown root:root "$file"
chmod 600 "$file"
check "taken away at once" [ "$(shown nobody | grep -cxF "$file")" = 0 ]
same "and not named among what is left out" "$("$varve" search --json --as nobody --mode text --limit 1000 sediment | grep -cF "$(basename "$file")")" 0
same "a chmod embeds nothing" "$("$varve" sync --json 2>/dev/null | field 'd["embedded"]')" 0
chmod 644 "$file"
same "given back, which embeds nothing either" "$("$varve" sync --json 2>/dev/null | field 'd["embedded"]')" 0
check "it is shown again" [ "$(shown nobody | grep -cxF "$file")" = 1 ]
same "a context shows no more than a search" "$("$varve" context --as nobody --mode text --budget 100000 --format json sediment 2>/dev/null |
    field 'len(d["sources"])')" "$(shown nobody | wc -l)"
same "a text in several places shows only those that may be seen" "$(
    printf 'The same secret twice.\n' >"$src/open.txt"; mkdir -m 700 "$src/shut"; cp "$src/open.txt" "$src/shut/"
    "$varve" sync >/dev/null 2>&1
    "$varve" search --json --as nobody --mode text secret | field '[(h["place"]["file"], len(h.get("also_in", []))) for h in d["hits"]]')" "[('open.txt', 0)]"
words="The osprey of the estuary takes a mullet at each tide, and carries it head first to the old pine where its mate waits"
echo "$words." >"$src/osprey.txt"
echo "$words: Quenneville." >"$src/osprey-more.txt"
chmod 644 "$src"/osprey*.txt
"$varve" sync >/dev/null 2>&1
chmod 600 "$src/osprey-more.txt"
same "nor words of the one that may not be read any more" "$("$varve" search --json --as nobody --mode text osprey Quenneville |
    field '[(h["place"]["file"], h["text"].count("Quenneville"), len(h.get("also_in", []))) for h in d["hits"]]')" "[('osprey.txt', 0, 0)]"
"$varve" sync >/dev/null 2>&1
same "the index is for its owner, whatever the folder lets through" "$(
    mkdir -m 755 "$top/kb-open"; VARVE_KB=$top/kb-open "$varve" sync "$src" >/dev/null 2>&1
    find "$top/kb-open" -type f -perm /077 | wc -l)" 0
same "no count over all documents" "$("$varve" search --json --as nobody secret | field '"waiting_segments" in d')" False
same "an unknown user is an error" "$("$varve" search --as no-such-user note 2>&1 | grep -c 'no user')" 1
check "the index agrees with itself" verify_clean --deep
finish
