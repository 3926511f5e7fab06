#!/usr/bin/env bash
# The disk is full: the monitor goes on watching and says so; a finding of that time waits, and is stored and reported
# once when there is room again. The disk is a small one in memory that only this test sees.
# shellcheck disable=SC2119,SC2317 # callers are in lib/live.sh
[ -n "${DISK_FULL_INSIDE:-}" ] || DISK_FULL_INSIDE=1 exec unshare -m --propagation private "$0" "$@"
# shellcheck source=tests/lib/live.sh
. "$(dirname "$0")/../lib/live.sh"

mkdir -m 700 "$work/state"
mount -t tmpfs -o size=10m,mode=700 none "$work/state" || exit 1
trap 'live_cleanup 2>/dev/null; umount -l "$work/state"; rm -rf "$work"' EXIT

reuse() { # ID TOKEN
	"$program" run "${at[@]}" --workflow deploy --run-id "d-$1" -- sh -c "GH_TOKEN=$2 exec true" >/dev/null
	"$program" run "${at[@]}" --workflow triage --run-id "t-$1" -- sh -c "GH_TOKEN=$2 exec true" >/dev/null
}

counter() { # NAME EXPRESSION of n
	status | python3 -c 'import json, sys
n = json.load(sys.stdin)["counters"][sys.argv[1]]
sys.exit(not eval(sys.argv[2]))' "$1" "$2"
}

tier() { # TIER that the status has for the store
	status | python3 -c 'import json, sys
acts = json.load(sys.stdin)["coverage"]["acts"]
sys.exit(sys.argv[1] not in [a["tier"] for a in acts if a["act"] == "store"])' "$1"
}

stored() { # DETECTOR N
	[ "$("$program" findings list --json --state "$work/state" --detector "$1" | wc -l)" -eq "$2" ]
}

logged() { # TEXT N
	[ "$(grep -c "$1" "$work/monitor.err")" -eq "$2" ]
}

start_monitor --verbose
reuse 1 "$("$make_token" github)"
check "a finding while there is room" within 10 found cross-workflow-reuse 1

dd if=/dev/zero of="$work/state/filler" bs=64k status=none 2>/dev/null
dd if=/dev/zero of="$work/state/filler" bs=512 oflag=append conv=notrunc status=none 2>/dev/null
reuse 2 "$("$make_token" github)"
check "it says that it cannot write" within 20 logged 'cannot write the store' 1
check "findings wait" within 20 counter findings_waiting 'n > 0'
check "the status says so" within 20 tier none
check "nothing is reported that is not stored" found cross-workflow-reuse 1
reuse 3 "$("$make_token" github)"
check "it goes on watching" kill -0 "$monitor"
check "tries again" within 20 counter store_errors 'n > 2'
check "and has said it once" logged 'cannot write the store' 1

rm "$work/state/filler"
check "with room what waited is reported" within 20 found cross-workflow-reuse 3
check "and stored" within 20 stored cross-workflow-reuse 3
check "none waits" within 20 counter findings_waiting 'n == 0'
check "the status says so, too" within 20 tier written
check "the outage is a finding" within 20 found coverage-degraded 1
check "that is closed" within 20 stored coverage-degraded 1
check "nothing was dropped" counter findings_dropped 'n == 0'
reuse 4 "$("$make_token" github)"
check "it works as before" within 20 found cross-workflow-reuse 4
stop_monitor
check "it stops cleanly" [ "$monitor_status" -eq 0 ]
check "each was reported once" found cross-workflow-reuse 4
check "the store is whole" [ "$(sqlite3 "$work/state/credlineage.db" 'pragma integrity_check')" = ok ]
finish
