"""Who holds a credential and goes somewhere."""
from execution import again, parent

TCP, REFUSED = 1, 111

LIMITS = {"C20": "raw-socket"}


def port(c, of="L"):
    return c.fact("port", of=of)


def places(c, who):
    return sorted({(o.get("address"), o.get("port", 0)) for _, o in c.seen("connect", who)})


def to(c, who, address, count=1, **fields):
    """`who`, who has the credential, connected there: its lineage says so, and toward what the credential was used."""
    got = c.act("connect", who, match={"address": address, "port": fields.pop("port", 0)}, count=count, **fields)
    found = [n for n in c.edge("CONNECTED_TO", who, "Destination") if n["attrs"]["address"] == address]
    c.same(f"places called {address}", len({n["id"] for n in found}) > 0, True)
    return got


def c01(c):
    c.read("open", count=1)
    one = to(c, "open", "127.0.0.1", port=port(c))
    c.read("closed", count=1)
    other = to(c, "closed", "127.0.0.1", port=port(c, "N"))
    for got, error in ((one, 0), (other, REFUSED)):
        ends = [o for _, o in c.seen("connect-end", None, socket=got[0].get("socket"))]
        c.same("answers", [o.get("result", 0) for o in ends], [error])
    again(c)


def c02(c):
    c.read("sender", count=1)
    to(c, "sender", "127.0.0.1", count=None, port=port(c, "U"))
    c.same("places", places(c, "sender"), [("127.0.0.1", port(c, "U"))])


def c04(c):
    c.read("mapped", count=1)
    to(c, "mapped", "127.0.0.1", port=port(c), family=2)


def c05(c):
    c.read("any", count=1)
    for address, name in (("127.1.2.3", "L"), ("::1", "S")):
        to(c, "any", address, port=port(c, name))
    # nowhere in particular is this machine: told as it was asked for, or as where it led
    c.same("places", [p for p in places(c, "any") if p[0] in ("0.0.0.0", "127.0.0.1")] != [], True)
    c.same("number of connects", len(c.seen("connect", "any")), 3)


def c07(c):
    c.read("twice", count=1)
    to(c, "twice", "127.0.0.1", port=port(c, "ONE"))
    to(c, "twice", "127.0.0.2", port=port(c, "TWO"))
    c.same("number of connects", len(c.seen("connect", "twice")), 2)


def c08(c):
    """In the order of time: each reported place is where that connection came to."""
    c.read("swapper", count=1)
    went = [f["of"] for f in c.facts if f["fact"] == "peer"]
    told = [o["address"] for o in c.act("connect", "swapper")]
    c.same("both places were gone to", len(set(went)), 2)
    if len(told) == len(went):
        c.same("places, in order", told, went)
    else:  # repeats are folded: the first and each place are told
        c.same("places", set(told), set(went))


def c10(c):
    for who, name in (("relative", "docker.sock"), ("long", "L" + "0" * 107), ("renamed", "new.sock")):
        c.read(who, count=1)
        got = c.act("connect", who, count=1, family=1)
        c.same(f"name of the socket of {who}", got[0].get("address", "").rsplit("/", 1)[-1], name)
        c.edge("CONNECTED_TO", who, "Destination")
        if not got[0].get("ino"):
            c.problem(f"the socket of {who} has no inode")
    c.finding("cross-run-reuse", count=None)


def c11(c):
    c.read("abstract", count=1)
    got = c.act("connect", "abstract", count=1, family=1, flags=("abstract",))
    c.same("name", got[0].get("address"), "@agent\\x00b\\x1b")


def c13(c):
    got = c.act("connect", "user", count=1, family=1)
    c.same("service", got[0].get("service"), "ssh-agent")
    c.edge("CONNECTED_TO", "user", "Destination")


def c16(c):
    c.read("keeper", count=1)
    c.edge("CONNECTED_TO", "keeper", "Destination")
    c.act("connect", "keeper", address="127.0.0.1")


def c17(c):
    c.read("accepting", count=1)
    c.read("server", count=1)
    c.act("connect", "accepting", match={"how": 3}, count=1, port=port(c, "A"))
    c.edge("CONNECTED_TO", "accepting", "Destination")
    again(c)


def c20(c):
    c.read("raw", count=1)
    if not c.seen("connect", "raw"):
        c.problem("neither socket was told")


def c22(c):
    c.read("git", count=1)
    parent(c, "git", "ssh")
    to(c, "ssh", "127.0.0.1", port=port(c))


def c23(c):
    """No name is seen: a place is an address, and said to be one."""
    c.read("one", count=1)
    c.act("connect", "one", address="127.0.0.1")
    names = {n["label"] for n in c.edge("CONNECTED_TO", "one", "Destination")}
    c.same("names", names, {f"127.0.0.1:{port(c)}"})
