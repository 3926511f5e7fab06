#!/usr/bin/env bash
# Everything that CI runs, in one go. Each step is one line; a failing step shows the end of its log.
#   scripts/check.sh [STEP...]     all steps, or the named ones
# Prints "N passed, N failed" last: test cases and checkers together. Logs are in build/logs/.
set -u
cd "$(dirname "$0")/.." || exit 1
mkdir -p build/logs
export CASES_FILE=$PWD/build/cases
: >"$CASES_FILE"
passed=0 failed=0
began=$(date +%s)

# step NAME COMMAND...: a checker counts as one case; a step that runs tests adds its own cases instead.
step() {
	local name=$1 log=build/logs/step-$1.log start good bad
	shift
	[ ${#only[@]} -eq 0 ] || [[ " ${only[*]} " == *" $name "* ]] || return 0
	start=$(date +%s)
	: >"$CASES_FILE"
	"$@" >"$log" 2>&1 </dev/null
	local status=$?
	good=$(awk '{s += $1} END {print s + 0}' "$CASES_FILE")
	bad=$(awk '{s += $2} END {print s + 0}' "$CASES_FILE")
	if [ $((good + bad)) -eq 0 ]; then
		[ $status -eq 0 ] && good=1 || bad=1
	elif [ $status -ne 0 ] && [ "$bad" -eq 0 ]; then
		bad=1
	fi
	passed=$((passed + good)) failed=$((failed + bad))
	printf '%-4s %-14s %4d passed %3d failed  %4ds\n' "$([ "$bad" -eq 0 ] && echo ok || echo FAIL)" "$name" "$good" "$bad" \
		$(($(date +%s) - start))
	[ "$bad" -eq 0 ] || tail -n 80 "$log" | sed 's/^/    | /'
}

only=("$@")
step build make -j2 WERROR=1 build
step units-build make -j2 WERROR=1 units
step format make format-check
step layers scripts/check-layers.sh
step schema scripts/check-schema.sh
step rules scripts/check-rules.sh
step shell make shellcheck
step unit make unit
step sanitizers make -j2 test-san
step command make test-command
step live make test-root
step vm make test-vm
step demo make demo
step fuzz make -j2 fuzz
step tidy make tidy
echo "logs in build/logs, $(($(date +%s) - began)) s"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
