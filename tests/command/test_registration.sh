#!/usr/bin/env bash
# What `run` and `task` say before any monitor is asked: wrong usage, and a monitor that is not there.
# shellcheck source=tests/lib/command.sh disable=SC2317
. "$(dirname "$0")/../lib/command.sh"

# usage TEXT ARG...: wrong usage, and why
usage() {
	local text=$1 status
	shift
	"$program" "$@" >"$work/said" 2>&1
	status=$?
	if [ $status -ne 2 ] || ! grep -qF -- "$text" "$work/said"; then
		echo "status $status"
		cat "$work/said"
		return 1
	fi
}
fp=cred:00112233445566778899aabbccddeeff
check "no command" usage "no command given" run --workflow x
check "a time to live of nothing" usage "not a duration" run --ttl 0s -- true
check "a bare number for a time to live" usage "not a duration" run --ttl 15 -- true
check "a workload identity of another kind" usage "must begin with spiffe://" run --spiffe-id https://x -- true
check "a credential by its value" usage "not a fingerprint" run --allow-credential hunter2 -- true
check "a destination without a port" usage "neither HOST:PORT" run --allow-destination github.com -- true
check "a destination with a scheme" usage "neither HOST:PORT" run --allow-destination https://github.com:443 -- true
check "a destination with a port too high" usage "neither HOST:PORT" run --allow-destination github.com:65536 -- true
check "task: no verb" usage "say begin, end or list" task
check "task: another verb" usage "say begin, end or list" task stop
check "task begin: of what?" usage "--pid or --cgroup" task begin --workflow x
check "task begin: of both" usage "--pid or --cgroup" task begin --workflow x --pid 1 --cgroup /x
check "task begin: without a workflow" usage "--workflow" task begin --pid 1
check "task begin: a relative cgroup" usage "must begin with /" task begin --workflow x --cgroup system.slice
check "task begin: no number" usage "not a process id" task begin --workflow x --pid self
check "task end: of which run?" usage "--run-id" task end
check "task end: another outcome" usage "success, failure or cancelled" task end --run-id x --outcome finished
many=()
for i in $(seq 33); do many+=(--allow-destination "host$i.example:443"); done
check "more destinations than a run may have" usage "more than 32" run "${many[@]}" -- true

absent() {
	"$program" "$@" --socket "$work/none.sock" >"$work/said" 2>&1
	[ $? -eq 1 ] && grep -q "cannot reach the monitor" "$work/said" && grep -q "is it running" "$work/said"
}
check "run: no monitor" absent run --allow-credential $fp --allow-destination '[2001:db8::1]:443' --owner me -- true
check "task: no monitor" absent task begin --pid $$ --workflow x --allow-destination '*.example.com:*'
check "the help shows how lists are written" sh -c "'$program' run --help | grep -q -- '--allow-destination github.com:443'"
# no_letters COMMAND: what is declared has long names only
no_letters() { ! "$program" "$1" --help | grep -qE -- '-[a-z], +--(workflow|run-id|ttl|owner|allow)'; }
check "run: what is declared has no letters" no_letters run
check "task: what is declared has no letters" no_letters task
