#!/usr/bin/env bash
# A mixed load for a while, and a monitor that does not grow. What is done and how growth is judged: lib/soak.py.
#   DURATION=SECONDS (60; LONG=1: two hours); SAN=1: the program under address and undefined-behaviour sanitizers
# (build/san/credlineage), whose own memory is not judged: they find what is lost when it ends.
# shellcheck disable=SC2119,SC2317 # callers are in lib/live.sh
# shellcheck source=tests/lib/live.sh
. "$(dirname "$0")/../lib/live.sh"

duration=${DURATION:-60}
[ -z "${LONG:-}" ] || duration=7200
client=$program options=() start=() # under sanitizers, those who ask are the ordinary program where there is one
if [ -n "${SAN:-}" ]; then
	# what looks for leaks at the end traces its own process
	program=$PWD/build/san/credlineage options=(--no-memory) start=(--no-confine)
	[ -x "$client" ] || client=$program
	export ASAN_OPTIONS=detect_leaks=1:exitcode=99 UBSAN_OPTIONS=print_stacktrace=1
fi
sink=$((23000 + RANDOM % 5000))
metrics=$((28000 + RANDOM % 4000))
cat >"$work/config.json" <<EOT
{"metrics": {"listen": "127.0.0.1:$metrics"},
 "outputs": ["syslog+tcp://127.0.0.1:$sink", "file:$work/out.jsonl"],
 "retention": {"max_bytes": 8388608},
 "limits": {"processes": 512, "runs": 64, "credentials": 64, "uses": 8, "findings": 64, "nodes": 1024, "edges": 1024}}
EOT
start_monitor --config "$work/config.json" "${start[@]}"
python3 tests/lib/soak.py "$client" "$work/control.sock" "$work/state" "$monitor" "$duration" "$sink" "$metrics" \
	"$make_token" "$work/home" "${options[@]}" | tee "$work/verdicts"
! grep -q '^not ok' "$work/verdicts" && grep -q '^ok' "$work/verdicts" || cases_failed=1
check "it lives" kill -0 "$monitor"
stop_monitor
check "it ends cleanly" [ "$monitor_status" -eq 0 ]
sound() {
	! grep -E 'AddressSanitizer|LeakSanitizer|runtime error' "$work/monitor.err"
}
check "no sanitizer spoke" sound
[ "$monitor_status" -eq 0 ] || sed 's/^/# /' "$work/monitor.err" | tail -n 60
finish
