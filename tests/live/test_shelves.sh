#!/usr/bin/env bash
# Stores whose files may have any name: what lies there when the monitor starts, what is put there later, and what lies
# below the root of another mount namespace.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"

mkdir -p "$work/shelf/deep" "$work/other"
for file in shelf/one shelf/deep/two other/three; do
	"$make_token" github >"$work/$file"
done
echo "{\"credentials\": {\"stores\": [{\"id\": \"shelf\", \"owner\": \"test\", \"paths\": [\"$work/shelf/**\"]}]}}" >"$work/config.json"
mkfifo "$work/go"
unshare --mount sh -c "
	mount -t tmpfs t /run && mkdir /run/secrets && '$make_token' github >/run/secrets/database && cp /run/secrets/database '$work/database'
	read -r _ <'$work/go'; '$program' run --state '$work/state' --socket '$work/control.sock' --workflow guest -- cat /run/secrets/database >/dev/null" &
guest=$!
within 5 test -s "$work/database"
start_monitor --config "$work/config.json"
"$program" run "${at[@]}" --workflow shelf -- cat "$work/shelf/one" "$work/shelf/deep/two" "$work/other/three" >/dev/null
echo go >"$work/go"
wait $guest
"$make_token" github >"$work/shelf/later"

# known FILE: its credential is known to the monitor
known() {
	"$program" credentials list --json "${at[@]}" >"$work/known.json"
	"$program" scan --json --key "$work/state/fingerprint.key" "$1" >"$work/file.json"
	grep -qF "$(jsonl "$work/file.json" True "e['fingerprint']")" "$work/known.json"
}
unknown() {
	! known "$1"
}
read_later() {
	"$program" run "${at[@]}" --workflow later -- cat "$work/shelf/later" >/dev/null
	known "$work/shelf/later"
}
check "a file of any name" within 10 known "$work/shelf/one"
check "a file in a directory there" within 10 known "$work/shelf/deep/two"
check "its neighbour's is not" unknown "$work/other/three"
check "a secret in another mount namespace" within 10 known "$work/database"
check "a file that came later" within 10 read_later
stop_monitor
check "the monitor ends cleanly" test "$monitor_status" -eq 0
finish
