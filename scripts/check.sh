#!/usr/bin/env bash
# Everything that CI runs, in one go. Each step is one line; a failing step shows the end of its log.
#   scripts/check.sh [STEP...]     all steps, or the named ones
#   LONG=1                         each in full size, in about an hour. A usual run (a quarter of one) has every kind of
#                                  check in a smaller size: "short" in a step's line says what LONG=1 does more.
# Steps in a group run one after another; what only computes (tidy) or waits runs beside them, but never beside the live
# ones: they hold the probes to no loss at all in a storm. A long mixed load (soak) runs beside those that have a kernel
# of their own or none: every other monitor would see it.
# Prints "N passed, N failed" last: test cases and checkers together. Logs are in build/logs/.
set -u
cd "$(dirname "$0")/.." || exit 1
mkdir -p build/logs
passed=0 failed=0
began=$(date +%s)

# wanted NAME
wanted() {
	[ ${#only[@]} -eq 0 ] || [[ " ${only[*]} " == *" $1 "* ]]
}

# What a step does less than with LONG=1.
declare -A less=()
short=$([ -n "${LONG:-}" ] || echo 1)
if [ -n "$short" ]; then
	less=([tidy]="a tenth of the analyzer's states" [live]="smaller storms, floods, outages"
		[benign]="the items of tests/benign/short" [package]="one build, no image" [vm]="6.1 and 5.10 by their best tier"
		[soak-san]="30 seconds, not 60" [fuzz]="5 seconds each, not 10")
fi

# count NAME STATUS CASES-FILE SECONDS: a checker counts as one case; a step that ran tests added its own cases instead.
count() {
	local good bad
	good=$(awk '{s += $1} END {print s + 0}' "$3")
	bad=$(awk '{s += $2} END {print s + 0}' "$3")
	if [ $((good + bad)) -eq 0 ]; then
		[ "$2" -eq 0 ] && good=1 || bad=1
	elif [ "$2" -ne 0 ] && [ "$bad" -eq 0 ]; then
		bad=1
	fi
	passed=$((passed + good)) failed=$((failed + bad))
	printf '%-4s %-14s %4d passed %3d failed  %4ds%s\n' "$([ "$bad" -eq 0 ] && echo ok || echo FAIL)" "$1" "$good" "$bad" "$4" \
		"${less[$1]:+  (short: ${less[$1]})}"
	[ "$bad" -eq 0 ] || complain "build/logs/step-$1.log" | sed 's/^/    | /'
}

# complain LOG: what failed, each with what was said about it, then how it ended
complain() {
	grep -a -A 12 -E '^ *(not ok|FAIL|\[  FAILED|.*(error|Error):)' "$1" | head -n 120
	tail -n 30 "$1"
}

# step NAME COMMAND...
step() {
	local name=$1 start=$SECONDS cases=$PWD/build/logs/cases-$1
	shift
	wanted "$name" || return 0
	: >"$cases"
	CASES_FILE=$cases "$@" >"build/logs/step-$name.log" 2>&1 </dev/null
	count "$name" $? "$cases" $((SECONDS - start))
}

# aside NAME COMMAND...: beside the steps after it; `join NAME` waits for its end
aside() {
	local name=$1
	shift
	wanted "$name" || return 0
	: >"build/logs/cases-$name"
	CASES_FILE=$PWD/build/logs/cases-$name "$@" >"build/logs/step-$name.log" 2>&1 </dev/null &
	beside[$name]=$! started[$name]=$SECONDS
}

join() {
	[ -n "${beside[$1]:-}" ] || return 0
	wait "${beside[$1]}"
	count "$1" $? "build/logs/cases-$1" $((SECONDS - started[$1]))
}

only=("$@")
declare -A beside started
step build make -j2 WERROR=1 build
step units-build make -j2 WERROR=1 units
step format make format-check
step layers scripts/check-layers.sh
step schema scripts/check-schema.sh
step rules scripts/check-rules.sh
step shell make shellcheck
aside receivers make test-receivers
step unit make unit
step command make test-command
join receivers
step live make test-root
step incidents make test-incidents
step benign make LONG= SHORT="$short" test-benign
step demo make demo
aside tidy nice -n 19 make tidy
step page make test-page
step package make LONG= SHORT="$short" test-deb
step leak make test-leak
aside soak nice -n 19 make LONG= DURATION=300 soak # less would not judge memory
step vm env VM_SHORT=1 ${short:+VM_TIERS=fentry} make ${short:+KERNELS="6.1 5.10"} test-vm
step icount make bench-vm-check
step sanitizers make -j2 test-san
step soak-san make -j2 LONG= DURATION=$((short ? 30 : 60)) SAN=address,undefined soak
step fuzz make -j2 fuzz
join tidy
join soak
echo "logs in build/logs, $(($(date +%s) - began)) s"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
