# SPDX-License-Identifier: Apache-2.0
"""What a workload can run under: each setup is made, measured under, and stopped. A setup that does not start raises
Unable with the reason, which is a row of the table as well."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time

BUILD = "build"
PROGRAM = f"{BUILD}/credlineage"


class Unable(Exception):
    pass


class Monitor:
    """The monitor on a throw-away state directory; CPU seconds of its own threads by cpu()."""

    def __init__(self, directory):
        self.socket = f"{directory}/control.sock"
        self.process = subprocess.Popen(
            [PROGRAM, "monitor", "--quiet", "--state", f"{directory}/state", "--socket", self.socket],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        deadline = time.time() + 15
        while self.status() is None:
            if self.process.poll() is not None or time.time() > deadline:
                raise Unable(self.process.stderr.read().decode() or "the monitor did not start")
            time.sleep(0.05)

    def status(self):
        with socket.socket(socket.AF_UNIX) as s:
            try:
                s.connect(self.socket)
            except OSError:
                return None
            s.sendall(b'{"op":"status"}\n')
            return json.loads(s.makefile().readline())

    def told(self, kind):
        """How many acts of a kind were seen: told, or counted as a repetition."""
        events = self.status()["events"][kind]
        return int(events["sent"] + events.get("repeated", 0))

    def sent(self):
        return sum(int(kind["sent"]) for kind in self.status()["events"].values())

    def cpu(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)


class Empty:
    """Programs that do nothing on the hooks of a tier."""

    def __init__(self, tier):
        self.process = subprocess.Popen([f"{BUILD}/bench/load_empty", f"{BUILD}/bench/empty.bpf.o", "all", tier],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if self.process.stdout.readline() != b"ready\n":
            raise Unable("the empty programs did not load")

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=10)


class Peer:
    """Another tracer; its output goes to a file, in which needles() finds how often it saw a path."""

    def __init__(self, command, directory):
        if not shutil.which(command[0]):
            raise Unable("not installed (scripts/install-deps.sh bench)")
        self.path = f"{directory}/{os.path.basename(command[0])}.out"
        with open(self.path, "wb") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        time.sleep(2.5)
        if self.process.poll() is not None:
            raise Unable(f"ended with status {self.process.returncode}: {' '.join(self.output().split())[-160:]}")

    def output(self):
        with open(self.path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def needles(self, secret):
        self.stop()
        counted = re.search(r"^@needles: (\d+)$", self.output(), re.M)
        return int(counted[1]) if counted else self.output().count(secret)


class Audit:
    """auditd with a configuration and rules of its own. Once it has run, audited processes stay slower until a rule takes
    them out: so it is measured last, and that rule is left behind."""

    def __init__(self, directory, secret):
        if not shutil.which("auditd"):
            raise Unable("not installed (scripts/install-deps.sh bench)")
        self.log = f"{directory}/audit.log"
        if os.path.exists(self.log):
            os.remove(self.log)
        os.makedirs(f"{directory}/audit", mode=0o750, exist_ok=True)
        with open(f"{directory}/audit/auditd.conf", "w") as f:
            f.write(f"log_file = {self.log}\nlog_format = RAW\nflush = INCREMENTAL_ASYNC\nfreq = 50\nmax_log_file = 4096\n"
                    "max_log_file_action = ignore\nspace_left = 75\nspace_left_action = ignore\nadmin_space_left = 50\n"
                    "admin_space_left_action = ignore\ndisk_full_action = ignore\ndisk_error_action = ignore\nname_format = NONE\n")
        os.chmod(f"{directory}/audit/auditd.conf", 0o640)
        self.process = subprocess.Popen(["auditd", "-n", "-s", "enable", "-c", f"{directory}/audit"],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        time.sleep(2)
        if self.process.poll() is not None:
            raise Unable(f"auditd ended: {self.process.stdout.read().decode()[-200:].strip()}")
        for rule in (["-D"], ["-b", "8192"], ["-w", secret, "-p", "r", "-k", "needle"],
                     ["-a", "always,exit", "-F", "arch=b64", "-S", "execve,connect", "-k", "use"]):
            done = subprocess.run(["auditctl", *rule], capture_output=True, text=True)
            if done.returncode:
                self.stop()
                raise Unable(f"auditctl {' '.join(rule)}: {(done.stderr or done.stdout).strip()}")

    def stop(self):
        subprocess.run(["auditctl", "-D"], capture_output=True)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)
        subprocess.run(["auditctl", "-e", "0"], capture_output=True)
        subprocess.run(["auditctl", "-a", "task,never"], capture_output=True)

    def needles(self, _secret):
        self.stop()
        with open(self.log, encoding="utf-8", errors="replace") as f:
            seen = sum('type=SYSCALL' in line and 'key="needle"' in line for line in f)
        os.remove(self.log)
        return seen
