#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What an event costs on its whole way, and how long it takes.

    flow.py [B4] [B5] [B6] [B7] [B8] [B9] [B12]      all of them, or these; PAIRS=5; also rows of bench.py

B4 exec storm: CPU of monitor and probes at 100 to 1,600 programs a second. B5 loss: programs as fast as they go beside
reads of a watched file: is every read seen, every loss counted and told? B6 latency: from the deciding event to the
finding's line, idle and saturated. B7 correlation alone (correlate.c). B8 bytes of an edge on disk. B9 whole workloads:
wall and CPU time with and without, and the monitor's memory. B12 a store of EDGES edges (1,000,000; the target is for
10,000,000): how fast it fills, how large it is, how long whole commands take that ask it. Medians of interleaved pairs; the load stands beside them.
"""
import datetime
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
import setups  # pylint: disable=wrong-import-position

PAIRS = int(os.environ.get("PAIRS", "5"))
BENCH = f"{setups.BUILD}/bench"
ALL = ("B4", "B5", "B6", "B7", "B8", "B9", "B12")
RATES = (100, 400, 1600, 0)
PEERS = {"execsnoop": ["execsnoop"], "laurel": ["laurel"]}
TARGETS = {"B4": "3 % of a core at 1,600/s", "B5": "no read lost", "B6": "p99 5 ms idle, 50 ms saturated",
           "B7": "1 M events/s, 256 bytes a process, 96 an edge", "B8": "120 bytes an edge", "B9": "2 % wall, 32 MB",
           "B12": "100,000 edges/s, 120 bytes an edge, 100 ms a credential and the list, 300 ms its blast radius"}


def told(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def storm(rate, seconds=4):
    return told([f"{BENCH}/storm", str(rate), str(seconds)])


def token():
    return subprocess.run([f"{setups.BUILD}/trigger/make_token", "github"], capture_output=True, text=True, check=True).stdout.strip()


def losses(monitor):
    return sum(int(kind["lost"]) + int(kind["failed"]) for kind in monitor.status()["events"].values())


# ---- B4 ----

def storm_pair(make, rate):
    """What one program costs more with the setup: its own and the setup's CPU seconds, and the rate that was reached."""
    plain = storm(rate)
    setup = make()
    try:
        ours = isinstance(setup, setups.Monitor)
        before = setup.cpu() if ours else cpu_of(setup.process.pid)
        seen = setup.told("exec") if ours else 0
        with_ = storm(rate)
        time.sleep(0.5)
        after = setup.cpu() if ours else cpu_of(setup.process.pid)
        lost = losses(setup) if ours else None
        seen = setup.told("exec") - seen if ours else with_["execs"]
    finally:
        setup.stop()
    # others on this host start programs, too: the monitor's time is that of all that it saw
    return {"user": (after - before) / max(seen, 1), "kernel": with_["cpu_s"] / with_["execs"] - plain["cpu_s"] / plain["execs"],
            "ratio": with_["cpu_s"] / with_["execs"] / (plain["cpu_s"] / plain["execs"]),
            "reached": with_["execs"] / with_["seconds"], "lost": lost, "missing": max(with_["execs"] - seen, 0)}


def cpu_of(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def exec_storm(directory):
    makers = {"credlineage": lambda: setups.Monitor(directory), "execsnoop": lambda: setups.Peer(PEERS["execsnoop"], directory),
              "laurel": lambda: setups.Peer(PEERS["laurel"], directory)}
    for name, make in makers.items():
        for rate in RATES:
            try:
                pairs = [storm_pair(make, rate) for _ in range(PAIRS)]
            except setups.Unable as e:
                yield {"bench": "B4", "setup": name, "why": f"{e} (laurel is no Debian package)" if name == "laurel" else str(e)}
                break
            user, kernel, reached, ratio = (statistics.median(p[k] for p in pairs) for k in ("user", "kernel", "reached", "ratio"))
            row = {"bench": "B4", "setup": name, "act": f"{rate or 'unbounded'}/s", "reached_per_s": reached, "ratio": ratio,
                   "user_us": user * 1e6, "kernel_us": kernel * 1e6, "core_percent_at_1600": (user + max(kernel, 0)) * 160000}
            if name == "credlineage":
                row.update(lost=max(p["lost"] for p in pairs), missing=max(p["missing"] for p in pairs))
            yield row


# ---- B5 ----

def loss(directory, secret, processes):
    """Programs as fast as `processes` loops start them, and reads of a watched file every millisecond beside them."""
    monitor = setups.Monitor(directory)
    try:
        before = monitor.told("read")
        loops = [subprocess.Popen([f"{BENCH}/storm", "0", "5"], stdout=subprocess.PIPE, text=True) for _ in range(processes)]
        reads, end = 0, time.time() + 5
        while time.time() < end:
            with open(secret) as f:
                f.read()
            reads += 1
            time.sleep(0.001)
        execs = sum(json.loads(p.communicate()[0])["execs"] for p in loops)
        time.sleep(1.5)
        status = monitor.status()
        seen = int(status["events"]["exec"]["sent"])
        return {"bench": "B5", "setup": "credlineage", "act": f"{processes} loops", "execs": execs, "reads": reads,
                "reads_seen": monitor.told("read") - before, "lost": losses(monitor), "execs_seen": seen,
                "told": bool(status["coverage"]["lost"])}
    finally:
        monitor.stop()


# ---- B6 ----

class Lines:
    """The monitor's findings, each with the time at which its line came."""

    def __init__(self, directory):
        self.at = [f"--state={directory}/state", f"--socket={directory}/control.sock"]
        self.process = subprocess.Popen([setups.PROGRAM, "monitor", *self.at], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "watching this host" in line:
                break
        self.came = []
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.came.append((time.time(), json.loads(line)))

    def run(self, workflow, *command):
        subprocess.run([setups.PROGRAM, "run", *self.at, "--workflow", workflow, "--", *command], check=True, stdout=subprocess.DEVNULL)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.thread.join(timeout=5)


def wall(text):
    return datetime.datetime.strptime(text[:26].rstrip("Z") + "+0000", "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()


def latency(directory, n, loops):
    """Seconds from the second workflow's read to the line of the reuse that it makes."""
    os.makedirs(directory, exist_ok=True)
    lines = Lines(directory)
    busy = [subprocess.Popen([f"{BENCH}/storm", "0", "600"], stdout=subprocess.DEVNULL) for _ in range(loops)]
    try:
        for i in range(n):
            path = f"{directory}/home{i}/.config/gh/hosts.yml"
            os.makedirs(os.path.dirname(path))
            with open(path, "w") as f:
                f.write(f"github.com:\n    oauth_token: {token()}\n")
            lines.run(f"first-{i}", "cat", path)
            lines.run(f"second-{i}", "cat", path)
        time.sleep(2)
    finally:
        for p in busy:
            p.kill()
            p.wait()
        lines.stop()
    # the kernel's clock and the wall's differ by less than the offset was taken with
    took = sorted(at - wall(e["metadata"]["original_time"]) for at, e in lines.came
                  if e["metadata"]["event_code"] == "cross-workflow-reuse" and e["activity_id"] == 1)
    return {"bench": "B6", "setup": "saturated" if loops else "idle", "findings": len(took), "expected": n,
            "p50_ms": statistics.median(took) * 1000 if took else None,
            "p99_ms": took[min(len(took) - 1, int(len(took) * 0.99))] * 1000 if took else None}


# ---- B7, B8 ----

def correlation():
    for every, name in ((1 << 30, "no credentials"), (64, "1 of 64 processes uses one"), (8, "1 of 8 does")):
        runs = [told([f"{BENCH}/correlate", "stream", "2000000", str(every)]) for _ in range(3)]
        best = max(runs, key=lambda r: r["events_per_s"])
        yield {"bench": "B7", "setup": name, "events_per_s": statistics.median(r["events_per_s"] for r in runs),
               "best_per_s": best["events_per_s"], "heap_mb": [round(h / 1e6, 1) for h in best["heap"]]}
    yield {"bench": "B7", "setup": "memory", **told([f"{BENCH}/correlate", "memory", "50000"])}


def volume(directory):
    state, recording = f"{directory}/case", f"{directory}/stream.clrec"
    events = told([f"{BENCH}/correlate", "record", "500000", recording])["events"]
    subprocess.run([setups.PROGRAM, "replay", recording, "--state", state], check=True, stdout=subprocess.DEVNULL)
    database = f"{state}/credlineage.db"
    counts = [int(subprocess.run(["sqlite3", database, f"select count(*) from {table}"], check=True, capture_output=True,
                                 text=True).stdout) for table in ("node", "edge")]
    size = os.path.getsize(database)
    yield {"bench": "B8", "setup": "on disk", "events": events, "nodes": counts[0], "edges": counts[1], "bytes": size,
           "bytes_per_edge": size / counts[1], "recording_bytes_per_event": os.path.getsize(recording) / events}


# ---- B12 ----

def asked(state, *words):
    """Milliseconds of a whole command, warm: the median of PAIRS, after one that is not counted."""
    took = []
    for _ in range(PAIRS + 1):
        begin = time.monotonic()
        subprocess.run([setups.PROGRAM, *words, "--state", state], check=True, stdout=subprocess.DEVNULL)
        took.append((time.monotonic() - begin) * 1e3)
    return statistics.median(took[1:])


def large(directory):
    state = f"{directory}/large"
    made = told([f"{BENCH}/lineage", os.environ.get("EDGES", "1000000"), state])
    one = made["credential"]
    yield {"bench": "B12", "setup": "store", **made, "lineage_ms": asked(state, "lineage", "--credential", one),
           "blast_radius_ms": asked(state, "lineage", "--credential", one, "--blast-radius"),
           "list_ms": asked(state, "credentials", "list")}
    shutil.rmtree(state)


# ---- B9 ----

def prepare_tree(directory, n):
    for i in range(n):
        if i % 200 == 0:
            os.makedirs(f"{directory}/tree/{i // 200}")
        with open(f"{directory}/tree/{i // 200}/{i}.c", "w") as f:
            f.write(f"int f{i}(int x) {{ return x + {i}; }}\n" * 8)
    with open(f"{directory}/Makefile", "w") as f:
        f.write("all: $(patsubst %.c,%.o,$(wildcard tree/0/*.c))\n")


def workload(command, directory):
    before = os.times()
    begin = time.monotonic()
    subprocess.run(command, shell=True, check=True, cwd=directory, stdout=subprocess.DEVNULL)
    after = os.times()
    return time.monotonic() - begin, after.children_user + after.children_system - before.children_user - before.children_system


def whole(directory):
    prepare_tree(directory, 20000)
    for name, command in (("tar", "tar cf t.tar tree"), ("copy of 20,000 files", "cp -r tree copy; rm -r copy"),
                          ("make -j2", "make -s -j2; rm -f tree/0/*.o")):
        pairs, rss, peak, used = [], 0, 0, []
        for _ in range(PAIRS):
            plain = workload(command, directory)
            monitor = setups.Monitor(directory)
            before = monitor.cpu()
            with_ = workload(command, directory)
            used.append(monitor.cpu() - before)
            with open(f"/proc/{monitor.process.pid}/status") as f:
                status = dict(line.split(":", 1) for line in f)
            rss, peak = (max(had, int(status[key].split()[0]) / 1024) for had, key in ((rss, "VmRSS"), (peak, "VmHWM")))
            monitor.stop()
            pairs.append((with_[0] / plain[0], (with_[1]) / plain[1]))
        yield {"bench": "B9", "setup": name, "wall_ratio": statistics.median(p[0] for p in pairs),
               "cpu_ratio": statistics.median(p[1] for p in pairs), "monitor_cpu_s": statistics.median(used), "rss_mb": rss,
               "peak_mb": peak}  # the peak is of loading the probes


# ---- all ----

def rows(wanted):
    directory = tempfile.mkdtemp(prefix="credlineage-bench-")
    secret = f"{directory}/secret/.config/gh/hosts.yml"
    os.makedirs(os.path.dirname(secret))
    with open(secret, "w") as f:
        f.write(f"github.com:\n    oauth_token: {token()}\n")
    try:
        if "B4" in wanted:
            yield from exec_storm(directory)
        if "B5" in wanted:
            yield from (loss(directory, secret, n) for n in (1, 2, 4))
        if "B6" in wanted:
            yield latency(directory, 30, 0)
            yield latency(directory + "/saturated", 30, 2 * (os.cpu_count() or 1))
        if "B7" in wanted:
            yield from correlation()
        if "B8" in wanted:
            yield from volume(directory)
        if "B9" in wanted:
            yield from whole(directory)
        if "B12" in wanted:
            yield from large(directory)
    finally:
        shutil.rmtree(directory)


def value(v):
    return f"{v:.2f}" if isinstance(v, float) else str(v)


def print_rows(made):
    print(f"load {os.getloadavg()[0]:.1f}, medians of {PAIRS} interleaved pairs")
    for r in made:
        rest = ", ".join(f"{k} {value(v)}" for k, v in r.items() if k not in ("bench", "setup"))
        print(f"{r['bench']:3} {r['setup']:26} {rest}")
    for bench in sorted({r["bench"] for r in made}):
        print(f"{bench} target: {TARGETS[bench]}")


if __name__ == "__main__":
    print_rows(list(rows(sys.argv[1:] or ALL)))
