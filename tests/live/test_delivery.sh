#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2317 # called through check
# Several outputs of a real monitor: one is dead and one takes nothing, the file gets all at once; what waited arrives at
# a real rsyslogd after a restart of the monitor, each finding, in order.
# shellcheck source=tests/lib/live.sh
. "$(dirname "$0")/../lib/live.sh"
command -v rsyslogd >/dev/null || { echo "not ok rsyslogd is installed"; exit 1; }
port=$((20000 + RANDOM % 10000))
rsyslog=
stop_rsyslog() { [ -z "$rsyslog" ] || { kill -KILL "$rsyslog"; wait "$rsyslog"; } 2>/dev/null; }
trap 'stop_rsyslog; live_cleanup' EXIT
outputs=(--output "file:$work/out" --output "syslog+tcp://127.0.0.1:$port?name=siem"
	--output "file:$work/high?severity=high&name=high" --output "file:$work/none?workflow=nobody:*&name=none")

leak() { # N: a credential of its own in two workflows
	local value
	value=$("$make_token" github)
	as "first-$1" sh -c "GH_TOKEN=$value exec true"
	as "second-$1" sh -c "GH_TOKEN=$value exec true"
}
of_outputs() { # NAME MEMBER: of the running monitor
	status | python3 -c 'import json, sys
print(*(o.get(sys.argv[2], "") for o in json.load(sys.stdin)["outputs"] if o["name"] == sys.argv[1]))' "$@"
}
has() { [ "$(grep -c cross-workflow-reuse "$1" 2>/dev/null)" -ge "$2" ]; }
is() { [ "$(of_outputs "$1" "$2")" = "$3" ]; }
# The receiver has the file's findings in the file's order; what this machine finds meanwhile may be on its way to either.
same_order() {
	python3 -c 'import json, sys
def ids(path):
    seen = {}
    for line in open(path):
        if line.endswith("\n"):
            seen[json.loads(line[line.index("{"):])["finding_info"]["uid"]] = True
    return list(seen)
a, b = ids(sys.argv[1]), ids(sys.argv[2])
n = min(len(a), len(b))
sys.exit(a[:n] != b[:n])' "$work/received" "$work/out"
}

start_monitor "${outputs[@]}"
for n in 1 2 3; do leak $n; done
check "the file gets all at once" within 5 has "$work/out" 3
check "and so does one that asks for High" within 5 has "$work/high" 1
check "the dead one is tried again" within 5 is siem state backoff
check "it says what is in the way" grep -q "127.0.0.1" <(of_outputs siem error)
check "what it has not had waits" test "$(of_outputs siem waiting)" -ge 3
check "what no output's filter lets through is not there" test ! -s "$work/none"
before=$(date +%s%N)
stop_monitor
check "the end does not wait for it" test $((($(date +%s%N) - before) / 1000000)) -lt 4000

cat >"$work/rsyslog.conf" <<EOF
global(workDirectory="$work" maxMessageSize="64k")
module(load="imtcp")
template(name="out" type="string" string="%msg%\n")
ruleset(name="in") { action(type="omfile" file="$work/received" template="out") }
input(type="imtcp" port="$port" address="127.0.0.1" ruleset="in")
EOF
rsyslogd -n -f "$work/rsyslog.conf" -i "$work/rsyslog.pid" 2>>"$work/rsyslogd.err" &
rsyslog=$!
echo '{}' >"$work/config.json"
start_monitor --config "$work/config.json" "${outputs[@]}"
leak 4
check "what waited is there after a restart, and what is new" within 15 has "$work/received" 4
check "nothing waits" within 5 is siem waiting 0
echo '{"outputs": ["file:'"$work"'/added"]}' >"$work/config.json"
kill -HUP "$monitor"
check "SIGHUP takes an output over" within 5 grep -q 'outputs: 1 outputs are new' "$work/monitor.err"
leak 5
check "what comes then is there" within 5 has "$work/added" 1
check "outputs drain waits until all is there" "$program" outputs drain "${at[@]}"
check "outputs status lists them" test "$("$program" outputs status --json "${at[@]}" | wc -l)" -eq 6
check "outputs test tells what a receiver took" grep -q '"taken":true' <("$program" outputs test --json "file:$work/tested")
check "and marks it" grep -q "nothing was found" "$work/tested"
check "outputs test fails where nobody is" test "$("$program" outputs test syslog+tcp://127.0.0.1:1 >/dev/null; echo $?)" -eq 1
check "the receiver has the last one" within 10 has "$work/received" 5
check "each finding of the file, in its order" same_order
stop_monitor
check "it ends cleanly" [ "$monitor_status" -eq 0 ]
check "outputs status knows it without a monitor" grep -q '"state":"stopped"' <("$program" outputs status --json "${at[@]}")
finish
