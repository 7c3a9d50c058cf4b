"""Packages that lie: sizes, places, names and methods that are not what they seem; and texts of marks that
open and never close. Each is answered by name, in both workers, in little memory and CPU time.

usage: hostile.py FOLDER                 makes them
       hostile.py FOLDER VARVE ...       what each varve makes of them
"""
import json
import os
import re
import struct
import subprocess
import sys
import zlib

TYPES = (b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
         b'<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
         b'officedocument.wordprocessingml.document.main+xml"/></Types>')
W = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
# Twice what the dearest case takes; five times under a sanitizer. Of a package all parts together may give 512 MiB.
MEMORY_KIB = 700 << 10
CPU_SECONDS = 5
SLOWER = 5 if "asan" in os.environ.get("VARVE_BUILD", "") else 1
TEXT_BYTES = 1 << 20
STORED, DEFLATED = 0, 8
UNKNOWN = 0xffffffff


def document(text=b"A quince in a box."):
    return b"<?xml version='1.0'?><w:document " + W + b"><w:body><w:p><w:r><w:t>" + text + \
        b"</w:t></w:r></w:p></w:body></w:document>"


def deflate(data, level=9):
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def bomb(mebibytes, before, behind):
    """Deflated, with so many spaces in it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    out = [packer.compress(before)]
    out += [packer.compress(b" " * (1 << 20)) for _ in range(mebibytes)]
    return b"".join(out) + packer.compress(behind) + packer.flush()


class Part:
    """What the directory and the local header say, each to be changed."""

    def __init__(self, name, data, packed=None, size=None, packed_size=None, method=DEFLATED, flags=0,
                 offset=None, extra=b"", local_name=None):
        self.name = name.encode()
        self.packed = (deflate(data) if method == DEFLATED else data) if packed is None else packed
        self.size = len(data) if size is None else size
        self.packed_size = len(self.packed) if packed_size is None else packed_size
        self.method, self.flags, self.offset, self.extra = method, flags, offset, extra
        self.local_name = self.name if local_name is None else local_name


def package(parts, directory=True, size=None, offset=None, comment=b""):
    out, central = bytearray(), bytearray()
    for part in parts:
        at = len(out) if part.offset is None else part.offset
        if part.offset is None:
            out += struct.pack("<IHHHIIIIHH", 0x04034b50, 20, part.flags, part.method, 0, 0,
                               part.packed_size, part.size, len(part.local_name), 0)
            out += part.local_name + part.packed
        central += struct.pack("<IHHHHIIIIHHHHHII", 0x02014b50, 20, 20, part.flags, part.method, 0, 0,
                               part.packed_size, part.size, len(part.name), len(part.extra), 0, 0, 0, 0, at)
        central += part.name + part.extra
    if not directory:
        return bytes(out)
    start = len(out)
    return bytes(out + central) + struct.pack(
        "<IHHHHIIH", 0x06054b50, 0, 0, min(len(parts), 65535), min(len(parts), 65535),
        len(central) if size is None else size,
        start if offset is None else offset, len(comment)) + comment


def types():
    return Part("[Content_Types].xml", TYPES)


def main_part(**changes):
    return Part("word/document.xml", changes.pop("data", document()), **changes)


def zip64(*numbers):
    return struct.pack("<HH", 1, 8 * len(numbers)) + b"".join(struct.pack("<Q", n) for n in numbers)


def chapters(count):
    """So many parts, each looked for by its name."""
    names = [f"s{i}.xhtml" for i in range(count)]
    manifest = "".join(f'<item id="i{i}" href="{n}" media-type="application/xhtml+xml"/>'
                       for i, n in enumerate(names))
    spine = "".join(f'<itemref idref="i{i}"/>' for i in range(count))
    return package([
        Part("mimetype", b"application/epub+zip", method=STORED),
        Part("META-INF/container.xml", b'<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
             b'<rootfiles><rootfile full-path="o.opf" media-type="application/oebps-package+xml"/></rootfiles>'
             b'</container>'),
        Part("o.opf", f'<package xmlns="http://www.idpf.org/2007/opf"><manifest>{manifest}</manifest>'
             f'<spine>{spine}</spine></package>'.encode()),
        *[Part(n, b"<html><body><p>A quince.</p></body></html>") for n in names]])


def packages():
    """Name, extension, bytes, outcome: the word that follows the file's name, or is the JSON's."""
    plain, wide = len(document()), len(deflate(document()))
    good = package([types(), main_part()])
    made = {
        "as it should be": {},
        "smaller than declared": {"size": 1 << 20},
        "larger than declared": {"size": 1},
        "a size near 2^32": {"size": UNKNOWN - 1},
        "a packed size near 2^32": {"packed_size": UNKNOWN - 1},
        "zip64": {"size": UNKNOWN, "packed_size": UNKNOWN, "extra": zip64(plain, wide)},
        "zip64, sizes of 2^32": {"size": UNKNOWN, "packed_size": UNKNOWN, "extra": zip64(1 << 32, 1 << 32)},
        "zip64, sizes of 2^63": {"size": UNKNOWN, "packed_size": UNKNOWN, "extra": zip64(1 << 63, 1 << 63)},
        "zip64, sizes of 2^64": {"size": UNKNOWN, "packed_size": UNKNOWN, "extra": zip64(*[(1 << 64) - 1] * 2)},
        "zip64, cut off": {"size": UNKNOWN, "packed_size": UNKNOWN, "extra": zip64(1, 2)[:9]},
        "another name in the local header": {"local_name": b"x" * 300},
    }
    for name, changes in made.items():
        yield name, "docx", package([types(), main_part(**changes)]), "complete"
    for name, directory in {"no directory": {"directory": False},
                            "a directory of 4 GiB": {"size": UNKNOWN, "offset": UNKNOWN},
                            "a directory behind the end": {"offset": 0x80000000},
                            "an end record in the comment": {"comment": b"PK\5\6" + bytes(18)}}.items():
        yield name, "docx", package([types(), main_part()], **directory), "complete"
    yield "a directory cut off", "docx", good[:-60], "complete"
    yield "the same name twice", "docx", package([types(), main_part(), main_part(data=b"<broken")]), "complete"
    yield "names of nothing", "docx", package([types(), Part("", b""), Part("/", b""), main_part()]), "complete"
    for name, changes in {"a place of 2^31": {"offset": (1 << 31) - 1},
                          "zip64, a place of 2^63": {"offset": UNKNOWN, "extra": zip64(1 << 63)},
                          "zip64, a place of 2^64": {"offset": UNKNOWN, "extra": zip64((1 << 64) - 1)},
                          "no deflated data": {"packed": b"\xff" * 400}}.items():
        yield name, "docx", package([types(), main_part(**changes)]), "malformed"
    noise = "".join(f"{i * i * 7919:x}" for i in range(300)).encode()
    yield "data cut off", "docx", package([types(), main_part(packed=deflate(document(noise))[:200])],
                                          directory=False), "partial"
    yield "an encrypted part", "docx", package([types(), main_part(flags=1)]), "encrypted"
    yield "method 99", "docx", package([types(), main_part(method=99)]), "unsupported"
    before, behind = document()[:-40], document()[-40:]
    yield "1 GiB in 1 MiB", "docx", package([types(), main_part(packed=bomb(1024, before, behind))]), "partial"
    yield "150 sheets that are one of 15 MiB", "xlsx", sheets(150), "partial"
    yield "65000 chapters", "epub", chapters(65000), "complete"


def texts():
    """Each sign once was looked for, or each of the blocks looked at, again and again."""
    for ending, text in {"tex": "\\(a ", "org": "\\begin{a}\n"}.items():
        yield repr(text), ending, text.encode() * (TEXT_BYTES // len(text)), "complete"
    yield "a table of 65000 columns", "md", b"|a" * 65000 + b"\n" + b"|-" * 65000, "complete"
    yield "a row of 65000 columns", "md", b"|a|b|\n|-|-|\n" + b"|a" * 65000, "complete"
    for mark in ("> ", "- + ", "1. "):
        yield f"{mark}{mark}... a", "md", (mark * 50000 + "a" + "\n> a" * 50000).encode(), "partial"


def sheets(count):
    """Overlapping: all sheets are one and the same part."""
    rows = b"<row><c t='inlineStr'><is><t>quince</t></is></c></row>" * 20000 + b" " * (14 << 20)
    head = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    rels = "".join(f'<Relationship Id="r{i}" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
                   f'relationships/worksheet" Target="worksheets/s{i}.xml"/>' for i in range(count))
    listed = "".join(f'<sheet name="s{i}" sheetId="{i + 1}" r:id="r{i}"/>' for i in range(count))
    first = Part("xl/worksheets/s0.xml", head + rows + b"</sheetData></worksheet>")
    others = [Part(f"xl/worksheets/s{i}.xml", b"", packed=b"", offset=0, size=first.size,
                   packed_size=first.packed_size) for i in range(1, count)]
    return package([
        first, *others,
        Part("[Content_Types].xml", b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'),
        Part("xl/workbook.xml", f'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
             f'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{listed}'
             f'</sheets></workbook>'.encode()),
        Part("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
             f'relationships">{rels}</Relationships>'.encode())])


def outcome(varve, path, folder):
    """The outcome's word, and what is over its limit, or None."""
    with open(folder + "/out", "wb+") as out, open(folder + "/err", "wb+") as err:
        run = subprocess.Popen([varve, "extract", "--format", "json", path], stdout=out, stderr=err)
        _, _, usage = os.wait4(run.pid, 0)  # of the workers, too
        out.seek(0), err.seek(0)
        text, said = re.match(rb'{"outcome":"(.+?)"', out.read(100)), err.read().decode(errors="replace")
    if usage.ru_maxrss > MEMORY_KIB:
        return f"{usage.ru_maxrss >> 10} MiB"
    if usage.ru_utime > CPU_SECONDS * SLOWER:
        return f"{usage.ru_utime:.1f} s"
    return text[1].decode() if text else said.partition(path + ": ")[2].partition(":")[0]


def make(folder):
    """Apart from what runs them: a process counts as large as the one that it was started by."""
    cases = [*packages(), *texts()]
    for i, (_, ending, data, _) in enumerate(cases):
        with open(f"{folder}/{i}.{ending}", "wb") as file:
            file.write(data)
    with open(folder + "/cases.json", "w", encoding="utf-8") as file:
        json.dump([[name, f"{folder}/{i}.{ending}", wanted]
                   for i, (name, ending, _, wanted) in enumerate(cases)], file)


def check(folder, varves):
    passed = failed = 0
    with open(folder + "/cases.json", encoding="utf-8") as file:
        cases = json.load(file)
    for name, path, wanted in cases:
        for varve in varves:
            got = outcome(varve, path, folder)
            passed, failed = passed + (got == wanted), failed + (got != wanted)
            if got != wanted:
                print(f"FAILED: {name}: got '{got}', wanted '{wanted}' ({varve})")
    print(f"{passed} passed, {failed} failed")
    return failed


if len(sys.argv) == 2:
    make(sys.argv[1])
else:
    sys.exit(1 if check(sys.argv[1], sys.argv[2:]) else 0)
