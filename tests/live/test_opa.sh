#!/usr/bin/env bash
# A policy server raises, lowers and drops; one that is away, slow or talks nonsense changes nothing, is announced once and
# counted; the recording replays to what was reported, without the server.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"

mkdir -p "$work/home/.config/gh" "$work/server"
file=$work/home/.config/gh/hosts.yml
printf 'oauth_token: %s\n' "$("$make_token" github)" >"$file"
echo undefined >"$work/server/answer"
server=
serve() {
	rm -f "$work/server/port"
	python3 tests/lib/policy_server.py "$work/server" &
	server=$!
	within 10 test -s "$work/server/port"
}
# shellcheck disable=SC2154 # live_cleanup's
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; live_cleanup' EXIT
use_in() { # WORKFLOW
	"$program" run "${at[@]}" --workflow "$1" -- cat "$file" >/dev/null
}
in_it() { # WORKFLOW: it is one of the sides
	echo "'\"workflow:$1\"' in line"
}
between() { # A B SEVERITY: the finding of both workflows has it
	[ "$(jsonl "$findings" "e['finding_info']['analytic']['uid'] == 'cross-workflow-reuse' and $(in_it "$1") and $(in_it "$2")" \
		"e['severity']" | head -1)" = "$3" ]
}
counter() { # NAME N
	[ "$(status | python3 -c 'import json, sys; print(json.load(sys.stdin)["counters"][sys.argv[1]])' "$1")" -ge "$2" ]
}
said() { # TEXT N: so often
	[ "$(grep -cF -- "$1" "$work/monitor.err")" -eq "$2" ]
}

serve
cat >"$work/config.json" <<JSON
{"policy": {"opa": {"url": "http://127.0.0.1:$(cat "$work/server/port")/v1/data/credlineage/finding", "timeout": "1s"}}}
JSON
start_monitor --config "$work/config.json" --record "$work/all.clrec"
use_in first
use_in second
check "an undefined decision leaves our own" within 20 between first second High
check "it was asked with the finding" grep -q '"detector": "cross-workflow-reuse"' "$work/server/inputs"
check "and as it should be" [ ! -e "$work/server/wrong" ]

echo '{"result": {"severity": "Critical", "reason": "crown jewels"}}' >"$work/server/answer"
use_in third
check "it raises" within 20 between first third Critical
check "the finding says so" within 20 grep -rqaF 'crown jewels' "$work/state"
echo '{"result": {"severity": "Low"}}' >"$work/server/answer"
use_in fourth
check "it lowers" within 20 between first fourth Low
echo '{"result": {"drop": true, "reason": "known"}}' >"$work/server/answer"
use_in fifth
check "it drops, and that is counted" within 20 counter opa_dropped 1
check "what was dropped is not reported" [ -z "$(jsonl "$findings" "$(in_it fifth) and e['finding_info']['analytic']['uid'] == 'cross-workflow-reuse'")" ]

echo garbage >"$work/server/answer"
use_in sixth
check "nonsense leaves our own" within 20 between first sixth High
check "is counted" within 20 counter opa_failed 1
check "is announced once" within 20 said "the policy server is of no help: its answer is not" 1
use_in tenth
check "and it is left alone for a while" within 20 counter opa_paused 1

echo undefined >"$work/server/answer"
tries=0
again() { # a new finding is asked about again, after the pause; what repeats one that is reported already need not be
	tries=$((tries + 1))
	use_in "seventh-$tries"
	within 2 said "the policy server works again" 1
}
check "it is asked again after the pause" within 30 again
echo slow >"$work/server/answer"
use_in eighth
check "a slow one leaves our own within its time" within 20 between first eighth High
check "which is announced" within 20 said "the policy server is of no help: " 2
kill "$server" && wait "$server" 2>/dev/null
server=
use_in ninth
check "so does none at all" within 20 between first ninth High

stop_monitor
check "the monitor stops cleanly" [ "$monitor_status" -eq 0 ]
"$program" replay "$work/all.clrec" --json --config "$work/config.json" >"$work/replayed.jsonl"
reported() {
	jsonl "$1" "e['activity_id'] == 1 and e['finding_info']['analytic']['uid'] == 'cross-workflow-reuse'" \
		"e['finding_info']['uid'] + e['severity']" | sort
}
check "the recording replays to the same, without a server" [ "$(reported "$findings")" = "$(reported "$work/replayed.jsonl")" ]
check "findings pass the OCSF checker" python3 tests/lib/check_ocsf.py "$findings"
finish
