#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a receiver understood, held against the findings that were sent.

    check_received.py NATIVE RECEIVED [EVENTS]

NATIVE: the findings, one JSON object per line. RECEIVED: one per message, with app, msgid, host, facility, severity, msg and
sd (the parameters of credlineage@32473). Each finding must be there once, in order, and say the same as the native one:
id, detector, severity, credential, activity, message. EVENTS gets the OCSF events.
"""
import json
import sys

SEVERITIES = {"Critical": 2, "High": 3, "Medium": 4, "Low": 5}


def differences(finding, message, event):
    sd = message["sd"]
    credential = finding["credential"]["fingerprint"]
    cut = event["metadata"].get("is_truncated", False)
    pairs = {
        "app": (message["app"], "credlineage"),
        "msgid": (message["msgid"], finding["detector"]),
        "host": (message["host"], finding["host"]["name"]),
        "facility": (int(message["facility"]), 10),
        "priority": (int(message["severity"]), SEVERITIES[finding["severity"]]),
        "sd id": (sd.get("id"), finding["id"]),
        "sd detector": (sd.get("detector"), finding["detector"]),
        "sd severity": (sd.get("severity"), finding["severity"]),
        "sd credential": (sd.get("credential"), credential),
        "sd activity": (sd.get("activity"), finding["activity"]),
        "id": (event["finding_info"]["uid"], finding["id"]),
        "detector": (event["finding_info"]["analytic"]["uid"], finding["detector"]),
        "severity": (event["severity"], finding["severity"]),
        "credential": (event["resources"][0]["uid"], credential),
        "title": (event["finding_info"]["title"], finding["title"]),
    }
    text = event["finding_info"].get("desc")
    if text is not None:
        whole = finding["message"]
        pairs["message"] = (text, whole[: len(text)] if cut else whole)
    elif not cut or len(event["message"]) < 100:
        pairs["message"] = (event["message"], "a story, and is_truncated where the message is left out")
    return [f"{k} is {a!r:.80}, not {b!r:.80}" for k, (a, b) in pairs.items() if a != b]


def main(native, received, events=None):
    findings = {f["id"]: f for f in map(json.loads, open(native, encoding="utf-8"))}
    problems, seen, good = [], [], []
    for n, line in enumerate(open(received, encoding="utf-8")):
        message = json.loads(line)
        if isinstance(message["sd"], str):
            message["sd"] = json.loads(message["sd"]).get("rfc5424-sd", {}).get("credlineage@32473", {})
        try:
            event = json.loads(message["msg"].lstrip("\ufeff"))
        except ValueError as e:
            problems.append(f"message {n}: {e}: {message['msg'][:80]!r}")
            continue
        finding = findings.get(event["finding_info"]["uid"])
        if finding is None:
            problems.append(f"message {n}: nobody sent {event['finding_info']['uid']}")
            continue
        problems += [f"message {n}: {d}" for d in differences(finding, message, event)]
        seen.append(finding["id"])
        good.append(event)
    if seen != list(findings):
        problems.append(f"{len(seen)} came, {len(set(seen))} different, {len(findings)} were sent, or in another order")
    if events:
        with open(events, "w", encoding="utf-8") as out:
            out.writelines(json.dumps(e) + "\n" for e in good)
    for p in problems[:10]:
        print("#", p)
    print(f"# {len(seen)} messages say what {len(findings)} findings say")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
