# SPDX-License-Identifier: Apache-2.0
"""What stands where in CEF, LEEF and ECS: the table of user/format/fields.c written down a second time on purpose, for
check_formats.py."""
import re
from datetime import datetime, timezone

FLAT_SEVERITY = {"Low": "3", "Medium": "6", "High": "8", "Critical": "10"}
ECS_SEVERITY = {"Low": 21, "Medium": 47, "High": 73, "Critical": 99}
TREES = ("schema policy credential sides evidence evidence_cut destinations destinations_cut frameworks coverage "
         "lineage review").split()


# ---- the native finding ----

def at(o, path):
    for part in path.split("."):
        if isinstance(o, list):
            o = o[int(part)] if int(part) < len(o) else None
        else:
            o = o.get(part) if isinstance(o, dict) else None
    return o


def report(f):
    """What tells one report from another."""
    return f"{f['id']}:{f['activity']}:{f['count']}"


class Native:
    def __init__(self, finding):
        sides = finding.get("sides") or []
        self.finding = finding
        self.actor = sides[-1] if sides else {}
        self.origin = sides[0] if len(sides) > 1 else {}
        went = at(self.actor, "use.destination")
        self.destination = next((d for d in finding.get("destinations", []) if d["id"] == f"destination:{went}"), {})

    def get(self, path):
        word, _, rest = path.partition(".")
        if word in ("actor", "origin", "destination"):
            return at(getattr(self, word), rest)
        return at(self.finding, path)


def parse_time(s):
    return datetime.strptime(s, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)


def milliseconds(s):
    t = parse_time(s)
    return str(int(t.timestamp()) * 1000 + t.microsecond // 1000)


HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufdd0-\ufdef"
                    "\U000e0000-\U000e007f" + "".join(f"{chr(p << 16 | 0xfffe)}{chr(p << 16 | 0xffff)}" for p in range(17)) + "]")


def visible(s, keep="", drop=""):
    def show(m):
        c = m[0]
        return c if c in keep else f"\\x{ord(c):02x}" if ord(c) < 0x80 else f"\\u{{{ord(c):x}}}"
    s = HIDDEN.sub(show, s)
    return "".join(f"\\x{ord(c):02x}" if c in drop else c for c in s)


def begin(s, size):
    """The first whole characters of at most that many bytes."""
    return s.encode()[:size].decode(errors="ignore")


# ---- CEF ----

# key, path, label of a custom key
CEF = [line.split() for line in """
rt last
end last
start first
externalId id
act activity
cnt count
msg message
dvchost host.name
deviceExternalId host.id
credlineageBootId host.boot_id
cs1 credential.fingerprint credential
credlineageFirstFingerprint credential.first_fingerprint
credlineageKeyId credential.key_id
credlineageProvider credential.provider
credlineageFormat credential.format
credlineageClass credential.class
credlineageLabel credential.label
credlineageOwner credential.owner
deviceCustomDate1 credential.first_seen credentialFirstSeen
deviceCustomDate2 credential.expires credentialExpires
cn1 credential.age_seconds credentialAgeSeconds
cs2 actor.run.workflow workflow
credlineageRun actor.run.id
credlineageRunKind actor.run.kind
cs5 actor.run.environment environment
credlineageProcess actor.process.id
spid actor.process.pid
sproc actor.process.name
credlineageExecutable actor.process.exe
credlineageCommand actor.process.command
suid actor.process.uid
cs6 actor.process.container container
credlineageParents actor.process.chain
credlineageUse actor.use.how
credlineageBasis actor.use.basis
filePath actor.use.path
credlineageLine actor.use.line
credlineageVariable actor.use.name
credlineageDestination actor.use.destination
dst destination.address
c6a3 destination.address Destination_IPv6_Address
dpt destination.port
dhost destination.name
proto destination.transport
cs3 origin.run.workflow originWorkflow
credlineageOriginRun origin.run.id
credlineageOriginEnvironment origin.run.environment
credlineageOriginPid origin.process.pid
credlineageOriginProcessName origin.process.name
credlineageOriginCommand origin.process.command
credlineageOriginUse origin.use.how
credlineageOriginTime origin.use.time
credlineageOriginPath origin.use.path
cs4 frameworks frameworks
credlineagePolicyRule policy.rule
credlineageCoverageComplete coverage.complete
credlineageStatus review.status
reason review.reason
""".strip().splitlines()]
TIMES = {"last", "first", "credential.first_seen", "credential.expires", "origin.use.time"}
LISTED = {"frameworks": "id", "actor.process.chain": "name"}


def flat(native, path, time):
    """The value as text, or None."""
    v = native.get(path)
    if path in LISTED and v is not None:
        v = ", ".join(e[LISTED[path]] for e in v if e.get(LISTED[path]))
    if v is None or v == "":
        return None
    if isinstance(v, bool):
        return "true" if v else "false"
    return time(v) if path in TIMES else str(v)


def expect_cef(finding):
    native, out, cut = Native(finding), {}, False
    for key, path, *label in CEF:
        value = flat(native, path, milliseconds)
        if value is None or key == "dst" and not re.fullmatch(r"[0-9.]+", value) or key == "c6a3" and ":" not in value:
            continue
        value = visible(value, keep="\n\r")
        short = begin(value, 4000 if re.fullmatch(r"cs\d", key) else 1023)
        cut |= short != value
        out[key] = short
        if label:
            out[key + "Label"] = label[0].replace("_", " ")
    title, detector = begin(visible(finding["title"]), 512), begin(visible(finding["detector"]), 1023)
    if cut:
        out["credlineageTruncated"] = "true"
    return ["0", "credlineage", "credlineage", None, detector, title, FLAT_SEVERITY[finding["severity"]]], out


# ---- LEEF ----

LEEF = [line.split() for line in """
devTime last
firstSeen first
severity severity
id id
activity activity
count count
cat title
msg message
identHostName host.name
hostId host.id
bootId host.boot_id
resource credential.fingerprint
firstFingerprint credential.first_fingerprint
keyId credential.key_id
provider credential.provider
format credential.format
class credential.class
label credential.label
owner credential.owner
credentialFirstSeen credential.first_seen
credentialExpires credential.expires
credentialAgeSeconds credential.age_seconds
workflow actor.run.workflow
run actor.run.id
runKind actor.run.kind
environment actor.run.environment
process actor.process.id
pid actor.process.pid
processName actor.process.name
executable actor.process.exe
command actor.process.command
usrName actor.process.uid
container actor.process.container
parents actor.process.chain
use actor.use.how
basis actor.use.basis
path actor.use.path
line actor.use.line
variable actor.use.name
destination actor.use.destination
dst destination.address
dstPort destination.port
dstHost destination.name
proto destination.transport
originWorkflow origin.run.workflow
originRun origin.run.id
originEnvironment origin.run.environment
originPid origin.process.pid
originProcessName origin.process.name
originCommand origin.process.command
originUse origin.use.how
originTime origin.use.time
originPath origin.use.path
frameworks frameworks
policyRule policy.rule
coverageComplete coverage.complete
status review.status
reason review.reason
""".strip().splitlines()]


def leef_time(s):
    t = parse_time(s)
    return t.strftime("%Y-%m-%dT%H:%M:%S.") + f"{t.microsecond // 1000:03}+0000"


def expect_leef(finding):
    native, out = Native(finding), {"devTimeFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSZ", "sev": FLAT_SEVERITY[finding["severity"]]}
    for key, path in LEEF:
        value = flat(native, path, leef_time)
        if value is not None and (key != "dst" or re.fullmatch(r"[0-9.]+|[0-9a-f]*:[0-9a-f:.]*", value)):
            out[key] = visible(value, drop="^")
    return ["LEEF:2.0", "credlineage", "credlineage", None, visible(finding["detector"], drop="|^"), "^"], out


# ---- ECS ----

ECS = [line.split() for line in """
@timestamp last
event.end last
event.start first
event.action activity
event.code detector
rule.id detector
rule.name title
message message
host.name host.name
host.hostname host.name
host.id host.id
host.boot.id host.boot_id
process.entity_id actor.process.id
process.pid actor.process.pid
process.name actor.process.name
process.executable actor.process.exe
process.command_line actor.process.command
process.start actor.process.started
process.user.id actor.process.uid
user.id actor.process.uid
user.effective.id actor.process.euid
container.id actor.process.container
process.parent.entity_id actor.process.chain.0.id
process.parent.pid actor.process.chain.0.pid
process.parent.name actor.process.chain.0.name
process.parent.executable actor.process.chain.0.exe
process.parent.command_line actor.process.chain.0.command
file.path actor.use.path
destination.address destination.address
destination.port destination.port
destination.domain destination.name
network.transport destination.transport
credlineage.id id
credlineage.severity severity
credlineage.count count
credlineage.truncated truncated
credlineage.untruncated_size untruncated_size
""".strip().splitlines()]
ECS_WAYS = {"read": ("file", "access"), "connect": ("network", "connection"), "reached": ("process", "access"),
            "environment": ("process", "info"), "arguments": ("process", "info")}


def expect_ecs(finding):
    native, out = Native(finding), {}
    for path, source in ECS:
        value = native.get(source)
        if value is not None and value != "":
            out[path] = str(value) if path.endswith("user.id") or path in ("user.id", "user.effective.id") else value
    for tree in TREES:
        if finding.get(tree) is not None:
            out[f"credlineage.{tree}"] = finding[tree]
    how, run, address = native.get("actor.use.how"), native.get("actor.run") or {}, native.get("destination.address")
    category, kind = ECS_WAYS.get(how, (None, None))
    ips = [address] if address and re.fullmatch(r"[0-9.]+|[0-9a-f]*:[0-9a-f:.]*", address) else []
    attacks = [e for e in finding.get("frameworks", []) if e["framework"] == "MITRE ATT&CK"]
    subs = [e for e in attacks if "." in e["id"]]

    def several(path, values):
        values = list(dict.fromkeys(v for v in values if v))
        if values:
            out[path] = values

    out |= {"ecs.version": "9.4.0", "event.kind": "alert", "event.module": "credlineage", "event.provider": "credlineage",
            "event.dataset": "credlineage.findings", "event.id": ":".join([report(finding)] + [t for t in [at(finding, "review.time")] if t]), "rule.ruleset": "credlineage",
            "event.severity": ECS_SEVERITY[finding["severity"]], "event.risk_score": ECS_SEVERITY[finding["severity"]],
            "host.os.type": "linux", "observer.vendor": "credlineage", "observer.product": "credlineage",
            "observer.type": "sensor"}
    several("event.category", ["intrusion_detection", category])
    several("event.type", ["info", kind])
    several("related.hosts", [at(finding, "host.name"), native.get("destination.name")])
    several("related.hash", [at(finding, "credential.fingerprint"), at(finding, "credential.first_fingerprint")])
    several("related.user", [str(native.get("actor.process.uid"))] if native.get("actor.process.uid") is not None else [])
    several("related.ip", ips)
    several("threat.technique.id", [e["id"].split(".")[0] for e in attacks])
    several("threat.technique.name", [e["name"].split(": ")[0] for e in attacks])
    several("threat.technique.subtechnique.id", [e["id"] for e in subs])
    several("threat.technique.subtechnique.name", [e["name"].split(": ", 1)[1] for e in subs])
    if attacks:
        out["threat.framework"] = "MITRE ATT&CK"
    if ips:
        out["destination.ip"] = ips[0]
    if how == "connect":
        out["network.direction"] = "egress"
    if run.get("kind") == "agent":
        out |= {"gen_ai.agent.name": run["workflow"], "gen_ai.agent.id": run["id"]}
    return [], out
