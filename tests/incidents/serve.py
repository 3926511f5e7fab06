#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Everybody that the scenarios talk to, in one process: answers HTTP on loopback, takes datagrams, says who was asked.

  serve.py DIRECTORY LOG ADDRESS:PORT... [udp:ADDRESS:PORT...]

A GET of /files/NAME gives DIRECTORY/NAME; a path that holds "gone" is 404; anything else is 200. LOG gets a line for
each request: address, method, path, length of the body. Prints "ready" when everything listens."""
import os
import selectors
import socket
import sys
import threading

directory, log_path, *places = sys.argv[1:]
log = open(log_path, "w", buffering=1, encoding="utf-8")


def request(connection):
    """The method, the path and how long the body was."""
    text = b""
    while b"\r\n\r\n" not in text:
        part = connection.recv(65536)
        if not part:
            break
        text += part
    head, _, body = text.partition(b"\r\n\r\n")
    lines = head.decode(errors="replace").split("\r\n")
    method, path, *_ = lines[0].split(" ") + ["", ""]
    length = next((int(line[16:]) for line in lines if line.lower().startswith("content-length: ")), 0)
    while len(body) < length:
        part = connection.recv(65536)
        if not part:
            break
        body += part
    return method, path, len(body)


def answer(connection, address):
    with connection:
        method, path, length = request(connection)
        file = os.path.join(directory, os.path.basename(path))
        body, status = b"{}\n", "200 OK"
        if path.startswith("/files/") and os.path.exists(file):
            with open(file, "rb") as f:
                body = f.read()
        elif "gone" in path:
            status = "404 Not Found"
        log.write(f"{address} {method} {path} {length}\n")
        connection.sendall(f"HTTP/1.0 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)


def listen(place):
    kind = socket.SOCK_DGRAM if place.startswith("udp:") else socket.SOCK_STREAM
    host, port = place.removeprefix("udp:").split(":")
    s = socket.socket(socket.AF_INET, kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((host, int(port)))
    if kind == socket.SOCK_STREAM:
        s.listen(64)
    return s, place, kind


selector = selectors.DefaultSelector()
for entry in map(listen, places):
    selector.register(entry[0], selectors.EVENT_READ, entry)
print("ready", flush=True)
while True:
    for key, _ in selector.select():
        server, name, what = key.data
        if what == socket.SOCK_DGRAM:
            log.write(f"{name} datagram {len(server.recvfrom(65536)[0])}\n")
        else:
            threading.Thread(target=answer, args=(server.accept()[0], name), daemon=True).start()
