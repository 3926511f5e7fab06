#!/usr/bin/env python3
"""Judges what tests/evasion/run.sh left:  check.py OUT...   (OUT: one part's directory)

Every case is a function of judges/PART.py with the case's id in small letters as its name. It says by value which
process did which act on which file, credential or destination, with the methods of Case. What it has not claimed when
it ends, and what names the case all the same, is a failure: a read of one of its files, an act with one of its
credentials, a finding about one of its runs. Prints "ok ID: title", "not ok ID: title" or "skip ID: title"."""
import importlib
import json
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "judges"))
# Where the stage writes its tokens down, to know them.
NOTES = ("/tokens-", "/plain")
# True of these cases as well, and not what they are about: one goes to two places of its own, one finds a token a second
# time in what the first run wrote.
ALSO = {"C01": "new-destination", "K01": "new-destination", "S20": "cross-run-reuse"}
TICK = 10**7  # ns in a clock tick, in which /proc tells starts
FLAGS = ("path_truncated path_fault args_truncated args_fault env_truncated env_fault content_truncated content_fault "
         "cgroup_truncated deleted anonymous unreachable by_inode by_name abstract address_from_user content_known "
         "name_truncated name_from_user redirected").split()
HOW = {name: i + 1 for i, name in enumerate("read pread readv mmap splice iouring copy other aio".split())}
ACCESS = {name: i + 1 for i, name in enumerate("ptrace traceme vm_read vm_write fd mem environ".split())}
RECEIVE = {"message": 1, "taken": 2}
CONNECT = {"call": 1, "send": 2, "accept": 3}


def lines(path):
    with open(path, encoding="utf-8", errors="surrogateescape") as f:
        for number, line in enumerate(f, 1):
            if not line.endswith("\n"):
                raise ValueError(f"{path}:{number}: cut short")
            yield json.loads(line)


def kernel_dev(st_dev):
    """stat(2)'s encoding of a device in the kernel's own, as observations carry it."""
    return os.major(st_dev) << 20 | os.minor(st_dev)


class Part:
    """All that one run of run.sh left of one part."""

    def __init__(self, directory):
        self.directory = directory
        self.facts = list(lines(os.path.join(directory, "facts.jsonl")))
        with open(os.path.join(directory, "..", "doctor.json"), encoding="utf-8") as f:
            self.limits = {limit["way"]: limit["reason"] for limit in json.load(f)["limits"]}
        self.tier, self.kernel = self.facts[0]["tier"], self.facts[0]["kernel"]
        self.observations = list(lines(os.path.join(directory, "observations.jsonl")))
        self.findings = list(lines(os.path.join(directory, "findings.jsonl")))
        self.tokens = {}
        for t in lines(os.path.join(directory, "tokens.jsonl")):
            self.tokens[os.path.basename(t["path"])] = t["fingerprint"]
        self.place_facts()
        self.cases = {f["case"]: Case(self, f) for f in self.facts if f["fact"] == "case"}

    def place_facts(self):
        """Facts of the triggers do not know their case: their process does."""
        known = {f["tgid"]: f for f in self.facts if f["fact"] == "process"}
        for f in self.facts:
            if "case" not in f and f.get("tgid") in known:
                f["case"], f["run"] = (known[f["tgid"]][k] for k in ("case", "run"))

    def lineage(self, run):
        with open(os.path.join(self.directory, "lineage", run + ".json"), encoding="utf-8") as f:
            return json.load(f)


class Problem(Exception):
    pass


class Case:
    def __init__(self, part, fact):
        self.part, self.id, self.title, self.x = part, fact["case"], fact["title"], fact["x"]
        name = self.id
        self.facts = [f for f in part.facts if f.get("case") == name]
        self.tokens = {k.split(".", 1)[1]: v for k, v in part.tokens.items() if k.split(".", 1)[0] == name}
        self.files = {}
        for f in self.facts:
            if f["fact"] == "file":
                self.files[f["name"]] = f
        self.processes = {f["who"]: f for f in self.facts if f["fact"] == "process"}
        self.runs = sorted({f["run"] for f in self.facts if f["fact"] == "status"})
        self.claimed, self.problems = set(), []
        self.lineages = {}

    # ---- what the case's programs said ----

    def fact(self, kind, **match):
        """The one fact of that kind (its value, where it has nothing else)."""
        found = [f for f in self.facts if f["fact"] == kind and all(f.get(k) == v for k, v in match.items())]
        if len(found) != 1:
            raise Problem(f"{len(found)} facts {kind} {match or ''}")
        return found[0].get("value", found[0])

    def process(self, who):
        if who not in self.processes:
            raise Problem(f"no process said that it is {who}")
        return self.processes[who]

    def ino(self, name):
        """(device, inode) of a file, as observations have it."""
        if name not in self.files:
            raise Problem(f"nobody said which file {name} is")
        f = self.files[name]
        return (f["dev"] if "ctime" in f else kernel_dev(f["dev"]), f["ino"])

    def fingerprint(self, token):
        if token not in self.tokens:
            raise Problem(f"there is no token {token}")
        return self.tokens[token]

    # ---- what was observed ----

    def problem(self, text):
        self.problems.append(text)

    def same(self, what, got, want):
        if got != want:
            self.problem(f"{what} is {got!r}, not {want!r}")

    def by(self, o, who, key="process"):
        p = self.process(who)
        return o.get(key + ".tgid") == p["tgid"] and o.get(key + ".start", 0) // TICK == p["start"]

    def seen(self, kind, who=None, file=None, **match):
        """(index, observation) of that kind, actor and file; claims nothing."""
        want = dict(match)
        if file:
            want["dev"], want["ino"] = self.ino(file)
        return [(i, o) for i, o in enumerate(self.part.observations)
                if o["kind"] == kind and (not who or self.by(o, who)) and all(o.get(k, 0) == v for k, v in want.items())]

    def claim(self, found):
        self.claimed |= {i for i, _ in found}
        return [o for _, o in found]

    def act(self, kind, who, file=None, count=None, flags=(), no_flags=(), opener=None, match=None, **fields):
        """
        Asserts that `who` was seen to do it, exactly `count` times or (None) at least once, each with these fields and
        flags; gives the observations. `match` chooses among several.
        """
        name = f"{kind} of {file or match or 'it'} by {who}"
        got = self.claim(self.seen(kind, who, file, **(match or {})))
        if not got or (count is not None and len(got) != count):
            raise Problem(f"{len(got)} x {name}, not {count or 'any'}; seen: {self.summary(kind, file)}")
        for o in got:
            for key, want in fields.items():
                self.same(f"{name}: {key}", o.get(key), want)
            names = {n for i, n in enumerate(FLAGS) if o.get("flags", 0) >> i & 1}
            for f in set(flags) - names:
                self.problem(f"{name}: without {f}")
            for f in set(no_flags) & names:
                self.problem(f"{name}: with {f}")
            if opener and not self.by(o, opener, "opener"):
                self.problem(f"{name}: opened by {o.get('opener.tgid')}, not by {opener} {self.process(opener)['tgid']}")
        return got

    def summary(self, kind, file):
        short = [{k: o.get(k) for k in ("process.tgid", "comm", "ino", "path", "how") if k in o}
                 for _, o in self.seen(kind, None, file)]
        return short[:6] or f"no {kind}"

    def sightings(self, observations):
        return sorted({s["fingerprint"] for o in observations for s in o.get("sightings", [])})

    def opened(self, who, file="W", **fields):
        return self.act("open", who, file, **fields)

    def read(self, who, file="W", token="", asked=None, run=None, lineage=True, **fields):
        """
        `who` read `file`, and the credential in it was known from that: `token` (default: the file's own name; None:
        what was read holds none). The stored lineage of its run says the same. `asked`: the name it gave at open.
        """
        got = self.act("read", who, file, **fields)
        token = file if token == "" else token
        want = [self.fingerprint(token)] if token else []
        self.same(f"credential in {file} read by {who}", self.sightings(got), want)
        if asked is not None:
            names = {o.get("filename") for _, o in self.seen("open", who, file)}
            self.same(f"name that {who} asked for", sorted(n or "" for n in names), [asked])
        if lineage:
            self.edge("READ", who, "Credential" if token else "File", want[0] if token else None, run=run, file=file)
        return got

    def given(self, who, token="W"):
        """`who` was executed with the token in its environment or arguments, and nothing else."""
        got = self.claim(self.seen("exec", who))
        self.same(f"credential given to {who}", self.sightings(got), [self.fingerprint(token)])
        return got

    def unread(self, file="W", who=None):
        """Nobody (or not `who`) read it."""
        if self.seen("read", who, file):
            self.problem(f"{file} was read: {self.summary('read', file)}")

    # ---- what the lineage of a run says ----

    def lineage(self, run):
        if run not in self.lineages:
            try:
                self.lineages[run] = self.part.lineage(run)
            except (OSError, ValueError) as e:
                raise Problem(f"no lineage of run {run}: {e}") from e
        return self.lineages[run]

    def node(self, run, who):
        """The process's node: by pid and start, whose run it is is asserted."""
        p, graph = self.process(who), self.lineage(run)
        found = [n for n in graph["nodes"] if n["kind"] == "Process" and n["attrs"].get("pid") == p["tgid"]
                 and int(n["attrs"]["start"]) // TICK == p["start"]]
        if len(found) != 1:
            raise Problem(f"{len(found)} nodes of {who} in the lineage of {run}")
        runs = [e["target"] for e in graph["edges"] if e["kind"] == "PART_OF" and e["source"] == found[0]["id"]]
        self.same(f"run of {who}", [r.split(":", 2)[2] for r in runs], [run])
        return found[0]

    def edge(self, kind, who, target_kind, target=None, run=None, file=None):
        """An edge from the process to a node of that kind and, where given, that id."""
        run = run or self.process(who)["run"]
        node, graph = self.node(run, who), self.lineage(run)
        nodes = {n["id"]: n for n in graph["nodes"]}
        found = [nodes[e["target"]] for e in graph["edges"] if e["kind"] == kind and e["source"] == node["id"]]
        found = [n for n in found if n["kind"] == target_kind and target in (None, n["id"])]
        if target_kind == "File" and file:
            found = [n for n in found if n["attrs"].get("ino") == str(self.ino(file)[1])]
        if not found:
            self.problem(f"the lineage of {run} has no {kind} from {who} to {target_kind} {target or file or ''}")
        return found

    # ---- what was reported ----

    def finding(self, detector, count=1, runs=None, **match):
        """`count` findings (None: any number) of a detector about this case; `runs`: labels of the runs that it must name."""
        got = []
        for i, f in enumerate(self.part.findings):
            if f["finding_info"]["analytic"]["uid"] == detector and self.concerns(f):
                self.claimed.add(("finding", i))
                if f["activity_id"] == 1:
                    got.append(f)
        if count is not None:
            self.same(f"findings {detector}", len(got), count)
        for f in got:
            for label in runs or ():
                if f'"{self.id}-{label}"' not in json.dumps(f):
                    self.problem(f"finding {detector} does not name run {self.id}-{label}")
            for key, want in match.items():
                self.same(f"finding {detector}: {key}", f.get(key), want)
        return got

    def concerns(self, finding):
        text = json.dumps(finding)
        return any(f'"{r}"' in text for r in self.runs) or any(fp in text for fp in self.tokens.values())

    def is_of_the_stage(self, uid, text):
        """No store expects the stage's programs; where it writes the tokens down is a second place."""
        return (uid == "unexpected-reader" or ALSO.get(self.id) == uid
                or uid == "credential-copied" and any(n in text for n in NOTES))

    def unclaimed(self):
        fingerprints, files = set(self.tokens.values()), {self.ino(name) for name in self.files}
        # The stage's shell holds the tokens that it makes up: the programs that it copies are second hand.
        copied = {(o.get("dev", 0), o.get("ino", 0)) for o in self.part.observations if o["kind"] == "write" and o.get("comm") == "cp"}
        for i, o in enumerate(self.part.observations):
            # What the store knew when the monitor started is no act; another monitor of this host is no part of the case.
            if o["kind"].startswith("known-") or o.get("comm") == "credlineage":
                continue
            # Where the stage itself wrote the tokens down, to know them.
            if o["kind"] == "stored" or any(n in (o.get("path") or "") for n in NOTES):
                continue
            if o["kind"] == "read" and not o.get("sightings") and (o.get("dev", 0), o.get("ino", 0)) in copied:
                continue
            mine = any(s["fingerprint"] in fingerprints for s in o.get("sightings", []))
            if o["kind"] in ("read", "receive", "held") and (o.get("dev", 0), o.get("ino", 0)) in files:
                mine = True
            if mine and i not in self.claimed:
                keys = ("kind", "process.tgid", "comm", "path", "ino", "how", "sightings")
                self.problem(f"unasked: {({k: o[k] for k in keys if k in o})}")
        for i, f in enumerate(self.part.findings):
            uid = f["finding_info"]["analytic"]["uid"]
            if ("finding", i) not in self.claimed and self.concerns(f) and not self.is_of_the_stage(uid, json.dumps(f)):
                self.problem(f"unasked finding {f['finding_info']['analytic']['uid']}: {f.get('message')}")

    def judge(self, function, statuses=(0,)):
        for f in self.facts:
            if f["fact"] == "problem":
                self.problem(f["value"])
            if f["fact"] == "status" and f["status"] not in getattr(function, "statuses", statuses):
                self.problem(f"run {f['run']} ended with status {f['status']}")
        try:
            function(self)
        except Problem as e:
            self.problem(str(e))
        self.unclaimed()


NOT_HERE = 77  # what a program of a case ends with when the act does not exist here


def report(state, name, problems=()):
    print(f"{state} {name}")
    for p in list(problems)[:8]:
        print(f"    {p[:600]}")
    if len(problems) > 8:
        print(f"    and {len(problems) - 8} more")


def excused(limits, case):
    """Why the program itself says that it can't see that here; None: it must. `limits`: {case: way of doctor's list}."""
    return case.part.limits.get(limits.get(case.id))


def judge_part(directory):
    part = Part(directory)
    judges = importlib.import_module(part.facts[0]["part"])
    bad = 0
    for name, case in part.cases.items():
        title = f"{name}: {case.title}"
        skips = [f["value"] for f in case.facts if f["fact"] == "skip"]
        if any(f["fact"] == "status" and f["status"] == NOT_HERE for f in case.facts):
            skips.append("this kernel or file system has no such way")
        function = getattr(judges, re.sub(r"\W", "_", name.lower()), None)
        if skips:
            report("skip", title, skips)
            continue
        if function:
            case.judge(function)
        else:
            case.problem("nobody judges this case")
        limit = excused(getattr(judges, "LIMITS", {}), case)
        if case.problems and limit:
            report("skip", title, [limit])
            continue
        if limit:
            case.problem(f"it works, but is said to be a limit here: {limit}")
        report("not ok" if case.problems else "ok", title, case.problems)
        bad |= bool(case.problems)
    with open(os.path.join(directory, "leaks"), encoding="utf-8") as f:
        leaks = f.read().split()
    stopped = [f["status"] for f in part.facts if f["fact"] == "stopped" and f["status"]]
    for what, problems in (("no token was written", leaks), ("the monitor ended well", [str(s) for s in stopped])):
        report("not ok" if problems else "ok", f"{part.facts[0]['part']}: {what}", problems)
        bad |= bool(problems)
    return bad


if __name__ == "__main__":
    sys.exit(max([judge_part(d) for d in sys.argv[1:]] or [2]))
