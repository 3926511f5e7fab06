#!/usr/bin/env python3
"""What a receiver has, field by field against the findings that were sent, as they are before any format:
    judge.py KIND RECEIVED NATIVE [once] [any]
KIND: hec, bulk, hook (lines of http_receiver.py's "stored"), alerts (Alertmanager's GET /api/v2/alerts). RECEIVED may have a
finding more than once, but for `once`; each must be there, whole, and first seen in order, but for `any`."""
import datetime
import json
import sys

kind, received, native = sys.argv[1:4]
once = "once" in sys.argv[4:]
findings = {f["id"]: f for f in map(json.loads, open(native, encoding="utf-8"))}
problems = []


def same(ident, what, got, want):
    if got != want:
        problems.append(f"{ident}: {what}: {str(got)[:100]!r} instead of {str(want)[:100]!r}")


def ms(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def report_key(f):
    return f"{f['host']['id']}:{f['id']}:{f['activity']}:{f['count']}:{f['last']}"


def without_chain(sides):
    return [{**s, "process": {k: v for k, v in s["process"].items() if k != "chain"}} for s in sides]


def ocsf(f, e):
    ident = f["id"]
    same(ident, "uid", e["finding_info"]["uid"], ident)
    same(ident, "detector", e["finding_info"]["analytic"]["uid"], f["detector"])
    same(ident, "title", e["finding_info"]["title"], f["title"])
    same(ident, "severity", e["severity"], f["severity"])
    same(ident, "report", e["metadata"]["uid"], f"{ident}:{f['activity']}:{f['count']}")
    same(ident, "time", e["time"], ms(f["last"]))
    same(ident, "host", e["device"]["hostname"], f["host"]["name"])
    same(ident, "fingerprint", e["resources"][0]["uid"], f["credential"]["fingerprint"])
    if e["metadata"].get("is_truncated"):
        return True
    own = e["unmapped"]["credlineage"]
    same(ident, "message", e["finding_info"]["desc"], f["message"])
    for member in ("credential", "destinations", "frameworks", "coverage"):
        same(ident, member, own[member], f[member])
    same(ident, "sides", without_chain(own["sides"]), without_chain(f["sides"]))
    same(ident, "nodes", [n["name"] for n in e["finding_info"]["attack_graph"]["nodes"]], [n["label"] for n in f["lineage"]["nodes"]])
    same(ident, "evidences", len(e["evidences"]) >= len(f["sides"]), True)
    return False


def ecs(f, e):
    ident, own = f["id"], e["credlineage"]
    same(ident, "id", own["id"], ident)
    same(ident, "time", ms(e["@timestamp"]), ms(f["last"]))
    same(ident, "detector", e["rule"]["id"], f["detector"])
    same(ident, "host", e["host"]["name"], f["host"]["name"])
    same(ident, "fingerprint", own["credential"]["fingerprint"], f["credential"]["fingerprint"])
    if own.get("truncated"):
        return True
    same(ident, "message", e["message"], f["message"])
    for member in ("credential", "destinations", "frameworks", "coverage", "evidence", "lineage"):
        same(ident, member, own[member], f[member])
    return False


def escaped(text):
    """As base/text.h's cl_text_escape; what is no UTF-8 was replaced before."""
    out = ""
    for c in text:
        o = ord(c)
        if c == "\\":
            out += "\\\\"
        elif o < 0x20 or o == 0x7f:
            out += f"\\x{o:02x}"
        elif hidden(o):
            out += f"\\u{{{o:x}}}"
        else:
            out += c
    return out


def hidden(o):
    return 0x80 <= o < 0xa0 or o in (0xad, 0xfeff) or 0x200b <= o <= 0x200f or 0x2028 <= o <= 0x202e or 0x2060 <= o <= 0x206f


def cut(text, limit):
    return text.encode()[:limit].decode("utf-8", "ignore")


def alert(f, a):
    ident, labels = f["id"], a["labels"]
    want = {"alertname": f["detector"], "finding": ident, "host": f["host"]["name"], "severity": f["severity"].lower(),
            "credential": f["credential"]["fingerprint"], "provider": f["credential"]["provider"],
            "workflow": f["sides"][1]["run"]["workflow"]}
    same(ident, "labels", labels, {k: cut(escaped(v), 256) for k, v in want.items()})
    same(ident, "summary", a["annotations"]["summary"], f["title"])
    text = a["annotations"]["description"]
    same(ident, "description's end", text.split()[0], f["severity"])
    same(ident, "description", ident in text and len(text.encode()) <= 4096 and f["credential"]["fingerprint"] in text, True)
    same(ident, "startsAt", ms(a["startsAt"]), ms(f["first"]))
    hold = (ms(a["endsAt"]) - datetime.datetime.now().timestamp() * 1000) / 3600000
    same(ident, "endsAt", 0.8 < hold <= 1.01, True)
    same(ident, "generatorURL", a.get("generatorURL", ""), "")
    same(ident, "state", a["status"]["state"], "active")
    return False


def entries():
    if kind == "alerts":
        for a in json.load(open(received, encoding="utf-8")):
            yield a["labels"]["finding"], a, a
        return
    for line in open(received, encoding="utf-8"):
        s = json.loads(line)
        record = json.loads(s["body"]) if kind == "hook" else s["record"]
        ident = record["credlineage"]["id"] if "ecs" in record else record["finding_info"]["uid"]
        yield ident, s, record


seen, cuts = [], 0
for ident, s, record in entries():
    f = findings.get(ident)
    if not f:
        problems.append(f"{ident} was never sent")
        continue
    seen.append(ident)
    cuts += alert(f, record) if kind == "alerts" else ecs(f, record) if "ecs" in record else ocsf(f, record)
    if kind == "bulk":
        same(ident, "_id", s["id"], report_key(f))
        same(ident, "@timestamp", record["@timestamp"], f["last"])
    if kind == "hook":
        same(ident, "webhook-id", s["id"], report_key(f))
        same(ident, "Content-Type", s["headers"]["content-type"], "application/json")
    if kind == "hec":
        e = s["event"]
        same(ident, "HEC", {k: e[k] for k in ("host", "source", "sourcetype")},
             {"host": f["host"]["name"], "source": "credlineage", "sourcetype": "credlineage:ocsf"})
        same(ident, "HEC time", round(e["time"] * 1000), ms(f["last"]))
first = list(dict.fromkeys(seen))
missing = [i for i in findings if i not in first]
if missing:
    problems.append(f"{len(missing)} are missing: {missing[:5]}")
if once and len(seen) != len(first):
    problems.append(f"{len(seen) - len(first)} came twice")
if kind != "alerts" and "any" not in sys.argv[4:] and first != sorted(first):
    problems.append("out of order")
for p in problems[:10]:
    print(p)
print(f"{len(seen)} records, {len(first)} findings, {cuts} cut to fit")
sys.exit(1 if problems else 0)
