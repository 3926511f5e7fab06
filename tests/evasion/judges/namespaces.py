"""Whatever a process is made to see: outside it is still that process, of that user, and that file."""
from execution import attrs, parent


def n01(c):
    for who, inner in (("first", 1), ("second", 2)):
        c.read(who, count=1, ns_tgid=inner)
        got = attrs(c, who, ns_pid=inner)
        if not got.get("pidns"):
            c.problem(f"{who} is in no pid namespace")
    parent(c, "outside", "first")
    parent(c, "first", "second")


def n02(c):
    c.read("reader", count=1, uid=1000, gid=1000, ns_uid=None)
    got = attrs(c, "reader", uid=1000, euid=1000, gid=1000, ns_uid=0)
    if not got.get("userns"):
        c.problem("it is in no user namespace")
    user = [n["attrs"]["uid"] for n in c.edge("RAN_AS", "reader", "User")]
    c.same("users", 1000 in user, True)


def n04(c):
    c.read("reader", count=1)
    if not attrs(c, "reader").get("mntns"):
        c.problem("it is in no mount namespace of its own")


def n05(c):
    c.read("reader", "merged", token="W")


def n07(c):
    c.read("chroot", count=1)
    c.read("pivot", count=1)
    c.finding("cross-run-reuse", runs=("a", "b"))


def n08(c):
    c.read("reader", count=1)
    container = c.fact("container")
    attrs(c, "reader", container=container, container_entered=True)
    attrs(c, "launcher", container=None)
    parent(c, "launcher", "reader")
    c.same("container", [n["attrs"]["id"] for n in c.edge("RAN_IN", "reader", "Container")], [container])


def n09(c):
    c.read("reader", count=1)
    attrs(c, "reader", cgroup_moved=True)


def n10(c):
    for who in ("a", "b"):
        c.read(who, count=1, lineage=False)
    got = c.finding("cross-workflow-reuse")
    text = str(got)
    for unit in ("unit:evasion-a.service", "unit:evasion-b.service"):
        if unit not in text:
            c.problem(f"the finding does not name {unit}")


def n11(c):
    c.read("reader", count=1)
    attrs(c, "reader")
