#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what scripts/content has for SIEMs against records that the program wrote.

    check_content.py sigma DIRECTORY OCSF ECS       every rule is sound and matches its detector's records, no other
    check_content.py elastic DIRECTORY PAGE ECS     every field of a record and of the page is mapped, to a
                                                    type that takes its value
    check_content.py splunk DIRECTORY OCSF ECS CEF  lines break, times and ids are found where the stanzas say

OCSF, ECS: files of JSON lines; CEF: of lines. Prints what is wrong and exits 1, else what was checked.
"""
import configparser
import datetime
import glob
import ipaddress
import json
import os
import re
import sys

LIB = os.path.dirname(os.path.abspath(__file__))
problems = []


def say(text):
    problems.append(text)
    print(text)


def records(name):
    return [json.loads(line) for line in open(name, encoding="utf-8")]


def values_at(value, path):
    """All values of a dotted path, through lists."""
    if isinstance(value, list):
        return [v for item in value for v in values_at(item, path)]
    if not path:
        return [value]
    head, _, rest = path.partition(".")
    return values_at(value[head], rest) if isinstance(value, dict) and head in value else []


# ---- Sigma ----


def matches(detection, record):
    """Of conditions: names of selections with "or" between them. Of selections: all fields equal."""
    names = detection["condition"].split(" or ")
    return any(all(want in values_at(record, path) for path, want in detection[name].items()) for name in names)


def with_detector(record, path, detector):
    """The record as another detector would have made it."""
    copy = json.loads(json.dumps(record))
    at = copy
    *way, last = path.split(".")
    for part in way:
        at = at[part]
    at[last] = detector
    return copy


def check_rule(name, rule, ocsf, ecs, detectors):
    wanted = rule["detection"]["ocsf"]["finding_info.analytic.uid"]
    if wanted != os.path.basename(name)[:-4]:
        say(f"{name}: is about {wanted}")
    for form, events, detector, created in (
        ("ocsf", ocsf, "finding_info.analytic.uid", "activity_name"),
        ("ecs", ecs, "rule.id", "event.action"),
    ):
        for e in events + [with_detector(e, detector, d) for e in events for d in detectors]:
            expected = values_at(e, detector) == [wanted] and values_at(e, created)[0].lower() == "create"
            if matches(rule["detection"], e) != expected:
                say(f"{name}: {'misses' if expected else 'takes'} an {form} record of {values_at(e, detector)[0]}")
    for tag in rule.get("tags", []):
        if tag.startswith("attack.t") and tag[7:].upper() not in json.dumps(detectors[wanted]):
            say(f"{name}: {tag} is not a technique that the detector's findings name")


def sigma(directory, ocsf_name, ecs_name):
    import jsonschema
    import yaml

    schema = json.load(open(os.path.join(LIB, "sigma_schema.json")))
    ocsf, ecs = records(ocsf_name), records(ecs_name)
    detectors = json.load(open(os.path.join(LIB, "../../user/detect/frameworks.json")))["detectors"]
    rules, correlations, ids = {}, [], set()
    for name in sorted(glob.glob(os.path.join(directory, "*.yml"))):
        rule = yaml.safe_load(open(name))
        rule = json.loads(json.dumps(rule, default=str))  # a date is a text
        kind = "correlation" if "correlation" in rule else "rule"
        checker = jsonschema.Draft202012Validator({"$ref": f"#/$defs/{kind}", "$defs": schema["$defs"]})
        for e in checker.iter_errors(rule):
            say(f"{name}: {'.'.join(map(str, e.absolute_path))}: {e.message}")
        if rule.get("id") in ids:
            say(f"{name}: its id stands elsewhere, too")
        ids.add(rule.get("id"))
        if kind == "rule":
            rules[rule["name"]] = rule
            check_rule(name, rule, ocsf, ecs, detectors)
        else:
            correlations.append((name, rule["correlation"]))
    for name, c in correlations:
        for other in c["rules"]:
            if other not in rules:
                say(f"{name}: there is no rule {other}")
        for alias in c.get("aliases", {}).values():
            for rule, field in alias.items():
                if rule not in c["rules"] or not all(values_at(e, field) for e in ocsf):
                    say(f"{name}: the alias {rule}: {field} leads nowhere")
    return f"{len(rules)} rules and {len(correlations)} correlations over {len(ocsf)} records"


# ---- Elasticsearch ----


def is_date(v):
    return isinstance(v, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", v)


def is_ip(v):
    try:
        return bool(ipaddress.ip_address(v))
    except ValueError:
        return False


TAKES = {
    "keyword": lambda v: isinstance(v, str),
    "constant_keyword": lambda v: isinstance(v, str),
    "wildcard": lambda v: isinstance(v, str),
    "text": lambda v: isinstance(v, str),
    "date": is_date,
    "long": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "float": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "boolean": lambda v: isinstance(v, bool),
    "ip": is_ip,
}


def check_mapped(value, mapping, path):
    if isinstance(value, list):
        for item in value:
            check_mapped(item, mapping, path)
    elif mapping is None:
        say(f"{path} is not mapped")
    elif mapping.get("enabled") is False:
        return
    elif isinstance(value, dict):
        for key, item in value.items():
            check_mapped(item, mapping.get("properties", {}).get(key), f"{path}.{key}".lstrip("."))
    elif "type" not in mapping or not TAKES[mapping["type"]](value):
        say(f"{path}: {json.dumps(value)[:60]} does not fit {json.dumps(mapping)[:60]}")


def mapping_of(mappings, path):
    for part in path.split("."):
        mappings = (mappings or {}).get("properties", {}).get(part)
    return mappings


def run_pipeline(pipeline, document):
    """The processors of ours, as their documentation has them; geoip needs a database and adds nothing here."""
    for processor in pipeline["processors"]:
        ((kind, o),) = processor.items()
        if kind == "geoip":
            continue
        if kind != "set" or set(o) - {"field", "value", "copy_from", "override", "ignore_empty_value"}:
            say(f"a processor that is not known here: {kind} {sorted(o)}")
            continue
        value = values_at(document, o["copy_from"])[0] if "copy_from" in o else o["value"]
        value = "2026-01-01T00:00:00.000Z" if value == "{{{_ingest.timestamp}}}" else value
        if o.get("override", True) or not values_at(document, o["field"]):
            at, *rest = o["field"].split(".")
            document.setdefault(at, {}).update({rest[0]: value}) if rest else document.update({at: value})
    return document


def elastic(directory, page, ecs_name):
    template = json.load(open(os.path.join(directory, "index-template.json")))
    pipeline = json.load(open(os.path.join(directory, "ingest-pipeline.json")))
    mappings = template["template"]["mappings"]
    ids = set()
    if template["template"]["settings"]["index"]["default_pipeline"] != "credlineage-findings":
        say("index-template.json: names another pipeline")
    ecs = records(ecs_name)
    for e in ecs:
        document = run_pipeline(pipeline, e)
        ids.add(document.pop("_id"))
        check_mapped(document, mappings, "")
    for path in re.findall(r"^\|(?:[^|]*\|){3} `([^`]*)`", open(page).read(), re.M):
        if mapping_of(mappings, path.replace("[]", "")) is None:
            say(f"{path} of the table is not mapped")
    if len(ids) != len(ecs):
        say("two reports have one _id")
    for processor in pipeline["processors"] + pipeline["on_failure"]:
        for o in processor.values():
            target = o.get("target_field", o["field"])
            if target != "_id" and mapping_of(mappings, target) is None:
                say(f"ingest-pipeline.json: {target} is not mapped")
    return f"{len(ecs)} records are mapped"


# ---- Splunk ----


def conf(name):
    c = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#",), strict=True)
    c.optionxform = str
    c.read_string(open(name, encoding="utf-8").read())
    return c


def python_time(text, form):
    """Splunk's %3N and %6N are digits of a fraction; with %s it is seconds since 1970."""
    if form == "%s%3N":
        return int(text[:13]) / 1000
    form = form.replace("%6N", "%f").replace("%Z", "%z")
    return datetime.datetime.strptime(text, form).timestamp()


def check_times(stanza, raw, expected):
    for line, time in zip(raw, expected):
        m = re.search(stanza["TIME_PREFIX"], line)
        found = m and python_time(line[m.end() :][: int(stanza["MAX_TIMESTAMP_LOOKAHEAD"])], stanza["TIME_FORMAT"])
        if not m or abs(found - time) > 0.0005:
            say(f"{stanza.name}: found the time {found} instead of {time}")


def check_lines(stanza, name):
    text = open(name, encoding="utf-8", newline="").read()
    events, at = [], 0
    for m in re.finditer(stanza["LINE_BREAKER"], text):
        events.append(text[at : m.start(1)])
        at = m.end(1)
    if events != text.split("\n")[:-1] or text[at:]:
        say(f"{stanza.name}: lines do not break where records end")
    if max(map(len, events)) > int(stanza["TRUNCATE"]):
        say(f"{stanza.name}: TRUNCATE cuts a record")
    return events


def check_aliases(stanza, events):
    for old, new in re.findall(r"(\S+) AS (\S+)", stanza["FIELDALIAS-credlineage"]):
        if not any(values_at(e, old) for e in events):
            say(f"{stanza.name}: no record has {old}, which is to be {new}")


def transformed(transforms, name, line):
    t = transforms[name]
    found = {}
    for m in re.finditer(t["REGEX"], line):
        for key, value in re.findall(r"(\S+?)::(\S+)", t["FORMAT"]):
            put = lambda s: re.sub(r"\$(\d)", lambda g: m[int(g[1])], s)
            found.setdefault(put(key), put(value))
    return found


def splunk(directory, ocsf_name, ecs_name, cef_name):
    props, transforms = (conf(os.path.join(directory, f"{n}.conf")) for n in ("props", "transforms"))
    ocsf, ecs = records(ocsf_name), records(ecs_name)
    times = [e["time"] / 1000 for e in ocsf]
    for kind, name in (("ocsf", ocsf_name), ("ecs", ecs_name), ("cef", cef_name)):
        stanza = props[f"credlineage:{kind}"]
        raw = check_lines(stanza, name)
        check_times(stanza, raw, times)
        for key in stanza:
            for t in re.findall(r"[a-z_]+", stanza[key]) if key.startswith(("TRANSFORMS-", "REPORT-")) else []:
                if t not in transforms:
                    say(f"{stanza.name}: there is no transform {t}")
        for line, e in zip(raw, ocsf):
            want = {"id": e["finding_info"]["uid"], "detector": e["finding_info"]["analytic"]["uid"]}
            if kind == "ocsf":
                for what in want:
                    if transformed(transforms, f"credlineage_ocsf_{what}", line) != {f"credlineage_{what}": want[what]}:
                        say(f"{stanza.name}: {what} of {want['id']} is not found")
            elif kind == "cef":
                head = transformed(transforms, "credlineage_cef_header", line)
                pairs = transformed(transforms, "credlineage_cef_pairs", line)
                fingerprint = e["resources"][0]["uid"] if "resources" in e else None
                if (head.get("signature_id"), pairs.get("externalId"), pairs.get("cs1"), pairs.get("dvchost")) != (
                    want["detector"], want["id"], fingerprint, e["device"]["hostname"]):
                    say(f"{stanza.name}: {want['id']} reads as {head} {pairs}")
    check_aliases(props["credlineage:ocsf"], ocsf)
    check_aliases(props["credlineage:ecs"], ecs)
    return f"{len(ocsf)} records of each format are read"


if __name__ == "__main__":
    done = {"sigma": sigma, "elastic": elastic, "splunk": splunk}[sys.argv[1]](*sys.argv[2:])
    if not problems:
        print(done)
    sys.exit(1 if problems else 0)
