#!/usr/bin/env bash
# The evasion cases under this host's probes; LONG=1: floods ten times as large.
#   tests/live/test_evasion.sh [PART...]
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
[ "$(id -u)" -eq 0 ] || { echo "not ok evasion: needs root"; exit 1; }
out=build/live/evasion
parts=("$@")
[ $# -gt 0 ] || mapfile -t parts < <(basename -s .sh tests/evasion/cases/*.sh)
mkdir -p "$out"
"${PROGRAM:-build/credlineage}" doctor --json --state "$out/state" --socket "$out/control.sock" >"$out/doctor.json"
for part in "${parts[@]}"; do
	rm -rf "${out:?}/$part"
	# A mount namespace and a tmpfs of its own: the same paths as in the guests of tests/vm.
	# shellcheck disable=SC2016 # the inner shell expands it
	MANY=$([ -n "${LONG:-}" ] && echo 10000 || echo 1000) PROGRAM=${PROGRAM:-$PWD/build/credlineage} unshare --mount --propagation private sh -c '
		mount -t tmpfs tmpfs /mnt && mkdir /mnt/bin && cp build/trigger/* build/evasion/* /mnt/bin/ || exit 1
		PARTS="$PWD/tests/evasion/cases" busybox sh "$PWD/tests/evasion/run.sh" /mnt best "$2"
		status=$?
		cp -r /mnt/out/. "$1"/
		exit $status' sh "$out" "$part" || { echo "not ok $part: did not run"; continue; }
	python3 tests/evasion/check.py "$out/$part"
done
