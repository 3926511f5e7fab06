#!/usr/bin/env bash
# `make demo`: two workflows use one token. Starts the monitor in a throw-away state directory, plays the story with a
# token made on the spot, shows the finding and the lineage, cleans up. Fails loudly when the finding does not come.
set -eu
cd "$(dirname "$0")/.."
program=$PWD/build/credlineage
if [ "$(id -u)" -ne 0 ]; then
	echo "cannot watch this host: not root (run: sudo make demo)" >&2
	exit 3
fi
work=$(mktemp -d /tmp/credlineage-demo-XXXXXX)
monitor=
cleanup() {
	[ -z "$monitor" ] || { kill "$monitor" 2>/dev/null && wait "$monitor" 2>/dev/null; } || true
	rm -rf "$work"
}
trap cleanup EXIT
fail() {
	echo "DEMO FAILED: $*" >&2
	sed 's/^/  monitor: /' "$work/monitor.err" >&2 || true
	exit 1
}
at=(--state "$work/state" --socket "$work/control.sock")

echo "== the monitor watches this host (state in $work)"
"$program" monitor "${at[@]}" >"$work/findings.jsonl" 2>"$work/monitor.err" &
monitor=$!
for _ in $(seq 100); do
	[ -S "$work/control.sock" ] && grep -q 'watching this host' "$work/monitor.err" && break
	kill -0 "$monitor" 2>/dev/null || fail "the monitor did not start"
	sleep 0.1
done

echo "== workflow deploy reads a GitHub token from gh's configuration"
token=$(build/trigger/make_token github)
mkdir -p "$work/home/.config/gh"
printf 'github.com:\n    oauth_token: %s\n    user: octocat\n' "$token" >"$work/home/.config/gh/hosts.yml"
"$program" run "${at[@]}" --workflow deploy -- cat "$work/home/.config/gh/hosts.yml" >/dev/null

echo "== workflow triage hands the same token to a program in its environment"
began=$(date +%s%N)
"$program" run "${at[@]}" --workflow triage -- sh -c "GH_TOKEN=$token exec true"
found=
for _ in $(seq 200); do
	found=$(grep -c '"uid":"cross-workflow-reuse"' "$work/findings.jsonl" || true)
	[ "$found" -gt 0 ] && break
	sleep 0.05
done
[ "${found:-0}" -eq 1 ] || fail "expected one cross-workflow-reuse finding, got ${found:-0}"
echo "== the finding, after $((($(date +%s%N) - began) / 1000000)) ms"
id=$("$program" findings list --json --state "$work/state" | grep cross-workflow-reuse | grep -oE 'fnd-[0-9a-f]{16}' | head -n 1)
[ -n "$id" ] || fail "the finding is not in the store"
# Into a pipe it would be JSON: script(1) gives it a terminal.
script -qec "'$program' findings show '$id' --state '$work/state'" /dev/null

echo "== its lineage"
for _ in $(seq 20); do
	"$program" lineage "${at[@]}" --finding "$id" --format json -o "$work/lineage.json"
	edges=$(grep -oE '"source":[[:space:]]*"' "$work/lineage.json" | wc -l)
	[ "$edges" -ge 10 ] && break
	sleep 0.1
done
[ "$edges" -ge 10 ] || fail "the lineage has $edges edges only"
"$program" lineage "${at[@]}" --finding "$id" --format dot -o "$work/lineage.dot"
grep -q '"credlineage.lineage/1"' "$work/lineage.json" || fail "the lineage export is not one"
echo "$edges edges exported as JSON ($(wc -c <"$work/lineage.json") bytes) and as a graph for dot"
if grep -rqaF "$token" "$work/state" "$work/findings.jsonl" "$work/monitor.err" "$work/lineage.json" "$work/lineage.dot"; then
	fail "the token's bytes were written somewhere"
fi
echo "== none of the files written holds the token; cleaning up"
