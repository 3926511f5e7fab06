#!/usr/bin/env python3
"""A stand-in for an Open Policy Agent server, strict about what it is asked:  policy_server.py DIRECTORY
Writes its port to DIRECTORY/port, every input to DIRECTORY/inputs (a JSON object a line), what was wrong with a request to
DIRECTORY/wrong. DIRECTORY/answer says how it answers: a JSON object as the body, "undefined", "slow", "status 500" or
"garbage"."""
import http.server
import json
import pathlib
import sys
import time

room = pathlib.Path(sys.argv[1])


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            asked = json.loads(body)
            assert self.path == "/v1/data/credlineage/finding", self.path
            assert self.headers["Content-Type"] == "application/json", self.headers["Content-Type"]
            assert list(asked) == ["input"], list(asked)
            assert asked["input"]["schema"] == "credlineage.finding/1" and "lineage" not in asked["input"]
        except Exception as e:  # whatever is wrong with a request is what the test wants to know
            with (room / "wrong").open("a") as f:
                f.write(f"{e!r}\n")
            self.reply(400, b'{"code":"invalid_parameter","message":"bad request"}')
            return
        with (room / "inputs").open("a") as f:
            f.write(json.dumps(asked["input"]) + "\n")
        answer = (room / "answer").read_text().strip()
        if answer == "slow":
            time.sleep(3)
            answer = "undefined"
        if answer.startswith("status "):
            self.reply(int(answer.split()[1]), b'{"code":"internal_error","message":"x"}')
        elif answer == "garbage":
            self.reply(200, b"<html>no</html>")
        else:
            self.reply(200, b"{}" if answer == "undefined" else answer.encode())

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
(room / "port.new").write_text(str(server.server_address[1]))
(room / "port.new").rename(room / "port")
server.serve_forever()
