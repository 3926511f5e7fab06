#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares findings in CEF, LEEF or ECS, field by field, with the native findings that they were made from.

    check_formats.py cef|leef|ecs NATIVE RECORDS [cut]

Both files have one finding a line, in any order, a record more than once if need be; "-" is standard input. Each record
is taken apart by the strictest reading of its format and must have all that the native finding has and nothing else.
With "cut" the records were made to fit: values may be beginnings and members missing, and a record that is not whole has
to say so. Exits 1 when something is wrong, else prints "N records are right". What stands where is written down here a
second time on purpose.
"""
import json
import re
import sys

from format_fields import expect_cef, expect_ecs, expect_leef, parse_time, report

class Wrong(Exception):
    pass


def need(truth, text):
    if not truth:
        raise Wrong(text)


# ---- CEF ----

def unescape(s, escapes):
    def one(m):
        need(m[1] in escapes, f"\\{m[1]} is no escape here")
        return escapes[m[1]]
    return re.sub(r"\\(.|$)", one, s, flags=re.S)


def parse_cef(record):
    need(not re.search("[\x00-\x1f\x7f]", record), "a control character")
    m = re.fullmatch(r"CEF:" + r"((?:[^\\|]|\\.)*)\|" * 7 + r"(.*)", record, re.S)
    need(m, "no header of seven fields")
    header = [unescape(s, {"\\": "\\", "|": "|"}) for s in m.groups()[:7]]
    rest, pairs = m[8], {}
    # an = that no backslash escapes ends a key
    ends = [e.start(1) for e in re.finditer(r"(?:\\.|[^\\=])*(=)", rest)]
    need(ends, "no extension")
    keys = []
    for end in ends:
        start = rest.rfind(" ", 0, end) + 1
        need(re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", rest[start:end]), f"an = that is not escaped: {rest[max(0, end - 20):end + 5]!r}")
        keys.append((start, end))
    need(keys[0][0] == 0, "something before the first key")
    for i, (start, end) in enumerate(keys):
        stop = keys[i + 1][0] - 1 if i + 1 < len(keys) else len(rest)
        key = rest[start:end]
        need(key not in pairs, f"{key} stands twice")
        pairs[key] = unescape(rest[end + 1:stop], {"\\": "\\", "=": "=", "n": "\n", "r": "\r"})
    return header, pairs


# ---- LEEF ----

def parse_leef(record):
    need(not re.search("[\x00-\x1f\x7f]", record), "a control character")
    *header, rest = record.split("|", 6)
    need(len(header) == 6, "no header of six fields")
    pairs = {}
    for pair in rest.split("^"):
        key, equals, value = pair.partition("=")
        need(equals and re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", key), f"{pair[:40]!r} is no attribute")
        need(key not in pairs, f"{key} stands twice")
        pairs[key] = value
    return header, pairs


# ---- ECS ----

def parse_ecs(record):
    out = {}

    def once(pairs):
        need(len({k for k, _ in pairs}) == len(pairs), "a member stands twice")
        return dict(pairs)

    def walk(o, path):
        for key, value in o.items():
            need("." not in key, f"{key} is dotted")
            here = f"{path}{key}"
            if isinstance(value, dict) and (not path.startswith("credlineage.")):
                walk(value, here + ".")
            else:
                out[here] = value
    walk(json.loads(record, object_pairs_hook=once), "")
    story, created = out.pop("credlineage.story", ""), out.pop("event.created", "")
    need(story.startswith(out.get("credlineage.severity", "?")), "no story")
    need(parse_time(created), "no event.created")
    for path in "rule.version", "observer.version":
        need(re.fullmatch(r"\d+\.\d+\.\d+", out.pop(path, "")), f"no {path}")
    return [], out


# ---- comparing ----

FORMATS = {"cef": (parse_cef, expect_cef, "credlineageTruncated"), "leef": (parse_leef, expect_leef, "truncated"),
           "ecs": (parse_ecs, expect_ecs, "credlineage.truncated")}


def key_of(name, pairs):
    keys = {"cef": ("externalId", "act", "cnt"), "leef": ("id", "activity", "count"),
            "ecs": ("credlineage.id", "event.action", "credlineage.count")}[name]
    return ":".join(str(pairs.get(k, "")) for k in keys)


def shorter(got, whole):
    """What was left of a value: nothing is there that was not, and a string is a beginning."""
    if isinstance(got, dict) and isinstance(whole, dict):
        return all(k in whole and shorter(v, whole[k]) for k, v in got.items())
    if isinstance(got, list) and isinstance(whole, list):
        return len(got) <= len(whole) and all(shorter(a, b) for a, b in zip(got, whole))
    if isinstance(got, str) and isinstance(whole, str):
        return whole.startswith(got)
    return got == whole


def shown(value):
    return "nothing" if value is None else repr(str(value)[:200])


def compare(got, want, flag, cut):
    header, pairs = got
    want_header, want_pairs = want
    for a, b in zip(header, want_header, strict=True):
        need(b is None or a == b or (cut and b.startswith(a)), f"header: {a!r}, not {b!r}")
    if not cut or str(pairs.get(flag, "")).lower() != "true":
        for key in want_pairs.keys() | pairs.keys():
            need(pairs.get(key) == want_pairs.get(key),
                 f"{key}: {shown(pairs.get(key))}, not {shown(want_pairs.get(key))}")
        return
    for key, value in pairs.items():
        if key == flag or key.lower().replace("_", "").endswith(("untruncatedsize", "evidencecut")):
            continue
        need(key in want_pairs, f"{key} is not the finding's")
        need(shorter(value, want_pairs[key]),
             f"{key}: {shown(value)} is no beginning of {shown(want_pairs[key])}")


def lines_of(name):
    data = sys.stdin.buffer.read() if name == "-" else open(name, "rb").read()
    return [line for line in data.decode("utf-8", "strict").split("\n") if line.strip()]


def main(name, native, records, cut=""):
    parse, expect, flag = FORMATS[name]
    findings = {report(f): f for f in map(json.loads, lines_of(native))}
    missing, bad, count = set(findings), 0, 0
    for number, line in enumerate(lines_of(records), 1):
        count += 1
        try:
            header, pairs = parse(line)
            key = key_of(name, pairs)
            need(key in findings, f"no finding {key}")
            missing.discard(key)
            compare((header, pairs), expect(findings[key]), flag, cut == "cut")
        except (Wrong, ValueError) as e:
            bad += 1
            print(f"{records}:{number}: {e}")
    for key in sorted(missing):
        bad += 1
        print(f"{records}: {key} is missing")
    print(f"{count} records are right" if count and not bad else f"{bad} of {count} records are wrong")
    return 0 if count and not bad else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
