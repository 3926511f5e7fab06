#!/usr/bin/env bash
# Taking a credential out of another process: each way is one finding that names the right process on both sides; what
# is passed on willingly, a debugger's own child and a process without credentials are none.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2016,SC2317 # inner shells expand it; `within` calls them
. "$(dirname "$0")/../lib/live.sh"

take=$PWD/build/trigger/take_from
mkdir -p "$work/home/.config/gh" "$work/out"
file=$work/home/.config/gh/hosts.yml
token=$("$make_token" github) second_token=$("$make_token" github) in_file=$("$make_token" github) child_token=$("$make_token" github)
printf 'oauth_token: %s\n' "$in_file" >"$file"
scrape="e['finding_info']['analytic']['uid'] == 'process-scrape'"
native="e['unmapped']['credlineage']"

# run WORKFLOW COMMAND...: as a run of its own; what it prints goes to out/WORKFLOW
run() { "$program" run "${at[@]}" --workflow "$1" --run-id "$1" -- "${@:2}" >"$work/out/$1" 2>"$work/out/$1.err" </dev/null; }
pid_of() { head -n 1 "$work/out/$1"; }

# takers WORKFLOW: of each new finding about this run: who took, from whom, how bad
takers() {
	jsonl "$findings" "$scrape and e['activity_id'] == 1 and ${native}['sides'][-1]['run']['id'] == '$1'" \
		"(${native}['sides'][-1]['process']['pid'], ${native}['sides'][0]['process']['pid'], e['severity'])"
}
is_one() { [ "$(takers "$1")" = "($2, $3, 'High')" ]; }

start_monitor --record "$work/scrape.clrec"
{
	run victim sh -c 'echo $$; GH_TOKEN=$1 exec sleep 300' sh "$token" &
	run second sh -c 'echo $$; GH_TOKEN=$1 exec sleep 300' sh "$second_token" &
	run keeper sh -c 'echo $$; exec 9<"$1"; read -r line <&9; exec sleep 300' sh "$file" &
	run nobody sh -c 'echo $$; exec sleep 300' &
}
within 10 sh -c "cd '$work/out' && [ -s victim ] && [ -s second ] && [ -s keeper ] && [ -s nobody ]"
sleep 1
victim=$(pid_of victim) keeper=$(pid_of keeper) nobody=$(pid_of nobody)

for way in environ thread vm attach seize core; do
	run "by-$way" "$take" $way "$victim"
	check "$way: one finding, by the right process" within 10 is_one "by-$way" "$(pid_of "by-$way")" "$victim"
done
run by-cat sh -c "echo \$\$; exec cat /proc/$victim/environ"
check "cat: one finding, by the right process" within 10 is_one by-cat "$(pid_of by-cat)" "$victim"
if command -v gdb >/dev/null; then
	run by-gdb sh -c "echo \$\$; exec gdb -q -batch -ex 'generate-core-file /dev/null' -p $victim"
	check "gdb: one finding, by the right process" within 10 is_one by-gdb "$(pid_of by-gdb)" "$victim"
fi
run by-getfd "$take" getfd "$keeper" 9
check "getfd: one finding, by the right process" within 10 is_one by-getfd "$(pid_of by-getfd)" "$keeper"

run receiver "$take" receive "$work/socket" &
within 5 test -S "$work/socket"
run giver "$take" give "$work/socket" "$file"
wait $!
within 5 test -s "$work/out/receiver"
sleep 1
check "a descriptor that is given is no scrape" [ -z "$(takers receiver)" ]
"$program" lineage "${at[@]}" --pid "$(pid_of receiver)" --depth 2 >"$work/lineage.json"
check "but its giver is named" grep -q "opened by take_from \[$(pid_of giver)\]" "$work/lineage.json"
check "and two workflows have it" sh -c "grep cross-workflow-reuse '$findings' | grep -q receiver"

run on-nobody "$take" environ "$nobody"
run on-self sh -c 'echo $$; GH_TOKEN=$1 sh -c "cat /proc/self/environ; cat /proc/\$\$/environ"' sh "$token"
run debugger sh -c 'echo $$; GH_TOKEN=$1 sleep 3 & exec "$2" attach $!' sh "$child_token" "$take"
sleep 1
check "nothing to take is no finding" [ -z "$(takers on-nobody)" ]
check "one's own environment is no finding" [ -z "$(takers on-self)" ]
check "a debugger's own child is no finding" [ -z "$(takers debugger)" ]

run by-scan "$take" scan all
sleep 1
check "a scan is one finding" [ "$(takers by-scan | wc -l)" -eq 1 ]
kill "$victim" "$(pid_of second)" "$keeper" "$nobody"
stop_monitor
check "it stops cleanly" [ "$monitor_status" -eq 0 ]
check "which counts its targets" [ "$(jsonl "$findings" "$scrape and ${native}['sides'][-1]['run']['id'] == 'by-scan'" \
	"e['count']" | tail -n 1)" -ge 2 ]
check "findings pass the OCSF checker" python3 tests/lib/check_ocsf.py "$findings"
gunzip -c <"$work/scrape.clrec" >"$work/scrape.raw"
"$program" replay "$work/scrape.clrec" >"$work/replayed.jsonl"
check "a replay finds the same" diff <(jsonl "$findings" "$scrape" "e['finding_info']['uid']" | sort -u) \
	<(jsonl "$work/replayed.jsonl" "$scrape" "e['finding_info']['uid']" | sort -u)
for planted in token second_token in_file child_token; do
	hits=$(grep -rlaF --exclude-dir=home --exclude-dir=out -e "${!planted}" "$work" || true)
	check "no byte of $planted is written" [ -z "$hits" ]
done
finish
