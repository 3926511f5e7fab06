#!/usr/bin/env bash
# Fetches one of Debian's kernels and prints the path of its vmlinuz.
#   tests/vm/fetch-kernel.sh VERSION      VERSION: 5.10, 6.1, 6.12 or 7
# Verified by Debian's signatures: an apt of its own under build/apt, with its own sources, never the system's.
# Result in build/kernels/VERSION/{vmlinuz,overlay.ko,config,package}; what is there already is used without any network request.
# DEBIAN_MIRROR and DEBIAN_SECURITY_MIRROR replace the addresses. Exit status: 2 wrong usage, 3 it can't be fetched.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=${1:-}
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
security=${DEBIAN_SECURITY_MIRROR:-http://deb.debian.org/debian-security}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

fail() {
	echo "cannot fetch Debian's kernel \"$version\": $1" >&2
	exit "${2:-3}"
}

# pattern: package names, best first; the newest of the first pattern that matches is taken.
case $version in
5.10) suites=(bullseye bullseye-security) patterns=('linux-image-5\.10\.0-[0-9]+-cloud-amd64' 'linux-image-5\.10\.0-[0-9]+-amd64') ;;
6.1) suites=(bookworm bookworm-security) patterns=('linux-image-6\.1\.0-[0-9]+-cloud-amd64' 'linux-image-6\.1\.0-[0-9]+-amd64') ;;
6.12) suites=(bookworm-backports) patterns=('linux-image-6\.12\.[0-9+]+.*-cloud-amd64' 'linux-image-6\.12\.[0-9+]+.*-amd64') ;;
7) suites=(sid) patterns=('linux-binary-7\.[0-9.+]+.*-cloud-amd64') ;;
*) fail "known versions are 5.10, 6.1, 6.12 and 7" 2 ;;
esac

out=build/kernels/$version
if [ -s "$out/vmlinuz" ]; then
	echo "$out/vmlinuz"
	exit 0
fi
[ -r "$keyring" ] || fail "$keyring is missing (install debian-archive-keyring)"

apt=$PWD/build/apt/$version
mkdir -p "$apt"/{etc/preferences.d,state/lists/partial,cache/archives/partial,work} build/kernels
touch "$apt/status"
for suite in "${suites[@]}"; do
	case $suite in
	*-security) echo "deb [arch=amd64 signed-by=$keyring] $security $suite main" ;;
	*) echo "deb [arch=amd64 signed-by=$keyring] $mirror $suite main" ;;
	esac
done >"$apt/etc/sources.list"
{
	cat <<-END
		Dir::Etc "$apt/etc";
		Dir::Etc::SourceList "$apt/etc/sources.list";
		Dir::Etc::SourceParts "/dev/null";
		Dir::Etc::Parts "/dev/null";
		Dir::Etc::Trusted "/dev/null";
		Dir::Etc::TrustedParts "/dev/null";
		Dir::State "$apt/state";
		Dir::State::status "$apt/status";
		Dir::Cache "$apt/cache";
		APT::Architecture "amd64";
		APT::Architectures { "amd64"; };
		APT::Sandbox::User "$(id -un)";
		// A release that is no longer renewed, or a mirror that lags, is signed all the same: enough for a test.
		Acquire::Check-Valid-Until "false";
		Acquire::Languages "none";
		Acquire::Retries "2";
		Acquire::http::Timeout "30";
	END
	# The machine's proxy, if it has one.
	apt-config dump | grep -E '^Acquire::https?::(Proxy|[^:]+::Proxy)' || true
} >"$apt/apt.conf"
export APT_CONFIG=$apt/apt.conf

log=build/logs/fetch-kernel-$version.log
mkdir -p build/logs
if ! apt-get update -q --error-on=any >"$log" 2>&1; then
	fail "$(sed -nE 's/^[EW]: *//p' "$log" | head -1) (no network? the log is $log)"
fi
package=
for pattern in "${patterns[@]}"; do
	# Debug symbols and templates have other names; -V puts 5.10.0-46 after 5.10.0-9.
	package=$(apt-cache pkgnames linux- | grep -xE "$pattern" | sort -V | tail -1) || true
	[ -z "$package" ] || break
done
[ -n "$package" ] || fail "no such package in ${suites[*]}"
if ! (cd "$apt/work" && rm -f ./*.deb && apt-get download -q "$package") >>"$log" 2>&1; then
	fail "$(sed -nE 's/^[EW]: *//p' "$log" | tail -1) (the log is $log)"
fi
rm -rf "$out.new"
mkdir "$out.new"
dpkg-deb -x "$apt"/work/*.deb "$apt/work/tree"
find "$apt/work/tree" -type f -name 'vmlinuz*' -exec mv {} "$out.new/vmlinuz" \;
find "$apt/work/tree" -type f -name 'config-*' -exec mv {} "$out.new/config" \; # newer packages keep it elsewhere
# Containers' file system is a module; the packages of kernel 7 keep it elsewhere, there the guest does without.
find "$apt/work/tree" -name overlay.ko -exec mv {} "$out.new/overlay.ko" \;
find "$apt/work/tree" -name overlay.ko.xz -exec sh -c 'xz -dc "$1" >"$2"' sh {} "$out.new/overlay.ko" \;
[ -s "$out.new/vmlinuz" ] || fail "$package holds no kernel"
dpkg-deb -f "$apt"/work/*.deb Package Version >"$out.new/package"
rm -rf "$out" "$apt/work" "$apt/cache" "$apt/state" # indices are large and of no further use
mv "$out.new" "$out"
echo "$out/vmlinuz"
