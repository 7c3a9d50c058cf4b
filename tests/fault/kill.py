"""kill -9 before and behind every call that changes a file, of each command; and again while the
next start recovers. Afterwards nothing is lost, half or broken, and the command run again ends as
an undisturbed one. KILLS=N points in all; ONLY=STATION: at no others."""

import os

from kb import Lab, Tally, Violation, arguments, sample


def check_after(lab, station, before, after):
    if not lab.has_index(station=station):
        if before:
            raise Violation("the database is gone")
        return
    lab.check_between(before, after)
    if not station.mends:
        lab.verify()
    if os.path.exists(os.path.join(lab.copy, "index.db")):
        lab.verify(lab.copy)


def main():
    build, top, rng, is_full = arguments()
    kills = int(os.environ.get("KILLS", 2400 if is_full else 60))
    lab, tally = Lab(top, build), Tally()
    points = recoveries = 0
    before = {}
    stations = lab.stations()
    for station in stations:
        station.change(lab)
        passed_over = lab.pass_over(station)
        if passed_over is not None:
            before = passed_over
            continue
        if station.mends:
            before = lab.state()
        begin = lab.keep("begin")
        calls = int(lab.undisturbed(station, "count")[1])
        after = lab.state()
        end = lab.keep("end")
        for at in sample(calls, max(2, kills // len(stations) // 2), rng):
            for side in ("before", "after"):
                lab.put_back(begin)
                where = "%s killed %s call %d of %d" % (station.name, side, at, calls)
                try:
                    code, _, _ = lab.do(station, "%s:%d" % (side, at))
                    points += 1
                    check_after(lab, station, before, after)
                    if rng.random() < 0.3:
                        lab.do(station, "before:%d" % rng.randint(1, 12))
                        recoveries += 1
                        check_after(lab, station, before, after)
                    lab.again(station, after)
                    tally.check(where, True)
                except Violation as what:
                    tally.check(where, False, str(what))
        lab.put_back(end)
        before = after
    print("killed at %d points, and %d times again in recovery" % (points, recoveries))
    tally.finish()


main()
