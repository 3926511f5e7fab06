"""A watched file under another name, or under its name with another inode."""


def p01(c):
    c.read("reader", asked=c.x + "/ln", count=1)


def p02(c):
    for who in ("directory", "chain"):
        c.read(who, count=1)
    c.finding("cross-run-reuse", runs=("dir", "chain"))


def p03(c):
    for who in ("link", "moved"):
        c.read(who, count=1)
    c.finding("cross-run-reuse", runs=("link", "moved"))


def p04(c):
    for who in ("file", "directory", "twice"):
        c.read(who, count=1)
    c.finding("cross-run-reuse", runs=("file", "dir"))


def p05(c):
    c.read("reader", count=1, path=c.x + "/home/.aws/credentials", asked=".aws/./../.aws//credentials")


def p07(c):
    for who in ("beneath", "root"):
        c.read(who, count=1, path=c.x + "/home/.aws/credentials")
    c.finding("cross-run-reuse", runs=("beneath", "root"))


def p08(c):
    for who in ("root", "bind"):
        c.read(who, count=1, asked="")
    c.finding("cross-run-reuse", runs=("root", "bind"))


def p10(c):
    for who in ("root", "cwd", "self", "reopened"):
        c.read(who, count=1)
    if c.seen("open", "other"):
        c.problem("the process whose links were followed is said to have opened something")
    c.finding("cross-run-reuse", runs="BC")


def p11(c):
    c.opened("reader", count=1, flags=("unreachable",))
    c.read("reader", count=1)


def p13(c):
    c.opened("holder", no_flags=("deleted",))
    c.opened("reader", flags=("deleted",))
    c.read("reader", count=1)


def p14(c):
    c.read("old", count=1)
    fresh = c.fact("file", name="read")
    if fresh["ino"] == c.files["W"]["ino"]:
        c.problem("the case made no new inode")
    c.read("new", "read", token="V", count=1, path=c.x + "/home/.aws/credentials")


def p16(c):
    c.same("inode after the rotation", c.ino("V"), c.ino("W"))
    c.read("old", count=1)
    c.read("new", "V", count=1)
    c.given("late", "W")
    c.finding("cross-run-reuse", runs=("old", "late"))


def p17(c):
    c.same("the list's inode", c.ino("list"), c.ino("V"))
    got = c.read("old", "V", count=1)
    new = c.seen("read", "new") + c.seen("open", "new")
    if new:
        c.problem(f"the list was taken for the credential file {got[0].get('path')}: {new[0][1]}")


def p19(c):
    c.unread()
    c.same("access mode of the open", [o.get("open_flags", 0) & 3 for o in c.opened("open", count=1)], [0])
    got = c.opened("append", count=1)
    c.same("access mode and O_APPEND of the append", [o.get("open_flags", 0) & 0o2003 for o in got], [0o2001])


def p20(c):
    c.read("long", "V", count=1, path=c.files["V"]["path"])
    c.opened("deeper", flags=("path_truncated",))
    c.read("deeper", count=1)


def p22(c):
    c.read("server")
    c.unread("W", "reader")


def p23(c):
    c.read("lower", "lower", token="W")
    c.opened("append", "lower")
    c.claim(c.seen("read", "append", "W"))  # the copy, where the hooks see into it: its writer made the kernel read
    c.read("upper", "upper", token="W")
    c.finding("cross-run-reuse", runs=("lower", "upper"))


def p24(c):
    c.read("old", count=1)
    c.read("new", "V", count=1, path=c.x + "/home/.aws/credentials")


def p25(c):
    c.read("file", "V", count=1, path=c.x + "/bm")
    c.read("link", "V", count=1)
    c.read("directory", "U", count=1)
    c.finding("cross-run-reuse", runs=("file", "link"))
