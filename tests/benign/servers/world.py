#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rest of the world: https at every name of this machine's hosts file.

git.example.com and github.com keep git repositories (smart http), registry.example.com keeps npm packages, below /files/
is what lies in /srv/world, and everything else answers who is authorised with a JSON object. Who says nothing of that (in
Authorization or x-api-key) gets a 401.
"""
import base64
import hashlib
import http.server
import json
import os
import re
import ssl
import subprocess
import sys
import threading

ROOT = "/srv/world"
KEY, CERTIFICATE = "/etc/ssl/private/world.key", "/etc/ssl/certs/world.pem"
PACKAGES = {}
LIMIT = 16 << 20


def names():
    with open("/etc/hosts", encoding="ascii") as hosts:
        return [line.split()[1] for line in hosts if line.startswith("203.0.113.")]


def make_certificate():
    """Signed by itself and trusted by this machine."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", KEY, "-out", CERTIFICATE, "-days", "2", "-subj", "/CN=world", "-addext",
                    "subjectAltName=" + ",".join("DNS:" + n for n in names())], check=True, capture_output=True)
    with open(CERTIFICATE, encoding="ascii") as new, \
            open("/etc/ssl/certs/ca-certificates.crt", "a", encoding="ascii") as trusted:
        trusted.write(new.read())


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def secret(self):
        given = self.headers.get("Authorization") or self.headers.get("x-api-key") or ""
        kind, _, value = given.rpartition(" ")
        if kind.lower() == "basic":
            value = base64.b64decode(value).decode().partition(":")[2]
        return value

    def body(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            data = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                data += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return data
        return self.rfile.read(min(int(self.headers.get("Content-Length") or 0), LIMIT))

    def answer(self, status, data, kind="application/json", headers=()):
        data = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def serve(self):
        data = self.body()
        if not self.secret():
            self.answer(401, {"error": "who are you?"}, headers=[("WWW-Authenticate", 'Basic realm="world"')])
            return
        path, _, query = self.path.partition("?")
        if re.match(r"/[\w./-]+\.git/", path) and ".." not in path:
            self.git(path, query, data)
        elif path.startswith("/files/"):
            self.file(os.path.join(ROOT, os.path.basename(path)))
        elif self.headers.get("Host", "").startswith("registry."):
            self.npm(path, data)
        else:
            self.answer(200, {"path": path, "secret": hashlib.sha256(self.secret().encode()).hexdigest()[:16]})

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = serve

    def git(self, path, query, data):
        repository = ROOT + re.match(r"(/[\w./-]+?\.git)/", path)[1]
        if not os.path.isdir(repository):
            subprocess.run(["git", "init", "-q", "--bare", "-b", "main", repository], check=True)
        environment = dict(
            PATH=os.environ["PATH"], GIT_PROJECT_ROOT=ROOT, GIT_HTTP_EXPORT_ALL="1", REQUEST_METHOD=self.command,
            PATH_INFO=path, QUERY_STRING=query, CONTENT_TYPE=self.headers.get("Content-Type", ""),
            CONTENT_LENGTH=str(len(data)), REMOTE_USER="someone", REMOTE_ADDR=self.client_address[0],
            HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding", ""),
            GIT_PROTOCOL=self.headers.get("Git-Protocol", ""))
        done = subprocess.run(["git", "http-backend"], input=data, env=environment, capture_output=True, check=True)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = int(lines.pop("Status", "200").split()[0])
        self.answer(status, body, lines.pop("Content-Type", "text/plain"), lines.items())

    def file(self, path):
        if not os.path.isfile(path):
            self.answer(404, {"error": "not found"})
            return
        with open(path, "rb") as file:
            self.answer(200, file.read(), "application/octet-stream")

    def npm(self, path, data):
        name = path.split("/")[1]
        if self.command == "PUT":
            package = json.loads(data)
            for file, attached in package.pop("_attachments").items():
                PACKAGES[f"/{name}/-/{file}"] = base64.b64decode(attached["data"])
            PACKAGES[f"/{name}"] = package
            self.answer(201, {"ok": True})
        elif name == "-":
            self.answer(200, {"username": "someone"})
        elif path in PACKAGES:
            kind = "application/octet-stream" if path.endswith(".tgz") else "application/json"
            self.answer(200, PACKAGES[path], kind)
        else:
            self.answer(404, {"error": "not found"})

    def log_message(self, format, *args):  # noqa: A002 (the name that the base class gives it)
        sys.stderr.write(f"{self.headers.get('Host')} {format % args}\n")


def main():
    make_certificate()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, KEY)
    server = http.server.ThreadingHTTPServer(("0.0.0.0", 443), Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    plain = http.server.ThreadingHTTPServer(("0.0.0.0", 80), Handler)
    plain.daemon_threads = True
    threading.Thread(target=plain.serve_forever, daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main()
