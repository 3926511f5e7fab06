#!/usr/bin/env bash
# Second hand: what a holder of a credential writes is watched from then on, and who of another run reads it has it.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"

# store NAME: a watched file with a token of its own; prints its path
store() {
	mkdir -p "$work/$1/.config/gh"
	"$make_token" github >"$work/$1.token"
	printf 'github.com:\n    oauth_token: %s\n' "$(<"$work/$1.token")" >"$work/$1/.config/gh/hosts.yml"
	echo "$work/$1/.config/gh/hosts.yml"
}

has() { [ -n "$(edges "$1" "$2" 1)" ]; }
counter() { status | python3 -c 'import json, sys; print(json.load(sys.stdin)["counters"][sys.argv[1]])' "$1"; }
event() { status | python3 -c 'import json, sys; print(json.load(sys.stdin)["events"]["write"][sys.argv[1]])' "$1"; }
capped() { [ "$(event capped)" -ge "$1" ]; }
more() { [ "$(counter "$1")" -gt "$2" ]; }
count_most() { [ "$(counter "$1")" -le "$2" ]; }
# reuse WORKFLOW WORKFLOW: both are in one finding
reuse() {
	[ -n "$(jsonl "$findings" "e['finding_info']['analytic']['uid'] == 'cross-workflow-reuse' and '$1' in json.dumps(e) and '$2' in json.dumps(e)" 1)" ]
}
stored="e['kind'] == 'STORED_IN' and e['basis'] == 'observed' and 'written by' in (e.get('evidence') or '')"
received="e['kind'] == 'RECEIVED' and e['basis'] == 'inferred' and e['target'].startswith('cred:') and 'second hand' in (e.get('evidence') or '')"
from_writer="e['kind'] == 'RECEIVED' and e['basis'] == 'inferred' and e['target'].startswith('process:') and 'second hand' in (e.get('evidence') or '')"

for name in plain base64 given shell crypt zip unrelated deleted many renamed hook own; do store $name >/dev/null; done
mkdir "$work/logs"
sleep 0.1
start_monitor

# The log is opened by the shell, before the reader holds anything.
as plain-a sh -c "cat $work/plain/.config/gh/hosts.yml >>$work/logs/plain.log"
check "a value in a log lies there, observed, whoever wrote it" within 20 has plain-a "$stored and 'plain.log' in e['target']"
as plain-b sh -c "grep -q oauth $work/logs/plain.log"
check "its reader in another workflow uses it" within 20 reuse plain-a plain-b
check "and has it from the writer" within 20 has plain-b "$from_writer"

as base64-a sh -c "base64 $work/base64/.config/gh/hosts.yml >$work/logs/base64.log"
as base64-b cat "$work/logs/base64.log"
check "so with base64" within 20 reuse base64-a base64-b

GH_TOKEN=$(<"$work/given.token") as given-a sh -c "echo \"token \$GH_TOKEN\" >>$work/logs/given.log"
as given-b cat "$work/logs/given.log"
check "and with what a variable gave, by whoever wrote at once" within 20 reuse given-a given-b

GH_TOKEN=$(<"$work/shell.token") "$program" run "${at[@]}" --workflow shell-a -- sh -c "echo \"token \$GH_TOKEN\"" >"$work/logs/shell.log"
as shell-b cat "$work/logs/shell.log"
check "and with what goes where the shell opened it" within 20 reuse shell-a shell-b

as renamed-a python3 -c "import os; s = open('$work/renamed/.config/gh/hosts.yml').read(); open('$work/logs/tmp', 'w').write(s); os.rename('$work/logs/tmp', '$work/logs/renamed.log')"
as renamed-b cat "$work/logs/renamed.log"
check "and in a file that got another name" within 20 reuse renamed-a renamed-b

as crypt-a openssl enc -aes-256-cbc -pbkdf2 -pass pass:EXAMPLE -in "$work/crypt/.config/gh/hosts.yml" -out "$work/logs/crypt"
as crypt-b cat "$work/logs/crypt"
check "of what is encrypted it is inferred" within 20 has crypt-b "$received and 'openssl' in e['evidence']"
as zip-a sh -c "gzip <$work/zip/.config/gh/hosts.yml >$work/logs/zip"
as zip-b cat "$work/logs/zip"
check "and of what is compressed" within 20 has zip-b "$received"
as unrelated-a python3 -c "open('$work/unrelated/.config/gh/hosts.yml').read(); open('$work/logs/unrelated', 'w').write('all is well')"
as unrelated-b cat "$work/logs/unrelated"
check "what is unrelated is linked as well" within 20 has unrelated-b "$from_writer"
as hook-a python3 -c "open('$work/hook/.config/gh/hosts.yml').read(); open('$work/logs/hook', 'w').write('#!/bin/sh\nexit 0\n')"
chmod +x "$work/logs/hook"
as hook-b "$work/logs/hook"
check "so is whoever executes it" within 20 has hook-b "$from_writer"
check "an inference alone raises nothing" test -z "$(jsonl "$findings" "any(w in json.dumps(e) for w in ('crypt-b', 'zip-b', 'unrelated-b', 'hook-b'))" 1)"

as deleted-a cp "$work/deleted/.config/gh/hosts.yml" "$work/logs/deleted"
check "a copy is watched" within 20 has deleted-a "$stored and 'logs/deleted' in e['target']"
gone=$(counter written_deleted)
rm "$work/logs/deleted"
check "until it is deleted" within 20 more written_deleted "$gone"

# Whoever opened the store next would take it for nobody's, had the monitor opened and closed its own files.
as own-a python3 -c "
open('$work/own/.config/gh/hosts.yml').read()
for name in ('state/credlineage.db-shm', 'state/credlineage.db', 'logs/own'):
    open('$work/' + name, 'ab').write(b'')"
check "what is in the monitor's own store is left alone" within 20 has own-a "'own' in e['source'] + e['target']"
for _ in 1 2 3; do "$program" credentials list "${at[@]}" >/dev/null; done
as own-b cat "$work/own/.config/gh/hosts.yml"
check "and the monitor goes on" within 20 reuse own-a own-b

mkdir "$work/many-files"
as many-a python3 -c "
open('$work/many/.config/gh/hosts.yml').read()
for i in range(100000):
    open('$work/many-files/%d' % i, 'w').write('x')"
check "of a hundred thousand files few are told, the rest is counted" within 20 capped 90000
check "and few are watched" count_most written_watched 2048
check "nothing was lost" test "$(event lost)" -eq 0
finish
