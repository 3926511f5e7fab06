#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One value of every format of the catalogue goes through every source at once; then no piece of one may lie in anything
that was written, nor in the memory of the monitor or of the kernel's maps. Values exist in this program, on pipes, and in
the places where they are planted; they are never printed.

Looked for: 12 bytes near the middle of each value as they are, in base64 (each alignment), hexadecimal, UTF-16 and as in a
URL. A find is told as format, form, place.
"""
import base64
import ctypes
import glob
import gzip
import json
import os
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PROGRAM = os.environ.get("PROGRAM", f"{ROOT}/build/credlineage")
SEARCH = f"{ROOT}/build/leak/search"
PIECE = 12
PREFIX = "credlineage-leak-"
KEY = "fingerprint key"
WIPED = 13  # seconds until what was read of the rings, and what nobody went on reading, is wiped
began = time.time()
failed = False


def check(name, good, *notes):
    global failed
    print(f"{'ok' if good else 'not ok'} {name}", flush=True)
    print(f"# at {time.time() - began:.0f} s", flush=True)
    for note in notes if not good else ():
        print(f"# {note}", flush=True)
    failed |= not good


def forms(entry):
    """(form, bytes) of one value's piece."""
    value, at = entry["value"].encode(), entry["piece"]
    piece = value[at:at + PIECE]
    yield "plain", piece
    yield "hex", piece.hex().encode()
    yield "HEX", piece.hex().upper().encode()
    yield "UTF-16", piece.decode().encode("utf-16-le")
    for shift in range(3):  # where the value begins within three bytes
        cut = (3 - (at + shift) % 3) % 3
        yield f"base64+{shift}", base64.b64encode(piece[cut:cut + 9])
    quoted = urllib.parse.quote(piece.decode(), safe="").encode()
    if quoted != piece:
        yield "URL", quoted


def is_the_keys_own(place, flags):
    """Its file; memory that is locked and in no dump."""
    return place.endswith(".key") or {"lo", "dd"} <= set(flags.split())


class Searcher:
    def __init__(self, entries):
        self.names, self.input = [], b""
        for entry in entries:
            for form, piece in forms(entry):
                self.add(entry["format"], form, piece)

    def add(self, name, form, piece):
        """The engine takes a literal that begins with a zero byte for an empty one."""
        piece = piece.lstrip(b"\0")
        self.names.append((name, form))
        self.input += struct.pack("I", len(piece)) + piece

    def add_key(self, path):
        """A fingerprint key, in whatever way its file writes it: nowhere but there and in locked memory."""
        raw = open(path, "rb").read()
        pieces = {"as in its file": raw[len(raw) // 2 - PIECE // 2:][:PIECE], "its end": raw.rstrip()[-PIECE:]}
        if len(raw) == 32:
            pieces |= {"hex": raw[10:22].hex().encode(), "base64": base64.b64encode(raw[9:21])}
        for form, piece in pieces.items():
            self.add(KEY, form, piece)

    def run(self, arguments, files=()):
        """[(format, form, place, flags)], bytes searched"""
        listed = tempfile.TemporaryFile()
        listed.write(b"\0".join(os.fsencode(f) for f in files))
        listed.seek(0)
        saved = os.dup(3) if os.path.exists("/proc/self/fd/3") else None
        out = subprocess.run(["/bin/sh", "-c", f'exec "{SEARCH}" "$@" 3<&{listed.fileno()}', "search", *arguments],
                             input=self.input, stdout=subprocess.PIPE, pass_fds=[listed.fileno()], check=True).stdout
        if saved is not None:
            os.close(saved)
        finds = []
        for line in out.decode(errors="replace").splitlines():
            fields = line.split("\t")
            if len(fields) == 4 and not (self.names[int(fields[0])][0] == KEY and is_the_keys_own(fields[2], fields[3])):
                finds.append((*self.names[int(fields[0])], fields[2], fields[3]))
        return finds, int(out.rsplit(b"searched ", 1)[1])


def told(finds):
    """At most a few lines: how many formats and which, by place and form."""
    places = {}
    for name, form, place, flags in finds:
        places.setdefault((place, form, flags), set()).add(name)
    for (place, form, flags), names in sorted(places.items(), key=lambda p: -len(p[1]))[:25]:
        some = sorted(names)
        yield f"{len(some)} formats, {form}, in {place} {flags and '[' + flags + ']'}: {', '.join(some[:4])}"


def clean(name, finds, size, least=1):
    check(f"{name} ({size >> 10} KiB searched)", not finds and size >= least, *told(finds))


def keys_of(item, piece, path=""):
    """Where in a record the piece stands, and how much stands before and behind it; never the value."""
    if isinstance(item, dict):
        for key, value in item.items():
            yield from keys_of(value, piece, f"{path}.{key}" if piece not in key else f"{path}.(a key)")
    elif isinstance(item, list):
        for value in item:
            yield from keys_of(value, piece, path)
    elif isinstance(item, str) and piece in item:
        at = item.index(piece)
        yield f"{path} ({at} bytes before, {len(item) - at - PIECE} behind)"


def files_below(*places, but=()):
    for place in places:
        for directory, below, names in os.walk(place):
            below[:] = [d for d in below if os.path.join(directory, d) not in but]
            for name in names:
                yield os.path.join(directory, name)


def new_files(*places, but=()):
    for path in files_below(*places, but=but):
        try:
            if os.lstat(path).st_mtime >= began:
                yield path
        except OSError:
            pass


class Test:
    def __init__(self):
        self.work = tempfile.mkdtemp(prefix=PREFIX)
        self.planted = f"{self.work}/planted"
        self.out = f"{self.work}/out"
        self.state = f"{self.work}/state"
        self.socket = f"{self.work}/control.sock"
        os.makedirs(self.out)
        os.makedirs(self.planted)
        made = subprocess.run([f"{ROOT}/build/leak/values"], stdout=subprocess.PIPE, check=True).stdout
        self.entries = [json.loads(line) for line in made.splitlines()]
        self.searcher = Searcher(self.entries)
        self.monitor, self.holders, self.names, self.keys = None, None, 0, []

    def end(self):
        for process in (self.monitor, self.holders):
            if process and process.poll() is None:
                process.kill()
                process.wait()
        subprocess.run(["umount", "-l", f"{self.work}/small"], stderr=subprocess.DEVNULL, check=False)
        if "KEEP" in os.environ:
            print(f"# kept {self.work}")
        else:
            shutil.rmtree(self.work, ignore_errors=True)

    def common(self):
        return ["--state", self.state, "--socket", self.socket]

    def output(self, name):
        self.names += 1
        return open(f"{self.out}/{self.names:03}-{name}", "wb")

    def run(self, name, *arguments):
        """A command of ours, all that it says kept."""
        with self.output(name) as f:
            return subprocess.run(["timeout", "20", PROGRAM, *arguments], stdout=f, stderr=f, check=False).returncode

    def start(self, *arguments, state=None):
        self.state = state or self.state
        error = self.output("monitor.err")
        self.monitor = subprocess.Popen([PROGRAM, "monitor", *self.common(), "-v", *arguments], stdout=self.output("monitor"),
                                        stderr=error, cwd=self.out, preexec_fn=lambda: resource.setrlimit(
                                            resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)))
        for _ in range(3000):
            with open(error.name, "rb") as f:
                if b"watching this host" in f.read():
                    self.know_keys()
                    return True
            if self.monitor.poll() is not None:
                break
            time.sleep(0.05)
        check("the monitor starts", False, open(error.name, "rb").read().decode(errors="replace")[-2000:])
        return False

    def stop(self, number=signal.SIGTERM):
        self.monitor.send_signal(number)
        status = os.waitpid(self.monitor.pid, 0)[1]
        self.monitor.returncode = status
        return status

    def plant(self, workflow, entries=None, wait=True, brief=False):
        """All ways of use; brief: what it takes to be seen in another workflow."""
        directory = f"{self.planted}/{workflow}"
        p = subprocess.Popen([PROGRAM, "run", *self.common(), "--workflow", workflow, "--", sys.executable,
                              f"{HERE}/plant.py", *(["--brief"] if brief else []), directory, self.socket], stdin=subprocess.PIPE,
                             stderr=self.output("plant.err"))
        try:
            p.stdin.write("".join(json.dumps(e) + "\n" for e in entries or self.entries).encode())
            p.stdin.close()
        except BrokenPipeError:
            pass
        if wait:
            p.wait()
        return p

    def hold(self, entries):
        self.holders = subprocess.Popen([sys.executable, f"{HERE}/plant.py", "--hold", f"{self.planted}/held"],
                                        stdin=subprocess.PIPE, start_new_session=True)
        self.holders.stdin.write("".join(json.dumps(e) + "\n" for e in entries).encode())
        self.holders.stdin.close()
        time.sleep(1)

    def release(self):
        os.killpg(self.holders.pid, signal.SIGKILL)
        self.holders.wait()

    def know_keys(self):
        for path in files_below(self.state):
            if path.endswith(".key") and path not in self.keys:
                self.keys.append(path)
                self.searcher.add_key(path)

    # ---- the searcher itself ----
    def control(self):
        entry = self.entries[0]
        directory = f"{self.work}/control"
        os.makedirs(directory)
        piece = entry["value"][entry["piece"]:entry["piece"] + PIECE].encode()
        spots = {"plain": piece, "hex": piece.hex().encode(), "UTF-16": piece.decode().encode("utf-16-le"),
                 "base64+0": base64.b64encode(entry["value"].encode()), "base64+1": base64.b64encode(
                     b"x" + entry["value"].encode()), "base64+2": base64.b64encode(b"xy" + entry["value"].encode())}
        for form, bytes_ in spots.items():
            with open(f"{directory}/{form}", "wb") as f:
                f.write(os.urandom((1 << 20) - 5) + bytes_ + os.urandom(77))
            finds, _ = self.searcher.run(["--files"], [f"{directory}/{form}"])
            check(f"the searcher finds {form} in a file", (entry["format"], form) in {f[:2] for f in finds})
        finds, _ = self.searcher.run(["--memory", str(os.getpid())])
        missed = {e["format"] for e in self.entries} - {f[0] for f in finds if f[1] == "plain"}
        check("the searcher finds every value in this program's memory", not missed, sorted(missed))
        finds, _ = self.searcher.run(["--control"])
        check("the searcher finds what is in a BPF map", [f[:2] for f in finds] == [(entry["format"], "plain")])
        shutil.rmtree(directory)

    # ---- everything at once ----
    def memory(self, when):
        pid = str(self.monitor.pid)
        finds, size = self.searcher.run(["--memory", pid])
        clean(f"{when}, the monitor's memory is clean", finds, size, 1 << 20)
        finds, size = self.searcher.run(["--maps", pid])
        clean(f"{when}, the kernel's maps are clean", finds, size, 1 << 20)

    def queries(self):
        at = self.common()
        self.run("findings", "findings", "list", *at)
        self.run("findings.json", "findings", "list", "--json", *at)
        self.run("credentials", "credentials", "list", *at)
        self.run("credentials.json", "credentials", "list", "--json", *at)
        for path in list(files_below(self.out)):
            if path.endswith("findings.json"):
                ids = [json.loads(line) for line in open(path, errors="replace")]
        finding = [i.get("finding_info", {}).get("uid") or i.get("id") for i in ids]
        for f in [f for f in finding if f][:2]:
            self.run("finding", "findings", "show", f, *at)
        for kind in ("json", "dot"):
            self.run("lineage", "lineage", "--finding", finding[0], "--format", kind, "--depth", "1", *at)
        self.run("tasks", "task", "list", *at)
        return len(finding)

    def commands(self):
        """Commands that get values from files, names, configuration and the command line."""
        at = self.common()
        texts = [e["value"] for e in self.entries if len(e["value"]) < 90 and "\n" not in e["value"] and e["alone"]]
        texts = iter(texts[int.from_bytes(os.urandom(1), "little") % 50::2])
        self.run("scan", "scan", f"{self.planted}/one", *at)
        self.run("scan.json", "scan", "--json", f"{self.planted}/one", *at)
        self.run("scan-pid", "scan", "--pid", str(self.holders.pid), "-v", *at)
        self.configured("watch.json", lambda text: {"watch": {"paths": [f"/srv/{text}/*"]}, "outputs": [
            f"file:{self.planted}/{text}.out"]}, next(texts), ["doctor"], ["doctor", "--json"])
        for make in (lambda t: {t: 1}, lambda t: {"state": [t]}, lambda t: {"watch": {"paths": [t]}},
                     lambda t: {"outputs": [t]}, lambda t: {"outputs": [f"syslog+tcp://u:{t}@127.0.0.1:9"]},
                     lambda t: {"limits": {"runs": t}}, lambda t: {"catalogue": f"/nowhere/{t}"},
                     lambda t: {"fingerprint": {"key_file": f"/nowhere/{t}"}}, lambda t: {"state": f"/nowhere/{t}/x"}):
            self.configured("bad.json", make, next(texts), ["monitor", "--socket", f"{self.work}/other.sock"])
        for make in (lambda t: {"formats": [{"id": t}]}, lambda t: {"stores": [{"id": "x", "owner": t, "paths": [t]}]},
                     lambda t: {t: []}, lambda t: {"formats": [{"id": "x", "pattern": f"({t}"}]}):
            os.makedirs(f"{self.planted}/catalog.d", exist_ok=True)
            with open(f"{self.planted}/catalog.d/x.json", "w", encoding="ascii") as f:
                json.dump(make(next(texts)), f)
            self.configured("catalogue.json", lambda _: {"catalogue": f"{self.planted}/catalog.d"}, "", ["doctor"])
        shutil.rmtree(f"{self.planted}/catalog.d")
        t = [next(texts) for _ in range(24)]
        for words in ([t[0]], ["findings", "show", t[1]], ["findings", t[2]], ["lineage", "--credential", t[3]],
                      ["lineage", "--workflow", t[4]], ["replay", f"/nowhere/{t[5]}"], ["scan", f"/nowhere/{t[6]}"],
                      ["scan", "--key", f"/nowhere/{t[7]}", "/etc/passwd"], ["doctor", "--tier", t[8]],
                      ["credentials", t[9]], ["task", t[10]], ["monitor", f"--{t[11]}"], ["run", "--ttl", t[12], "--", "true"],
                      ["run", "--spiffe-id", t[13], "--", "true"], ["task", "begin", "--pid", str(os.getpid()), "--workflow",
                                                                    t[14], "--run-id", f"{t[15]}-"],
                      ["run", "--workflow", t[16], "--run-id", t[17], "--environment", t[18], "--", "true"],
                      ["monitor", "--output", t[19]], ["run", "--", f"/nowhere/{t[20]}"], ["monitor", "--record", f"/x/{t[21]}"],
                      ["task", "end", "--run-id", t[22]], ["lineage", "--run", t[23]]):
            self.run("words", *(words[:1] + at + words[1:] if len(words) > 1 else words))

    def configured(self, name, make, text, *commands):
        with open(f"{self.planted}/{name}", "w", encoding="ascii") as f:
            json.dump(make(text), f)
        for words in commands:
            self.run(f"{words[0]}-{name}", *words, "--config", f"{self.planted}/{name}")

    def everything(self):
        self.hold(self.entries)
        receiver = subprocess.Popen([sys.executable, "-c", "import socket,shutil,sys\ns=socket.create_server(('127.0.0.1',0))\n"
                                     "print(s.getsockname()[1],flush=True)\n"
                                     "while 1: shutil.copyfileobj(s.accept()[0].makefile('rb'),sys.stderr.buffer)"],
                                    stdout=subprocess.PIPE, stderr=self.output("syslog"))
        port = int(receiver.stdout.readline())
        try:
            if not self.start("--record", f"{self.out}/leak.clrec", "--output", f"file:{self.out}/findings.file",
                              "--output", f"syslog+tcp://127.0.0.1:{port}"):
                return
            self.plant("one")
            self.plant("two", brief=True)
            time.sleep(WIPED)
            self.memory("after use")
            seen = self.queries()
            check(f"values were noticed: {seen} findings", seen > len(self.entries) // 2)
            if "SHORT" not in os.environ:
                self.commands()
            with self.output("gdb") as f:
                subprocess.run(["gdb", "-q", "-batch", "-ex", "set use-coredump-filter on", "-ex",
                                f"generate-core-file {self.out}/core.forced", "-p", str(self.monitor.pid)],
                               stdout=f, stderr=f, check=False)
            check("a core file was forced", os.path.exists(f"{self.out}/core.forced"))
            self.stop()
            with gzip.open(f"{self.out}/leak.clrec") as f, self.output("recording") as raw:
                shutil.copyfileobj(f, raw)
            self.run("replay", "replay", f"{self.out}/leak.clrec")
            self.run("dump", "replay", "--dump", f"{self.out}/leak.clrec")
        finally:
            receiver.kill()
            receiver.wait()
            self.release()
        self.written("everything")

    def written(self, when):
        finds, size = self.searcher.run(["--files"], list(files_below(self.out, self.state)))
        clean(f"{when}: nothing written holds a value", finds, size, 1 << 16)
        if any("recording" in place for _, _, place, _ in finds):
            self.recorded({name for name, _, _, _ in finds})

    def recorded(self, formats):
        """Which records of the recording hold a value of these formats, and what it is called there."""
        pieces = {e["value"][e["piece"]:][:PIECE]: e["format"] for e in self.entries if e["format"] in formats}
        dump = subprocess.run([PROGRAM, "replay", "--dump", f"{self.out}/leak.clrec"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=False).stdout.decode(errors="replace")
        shown = 0
        for number, line in enumerate(dump.splitlines(), 1):
            for piece, name in pieces.items():
                if piece in line and shown < 20:
                    shown += 1
                    print(f"# record {number} of {name}: {', '.join(keys_of(json.loads(line), piece))}", flush=True)
        if not shown:
            print("# in no record as the dump shows it", flush=True)

    # ---- crashes ----
    def crash(self, name, number):
        if not self.start():
            return
        planter = self.plant(name, wait=False)
        time.sleep(0.5 + int.from_bytes(os.urandom(1), "little") / 400)
        status = self.stop(number)
        check(f"{name}: no core was dumped", os.WIFSIGNALED(status) and not os.WCOREDUMP(status))
        planter.kill()
        planter.wait()
        self.restart(name)

    def restart(self, name):
        if not self.start():
            return
        time.sleep(0.3)
        self.stop()
        with self.output("after-crash") as f:
            subprocess.run([PROGRAM, "findings", "list", "--json", *self.common()], stdout=f, check=False)
        text = open(f.name, errors="replace").read()
        check(f"{name}: the next start tells of it", "coverage-degraded" in text and "clean" in text)

    def full_disk(self):
        small = f"{self.work}/small"
        os.makedirs(small)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", small], check=True)
        if not self.start(state=f"{small}/state"):
            return
        with open(f"{small}/filler", "wb", buffering=0) as f:
            try:
                while f.write(b"\0" * 4096):
                    pass
            except OSError:
                pass
        self.plant("full", self.entries[::4])
        time.sleep(WIPED)
        self.memory("with a full disk")
        self.stop(signal.SIGKILL)
        os.unlink(f"{small}/filler")
        self.restart("full disk")

    def all(self):
        self.control()
        self.everything()
        if "SHORT" in os.environ:
            return
        for name, number in (("SIGSEGV", signal.SIGSEGV), ("SIGABRT", signal.SIGABRT), ("SIGKILL", signal.SIGKILL)):
            self.crash(name, number)
        self.written("crashes")
        self.full_disk()
        finds, size = self.searcher.run(["--files"], list(files_below(self.work, but=[self.planted])))
        clean("in the end, nothing written holds a value", finds, size)
        planted = glob.glob(f"{tempfile.gettempdir()}/{PREFIX}*/planted")  # of a run that was killed, too
        finds, size = self.searcher.run(["--files"], list(new_files("/tmp", "/dev/shm", "/var/tmp", "/var/crash", "/run",
                                                                    but=planted)))
        clean("nor does anything else that is new", finds, size)


def main():
    if os.geteuid():
        print("not ok root (this test loads probes)")
        return 1
    test = Test()
    try:
        test.all()
    finally:
        test.end()
    return failed


sys.exit(main())
