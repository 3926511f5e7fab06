#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Uses every value that comes on standard input (JSON lines) in every place that a probe looks at.

  plant.py DIRECTORY [SOCKET]     one process for each value: reads store files that hold it, in directories and under
                                  names that are it, carries it in its environment, arguments and comm, connects to
                                  sockets that are called so. SOCKET: the monitor's, for names of runs and for junk.
  plant.py --brief DIRECTORY ... the same without files and sockets
  plant.py --hold DIRECTORY       processes that carry values, and have such a file open, until they are killed
"""
import base64
import ctypes
import json
import os
import socket
import sys
import urllib.parse

NAME_MAX = 255
libc = ctypes.CDLL(None)


def text_of(entry):
    """The value as it has to be written to be told from any other text."""
    return entry["text"]


def file_name(entry):
    """As a name of files: None when it does not fit."""
    text = text_of(entry).replace("\n", " ")
    if "//" in text:  # a path has no empty component: it would not be the value any more
        return None
    return text if all(0 < len(part) <= NAME_MAX for part in text.split("/") if part) and len(text) < 800 else None


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as f:
        f.write(text)
    return path


def store_files(directory, number, entry):
    home = f"{directory}/home{number}"
    value, places = entry["value"], entry["places"]
    userinfo = base64.b64encode(f"octocat:{text_of(entry)}".encode()).decode()
    yield write(f"{home}/.netrc", f"machine example.org\nlogin octocat\npassword {value}\n{places}")
    yield write(f"{home}/.npmrc", f"//registry.example.org/:_authToken={value}\n{places}")
    yield write(f"{home}/.docker/config.json", json.dumps({"auths": {"ghcr.example": {"auth": userinfo}}}))
    yield write(f"{home}/.aws/credentials", f"[default]\naws_session_token = {value}\n{places}")
    yield write(f"{home}/.config/gh/hosts.yml", f"example.org:\n  oauth_token: {value}\n{places}")
    if file_name(entry):
        yield write(f"{home}/{file_name(entry)}/.netrc", f"password {value}\n")
        yield write(f"{home}/in-{file_name(entry)}/.npmrc", "nothing here\n")


def arguments(entry):
    value, text = entry["value"], text_of(entry)
    quoted = urllib.parse.quote(value, safe="")
    alone = [f"https://example.org/x?y={quoted}", f"{value} and more"] if entry["alone"] else []
    return [text, f"--token={value}", "--password", value, f"https://octocat:{quoted}@example.org/x", *alone,
            f"https://example.org/x?access_token={quoted}&y=1", "-H", f"Authorization: Bearer {value}",
            f"curl -H '{text}' https://example.org"]


def environment(entry):
    value, text = entry["value"], text_of(entry)
    return {"PATH": "/usr/bin:/bin", "MY_TOKEN": value, "PLAIN": text, "DEPLOY_URL": f"https://u:{value}@h/",
            "GITHUB_ACTIONS": "true", "GITHUB_WORKFLOW": text, "GITHUB_RUN_ID": text, "GITHUB_REPOSITORY": f"o/{text}",
            "GITHUB_JOB": text, "CI_JOB_ID": text, "CI_PIPELINE_ID": text, "CI_PROJECT_PATH": text,
            "BUILDKITE_JOB_ID": text, "KUBERNETES_SERVICE_HOST": text, "HOSTNAME": text, "POD_NAME": text}


def touch(path):
    """By every way that a file is read; errors are part of it."""
    try:
        with open(path, "rb") as f:
            os.pread(f.fileno(), 65536, 0)
            f.read(7)
            f.read()
    except OSError:
        pass


def connect(name):
    try:
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(name + "s" if isinstance(name, str) else name + b"s")
            s.listen(1)
            with socket.socket(socket.AF_UNIX) as c:
                c.connect(name + "s" if isinstance(name, str) else name + b"s")
    except OSError:
        pass


def network(directory, number, entry):
    raw = text_of(entry).encode()
    if len(raw) < 104:
        connect(b"\0" + raw)
    if len(raw) < 80 and b"/" not in raw:
        os.chdir(directory)
        connect(f"{number}-{text_of(entry)}")


def tell(monitor, lines):
    """Lines for the monitor's socket, whatever it thinks of them."""
    if not monitor:
        return
    try:
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(2)
            s.connect(monitor)
            for line in lines:
                s.sendall(line.encode() + b"\n")
                s.recv(65536)
    except OSError:
        pass


def register(monitor, number, entry):
    text, pid = text_of(entry).replace("\n", " "), os.getpid()
    long = text if len(text) < 170 else f"too long {number}"
    tell(monitor, [json.dumps({"op": "task-begin", "pid": pid, "workflow": f"w{number} {text}", "run_id": text}),
                   json.dumps({"op": "task-begin", "pid": pid, "workflow": long, "run_id": f"r{number} {long}",
                               "environment": f"e {long}", "spiffe_id": f"spiffe://example.org/{long}"}),
                   json.dumps({"op": "task-begin", "pid": pid, "workflow": "x", "ttl": text}),
                   json.dumps({"op": "task-end", "run_id": f"r{number} {long}", "outcome": long}),
                   json.dumps({"op": text, text: text})])
    tell(monitor, [f"{text} is no JSON"])


def use(directory, monitor, number, entry, brief):
    """In a process of its own: all that this value is used for, an exec last."""
    if brief:
        touch(next(store_files(directory, number, entry)))
        os.execve("/bin/true", ["true"] + arguments(entry), environment(entry))
    libc.prctl(15, entry["value"].encode()[:15], 0, 0, 0)  # PR_SET_NAME
    register(monitor, number, entry)
    for i, path in enumerate(store_files(directory, number, entry)):
        touch(path)
        if i in (0, 5) and os.fork() == 0:
            os.execve("/bin/cat", ["cat", path], {"PATH": "/bin"})
        if i in (0, 5):
            os.wait()
    with open(path, "rb", buffering=0) as f:  # begun and not gone on with
        f.read(len(entry["value"]) // 2 + 40)
    network(directory, number, entry)
    os.execve("/bin/true", ["true"] + arguments(entry), environment(entry))


def hold(directory, number, entry):
    path = next(store_files(directory, number, entry))
    os.dup2(os.open(path, os.O_RDONLY), 200)
    libc.prctl(15, entry["value"].encode()[:15], 0, 0, 0)
    os.execve("/bin/sleep", ["sleep", "600", *arguments(entry)], environment(entry))


def main():
    mode = sys.argv.pop(1) if sys.argv[1].startswith("--") else ""
    directory, monitor = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    entries = [json.loads(line) for line in sys.stdin]
    os.makedirs(directory, exist_ok=True)
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 1)
    os.dup2(null, 2)
    children = []
    for number, entry in enumerate(entries):
        child = os.fork()
        if not child:
            try:
                if mode == "--hold":
                    hold(directory, number, entry)
                use(directory, monitor, number, entry, mode == "--brief")
            finally:
                os._exit(1)
        children.append(child)
        if mode != "--hold":
            os.waitpid(child, 0)
    for child in children if mode == "--hold" else []:
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
