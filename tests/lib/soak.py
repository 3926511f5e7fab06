"""A mixed load on a running monitor, and whether it grows.

  soak.py PROGRAM SOCKET STATE PID SECONDS SINK_PORT METRICS_PORT MAKE_TOKEN HOME [--no-memory]

Forks, executions with environments, reads of many stores, connects to many addresses, findings, registrations, lineage
queries, scrapes, SIGHUPs, and a receiver that dies and returns: each at its own pace, all the time. The monitor runs
with small limits, so that its tables are full before measuring begins: what grows after that is a leak. Some tables have
fixed limits and fill for two minutes: in less than four minutes memory is told, but not judged.

Held against each other are the medians of the first and the last quarter of what was measured:
  memory       RssAnon, which leaves out the store's pages and the probes' rings, which the kernel can take back.
               1 MiB and 1 % are for what comes and goes with a burst: SQLite's page cache, the allocator's arenas of
               each thread. Without a leak it is 0.1 MiB; 20 bytes that are lost with each event are more than is allowed
               after five minutes, one in two hours.
  descriptors  two more at most: a client of the control socket and an output's connection come and go.
  threads      none more.
"""
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request

ENOUGH = 240  # seconds: before half of that, tables whose limits are not set by hand still fill

program, control, state, pid, seconds, sink_port, metrics_port, make_token, home = sys.argv[1:10]
pid, seconds, sink_port, metrics_port = int(pid), float(seconds), int(sink_port), int(metrics_port)
judge_memory = "--no-memory" not in sys.argv and seconds >= ENOUGH
at = ["--socket", control, "--state", state]
over = threading.Event()
done, errors, lock = {}, {}, threading.Lock()


def count(name, n=1, into=done):
    with lock:
        into[name] = into.get(name, 0) + n


def every(pause):
    """Repeats a function until all is over. A failure is counted and kept."""
    def wrap(work):
        def loop():
            while not over.wait(pause):
                try:
                    work()
                    count(work.__name__)
                except Exception as e:  # pylint: disable=broad-except
                    count(f"{work.__name__}: {e!r:.150}", into=errors)
        loop.__name__ = work.__name__
        loops.append(loop)
        return work
    return wrap


loops = []


def token(kind="github"):
    return subprocess.run([make_token, kind], check=True, capture_output=True, text=True).stdout.strip()


def quiet(command, **more):
    return subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, **more)


def tell(*words):
    """What a user types; its failure says what it said."""
    r = subprocess.run([program, *words[:1], *words[1:]], capture_output=True, text=True, timeout=60, check=False)
    if r.returncode:
        raise RuntimeError(f"{words[0]}: {r.stderr.strip()[-120:]}")
    return r.stdout


tokens = [token() for _ in range(150)]  # more than the table of credentials holds
stores = [".npmrc", ".netrc", ".git-credentials", ".config/gh/hosts.yml", ".docker/config.json", ".pypirc"]


def fill(user, store, value):
    text = {".npmrc": f"//registry.npmjs.org/:_authToken={value}\n",
            ".netrc": f"machine api.github.com login x password {value}\n",
            ".git-credentials": f"https://x:{value}@github.com\n",
            ".config/gh/hosts.yml": f"github.com:\n    oauth_token: {value}\n",
            ".docker/config.json": json.dumps({"auths": {"ghcr.io": {"identitytoken": value}}}),
            ".pypirc": f"[pypi]\nusername = __token__\npassword = {value}\n"}[store]
    path = os.path.join(home, user, store)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


for n in range(20):
    for name in stores:
        fill(f"user{n}", name, random.choice(tokens))


@every(0.08)
def executions():
    quiet(["/bin/true", f"--build={random.randrange(10**9)}"],
          env={"GH_TOKEN": random.choice(tokens), "PATH": "/bin", "FILLER": "x" * random.randrange(4000)})


@every(0.1)
def forks():
    quiet(["/bin/sh", "-c", "(:) & (:) & (:) & wait"])


@every(0.1)
def reads():
    quiet(["/bin/cat", os.path.join(home, f"user{random.randrange(20)}", random.choice(stores))])


@every(0.5)
def changes():
    fill(f"user{random.randrange(20)}", random.choice(stores), random.choice(tokens))


listener = socket.create_server(("0.0.0.0", 0))


@every(0.1)
def connects():
    place = (f"127.{random.randrange(200)}.{random.randrange(200)}.{random.randrange(1, 200)}",
             listener.getsockname()[1])
    with socket.create_connection(place, timeout=10):
        listener.accept()[0].close()


@every(1.5)
def findings():
    value = token()
    for workflow in ("deploy", f"triage-{random.randrange(30)}"):
        tell("run", *at, "--workflow", workflow, "--", "sh", "-c", f"GH_TOKEN={value} exec true")


@every(1)
def registrations():
    with subprocess.Popen(["/bin/sleep", "30"]) as child:
        name = f"task-{time.time_ns()}"
        try:
            tell("task", "begin", *at, "--workflow", "nightly", "--run-id", name, "--pid", str(child.pid))
            tell("task", "end", *at, "--run-id", name)
        finally:
            child.kill()


@every(2)
def queries():
    tell("lineage", *at, "--workflow", "deploy", "--format", random.choice(["json", "mermaid", "dot"]))
    tell("credentials", "list", *at, "--json")
    tell("findings", "list", *at, "--json")


def scrape():
    with urllib.request.urlopen(f"http://127.0.0.1:{metrics_port}/metrics", timeout=20) as answer:
        return answer.read().decode()


@every(1)
def scrapes():
    scrape()


@every(5)
def hups():
    os.kill(pid, signal.SIGHUP)


@every(1)
def receiver():
    """Takes all for some seconds; then its connections break and nobody is there for a while."""
    with socket.create_server(("127.0.0.1", sink_port)) as server:
        server.settimeout(0.2)
        until, peers = time.monotonic() + 6, []
        while time.monotonic() < until and not over.is_set():
            try:
                peers.append(server.accept()[0])
                peers[-1].setblocking(False)
            except TimeoutError:
                pass
            for peer in peers:
                try:
                    count("bytes_received", len(peer.recv(1 << 20)))
                except OSError:
                    pass
        for peer in peers:
            peer.close()
    over.wait(3)


# ---- measuring ----

def sample():
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as f:
        fields = dict(line.split(":", 1) for line in f)
    return {"memory": int(fields["RssAnon"].split()[0]) * 1024, "resident": int(fields["VmRSS"].split()[0]) * 1024,
            "descriptors": len(os.listdir(f"/proc/{pid}/fd")), "threads": int(fields["Threads"])}


def metric(text, name, label=""):
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
               if line.split("{")[0].split(" ")[0] == name and label in line)


FULL = ("processes", "runs", "credentials", "nodes", "edges")


def are_full():
    text = scrape()
    return all(metric(text, "credlineage_table_evictions_total", f'"{t}"') for t in FULL)


def measure():
    """Warms up (half the time, longer while tables are not full), then a sample a second."""
    began, samples = time.monotonic(), []
    while time.monotonic() - began < seconds / 2 or (time.monotonic() - began < seconds and not are_full()):
        time.sleep(1)
    warm = time.monotonic() - began
    text, began = scrape(), time.monotonic()
    events = metric(text, "credlineage_events_total")
    while time.monotonic() - began < seconds / 2:
        samples.append(sample())
        time.sleep(1)
    return warm, samples, metric(scrape(), "credlineage_events_total") - events


def median(samples, what):
    return statistics.median(s[what] for s in samples)


def compare(samples):
    quarter = max(len(samples) // 4, 1)
    first, last = samples[:quarter], samples[-quarter:]
    room = {"memory": 1 << 20, "descriptors": 2, "threads": 0}
    bad = []
    for what, more in room.items():
        a, b = median(first, what), median(last, what)
        more += a * 0.01 if what == "memory" else 0
        print(f"# {what}: {a:.0f} -> {b:.0f} ({b - a:+.0f}, allowed {more:+.0f})")
        if b > a + more and (what != "memory" or judge_memory):
            bad.append(f"{what} grows from {a:.0f} to {b:.0f}")
    steps = [samples[i * len(samples) // 12] for i in range(12)] + samples[-1:]
    print("# memory in MB, by time: " + " ".join(f"{s['memory'] / 1e6:.1f}" for s in steps))
    print(f"# resident: {median(first, 'resident') / 1e6:.1f} MB -> {median(last, 'resident') / 1e6:.1f} MB")
    return bad


def verdict(name, good, why=""):
    print(f"{'ok' if good else 'not ok'} {name}" + (f" # {why}" if why and not good else ""))


def main():
    threads = [threading.Thread(target=loop, daemon=True) for loop in loops]
    for thread in threads:
        thread.start()
    try:
        warm, samples, events = measure()
        text = scrape()
    except (OSError, KeyError) as e:
        print(f"not ok the monitor lives # {e!r}")
        return
    over.set()
    for thread in threads:
        thread.join(70)
    bad = compare(samples)
    print(f"# warm after {warm:.0f} s, then {events:.0f} events in {seconds / 2:.0f} s; "
          f"{metric(text, 'credlineage_findings_total'):.0f} findings, "
          f"{metric(text, 'credlineage_events_lost_total'):.0f} events lost, "
          f"store {metric(text, 'credlineage_store_size_bytes') / 1e6:.1f} MB")
    print("# done: " + ", ".join(f"{k} {v}" for k, v in sorted(done.items())))
    for text_of, n in sorted(errors.items()):
        print(f"# {n} times {text_of}")
    for what in ("memory", "descriptors", "threads"):
        verdict(f"{what}: no growth", not [b for b in bad if b.startswith(what)], "; ".join(bad))
    idle = [t for t in FULL if not metric(text, "credlineage_table_evictions_total", f'"{t}"')]
    verdict("the tables were full", not idle, " ".join(idle))
    verdict("findings were made", metric(text, "credlineage_findings_total") > seconds / 20)
    verdict("the receiver got some and was away", done.get("bytes_received", 0) > 1000 and done.get("receiver", 0) > 1)
    lazy = [loop.__name__ for loop in loops if done.get(loop.__name__, 0) < 3 and loop.__name__ != "receiver"]
    verdict("all was done", not lazy, " ".join(lazy))
    few = sum(errors.values()) <= sum(done.values()) / 100
    verdict("hardly anything failed", few, f"{sum(errors.values())} failures")


main()
