#!/bin/sh
# Plays the evasion cases under the real monitor and leaves what the host's judge (tests/evasion/check.py) compares: what
# the cases' own programs say they did, and what the monitor recorded, reported and stored. Runs on this host and in a
# guest alike, under busybox sh, with the same paths in both.
#   busybox sh /PATH/run.sh ROOT TIER PART...    ROOT: an empty directory on tmpfs that holds bin/ (triggers, evasion
#                                                programs); TIER: a tier or "best"; PART: a file of cases/; writes
#                                                ROOT/out/PART/. PROGRAM: the monitor, PARTS: where cases/ is; MANY:
#                                                how much a flood is, 10000 is full size
#
# A file of cases is a list of cases. A case has its own directory $x, in it a home with the file $w that holds a token
# of its own, made while the monitor watches; every act of a case is a run of the workflow that is named after the case:
#   case_ ID TITLE             starts a case
#   run LABEL COMMAND...       the command is run ID-LABEL; what it prints is dropped (it may be the token)
#   told LABEL COMMAND...      the same for a program that prints facts
#   later LABEL COMMAND...     the same in the background; `finish` waits for all of them
#   secret NAME PATH [KIND]    another file with another token;  token NAME [KIND]: a token, printed
#   file NAME PATH             which inode that is now
#   say KEY VALUE              any other fact
#   skip REASON                this place can't play the case
#   give TOKEN LABEL           run LABEL is a process (WHO: LABEL) that is given the token in its environment
#   await FILE                 waits for a file that another process makes;  pid WHO: waits for WHO, prints its pid
#   disk [TYPE]                mounts a disk's file system on $disk; false: there is none, the case is skipped
# `as WHO COMMAND...` (a program) says which process is WHO, then becomes COMMAND. PATH holds bin/. A case ends with every
# mount undone that it made under $x, save for those of `disk`.
# shellcheck disable=SC2317,SC2119,SC2120 # what the cases call
set -u
root=$1 tier=$2
shift 2
program=${PROGRAM:-credlineage} parts=${PARTS:-$(dirname "$0")/cases} many=${MANY:-1000}
# A fixed environment: nothing that this host's own environment holds may get into a case.
[ "${EVASION:-}" = 1 ] || exec env -i EVASION=1 PROGRAM="$program" PARTS="$parts" MANY="$many" \
	PATH="$root/bin:/usr/sbin:/usr/bin:/sbin:/bin" busybox sh "$0" "$root" "$tier" "$@"
umask 022
id=setup
monitor=

# start [OPTION...]: the monitor, for this part; again after `stop`, with the same state; $findings: where its stdout goes
start() {
	[ "$tier" = best ] || set -- --tier "$tier" "$@"
	session=$((session + 1))
	: >"$out/monitor-$session.log"
	"$program" monitor --state "$state" --socket "$root/control.sock" --record "$out/$session.clrec" "$@" \
		>>"${findings:-$out/findings.jsonl}" 2>"$out/monitor-$session.log" &
	monitor=$!
	tries=0
	until grep -q 'watching this host' "$out/monitor-$session.log"; do
		tries=$((tries + 1))
		if [ $tries -gt 600 ] || ! kill -0 $monitor 2>/dev/null; then
			echo "the monitor did not start: $(tail -n 5 "$out/monitor-$session.log")" >&2
			exit 1
		fi
		sleep 0.1
	done
}

stop() {
	kill -"${1:-TERM}" $monitor
	wait $monitor
	status=$?
	[ "${1:-}" != KILL ] || status=$((status - 137))
	echo "{\"fact\":\"stopped\",\"session\":$session,\"status\":$status}" >>"$FACTS"
	monitor=
}

say() {
	printf '{"fact":"%s","case":"%s","value":"%s"}\n' "$1" "$id" "$2" >>"$FACTS"
}

file() {
	stat -L -c "{\"fact\":\"file\",\"case\":\"$id\",\"name\":\"$1\",\"ino\":%i,\"dev\":%d,\"path\":\"$2\"}" "$2" >>"$FACTS"
}

token() {
	make_token "${2:-github}" >"$tokens/$id.$1"
	read -r made <"$tokens/$id.$1"
	echo "$made"
}

secret() {
	made=$(token "$1" "${3:-github}")
	mkdir -p "${2%/*}"
	printf '[default]\ntoken = %s\n' "$made" >"$2"
	file "$1" "$2"
}

case_() {
	id=$1
	x=$root/files/$id home=$root/files/$id/home
	mkdir -p "$home"
	printf '{"fact":"case","case":"%s","title":"%s","x":"%s"}\n' "$1" "$2" "$x" >>"$FACTS"
	w=$home/.aws/credentials
	secret W "$w"
	cd "$x" || exit 1
}

skip() {
	say skip "$1"
}

# play RUN COMMAND...: its output is what the caller makes of it
play() {
	export CASE="$id" RUN="$1" X="$x"
	shift
	busybox timeout 60 "$program" run --state "$state" --socket "$root/control.sock" --workflow "$id" --run-id "$RUN" -- "$@" \
		2>>"$out/programs.err" </dev/null
	echo "{\"fact\":\"status\",\"case\":\"$id\",\"run\":\"$RUN\",\"status\":$?}" >>"$FACTS"
}

run() {
	label=$1
	shift
	play "$id-$label" "$@" >/dev/null
}

told() {
	label=$1
	shift
	play "$id-$label" "$@" >>"$FACTS"
}

later() {
	(run "$@") &
	others="$others $!"
}

later_told() {
	(told "$@") &
	others="$others $!"
}

finish() {
	for other in $others; do wait "$other"; done
	others=
}

await() {
	tries=0
	until [ -e "$1" ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 300 ] || { say problem "$1 was never made"; return; }
		sleep 0.05
	done
}

pid() {
	await "$x/pid.$1"
	cat "$x/pid.$1"
}

give() {
	# shellcheck disable=SC2016 # the inner shell expands it
	run "$2" sh -c 'read -r GH_TOKEN <"$1"; export GH_TOKEN; exec as "$2" true' sh "$tokens/$id.$1" "$2"
}

disk() {
	type=${1:-ext4} disk=$x/disk
	mkdir -p "$disk"
	truncate -s 400M "$x/image"
	# Blocks as large as pages, so that a file of a few bytes is in the cache as a whole once it is written.
	set -- -q
	[ "$type" != ext4 ] || set -- -q -b 4096
	if "mkfs.$type" "$@" "$x/image" 2>>"$out/programs.err" && mount -o loop "$x/image" "$disk" 2>>"$out/programs.err"; then
		disks="$disk $disks"
		return 0
	fi
	skip "no $type file system on a disk here"
	return 1
}

# What the monitor wrote, in a form that the host can read without it.
collect() {
	for n in $(seq "$session"); do
		"$program" replay --dump "$out/$n.clrec" >>"$out/observations.jsonl" 2>>"$out/replay.err"
		rm -f "$out/$n.clrec"
	done
	mkdir -p "$out/lineage"
	sed -n 's/.*"fact":"status".*"run":"\([^"]*\)".*/\1/p' "$FACTS" | sort -u | while read -r run; do
		"$program" lineage --state "$state" --run "$run" --format json -o "$out/lineage/$run.json" 2>>"$out/lineage.err"
	done
	# Which fingerprint a token has; after that no token is needed any more.
	"$program" scan --json --state "$state" "$tokens" >"$out/tokens.jsonl" 2>"$out/scan.err"
	cat "$tokens"/* >"$root/all-tokens"
	grep -rlFf "$root/all-tokens" "$out" "$state" >"$out/leaks"
	rm -rf "$root/all-tokens" "$tokens"
}

for part in "$@"; do
	out=$root/out/$part state=$root/state-$part tokens=$root/tokens-$part
	export FACTS="$out/facts.jsonl"
	session=0 others='' disks=''
	mkdir -p "$out" "$tokens" "$root/files"
	: >"$out/findings.jsonl"
	echo "{\"fact\":\"part\",\"part\":\"$part\",\"tier\":\"$tier\",\"kernel\":\"$(uname -r)\",\"shell\":$$}" >"$FACTS"
	start
	# shellcheck source=/dev/null # any of cases/
	. "$parts/$part.sh"
	finish
	sleep 1 # what is on its way
	id=end
	[ -z "$monitor" ] || stop
	cd "$root" || exit 1
	for disk in $disks; do umount "$disk"; done
	collect
done
exit 0
