"""Who opened is not who reads."""
from check import CONNECT


def d01(c):
    c.opened("parent", count=1)
    c.read("child", count=1, opener="parent", opener_uid=None)
    c.opened("again", count=1)
    c.read("again", count=1, opener="again")


def d01b(c):
    c.opened("parent", count=1)
    c.read("child", count=1, opener="parent")


def d02(c):
    names = [o["comm"] for o in c.opened("client", count=1)]
    if names[0] not in ("sh", "busybox"):
        c.problem(f"the shell opened, not {names[0]}")
    got = c.read("client", count=1, opener="client")
    c.same("who read", [o["comm"] for o in got], ["cat"])


def d02b(c):
    c.read("shell", count=None, token="W")
    c.unread("W", "client")


def d05(c):
    c.opened("opener", count=1)
    c.read("reader", count=1, opener="opener")


def d07(c):
    c.act("connect", "parent", match={"port": 18707, "address": "127.0.0.1"}, count=1, how=CONNECT["call"])
    c.read("child", count=1, opener="child")
    if c.seen("read", "parent"):
        c.problem("the parent is said to have read")
