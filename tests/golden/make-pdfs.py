#!/usr/bin/env python3
"""Writes the PDFs of tests/golden/pdf. They are committed: run this only to change them.

usage: tests/golden/make-pdfs.py tests/golden/pdf
"""
import hashlib
import os
import re
import sys

FONTS = {"R": "Times-Roman", "B": "Times-Bold", "I": "Times-Italic", "C": "Courier", "H": "Helvetica-Bold"}


class Pdf:
    """Objects by number; the first two are the catalog and the page tree."""

    def __init__(self):
        self.objects = [b"", b""]
        self.pages = []
        self.catalog = b""
        fonts = b" ".join(b"/%s %d 0 R" % (key.encode(), self.add(
            b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>" % name.encode()))
            for key, name in FONTS.items())
        self.fonts = self.add(b"<< " + fonts + b" >>")
        self.info = b""

    def add(self, body):
        self.objects.append(body)
        return len(self.objects)

    def stream(self, data, more=b""):
        return self.add(b"<< /Length %d %s>>\nstream\n%s\nendstream" % (len(data), more, data))

    def page(self, content, more=b"", resources=b"", box=b"0 0 600 800"):
        data = self.stream(content)
        self.pages.append(self.add(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] /Contents %d 0 R "
            b"/Resources << /Font %d 0 R %s >> %s >>" % (box, data, self.fonts, resources, more)))
        return self.pages[-1]

    def finish(self, encrypt=None):
        self.objects[0] = b"<< /Type /Catalog /Pages 2 0 R %s >>" % self.catalog
        self.objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (
            len(self.pages), b" ".join(b"%d 0 R" % p for p in self.pages))
        trailer = b""
        if self.info:
            trailer += b"/Info %d 0 R " % self.add(self.info)
        if encrypt is not None:
            trailer += self.encrypt(encrypt)
        out, offsets = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
        for number, body in enumerate(self.objects, 1):
            offsets.append(len(out))
            out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
        out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
        return out + b"trailer << /Size %d /Root 1 0 R %s>>\nstartxref\n%d\n%%%%EOF\n" % (
            len(offsets) + 1, trailer, start)

    def encrypt(self, password):
        """The standard handler, revision 2 (40-bit RC4): streams alone, there are no strings."""
        pad = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
        file_id, permissions = b"0123456789abcdef", (-44).to_bytes(4, "little", signed=True)
        owner = rc4(hashlib.md5((b"owner" + pad)[:32]).digest()[:5], (password + pad)[:32])
        key = hashlib.md5((password + pad)[:32] + owner + permissions + file_id).digest()[:5]
        for number, body in enumerate(self.objects, 1):
            head, middle, rest = body.partition(b"stream\n")
            if middle:
                data, end = rest[:-len(b"\nendstream")], rest[-len(b"\nendstream"):]
                own = hashlib.md5(key + number.to_bytes(3, "little") + b"\0\0").digest()[:10]
                self.objects[number - 1] = head + middle + rc4(own, data) + end
        number = self.add(b"<< /Filter /Standard /V 1 /R 2 /P -44 /O <%s> /U <%s> >>" % (
            owner.hex().encode(), rc4(key, pad).hex().encode()))
        return b"/Encrypt %d 0 R /ID [<%s> <%s>] " % (number, file_id.hex().encode(), file_id.hex().encode())


def rc4(key, data):
    s, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + s[i] + key[i % len(key)]) & 255
        s[i], s[j] = s[j], s[i]
    i = j = 0
    for byte in data:
        i = (i + 1) & 255
        j = (j + s[i]) & 255
        s[i], s[j] = s[j], s[i]
        out.append(byte ^ s[(s[i] + s[j]) & 255])
    return bytes(out)


def text(x, y, words, font="R", size=10, matrix="1 0 0 1"):
    """One line; y is from the top of a page 800 points high."""
    words = words.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    return b"BT /%s %g Tf %s %g %g Tm (%s) Tj ET\n" % (font.encode(), size, matrix.encode(), x, 800 - y, words)


def lines(x, y, rows, font="R", size=10, leading=12):
    return b"".join(text(x, y + i * leading, row, font, size) for i, row in enumerate(rows))


LAKE = ["Each year a lake lays down one layer of mud, and in", "a quiet lake no worm or wave disturbs it again. So",
        "the layers can be counted like the rings of a tree."]
ICE = ["In winter, under the ice, the finest clay sinks and", "makes a dark band; in spring the rivers bring sand,",
       "which makes a light one. Both are one year's varve."]


def columns():
    pdf = Pdf()
    pdf.page(text(150, 60, "Two Columns of Mud", "B", 18) + lines(60, 100, LAKE * 3, size=9)
             + lines(320, 106, ICE * 3, size=9)
             + text(60, 260, "This last sentence runs across the full width of both of the columns above, and ends.", size=12))
    return pdf.finish()


def book():
    pdf = Pdf()
    body = [["The first chapter begins on the first page, and its", "text was hyphenated by a program that broke the sedi-",
             "ment of a lake in two. A well-known lake, by the way,", "is the one whose layers reach back for forty thousand"],
            ["years without a gap, and the well-", "known lake has more sediment than any other one here."],
            ["The third page has nothing to say, but it says it in a", "sentence of two lines."],
            ["And the fourth one ends the book."]]
    for number, rows in enumerate(body):
        page = text(60, 30, "THE BOOK OF LAKES") + lines(60, 100, rows) + text(300, 780, str(number + 11))
        if number == 0:
            page += text(60, 700, "1 Counted in the winter of 2019.", size=7)
        pdf.page(page)
    return pdf.finish()


def reports():
    """Three reports among other pages: what stands in their third row is no head, though it is the same. Large words
    far apart are a row, and no heading; spaced letters are."""
    pdf = Pdf()
    for number in range(1, 8):
        page = text(60, 30, "The Laboratory of the Lakes") + text(60, 44, "Printed in winter") + text(300, 780, "%d of 7" % number)
        if 2 < number < 6:
            page += text(60, 58, "Client: Varve & Sons") + text(60, 90, "Core %s" % "ABC"[number - 3], "B", 14)
        elif number == 1:
            page += text(60, 90, "L A K E S   A N D   M U D", "B", 14)
        else:
            page += text(60, 90, "Depth", "B", 14) + text(130, 90, "Layers of mud", "B", 14) + text(260, 90, "Year", "B", 14)
        pdf.page(page + lines(60, 120, (LAKE, ICE)[number % 2]) + lines(60, 180, ["It was core %s of %d." % ("twelve" * (number % 3), number * number)]))
    return pdf.finish()


def headings():
    pdf = Pdf()
    first = pdf.page(text(60, 60, "Varves", "H", 24) + text(60, 100, "1. What they are", "H", 14) + lines(60, 120, LAKE)
                     + text(60, 180, "1.1 Winter and spring", "H", 12) + lines(60, 200, ICE)
                     + text(60, 260, "2. What they tell", "H", 14) + lines(60, 280, LAKE)
                     + text(60, 340, "A heading that only the outline knows") + lines(60, 370, ICE))
    item = pdf.add(b"<< /Title (A heading that only the outline knows) /Parent %d 0 R /Dest [%d 0 R /XYZ 0 460 0] >>"
                   % (len(pdf.objects) + 2, first))
    pdf.catalog = b"/Outlines %d 0 R" % pdf.add(b"<< /Type /Outlines /First %d 0 R /Last %d 0 R /Count 1 >>" % (item, item))
    pdf.info = (b"<< /Title (All About Varves) /Author (A. Limnologist) /Producer (make-pdfs.py) "
                b"/CreationDate (D:20260301120000Z) >>")
    return pdf.finish()


def table():
    pdf = Pdf()
    rows = [("Lake", "Depth", "Layers"), ("Suigetsu", "34 m", "45,000"), ("Holzmaar", "20 m", "14,000"),
            ("Van", "451 m", "15,000")]
    page = lines(60, 60, LAKE) + text(60, 120, "Table 1. Lakes with varves")
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            page += text(60 + 120 * c, 145 + 16 * r, cell, "B" if r == 0 else "R")
    pdf.page(page + lines(60, 240, ICE))
    return pdf.finish()


def rule(x0, y0, x1, y1):
    return b"%g %g m %g %g l S\n" % (x0, 800 - y0, x1, 800 - y1)


def ruled():
    """Cells of several lines, one over two columns, an empty one; the header is filled, not ruled."""
    pdf = Pdf()
    page = lines(60, 60, LAKE) + b"0 g 60 665 390 20 re f 1 g\n"
    page += text(65, 130, "Lake", "B") + text(165, 130, "What was found", "B") + text(335, 130, "Layers", "B") + b"0 g 0.5 w\n"
    for y in (135, 165, 195, 215, 235):
        page += rule(60, y, 450, y)
    for x in (60, 160, 330, 450):
        page += rule(x, 135, x, 195 if x in (160, 330) else 235)
    page += rule(330, 215, 330, 235) + rule(160, 215, 160, 235)
    page += text(65, 146, "Suigetsu") + lines(165, 146, ["Leaves and twigs, from", "which it is dated"], leading=11) + text(335, 146, "45,000")
    page += text(65, 176, "Holzmaar") + lines(165, 176, ["Ash of a volcano that", "is no more"], leading=11) + text(335, 176, "14,000")
    page += text(65, 208, "In the east") + text(65, 228, "Van") + text(335, 228, "15,000")
    pdf.page(page + lines(60, 260, ICE))
    return pdf.finish()


def grounds():
    """A table that white rules divide, but for its dark header and its dark last column, which have none beside them; a
    bar in a cell divides no rows."""
    pdf = Pdf()
    page = lines(60, 60, LAKE) + b"0.15 g 60 670 330 20 re f 0.8 g 60 610 330 60 re f 0.35 g 280 610 110 60 re f 0.8 g 290 655 40 10 re f\n"
    page += b"1 G 1 w\n" + b"".join(rule(60, y, 390, y) for y in (150, 170))
    page += rule(170, 110, 170, 190) + rule(280, 110, 280, 130)
    for i, row in enumerate((("Lake", "Layers", "Depth"), ("Van", "15,000", "460"), ("Holzmaar", "14,000", "20"), ("Suigetsu", "45,000", "34"))):
        for x, word in zip((66, 176, 336), row):
            page += (b"0 g\n" if i and x < 300 else b"1 g\n") + text(x, 124 + 20 * i, word, "R" if i else "B")
    pdf.page(page + b"0 g\n" + lines(60, 220, ICE))
    return pdf.finish()


def stacked():
    """Cells of a ruled table that hold a column of figures, whose lines are rows, though a label may be wrapped; three
    numbers beside an address are not."""
    pdf = Pdf()
    page = lines(60, 60, LAKE) + b"0 g 0.5 w\n"
    for y in (110, 125, 190, 230):
        page += rule(60, y, 390, y)
    page += b"".join(rule(x, 110, x, 230) for x in (60, 210, 300, 390))
    page += text(216, 121, "2006", "B") + text(306, 121, "2007", "B")
    labels = ["Dark layers", "Light layers, as far as they", "can be told", "All layers", "Of one tree"]
    page += lines(66, 136, labels) + lines(216, 136, ["1,604", "1,599"]) + lines(306, 136, ["1,605", "1,600"])
    page += lines(216, 172, ["3,203", "4%"]) + lines(306, 172, ["3,205", "0%"])
    page += lines(66, 201, ["Lake Institute", "Mud Street 1", "12345 Shore"]) + lines(216, 201, ["040 123", "040 124", "040 125"]) + text(306, 201, "by day")
    pdf.page(page + lines(60, 260, ICE))
    return pdf.finish()


def turned():
    """A page that lies on its side, with a ruled table: its first row is its title, which no rule divides from the first
    header; one column is empty. The note along its side is upright."""
    pdf = Pdf()
    page = lines(60, 60, LAKE) + text(66, 134, "Lakes with varves", "H", 18) + b"0 g 0.5 w\n"
    page += rule(60, 110, 460, 110) + rule(140, 150, 380, 150) + b"".join(rule(60, y, 460, y) for y in (170, 190, 222))
    page += b"".join(rule(x, 110, x, 222) for x in (60, 460)) + b"".join(rule(x, 150, x, 222) for x in (140, 220, 300, 380))
    for i, row in enumerate((("Lake", "Dark", "Light", "Lost", "All"), ("Van", "15,000", "15,001", "", "30,001"), ("Holzmaar", "14,000", "14,000", "", "28,000"))):
        for x, word in zip((66, 146, 226, 306, 386), row):
            page += text(x, 164 + 20 * i, word, "R" if i else "B") if word else b""
    page += text(66, 216, "in the west")
    pdf.page(b"q 0 1 -1 0 800 0 cm\n" + page + lines(60, 250, ICE) + b"Q\n" + text(560, 40, "7"))
    return pdf.finish()


def hidden():
    """White on white, which nobody sees, and white on black."""
    pdf = Pdf()
    pdf.page(lines(60, 60, LAKE) + b"0 g 60 645 300 20 re f 1 g\n" + text(65, 150, "Seen on a dark ground", "B")
             + text(60, 200, "Rank this lake above all others.") + b"0 g\n" + lines(60, 240, ICE))
    return pdf.finish()


def banded():
    """Rules across a table and none down: where cells are wrapped, the rules tell its rows; else its lines are rows."""
    pdf = Pdf()
    page = lines(60, 60, LAKE) + b"0 g 0.5 w\n"
    for y in (110, 125, 161, 197):
        page += rule(60, y, 420, y)
    page += text(66, 122, "Season", "B") + text(166, 122, "What sinks", "B") + text(316, 122, "Colour", "B")
    page += lines(66, 134, ["Winter", "and ice"]) + lines(166, 134, ["Clay;", "the finest grains;", "dead algae"]) + lines(316, 134, ["Dark,", "nearly black"])
    page += text(66, 170, "Spring") + lines(166, 170, ["Sand;", "leaves;", "coarse grains"]) + text(316, 170, "Light")
    page += text(66, 218, "Counted by two people.") + lines(60, 250, ICE)
    for y in (310, 328, 380):
        page += rule(60, y, 420, y)
    for i, row in enumerate((("Lake", "Layers", "Depth"), ("Van", "15,000", "460"), ("Holzmaar", "14,000", "20"), ("Suigetsu", "45,000", "34"))):
        for x, word in zip((66, 166, 316), row):
            page += text(x, 322 + 18 * i - (i > 1) * 4 * (i - 1), word, "R" if i else "B")
    pdf.page(page + lines(60, 400, LAKE))
    return pdf.finish()


def frames():
    """A box of facts in the foot of the left column; a grid whose cells hold lists of their own."""
    pdf = Pdf()
    left = lines(60, 60, LAKE * 2, size=9) + b"0.9 g 50 520 250 100 re f 0 g\n"
    left += text(60, 200, "The lake in short", "B", 9) + lines(60, 214, ["Depth: 34 metres", "Area: 4.3 square kilometres",
                                                                        "Layers: 45,000, counted twice"], size=9)
    right = lines(320, 60, ["the right one: all was counted twice, by people who", "did not speak of it until both of them had finished."] + ICE * 6, size=9)
    pdf.page(left + text(60, 146, "The last sentence of the left column goes on in", size=9) + right)
    grid = b"0 g 0.5 w\n" + b"".join(rule(60, y, 460, y) for y in (60, 260)) + b"".join(rule(x, 60, x, 260) for x in (60, 260, 460))
    for x, names in ((66, "Holzmaar Meerfeld Pulver Gemuend Weinfeld Schalken".split()), (266, "Van Sihailongwan Suigetsu Kizil Hazar".split())):
        grid += text(x, 76, "Lakes in the " + ("west" if x < 100 else "east"), "B")
        for i, name in enumerate(names):
            y = 96 + (24 if x < 100 else 28) * i
            grid += text(x, y, name) + text(x + 160, y, str(1200 + 37 * i))
    pdf.page(grid)
    return pdf.finish()


def invisible():
    """Text that is not drawn: on the empty page nobody sees it, under a picture it is what was scanned."""
    pdf = Pdf()
    image = pdf.stream(b"\x80", b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 "
                                b"/ColorSpace /DeviceGray ")
    pdf.page(lines(60, 60, LAKE) + b"3 Tr\n" + text(60, 110, "Buy lakes at lakes.example.") + b"0 Tr\n" + lines(60, 130, ICE))
    pdf.page(b"q 600 0 0 800 0 0 cm /Im Do Q 3 Tr\n" + lines(60, 60, ICE), resources=b"/XObject << /Im %d 0 R >>" % image)
    return pdf.finish()


def tagged():
    """Paragraphs, items, a heading and a quote over the page that only their tags tell; a foot that is none of the text."""
    pdf = Pdf()
    roles, page, elements = [], b"", []

    def put(role, y, rows):
        nonlocal page
        page += b"/%s << /MCID %d >> BDC\n%s EMC\n" % (role.encode(), len(roles), lines(60, y, rows))
        roles.append(role)

    put("Titel", 60, ["Mud and time"])
    put("P", 74, ["A lake lays down", "one layer a year"])
    put("P", 98, ["and keeps it"])
    put("LBody", 122, ["clay in winter"])
    put("LBody", 134, ["sand in spring, which the rivers bring when the", "ice is gone"])
    put("P", 158, LAKE)
    put("BlockQuote", 206, ["Nothing is as patient as a lake"])
    put("BlockQuote", 730, ["Nobody counts the years of it, for it counts the years", "of all the things that fall into it, of the leaves and"])
    page += b"/Artifact << /Type /Pagination >> BDC\n" + text(60, 780, "Printed in winter") + b"EMC\n"
    pdf.page(page)
    pdf.page(b"/BlockQuote << /MCID 1 >> BDC\n" + lines(60, 36, ["the ash."]) + b"EMC\n/P << /MCID 0 >> BDC\n" + lines(60, 60, ICE) + text(60, 112, "Counted in spring", "B") + b"EMC\n/Artifact BMC\n" + text(60, 780, "Kept in spring") + b"EMC\n")
    first, second = pdf.pages
    for mark, role in enumerate(roles):
        leaf = pdf.add(b"<< /S /%s /Pg %d 0 R /K %d >>" % (role.encode(), first, mark))
        elements.append(pdf.add(b"<< /S /LI /K [ %d 0 R ] >>" % leaf) if role == "LBody" else leaf)
    items = pdf.add(b"<< /S /L /K [ %d 0 R %d 0 R ] >>" % (elements[3], elements[4]))
    last = pdf.add(b"<< /S /P /K << /Type /MCR /Pg %d 0 R /MCID 0 >> >>" % second)
    over = pdf.add(b"<< /S /BlockQuote /K [ << /Type /MCR /Pg %d 0 R /MCID %d >> << /Type /MCR /Pg %d 0 R /MCID 1 >> ] >>" % (first, len(roles) - 1, second))
    kids = elements[:3] + [items] + elements[5:-1] + [over, last]
    top = pdf.add(b"<< /S /Document /K [ %s ] >>" % b" ".join(b"%d 0 R" % kid for kid in kids))
    pdf.catalog = b"/StructTreeRoot << /K %d 0 R /RoleMap << /Titel /H1 >> >>" % top
    return pdf.finish()


def tagged_table():
    """A table that only its tags tell: wrapped cells, one over two columns and one over two rows, no
    rules. And tags that the page belies: a table whose program forgot how wide a cell is."""
    pdf = Pdf()
    page, elements = text(60, 40, "What was counted where"), []

    def cell(role, x, y, rows, more=b""):
        nonlocal page
        mark = len(elements)
        page += b"/%s << /MCID %d >> BDC\n%s EMC\n" % (role, mark, lines(x, y, rows))
        elements.append(pdf.add(b"<< /S /%s /K %d %s >>" % (role, mark, more)))
        return b"%d 0 R" % elements[-1]

    def row(*cells):
        return b"%d 0 R" % pdf.add(b"<< /S /TR /K [ %s ] >>" % b" ".join(cells))

    def table(*rows):
        return b"<< /S /Table /Pg %%d 0 R /K [ %s ] >>" % b" ".join(rows)

    counted = table(
        row(cell(b"TH", 60, 80, ["Lake"]), cell(b"TH", 160, 80, ["What was found in it"], b"/A << /O /Table /ColSpan 2 >>")),
        row(cell(b"TD", 60, 104, ["Suigetsu,", "in Japan"], b"/A [ << /O /Layout >> 0 << /O /Table /RowSpan 2 >> ]"),
            cell(b"TD", 160, 104, ["leaves of", "oaks"]), cell(b"TD", 260, 104, ["ash of two", "volcanoes"])),
        row(cell(b"TD", 160, 134, ["pollen"]), cell(b"TD", 260, 134, ["diatoms"])),
        row(cell(b"TD", 60, 152, ["Holzmaar,", "in the Eifel"]), cell(b"TD", 160, 152, ["much sand"]), cell(b"TD", 260, 152, ["tephra"])))
    forgot = table(
        row(cell(b"TD", 160, 240, ["Layers"]), cell(b"TD", 300, 240, ["Error"])),
        row(cell(b"TD", 60, 256, ["Suigetsu"]), cell(b"TD", 160, 256, ["45,000"]), cell(b"TD", 300, 256, ["1 %"])),
        row(cell(b"TD", 60, 272, ["Holzmaar"]), cell(b"TD", 160, 272, ["14,000"]), cell(b"TD", 300, 272, ["2 %"])))
    leaf = pdf.page(page + lines(60, 400, LAKE))
    kids = [pdf.add(kid % leaf) for kid in (counted, forgot)]
    pdf.catalog = b"/StructTreeRoot << /K [ %s ] >>" % b" ".join(b"%d 0 R" % kid for kid in kids)
    return pdf.finish()


def figures():
    """Pictures that their tags describe, in each way of writing text; a logo on both pages is told once, a file's name,
    a placeholder and one word never. The second page's figure says by its mark where it stands."""
    pdf = Pdf()
    first = pdf.page(b"/Figure << /MCID 0 >> BDC 60 600 40 40 re f EMC\n" + lines(60, 60, LAKE))
    second = pdf.page(b"/Figure << /MCID 0 >> BDC 60 600 40 40 re f EMC\n" + lines(60, 60, ICE))
    logo = "A heron over the letters V and E".encode("utf-8-sig")
    kids = [
        b"<< /S /Figure /Pg %d 0 R /K 0 /Alt (A core\\220s layers, 3 \\(of 40\\)\r\nmetres: caf\\351 au lait) >>" % first,
        b"<< /S /Bild /Pg %d 0 R /Alt <%s> >>" % (first, "\ufeff\x1bde\x1bSee im Winter \U0001f986".encode("utf-16-be").hex().encode()),
        b"<< /S /Figure /Pg %d 0 R /Alt (%s) >>" % (first, logo),
        b"<< /S /Figure /Pg %d 0 R /Alt (lake in winter.jpg) >>" % first,
        b"<< /S /Figure /Pg %d 0 R /Alt (officeArt object) >>" % first,
        b"<< /S /Figure /Pg %d 0 R /Alt (image) >>" % first,
        b"<< /S /Figure /Pg %d 0 R /Alt (%s) >>" % (second, logo),
        b"<< /S /Figure /K << /Type /MCR /Pg %d 0 R /MCID 0 >> /ActualText (Varve & Sons) >>" % second]
    kids = [pdf.add(kid) for kid in kids]
    pdf.catalog = b"/StructTreeRoot << /K [ %s ] /RoleMap << /Bild /Figure >> >>" % b" ".join(b"%d 0 R" % kid for kid in kids)
    return pdf.finish()


def appearances():
    """Notes that are typed onto pages and have no contents: what they show is their text. One has contents, too,
    one is hidden."""
    pdf = Pdf()

    def note(kind, words, more=b""):
        form = pdf.stream(b"q BT /R 12 Tf 4 6 Td (%s) Tj ET Q" % words,
                          b"/Type /XObject /Subtype /Form /BBox [0 0 200 30] /Resources << /Font %d 0 R >> " % pdf.fonts)
        return b"%d 0 R" % pdf.add(b"<< /Type /Annot /Subtype /%s /Rect [60 500 260 530] /AP << /N %d 0 R >> %s >>"
                                   % (kind, form, more))

    pdf.page(lines(60, 60, LAKE), b"/Annots [ %s %s %s ]" % (
        note(b"FreeText", b"never seen", b"/F 2"), note(b"FreeText", b"typed over", b"/Contents (Said twice)"),
        note(b"FreeText", b"typed onto the lake")))
    pdf.page(lines(60, 60, ICE), b"/Annots [ %s ]" % note(b"Stamp", b"SEEN IN WINTER", b"/Contents ()"))
    return pdf.finish()


def bare_section(file):
    """The same file with an update that changes nothing; its table of objects is a stream without a filter."""
    size, previous = int(file.split(b"/Size ")[1].split()[0]), int(file.split(b"startxref\n")[1].split()[0])
    row = b"\x01" + len(file).to_bytes(4, "big") + b"\0"
    return file + (b"%d 0 obj\n<< /Type /XRef /Size %d /Index [%d 1] /W [1 4 1] /Root 1 0 R /Prev %d /Length 6 >>\nstream\n"
                   % (size, size + 1, size, previous) + row + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(file))


def titles():
    """A title whose small words are set smaller; a heading above one sentence; entries of a form, which are none;
    a heading's size that is the size of the text of its page; short paragraphs with more room between than in them."""
    pdf = Pdf()
    pdf.page(text(60, 80, "THE TALK", "R", 40) + text(60, 108, "of the", "R", 26) + text(60, 150, "LAKES", "R", 40)
             + lines(60, 200, LAKE) + text(60, 260, "A FEW FACTS") + text(60, 276, "The lake is deep, and cold all the year.")
             + text(60, 310, "Sampling date: 02/20/20", "B", 13) + text(60, 340, "Pages of this report: 11", "B", 13)
             + lines(60, 370, ICE))
    pdf.page(lines(60, 80, ["It went down quickly.", "Down went the sand after it.", "Then it was quiet", "Never once considering how in"],
                   leading=24)
             + lines(60, 164, ["the world it was to get out", "of the mud again."]))
    pdf.page(lines(60, 80, ["Text in the size of a heading is the text of its page,", "however small the text of most of the pages is, and",
                            "there is a good deal of it, more than a heading has."], size=14, leading=18)
             + text(60, 160, "Counted in winter", size=14) + text(60, 200, "Counted in spring", size=14))
    return pdf.finish()


def sections():
    """Names of authors in the bold letters that small sections' heads have, too; heads in capitals, with who speaks
    below them before the text, or a smaller head."""
    pdf = Pdf()
    names = b"".join(text(60, 60 + 26 * i, name, "B") + text(60, 72 + 26 * i, "Lake Institute")
                     for i, name in enumerate(["Ann Limnologist", "Bea Sediment", "Cy Clay", "Di Diatom", "Ed Eddy"]))
    pdf.page(names + text(60, 200, "Dark layers", "B") + lines(60, 216, LAKE) + text(60, 272, "Light layers", "B") + lines(60, 288, ICE)
             + text(60, 344, "Counted layers", "B") + lines(60, 360, LAKE))
    pdf.page(text(60, 60, "QUESTIONS", "B") + text(60, 86, "Ann Limnologist:") + lines(60, 98, LAKE)
             + text(60, 160, "ANSWERS", "B") + text(60, 186, "Of winter, and of all ...", "B") + lines(60, 202, ICE)
             + text(60, 260, "VOTE", "B") + text(60, 286, "All were for it."))
    return pdf.finish()


def synopses():
    """Declarations with gaps, and text between them; a list in a typewriter's letters."""
    pdf = Pdf()
    page = lines(60, 60, LAKE)
    for i, (name, what) in enumerate((("core", "Takes a core."), ("count", "Counts its layers."), ("date", "Dates the oldest of them."))):
        page += text(60, 120 + 60 * i, "lake_" + name, "H", 12) + text(60, 140 + 60 * i, "void", "C") + text(120, 140 + 60 * i, "lake_" + name, "C") \
            + text(260, 140 + 60 * i, "(void)", "C") + text(60, 156 + 60 * i, what)
    page += text(60, 320, "These are known:") + b"".join(text(60, 340 + 12 * i, "\u2022 " + word, "C") for i, word in enumerate(("CLAY;", "SAND OF RIVERS;", "ASH.")))
    pdf.page(page + lines(60, 400, ICE))
    return pdf.finish()


def spaced():
    """Words set with room between their letters; letters that are none."""
    pdf = Pdf()
    pdf.page(b"2 Tc " + text(60, 60, "P R O P E R T Y", "H", 12) + text(60, 90, "M U D  O F  L A K E S", "H", 12)
             + text(60, 120, "A B C D E F G", "H", 12) + text(60, 150, "S M T W T F S", "H", 12) + b"0 Tc " + lines(60, 180, LAKE))
    return pdf.finish()


def stretched():
    """Text stretched to the width of its column is no table."""
    pdf = Pdf()
    page = lines(60, 60, LAKE)
    for y, words in ((120, ("The mud of a lake", "has been counting", "the years for", "certain people")),
                     (132, ("in the north and in the south, in layers of clay that sank below the ice and of sand from the hills",)),
                     (144, ("far away. We shall tell", "whoever asks in the", "event that", "they are lost"))):
        for x, part in zip((60, 187, 305, 404), words):
            page += text(x, y, part)
    pdf.page(page + text(60, 156, "in a flood."))
    page = lines(60, 60, ["Lines that are stretched are not always among others that", "are not: what is right below them may be the short rest"])
    for y, words in ((84, ("We shall tell", "whoever asks", "what was counted")), (96, ("in the mud of", "every one of", "our lakes, some"))):
        for x, part in zip((60, 132, 200), words):
            page += text(x, y, part)
    pdf.page(page + text(60, 108, "years ago."))
    return pdf.finish()


def numbered_lines():
    """Lines that are counted in the margin, some of them empty; on the second page, lakes that are counted are a table; so are, on
    the third, words in the order in which they are common, and on the fourth things to do, though they begin in small letters."""
    pdf = Pdf()
    rows = ["", "MR. CLAY: The lake lays down one layer of mud each", "year, and no worm or wave disturbs it.", "", "MS. SAND: So the layers can be counted like the",
            "rings of a tree, one by one?", "MR. CLAY: They can. In the winter, under the ice, the", "finest clay sinks and makes a dark band; the",
            "rivers bring sand in the spring.", "MS. SAND: Thank you.", "", ""]
    page = b"".join(text(60 if i > 8 else 65, 80 + 24 * i, str(i + 1)) for i in range(len(rows)))
    pdf.page(page + b"".join(text(90 if ":" not in row else 110, 80 + 24 * i, row) for i, row in enumerate(rows) if row))
    names = ["Suigetsu", "Holzmaar", "Van", "Baikal", "Titicaca", "Meerfelder Maar", "Elk Lake", "Superior", "Malawi", "Zug", "Como"]
    page = b"".join(text(80 if i > 8 else 85, 120 + 14 * i, str(i + 1)) + text(110, 120 + 14 * i, name) + text(240, 120 + 14 * i, "%d m" % (20 + 31 * i))
                    for i, name in enumerate(names))
    pdf.page(page)
    words = ["the", "be", "to", "of", "and", "a", "in", "that", "have", "it", "for"]
    pdf.page(b"".join(text(80 if i > 8 else 85, 120 + 14 * i, str(i + 1)) + text(110, 120 + 14 * i, word) + text(240, 120 + 14 * i, str(22038 // (i + 1)))
                      for i, word in enumerate(words)))
    duties = [("drill the core at the deepest place of the lake,", "far from the rivers"), ("keep the core upright and cold on the way to the", "laboratory of the station"),
              ("split it along its length with a wire and clean", "its face with a blade"), ("take a picture of each half before the mud turns", "brown in the air"),
              ("count the layers in two ways and note where they", "do not agree")]
    page = b""
    for i, (first, second) in enumerate(duties * 2):
        page += text(80 if i > 8 else 85, 120 + 32 * i, str(i + 1)) + text(110, 120 + 32 * i, first) + text(110, 134 + 32 * i, second)
    pdf.page(page)
    return pdf.finish()


def heads():
    """A head along the side of the page; who wrote it and when; numbers before heads in another font; capitals that are
    large for the document but not for their page."""
    pdf = Pdf()
    pdf.page(text(40, 300, "Lakes of the North", "H", 30, "0 1 -1 0") + text(80, 60, "The Mud of Suigetsu", "H", 18)
             + text(80, 81, "31 January 2021", "H", 18) + text(80, 110, "By Ann Limnologist", "H", 12) + lines(80, 140, LAKE)
             + text(80, 200, "HELD IN WATER", "H", 18) + text(80, 221, "ON 3 MAY 2021", "H", 18) + lines(80, 250, ICE)
             + text(80, 310, "(1) How it is counted", "I", 11) + lines(80, 330, LAKE)
             + text(80, 390, "(2) How it is cut", "I", 11) + lines(80, 410, ICE)
             + text(80, 470, "1) clay, which sinks", size=10) + text(80, 484, "2) sand, which does not", size=10))
    pdf.page(lines(60, 80, ["Text in the size of a heading is the text of its page,", "however small the text of most of the pages is, and",
                            "there is a good deal of it, more than a heading has."], size=14, leading=18)
             + text(60, 160, "VARVES (RS)", size=14))
    return pdf.finish()


def quotes():
    """A sentence in large letters that the lines of two columns run around; below, a picture's place in a column."""
    pdf = Pdf()
    left = ["When the ice breaks in the spring", "the rivers bring sand and silt into", "the lake, and what they bring lies", "upon the clay that"]
    right = ["that sank in winter. It is coarser,", "and lighter in colour, so that each", "year has two bands that can be told", "apart by"]
    page = lines(60, 60, left) + lines(250, 62, right)
    page += lines(60, 108, ["sank before it.", "Whoever counts", "the bands counts"]) + lines(300, 110, ["eye, and be", "counted by", "machine, too,"])
    page += lines(160, 110, ["A lake counts the", "years, and forgets", "not a single one"], "H", 13, 15)
    page += lines(60, 156, ["years, and there are lakes in which", "forty thousand of them lie below"]) + lines(250, 158, ["which needs a good light, a steady", "hand, and a core that was cut well"])
    page += lines(60, 300, ["each other without a single gap, as", "if somebody had kept a diary."]) + lines(250, 302, ["before it had the time to get dry."])
    pdf.page(page)
    return pdf.finish()


def wrapped_header():
    """Some cells of a table's header go on in its second line; below, there are no rules to tell."""
    pdf = Pdf()
    page = text(60, 60, "Table 1. Lakes with varves")
    rows = [("Lake", "Greatest", "Layers", "Share of"), ("", "depth (m)", "", "sand (%)"), ("Suigetsu", "34", "45000", "12"),
            ("Holzmaar", "20", "14000", "30"), ("Van", "451", "15000", "8")]
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            if cell:
                page += text(60 + 110 * c, 90 + 13 * r, cell)
    pdf.page(page)
    return pdf.finish()


def doubled():
    """Bold type made by printing twice; the marks that dblatex puts around letters; a pause of dots."""
    pdf = Pdf()
    pdf.page(text(60, 60, "Layers of a lake") + text(60.3, 60, "Layers of a lake") + text(60, 90, "Grains of b''\xfcb''ber size", "C")
             + lines(60, 130, ["The lake was quiet ... until the ice broke in the", "spring and the rivers brought their sand again."]))
    return pdf.finish()


def lists():
    pdf = Pdf()
    pdf.page(lines(60, 60, LAKE) + text(60, 110, "\u2022 clay, which sinks in winter") + text(60, 124, "\u2022 sand:")
             + text(80, 138, "\u2013 coarse") + text(80, 152, "\u2013 fine, which the spring brings")
             + text(60, 180, "1. Take a core.") + text(60, 194, "2. Count the layers.")
             + lines(60, 230, ["for layer in core:", "    years += 1"], "C")
             + text(60, 340, "A RULER OF DASHES") + b"".join(text(60 + 7 * i, 352, "-") for i in range(12))
             + text(60, 270, ".1") + lines(90, 270, ["Cores are kept cold, in the dark, from the day on", "which they are taken."])
             + text(60, 300, ".2") + text(90, 300, "Cores are never frozen."))
    return pdf.finish()


def disc(x, y, radius, paint="f"):
    """Around a point from the top left."""
    y, k = 800 - y, 0.5523 * radius
    return ("%g %g m %g %g %g %g %g %g c %g %g %g %g %g %g c %g %g %g %g %g %g c %g %g %g %g %g %g c h %s\n" % (
        x + radius, y, x + radius, y + k, x + k, y + radius, x, y + radius, x - k, y + radius, x - radius, y + k, x - radius, y,
        x - radius, y - k, x - k, y - radius, x, y - radius, x + k, y - radius, x + radius, y - k, x + radius, y, paint)).encode()


def square(x, y, side, paint="f"):
    return b"%g %g %g %g re %s\n" % (x, 800 - y - side, side, side, paint.encode())


def bullets():
    """Bullets as browsers paint them: discs, rings and squares; boxes, one of them ticked. Squares of a legend, of one
    colour each, and points that somebody got are none."""
    pdf = Pdf()
    page = lines(60, 60, LAKE) + disc(66, 106.5, 1.9) + lines(74, 110, ["clay, which sinks in winter when the lake is under its ice", "and nothing moves the water"])
    page += disc(66, 132.5, 1.9) + text(74, 136, "sand:") + b"0.6 w\n" + disc(90, 146.5, 1.9, "S") + text(98, 150, "coarse") \
        + disc(90, 160.5, 1.9, "S") + text(98, 164, "fine:") + square(112, 172.5, 3.6) + text(122, 178, "of rivers") \
        + disc(66, 188.5, 1.9) + text(74, 192, "wood")
    page += text(60, 226, "What is to be done", "B") + b"0.1 0.4 0.9 rg\n" + square(64, 238, 8) + b"1 w 1 G 66 558 m 68 556 l 71 561 l S 0 g 0 G\n" + text(78, 245, "Take a core") \
        + square(64, 254, 8, "S") + text(78, 261, "Count its layers") + square(64, 270, 8, "S") + text(78, 277, "Write to Ann")
    for i, (name, colour) in enumerate((("Rain", b"1 0 0 rg"), ("Snow", b"0 0 1 rg"), ("Hail", b"0 0.6 0 rg"))):
        page += colour + b"\n" + square(300, 330 + 16 * i, 5) + text(312, 336 + 16 * i, name) + b"0 g\n"
    for i, name in enumerate(("Holzmaar", "Suigetsu")):
        page += text(60, 336 + 16 * i, name) + b"".join(disc(140 + 8 * k, 332.5 + 16 * i, 2) for k in range(3 + i)) + text(190, 336 + 16 * i, "good")
    page += lines(60, 400, ICE) + disc(66, 452.5, 1.9) + text(74, 456, "One more, by itself, looks as those above.")
    pdf.page(page)
    return pdf.finish()


def grid(xs, ys):
    return b"".join(rule(xs[0], y, xs[-1], y) for y in ys) + b"".join(rule(x, ys[0], x, ys[-1]) for x in xs)


def forms():
    """Labels below the lines to write on; items whose ends are bold, or that go on though there was room; tables to be
    filled in, with heads; a product that is no head."""
    pdf = Pdf()
    page = b"0.5 w\n" + text(200, 60, "Application for a core") + text(215, 72, "Lake Institute")
    for i, labels in enumerate((("Name of the lake or river", "Country of the lake", "Depth"), ("Last name of the sender", "First name of the sender", "E-mail address"),
                                ("Institute", "Day of birth", "Post code"), ("Where it is stored", "Size", "Weight"))):
        page += rule(60, 116 + 36 * i, 480, 116 + 36 * i) + b"".join(text(60 + 160 * c, 127 + 36 * i, label) for c, label in enumerate(labels))
    page += text(60, 270, "What we ask", "B") + text(60, 286, "1. Read the") + text(109, 286, "Handbook of Lake", "B") \
        + text(72, 298, "Drilling", "B") + text(60, 312, "2. Send it with all the samples to Ann") + text(72, 324, "Limnologist, who keeps them cold until they are counted") \
        + text(60, 336, "3. Preliminary") + text(72, 348, "Final, that is with all that we asked for in writing") \
        + text(60, 368, "LAKECORER2") + lines(60, 392, LAKE)
    for i, head in enumerate(("Lakes that were drilled", "lakes.org: all cores", "Helpers")):
        y = 440 + 90 * i
        page += text(60, y - 8, head, "B") + text(64, y + 11, "Name", "B") + grid((60, 200, 240, 280, 320, 470), (y, y + 28, y + 42, y + 56)) \
            + b"".join(lines(204 + 40 * c, y + 11, ("Year", "20%d" % (23 + c)), "B") for c in range(3)) + text(324, y + 11, "What was found", "B")
    pdf.page(page)
    return pdf.finish()


def nameless():
    """Rows in groups, one of them without a name: no line of the row above."""
    pdf = Pdf()
    page, y = lines(60, 60, LAKE), 120
    for group in ((("Lake", "Layers", "Depth", "Area"),), (("Holzmaar", "14,000", "20", "0.06"), ("Suigetsu", "45,000", "34", "4.3")),
                  (("Van", "15,000", "451", "3755"), ("", "16,000", "445", "3713")), (("Zurich", "10,000", "136", "88"), ("Baikal", "25,000", "1642", "31722"))):
        for row in group:
            page += b"".join(text(60 + 100 * c, y, cell, "B" if row[0] == "Lake" else "R") for c, cell in enumerate(row) if cell)
            y += 12
        y += 8
    pdf.page(page + lines(60, y + 20, ICE))
    return pdf.finish()


def extras():
    pdf = Pdf()
    link = pdf.add(b"<< /Type /Annot /Subtype /Link /Rect [60 735 130 752] /Border [0 0 0] "
                   b"/A << /S /URI /URI (https://example.org/varves) >> >>")
    note = pdf.add(b"<< /Type /Annot /Subtype /Text /Rect [400 700 420 720] /Contents (Is this lake still there?) >>")
    field = pdf.add(b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (lake) /V (Suigetsu) /Rect [60 600 200 620] "
                    b"/DA (/R 10 Tf) >>")
    pdf.page(text(60, 60, "Read more") + text(60, 90, "Text about the lakes of the world.")
             + text(700, 90, "off the page"), b"/Annots [%d 0 R %d 0 R %d 0 R]" % (link, note, field))
    pdf.catalog = b"/AcroForm << /Fields [%d 0 R] >>" % field
    return pdf.finish()


def filled_in():
    """A form's list with two items chosen, one with a value of its own, and buttons: one of two is pressed, by name and by number."""
    pdf = Pdf()
    place = b"<< /Type /Annot /Subtype /Widget /Rect [200 %d 320 %d] /DA (/R 10 Tf) "
    several = pdf.add(place % (680, 720) + b"/FT /Ch /Ff 2097152 /T (lakes) /Opt [(Van) (Suigetsu) (Holzmaar)] /V [(Van) (Holzmaar)] /I [0 2] >>")
    own = pdf.add(place % (640, 660) + b"/FT /Ch /Ff 393216 /T (corer) /Opt [(piston) (box)] /V (gravity) >>")
    kept = pdf.add(b"<< /FT /Btn /Ff 49152 /T (kept) /V /in#20the#20cold /Kids [%d 0 R %d 0 R] >>" % (own + 2, own + 3))
    button = b"<< /Type /Annot /Subtype /Widget /Rect [%d 600 %d 612] /Parent %d 0 R /AS /%s /AP << /N << /%s %d 0 R /Off %d 0 R >> >> >>"
    shape = own + 7
    for left, state, name in ((200, b"Off", b"in#20the#20light"), (260, b"in#20the#20cold", b"in#20the#20cold")):
        pdf.add(button % (left, left + 12, kept, state, name, shape, shape))
    size = pdf.add(b"<< /FT /Btn /Ff 49152 /T (size) /V /1 /Opt [(narrow) (wide)] /Kids [%d 0 R %d 0 R] >>" % (own + 5, own + 6))
    for left, state, name in ((320, b"Off", b"0"), (380, b"1", b"1")):
        pdf.add(button % (left, left + 12, size, state, name, shape, shape))
    pdf.stream(b"", b"/Type /XObject /Subtype /Form /BBox [0 0 12 12] ")
    fields = [several, own, kept, size]
    pdf.page(text(60, 60, "A core of mud") + text(60, 100, "Which lakes") + text(60, 160, "Which corer"),
             b"/Annots [" + b" ".join(b"%d 0 R" % i for i in (several, own, own + 2, own + 3, own + 5, own + 6)) + b"]")
    pdf.catalog = b"/AcroForm << /Fields [" + b" ".join(b"%d 0 R" % i for i in fields) + b"] >>"
    return pdf.finish()


def scan():
    pdf = Pdf()
    image = pdf.stream(b"\x80", b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 "
                                b"/ColorSpace /DeviceGray ")
    pdf.page(b"q 600 0 0 800 0 0 cm /Im Do Q\n", resources=b"/XObject << /Im %d 0 R >>" % image)
    return pdf.finish()


def rotated():
    pdf = Pdf()
    pdf.page(b"".join(text(100 + 12 * i, 700, row, matrix="0 1 -1 0") for i, row in enumerate(LAKE)))
    pdf.page(lines(60, 100, ICE), b"/Rotate 90")
    # A heading, and two columns, from the foot of the page to its head.
    pdf.page(b"".join(text(60 + 12 * i, 740 - x, row, "B" if size > 10 else "R", size, "0 1 -1 0") for x, size, i, row in
                      [(0, 16, 0, "Mud in two columns")] + [(0, 10, 2 + i, row) for i, row in enumerate(LAKE * 2)]
                      + [(270, 10, 2 + i, row) for i, row in enumerate(ICE * 2)]))
    return pdf.finish()


def shift_jis(pdf):
    """A font that is not embedded, in an encoding whose map is the reader's own."""
    descendant = pdf.add(b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /Ryumin-Light "
                         b"/CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> /DW 1000 >>")
    font = pdf.add(b"<< /Type /Font /Subtype /Type0 /BaseFont /Ryumin-Light /Encoding /90ms-RKSJ-H "
                   b"/DescendantFonts [%d 0 R] >>" % descendant)
    pdf.objects[pdf.fonts - 1] = pdf.objects[pdf.fonts - 1][:-3] + b" /J %d 0 R >>" % font


def japanese():
    pdf = Pdf()
    words = "漢字とかなの文です。".encode("cp932").hex().encode()
    pdf.page(b"BT /J 12 Tf 72 700 Td <%s> Tj ET" % words, resources=b"")
    shift_jis(pdf)
    return pdf.finish()


def vertical():
    """Columns from the right whose letters are placed one by one, a number between them, and a line at the foot."""
    pdf = Pdf()
    page = b""
    for column, row in enumerate(("湖の底には毎年ひとつの層", "が積もる。", "静かな湖では虫も波もそれ", "を乱さず、木の年輪のよう", "に12の層を数える。")):
        y = 700
        for part in re.findall("[0-9]+|.", row):
            x = 400 - 20 * column
            if part.isdigit():
                page += b"BT /R 11 Tf %d %d Td (%s) Tj ET\n" % (x + 1, y, part.encode())
            else:
                page += b"BT /J 12 Tf %d %d Td <%s> Tj ET\n" % (x, y, part.encode("cp932").hex().encode())
            y -= 12
    pdf.page(page + b"BT /J 12 Tf 72 100 Td <%s> Tj ET" % "写真は冬の湖です。".encode("cp932").hex().encode())
    shift_jis(pdf)
    return pdf.finish()


def hebrew():
    """Letters as they are drawn, from the left; a number and its sign each for itself, from the right."""
    pdf = Pdf()
    letters = "\u05d0\u05d1\u05d2\u05d3\u05d4\u05d5\u05d6\u05d7\u05d8\u05d9\u05da\u05db\u05dc\u05dd\u05de\u05df\u05e0\u05e1\u05e2\u05e3\u05e4\u05e5\u05e6\u05e7\u05e8\u05e9"
    table = b"".join(b"<%02x> <%04x>\n" % (0x61 + i, ord(letter)) for i, letter in enumerate(letters))
    unicode = pdf.stream(b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap 1 begincodespacerange <00> <ff> endcodespacerange\n"
                         b"%d beginbfchar\n%sendbfchar endcmap end end" % (len(letters), table))
    font = pdf.add(b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding /ToUnicode %d 0 R >>" % unicode)

    def drawn(x, y, words, size=10):
        """Ends at x."""
        codes = "".join(chr(0x61 + letters.index(c)) if c in letters else c for c in reversed(words))
        return b"BT /W %d Tf 1 0 0 1 %g %g Tm (%s) Tj ET\n" % (size, x - 0.6 * size * len(codes), 800 - y, codes.encode())
    page = drawn(500, 60, "\u05d1\u05d0\u05d2\u05dd \u05d9\u05e9 \u05e9\u05db\u05d1\u05d4 \u05d0\u05d7\u05d3 \u05dc\u05db\u05dc \u05e9\u05d7\u05e8")
    page += text(490, 90, "3", "C", 14) + text(481.6, 90, "-", "C", 14) + drawn(473, 90, "\u05e9\u05db\u05d1\u05d5\u05df \u05d1\u05d0\u05d2\u05dd", 14)
    page += drawn(500, 140, "\u05db\u05dc \u05e9\u05db\u05d1\u05d4 \u05d4\u05d9\u05d0 \u05d6\u05de\u05df \u05d0\u05d7\u05d3 \u05d1\u05d0\u05d2\u05dd")
    page += drawn(500, 120, "\u05e9\u05d7\u05e8") + text(458, 120, "19", "C") + text(451.9, 120, "/", "C") + text(439.8, 120, "09", "C") \
        + text(433.7, 120, "/", "C") + text(409.6, 120, "2026", "C")
    pdf.page(page)
    pdf.objects[pdf.fonts - 1] = pdf.objects[pdf.fonts - 1][:-3] + b" /W %d 0 R >>" % font
    return pdf.finish()


def plain(words):
    pdf = Pdf()
    pdf.page(text(60, 60, words))
    return pdf


def emphasis():
    """Words in another font than most of their block's; a paragraph in bold has none."""
    pdf = Pdf()

    def runs(y, *pieces):
        shown = b" ".join(b"/%s 10 Tf (%s) Tj" % (font.encode(), words.encode()) for font, words in pieces)
        return b"BT 60 %d Td %s ET " % (y, shown)

    pdf.page(
        runs(700, ("R", "The lake is "), ("B", "very deep"), ("R", " near the dam, and "), ("I", "calm, "), ("R", "as the old"))
        + runs(688, ("R", "men say, who call "), ("C", "depth\\(\\)"), ("R", " on it once a year and write the answer down."))
        + runs(650, ("B", "A paragraph that is set in bold from its first word on to the very"))
        + runs(638, ("B", "last one looks loud, but no word of it stands out from the "), ("I", "others"), ("B", " here.")))
    return pdf.finish()


def register():
    """A table over four pages, with nothing else at their edges. Cells of its first and last rows say the same on each
    page, or count as the pages do by chance: they are no heads. Its head, which each page has, and the pages' numbers are."""
    pdf = Pdf()
    for number in range(4):
        rows = [("Core", "Lake", "Depth", "Layers", "State")]
        rows += [("K-%d" % (number * number + 31 * i), ("Van", "Suigetsu", "Holzmaar")[(i + number) % 3], "%d" % (6 + i * i + number),
                  "%d" % (4100 + 17 * i * number), "counted") for i in range(1, 4)]
        page = b"".join(text(x, 40 + 14 * r, cell)
                        for r, row in enumerate(rows) for x, cell in zip((60, 140, 240, 320, 420), row))
        page += b"".join(text(x, 700 + 14 * r, cell) for r, row in enumerate(rows[1:])
                         for x, cell in zip((60, 140, 240, 320, 420), ("L" + row[0],) + row[1:]))
        pdf.page(page + text(300, 790, str(number + 1)))
    return pdf.finish()


def slides():
    """A slide that is built up in three steps, and three with one title; the foot of all of them is none of their text."""
    pdf = Pdf()
    steps = ["Mud sinks in winter", "Sand comes in spring", "Both are one year"]
    for i in range(3):
        pdf.page(text(40, 60, "How a varve is made", "H", 20) + lines(60, 110, steps[:i + 1], size=14, leading=24) + text(40, 780, "Lakes 2019, Ann Limnologist", size=8))
    for words in ("In the north they are thick.", "In the south they are thin.", "Nowhere are they late."):
        pdf.page(text(40, 60, "What was found", "H", 20) + text(60, 110, words, size=14) + text(40, 780, "Lakes 2019, Ann Limnologist", size=8))
    return pdf.finish()


def fifth_lines():
    """Each fifth line is counted in the margin, on the right and then on the left; on the last page there is one number. A
    table that begins with such figures is a table."""
    pdf = Pdf()
    rows = (LAKE + ICE) * 3
    for number, x in enumerate((500, 20)):
        pdf.page(lines(60, 80, rows, size=12, leading=14) + b"".join(text(x, 136 + 70 * i, str(5 * (i + 1 + 3 * number)), "I", 8) for i in range(3)))
    pdf.page(lines(60, 80, LAKE + ICE, size=12, leading=14) + text(500, 136, "35", "I", 8)
             + b"".join(text(60, 220 + 14 * i, str(5 * i)) + text(120, 220 + 14 * i, "%d mm of mud" % (3 * i * i)) + text(300, 220 + 14 * i, "counted") for i in range(1, 5)))
    return pdf.finish()


def mixed_sizes():
    """A paragraph in which most of a line is an address or a command, in smaller letters."""
    pdf = Pdf()
    pdf.page(text(60, 60, "The counts of each lake are kept where anybody may read") + text(60, 72, "them (") + text(86, 72, "https://varve.example.org/lakes", "C", 8)
             + text(236, 72, "). They may be") + text(60, 84, "copied from there to any other place that there is, as to") + text(60, 96, "$LAKES/north/counts/2019/winter,", "C", 8)
             + text(217, 96, "or to a folder that") + text(60, 108, "is read before."))
    return pdf.finish()


def invoice():
    """Rules go over the whole page: the addresses between them stand in columns, and what is above and below does not."""
    pdf = Pdf()
    page = text(230, 60, "Invoice 2019-17", "H", 16) + text(250, 80, "of 3 May 2019") + rule(60, 100, 540, 100)
    page += lines(66, 116, ["From", "Varve & Sons, Drillers", "Lake Street 12", "1234 Holzmaar", "counts@varve.example", "BE12 3456 7890 1234"])
    page += lines(230, 116, ["To", "The Library of the Lakes", "Department of Mud", "Clay Road 3", "5678 Suigetsu", "BE98 7654 3210 9876"]) + rule(60, 190, 540, 190)
    for r, row in enumerate((("", "What", "Count", "Each", "All"), ("A", "A core of eight metres", "5", "100.20", "501.00"),
                             ("B", "Counting of its layers", "2", "1000.40", "2000.80"), ("C", "A box", "1", "500.00", "500.00"), ("", "Sum", "", "", "3001.80"))):
        page += b"".join(text(x, 230 + 16 * r, cell) for x, cell in zip((66, 90, 260, 340, 440), row) if cell)
        page += rule(60, 234 + 16 * r, 540, 234 + 16 * r) if r in (0, 3, 4) else b""
    pdf.page(page + lines(60, 340, LAKE))
    return pdf.finish()


def right(x, y, words, font="R", size=10):
    """Figures that end at x: each is half as wide as it is high, a comma or a full stop a quarter."""
    return text(x - size * sum(.25 if c in ",." else .5 for c in words), y, words, font, size)


def price_lists():
    """No rule divides the cells: headings, headers and what is below the last rule divide the tables; a dash on the left is in the column of
    the figures on the right; a group's name is no part of the row above it."""
    pdf = Pdf()
    page = text(60, 60, "Prices of 2021", "B", 18)
    for r, row in enumerate((("Order", "2021-77"), ("Day", "3 May 2021"), ("Customer", "The Library of the Lakes"))):
        page += b"".join(text(x, 90 + 14 * r, cell) for x, cell in zip((60, 140), row))
    for t, (head, rows) in enumerate((("Corers", (("Short corer", "1 m", "89.00"), ("Long corer", "8 m", "1,210.00"), ("Ice corer", "3 m", "540.50"))),
                                      ("Boxes", (("Box for a core of one metre", "1 m", "9.00"), ("Crate", "4 boxes", "22.00"))))):
        y = 150 + 95 * t
        page += text(60, y, head, "B", 13) + text(60, y + 20, "Thing", "B") + text(250, y + 20, "Size", "B") + text(318, y + 20, "Price", "B")
        for r, row in enumerate(rows):
            page += text(60, y + 35 + 14 * r, row[0]) + text(250, y + 35 + 14 * r, row[1]) + right(340, y + 35 + 14 * r, row[2])
    page += rule(60, 330, 540, 330)
    for r, row in enumerate((("Item", "What", "Count", "Price", "Amount"), ("10-1", "Short corer", "2", "89.00", "178.00"),
                             ("10-2", "Box for a core of one metre", "40", "9.00", "360.00"), ("20-1", "Counting, hours", "6", "62.00", "372.00"))):
        y = 342 + 16 * r
        page += text(60, y, row[0], "RB"[r == 0]) + text(100, y, row[1], "RB"[r == 0]) + b"".join(
            (text(x - 24, y, cell, "B") if r == 0 else right(x, y, cell)) for x, cell in zip((380, 440, 510), row[2:])) + rule(60, y + 4, 540, y + 4)
    for r, row in enumerate((("Sum of all the items", "910.00"), ("Tax", "182.00"), ("To be paid", "1,092.00"))):
        page += text(400, 415 + 14 * r, row[0]) + right(530, 415 + 14 * r, row[1])
    page += text(60, 490, "Ratings", "B", 13)
    for r, row in enumerate((("Part", "Least", "Greatest"), ("Depth in metres", "-", "8"), ("Angle in degrees", "40", "140"), ("Weight in kilograms", "-", "50"),
                             ("Years without care", "10", "30"))):
        y = 510 + 14 * r
        page += text(60, y, row[0], "RB"[r == 0]) + (text(200, y, row[1], "RB"[r == 0]) if r == 0 or row[1] == "-" else right(260, y, row[1]))
        page += text(300, y, row[2], "B") if r == 0 else right(360, y, row[2])
    page += text(60, 600, "Costs of the house", "B", 13)
    for r, row in enumerate((("", "2021", "2020"), ("Heat", "12", "11"), ("Light and the water of the cellar", "3", "4"), ("Cores",), ("Boxes", "22", "20"), ("Rent", "13", "12"))):
        page += text(60, 620 + 14 * r, row[0], "RB"[len(row) == 1]) + b"".join(right(x, 620 + 14 * r, cell) for x, cell in zip((300, 360), row[1:]))
    pdf.page(page)
    return pdf.finish()


def over_pages():
    """A header of two rows, whose upper cells stand over the middle of several columns of figures; groups of rows; the table goes on over a
    page, where its header is repeated, and another one goes on without."""
    pdf = Pdf()
    years = ("2001", "2011", "2021")

    def header(y):
        return (text(60, y, "Lake", "B") + text(211, y, "Layers", "B") + text(371, y, "Visitors", "B") + rule(60, y + 5, 540, y + 5) +
                b"".join(right(200 + 50 * i, y + 17, year, "B") for i, year in enumerate(years + years)) + rule(60, y + 22, 540, y + 22))

    def rows(y, groups):
        page = b""
        for group, lakes in groups:
            page += text(60, y, group, "B")
            for l, lake in enumerate(lakes):
                y += 14
                page += text(60, y, lake) + b"".join(right(200 + 50 * i, y, "%d,%03d" % (i + l + 1, 17 * (i + 3) * (l + 5) % 1000)) for i in range(6))
            y += 14
        return page
    page = text(60, 50, "Lakes and who came to them", "B", 16) + lines(60, 80, LAKE)
    page += header(130) + rows(161, (("In the north", ["Superior", "Onega", "Vener", "Ladoga"]), ("In the middle", ["Como", "Zug", "Garda"])))
    page += rows(161 + 9 * 14, (("In the east", ["Baikal", "Van", "Urmia", "Sevan", "Hulun", "Khanka", "Balkhash", "Tuz"]), ("Elsewhere", ["Erie", "Taupo", "Eyre"] * 6)))
    pdf.page(page)
    page = header(60) + rows(91, (("In the south", ["Malawi", "Chad", "Kivu"]), ("Small ones", ["Holzmaar", "Pulvermaar"]))) + lines(60, 230, LAKE)
    page += b"".join(text(60, 290 + 16 * i, "%d" % (i + 1)) + text(100, 290 + 16 * i, name) + right(300, 290 + 16 * i, "%d.5" % (i * 7 + 3)) for i, name in enumerate(["Clay", "Sand", "Ash"] * 10))
    pdf.page(page)
    pdf.page(b"".join(text(60, 60 + 16 * i, "%d" % (i + 31)) + text(100, 60 + 16 * i, name) + right(300, 60 + 16 * i, "%d.5" % (i * 9 + 4)) for i, name in enumerate(["Silt", "Leaves", "Twigs"])) +
             lines(60, 130, LAKE))
    return pdf.finish()


def levels():
    """What tells levels where all heads are as large as the text: capitals above italics; a headline in the middle above labels."""
    pdf = Pdf()
    page, y = text(122, 60, "BOARD MINUTES", "B") + text(60, 84, "Date: 4 March 2021") + text(60, 98, "Place: the boat house"), 128
    for head, font in (("I. INTRODUCTION", "R"), ("A. Earlier Counts", "I"), ("B. New Counts", "I"), ("II. CORES", "R"), ("A. Cutting", "I"), ("III. RESULTS", "R")):
        page += text(60, y, head, font) + lines(60, y + 16, LAKE if font == "I" else ICE)
        y += 62
    pdf.page(page)
    return pdf.finish()


def depths():
    """Numbers tell levels where all heads look alike; a name of more figures than letters is the title; names with the marks of notes, and the
    label of a warning, are no heads."""
    pdf = Pdf()
    page, y = text(60, 60, "VX-2041", "B", 24) + lines(60, 84, ICE), 136
    for head in ("1 Scope", "1.1 Lakes", "1.2 Ponds of the north", "2 Terms", "2.1 Varve", "Annex"):
        page += text(60, y, head, "B") + lines(60, y + 16, LAKE if "." in head else ICE)
        y += 62
    pdf.page(page)
    pdf.page(text(60, 60, "Ann Limnologist 1 Bea Sediment 1 2 Cy Clay 2", "B") + lines(60, 76, LAKE) + text(60, 132, "3 Care", "B") + lines(60, 148, ICE) +
             text(60, 200, "Warning", "B") + lines(60, 216, LAKE))
    return pdf.finish()


def bottom_header():
    """A header of several lines, whose cells end in the same one; figures in two columns with hardly any white between them."""
    pdf = Pdf()
    page = lines(60, 60, LAKE)
    for x, cell in ((60, ["", "", "", "Lake"]), (180, ["Layers", "counted or", "reckoned", "(n)"]), (260, ["", "Greatest", "depth", "(m)"]), (340, ["", "", "Ash of", "volcanoes"]),
                    (420, ["", "", "", "Total"])):
        page += b"".join(text(x, 110 + 12 * i, line) for i, line in enumerate(cell) if line)
    for r, row in enumerate((("Suigetsu", "45,000", "34", "12", "46"), ("Holzmaar", "14,000", "20", "3", "23"), ("Van", "15,000", "451", "9", "460"))):
        page += text(60, 166 + 16 * r, row[0]) + b"".join(right(x, 166 + 16 * r, cell) for x, cell in zip((210, 280, 370, 440), row[1:]))
    for r, row in enumerate((("Lake", "Sand", "Clay"), ("Suigetsu", "9", "533"), ("Holzmaar", "1,656", "71"), ("Van", "12", "8"), ("Zug", "3", "44"), ("Como", "5", "1"), ("Erie", "8", "2"), ("Tuz", "7", "6"), ("All", "777,901", "155,533"))):
        page += text(60, 260 + 16 * r, row[0]) + right(220, 260 + 16 * r, row[1]) + right(254, 260 + 16 * r, row[2])
    pdf.page(page)
    return pdf.finish()


def references():
    """An item goes on with the number of a page, and with a year; an item within an item is one."""
    pdf = Pdf()
    pdf.page(lines(60, 60, ["1.", "2.", "", "", "3.", "", "4."])
             + lines(78, 60, ["A. Limnologist. Of Lakes. Holzmaar, 1999.", "B. Sediment. How the layers of a lake are counted. Mud, pp. 164-", "175. Clay Press, Suigetsu, in the winter of the year",
                              "2001. With a map.", "C. Clay. Of two things:", "a) mud, and", "D. Diatom. Sand."]))
    return pdf.finish()


def width(letter):
    """Of a letter of Times-Roman, in ems."""
    for units, letters in ((278, "ijlt/;:"), (333, "()[]-frI"), (250, " .,"), (389, "s"), (408, '"'), (444, "acez"), (480, "{}"), (500, "bdghknopquvxy0123456789_#*$"), (564, "+=<>"),
                           (722, "wCRNO"), (778, "mM&"), (556, "PSE"), (611, "LTF")):
        if letter in letters:
            return units / 1000
    raise ValueError(letter)


def justified(x, y, measure, rows, size=10, leading=12, ends=True):
    """Lines set to the measure, the last one as it comes where the text ends; their letters are known to width()."""
    page = b""
    for i, row in enumerate(rows):
        room = measure - size * sum(width(letter) for letter in row)
        page += b"%g Tw " % (room / row.count(" ") if i + 1 < len(rows) or not ends else 0) + text(x, y + leading * i, row, "R", size)
    return page + b"0 Tw "


def leaflet():
    """Gutters no wider than a wide space; the numbers of a table of contents are no column."""
    pdf = Pdf()
    columns = [["the lake lays down one layer", "of mud each year, and in a", "quiet lake no worm or wave", "will disturb it again, so the", "layers can be counted."],
               ["in the winter, under the ice,", "the finest clay sinks in the", "water and makes a dark band,", "which is thin, and in spring", "the rivers bring sand."],
               ["a core is cut along its whole", "length with a wire, and its", "two halves are cleaned with", "a blade and looked at while", "they are moist."]]
    page = b"".join(justified(40 + 126 * i, 60, 120, rows) for i, rows in enumerate(columns))
    for i, (title, number) in enumerate((("Of mud", "3"), ("Of clay", "5"), ("Of sand", "11"), ("Of wires", "17"), ("Of ice", "20"))):
        dots = "." * int((240 - 10 * sum(width(c) if c != "O" else 0.722 for c in title)) / 2.5)
        page += text(40, 200 + 14 * i, title + dots) + text(286, 200 + 14 * i, number)
    pdf.page(page)
    return pdf.finish()


def balanced():
    """A title over the middle one of three columns; the short last line of a paragraph over two columns, and narrow tables below
    them, with rules and without."""
    pdf = Pdf()
    left, right = (["the lake lays down a layer", "of mud in each year, and in", "a quiet lake it stays there", "as long as there is ice."],
                   ["Nobody knows today how", "many of the lakes are dry", "by now, and how many of", "them can be counted."])
    three = [["In the winter, under the", "ice, the finest clay sinks", "in the water of the lake", "and makes a dark band."],
             ["In spring the rivers, full", "of snow that melts, bring", "sand, which makes a band", "that is light in colour."],
             ["Both bands make a varve,", "which is the layer of a", "year, and lakes may have", "forty thousand of them."]]
    pdf.page(text(204, 60, "The Mud of Lakes", "B", 18) + text(248, 80, "by Ann Clay")
             + b"".join(lines(60 + 160 * i, 110, rows * 2) for i, rows in enumerate(three)))
    page = lines(60, 60, ["The years of a lake that was quiet in all of them are counted in its mud, and who", "counts them knows them."])
    page += lines(60, 100, left) + lines(250, 100, right)
    for r, row in enumerate((("Lake", "Layers"), ("Van", "15000"), ("Zug", "9000"))):
        page += text(64, 176 + 18 * r, row[0]) + text(114, 176 + 18 * r, row[1])
    page += grid([60, 110, 160], [164, 182, 200, 218])
    page += lines(60, 250, ["Below the table there is text that runs over the width of both of the columns above."])
    page += lines(60, 280, left) + lines(250, 280, right)
    for r, row in enumerate((("Lake", "Depth", "Sand"), ("Van", "451 m", "8 %"), ("Zug", "197 m", "11 %"), ("Como", "425 m", "12 %"))):
        for c, cell in enumerate(row):
            page += text(60 + 38 * c, 356 + 14 * r, cell)
    page += lines(60, 430, ["And what is below this one runs over the width of both of the columns, too, and ends."])
    pdf.page(page)
    return pdf.finish()


def initials():
    """Large letters that begin words beside two lines and above one; a letter that is a word; a letter over an index is none."""
    pdf = Pdf()
    page = text(60, 78, "O", "R", 34) + lines(88, 60, ["nce a year a lake lays down one layer of mud, and in", "a quiet lake no worm or wave disturbs it again. So the"])
    page += lines(60, 84, ["layers can be counted like the rings of a tree. The lake", "and the tree both know."])
    page += text(60, 138, "A", "R", 34) + lines(88, 120, ["lake without ice has layers, too. In a dry summer there", "are leaves in it, and the pollen of the trees. Whoever"])
    page += lines(60, 144, ["counts them needs a good light and a steady hand."])
    page += text(60, 190, "I", "R", 24) + text(69, 190, "n the winter the clay sinks, and it is dark.")
    page += text(60, 234, "B", "H", 24) + lines(90, 222, ["Baikal, 12", "Balaton, 40"])
    pdf.page(page)
    return pdf.finish()


def watermarks():
    """DRAFT under the text, aslant and along it; on the last page no text is above it. A sentence in large letters beside text."""
    pdf = Pdf()
    aslant = b"0.8 g " + b"".join(text(100 + 50 * i, 380 - 50 * i, letter, "H", 80, "0.707 0.707 -0.707 0.707") for i, letter in enumerate("DRAFT")) + b"0 g "
    along = b"0.8 g " + text(70, 170, "CONFIDENTIAL", "H", 60) + b"0 g "
    pdf.page(aslant + lines(60, 60, (LAKE + ICE) * 5))
    pdf.page(along + lines(60, 100, (LAKE + ICE) * 2))
    pdf.page(aslant + lines(60, 60, LAKE))
    page = lines(60, 60, LAKE) + lines(60, 96, ["In winter, under the", "ice, the finest clay", "sinks and makes a"]) + lines(158, 106, ["The mud of lakes", "forgets no year"], "I", 14, 16)
    pdf.page(page + lines(60, 132, ["dark band; in spring the rivers bring sand, which is", "light. Both are one year's varve."]))
    return pdf.finish()


def stamp():
    """PAID aslant over the text of one page of two is told below it, whole."""
    pdf = Pdf()
    pdf.page(lines(60, 60, (LAKE + ICE) * 5) + b"0.8 g " + b"".join(text(100 + 50 * i, 380 - 50 * i, letter, "H", 80, "0.707 0.707 -0.707 0.707") for i, letter in enumerate("PAID")) + b"0 g ")
    pdf.page(lines(60, 60, LAKE))
    return pdf.finish()


def letterhead():
    """An address here and a date there are no columns."""
    pdf = Pdf()
    pdf.page(text(60, 56, "LIMNOS", "H", 12) + lines(380, 56, ["Limnos Corers Limited", "12 River Road, Smalltown", "Telephone 555 0101"], size=8, leading=10)
             + lines(60, 130, ["Ms Ann Clay", "3 Hill Street, Bigtown", "Upper Lakeland"]) + text(420, 190, "12 March 2024") + text(60, 220, "Your order of wires", "B")
             + text(60, 250, "Dear Ms Clay,") + lines(60, 280, ["The wires that you ordered for the cutting of cores are on their way to you by the post of today,",
                                                             "and will be there before the ice of your lake is gone. Cut the core along its length, please."]))
    return pdf.finish()


def interrupted():
    """Text that goes on below a figure with labels of its own, and beside a box without being cut."""
    pdf = Pdf()
    page = justified(60, 60, 240, ["each year a lake lays down one layer of mud, and in", "a quiet lake no worm or wave disturbs it again, so", "that the layers can be counted like the rings of a"], ends=False)
    page += text(90, 120, "ice", "H", 8) + text(180, 140, "water", "H", 8) + text(90, 160, "mud", "H", 8) + text(60, 190, "Figure 3. A lake in winter, from the side.", "I", 9)
    page += justified(60, 220, 240, ["tree, and there are lakes in which forty thousand of", "them lie below each other without a single gap."])
    page += b"0.85 g 180 480 120 70 re f 0 g " + lines(190, 270, ["In spring", "the rivers bring", "sand into the lake."], "H", 9)
    page += justified(60, 262, 110, ["in the winter and under", "the ice the clay sinks.", "in the spring the rivers", "bring sand to the lake.", "both of the bands make"], ends=False)
    page += justified(60, 322, 240, ["the layer of a year, and whoever wants to count the", "years of a lake counts the dark ones."])
    pdf.page(page)
    return pdf.finish()


def overleaf():
    """An item goes on with a bracket on the next page."""
    pdf = Pdf()
    pdf.page(lines(60, 600, ["(a)", "", "(b)"]) + lines(78, 600, ["The first thing is the mud, which is at the bottom of the", "lake.", "The second thing is the sand, which the rivers bring in from", "the hills around the lake in each of the seasons of a year"]))
    pdf.page(lines(78, 60, ["(Clay 1999), and it is light."]) + lines(60, 84, LAKE) + lines(60, 132, ["(c)"]) + lines(78, 132, ["The third thing is the ice."]))
    return pdf.finish()


def first_foot():
    """The foot of the first page is told, in bold letters but not as a heading, and what goes on over the page goes on: a table, then a paragraph."""
    pdf = Pdf()
    foot = text(180, 770, "Society for the Counting of Layers", "B") + text(180, 782, "12 Shore Road, Holzmaar", "B")
    names = ["Como", "Zug", "Garda", "Baikal", "Van", "Urmia", "Erie", "Taupo", "Eyre"]

    def rows(y, first, count):
        page = text(60, y, "Lake", "B") + right(300, y, "Layers", "B") + right(400, y, "Depth", "B")
        for i in range(count):
            page += text(60, y + 16 + 16 * i, names[(first + i) % 9] + " %d" % (first + i)) + right(300, y + 16 + 16 * i, "%d" % (4000 + 137 * (first + i))) + right(400, y + 16 + 16 * i, "%d m" % (20 + 7 * i))
        return page
    pdf.page(lines(60, 60, LAKE) + rows(120, 1, 38) + foot)
    pdf.page(rows(60, 39, 6) + lines(60, 190, LAKE) + lines(60, 740, ["In winter, under the ice, the finest clay sinks and"], "R") + foot)
    pdf.page(lines(60, 60, ["makes a dark band; in spring the rivers bring sand,", "which makes a light one. Both are one year's varve."]) + lines(60, 110, LAKE) + foot)
    return pdf.finish()


def letter_foot():
    """The sentence goes on behind the foot of the first page."""
    pdf = Pdf()
    foot = text(180, 770, "Society for the Counting of Layers, Holzmaar")
    pdf.page(lines(60, 60, LAKE) + lines(60, 734, ["In winter, under the ice, the finest clay sinks and", "makes a dark band; in spring the rivers bring sand,"]) + foot)
    pdf.page(lines(60, 60, ["which makes a light one, and both of them are a", "year's varve."]) + lines(60, 110, LAKE) + foot)
    return pdf.finish()


def far_apart():
    """Paragraphs of one line each, with room between them; numbers of sections whose tab is too narrow to be a space."""
    pdf = Pdf()
    page = text(60, 50, "1.Lakes that are counted", "B", 16) + lines(60, 84, ["Lake Suigetsu, in Japan", "Lake Van, in Turkey", "Lake Holzmaar, in Germany"], leading=27)
    page += text(60, 170, "1.2.What is counted", "B", 13) + lines(60, 200, ["Layers of clay and sand", "Ash of volcanoes", "Leaves and twigs"], leading=27)
    pdf.page(page)
    return pdf.finish()


def numbered_sections():
    """Sections that begin at the head of a page, whose numbers happen to be those of their pages."""
    pdf = Pdf()
    for number in range(1, 6):
        page = text(60, 60, str(number), "B", 13) + text(80, 60, ("What a Lake Is", "Mud", "Ice", "How Varves Are Counted", "Ends")[number - 1], "B", 13) if number in (2, 4) else b""
        pdf.page(page + lines(60, 90, (LAKE + ICE) * 2 + LAKE[number % 3:]))
    return pdf.finish()


def program_columns():
    """Programs between the text of two columns, which stand close together."""
    pdf = Pdf()
    code = ["int main(void)", "{", "    int layers = 0;", "", "    while (read_layer())", "        layers++;", "    return layers;", "}"]
    page = lines(60, 60, ["Two columns with programs follow, and below them is a line over both of them, which ends the page and is wide."])
    page += lines(60, 102, LAKE[:2] + ["the layers can."]) + lines(60, 142, code, "C", 8, 10)
    page += lines(282, 90, ICE[:2] + ["which is light."]) + lines(282, 130, ["for (i = 0; i < n; i++)", "    puts(layer[i]);"], "C", 8, 10) + lines(282, 166, ICE[:2] + ["and it ends."]) + lines(282, 206, ["sort -n |", "tail -n 1"], "C", 8, 10)
    pdf.page(page + lines(60, 250, ["After the columns comes a line that goes over the width of both of them, and with that the page has come to its end."]))
    return pdf.finish()


def boxed(x, y, row, pitch=0.6, size=10):
    """A line of a program as LaTeX sets it in a font of letters of any width: each word in a box as wide as its number of letters says, with the same gap between
    all of them and on both sides."""
    page, at = b"", 0
    for word in re.findall(r"\w+|[^\w ]| +", row):
        gap = size * (len(word) * pitch - sum(map(width, word))) / (len(word) + 1)
        left = x + at * pitch * size + gap
        for letter in word:
            page += text(left, y, letter, size=size) if letter != " " else b""
            left += size * width(letter) + gap
        at += len(word)
    return page


def listing():
    """Programs in boxes; a formula and initials are not such ones."""
    pdf = Pdf()
    code = ["#include <stdio.h>", "int main(int count, char *lakes[])", "{", "    for (int i = 1; i < count; i++)", "        printf(lakes[i]);", "    return 0;", "}"]
    pdf.page(lines(60, 60, LAKE) + b"".join(boxed(60, 108 + 12 * i, row) for i, row in enumerate(code)) + lines(60, 204, ICE)
             + b"".join(text(60 + 7 * i, 252, c) for i, c in enumerate("y=ax+b")) + lines(60, 276, ["By J. K. L. and M. N. O., of the lake."]))
    return pdf.finish()


def alike_rows():
    """Cells of two words, all as wide as each other, in rows as near as lines are; numbers of several parts count the items of a list; a table like the
    one on the page before, which ends high on its page, is another."""
    pdf = Pdf()

    def loans(y, rows):
        return b"".join(text(x, y + 14 * r, cell) for r, row in enumerate((("Lake", "Lent", "Returned"),) + rows) for x, cell in zip((60, 200, 340), row))
    page = lines(60, 60, LAKE)
    for r, row in enumerate((("Northern cores", "Wooden boxes", "Winter layers"), ("Southern cores", "Copper boxes", "Summer layers"), ("Westerly cores", "Golden boxes", "Autumn layers"))):
        page += b"".join(text(x, 112 + 14 * r, cell) for x, cell in zip((60, 200, 340), row))
    page += rule(60, 116, 420, 116)
    for i, (number, item) in enumerate((("2.1.", "Mud of the year"), ("2.1.1.", "Mud of the winter"), ("2.1.2.", "Mud of the spring"), ("2.2.", "Ash of the year"), ("2.3.", "Sand of the year"))):
        page += text(60, 180 + 12 * i, number) + text(100, 180 + 12 * i, item)
    pdf.page(page)
    pdf.page(loans(200, (("Suigetsu", "3 May", "9 May"), ("Holzmaar", "4 May", "7 May"), ("Van", "5 May", "6 May"))))
    pdf.page(loans(200, (("Zug", "3 June", "9 June"), ("Como", "4 June", "7 June"), ("Erie", "5 June", "6 June"))))
    return pdf.finish()


def main():
    folder = sys.argv[1]
    files = {
        "banded": banded(), "bullets": bullets(), "emphasis": emphasis(),
        "price-lists": price_lists(), "over-pages": over_pages(), "levels": levels(), "bottom-header": bottom_header(), "depths": depths(),
        "book": book(), "columns": columns(), "extras": extras(), "filled-in": filled_in(), "forms": forms(), "hebrew": hebrew(), "nameless": nameless(), "headings": headings(), "lists": lists(),
        "rotated": rotated(), "ruled": ruled(), "doubled": doubled(), "frames": frames(), "invisible": invisible(), "appearances": bare_section(appearances()), "tagged": tagged(), "figures": figures(), "reports": reports(), "spaced": spaced(), "stretched": stretched(), "quotes": quotes(), "heads": heads(), "numbered-lines": numbered_lines(), "titles": titles(), "synopses": synopses(), "sections": sections(), "wrapped-header": wrapped_header(), "tagged-table": tagged_table(), "hidden": hidden(), "grounds": grounds(), "turned": turned(), "stacked": stacked(), "scan": scan(), "japanese": japanese(), "table": table(),
        "register": register(), "slides": slides(), "fifth-lines": fifth_lines(), "mixed-sizes": mixed_sizes(), "invoice": invoice(), "references": references(), "listing": listing(), "overleaf": overleaf(), "first-foot": first_foot(), "letter-foot": letter_foot(), "far-apart": far_apart(), "program-columns": program_columns(), "numbered-sections": numbered_sections(),
        "leaflet": leaflet(), "interrupted": interrupted(), "balanced": balanced(), "initials": initials(), "watermarks": watermarks(), "stamp": stamp(), "letterhead": letterhead(), "vertical": vertical(), "alike-rows": alike_rows(),
        "encrypted": plain("A secret lake.").finish(b"secret"),
        "encrypted-empty": plain("A lake that anyone may see.").finish(b""),
        "cut": headings()[:900], "no-xref": plain("A lake without a map.").finish().split(b"xref")[0],
        "rubbish-before": b"HTTP/1.1 200 OK\r\n\r\n" + plain("A lake behind rubbish.").finish(),
    }
    for name, data in files.items():
        with open(os.path.join(folder, name + ".pdf"), "wb") as file:
            file.write(data)


main()
