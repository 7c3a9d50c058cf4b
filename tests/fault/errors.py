"""Calls and allocations that fail, of each command: EIO, ENOSPC, EMFILE, EINTR, short reads and
writes, no memory; once and from then on. A command that says it is done is done; one that is not
says why, and is not ended by a signal; and nothing is lost, half or broken. ERRORS=N in all;
ONLY=STATION: in no others."""

import errno
import os

from kb import Lab, Tally, Violation, arguments, sample

# (kind, errno): a call that is interrupted for ever would be tried again for ever, by SQLite too.
FAULTS = [("fail", errno.EIO), ("stick", errno.EIO), ("fail", errno.ENOSPC),
          ("stick", errno.ENOSPC), ("fail", errno.EMFILE), ("stick", errno.EMFILE),
          ("fail", errno.EINTR), ("short", 0), ("memory", 0), ("starve", 0)]


def one(lab, station, fault, before, after):
    code, _, err = lab.do(station, fault)
    if code < 0:
        raise Violation("ended by signal %d: %s" % (-code, err[-200:]))
    if code != 0 and not err.strip():
        raise Violation("failed with %d and said nothing" % code)
    if code == 0 and lab.state() != after:
        raise Violation("said that it is done, and is not: %s" % err[-200:])
    if not lab.has_index(station=station):
        if before:
            raise Violation("the database is gone")
    else:
        lab.check_between(before, after)
        again, _, text = lab.run(["status"])
        if again not in (0, 1):  # 1: it names what is pending or failed
            raise Violation("status: %d %s" % (again, text))
    lab.again(station, after)


def main():
    build, top, rng, is_full = arguments()
    wanted = int(os.environ.get("ERRORS", 2000 if is_full else 90))
    lab, tally = Lab(top, build), Tally()
    stations = lab.stations()
    each = max(1, -(-wanted // (len(stations) * len(FAULTS))))
    injected = 0
    before = {}
    for station in stations:
        station.change(lab)
        passed_over = lab.pass_over(station)
        if passed_over is not None:
            before = passed_over
            continue
        if station.mends:
            before = lab.state()
        begin = lab.keep("begin")
        words = lab.undisturbed(station, "short:0")
        calls, allocations = int(words[1]), int(words[3])
        after = lab.state()
        end = lab.keep("end")
        for kind, number in FAULTS:
            total = allocations if kind in ("memory", "starve") else calls
            for at in sample(total, each, rng):
                fault = "%s:%d:%d" % (kind, at, number)
                lab.put_back(begin)
                try:
                    one(lab, station, fault, before, after)
                    tally.check(fault, True)
                except Violation as what:
                    tally.check("%s under %s of %d" % (station.name, fault, total), False, str(what))
                injected += 1
        lab.put_back(end)
        before = after
    print("%d calls and allocations failed" % injected)
    tally.finish()


main()
