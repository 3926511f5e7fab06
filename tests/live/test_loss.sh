#!/usr/bin/env bash
# Records are lost while nobody reads: it is said, of which kinds and when; afterwards the kernel's own lists put right
# who lives, whose child it is and what it holds.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"

cat >"$work/config.json" <<'JSON'
{"limits": {"credential_ring": 262144, "process_ring": 262144}}
JSON
at+=(--config "$work/config.json")
mkdir -p "$work/home/.config/gh"
file=$work/home/.config/gh/hosts.yml
printf 'oauth_token: %s\n' "$("$make_token" github)" >"$file"
first=$("$make_token" github) second=$("$make_token" github)
cp /bin/sleep "$work/early"
cp /bin/sleep "$work/late"
cp /bin/sleep "$work/reader"

start_monitor --record "$work/loss.clrec"
GH_TOKEN=$first "$work/early" 100 &
early=$!
sleep 0.5
kill -STOP "$monitor"
build/trigger/storm 3000 >/dev/null
for ((i = 0; i < 1500; i++)); do read -r _ <"$file"; done # one process, and everything in the other ring
kill $early
wait $early 2>/dev/null
bash -c 'echo $$ >"$1/parent"; GH_TOKEN=$2 "$1/late" 100 & echo $! >"$1/child"; wait' bash "$work" "$second" &
"$work/reader" 101 <"$file" &
reader=$!
sleep 0.5
kill -CONT "$monitor"

said() { [ "$(jsonl "$findings" "e['finding_info']['analytic']['uid'] == 'coverage-degraded' and ' $1 records were lost' in str(e) and ' between 20' in str(e)" | wc -l)" -ge 1 ]; }
for kind in exec fork exit; do check "the loss of $kind records is said" within 5 said $kind; done
store() { sqlite3 "$work/state/credlineage.db" "$1" 2>/dev/null; }
parent=$(cat "$work/parent") child=$(cat "$work/child")
holds() { [ "$(store "select count(*) from edge e join node p on p.n = e.source join node c on c.n = e.target
	where p.id like 'process:%:$1:%' and c.id like 'cred:%' and e.kind = $2")" -ge 1 ]; }
check "who came meanwhile is known with what it holds" within 8 holds "$child" 6
check "and whose child it is" [ "$(store "select count(*) from edge e join node p on p.n = e.source join node c on
	c.n = e.target where e.kind = 1 and p.id like 'process:%:$parent:%' and c.id like 'process:%:$child:%'")" -eq 1 ]
check "its executable is" [ "$(store "select count(*) from node where id like 'process:%:$child:%' and label like 'late%'")" -eq 1 ]
ended() { # its own node has it, not one of its ancestors
	"$program" lineage --state "$work/state" --pid "$1" --json |
		python3 -c 'import json, sys; d = json.load(sys.stdin); n = {n["id"]: n for n in d["nodes"]}
assert "exited" in n[d["focus"]["nodes"][0]]["attrs"]' 2>/dev/null
}
check "who went meanwhile has ended" within 5 ended $early
lives() { ! ended "$1"; }
check "who lives has not" lives "$child"
if said open || said read; then
	check "who has a watched file open holds it" within 5 holds $reader 8
fi
kill "$child" $reader

finish
