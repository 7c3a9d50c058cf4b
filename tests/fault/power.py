"""Power cuts: every command's writes are recorded, and replayed up to every call; from each point,
states that a disk may be left in. In none is anything that was said to be done lost, half or broken;
in all can be gone on. Then three bugs are planted, and each must be seen. STATES=N in all; a state that
equals one that was looked at already counts, and isn't looked at again. ONLY=STATION: no others, and no bugs."""

import os
import shutil

from disk import Disk, digest, lay_out, read_record
from kb import Lab, Tally, Violation, arguments

ONLY = os.environ.get("ONLY")
SEEN_ENOUGH = 5  # states in which a planted bug shows


def record(lab, plant=None):
    """Runs all commands; what they did as [(station, calls)], and the documents after each."""
    story, states = [], [{}]
    for station in lab.stations():
        if station.mends:
            continue  # what it mends was done outside of the record
        station.change(lab)
        if os.path.exists(lab.log):
            os.unlink(lab.log)
        code, _, err = lab.do(station, "record", plant)
        if code != 0:
            raise Violation("undisturbed: %s %d %s" % (station.name, code, err))
        story.append((station, list(read_record(lab.log))))
        # Of a copy: who looks makes a log beside the database, which the record would not have.
        states.append(lab.state(os.path.join(lab.keep("look"), "kb")))
    return story, states


def check(lab, station, place, before, after):
    """Of the knowledge base."""
    kb = os.path.join(place, "kb")
    if not lab.has_index(kb, station):
        if before:
            raise Violation("the database is gone")
        return
    lab.check_between(before, after, kb)
    code, _, err = lab.run(["gc", "--older-than", "36500"], kb=kb)  # a writer opens it
    if code != 0:
        raise Violation("a writer can't open it: %s" % err)
    lab.verify(kb)
    lab.check_between(before, after, kb)


def check_copy(lab, place, is_copied):
    """Of its backup."""
    copy = os.path.join(place, "kb-copy")
    if os.path.exists(os.path.join(copy, "index.db")):
        lab.verify(copy)
    for name in ("index.db", "varve.conf"):
        if is_copied and not os.path.exists(os.path.join(copy, name)):
            raise Violation("%s of the backup is gone" % name)


def check_next(lab, place):
    """It goes on from there."""
    kb = os.path.join(place, "kb")
    code, out, err = lab.run(["sync"], kb=kb)
    if code != 0:
        raise Violation("goes not on: %d %s%s" % (code, out, err))
    lab.verify(kb)


class Looked:
    """Looks at states; what equals one before, in bytes and in what is expected of it, is as that was."""

    def __init__(self, lab, place):
        self.lab, self.place = lab, place
        self.found = {}  # what was looked at -> None or the violation
        self.distinct = 0

    def once(self, key, look):
        if key not in self.found:
            self.found[key] = None
            try:
                look()
            except Violation as what:
                self.found[key] = what
        return self.found[key]

    def look(self, state, number, station, is_done, is_copied, states):
        """The violation, or None."""
        lab, place = self.lab, self.place
        before, after = states[number + 1 if is_done else number], states[number + 1]
        kb_key = ("kb", number, is_done, digest(state, lab.kb))
        copy_key = ("copy", is_copied, digest(state, lab.copy))
        if kb_key not in self.found or copy_key not in self.found:
            shutil.rmtree(place, ignore_errors=True)
            lay_out(state, lab.top, place)
        is_new = kb_key not in self.found
        what = self.once(kb_key, lambda: check(lab, station, place, before, after))
        what = self.once(copy_key, lambda: check_copy(lab, place, is_copied)) or what
        if is_new:
            self.distinct += 1
            if self.distinct % 20 == 0 and not what:
                what = self.once(("next",) + kb_key, lambda: check_next(lab, place))
        return what


def replay(lab, story, states, wanted, rng, told):
    """Checks so many states until told(where, violation or None) is content; how many there were, and
    how many distinct ones."""
    disk = Disk()
    disk.now[lab.kb] = disk.sure[lab.kb] = None
    conf = os.path.join(lab.kb, "varve.conf")
    with open(conf, "rb") as content:
        disk.step("C", conf, 0, b"")
        disk.step("W", conf, 0, content.read())
    disk.step("S", conf, 0, b"")
    disk.step("S", lab.kb, 0, b"")
    points = sum(len(calls) + 1 for station, calls in story if ONLY in (None, station.name))
    looked = Looked(lab, os.path.join(lab.top, "cut"))
    due = tried = 0.0
    is_copied = False
    for number, (station, calls) in enumerate(story):
        for at in range(len(calls) + 1):
            if at > 0:
                disk.step(*calls[at - 1])
            # The last point stands behind the answer: all of it has to be there.
            is_done = at == len(calls)
            is_copied = is_copied or (is_done and station.name == "backup")
            if ONLY not in (None, station.name):
                continue
            due += wanted / points
            while tried < due:
                tried += 1
                where = "%s cut behind call %d of %d" % (station.name, at, len(calls))
                if told(where, looked.look(disk.cut(rng), number, station, is_done, is_copied, states)):
                    return int(tried), looked.distinct
    return int(tried), looked.distinct


def main():
    build, top, rng, is_full = arguments()
    wanted = int(os.environ.get("STATES", 10000 if is_full else 150))
    tally = Tally()
    lab = Lab(os.path.join(top, "sound"), build)
    story, states = record(lab)
    tried, distinct = replay(lab, story, states, wanted, rng,
                             lambda where, what: tally.check(where, what is None, str(what or "")))
    print("%d states of %d calls, %d distinct" % (tried, sum(len(c) for _, c in story), distinct),
          flush=True)
    for plant in () if ONLY else ("no-sync", "no-folder-sync", "in-place"):
        lab = Lab(os.path.join(top, plant), build)
        story, states = record(lab, plant)
        seen = []

        def told(where, what):
            if what:
                seen.append("%s: %s" % (where, what))
            return len(seen) == SEEN_ENOUGH

        tried, _ = replay(lab, story, states, max(wanted // 4, 150), rng, told)
        print("planted %s: seen in %d of %d states, first %s" % (plant, len(seen), tried, seen[:1]))
        tally.check("the planted bug '%s' is seen" % plant, seen)
    tally.finish()


main()
