#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what the triggers say they did with what the probes delivered.

    check.py OUT            OUT/{acts,flood,crush}/facts.jsonl against events.jsonl: every field of every record
    check.py --equal OUT OUT     the same acts, seen on two kernels or tiers: the same records

Prints "ok NAME" / "not ok NAME" per case. Facts and records come from tests/trigger/run.sh.
"""
import json
import os
import re
import sys

ARGS_MAX, ENV_MAX = 65536, 262144
CONTENT_MAX = 16384
NAME_MAX = 255
AF_UNIX = 1
# CLOCK_TICK: /proc counts process starts in these.
TICK = 10_000_000
NO_NAME = 0xFFFFFFFF
O_NONBLOCK = 0o4000
O_CREATION = 0o100 | 0o200 | 0o400 | 0o1000  # O_CREAT, O_EXCL, O_NOCTTY, O_TRUNC say nothing about the open file
# What each way to read is called in a record. A plain read and one at an offset are the same function in the kernel, so
# the fentry tier calls both "read".
HOW = {"read": "read", "pread": "pread", "readv": "readv", "preadv": "readv", "preadv2": "readv", "mmap": "mmap", "sendfile": "splice",
       "splice": "splice", "copy": "copy", "aio": "aio"}
DELETED = " (deleted)"
WATCH = {"by_name", "by_inode"}
# What every trigger has open to write: its facts, its complaints.
FACTS = ("/facts.jsonl", "/triggers.err")
TAKEN = ("descriptor-getfd", "reach-getfd", "reach-inner-getfd")
# Of the filter's cases: why the file is watched at its open and at its read ("": the answer to the open may have come by
# then, or not), and whether this version's content is known.
CANDIDATE = {"open": "by_name", "read": "by_name", "receive": "by_name", "write": "by_inode"}
CONFIRMED = {"open": "by_inode", "read": "by_inode", "receive": "by_inode"}
FILTER = {"filter-first": ({"open": "by_name", "read": ""}, False), "filter-again": (CONFIRMED, True), "filter-renamed": (CONFIRMED, False),
          "filter-changed": (CONFIRMED, False), "filter-replaced": ({"open": "by_name", "read": ""}, False),
          "repeat-known": ({"open": "", "read": ""}, False)}


def load(directory, name):
    records = []
    with open(os.path.join(directory, name), encoding="utf-8", errors="surrogateescape") as f:
        for number, line in enumerate(f, 1):
            try:
                records.append(json.loads(line))
            except ValueError as e:
                raise ValueError(f"{directory}/{name}:{number}: not JSON: {e}: {line[:120]!r}")
    return records


def load_cases(directory):
    """[(name, [fact])], what was asked for, and the status with which dump_events ended."""
    cases, asked, end = [], None, None
    for fact in load(directory, "facts.jsonl"):
        if fact["fact"] == "case":
            cases.append((fact["name"], []))
        elif fact["fact"] == "tier":
            asked = fact
        elif fact["fact"] == "end":
            end = fact["status"]
        else:
            cases[-1][1].append(fact)
    return cases, asked, end


def short(value):
    text = repr(value)
    return text if len(text) < 300 else text[:140] + " ... " + text[-140:]


class Problems(list):
    def same(self, what, got, want):
        if got != want:
            self.append(f"{what} is {short(got)}, not {short(want)}")

    def within(self, what, got, low, high):
        if not low <= got <= high:
            self.append(f"{what} is {got}, not in {low}..{high}")


def check_task(p, what, task, fact, comm=None):
    if fact.get("thread") in ("worker", "any"):  # a kernel's helper thread that carries the process's identity, or none
        fact = {**fact, "tid": task["tid"], "comm": task["comm"]}
        if fact["thread"] == "worker" and task["tid"] == task["tgid"]:
            p.append(f"{what}.tid is the process's own thread")
    for key in ("tgid", "tid", "parent_tgid", "ns_tgid", "uid", "euid", "gid", "mntns", "pidns", "userns", "ns_uid"):
        p.same(f"{what}.{key}", task[key], fact[key])
    p.same(f"{what}.start", task["start"] // TICK, fact["start"])
    p.same(f"{what}.parent_start", task["parent_start"] // TICK, fact["parent_start"])
    p.same(f"{what}.loginuid", task["loginuid"], fact.get("loginuid", NO_NAME))
    p.same(f"{what}.session", task["session"], fact.get("session", NO_NAME))
    p.same(f"{what}.comm", task["comm"], comm or fact["comm"])
    p.same(f"{what}.pad", task["pad"], 0)
    if fact["cgroup"]:
        p.same(f"{what}.cgroup", task["cgroup"], fact["cgroup"])


def check_file(p, file, fact):
    for key in ("dev", "ino", "size", "ctime", "mode", "nlink", "generation"):
        if key in fact:
            p.same(f"file.{key}", file[key], fact[key])


def check_path(p, event, fact):
    """Also gives the flags that follow from the path."""
    path, flag = fact["path"], fact.get("flag")
    if flag == "path_truncated":
        p.same("path's mark of truncation", event["path"][:4], ".../")
        end = event["path"][3:]
        p.same("end of path", end, path[-len(end):])
        p.within("length of path", len(end), 3800, 4400)
        return {flag}
    if "/memfd:" in path:
        p.same("path", event["path"].lstrip("/"), path.removesuffix(DELETED).lstrip("/"))
        return {"anonymous"}
    p.same("path", event["path"], path.removesuffix(DELETED))
    return {"deleted"} if path.endswith(DELETED) else {flag} if flag else set()


def check_flags(p, event, want, watched=None):
    p.same("flags", sorted(set(event["flags"]) - WATCH), sorted(want))
    watch, want = sorted(set(event["flags"]) & WATCH), watched or event["watch"].get(event["record"])
    p.same("flags that say why it is watched", watch, [want or "".join(watch)] if want is not None else [])


def check_name(p, what, name, wanted):
    """A name that the process gave; also gives the flag that it was too long."""
    p.same(what, name, wanted[:NAME_MAX])
    return {"name_truncated"} if len(wanted) > NAME_MAX else set()


def check_exec(p, event, fact):
    want = check_path(p, event, fact)
    check_file(p, event["file"], fact)
    want |= check_name(p, "filename", event["filename"], fact["filename"])
    p.same("cgroup_path", event["cgroup_path"], fact["cgroup_path"])
    for name, limit in (("args", ARGS_MAX), ("env", ENV_MAX)):
        total = fact[name + "_total"]
        p.same(name + "_total", event[name + "_total"], total)
        p.same(name + "_len", event[name + "_len"], min(total, limit))
        p.same(name + "_hash", event[name + "_hash"], fact[name + "_hash"])
        if total > limit:
            want.add(name + "_truncated")
    check_flags(p, event, want)
    p.within("ts", event["ts"], event["task"]["start"], fact["before"])


def check_open(p, event, fact):
    want = check_path(p, event, fact)
    check_file(p, event["file"], fact)
    p.same("open_flags", event["open_flags"] & ~fact.get("loose_flags", 0), fact["open_flags"] & ~O_CREATION)
    p.same("repeats", event["repeats"], fact.get("repeats", 0))
    asked = "" if "asked_at" in fact and event["seen_at"] == "tracepoint" else fact["asked"]
    want |= check_name(p, "asked", event["asked"], asked)
    if asked and event["seen_at"] == "tracepoint":
        want.add("name_from_user")
    check_flags(p, event, want)
    p.within("ts", event["ts"], fact["after"], fact["before"])


def check_opener(p, event, fact):
    """Who opened the descriptor: the actor itself unless the fact names another one."""
    p.same("opener_tgid", event["opener_tgid"], fact.get("opener", fact["tgid"]))
    p.same("opener_start", event["opener_start"] // TICK, fact.get("opener_start", fact["start"]))
    p.same("opener_uid", event["opener_uid"], fact.get("opener_uid", fact["uid"]))


def check_read(p, event, fact):
    want = set()
    check_opener(p, event, fact)
    if event["path"]:  # it is left out when an open of the inode carried it
        want = check_path(p, event, fact)
    check_file(p, event["file"], fact)
    if fact["how"] != "pread" or event["how"] != "read":
        p.same("how", event["how"], HOW[fact["how"]])
    mapped = fact["how"] == "mmap"  # which of its bytes are read later nobody sees
    p.same("offset", event["offset"], -1 if mapped else fact["offset"])
    p.same("length", event["length"], 0 if mapped else fact["length"])
    p.same("repeats", event["repeats"], fact.get("repeats", 0))
    if event["known"]:
        want.add("content_known")
        p.same("content_len", event["content_len"], 0)
    elif "content_hash" in fact:
        p.same("content_len", event["content_len"], min(fact["length"], CONTENT_MAX))
        p.same("content_hash", event["content_hash"], fact["content_hash"])
        if fact["length"] > CONTENT_MAX:
            want.add("content_truncated")
    else:
        p.same("content_len", event["content_len"], 0)
        if fact["offset"] >= CONTENT_MAX:
            want.add("content_truncated")
    check_flags(p, event, want, fact.get("watched"))
    p.within("ts", event["ts"], fact["after"], fact["before"])


def check_access(p, event, fact):
    p.same("how", event["how"], fact["reach"])
    target = fact["told"][fact["target"]][0]
    comm = event["target"]["comm"] if "target_tid" in fact else None
    check_task(p, "target", event["target"], {**target, "tid": fact.get("target_tid", target["tid"])}, comm)
    check_flags(p, event, set())
    p.within("ts", event["ts"], fact["after"], fact["before"])


def check_receive(p, event, fact):
    want = check_path(p, event, fact) if event["path"] else set()
    p.same("how", event["how"], fact["way"])
    check_opener(p, event, fact)
    check_file(p, event["file"], fact)
    check_flags(p, event, want)
    p.within("ts", event["ts"], fact["after"], fact["before"])


NO_ADDRESS = "00" * 16


def check_destination(p, event, fact):
    for key in ("socket", "family", "type", "protocol", "port", "scope", "address"):
        p.same(key, event[key], fact[key])


def check_connect(p, event, fact):
    check_destination(p, event, fact)
    p.same("how", event["how"], fact["how"])
    for key, nothing in (("name_bytes", ""), ("path", ""), ("dev", 0), ("ino", 0), ("repeats", 0), ("asked", NO_ADDRESS),
                         ("asked_port", 0)):
        p.same(key, event[key], fact.get(key, nothing))
    want = {fact["flag"]} if "flag" in fact else set()
    if fact.get("user") and event["seen_at"] == "tracepoint":  # nothing else has it by then
        want.add("address_from_user")
    check_flags(p, event, want)
    p.within("ts", event["ts"], fact["after"], fact["before"])


def check_connect_end(p, event, fact):
    """Who acts is known by number and start alone: the answer comes to whoever runs then."""
    check_destination(p, event, fact)
    p.same("error", event["error"], fact["error"])
    p.same("task.start", event["task"]["start"] // TICK, fact["start"])
    p.same("rest of task", {k: v for k, v in event["task"].items() if v and k not in ("tgid", "start")}, {})
    check_flags(p, event, set())
    p.within("ts", event["ts"], fact["after"], fact["before"])


def check_fork(p, event, fact):
    p.same("child.tgid", event["child"]["tgid"], fact["child"])
    check_flags(p, event, set())
    p.within("ts", event["ts"], fact["after"], fact["before"])


def check_exit(p, event, fact):
    p.same("code", event["code"], fact["code"])
    check_flags(p, event, set())
    p.within("ts", event["ts"], fact["after"], fact["after"] + 60 * 10**9)


CHECKS = {"exec": check_exec, "open": check_open, "read": check_read, "connect": check_connect,
          "connect_end": check_connect_end, "fork": check_fork, "exit": check_exit, "access": check_access,
          "receive": check_receive, "write": check_open}


def check_birth(p, first, events, creators):
    """The fork that made the process whose first fact is `first`; its creator may be the shell."""
    births = [e for e in events if e["record"] == "fork" and e["child"]["tgid"] == first["tgid"]]
    p.same(f"forks that made {first['tgid']}", len(births), 1)
    if len(births) != 1:
        return
    task, child = births[0]["task"], births[0]["child"]
    # At its birth a child has its creator's name and credentials; the fact was told later.
    check_task(p, "fork.child", {**child, **{k: first[k] for k in ("uid", "euid", "gid", "mntns", "cgroup", "userns", "ns_uid")}}, first,
               comm=child["comm"])
    for key in ("comm", "uid", "euid", "gid", "cgroup", "loginuid", "session", "mntns", "userns", "ns_uid"):
        p.same(f"fork.child.{key}", child[key], task[key])
    if first["parent_tgid"] == task["tgid"]:  # not when it was made for the creator's parent
        p.same("fork.child.parent_start", child["parent_start"], task["start"])
    p.within("fork.ts", births[0]["ts"], child["start"], child["start"] + 10**9)
    if task["tgid"] in creators:
        check_task(p, "fork.task", task, creators[task["tgid"]])


def check_case(facts, events, watch=CANDIDATE, known=False, lossy=False, watched=True):
    p = Problems()
    told = {}
    for fact in facts:
        if fact["fact"] == "status":
            p.same("status of the trigger", fact["status"], 0)
        else:
            told.setdefault(fact["tgid"], []).append(fact)
    creators = {f["tgid"]: f for f in facts if f["fact"] == "fork"}
    writes = any(f["fact"] in ("write", "unwritten") for f in facts)
    for tgid, own in told.items():
        start = own[0]["start"]
        seen = [e for e in events if e["task"]["tgid"] == tgid and e["task"]["start"] // TICK == start]
        if lossy:
            seen = [e for e in seen if e["record"] in ("open", "read")]
        else:
            check_birth(p, own[0], events, creators)
        for kind, check in CHECKS.items():
            wanted = [f for f in own if f["fact"] == kind and (kind != "read" or f.get("how", "read") in HOW)]
            got = [e for e in seen if e["record"] == kind]
            if not watched and kind in watch:
                wanted = []
            if kind == "write" and not writes:
                continue
            if lossy and kind not in ("open", "read"):
                continue
            p.same(f"number of {kind} records of {tgid}", len(got), len(wanted))
            for event, fact in zip(got, wanted):
                q = Problems()
                if kind != "connect_end":
                    check_task(q, "task", event["task"], fact)
                check(q, {**event, "watch": watch, "known": known}, {**fact, "told": told})
                p.extend(f"{kind}: {problem}" for problem in q)
        times = [e["ts"] for e in seen]
        p.same("times in order", times, sorted(times))
    if not told:
        p.append("the trigger told nothing")
    return p


def connects_of(fact, events):
    return [e for e in events if e["record"] == "connect" and e["how"] == "call" and e["task"]["tgid"] == fact["tgid"]
            and e["task"]["start"] // TICK == fact["start"]]


def check_many(facts, events):
    """Repeats are counted, not told; what is told and what is counted is all there was."""
    p, fact = Problems(), facts[0]
    p.same("status of the trigger", facts[-1]["status"], 0)
    if len(facts) == 2:
        told = connects_of(fact, events)
        p.within("records", len(told), fact["least"], fact["most"])
        p.same("acts told and counted", sum(1 + e["repeats"] for e in told), fact["acts"])
    return p


def fnv1a(data):
    h = 0xCBF29CE484222325
    for byte in data:
        h = (h ^ byte) * 0x100000001B3 % 2**64
    return f"{h:016x}"


def check_swap(facts, events):
    """Every record says where the connection went, and the other thread did get in between at times."""
    p, fact = Problems(), facts[0]
    p.same("status of the trigger", facts[-1]["status"], 0)
    if len(facts) == 2:
        told = connects_of(fact, events)
        p.same("records", len(told), fact["tries"])
        p.same("where they went", fnv1a(b"".join(bytes.fromhex(e["address"][:8]) for e in told)), fact["went_hash"])
        p.within("swapped tries", fact["swapped"], 1, fact["tries"])
    return p


def counted(records, kind, stage):
    """Since the probes were ready."""
    return records[-1]["counters"][kind][stage] - records[0]["counters"][kind][stage]


def check_delivered(p, records, kind):
    """All that was sent between readiness and the end's signal; others on the machine make records before and after."""
    ready, end = records[0]["counters"][kind], records[-1]
    p.within(f"delivered {kind}", len([r for r in records if r["record"] == kind]),
             end["at_signal"][kind]["sent"] - ready["sent"], end["counters"][kind]["sent"])


def check_counters(run):
    p, records = Problems(), run.records
    p.same("status of dump_events", run.end, 0)
    for kind in CHECKS:
        p.same(f"lost {kind}", counted(records, kind, "lost"), 0)
        if kind not in run.skippable:
            p.same(f"skipped {kind}", counted(records, kind, "skipped"), 0)
        p.same(f"failed {kind}", counted(records, kind, "failed"), 0)
        check_delivered(p, records, kind)
    p.same("undecodable", records[-1]["undecodable"], 0)
    for kind in ("open", "read"):
        times = sum(f["times"] for _, facts in run.cases for f in facts if f["fact"] == "repeated" and f["of"] == kind)
        p.within(f"repeated {kind}", counted(records, kind, "repeated"), times, 10**9)
    p.same("records that could not be decoded", [r for r in records if r["record"] == "undecodable"], [])
    return p


def check_coverage(records, tier):
    p = Problems()
    for act, state in records[0]["coverage"].items():
        wanted = "tracepoint" if act in ("exec", "fork", "exit") else tier
        if not (state["attached"] and state["seen"] and state["tier"] == wanted):
            p.append(f"{act}: {state}, not seen at tier {wanted}")
    return p


# What differs from one run or host to the next, and means nothing.
VOLATILE = {"seen_at", "ts", "cpu", "start", "parent_start", "cgroup", "ino", "dev", "generation", "ctime", "mntns", "pidns",
            "userns", "loginuid", "session", "port", "asked_port", "socket", "record_size", "cgroup_path", "opener_start"}
# Kernels give a program that is executed by descriptor alone different names.
NAMELESS = "exec-memfd"
# Which thread acts, and whether its first try may wait, is for the kernel to choose.
ANY_THREAD = ("exit-group", "exit-thread", "ring-", "reach-")
O_NONBLOCK = 0o4000
O_LARGEFILE = 0o100000 | 0o400000  # x86's and arm64's: every 64-bit open has it
NUMBERED = {"tgid", "tid", "parent_tgid", "opener_tgid"}


def normalise(value, names, key=""):
    if isinstance(value, dict):
        return {k: normalise(v, names, k) for k, v in value.items() if k not in VOLATILE}
    if isinstance(value, list):
        return [v for v in value if v not in ("address_from_user", "name_from_user")]
    if key in NUMBERED:
        return names.setdefault(value, f"process {len(names)}")
    if key == "how" and value == "pread":
        return "read"
    if key == "asked" and value.startswith("/proc/"):
        return re.sub(r"^/proc/\d+/", "/proc/PID/", value)
    if key == "open_flags":
        return value & ~(O_NONBLOCK | O_LARGEFILE)  # io_uring's first try, which the fentry tier sees in the middle
    if key == "ns_tgid":
        return "1" if value == 1 else "other"
    return value


def story(name, facts, events):
    told = {(f["tgid"], f["start"]) for f in facts if "tgid" in f}
    mine = [e for e in events if (e["task"]["tgid"], e["task"]["start"] // TICK) in told]
    # Processes run side by side: order within one is certain, between two it is not.
    order = list(dict.fromkeys(e["task"]["tgid"] for e in sorted(mine, key=lambda e: e["task"]["start"])))
    names = {}
    if name.startswith(ANY_THREAD):
        mine = [{**e, "task": {**e["task"], "tid": 0, "comm": ""}, "asked": "", "open_flags": e.get("open_flags", 0) & ~O_NONBLOCK}
                for e in mine]
    # Which of its files a program that nobody knows yet is told to write is a matter of bounds, and so is whether one
    # that another process takes from it is watched by then.
    if not name.startswith("write-"):
        mine = [e for e in mine if e["record"] != "write"]
    if name in TAKEN:
        mine = [{k: v for k, v in e.items() if k not in ("file", "asked", "flags")} if e["record"] == "access" else e for e in mine]
    # Another processor's program has another size.
    mine = [{**e, "file": {**e["file"], "size": 0}} if e["record"] == "exec" else e for e in mine]
    if name == NAMELESS:
        mine = [{**e, "task": {**e["task"], "comm": ""}} for e in mine]
    return [normalise(e, names) for e in sorted(mine, key=lambda e: (order.index(e["task"]["tgid"]), e["ts"]))]


def check_equal(a, b):
    p = Problems()
    p.same("kinds", [e["record"] for e in b], [e["record"] for e in a])
    for one, other in zip(a, b):
        for key in sorted(set(one) | set(other)):
            p.same(f"{one['record']}.{key}", other.get(key), one.get(key))
    return p


def excuse(name, limits):
    """The limit that the program itself names for this case, on this kernel at this tier."""
    return next((way for way in limits if name == way or name.startswith(way + "-")), None)


def report(name, problems, limit=None):
    """A case that a limit excuses has to fail: else it is none."""
    if limit and problems:
        print(f"skip {name}: {limit} is a limit here")
        return False
    if limit:
        problems = [f"it works, but {limit} is said to be a limit here"]
    print(f"{'not ok' if problems else 'ok'} {name}")
    for problem in problems[:8]:
        print(f"    {problem}")
    if len(problems) > 8:
        print(f"    and {len(problems) - 8} more")
    return bool(problems)


def place(event):
    return tuple(event["file"][key] for key in ("dev", "ino")) if "file" in event else None


class Run:
    """One directory of out/: cases, records, and the records that are events."""

    def __init__(self, directory):
        self.cases, asked, self.end = load_cases(directory)
        self.tier = asked["tier"]
        # From 6.13 on kernels pre-empt programs, and skip other runs of the same program meanwhile: but for kprobes, and
        # for processes, where each program has a second one. Where another tier is asked for all the same, what it skips
        # is counted, whatever act it was for: mostly one that nobody watches.
        preempted = [int(n) for n in asked["kernel"].split(".")[:2]] >= [6, 13]
        # Of processes the second programs' skipped runs are counted, and the first ones may well have run.
        self.skippable = ()
        if preempted:  # a connect's progress is a tracepoint at every tier
            self.skippable = ("exec", "fork", "exit", "connect", "connect_end")
            self.skippable += () if self.tier == "kprobe" else ("open", "read", "access", "receive", "write")
        self.records = load(directory, "events.jsonl")
        self.limits = self.records[0].get("limits", [])
        own = {place(r) for r in self.records if r["record"] == "write" and r["path"].endswith(FACTS)}
        self.events = [{**r, "seen_at": self.tier} for r in self.records if "task" in r and place(r) not in own]
        if [self.records[i].get("record") for i in (0, -1)] != ["ready", "counters"]:
            raise ValueError(f"{directory}: dump_events did not come to its end")


def check_storm(run):
    """Every record was either delivered or counted as lost, and the small ring did lose some."""
    p = Problems()
    count = next(f["count"] for f in run.cases[0][1] if f["fact"] == "storm")
    for kind in ("exec", "fork", "exit", "open", "read"):
        check_delivered(p, run.records, kind)
    for kind in ("fork", "exit"):
        lost = counted(run.records, kind, "lost")
        told = counted(run.records, kind, "sent") + lost
        p.within(f"{kind} sent and lost", told, count, max(told, count))  # more, where others work at the same time
        p.within(f"{kind} lost", lost, 1, told)
    for kind in ("open", "read"):
        p.same(f"lost {kind}", counted(run.records, kind, "lost"), 0)
    for kind in ("fork", "exec", "exit", "open", "read"):
        if kind not in run.skippable:
            p.same(f"skipped {kind}", counted(run.records, kind, "skipped"), 0)
    return p


def check_crush(run):
    """Each of the files was opened once and read once, whoever else ran on the same processor."""
    p = Problems()
    fact = next(f for f in run.cases[0][1] if f["fact"] == "crush")
    names = {f"{fact['directory']}/id_r{i}_{n}" for i in range(fact["processes"]) for n in range(fact["files"])}
    opens = [e for e in run.events if e["record"] == "open" and e["path"] in names]
    path_of = {(e["file"]["dev"], e["file"]["ino"]): e["path"] for e in opens}
    reads = [path_of.get((e["file"]["dev"], e["file"]["ino"])) for e in run.events if e["record"] == "read"]
    for kind, paths in (("open", [e["path"] for e in opens]), ("read", [path for path in reads if path])):
        missing = len(names - set(paths))
        # One program may see both kinds, and a read is known by its file's open.
        skipped = sum(counted(run.records, k, "skipped") for k in ("open", "read") if k in run.skippable)
        p.within(f"files without {kind}", missing, 0, skipped)
        p.same(f"files with more than one {kind}", len(paths) - len(set(paths)), 0)
    p.same("status of the trigger", [f["status"] for f in run.cases[0][1] if f["fact"] == "status"], [0])
    return p


def judge(out):
    acts = Run(os.path.join(out, "acts"))
    bad = report("coverage", check_coverage(acts.records, acts.tier))
    for name, facts in acts.cases:
        watched = not name.startswith("unwatched")
        if name.startswith("many-"):
            problems = check_many(facts, acts.events)
        elif name == "swap":
            problems = check_swap(facts, acts.events)
        else:
            problems = check_case(facts, acts.events, *FILTER.get(name, (CANDIDATE, False)), watched=watched)
        bad |= report(name, problems, excuse(name, acts.limits))
    bad |= report("nothing-lost", check_counters(acts))
    if os.path.isdir(os.path.join(out, "crush")):
        crush = Run(os.path.join(out, "crush"))
        bad |= report("crush", check_crush(crush))
        bad |= report("crush-loses-nothing", check_counters(crush))
    if not os.path.isdir(os.path.join(out, "flood")):
        return bad
    flood = Run(os.path.join(out, "flood"))
    bad |= report("flood-is-counted", check_storm(flood))
    for name, facts in flood.cases[1:]:
        bad |= report(name, check_case(facts, flood.events, lossy=name != "after-flood"))
    return bad


def judge_equal(one, two):
    a, b = (Run(os.path.join(out, "acts")) for out in (one, two))
    other, bad = dict(b.cases), False
    for name, facts in a.cases:
        # What depends on when an answer came, what one of the two does not see, what only one kernel has.
        if name in FILTER or name.startswith(("many-", "swap")) or name not in other or excuse(name, a.limits + b.limits):
            continue
        bad |= report(name, check_equal(story(name, facts, a.events), story(name, other[name], b.events)))
    return bad


def main():
    arguments = sys.argv[1:]
    equal = len(arguments) == 3 and arguments[0] == "--equal"
    if not equal and len(arguments) != 1:
        raise SystemExit(__doc__)
    try:
        return judge_equal(*arguments[1:]) if equal else judge(arguments[0])
    except Exception as e:  # whoever counts cases must see that some could not be judged
        print(f"not ok records-can-be-judged: {type(e).__name__}: {e}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
