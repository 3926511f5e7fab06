#!/usr/bin/env bash
# `credlineage findings ack` where no monitor runs: the store is written, the finding and the log say who, when and why.
# shellcheck source=tests/lib/command.sh
. "$(dirname "$0")/../lib/command.sh"
export SUDO_UID=

findings() {
	"$program" findings --state "$state" --socket "$work/nobody.sock" "$@"
}

refuses() { # STATUS TEXT ARGUMENT...: the exit status, the text on stderr, nothing on stdout
	local status=$1 text=$2 got
	shift 2
	findings "$@" >"$work/stdout" 2>"$work/stderr"
	got=$?
	cat "$work/stdout" "$work/stderr"
	[ $got -eq "$status" ] && [ ! -s "$work/stdout" ] && grep -qF -- "$text" "$work/stderr"
}

lines() { # EXPRESSION ARGUMENT...: stdout is JSON lines and the expression over their list `d` is true
	local expression=$1
	shift
	findings "$@" | python3 -c 'import json, sys
d = [json.loads(line) for line in sys.stdin]
assert eval("(" + sys.argv[1] + ")"), d' "$expression"
}

audit() { # EXPRESSION: over the list `d` of the log's entries
	"$program" credentials audit --state "$state" | python3 -c 'import json, sys
d = [json.loads(line) for line in sys.stdin]
assert eval("(" + sys.argv[1] + ")"), d' "$1"
}

on_terminal() { # PATTERN ARGUMENT...: what a terminal shows has the pattern
	local pattern=$1
	shift
	script -qec "$program findings $* --state $state" /dev/null >"$work/screen"
	cat "$work/screen"
	grep -qE -- "$pattern" "$work/screen"
}

count() { # STATUS: so many findings
	findings list --status "$1" --format native | wc -l
}

check "no store" refuses 1 "no store at" ack fnd-00
check "a recording is made" build/tests/test_pipeline record "$work/story.rec"
check "and replayed into a store" "$program" replay --state "$state" "$work/story.rec"
all=$(findings list --format native | wc -l)
id=$(findings list --format native --severity High | head -1 | python3 -c 'import json; print(json.loads(input())["id"])')
token=$(build/trigger/make_token github)

check "all are new" [ "$(count new)" -eq "$all" ]
check "ack" lines "d[0]['finding'] == '$id' and d[0]['way'] == 'store' and (lambda r: r['status'] == 'acknowledged' and
	r['reason'] == 'rotated, was [credential]' and r['by']['uid'] == $(id -u) and r['time'][:2] == '20')(d[0]['review'])" \
	ack "${id:0:12}" --reason "rotated, was $token"
check "no file of the state has the token" bash -c "! grep -rqaF -- '$token' '$state'"
check "one less is new" [ "$(count new)" -eq $((all - 1)) ]
check "one is acknowledged" lines "[f['id'] for f in d] == ['$id']" list --status acknowledged --format native
check "show has all of it" lines "d[0]['review']['reason'].startswith('rotated') and d[0]['activity'] == 'update'" \
	show "$id" --json
check "the story tells" bash -c "$program findings show '$id' --state '$state' | grep -E ', acknowledged by .* at 20.*: rotated, was'"
check "OCSF says In Progress" lines "(d[0]['status_id'], d[0]['status'], d[0]['activity_name']) == (2, 'In Progress', 'Update') and
	d[0]['status_detail'] == 'rotated, was [credential]'" show "$id" --format ocsf
findings show "$id" --format ocsf >"$work/ocsf.jsonl"
check "and is sound" python3 tests/lib/check_ocsf.py "$work/ocsf.jsonl"
check "the table has a column of it" on_terminal "$id +acknowledged" list
check "not twice" refuses 1 "is acknowledged already" ack "$id"
check "reopened" lines "d[0]['review']['status'] == 'new'" ack "$id" --reopen --reason "not rotated"
check "all are new again" [ "$(count new)" -eq "$all" ]
check "which is said, too" bash -c "$program findings show '$id' --state '$state' | grep -E ', reopened by .*: not rotated'"
check "nothing to reopen" refuses 1 "is not acknowledged" ack "$id" --reopen
check "each is in the log, with the finding" audit "[(e['what'], e.get('undo', False), e['outcome']) for e in d
	if e.get('finding') == '$id'] == [('ack', False, 'done'), ('ack', False, 'refused'), ('ack', True, 'done'),
	('ack', True, 'refused')]"

check "a token instead of an id" refuses 1 "not the id of a finding" ack "$token"
check "is nowhere either" bash -c "! grep -rqaF -- '$token' '$state'"
check "no such finding" refuses 1 'no finding "fnd-ffff"' ack fnd-ffff
check "which finding" refuses 2 "ack needs the id" ack
check "a reason without ack" refuses 2 "only ack takes" list --reason x
check "an unknown status" refuses 2 "must be new, acknowledged or resolved" list --status open
check "an unknown verb" refuses 2 "show, follow or ack" forget
check "a word too many" refuses 2 "too many words" ack "$id" x
