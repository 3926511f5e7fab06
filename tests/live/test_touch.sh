#!/usr/bin/env bash
# Who touches credential stores: strangers, sweeps, command lines and copies are found, and the same work done by whose
# it is gives nothing. Programs are stand-ins that are called as the real ones.
# shellcheck source=tests/lib/live.sh disable=SC2016,SC2317 # inner shells expand it; `check` calls them
. "$(dirname "$0")/../lib/live.sh"

home=$work/home bin=$work/bin
mkdir -p "$home"/{.aws,.config/gh,.codex,.docker,app} "$bin" "$work/out"
for name in aws vault gh codex stealer; do cp /bin/cat "$bin/$name"; done
printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$("$make_token" aws-id)" "$("$make_token" aws)" >"$home/.aws/credentials"
printf 'oauth_token: %s\n' "$("$make_token" github)" >"$home/.config/gh/hosts.yml"
printf '{"OPENAI_API_KEY": "%s"}\n' "$("$make_token" openai)" >"$home/.codex/auth.json"
printf '%s' "$("$make_token" vault)" >"$home/.vault-token"
npm_token=$("$make_token" npm)
printf '//registry.example/:_authToken=%s\n' "$npm_token" >"$home/.npmrc"
stores=("$home/.aws/credentials" "$home/.config/gh/hosts.yml" "$home/.codex/auth.json" "$home/.vault-token")

# What a package brings: the manager's stand-in starts what its arguments say.
printf '#!/bin/sh\nshift\n"$@"\n' >"$bin/npm"
chmod 755 "$bin/npm"

native="e['unmapped']['credlineage']"
run() { "$program" run "${at[@]}" --workflow "$1" --run-id "$1" -- "${@:2}" >/dev/null 2>&1 </dev/null; }
# of DETECTOR RUN: severity, path of the act, count of each report
of() {
	jsonl "$findings" "e['finding_info']['analytic']['uid'] == '$1' and ${native}['sides'][-1]['run']['id'] == '$2'" \
		"(e['severity'], ${native}['sides'][-1]['use'].get('path', '').rsplit('/', 1)[-1])"
}
is() { # DETECTOR RUN SEVERITY FILE: the latest report
	[ "$(of "$1" "$2" | tail -n 1)" = "('$3', '$4')" ]
}
one() { [ "$(of "$1" "$2" | wc -l)" -eq 1 ]; }
totals() { # DETECTOR RUN FINDINGS COUNT: how many there are, what the last report counts
	[ "$(jsonl "$findings" "e['finding_info']['analytic']['uid'] == '$1' and ${native}['sides'][-1]['run']['id'] == '$2'" \
		"(e['finding_info']['uid'], e['count'])" | python3 -c 'import sys
reports = [eval(line) for line in sys.stdin]
print(len({uid for uid, count in reports}), reports[-1][1] if reports else 0)')" = "$3 $4" ]
}
none() { [ -z "$(of "$1" "$2")" ]; }

start_monitor --record "$work/touch.clrec"
run owner "$bin/aws" "$home/.aws/credentials"
# Into a pipe: tar opens no file for an archive that is /dev/null.
run backup sh -c 'tar -cf - -C "$0" . | wc -c' "$home"
run stranger "$bin/stealer" "$home/.aws/credentials"
check "a stranger at a store" within 10 is unexpected-reader stranger Medium credentials
run installation "$bin/npm" install sh -c 'tar -cf - "$0" | wc -c' "$home/.vault-token"
check "tar in a package's installation" within 10 is unexpected-reader installation Medium .vault-token

run build sh -c '"$0/aws" "$1"; "$0/gh" "$2"; "$0/codex" "$3"; "$0/vault" "$4"' "$bin" "${stores[@]}"
python3 -c 'import socket
s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1], flush=True)
while True: s.accept()[0].close()' >"$work/port" &
listener=$!
within 10 test -s "$work/port"
run quiet-thief sh -c 'for f; do cat "$f"; done' sh "${stores[@]}"
check "a sweep, with the third store" within 10 is credential-sweep quiet-thief High auth.json
check "its reads begin one finding" within 10 is unexpected-reader quiet-thief Medium credentials
run thief sh -c 'port=$1; shift; for f; do cat "$f"; done; exec bash -c ": >/dev/tcp/127.0.0.1/$port"' sh "$(cat "$work/port")" "${stores[@]}"
check "a sweep that connects out" within 10 is credential-sweep thief Critical ""
kill "$listener"

"$make_token" github >"$work/given" # no store: nobody reads it where it counts
run arguments sh -c 'sh -c "sleep 0.2; /bin/true \$1" sh "$(cat "$0")"' "$work/given"
check "a token on a command line" within 10 one exposed-in-arguments arguments
run variable sh -c 'GH_TOKEN=$(cat "$0") exec true' "$work/given"

cp "$home/.npmrc" "$home/.npmrc~"
run beside sh -c 'cat "$0" "$0~"' "$home/.npmrc"
printf 'NPM_TOKEN=%s\n' "$npm_token" >"$home/app/.env"
check "nothing was copied so far" [ -z "$(jsonl "$findings" "e['finding_info']['analytic']['uid'] == 'credential-copied' and '$work' in line")" ]
run copied cat "$home/app/.env"
check "a copy in another file" within 10 is credential-copied copied Low .env

check "the store's own program is at home" none unexpected-reader owner
check "a backup is none" none unexpected-reader backup
check "nor does it sweep" none credential-sweep backup
check "a build with its own tools sweeps nothing" none credential-sweep build
check "and is expected everywhere" none unexpected-reader build
check "a variable is no command line" none exposed-in-arguments variable
stop_monitor
check "it stops cleanly" [ "$monitor_status" -eq 0 ]
check "the fourth store counts in the sweep" totals credential-sweep quiet-thief 1 2
check "each store counts in the finding of its run's reads" totals unexpected-reader quiet-thief 1 4
check "findings pass the OCSF checker" python3 tests/lib/check_ocsf.py "$findings"
"$program" replay "$work/touch.clrec" >"$work/replayed.jsonl"
uids() { jsonl "$1" "e['activity_id'] == 1" "(e['finding_info']['uid'], e['severity'])" | sort; }
check "a replay finds the same" diff <(uids "$findings") <(uids "$work/replayed.jsonl")
finish
