#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints every finding about the machine's work with its story, and fails above none High or Critical and one Medium.

A finding is about the machine when the processes that it shows descend from the machine's first one. One without any
(lost events) is everybody's. What others do on this host meanwhile is told in a line each and not judged.
"""
import argparse
import collections
import json
import shlex
import subprocess
import sys

TELLING = 6  # lines of the story of one that does not count
LIMITS = {"Medium": 1, "High": 0, "Critical": 0}
THEFT = "ci:github/theft/b/"  # what machine.sh commits itself


def native(finding):
    return finding["unmapped"]["credlineage"]


def actors(finding):
    """The processes of both sides, each with its ancestors' pids."""
    for evidence in finding.get("evidences", []):
        process = evidence.get("actor", {}).get("process")
        if process:
            yield [p.get("pid") for p in [process, *process.get("ancestry", [])]]


def is_theft(finding):
    return any(side.get("run", {}).get("workflow", "").startswith(THEFT) for side in native(finding).get("sides", []))


def latest(path):
    """The last word on each finding, in the order of their first one."""
    found = {}
    with open(path, errors="surrogateescape") as lines:
        for line in lines:
            if line.endswith("\n"):
                finding = json.loads(line)
                found[finding["finding_info"]["uid"]] = finding
    return found


def story(show, finding_id):
    command = [a.replace("{}", finding_id) for a in shlex.split(show)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    return done.stdout or done.stderr


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--machine", type=int, required=True)
    arguments.add_argument("--findings", required=True)
    arguments.add_argument("--show", required=True)
    a = arguments.parse_args()
    counts = collections.Counter()
    theft_seen = False
    for finding_id, finding in latest(a.findings).items():
        severity, detector = finding["severity"], finding["finding_info"]["analytic"]["uid"]
        ours = all(a.machine in pids for pids in actors(finding))
        if ours and is_theft(finding):
            theft_seen = True
            continue
        print(f"# {severity} {detector} {finding_id} x{finding['count']}" +
              ("" if ours else " (not ours: other work on this host)"))
        if ours:
            counts[severity] += 1
            lines = story(a.show, finding_id).splitlines()
            for line in lines if severity in LIMITS else lines[:TELLING]:
                print(f"#     {line}")
    print("# " + (", ".join(f"{n} {severity}" for severity, n in counts.items()) or "no finding"))
    if not theft_seen:
        sys.exit("# the theft at the end was not seen as one on this machine")
    sys.exit(any(counts[severity] > most for severity, most in LIMITS.items()))


if __name__ == "__main__":
    main()
