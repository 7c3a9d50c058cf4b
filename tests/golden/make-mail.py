#!/usr/bin/env python3
"""Writes the mails of mail/ that are no text: Outlook's items, signed mail, winmail.dat.

usage: make-mail.py    (then: GOLDEN=update tests/golden/run.sh BUILD mail, and read the diff)
The same run gives the same bytes.
"""
import base64
import os
import struct

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mail")
END, FREE, FAT_SECTOR, NOTHING = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF


def write(name, data):
    with open(os.path.join(HERE, name), "wb") as out:
        out.write(data)


# ---- OLE: [MS-CFB], sectors of 512 bytes, small streams in sectors of 64 ----
class Compound:
    def __init__(self):
        self.sectors, self.fat, self.mini, self.mini_fat, self.entries = [], [], b"", [], []

    def chain(self, data):
        first, count = len(self.sectors), (len(data) + 511) // 512
        for i in range(count):
            self.sectors.append(data[512 * i:512 * i + 512].ljust(512, b"\0"))
            self.fat.append(first + i + 1 if i + 1 < count else END)
        return first if count else END

    def mini_chain(self, data):
        first, count = len(self.mini_fat), (len(data) + 63) // 64
        self.mini += data.ljust(64 * count, b"\0")
        self.mini_fat += [first + i + 1 if i + 1 < count else END for i in range(count)]
        return first if count else END

    def add(self, name, content):
        """A folder is a dict, a stream is bytes. Returns the entry's number."""
        number = len(self.entries)
        self.entries.append(None)
        if isinstance(content, bytes):
            first = self.chain(content) if len(content) >= 4096 else self.mini_chain(content)
            self.entries[number] = [name, 2, NOTHING, first, len(content), NOTHING]
            return number
        previous, child = None, NOTHING
        for title, inner in sorted(content.items(), key=lambda row: (len(row[0]), row[0].upper())):
            made = self.add(title, inner)
            if previous is None:
                child = made
            else:
                self.entries[previous][5] = made
            previous = made
        self.entries[number] = [name, 1 if number else 5, child, 0, 0, NOTHING]
        return number

    def bytes(self, directory=None):
        self.entries[0][3:5] = [self.chain(self.mini), len(self.mini)]
        listing = b""
        for name, kind, child, first, size, right in self.entries:
            text = (name + "\0").encode("utf-16-le")
            listing += text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, NOTHING, right, child)
            listing += b"\0" * 36 + struct.pack("<IQ", first, size)
        found = self.chain(listing)
        directory = found if directory is None else directory
        mini_fat = self.chain(b"".join(struct.pack("<I", n) for n in self.mini_fat).ljust((len(self.mini_fat) * 4 + 511) // 512 * 512, b"\xFF"))
        count = 1
        while len(self.sectors) + count > 128 * count:
            count += 1
        first = len(self.sectors)
        table = self.fat + [FAT_SECTOR] * count
        table += [FREE] * (128 * count - len(table))
        for i in range(count):
            self.sectors.append(struct.pack("<128I", *table[128 * i:128 * i + 128]))
        header = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
        header += struct.pack("<IIIIIIIII", 0, count, directory, 0, 4096, mini_fat, (len(self.mini_fat) + 127) // 128, END, 0)
        header += struct.pack("<109I", *([first + i for i in range(count)] + [FREE] * (109 - count)))
        return header + b"".join(self.sectors)


def compound(name, root, directory=None):
    """directory: where the header says that it begins."""
    made = Compound()
    made.add("Root Entry", root)
    write(name, made.bytes(directory))


# ---- Outlook: [MS-OXMSG] ----
INT, STRING8, UNICODE, TIME, BINARY, OBJECT = 0x3, 0x1E, 0x1F, 0x40, 0x102, 0xD
JUNE_7 = 133622640000000000  # 2024-06-07 20:00 UTC, in ticks since 1601


def item(header, properties, parts=None):
    """properties: (number, type) to value. header: bytes in front of the fixed ones."""
    streams, fixed = dict(parts or {}), b"\0" * header
    for (number, kind), value in properties.items():
        if kind in (INT, TIME):
            fixed += struct.pack("<HHIQ", kind, number, 6, value)
            continue
        if kind == UNICODE:
            value = value.encode("utf-16-le")
        streams[f"__substg1.0_{number:04X}{kind:04X}"] = value
        fixed += struct.pack("<HHIII", kind, number, 6, len(value) if isinstance(value, bytes) else 0, 0)
    streams["__properties_version1.0"] = fixed
    return streams


def person(kind, name, address):
    return item(8, {(0x0C15, INT): kind, (0x3001, UNICODE): name, (0x39FE, UNICODE): address})


def attachment(name, data, method=1):
    return item(8, {(0x3707, UNICODE): name, (0x3705, INT): method,
                    (0x3701, OBJECT if isinstance(data, dict) else BINARY): data})


def number(kind, parts):
    return {f"__{kind}_version1.0_#{i:08X}": part for i, part in enumerate(parts)}


def text_message():
    inner = item(24, {(0x001A, UNICODE): "IPM.Note", (0x0037, UNICODE): "The berth", (0x0C1A, UNICODE): "Harbour office",
                      (0x0C1F, UNICODE): "office@harbour.example", (0x1000, UNICODE): "Berth 14 is yours from Monday.\r\n"})
    sheet = {"Workbook": b"\x09\x08\x10\x00\x00\x06\x05\x00" + b"\0" * 12 + b"\x0A\0\0\0"}
    body = ("Dear Lee,\r\n\r\nthe sails are ready; see the list.\r\n\r\n- jib\r\n- mainsail\r\n\r\n"
            "-----Original Message-----\r\nFrom: Lee Brook\r\nSent: Thursday, 6 June 2024 18:01\r\nTo: Ann Øre\r\n"
            "Subject: Sails\r\n\r\nWhen are they ready?\r\n\r\n> By June, I hope.\r\n")
    parts = number("recip", [person(1, "Lee Brook", "lee@example.org"), person(1, "kim@example.org", "kim@example.org"),
                             person(2, "Fleet, all", "/O=EXAMPLE/OU=FLEET"), person(3, "Log", "log@example.org")])
    parts.update(number("attach", [attachment("sails.txt", b"Jib 12 m2, mainsail 30 m2.\n"),
                                   attachment("The berth", inner, 5), attachment("prices", sheet, 6)]))
    return item(32, {(0x001A, UNICODE): "IPM.Note", (0x0037, UNICODE): "RE: Sails", (0x0039, TIME): JUNE_7,
                     (0x0042, UNICODE): "Ann Øre", (0x0C1A, UNICODE): "Bo Clerk", (0x5D01, UNICODE): "bo@example.org",
                     (0x0065, UNICODE): "/O=EXAMPLE/CN=ANN", (0x5D02, UNICODE): "ann@example.org",
                     (0x1000, UNICODE): body}, parts)


compound("answer.msg", text_message())
compound("no-directory.msg", {"__properties_version1.0": b""}, END)

# A message that is attached to itself.
ring = Compound()
ring.add("Root Entry", item(32, {(0x0037, UNICODE): "Ring"}, number("attach", [attachment("ring", {}, 5)])))
for entry in ring.entries:
    if entry[0] == "__substg1.0_3701000D":
        entry[1:3] = 1, ring.entries[0][2]
write("ring.msg", ring.bytes())

# 8-bit strings in the message's code page, HTML in that of the internet, a plain body that says nothing.
compound("cyrillic.msg", item(32, {
    (0x001A, STRING8): b"IPM.Note", (0x0037, STRING8): "Паруса".encode("cp1251"), (0x3FFD, INT): 1251, (0x3FDE, INT): 20866,
    (0x0C1A, STRING8): "Анна".encode("cp1251"), (0x0C1F, STRING8): b"anna@example.org", (0x0E04, STRING8): b"Lee",
    (0x1000, STRING8): b"HTML", (0x1013, BINARY):
    "<html><body><h1>Паруса готовы</h1><ul><li>стаксель</li><li>грот</li></ul></body></html>".encode("koi8-r")}))


# ---- RTF: packed as [MS-OXRTFCP] says, with HTML inside as [MS-OXRTFEX] says ----
INITIAL = (b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans Serif"
           b"SymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx")


def packed(rtf):
    """References to what was written before, where there are some of two bytes and more."""
    window, tokens, at = bytearray(INITIAL), [], 0
    while at < len(rtf):
        length, found = 0, -1
        for size in range(min(17, len(rtf) - at), 1, -1):
            found = bytes(window).find(rtf[at:at + size])
            if found >= 0:
                length = size
                break
        if length:
            tokens.append(struct.pack(">H", found << 4 | length - 2))
        else:
            length = 1
            tokens.append(rtf[at:at + 1])
        window += rtf[at:at + length]
        at += length
    assert len(window) < 4096
    tokens.append(struct.pack(">H", len(window) << 4))
    data = b""
    for i in range(0, len(tokens), 8):
        group = tokens[i:i + 8]
        data += bytes([sum(1 << k for k, token in enumerate(group) if len(token) == 2)]) + b"".join(group)
    return struct.pack("<IIII", len(data) + 12, len(rtf), 0x75465A4C, 0) + data


HTML_RTF = (b"{\\rtf1\\ansi\\ansicpg1252\\fromhtml1 \\deff0{\\fonttbl{\\f0\\fswiss Arial;}{\\f1\\fcharset204 Arial;}}"
            b"{\\*\\htmltag64 <html>}{\\*\\htmltag96 <table>}{\\*\\htmltag <tr><td>}\\htmlrtf {\\htmlrtf0 Sail"
            b"{\\*\\htmltag </td><td>}Area\\htmlrtf\\par}\\htmlrtf0 {\\*\\htmltag </td></tr><tr><td>}{\\*\\mhtmltag <td>}"
            b"Caf\\'e9 \\u8211?jib {\\htmlrtf\\f1\\htmlrtf0 \\f1\\'e3\\'f0\\'ee\\'f2}{\\*\\htmltag </td><td>}12\\~m{\\*\\htmltag </td></tr></table>}"
            b"{\\*\\htmltag <p>}less {\\*\\htmltag84 &lt;}\\htmlrtf <\\htmlrtf0  more\\line next{\\*\\htmltag </p></html>}}")
compound("html-in-rtf.msg", item(32, {(0x001A, UNICODE): "IPM.Note", (0x0037, UNICODE): "Areas", (0x1009, BINARY): packed(HTML_RTF)}))
rtf_item = item(32, {(0x001A, UNICODE): "IPM.Note", (0x0037, UNICODE): "Rigging", (0x0E06, TIME): JUNE_7,
                              (0x1009, BINARY): packed(b"{\\rtf1\\ansi Check the \\b shrouds\\b0 .\\par\\pard And the stays, and the stays' pins.\\par}")})
rtf_item["__properties_version1.0"] += b"\0\0\0\0"  # as some programs do
compound("rtf.msg", rtf_item)
compound("card.msg", item(32, {(0x001A, UNICODE): "IPM.Contact", (0x0037, UNICODE): "Ann Øre", (0x3001, UNICODE): "Ann Øre",
                               (0x3A16, UNICODE): "Sails & Co", (0x3A08, UNICODE): "+47 555 0100"}))


# ---- CMS: RFC 5652, without certificates and signatures ----
SIGNED, DATA, ENVELOPED = (b"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07" + bytes([n]) for n in (2, 1, 3))


def der(tag, *parts):
    data = b"".join(parts)
    length = bytes([len(data)]) if len(data) < 128 else struct.pack(">BH", 0x82, len(data))
    return bytes([tag]) + length + data


def ber(tag, *parts):
    """Of no length told: up to the end mark, as programs write that do not know it yet."""
    return bytes([tag, 0x80]) + b"".join(parts) + b"\0\0"


def signed(entity, element=der):
    octets = der(4, entity) if element is der else ber(0x24, der(4, entity[:40]), der(4, entity[40:]))
    return element(0x30, SIGNED, element(0xA0, element(0x30, der(2, b"\1"), element(0x31, element(0x30, b"\5\0")),
                                                       element(0x30, DATA, element(0xA0, octets)), der(0x31))))


def smime(name, kind, data):
    write(name, f"""From: ann@example.org
To: lee@example.org
Subject: The contract
Date: Fri, 7 Jun 2024 12:00:00 +0200
MIME-Version: 1.0
Content-Type: application/pkcs7-mime; smime-type={kind}; name="smime.p7m"
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="smime.p7m"

{base64.encodebytes(data).decode()}""".encode())


ENTITY = b"""Content-Type: multipart/mixed; boundary="in"\r
\r
--in\r
Content-Type: text/plain; charset=utf-8\r
\r
The price is 400 a month.\r
--in\r
Content-Type: text/plain\r
Content-Disposition: attachment; filename="terms.txt"\r
\r
Payment within 30 days.\r
--in--\r
"""
smime("signed.eml", "signed-data", signed(ENTITY))
smime("signed-stream.eml", "signed-data", signed(ENTITY, ber))
smime("enveloped.eml", "enveloped-data", der(0x30, ENVELOPED, der(0xA0, der(0x30, der(2, b"\0"), der(0x31)))))
write("terms.txt.p7m", signed(b"Payment within 30 days.\n"))
write("mail.p7m", signed(ENTITY, ber))
write("enveloped.p7m", der(0x30, ENVELOPED, der(0xA0, der(0x30, der(2, b"\0"), der(0x31)))))
write("detached.p7s", der(0x30, SIGNED, der(0xA0, der(0x30, der(2, b"\1"), der(0x31), der(0x30, DATA), der(0x31)))))
compound("signed.msg", item(32, {(0x001A, UNICODE): "IPM.Note.SMIME", (0x0037, UNICODE): "The contract"},
                            number("attach", [attachment("smime.p7m", signed(ENTITY))])))


# ---- winmail.dat: [MS-OXTNEF] ----
def attribute(level, number, data):
    return struct.pack("<BII", level, number, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def packed_properties(*rows):
    """(number, type, value); a string in Unicode is given as text, a name of its own as (set, name)."""
    data = struct.pack("<I", len(rows))
    for number_, kind, value in rows:
        if isinstance(number_, str):
            text = (number_ + "\0").encode("utf-16-le")
            data += struct.pack("<HH", kind, 0x8001) + b"G" * 16 + struct.pack("<II", 1, len(text)) + text.ljust((len(text) + 3) // 4 * 4, b"\0")
        else:
            data += struct.pack("<HH", kind, number_)
        if kind == INT:
            data += struct.pack("<I", value)
            continue
        if isinstance(value, str):
            value = (value + "\0").encode("utf-16-le")
        data += struct.pack("<II", 1, len(value)) + value.ljust((len(value) + 3) // 4 * 4, b"\0")
    return data


def tnef(*parts):
    return b"\x78\x9F\x3E\x22\1\0" + attribute(1, 0x00069007, struct.pack("<II", 1251, 0)) + b"".join(parts)


def tnef_file(title, data, *more):
    rows = [("Origin", UNICODE, "harbour"), (0x3705, INT, 1)] + list(more)
    return attribute(2, 0x00069002, b"\0" * 14) + attribute(2, 0x00018010, title + b"\0") + attribute(2, 0x0006800F, data) + \
        attribute(2, 0x00069005, packed_properties(*rows))


PLAIN_RTF = packed(b"{\\rtf1\\ansi Text that only this file has.\\par}")
INNER = tnef(attribute(1, 0x00018004, b"Inside\0"), attribute(1, 0x00069003, packed_properties((0x1009, BINARY, PLAIN_RTF))))
write("winmail.dat", tnef(
    attribute(1, 0x00018004, "Паруса\0".encode("cp1251")), attribute(1, 0x0002800C, "Смотрите файл.\0".encode("cp1251")),
    tnef_file("список.txt".encode("cp1251"), b"Jib 12 m2.\n"), tnef_file(b"PRICES~1.CSV", b"sail,price\njib,400\n", (0x3707, UNICODE, "prices øre.csv")),
    tnef_file(b"Inside", b"", (0x3701, OBJECT, b"I" * 16 + INNER))))
write("html.dat", tnef(attribute(1, 0x00069003, packed_properties(
    (0x0037, UNICODE, "Только свойства"), (0x3FDE, INT, 1251), (0x1013, BINARY, "<html><body><h1>Паруса</h1><p>Из HTML.</p></body></html>".encode("cp1251"))))))
