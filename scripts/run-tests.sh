#!/usr/bin/env bash
# Runs test programs and counts their cases.
#   scripts/run-tests.sh TEST...        prints "N passed, N failed" last; exit 1 when one failed
# A test is a cmocka program or a script that prints "ok NAME" / "not ok NAME". Its output is kept in build/logs and
# shown only when it fails. Settings from the environment:
#   JOBS=1           so many at a time: for tests that neither measure time nor see what the others do
#   TEST_TIMEOUT=300 seconds that one test may take;  TEST_LINES=60: of a failed one that are shown
#   CASES_FILE       gets "passed failed" added, for a caller that sums several runs
set -u
logs=build/logs

# one TEST: its report on stdout, "passed failed" to $counts
one() {
	local log report start status good bad
	log=$logs/$(basename "$1").log report=$counts/$(basename "$1")
	start=$(date +%s%N)
	timeout -k 10 "${TEST_TIMEOUT:-300}" "$1" >"$log" 2>&1 </dev/null
	status=$?
	good=$(grep -acE '^(\[       OK \]|ok )' "$log")
	bad=$(grep -aE '^(\[  FAILED  \] [a-zA-Z_0-9]+$|not ok )' "$log" | sort -u | wc -l) # cmocka names a failure twice
	if [ $status -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
	if [ $status -eq 0 ] && [ $((good + bad)) -eq 0 ]; then bad=1; echo "no case ran" >>"$log"; fi
	{
		printf '  %-4s %-40s %3d ok %s%s\n' "$([ "$bad" -eq 0 ] && echo pass || echo FAIL)" "$(basename "$1")" "$good" \
			"$([ "$bad" -eq 0 ] || echo "$bad failed (status $status) ")" "$((($(date +%s%N) - start) / 1000000)) ms"
		[ "$bad" -eq 0 ] || { sed 's/^/    | /' "$log" | tail -n "${TEST_LINES:-60}"; }
	} >"$report"
	# In one piece: two may end together.
	flock "$counts" cat "$report"
	echo "$good $bad" >"$report.count"
}

mkdir -p "$logs"
counts=$(mktemp -d)
trap 'rm -rf "$counts"' EXIT
for test in "$@"; do
	# In the foreground where it is alone: the shell makes what is in the background deaf to an interrupt.
	[ "${JOBS:-1}" -gt 1 ] || { one "$test"; continue; }
	while [ "$(jobs -rp | wc -l)" -ge "$JOBS" ]; do wait -n; done
	one "$test" &
done
wait
read -r passed failed tests < <(cat "$counts"/*.count 2>/dev/null | awk '{p += $1; f += $2} END {print p + 0, f + 0, NR}')
[ "$tests" -eq $# ] || failed=$((failed + $# - tests)) # what was not even counted
[ -z "${CASES_FILE:-}" ] || echo "$passed $failed" >>"$CASES_FILE"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
