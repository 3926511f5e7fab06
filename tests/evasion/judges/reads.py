"""The watched file's bytes by every way into the reader's memory."""
from check import HOW


def by(how, **fields):
    def judge(c):
        c.read("reader", count=1, how=HOW[how], **fields)
    return judge


def m05(c):
    c.opened("copier", "V")
    c.read("reader", "clone", token="V")
    c.unread("V", "copier")


def ring(c):
    for o in c.read("reader", how=HOW["iouring"]):
        c.same("process of the read", o["process.tgid"], c.process("reader")["tgid"])


m07 = m07b = m08 = m10 = ring


def m11(c):
    c.read("reader", "V")


def m13(c):
    c.read("listener", count=1)
    c.read("opener", count=1)
    c.finding("cross-run-reuse", runs=("listener", "a"))


def m14(c):
    c.opened("reader")
    c.unread()


m14b = m14


def m16(c):
    for name in (".env.swp", ".env~", ".npmrc.bak", "config"):
        c.read(name, name, token="W", count=1)
    c.finding("cross-run-reuse")


def m17(c):
    for name in c.files:
        c.read("backup", name, count=1)


m18b = by("readv")


def m18(c):
    c.read("reader", "V", how=HOW["readv"], count=1)


def m18d(c):
    c.read("reader", how=HOW["read"])
