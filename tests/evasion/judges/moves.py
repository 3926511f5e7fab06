"""The watched file's bytes by ways on which no system call hands them to the reader."""
from check import HOW
from reads import by


m01 = m01b = m01c = m01d = by("mmap")
m02 = m02b = m02c = by("splice")
m18c = by("aio")


def m04(c):
    c.read("copier", how=HOW["copy"])
    c.read("reader", "V", token="W")
    c.finding("cross-run-reuse", runs="ab")
