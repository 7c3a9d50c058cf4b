"""What a disk may hold after a power cut, from a record of all calls that changed it (shim.c).

A file's bytes are sure once it was synced; of what was written since, any part may be there: none,
all, some writes, half a write. A folder's entries come in the order in which they were made; sure are
those up to the last sync of the folder, or of a file that was made in it."""

import hashlib
import os
import struct

SECTOR = 512


class Content:
    """Bytes, and zeros behind them up to a size: room that was only made costs nothing."""

    def __init__(self, other=None):
        self.bytes = bytearray(other.bytes) if other else bytearray()
        self.size = other.size if other else 0

    def apply(self, change):
        if change[0] == "W":
            _, offset, data = change
            if len(self.bytes) < offset:
                self.bytes.extend(bytes(offset - len(self.bytes)))
            self.bytes[offset:offset + len(data)] = data
            self.size = max(self.size, offset + len(data))
        elif change[0] == "T":
            self.size = change[1]
            del self.bytes[self.size:]
        else:  # room was made
            self.size = max(self.size, change[1])


class Node:
    """A file, whatever its names are."""

    def __init__(self):
        self.sure = Content()
        self.pending = []  # ("W", offset, bytes) | ("T", size) | ("A", size)

    def settle(self):
        for change in self.pending:
            self.sure.apply(change)
        self.pending = []


class Disk:
    def __init__(self):
        self.now = {}    # path -> Node, or None: a folder
        self.sure = {}   # the same, as a power cut would leave it at least
        self.entries = []  # what changed in folders since: (folder, operation, path, argument)

    def step(self, operation, path, offset, data):
        """The next recorded call."""
        if operation == "C" or operation == "M":
            self.now[path] = Node() if operation == "C" else None
            self.entries.append((os.path.dirname(path), path, self.now[path], None))
        elif operation == "U":
            self.now.pop(path, None)
            self.entries.append((os.path.dirname(path), path, None, "gone"))
        elif operation == "R":
            target = data.decode()
            node = self.now.pop(path, None)
            self.now[target] = node
            self.entries.append((os.path.dirname(path), target, node, path))
        elif operation == "S":
            self._sync(path)
        else:
            change = {"W": ("W", offset, data), "T": ("T", offset), "A": ("A", offset)}[operation]
            self.now[path].pending.append(change)

    def _sync(self, path):
        node = self.now.get(path)
        if node is None:
            self._settle_entries(len(self.entries), path)
            return
        node.settle()
        made = [i for i, e in enumerate(self.entries) if e[1] == path and e[2] is node and not e[3]]
        if made:
            self._settle_entries(made[-1] + 1, os.path.dirname(path))

    def _settle_entries(self, end, folder):
        rest = []
        for i, entry in enumerate(self.entries):
            if i < end and entry[0] == folder:
                enter(self.sure, entry)
            else:
                rest.append(entry)
        self.entries = rest

    def cut(self, rng):
        """One of the states that a power cut may leave: path -> Content, or None for a folder."""
        names = dict(self.sure)
        ends = {}
        for entry in self.entries:
            ends[entry[0]] = ends.get(entry[0], 0) + 1
        mood = rng.choice(("none", "all", "some", "some", "torn"))
        ends = {folder: {"none": 0, "all": count}.get(mood, rng.randint(0, count))
                for folder, count in ends.items()}
        for entry in self.entries:
            if ends[entry[0]] > 0:
                ends[entry[0]] -= 1
                enter(names, entry)
        return {path: None if node is None else damaged(node, mood, rng)
                for path, node in names.items()}


def enter(names, entry):
    _, path, node, argument = entry
    if argument == "gone":
        names.pop(path, None)
        return
    if argument:
        names.pop(argument, None)
    names[path] = node


def damaged(node, mood, rng):
    if not node.pending or mood == "none":
        return node.sure
    content = Content(node.sure)
    keep = rng.choice((0.2, 0.5, 0.9))
    for change in node.pending:
        if mood == "all" or change[0] == "A":
            content.apply(change)
        elif rng.random() < keep:
            content.apply(change)
        elif mood == "torn" and change[0] == "W":
            for at in range(0, len(change[2]), SECTOR):
                if rng.random() < 0.5:
                    content.apply(("W", change[1] + at, change[2][at:at + SECTOR]))
    return content


def read_record(path):
    """(operation, path, offset, data) of each call, in order."""
    with open(path, "rb") as log:
        record = log.read()
    at = 0
    while at < len(record):
        operation, path_len, data_len, offset = struct.unpack_from("<cHIQ", record, at)
        at += 15
        name = record[at:at + path_len].decode()
        data = record[at + path_len:at + path_len + data_len]
        at += path_len + data_len
        if operation in (b"S", b"T", b"A", b"C", b"U", b"M"):
            data = b""
        yield operation.decode(), name, offset, data


def lay_out(state, origin, target):
    """Makes the files of a state below target, as they were below origin."""
    for path in sorted(state):
        place = target + path[len(origin):]
        if state[path] is None:
            os.makedirs(place, mode=0o700, exist_ok=True)
            continue
        os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
        content = state[path]
        with open(place, "wb") as out:
            out.write(content.bytes)
            out.truncate(content.size)


def digest(state, folder):
    """Equal for states whose files below folder are equal."""
    sum_ = hashlib.blake2b(digest_size=16)
    for path in sorted(p for p in state if p == folder or p.startswith(folder + "/")):
        content = state[path]
        data = content.bytes.rstrip(b"\0") if content else b""
        sum_.update(b"%s\0%d %d\0" % (path.encode(), content.size if content else -1, len(data)))
        sum_.update(data)
    return sum_.digest()
