#!/usr/bin/env bash
# Runs test programs one after another and counts their cases.
#   scripts/run-tests.sh TEST...        prints "N passed, N failed" last; exit 1 when one failed
# A test is a cmocka program or a script that prints "ok NAME" / "not ok NAME". Its output is kept in build/logs and
# shown only when it fails. CASES_FILE (when set) gets "passed failed" added for a caller that sums several runs.
set -u
limit=${TEST_TIMEOUT:-300}
logs=build/logs
mkdir -p "$logs"
passed=0 failed=0
for test in "$@"; do
	log=$logs/$(basename "$test").log
	start=$(date +%s%N)
	timeout -k 10 "$limit" "$test" >"$log" 2>&1 </dev/null
	status=$?
	good=$(grep -acE '^(\[       OK \]|ok )' "$log")
	bad=$(grep -aE '^(\[  FAILED  \] [a-zA-Z_0-9]+$|not ok )' "$log" | sort -u | wc -l) # cmocka names a failure twice
	if [ $status -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1; fi
	if [ $status -eq 0 ] && [ $((good + bad)) -eq 0 ]; then bad=1; echo "no case ran" >>"$log"; fi
	passed=$((passed + good)) failed=$((failed + bad))
	printf '  %-4s %-40s %3d ok %s%s\n' "$([ "$bad" -eq 0 ] && echo pass || echo FAIL)" "$(basename "$test")" "$good" \
		"$([ "$bad" -eq 0 ] || echo "$bad failed (status $status) ")" "$((($(date +%s%N) - start) / 1000000)) ms"
	[ "$bad" -eq 0 ] || { sed 's/^/    | /' "$log" | tail -n "${TEST_LINES:-60}"; }
done
[ -z "${CASES_FILE:-}" ] || echo "$passed $failed" >>"$CASES_FILE"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
