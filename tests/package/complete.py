#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a shell makes of a line when the user presses Tab: complete.py bash|zsh|fish DIRECTORY LINE

A real interactive shell on a terminal of its own, with the completions of DIRECTORY. Prints what the shell offered.
"""
import os
import pty
import re
import select
import subprocess
import sys
import time

shell, directory, line = sys.argv[1:]
PROMPT = "ready>"
START = {
    "bash": (["bash", "--norc", "--noprofile", "-i"],
             f"bind 'set show-all-if-ambiguous on'; bind 'set page-completions off'; . {directory}/credlineage; PS1={PROMPT[0]}'{PROMPT[1:]}'\n"),
    "zsh": (["zsh", "-f", "-i"],
            f"fpath=({directory} $fpath); autoload -U compinit; compinit -D -u; unsetopt zle_bracketed_paste; "
            f"zstyle ':completion:*' list-prompt ''; LISTMAX=500; PS1={PROMPT[0]}'{PROMPT[1:]}'\n"),
}


def read_until(terminal, sign, limit):
    seen, end = "", time.monotonic() + limit
    while time.monotonic() < end and (sign is None or sign not in seen):
        if select.select([terminal], [], [], 0.5)[0]:
            seen += os.read(terminal, 65536).decode(errors="replace")
        elif sign is None and seen:
            break
    return seen


def plain(seen):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|[\r\a]|.\x08", "", seen)


def press_tab():
    command, setup = START[shell]
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(TERM="dumb", LC_ALL="C.UTF-8", HOME=directory, COLUMNS="200", LINES="100", HISTFILE="/dev/null")
        os.execvp(command[0], command)
    try:
        os.write(terminal, ("stty rows 100 cols 200; " + setup).encode())
        read_until(terminal, PROMPT, 60)
        os.write(terminal, (line + "\t").encode())
        seen, end = "", time.monotonic() + 30
        while time.monotonic() < end:
            more = read_until(terminal, None, 2)
            seen += more
            if not more and len(plain(seen).strip()) > len(line):
                break
        return plain(seen)
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(terminal)


if shell == "fish":
    environment = {**os.environ, "HOME": directory, "XDG_CONFIG_HOME": directory, "XDG_DATA_HOME": directory}
    script = f"source {directory}/credlineage.fish; complete -C $argv[1]"
    print(subprocess.run(["fish", "--no-config", "-c", script, line], env=environment, text=True, stdout=subprocess.PIPE).stdout)
else:
    print(press_tab())
