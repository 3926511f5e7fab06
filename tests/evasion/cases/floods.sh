# shellcheck shell=sh disable=SC2154,SC2016,SC2119 # x, w, home, many: tests/evasion/run.sh; other shells expand
# Much of what nobody asks for, around the one act that matters. Full size: `many` is 10000; see MANY in tests/evasion/run.sh.

case_ F01 "twice as many short processes, then one read and one connect: both are told"
run a sh -c 'storm "$1" >/dev/null; exec as holder races one "$2" 18801' sh $((2 * many)) "$w"

case_ F02 "two writers open and close at full speed, the file is read every 100 ms by another process: each read is told"
echo nothing >unwatched
later W1 throng opens $((many / 1000)) "$x/unwatched"
later W2 throng opens $((many / 1000)) "$x/unwatched"
run a as parent races spaced $((many / 100)) 90 "$w"
finish

case_ F04 "more processes than are kept, some at the same time: a holder stays, what went is counted"
stop
echo '{"limits": {"processes": 1024}}' >"$root/small.json"
start --config "$root/small.json"
later A as holder sh -c '{ read -r first; read -r second; } <"$1"; touch "$2/ready"; while [ ! -e "$2/go" ]; do sleep 0.1; done
	exec races one "$1" 18804' sh "$w" "$x"
await ready
later B throng sleepers $((many / 10 + 500))
await crowded
run C storm $((many / 2))
touch go
sleep 1
say evicted "$(ask "$root/control.sock" | sed -n 's/.*"processes_evicted":\([0-9]*\).*/\1/p')"
touch stop
finish
stop
start

case_ F05 "many paths of watched names and many destinations: the file is still watched under any name, memory is bounded"
mkdir env
ln "$w" notes
run paths throng paths "$many" "$x/env"
run ports throng ports "$many"
run a as reader read_by read "$x/notes"
say memory "$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$monitor/status")"

case_ F07 "arguments without end before the token: it is found, or the cut is told"
run a as crammed throng arguments 4000 "$tokens/F07.W"

case_ F08 "the monitor is killed and started again while a process holds the token: the holder is known again, the gap is told"
later A sh -c 'read -r GH_TOKEN <"$1"; export GH_TOKEN; exec as holder victim GH_TOKEN' sh "$tokens/F08.W"
await address
sleep 1
stop KILL
start
run B as other read_by read "$w"
touch stop
finish

case_ F10 "nobody reads the findings and the disk is full: what happens is recorded all the same"
stop
mkdir full
mount -t tmpfs -o size=8k tmpfs full
dd if=/dev/zero of=full/filler 2>/dev/null
mkfifo gone
(exec 3<gone; sleep 1) & # a reader that goes away before the first finding
findings=gone start --output "file:$x/full/findings"
sleep 1
give W one
give W two
run a as reader read_by read "$w"
sleep 1
say full "$(wc -c <"$x/full/findings" 2>/dev/null || echo 0)"
say answers "$(ask "$root/control.sock" | head -c 1)"
stop
umount full
start

case_ F11 "the monitor's own files in the watched tree, the monitor as a reader: it sees nothing of its own"
stop
monitored=$home/.config/gh
mkdir -p "$monitored"
start --output "file:$monitored/hosts.yml"
run a as reader read_by map "$w"
give W late
sleep 1
say monitor "$monitor"
