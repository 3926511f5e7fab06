#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Verifier steps per program and kernel, against the table that is kept in tests/vm/verifier.tsv.

    verifier.py KERNEL            judges what build/vm/KERNEL's guest found: "ok NAME" / "not ok NAME"
    verifier.py --update KERNEL...    enters it

A rise above 20 % is a fault; so is a program that the table does not know, and one that only the table knows. "-" is a
program that the kernel does not take (its hook is missing there).
"""
import os
import re
import sys

TABLE = "tests/vm/verifier.tsv"
KERNELS = ["5.10", "6.1", "6.12", "7", "arm64-6.1", "arm64-6.12"]
RISE = 1.20


def measured(kernel):
    """{program: steps or "-"}"""
    steps, name = {}, None
    with open(f"build/vm/{kernel}/out/05-load.log", encoding="utf-8", errors="replace") as log:
        for line in log:
            loaded = re.match(r"(ok|skip|not ok) load-(\w+)", line)
            if loaded:
                name = loaded[2]
                steps[name] = "-"
            counted = re.match(r"    (\d+) steps$", line)
            if counted and name:
                steps[name] = counted[1]
    return steps


def read_table():
    if not os.path.exists(TABLE):
        return {}
    with open(TABLE, encoding="utf-8") as f:
        head, *rows = [line.rstrip("\n").split("\t") for line in f]
    return {row[0]: dict(zip(head[1:], row[1:])) for row in rows}


def write_table(table):
    with open(TABLE, "w", encoding="utf-8") as f:
        print("program", *KERNELS, sep="\t", file=f)
        for name in sorted(table):
            print(name, *(table[name].get(kernel, "") for kernel in KERNELS), sep="\t", file=f)


def judge(kernel):
    table, now, problems = read_table(), measured(kernel), []
    for name in sorted(set(table) | set(now)):
        was, is_ = table.get(name, {}).get(kernel, ""), now.get(name)
        if is_ is None:
            problems.append(f"{name} is not in the object")
        elif not was:
            problems.append(f"{name} takes {is_} steps and is not entered")
        elif was != "-" and is_ == "-":
            problems.append(f"{name} took {was} steps and is not loaded any more")
        elif is_ != "-" and (was == "-" or int(is_) > int(was) * RISE):
            problems.append(f"{name} takes {is_} steps, {was} are entered")
    print(f"{'not ok' if problems else 'ok'} verifier-steps")
    for problem in problems:
        print(f"    {problem}")
    if problems:
        print(f"    (wanted? then: make verifier-update, and commit {TABLE})")
    return bool(problems)


def update(kernels):
    table, found = read_table(), {}
    for kernel in kernels:
        try:
            found[kernel] = measured(kernel)
        except OSError as e:
            print(f"{kernel}: nothing to enter: {e}", file=sys.stderr)
    if not found:
        return 1
    for kernel, programs in found.items():
        for name, steps in programs.items():
            table.setdefault(name, {})[kernel] = steps
    for name in set(table) - set().union(*found.values()):
        del table[name]
    write_table(table)
    return len(found) < len(kernels)


if __name__ == "__main__":
    if sys.argv[1] == "--update":
        sys.exit(update(sys.argv[2:]))
    else:
        sys.exit(judge(sys.argv[1]))
