#!/usr/bin/env python3
"""Writes archives of the kinds that few programs of today write, each with the same two small texts.

usage: make-archives.py        (then: GOLDEN=update tests/golden/run.sh BUILD archive, and read the diff)
The same run gives the same bytes.
"""
import gzip
import os
import struct
import zipfile
import zlib

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "archive")
FILES = (("docs/a.txt", b"First file.\n"), ("docs/b.md", b"# Second\n"))


def write(name, data):
    with open(os.path.join(HERE, name), "wb") as out:
        out.write(data)


# ---- RAR 5: https://www.rarlab.com/technote.htm ----
def number(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def rar5_header(kind, flags, fields, extra=b"", data=b""):
    """flags 1: extra area, 2: data area."""
    body = number(kind) + number(flags)
    if flags & 1:
        body += number(len(extra))
    if flags & 2:
        body += number(len(data))
    body += fields + extra
    body = number(len(body)) + body
    return struct.pack("<I", zlib.crc32(body)) + body + data


def rar5_file(name, data, extra=b""):
    fields = number(4) + number(len(data)) + number(0o100644) + struct.pack("<I", zlib.crc32(data))
    fields += number(0) + number(1) + number(len(name)) + name.encode()
    return rar5_header(2, 3 if extra else 2, fields, extra, data)


RAR5 = b"Rar!\x1a\x07\x01\x00"
MAIN, END = rar5_header(1, 0, number(0)), rar5_header(5, 0, number(0))
# Of one member: type 1, version, flags, rounds, salt, start. Of all headers: the same without a start.
KEY = number(1) + number(0) + number(0) + b"\x0f" + bytes(range(16)) + bytes(range(16))
LOCKED = number(len(KEY)) + KEY
write("two.rar", RAR5 + MAIN + b"".join(rar5_file(*file) for file in FILES) + END)
write("one-locked.rar", RAR5 + MAIN + rar5_file("secret.txt", bytes(range(7, 39)), LOCKED) +
      rar5_file(*FILES[0]) + END)
write("names-locked.rar", RAR5 + rar5_header(4, 0, number(0) + number(0) + b"\x0f" + bytes(range(16))) +
      bytes(range(64)))


# ---- RAR 4 ----
def rar4_header(kind, flags, fields):
    body = struct.pack("<BHH", kind, flags, 7 + len(fields)) + fields
    return struct.pack("<H", zlib.crc32(body) & 0xffff) + body


def rar4_file(name, data):
    fields = struct.pack("<IIBIIBBHI", len(data), len(data), 3, zlib.crc32(data), 0x5a210000, 20, 0x30,
                         len(name), 0o100644)
    return rar4_header(0x74, 0x8000, fields + name.encode()) + data


write("older.rar", b"Rar!\x1a\x07\x00" + rar4_header(0x73, 0, bytes(6)) +
      b"".join(rar4_file(*file) for file in FILES) + rar4_header(0x7b, 0x4000, b""))


# ---- Cabinet: one folder, packed as MSZIP ----
def cabinet():
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    words = b"".join(data for _, data in FILES)
    packed = b"CK" + deflate.compress(words) + deflate.flush()
    entries, at = b"", 0
    for name, data in FILES:
        entries += struct.pack("<IIHHHH", len(data), at, 0, 0x5a21, 0, 0x20)
        entries += name.replace("/", "\\").encode() + b"\0"
        at += len(data)
    first = 36 + 8 + len(entries)
    block = struct.pack("<IHH", 0, len(packed), len(words)) + packed
    return (b"MSCF" + struct.pack("<IIIIIBBHHHHH", 0, first + len(block), 0, 36 + 8, 0, 3, 1, 1, len(FILES), 0, 1, 0) +
            struct.pack("<IHH", first, 1, 1) + entries + block)


write("two.cab", cabinet())


# ---- LHA: level 0, stored ----
def crc16(data):
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xa001 if value & 1 else 0)
    return value


def lha_file(name, data):
    body = b"-lh0-" + struct.pack("<IIIBBB", len(data), len(data), 0x5a210000, 0x20, 0, len(name))
    body += name.encode() + struct.pack("<H", crc16(data))
    return bytes([len(body), sum(body) & 255]) + body + data


write("two.lha", b"".join(lha_file(*file) for file in FILES) + b"\0")


# ---- RPM: lead, signature, header, and a cpio archive ----
def rpm_section(tag, text):
    store = text + b"\0"
    return b"\x8e\xad\xe8\1" + bytes(4) + struct.pack(">II", 1, len(store)) + \
        struct.pack(">IIII", tag, 6, 0, 1) + store


def cpio_file(name, data, mode=0o100644):
    fields = (1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def rpm():
    lead = b"\xed\xab\xee\xdb\3\0" + struct.pack(">HH", 0, 1) + b"lamp-1".ljust(66, b"\0")
    lead += struct.pack(">HH", 1, 5) + bytes(16)
    signature = rpm_section(1004, b"0123456789abcde")
    payload = b"".join(cpio_file("./" + name, data) for name, data in FILES) + cpio_file("TRAILER!!!", b"", 0)
    return lead + signature + bytes(-len(signature) % 8) + rpm_section(1000, b"lamp") + \
        gzip.compress(payload, mtime=0)


write("lamp.rpm", rpm())

# ---- Java ----
with zipfile.ZipFile(os.path.join(HERE, "macos.zip"), "w") as macos:
    macos.writestr(zipfile.ZipInfo("page.txt"), "It burns.\n")
    beside = b"\0\5\x16\7\0\2\0\0Mac OS X        " + bytes(40) + b"ATTR com.apple.provenance"
    macos.writestr(zipfile.ZipInfo("._page.html"), beside)

with zipfile.ZipFile(os.path.join(HERE, "lamp.jar"), "w") as jar:
    manifest = zipfile.ZipInfo("META-INF/MANIFEST.MF")
    manifest.extra = struct.pack("<HH", 0xcafe, 0)
    jar.writestr(manifest, "Manifest-Version: 1.0\nMain-Class: Lamp\n")
    jar.writestr(zipfile.ZipInfo("Lamp.properties"), "greeting = It burns.\n")
    jar.writestr(zipfile.ZipInfo("Lamp.class"), b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(20))
