"""One bit of one file is other than it was written: answers are as before, or say what they leave
out, or there is an error, or verify finds it. No command is ended by a signal. FLIPS=N; files are taken by turns."""

import json
import os

from kb import Lab, Tally, Violation, arguments

QUERIES = [["--mode", "text", "amber basil"], ["--mode", "vector", "counted in spring"],
           ["--mode", "hybrid", "part 1 of document 3"]]


def ask(lab):
    """The answers, as far as they must not change; None for an error. And do they say that they
    leave something out, or are by words only?"""
    answers, is_told = [], False
    for query in QUERIES:
        code, out, err = lab.run(["search", "--json", "--full"] + query)
        if code < 0:
            raise Violation("search was ended by signal %d" % -code)
        if code == 3:
            if not err.strip():
                raise Violation("search failed and said nothing")
            answers.append(None)
            continue
        answer = json.loads(out)
        hits = [(h["place"]["file"], h["place"].get("member"), h["text"]) for h in answer["hits"]]
        answers.append(hits)
        is_told |= bool(answer["left_out"] or answer.get("note"))
    return answers, is_told


def flip(path, rng):
    """Changes one bit of what was written (not of a hole)."""
    with open(path, "r+b") as file:
        size = os.fstat(file.fileno()).st_size
        for _ in range(1000):
            at = rng.randrange(size)
            file.seek(at)
            byte = file.read(1)[0]
            if byte != 0 or rng.random() < 0.02:
                break
        file.seek(at)
        file.write(bytes([byte ^ (1 << rng.randrange(8))]))
    return at


def read_text(path):
    with open(path, errors="replace") as file:
        return file.read()


def main():
    build, top, rng, is_full = arguments()
    flips = int(os.environ.get("FLIPS", 2000 if is_full else 40))
    lab, tally = Lab(top, build), Tally()
    for station in lab.stations()[:4]:
        station.change(lab)
        code, _, err = lab.run(station.command)
        if code != 0:
            raise Violation("undisturbed: %d %s" % (code, err))
    undisturbed, is_told = ask(lab)
    if is_told:
        raise Violation("undisturbed: not all is searched")
    texts = {hit for answer in undisturbed for hit in answer}
    begin = lab.keep("begin")
    # The settings are the user's, the ballast and the lock hold nothing, nor does shared memory.
    kept = os.path.join(begin, "kb")
    names = sorted(os.path.relpath(os.path.join(folder, name), kept)
                   for folder, _, files in os.walk(kept) for name in files
                   if name not in ("varve.conf", "ballast", "lock", "index.db-shm")
                   and os.path.getsize(os.path.join(folder, name)) > 0)
    seen = {"same": 0, "error": 0, "verify": 0, "left out": 0}
    for i in range(flips):
        lab.put_back(begin)
        # The database has most to lose.
        name = names[i % len(names)] if i % 2 else "index.db"
        at = flip(os.path.join(lab.kb, name), rng)
        try:
            answers, is_told = ask(lab)
            code, _, _ = lab.run(["verify", "--deep", "--no-files"])
            if code < 0:
                raise Violation("verify was ended by signal %d" % -code)
            if code == 0 and None in answers:
                raise Violation("search fails, and verify finds nothing")
            if code == 0 and answers != undisturbed and not is_told:
                raise Violation("other answers, and verify finds nothing")
            false = [h for a in answers if a for h in a
                     if h not in texts and h[2] not in read_text(lab.path(h[0]))]
            if false:
                raise Violation("a text that no document has: %s" % false[:1])
            seen["left out" if is_told else "error" if None in answers else "same" if answers == undisturbed
                 else "verify"] += 1
            tally.check(name, True)
        except Violation as what:
            tally.check("bit flipped in %s at byte %d:" % (name, at), False, str(what))
    print("files %s: %d answers as before, %d that say what they leave out, %d errors, "
          "%d other answers that verify explains"
          % (", ".join(names), seen["same"], seen["left out"], seen["error"], seen["verify"]))
    tally.finish()


main()
