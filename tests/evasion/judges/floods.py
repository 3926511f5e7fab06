"""Much of what nobody asks for, around the one act that matters."""
from races import of_tries, tries


def f01(c):
    c.read("holder", count=1)
    end = c.act("connect", "holder", match={"port": 18801}, count=1)[0]["ts"]
    # Births and ends may be lost in such a flood, and are counted then: acts with credentials are not among them.
    lost = {o.get("act") for o in c.part.observations if o["kind"] == "loss" and o.get("since", 0) < end}
    c.same("acts that were lost", sorted(lost & {"open", "read", "connect"}), [])


def f02(c):
    told = tries(c)
    for o in of_tries(c, "read", told).values():
        if c.sightings([o]) != [c.fingerprint("W")]:
            c.problem(f"a read without its credential: {o}")
            break
    if len(told) < 10:
        c.problem(f"only {len(told)} reads were made")


def f04(c):
    c.read("holder", lineage=False)
    c.act("connect", "holder", match={"port": 18804}, count=1)
    c.edge("READ", "holder", "Credential", c.fingerprint("W"))
    c.edge("CONNECTED_TO", "holder", "Destination")
    if int(c.fact("evicted")) < 100:
        c.problem(f"{c.fact('evicted')} processes were counted as evicted: no crowd")
    c.node("F04-A", "holder")


def f05(c):
    c.read("reader", count=1)
    if not 1000 < int(c.fact("memory")) < 200_000:
        c.problem(f"the monitor took {c.fact('memory')} kB")


def f07(c):
    got = c.claim(c.seen("exec", "crammed"))
    last = got[-1] if got else {}
    if c.sightings(got) != [c.fingerprint("W")] and not last.get("flags", 0) & 4:
        c.problem("neither the token was found nor a cut was told")
    c.finding("exposed-in-arguments", count=None)


def f08(c):
    again = c.claim(c.seen("process", "holder"))
    c.claim(c.seen("exec", "holder"))
    c.claim([(i, o) for i, o in enumerate(c.part.observations) if o["kind"] == "known-use" and o.get("run_id") == "F08-A"])
    c.same("credential of the holder after the start", c.sightings(again), [c.fingerprint("W")])
    c.node("F08-A", "holder")
    c.read("other", count=1)
    c.finding("cross-run-reuse", runs="AB")
    gaps = [f for f in c.part.findings if f["finding_info"]["analytic"]["uid"] == "coverage-degraded"]
    c.same("the gap is told", len(gaps) > 0, True)


def f10(c):
    c.given("one")
    c.given("two")
    c.read("reader", count=1)
    c.same("bytes of findings on the full disk", c.fact("full"), "0")
    c.same("the monitor's answer begins with", c.fact("answers"), "{")


def f11(c):
    pid = int(c.fact("monitor"))
    c.read("reader")
    c.given("late")
    c.finding("cross-run-reuse", runs=("a", "late"))
    own = [o for o in c.part.observations if o.get("process.tgid") == pid and o["kind"] in ("open", "read", "connect")]
    c.same("the monitor's own acts", own[:2], [])
