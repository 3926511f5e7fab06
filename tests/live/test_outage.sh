#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2317 # called through check
# Thousands of findings that wait for the monitor's start, and receivers in a bad hour: one is killed in the middle and
# comes back, one reads a byte a second, one refuses, one has no name that resolves. Each finding arrives where somebody
# is, at least once, the reports of one finding in order, and memory stays bounded. N=10000: so many, 2,000 else (LONG=1: 10,000)
# shellcheck source=tests/lib/live.sh
. "$(dirname "$0")/../lib/live.sh"
command -v rsyslogd >/dev/null || { echo "not ok rsyslogd is installed"; exit 1; }
make -s build/bench/reports || { echo "not ok reports is built"; exit 1; }
n=${N:-$([ -n "${LONG:-}" ] && echo 10000 || echo 2000)}
port=$((20000 + RANDOM % 5000))
slow_port=$((25000 + RANDOM % 5000))
rsyslog='' slow=''
stop_receivers() {
	local pid
	for pid in $rsyslog $slow; do kill -KILL "$pid" && wait "$pid"; done 2>/dev/null
}
trap 'stop_receivers; live_cleanup' EXIT
outputs=(--output "file:$work/out?outbox-size=20000" --output "syslog+tcp://127.0.0.1:$port?name=killed"
	--output "syslog+tcp://127.0.0.1:$slow_port?name=slow" --output "syslog+tcp://127.0.0.1:1?name=refused"
	--output "syslog+tcp://nowhere.invalid:514?name=nameless")

start_rsyslog() {
	cat >"$work/rsyslog.conf" <<EOF
global(workDirectory="$work" maxMessageSize="64k")
module(load="imtcp")
template(name="out" type="string" string="%msg%\n")
ruleset(name="in") { action(type="omfile" file="$work/received" template="out") }
input(type="imtcp" port="$port" address="127.0.0.1" ruleset="in")
EOF
	rsyslogd -n -f "$work/rsyslog.conf" -i "$work/rsyslog.pid" 2>>"$work/rsyslogd.err" &
	rsyslog=$!
}
of_outputs() { # NAME MEMBER: of the running monitor
	status | python3 -c 'import json, sys
print(*(o.get(sys.argv[2], "") for o in json.load(sys.stdin)["outputs"] if o["name"] == sys.argv[1]))' "$@"
}
is() { [ "$(of_outputs "$1" "$2")" = "$3" ]; }
lines_of() { wc -l <"$1" 2>/dev/null || echo 0; }
has_lines() { [ "$(lines_of "$1")" -ge "$2" ]; }
# FILE: every finding is there, none that was not sent, what is said of one in the order in which it was said
judge() {
	python3 - "$1" "$n" <<'PY'
import json, sys
first, lines = {}, 0
for line in open(sys.argv[1]):
    e = json.loads(line[line.index("{"):])
    uid = e["finding_info"]["uid"]
    if not uid.startswith("fnd-00000000"):
        continue  # the monitor's own, of this machine
    lines += 1
    seen = first.setdefault(uid, [])
    if e["count"] not in seen:
        seen.append(e["count"])
n = int(sys.argv[2])
want = {f"fnd-{i:016x}": [1, 2] if i % 10 == 0 else [1] for i in range(n)}
wrong = [uid for uid in want.keys() | first.keys() if want.get(uid) != first.get(uid)]
print(f"# {lines} records of {len(first)} findings, {sum(map(len, first.values()))} reports")
sys.exit(f"not as sent: {sorted(wrong)[:5]} and {len(wrong)} in all" if wrong else 0)
PY
}

start_monitor "${outputs[@]}"
stop_monitor
check "the findings are in the store" test "$(build/bench/reports "$n" "$work/state")" -eq $((n + n / 10))
/usr/bin/python3 -c 'import socket, sys, time
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
while True:
    c = s.accept()[0]
    try:
        while c.recv(1):
            time.sleep(1)
    except OSError:
        pass' "$slow_port" &
slow=$!
start_rsyslog
began=$(date +%s%3N)
start_monitor "${outputs[@]}"
check "the receiver has some" within 120 has_lines "$work/received" $((n / 10))
kill -KILL "$rsyslog" && wait "$rsyslog" 2>/dev/null
echo "# killed after $(lines_of "$work/received") records"
check "the file has all" within 120 has_lines "$work/out" $((n + n / 10))
echo "# the file had all after $(($(date +%s%3N) - began)) ms"
start_rsyslog
check "the receiver that came back has nothing to wait for" within 240 is killed waiting 0
echo "# the receiver had all after $(($(date +%s%3N) - began)) ms"
check "each finding is in the file" judge "$work/out"
within 10 has_lines "$work/received" $((n + n / 10)) # rsyslog writes by and by
check "and with the receiver" judge "$work/received"
check "nothing is dropped" is refused dropped 0
for name in slow refused nameless; do
	check "all waits for the $name one" test "$(of_outputs $name waiting)" -ge $((n))
done
check "the monitor sees what happens meanwhile" test "$(of_outputs "file:$work/out" waiting)" -eq 0
peak=$(awk '/VmHWM/ {print $2}' "/proc/$monitor/status")
echo "# peak memory $((peak / 1024)) MB, the store has $(($(stat -c %s "$work/state/credlineage.db") >> 20)) MB"
check "memory is bounded" test "$peak" -lt 102400
before=$(date +%s%3N)
stop_monitor
check "it stops without waiting for them" test $(($(date +%s%3N) - before)) -lt 5000
finish
