#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks OCSF Detection Findings and acts (File System, Process, Network Activity), one JSON object per line, against ocsf_schema.json
and ocsf_acts.json.

    check_ocsf.py FILE...      "-" is standard input; prints what is wrong and exits 1, else "N events are sound"

Everything that the reference validator calls an error or a warning is an error here.
"""
import json
import os
import re
import sys

SCHEMA = json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ocsf_schema.json")))
ACTS = json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ocsf_acts.json")))
SCHEMA["objects"].update(ACTS["objects"])
# Epoch milliseconds between 2001 and 2286: seconds, microseconds and nanoseconds all fall outside.
TIME_RANGE = (10**12, 10**13)


def is_int(v):
    return isinstance(v, int) and not isinstance(v, bool) or isinstance(v, float) and v.is_integer()


BASE_TYPES = {
    "boolean_t": lambda v: isinstance(v, bool),
    "float_t": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "integer_t": is_int,
    "long_t": is_int,
    "string_t": lambda v: isinstance(v, str),
    "json_t": lambda v: True,
}


class Check:
    def __init__(self, event):
        self.event = event
        self.problems = []
        metadata = event.get("metadata") if isinstance(event.get("metadata"), dict) else {}
        profiles = metadata.get("profiles", [])
        self.profiles = set(profiles) if isinstance(profiles, list) else set()
        said = metadata.get("version")
        self.version = said if said in SCHEMA["versions"] else SCHEMA["versions"][-1]

    def has(self, rule):
        """The attribute is there in the event's version and profiles."""
        return rule.get("since", "") <= self.version and (not rule.get("profile") or rule["profile"] in self.profiles)

    def say(self, path, text):
        self.problems.append(f"{path or 'event'}: {text}")

    def primitive(self, path, name, value):
        rule = SCHEMA["types"][name]
        if not BASE_TYPES[rule["base"]](value):
            self.say(path, f"must be {name}, is {json.dumps(value)[:60]}")
            return
        if "max_len" in rule and len(value) > rule["max_len"]:
            self.say(path, f"longer than {rule['max_len']}")
        if "range" in rule and not rule["range"][0] <= value <= rule["range"][1]:
            self.say(path, f"{value} is out of range")
        if "regex" in rule and not re.search(rule["regex"], value):
            self.say(path, f"does not look like {name}")
        if name == "timestamp_t" and not TIME_RANGE[0] <= value < TIME_RANGE[1]:
            self.say(path, f"{value} is no time in milliseconds")

    def value(self, path, rule, value):
        if rule["type"] in SCHEMA["types"]:
            self.primitive(path, rule["type"], value)
        elif rule["type"] == "object":
            if not isinstance(value, dict):
                self.say(path, "must be an object")
        elif rule["type"] not in SCHEMA["objects"]:
            self.say(path, f"no schema for object {rule['type']}")
        elif not isinstance(value, dict):
            self.say(path, f"must be an object {rule['type']}")
        else:
            self.members(path, SCHEMA["objects"][rule["type"]], value)

    def enum(self, path, rule, name, owner):
        value = owner[name]
        if "enum" not in rule:
            return
        if not is_int(value) or str(int(value)) not in rule["enum"]:
            self.say(f"{path}.{name}".lstrip("."), f"{json.dumps(value)} is not one of its values")
            return
        sibling = rule.get("sibling")
        if sibling in owner and int(value) != 99 and owner[sibling] != rule["enum"][str(int(value))]:
            self.say(f"{path}.{sibling}".lstrip("."), f"{owner[sibling]!r} is not the name of {value}")

    def constraints(self, path, spec, value):
        for kind, names in spec.get("constraints", {}).items():
            n = sum(name in value for name in names)
            if kind == "at_least_one" and not n or kind == "just_one" and n != 1:
                self.say(path, f"needs {kind} of {', '.join(names)}")

    def members(self, path, spec, value):
        attributes = {k: r for k, r in spec["attributes"].items() if self.has(r)}
        for name, rule in attributes.items():
            if rule.get("required") and name not in value:
                self.say(path, f"{name} is missing")
        for name in value:
            here = f"{path}.{name}".lstrip(".")
            rule = attributes.get(name)
            if not rule:
                self.say(here, "unknown attribute")
                continue
            if rule.get("deprecated"):
                self.say(here, "deprecated")
            if rule.get("array"):
                if not isinstance(value[name], list):
                    self.say(here, "must be an array")
                    continue
                for i, item in enumerate(value[name]):
                    self.value(f"{here}[{i}]", rule, item)
            else:
                self.value(here, rule, value[name])
            self.enum(path, rule, name, value)
        self.constraints(path, spec, value)

    def resolve(self, name):
        """The values that a path like a.b, a[].b or a[0].b stands for."""
        found = [self.event]
        for part in name.split("."):
            m = re.fullmatch(r"([a-z0-9_]+)(?:\[(\d*)\])?", part)
            if not m:
                return []
            found = [v[m[1]] for v in found if isinstance(v, dict) and m[1] in v]
            if m[2] is not None:
                lists = [v for v in found if isinstance(v, list)]
                found = [x for v in lists for x in (v if m[2] == "" else v[int(m[2]) : int(m[2]) + 1])]
        return found

    def observables(self):
        listed = self.event.get("observables", [])
        for i, o in enumerate(listed if isinstance(listed, list) else []):
            if not isinstance(o, dict) or "name" not in o:
                continue
            values = self.resolve(o["name"])
            if not values:
                self.say(f"observables[{i}].name", f"{o['name']!r} leads nowhere")
            elif "value" in o and str(o["value"]) not in [v if isinstance(v, str) else json.dumps(v) for v in values]:
                self.say(f"observables[{i}].value", f"{o['name']!r} has another value")

    def whole(self):
        e = self.event
        c = ACTS["classes"].get(str(e.get("class_uid")), SCHEMA["class"])
        self.members("", c, e)
        for name in self.profiles - set(c.get("profiles", SCHEMA["profiles"])):
            self.say("metadata.profiles", f"{name!r} is not a profile of the class")
        if e.get("class_uid") != c["uid"] or e.get("category_uid") != c["category_uid"]:
            self.say("class_uid", "neither a Detection Finding nor an act")
        elif is_int(e.get("activity_id")) and e.get("type_uid") != c["uid"] * 100 + e["activity_id"]:
            self.say("type_uid", "is not class_uid * 100 + activity_id")
        elif "type_name" in e and e["type_name"] != c["types"].get(str(e.get("type_uid"))):
            self.say("type_name", "is not the name of type_uid")
        if isinstance(e.get("metadata"), dict) and e["metadata"].get("version") != self.version:
            self.say("metadata.version", f"must be {' or '.join(SCHEMA['versions'])}")
        self.observables()
        return self.problems


def refuse_twice(pairs):
    keys = [k for k, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError("a member stands twice")
    return dict(pairs)


def check_line(line):
    try:
        event = json.loads(line, object_pairs_hook=refuse_twice)
    except ValueError as e:
        return [f"not JSON: {e}"]
    return Check(event).whole() if isinstance(event, dict) else ["not an object"]


def main(names):
    count = bad = 0
    for name in names:
        data = sys.stdin.buffer.read() if name == "-" else open(name, "rb").read()
        for number, line in enumerate(data.decode("utf-8").split("\n"), 1):
            if not line.strip():
                continue
            count += 1
            for problem in check_line(line):
                bad += 1
                print(f"{name}:{number}: {problem}")
    if not count:
        print("no event to check")
        return 1
    if not bad:
        print(f"{count} events are sound")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["-"]))
