"""A knowledge base of small documents, and what is done to it one command after the other. Each
command can be run again from what was before it, undisturbed or under the shim (shim.c)."""

import hashlib
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile

COMMAND_SECONDS = 60
LONG_PARTS = 220  # of some 650 bytes
WORDS = "amber basil cedar dahlia elder fennel garnet hazel indigo juniper kelp laurel".split()


class Violation(Exception):
    pass


def document(number, round_number):
    """A few passages; most stay the same from round to round."""
    parts = ["# Document %d" % number]
    for k in range(2 + number % 4):
        word = WORDS[(number + k) % len(WORDS)]
        turn = round_number if k == 0 else 0
        parts.append("## Part %d\n\nPart %d of document %d in round %d is about %s. It was counted "
                     "in spring, and %s was not." % (k, k, number, turn, word,
                                                     WORDS[(number * 5 + k) % len(WORDS)]))
    return "\n\n".join(parts) + "\n"


class Station:
    """One command, and what is changed in the folder before it."""

    def __init__(self, name, command, change=lambda lab: None, program="varve", mends=False):
        self.name, self.command, self.change = name, command, change
        self.program = program
        self.mends = mends  # before it is done, verify finds something

    def is_done_already(self, code, said):
        """Run again, it found nothing left to do."""
        return (self.name == "back" and "no model" in said) or \
            (self.name == "erase" and code == 1 and "erased 0 documents" in said)


class Lab:
    def __init__(self, top, build):
        self.build = os.path.realpath(build)
        self.programs = {"varve": os.path.join(self.build, "varve"),
                         "fault-migrate": os.path.join(self.build, "tests", "fault-migrate")}
        self.shim = os.path.join(self.build, "tests", "fault-shim.so")
        root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        self.other_model = os.path.join(root, "plugins", "template", "embed_template.py")
        self.top = top
        self.source = os.path.join(top, "documents")
        self.kb = os.path.join(top, "kb")
        self.copy = os.path.join(top, "kb-copy")
        self.log = os.path.join(top, "shim.log")
        os.makedirs(self.source, exist_ok=True)
        os.makedirs(self.kb, mode=0o700)
        with open(os.path.join(self.kb, "varve.conf"), "w") as conf:
            conf.write("[source s]\npath = %s\n" % self.source)

    # ---- the folder of documents ----

    def write(self, number, round_number):
        with open(os.path.join(self.source, "%d.md" % number), "w") as out:
            out.write(document(number, round_number))

    def write_long(self, round_number):
        """Of more than 128 KB, of words that come once, so that its texts take several blocks. A round
        changes one passage in the middle."""
        with open(self.path("long.md"), "w") as out:
            out.write("# A long document\n")
            for k in range(LONG_PARTS):
                turn = round_number if k == LONG_PARTS // 2 else 0
                out.write("\n## Entry %d\n\nIn turn %d entry %d has %s.\n"
                          % (k, turn, k, " ".join(hashlib.sha256(b"%d %d %d" % (k, turn, i)).hexdigest()[:9]
                                                  for i in range(60))))

    def pack(self, names):
        path = os.path.join(self.source, "pack.tar")
        with tarfile.open(path, "w") as tar:
            for name in names:
                inner = os.path.join(self.top, name)
                with open(inner, "w") as out:
                    out.write("What is packed as %s is about %s.\n" % (name, name))
                tar.add(inner, name)

    def path(self, name):
        return os.path.join(self.source, name)

    def stations(self):
        def first(lab):
            for i in range(12):
                lab.write(i, 0)
            lab.pack(["maple.txt", "oak.txt"])

        def update(lab):
            for i in (1, 4, 7):
                lab.write(i, 1)
            lab.pack(["maple.txt", "birch.txt", "pine.txt"])

        def remove(lab):
            os.unlink(lab.path("2.md"))

        def rename(lab):
            os.rename(lab.path("3.md"), lab.path("three.md"))
            shutil.copyfile(lab.path("5.md"), lab.path("copy.md"))

        def erase(lab):
            os.unlink(lab.path("7.md"))

        def edit(lab):
            lab.write(4, 2)

        def grow(lab):
            for i in range(20, 26):
                lab.write(i, 0)

        def lengthen(lab):
            lab.write_long(0)

        def edit_long(lab):
            lab.write_long(1)

        def damage(lab):
            db = sqlite3.connect(os.path.join(lab.kb, "index.db"))
            db.execute("DELETE FROM segment WHERE segment_id IN"
                       " (SELECT segment_id FROM segment WHERE died IS NULL LIMIT 2)")
            db.execute("UPDATE state SET sequence = sequence + 3")
            db.commit()
            db.close()
            for name in os.listdir(lab.kb):
                if name.startswith("scan-"):
                    with open(os.path.join(lab.kb, name), "r+b") as scan:
                        scan.truncate(100)

        return [
            Station("ingest", ["sync"], first),
            Station("update", ["sync"], update),
            Station("delete", ["sync"], remove),
            Station("rename", ["sync"], rename),
            Station("backup", ["backup", self.copy]),
            Station("collect", ["gc", "--all"]),
            Station("model", ["model", "switch", self.other_model]),
            Station("erase", ["erase", self.path("7.md")], erase),
            Station("back", ["model", "rollback"]),
            Station("edit", ["sync"], edit),
            Station("backup again", ["backup", self.copy]),
            Station("grow", ["sync"], grow),
            Station("long", ["sync"], lengthen),
            Station("edit long", ["sync"], edit_long),
            Station("restore", ["restore", "--force", self.copy]),
            Station("repair", ["verify", "--repair", "--no-files"], damage, mends=True),
            # The last: what it makes of the database, no varve of today reads.
            Station("migrate", [self.kb], program="fault-migrate"),
        ]

    # ---- running ----

    def run(self, command, fault=None, plant=None, kb=None, seconds=COMMAND_SECONDS,
            program="varve"):
        env = dict(os.environ, VARVE_KB=kb or self.kb)
        if fault:
            env.update(LD_PRELOAD=self.shim, VARVE_FAULT=fault, VARVE_FAULT_PROGRAM=program,
                       VARVE_FAULT_FOLDER=self.kb, VARVE_FAULT_LOG=self.log)
            if plant:
                env["VARVE_FAULT_PLANT"] = plant
        process = subprocess.Popen([self.programs[program]] + command, env=env, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   start_new_session=True)
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise Violation("'%s' hangs under %s" % (" ".join(command), fault))
        return process.returncode, out.decode(errors="replace"), err.decode(errors="replace")

    def keep(self, name):
        """Copies what the commands write to a place of that name."""
        place = os.path.join(self.top, "kept-" + name)
        shutil.rmtree(place, ignore_errors=True)
        os.mkdir(place)
        self._copy(self.top, place)
        return place

    def put_back(self, place):
        for name in ("kb", "kb-copy"):
            shutil.rmtree(os.path.join(self.top, name), ignore_errors=True)
        self._copy(place, self.top)

    @staticmethod
    def _copy(origin, target):
        present = [os.path.join(origin, n) for n in ("kb", "kb-copy")
                   if os.path.isdir(os.path.join(origin, n))]
        subprocess.run(["cp", "-a", "--sparse=always"] + present + [target], check=True)

    def pass_over(self, station):
        """Runs it undisturbed where ONLY=STATION names another one; the documents then, or None."""
        if os.environ.get("ONLY", station.name) == station.name:
            return None
        code, _, err = self.do(station)
        if code != 0:
            raise Violation("undisturbed: %s %d %s" % (station.name, code, err))
        self.has_index(station=station)
        return self.state()

    def do(self, station, fault=None, plant=None):
        return self.run(station.command, fault, plant, program=station.program)

    def undisturbed(self, station, fault):
        """What the shim logs of a run in which it lets everything through."""
        if os.path.exists(self.log):
            os.unlink(self.log)
        code, _, err = self.do(station, fault)
        if code != 0:
            raise Violation("undisturbed: %d %s" % (code, err))
        with open(self.log) as log:
            return log.readlines()[-1].split()

    def again(self, station, after):
        """The command once more, as the user would: what it asks for may be done already."""
        code, out, err = self.do(station)
        self.has_index(station=station)
        if code != 0 and not station.is_done_already(code, out + err):
            raise Violation("run again: %d %s%s" % (code, out, err))
        if station.name != "back" and self.state() != after:
            raise Violation("run again, it ends otherwise")
        self.verify()

    # ---- looking ----

    def take_back(self, kb):
        """What fault-migrate made, as this varve's schema has it: whole, or there is none of it."""
        path = os.path.join(kb, "index.db")
        if not os.path.exists(path):
            return
        db = sqlite3.connect(path)
        version = db.execute("PRAGMA user_version").fetchone()[0]
        has = [db.execute("SELECT count(*) FROM pragma_table_info('source') WHERE name = 'note'"),
               db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'extra'")]
        has = [row.fetchone()[0] for row in has]
        if has != ([1, 1] if version > SCHEMA else [0, 0]):
            raise Violation("half migrated: version %d, %s" % (version, has))
        if version > SCHEMA:
            db.executescript("ALTER TABLE source DROP COLUMN note; DROP TABLE extra;"
                             "PRAGMA user_version = %d" % SCHEMA)
        db.close()

    def state(self, kb=None):
        """path!member -> (content hash, live segments), of every document with text."""
        try:
            return read_state(os.path.join(kb or self.kb, "index.db"))
        except sqlite3.DatabaseError as what:
            raise Violation("the database: %s" % what)

    def verify(self, kb=None):
        code, out, err = self.run(["verify", "--deep", "--no-files"], kb=kb)
        if code != 0:
            raise Violation("verify: %d %s" % (code, " | ".join(
                [l for l in (out + err).splitlines() if not l.startswith("ok")][:4])))

    def check_between(self, before, after, kb=None):
        """Every document is as before the command or as after it; nothing else is there."""
        now = self.state(kb)
        for name in set(before) | set(after) | set(now):
            if now.get(name) not in (before.get(name), after.get(name)):
                raise Violation("'%s' is neither what it was nor what it was to be: %s"
                                % (name, now.get(name)))
        return now

    def has_index(self, kb=None, station=None):
        """False while the database is not made yet: a state that a crash may leave."""
        if station and station.program == "fault-migrate":
            try:
                self.take_back(kb or self.kb)
            except sqlite3.DatabaseError as what:
                raise Violation("the database: %s" % what)
        path = os.path.join(kb or self.kb, "index.db")
        try:
            # One that reads only can't take back what was cut short, as varve's readers do.
            mode = "rw" if os.path.exists(path + "-journal") else "ro"
            db = sqlite3.connect("file:%s?mode=%s" % (path, mode), uri=True)
            version = db.execute("PRAGMA user_version").fetchone()[0]
            db.close()
            return version > 0
        except sqlite3.OperationalError:
            return False
        except sqlite3.DatabaseError as what:
            raise Violation("the database: %s" % what)


def schema_version():
    """Of this varve, as its header says."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    with open(os.path.join(root, "index", "index.h")) as header:
        return int(re.search(r"INDEX_SCHEMA_VERSION (\d+)", header.read()).group(1))


SCHEMA = schema_version()


def read_state(path):
    db = sqlite3.connect("file:%s?mode=ro" % path, uri=True, timeout=10)
    rows = db.execute("""SELECT d.path, d.member, hex(r.content_hash), (SELECT count(*) FROM segment s
        WHERE s.document_id = d.document_id AND s.died IS NULL) FROM document d
        JOIN revision r ON r.revision_id = d.revision_id WHERE d.died IS NULL""").fetchall()
    db.close()
    return {"%s!%s" % (text(p), text(m)): (h, n) for p, m, h, n in rows}


def text(value):
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def sample(count, wanted, rng):
    """So many of 1 .. count, spread over all of them; all when there are no more."""
    if count <= wanted:
        return list(range(1, count + 1))
    return sorted(min(count, int((i + rng.random()) * count / wanted) + 1) for i in range(wanted))


class Tally:
    """Counts, and prints what run.sh reads."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, what, is_good, detail=""):
        if is_good:
            self.passed += 1
        else:
            self.failed += 1
            print("FAILED: %s %s" % (what, detail), flush=True)

    def finish(self):
        print("%d passed, %d failed" % (self.passed, self.failed))
        sys.exit(1 if self.failed else 0)


def arguments():
    """build folder, working folder, seed; is the whole count wanted?"""
    return sys.argv[1], sys.argv[2], random.Random(int(os.environ.get("SEED", "7"))), \
        bool(os.environ.get("FULL"))
