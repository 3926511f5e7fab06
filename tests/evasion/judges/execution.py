"""Whatever a process calls itself, however it came to run."""


def attrs(c, who, run="a", **want):
    """The process's node; `want`: what its attributes must be (None: absent or said not to hold)."""
    got = c.node(f"{c.id}-{run}", who)["attrs"]
    for key, value in want.items():
        have = got.get(key)
        c.same(f"{key} of {who}", None if value is None and have in (False, "") else have, value)
    return got


def inode(c, file):
    dev, ino = c.ino(file)
    return f"{dev >> 20}:{dev & 0xfffff}:{ino}"


def parent(c, who, of, run="a"):
    """`who` made `of`: an observed edge."""
    graph = c.lineage(f"{c.id}-{run}")
    a, b = (c.node(f"{c.id}-{run}", name)["id"] for name in (who, of))
    found = [e for e in graph["edges"] if e["kind"] == "SPAWNED" and e["target"] == b]
    c.same(f"creators of {of}", [(e["source"], e["basis"]) for e in found], [(a, "observed")])


def again(c):
    """One static credential in two runs of one workflow: the runs of a case are its acts."""
    c.finding("cross-run-reuse", runs=("a", "b"))


def x01(c):
    c.read("reader", count=1)
    got = attrs(c, "reader", exe_memfd=True, exe_deleted=None)
    c.same("name of the memory file", "memfd:innocent" in got["exe"], True)
    if not got.get("exe_inode"):
        c.problem("the memory file has no inode")
    c.read("gone", count=1)
    attrs(c, "gone", "b", exe=f"{c.x}/copy", exe_deleted=True, exe_memfd=None)
    again(c)


def x02(c):
    c.read("reader", count=1)
    got = attrs(c, "reader", script="./my script")
    c.same("interpreter", got["exe"].rsplit("/", 1)[1], "act")
    c.same("label", c.node("X02-a", "reader")["label"], f"my script [{c.process('reader')['tgid']}]")


def x02_env(c):
    c.read("reader", count=1)
    got = attrs(c, "reader", script=f"{c.x}/job")
    c.same("interpreter", got["exe"].rsplit("/", 1)[1], "act")
    c.same("env before it", got["earlier_exe"][-1], f"{c.x}/job")


def x02_nested(c):
    c.read("reader", count=1)
    got = attrs(c, "reader", script="./outer")
    c.same("interpreter", got["exe"].rsplit("/", 1)[1], "act")
    c.same("the script between", f"{c.x}/inner" in got["command"], True)


def x04(c):
    c.read("reader", count=1)
    attrs(c, "reader", program="./copied-cat", program_basis="inferred")
    c.same("label", c.node("X04-a", "reader")["label"].split(" ")[0], "copied-cat")
    c.read("options", count=1)
    attrs(c, "options", "b", program=f"{c.x}/copied-cat")
    again(c)


def x05(c):
    c.read("reader", count=1, comm="sshd")
    attrs(c, "reader", exe=f"{c.x}/git", exe_inode=inode(c, "program"), comm="sshd")


def x07(c):
    creator, children = c.process("creator"), {f["value"] for f in c.facts if f["fact"] == "child"}
    forks = [o["child.tgid"] for _, o in c.seen("fork", "creator")]
    c.same("children that were seen", sorted(forks), sorted(children))
    want = 2 * int(c.fact("many"))
    c.same("children", len(children), want)
    execs = [o for _, o in c.seen("exec") if o["process.tgid"] in children and o["process.start"] // 10**7 >= creator["start"]]
    c.same("programs that they executed", len(execs), want)
    for o in execs:
        if o.get("parent.tgid") != creator["tgid"]:
            raise AssertionError(f"a child of {o.get('parent.tgid')}")
    c.same("programs of the creator", len(c.seen("exec", "creator")), 1)


def x08(c):
    c.read("reader", count=1)
    c.same("ends of the process", len(c.seen("exit", "reader")), 1)
    got = attrs(c, "reader")
    c.same("programs before", len(got["earlier_exe"]), 1)


def x08_thread(c):
    got = c.read("reader", count=1)
    c.same("read by another thread", got[0]["tid"] != got[0]["process.tgid"], True)
    c.same("ends of the process", len(c.seen("exit", "reader")), 1)


def x10(c):
    c.read("child", count=1)
    c.act("connect", "grandchild", address="127.0.0.1", port=c.fact("port", of="L"))
    c.unread(who="parent")
    c.edge("CONNECTED_TO", "grandchild", "Destination")
    parent(c, "parent", "child")
    parent(c, "child", "grandchild")
    exes = {attrs(c, who)["exe_inode"] for who in ("parent", "child", "grandchild")}
    c.same("programs of the three", len(exes), 1)


def x11(c):
    c.read("daemon", count=1)
    c.same("the kernel's parent", c.process("daemon")["parent_tgid"], 1)
    attrs(c, "daemon", kernel_parent=1)
    graph = c.lineage("X11-a")
    at, up = c.node("X11-a", "daemon")["id"], {e["target"]: e["source"] for e in graph["edges"] if e["kind"] == "SPAWNED"}
    c.same("creator's creator", up.get(up.get(at)), c.node("X11-a", "launcher")["id"])


def x13(c):
    c.read("child", count=1)
    c.same("the kernel's parent", c.process("child")["parent_tgid"], c.process("launcher")["tgid"])
    parent(c, "creator", "child")
    attrs(c, "child", kernel_parent=c.process("launcher")["tgid"])


def x14(c):
    c.read("daemon", count=1, comm="kworker/0:1")
    parent(c, "launcher", "daemon")
    c.read("reader", count=1)
    again(c)


def x16(c):
    c.read("reader", count=1)
    c.act("connect", "reader", address="127.0.0.1", port=c.fact("port", of="L"))
    c.edge("CONNECTED_TO", "reader", "Destination")
    got = attrs(c, "reader", exe=f"{c.x}/other", exe_inode=inode(c, "other"))
    c.same("programs before", [e.rsplit("/", 1)[1] for e in got["earlier_exe"]], ["act"])
    c.same("since", len(got["earlier_since"]), 1)


def x16_many(c):
    c.read("reader", count=1)
    c.act("connect", "reader", address="127.0.0.1")
    got = attrs(c, "reader")
    c.same("programs before", (len(got["earlier_exe"]), got.get("earlier_forgotten")), (32, 7))


def x16_fork(c):
    c.read("reader", count=1)
    got = attrs(c, "reader", exe=f"{c.x}/other")
    c.same("programs before", [e.rsplit("/", 1)[1] for e in got["earlier_exe"]], ["act"])


def x17(c):
    c.read("job", count=1)
    attrs(c, "job", started_by="broker")
    attrs(c, "shim", started_by=None)


def x19(c):
    c.read("reader", count=1)
    attrs(c, "reader", preload="/nowhere/x.so")
    c.read("audited", count=1)
    attrs(c, "audited", "b", preload="/nowhere/a.so")
    again(c)


def x21(c):
    c.read("other", count=1, uid=1234, euid=1234, gid=1234)
    attrs(c, "other", uid=1234, euid=1234)
