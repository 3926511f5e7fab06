#!/usr/bin/env bash
# A store that was damaged: it is kept under a name with the time, a new one is started, a finding says what is missing;
# the start after that says nothing. What is no store of ours is refused as ever.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"

db=$work/state/credlineage.db
token=$("$make_token" github)
printf 'oauth_token: %s\n' "$token" >"$work/hosts.yml"

damage() { # every page after the second one becomes noise
	python3 - "$db" <<'PY'
import os, random, sys
with open(sys.argv[1], "r+b") as f:
    size = os.fstat(f.fileno()).st_size
    assert size > 6 * 4096, size
    f.seek(2 * 4096)
    f.write(random.Random(1).randbytes(size - 2 * 4096))
PY
}

asides() { # N
	[ "$(find "$work/state" -name 'credlineage.db.damaged-*Z*' ! -name '*-wal' ! -name '*-shm' | wc -l)" -eq "$1" ]
}

logged() { # N: lines about it of this monitor
	[ "$(grep -c 'it is kept as' "$work/monitor.err")" -eq "$1" ]
}

reuse() { # ID
	"$program" run "${at[@]}" --workflow deploy --run-id "d-$1" -- sh -c "GH_TOKEN=$2 exec true" >/dev/null
	"$program" run "${at[@]}" --workflow triage --run-id "t-$1" -- sh -c "GH_TOKEN=$2 exec true" >/dev/null
}

said() { # CONDITION on messages of coverage-degraded
	[ -n "$(jsonl "$findings" "e['finding_info']['analytic']['uid'] == 'coverage-degraded' and ($1)")" ]
}

start_monitor
reuse 1 "$token"
check "a finding" within 5 found cross-workflow-reuse 1
stop_monitor

damage
cp "$db" "$work/before"
start_monitor --record "$work/damaged.rec"
check "the store is kept" asides 1
aside=$(echo "$work"/state/credlineage.db.damaged-*Z)
check "as it was" cmp "$aside" "$work/before"
check "one line says so" logged 1
check "and where it is" grep -qF "$aside" "$work/monitor.err"
check "one finding" within 5 found coverage-degraded 1
check "it names the file and what is missing" said "'$aside' in e['message'] and 'history before' in e['message']"
check "the new store is whole" [ "$(sqlite3 "$db" 'pragma integrity_check')" = ok ]
reuse 2 "$token"
check "and works" within 5 found cross-workflow-reuse 2
stop_monitor
check "it stops cleanly" [ "$monitor_status" -eq 0 ]
"$program" replay --state "$work/replayed" "$work/damaged.rec" >/dev/null
for s in state replayed; do
	"$program" findings list --json --state "$work/$s" >"$work/$s.list"
	jsonl "$work/$s.list" True "e['finding_info']['uid']" | sort >"$work/$s.ids"
done
check "a replay finds the same" cmp "$work/state.ids" "$work/replayed.ids"
check "which is something" [ "$(wc -l <"$work/state.ids")" -ge 2 ]

start_monitor
check "the next start says nothing" logged 0
check "keeps nothing" asides 1
check "finds nothing" found coverage-degraded 1

reuse 3 "$("$make_token" github)"
check "a third finding" within 5 found cross-workflow-reuse 3
sqlite3 "$db" 'PRAGMA wal_checkpoint(PASSIVE)' >/dev/null
stop_monitor KILL
damage
start_monitor
check "killed and damaged: that one is kept, too" asides 2
check "with its log" [ "$(find "$work/state" -name '*Z*-wal' -size +0 | wc -l)" -eq 1 ]
check "the first is as it was" cmp "$aside" "$work/before"
check "a second finding" within 5 found coverage-degraded 2
reuse 4 "$("$make_token" github)"
check "it watches" within 5 found cross-workflow-reuse 4
stop_monitor

sqlite3 "$db" "UPDATE finding SET json='no' WHERE detector='cross-workflow-reuse'"
start_monitor
check "damage that only reading shows" asides 3
check "is found, too" within 5 found coverage-degraded 3
stop_monitor

sqlite3 "$db" 'PRAGMA application_id=1'
cp "$db" "$work/foreign"
check "another program's database is refused" sh -c "! '$program' monitor --state '$work/state' --socket '$work/control.sock' 2>'$work/err'"
check "and says why" grep -q 'of another program' "$work/err"
check "and left alone" cmp "$db" "$work/foreign"
check "and not kept" asides 3
finish
