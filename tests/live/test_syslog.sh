#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Findings through a real rsyslogd (a plain process of our own: private configuration, pid file and port on loopback).
# It must get every finding whole, hostile strings included, and miss none when it is restarted or killed meanwhile.
set -u
cd "$(dirname "$0")/../.." || exit 1
command -v rsyslogd >/dev/null || { echo "not ok syslog-rsyslogd-is-installed"; exit 1; }
sender=${SENDER:-build/tests/test_output}
[ -n "${SENDER:-}" ] || make -s "$sender" || exit 1
dir=$(mktemp -d /tmp/credlineage-syslog.XXXXXX)
port=$((20000 + RANDOM % 10000))
failed=0
daemon=

start() {
	rsyslogd -n -f "$dir/rsyslog.conf" -i "$dir/rsyslog.pid" 2>>"$dir/rsyslogd.err" &
	daemon=$!
	for _ in $(seq 100); do
		(: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return 0
		sleep 0.05
	done
	echo "# rsyslogd does not listen"
	sed 's/^/# /' "$dir/rsyslogd.err"
	return 1
}
# shellcheck disable=SC2317 # called by the trap
stop() { # SIGNAL
	[ -n "$daemon" ] && kill "-$1" "$daemon" 2>/dev/null && wait "$daemon" 2>/dev/null
	daemon=
}
# shellcheck disable=SC2317
finish() {
	stop KILL
	rm -rf "$dir"
}
trap finish EXIT

verdict() { # NAME STATUS
	if [ "$2" -eq 0 ]; then echo "ok $1"; else
		echo "not ok $1"
		failed=1
	fi
}

# One JSON line per message: header fields, structured data and the message, each as rsyslog understood it.
cat >"$dir/rsyslog.conf" <<EOF
global(workDirectory="$dir" parser.escapeControlCharactersOnReceive="on")
module(load="imtcp")
module(load="mmpstrucdata")
template(name="out" type="list" option.jsonf="on") {
	property(outname="host" name="hostname" format="jsonf")
	property(outname="app" name="app-name" format="jsonf")
	property(outname="msgid" name="msgid" format="jsonf")
	property(outname="severity" name="syslogseverity" format="jsonf")
	property(outname="facility" name="syslogfacility" format="jsonf")
	property(outname="sd" name="\$!all-json" format="jsonf")
	property(outname="msg" name="msg" format="jsonf")
}
ruleset(name="in") {
	action(type="mmpstrucdata")
	action(type="omfile" file="$dir/received" template="out" flushInterval="1" asyncWriting="off")
}
input(type="imtcp" port="$port" address="127.0.0.1" ruleset="in")
EOF

# Waits until the number of different findings received is what it should be, and for quiet after it.
received() { # COUNT
	local last=-1 now
	for _ in $(seq 100); do
		now=$(wc -l 2>/dev/null <"$dir/received" || echo 0)
		[ "$now" -ge "$1" ] && [ "$now" -eq "$last" ] && break
		last=$now
		sleep 0.1
	done
}

# What came, against what was sent.
judge() { # FROM COUNT DUPLICATES_ALLOWED
	python3 - "$dir/received" "$1" "$2" "$3" "$dir/events" <<'EOF'
import json, sys
path, first, count, duplicates = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "yes"
lines = [json.loads(l) for l in open(path, encoding="utf-8")]
ids, problems = [], []
with open(sys.argv[5], "w") as events:
    for n, m in enumerate(lines):
        sd = json.loads(m["sd"])["rfc5424-sd"].get("credlineage@32473", {})
        if m["app"] != "credlineage" or m["msgid"] != "cross-workflow-reuse" or m["host"] != "testhost":
            problems.append(f"message {n}: header {m['app']} {m['msgid']} {m['host']}")
            continue
        if (m["facility"], m["severity"]) != ("10", "3"):
            problems.append(f"message {n}: facility {m['facility']} severity {m['severity']}")
        text = m["msg"].lstrip("\ufeff")
        try:
            event = json.loads(text)
        except ValueError as e:
            problems.append(f"message {n}: {e}: {text[:80]!r}")
            continue
        if sd.get("id") != event["finding_info"]["uid"] or sd.get("credential") != event["resources"][0]["uid"]:
            problems.append(f"message {n}: structured data {sd}")
        events.write(text + "\n")
        ids.append(int(event["finding_info"]["uid"][4:], 16))
want = list(range(first, first + count))
if sorted(set(ids)) != want:
    problems.append(f"missing {sorted(set(want) - set(ids))}, foreign {sorted(set(ids) - set(want))}")
if not duplicates and len(ids) != len(set(ids)):
    problems.append(f"{len(ids) - len(set(ids))} came twice")
# in order: a repeat may step back, a first sight may not
seen = [i for k, i in enumerate(ids) if i not in ids[:k]]
if seen != sorted(seen):
    problems.append("out of order")
for p in problems[:10]:
    print("#", p)
print(f"# {len(lines)} messages, {len(set(ids))} findings")
sys.exit(1 if problems else 0)
EOF
}

# 1. a hundred findings of every kind, intact
start || exit 1
"$sender" send "syslog+tcp://127.0.0.1:$port" 0 100 >"$dir/sender.log" 2>&1
verdict syslog-sender-is-content $?
received 100
judge 0 100 no
verdict syslog-hundred-findings-arrive-whole $?
python3 tests/lib/check_ocsf.py "$dir/events" | sed 's/^/# /'
[ "${PIPESTATUS[0]}" -eq 0 ]
verdict syslog-what-arrives-is-sound-ocsf $?
awk '{ if (length($0) > 0) n++ } END { exit n != 100 }' "$dir/events"
verdict syslog-no-message-was-split $?

# 2. the receiver is restarted in between, orderly
: >"$dir/received"
stop TERM
start || exit 1
"$sender" send "syslog+tcp://127.0.0.1:$port" 1000 60 >"$dir/sender.log" 2>&1 &
pid=$!
sleep 0.3
stop TERM
sleep 0.5
start || exit 1
wait $pid
verdict syslog-sender-outlives-a-restart $?
received 60
judge 1000 60 yes
verdict syslog-restart-loses-nothing $?

# 3. it is stopped (reads nothing while its kernel takes on), then killed: what nobody read comes again
: >"$dir/received"
"$sender" send "syslog+tcp://127.0.0.1:$port" 2000 40 >"$dir/sender.log" 2>&1 &
pid=$!
sleep 0.2
kill -STOP "$daemon"
sleep 0.2
stop KILL
sleep 0.3
start || exit 1
wait $pid
verdict syslog-sender-outlives-a-kill $?
received 40
judge 2000 40 yes
verdict syslog-kill-loses-nothing-unread $?

# 4. nobody listens at first
stop TERM
: >"$dir/received"
"$sender" send "syslog+tcp://127.0.0.1:$port" 3000 5 >"$dir/sender.log" 2>&1 &
pid=$!
sleep 0.7
start || exit 1
wait $pid
verdict syslog-sender-waits-for-a-receiver $?
received 5
judge 3000 5 no
verdict syslog-late-receiver-gets-all $?
exit $failed
