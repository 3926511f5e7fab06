#!/usr/bin/env bash
# This host's probes against the triggers: every field of every record, on the tier that works everywhere.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
[ "$(id -u)" -eq 0 ] || { echo "not ok triggers: needs root"; exit 1; }
out=build/live/triggers-tracepoint
rm -rf "$out"
mkdir -p "$out"
# A mount namespace and a tmpfs of its own: the same paths as in the guests of tests/vm.
# shellcheck disable=SC2016 # the inner shell expands it
unshare --mount --propagation private sh -c '
	mount -t tmpfs tmpfs /mnt && mkdir /mnt/bin && cp build/trigger/* build/vm/dump_events /mnt/bin/ || exit 1
	busybox sh "$PWD/tests/trigger/run.sh" /mnt tracepoint acts flood crush
	status=$?
	cp -r /mnt/out/. "$1"/
	exit $status' sh "$out" || { echo "not ok triggers-ran"; cat "$out"/*/dump.err; exit 1; }
python3 tests/trigger/check.py "$out"
