#!/usr/bin/env bash
# What outlives its run: a use by a survivor is use-after-end; a child run with its parent's credential is delegated;
# a second run of the same work with the same static token is cross-run reuse.
# shellcheck source=tests/lib/live.sh disable=SC2119
. "$(dirname "$0")/../lib/live.sh"

mkdir -p "$work/home/.config/gh"
file=$work/home/.config/gh/hosts.yml
printf 'oauth_token: %s\n' "$("$make_token" github)" >"$file"
given=$("$make_token" github)

start_monitor
"$program" run "${at[@]}" --workflow job --run-id job-1 -- sh -c "(sleep 1; cat '$file') >/dev/null 2>&1 & exit 3"
check "the command's status is passed on" [ $? -eq 3 ]
check "the run has ended with survivors" within 2 sh -c \
	"'$program' task list --json --socket '$work/control.sock' | grep job-1 | grep -q 'ended with survivors'"
check "the survivor's use is a finding" within 3 found use-after-end 1
check "it is High" [ "$(jsonl "$findings" "e['finding_info']['analytic']['uid'] == 'use-after-end'" "e['severity']")" = High ]

"$program" run "${at[@]}" --workflow outer --run-id outer-1 -- sh -c \
	"export GH_TOKEN=$given; cat '/dev/null'; exec '$program' run ${at[*]} --workflow inner --run-id inner-1 -- true"
check "a child run with its parent's token is delegated" within 2 found delegated-credential 1
"$program" run "${at[@]}" --workflow inner --run-id inner-2 -- sh -c "GH_TOKEN=$given exec true"
check "a second run with the same token is reuse across runs" within 2 found cross-run-reuse 1
check "findings pass the OCSF checker" python3 tests/lib/check_ocsf.py "$findings"
stop_monitor
check "it stops cleanly" [ "$monitor_status" -eq 0 ]
finish
