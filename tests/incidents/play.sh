#!/usr/bin/env bash
# Plays one scenario in the namespaces that run.sh made: the monitor starts, the owner works and the same programs do
# harmless work (the negative twin, which gives nothing), then comes the attack.   play.sh SCENARIO OUT
# SCENARIO defines owner, innocent and attack and says what to expect; see rig.sh for its words.
set -u
trap 'kill $(jobs -p) 2>/dev/null' EXIT
rig=/mnt runs=0
# All that is needed, before home directories and the like get out of sight.
mount -t tmpfs tmpfs $rig && mkdir $rig/bin $rig/out $rig/stage && mount --bind "$2" $rig/out || exit 1
cp "$(dirname "$0")"/*.* "$1" "${PROGRAM:?}" "${MAKE_TOKEN:?}" $rig/stage || exit 1
here=$rig/stage program=$rig/stage/${PROGRAM##*/} make_token=$rig/stage/make_token
# shellcheck source=tests/incidents/rig.sh
. $here/rig.sh

wait_for_line() { # FILE TEXT PID
	for _ in $(seq 600); do
		grep -q "$2" "$1" 2>/dev/null && return 0
		kill -0 "$3" 2>/dev/null || break
		sleep 0.05
	done
	echo "$1: \"$2\" did not come: $(tail -n 3 "$1")" >&2
	exit 1
}

build_stage
furnish
owner() { :; }
innocent() { :; }
# shellcheck source=/dev/null
. "$here/${1##*/}"
: >>$rig/out/expected.tsv
/usr/bin/python3 $here/serve.py $rig/files $rig/out/requests "${listeners[@]}" >$rig/out/serve.log 2>&1 &
server=$!
wait_for_line $rig/out/serve.log ready $server
env -i PATH=/usr/bin:/bin "$program" monitor --state $rig/state --socket $rig/control.sock \
	--record $rig/out/recording >$rig/out/findings 2>$rig/out/monitor.log &
monitor=$!
wait_for_line $rig/out/monitor.log 'watching this host' $monitor
owner
innocent
sleep 0.3 # what the twin did is older than what the attack does
mark=$(date +%s%3N)
attack
mapfile -t others < <(jobs -p | grep -vx -e $server -e $monitor)
[ ${#others[@]} -eq 0 ] || wait "${others[@]}"
sleep 0.5 # what is on its way
kill $monitor && wait $monitor || echo "the monitor ended with $?" >>$rig/out/problems
kill $server
"$program" replay $rig/out/recording >$rig/out/replayed 2>$rig/out/replay.log
"$program" scan --json --state $rig/state $rig/known >$rig/out/known 2>$rig/out/scan.log
printf '{"title": "%s", "harness": %d, "mark": %d}\n' "$title" $$ "$mark" >$rig/out/about
grep -rlFf <(cat $rig/tokens/* | grep -v -e '-----') $rig/out $rig/state >$rig/out/leaks
rm $rig/out/recording
