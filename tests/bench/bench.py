#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ratios, measured side by side in one run: each row is the median of interleaved pairs (without, with).

    bench.py [B1] [B2] ... [B11]      all rows, or these; PAIRS=10 in the environment

Absolute times on a shared machine are noise; the ratio of two neighbours is not. Prints a table and writes
build/bench.json. B1 hook tax: nothing matches. B2 one watched file, read again and again. B3 needles: watched reads
among five hundred times as many opens of another file, by one process and by two. B10: the scanner beside the bare
engine (scan.py). B11: how fast the monitor starts. B4 to B9: flow.py. A peer that is not installed
or does not start is a row that says why.
"""
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import flow  # pylint: disable=wrong-import-position
import scan  # pylint: disable=wrong-import-position
import setups  # pylint: disable=wrong-import-position
import start  # pylint: disable=wrong-import-position

PAIRS = int(os.environ.get("PAIRS", "10"))
WORKLOAD = f"{setups.BUILD}/bench/workload"
ACTS = {"getppid": 400000, "read": 300000, "open": 100000, "connect": 6000, "exec": 300}
READS = {"credlineage": 200000}  # of a watched file; peers get fewer
NEEDLES, HAY = 1000, 500000
PEERS = {
    "opensnoop": ["opensnoop"],
    "execsnoop": ["execsnoop"],
    "bpftrace": ["bpftrace", "-e", "tracepoint:syscalls:sys_enter_openat { @[comm] = count(); }"],
    "auditd": None,
}


def workload(act, n, *files):
    return float(subprocess.run([WORKLOAD, act, str(n), *files], check=True, capture_output=True, text=True).stdout)


def two_workloads(act, n, *files):
    both = [subprocess.Popen([WORKLOAD, act, str(n // 2), *files], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    times = [float(p.communicate()[0]) for p in both]
    return statistics.mean(times)


def interleaved(name, make, measure):
    """PAIRS of measure(None), measure(setup): the pairs, or a row that says why there are none."""
    pairs = []
    for pair in range(PAIRS):
        print(f"\r  {name}: pair {pair + 1} of {PAIRS}   ", end="", file=sys.stderr, flush=True)
        without = measure(None)
        setup = make()
        try:
            pairs.append((without, measure(setup)))
        finally:
            setup.stop()
    print(file=sys.stderr)
    return pairs


def row(bench, setup, act, pairs):
    without, with_ = (statistics.median(p[i] for p in pairs) for i in (0, 1))
    quarters = statistics.quantiles([b / a for a, b in pairs], n=4) if len(pairs) > 1 else [0, 0, 0]
    return {"bench": bench, "setup": setup, "act": act, "without_ns": without, "with_ns": with_, "added_ns": with_ - without,
            "ratio": statistics.median(b / a for a, b in pairs), "spread": quarters[2] - quarters[0]}


def hook_tax(name, make, plain):
    pairs = interleaved("B1 " + name, make, lambda _: {act: workload(act, n, plain) for act, n in ACTS.items()})
    return [row("B1", name, act, [(a[act], b[act]) for a, b in pairs]) for act in ACTS]


def watched_read(name, make, secret):
    n = READS.get(name, 50000)
    told, cpu = [], []

    def measure(setup):
        ours = isinstance(setup, setups.Monitor)
        before = (setup.told("read"), setup.cpu()) if ours else None
        took = workload("open-read", n, secret)
        if ours:
            time.sleep(0.5)
            told.append(setup.told("read") - before[0])
            cpu.append((setup.cpu() - before[1]) / told[-1] * 1e6)
        return took

    made = row("B2", name, "open+read+close", interleaved("B2 " + name, make, measure))
    if told:
        made.update(expected=n + n // 10 + 1, counted=min(told), cpu_s_per_million=statistics.median(cpu))
    return [made]


def needles(name, make, plain, secret):
    rows = []
    for act, run in (("needles, 1 process", workload), ("needles, 2 processes", two_workloads)):
        seen, noise = [], []

        def measure(setup, run=run, seen=seen, noise=noise):
            ours = isinstance(setup, setups.Monitor)
            before = (setup.told("read"), setup.sent()) if ours else None
            took = run("needles", HAY, plain, secret)
            if ours:
                time.sleep(0.5)
                seen.append(setup.told("read") - before[0])
                noise.append(setup.sent() - before[1])
            elif setup:
                seen.append(setup.needles(secret))
            return took

        made = row("B3", name, act, interleaved(f"B3 {name}, {act}", make, measure))
        made.update(expected=NEEDLES, counted=min(seen))
        if noise:
            made["events"] = max(noise)
        rows.append(made)
    return rows


def needle_command(name, secret):
    if name != "bpftrace":
        return PEERS[name]
    return ["bpftrace", "-e", f'tracepoint:syscalls:sys_enter_openat /str(args->filename) == "{secret}"/ {{ @needles = count(); }}']


def measure_all(directory, wanted, tier, plain, secret):
    """Yields rows. auditd comes last: it leaves the machine slower."""
    makers = {"empty programs": lambda: setups.Empty(tier), "credlineage": lambda: setups.Monitor(directory)}
    for name in PEERS:
        makers[name] = lambda name=name: setups.Peer(PEERS[name], directory)
    makers["auditd"] = lambda: setups.Audit(directory, secret)
    for name, make in makers.items():
        try:
            if "B1" in wanted:
                yield from hook_tax(name, make, plain)
            if "B2" in wanted and name not in ("empty programs", "execsnoop"):
                yield from watched_read(name, make, secret)
            if "B3" in wanted and name not in ("empty programs", "execsnoop"):
                if name in ("opensnoop", "bpftrace"):
                    make = lambda name=name: setups.Peer(needle_command(name, secret), directory)
                yield from needles(name, make, plain, secret)
        except setups.Unable as e:
            yield {"bench": "", "setup": name, "why": str(e)}


def notes_of(r, empty):
    notes = []
    if r["bench"] == "B1" and r["setup"] == "credlineage" and r["act"] in empty:
        notes.append(f"{r['with_ns'] / (r['without_ns'] + empty[r['act']]):.2f} x empty programs")
    if "counted" in r:
        notes.append(f"{r['counted']} of {r['expected']} seen")
    if "events" in r:
        notes.append(f"{r['events']} events in all")
    if "cpu_s_per_million" in r:
        notes.append(f"{r['cpu_s_per_million']:.2f} CPU-s per million")
    return ", ".join(notes)


def print_rows(rows):
    empty = {r["act"]: r["added_ns"] for r in rows if r["setup"] == "empty programs" and "act" in r}
    print(f"{'':3} {'setup':15} {'act':20} {'without':>10} {'with':>10} {'added':>10} {'ratio':>6} {'spread':>6}  notes")
    for r in rows:
        if "why" in r:
            print(f"    {r['setup']:15} {r['why']}")
            continue
        print(f"{r['bench']:3} {r['setup']:15} {r['act']:20} {r['without_ns']:8.0f}ns {r['with_ns']:8.0f}ns "
              f"{r['added_ns']:8.0f}ns {r['ratio']:6.2f} {r['spread']:6.2f}  {notes_of(r, empty)}")


def version(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
        return (done.stdout or done.stderr).strip().splitlines()[0]
    except (OSError, IndexError, subprocess.TimeoutExpired):
        return None


def with_tracefs():
    """Peers want it, and not every machine has it mounted: again in a mount namespace of our own, where it is."""
    if os.environ.get("BENCH_TRACEFS"):
        return
    os.environ["BENCH_TRACEFS"] = "1"
    mounts = "mount -t tracefs t /sys/kernel/tracing; mount -t debugfs d /sys/kernel/debug; exec \"$@\""
    os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", "sh", "-c", mounts, "bench", sys.executable, *sys.argv])


def main():
    with_tracefs()
    wanted = sys.argv[1:] or ["B10", "B11", *flow.ALL, "B1", "B2", "B3"]
    directory = tempfile.mkdtemp(prefix="credlineage-bench-")
    plain, secret = f"{directory}/plain.txt", f"{directory}/home/.config/gh/hosts.yml"
    os.makedirs(os.path.dirname(secret))
    token = subprocess.run([f"{setups.BUILD}/trigger/make_token", "github"], capture_output=True, text=True, check=True).stdout
    with open(plain, "w") as f:
        f.write("nothing to see\n" * 20)
    with open(secret, "w") as f:
        f.write(f"github.com:\n    oauth_token: {token.strip()}\n    user: someone\n")
    try:
        first = setups.Monitor(directory)
        coverage = {a["act"]: a["tier"] for a in first.status()["coverage"]["acts"]}
        first.stop()
        scans = scan.speed() if "B10" in wanted else []
        starts = start.rows(start.PROCESSES) if "B11" in wanted else []
        flows = list(flow.rows([w for w in wanted if w in flow.ALL]))
        rows = list(measure_all(directory, wanted, coverage["open"], plain, secret))
    finally:
        shutil.rmtree(directory)
    versions = {name: version([name, "--version"]) for name in ("opensnoop", "bpftrace", "auditctl")}
    versions["auditctl"] = version(["auditctl", "-v"])
    print(f"kernel {platform.release()}, {os.cpu_count()} cores, tiers {coverage}, {PAIRS} interleaved pairs, medians")
    print(f"versions {versions}")
    if rows:
        print_rows(rows)
    if scans:
        scan.print_speed(scans)
    if starts:
        start.print_rows(starts)
    if flows:
        flow.print_rows(flows)
    with open(f"{setups.BUILD}/bench.json", "w") as f:
        json.dump({"kernel": platform.release(), "cores": os.cpu_count(), "coverage": coverage, "pairs": PAIRS,
                   "versions": versions, "rows": scans + starts + flows + rows}, f, indent=1)


if __name__ == "__main__":
    main()
