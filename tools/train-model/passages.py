#!/usr/bin/env python3
"""Passages to learn from, out of unpacked packages: passages.py WORK EXTRACT > passages.tsv

A line is a title, a tab, a text: what belongs together. Documents are read by varve's own extractor (EXTRACT is
the program): a section's headings and its text. Beside them: WordNet, dictionaries, message catalogues (a
sentence and its translation), and what package descriptions say in short and at length. Packages are taken in
the order of WORK/list, files by name, and everything that is drawn is drawn from fixed seeds: the same packages
give the same bytes.
"""
import gettext, gzip, hashlib, html, json, os, random, re, struct, subprocess, sys, tempfile
from multiprocessing import Pool

LANGUAGES = set("en de es fr it nl pl pt ru uk ar fa hi zh ja C".split())
MANY = set("de ru ar hi zh".split())  # what other forms of messages are read for
FILES_EACH = 150        # of one package in one language, evenly spread
TEXT_EACH = 4_000_000   # characters of passages, from one package in one language
MESSAGES_EACH = 8_000   # likewise, in the languages above
MESSAGES_FEW = 1_500    # in others
ENTRIES_EACH = 40_000   # of a dictionary
DESCRIPTIONS_EACH = 15_000  # of packages, in one language
PASSAGE_LEAST, PASSAGE_MOST = 150, 900  # characters
TITLE_MOST = 150
DOCUMENT_BYTES_MOST = 3_000_000
EXTRACT_SECONDS = 600   # far more than a document takes: a loaded machine must not change what is read
SAME_TITLE_MOST = 8     # a heading that many sections have says nothing of any
SPACE = re.compile(r"\s+")
LANGUAGE = re.compile(r"(?:^|[/._-])([a-z]{2,3}|C)(?:[-_@][A-Za-z]+)?(?=[/.])")
NUMBER = re.compile(r"^(?:(?:chapter|appendix|section) )?(?:[0-9]+(?:\.[0-9]+)*|[A-Z](?:\.[0-9]+)+)\.? +(?=\S)", re.I)
DOCUMENT = re.compile(r"\.(html?|xhtml|md|markdown|rst|txt|utf8|adoc|[1-8])$|/fortunes/[^.]+$")
NO_PROSE = re.compile(r"(changelog|copyright|licen[cs]e|copying|genindex|py-modindex|search|news\b|authors)", re.I)


def clean(text):
    return SPACE.sub(" ", text).strip()


def letters(text):
    return sum(c.isalpha() for c in text)


def is_prose(text):
    return letters(text) + text.count(" ") > 0.75 * len(text)


def language_of(path):
    """What the path says, the last that is a language; English otherwise."""
    found = [x for x in LANGUAGE.findall(path) if len(x) == 2 or x == "C"]
    manual = re.search(r"/man/([a-z]{2})(?:[_.][^/]*)?/man", path)
    if manual:
        return manual.group(1)
    for x in reversed(found):
        if re.search(r"/%s(?:[-_@][A-Za-z]+)?/|[._-]%s(?:[-_][A-Za-z]+)?\.(?:html?|txt)" % (x, x), path):
            return "en" if x == "C" else x
    return "en"


def spread(items, most):
    """At most so many, evenly spread."""
    if len(items) <= most:
        return items
    return [items[i * len(items) // most] for i in range(most)]


def listed(folder):
    out = []
    for root, folders, names in os.walk(folder):
        folders.sort()
        out += [os.path.join(root, n) for n in sorted(names) if not os.path.islink(os.path.join(root, n))]
    return out


def extracted(path, extract):
    try:
        with tempfile.NamedTemporaryFile() as plain:
            if path.endswith(".gz"):
                plain.write(gzip.open(path).read(DOCUMENT_BYTES_MOST))
                plain.flush()
            elif os.path.getsize(path) > DOCUMENT_BYTES_MOST:
                return None
            name = os.path.basename(path[:-3] if path.endswith(".gz") else path)
            run = subprocess.run([extract, "--file", plain.name if path.endswith(".gz") else path, "--name", name,
                                  "--format", "json"], capture_output=True, timeout=EXTRACT_SECONDS)
            return json.loads(run.stdout)
    except (OSError, EOFError, ValueError, subprocess.TimeoutExpired):
        return None


def sections(document):
    """(heading, heading above, text) of each section."""
    text, blocks = document["text"].encode(), document["blocks"]
    titles, out = {}, []

    def of(block):
        return clean(text[block["start"]:block["end"]].decode("utf-8", "replace").lstrip("#= "))
    for i, block in enumerate(blocks):
        if block["kind"] in ("heading", "title"):
            above = titles.get(block.get("heading"), ("", ""))[0]
            titles[i] = (NUMBER.sub("", of(block))[:TITLE_MOST], above)
            out.append((titles[i], []))
        elif block["kind"] in ("paragraph", "list item", "quote"):
            if not out:
                out.append((("", ""), []))
            out[-1][1].append(of(block))
    return out


def passages_of_document(path, extract):
    document = extracted(path, extract)
    if not document or not document.get("blocks"):
        return
    for (title, above), parts in sections(document):
        passage = ""
        for part in parts + [None]:
            if part is None or len(passage) + len(part) > PASSAGE_MOST:
                if len(passage) >= PASSAGE_LEAST // (1 if passage.isascii() else 2) and is_prose(passage):
                    yield title, above, passage[:PASSAGE_MOST * 2]
                passage = ""
            passage = clean(passage + " " + (part or ""))


def of_documents(folder, extract, draw):
    by_language = {}
    for path in listed(folder):
        plain = path[:-3] if path.endswith(".gz") else path
        if DOCUMENT.search(plain) and not NO_PROSE.search(os.path.basename(plain)):
            by_language.setdefault(language_of(plain[len(folder):]), []).append(path)
    for language in sorted(by_language):
        if language not in LANGUAGES:
            continue
        size = 0
        for path in spread(by_language[language], FILES_EACH):
            for title, above, text in passages_of_document(path, extract):
                if size < TEXT_EACH:
                    size += len(text)
                    both = above and above not in title and draw.random() < 0.5
                    yield above + " " + title if both else title, text


def message(text):
    text = re.sub(r"<[^>]*>|%[-+ #0-9.]*[a-z]+|\$\{?[a-z_.|]+\}?|\\n|[_&~](?=\w)", " ", text)
    return clean(text.replace("\x04", "^").rpartition("^")[2])


def of_catalogues(folder):
    by_language = {}
    for path in listed(folder):
        found = re.search(r"/([a-z]{2})(?:_[A-Z]{2})?/LC_MESSAGES/[^/]*\.mo$", path)
        if found and found.group(1) in LANGUAGES:
            by_language.setdefault(found.group(1), []).append(path)
    for language in sorted(by_language):
        found = []
        for path in by_language[language]:
            try:
                with open(path, "rb") as file:
                    catalogue = gettext.GNUTranslations(file)._catalog
            except (OSError, UnicodeDecodeError, ValueError, LookupError):
                continue
            found += sorted((k, v) for k, v in catalogue.items() if isinstance(k, str) and isinstance(v, str) and k)
        most = MESSAGES_EACH if language in MANY else MESSAGES_FEW
        yield from spread(list(translations(spread(found, 2 * most))), most)


def translations(found):
    """Sentences of English and of another language, from (English, translated)."""
    for key, value in found:
        key, value = message(key), message(value)
        if letters(key) >= 5 and letters(value) >= 2 and key != value and is_prose(key):
            yield key[:PASSAGE_MOST], value[:PASSAGE_MOST]


def of_json_messages(folder):
    """MediaWiki's: PART/i18n/en.json beside PART/i18n/de.json."""
    def read(path):
        try:
            with open(path, encoding="utf-8") as file:
                return {k: v for k, v in json.load(file).items() if isinstance(v, str)}
        except (OSError, ValueError):
            return {}

    def plain(text):  # [[page|words]], [address words], {{...}}, $1
        return re.sub(r"\{\{[^{}]*\}\}|\[\[(?:[^|\]]*\|)?|\]\]|\[[^ \]]*:[^ \]]* |\$[0-9]|'{2,3}", " ", text)
    for path in listed(folder):
        if not path.endswith("/i18n/en.json"):
            continue
        english = read(path)
        for language in sorted(MANY):
            other = read(path[:-7] + ("zh-hans" if language == "zh" else language) + ".json")
            yield from spread(list(translations((plain(english[k]), plain(other[k]))
                                                for k in sorted(other) if k in english)), MESSAGES_EACH)


def qt_messages(data):
    """(source, translation) of each message of a .qm file: sections of a tag, a length and bytes."""
    at, body = 16, b""
    while at + 5 <= len(data):
        tag, size = struct.unpack_from(">BI", data, at)
        if tag == 0x69:
            body = data[at + 5:at + 5 + size]
        at += 5 + size
    at, source, text = 0, "", ""
    while at + 4 < len(body):
        tag, size = struct.unpack_from(">BI", body, at)
        if tag == 1:  # end
            if source and text:
                yield source, text
            at, source, text = at + 1, "", ""
        elif tag == 5:  # hash
            at += 5
        elif tag in (3, 6, 7, 8):  # translation, source, context, comment
            size = 0 if size == 0xFFFFFFFF else size
            if tag == 3 and not text:
                text = body[at + 5:at + 5 + size].decode("utf-16-be", "replace")
            if tag == 6:
                source = body[at + 5:at + 5 + size].decode("utf-8", "replace")
            at += 5 + size
        else:
            return


def of_qt_catalogues(folder):
    for path in listed(folder):
        found = re.search(r"/([a-z]{2})(?:_CN|_DE|_RU)?\.qm$", path)
        if found and found.group(1) in MANY:
            with open(path, "rb") as file:
                yield from spread(list(translations(qt_messages(file.read()))), MESSAGES_EACH)


def of_thesaurus(folder):
    for path in listed(folder + "/usr/share/mythes"):
        if not path.endswith(".dat"):
            continue
        found, word = [], ""
        for line in open(path, encoding="utf-8-sig", errors="replace"):
            parts = [clean(re.sub(r"\([^)]*\)", " ", p)) for p in line.split("|")]
            if len(parts) == 2 and parts[1].isdigit():
                word = parts[0]
                continue
            others = [p for p in parts[1:] if p and p != word]
            if others and letters(word) >= 2:
                found.append((word[:TITLE_MOST], " ".join(others)[:PASSAGE_MOST]))
        yield from spread(found, ENTRIES_EACH)


def of_locale_data(folder):
    """CLDR's names of countries, languages and cities, and the words for its symbols."""
    def read(part, language):
        path = "%s/usr/share/unicode/cldr/common/%s/%s.xml" % (folder, part, language)
        if not os.path.exists(path):
            return {}
        text = open(path, encoding="utf-8").read()
        names = re.findall(r"<(annotation|territory|language|script)( [^>]*)>([^<]+)</", text)
        names += [("zone", x, n) for x, n in
                  re.findall(r'<zone type="([^"]+)">\s*<exemplarCity>([^<]+)</', text)]
        return {(kind, attributes): html.unescape(name.replace(" | ", " ")) for kind, attributes, name in names}
    for part in ("annotations", "main"):
        english = read(part, "en")
        for language in sorted(MANY):
            other = read(part, language)
            for key in sorted(other):
                if key in english and english[key] != other[key]:
                    yield clean(english[key]), clean(other[key])
                short = (key[0], key[1] + ' type="tts"')
                if other.get(short, other[key]) != other[key]:
                    yield clean(other[short]), clean(other[key])


def of_wordnet(folder):
    for part in ("noun", "verb", "adj", "adv"):
        path = folder + "/usr/share/wordnet/data." + part
        if not os.path.exists(path):
            continue
        for line in open(path, encoding="latin-1"):
            if line.startswith("  "):
                continue
            head, _, gloss = line.partition(" | ")
            fields = head.split()
            words = [re.sub(r"\(.*\)", "", fields[4 + 2 * i]).replace("_", " ") for i in range(int(fields[3], 16))]
            yield " ".join(words[:4]), clean(gloss.replace('"', " "))


def of_dictionaries(folder):
    digits = {c: i for i, c in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")}

    def number(text):
        value = 0
        for c in text:
            value = value * 64 + digits[c]
        return value
    for path in listed(folder):
        if not path.endswith(".index") or not os.path.exists(path[:-6] + ".dict.dz"):
            continue
        data, found = gzip.open(path[:-6] + ".dict.dz").read(), []
        for line in open(path, encoding="utf-8", errors="replace"):
            fields = line.rstrip("\n").split("\t")
            if len(fields) < 3 or fields[0].startswith("00"):
                continue
            at = number(fields[1])
            text = data[at:at + number(fields[2])].decode("utf-8", "replace")
            text = re.sub(r"\[[^\]]*\]|\\[^\\]*\\|/[^/\n]*/|<[^>]*>|[{}]", " ", text.partition("\n")[2] or text)
            if letters(text) >= 2:
                found.append((fields[0][:TITLE_MOST], clean(text)[:PASSAGE_MOST]))
        yield from spread(found, ENTRIES_EACH)


def of_descriptions(path):
    for stanza in open(path, encoding="utf-8", errors="replace").read().split("\n\n"):
        found = re.search(r"^Description(?:-[a-zA-Z_]+)?: (.*)\n((?: .*\n?)+)", stanza, re.M)
        if found:
            text = clean(re.sub(r"^ \.?", " ", found.group(2), flags=re.M))
            if len(text) >= PASSAGE_LEAST // (1 if text.isascii() else 2):
                yield found.group(1), text[:PASSAGE_MOST]


def of_package(job):
    """Writes WORK/parts/NAME, unless it is there."""
    work, name, extract = job
    folder, draw, out = "%s/files/%s" % (work, name), random.Random(name), []
    part = "%s/parts/%s" % (work, name)
    if os.path.exists(part):
        return part
    if name.startswith("descriptions"):
        out = spread(list(of_descriptions(work + "/" + name)), DESCRIPTIONS_EACH)
    else:
        for pairs in (of_wordnet(folder), of_dictionaries(folder), of_thesaurus(folder), of_locale_data(folder),
                      of_documents(folder, extract, draw), of_catalogues(folder), of_json_messages(folder),
                      of_qt_catalogues(folder)):
            out += list(pairs)
    # Neighbours are compared with one another in training: they should not be one document's.
    draw.shuffle(out)
    with open(part + ".part", "w", encoding="utf-8", errors="replace") as file:
        file.writelines("%s\t%s\n" % (clean(title), clean(text)) for title, text in out)
    os.rename(part + ".part", part)
    return part


def main():
    work, extract = sys.argv[1:3]
    names = [n for n in open(work + "/list").read().split("\n") if n and not n.startswith("#")]
    jobs = [(work, n, extract) for n in names if os.path.isdir("%s/files/%s" % (work, n))]
    jobs += [(work, n, extract) for n in sorted(os.listdir(work)) if n.startswith("descriptions-")]
    os.makedirs(work + "/parts", exist_ok=True)
    titles, seen = {}, set()
    with Pool(2) as pool:
        for part in pool.imap(of_package, jobs, chunksize=1):
            count = 0
            for line in open(part, "rb"):
                title, _, text = line.rstrip(b"\n").partition(b"\t")
                key = hashlib.md5(title[:60] + b"\t" + text[:100]).digest()
                titles[title] = titles.get(title, 0) + 1
                if key in seen:
                    continue
                seen.add(key)
                if titles[title] > SAME_TITLE_MOST:
                    title = b""
                sys.stdout.buffer.write(title + b"\t" + text + b"\n")
                count += 1
            print(os.path.basename(part), count, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
