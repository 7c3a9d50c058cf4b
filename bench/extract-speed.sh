#!/bin/sh
# What extraction costs, by format: CPU seconds of one warm worker in its cage over all files, beside
# what command-line programs take for the bare words of the same files, and the memory of a worker.
# usage: CORPUS=FOLDER bench/extract-speed.sh BUILD_DIR [FORMAT ...]
# CORPUS (default: EVAL) holds documents, found by their endings; at most FILES (default: 200) of a
# format are taken, evenly. Less than four hundred of a format are given to the worker several times, and
# its seconds are divided by that: so each figure is of a worker that is warm, not of its start.
set -eu
build=$(realpath "${1:?usage: CORPUS=FOLDER bench/extract-speed.sh BUILD_DIR [FORMAT ...]}")
shift
corpus=${CORPUS:-${EVAL:-}}
if [ -z "$corpus" ] || [ ! -d "$corpus" ]; then
    echo "bench/extract-speed.sh: set CORPUS to a folder of documents; nothing measured"
    exit 0
fi
if [ ! -x "$build/varve" ] || [ ! -x "$build/varve-extract" ]; then
    echo "bench/extract-speed.sh: there is no $build/varve: run make first" >&2
    exit 2
fi
exec python3 - "$build" "$corpus" "${FILES:-200}" "$@" <<'PY'
import os, resource, shutil, subprocess, sys

build, corpus, files_max, wanted = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
# format: endings, our goal, and who else reads it. {} is the file.
FORMATS = {
    "pdf": (("pdf",), "1 x pdftotext", ("pdftotext -q {} -",)),
    "html": (("html", "htm"), "20 MB/s", ("html2text -utf8 {}", "w3m -dump -T text/html {}")),
    "docx": (("docx",), "682 files/s", ("docx2txt {} -", "pandoc -t plain {}")),
    "xlsx": (("xlsx",), "267 files/s", ()),
    "pptx": (("pptx",), "951 files/s", ()),
    "odt": (("odt",), "814 files/s", ("odt2txt {}", "pandoc -t plain {}")),
    "epub": (("epub",), "198 files/s", ("pandoc -t plain {}",)),
    "doc": (("doc",), "", ("catdoc {}", "antiword {}")),
    "xls": (("xls",), "", ("xls2csv {}",)),
    "ppt": (("ppt",), "", ("catppt {}",)),
    "rtf": (("rtf",), "", ("unrtf --text {}",)),
}
SECONDS_MAX = 60
WARM_FILES = 400

def find(endings):
    found = []
    for folder, _, names in os.walk(corpus):
        found += [os.path.join(folder, n) for n in names
                  if n.rsplit(".", 1)[-1].lower() in endings and "." in n]
    found = sorted(f for f in found if os.path.isfile(f) and os.path.getsize(f) > 0)
    step = max(1.0, len(found) / files_max)
    return [os.path.realpath(found[int(i * step)]) for i in range(min(len(found), files_max))]

def cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime

def run(command, seconds=SECONDS_MAX):
    """CPU seconds, and whether it ended well."""
    before, ended = cpu(), False
    try:
        ended = 0 == subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=seconds).returncode
    except subprocess.TimeoutExpired:
        pass
    return cpu() - before, ended

def peak_mb(path):
    """Of one process for this document alone."""
    child = subprocess.Popen([build + "/varve-extract", "--file", path, "--format", "text"],
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    return os.wait4(child.pid, 0)[2].ru_maxrss / 1024

print("%-6s %5s %7s %8s %8s %8s %7s %7s  %s" % (
    "format", "files", "MB", "CPU s", "files/s", "MB/s", "p99 MB", "max MB", "goal"))
missing = set()
for name, (endings, goal, peers) in FORMATS.items():
    files = find(endings) if not wanted or name in wanted else []
    if not files:
        continue
    mb = sum(os.path.getsize(f) for f in files) / 1e6
    times = -(-WARM_FILES // len(files))
    ours = run([build + "/varve", "extract", "--format", "text"] + files * times, None)[0] / times
    peaks = sorted(peak_mb(f) for f in files)
    print("%-6s %5d %7.1f %8.2f %8.0f %8.1f %7.0f %7.0f  %s" % (
        name, len(files), mb, ours, len(files) / ours, mb / ours,
        peaks[max(0, -(-len(peaks) * 99 // 100) - 1)], peaks[-1], goal), flush=True)
    for peer in peers:
        words = peer.split()
        if not shutil.which(words[0]):
            missing.add(words[0])
            continue
        theirs, failed = 0.0, 0
        for f in files:
            seconds, ended = run([f if w == "{}" else w for w in words])
            theirs += seconds
            failed += not ended
        print("%-20s %8.2f  ours is %.2f of %s%s" % (
            "", theirs, ours / max(theirs, 0.001), words[0],
            ", which failed on %d" % failed if failed else ""), flush=True)
if missing:
    print("not installed, so not measured: " + ", ".join(sorted(missing)))
PY
