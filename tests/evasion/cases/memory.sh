# shellcheck shell=sh disable=SC2154,SC2016,SC2119,SC3045 # x, w, home: tests/evasion/run.sh; other shells expand
# One process looks into another that holds a token in its environment.

# victim_with TOKEN [wipe]: run A, process `victim`, with the case's token in GH_TOKEN
victim_with() {
	later A sh -c 'read -r GH_TOKEN <"$1"; export GH_TOKEN; shift; exec as victim victim GH_TOKEN "$@"' sh \
		"$tokens/$id.$1" ${2:+"$2"}
	await "$x/address"
}

release() {
	touch stop
	finish
}

case_ E01 "another process's environment is read: by whom, and whose"
victim_with W
run B as reader cat "/proc/$(pid victim)/environ"
release

case_ E02 "the environments of all processes are read: one look at each, and no finding for each"
victim_with W
run B sh -c 'exec as reader cat /proc/[0-9]*/environ >/dev/null 2>&1'
release

# peeked ID TITLE WAY
peeked() {
	case_ "$1" "$2"
	victim_with W
	run B as reader peek "$3" "$(pid victim)" "$(cat address)"
	release
}

peeked E04 "another process's memory is read by process_vm_readv" vm
peeked E04b "another process's memory is read through /proc" mem
peeked E05 "another process is attached to and its memory read word by word" attach
peeked E05b "another process is seized and its memory read word by word" seize

case_ E05c "a child asks its parent to trace it, as under a debugger: told, and no finding"
run A as tracer peek traced true

case_ E07 "the same environment under other names: a detour, a thread's, a bind mount and a second mount of proc"
victim_with W
mkdir p q
mount --bind /proc p
mount -t proc proc q
run dots as dots cat "/proc/self/../$(pid victim)/environ"
run thread as thread cat "/proc/$(pid victim)/task/$(pid victim)/environ"
run bind as bind cat "$x/p/$(pid victim)/environ"
run second as second cat "$x/q/$(pid victim)/environ"
umount p q
release

case_ E08 "a core dump: how the holder ended says that there is one"
if sh -c 'ulimit -c unlimited' 2>/dev/null; then
	later A sh -c 'ulimit -c unlimited; read -r GH_TOKEN <"$1"; export GH_TOKEN; exec as victim victim GH_TOKEN' sh \
		"$tokens/$id.W"
	await "$x/address"
	run B as killer busybox kill -ABRT "$(pid victim)"
	finish
	say core "$([ -e core ] && echo 128 || echo 0)"
else
	skip "no core dumps may be made here"
fi

case_ E10 "the holder overwrites its environment: what it was given stays known"
victim_with W wipe
run B as reader cat "/proc/$(pid victim)/environ"
release

case_ E11 "a holder logs its variable to a file, as a preloaded library would: the file's reader holds the same credential"
run A sh -c 'read -r GH_TOKEN <"$1"; export GH_TOKEN; exec as holder sh -c "echo TOKEN=\$GH_TOKEN >\"\$X/.env\""' sh "$tokens/$id.W"
file log "$x/.env"
run B as reader read_by read "$x/.env"
