#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ratios, measured side by side in one run: each row is the median of interleaved pairs (without, with).

Absolute times on a shared machine are noise; the ratio of two neighbours is not. Prints a table and writes
build/bench.json. Rows: B1 hook tax (nothing matches), B2 watched read. Peers that are not installed or do not start
are listed with the reason.
"""
import json
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

PAIRS = int(os.environ.get("PAIRS", "10"))
BUILD = "build"
WORKLOAD = f"{BUILD}/bench/workload"
PROGRAM = f"{BUILD}/credlineage"
ACTS = {"getppid": 400000, "read": 300000, "open": 100000, "connect": 6000, "exec": 300}


def workload(act, n, path):
    return float(subprocess.run([WORKLOAD, act, str(n), path], check=True, capture_output=True, text=True).stdout)


class Monitor:
    """The monitor on a throw-away state directory; CPU seconds of its own threads by cpu()."""

    def __init__(self, directory):
        self.directory = directory
        self.socket = f"{directory}/control.sock"
        self.process = subprocess.Popen(
            [PROGRAM, "monitor", "--quiet", "--state", f"{directory}/state", "--socket", self.socket],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        deadline = time.time() + 15
        while self.status() is None:
            if self.process.poll() is not None or time.time() > deadline:
                raise RuntimeError(self.process.stderr.read().decode() or "the monitor did not start")
            time.sleep(0.05)

    def status(self):
        with socket.socket(socket.AF_UNIX) as s:
            try:
                s.connect(self.socket)
            except OSError:
                return None
            s.sendall(b'{"op":"status"}\n')
            return json.loads(s.makefile().readline())

    def cpu(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)


class Empty:
    def __init__(self, tiers):
        self.process = subprocess.Popen([f"{BUILD}/bench/load_empty", f"{BUILD}/bench/empty.bpf.o", "all", *tiers],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if self.process.stdout.readline() != b"ready\n":
            raise RuntimeError("the empty programs did not load")

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=10)


class Peer:
    """Another tracer, its output thrown away."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(2.5)
        if self.process.poll() is not None:
            raise RuntimeError(f"ended with status {self.process.returncode}")

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()


def pairs(make, measure):
    """Interleaved: without, with, without, with ... Returns lists of both."""
    without, with_ = [], []
    for _ in range(PAIRS):
        without.append(measure(None))
        watcher = make()
        try:
            with_.append(measure(watcher))
        finally:
            watcher.stop()
    return without, with_


def spread(values):
    q = statistics.quantiles(values, n=4)
    return q[2] - q[0]


def hook_tax(name, make, path, acts):
    rows = []
    without = {act: [] for act in acts}
    with_ = {act: [] for act in acts}
    for pair in range(PAIRS):
        print(f"\r  {name}: pair {pair + 1} of {PAIRS} ", end="", file=sys.stderr, flush=True)
        for act in acts:
            without[act].append(workload(act, ACTS[act], path))
        watcher = make()
        try:
            for act in acts:
                with_[act].append(workload(act, ACTS[act], path))
        finally:
            watcher.stop()
    print("", file=sys.stderr)
    for act in acts:
        a, b = statistics.median(without[act]), statistics.median(with_[act])
        rows.append({"bench": "B1", "setup": name, "act": act, "without_ns": a, "with_ns": b,
                     "added_ns": b - a, "ratio": b / a, "spread_ns": spread(with_[act])})
    return rows


def watched_read(name, make, path, iterations, count):
    added, cpus, seen = [], [], []
    for pair in range(PAIRS):
        print(f"\r  {name}: pair {pair + 1} of {PAIRS} ", end="", file=sys.stderr, flush=True)
        a = workload("open-read", iterations, path)
        watcher = make()
        try:
            before = watcher.cpu() if count else 0
            n0 = count(watcher) if count else 0
            b = workload("open-read", iterations, path)
            if count:
                time.sleep(0.5)
                cpus.append((watcher.cpu() - before) / (iterations * 1.1) * 1e6)
                seen.append(count(watcher) - n0)
        finally:
            watcher.stop()
        added.append((a, b))
    print("", file=sys.stderr)
    a = statistics.median(x for x, _ in added)
    b = statistics.median(y for _, y in added)
    row = {"bench": "B2", "setup": name, "act": "open+read+close", "without_ns": a, "with_ns": b, "added_ns": b - a,
           "ratio": b / a, "spread_ns": spread([y for _, y in added])}
    if count:
        row["cpu_s_per_million"] = statistics.median(cpus)
        row["expected"] = int(iterations * 1.1)
        row["counted"] = min(seen)
    return row


def peer_commands():
    return {
        "opensnoop": ["opensnoop"],
        "execsnoop": ["execsnoop"],
        "bpftrace": ["bpftrace", "-e", "tracepoint:syscalls:sys_enter_openat { @[comm] = count(); }"],
    }


def main():
    directory = tempfile.mkdtemp(prefix="credlineage-bench-")
    plain, secret = f"{directory}/plain.txt", f"{directory}/home/.config/gh/hosts.yml"
    os.makedirs(os.path.dirname(secret))
    token = subprocess.run([f"{BUILD}/trigger/make_token", "github"], capture_output=True, text=True, check=True).stdout
    with open(plain, "w") as f:
        f.write("nothing to see\n" * 20)
    with open(secret, "w") as f:
        f.write(f"github.com:\n    oauth_token: {token.strip()}\n    user: someone\n")

    first = Monitor(directory)
    coverage = {a["act"]: a["tier"] for a in first.status()["coverage"]["acts"]}
    first.stop()
    tiers = ["fentry"] if coverage.get("open") == "fentry" else ["tracepoint"]
    rows, skipped = [], {}

    def monitor():
        return Monitor(directory)

    rows += hook_tax("empty programs", lambda: Empty(tiers), plain, ACTS)
    rows += hook_tax("credlineage", monitor, plain, ACTS)

    def sent(m):
        events = m.status()["events"]["read"]
        return int(events["sent"] + events["repeated"])

    rows.append(watched_read("credlineage", monitor, secret, 200000, sent))
    for name, command in peer_commands().items():
        if not shutil.which(command[0]):
            skipped[name] = "not installed"
            continue
        try:
            rows.append(watched_read(name, lambda c=command: Peer(c), secret, 50000, None))
        except RuntimeError as e:
            skipped[name] = str(e)
    shutil.rmtree(directory)

    empty = {r["act"]: r["added_ns"] for r in rows if r["setup"] == "empty programs"}
    print(f"kernel {platform.release()}, {os.cpu_count()} cores, tiers {coverage}, {PAIRS} interleaved pairs, medians")
    print(f"{'':3} {'setup':16} {'act':16} {'without':>10} {'with':>10} {'added':>9} {'ratio':>6} {'vs empty':>9}  notes")
    for r in rows:
        own = r["bench"] == "B1" and r["setup"] == "credlineage"
        against = f"{r['with_ns'] / (r['without_ns'] + empty[r['act']]):9.2f}" if own else " " * 9
        notes = ""
        if "counted" in r:
            notes = f"{r['cpu_s_per_million']:.2f} CPU-s per million, {r['counted']} of {r['expected']} counted"
        print(f"{r['bench']:3} {r['setup']:16} {r['act']:16} {r['without_ns']:8.0f}ns {r['with_ns']:8.0f}ns "
              f"{r['added_ns']:7.0f}ns {r['ratio']:6.2f} {against}  {notes}")
    for name, why in skipped.items():
        print(f"    {name}: {why}")
    with open(f"{BUILD}/bench.json", "w") as f:
        json.dump({"kernel": platform.release(), "coverage": coverage, "pairs": PAIRS, "rows": rows,
                   "skipped": skipped}, f, indent=1)


if __name__ == "__main__":
    main()
