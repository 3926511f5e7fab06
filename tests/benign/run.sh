#!/usr/bin/env bash
# Ordinary work, for real, under one live monitor: nothing High or Critical may be reported of it, and one Medium at most.
#   tests/benign/run.sh [NAME...]    all of items/*.sh, or the named ones; SHORT=1: those that `short` names; LONG=1: the
#                                    slow ones, too; KEEP=1 keeps the files
# Each item is a script that sets up what it needs with secrets made on the spot, works, and checks the result of its
# work: "ok NAME" means that the work succeeded. Its place is a machine of its own (machine.sh), so nothing here is
# changed by it. To add an item, add items/NAME.sh; lib.sh is what it can call.
# At the end the monitor must know the credentials that the work was done with, and must report one theft, as one of this
# machine: silence that came from blindness would pass for quiet otherwise.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"

place=$(mktemp -d /var/tmp/credlineage-benign-XXXXXX)
machine=
# Everything on the machine, by its network, which nothing else is in.
machine_down() {
	local net pid
	[ -e "$place/net" ] || return 0
	net=$(cat "$place/net")
	for _ in 1 2 3; do
		for pid in /proc/[0-9]*; do
			[ "$(readlink "$pid/ns/net" 2>/dev/null)" != "$net" ] || kill -9 "${pid#/proc/}" 2>/dev/null
		done
	done
	[ -z "$machine" ] || wait "$machine" 2>/dev/null
}
benign_cleanup() {
	machine_down
	live_cleanup
	[ -n "${KEEP:-}" ] && { echo "# kept $place"; return; }
	rm -rf "$place"
}
trap benign_cleanup EXIT

mkdir -p "$place"/{upper,scratch,root,benign/bin,benign/logs}
cp -r tests/benign/{items,machine.sh,lib.sh,servers} "$place/benign/"
cp build/trigger/make_token "$place/benign/bin/"
items=("$@")
[ ${#items[@]} -gt 0 ] || [ -z "${SHORT:-}" ] || mapfile -t items <tests/benign/short
[ ${#items[@]} -gt 0 ] || mapfile -t items < <(cd tests/benign/items && printf '%s\n' *.sh | sed 's/\.sh$//')

start_monitor --record "$work/benign.clrec"

# A machine is started by nobody's session: what the caller's environment says of jobs and agents is not its own.
# `machine` is the parent of all work, which is how findings about it are told from those about others on this host.
env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 LONG="${LONG:-}" \
	unshare --mount --net --uts --propagation private "$place/benign/machine.sh" "$place" "${items[@]}" 8</proc/self/ns/net & # 8: the way out, for `online`
machine=$!
wait "$machine"
machine_status=$?
check "every item ran" [ "$machine_status" -eq 0 ]

# ---- what the monitor knows of it ----
known() {
	"$program" scan --json --key "$work/state/fingerprint.key" "$place/benign/tokens" >"$work/made.json"
	"$program" credentials list --json "${at[@]}" >"$work/known.json"
	python3 - "$work/made.json" "$work/known.json" "$place/benign/tokens" <<'PY'
import json, sys
made, known = ([json.loads(line) for line in open(name)] for name in sys.argv[1:3])
items = [line.split()[1] for line in open(sys.argv[3])]
known = {k["fingerprint"] for k in known}
unseen = [items[m["line"] - 1] for m in made if m["fingerprint"] not in known]
if unseen:
    sys.exit(f"# of {len(made)} tokens made these were not seen in use: {' '.join(unseen)}")
PY
}
# The last of all: the monitor has seen what was before, however much there was to do for it.
check "a theft at the end of the day is reported" within 300 grep -q ci:github/theft/b "$findings"
touch "$place/benign/tokens"
check "the monitor saw every token that the work was done with" within 10 known 2>"$work/unseen"
tail -n 1 "$work/unseen"

stop_monitor
check "the monitor stops cleanly" [ "$monitor_status" -eq 0 ]
check "ordinary work is quiet" python3 tests/benign/judge.py --machine "$machine" --findings "$findings" \
	--show "$program findings show {} --state $work/state"
finish
