#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what a scenario gave with what it should give: live and replayed, before the attack and after it.

  judge.py NAME DIRECTORY      prints "ok NAME: ..." or "not ok NAME: ..." for each case; -v: and every finding

One row of expected.tsv is one finding: detector, severity, the secrets it may be about, and when it is not seen yet, why
(such a row is said, and has to stay unmet: one that is met has to lose its reason). Nothing else may be found. Findings
about what else happens on this machine are left out: an act counts when it is of a process below the scenario's."""
import json
import sys

verbose = "-v" in sys.argv
name, directory = [a for a in sys.argv[1:] if a != "-v"]


def lines(file):
    with open(f"{directory}/{file}", encoding="utf-8", errors="surrogateescape") as f:
        return [line.rstrip("\n") for line in f]


def optional(file):
    try:
        return lines(file)
    except FileNotFoundError:
        return []


about = json.loads(lines("about")[0])
fingerprints = {}
for found in map(json.loads, lines("known")):
    fingerprints.setdefault(found["fingerprint"], found["path"].rsplit("/", 1)[-1])


def holds(value, pid):
    """Somewhere in it is a process with that pid."""
    if isinstance(value, dict):
        return value.get("pid") == pid or any(holds(v, pid) for k, v in value.items() if k != "finding_info")
    return isinstance(value, list) and any(holds(v, pid) for v in value)


def findings(file):
    """The last report of each finding, with the time of the first one."""
    result = {}
    for event in map(json.loads, lines(file)):
        native = event["unmapped"]["credlineage"]
        if native.get("sides") and not holds(event["evidences"], about["harness"]):
            continue
        uid = event["finding_info"]["uid"]
        fingerprint = native.get("credential", {}).get("fingerprint")
        result[uid] = {
            "detector": event["finding_info"]["analytic"]["uid"],
            "severity": event["severity"],
            "secret": fingerprints.get(fingerprint, fingerprint),
            "format": native.get("credential", {}).get("format"),
            "count": event.get("count", 1),
            "first": result.get(uid, {}).get("first", event["start_time"]),
            "message": " ".join(event["message"].split()),
        }
    return list(result.values())


def matches(row, finding):
    return (finding["detector"], finding["severity"]) == row[:2] and (not row[2] or finding["secret"] in row[2])


def told(finding):
    return f"{finding['detector']} {finding['severity']} {finding['secret']} ({finding['format']}) x{finding['count']}: " \
           f"{finding['message']}"


def compare(found, rows):
    """What is missing and what is too much."""
    rest, missing = list(found), []
    for row in rows:
        hit = next((f for f in rest if matches(row, f)), None)
        if hit:
            rest.remove(hit)
        else:
            missing.append(row)
    return missing, rest


failed = False


def case(good, text, details=(), excuse=None):
    global failed
    details = list(details)
    if excuse and not good:
        print(f"# not met yet: {name}: {text}: {excuse}")
        good, text = True, f"{text} (not met yet)"
    failed |= not good
    print(f"{'ok' if good else 'not ok'} {name}: {text}")
    for detail in details:
        print(f"# {detail}")


rows = [(d, s, secrets.split(), why) for d, s, secrets, why in (line.split("\t") for line in lines("expected.tsv"))]
rows = [(d, s, frozenset(secrets), why) for d, s, secrets, why in rows]
excuse = "; ".join(optional("pending"))
due = [row for row in rows if not row[3]]
for mode, file in (("live", "findings"), ("replay", "replayed")):
    everything = findings(file)
    early = [f for f in everything if f["first"] < about["mark"]]
    late = [f for f in everything if f["first"] >= about["mark"]]
    missing, too_many = compare(late, due)
    still, too_many = compare(too_many, [row for row in rows if row[3]])
    met = [row for row in rows if row[3] and row not in still]
    if verbose:
        for f in everything:
            print(f"# {mode} {'twin' if f in early else 'attack'}: {told(f)}")
    case(not early, f"{mode}: the twin gives nothing", map(told, early))
    case(not missing and not too_many, f"{mode}: {about['title']}: {len(due)} findings and no other",
         [f"missing: {d} {s} {' '.join(sorted(w))}" for d, s, w, _ in missing] + [f"too much: {told(f)}" for f in too_many], excuse)
    case(not met, f"{mode}: nothing that was not seen so far", [f"seen now: {row[0]} {row[1]}" for row in met])
for row in rows:
    if row[3]:
        print(f"# not seen yet: {row[0]} {row[1]} {' '.join(sorted(row[2]))}: {row[3]}")
leaks, problems = lines("leaks"), optional("problems")
case(not leaks and not problems, "no secret is written, nothing went wrong", leaks + problems)
sys.exit(failed)
