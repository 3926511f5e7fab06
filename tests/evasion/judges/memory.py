"""One process looks into another."""
from check import ACCESS


def looked(c, who, how, count=1):
    """`who` looked into the victim, that way; the victim is known to hold the token since its start."""
    c.given("victim")
    victim = c.process("victim")
    got = c.act("access", who, match={"how": ACCESS[how], "child.tgid": victim["tgid"]}, count=count)
    for o in got:
        if not c.by(o, "victim", "child"):
            c.problem(f"another process than the victim was looked into: {o}")
    c.finding("process-scrape", count=None)


def environment_read(c, who):
    """The look, and the token that it brought, which makes `who` one more holder."""
    looked(c, who, "environ")
    name = f"/proc/{c.process('victim')['tgid']}/environ"
    thread = name.replace("/environ", f"/task/{c.process('victim')['tgid']}/environ")
    found = [(i, o) for i, o in c.seen("read", who) if o.get("path") in (name, thread)]
    c.same(f"reads of {name} by {who}", len(found), 1)
    c.same(f"credential read by {who}", c.sightings(c.claim(found)), [c.fingerprint("W")])
    c.edge("READ", who, "Credential", c.fingerprint("W"))


def e01(c):
    environment_read(c, "reader")
    c.finding("cross-run-reuse", runs="AB")


def e02(c):
    environment_read(c, "reader")
    c.finding("cross-run-reuse", runs="AB")
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
    for who in ("dots", "thread", "bind", "second"):
        environment_read(c, who)
    c.finding("cross-run-reuse", count=None)


def e08(c):
    c.given("victim")
    got = c.act("exit", "victim", count=1)
    c.same("end by SIGQUIT (3) with a core dump (128)", got[0].get("exit_code"), 131)


e08.statuses = (0, 131)


def e10(c):
    looked(c, "reader", "environ")
    c.edge("HELD_IN_ENVIRONMENT", "victim", "Credential", c.fingerprint("W"))
