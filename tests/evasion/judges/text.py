"""Names that are made to look like something else."""
from execution import again, attrs, inode


def u01(c):
    got = c.read("reader", file="odd", token="W", count=1, lineage=False)
    c.same("path", got[0].get("path"), c.x + '/a\\x0ab\\x09"\\\\\\xff\\x1b[31m/.aws/credentials')
    c.edge("READ", "reader", "Credential", c.fingerprint("W"))


def u02(c):
    c.read("reader", count=1, comm='x\\x0a{"kind":1}')
    attrs(c, "reader", comm='x\\x0a{"kind":1}')


def u04(c):
    c.read("reader", count=1, comm="deadbeef", uid=1000)
    attrs(c, "reader", exe=f"{c.x}/deadbeef", exe_inode=inode(c, "program"), uid=1000)


def u05(c):
    c.read("turned", count=1)
    attrs(c, "turned", exe=f"{c.x}/tac\\u{{202e}}sh", exe_inode=inode(c, "turned"))
    c.read("looks", count=1)
    attrs(c, "looks", "b", exe=f"{c.x}/c\u0430t", exe_inode=inode(c, "looks"))
    again(c)


def u06(c):
    c.read("reader", count=1)
    c.same("escaped", attrs(c, "reader")["command"].endswith('/\\x1b]0;x\\x07\\x0d\\x0a{"kind":2}'), True)
