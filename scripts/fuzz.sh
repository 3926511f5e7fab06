#!/usr/bin/env bash
# Runs each fuzz target for SECONDS_EACH seconds (5; 10 with LONG=1) from its committed corpus; a crash fails and is kept in
# build/fuzz/crashes.
set -u
cd "$(dirname "$0")/.." || exit 1
seconds=${SECONDS_EACH:-$([ -n "${LONG:-}" ] && echo 10 || echo 5)}
mkdir -p build/fuzz/crashes build/logs
export seconds
# one TARGET: prints how it went; two at a time, since each needs one processor
one() {
	local name grown log
	name=$(basename "$1" | sed 's/^fuzz_//')
	grown=build/fuzz/corpus/$name
	log=build/logs/fuzz-$name.log
	mkdir -p "$grown"
	if "$1" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -artifact_prefix=build/fuzz/crashes/"$name"- \
		"$grown" "tests/fuzz/corpus/$name" >"$log" 2>&1; then
		printf '  pass %-16s %s\n' "$name" "$(grep -aoE 'stat::number_of_executed_units.*|DONE .*' "$log" | tail -1)"
	else
		printf '  FAIL %s\n%s\n' "$name" "$(tail -n 40 "$log" | sed 's/^/    | /')"
	fi
}
export -f one
# shellcheck disable=SC2016 # the inner shell expands it
printf '%s\n' "$@" | xargs -P 2 -I {} bash -c 'one "$1"' fuzz {} | tee build/fuzz/results
passed=$(grep -c '^  pass ' build/fuzz/results) failed=$(($# - passed))
[ -z "${CASES_FILE:-}" ] || echo "$passed $failed" >>"$CASES_FILE"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
