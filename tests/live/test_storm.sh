#!/usr/bin/env bash
# 2,000 short-lived readers at full speed (10,000 with LONG=1): every read is attributed to the right process, executable, parent and run;
# nothing is lost, by counter and by count.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"
readers=${READERS:-$([ -n "${LONG:-}" ] && echo 10000 || echo 2000)}

mkdir -p "$work/home/.config/gh"
file=$work/home/.config/gh/hosts.yml
printf 'github.com:\n    oauth_token: %s\n' "$("$make_token" github)" >"$file"
start_monitor --quiet --record "$work/storm.clrec"
# The reader is a program of its own so that the executable is told apart; the driver is its parent, in one run.
cp /bin/cat "$work/reader"
# shellcheck disable=SC2016 # expanded by the inner shell
"$program" run "${at[@]}" --workflow storm --run-id storm-1 -- bash -c '
	echo $$ >"$1/driver"
	for ((i = 0; i < $3; i++)); do "$1/reader" "$2" >/dev/null; done' bash "$work" "$file" "$readers"
sleep 1
lost=$(status | python3 -c '
import json, sys
e = json.load(sys.stdin)["events"]
print(sum(e[k]["lost"] + e[k]["failed"] for k in e))')
check "no event was lost by counter" [ "$lost" -eq 0 ]
stop_monitor
check "it stops cleanly" [ "$monitor_status" -eq 0 ]
"$program" replay --dump "$work/storm.clrec" >"$work/events.jsonl"
python3 - "$work/events.jsonl" "$work/reader" "$file" "$(cat "$work/driver")" "$readers" <<'PY' || cases_failed=1
import json, sys
path, exe, file, driver, readers = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
execs, reads, forks, exits = {}, {}, {}, set()
bad = 0
for line in open(path):
    e = json.loads(line)
    key = (e.get("process.tgid"), e.get("process.start"))
    if e["kind"] == "exec" and e.get("exe") == exe:
        execs[key] = e
    elif e["kind"] == "fork":
        forks[(e["child.tgid"], e["child.start"])] = key
    elif e["kind"] == "exit":
        exits.add(key)
    elif e["kind"] == "read" and e.get("path") == file and e.get("sightings"):
        reads.setdefault(key, e)
def case(name, good):
    global bad
    print(("ok " if good else "not ok ") + name)
    bad += not good
case(f"{readers} execs of the reader, got {len(execs)}", len(execs) == readers)
case(f"{readers} readers held the token, got {len(reads)}", len(reads) == readers)
case("every read is by a process that executed the reader", set(reads) == set(execs))
case("every reader's parent is the driver", all(e["parent.tgid"] == driver for e in execs.values()))
case("every reader's fork was by the driver", all(forks.get(k, (0,))[0] == driver for k in execs))
case("every reader's exit was seen", set(execs) <= exits)
case("one fingerprint", len({s["fingerprint"] for e in reads.values() for s in e["sightings"]}) == 1)
sys.exit(bad != 0)
PY
check "the store has every reader in the run" [ "$(sqlite3 "$work/state/credlineage.db" \
	"select count(distinct e.source) from edge e join node r on r.n = e.target join node p on p.n = e.source
	 where r.id like 'run:%:storm-1' and p.label like 'reader%'")" -eq "$readers" ]

# A storm of everything by somebody who has nothing to do with it: no credential event is lost, by counter and by count.
storm=${STORM:-$([ -n "${LONG:-}" ] && echo 100000 || echo 30000)} needles=50
lost() { status | python3 -c '
import json, sys
e = json.load(sys.stdin)["events"]
print(sum(e[k][s] for k in sys.argv[1:] for s in ("lost", "failed", "skipped")))' "$@"; }
sent() { status | python3 -c '
import json, sys
print(json.load(sys.stdin)["events"][sys.argv[1]]["sent"])' "$1"; }
cp /bin/cat "$work/needle"
start_monitor --quiet --record "$work/needles.clrec"
execs=$(sent exec) forks=$(sent fork)
build/trigger/storm "$storm" /etc/hostname >/dev/null &
storming=$!
for ((i = 0; i < needles; i++)); do
	"$work/needle" "$file" >/dev/null
	sleep 0.1
done
wait $storming
check "the storm was one" [ $? -eq 0 ]
sleep 1
check "no credential event was lost by counter" [ "$(lost open read connect receive access)" -eq 0 ]
check "nor one of a process" [ "$(lost exec fork exit)" -eq 0 ]
check "every fork and exec of the storm was sent" [ $(($(sent exec) - execs)) -ge "$storm" -a $(($(sent fork) - forks)) -ge "$storm" ]
stop_monitor
"$program" replay --dump "$work/needles.clrec" >"$work/needles.jsonl"
check "every needle was found, with its token" [ "$(jsonl "$work/needles.jsonl" \
	"e['kind'] == 'read' and e.get('path') == '$file' and e.get('sightings') and e['comm'] == 'needle'" \
	"e['process.tgid'], e['process.start']" | sort -u | wc -l)" -eq $needles ]
finish
