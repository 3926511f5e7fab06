# shellcheck shell=bash disable=SC2034 # used by the tests that source it
# Shared by the tests that run the program as a user types it: a throw-away directory, a case per check.
#   . tests/lib/command.sh; check NAME COMMAND...
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
program=${PROGRAM:-$PWD/build/credlineage}
work=$(mktemp -d /tmp/credlineage-test-XXXXXX)
state=$work/state

command_cleanup() {
	local running
	running=$(jobs -p)
	# shellcheck disable=SC2086 # one word each
	[ -z "$running" ] || kill $running 2>/dev/null
	rm -rf "$work"
}
trap command_cleanup EXIT

check() { # NAME COMMAND...: ok when the command succeeds, else what it said
	local name=$1
	shift
	if "$@" >"$work/out" 2>&1; then
		echo "ok $name"
	else
		echo "not ok $name"
		sed 's/^/    /' "$work/out"
	fi
}
