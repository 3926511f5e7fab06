#!/usr/bin/env bash
# Packs the guest: busybox, the program and dump_events with their libraries, the triggers, the guest's tests.
#   tests/vm/make-initramfs.sh OUTPUT.cpio
# Not compressed: the emulated processor unpacks slower than the host copies.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$1
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

# add_program FILE DIRECTORY: with every library and the loader, at the paths where the loader looks
add_program() {
	local library
	install -D -m 755 "$1" "$tree$2/$(basename "$1")"
	ldd "$1" 2>/dev/null | grep -oE '/[^ ]+' | while read -r library; do
		[ -e "$tree$library" ] || install -D -m 755 "$library" "$tree$library"
	done
}

mkdir -p "$tree"/{bin,dev,trigger,guest}
install -m 755 "$(command -v busybox)" "$tree/bin/busybox"
if ldd "$tree/bin/busybox" >/dev/null 2>&1; then
	echo "busybox is not static (install busybox-static)" >&2
	exit 1
fi
for program in build/credlineage build/vm/dump_events build/vm/load_programs; do
	[ ! -e "$program" ] || add_program "$program" /usr/bin
done
for trigger in build/trigger/*; do
	install -m 755 "$trigger" "$tree/trigger/"
done
for program in build/evasion/*; do
	install -D -m 755 "$program" "$tree/evasion/bin/$(basename "$program")"
done
cp -r tests/evasion/cases tests/evasion/run.sh "$tree/evasion/"
[ ! -e build/vm/dump_events ] || mv "$tree/usr/bin/dump_events" "$tree/trigger/"
install -D -m 644 build/bpf/credlineage.o "$tree/usr/lib/credlineage.o"
install -m 755 tests/vm/guest/init "$tree/init"
install -m 644 tests/vm/guest/*.sh "$tree/guest/"
install -m 755 tests/trigger/run.sh "$tree/run.sh"
(cd "$tree" && find . -mindepth 1 -printf '%P\0' | sort -z | cpio --quiet -0 -o -H newc -R 0:0) >"$out.new"
mv "$out.new" "$out"
