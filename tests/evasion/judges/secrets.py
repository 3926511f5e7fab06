"""A secret on its way."""
from execution import attrs, parent

LIMITS = {"S04-pipe": "shared-memory", "S05": "keyring", "S13": "shared-memory"}


def connected(c, who):
    c.act("connect", who, address="127.0.0.1", port=c.fact("port", of="L"))
    c.edge("CONNECTED_TO", who, "Destination")


def in_environment(c, who, token, run="a"):
    """`who` is executed with the token, and nothing else."""
    fp = c.fingerprint(token)
    got = [o for _, o in c.seen("exec", who) if fp in c.sightings([o])]
    c.claimed |= {i for i, o in c.seen("exec", who) if fp in c.sightings([o])}
    if not got:
        c.problem(f"{who} was not seen to be given {token}")
    c.edge("HELD_IN_ENVIRONMENT", who, "Credential", fp, run=f"{c.id}-{run}")
    return got


def heirs(c):
    """Whoever else was given the case's tokens on the way is asked about no more."""
    for token in c.tokens:
        fp = c.fingerprint(token)
        c.claimed |= {i for i, o in c.seen("exec") if fp in c.sightings([o])}


def s01(c):
    got = in_environment(c, "last", "T")
    generations = [o for _, o in c.seen("exec") if c.fingerprint("T") in c.sightings([o])]
    c.same("programs that were given it", len(generations), 21)
    connected(c, "last")
    graph = c.lineage("S01-a")
    up = {e["target"]: e["source"] for e in graph["edges"] if e["kind"] == "SPAWNED"}
    at, depth = c.node("S01-a", "last")["id"], 0
    while at != c.node("S01-a", "second")["id"] and at in up and depth < 99:
        at, depth = up[at], depth + 1
    c.same("generations", depth, 20)
    heirs(c)
    return got


def s02(c):
    in_environment(c, "second", "W")
    if any(c.fingerprint("W") in c.sightings([o]) for _, o in c.seen("exec", "third")):
        c.problem("the cleared environment still held it")
    c.read("third", count=1)
    in_environment(c, "fourth", "W")
    connected(c, "fourth")
    parent(c, "third", "fourth")
    heirs(c)


def s04_pipe(c):
    c.read("reader", count=1)
    parent(c, "reader", "taker")
    c.edge("CONNECTED_TO", "taker", "Destination")


def s04_input(c):
    c.read("reader", count=1)
    c.opened("opener")
    parent(c, "opener", "reader")
    c.unread(who="opener")


def s05(c):
    c.read("writer", count=1)
    c.edge("RECEIVED", "taker", "Credential", c.fingerprint("W"))


def s07(c):
    for name in ("once", "twice", "hex"):
        c.read(name, file=name, token="W", count=1)
    c.finding("cross-run-reuse", runs=("once", "twice"))


def s07_other(c):
    """The file, its reader and where that went are known, which credential it is is not."""
    for name in ("packed", "turned"):
        c.read(name, file=name, token=None, count=1)
        c.same(f"places of {name}", len(c.seen("connect", name)), 1)


def s08(c):
    got = c.act("read", "reader", "W")
    c.same("credential in two reads", c.sightings(got), [c.fingerprint("W")])
    for name in ("one", "two"):
        c.read("joiner", file=name, token=None, count=1)


def s10(c):
    first = c.claim(c.seen("read", "before"))
    c.same("the old token", c.sightings(first), [c.fingerprint("W")])
    second = c.claim(c.seen("read", "after"))
    c.same("the new token", c.sightings(second), [c.fingerprint("NEW")])
    in_environment(c, "late", "W", "c")
    c.finding("cross-run-reuse", runs=("a", "c"))
    heirs(c)


def s13(c):
    c.read("writer", count=1)
    c.edge("CONNECTED_TO", "taker", "Destination")


def s14(c):
    for name in ("a", "b"):
        c.read(name, file=name, token=None, count=1)


def s16(c):
    got = in_environment(c, "holder", "T")
    for o in got:
        c.same("cut", o.get("flags", 0) >> 4 & 1, 0)
    heirs(c)


def s16_border(c):
    for n in (4000, 4030, 4060):
        in_environment(c, f"holder-{n}", "T", n)
    heirs(c)
    c.finding("cross-run-reuse", count=None)


def s16_cut(c):
    last = c.seen("exec", "holder")[-1][1]
    c.same("said to be cut", last.get("flags", 0) >> 4 & 1, 1)
    c.read("holder", count=1)
    attrs(c, "holder", environment_truncated=True)


def s19(c):
    c.read("holder", count=1)
    connected(c, "holder")


def s20(c):
    c.read("writer", count=1)
    c.read("finder", file="log", token="W", count=1, run="S20-b")


def s21(c):
    c.read("reader", count=1)
    attrs(c, "reader")
