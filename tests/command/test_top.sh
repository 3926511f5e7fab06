#!/usr/bin/env bash
# `credlineage top --once` over a store that a recording made, without a monitor: one picture as text or JSON, wrong usage.
# shellcheck source=tests/lib/command.sh
. "$(dirname "$0")/../lib/command.sh"

top() { LC_ALL=${locale:-C.UTF-8} "$program" top --state "$state" --socket "$work/none.sock" "$@"; }
line_is() { grep -qxE -- "$1" "$work/picture"; }
holds() { # EXPRESSION: it is true of the snapshot s
	python3 -c 'import json, sys; s = json.load(open(sys.argv[2])); assert eval(sys.argv[1]), s' "$1" "$work/top.json"
}
# STATUS TEXT ARGUMENT...: the exit status, a line on stderr with the text, nothing on stdout
refuses() {
	local status=$1 text=$2 got
	shift 2
	top "$@" >"$work/stdout" 2>"$work/stderr" </dev/null
	got=$?
	cat "$work/stderr"
	[ $got -eq "$status" ] && [ ! -s "$work/stdout" ] && grep -qF -- "$text" "$work/stderr"
}

check "without a store it says so" refuses 1 "no store at \"$state/credlineage.db\"" --once
check "a size that is none" refuses 2 'columns and rows, such as 120x40' --size 80
check "and one that is too large" refuses 2 'at most 1000x500' --size 1001x5
check "a word too many" refuses 2 'unexpected "x"' x
check "a recording is made" build/tests/test_pipeline record "$work/story.rec"
check "and replayed into a store" sh -c "'$program' replay --state '$state' '$work/story.rec' >/dev/null"
check "one picture" sh -c "LC_ALL=C.UTF-8 '$program' top --once --state '$state' --socket '$work/none.sock' >'$work/picture'"
check "of 24 lines" [ "$(wc -l <"$work/picture")" -eq 24 ]
check "nobody watches, and that is said" line_is ' credlineage top  testhost   MONITOR NOT RUNNING +[0-9:]{8}Z'
check "so is what was lost" line_is ' loss     lost: exec 5'
check "findings" line_is '  High     use-after-end            cred:42424242 agent:b, ci:a          1 +[0-9]+d'
check "credentials by reuse" line_is '  High     cred:41414141 Example           static            3     4     2 +[0-9]+d'
check "runs with what they hold" line_is '  High     ci:a                 declared  active    Example 2            2 +[0-9]+d'
locale=C top --once --size 100x30 >"$work/picture"
check "nothing but ASCII in the C locale" [ -z "$(LC_ALL=C grep -P '[^\x20-\x7e]' "$work/picture")" ]
check "of the size that was asked for" [ "$(wc -l <"$work/picture")" -eq 30 ]
check "too small a size is said" sh -c "'$program' top --once --size 50x10 --state '$state' | grep -qx '50x10, needs 60x15'"
top --json >"$work/top.json"
check "as JSON on one line" [ "$(wc -l <"$work/top.json")" -eq 1 ]
check "its schema" holds 's["schema"] == "credlineage.top/1"'
check "the monitor is gone" holds 'not s["monitor"]["running"] and s["monitor"]["gone"]'
check "the credentials" holds '[(c["workflows"], c["runs"], c["severity"]) for c in s["credentials"]] == [(3, 4, "High"), (3, 3, "High")]'
check "the runs" holds 'sorted((r["run_id"][:4], r["state"], r["credentials"]) for r in s["runs"]) == [("a1", "ended", 1), ("a2", "active", 2), ("b1", "survivors", 2), ("c1", "active", 2), ("host", "active", 0)]'
check "the findings, latest first" holds '[f["last"] for f in s["findings"]] == sorted((f["last"] for f in s["findings"]), reverse=True) and len(s["findings"]) == 10'
check "without a terminal it says how" refuses 2 'top needs a terminal'
