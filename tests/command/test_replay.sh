#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `credlineage replay`: the findings of a recording, twice the same; a store that holds them; damaged files said so.
set -u
cd "$(dirname "$0")/../.." || exit 1
program=${PROGRAM:-build/credlineage}
maker=build/tests/test_pipeline
[ -x "$maker" ] || make -s "$maker" || exit 1
dir=$(mktemp -d /tmp/credlineage-replay.XXXXXX)
trap 'rm -rf "$dir"' EXIT
failed=0
cp "$program" "$dir/credlineage" && program=$dir/credlineage # a build in the meantime must not change it
echo '{}' >"$dir/config.json"

check() { # NAME COMMAND...
	local name=$1
	shift
	if "$@" >"$dir/log" 2>&1; then echo "ok replay-$name"; else
		echo "not ok replay-$name"
		sed 's/^/# /' "$dir/log" | head -20
		failed=1
	fi
}
replay() { "$program" replay --config "$dir/config.json" "$@"; }
without_logged_time() { sed -E 's/"logged_time":[0-9]+/"logged_time":0/' "$1"; }
ids() { python3 -c '
import json, sys
for line in open(sys.argv[1]):
    e = json.loads(line)
    f = e["finding_info"]
    print(f["uid"], f["analytic"]["uid"], {1: "create", 2: "update", 3: "close"}[e["activity_id"]])' "$1"; }

"$maker" record "$dir/a.rec" >"$dir/expected" || exit 1
replay "$dir/a.rec" >"$dir/one" 2>"$dir/one.err"
check exit-status test $? -eq 0
check diagnostics-are-quiet test ! -s "$dir/one.err"
ids "$dir/one" >"$dir/got"
check same-findings-as-live diff "$dir/expected" "$dir/got"
check sound-ocsf python3 tests/lib/check_ocsf.py "$dir/one"

sleep 0.01
replay "$dir/a.rec" --json >"$dir/two"
without_logged_time "$dir/one" >"$dir/one.flat"
without_logged_time "$dir/two" >"$dir/two.flat"
check twice-the-same-bytes cmp "$dir/one.flat" "$dir/two.flat"
check logged-time-is-all-that-differs test "$(cmp "$dir/one" "$dir/two" >/dev/null; echo $?)" -eq 1

# for people on a terminal
script -qec "$program replay --config $dir/config.json $dir/a.rec" /dev/null >"$dir/human" </dev/null
check human-on-a-terminal grep -q '^High  Credential used in two workflows  fnd-' "$dir/human"
script -qec "$program replay --config $dir/config.json $dir/a.rec --json" /dev/null >"$dir/json" </dev/null
check json-when-asked-for test "$(head -c 15 "$dir/json")" = '{"activity_id":'

# a store
replay "$dir/a.rec" --state "$dir/state" >"$dir/three"
check state-exit-status test $? -eq 0
without_logged_time "$dir/three" >"$dir/three.flat"
check state-changes-no-finding cmp "$dir/one.flat" "$dir/three.flat"
"$program" findings --config "$dir/config.json" --state "$dir/state" --json >"$dir/stored" 2>&1
cut -d' ' -f1 "$dir/expected" | sort -u >"$dir/expected.ids"
grep -oE 'fnd-[0-9a-f]{16}' "$dir/stored" | sort -u >"$dir/stored.ids"
check state-holds-every-finding diff "$dir/expected.ids" "$dir/stored.ids"
"$program" lineage --config "$dir/config.json" --state "$dir/state" --finding "$(head -1 "$dir/expected.ids")" >"$dir/lineage" 2>&1
check state-answers-lineage grep -q 'credlineage.lineage/1' "$dir/lineage"

# bad files: one clear line, exit 1
refuses() { # NAME FILE PATTERN
	replay "$2" >"$dir/out" 2>"$dir/err"
	check "$1-exit-status" test $? -eq 1
	check "$1-says-so" grep -qE "$3" "$dir/err"
	check "$1-in-one-line" test "$(wc -l <"$dir/err")" -eq 1
}
refuses absent "$dir/none.rec" "$dir/none.rec.*No such file"
check absent-no-findings test ! -s "$dir/out"
echo hello >"$dir/text"
refuses foreign "$dir/text" "$dir/text"
: >"$dir/empty"
refuses empty "$dir/empty" "$dir/empty"
refuses directory "$dir" "$dir"

# cut short: the findings of what is whole, then the error
gzip -dc "$dir/a.rec" >"$dir/plain"
size=$(stat -c %s "$dir/plain")
head -c $((size - 4)) "$dir/plain" | gzip >"$dir/unmarked.rec"
refuses truncated "$dir/unmarked.rec" "$dir/unmarked.rec"
without_logged_time "$dir/out" >"$dir/out.flat"
check truncated-whole-findings-first cmp "$dir/one.flat" "$dir/out.flat"
head -c $((size / 2)) "$dir/plain" | gzip >"$dir/half.rec"
refuses half "$dir/half.rec" "$dir/half.rec"
n=$(wc -l <"$dir/out")
check half-has-some-findings test "$n" -gt 0 -a "$n" -lt "$(wc -l <"$dir/one")"
check half-sound-ocsf python3 tests/lib/check_ocsf.py "$dir/out"
# every cut anywhere ends well: exit 1, no crash
bad=0
for cut in $(seq 1 97 "$size"); do
	head -c "$cut" "$dir/plain" | gzip >"$dir/cut.rec"
	replay "$dir/cut.rec" >/dev/null 2>&1
	[ $? -eq 1 ] || bad=1
done
check any-cut-exits-1 test $bad -eq 0
# every flipped byte too
bad=0
for at in $(seq 24 61 "$size"); do
	python3 -c '
import sys
b = bytearray(open(sys.argv[1], "rb").read())
b[int(sys.argv[2])] ^= 0x55
sys.stdout.buffer.write(b)' "$dir/plain" "$at" | gzip >"$dir/flip.rec"
	replay "$dir/flip.rec" >"$dir/out" 2>/dev/null
	[ $? -le 1 ] || bad=1
done
check flipped-bytes-do-not-crash test $bad -eq 0

# usage
"$program" replay >/dev/null 2>&1
check no-file-is-wrong-usage test $? -eq 2
"$program" replay a b >/dev/null 2>&1
check two-files-are-wrong-usage test $? -eq 2
check help-has-five-examples test "$("$program" replay --help | grep -c '^ *credlineage replay')" -ge 5
replay "$dir/a.rec" | head -1 >/dev/null
check closed-pipe-is-no-crash test "${PIPESTATUS[0]}" -le 1
exit $failed
