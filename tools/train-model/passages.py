#!/usr/bin/env python3
"""Passages to learn from, out of unpacked packages: passages.py WORK EXTRACT > passages.tsv

A line is a title, a tab, a text: what belongs together. Documents are read by varve's own extractor (EXTRACT is
the program): a section's headings and its text. Beside them: WordNet, dictionaries, message catalogues (a
sentence and its translation), and what package descriptions say in short and at length. Packages are taken in
the order of WORK/list, files by name, and everything that is drawn is drawn from fixed seeds: the same packages
give the same bytes.
"""
import gettext, gzip, hashlib, json, os, random, re, subprocess, sys, tempfile
from multiprocessing import Pool

LANGUAGES = set("en de es fr it nl pl pt ru uk ar fa hi zh ja C".split())
FILES_EACH = 150        # of one package in one language, evenly spread
TEXT_EACH = 4_000_000   # characters of passages, from one package in one language
MESSAGES_EACH = 8_000   # likewise
ENTRIES_EACH = 40_000   # of a dictionary, and of package descriptions
PASSAGE_LEAST, PASSAGE_MOST = 150, 900  # characters
TITLE_MOST = 150
DOCUMENT_BYTES_MOST = 3_000_000
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
                                  "--format", "json"], capture_output=True, timeout=30)
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
            for key, value in sorted((k, v) for k, v in catalogue.items() if isinstance(k, str) and isinstance(v, str)):
                key, value = message(key), message(value)
                if letters(key) >= 5 and letters(value) >= 2 and key != value and is_prose(key):
                    found.append((key[:PASSAGE_MOST], value[:PASSAGE_MOST]))
        yield from spread(found, MESSAGES_EACH)


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
        found = re.search(r"^Description(?:-en)?: (.*)\n((?: .*\n?)+)", stanza, re.M)
        if found:
            text = clean(re.sub(r"^ \.?", " ", found.group(2), flags=re.M))
            if len(text) >= PASSAGE_LEAST:
                yield found.group(1), text[:PASSAGE_MOST]


def of_package(job):
    work, name, extract = job
    folder, draw, out = "%s/files/%s" % (work, name), random.Random(name), []
    if name == "descriptions":
        out = spread(list(of_descriptions(work + "/descriptions")), ENTRIES_EACH)
    else:
        for pairs in (of_wordnet(folder), of_dictionaries(folder), of_documents(folder, extract, draw),
                      of_catalogues(folder)):
            out += list(pairs)
    # Neighbours are compared with one another in training: they should not be one document's.
    draw.shuffle(out)
    return name, out


def main():
    work, extract = sys.argv[1:3]
    names = [n for n in open(work + "/list").read().split("\n") if n and not n.startswith("#")]
    jobs = [(work, n, extract) for n in names if os.path.isdir("%s/files/%s" % (work, n))]
    if os.path.exists(work + "/descriptions"):
        jobs.append((work, "descriptions", extract))
    titles, seen = {}, set()
    with Pool(2) as pool:
        for name, pairs in pool.imap(of_package, jobs, chunksize=1):
            count = 0
            for title, text in pairs:
                key = hashlib.md5((title[:60] + "\t" + text[:100]).encode()).digest()
                titles[title] = titles.get(title, 0) + 1
                if key in seen:
                    continue
                seen.add(key)
                if titles[title] > SAME_TITLE_MOST:
                    title = ""
                sys.stdout.buffer.write(("%s\t%s\n" % (clean(title), clean(text))).encode("utf-8", "replace"))
                count += 1
            print(name, count, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
