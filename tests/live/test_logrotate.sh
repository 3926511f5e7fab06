#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2317 # called through check
# A real logrotate, with a SIGHUP as its script, moves a file output away while the monitor writes it, and compresses it at
# once; others just move it. What was written before is in the old files, what comes after in the new one, nothing is lost
# and nothing comes twice. N=3000: so many findings
# shellcheck source=tests/lib/live.sh
. "$(dirname "$0")/../lib/live.sh"
command -v logrotate >/dev/null || { echo "not ok logrotate is installed"; exit 1; }
make -s build/bench/reports || { echo "not ok reports is built"; exit 1; }
n=${N:-3000}
all=$((n + n / 10)) # a tenth is reported twice
output="file:$work/out?rate=$((n / 6))/s"

# FILE...: over all of them, the oldest first, each report is there once, first ones in order, and no file is empty
whole() {
	python3 - "$n" "$@" <<'PY'
import gzip, json, sys
n, ours, counts = int(sys.argv[1]), [], []
for path in sys.argv[2:]:
    data = (gzip.open if path.endswith(".gz") else open)(path, "rb").read()
    if not data.endswith(b"\n"):
        sys.exit(f"# {path} is empty, or its last line has no end")
    events = [json.loads(line) for line in data.splitlines()]
    ours += [(e["finding_info"]["uid"], e["count"]) for e in events]
    counts.append(len(events))
print(f"# {counts} lines in {len(counts)} files")
ours = [r for r in ours if r[0].startswith("fnd-00000000")]  # the others are the monitor's own, of this machine
want = [(f"fnd-{i:016x}", count) for i in range(n) for count in ((1, 2) if i % 10 == 0 else (1,))]
if sorted(ours) != want:
    sys.exit(f"# {len(set(want) - set(ours))} are missing, {len(ours) - len(set(ours))} came twice")
first = [uid for uid, count in ours if count == 1]
sys.exit(0 if first == sorted(first) else "# not in order")
PY
}
is() { # MEMBER VALUE: of the file output, as the running monitor has it
	status | python3 -c 'import json, sys
of = [o for o in json.load(sys.stdin)["outputs"] if o["name"].startswith("file:")]
sys.exit(str(of[0][sys.argv[1]]) != sys.argv[2])' "$@"
}
some() { [ "$(wc -l <"$work/out")" -ge $((all / 20)) ]; }
is_open() { stat -Lc %i /proc/"$monitor"/fd/* 2>/dev/null | grep -qx "$(stat -c %i "$work/out" 2>/dev/null)"; }
rotate() { logrotate -f -s "$work/logrotate.state" "$work/logrotate.conf"; }

start_monitor --output "$output"
stop_monitor
check "the findings are in the store" test "$(build/bench/reports "$n" "$work/state")" -eq $all
start_monitor --output "$output"
cat >"$work/logrotate.conf" <<END
$work/out {
	rotate 9
	create 0640 root root
	compress
	postrotate
		kill -HUP $monitor
	endscript
}
END
for turn in first second; do
	check "there is something to move ($turn)" within 20 some
	check "logrotate moves it ($turn)" rotate
	check "the monitor goes on in the new one ($turn)" within 5 is_open
done
check "which is as logrotate made it" test "$(stat -c %a "$work/out")" = 640
check "there is something to move (third)" within 20 some
mv "$work/out" "$work/moved.1"
kill -HUP "$monitor"
check "after mv and SIGHUP it makes one" within 5 is_open
check "which is nobody else's to read" test "$(stat -c %a "$work/out")" = 600
check "there is something to move (fourth)" within 20 some
mv "$work/out" "$work/moved.2"
check "all is there, though nobody said that it was moved" within 60 is waiting 0
check "nothing was in the way" is failures 0
stop_monitor
check "each report is there once, in order" whole "$work"/out.2.gz "$work"/out.1.gz "$work"/moved.1 "$work"/moved.2 "$work/out"
finish
