#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Findings in a journal of our own (a systemd-journald in a mount namespace with a /run of its own), read with journalctl and
# held against what was sent: hostile strings, 64 KB, more than a datagram holds; a journal that starts late or again.
. "$(dirname "$0")/../lib/receiver.sh"

journal_start() {
	# shellcheck disable=SC2016 # its own shell expands that
	unshare -m --propagation private bash -c '
		mount --bind "$0/run" /run && mkdir -p /run/systemd/journald.conf.d /run/log/journal &&
		printf "%s\n" "[Journal]" Storage=volatile ReadKMsg=no Audit=no RateLimitIntervalSec=0 ForwardToSyslog=no ForwardToWall=no \
			>/run/systemd/journald.conf.d/own.conf && exec /lib/systemd/systemd-journald' "$dir" >>"$dir/receiver.log" 2>&1 &
	receiver=$!
}
entries() { # OPTION...
	journalctl --directory="$dir/run/log/journal" -o json --all "$@" SYSLOG_IDENTIFIER=credlineage 2>>"$dir/receiver.log"
}
received() { # COUNT LAST: waits for all; the last of them in $dir/received
	for _ in $(seq 50); do
		[ "$(entries --output-fields=CREDLINEAGE_ID | wc -l)" -ge "$1" ] && break
		sleep 0.1
	done
	entries -n "$2" >"$dir/received"
}
judge() { # FORMAT
	python3 - "$dir/native" "$dir/received" "$@" <<'END'
import json, sys, uuid
native, received, form = sys.argv[1], sys.argv[2], sys.argv[3]
findings = [json.loads(l) for l in open(native, encoding="utf-8")]
problems, longest = [], 0

def text(v):  # journalctl writes what is not printable as an array of bytes
    return bytes(v).decode("utf-8") if isinstance(v, list) else v

entries = [{k: text(v) for k, v in json.loads(l).items()} for l in open(received, encoding="utf-8")]
if len(entries) != len(findings):
    problems.append(f"{len(entries)} entries, {len(findings)} findings")
for f, e in zip(findings, entries):
    want = {
        "CREDLINEAGE_ID": f["id"],
        "CREDLINEAGE_DETECTOR": f["detector"],
        "CREDLINEAGE_TITLE": f["title"],
        "CREDLINEAGE_SEVERITY": f["severity"],
        "CREDLINEAGE_ACTIVITY": f["activity"],
        "CREDLINEAGE_COUNT": str(f["count"]),
        "CREDLINEAGE_FIRST": f["first"],
        "CREDLINEAGE_LAST": f["last"],
        "CREDLINEAGE_CREDENTIAL": f["credential"]["fingerprint"],
        "CREDLINEAGE_PROVIDER": f["credential"]["provider"],
        "CREDLINEAGE_CLASS": f["credential"]["class"],
        "CREDLINEAGE_WORKFLOW": f["sides"][0]["run"]["workflow"],
        "CREDLINEAGE_OTHER_WORKFLOW": f["sides"][1]["run"]["workflow"],
        "PRIORITY": "3",
        "SYSLOG_FACILITY": "10",
        "MESSAGE_ID": uuid.uuid5(uuid.UUID("fdadbadd-e8fa-47f3-b5c6-8afb9a831412"), f["detector"]).hex,
    }
    problems += [f"{f['id']}: {k} is {e.get(k)!r:.60}, not {v!r:.60}" for k, v in want.items() if e.get(k) != v]
    longest = max(longest, len(e["MESSAGE"].encode()))
    if form == "ocsf":
        event = json.loads(e["MESSAGE"])
        if event["finding_info"]["desc"] != f["message"] or event["finding_info"]["uid"] != f["id"]:
            problems.append(f"{f['id']}: its event says something else")
    elif f["id"] not in e["MESSAGE"] or "cross-workflow-reuse" not in e["MESSAGE"]:
        problems.append(f"{f['id']}: message {e['MESSAGE']!r:.60}")
for p in problems[:10]:
    print("#", p)
print(f"# {len(entries)} entries, the longest message has {longest} bytes")
sys.exit(bool(problems) or (form == "ocsf" and longest < 300000))
END
}

mkdir "$dir/run"
spec="journald:?socket=$dir/run/systemd/journal/socket"

# 1. nobody is there at first
"$sender" native 0 60 >"$dir/native"
"$sender" send "$spec" 0 60 2>"$dir/said" &
pid=$!
sleep 0.3
journal_start
wait $pid
received 60 60
grep -qF "cannot write to the journal at \"$dir/run/systemd/journal/socket\": No such file or directory" "$dir/said"
verdict journald-says-that-nobody-is-there $?
judge human
verdict journald-entries-say-what-was-sent $?

# 2. whole events; one that is longer than the socket's datagram goes as a sealed memory file
"$sender" native 100 5 >"$dir/native"
"$sender" send "$spec&format=ocsf" 100 5 2>"$dir/said"
received 65 5
judge ocsf
verdict journald-whole-events $?
strace -f -qq -e trace=memfd_create,fcntl -o "$dir/trace" "$sender" send "$spec&format=ocsf" 3 1 &&
	grep -q 'F_ADD_SEALS, F_SEAL_SEAL|F_SEAL_SHRINK|F_SEAL_GROW|F_SEAL_WRITE' "$dir/trace"
verdict journald-long-entry-goes-sealed $?

# 3. it is started again in between
"$sender" native 1000 60 >"$dir/native"
"$sender" send "$spec" 1000 60 2>"$dir/said" &
pid=$!
sleep 0.2
receiver_stop TERM
sleep 0.3
journal_start
wait $pid
received 126 60
grep -qF 'cannot write to the journal' "$dir/said" && judge human
verdict journald-restart-loses-nothing $?
exit $failed
