#!/usr/bin/env bash
# Installs every Debian package that building, running, testing and benchmarking need.
# Safe to run again: it asks apt only for what is missing. Needs root only when something is missing.
#   scripts/install-deps.sh [build|check|bench]     default: check (build plus what the tests need); bench: all of these
#                                                   and the tracers that the program is measured beside
set -euo pipefail

build=(
	gcc make git pkg-config clang llvm bpftool
	libbpf-dev libelf-dev zlib1g-dev
	libcjson-dev libvectorscan-dev libssl-dev libsqlite3-dev libncurses-dev uthash-dev libcurl4-openssl-dev
)
# The page of an export is bundled with npm; a Node.js from elsewhere brings its own, and Debian's would not go beside it.
command -v npm >/dev/null || build+=(nodejs npm)
check=(
	libcmocka-dev libclang-rt-14-dev clang-format clang-tidy cppcheck shellcheck
	python3 python3-jsonschema python3-prov python3-networkx python3-dateutil graphviz sqlite3 procps util-linux iproute2 gzip file xxd
	rsyslog prometheus qemu-system-x86 qemu-system-arm gcc-aarch64-linux-gnu busybox-static cpio zstd xz-utils gpgv debian-archive-keyring
	chromium poppler-utils
	gdb strace xfsprogs e2fsprogs
	openssh-client openssh-server rsync cron at sudo runc bubblewrap vim-tiny tmux gnupg logrotate man-db curl dpkg-dev python3-venv
)

bench=(bpftrace libbpf-tools auditd)

want=("${build[@]}")
[ "${1:-check}" = build ] || want+=("${check[@]}")
[ "${1:-check}" != bench ] || want+=("${bench[@]}")

missing=()
for package in "${want[@]}"; do
	state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
	[ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "cannot install ${missing[*]}: not root (run: sudo $0)" >&2
	exit 3
fi
echo "installing: ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# policy-rc.d keeps packages (rsyslog, auditd) from starting a service on the machine that only builds.
blocker=/usr/sbin/policy-rc.d
if [ ! -e "$blocker" ]; then
	printf '#!/bin/sh\nexit 101\n' >"$blocker"
	chmod 755 "$blocker"
	trap 'rm -f "$blocker"' EXIT
fi
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
