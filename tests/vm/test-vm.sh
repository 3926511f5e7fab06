#!/usr/bin/env bash
# Boots Debian kernels in QEMU without KVM and runs the guest's tests and the triggers on each.
#   tests/vm/test-vm.sh [KERNEL...]       default: 6.1 arm64-6.12 5.10 7 6.12; arm64-6.1 on demand
# Prints "ok KERNEL: NAME" / "not ok KERNEL: NAME" and "N passed, N failed" last; logs in build/logs/vm-KERNEL.log.
# CASES_FILE (when set) gets "passed failed" added. Settings from the environment:
#   VM_SHORT=1                           what every check runs: each tier once, on the kernel that asks most of it
#   VM_TIMEOUT=900                       seconds that one guest may take
#   VM_TESTS=05-load,10-triggers         only these of tests/vm/guest, or "all"; the default is tests_of()
#   VM_TIERS="fentry kprobe"             the triggers on these tiers only
#   VM_EVASIONS=paths,reads              these evasions, where 30-evasion runs; the default is evasions_of()
#   VM_ICOUNT=1                          one processor, whose clock counts instructions
#   VM_EXTRA=FILE.cpio                   packed into the guest, too
#   VM_ACCEL=kvm                         another accelerator than tcg, where it is known to work
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
kernels=("$@")
short=${VM_SHORT:+short-}
[ $# -gt 0 ] || kernels=(6.1 arm64-6.12 5.10 7 6.12) # two at once: the longest first
[ $# -gt 0 ] || [ -z "$short" ] || kernels=(6.1 arm64-6.12 5.10 7)
limit=${VM_TIMEOUT:-900}
mkdir -p build/logs build/vm

say() { echo "vm: $*" >&2; }

# architecture KERNEL
architecture() {
	case $1 in arm64-*) echo arm64 ;; *) echo x86 ;; esac
}

# emulator KERNEL CONSOLE-LOG RESULTS: the command, one word a line. The second serial port is where results come
# through; an arm64 board has one, so there it is a card. cx16=off: QEMU 7.2 now and then leaves wrong flags behind a
# cmpxchg16b, and the guest dies of a double fault where it allocates memory.
emulator() {
	local accel=(-accel "${VM_ACCEL:-tcg}" -smp 2)
	[ -z "${VM_ICOUNT:-}" ] || accel=(-accel tcg -icount "shift=0,sleep=off" -smp 1)
	local common=(-m 1G "${accel[@]}" -display none -monitor none -no-reboot -nodefaults -nic none -serial "file:$2")
	if [ "$(architecture "$1")" = arm64 ]; then
		printf '%s\n' qemu-system-aarch64 -M virt -cpu cortex-a72 "${common[@]}" \
			-chardev "file,id=results,path=$3" -device pci-serial,chardev=results
	else
		printf '%s\n' qemu-system-x86_64 -cpu max,cx16=off "${common[@]}" -serial "file:$3"
	fi
}

# tests_of KERNEL: what each is to show. The verifier and every tier's triggers belong to all; what the program above the
# probes does with them is the same everywhere, and shown on some.
tests_of() {
	case ${VM_TESTS:-$short$1} in
	all | 6.1) ;;
	5.10) echo 05-load,10-triggers,15-doctor,20-story,25-apparmor,30-evasion ;;
	6.12) echo 05-load,10-triggers,15-doctor,25-apparmor,30-evasion ;;
	7) echo 05-load,10-triggers,15-doctor,30-evasion ;;
	short-6.1) echo 05-load,10-triggers,15-doctor,20-story,25-apparmor ;;
	short-*) echo 05-load,10-triggers,15-doctor ;;
	arm64-6.12) echo 05-load,10-triggers,15-doctor,20-story ;;
	arm64-6.1) echo 05-load,10-triggers,15-doctor ;;
	*) echo "$VM_TESTS" ;;
	esac
}

# tiers_of KERNEL: 6.1 of arm64 loads fentry programs and does not attach them
tiers_of() {
	case $short$1 in
	short-6.1) echo "${VM_TIERS:-fentry kprobe}" ;;
	short-5.10) echo "${VM_TIERS:-tracepoint}" ;;
	short-7) echo "${VM_TIERS:-kprobe}" ;;
	short-arm64-6.12) echo "${VM_TIERS:-fentry}" ;;
	*arm64-6.1) echo "${VM_TIERS:-kprobe tracepoint}" ;;
	*) echo "${VM_TIERS:-fentry kprobe tracepoint}" ;;
	esac
}

# parts_of KERNEL: of the triggers; how rings overflow and records are skipped is shown on some, the pre-emptible among them
parts_of() {
	case ${VM_TESTS:-$1} in
	5.10 | 6.12 | arm64-*) echo acts ;;
	esac
}

# evasions_of KERNEL: all of them would take half an hour on each
evasions_of() {
	case $1 in
	6.1) echo "${VM_EVASIONS:-paths,reads,descriptors}" ;;
	5.10) echo "${VM_EVASIONS:-moves,handed,memory}" ;;
	6.12) echo "${VM_EVASIONS:-execution,namespaces,network}" ;;
	7) echo "${VM_EVASIONS:-secrets,text,clock}" ;;
	*) echo "${VM_EVASIONS:-paths}" ;;
	esac
}

# boot_words KERNEL: the kernel's command line
boot_words() {
	local ports='console=ttyS0 guest_results=ttyS1' tests tiers parts
	tests=$(tests_of "$1") tiers=$(tiers_of "$1") parts=$(parts_of "$1")
	[ "$(architecture "$1")" = x86 ] || ports='console=ttyAMA0 guest_results=ttyS0'
	echo "$ports quiet panic=-1 watchdog_thresh=30 softlockup_panic=1 random.trust_cpu=1 rdinit=/init${tests:+ guest_tests=$tests} guest_tiers=${tiers// /,} evasion_parts=$(evasions_of "$1") guest_limit=$((limit - 60))${parts:+ guest_parts=$parts}"
}

# boot KERNEL VMLINUZ: one try; leaves build/vm/KERNEL/out/ and, when that failed, the reason in build/vm/KERNEL/error.
boot() {
	local kernel=$1 vmlinuz=$2 dir=build/vm/$1 log=build/logs/vm-$1.log message status command
	rm -rf "$log" "$dir/error" "$dir/out"
	mkdir -p "$dir/out"
	mapfile -t command < <(emulator "$kernel" "$log" "$dir/out.tar.gz")
	message=$(timeout -k 5 "$limit" "${command[@]}" -kernel "$vmlinuz" -initrd "$dir/initramfs.cpio" \
		-append "$(boot_words "$kernel")" </dev/null 2>&1 9>&-)
	status=$?
	if [ $status -ge 124 ]; then
		echo "no end after $limit s" >"$dir/error"
	elif [ $status -ne 0 ]; then
		echo "$message" >"$dir/error"
	elif ! message=$(tar -xzmf "$dir/out.tar.gz" -C "$dir/out" 2>&1); then
		echo "the guest sent no results: $message" >"$dir/error"
	fi
	[ ! -s "$dir/error" ]
}

# Fetches and boots one kernel. The emulator itself lets a guest die now and then: one that sent nothing is tried once
# more, and the end of its console is told.
guest() {
	local kernel=$1 dir=build/vm/$1 log=build/logs/vm-$1.log began=$SECONDS vmlinuz
	rm -rf "$dir"
	mkdir -p "$dir"
	vmlinuz=$(tests/vm/fetch-kernel.sh "$kernel" 2>"$dir/error") || return
	# A second archive behind the first: what belongs to this kernel.
	(cd "build/kernels/$kernel" && printf 'overlay.ko\n' | cpio --quiet -o -H newc 2>/dev/null) |
		cat "build/vm/initramfs-$(architecture "$kernel").cpio" - ${VM_EXTRA:+"$VM_EXTRA"} >"$dir/initramfs.cpio"
	if ! boot "$kernel" "$vmlinuz" && ! grep -q '^no end' "$dir/error"; then
		say "$kernel: $(cat "$dir/error"); its console ended with"
		tail -20 "$log" | tr -d '\r' | sed 's/^/    | /' >&2
		boot "$kernel" "$vmlinuz"
	fi
	rm -f "$dir/initramfs.cpio"
	times >"$dir/times" # not in a subshell: it has children of its own
	say "$kernel: guest ran $((SECONDS - began)) s, $(tail -1 "$dir/times" | tr ' ' '+') of processor time"
}

# judge KERNEL: prints its cases
judge() {
	local kernel=$1 dir=build/vm/$1 log=build/logs/vm-$1.log tier
	if [ -s "$dir/error" ]; then
		echo "not ok boot"
		sed 's/^/    /' "$dir/error"
		tail -20 "$log" 2>/dev/null | tr -d '\r' | sed 's/^/    | /'
		return
	fi
	echo "ok boot"
	sed -E '/^(not )?ok /!s/^/    /' "$dir"/out/*.log
	[ ! -e "$dir/out/05-load.log" ] || python3 tests/vm/verifier.py "$kernel"
	for tier in "$dir"/out/triggers-*; do
		[ -s "$tier/acts/events.jsonl" ] || continue
		python3 tests/trigger/check.py "$tier" | sed -E "s/^(not )?ok /&${tier##*triggers-} /"
	done
	for part in "$dir"/out/evasion/*; do
		[ ! -d "$part" ] || python3 tests/evasion/check.py "$part"
	done
}

# equal LABEL DIR DIR: the same records for the same acts
equal() {
	[ -s "$2/acts/events.jsonl" ] && [ -s "$3/acts/events.jsonl" ] || return
	python3 tests/trigger/check.py --equal "$2" "$3" | sed -E "s/^(not )?ok /&$1: /"
}

exec 9>build/vm/lock
flock -n 9 || { say "another run uses build/vm, waiting for its end"; flock 9; }
# prepare ARCHITECTURE EMULATOR [BUILD SYSROOT]
prepare() {
	[[ " $(for kernel in "${kernels[@]}"; do architecture "$kernel"; done | tr '\n' ' ')" == *" $1 "* ]] || return 0
	[ -x "$(command -v "$2")" ] || { say "$2 is missing (run scripts/install-deps.sh)"; exit 3; }
	if [ "$1" = arm64 ]; then
		tests/vm/fetch-sysroot.sh >/dev/null && make -s -j2 CROSS=arm64 vm-programs || exit 3
	fi
	tests/vm/make-initramfs.sh "build/vm/initramfs-$1.cpio" "${@:3}" || exit 1
}
prepare x86 qemu-system-x86_64
prepare arm64 qemu-system-aarch64 build/arm64 build/sysroot-arm64
say "booting ${kernels[*]}"
results=build/vm/results
: >"$results"
for kernel in "${kernels[@]}"; do
	while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done
	guest "$kernel" &
done
wait
for kernel in "${kernels[@]}"; do
	judge "$kernel" | sed -E "s/^(not )?ok /&$kernel: /" | tee -a "$results"
	out=build/vm/$kernel/out
	equal "$kernel: kprobe = fentry" "$out/triggers-fentry" "$out/triggers-kprobe" | tee -a "$results"
	equal "$kernel: tracepoint = kprobe" "$out"/triggers-{kprobe,tracepoint} | tee -a "$results"
done
# This host's own records, when tests/live has just made some with the same build.
here=build/live/triggers-tracepoint
if [ "$here/acts/events.jsonl" -nt build/vm/dump_events ]; then
	equal "${kernels[0]} kprobe = here" "build/vm/${kernels[0]}/out/triggers-kprobe" "$here" | tee -a "$results"
else
	say "no records of this host to compare with (make test-root makes them)"
fi
for kernel in "${kernels[@]:1}"; do
	equal "${kernels[0]} kprobe = $kernel" "build/vm/${kernels[0]}/out/triggers-kprobe" "build/vm/$kernel/out/triggers-kprobe" |
		tee -a "$results"
done

passed=$(grep -c '^ok ' "$results") failed=$(grep -c '^not ok ' "$results")
[ -z "${CASES_FILE:-}" ] || echo "$passed $failed" >>"$CASES_FILE"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
