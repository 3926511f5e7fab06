#!/usr/bin/env bash
# What an act costs in instructions, to the instruction: a guest with one processor whose clock is its instruction count.
#   tests/bench/icount.sh [full|check|update]     full (default): every setup, printed as a table
#                                   check: nothing and the best tier, against tests/bench/icount.tsv; 10 % more fails
#                                   update: every setup, entered there
# Prints "ok NAME" / "not ok NAME" and "N passed, N failed" for check. KERNEL=6.1
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
mode=${1:-full} kernel=${KERNEL:-6.1}
setups='nothing empty-fentry fentry empty-kprobe kprobe empty-tracepoint tracepoint'
[ "$mode" != check ] || setups='nothing fentry'

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/bench" "$tree/guest"
install -m 755 build/bench/workload build/bench/load_empty "$tree/bench/"
install -m 644 build/bench/empty.bpf.o "$tree/bench/"
install -m 644 tests/bench/icount-guest.sh "$tree/guest/90-icount.sh"
(cd "$tree" && find . -mindepth 1 -printf '%P\0' | cpio --quiet -0 -o -H newc -R 0:0) >build/bench/guest.cpio
log=build/logs/icount.log
VM_ICOUNT=1 VM_EXTRA=build/bench/guest.cpio VM_TESTS=90-icount VM_TIERS=$setups CASES_FILE='' \
	tests/vm/test-vm.sh "$kernel" >"$log" 2>&1
python3 tests/bench/icount.py "$mode" "build/vm/$kernel/out/90-icount.log" || { tail -n 20 "$log" >&2; exit 1; }
