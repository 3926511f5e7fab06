#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2317 # called through check
# `outputs` without a monitor: what waits is sent from here, a receiver that refuses for good leaves dead letters, which are
# listed, sent once more or thrown away; what cannot work is said.
# shellcheck source=tests/lib/command.sh
. "$(dirname "$0")/../lib/command.sh"
make -s build/bench/reports || exit 1
mkdir -p "$state" "$work/stub"
chmod 700 "$state"
/usr/bin/python3 -c 'import os; print("EXAMPLE" + os.urandom(24).hex())' >"$work/secret"
cp "$work/secret" "$work/stub/secret"
chmod 600 "$work/secret"
/usr/bin/python3 tests/lib/http_receiver.py "$work/stub" 2>"$work/stub/stderr" &
for _ in $(seq 200); do
	[ ! -e "$work/stub/port" ] || break
	sleep 0.05
done
port=$(cat "$work/stub/port")
cat >"$work/config.json" <<JSON
{"outputs": ["file:$work/all", "webhook+http://127.0.0.1:$port/hook?secret-file=$work/secret&name=hook"]}
JSON
outputs() { "$program" outputs "$@" --state "$state" --socket "$work/none.sock" --config "$work/config.json"; }
plan() { printf '%s\n' "$@" >"$work/stub/plan"; }
refusals() { for _ in $(seq "$1"); do echo "status 400"; done >"$work/stub/plan"; }
of() { # NAME MEMBER
	outputs status --json | python3 -c 'import json, sys
print(*(o[sys.argv[2]] for o in map(json.loads, sys.stdin) if o["name"] == sys.argv[1]))' "$@"
}
is() { [ "$(of "$1" "$2")" = "$3" ]; }
lines() { [ "$(wc -l <"$1")" -eq "$2" ]; }
status_is() { # STATUS COMMAND...
	local want=$1 got
	shift
	"$@" >"$work/said" 2>&1
	got=$?
	[ $got -eq "$want" ] || { echo "exit status $got"; cat "$work/said"; return 1; }
}
says() { grep -qF -- "$1" "$work/said" || { cat "$work/said"; return 1; }; }

build/bench/reports 1 "$state" >/dev/null # a store to begin with
check "a new output begins with what comes next" outputs drain
check "so nothing is sent" test ! -s "$work/all"
build/bench/reports 8 "$state" >/dev/null
check "what came since is sent" outputs drain
check "to the file" lines "$work/all" 9
check "and to the receiver" lines "$work/stub/stored" 9
check "which is counted" is hook sent 9
check "nothing waits" is hook waiting 0

refusals 3
build/bench/reports 3 "$state" >/dev/null
outputs drain 2>/dev/null
check "what is refused for good is a dead letter" is hook dead_letters 3
check "and no other output's" is "file:$work/all" dead_letters 0
outputs drain --dead >"$work/letters"
check "the letters say of what and why" test "$(grep -c '"finding":"fnd-000000000000000[0-2]".*"reason":".*400' "$work/letters")" -eq 3
check "those of one finding alone" test "$(outputs drain --dead --finding fnd-0000000000000000 | grep -o 'fnd-[0-9a-f]*' | sort -u)" = fnd-0000000000000000
check "one finding's are thrown away" outputs drain --dead --discard --finding fnd-0000000000000000
check "the others stay" test "$(outputs drain --dead | wc -l)" -lt 3
before=$(wc -l <"$work/stub/stored")
left=$(outputs drain --dead | wc -l)
check "they are sent once more" outputs drain --dead --retry
check "and wait until then" is hook waiting "$left"
check "now" outputs drain
check "the receiver has them" lines "$work/stub/stored" $((before + left))
check "none is left" test -z "$(outputs drain --dead)"

check "a test finding" outputs test "file:$work/tested"
check "is marked as one" grep -q "nothing was found" "$work/tested"
check "where nobody is, it fails" status_is 1 outputs test syslog+tcp://127.0.0.1:1
check "and says why" says "cannot connect to 127.0.0.1 port 1: Connection refused"
check "an unknown output" status_is 1 outputs drain nobody
check "is named" says 'no output "nobody" (credlineage outputs status lists them)'
check "an unknown verb" status_is 2 outputs empty
check "gets the verbs" says "say status, test or drain"
check "of two ways one" status_is 2 outputs drain --dead --retry --discard
check "a spec that cannot be" status_is 1 outputs test kafka://h:9092
check "gets what there is" says "there is"
check "no secret is written" test -z "$(grep -rlF "$(cat "$work/secret")" "$state" "$work/all" "$work/letters")"
