#!/usr/bin/env python3
"""What a service manager hears of a Type=notify service:  service_manager.py SOCKET LOG
One line of LOG for each datagram: seconds since the start, a blank, the text with newlines as blanks."""
import os
import socket
import sys
import time

s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1] + ".new")
os.rename(sys.argv[1] + ".new", sys.argv[1])
begin = time.monotonic()
with open(sys.argv[2], "w", buffering=1) as log:
    while True:
        log.write(f"{time.monotonic() - begin:.3f} {s.recv(4096).decode().replace(chr(10), ' ')}\n")
