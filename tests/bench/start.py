#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""B11, how fast the monitor starts: from the start of the program to the first event of others that it sees, and to the
moment at which everything that was there before is known. Alone, with thousands of processes that sleep, and as the
successor of a killed monitor whose pinned probes it takes over.

    start.py [PROCESSES]         median and spread of ROUNDS=5 starts each, as a table; also a row of bench.py
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time

BUILD = "build"
PROGRAM = f"{BUILD}/credlineage"
ROUNDS = int(os.environ.get("ROUNDS", "5"))
PROCESSES = 10000
ENVIRONMENT = 2048  # bytes of each sleeping process
PINS = "/sys/fs/bpf/credlineage-bench"


class Reader:
    """Reads a watched file every two milliseconds: the first read that is seen says when seeing began."""

    def __init__(self, path):
        self.path, self.stopping = path, threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.stopping.wait(0.002):
            with open(self.path) as f:
                f.read()

    def stop(self):
        self.stopping.set()
        self.thread.join()


def cpu_of(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def dump(recording):
    done = subprocess.run([PROGRAM, "replay", "--dump", recording], capture_output=True, text=True, errors="replace")
    return [json.loads(line) for line in done.stdout.splitlines()]


def start(directory, secret, extra):
    """One start: seconds to the first event, to completeness, of CPU, and how many processes it then knew."""
    recording = f"{directory}/start.clrec"
    reader = Reader(secret)
    begin = time.clock_gettime(time.CLOCK_BOOTTIME)
    monitor = subprocess.Popen([PROGRAM, "monitor", "--quiet", "--state", f"{directory}/state", "--socket",
                                f"{directory}/control.sock", "--record", recording, *extra],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    said = ""
    for line in monitor.stderr:
        said += line
        if "watching this host" in line:
            break
    complete = time.clock_gettime(time.CLOCK_BOOTTIME) - begin
    if monitor.poll() is not None:
        sys.exit(said)
    cpu = cpu_of(monitor.pid)
    time.sleep(0.3)
    reader.stop()
    monitor.terminate()
    monitor.wait()
    events = dump(recording)
    reads = [e["ts"] / 1e9 - begin for e in events if e["kind"] in ("open", "read") and e["process.tgid"] == os.getpid()]
    return {"first_event": min((t for t in reads if t > 0), default=None), "complete": complete, "cpu": cpu,
            "processes": sum(e["kind"] == "process" for e in events)}


def sleepers(n, directory):
    token = subprocess.run([f"{BUILD}/trigger/make_token", "github"], capture_output=True, text=True, check=True).stdout
    process = subprocess.Popen([f"{BUILD}/trigger/sleepers", str(n), str(ENVIRONMENT), f"GH_TOKEN={token.strip()}", "500"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdout.readline()
    time.sleep(1)
    return process


def row(setup, rounds):
    out = {"bench": "B11", "setup": setup, "processes": statistics.median(r["processes"] for r in rounds)}
    for what in ("first_event", "complete", "cpu"):
        values = [r[what] for r in rounds if r[what] is not None]
        quarters = statistics.quantiles(values, n=4) if len(values) > 1 else [0, 0, 0]
        out[what + "_s"] = statistics.median(values) if values else None
        out[what + "_spread_s"] = quarters[2] - quarters[0]
    return out


def measure(directory, secret, n):
    yield row("alone", [start(directory, secret, []) for _ in range(ROUNDS)])
    many = sleepers(n, directory)
    try:
        yield row(f"{n} asleep", [start(directory, secret, []) for _ in range(ROUNDS)])
        pinned = ["--pin=" + PINS]
        start(directory, secret, pinned)
        yield row(f"{n} asleep, pinned", [start(directory, secret, pinned) for _ in range(ROUNDS)])
    finally:
        subprocess.run([PROGRAM, "monitor", "--pin=" + PINS, "--unpin"], stderr=subprocess.DEVNULL, check=False)
        many.kill()
        many.wait()


def rows(n):
    with tempfile.TemporaryDirectory(prefix="credlineage-bench-") as directory:
        secret = f"{directory}/home/.config/gh/hosts.yml"
        os.makedirs(os.path.dirname(secret))
        with open(secret, "w") as f:
            f.write("nothing to see\n")
        return list(measure(directory, secret, n))


def print_rows(made):
    print(f"B11: load {os.getloadavg()[0]:.1f}, median of {ROUNDS}; targets: first event 0.5 s, complete 2 s")
    for r in made:
        first = "before it" if r["first_event_s"] is None else f"{r['first_event_s']:.2f} s"
        print(f"{r['setup']:24} first event {first:>9}  complete {r['complete_s']:.2f} s (spread {r['complete_spread_s']:.2f})"
              f"  CPU {r['cpu_s']:.2f} s  {r['processes']:.0f} processes")


if __name__ == "__main__":
    print_rows(rows(int(sys.argv[1]) if len(sys.argv) > 1 else PROCESSES))
