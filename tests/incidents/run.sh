#!/usr/bin/env bash
# Incidents that were made public, played on loopback with fake secrets: each gives exactly the findings that it should,
# from live probes and from its recording; the same programs at honest work give none (root).
#   tests/incidents/run.sh [-v] [SCENARIO...]     names of cases/, without .sh; KEEP=DIRECTORY keeps what was written
# A new scenario is one file in cases/; rig.sh has its words, 01_shai_hulud.sh is a good one to begin with.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
[ "$(id -u)" -eq 0 ] || { echo "not ok incidents: needs root"; exit 1; }
verbose=()
[ "${1:-}" = -v ] && { verbose=(-v); shift; }
out=${KEEP:-build/live/incidents}
export PROGRAM=${PROGRAM:-$PWD/build/credlineage} MAKE_TOKEN=$PWD/build/trigger/make_token
scenarios=("$@")
[ $# -gt 0 ] || mapfile -t scenarios < <(basename -s .sh tests/incidents/cases/*.sh)
failed=0
for scenario in "${scenarios[@]}"; do
	rm -rf "${out:?}/$scenario"
	mkdir -p "$out/$scenario"
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin PROGRAM="$PROGRAM" MAKE_TOKEN="$MAKE_TOKEN" timeout 60 unshare --mount --net \
		--propagation private bash tests/incidents/play.sh "$PWD/tests/incidents/cases/$scenario.sh" "$PWD/$out/$scenario" \
		>"$out/$scenario/play.log" 2>&1 || { echo "not ok $scenario: did not run"; sed 's/^/# /' "$out/$scenario/play.log"; failed=1; continue; }
	/usr/bin/python3 tests/incidents/judge.py "${verbose[@]}" "$scenario" "$out/$scenario" || failed=1
done
exit $failed
