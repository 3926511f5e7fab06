#!/usr/bin/env bash
# Installs every Debian package that building, running, testing and benchmarking need.
# Safe to run again: it asks apt only for what is missing. Needs root only when something is missing.
#   scripts/install-deps.sh [build|package|check|bench]     default: check (build and package plus what the tests need);
#                                                           bench: all of these and the tracers that it is measured beside
set -euo pipefail

build=(
	gcc make git pkg-config clang llvm bpftool
	libbpf-dev libelf-dev zlib1g-dev
	libcjson-dev libvectorscan-dev libssl-dev libsqlite3-dev libncurses-dev uthash-dev libcurl4-openssl-dev
	libseccomp-dev libcap-ng-dev
)
# The page of an export is bundled with npm; a Node.js from elsewhere brings its own, and Debian's would not go beside it.
command -v npm >/dev/null || build+=(nodejs npm)
check=(
	libcmocka-dev libclang-rt-14-dev clang-format clang-tidy cppcheck shellcheck
	python3 python3-jsonschema python3-yaml python3-prov python3-networkx python3-dateutil graphviz sqlite3 procps util-linux iproute2 gzip file xxd
	systemd nginx rsyslog rsyslog-openssl libivykis0 libnet1 libwrap0 libjson-c5 prometheus prometheus-alertmanager qemu-system-x86 qemu-system-arm gcc-aarch64-linux-gnu busybox-static cpio zstd xz-utils gpgv debian-archive-keyring
	chromium poppler-utils
	gdb strace xfsprogs e2fsprogs
	openssh-client openssh-server rsync cron at sudo runc bubblewrap vim-tiny tmux gnupg logrotate man-db curl dpkg-dev python3-venv
)
# package: what `make deb` and its test need beside these
package=(
	debhelper dh-apparmor dpkg-dev lintian mmdebstrap apparmor bash-completion zsh fish mandoc python3-yaml buildah runc
)
bench=(bpftrace libbpf-tools auditd)

want=("${build[@]}")
[ "${1:-check}" = build ] || want+=("${package[@]}")
[[ ${1:-check} == build || ${1:-} == package ]] || want+=("${check[@]}")
[ "${1:-check}" != bench ] || want+=("${bench[@]}")

missing=()
for package in "${want[@]}"; do
	state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
	[ "$state" = installed ] || missing+=("$package")
done

# rsyslog and syslog-ng are both the system's log daemon to apt, which installs one of them: the other's package is unpacked
# where tests/live/test_receivers.sh finds it. What it links is among the packages above.
unpack_syslog_ng() {
	local at
	[ "$1" != build ] && [ ! -x build/syslog-ng/usr/sbin/syslog-ng ] || return 0
	at=$(mktemp -d)
	(cd "$at" && apt-get download -qq syslog-ng-core 2>/dev/null) && mkdir -p build/syslog-ng &&
		dpkg-deb -x "$at"/syslog-ng-core_*.deb build/syslog-ng
	rm -rf "$at"
}
cd "$(dirname "$0")/.."
if [ ${#missing[@]} -eq 0 ]; then
	unpack_syslog_ng "${1:-check}"
	exit 0
fi

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
unpack_syslog_ng "${1:-check}"
