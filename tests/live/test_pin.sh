#!/usr/bin/env bash
# Pinned probes outlive the monitor: what happens while none runs is reported by the next one, with the right time and
# process; another version takes over; what others do to the pins is noticed; after --unpin nothing is left.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"
pins=/sys/fs/bpf/credlineage-test-$$
mounted=false
grep -q ' /sys/fs/bpf bpf ' /proc/mounts || mounted=true

pin_cleanup() {
	live_cleanup
	"$program" monitor --pin="$pins" --unpin 2>/dev/null
	$mounted && umount /sys/fs/bpf 2>/dev/null
}
trap pin_cleanup EXIT

mkdir -p "$work/home/.config/gh"
file=$work/home/.config/gh/hosts.yml
printf 'oauth_token: %s\n' "$("$make_token" github)" >"$file"
cp /bin/cat "$work/reader"

# reads SINCE UNTIL: READ edges of processes named reader onto the file whose first use lies in the window (epoch ns)
reads() {
	sqlite3 "$work/state/credlineage.db" "select count(*) from edge e join node p on p.n = e.source
		join node f on f.n = e.target where f.id like 'file:%' and p.label like '%$3%'
		and e.first between $1 and $2" 2>/dev/null
}
reported() { [ "$(reads "$1" "$2" "$3")" -eq "$4" ]; }
sets() { find "$pins" -mindepth 1 -maxdepth 1 -name 'v*' -printf '%f\n'; }

# Room for what others on this machine do while nobody reads.
cat >"$work/config.json" <<'JSON'
{"limits": {"credential_ring": 67108864, "process_ring": 67108864}}
JSON
at+=(--config "$work/config.json")

start_monitor --pin="$pins"
check "one set is pinned" [ "$(sets | wc -l)" -eq 1 ]
check "the directory is root's alone" [ "$(stat -c '%u %a' "$pins")" = "0 700" ]
check "a second monitor is refused" sh -c "'$program' monitor --pin='$pins' --state '$work/s2' --socket '$work/s2.sock' \
	2>&1 | grep -q 'another monitor holds it'"
"$work/reader" "$file" >/dev/null
check "a read is reported" within 10 reported 0 9e18 reader 1

for round in 1 2 3 4 5; do
	cp /bin/cat "$work/gap$round"
	before=$(sets)
	"$work/gap$round" "$file" >/dev/null # may still be in the ring, or in memory only
	stop_monitor KILL
	from=$(date +%s%N)
	"$work/gap$round" "$file" >/dev/null
	"$work/gap$round" "$file" >/dev/null
	until=$(date +%s%N)
	start_monitor --pin="$pins"
	check "round $round: the set was taken over" [ "$(sets)" = "$before" ]
	check "round $round: what nobody was there for is reported, at its time" \
		within 10 reported "$from" "$until" "gap$round" 2
	check "round $round: with what was on its way when the monitor was killed" \
		within 10 reported 0 "$until" "gap$round" 3
done
said() { [ -n "$(jsonl "$findings" "'$1' in json.dumps(e)")" ]; }
check "the probes watched all the time: no blindness is claimed" sh -c "! grep -q 'nothing was watched' '$findings'"

# Others meddle.
victim=$(find "$pins" -name 'link_*' | head -1)
rm "$victim"
check "a pin that somebody removed is noticed" within 10 said "was removed"
check "and made anew" within 10 test -e "$victim"

meddle() { for _ in $(seq 20); do build/trigger/close_in "$1" "$2" >/dev/null 2>&1 && return; sleep 0.05; done; false; }
check "somebody closes the links of the monitor" meddle "$monitor" link
check "that is noticed" within 10 said "was detached by somebody else"
cp /bin/cat "$work/again"
sleep 1
"$work/again" "$file" >/dev/null
check "and mended" within 10 reported 0 9e18 again 1

# An upgrade: other settings make another set. What the old one has is not lost.
stop_monitor KILL
old=$(sets)
cp /bin/cat "$work/upgrade"
from=$(date +%s%N)
"$work/upgrade" "$file" >/dev/null
until=$(date +%s%N)
sed -i 's/"credential_ring": 67108864/"credential_ring": 33554432/' "$work/config.json"
start_monitor --pin="$pins"
check "another set is there" [ "$(sets | grep -cv "$old")" -eq 1 ]
check "the set of before is gone" within 10 sh -c "! ls '$pins' | grep -q '$old'"
check "what only the set of before saw is reported" within 10 reported "$from" "$until" upgrade 1
cp /bin/cat "$work/upgraded"
"$work/upgraded" "$file" >/dev/null
check "the new one sees, and what both saw is told once" within 10 reported 0 9e18 upgraded 1
stop_monitor KILL

# Records of another schema can't be read: said, replaced.
mv "$pins/$(sets)" "$pins/v1-0123456789abcdef"
start_monitor --pin="$pins"
check "a set of another schema is replaced" sh -c "! ls '$pins' | grep -q v1-"
check "and the blindness is said" within 10 said "nothing was watched"
stop_monitor
check "it stops cleanly" [ "$monitor_status" -eq 0 ]

check "doctor tells of the pins" sh -c "'$program' doctor --json | grep -q '\"pins\"'"
"$program" monitor --pin="$pins" --unpin 2>/dev/null
check "after --unpin nothing is left" [ ! -e "$pins" ]
mkdir -m 755 "$pins"
check "a directory that is not root's alone is refused" sh -c "'$program' monitor ${at[*]} --pin='$pins' 2>&1 | grep -q 'must be uid 0 with mode 0700'"
chmod 700 "$pins"
chown 1234 "$pins"
check "and one of another owner" sh -c "'$program' monitor ${at[*]} --pin='$pins' 2>&1 | grep -q 'belongs to uid 1234'"
rmdir "$pins"
check "a place that is no BPF file system is refused" sh -c "'$program' monitor ${at[*]} --pin='$work/pins' 2>&1 | grep -q 'not on a BPF file system'"
: >"$findings"
start_monitor
check "without pins somebody closes the links" meddle "$monitor" link
check "and they are attached anew" within 10 said "was detached by somebody else, attached again"
cp /bin/cat "$work/anew"
"$work/anew" "$file" >/dev/null
check "so that all is seen" within 10 reported 0 9e18 anew 1
stop_monitor
check "without --pin nothing is left behind" [ ! -e "$pins" ]
finish
