#!/usr/bin/env bash
# Kill -9 at any moment: the store opens again, earlier findings are there, nothing is reported twice, and runs and
# processes that still live are picked up: a reuse across the restart is seen.
# shellcheck source=tests/lib/live.sh disable=SC2119
. "$(dirname "$0")/../lib/live.sh"

mkdir -p "$work/home/.config/gh"
file=$work/home/.config/gh/hosts.yml
first=$("$make_token" github) second=$("$make_token" github)
printf 'oauth_token: %s\n' "$first" >"$file"

start_monitor
"$program" run "${at[@]}" --workflow deploy --run-id deploy-1 -- cat "$file" >/dev/null
"$program" run "${at[@]}" --workflow triage --run-id triage-1 -- sh -c "GH_TOKEN=$first exec true"
check "a finding before the kill" within 2 found cross-workflow-reuse 1
# A run that lives through the restart and holds the second token in its environment.
GH_TOKEN=x "$program" run "${at[@]}" --workflow longlived --run-id longlived-1 -- sh -c "GH_TOKEN=$second exec sleep 60" &
sleeper=$!
sleep 0.7
stop_monitor KILL
check "it was killed" [ "$monitor_status" -eq 137 ]

start_monitor
check "the store is whole" [ "$(sqlite3 "$work/state/credlineage.db" 'pragma integrity_check')" = ok ]
check "the earlier finding is there" sh -c "'$program' findings list --json --state '$work/state' | grep -q cross-workflow-reuse"
check "the unclean stop is said" within 2 found coverage-degraded 1
check "the living run was picked up" sh -c "'$program' task list --json --socket '$work/control.sock' | grep -q longlived-1"
"$program" run "${at[@]}" --workflow triage --run-id triage-2 -- sh -c "GH_TOKEN=$first exec true"
sleep 1
check "what was reported is not reported again" found cross-workflow-reuse 1
"$program" run "${at[@]}" --workflow thief --run-id thief-1 -- sh -c "GH_TOKEN=$second exec true"
check "a reuse of what was held before the kill is seen" within 2 found cross-workflow-reuse 2
{ kill $sleeper; pkill -P $sleeper; wait $sleeper; } 2>/dev/null
stop_monitor
check "it stops cleanly" [ "$monitor_status" -eq 0 ]

for _ in $(seq 8); do
	start_monitor
	(while kill -0 "$monitor" 2>/dev/null; do "$program" run "${at[@]}" --workflow busy -- cat "$file" >/dev/null 2>&1; done) &
	sleep "0.$((RANDOM % 9))"
	stop_monitor KILL
	wait $! 2>/dev/null
done
check "eight kills later the store is whole" [ "$(sqlite3 "$work/state/credlineage.db" 'pragma integrity_check')" = ok ]
check "and the first finding is still there" sh -c "'$program' findings list --json --state '$work/state' | grep -q triage-1"
start_monitor
stop_monitor
check "and the monitor starts" [ "$monitor_status" -eq 0 ]
finish
