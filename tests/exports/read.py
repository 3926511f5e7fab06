#!/usr/bin/python3
"""Reads one lineage back from every format with the format's own reader and holds it against the native export.

    read.py STEM SCHEMA EXTENSION     STEM.json, STEM.opengraph, ... are the exports; prints "ok NAME" or "not ok NAME: WHY"
"""
import json
import re
import subprocess
import sys
import urllib.parse
import xml.etree.ElementTree as xml

import dateutil.parser
import jsonschema
import networkx
import prov.model

stem, schema_path, extension_path = sys.argv[1:]
failed = 0


def text_of(format):
    with open(f"{stem}.{format}", encoding="utf-8", newline="") as f:
        return f.read()


native = json.loads(text_of("json"))
nodes = {n["id"]: n for n in native["nodes"]}
edges = {e["id"]: e for e in native["edges"]}
extension = json.load(open(extension_path))


def same(what, got, want):
    assert got == want, f"{what} {got!r}, not {want!r}"


def same_ids(what, got, want):
    got = list(got)
    same(f"number of {what}", len(got), len(want))
    same(f"{what} that are not in the other", sorted(set(got) ^ set(want))[:3], [])


def properties_are(got, element, shown=lambda value: value):
    """Everything that the native element says is among the properties, unchanged."""
    for name in ("kind", "label", "first", "last", "count", "basis", "evidence"):
        if name in element:
            same(f"{element['id']}: {name}", got.get(name), shown(element[name]))
    for name, value in element["attrs"].items():
        held = got[name] if name in got and "attr_" + name not in got else got.get("attr_" + name)
        same(f"{element['id']}: {name}", held, shown(value))
    named = sorted(f["id"] for f in native["findings"]
                   if element["id"] in f["nodes"] + f["edges"] + [f.get("credential")])
    same(f"{element['id']}: findings", got.get("findings"), shown(named) if named else None)


def check(function):
    global failed
    try:
        function()
        print(f"ok {function.__doc__}")
    except Exception as e:  # whatever the reader throws is the answer
        failed = 1
        print(f"not ok {function.__doc__}: {type(e).__name__}: {e}"[:600])


def schema():
    """json: its schema holds (python3-jsonschema)"""
    rules = json.load(open(schema_path))
    jsonschema.Draft202012Validator.check_schema(rules)
    for e in jsonschema.Draft202012Validator(rules).iter_errors(native):
        raise AssertionError(f"{list(e.path)}: {e.message}")


def is_property(value):
    plain = (str, bool, int, float)
    if isinstance(value, list):
        return len({type(v) for v in value}) <= 1 and all(isinstance(v, plain) for v in value)
    return isinstance(value, plain)


def opengraph():
    """opengraph: the shape that is taken in, every id and value, and no two ids alike in upper case"""
    o = json.loads(text_of("opengraph"))
    same("members", (set(o), set(o["metadata"]), set(o["graph"])),
         ({"metadata", "graph"}, {"source_kind"}, {"nodes", "edges"}))
    own = {n["properties"]["lineage_id"]: n["id"] for n in o["graph"]["nodes"]}
    same_ids("nodes", (n["properties"]["lineage_id"] for n in o["graph"]["nodes"]), nodes)
    same_ids("edges", (e["properties"]["lineage_id"] for e in o["graph"]["edges"]), edges)
    same("ids in upper case", len({i.upper() for i in own.values()}), len(nodes))
    for n in o["graph"]["nodes"]:
        same("members", set(n), {"id", "kinds", "properties"})
        native_node = nodes[n["properties"]["lineage_id"]]
        same("kinds", n["kinds"], ["CredLineage_" + native_node["kind"]])
        same("shown name", n["properties"]["displayname"], native_node["label"])
        properties_are(n["properties"], native_node)
    for e in o["graph"]["edges"]:
        same("members", set(e), {"start", "end", "kind", "properties"})
        native_edge = edges[e["properties"]["lineage_id"]]
        same("kind", e["kind"], "CredLineage_" + native_edge["kind"])
        assert re.fullmatch("[A-Za-z0-9_]+", e["kind"])
        same("start", e["start"], {"match_by": "id", "value": own[native_edge["source"]]})
        same("end", e["end"], {"match_by": "id", "value": own[native_edge["target"]]})
        properties_are(e["properties"], native_edge)
    for element in o["graph"]["nodes"] + o["graph"]["edges"]:
        for name, value in element["properties"].items():
            assert re.fullmatch("[a-z][a-z0-9_]*", name) and name not in ("objectid", "lastseen"), name
            assert is_property(value), (name, value)


def extension_definition():
    """opengraph: the extension is one that is taken in, and with it there is a path from the first process to what it got"""
    same("members", set(extension),
         {"schema", "node_kinds", "relationship_kinds", "environments", "relationship_findings"})
    same("members of schema", set(extension["schema"]), {"name", "display_name", "version", "namespace"})
    prefix = extension["schema"]["namespace"] + "_"
    names = [k["name"] for k in extension["node_kinds"] + extension["relationship_kinds"]]
    same("kinds that repeat", len(names), len(set(names)))
    assert all(n.startswith(prefix) and n != prefix for n in names)
    for k in extension["node_kinds"]:
        same("members", set(k), {"name", "display_name", "description", "is_display_kind", "icon", "color"})
    for k in extension["relationship_kinds"]:
        same("members", set(k), {"name", "description", "is_traversable"})
    walked = {k["name"] for k in extension["relationship_kinds"] if k["is_traversable"]}
    g = networkx.DiGraph()
    o = json.loads(text_of("opengraph"))
    for e in o["graph"]["edges"]:
        assert e["kind"] in names
        if e["kind"] in walked:
            g.add_edge(e["start"]["value"], e["end"]["value"])
    if any(e["kind"] == "SPAWNED" and e["source"] != e["target"] for e in edges.values()):
        credential = next(n for n in nodes if n.startswith("cred:"))
        sources = [e["source"] for e in edges.values() if e["kind"] == "SPAWNED"]
        first = set(sources) - {e["target"] for e in edges.values() if e["kind"] == "SPAWNED"}
        assert any(networkx.has_path(g, f, credential) for f in first if f in g), "no path"


def timesketch():
    """timesketch: every line has what the importer asks for, every id, every time"""
    seen = {}
    lines = text_of("timesketch").split("\n")
    same("last line", lines.pop(), "")
    for line in lines:
        o = json.loads(line)
        assert isinstance(o["message"], str) and o["message"] and isinstance(o["timestamp_desc"], str)
        moment = dateutil.parser.parse(o["datetime"])
        same("timestamp", o["timestamp"], round(moment.timestamp() * 1000000))
        assert isinstance(o["timestamp"], int) and moment.tzinfo and isinstance(o["tag"] if "tag" in o else [], list)
        if "lineage_id" in o:
            seen.setdefault(o["lineage_id"], []).append(o)
    findings = {f["id"]: f for f in native["findings"]}
    same_ids("ids", seen, {**nodes, **edges, **findings})
    for i, events in seen.items():
        element = nodes.get(i) or edges.get(i) or findings[i]
        times = [t for t in (element.get("first"), element.get("last")) if t]
        same(f"{i}: times", sorted({e["timestamp"] for e in events}),
             sorted({round(dateutil.parser.parse(t).timestamp() * 1000000) for t in times}) or [0])
        for e in events:
            if i in findings:
                same("severity", e["severity"], element["severity"])
            else:
                properties_are(e, element)
            if i in edges:
                same("ends", (e["source"], e["target"]), (element["source"], element["target"]))


PROV_ENDS = {"Usage": ("activity", "entity"), "Start": ("starter", "activity"), "Association": ("activity", "agent"),
             "Influence": ("influencer", "influencee")}


def prov_ends(record):
    values = {k.localpart: v for k, v in record.formal_attributes if v is not None}
    kind = record.get_type().localpart
    if kind == "Delegation":  # a run of its workflow, or of the run that handed it on
        part = "PART_OF" in {str(v) for v in record.get_attribute("ll:kind")}
        ends = ("delegate", "responsible") if part else ("responsible", "delegate")
    else:
        ends = PROV_ENDS[kind]
    return tuple(native_id(values[e]) for e in ends)


def native_id(name):
    assert name.namespace.prefix == "lineage", name
    return urllib.parse.unquote(name.localpart)


def prov_values(record):
    """Values by name; PROV has sets where we have lists."""
    got = {}
    for name, value in record.extra_attributes:
        if name.namespace.prefix == "ll":
            got.setdefault(name.localpart, []).append(value)
    return got


def prov_json():
    """prov: python3-prov reads every node and relation, with every value"""
    document = prov.model.ProvDocument.deserialize(content=text_of("prov"), format="json")
    elements = [r for r in document.get_records() if r.is_element()]
    relations = [r for r in document.get_records() if r.is_relation()]
    same_ids("nodes", (native_id(r.identifier) for r in elements), nodes)
    same_ids("edges", (native_id(r.identifier) for r in relations), edges)
    for r in elements + relations:
        element = nodes.get(native_id(r.identifier)) or edges[native_id(r.identifier)]
        got = prov_values(r)
        as_set = lambda v: sorted(set(v), key=str) if isinstance(v, list) else [v]
        properties_are({k: sorted(v, key=str) for k, v in got.items()}, element, as_set)
        if r.is_relation():
            same("ends", prov_ends(r), (element["source"], element["target"]))
        else:
            same("label", r.label, element["label"])
    document.get_provn()


def xml_text(value):
    """As a string of GraphML holds it."""
    value = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    value = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", lambda m: f"\\x{ord(m[0]):02x}", value)
    return value.replace("\ufffe", "\\u{fffe}").replace("\uffff", "\\u{ffff}")


def graphml():
    """graphml: networkx reads every node and edge, with every value"""
    g = networkx.read_graphml(f"{stem}.graphml", force_multigraph=True)
    assert g.is_directed()
    same_ids("nodes", g.nodes, nodes)
    same_ids("edges", (k for _, _, k in g.edges(keys=True)), edges)
    # The reader leaves out what is empty.
    shown = lambda v: v if isinstance(v, (bool, int, float)) else xml_text(v) or None
    for i, data in g.nodes(data=True):
        properties_are(data, nodes[i], shown)
    for source, target, i, data in g.edges(keys=True, data=True):
        same("ends", (source, target), (edges[i]["source"], edges[i]["target"]))
        properties_are(data, edges[i], shown)


def dot_name(i):
    """A name as Graphviz keeps it: a backslash before a quote or the end is doubled, a reference is one to its '&'."""
    i = re.sub("&(?=#?[0-9A-Za-z]+;)", "&amp;", i)
    return re.sub(r'(?<!\\)((?:\\\\)*)\\(?="|$)', r"\1\\\\", i)


def dot():
    """dot: Graphviz reads every node and edge"""
    done = subprocess.run(["dot", "-Tjson0", f"{stem}.dot"], capture_output=True, check=True)
    same("complaints", done.stderr, b"")
    o = json.loads(done.stdout)
    names = {n["_gvid"]: n["name"] for n in o["objects"] if "nodes" not in n and "subgraphs" not in n}
    same_ids("nodes", names.values(), [dot_name(i) for i in nodes])
    same("edges", sorted((names[e["tail"]], names[e["head"]]) for e in o["edges"]),
         sorted((dot_name(e["source"]), dot_name(e["target"])) for e in edges.values()))


def svg():
    """svg: every node is there under its id, every edge that is not hidden, and nothing that acts"""
    root = xml.fromstring(text_of("svg"))
    space = "{http://www.w3.org/2000/svg}"
    groups = {c: [g.get("id") for g in root.iter(space + "g") if g.get("class") == c] for c in ("node", "edge")}
    same_ids("nodes", groups["node"], nodes)
    unknown = set(groups["edge"]) - set(edges)
    same("edges of nobody", unknown, set())
    hidden = {e["kind"] for e in edges.values() if e["id"] not in groups["edge"]}
    assert hidden <= {"RAN_AS", "PART_OF"}, hidden
    for e in root.iter():
        assert e.tag in {space + t for t in ("svg", "g", "title", "text", "polygon", "polyline", "path", "ellipse", "a")}, e.tag
        assert not any(a.lower().startswith("on") or a.endswith("href") for a in e.keys()), e.attrib


for function in (schema, opengraph, extension_definition, timesketch, prov_json, graphml, dot, svg):
    check(function)
sys.exit(failed)
