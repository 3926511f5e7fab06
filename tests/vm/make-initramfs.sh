#!/usr/bin/env bash
# Packs the guest: busybox, the program and dump_events with their libraries, the triggers, the guest's tests.
#   tests/vm/make-initramfs.sh OUTPUT.cpio [BUILD SYSROOT]      default: build and this machine's own libraries
# Not compressed: the emulated processor unpacks slower than the host copies.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$1 build=${2:-build} sysroot=${3:-}
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
directories=("$sysroot"/{lib,usr/lib}/*-linux-gnu)

# add_libraries FILE: the loader, and every library that FILE needs, wherever the loader looks; readelf reads other
# processors' files too
add_libraries() {
	local loader library path
	loader=$(readelf -lW "$1" 2>/dev/null | sed -nE 's/.*program interpreter: (.*)\]/\1/p')
	if [ -n "$loader" ] && [ ! -e "$tree$loader" ]; then
		install -D -m 755 "$sysroot$loader" "$tree$loader"
	fi
	readelf -dW "$1" 2>/dev/null | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p' | while read -r library; do
		[ ! -e "$tree/lib/$library" ] || continue
		for path in "${directories[@]/%//$library}"; do
			[ -e "$path" ] || continue
			install -D -m 755 "$path" "$tree/lib/$library"
			add_libraries "$path"
			break
		done
		[ -e "$tree/lib/$library" ] || { echo "$1 needs $library, which is not in ${directories[*]}" >&2; exit 1; }
	done
}

mkdir -p "$tree"/{bin,dev,trigger,guest,usr/bin}
busybox=$sysroot/bin/busybox
[ -e "$busybox" ] || busybox=$(command -v busybox)
install -m 755 "$busybox" "$tree/bin/busybox"
if readelf -lW "$busybox" | grep -q 'program interpreter'; then
	echo "busybox is not static (install busybox-static)" >&2
	exit 1
fi
for program in "$build"/credlineage "$build"/vm/load_programs "$build"/vm/dump_events; do
	[ -e "$program" ] || continue
	add_libraries "$program"
	install -m 755 "$program" "$tree/usr/bin/"
done
install -m 755 "$build"/trigger/* "$tree/trigger/"
install -D -m 755 -t "$tree/evasion/bin" "$build"/evasion/*
cp -r tests/evasion/cases tests/evasion/run.sh "$tree/evasion/"
[ ! -e "$build/vm/dump_events" ] || mv "$tree/usr/bin/dump_events" "$tree/trigger/"
# What the profile is loaded and entered with, as the package brings it; a guest of another processor goes without.
if [ -z "$sysroot" ] && [ -x /usr/sbin/apparmor_parser ]; then
	for program in /usr/sbin/apparmor_parser /usr/bin/setpriv /usr/bin/true; do
		add_libraries "$program"
		install -D -m 755 "$program" "$tree$program"
	done
	mkdir -p "$tree/etc/apparmor.d"
	cp -r /etc/apparmor.d/{abi,abstractions,tunables} "$tree/etc/apparmor.d/"
	install -m 644 scripts/package/credlineage-monitor.apparmor "$tree/etc/apparmor.d/credlineage-monitor"
	sed -n 's/^CapabilityBoundingSet=//p' scripts/package/credlineage.service | tr ' ' '\n' | sed 's/^CAP_/+/' |
		tr '[:upper:]\n' '[:lower:],' >"$tree/etc/unit-rights"
fi
install -D -m 644 "$build/bpf/credlineage.o" "$tree/usr/lib/credlineage.o"
install -m 755 tests/vm/guest/init "$tree/init"
install -m 644 tests/vm/guest/*.sh "$tree/guest/"
install -m 755 tests/trigger/run.sh "$tree/run.sh"
(cd "$tree" && find . -mindepth 1 -printf '%P\0' | sort -z | cpio --quiet -0 -o -H newc -R 0:0) >"$out.new"
mv "$out.new" "$out"
