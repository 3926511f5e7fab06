"""Times: the kernel's own clock decides what came first and who is who."""
from execution import attrs

MINUTE = 60 * 10**9


def k01(c):
    whos = ("before", "ahead", "behind")
    times = []
    for who in whos:
        read, connect = c.read(who, count=1)[0], c.act("connect", who, count=1)[0]
        times += [read["ts"], connect["ts"]]
        c.edge("CONNECTED_TO", who, "Destination")
    c.same("order", times, sorted(times))
    c.same("all within two minutes", times[-1] - times[0] < 2 * MINUTE, True)
    c.finding("cross-run-reuse", count=None)


def k04(c):
    pid = int(c.fact("pid"))
    reads = c.claim([(i, o) for i, o in c.seen("read", None, "W") if o["process.tgid"] == pid])
    c.same("reads", len(reads), 30)
    c.same("processes", len({o["process.start"] for o in reads}), 30)
    forks = [o for _, o in c.seen("fork", "creator") if o["child.tgid"] == pid]
    c.same("made by the creator, in this order", [o["child.start"] for o in forks], [o["process.start"] for o in reads])
    nodes = [n for n in c.lineage("K04-a")["nodes"] if n["kind"] == "Process" and n["attrs"].get("pid") == pid]
    c.same("nodes", len({n["attrs"]["start"] for n in nodes}), 30)


def k06(c):
    c.read("first", count=1, ns_tgid=1)
    attrs(c, "first", ns_pid=1)
    forks = [o for _, o in c.seen("fork", "first")]
    c.same("children", len({(o["child.tgid"], o["child.start"]) for o in forks}), int(c.fact("many")))
