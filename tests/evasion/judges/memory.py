"""One process looks into another."""
from check import ACCESS


def looked(c, who, how, run="B"):
    """
    `who` looked into the victim once, that way; the victim is known to hold the token since its start, and that its token
    was taken is reported once.
    """
    c.given("victim")
    got = c.act("access", who, match={"how": ACCESS[how], "child.tgid": c.process("victim")["tgid"]}, count=1)
    for o in got:
        if not c.by(o, "victim", "child"):
            c.problem(f"another process than the victim was looked into: {o}")
    c.finding("process-scrape", runs=("A", run), severity="High")


def environment_read(c, who, run="B"):
    """The look, and the token that it brought, which makes `who` one more holder."""
    looked(c, who, "environ", run)
    name = f"/proc/{c.process('victim')['tgid']}/environ"
    thread = name.replace("/environ", f"/task/{c.process('victim')['tgid']}/environ")
    found = [(i, o) for i, o in c.seen("read", who) if o.get("path") in (name, thread)]
    c.same(f"reads of {name} by {who}", len(found), 1)
    c.same(f"credential read by {who}", c.sightings(c.claim(found)), [c.fingerprint("W")])
    c.edge("READ", who, "Credential", c.fingerprint("W"))


def e01(c):
    environment_read(c, "reader")


def e02(c):
    environment_read(c, "reader")
    targets = [o["child.tgid"] for _, o in c.seen("access", "reader")]
    c.same("looks at one process", len(targets) - len(set(targets)), 0)
    if len(targets) < 5:
        c.problem(f"only {len(targets)} processes were looked into")


e02.statuses = (0, 1)  # some of the processes are gone before they are looked into


def e04(c):
    looked(c, "reader", "vm_read")


def e04b(c):
    looked(c, "reader", "mem")


def e05(c):
    looked(c, "reader", "ptrace")


e05b = e05


def e05c(c):
    c.act("access", "tracer", match={"how": ACCESS["traceme"], "child.tgid": c.process("traced")["tgid"]}, count=1)


def e07(c):
    for who in ("dots", "thread", "bind"):
        environment_read(c, who, "dots")
    # Under another mount of proc its name is nobody's store: the look is told, not the bytes that it brought.
    looked(c, "second", "environ", "dots")


def e08(c):
    c.given("victim")
    got = c.act("exit", "victim", count=1)
    c.same("end by SIGABRT (6), with a core dump (128) if one was made", got[0].get("exit_code"), 6 + int(c.fact("core")))


e08.statuses = (0, 134)


def e10(c):
    looked(c, "reader", "environ")
    c.edge("HELD_IN_ENVIRONMENT", "victim", "Credential", c.fingerprint("W"))


def e11(c):
    c.given("holder")
    c.read("reader", "log", token="W", count=1)
    c.finding("cross-run-reuse", runs="AB")
