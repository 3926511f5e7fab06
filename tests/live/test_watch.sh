#!/usr/bin/env bash
# A file that only the configuration names is watched like a catalogued one; its neighbour is not.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"

mkdir -p "$work/app"
printf 'x=%s\n' "$("$make_token" github)" >"$work/app/own.secretstore"
printf 'x=%s\n' "$("$make_token" github)" >"$work/app/other.secretstore"
echo "{\"watch\": {\"paths\": [\"$work/app/own.secretstore\"]}}" >"$work/config.json"
start_monitor --config "$work/config.json"
for workflow in one two; do
	"$program" run "${at[@]}" --workflow $workflow -- cat "$work/app/own.secretstore" "$work/app/other.secretstore" >/dev/null
done
check "a configured file is watched" within 2 found cross-workflow-reuse 1
sleep 0.5
"$program" credentials list --json "${at[@]}" >"$work/known.json"
# known NAME: whether the credential in that file is
known() {
	"$program" scan --json --key "$work/state/fingerprint.key" "$work/app/$1" >"$work/$1.json"
	grep -qF "$(jsonl "$work/$1.json" True "e['fingerprint']")" "$work/known.json"
}
unknown() {
	! known "$1"
}
check "its credential is known" known own.secretstore
check "its neighbour's is not" unknown other.secretstore
finish
