#!/usr/bin/env bash
# Runs each fuzz target for SECONDS_EACH seconds (default 10) from its committed corpus; a crash fails and is kept in
# build/fuzz/crashes.
set -u
cd "$(dirname "$0")/.." || exit 1
seconds=${SECONDS_EACH:-10}
mkdir -p build/fuzz/crashes build/logs
passed=0 failed=0
for target in "$@"; do
	name=$(basename "$target" | sed 's/^fuzz_//')
	grown=build/fuzz/corpus/$name
	mkdir -p "$grown"
	log=build/logs/fuzz-$name.log
	if "$target" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -artifact_prefix=build/fuzz/crashes/"$name"- \
		"$grown" "tests/fuzz/corpus/$name" >"$log" 2>&1; then
		passed=$((passed + 1))
		printf '  pass %-16s %s\n' "$name" "$(grep -aoE 'stat::number_of_executed_units.*|DONE .*' "$log" | tail -1)"
	else
		failed=$((failed + 1))
		printf '  FAIL %s\n' "$name"
		tail -n 40 "$log" | sed 's/^/    | /'
	fi
done
[ -z "${CASES_FILE:-}" ] || echo "$passed $failed" >>"$CASES_FILE"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
