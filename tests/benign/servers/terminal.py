#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A person at a terminal: logs in at a pseudo terminal by login(1), types, reads, logs out.

  terminal.py NAME COMMAND...   types the command, with this program's standard streams as its redirections, and exits
                                with its status
  terminal.py NAME <LINES       types the lines, each one when the prompt is there again; exits with the status of the
                                first one that failed, or 0. A line that begins with
                                  ?  is not typed: waits until the screen shows this regular expression
                                  >  is typed without waiting for an end, as keys: \\r \\e \\x18 ... as in Python
Runs as root, as getty does. What the person sees goes to standard error.
"""
import os
import pty
import re
import select
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time

PATIENCE = 60  # seconds for anything
PROMPT = re.compile(rb"ready:(\d+):")
COLOURS = re.compile(rb"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[()][A-Z0-9]|\x1b[=>]")


class Terminal:
    def __init__(self, name):
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.execv("/bin/login", ["login", "-f", name])
        self.screen = b""
        self.wait_for(re.compile(rb"[$#] $"))
        self.ask(r" PS1='ready:$?:' PROMPT_COMMAND= HISTCONTROL=ignorespace; stty cols 400")

    def read(self, patience):
        """False: nobody is there any more."""
        if not select.select([self.fd], [], [], patience)[0]:
            return True
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        os.write(2, data)
        self.screen += data
        return bool(data)

    def wait_for(self, pattern):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            found = pattern.search(COLOURS.sub(b"", self.screen))
            if found:
                self.screen = b""
                return found
            if not self.read(0.5):
                break
        sys.exit(f"terminal: {pattern.pattern!r} was waited for")

    def type(self, keys):
        os.write(self.fd, keys)

    def ask(self, line):
        self.type(line.encode() + b"\r")
        return int(self.wait_for(PROMPT)[1])

    def log_out(self):
        self.type(b" exit\r")
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.read(0.5):
            pass
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def lines(name):
    terminal = Terminal(name)
    status = 0
    for line in sys.stdin.read().splitlines():
        if line.startswith("?"):
            terminal.wait_for(re.compile(line[1:].encode()))
        elif line.startswith(">"):
            terminal.type(line[1:].encode().decode("unicode_escape").encode())
        elif line:
            status = terminal.ask(line) or status
            if status:
                break
    terminal.log_out()
    return status


def copy(source, target):
    with source, target:
        try:
            shutil.copyfileobj(source, target)
        except BrokenPipeError:
            pass


def command(name, words):
    """Its streams are fifos, of which the other ends are this program's own."""
    with tempfile.TemporaryDirectory(prefix="terminal-") as place:
        ends = [os.path.join(place, str(n)) for n in range(3)]
        for end in ends:
            os.mkfifo(end)
        subprocess.run(["chown", "-R", name, place], check=True)
        terminal = Terminal(name)
        threads = [threading.Thread(target=lambda: copy(os.fdopen(os.dup(0), "rb"), open(ends[0], "wb")), daemon=True)]
        for n in 1, 2:
            back = lambda n=n: copy(open(ends[n], "rb"), os.fdopen(os.dup(n), "wb"))
            threads.append(threading.Thread(target=back, daemon=True))
        for thread in threads:
            thread.start()
        status = terminal.ask(f"{shlex.join(words)} <{ends[0]} >{ends[1]} 2>{ends[2]}")
        for thread in threads[1:]:
            thread.join(1)
        terminal.log_out()
    return status


def main():
    os.environ["TERM"] = "xterm"
    sys.exit(command(sys.argv[1], sys.argv[2:]) if sys.argv[2:] else lines(sys.argv[1]))


if __name__ == "__main__":
    main()
