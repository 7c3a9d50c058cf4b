#!/usr/bin/env python3
"""Makes the binary documents of the demo folder: price-list.pdf, staff-letter.docx, archive.zip.

Run it in demo/ (../tools/make-demo.py) after a change; the results are committed. Standard library only.
"""
import io
import zipfile

STAMP = (2026, 1, 2, 3, 4, 6)


def pdf(pages):
    """A plain PDF 1.4. pages: lists of (font, size, x, y, text); fonts: R regular, B bold."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", None,
               "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
               "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
               "<< /Title (Price list, spring 2026) /Author (The Lantern Shop) >>"]
    kids = []
    for lines in pages:
        body = []
        for font, size, x, y, text in lines:
            text = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
            body.append("BT /%s %d Tf %d %d Td (%s) Tj ET" % (font, size, x, y, text))
        stream = "\n".join(body)
        objects.append("<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
        objects.append("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
                       "/Resources << /Font << /R 3 0 R /B 4 0 R >> >> >>" % len(objects))
        kids.append("%d 0 R" % len(objects))
    objects[1] = "<< /Type /Pages /Kids [%s] /Count %d >>" % (" ".join(kids), len(kids))
    out, offsets = "%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        offsets.append(len(out))
        out += "%d 0 obj\n%s\nendobj\n" % (number, text)
    start = len(out)
    out += "xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += "".join("%010d 00000 n \n" % offset for offset in offsets)
    out += "trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, start)
    return out.encode("latin-1")


def paragraph(y, lines):
    return [("R", 11, 72, y - 14 * i, line) for i, line in enumerate(lines)]


PAGE_1 = ([("B", 20, 72, 760, "Price list, spring 2026"), ("B", 14, 72, 715, "Lamps")]
          + paragraph(690, [
              "All prices are in crowns and include the burner and one wick. Chimneys are sold",
              "with the lamp and are replaced free of charge when they arrive broken."])
          + [("B", 11, 72, 640, "Lamp"), ("B", 11, 260, 640, "Height"), ("B", 11, 400, 640, "Price")]
          + [row for i, (a, b, c) in enumerate([
              ("Storm lantern, zinc", "32 cm", "480"), ("Storm lantern, brass", "32 cm", "720"),
              ("Table lamp, 14 lines", "41 cm", "950"), ("Wall lamp, 7 lines", "28 cm", "390")])
             for row in [("R", 11, 72, 622 - 18 * i, a), ("R", 11, 260, 622 - 18 * i, b),
                         ("R", 11, 400, 622 - 18 * i, c)]]
          + [("B", 14, 72, 530, "Oil")]
          + paragraph(505, [
              "Paraffin costs 42 crowns a litre in our can and 36 in yours. Colza oil is pressed",
              "in October and costs 88 crowns a litre for as long as it lasts."])
          + [("R", 9, 290, 40, "1")])
PAGE_2 = ([("B", 14, 72, 760, "Delivery")]
          + paragraph(735, [
              "Parcels go out on Tuesdays and Fridays. A lamp travels in straw and two boxes,",
              "which costs 60 crowns within the country and 140 abroad."])
          + [("B", 14, 72, 680, "Repairs")]
          + paragraph(655, [
              "We repair any lamp that was ever sold here. A new burner is fitted for 120 crowns;",
              "soldering a font costs 200 crowns and takes a week."])
          + [("R", 9, 290, 40, "2")])

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def docx():
    def para(text, style=None):
        properties = '<w:pPr><w:pStyle w:val="%s"/></w:pPr>' % style if style else ""
        return "<w:p>%s<w:r><w:t xml:space=\"preserve\">%s</w:t></w:r></w:p>" % (properties, text)

    styles = "".join(
        '<w:style w:type="paragraph" w:styleId="Heading%d"><w:name w:val="heading %d"/>'
        '<w:pPr><w:outlineLvl w:val="%d"/></w:pPr></w:style>' % (n, n, n - 1) for n in (1, 2))
    body = (para("To everybody who works in the shop", "Heading1")
            + para("The holidays of the coming year are fixed. The shop is closed from the 20th to "
                   "the 27th of July, when the harbour is being dredged, and on the day after "
                   "midwinter.")
            + para("Travel costs", "Heading2")
            + para("Whoever goes to the lamp fair in Gothenburg is paid the train, second class, and "
                   "one night. Receipts go to Ebba before the end of the month in which they were "
                   "made out.")
            + para("Sick days", "Heading2")
            + para("Ring before nine. A doctor's note is needed from the fourth day on."))
    parts = [
        ("[Content_Types].xml",
         '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
         '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
         '<Default Extension="xml" ContentType="application/xml"/>'
         '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
         '<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>'
         '</Types>'),
        ("_rels/.rels",
         '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
         '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
         '</Relationships>'),
        ("word/_rels/document.xml.rels",
         '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
         '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>'
         '</Relationships>'),
        ("word/document.xml", '<w:document %s><w:body>%s</w:body></w:document>' % (W, body)),
        ("word/styles.xml", '<w:styles %s>%s</w:styles>' % (W, styles)),
    ]
    return archive([(name, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + text)
                    for name, text in parts])


def archive(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, text in parts:
            z.writestr(zipfile.ZipInfo(name, STAMP), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


LETTERS = [
    ("letters/1998-lighthouse.txt",
     "To the Lantern Shop\n\nThe lamp you repaired for the lighthouse museum burns again. Visitors ask "
     "how a flame that small was seen eleven miles away; we tell them about the lens.\n\n"
     "With thanks, the keepers\n"),
    ("letters/2003-complaint.md",
     "# A complaint\n\nThe brass storm lantern I bought in May has turned green. I keep it on the boat.\n\n"
     "## Our answer\n\nBrass turns green in salt air. Rub it with vinegar and flour, rinse it, and oil it "
     "lightly; or send it back and we lacquer it for 90 crowns.\n"),
]

if __name__ == "__main__":
    for name, data in (("price-list.pdf", pdf([PAGE_1, PAGE_2])), ("staff-letter.docx", docx()),
                       ("archive.zip", archive(LETTERS))):
        with open(name, "wb") as f:
            f.write(data)
