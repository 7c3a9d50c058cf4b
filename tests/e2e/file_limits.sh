#!/bin/bash
# One document without a daemon (varve-extract --file) has the limits of a worker: of memory, and of
# the processor's time.
. "$(dirname "$0")/../lib.sh"

# A disk image in which what goes on behind a name (Rock Ridge: SUSP 5.1) goes on with itself, so that
# the name grows for ever inside of libarchive.
python3 - "$src/loop.iso" <<'PY'
import struct, sys
BLOCK, BLOCKS, ROOT, MORE, PATHS, TEXT = 2048, 32, 18, 19, 20, 21
both16 = lambda n: struct.pack("<H", n) + struct.pack(">H", n)
both32 = lambda n: struct.pack("<I", n) + struct.pack(">I", n)
def record(place, size, flags, name, system=b""):
    rest = both32(place) + both32(size) + bytes(7) + bytes([flags, 0, 0]) + both16(1) + bytes([len(name)]) + name
    rest += b"" if len(name) % 2 else b"\0"
    return bytes([2 + len(rest) + len(system), 0]) + rest + system
more = b"CE\x1c\x01" + both32(MORE) + both32(0) + both32(5 + 200 + 28)
some = b"RR\x05\x01\x81"
folder = record(ROOT, BLOCK, 2, b"\0", b"SP\x07\x01\xbe\xef\0" + some) + record(ROOT, BLOCK, 2, b"\1", some)
folder += record(TEXT, 5, 0, b"A.TXT;1", more)
volume = b"\1CD001\1\0" + b" " * 32 + b"LOOP".ljust(32) + bytes(8) + both32(BLOCKS) + bytes(32)
volume += both16(1) + both16(1) + both16(BLOCK) + both32(10) + struct.pack("<I", PATHS) + bytes(4)
volume += struct.pack(">I", PATHS) + bytes(4) + record(ROOT, BLOCK, 2, b"\0") + b" " * 623
volume += b"0" * 16 + b"\0" + (b"0" * 16 + b"\0") * 3 + b"\1"
parts = {16: volume, 17: b"\xffCD001\1", ROOT: folder, PATHS: b"\1\0" + struct.pack("<I", ROOT) + b"\1\0\0\0",
         MORE: b"NM" + bytes([205, 1, 1]) + b"a" * 200 + more, TEXT: b"text\n"}
with open(sys.argv[1], "wb") as file:
    for block in range(BLOCKS):
        file.write(parts.get(block, b"").ljust(BLOCK, b"\0"))
PY
# read_loop OPTION...: the last line that is said of it
read_loop() {
    "$build/varve-extract" --file "$src/loop.iso" --members "$@" 2>&1 >/dev/null | tail -1
}

case $build in
*/asan) ;; # sanitizers map terabytes: there is no limit of memory
*)
    check "its memory is bounded" grep -q 'over limit: more memory than there is' <<<"$(read_loop)"
    check "and as it is told" grep -q 'over limit' <<<"$(read_loop --memory 200000000)"
    ;;
esac
check "its time is bounded" grep -q 'timed out: took more than 1 s' <<<"$(read_loop --memory 0 --cpu-seconds 1)"
rm "$src/loop.iso"
echo 'A quince in a box.' >"$src/a.txt"
same "no limits are no harm" \
    "$("$build/varve-extract" --memory 0 --cpu-seconds 0 --file "$src/a.txt")" "A quince in a box."
finish
