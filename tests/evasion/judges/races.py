"""What changes between the act and the look at it."""
from collections import Counter


def tries(c):
    return {f["tgid"]: f for f in c.facts if f["fact"] == "try"}


def of_tries(c, kind, told, **match):
    """The observations of that kind by the processes that told a try, one each; claims them."""
    found = [(i, o) for i, o in c.seen(kind, None, None, **match) if o["process.tgid"] in told]
    c.claim(found)
    got = Counter(o["process.tgid"] for _, o in found)
    c.same(f"processes without their {kind}", sorted(set(told) - set(got))[:5], [])
    c.same(f"processes with more than one {kind}", sorted(t for t, n in got.items() if n > 1)[:5], [])
    return {o["process.tgid"]: o for _, o in found}


def flipped(c):
    told, names = tries(c), ("W", "V")
    wanted = {c.ino(n)[1]: (c.files[n]["path"], c.fingerprint(n)) for n in names}
    reads = of_tries(c, "read", told)
    for tgid, fact in told.items():
        if tgid not in reads:
            continue
        o, (path, fingerprint) = reads[tgid], wanted[fact["ino"]]
        if (o["ino"], o.get("path"), c.sightings([o])) != (fact["ino"], path, [fingerprint]):
            c.problem(f"{tgid} read {path}, told is {o.get('path')} ({o['ino']}) with {c.sightings([o])}")
            break
    c.same("both files were opened", len({f["ino"] for f in told.values()}), 2)


t01 = t02 = flipped


def t04(c):
    told = tries(c)
    parent = c.process("parent")["tgid"]
    for o in of_tries(c, "read", told).values():
        if c.sightings([o]) != [c.fingerprint("W")] or o["parent.tgid"] != parent:
            c.problem(f"wrong read: {o}")
            break
    execs = of_tries(c, "exec", told)
    c.same("programs", Counter(o.get("command", "").split(" ")[0] for o in execs.values()), {"brief": len(told)})
    ends = of_tries(c, "connect", told)
    c.same("destinations", {(o.get("address"), o.get("port")) for o in ends.values()}, {("127.0.0.1", 18704)})
    of_tries(c, "exit", told)
    births = {o["child.tgid"] for _, o in c.seen("fork", "parent")}
    c.same("processes without their birth", sorted(set(told) - births)[:5], [])
    graph = c.lineage("T04-a")
    readers = {e["source"] for e in graph["edges"] if e["kind"] == "READ" and e["target"] == c.fingerprint("W")
               and e["evidence"].startswith(c.files["W"]["path"])}
    c.same("readers in the lineage", len(readers), len(told))


def t05(c):
    got = c.read("rewriter", count=1)
    node = c.node("T05-a", "rewriter")
    c.same("command", node["attrs"].get("command"), f"races arguments {c.files['W']['path']} an-argument")
    c.same("reads", len(got), 1)


def t07(c):
    name = {c.ino(f"V{n}"): n for n in range(20)}
    order = []
    for o in c.part.observations:
        if o["kind"] == "read" and (o.get("dev", 0), o["ino"]) in name and c.by(o, "turner"):
            order.append((o["ts"], "read", name[o["dev"] if "dev" in o else 0, o["ino"]]))
        if o["kind"] == "connect" and c.by(o, "turner"):
            order.append((o["ts"], "connect", o["port"] - 20000))
    for n in range(20):
        c.read("turner", f"V{n}", count=1, lineage=False)
    wanted = [(kind, n) for n in range(20) for kind in ("read", "connect")]
    c.same("order of arrival", [o[1:] for o in order], wanted)
    c.same("order of times", [o[1:] for o in sorted(order)], wanted)


def t08(c):
    c.read("reader", count=1)
    c.act("connect", "reader", match={"port": 18708}, count=1)
    c.act("exit", "reader", count=1)
