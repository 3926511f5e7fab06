#!/usr/bin/env bash
# `credlineage credentials` and `credlineage findings` over a store that a recording made.
# shellcheck source=tests/lib/command.sh
. "$(dirname "$0")/../lib/command.sh"

credlineage() {
	"$program" "$@" --state "$state"
}

# STATUS TEXT ARGUMENT...: the exit status, the text on stderr, nothing on stdout
refuses() {
	local status=$1 text=$2 got
	shift 2
	credlineage "$@" >"$work/stdout" 2>"$work/stderr"
	got=$?
	cat "$work/stderr"
	[ $got -eq "$status" ] && [ ! -s "$work/stdout" ] && grep -qF -- "$text" "$work/stderr"
}

lines() { # EXPRESSION ARGUMENT...: stdout is JSON lines and the expression over their list `d` is true
	local expression=$1
	shift
	credlineage "$@" | python3 -c 'import json, sys
d = [json.loads(line) for line in sys.stdin]
assert eval(sys.argv[1]), d' "$expression"
}

# Ages of what was recorded long ago grow by the day.
table() { # ARGUMENT...: what a terminal shows, ages as D
	script -qec "$program $* --state $state" /dev/null | sed -E 's/\r//; s/ +[0-9]+d/     D/g; s/ +$//; s/\x1b\[[0-9;]*m//g' \
		>"$work/screen"
}

prints() { # FILE: the last table is that
	diff -u "$1" "$work/screen"
}

fingerprints() { # EXPECTED ARGUMENT...: the first hex digits of those that are listed
	local expected=$1
	shift
	[ "$(credlineage credentials list "$@" | python3 -c 'import json, sys
print(" ".join(sorted(json.loads(line)["fingerprint"][5:7] for line in sys.stdin)))')" = "$expected" ]
}

on_terminal() { # PATTERN ARGUMENT...: what a terminal shows has the pattern
	local pattern=$1
	shift
	script -qec "$program $* --state $state" /dev/null >"$work/screen"
	cat "$work/screen"
	grep -qE -- "$pattern" "$work/screen"
}

told() { # TEXT ARGUMENT...: stdout has a line that ends so
	local text=$1
	shift
	credlineage "$@" | grep -qE -- "$text\$"
}

narrow() { # ARGUMENT...: no line but a command is wider than the terminal
	script -qec "stty cols 60; $program $* --state $state" /dev/null >"$work/screen"
	[ "$(wc -l <"$work/screen")" -gt 20 ] && ! grep -qE '^[^ ].{62,}' "$work/screen"
}

# Follows until a report arrives, then ends by the given signal: status 0 and one line each.
follows() {
	local signal=$1 pid tries=0
	"$program" findings follow --state "$state" >"$work/follow" 2>"$work/follow.err" &
	pid=$!
	sleep 0.5
	build/credlineage replay --state "$state" "$work/story.rec" >/dev/null || return 1
	while [ ! -s "$work/follow" ] && [ $tries -lt 50 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	sleep 0.3
	kill "-$signal" $pid
	wait $pid || return 1
	cat "$work/follow.err"
	python3 -c 'import json, sys
d = [json.loads(line) for line in open(sys.argv[1])]
assert d and all(f["class_uid"] == 2004 for f in d)' "$work/follow"
}

ends_with_its_reader() {
	local start=$SECONDS
	"$program" findings follow --state "$state" | head -c 0
	[ $((SECONDS - start)) -lt 5 ]
}

check "credentials without a store" refuses 1 "is the monitor running?" credentials
check "findings without a store" refuses 1 "is the monitor running?" findings
check "follow without a store" refuses 1 "is the monitor running?" findings follow
check "a recording is made" build/tests/test_pipeline record "$work/story.rec"
check "and replayed into a store" "$program" replay --state "$state" "$work/story.rec"

check "credentials as lines" lines 'len(d) >= 2 and all(c["fingerprint"].startswith("cred:") for c in d)' credentials
check "with class, provider and times" lines \
	'{c["class"] for c in d} == {"static", "ephemeral"} and all(c["first_seen"] <= c["last_seen"] for c in d)' \
	credentials list
check "with files, runs and destinations" lines \
	'd[0]["files"][0]["path"] and len(d[0]["runs"]) == 4 and len(d[0]["destinations"]) == 2 and d[0]["age_seconds"] > 0' \
	credentials
check "one by a beginning" lines 'len(d) == 1 and d[0]["class"] == "static"' credentials show 4141
check "one by its whole name" lines 'len(d) == 1' credentials show cred:41414141414141414141414141414141
check "credentials in columns" on_terminal 'FINGERPRINT +PROVIDER' credentials
check "one in words" on_terminal 'lies in +/srv/A' credentials show 4141
table credentials list
check "the whole table" prints - <<'END'
FINGERPRINT       PROVIDER       FORMAT                   CLASS     FIRST  LAST  USED FILES  RUNS PROCESSES DESTS FINDINGS LABEL                STATE
cred:41414141414… Example        example_token            static     D     D     D     1     4         4     2        6
cred:42424242424… Example        example_token            ephemeral     D     D     D     1     3         2     1        3
END
check "members of a record" lines 'list(d[0]) == ["fingerprint", "key_id", "provider", "format", "class", "first_seen",
	"last_seen", "age_seconds", "files", "destinations", "runs", "findings", "last_used", "processes", "files_total",
	"runs_total", "destinations_total", "findings_total"]' credentials list
check "members of its entries" lines '[list(d[0][m][0]) for m in ("files", "destinations", "runs", "findings")] == [
	["id", "path", "place", "first", "last"], ["id", "address", "by", "first", "last", "count"],
	["run_id", "workflow", "run_kind", "state", "begin"], ["id", "detector", "severity", "last"]]' credentials list
check "its totals" lines '[d[0][m] for m in ("processes", "files_total", "runs_total", "destinations_total",
	"findings_total")] == [4, 1, 4, 2, 6]' credentials list
check "all" fingerprints "41 42"
check "of a provider, in any case" fingerprints "41 42" --provider example
check "of another provider" fingerprints "" --provider GitHub
check "seen since" fingerprints "41 42" --since 2023-11-14T23:13:20Z
check "seen since later" fingerprints "" --since 24h
check "older than" fingerprints "41 42" --older-than 90d
check "older than its age" fingerprints "" --older-than 2023-11-14T23:13:20Z
check "of a workflow" fingerprints "41 42" --workflow ci:a
check "of a workflow that held none" fingerprints "" --workflow host:testhost
check "of a workflow without its kind" fingerprints "41 42" --workflow b
check "never used" fingerprints "" --unused
check "not used since then" fingerprints "41 42" --unused --since 24h
check "used since then" fingerprints "" --unused --since 2023-11-14T23:13:20Z
check "several at once" fingerprints "41 42" --workflow ci:a --older-than 90d --provider Example
check "all of them count" fingerprints "" --workflow ci:a --older-than 90d --provider GitHub
check "an unknown workflow" refuses 1 'no workflow "zz"' credentials list --workflow zz
check "no time" refuses 2 "not a time" credentials list --older-than old
check "a filter of one that is shown" refuses 2 "only list takes" credentials show 4141 --unused
check "an allowance in a list" refuses 2 "only allow takes" credentials list --environment x
check "no such credential" refuses 1 "no credential" credentials show ffff
check "not a fingerprint" refuses 2 "not a fingerprint" credentials show xyz
check "which credential" refuses 2 "needs a fingerprint" credentials show
check "an unknown verb" refuses 2 "say list or show" credentials forget
check "a word too many" refuses 2 "too many words" credentials show a b

check "findings as OCSF lines" lines 'len(d) > 5 and all(f["class_uid"] == 2004 for f in d)' findings
check "newest last" lines '[f["last"] for f in d] == sorted(f["last"] for f in d)' findings --format native
check "by detector" lines '{f["detector"] for f in d} == {"cross-workflow-reuse"}' \
	findings --format native --detector cross-workflow-reuse
check "by severity" lines '{f["severity"] for f in d} == {"High"}' findings --format native --severity High
check "by credential" lines '{f["credential"]["fingerprint"][5:9] for f in d} == {"4242"}' \
	findings --format native --credential 4242
table findings list --severity High
check "the whole table of findings" prints - <<'END'
LAST SEEN            SEVERITY DETECTOR              ID                   STATUS       CREDENTIAL     WORKFLOWS
2023-11-14T23:13:20Z High     use-after-end         fnd-f4eb1af99adcdddb new          cred:41414141… agent:b
2023-11-14T23:14:30Z High     cross-workflow-reuse  fnd-bda073adf68691ac new          cred:41414141… ci:a, agent:b
2023-11-14T23:14:30Z High     cross-workflow-reuse  fnd-f3bcb7e1972454e2 new          cred:41414141… ci:a, agent:c
2023-11-14T23:14:30Z High     use-after-end         fnd-f4a059efe3094ea0 new          cred:42424242… agent:b, ci:a
END
check "by workflow" lines 'd and all("agent:c" in [s["run"].get("workflow") for s in f["sides"]] for f in d)' \
	findings --format native --workflow c
check "by another workflow" lines 'd == []' findings --workflow nothing
check "by provider" lines '{f["credential"]["provider"] for f in d} == {"Example"} and len(d) > 5' \
	findings --format native --provider example
check "by another provider" lines 'd == []' findings --provider GitHub
check "by time" lines 'd == []' findings --since 1m
id=$(credlineage findings --format native --detector delegated-credential | head -1 |
	python3 -c 'import json; print(json.loads(input())["id"])')
check "one finding" lines "len(d) == 1 and d[0]['finding_info']['uid'] == '$id'" findings show "$id" --format ocsf
check "one finding as it is kept" lines "len(d) == 1 and d[0]['schema'] == 'credlineage.finding/1'" findings show "$id" --json
check "its story is its message" cmp <(credlineage findings show "$id") \
	<(credlineage findings show "$id" --format ocsf | python3 -c 'import json; print(json.loads(input())["message"])')
check "the story says what to do" told 'credlineage lineage --finding '"$id" findings show "$id"
check "and is broken for a terminal" narrow findings show "$id"
check "one finding by a beginning" lines "d[0]['id'] == '$id'" findings show "${id:0:8}" --format native
check "findings in columns" on_terminal 'LAST SEEN +SEVERITY +DETECTOR' findings
check "one in words" on_terminal "$id" findings show "$id"
check "colour on a terminal" on_terminal "$(printf '\033')\[" findings
check "none into a pipe" bash -c "! $program findings --format human --state $state | grep -q $'\\033'"
check "no such finding" refuses 1 "no finding" findings show fnd-ffffffff
check "not unique" refuses 1 "not unique" findings show fnd-
check "which finding" refuses 2 "needs the id" findings show
check "an unknown severity" refuses 2 "must be Low" findings --severity huge
check "an unknown format" refuses 2 "human and line, and native" findings --format xml
check "a closed pipe is no error" bash -c "set -o pipefail; $program findings --state $state | head -c 1 >/dev/null"
check "a full disk is one" bash -c "! $program findings --state $state >/dev/full"
check "follow ends on SIGINT" follows INT
check "follow ends on SIGTERM" follows TERM
check "follow ends with its reader" ends_with_its_reader
check "help has examples" bash -c "
	[ \$($program findings --help | grep -c '^  credlineage ') -eq 5 ] &&
	[ \$($program credentials --help | grep -c '^  credlineage ') -eq 10 ]"
