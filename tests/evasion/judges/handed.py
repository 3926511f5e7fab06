"""A descriptor that comes from another process."""
from check import ACCESS, RECEIVE


def d04(c):
    c.opened("victim", count=1)
    c.act("access", "thief", match={"how": ACCESS["fd"], "child.tgid": c.process("victim")["tgid"]}, count=1)
    c.act("receive", "thief", "W", count=1, how=RECEIVE["taken"], opener="victim")
    c.read("thief", count=1, opener="victim")


def d08(c):
    c.opened("helper", count=1, uid=None)
    c.act("receive", "client", "W", count=1, how=RECEIVE["message"], opener="helper", opener_uid=None, uid=65534)
    c.read("client", count=1, opener="helper", opener_uid=None, uid=65534)
