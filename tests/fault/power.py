"""Power cuts: every command's writes are recorded, and replayed up to every call; from each point,
states that a disk may be left in. In none is anything that was said to be done lost, half or broken;
in all can be gone on. Then four bugs are planted, and each must be seen. STATES=N in all."""

import os
import shutil

from disk import Disk, lay_out, read_record
from kb import Lab, Tally, Violation, arguments


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


def check(lab, station, place, before, after, is_copied, is_recovered):
    kb, copy = os.path.join(place, "kb"), os.path.join(place, "kb-copy")
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
    if os.path.exists(os.path.join(copy, "index.db")):
        lab.verify(copy)
    for name in ("index.db", "varve.conf"):
        if is_copied and not os.path.exists(os.path.join(copy, name)):
            raise Violation("%s of the backup is gone" % name)
    if is_recovered:
        code, out, err = lab.run(["sync"], kb=kb)
        if code != 0:
            raise Violation("goes not on: %d %s%s" % (code, out, err))
        lab.verify(kb)


def replay(lab, story, states, wanted, rng, told):
    """Checks so many states; told(where, violation or None) for each."""
    disk = Disk()
    disk.now[lab.kb] = disk.sure[lab.kb] = None
    conf = os.path.join(lab.kb, "varve.conf")
    with open(conf, "rb") as content:
        disk.step("C", conf, 0, b"")
        disk.step("W", conf, 0, content.read())
    disk.step("S", conf, 0, b"")
    disk.step("S", lab.kb, 0, b"")
    points = sum(len(calls) + 1 for _, calls in story)
    place = os.path.join(lab.top, "cut")
    due = tried = 0.0
    is_copied = False
    for number, (station, calls) in enumerate(story):
        for at in range(len(calls) + 1):
            if at > 0:
                disk.step(*calls[at - 1])
            due += wanted / points
            # The last point stands behind the answer: all of it has to be there.
            is_done = at == len(calls)
            is_copied = is_copied or (is_done and station.name == "backup")
            while tried < due:
                tried += 1
                shutil.rmtree(place, ignore_errors=True)
                lay_out(disk.cut(rng), lab.top, place)
                where = "%s cut behind call %d of %d" % (station.name, at, len(calls))
                try:
                    check(lab, station, place, states[number + 1] if is_done else states[number],
                          states[number + 1], is_copied, tried % 20 == 0)
                    told(where, None)
                except Violation as what:
                    told(where, what)
    return int(tried)


def main():
    build, top, rng, is_full = arguments()
    wanted = int(os.environ.get("STATES", 10000 if is_full else 150))
    tally = Tally()
    lab = Lab(os.path.join(top, "sound"), build)
    story, states = record(lab)
    tried = replay(lab, story, states, wanted, rng,
                   lambda where, what: tally.check(where, what is None, str(what or "")))
    print("%d states of %d calls" % (tried, sum(len(calls) for _, calls in story)))
    for plant in ("no-sync", "no-folder-sync", "in-place"):
        lab = Lab(os.path.join(top, plant), build)
        story, states = record(lab, plant)
        seen = []
        replay(lab, story, states, max(wanted // 4, 150), rng,
               lambda where, what: seen.append("%s: %s" % (where, what)) if what else None)
        print("planted %s: seen in %d states, first %s" % (plant, len(seen), seen[:1]))
        tally.check("the planted bug '%s' is seen" % plant, seen)
    tally.finish()


main()
