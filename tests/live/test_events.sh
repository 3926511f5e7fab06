#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Events of a real monitor: `--events FILE`, and outputs with events=credential to a file and to a real rsyslogd. What is
# received is compared with what was done; under a flood, with a receiver that takes nothing, findings come in time and all
# of them, what is lost of the events is counted and said.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"
command -v rsyslogd >/dev/null || { echo "not ok rsyslogd is installed"; exit 1; }
events=$work/events.jsonl
both=$work/both.jsonl
siem=$work/siem.jsonl
file=$work/home/.aws/credentials
port=$((20000 + RANDOM % 10000))
rsyslog=
stop_rsyslog() { [ -z "$rsyslog" ] || { kill -KILL "$rsyslog"; wait "$rsyslog"; } 2>/dev/null; }
trap 'stop_rsyslog; live_cleanup' EXIT

cat >"$work/rsyslog.conf" <<EOF
global(workDirectory="$work" maxMessageSize="64k")
module(load="imtcp")
template(name="out" type="string" string="%msg:4:\$%\n")
ruleset(name="in") { action(type="omfile" file="$siem" template="out") }
input(type="imtcp" port="$port" address="127.0.0.1" ruleset="in")
EOF
rsyslogd -n -f "$work/rsyslog.conf" -i "$work/rsyslog.pid" 2>>"$work/rsyslogd.err" &
rsyslog=$!

mkdir -p "$work/home/.aws"
token=$("$make_token" github)
printf 'token = %s\n' "$token" >"$file"

refused() { # SPEC WORDS
	timeout 20 "$program" monitor "${at[@]}" --output "$1" 2>&1 >/dev/null | grep -qF -- "$2"
}
one() { # FILE CONDITION: exactly one event
	[ "$(jsonl "$1" "e['class_uid'] != 2004 and ($2)" 2>/dev/null | wc -l)" -eq 1 ]
}
some() { # FILE CONDITION
	[ -n "$(jsonl "$1" "$2" 2>/dev/null)" ]
}
own="e['unmapped']['credlineage']"
of() { # OUTPUT EXPRESSION over it, o
	status | python3 -c 'import json, sys
print(*(eval(sys.argv[2]) for o in json.load(sys.stdin)["outputs"] if o["name"] == sys.argv[1]))' "$@"
}
is() { # OUTPUT CONDITION
	[ "$(of "$1" "$2")" = True ]
}
leak() { # N: a credential of its own in two workflows
	local value
	value=$("$make_token" github)
	as "first-$1" sh -c "GH_TOKEN=$value exec true"
	as "second-$1" sh -c "GH_TOKEN=$value exec true"
}
reuse_in() { # FILE N: a finding of leak N
	some "$1" "e['class_uid'] == 2004 and e['finding_info']['analytic']['uid'] == 'cross-workflow-reuse' and 'first-$2' in json.dumps(e)"
}

check "a place that is no file is refused" refused "file:/dev/null?events=credential" "not a regular file"
check "a format without such records is refused" refused "file:$work/x?format=cef&events=credential" \
	"format cef has no records for events; add format=ocsf"
check "Alertmanager is refused" refused "alertmanager+http://127.0.0.1?events=credential&format=ocsf" "takes alerts only"
check "a stream of nothing is refused" refused "file:$work/x?findings=none" "add events=credential"
check "nothing was made of them" [ ! -e "$work/x" ]

echo "{\"metrics\": {\"listen\": \"127.0.0.1:$((port + 1))\"}}" >"$work/config.json"
start_monitor --config "$work/config.json" --events "$events" --output "file:$both?events=credential&severity=critical&name=both" \
	--output "syslog+tcp://127.0.0.1:$port?events=credential&name=siem" --output "file:$work/plain"

# What is done, and by whom.
as reader sh -c "echo \$\$ >$work/reader; exec cat '$file'"
as given sh -c "echo \$\$ >$work/given; GH_TOKEN=$token exec true"
as agent:connects bash -c "echo \$\$ >$work/connects; read -r _ <'$file'; exec 3<>/dev/tcp/127.0.0.1/$port"
read -r reader <"$work/reader"
read -r given <"$work/given"
read -r connects <"$work/connects"
for to in "$events" "$both" "$siem"; do
	name=$(basename "$to" .jsonl)
	check "$name: the read" within 10 one "$to" "e['class_uid'] == 1001 and e['activity_id'] == 2 and e['file']['path'] == '$file' and
		e['actor']['process']['pid'] == $reader and e['actor']['process']['name'] == 'cat' and ${own}['run']['workflow'] == 'reader'
		and e['delegation']['uid'] == ${own}['run']['id'] and ${own}['use']['line'] == 1"
	check "$name: the launch" within 10 one "$to" "e['class_uid'] == 1007 and e['activity_id'] == 1 and e['process']['pid'] == $given and
		e['process']['name'] == 'true' and ${own}['use']['how'] == 'environment' and ${own}['use']['name'] == 'GH_TOKEN' and
		${own}['run']['workflow'] == 'given'"
	check "$name: the connection" within 10 one "$to" "e['class_uid'] == 4001 and e['dst_endpoint'].get('ip') == '127.0.0.1' and
		e['dst_endpoint'].get('port') == $port and e['actor']['process']['pid'] == $connects"
done
prints() { jsonl "$1" "e['class_uid'] != 2004 and ${own}['run']['workflow'] in ('reader', 'given', 'agent:connects')" \
	"e['metadata']['uid'], e['class_uid'], e['time'], ${own}['credential']['fingerprint']" | sort; }
check "the same events everywhere" [ "$(prints "$events")" = "$(prints "$siem")" ]
check "of one credential" [ "$(prints "$events" | awk '{print $NF}' | sort -u | wc -l)" -eq 1 ]
check "the reuse is found, too" within 20 some "$siem" "e['class_uid'] == 2004 and 'cross-workflow-reuse' in json.dumps(e)"
check "only where findings shall go" [ -z "$(jsonl "$events" "e['class_uid'] == 2004")" ]
check "filters are about findings: one for Critical has the events and no finding" [ -z "$(jsonl "$both" "e['class_uid'] == 2004")" ]
check "an output that asks for none has none" [ -z "$(jsonl "$work/plain" "e['class_uid'] != 2004")" ]
check "and says nothing of them" is "file:$work/plain" '"events" not in o'
check "all are sound" python3 tests/lib/check_ocsf.py "$events" "$both" "$siem"
check "those sent are counted" is siem 'o["events"]["sent"] >= 3 and o["events"]["refused"] == o["events"]["dropped"] == 0'
check "people see it" grep -Eq "^siem .* [0-9]+ +0  " <(script -qec "$program outputs status ${at[*]}" /dev/null)

# The receiver takes nothing, and many more acts come than may wait.
kill -STOP "$rsyslog"
as flood sh -c "seq 4500 | xargs -P 2 -I{} cat '$file'"
check "events beyond the bound are dropped" within 20 is siem 'o["events"]["dropped"] > 0'
check "and the bound holds" is siem 'o["events"]["waiting"] < 4000'
check "that is said" grep -q "output siem: .* events dropped: more come than it takes" "$work/monitor.err"
as flood sh -c "until [ -e '$work/enough' ]; do cat '$file'; done" &
flood=$!
leak in-time
check "under the flood a finding is written at once" within 3 reuse_in "$work/plain" in-time
check "no finding is dropped for it" is siem 'o["dropped"] == 0'
check "metrics have what was lost" grep -Eq '^credlineage_output_events_dropped_total\{output="siem"\} [1-9]' \
	<(curl -s "http://127.0.0.1:$((port + 1))/metrics")
kill -CONT "$rsyslog"
check "a receiver that comes back has the finding before the events that wait" within 5 reuse_in "$siem" in-time
leak beside
check "and the next, while events stream in" within 5 reuse_in "$siem" beside
touch "$work/enough"
wait "$flood"
check "what waited comes" within 60 is siem 'o["events"]["waiting"] == 0'
sent=$(of siem 'o["events"]["sent"]')
received() { [ "$(jsonl "$siem" "e['class_uid'] != 2004" "e['metadata']['uid']" | sort -u | wc -l)" -ge "$sent" ]; }
check "what counts as sent was received" within 20 received || echo "# $sent sent, $(wc -l <"$siem") lines"
check "the file missed nothing of it" is both 'o["events"]["dropped"] == 0'

# SIGHUP takes an output with events over.
echo "{\"outputs\": [\"file:$work/added?events=credential\"]}" >"$work/config.json"
kill -HUP "$monitor"
check "SIGHUP takes an output over" within 5 grep -q 'outputs: 1 outputs are new' "$work/monitor.err"
as late cat "$file"
check "events go there, too" within 10 some "$work/added" "e['class_uid'] == 1001 and ${own}['run']['workflow'] == 'late'"

check "only root may read them" [ "$(stat -c %a "$events")" = 600 ]
check "no credential is in them" sh -c "! grep -qF '$token' '$events' '$both' '$siem'"
as last cat "$file"
stop_monitor
check "it stops cleanly" [ "$monitor_status" -eq 0 ]
check "what waited is written" some "$events" "e['class_uid'] == 1001 and ${own}['run']['workflow'] == 'last'"
check "in whole lines" [ "$(tail -c 1 "$events" | xxd -p)" = 0a ]

# Nobody asks at first; then SIGHUP brings one.
echo '{}' >"$work/config.json"
: >"$events"
start_monitor --config "$work/config.json"
as nobody-asks cat "$file"
echo "{\"outputs\": [\"file:$events?events=credential&findings=none\"]}" >"$work/config.json"
kill -HUP "$monitor"
within 5 grep -q 'outputs: 1 outputs are new' "$work/monitor.err"
sleep 1.5 # it is asked once a second whether somebody wants them
as asked cat "$file"
check "who asks later has what comes then" within 10 some "$events" "${own}['run']['workflow'] == 'asked'"
check "not what was before" [ -z "$(jsonl "$events" "${own}['run']['workflow'] == 'nobody-asks'")" ]
stop_monitor
finish
