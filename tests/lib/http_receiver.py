#!/usr/bin/env python3
"""A stand-in for Splunk's HTTP Event Collector, Elasticsearch's _bulk and a webhook, strict about what it is sent:
    http_receiver.py DIRECTORY [--port N] [--tls CERT KEY] [--client-ca CA]
Writes to DIRECTORY: port; stored (a JSON object for each record it took: kind, id, record, headers or event); wrong (what
broke the rules); requests (a line each). DIRECTORY/plan has how the next requests are met, a line each, then all is well:
    status N [SECONDS]   that status (SECONDS: Retry-After)      hec STATUS CODE [NUMBER]   Splunk's code (event number)
    cut        half the body is read, then the connection is reset       swallow   taken and stored, no answer
    slow       the answer comes a byte a second                          silent    no answer for 20 seconds
    garbage    200 and no JSON                                           long      an answer of 2 MB
    items A,B  _bulk: these statuses for the items, over and over        redirect  307 to another host
DIRECTORY/acks: what the next asked acknowledgements are, a line each: true, false; then true; "never" stays."""
import argparse
import base64
import http.server
import json
import pathlib
import re
import socket
import ssl
import struct
import threading
import time

options = argparse.ArgumentParser()
options.add_argument("room", type=pathlib.Path)
options.add_argument("--port", type=int, default=0)
options.add_argument("--tls", nargs=2)
options.add_argument("--client-ca")
options = options.parse_args()
room, lock = options.room, threading.Lock()
stored_ids, ack_ids = set(), {}


def say(name, text):
    with (room / name).open("a") as f:
        f.write(text + "\n")


def next_of(name, default):
    with lock:
        path = room / name
        lines = path.read_text().split("\n") if path.exists() else []
        lines = [line for line in lines if line]
        if not lines:
            return default
        if lines[0] != "never":
            path.write_text("\n".join(lines[1:]))
        return lines[0]


class Refusal(Exception):
    def __init__(self, status, body):
        super().__init__(json.dumps(body))
        self.status, self.body = status, body


def rule(holds, status, body, why):
    if not holds:
        say("wrong", why)
        raise Refusal(status, body)


HEC_TEXT = {0: "Success", 4: "Invalid token", 5: "No data", 6: "Invalid data format", 7: "Incorrect index", 9: "Server is busy",
            10: "Data channel is missing", 11: "Invalid data channel", 12: "Event field is required",
            13: "Event field cannot be blank", 26: "Queue at capacity"}
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)


def hec(code, status, number=None):
    body = {"text": HEC_TEXT.get(code, "?"), "code": code}
    return Refusal(status, body if number is None else body | {"invalid-event-number": number})


def hec_rule(holds, code, status, why, number=None):
    if not holds:
        say("wrong", why)
        raise hec(code, status, number)


def hec_events(text):
    decoder, at, events = json.JSONDecoder(), 0, []
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        try:
            event, at = decoder.raw_decode(text, at)
        except ValueError as e:
            hec_rule(False, 6, 400, f"HEC: event {len(events)}: {e}", len(events))
        events.append(event)
    hec_rule(events, 5, 400, "HEC: no event")
    return events


def check_event(n, e):
    hec_rule(isinstance(e, dict), 6, 400, f"HEC: event {n} is no object", n)
    extra = set(e) - {"time", "host", "source", "sourcetype", "index", "event", "fields"}
    hec_rule(not extra, 6, 400, f"HEC: event {n} has {extra}", n)
    hec_rule("event" in e, 12, 400, f"HEC: event {n} has no event", n)
    hec_rule(e["event"] not in ("", None), 13, 400, f"HEC: event {n} is blank", n)
    hec_rule(re.fullmatch(r"\d{10}(\.\d+)?", str(e.get("time", "1000000000"))), 6, 400, f"HEC: time {e.get('time')}", n)
    hec_rule(e.get("index", "main") in ("main", "alerts"), 7, 400, f"HEC: index {e.get('index')}", n)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def reply(self, status, body, headers=()):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        if self.action == "slow" and not data:
            status, data = 200, b"slowly"
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("X-Elastic-Product", "Elasticsearch")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.action == "slow":
            for byte in data:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(1)
            return
        self.wfile.write(data)

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    def secret(self, name):
        path = room / name
        return path.read_text().strip() if path.exists() else None

    def answer(self, path, body):
        if path.startswith("/services/collector/ack"):
            return 200, self.acks(json.loads(body))
        if path.startswith("/services/collector"):
            return 200, self.collect(path, body.decode("utf-8"))
        if path.endswith("/_bulk"):
            return 200, self.bulk(path, body.decode("utf-8"))
        if path.startswith("/hook"):
            say("stored", json.dumps({"kind": "hook", "id": self.headers["webhook-id"], "body": body.decode("utf-8"),
                                      "headers": {k.lower(): v for k, v in self.headers.items()}}))
            return 204, b""
        rule(False, 404, {"error": "no such place"}, f"path {path}")

    # ---- Splunk ----
    def collect(self, path, text):
        hec_rule(path in ("/services/collector/event", "/services/collector/event/1.0"), 6, 404, f"HEC: path {path}")
        hec_rule(self.headers["Authorization"] == f"Splunk {self.secret('token')}", 4, 403, "HEC: token")
        channel = self.headers["X-Splunk-Request-Channel"]
        hec_rule(channel is None or GUID.fullmatch(channel), 11, 400, f"HEC: channel {channel}")
        hec_rule(channel or not (room / "with-acks").exists(), 10, 400, "HEC: no channel")
        events = hec_events(text)
        for n, e in enumerate(events):
            check_event(n, e)
        say("requests", f"hec {len(events)}")
        for e in events:
            say("stored", json.dumps({"kind": "hec", "id": None, "event": e, "record": e["event"]}))
        if not (room / "with-acks").exists():
            return {"text": "Success", "code": 0}
        with lock:
            ack_ids[channel] = ack_ids.get(channel, -1) + 1
            return {"text": "Success", "code": 0, "ackId": ack_ids[channel]}

    def acks(self, asked):
        channel = self.headers["X-Splunk-Request-Channel"]
        hec_rule(self.headers["Authorization"] == f"Splunk {self.secret('token')}", 4, 403, "HEC: token of an ack")
        hec_rule(channel and GUID.fullmatch(channel), 10, 400, f"HEC: channel {channel} of an ack")
        hec_rule(list(asked) == ["acks"] and all(isinstance(i, int) for i in asked["acks"]), 6, 400, f"HEC: asks {asked}")
        say("requests", f"ack {asked['acks']}")
        said = next_of("acks", "true") == "true"
        return {"acks": {str(i): said and i <= ack_ids.get(channel, -1) for i in asked["acks"]}}

    # ---- Elasticsearch ----
    def item(self, action, doc, status):
        index = self.path.split("/")[1] if self.path.count("/") > 1 else None
        op = next(iter(action))
        rule(list(action) in (["create"], ["index"]), 400, {"error": "action"}, f"_bulk: action {action}")
        meta = action[op]
        index = meta.get("_index", index)
        rule(index and re.fullmatch(r"[a-z0-9][a-z0-9._-]*", index), 400, {"error": "index"}, f"_bulk: index {index}")
        ident = meta.get("_id", f"generated-{len(stored_ids)}")
        result = {"_index": index, "_id": ident}
        if not (0 < len(ident.encode()) <= 512) or not isinstance(doc, dict) or not re.match(r"\d{4}-", doc.get("@timestamp", "")):
            say("wrong", f"_bulk: {ident}: no @timestamp or no good _id")
            status = 400
        if status // 100 == 2 and op == "create" and ident in stored_ids:
            status = 409
        if status // 100 == 2:
            stored_ids.add(ident)
            say("stored", json.dumps({"kind": "bulk", "id": ident, "record": doc, "index": index}))
            return {op: result | {"status": 201, "result": "created"}}
        kind = {400: "document_parsing_exception", 409: "version_conflict_engine_exception",
                429: "es_rejected_execution_exception"}.get(status, "exception")
        return {op: result | {"status": status, "error": {"type": kind, "reason": f"[1:1] of {ident}"}}}

    def bulk(self, path, text):
        content = self.headers["Content-Type"].replace(" ", "")
        rule(content in ("application/x-ndjson", "application/vnd.elasticsearch+x-ndjson;compatible-with=9"), 406,
             {"error": "Content-Type"}, f"_bulk: Content-Type {content}")
        given = self.headers["Authorization"]
        want = [f"ApiKey {self.secret('api-key')}", "Basic " + base64.b64encode((self.secret("login") or "").encode()).decode()]
        rule(given in want, 401, {"error": "security_exception"}, f"_bulk: Authorization {given}")
        rule(text.endswith("\n"), 400, {"error": "must be terminated by a newline"}, "_bulk: no newline at the end")
        lines = text[:-1].split("\n")
        rule(len(lines) % 2 == 0, 400, {"error": "lines"}, f"_bulk: {len(lines)} lines")
        say("requests", f"bulk {len(lines) // 2}")
        plan = self.action.split()[1].split(",") if self.action.startswith("items ") else ["201"]
        items = [self.item(json.loads(lines[i]), json.loads(lines[i + 1]), int(plan[i // 2 % len(plan)]))
                 for i in range(0, len(lines), 2)]
        return {"took": 1, "errors": any("error" in next(iter(i.values())) for i in items), "items": items}

    # ---- how it is met ----
    def do_POST(self):
        length, path = int(self.headers["Content-Length"]), self.path.split("?")[0]
        asks = path.startswith("/services/collector/ack")
        self.action = "ok" if asks else next_of("plan", "ok")
        words = self.action.split()
        if not asks:
            say("actions", self.action)
        if words[0] == "cut":
            self.rfile.read(length // 2)
            return self.reset()
        body = self.rfile.read(length)
        if words[0] == "silent":
            time.sleep(20)
            return self.reset()
        if words[0] == "status":
            return self.reply(int(words[1]), {}, [("Retry-After", w) for w in words[2:3]])
        if words[0] == "hec":
            refusal = hec(int(words[2]), int(words[1]), int(words[3]) if len(words) > 3 else None)
            return self.reply(refusal.status, refusal.body)
        if words[0] == "redirect":
            return self.reply(307, {}, [("Location", "http://127.0.0.2:1/")])
        if words[0] in ("garbage", "long"):
            return self.reply(200, b"<html>no</html>" if words[0] == "garbage" else b" " * (2 << 20))
        try:
            status, result = self.answer(path, body)
        except Refusal as r:
            return self.reply(r.status, r.body)
        except Exception as e:  # whatever is wrong with a request is what the test wants to know
            say("wrong", repr(e))
            return self.reply(400, {"error": repr(e)})
        if words[0] == "swallow":
            return self.reset()
        return self.reply(status, result)

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    def get_request(self):
        connection, address = super().get_request()
        if options.tls:  # the handshake is the handler's thread's, not the listener's
            connection = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, request, address):
        pass


if options.tls:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*options.tls)
    if options.client_ca:
        context.load_verify_locations(options.client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
server = Server(("127.0.0.1", options.port), Handler)
(room / "port.new").write_text(str(server.server_address[1]))
(room / "port.new").rename(room / "port")
server.serve_forever()
