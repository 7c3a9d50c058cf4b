#!/usr/bin/env python3
"""Writes the office documents of this folder: each small, each showing a few things.

usage: make.py        (then: GOLDEN=update tests/golden/run.sh BUILD office, and read the diff)
The same run gives the same bytes: archives carry no dates.
"""
import os
import struct
import zipfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def write(name, data):
    with open(os.path.join(HERE, name), "wb") as out:
        out.write(data if isinstance(data, bytes) else data.encode())


def package(name, parts, mimetype=None):
    with zipfile.ZipFile(os.path.join(HERE, name), "w") as archive:
        if mimetype:
            archive.writestr(zipfile.ZipInfo("mimetype"), mimetype)
        for part, text in parts.items():
            info = zipfile.ZipInfo(part)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, text)


def relations(*rows):
    out = XML + '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    for number, (kind, target, *more) in enumerate(rows, 1):
        mode = ' TargetMode="External"' if more else ""
        out += f'<Relationship Id="rId{number}" Type="{REL}/{kind}" Target="{target}"{mode}/>'
    return out + "</Relationships>"


CORE = (XML + '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
        "<dc:title>Boats</dc:title><dc:creator>A. Writer</dc:creator>"
        "<dcterms:created>2024-03-01T10:00:00Z</dcterms:created></cp:coreProperties>")

# ---- Word ----
W = ('xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
     f'xmlns:r="{REL}" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
     'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
     'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
     'xmlns:v="urn:schemas-microsoft-com:vml"')


def p(text, style=None, extra=""):
    name = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f"<w:p><w:pPr>{name}{extra}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def item(text, number, level=0):
    return p(text, None, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')


def cell(text, properties=""):
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{p(text)}</w:tc>"


BOX = "<w:txbxContent>" + p("In a box") + "</w:txbxContent>"
DOCUMENT = XML + f"<w:document {W}><w:body>" + "".join([
    p("Boats and ships", "Title"),
    p("Sailing", "Kop1"),  # "heading 1" under a Dutch id
    p("Knots", "Own"),     # based on it, one level down by its outline
    "<w:p><w:r><w:t xml:space='preserve'>Tie </w:t></w:r><w:del w:id='1'><w:r><w:delText>never</w:delText></w:r></w:del>"
    "<w:ins w:id='2'><w:r><w:t>always</w:t></w:r></w:ins><w:r><w:t xml:space='preserve'> a bowline</w:t></w:r>"
    "<w:r><w:footnoteReference w:id='2'/></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r></w:p>",
    item("Rope", 1), item("Hemp", 1, 1), item("First", 2), item("Second", 2), p("Between"), item("Third", 2),
    item("Clause", 3), item("Sub-clause", 3, 1),
    "<w:p><w:hyperlink r:id='rId5'><w:r><w:t>A link</w:t></w:r></w:hyperlink><w:r><w:t xml:space='preserve'> and "
    "</w:t></w:r><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>PAGEREF x</w:instrText></w:r>"
    "<w:r><w:fldChar w:fldCharType='separate'/></w:r><w:r><w:t>page 7</w:t></w:r>"
    "<w:r><w:fldChar w:fldCharType='end'/></w:r></w:p>",
    f"<w:p><w:r><w:t>Before</w:t></w:r><w:r><mc:AlternateContent><mc:Choice Requires='wps'><wps:txbx>{BOX}</wps:txbx></mc:Choice>"
    f"<mc:Fallback><w:pict><v:textbox>{BOX}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>",
    "<w:tbl><w:tblPr/><w:tr><w:trPr><w:tblHeader/></w:trPr>" + cell("Name") + cell("Sails", '<w:gridSpan w:val="2"/>') + "</w:tr>"
    "<w:tr>" + cell("Sloop", '<w:vMerge w:val="restart"/>') + cell("main") + cell("jib") + "</w:tr>"
    "<w:tr>" + cell("", "<w:vMerge/>") + cell("spinnaker") + cell("none") + "</w:tr>"
    "<w:tr>" + cell("A remark that is longer than any heading over columns would be, and so it is told only once.", '<w:gridSpan w:val="3"/>')
    + "</w:tr></w:tbl>",
    p("Table 1: rigs", "Caption"),
    p("int main(void)", "SourceCode"), p("{ return 0; }", "SourceCode"),
    "<w:p><m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:sSup><m:e><m:r><m:t>π</m:t></m:r></m:e>"
    "<m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:den></m:f></m:oMath></w:p>",
    "<w:altChunk r:id='rId6'/><w:altChunk r:id='rId7'/>",
]) + "</w:body></w:document>"


def style(identity, name, based="", more="", kind="paragraph"):
    based = f'<w:basedOn w:val="{based}"/>' if based else ""
    return f'<w:style w:type="{kind}" w:styleId="{identity}"><w:name w:val="{name}"/>{based}<w:pPr>{more}</w:pPr></w:style>'


# A deleted item leaves no item behind: what follows is what it says; a paragraph whose mark alone was deleted goes on.
def changed(text, tag, kind):
    inner = f"<w:{tag}><w:r><w:{kind}>{text}</w:{kind}></w:r></w:{tag}>" if tag else f"<w:r><w:t>{text}</w:t></w:r>"
    return ("<w:p><w:pPr><w:numPr><w:ilvl w:val='0'/><w:numId w:val='2'/></w:numPr><w:rPr><w:del w:id='1'/></w:rPr></w:pPr>"
            + inner + "</w:p>")


CHANGES = XML + f"<w:document {W}><w:body>" + "".join([
    item("Reef the main", 2), changed("Hoist the jib", "del", "delText"), p("A sentence."), item("Heave to", 2),
    changed("Go below", "moveFrom", "t"), p("Signals", "Kop1"), changed("Two paragraphs ", "", ""), p("made one."),
]) + "</w:body></w:document>"

STYLES = XML + f"<w:styles {W}>" + style("Title", "Title") + style("Kop1", "heading 1") + \
    style("Own", "Knot heading", "Kop1", '<w:outlineLvl w:val="1"/>') + style("Caption", "caption") + \
    style("SourceCode", "Source Code") + "</w:styles>"


def abstract(identity, *levels):
    out = f'<w:abstractNum w:abstractNumId="{identity}">'
    for level, (form, text) in enumerate(levels):
        out += (f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
                f'<w:lvlText w:val="{text}"/></w:lvl>')
    return out + "</w:abstractNum>"


NUMBERING = XML + f"<w:numbering {W}>" + abstract(0, ("bullet", "-"), ("bullet", "o")) + \
    abstract(1, ("decimal", "%1."), ("lowerLetter", "%2)")) + abstract(2, ("decimal", "Article %1"), ("decimal", "%1.%2")) + \
    "".join(f'<w:num w:numId="{n}"><w:abstractNumId w:val="{n - 1}"/></w:num>' for n in (1, 2, 3)) + "</w:numbering>"

def run(text, properties=""):
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t xml:space='preserve'>{text}</w:t></w:r>"


EMPHASIS = XML + f"<w:document {W}><w:body>" + "".join([
    "<w:p>" + run("Bold", "<w:b/>") + run(" and ") + run("slanted ", "<w:i/>") + run("words", "<w:i/>") + run(", not ") +
    run("this", "<w:b w:val='0'/>") + run(", but ") + run("both", "<w:b/><w:i/>") + run(".") + "</w:p>",
    "<w:p>" + run("By a style: ") + run("strong", "<w:rStyle w:val='Strong'/>") + run(", ") +
    run("based on it", "<w:rStyle w:val='Louder'/>") + run(", ") + run("taken back", "<w:rStyle w:val='Louder'/><w:b w:val='0'/>") +
    run("; ") + run("f()", "<w:rStyle w:val='Mono'/>") + run(" and ") + run("g()", "<w:rFonts w:ascii='Courier New'/>") + run(".") + "</w:p>",
    "<w:p>" + run("A whole paragraph on a typewriter is no code.", "<w:rFonts w:ascii='Courier New'/>") + "</w:p>",
    "<w:p>" + run("Struck", "<w:strike/>") + run(", x") + run("n+1", "<w:vertAlign w:val='superscript'/>") + run(", x") +
    run("max", "<w:vertAlign w:val='subscript'/>") + "<w:r><w:rPr><w:vertAlign w:val='superscript'/></w:rPr>"
    "<w:footnoteReference w:id='2'/></w:r></w:p>",
]) + "</w:body></w:document>"
package("emphasis.docx", {
    "[Content_Types].xml": XML + "<Types/>",
    "_rels/.rels": relations(("officeDocument", "word/document.xml")),
    "word/document.xml": EMPHASIS,
    "word/_rels/document.xml.rels": relations(("styles", "styles.xml")),
    "word/styles.xml": XML + f"<w:styles {W}>"
    "<w:style w:type='character' w:styleId='Strong'><w:name w:val='Strong'/><w:rPr><w:b/></w:rPr></w:style>"
    "<w:style w:type='character' w:styleId='Louder'><w:name w:val='Louder'/><w:basedOn w:val='Strong'/><w:rPr><w:i/></w:rPr></w:style>"
    "<w:style w:type='character' w:styleId='Mono'><w:name w:val='Verbatim Char'/><w:rPr><w:rFonts w:ascii='Consolas'/></w:rPr></w:style>"
    "</w:styles>",
})

# Formulas, boxes and choices of a form, numbered rows, characters of fonts that draw others.
def math(inner):
    return f"<w:p><m:oMathPara><m:oMath>{inner}</m:oMath></m:oMathPara></w:p>"


def mr(text, properties=""):
    return f"<m:r><m:rPr>{properties}</m:rPr><m:t xml:space='preserve'>{text}</m:t></m:r>"


def form(data, instruction, result=""):
    shown = f"<w:r><w:fldChar w:fldCharType='separate'/></w:r>{result}" if result else ""
    return (f"<w:r><w:fldChar w:fldCharType='begin'><w:ffData>{data}</w:ffData></w:fldChar></w:r>"
            f"<w:r><w:instrText> {instruction} </w:instrText></w:r>{shown}<w:r><w:fldChar w:fldCharType='end'/></w:r>")


# Code that is told by its font: a line goes on with it that is indented, or looks like code itself.
def typed(text):
    return ("<w:p><w:r><w:rPr><w:rFonts w:ascii='Consolas' w:hAnsi='Consolas'/></w:rPr>"
            f"<w:t xml:space='preserve'>{text}</w:t></w:r></w:p>")


package("code.docx", {
    "[Content_Types].xml": XML + "<Types/>",
    "_rels/.rels": relations(("officeDocument", "word/document.xml")),
    "word/document.xml": XML + f"<w:document {W}><w:body>" + p("It counts:") + typed("def count(boats):") + typed("    n = len(boats)") +
        typed("    return n") + typed("Nothing is left to do here.") + typed("    Nor here.") + p("So it is.") + "</w:body></w:document>",
})

package("formulas.docx", {
    "[Content_Types].xml": XML + "<Types/>",
    "_rels/.rels": relations(("officeDocument", "word/document.xml")),
    "word/document.xml": XML + f"<w:document {W}><w:body>" + "".join([
        math(f"<m:func><m:fName><m:limLow><m:e>{mr('argmax')}</m:e><m:lim>{mr('x')}</m:lim></m:limLow></m:fName><m:e>{mr('f(x)')}</m:e></m:func>"
             + mr(" &lt; 50%") + f"<m:func><m:fName>{mr('cos')}</m:fName><m:e>{mr('θ')}</m:e></m:func>"),
        math(f"<m:limLow><m:e><m:groupChr><m:e>{mr('a+b')}</m:e></m:groupChr></m:e><m:lim>{mr('both of ')}{mr('them')}</m:lim></m:limLow>"
             + mr("=") + f"<m:limUpp><m:e><m:groupChr><m:groupChrPr><m:chr m:val='⏞'/><m:pos m:val='top'/></m:groupChrPr><m:e>{mr('c')}</m:e></m:groupChr></m:e>"
             f"<m:lim>{mr('one')}</m:lim></m:limUpp>"),
        math(f"<m:eqArr><m:e>{mr('x&amp;=1')}</m:e><m:e>{mr('y&amp;=2')}</m:e></m:eqArr>"),
        math(f"<m:eqArr><m:e>{mr('z=3 ')}</m:e></m:eqArr>"),
        f"<w:p><w:r><w:t>So </w:t></w:r><m:oMath>{mr('a=b')}</m:oMath></w:p><w:p><m:oMath>{mr('c=d')}</m:oMath></w:p>",
        f"<w:p><m:oMath>{mr('e=f')}</m:oMath><w:r><w:t>, (1)</w:t></w:r></w:p>",
        math(f"<m:borderBox><m:e>{mr('𝐄')}</m:e></m:borderBox>" + mr("=550") + mr(" mm", "<m:nor/>") + mr("−") + mr("𝜋") +
             f"<m:bar><m:barPr><m:pos m:val='top'/></m:barPr><m:e>{mr('ℝ')}</m:e></m:bar><m:nary><m:naryPr><m:chr m:val='∯'/></m:naryPr><m:sub/><m:sup/><m:e>{mr('_')}</m:e></m:nary>"
             f"<m:phant><m:phantPr><m:show m:val='0'/></m:phantPr><m:e>{mr('unseen')}</m:e></m:phant>"),
        "<w:p>" + form("<w:checkBox><w:sizeAuto/><w:default w:val='0'/></w:checkBox>", "FORMCHECKBOX") + run(" tea, ") +
        form("<w:checkBox><w:default w:val='0'/><w:checked/></w:checkBox>", "FORMCHECKBOX") + run(" coffee, ") +
        form("<w:ddList><w:result w:val='1'/><w:default w:val='0'/><w:listEntry w:val='hot'/><w:listEntry w:val='cold'/></w:ddList>", "FORMDROPDOWN") +
        run(", ") + form("<w:textInput/>", "FORMTEXT", run("two cups")) + "</w:p>",
        "<w:p>" + run("10 ") + "<w:r><w:sym w:font='Symbol' w:char='F06D'/></w:r>" + run("m, ") +
        "<w:r><w:sym w:font='Wingdings' w:char='F0FE'/></w:r><w:r><w:sym w:font='Wingdings' w:char='F051'/></w:r>" + run(" done") + "</w:p>",
        item("Clause", 3), item("", 3).replace("<w:r><w:t></w:t></w:r>", ""), item("Third clause", 3),
        "<w:tbl><w:tblPr/>" + "".join(
            f"<w:tr><w:tc>{item('', 3, 1).replace('<w:r><w:t></w:t></w:r>', '')}</w:tc><w:tc>{p('Two steps:')}{item('go', 2)}{item('stop', 2)}</w:tc></w:tr>"
            for i in range(2)) + "</w:tbl>",
    ]) + "</w:body></w:document>",
    "word/_rels/document.xml.rels": relations(("numbering", "numbering.xml")).replace(
        "</Relationships>", '<Relationship Id="rId9" Target="none.xml"/></Relationships>'),
    "word/numbering.xml": NUMBERING,
})

package("text.docx", {
    "[Content_Types].xml": XML + "<Types/>",
    "_rels/.rels": relations(("officeDocument", "word/document.xml")),
    "word/document.xml": DOCUMENT,
    "word/_rels/document.xml.rels": relations(
        ("styles", "styles.xml"), ("numbering", "numbering.xml"), ("footnotes", "footnotes.xml"),
        ("comments", "comments.xml"), ("hyperlink", "https://example.org/knots", True),
        ("aFChunk", "chunk.mht"), ("aFChunk", "chunk.docx")),
    "word/chunk.mht": "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"b\"\r\n\r\n--b\r\n"
    "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    "<h2>Pulled in</h2><p>From =C3=A9lsewhere.</p>\r\n--b--\r\n",
    "word/chunk.docx": "PK\0",
    "word/styles.xml": STYLES,
    "word/numbering.xml": NUMBERING,
    "word/footnotes.xml": XML + f"<w:footnotes {W}><w:footnote w:id='2'>" + p("It never slips.") + "</w:footnote></w:footnotes>",
    "word/comments.xml": XML + f"<w:comments {W}><w:comment w:id='0' w:author='Reader'>" + p("Is that so?") + "</w:comment></w:comments>",
    "docProps/core.xml": CORE,
})

package("changes.docx", {
    "[Content_Types].xml": XML + "<Types/>",
    "_rels/.rels": relations(("officeDocument", "word/document.xml")),
    "word/document.xml": CHANGES,
    "word/_rels/document.xml.rels": relations(("styles", "styles.xml"), ("numbering", "numbering.xml")),
    "word/styles.xml": STYLES,
    "word/numbering.xml": NUMBERING,
})

# ---- Excel ----
S = f'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{REL}"'
SHEET = XML + f"""<worksheet {S}><sheetData>
<row r="1"><c r="A1" t="inlineStr"><is><t>Orders of the year</t></is></c></row>
<row r="3"><c r="A3" t="s"><v>0</v></c><c r="B3" t="s"><v>1</v></c><c r="C3" t="inlineStr"><is><t>Share</t></is></c></row>
<row r="4"><c r="A4" s="1"><v>45352</v></c><c r="B4"><v>12500</v></c><c r="C4" s="2"><v>0.256</v></c></row>
<row r="5"><c r="A5" s="1"><v>45353.5</v></c><c r="B5" s="3"><v>0.30000000000000004</v></c><c r="C5" t="e"><v>#N/A</v></c></row>
<row r="6"><c r="A6" t="b"><v>1</v></c><c r="B6" t="str"><v>both</v></c></row>
</sheetData><mergeCells count="1"><mergeCell ref="B6:C6"/></mergeCells></worksheet>"""
TWO = XML + f"<worksheet {S}><sheetData>" + "".join(
    f'<row r="{r}">' + "".join(f'<c r="{c}{r}"><v>{r}{n}</v></c>' for n, c in enumerate("ABEF")) + "</row>"
    for r in (1, 2, 3)) + "</sheetData></worksheet>"
package("sheets.xlsx", {
    "[Content_Types].xml": XML + "<Types/>",
    "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
    "xl/workbook.xml": XML + f'<workbook {S}><sheets><sheet name="Orders" sheetId="1" r:id="rId1"/>'
    '<sheet name="Two tables" sheetId="2" r:id="rId2"/><sheet name="Notes" sheetId="3" state="hidden" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": relations(("worksheet", "worksheets/sheet1.xml"), ("worksheet", "worksheets/sheet2.xml"),
                                            ("sharedStrings", "sharedStrings.xml"), ("styles", "styles.xml")),
    "xl/sharedStrings.xml": XML + f"<sst {S}><si><t>Day</t></si><si><r><t>Am</t></r><r><t>ount</t></r><rPh><t>x</t></rPh></si></sst>",
    "xl/styles.xml": XML + f'<styleSheet {S}><numFmts><numFmt numFmtId="170" formatCode="[$-409]0.00\\ &quot;kg&quot;"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="22"/><xf numFmtId="10"/><xf numFmtId="170"/></cellXfs></styleSheet>',
    "xl/worksheets/sheet1.xml": SHEET,
    "xl/worksheets/sheet2.xml": TWO,
})



# Merged cells: a title, a heading over two columns, a label beside two rows, a long answer.
MERGED = XML + f"<worksheet {S}><sheetData>" + "".join(
    f'<row r="{r}">' + "".join(f'<c r="{c}{r}" t="inlineStr"><is><t>{t}</t></is></c>' for c, t in cells) + "</row>"
    for r, cells in ((1, (("A", "Catch by port"),)), (3, (("A", "In tons"),)), (4, (("A", "Port"), ("B", "Fish"))), (5, (("B", "herring"), ("C", "cod"))),
                     (6, (("A", "Delft"), ("B", "3"), ("C", "4"))), (7, (("B", "5"), ("C", "6"))), (8, (("A", "Hoorn"), ("B", "not counted"))))
) + "</sheetData><mergeCells>" + "".join(f'<mergeCell ref="{ref}"/>' for ref in ("A1:C2", "A4:A5", "B4:C4", "A6:A7", "B8:C8")) + \
    "</mergeCells></worksheet>"
package("merged.xlsx", {
    "[Content_Types].xml": XML + "<Types/>",
    "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
    "xl/workbook.xml": XML + f'<workbook {S}><sheets><sheet name="Catch" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": relations(("worksheet", "worksheets/sheet1.xml"), ("person", "persons/person.xml")),
    "xl/persons/person.xml": XML + '<personList xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">'
    '<person displayName="A. Reader" id="{1}"/></personList>',
    "xl/worksheets/sheet1.xml": MERGED,
    "xl/worksheets/_rels/sheet1.xml.rels": relations(("threadedComment", "../threads.xml"), ("comments", "../comments.xml")),
    "xl/threads.xml": XML + '<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments">'
    '<threadedComment ref="B6" personId="{1}" id="{a}"><text>So few?</text></threadedComment>'
    '<threadedComment ref="B6" personId="{1}" id="{b}" parentId="{a}"><text>It was a storm.</text></threadedComment></ThreadedComments>',
    "xl/comments.xml": XML + f"<comments {S}><commentList><comment ref='B6'><text><t>[Threaded comment] Your program knows none.</t></text></comment>"
    "<comment ref='C7'><text><t>An old note.</t></text></comment></commentList></comments>",
})


# Headers of two rows and of years, years that are none, a table that an empty row divides, numbers in thousands.
def sheet_rows(*rows):
    out = ""
    for number, cells in rows:
        out += f'<row r="{number}">'
        for column, value in zip("ABCDEF", cells):
            if isinstance(value, str) and value:
                out += f'<c r="{column}{number}" t="inlineStr"><is><t>{value}</t></is></c>'
            elif value != "":
                out += f'<c r="{column}{number}" s="{1 if value > 100000 else 0}"><v>{value}</v></c>'
        out += "</row>"
    return f"<sheetData>{out}</sheetData>"


HEADERS = XML + f"<worksheet {S}>" + sheet_rows(
    (1, ("Port", "Income", "", "Loss")), (2, ("", "planned", "real", "real")), (3, ("", "EUR", "EUR", "EUR")),
    (4, ("Delft", 3, 4, 1)), (5, ("Hoorn", 5, 6, 1)),
    (7, ("Veere", 7, 8, 2)), (8, ("All", 15, 18, 4)),
    (11, ("Ships", 2019, 2020, 2021)), (12, ("Delft", 2500000, 1, 2)), (13, ("Hoorn", 3, 3, 3)),
    (15, ("Mate", "Port", 1, 2)), (16, ("Ada", "Delft", 1981, 1989)), (17, ("Bo", "Hoorn", 1990, 1999)),
    (19, ("Person", "Likes")), (20, ("Ada", "tea")), (21, ("Bo", "rain")),
    # Not joined, for it has headings of its own; years that a row says; words in a column of numbers.
    (23, ("Cargo", 2019, 2020)), (24, ("Tar", 5, 6)), (26, ("Crew", 2020, 2021)), (27, ("Delft", 8, 9)), (28, ("Hoorn", 7, 7)),
    (31, ("Ship", "Built", "Lost")), (32, ("Vasa", 1925, 1928)), (33, ("Mary", 1811, 1945)), (34, ("Anna", 1951, 1999)),
    # Columns that are counted, and rows that are.
    (43, ("Watch", 1, 2, 3, 4)), (44, ("Jib", 5, 9, 5, 7)), (47, ("Log", 1, 2, 3, 4)), (48, ("Lead", 5, 6, 7, 8)),
    (37, ("Sail", "Size", "Left")), (38, ("Jib", "M", "few")), (39, ("Lug", 40, 12)), (40, ("Top", "L", "none")),
) + '<mergeCells><mergeCell ref="B1:C1"/></mergeCells></worksheet>'
package("headers.xlsx", {
    "[Content_Types].xml": XML + "<Types/>",
    "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
    "xl/workbook.xml": XML + f'<workbook {S}><sheets><sheet name="Ports" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": relations(("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml")),
    "xl/styles.xml": XML + f'<styleSheet {S}><numFmts><numFmt numFmtId="170" formatCode="0.0,,&quot;M&quot;"/></numFmts>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>',
    "xl/worksheets/sheet1.xml": HEADERS,
})

# Formats with an empty section show nothing: a helper's value, a zero of a form. A half is rounded up, though the double is less.
# Zeros in front, signs between digits, fractions, words for numbers, conditions, loss in parentheses; a text that its format hides.
SHOWN = (";;;", "0;-0;;@", "0.0%", "00000", "(###) ###-####", "# ?/?", '"paid";"paid";"open"', '[&gt;=1000]0.0,"K";0', "0_);(0)", '0" tons a month"')
package("shown.xlsx", {
    "[Content_Types].xml": XML + "<Types/>",
    "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
    "xl/workbook.xml": XML + f'<workbook {S}><sheets><sheet name="Dues" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": relations(("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml")),
    "xl/styles.xml": XML + f'<styleSheet {S}><numFmts>' + "".join(
        f'<numFmt numFmtId="{170 + n}" formatCode="{code.replace(chr(34), "&quot;")}"/>' for n, code in enumerate(SHOWN)) +
    '</numFmts><cellXfs><xf numFmtId="0"/>' + "".join(f'<xf numFmtId="{170 + n}"/>' for n in range(len(SHOWN))) + "</cellXfs></styleSheet>",
    "xl/worksheets/sheet1.xml": XML + f"<worksheet {S}><sheetData>" + "".join(
        f'<row r="{row}"><c r="A{row}" t="inlineStr"><is><t>{name}</t></is></c><c r="B{row}" s="{kind}"><v>{value}</v></c></row>'
        for row, (name, kind, value) in enumerate((("Helper", 1, 7), ("None", 2, 0), ("Due", 2, 12), ("Share", 3, 0.2395), ("Code", 4, 42),
                                               ("Call", 5, 5551234567), ("Cups", 6, 1.5), ("Fee", 7, 1), ("Fine", 7, 0), ("Hulls", 8, 2500),
                                               ("Loss", 9, -12), ("Rate", 10, 3)), 1)) +
    '<row r="13"><c r="A13" s="1" t="inlineStr"><is><t>remember to ask</t></is></c></row></sheetData></worksheet>',
})


# What the file itself says: a table with numbers for headings and one without any, a filter under a title, links, who wrote a note;
# sentences in a column are no table, and an empty sheet is not told.
TOLD = XML + f"<worksheet {S}>" + sheet_rows(
    (1, ("All the ships",)), (2, ("Port", 1, 2)), (3, ("Delft", 3, 4)), (4, ("Hoorn", 5, 6)), (5, ("counted by hand",)),
    (8, ("Vasa", "sank")), (9, ("Mary", "burnt")),
    (12, ("Sails and", "ropes of")), (13, ("Kind", 7)), (14, ("Jib", 8)), (15, ("Lug", 9)),
    (18, ("Whoever counts the ships of a port should do so before they leave it.",)),
    (19, ("Those that are under way to another port are counted there, and not here.",)),
) + '<autoFilter ref="A13:B14"/><hyperlinks><hyperlink ref="A3:A4" r:id="rId3"/><hyperlink ref="A5" location="Ports!A1"/></hyperlinks></worksheet>'
package("told.xlsx", {
    "[Content_Types].xml": XML + "<Types/>",
    "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
    "xl/workbook.xml": XML + f'<workbook {S}><sheets><sheet name="Ships" sheetId="1" r:id="rId1"/><sheet name="Sheet2" sheetId="2" r:id="rId2"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": relations(("worksheet", "worksheets/sheet1.xml"), ("worksheet", "worksheets/sheet2.xml")),
    "xl/worksheets/sheet1.xml": TOLD,
    "xl/worksheets/sheet2.xml": XML + f"<worksheet {S}><sheetData/></worksheet>",
    "xl/worksheets/_rels/sheet1.xml.rels": relations(("table", "../table1.xml"), ("table", "../table2.xml"),
                                                     ("hyperlink", "https://ports.example/", "external"), ("comments", "../comments.xml")),
    "xl/table1.xml": XML + f'<table {S} id="1" name="Ports" ref="A2:C4"/>',
    "xl/table2.xml": XML + f'<table {S} id="2" name="Lost" ref="A8:B9" headerRowCount="0"/>',
    "xl/comments.xml": XML + f"<comments {S}><authors><author>Ada</author><author>Bo</author></authors><commentList>"
    "<comment ref='B3' authorId='1'><text><t>So few?</t></text></comment>"
    "<comment ref='C3' authorId='0'><text><t>Ada:\nA storm.</t></text></comment></commentList></comments>",
})


def part(*records):
    """Binary records: type and length in bytes of seven bits."""
    def varying(number):
        out = b""
        while number > 0x7F:
            out += bytes([number & 0x7F | 0x80])
            number >>= 7
        return out + bytes([number])
    return b"".join(varying(kind) + varying(len(data)) + data for kind, data in records)


def wide(text):
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def binary_cell(kind, column, style, data):
    return kind, struct.pack("<II", column, style) + data


def row_header(row):
    return 0, struct.pack("<I", row) + b"\0" * 21


BINARY = part(
    row_header(0), binary_cell(7, 0, 0, struct.pack("<I", 0)), binary_cell(7, 1, 0, struct.pack("<I", 1)),
    binary_cell(6, 2, 0, wide("Share")), binary_cell(62, 3, 0, b"\1" + wide("Note")),
    row_header(1), binary_cell(2, 0, 1, struct.pack("<I", 45352 << 2 | 2)), binary_cell(2, 1, 0, struct.pack("<I", 1250000 << 2 | 3)),
    binary_cell(5, 2, 2, struct.pack("<d", 0.256)), binary_cell(8, 3, 0, wide("of a formula") + b"\0" * 6),
    row_header(2), binary_cell(9, 0, 1, struct.pack("<d", 45353.5)), binary_cell(9, 1, 3, struct.pack("<d", 0.30000000000000004)),
    binary_cell(3, 2, 0, b"\x07"), binary_cell(10, 3, 0, b"\1"),
    row_header(3), binary_cell(11, 0, 0, b"\x2a"), binary_cell(4, 1, 0, b"\0"), binary_cell(6, 2, 0, wide("wide")),
    (176, struct.pack("<IIII", 3, 3, 2, 3)))
package("sheets.xlsb", {
    "[Content_Types].xml": XML + "<Types/>",
    "_rels/.rels": relations(("officeDocument", "xl/workbook.bin")),
    "xl/workbook.bin": part((153, struct.pack("<III", 0, 0, 0)),
                            (156, struct.pack("<II", 0, 1) + wide("rId1") + wide("Orders")),
                            (156, struct.pack("<II", 1, 2) + wide("rId1") + wide("Notes"))),
    "xl/_rels/workbook.bin.rels": relations(("worksheet", "worksheets/sheet1.bin"), ("sharedStrings", "sharedStrings.bin"), ("styles", "styles.bin")),
    "xl/sharedStrings.bin": part((159, struct.pack("<II", 2, 2)), (19, b"\0" + wide("Day")), (19, b"\1" + wide("Amount \u20ac") + b"\0" * 8), (160, b"")),
    "xl/styles.bin": part((44, struct.pack("<H", 170) + wide('[$-409]0.00\\ "kg"')), (47, struct.pack("<HH", 0xFFFF, 9)), (617, struct.pack("<I", 4)),
                          *((47, struct.pack("<HH", 0, form) + b"\0" * 12) for form in (0, 22, 10, 170)), (618, b"")),
    "xl/worksheets/sheet1.bin": BINARY,
    "xl/worksheets/_rels/sheet1.bin.rels": relations(("comments", "../comments1.bin")),
    "xl/comments1.bin": part((635, struct.pack("<IIIII", 0, 1, 1, 1, 1) + b"\0" * 16), (637, b"\1" + wide("Who counted?"))),
})

# ---- PowerPoint ----
P = ('xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
     f'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="{REL}"')


def shape(paragraphs, placeholder="", box=None):
    ph = f"<p:ph {placeholder}/>" if placeholder else ""
    place = f'<a:xfrm><a:off x="{box[0]}" y="{box[1]}"/><a:ext cx="{box[2]}" cy="{box[3]}"/></a:xfrm>' if box else ""
    text = "".join(f"<a:p>{q[1] if isinstance(q, tuple) else ''}<a:r><a:t>{q[0] if isinstance(q, tuple) else q}</a:t></a:r></a:p>"
                   for q in paragraphs)
    return (f'<p:sp><p:nvSpPr><p:cNvPr id="1" name="x"/><p:nvPr>{ph}</p:nvPr></p:nvSpPr><p:spPr>{place}</p:spPr>'
            f"<p:txBody>{text}</p:txBody></p:sp>")


def slide(*shapes, show=""):
    return XML + f"<p:sld {P}{show}><p:cSld><p:spTree>" + "".join(shapes) + "</p:spTree></p:cSld></p:sld>"


TABLE = ('<p:graphicFrame><p:xfrm><a:off x="100" y="9000"/><a:ext cx="800" cy="500"/></p:xfrm><a:graphic><a:graphicData><a:tbl>'
         '<a:tblPr firstRow="1"/>' + "".join(
             "<a:tr>" + "".join(f"<a:tc><a:txBody><a:p><a:r><a:t>{c}</a:t></a:r></a:p></a:txBody></a:tc>" for c in row) + "</a:tr>"
             for row in (("Port", "Depth"), ("Delft", "3 m"))) + "</a:tbl></a:graphicData></a:graphic></p:graphicFrame>")
package("slides.pptx", {
    "[Content_Types].xml": XML + "<Types/>",
    "_rels/.rels": relations(("officeDocument", "ppt/presentation.xml")),
    "ppt/presentation.xml": XML + f'<p:presentation {P}><p:sldIdLst><p:sldId id="256" r:id="rId2"/><p:sldId id="257" r:id="rId1"/>'
    '</p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/></p:presentation>',
    "ppt/_rels/presentation.xml.rels": relations(("slide", "slides/slide2.xml"), ("slide", "slides/slide1.xml")),
    "ppt/slides/slide1.xml": slide(
        shape(["Right column"], "", (5000, 2000, 3000, 3000)), shape(["Left below"], "", (100, 4100, 3000, 2000)),
        shape(["Left above"], "", (100, 2000, 3000, 1900)), TABLE, shape(["Harbours"], 'type="ctrTitle"', (100, 100, 8000, 1000)),
        shape(["7"], 'type="sldNum"', (8000, 9900, 100, 100))),
    "ppt/slides/_rels/slide1.xml.rels": relations(("slideLayout", "../slideLayouts/layout.xml"), ("notesSlide", "../notesSlides/notes.xml")),
    "ppt/slides/slide2.xml": slide(
        shape(["Cargo"], 'type="title"'), shape(["Coal</a:t></a:r><a:r><a:rPr b='1' strike='noStrike'/><a:t> and coke", ("Iron", '<a:pPr lvl="1"/>'), ("Said plainly", "<a:pPr><a:buNone/></a:pPr>")], 'idx="1"'),
        shape([("Letters", '<a:pPr><a:buAutoNum type="alphaLcParenR" startAt="3"/></a:pPr>'), ("Deeper", '<a:pPr lvl="1"><a:buChar char="-"/></a:pPr>'),
               ("and on", '<a:pPr><a:buAutoNum type="alphaLcParenR" startAt="3"/></a:pPr>'), "Between.",
               ("anew", '<a:pPr><a:buAutoNum type="alphaLcParenR" startAt="3"/></a:pPr>'), ("(1)", '<a:pPr><a:buAutoNum type="arabicParenBoth"/></a:pPr>')])),
    "ppt/slides/_rels/slide2.xml.rels": relations(("slideLayout", "../slideLayouts/layout.xml")),
    "ppt/slideLayouts/layout.xml": XML + f"<p:sldLayout {P}><p:cSld><p:spTree>" + shape([""], 'type="body" idx="1"', (0, 2000, 10, 10))
    .replace("<p:txBody>", "<p:txBody><a:lstStyle><a:lvl1pPr><a:buChar char='-'/></a:lvl1pPr><a:lvl2pPr><a:buAutoNum type='arabicPeriod'/></a:lvl2pPr></a:lstStyle>")
    + "</p:spTree></p:cSld></p:sldLayout>",
    "ppt/notesSlides/notes.xml": slide(shape(["Say hello."], 'type="body" idx="1"')).replace("p:sld ", "p:notes ").replace("/p:sld>", "/p:notes>"),
})

# SmartArt: points below what they hang from, in their order, not the file's; words on an arrow; a circle; a point of the drawing.
def point(number, words="", kind=""):
    return (f'<dgm:pt modelId="{{{number}}}"{kind}><dgm:t>' + "".join(f"<a:p><a:r><a:t>{word}</a:t></a:r></a:p>" for word in words.split("/") if word) +
            "</dgm:t></dgm:pt>")


def hangs(source, target, order, more=""):
    return f'<dgm:cxn modelId="{{x{source}{target}}}" srcId="{{{source}}}" destId="{{{target}}}" srcOrd="{order}"{more}/>'


package("diagram.pptx", {
    "[Content_Types].xml": XML + "<Types/>",
    "_rels/.rels": relations(("officeDocument", "ppt/presentation.xml")),
    "ppt/presentation.xml": XML + f'<p:presentation {P}><p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst></p:presentation>',
    "ppt/_rels/presentation.xml.rels": relations(("slide", "slides/slide1.xml")),
    "ppt/slides/slide1.xml": slide(shape(["The crew"], 'type="title"'),
                                   '<p:graphicFrame><a:graphic><a:graphicData><dgm:relIds xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
                                   'r:dm="rId1"/></a:graphicData></a:graphic></p:graphicFrame>'),
    "ppt/slides/_rels/slide1.xml.rels": relations(("diagramData", "../diagrams/data1.xml")),
    "ppt/diagrams/data1.xml": XML + '<dgm:dataModel xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><dgm:ptLst>' + point(9, "Stowaway") + point(4, "Second mate") + point(3, "First mate/Ada") +
    point(1, "", ' type="doc"') + point(2, "Captain") + point(5, "Cook") + point(6, "calls", ' type="sibTrans"') + point(7, "drawn", ' type="pres"') +
    "</dgm:ptLst><dgm:cxnLst>" + hangs(2, 4, 1) + hangs(2, 3, 0, ' sibTransId="{6}"') + hangs(1, 2, 0) + hangs(4, 2, 0) + hangs(1, 5, 1) +
    hangs(1, 9, 2, ' type="presOf"') + "</dgm:cxnLst></dgm:dataModel>",
})

# A chart: its title and its axes', dates and shares as their formats show them; a point without a value; the inner of two levels of names.
def points(kind, code, *values):
    return (f"<c:{kind}Ref><c:f>Sheet1!A1</c:f><c:{kind}Cache>" + (f"<c:formatCode>{code}</c:formatCode>" if code else "") + f'<c:ptCount val="{len(values)}"/>' +
            "".join(f'<c:pt idx="{i}"><c:v>{value}</c:v></c:pt>' for i, value in enumerate(values) if value is not None) + f"</c:{kind}Cache></c:{kind}Ref>")


def titled(words):
    return f"<c:title><c:tx><c:rich><a:p><a:r><a:t>{words}</a:t></a:r></a:p></c:rich></c:tx></c:title>"


def series(name, categories, values):
    return f"<c:ser><c:tx>{points('str', '', name)}</c:tx><c:cat>{categories}</c:cat><c:val>{values}</c:val></c:ser>"


def chart(inside):
    return XML + ('<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
                  f'<c:date1904 val="0"/><c:chart>{inside}</c:chart></c:chartSpace>')


def charted(number):
    return ('<p:graphicFrame><a:graphic><a:graphicData><c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
            f'r:id="rId{number}"/></a:graphicData></a:graphic></p:graphicFrame>')


DAYS = points("num", "d\\-mmm\\-yy", 44197, 44228, 44256)
LEVELS = ('<c:multiLvlStrRef><c:multiLvlStrCache><c:lvl><c:pt idx="0"><c:v>Spring</c:v></c:pt><c:pt idx="1"><c:v>Autumn</c:v></c:pt></c:lvl>'
          '<c:lvl><c:pt idx="0"><c:v>2020</c:v></c:pt></c:lvl></c:multiLvlStrCache></c:multiLvlStrRef>')
package("chart.pptx", {
    "[Content_Types].xml": XML + "<Types/>",
    "_rels/.rels": relations(("officeDocument", "ppt/presentation.xml")),
    "ppt/presentation.xml": XML + f'<p:presentation {P}><p:sldIdLst><p:sldId id="256" r:id="rId1"/></p:sldIdLst></p:presentation>',
    "ppt/_rels/presentation.xml.rels": relations(("slide", "slides/slide1.xml")),
    "ppt/slides/slide1.xml": slide(shape(["Ships in port"], 'type="title"'), charted(1), charted(2)),
    "ppt/slides/_rels/slide1.xml.rels": relations(("chart", "../charts/chart1.xml"), ("chart", "../charts/chart2.xml")),
    "ppt/charts/chart1.xml": chart(titled("Berths in use") + "<c:plotArea><c:lineChart>" + series("North quay", DAYS, points("num", "0%", 0.5, None, 0.30000000000000004)) +
                                   series("South quay", DAYS, points("num", "General", 12, 7.25, 3)) + f"</c:lineChart><c:dateAx>{titled('Day')}</c:dateAx>"
                                   f"<c:valAx>{titled('Share of the berths')}</c:valAx></c:plotArea>"),
    "ppt/charts/chart2.xml": chart("<c:plotArea><c:barChart>" + series("Tides", LEVELS, points("num", "0.0", 4, 5.25)) + f"</c:barChart><c:catAx>{titled('Season')}</c:catAx></c:plotArea>"),
})

# ---- OpenDocument ----
O = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{u}:1.0"' for n, u in (
    ("office", "office"), ("text", "text"), ("table", "table"), ("style", "style"), ("draw", "drawing"),
    ("presentation", "presentation"), ("svg", "svg-compatible"))) + ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'
LISTS = ('<text:list-style style:name="L1"><text:list-level-style-number text:level="1" style:num-format="1"/>'
         '<text:list-level-style-bullet text:level="2"/></text:list-style>')
ODT = XML + f"""<office:document-content {O}><office:automatic-styles>{LISTS}
<style:style style:name="P1" style:family="paragraph" style:parent-style-name="Quotations"/></office:automatic-styles><office:body><office:text>
<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion></text:changed-region></text:tracked-changes>
<text:h text:outline-level="2">Rigging</text:h>
<text:p>One<text:s text:c="2"/>two <text:a xlink:href="https://example.org/">three</text:a><text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body><text:p>A note.</text:p></text:note-body></text:note> four.</text:p>
<text:p text:style-name="P1">Quoted.</text:p>
<text:list text:style-name="L1"><text:list-item><text:p>first</text:p><text:list><text:list-item><text:p>inner</text:p></text:list-item></text:list></text:list-item><text:list-item><text:p>second</text:p></text:list-item></text:list>
<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>A</text:p></table:table-cell><table:table-cell><text:p>B</text:p></table:table-cell></table:table-row></table:table-header-rows>
<table:table-row><table:table-cell table:number-columns-spanned="2"><text:p>wide</text:p></table:table-cell><table:covered-table-cell/></table:table-row></table:table>
<text:p>Seen<office:annotation><dc:creator>Mate</dc:creator><dc:date>2024-01-01</dc:date><text:p>Check this.</text:p></office:annotation></text:p>
</office:text></office:body></office:document-content>"""
package("text.odt", {"content.xml": ODT}, "application/vnd.oasis.opendocument.text")
ODS = XML + f"""<office:document-content {O}><office:body><office:spreadsheet><table:table table:name="Tides">
<table:table-row><table:table-cell><text:p>Hour</text:p></table:table-cell><table:table-cell><text:p>Level</text:p></table:table-cell></table:table-row>
<table:table-row table:number-rows-repeated="2"><table:table-cell office:value-type="float" office:value="6"><text:p>6</text:p></table:table-cell><table:table-cell office:value-type="percentage" office:value="0.5"><text:p>50%</text:p></table:table-cell></table:table-row>
<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="1024"/></table:table-row>
</table:table></office:spreadsheet></office:body></office:document-content>"""
package("sheet.ods", {"content.xml": ODS}, "application/vnd.oasis.opendocument.spreadsheet")
ODP = XML + f"""<office:document-content {O}><office:body><office:presentation><draw:page draw:name="p1">
<draw:frame presentation:class="title"><draw:text-box><text:p>Winds</text:p></draw:text-box></draw:frame>
<draw:frame><draw:text-box><text:list><text:list-item><text:p>north</text:p></text:list-item></text:list></draw:text-box></draw:frame>
<presentation:notes><draw:frame><draw:text-box><text:p>Speak slowly.</text:p></draw:text-box></draw:frame></presentation:notes>
</draw:page></office:presentation></office:body></office:document-content>"""
package("slides.odp", {"content.xml": ODP}, "application/vnd.oasis.opendocument.presentation")

# A chart: its own title, not an axis's, and its data; no value is no number. In a sheet its data are cells, and it hangs in front of one.
ODF_CHART = XML + f"""<office:document-content {O} xmlns:chart="urn:oasis:names:tc:opendocument:xmlns:chart:1.0"><office:body><office:chart><chart:chart>
<chart:title><text:p>Ships by year</text:p></chart:title><chart:plot-area><chart:axis><chart:title><text:p>Year</text:p></chart:title></chart:axis></chart:plot-area>
<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p/></table:table-cell><table:table-cell><text:p>Ships</text:p><draw:g>
<svg:desc>A1:A2</svg:desc></draw:g></table:table-cell></table:table-row></table:table-header-rows><table:table-rows>""" + "".join(
    f"<table:table-row><table:table-cell><text:p>{year}</text:p></table:table-cell><table:table-cell><text:p>{ships}</text:p></table:table-cell></table:table-row>"
    for year, ships in ((1620, 7), (1621, "NaN"))) + "</table:table-rows></table:table></chart:chart></office:chart></office:body></office:document-content>"
FRAME = '<draw:frame><draw:object xlink:href="./Object 1"/></draw:frame>'
package("chart.odp", {"content.xml": XML + f"<office:document-content {O}><office:body><office:presentation><draw:page>{FRAME}</draw:page></office:presentation></office:body>"
                      "</office:document-content>", "Object 1/content.xml": ODF_CHART}, "application/vnd.oasis.opendocument.presentation")
package("chart.ods", {"content.xml": XML + f'<office:document-content {O}><office:body><office:spreadsheet><table:table table:name="Ships"><table:table-row>'
                      f"<table:table-cell><text:p>Port</text:p></table:table-cell><table:table-cell>{FRAME}<draw:frame><draw:text-box><text:p>Seen from the quay</text:p>"
                      "</draw:text-box></draw:frame><text:p>Depth</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body>"
                      "</office:document-content>", "Object 1/content.xml": ODF_CHART}, "application/vnd.oasis.opendocument.spreadsheet")

# ---- EPUB ----
package("book.epub", {
    "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="O/book.opf"/></rootfiles></container>',
    "O/book.opf": '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
    '<dc:title>Two tales</dc:title><dc:language>en</dc:language></metadata><manifest>'
    '<item id="b" href="b%20two.xhtml" media-type="application/xhtml+xml"/><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/></manifest>'
    '<spine><itemref idref="n" linear="no"/><itemref idref="a"/><itemref idref="b"/></spine></package>',
    "O/nav.xhtml": "<html><body><p>Contents</p></body></html>",
    "O/a.xhtml": "<html><head><title>x</title></head><body><h1>First</h1><div class='toc'><p>In this chapter</p>"
    "<ul><li><a href='#s'>Start</a></li></ul></div><p>It began, and a good while went by.</p><h2 id='s'>Start</h2><p>It was so.</p></body></html>",
    "O/b two.xhtml": "<html><body><h1>Second</h1><p>It went on.</p></body></html>",
}, "application/epub+zip")

# A pamphlet of one page, beside its table of contents.
package("pamphlet.epub", {
    "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="p.opf"/></rootfiles></container>',
    "p.opf": '<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
    '<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    '<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
    '<spine><itemref idref="n" linear="no"/><itemref idref="a"/></spine></package>',
    "nav.xhtml": "<html><body><nav><ol><li><a href='a.xhtml'>Sails</a></li></ol></nav></body></html>",
    "a.xhtml": "<html><body><h1>Sails</h1><p>How to mend them.</p></body></html>",
}, "application/epub+zip")

# Names in an OLE file are the same in any case.
with open(os.path.join(HERE, "old.doc"), "rb") as lower:
    write("capitals.doc", lower.read().replace("WordDocument".encode("utf-16-le"), "WORDDOCUMENT".encode("utf-16-le")))

# Renditions beside the book, a page that is named twice, and an item behind the spine.
package("renditions.epub", {
    "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="../../etc/passwd" media-type="x"/><rootfile full-path="book.opf" media-type="application/oebps-package+xml"/>'
    '</rootfiles></container>',
    "book.opf": '<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="b" href="b.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="b"/><itemref idref="a"/>'
    '<itemref idref="b"/></spine>' + '<item id="c" href="a.xhtml" media-type="application/xhtml+xml"/>' * 100 + '<itemref idref="a"/></package>',
    "a.xhtml": "<html><body><p>Said once.</p></body></html>",
    "b.xhtml": "<html><body><h1>The book</h1><p>It begins here.</p></body></html>",
}, "application/epub+zip")

# What pictures show: the words of a person, of a machine that says so, the name of a file.
def picture(words):
    return ('<w:p><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
            f'<wp:docPr id="1" name="Picture 1" descr="{words}"/></wp:inline></w:drawing></w:r></w:p>')


package("pictures.docx", {
    "[Content_Types].xml": XML + "<Types/>",
    "_rels/.rels": relations(("officeDocument", "word/document.xml")),
    "word/document.xml": XML + f"<w:document {W}><w:body>" + p("Three boats.") + picture("A yawl under full sail") +
    picture("A boat on a lake&#xA;&#xA;AI-generated content may be incorrect.") +
    picture("Description automatically generated with low confidence") + picture("boat3.jpeg") +
    picture("Beside the words").replace("wp:inline", "wp:anchor").replace("</w:r></w:p>", "</w:r><w:r><w:t>The mast is of spruce.</w:t></w:r></w:p>") +
    "</w:body></w:document>",
})

# Tables of one cell, which are frames about what stands in them, and some that are none.
def table(*rows):
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"


DELETED = "<w:trPr><w:del w:id='9'/></w:trPr>"
package("frames.docx", {
    "[Content_Types].xml": XML + "<Types/>",
    "_rels/.rels": relations(("officeDocument", "word/document.xml")),
    "word/document.xml": XML + f"<w:document {W}><w:body>" + p("Before.") +
    table("<w:tc>" + p("Mind the boom", None, '<w:outlineLvl w:val="1"/>') + p("It swings.") +
          table(cell("Force") + cell("Reefs"), cell("6") + cell("1")) + table(cell("A frame in a frame.")) + p("Duck.") + "</w:tc>") +
    table(cell("Two") + cell("cells")) + table(DELETED + cell("Gone"), cell("What stayed.")) +
    table(cell("One column"), cell("of two rows")) + "</w:body></w:document>",
})

# A list whose letters go on below each number, and another one that says its numbers anew.
def level(number, kind, text, more=""):
    return f'<w:lvl w:ilvl="{number}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>{more}<w:lvlText w:val="{text}"/></w:lvl>'


package("restarts.docx", {
    "[Content_Types].xml": XML + "<Types/>",
    "_rels/.rels": relations(("officeDocument", "word/document.xml")),
    "word/_rels/document.xml.rels": relations(("numbering", "numbering.xml")),
    "word/numbering.xml": XML + f'<w:numbering {W}><w:abstractNum w:abstractNumId="0">' + level(0, "decimal", "%1.") +
    level(1, "lowerLetter", "%2)", '<w:lvlRestart w:val="0"/>') +
    '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="0"/>'
    '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/>' + level(0, "ordinal", "%1") + '</w:lvlOverride></w:num></w:numbering>',
    "word/document.xml": XML + f"<w:document {W}><w:body>" + item("one", 1) + item("one a", 1, 1) + item("one b", 1, 1) + item("two", 1) +
    item("two c", 1, 1) + item("its own look", 2) + item("and on", 2) + "</w:body></w:document>",
})


# Lists in lists, all of the first level of lists of their own, told by how far in they begin.
def at(text, number, indent=None, said=0):
    return p(text, None, f'<w:numPr><w:ilvl w:val="{said}"/><w:numId w:val="{number}"/></w:numPr>' +
             (f'<w:ind w:left="{indent}" w:hanging="360"/>' if indent else ""))


package("nested.docx", {
    "[Content_Types].xml": XML + "<Types/>",
    "_rels/.rels": relations(("officeDocument", "word/document.xml")),
    "word/_rels/document.xml.rels": relations(("numbering", "numbering.xml")),
    "word/numbering.xml": XML + f'<w:numbering {W}>' + "".join(
        f'<w:abstractNum w:abstractNumId="{n}">' + "".join(
            level(i, kind, f"%{i + 1}.", f'<w:pPr><w:ind w:start="{inset + i * step}" w:hanging="360"/></w:pPr>') for i in range(2)) + "</w:abstractNum>"
        for n, kind, inset, step in ((0, "decimal", 720, 720), (1, "bullet", 1440, 720), (2, "decimal", 720, -360))) + "".join(
            f'<w:num w:numId="{n}"><w:abstractNumId w:val="{n - 1}"/></w:num>' for n in (1, 2, 3)) + "</w:numbering>",
    "word/document.xml": XML + f"<w:document {W}><w:body>" + at("one", 1) + at("a dot in it", 2) + at("in that, by hand", 2, 2160) +
    at("a number, said to be in one", 1, 1440, 1) + at("two", 1) + p("No item.") + at("a dot, in nothing", 2) + at("further out", 2, 720) +
    p("Steps that go out:") + at("the first", 3) + at("its own step", 3, None, 1) + at("the second", 3) + "</w:body></w:document>",
})


# ---- XML kinds ----
write("topic.page", """<page xmlns="http://projectmallard.org/1.0/" type="topic" id="reef">
<info><link type="guide" xref="index"/><title type="link">Reefing</title><credit><name>A. Writer</name></credit></info>
<title>Reef the <app>sail</app></title>
<p>Use <code>reef --first</code> or press <keyseq><key>Ctrl</key><key>R</key></keyseq>. See
<link href="https://example.org/reef">the chart</link>.</p>
<steps><item><p>Ease the sheet.</p><code mime="text/x-sh">ease 2
lower 1</code></item><item><p>Lower the halyard.</p></item></steps>
<section id="words"><title>Words</title>
<terms><item><title>Halyard</title><p>A rope that lifts.</p></item><item><title>Sheet</title>
<list type="numbered"><item><p>one</p></item></list></item></terms>
<figure><title>The knot</title><desc>As the crew ties it</desc><media type="image" src="k.png"><p>A reef knot</p></media></figure>
<note><p>Mind the boom.</p></note>
<table><title>Wind</title><thead><tr><td><p>Force</p></td><td><p>Reefs</p></td></tr></thead>
<tr><td><p>6</p></td><td><p>1</p></td></tr></table>
</section><links type="seealso"><title>More</title></links></page>""")
write("book.fb2", XML + '<FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0" xmlns:l="http://www.w3.org/1999/xlink"><description><title-info>'
      "<author><first-name>Ann</first-name><last-name>Lee</last-name></author><book-title>Sea</book-title><lang>en</lang></title-info></description>"
      '<body><section><title><p>One</p></title><p>Word<a l:href="#n1" type="note">[1]</a>.</p><poem><stanza><v>line a</v><v>line b</v></stanza></poem>'
      '<section><title><p>Deeper</p></title><cite><p>Said.</p></cite></section></section></body>'
      '<body name="notes"><section id="n1"><title><p>1</p></title><p>Note text.</p></section></body><binary id="i">AAAA</binary></FictionBook>')
write("article.docbook", XML + '<!DOCTYPE article [<!ENTITY ship "SS <emphasis>Test</emphasis>"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
      "<article><info><title>Hulls</title><author><personname>Ed</personname></author></info><section><title>Wood</title>"
      "<para>Oak&ship;&x;<footnote><para>Or teak.</para></footnote> is best. Press <keycombo><keycap>Ctrl</keycap> <keycap>B</keycap></keycombo>.</para><orderedlist><listitem><para>cut</para></listitem>"
      "<listitem><para>dry</para></listitem></orderedlist><programlisting language='c'>a  =  1;\nb = 2;</programlisting>"
      "<table><title>Prices</title><tgroup cols='2'><thead><row><entry>Wood</entry><entry>Price</entry></row></thead><tbody><row><entry>Oak</entry>"
      "<entry>3</entry></row></tbody></tgroup></table></section></article>")
write("article.jats", XML + "<article article-type='research-article'><front><journal-meta><journal-id>J</journal-id></journal-meta><article-meta>"
      "<title-group><article-title>On tar</article-title></title-group><abstract><title>Abstract</title><p>Short.</p></abstract></article-meta></front>"
      "<body><sec><label>1</label><title>Method</title><p>We looked.</p><fig><label>Figure 1</label><caption><p>Tar.</p></caption></fig></sec></body>"
      "<back><ref-list><title>References</title><ref><mixed-citation>Smith 1999.</mixed-citation></ref></ref-list></back></article>")
write("news.rss", XML + "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>Port news</title><link>https://example.org/</link>"
      "<description>All of it.</description><item><title>Ship in</title><link>https://example.org/1</link><pubDate>Mon, 04 Mar 2024 10:00:00 GMT</pubDate>"
      "<description>short</description><content:encoded><![CDATA[<p>The <b>long</b> text.</p><ul><li>one</li></ul>]]></content:encoded></item></channel></rss>")
write("news.atom", XML + "<feed xmlns='http://www.w3.org/2005/Atom'><title>Log</title><entry><title>Day 1</title><link href='https://example.org/d1'/>"
      "<updated>2024-03-04</updated><summary type='html'>&lt;p&gt;Calm.&lt;/p&gt;</summary></entry></feed>")
write("drawing.svg", '<svg xmlns="http://www.w3.org/2000/svg"><title>Chart</title><style>.a{}</style><text>Mast <tspan>high</tspan></text></svg>')
write("records.xml", XML + "<fleet><ship><name>Ada &amp; Co</name><tons>30</tons></ship><log>Left <b>early</b> today.</log></fleet>")
write("broken.xml", XML + "<fleet><ship><name>Ada</ship><tons>30")
write("outline.opml", XML + "<opml version='2.0'><head><title>Plan</title></head><body><outline text='Build'><outline text='Keel'/></outline></body></opml>")

# ---- RTF ----
write("text.rtf", r"""{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Times;}{\f1\fcharset204 Times Cyr;}}
{\colortbl;\red0\green0\blue255;}{\*\colorschememapping 3c3f}{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 heading 1;}}{\info{\title Boats}{\author A. Writer}}
\pard\s1 Sailing\par\pard\s0 Caf\'e9 \u8212\'97 {\f1\'ec\'ee\'f0\'e5}{\v secret}{\deleted gone}{\footnote\pard A note.}.\par
{\pard\ls1{\listtext\'b7\tab}Rope\par}{\pard\ls2{\listtext 1.\tab}First\par}
{\field{\*\fldinst HYPERLINK "https://example.org/"}{\fldrslt link}}\par
\trowd\trhdr\cellx1000\cellx2000\pard\intbl Name\cell Sail\cell\row\trowd\cellx1000\cellx2000\pard\intbl Sloop\cell jib\cell\row\pard
{\*\unknown nothing}{\leveltext 1.}{\header head}After.\par}""")
# Boxes and choices of a form, frames, a table in a table, numbers in a cell.
write("frames.rtf", r"""{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 Times;}}
\pard {\field{\*\fldinst { FORMCHECKBOX {\*\formfield{\fftype1\ffres25\ffhps20{\*\ffname Reefed}\ffdefres1}}}}{\fldrslt }} reefed
{\field{\*\fldinst FORMCHECKBOX {\*\formfield{\fftype1\ffres0\ffdefres1}}}{\fldrslt }} furled, rig
{\field{\*\fldinst FORMDROPDOWN {\*\formfield{\fftype2\ffres1{\*\ffl Sloop}{\*\ffl Yawl}}}}{\fldrslt }}\par
\trowd\cellx9000\pard\intbl Mind the boom\par{\listtext\'b7\tab}\pard\intbl\ls1 it swings\par
\pard\intbl\itap2 Force\nestcell Reefs\nestcell{\*\nesttableprops\trowd\trhdr\cellx1000\cellx2000\nestrow}{\nonesttables\par}
\pard\intbl\itap2 6\nestcell 1\nestcell{\*\nesttableprops\trowd\cellx1000\cellx2000\nestrow}{\nonesttables\par}
\pard\intbl Duck.\cell\row
\pard Between\par
\trowd\cellx9000\pard\intbl\itap2 A frame in a frame.\nestcell{\*\nesttableprops\trowd\cellx1000\nestrow}{\nonesttables\par}\pard\intbl\cell\row
\pard Tables\par
\trowd\cellx1000\cellx9000\pard\intbl A\cell B\cell\row
\pard\intbl C\cell before\par
\pard\intbl\itap2 1\nestcell 2\nestcell{\*\nesttableprops\trowd\cellx1000\cellx2000\nestrow}{\nonesttables\par}
\pard\intbl\itap2 3\nestcell 4\nestcell{\*\nesttableprops\trowd\cellx1000\cellx2000\nestrow}{\nonesttables\par}
\pard\intbl{\listtext 9.\tab}nine\par{\listtext 10.\tab}ten\cell\row
\pard Rows\par
\trowd\cellx9000\pard\intbl One column\cell\row\trowd\cellx9000\pard\intbl of two rows\cell\row
\pard End\par}""")


# ---- OLE: Word and Excel of old ----
def compound(name, streams, folder=None, inside=()):
    """A compound file of 512-byte sectors; each stream at least 4096 bytes, so that no mini stream is needed. A folder holds the streams inside."""
    sectors, fat, entries = [], [], []

    def chain(data):
        first = len(sectors)
        count = (len(data) + 511) // 512
        for i in range(count):
            sectors.append(data[512 * i:512 * i + 512].ljust(512, b"\0"))
            fat.append(first + i + 1 if i + 1 < count else 0xFFFFFFFE)
        return first

    for title, data in streams:
        data = data.ljust(4096, b"\0")
        entries.append((title, 2, chain(data), len(data)))
    root_count = len(entries) + (folder is not None)
    if folder:
        entries.append((folder, 1, 0xFFFFFFFE, 0))
    for title, data in inside:
        data = data.ljust(4096, b"\0")
        entries.append((title, 2, chain(data), len(data)))
    listing = b""
    for number, (title, kind, first, size) in enumerate([("Root Entry", 5, 0xFFFFFFFE, 0)] + entries):
        text = (title + "\0").encode("utf-16-le")
        child = 1 if number == 0 else root_count + 1 if kind == 1 else 0xFFFFFFFF
        right = number + 1 if 0 < number < len(entries) and number != root_count else 0xFFFFFFFF
        listing += text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, right, child) + b"\0" * 36 + struct.pack("<IQ", first, size)
    directory = chain(listing.ljust((len(listing) + 511) // 512 * 512, b"\0"))
    fat_sector = len(sectors)
    fat.append(0xFFFFFFFD)
    sectors.append(struct.pack("<128I", *(fat + [0xFFFFFFFF] * (128 - len(fat)))))
    header = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<IIIIIIIII", 0, 1, directory, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    header += struct.pack("<109I", *([fat_sector] + [0xFFFFFFFF] * 108))
    write(name, header + b"".join(sectors))


def record(kind, data=b""):
    return struct.pack("<HH", kind, len(data)) + data


def short(text):
    return struct.pack("<BB", len(text), 0) + text.encode("latin-1")


def box(kind, number, text):
    """A drawn object and its text, the characters in a record of their own."""
    return (record(0x5D, struct.pack("<HHHH", 0x15, 0x12, kind, number) + b"\0" * 14),
            record(0x1B6, struct.pack("<HHHHHHHI", 0, 0, 0, 0, 0, len(text), 16, 0)), record(0x3C, b"\0" + text.encode("latin-1")),
            record(0x3C, b"\0" * 16))


def workbook():
    strings = struct.pack("<II", 2, 2) + b"".join(struct.pack("<HB", len(t), 0) + t.encode("latin-1") for t in ("Ship", "Sloop"))
    globals_ = [record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)), record(0xE0, struct.pack("<HH", 0, 0) + b"\0" * 16),
                record(0xE0, struct.pack("<HH", 0, 14) + b"\0" * 16), None, record(0xFC, strings), record(0x0A)]
    size = sum(len(r) for r in globals_ if r) + len(record(0x85, struct.pack("<IH", 0, 0) + short("Fleet")))
    globals_[3] = record(0x85, struct.pack("<IH", size, 0) + short("Fleet"))
    cells = [record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0)), record(0xFD, struct.pack("<HHHI", 0, 0, 0, 0)),
             record(0x204, struct.pack("<HHHHB", 0, 1, 0, 4, 0) + b"Date"), record(0xFD, struct.pack("<HHHI", 1, 0, 0, 1)),
             record(0x27E, struct.pack("<HHHI", 1, 1, 1, 45352 << 2 | 2)), record(0x203, struct.pack("<HHHd", 1, 2, 0, 2.5)),
             *box(6, 1, "Seen from\nthe quay"), *box(25, 2, "Who counted?"), record(0x1C, struct.pack("<HHHHH", 1, 2, 0, 2, 4) + b"\0Mate"),
             record(0x5D, struct.pack("<HHHH", 0x15, 0x12, 5, 3) + b"\0" * 14), record(0x809, struct.pack("<HHHHII", 0x600, 0x20, 0, 0, 0, 0)),
             record(0x100D, b"\0\0" + short("a series")), record(0x1025, b"\0" * 32), record(0x100D, b"\0\0" + short("Ships by year")),
             record(0x1027, struct.pack("<HHH", 1, 0, 0)), record(0x0A), record(0x0A)]
    return b"".join(globals_ + cells)


compound("old.xls", [("Workbook", workbook())])


def word():
    text = "Rigging\rCaf\xe9 \x13 HYPERLINK \"https://example.org/\" \x14link\x15 here.\r".encode("cp1252")
    fib = bytearray(0x400)
    struct.pack_into("<HH", fib, 0, 0xA5EC, 193)
    struct.pack_into("<I", fib, 0x4C, len(text))
    clx = b"\x02" + struct.pack("<I", 16) + struct.pack("<II", 0, len(text)) + struct.pack("<HIH", 0, 0x400 * 2 | 0x40000000, 0)
    struct.pack_into("<II", fib, 0x1A2, 0, len(clx))
    return bytes(fib) + text, clx


main, table = word()
compound("old.doc", [("WordDocument", main), ("0Table", table)])


def word_lists():
    """A list of which another one goes on with the numbers, but begins anew with 7."""
    lines = [("first", 1), ("second", 1), ("seventh", 2), ("eighth", 2), ("ninth", 1)]
    text = "".join(line + "\r" for line, _ in lines).encode("cp1252")
    fib, level = bytearray(0x400), "\0.".encode("utf-16-le")
    struct.pack_into("<HH", fib, 0, 0xA5EC, 193)
    struct.pack_into("<I", fib, 0x4C, len(text))
    clx = b"\x02" + struct.pack("<I", 16) + struct.pack("<II", 0, len(text)) + struct.pack("<HIH", 0, 0x400 * 2 | 0x40000000, 0)
    lists = struct.pack("<H", 1) + struct.pack("<II", 50, 0) + b"\0" * 18 + struct.pack("<BB", 1, 0)
    levels = struct.pack("<IBB", 1, 0, 0) + b"\0" * 18 + struct.pack("<BBBB", 0, 0, 0, 0) + struct.pack("<H", 2) + level
    overrides = struct.pack("<I", 2) + struct.pack("<III", 50, 0, 0) + struct.pack("<I", 0) + struct.pack("<III", 50, 0, 0) + struct.pack("<I", 1)
    overrides += struct.pack("<I", 0) + struct.pack("<III", 0, 7, 1 << 4)
    page, offset, start = bytearray(512), 0x400, 0x1F0
    page[511] = len(lines)
    for number, (line, which) in enumerate(lines):
        start -= 8
        struct.pack_into("<II", page, 4 * number, offset, offset + len(line) + 1)
        page[4 * (len(lines) + 1) + 13 * number] = start // 2
        page[start:start + 7] = struct.pack("<BHHH", 4, 0, 0x460B, which)
        offset += len(line) + 1
    bins = struct.pack("<III", 0x400, offset, 3)
    table = b""
    for place, data in ((0x1A2, clx), (0x2E2, lists), (None, levels), (0x2EA, overrides), (0x102, bins)):
        if place:
            struct.pack_into("<II", fib, place, len(table), len(data))
        table += data
    return (bytes(fib) + text).ljust(3 * 512, b"\0") + bytes(page), table


main, table = word_lists()
compound("restarts.doc", [("WordDocument", main), ("0Table", table)])


# ---- dBase and FoxPro ----
def dbf(version, driver, fields, records, link=b"", more=0):
    """fields: name, type, length, decimals. records: a mark, and the bytes of each field."""
    head = b"".join(struct.pack("<11scIBB14x", name.encode(), kind.encode(), 0, size, decimals) for name, kind, size, decimals in fields)
    rows = b"".join(mark + b"".join(values) for mark, values in records)
    header = struct.pack("<BBBBIHH", version, 124, 3, 1, len(records) + more, 32 + len(head) + 1 + len(link), 1 + sum(f[2] for f in fields))
    return header + b"\0" * 17 + bytes([driver]) + b"\0\0" + head + b"\r" + link + rows + b"\x1a"


# Its texts are in code page 850; the second record is deleted, the log is in another file.
write("ships.dbf", dbf(0x83, 2, [("SHIP", "C", 8, 0), ("TONS", "N", 6, 1), ("BUILT", "D", 8, 0), ("AFLOAT", "L", 1, 0), ("LOG", "M", 10, 0)], [
    (b" ", (b"Caf\x82    ", b"  30.5", b"19360401", b"T", b"         1")),
    (b"*", (b"Gone    ", b"   1.0", b"19000101", b"F", b"          ")),
    (b" ", (b"Sloop|2 ", b"      ", b"        ", b"?", b"          ")),
]))
write("fox.dbf", dbf(0x30, 3, [("name", "V", 8, 0), ("crew", "I", 4, 0), ("price", "Y", 8, 0), ("seen", "T", 8, 0), ("draft", "B", 8, 2), ("_NullFlags", "0", 1, 0)], [
    (b" ", ("Yaw\u0142".encode().ljust(7, b"\0") + b"\x05", struct.pack("<i", -3), struct.pack("<q", 12345000), struct.pack("<II", 2460371, 37800000),
            struct.pack("<d", 1.5), b"\0")),
    (b" ", (b"Schooner", struct.pack("<i", 8), struct.pack("<q", -12345), struct.pack("<II", 0, 0), struct.pack("<d", 2), b"\0")),
], b"\0" * 263, 1))


def word_95():
    """Saved fast, so in pieces that do not stand in order; its fonts are for Russian."""
    pieces = [(0, "\u041f\u0430\u0440\u0443\u0441 "), (1, "\u0438 \u0432\u0435\u0442\u0435\u0440\r")]
    stored = [text.encode("cp1251") for _, text in pieces]
    fib = bytearray(0x300)
    struct.pack_into("<HH", fib, 0, 0xA5DC, 104)
    struct.pack_into("<H", fib, 0x0A, 4)
    text = stored[1] + stored[0]
    places = [0x300 + len(stored[1]), 0x300]
    plan = struct.pack("<III", 0, len(stored[0]), len(text)) + b"".join(struct.pack("<HIH", 0x60, place, 0) for place in places)
    clx = b"\x01\x02\0\x08\x01" + b"\x02" + struct.pack("<I", len(plan)) + plan
    names = [(0, b"Times New Roman\0"), (204, b"Times New Roman Cyr\0")]
    fonts = b"".join(struct.pack("<BBHBB", len(name) + 5, 0, 400, charset, 0) + name for charset, name in names)
    fonts = struct.pack("<H", len(fonts) + 2) + fonts
    struct.pack_into("<II", fib, 0x160, 0x300 + len(text), len(clx))
    struct.pack_into("<II", fib, 0xD0, 0x300 + len(text) + len(clx), len(fonts))
    return bytes(fib) + text + clx + fonts


compound("word-95.doc", [("WordDocument", word_95())])


def word_6():
    """A heading, and a table of two rows: each ends in a mark like that of a cell. Another one merges cells of its columns."""
    cell, row = b"\x18\x01", b"\x18\x01\x19\x01"
    lines = [("Ships\r", 1, b"")]
    for first, second in (("Sloop", "jib"), ("Yawl", "mizzen")):
        lines += [(first + "\x07", 0, cell), (second + "\x07", 0, cell), ("\x07", 0, row)]
    lines.append(("The end\r", 0, b""))
    for texts, flags, more in ((("Crew", "", "Price"), (1, 2, 0), b"\xba\x01"), (("Mate", "Boy", "30"), (0, 0, 0), b"")):
        plan = struct.pack("<B4h", 3, 0, 1000, 2000, 3000) + b"".join(struct.pack("<H8x", bits) for bits in flags)
        lines += [(text + "\x07", 0, cell) for text in texts]
        lines.append(("\x07", 0, row + more + b"\xbe" + struct.pack("<H", len(plan) + 1) + plan))
    text = "".join(line for line, _, _ in lines).encode("cp1252")
    fib, page, start, offset = bytearray(0x400), bytearray(512), 0x1E0, 0x400
    struct.pack_into("<HH", fib, 0, 0xA5DC, 101)
    struct.pack_into("<II", fib, 0x18, 0x400, 0x400 + len(text))
    page[511] = len(lines)
    for number, (line, style, codes) in enumerate(lines):
        codes += b"\0" * (len(codes) % 2)
        start -= len(codes) + 6
        struct.pack_into("<II", page, 4 * number, offset, offset + len(line))
        page[4 * (len(lines) + 1) + 7 * number] = start // 2
        page[start:start + 3 + len(codes)] = struct.pack("<BH", 2 + len(codes) // 2, style) + codes
        offset += len(line)
    sheet = struct.pack("<HHH", 4, 2, 8) + b"".join(struct.pack("<HHHHH", 8, built_in, 1, 0, 0) for built_in in (0, 1))
    bins = struct.pack("<IIH", 0x400, offset, 3)
    struct.pack_into("<II", fib, 0x60, 0x800, len(sheet))
    struct.pack_into("<II", fib, 0xC0, 0x800 + len(sheet), len(bins))
    return (bytes(fib) + text).ljust(0x600, b"\0") + bytes(page) + sheet + bins


compound("word-6.doc", [("WordDocument", word_6())])


# ---- Hancom's word processor ----
def hwp_record(tag, level, data=b""):
    size = len(data)
    head = struct.pack("<I", tag | level << 10 | min(size, 0xFFF) << 20)
    return head + (struct.pack("<I", size) if size >= 0xFFF else b"") + data


def hwp_control(code, name):
    """Eight characters of text, which stand for a record."""
    return chr(code) + "".join(map(chr, struct.unpack("<6H", name[::-1] + b"\0" * 8))) + chr(code)


def hwp_p(level, text, shape=0, *controls):
    text += "\r"
    return (hwp_record(66, level, struct.pack("<IIHBBHHHI", len(text), 0, shape, 0, 0, 1, 0, 0, 0)) +
            hwp_record(67, level + 1, text.encode("utf-16-le", "surrogatepass")) + b"".join(controls))


def hwp_list(level, count, more=b""):
    return hwp_record(72, level, struct.pack("<II", count, 0) + more)


def hwp_ctrl(level, name, data=b"", *parts):
    return hwp_record(71, level, name[::-1] + data) + b"".join(parts)


def hwp_cell(level, column, row, columns, rows, *paragraphs):
    return hwp_list(level, len(paragraphs), struct.pack("<HHHH", column, row, columns, rows) + b"\0" * 18) + b"".join(paragraphs)


def hwp_table(level, rows, columns, *cells, before=b""):
    return hwp_ctrl(level, b"tbl ", b"\0" * 42, before, hwp_record(77, level + 1, struct.pack("<IHH", 4, rows, columns) + b"\0" * 14), *cells)


def hwp_shape(head, level, numbering=0):
    return hwp_record(25, 1, struct.pack("<I", head << 23 | level << 25) + b"\0" * 26 + struct.pack("<H", numbering) + b"\0" * 22)


def hwp_numbering(*levels):
    """The format of each level, and the kind of its numbers."""
    levels += (("", 0),) * (7 - len(levels))
    data = b"".join(struct.pack("<IHHI", kind << 5, 0, 0, 0) + struct.pack("<H", len(text)) + text.encode("utf-16-le") for text, kind in levels)
    return hwp_record(23, 1, data + struct.pack("<H7I", 0, *[1] * 7))


def hwp(name, *paragraphs, flags=1):
    def pack(data):
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(data) + packer.flush()

    header = b"HWP Document File".ljust(32, b"\0") + struct.pack("<II", 0x05000300, flags)
    info = hwp_numbering(("\uc81c^1\uc7a5", 0), ("^2.", 8)) + hwp_numbering(("^1.", 0), ("^2)", 8))
    info += hwp_shape(0, 0) + hwp_shape(1, 0) + hwp_shape(1, 1) + hwp_shape(2, 0, 2) + hwp_shape(2, 1, 2) + hwp_shape(3, 0)
    compound(name, [("FileHeader", header), ("DocInfo", pack(info)), ("\x05HwpSummaryInformation", b"")], "BodyText", [("Section0", pack(b"".join(paragraphs)))])


HWP_TABLE = hwp_control(11, b"tbl ")
hwp("boats.hwp",
    hwp_p(0, hwp_control(2, b"secd") + "\ubc30", 1, hwp_ctrl(1, b"secd", struct.pack("<IHHHIH", 0, 0, 0, 0, 0, 1))),
    hwp_p(0, "\ub3db" + hwp_control(17, b"fn  ") + " \uc744 \uc811\ub294\ub2e4.\nA line, \uf0b7" + hwp_control(3, b"%hlk") + "link" + hwp_control(4, b"%hlk") + "; \U00020000.", 0,
          hwp_ctrl(1, b"fn  ", b"\0" * 8, hwp_list(2, 1), hwp_p(2, " A note.", 0)),
          hwp_ctrl(1, b"%hlk", struct.pack("<IBH", 0, 0, 27) + "http\\://example.org/;1;0;0;".encode("utf-16-le"))),
    hwp_p(0, "Ropes", 2), hwp_p(0, "one", 3), hwp_p(0, "one a", 4), hwp_p(0, "one b", 4), hwp_p(0, "two", 3), hwp_p(0, "a dot", 5),
    hwp_p(0, HWP_TABLE, 0, hwp_table(1, 3, 3,
        hwp_cell(2, 0, 0, 1, 1, hwp_p(2, "Ship")), hwp_cell(2, 1, 0, 2, 1, hwp_p(2, "Sails")),
        hwp_cell(2, 0, 1, 1, 2, hwp_p(2, "Sloop"), hwp_p(2, "of 1936")), hwp_cell(2, 1, 1, 1, 1, hwp_p(2, "jib")), hwp_cell(2, 2, 1, 1, 1, hwp_p(2, "2")),
        hwp_cell(2, 1, 2, 1, 1, hwp_p(2, HWP_TABLE, 0, hwp_table(3, 1, 2, hwp_cell(4, 0, 0, 1, 1, hwp_p(4, "inner")), hwp_cell(4, 1, 0, 1, 1, hwp_p(4, "table"))))),
        hwp_cell(2, 2, 2, 1, 1, hwp_p(2, "")), before=hwp_list(2, 1) + hwp_p(2, "Table of ships"))),
    hwp_p(0, HWP_TABLE, 0, hwp_table(1, 1, 1, hwp_cell(2, 0, 0, 1, 1, hwp_p(2, "A frame"), hwp_p(2, "of one cell", 3)))),
    hwp_p(0, "Before " + hwp_control(11, b"gso ") + "after the box; " + hwp_control(11, b"eqed") + ".", 0,
          hwp_ctrl(1, b"gso ", b"\0" * 42, hwp_record(76, 2, b"\0" * 8), hwp_list(3, 1), hwp_p(3, "In a box")),
          hwp_ctrl(1, b"eqed", b"\0" * 42, hwp_record(88, 2, struct.pack("<IH", 0, 10) + "{a} over b".encode("utf-16-le")))),
    hwp_p(0, hwp_control(16, b"head") + "The end", 0, hwp_ctrl(1, b"head", b"\0" * 8, hwp_list(2, 1), hwp_p(2, "Running head"))))
def hwpx_p(shape, *inside):
    return f'<hp:p paraPrIDRef="{shape}"><hp:run>' + "".join(inside) + "</hp:run><hp:linesegarray><hp:lineseg/></hp:linesegarray></hp:p>"


def hwpx_t(text):
    return f"<hp:t>{text}</hp:t>"


def hwpx_list(*paragraphs):
    return "<hp:subList>" + "".join(paragraphs) + "</hp:subList>"


def hwpx_tc(column, row, columns, rows, *paragraphs):
    return (f'<hp:tc>{hwpx_list(*paragraphs)}<hp:cellAddr colAddr="{column}" rowAddr="{row}"/><hp:cellSpan colSpan="{columns}" rowSpan="{rows}"/></hp:tc>')


def hwpx_shape(number, kind, level, which=0):
    return f'<hh:paraPr id="{number}"><hh:heading type="{kind}" idRef="{which}" level="{level}"/></hh:paraPr>'


def hwpx_head(level, kind, text):
    return f'<hh:paraHead level="{level}" start="1" numFormat="{kind}">{text}</hh:paraHead>'


HANCOM = "http://www.hancom.co.kr/hwpml/2011/"
package("boats.hwpx", {
    "Contents/content.hpf": XML + '<opf:package xmlns:opf="http://www.idpf.org/2007/opf/"><opf:metadata><opf:title>Boats</opf:title>'
    '<opf:meta name="creator" content="text">A. Writer</opf:meta></opf:metadata></opf:package>',
    "Contents/header.xml": XML + f'<hh:head xmlns:hh="{HANCOM}head"><hh:numberings><hh:numbering id="1">' + hwpx_head(1, "DIGIT", "\uc81c^1\uc7a5") +
    hwpx_head(2, "HANGUL_SYLLABLE", "^2.") + '</hh:numbering><hh:numbering id="2">' + hwpx_head(1, "DIGIT", "^1.") + hwpx_head(2, "CIRCLED_DIGIT", "^2") +
    "</hh:numbering></hh:numberings><hh:paraProperties>" + hwpx_shape(0, "NONE", 0) + hwpx_shape(1, "OUTLINE", 0) + hwpx_shape(2, "OUTLINE", 1) +
    hwpx_shape(3, "NUMBER", 0, 2) + hwpx_shape(4, "NUMBER", 1, 2) + hwpx_shape(5, "BULLET", 0, 1) + "</hh:paraProperties></hh:head>",
    "Contents/section0.xml": XML + f'<hs:sec xmlns:hs="{HANCOM}section" xmlns:hp="{HANCOM}paragraph">' +
    hwpx_p(1, '<hp:secPr outlineShapeIDRef="1"><hp:pagePr/></hp:secPr><hp:ctrl><hp:header>' + hwpx_list(hwpx_p(0, hwpx_t("Running head"))) + "</hp:header></hp:ctrl>",
           hwpx_t("\ubc30")) +
    hwpx_p(0, hwpx_t("\ub3db"), '<hp:ctrl><hp:footNote number="1">' + hwpx_list(hwpx_p(0, '<hp:ctrl><hp:autoNum num="1" numType="FOOTNOTE"/></hp:ctrl>', hwpx_t("A note."))) +
           "</hp:footNote></hp:ctrl>", hwpx_t(" \uc744 <hp:deleteBegin/>gone<hp:deleteEnd/>kept.<hp:lineBreak/>A line, "),
           '<hp:ctrl><hp:fieldBegin type="HYPERLINK"><hp:parameters><hp:stringParam name="Path">http://example.org/</hp:stringParam>'
           '<hp:stringParam name="Category">HWPHYPERLINK_TYPE_URL</hp:stringParam></hp:parameters></hp:fieldBegin></hp:ctrl>', hwpx_t("link"),
           "<hp:ctrl><hp:fieldEnd/></hp:ctrl>", hwpx_t(".")) +
    hwpx_p(2, hwpx_t("Ropes")) + hwpx_p(3, hwpx_t("one")) + hwpx_p(4, hwpx_t("one a")) + hwpx_p(3, hwpx_t("two")) + hwpx_p(5, hwpx_t("a dot")) +
    hwpx_p(0, '<hp:tbl rowCnt="3" colCnt="2" repeatHeader="1"><hp:shapeComment>A table.</hp:shapeComment><hp:caption>' +
           hwpx_list(hwpx_p(0, hwpx_t("Table "), '<hp:ctrl><hp:autoNum num="1" numType="TABLE"/></hp:ctrl>', hwpx_t(" Ships"))) + "</hp:caption><hp:tr>" +
           hwpx_tc(0, 0, 1, 1, hwpx_p(0, hwpx_t("Ship"))) + hwpx_tc(1, 0, 1, 1, hwpx_p(0, hwpx_t("Sails"))) + "</hp:tr><hp:tr>" +
           hwpx_tc(0, 1, 1, 2, hwpx_p(0, hwpx_t("Sloop"))) + hwpx_tc(1, 1, 1, 1, hwpx_p(0, hwpx_t("jib"))) + "</hp:tr><hp:tr>" +
           hwpx_tc(1, 2, 1, 1, hwpx_p(0, '<hp:tbl rowCnt="1" colCnt="2"><hp:tr>' + hwpx_tc(0, 0, 1, 1, hwpx_p(0, hwpx_t("inner"))) +
                                      hwpx_tc(1, 0, 1, 1, hwpx_p(0, hwpx_t("table"))) + "</hp:tr></hp:tbl>")) + "</hp:tr></hp:tbl>") +
    hwpx_p(0, '<hp:tbl rowCnt="1" colCnt="1"><hp:tr>' + hwpx_tc(0, 0, 1, 1, hwpx_p(0, hwpx_t("A frame"))) + "</hp:tr></hp:tbl>") +
    hwpx_p(0, hwpx_t("Before "), "<hp:rect><hp:drawText>" + hwpx_list(hwpx_p(0, hwpx_t("In a box"))) + "</hp:drawText></hp:rect>", hwpx_t("after the box; "),
           "<hp:equation><hp:shapeComment>A formula.</hp:shapeComment><hp:script>{a} over b</hp:script></hp:equation>", hwpx_t(".")) + "</hs:sec>",
}, "application/hwp+zip")
hwp("handed-out.hwp", hwp_p(0, "Not to be read"), flags=5)


def ppt_atom(kind, data=b"", instance=0):
    return struct.pack("<HHI", instance << 4, kind, len(data)) + data


def ppt_container(kind, *parts, instance=0):
    data = b"".join(parts)
    return struct.pack("<HHI", instance << 4 | 15, kind, len(data)) + data


def ppt_text(kind, text, runs=()):
    """runs: characters, level and whether there is a bullet (None: not said) of each run of paragraphs."""
    out = ppt_atom(3999, struct.pack("<I", kind)) + ppt_atom(4000, text.encode("utf-16-le"))
    styles = b"".join(struct.pack("<IHI", count, level, 0 if bullet is None else 1) + (b"" if bullet is None else struct.pack("<H", bullet))
                      for count, level, bullet in runs)
    return out + (ppt_atom(4001, styles) if runs else b"")


def ppt_cell(left, top, text):
    return ppt_container(0xF004, ppt_atom(0xF00F, struct.pack("<4i", left, top, left + 10, top + 10)),
                         ppt_container(0xF00D, ppt_text(4, text)) if text else b"")


def presentation():
    table = ppt_container(0xF003, ppt_container(0xF004, ppt_atom(0xF122, struct.pack("<HI", 0x039F, 1), 1)),
                          ppt_cell(20, 0, "Depth"), ppt_cell(0, 0, "Port"), ppt_cell(0, 20, "Delft"), ppt_cell(20, 20, "3 m"),
                          ppt_cell(0, 40, "Both the same"), ppt_cell(0, 0, ""))
    master = ppt_container(1016, ppt_atom(4003, struct.pack("<HIH", 1, 1, 1), 1))
    slide = ppt_container(1006, ppt_container(1036, ppt_container(0xF002, table, ppt_container(0xF004, ppt_container(0xF00D, ppt_text(4, "In a box"))))))
    notes = ppt_container(1008, ppt_atom(1009, struct.pack("<II", 256, 0)), ppt_container(0xF00D, ppt_text(2, "Say hello.\rThen wait.")),
                          ppt_container(0xF00D, ppt_text(4, "7")))
    body = "Coal\rIron\rSaid\vplainly"
    slides = ppt_container(4080, ppt_atom(1011, struct.pack("<IIIII", 2, 0, 2, 256, 0)), ppt_text(0, "Cargo of\vships"),
                           ppt_text(1, body, ((5, 0, None), (5, 1, None), (14, 0, 0))),
                           ppt_atom(1011, struct.pack("<IIIII", 9, 0, 1, 257, 0)), ppt_text(6, "The end"))
    document = ppt_container(1000, ppt_container(4080, ppt_atom(1011, struct.pack("<IIIII", 3, 0, 0, 1, 0)), instance=1), slides,
                             ppt_container(4080, ppt_atom(1011, struct.pack("<IIIII", 4, 0, 0, 258, 0)), instance=2))
    return ppt_streams(document, slide, master, notes)


def ppt_placed(kind, top, left, bottom, right, text):
    """A shape with a place; text: its own records, or the number of the placeholder whose text it shows."""
    return ppt_container(0xF004, ppt_atom(kind, struct.pack("<4h", top, left, right, bottom) if kind == 0xF010 else struct.pack("<4i", left, top, right, bottom)),
                         ppt_container(0xF00D, ppt_atom(3998, struct.pack("<I", text)) if isinstance(text, int) else text) if text != b"" else b"")


def placed():
    """Shapes in another order than they are to be read in; a group with its own; the body stands between two of them."""
    group = ppt_container(0xF003, ppt_placed(0xF010, 300, 0, 400, 500, b""), ppt_placed(0xF00F, 50, 0, 90, 10, ppt_text(4, "Low in the group")),
                          ppt_placed(0xF00F, 0, 0, 40, 10, ppt_text(4, "High in the group")))
    slide = ppt_container(1006, ppt_container(1036, ppt_container(0xF002, ppt_container(
        0xF003, ppt_container(0xF004, ppt_atom(0xF009, bytes(16))), group, ppt_placed(0xF010, 450, 0, 480, 500, ppt_text(4, "At the bottom")),
        ppt_placed(0xF010, 200, 300, 280, 500, ppt_text(4, "On the right")), ppt_placed(0xF010, 200, 0, 280, 200, 1),
        ppt_placed(0xF010, 100, 0, 150, 500, ppt_text(4, "Above the body")), ppt_placed(0xF010, 120, 0, 180, 500, 0)))))
    slides = ppt_container(4080, ppt_atom(1011, struct.pack("<IIIII", 2, 0, 2, 256, 0)), ppt_text(0, "Cargo"), ppt_text(1, "Coal\rIron"))
    return ppt_streams(ppt_container(1000, slides), slide)


def ppt_numbered(*numbers):
    """What a version later than the format says of each group of characters: a scheme and where it starts, or None."""
    return ppt_atom(4012, b"".join(struct.pack("<IHHHII", 0x3000000, 1, *n, 0, 0) if n else bytes(12) for n in numbers))


def ppt_tagged(*records):
    return ppt_container(5000, ppt_container(5002, ppt_atom(4026, "___PPT10".encode("utf-16-le")), ppt_atom(5003, b"x")),
                         ppt_container(5002, ppt_atom(4026, "___PPT9".encode("utf-16-le")), ppt_atom(5003, b"".join(records))))


def ppt_items(kind, *items):
    """Paragraphs: text, level, whether there is a bullet, the group of its characters."""
    styles = b"".join(struct.pack("<IHIH", len(text) + 1, level, 1, bullet) for text, level, bullet, group in items)
    styles += b"".join(struct.pack("<IIHI", len(text) + 1, 0x40000 | 0x3C00, group << 10, 0xFE) for text, level, bullet, group in items)
    return (ppt_atom(3999, struct.pack("<I", kind)) + ppt_atom(4008, "\r".join(text for text, *more in items).encode("latin-1")) + ppt_atom(4001, styles))


def numbered():
    shape = ppt_container(0xF004, ppt_atom(0xF010, struct.pack("<4h", 300, 0, 500, 400)), ppt_container(0xF011, ppt_tagged(ppt_numbered((7, 4), None))),
                          ppt_container(0xF00D, ppt_items(4, ("Reef", 0, 1, 0), ("Moor", 0, 1, 0), ("A dot", 0, 1, 1), ("No bullet", 0, 0, 0))))
    slide = ppt_container(1006, ppt_container(1036, ppt_container(0xF002, ppt_container(
        0xF003, ppt_container(0xF004, ppt_atom(0xF009, bytes(16))), shape, ppt_placed(0xF010, 100, 0, 150, 500, 1), ppt_placed(0xF010, 0, 0, 80, 500, 0)))))
    slides = ppt_container(4080, ppt_atom(1011, struct.pack("<IIIII", 2, 0, 2, 256, 0)), ppt_text(0, "Setting sail"),
                           ppt_items(1, ("Cast off", 0, 1, 0), ("Hoist", 0, 1, 0), ("the main", 1, 1, 1), ("the jib", 1, 1, 1), ("Steer", 0, 1, 0)))
    info = ppt_container(2000, ppt_tagged(ppt_container(4014, ppt_atom(4015, struct.pack("<II", 256, 1)), ppt_numbered((3, 1), (9, 1)))))
    return ppt_streams(ppt_container(1000, info, slides), slide)


def ppt_streams(*things):
    stream, offsets = b"\0" * 8, []
    for thing in things:
        offsets.append(len(stream))
        stream += thing
    directory = len(stream)
    stream += ppt_atom(6002, struct.pack("<I", len(offsets) << 20 | 1) + struct.pack(f"<{len(offsets)}I", *offsets))
    edit = len(stream)
    stream += ppt_atom(4085, struct.pack("<IIIIII", 0, 0, 0, directory, 1, 0))
    return stream, ppt_atom(4086, struct.pack("<III", 20, 0xE391C05F, edit))


for name, (shown, user) in (("old.ppt", presentation()), ("placed.ppt", placed()), ("numbered.ppt", numbered())):
    compound(name, [("PowerPoint Document", shown), ("Current User", user)])


# A document with a password: Office hides it, whichever kind it is, in a stream of this name.
compound("locked.docx", [("EncryptedPackage", b"\0" * 64)])
