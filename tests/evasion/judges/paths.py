"""A watched file under another name."""


def p01(c):
    c.read("reader", count=1)


def p02(c):
    for who in ("directory", "chain"):
        c.read(who, count=1)
    c.finding("cross-run-reuse", runs=("dir", "chain"))
