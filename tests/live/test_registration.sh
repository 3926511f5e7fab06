#!/usr/bin/env bash
# Runs that somebody registers: what is declared is kept, a time to live ends them, a cgroup can be one; and whoever
# vanishes, names what is not theirs, takes a number for another process, or floods is refused, told why, logged, counted.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"

control=$work/control.sock
start_monitor
chmod 711 "$work"
chmod 666 "$control"
nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)

# ask [UID]: sends each line of stdin on one connection and prints the answers, and behind a refusal its text
cat >"$work/ask.py" <<'PY'
import json, os, socket, sys
if len(sys.argv) > 2:
    os.setgroups([])
    os.setgid(int(sys.argv[2]))
    os.setuid(int(sys.argv[2]))
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
f = s.makefile("rw")
try:
    for line in sys.stdin:
        f.write(line)
        f.flush()
        answer = f.readline()
        if not answer:
            break
        print(answer.rstrip(), json.loads(answer).get("error", ""))
except (BrokenPipeError, ConnectionResetError):
    pass
PY
ask() { python3 "$work/ask.py" "$control" "$@"; }
list() { "$program" task list --json --socket "$control"; }
# is ID CONDITION: the run is listed so
is() {
	list >"$work/list"
	[ -n "$(jsonl "$work/list" "e['run_id'] == '$1' and ($2)" "e['run_id']")" ]
}
counter() { status | python3 -c 'import json,sys; print(int(json.load(sys.stdin)["control"][sys.argv[1]]))' "$1"; }

# ---- what is declared ----
fp=cred:00112233445566778899aabbccddeeff
"$program" run "${at[@]}" --workflow deploy --run-id d-1 --owner payments --environment production --ttl 2h \
	--spiffe-id spiffe://example.org/d --allow-credential $fp --allow-destination '*.example.com:443' -- sleep 60 &
sleeper=$!
check "a run is listed with what was declared" within 5 is d-1 \
	"e['owner'] == 'payments' and e['spiffe_id'] == 'spiffe://example.org/d' and e['environment'] == 'production' and e['ttl_seconds'] == 7200 and e['live'] == 1"
stored() {
	"$program" lineage "${at[@]}" --run d-1 >"$work/lineage.json" 2>/dev/null && python3 - "$work/lineage.json" <<PY
import json, sys
runs = [n["attrs"] for n in json.load(open(sys.argv[1]))["nodes"] if n["kind"] == "Run" and n["attrs"]["run_id"] == "d-1"]
sys.exit(not (runs and runs[0]["allowed_credentials"] == "$fp" and runs[0]["allowed_destinations"] == "*.example.com:443" and runs[0]["owner"] == "payments"))
PY
}
check "and stored with it" within 10 stored
stop_monitor
start_monitor
chmod 666 "$control"
check "and known after a restart" within 5 is d-1 "e['owner'] == 'payments' and e['ttl_seconds'] == 7200 and e['state'] == 'active'"
kill $sleeper 2>/dev/null
wait $sleeper 2>/dev/null

# ---- time to live ----
"$program" run "${at[@]}" --workflow short --run-id t-1 --ttl 1s -- sleep 60 &
sleeper=$!
check "past its time to live a run has ended" within 10 is t-1 "e['state'] == 'ended with survivors' and e['outcome'] == 'expired'"
counted() { status | grep -q '"runs_expired":[1-9]'; }
check "which is counted" within 5 counted
kill $sleeper 2>/dev/null
wait $sleeper 2>/dev/null

# ---- whose process? ----
sleep 60 &
mine=$!
"${nobody[@]}" sleep 60 &
theirs=$!
known() { is "$(list >"$work/list"; jsonl "$work/list" True "e['run_id']" | head -n 1)" True; }
check "the list is there" within 5 known
# says TEXT COMMAND...: it fails and says so
says() {
	local text=$1
	shift
	"$@" >"$work/said" 2>&1 && { cat "$work/said"; return 1; }
	grep -qF -- "$text" "$work/said" || { cat "$work/said"; return 1; }
}
check "a process of one's own is taken" "${nobody[@]}" "$program" task begin --socket "$control" --pid $theirs --workflow w --run-id own-1
check "another user's is refused" says "belongs to another user" \
	"${nobody[@]}" "$program" task begin --socket "$control" --pid $mine --workflow w
check "and logged with who asked" within 5 grep -q 'refused "task-begin" of pid [0-9]*, uid 65534: process [0-9]* belongs to another user' "$work/monitor.err"
check "a number that nobody has is refused" says "not known" "$program" task begin --socket "$control" --pid 4194303 --workflow w
refused() { # TEXT: what stdin asks is refused so
	ask >"$work/said"
	if ! grep -F '"ok":false' "$work/said" | grep -qF -- "$1"; then
		cat "$work/said"
		return 1
	fi
}
check "another process's number by now is refused" refused "another one by now" <<<"{\"op\":\"task-begin\",\"pid\":$mine,\"start\":7,\"workflow\":\"w\"}"
check "root may name any" "$program" task begin --socket "$control" --pid $theirs --workflow outer --run-id root-1
check "but no run id twice" says "is taken" "$program" task begin --socket "$control" --pid $theirs --workflow w --run-id root-1
check "what root began is not theirs to end" says "not yours to end" \
	"${nobody[@]}" "$program" task end --socket "$control" --run-id d-1
check "what they began is" "${nobody[@]}" "$program" task end --socket "$control" --run-id own-1 --outcome cancelled
check "and has the outcome that they said" within 5 is own-1 "e['outcome'] == 'cancelled'"

# ---- who vanishes ----
# The one that connects passes the connection on and exits: whoever asks through it is another process.
cat >"$work/pass.py" <<'PY'
import os, socket, sys, time
s = socket.socket(socket.AF_UNIX)
a, b = socket.socketpair()
if os.fork() == 0:
    s.connect(sys.argv[1])
    socket.send_fds(a, [b"x"], [s.fileno()])
    os._exit(0)
_, fds, _, _ = socket.recv_fds(b, 1, 1)
os.wait()
time.sleep(0.2)
s = socket.socket(fileno=fds[0])
s.sendall(b'{"op":"run","workflow":"stolen","run_id":"stolen-1"}\n')
print(s.makefile().readline(), end="")
PY
vanished() {
	python3 "$work/pass.py" "$control" >"$work/said"
	if ! grep -q 'has exited' "$work/said" || is stolen-1 True; then
		cat "$work/said"
		return 1
	fi
}
check "who connected and exited registers nothing" vanished
gone() { # asks and is gone before the answer
	python3 - "$control" <<'PY'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b'{"op":"run","workflow":"gone","run_id":"gone-1"}\n')
PY
}
gone
ended() { ! is gone-1 "e['state'] == 'active'"; }
check "who asks and goes leaves no run open" within 5 ended

# ---- bad requests ----
while IFS=$'\t' read -r text line; do
	check "refused: $text" refused "$text" <<<"$line"
done <<'LINES'
"workflow" is missing	{"op":"run"}
"workflow" must be a printable string	{"op":"run","workflow":"a\u0007b"}
"owner" must be a printable string	{"op":"run","workflow":"w","owner":7}
"spiffe_id" must begin with spiffe://	{"op":"run","workflow":"w","spiffe_id":"x"}
"ttl" must be a duration	{"op":"run","workflow":"w","ttl":"0s"}
"allow_credentials" must be a list	{"op":"run","workflow":"w","allow_credentials":"cred:00112233445566778899aabbccddeeff"}
"allow_credentials" holds something that is not a fingerprint	{"op":"run","workflow":"w","allow_credentials":["x"]}
"allow_destinations" holds something	{"op":"run","workflow":"w","allow_destinations":["example.com"]}
"pid" must be a process id	{"op":"task-begin","workflow":"w","pid":1.5}
either "pid" or "cgroup"	{"op":"task-begin","workflow":"w","pid":1,"cgroup":"/x"}
"cgroup" must be a path	{"op":"task-begin","workflow":"w","cgroup":"/a/../b"}
there is no cgroup	{"op":"task-begin","workflow":"w","cgroup":"/no-such-cgroup"}
"outcome" must be success	{"op":"task-end","run_id":"x","outcome":"done"}
unknown "op"	{"op":"begin"}
a request is one JSON object	[]
LINES

# ---- a cgroup ----
cgroup=
for mount in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/pids; do
	[ -w "$mount/cgroup.procs" ] && mkdir "$mount/credlineage-test-$$" 2>/dev/null && { cgroup=$mount/credlineage-test-$$; break; }
done
if [ -n "$cgroup" ]; then
	name=/${cgroup##*/}
	sh -c "echo \$\$ >'$cgroup/cgroup.procs'; exec sleep 60" &
	inside=$!
	sleep 0.5
	check "a cgroup becomes a run" "$program" task begin --socket "$control" --cgroup "$name" --workflow worker --run-id c-1 --owner me
	check "with who is in it" within 5 is c-1 "e['live'] == 1 and e['owner'] == 'me'"
	sh -c "echo \$\$ >'$cgroup/cgroup.procs'; exec sleep 60" &
	later=$!
	check "and who comes" within 5 is c-1 "e['live'] == 2"
	check "somebody else's cgroup is refused" says "belongs to another user" \
		"${nobody[@]}" "$program" task begin --socket "$control" --cgroup "$name" --workflow w
	"$program" task end --socket "$control" --run-id c-1 >/dev/null
	check "its end leaves survivors" within 5 is c-1 "e['state'] == 'ended with survivors'"
	kill $inside $later
	wait $inside $later 2>/dev/null
	within 5 rmdir "$cgroup"
else
	check "a cgroup (none can be made here)" true
fi

# ---- floods ----
before=$(counter requests_too_many)
yes '{"op":"task-end","run_id":"none"}' | head -n 600 | ask 65534 >"$work/flood"
flooded() { [ "$(grep -c 'too many requests, wait' "$work/flood")" -ge 100 ] && [ "$(counter requests_too_many)" -gt "$before" ]; }
check "who floods is refused and counted" flooded
admitted() { echo '{"op":"status"}' | ask 65534 | grep -q '"ok":true'; }
check "and after a while taken again" within 10 admitted
yes '{"op":"task-end","run_id":"none"}' | head -n 600 | ask >"$work/flood"
check "root is not held to it" [ "$(grep -c 'is not known' "$work/flood")" -eq 600 ]
check "refusals do not fill the log" [ "$(grep -c 'control socket: refused' "$work/monitor.err")" -le 30 ]
check "what was not logged is counted" [ "$(counter refusals_not_logged)" -gt 500 ]
# each within the one before
for i in $(seq 40); do echo "{\"op\":\"run\",\"workflow\":\"deep\",\"run_id\":\"deep-$i\"}"; done | ask >"$work/deep"
check "runs nest to a depth" grep -q 'nested too deep' "$work/deep"

kill $mine $theirs 2>/dev/null
stop_monitor
check "it stops cleanly" [ "$monitor_status" -eq 0 ]
finish
