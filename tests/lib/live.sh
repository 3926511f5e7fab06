# shellcheck shell=bash disable=SC2034,SC2120 # used by the tests that source it
# Shared by the tests that run the real monitor: a throw-away state directory, a started monitor, cases in TAP style.
#   . tests/lib/live.sh; start_monitor; ...; check NAME COMMAND...; finish
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
program=${PROGRAM:-$PWD/build/credlineage}
make_token=$PWD/build/trigger/make_token
work=$(mktemp -d /tmp/credlineage-test-XXXXXX)
at=(--state "$work/state" --socket "$work/control.sock")
findings=$work/findings.jsonl
monitor=
cases_failed=0

live_cleanup() {
	[ -z "$monitor" ] || { kill "$monitor" && wait "$monitor"; } 2>/dev/null
	[ -n "${KEEP:-}" ] && { echo "# kept $work"; return; }
	rm -rf "$work"
}
trap live_cleanup EXIT
[ "$(id -u)" -eq 0 ] || { echo "not ok root (these tests load probes)"; exit 1; }

start_monitor() {
	: >"$work/monitor.err" # what the one before said is not taken for this one's
	"$program" monitor "${at[@]}" "$@" >>"$findings" 2>"$work/monitor.err" &
	monitor=$!
	for _ in $(seq 300); do
		grep -q 'watching this host' "$work/monitor.err" 2>/dev/null && return 0
		kill -0 "$monitor" 2>/dev/null || break
		sleep 0.05
	done
	echo "not ok monitor starts"
	sed 's/^/# /' "$work/monitor.err"
	exit 1
}

# Stops it cleanly; its exit status is kept in monitor_status.
stop_monitor() {
	kill -"${1:-TERM}" "$monitor" 2>/dev/null
	wait "$monitor" 2>/dev/null
	monitor_status=$?
	monitor=
}

# check NAME COMMAND...: one case.
check() {
	local name=$1
	shift
	if "$@"; then
		echo "ok $name"
	else
		echo "not ok $name"
		cases_failed=1
	fi
}

# within SECONDS COMMAND...: true as soon as the command is.
within() {
	local until=$(($(date +%s%N) + $1 * 1000000000))
	shift
	until "$@"; do
		[ "$(date +%s%N)" -lt $until ] || return 1
		sleep 0.02
	done
}

# found DETECTOR N: exactly N findings of a detector were created so far.
found() {
	[ "$(jsonl "$findings" "e['finding_info']['analytic']['uid'] == '$1' and e['activity_id'] == 1" | wc -l)" -eq "$2" ]
}

# jsonl FILE CONDITION [EXPRESSION]: lines of a JSON lines file whose object e meets a Python condition.
jsonl() {
	python3 - "$@" <<'PY'
import json, sys
with open(sys.argv[1], errors="surrogateescape") as f:
    for line in f:
        if not line.endswith("\n"):
            continue
        e = json.loads(line)
        if eval(sys.argv[2]):
            print(eval(sys.argv[3]) if len(sys.argv) > 3 else line.rstrip())
PY
}

# as WORKFLOW COMMAND...
as() {
	local workflow=$1
	shift
	"$program" run "${at[@]}" --workflow "$workflow" -- "$@" >/dev/null
}

# edges WORKFLOW CONDITION EXPRESSION: of its lineage, for edges e
edges() {
	"$program" lineage "${at[@]}" --workflow "$1" 2>/dev/null | python3 -c '
import json, sys
for e in json.loads(sys.stdin.read() or "{\"edges\": []}")["edges"]:
    if eval(sys.argv[1]):
        print(eval(sys.argv[2]))' "$2" "$3"
}

status() {
	python3 - "$work/control.sock" <<'PY'
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(b'{"op":"status"}\n')
print(s.makefile().readline(), end="")
PY
}

finish() {
	exit $cases_failed
}
