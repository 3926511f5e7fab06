#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Judges and keeps what tests/bench/icount.sh measured.   icount.py full|check|update LOG

The table, tests/bench/icount.tsv, holds instructions per act: absolute under nothing, else what the setup adds. What
counts is what is added: the kernel under it is Debian's business.
"""
import os
import sys

TABLE = "tests/bench/icount.tsv"
RISE = 1.10
# Alignment and a branch here or there: what no 10 % of a small number can hold.
SLACK = 12
# These wait for other tasks and timers: how often is not the same in two boots. A share of the act itself.
WAITING = {"connect": 0.02, "exec": 0.02}
OPEN_MAX = 450  # an unwatched open and close, over nothing, by fentry


def measured(log):
    """{setup: {act: instructions}}"""
    found = {}
    with open(log, encoding="utf-8") as f:
        for line in f:
            words = line.split()
            if len(words) == 3 and words[2].replace(".", "").isdigit():
                found.setdefault(words[0], {})[words[1]] = float(words[2])
            elif line.strip():
                print(line.rstrip(), file=sys.stderr)
    base = found.get("nothing", {})
    return {setup: {act: round(n if setup == "nothing" else n - base[act]) for act, n in acts.items()}
            for setup, acts in found.items()}


def read_table():
    with open(TABLE, encoding="utf-8") as f:
        head, *rows = [line.rstrip("\n").split("\t") for line in f]
    return {setup: {row[0]: int(row[i]) for row in rows if row[i]} for i, setup in enumerate(head) if i}


def print_table(now, out=sys.stdout):
    print("act", *now, sep="\t", file=out)
    for act in now["nothing"]:
        print(act, *(acts.get(act, "") for acts in now.values()), sep="\t", file=out)


def check(now):
    cases = []
    for act, was in read_table()["fentry"].items():
        is_ = now.get("fentry", {}).get(act)
        if is_ is None:
            cases.append((act, "not measured"))
        else:
            cases.append((act, f"{is_} instructions added, {was} are entered (wanted? then: make bench-vm-update)"
                          if is_ > was * RISE + SLACK + WAITING.get(act, 0) * now["nothing"][act] else ""))
    added, base = now.get("fentry", {}).get("open", OPEN_MAX + 1), now["nothing"]["open"]
    cases.append(("open-within-limit", f"{added} instructions, {OPEN_MAX} are allowed" if added > OPEN_MAX else ""))
    for name, problem in cases:
        print(f"{'not ok' if problem else 'ok'} icount-{name}")
        if problem:
            print(f"    {problem}")
    print(f"    an unwatched open+close: {base} instructions, {added} more by fentry, {added / base:.1%}")
    failed = sum(bool(problem) for _, problem in cases)
    if os.environ.get("CASES_FILE"):
        with open(os.environ["CASES_FILE"], "a", encoding="utf-8") as f:
            print(len(cases) - failed, failed, file=f)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return failed > 0


def main():
    mode, log = sys.argv[1:]
    now = measured(log) if os.path.exists(log) else {}
    if "nothing" not in now:
        print("not ok icount: nothing was measured")
        return 1
    if mode == "check":
        return check(now)
    print_table(now)
    if mode == "update":
        with open(TABLE, "w", encoding="utf-8") as f:
            print_table(now, f)
    return 0


if __name__ == "__main__":
    sys.exit(main())
