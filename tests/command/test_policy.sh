#!/usr/bin/env bash
# `credlineage credentials label|owner|allow|revoke|audit` where no monitor runs: the store is written, every change and
# every refusal is in the log, what the configuration says is shown beside it.
# shellcheck source=tests/lib/command.sh
. "$(dirname "$0")/../lib/command.sh"
export SUDO_UID=

credentials() {
	"$program" credentials --state "$state" --socket "$work/nobody.sock" "$@"
}

# STATUS TEXT ARGUMENT...: the exit status, the text on stderr, nothing on stdout
refuses() {
	local status=$1 text=$2 got
	shift 2
	credentials "$@" >"$work/stdout" 2>"$work/stderr"
	got=$?
	cat "$work/stdout" "$work/stderr"
	[ $got -eq "$status" ] && [ ! -s "$work/stdout" ] && grep -qF -- "$text" "$work/stderr"
}

lines() { # EXPRESSION ARGUMENT...: stdout is JSON lines and the expression over their list `d` is true
	local expression=$1
	shift
	credentials "$@" | python3 -c 'import json, sys
d = [json.loads(line) for line in sys.stdin]
assert eval("(" + sys.argv[1] + ")"), d' "$expression"
}

on_terminal() { # PATTERN ARGUMENT...: what a terminal shows has the pattern
	local pattern=$1
	shift
	script -qec "$program credentials $* --state $state --socket $work/nobody.sock" /dev/null >"$work/screen"
	cat "$work/screen"
	grep -qE -- "$pattern" "$work/screen"
}

nowhere() { # TEXT: in no file of the state
	! grep -rqaF -- "$1" "$state"
}

a=cred:41414141414141414141414141414141
never=cred:00112233445566778899aabbccddeeff

check "no store" refuses 1 "no store at" label 4141 x
check "a recording is made" build/tests/test_pipeline record "$work/story.rec"
check "and replayed into a store" "$program" replay --state "$state" "$work/story.rec"

check "label" lines "d[0] == {'fingerprint': '$a', 'way': 'store', 'statement': {'fingerprint': '$a', 'label': 'deploy key'}}" \
	label 4141 "deploy key"
check "owner" lines 'd[0]["statement"]["owner"] == "Ann"' owner "$a" Ann
check "allow" lines '(lambda w: w["workflows"] == ["ci:a", "ci:b"] and w["destinations"] == ["192.0.2.1:443", "[::1]:1"] and
	w["reason"] == "one key" and w["until"].startswith("2199-01-01T00"))(d[0]["statement"]["allow"])' \
	allow 4141 --workflow ci:a --workflow ci:b --destination 192.0.2.1:443 --destination '[0::1]:1' \
	--until 2199-01-01 --reason "one key"
check "list has it" lines "[(c['label'], c['owner'], c['state']) for c in d if 'label' in c] ==
	[('deploy key', 'Ann', 'allowed until 2199-01-01T00:00:00Z')]" list
check "show says where from" lines 'd[0]["label_from"] == "store" and len(d[0]["changes"]) == 3 and
	d[0]["policy"]["store"]["owner"] == "Ann" and "configuration" not in d[0]["policy"]' show 4141
check "show in words" on_terminal 'allowed for +workflows ci:a, ci:b; destinations 192.0.2.1:443' show 4141
check "list in columns" on_terminal 'deploy key +allowed until 2199' list
check "revoke" lines 'd[0]["statement"]["revoked"]["reason"] == "leaked"' revoke 4141 --reason leaked
check "not twice" refuses 1 "it is revoked already" revoke 4141 --reason again
check "its state" lines 'd[0]["state"].startswith("revoked since 20") and "; allowed until 2199" in d[0]["state"]' show 4141
check "undone" lines '"revoked" not in d[0]["statement"]' revoke 4141 --undo --reason "wrong one"
check "a replaced allowance" lines 'd[0]["statement"]["allow"]["environments"] == ["dev"] and
	"workflows" not in d[0]["statement"]["allow"]' allow 4141 --environment dev --until 30d --reason r
check "no allowance" lines '"allow" not in d[0]["statement"]' allow 4141 --undo --reason r
check "no label" lines '"label" not in d[0]["statement"]' label 4141 ""
check "one that nobody has seen" lines "d[0]['fingerprint'] == '$never'" label "$never" planned
check "is listed" lines "[c['label'] for c in d if c['fingerprint'] == '$never'] == ['planned']" list
check "and shown" lines 'd[0]["label"] == "planned" and d[0]["files_total"] == 0' show 00112233
check "every change is in the log" lines '[e["what"] for e in d if e["outcome"] == "done"] == ["label", "owner", "allow",
	"revoke", "revoke", "allow", "allow", "label", "label"]' audit
check "and the refusal" lines '[(e["what"], e["error"][:21]) for e in d if e["outcome"] == "refused"] ==
	[("revoke", "it is revoked already")]' audit
check "who, when, before and after" lines "(lambda e: e['by']['uid'] == $(id -u) and e['by']['name'] and
	e['before']['label'] == 'deploy key' and 'revoked' in e['after'] and e['reason'] == 'leaked' and
	e['way'] == 'store' and e['time'][:2] == '20')(d[3])" audit 4141
check "of one credential" lines '[e["what"] for e in d] == ["label"]' audit "$never"
check "in columns" on_terminal 'revoke --undo +cred:4141.* store +wrong one' audit
SUDO_UID=4242 credentials label 4141 sudo >"$work/out"
check "whom sudo acted for" lines 'd[-1]["by"]["sudo_uid"] == 4242' audit

check "a host's name" refuses 1 'names of hosts are not looked up' allow 4141 --destination example.org:443 --reason r
check "no date" refuses 2 "not a time" allow 4141 --workflow a --until soon --reason r
check "an option that does not belong" refuses 2 "only allow takes" revoke 4141 --workflow a --reason r
check "undo of a label" refuses 2 "only allow and revoke take --undo" label 4141 x --undo
check "no name" refuses 2 "need a name" label 4141
check "a beginning of several" refuses 1 "is not unique, type more of it: cred:4" label 4 x
check "no such credential" refuses 1 'no credential "ffff"' label ffff x
check "a word too many" refuses 2 "too many words" revoke 4141 x

# Hostile texts are stored as they are and shown escaped; a credential in a text is stored nowhere.
credentials label 4141 "$(printf 'a\033[31m\342\200\256b')" >"$work/out"
check "control and bidi characters are shown as text" on_terminal 'label +a.x1b\[31m.u\{202e\}b \(store\)' show 4141
token=$(build/trigger/make_token github)
check "a token in a reason is hidden" lines "d[0]['statement']['revoked']['reason'] == 'it was [credential], sorry'" \
	revoke 4141 --reason "it was $token, sorry"
check "a token instead of a fingerprint" refuses 1 "not a fingerprint" label "$token" x
check "no file of the state has it" nowhere "$token"
credentials revoke 4141 --undo --reason r >"$work/out"

# The configuration beside the store.
cat >"$work/config.json" <<EOF
{"policy": {"credentials": [ // as an operator writes it
  {"fingerprint": "$a", "label": "by file", "revoked": {"reason": "in the file", "at": "2026-01-01", "by": "ops"}},
  {"fingerprint": "cred:99112233445566778899aabbccddeeff", "owner": "nobody"}]}}
EOF
with=(--config "$work/config.json")
check "the configuration's label is shown" lines "(d[0]['label'], d[0]['label_from'], d[0]['owner_from']) ==
	('by file', 'configuration', 'store') and d[0]['state'] == 'revoked since 2026-01-01T00:00:00Z by ops' and
	d[0]['policy']['configuration']['revoked']['reason'] == 'in the file'" show 4141 "${with[@]}"
check "one that only it speaks of" lines "[c['owner'] for c in d if c['fingerprint'][5:7] == '99'] == ['nobody']" \
	list "${with[@]}"
check "an error names the path" bash -c "sed 's/\"at\"/\"since\"/' '$work/config.json' >'$work/bad.json'
	$program credentials --config '$work/bad.json' 2>&1 | grep -F '\"policy.credentials[0].revoked.since\" is not known'"

# Whoever holds the store's lock without a socket that answers.
exec 9>>"$state/credlineage.db.lock"
flock 9
check "a store that a monitor has" refuses 1 "does not answer at" label 4141 x
exec 9>&-
