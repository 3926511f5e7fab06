#!/usr/bin/env bash
# `monitor --events FILE`: every act with a credential as a sound OCSF event, beside findings, counted in the status.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"
events=$work/events.jsonl

mkdir -p "$work/home/.aws"
token=$("$make_token" github)
printf 'token = %s\n' "$token" >"$work/home/.aws/credentials"
read_by() { # WORKFLOW
	"$program" run "${at[@]}" --workflow "$1" -- cat "$work/home/.aws/credentials" >/dev/null
}
seen() { # WORKFLOW: a read in it is among the events
	[ -n "$(jsonl "$events" "(e['class_uid'] == 1001 and e['file']['path'] == '$work/home/.aws/credentials' and
		e['actor']['process']['name'] == 'cat' and e['unmapped']['credlineage']['run']['workflow'] == '$1')")" ]
}

check "a place that is no file is refused" sh -c \
	"'$program' monitor ${at[*]} --events /dev/null 2>&1 >/dev/null | grep -q 'not a regular file'"
start_monitor --events "$events"
read_by one
check "a read is an event" within 10 seen one
read_by two
check "another one, too" within 10 seen two
check "and the finding comes as ever" within 20 found cross-workflow-reuse 1
check "all are sound" python3 tests/lib/check_ocsf.py "$events"
check "and counted" sh -c "echo '$(status)' | python3 -c 'import json; c = json.loads(input())[\"counters\"]
assert c[\"events_written\"] >= 2 and c[\"events_dropped\"] == c[\"events_failed\"] == 0, c'"
check "only root may read them" [ "$(stat -c %a "$events")" = 600 ]
check "no credential is in them" sh -c "! grep -qF '$token' '$events'"
stop_monitor
check "it stops cleanly" [ "$monitor_status" -eq 0 ]
check "what waited is written, in whole lines" [ "$(tail -c 1 "$events" | xxd -p)" = 0a ]
finish
