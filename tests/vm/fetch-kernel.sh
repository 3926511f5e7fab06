#!/usr/bin/env bash
# Fetches one of Debian's kernels and prints the path of its vmlinuz.
#   tests/vm/fetch-kernel.sh VERSION      VERSION: 5.10, 6.1, 6.12 or 7; arm64-6.1 or arm64-6.12
# Result in build/kernels/VERSION/{vmlinuz,config,package,overlay.ko}; what is there already is used without any network
# request. See private-apt.sh. Exit status: 2 wrong usage, 3 it can't be fetched.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/vm/private-apt.sh
version=${1:-}

fail() {
	echo "cannot fetch Debian's kernel \"$version\": $1" >&2
	exit "${2:-3}"
}

architecture=amd64
[[ $version != arm64-* ]] || architecture=arm64
# pattern: package names, best first; the newest of the first pattern that matches is taken.
case $version in
5.10) suites=(bullseye bullseye-security) patterns=('linux-image-5\.10\.0-[0-9]+-cloud-amd64' 'linux-image-5\.10\.0-[0-9]+-amd64') ;;
*6.1) suites=(bookworm bookworm-security) patterns=("linux-image-6\\.1\\.0-[0-9]+-cloud-$architecture" "linux-image-6\\.1\\.0-[0-9]+-$architecture") ;;
*6.12) suites=(bookworm-backports) patterns=("linux-image-6\\.12\\.[0-9+]+.*-cloud-$architecture" "linux-image-6\\.12\\.[0-9+]+.*-$architecture") ;;
7) suites=(sid) patterns=('linux-binary-7\.[0-9.+]+.*-cloud-amd64') ;;
esac
case $version in
5.10 | 6.1 | 6.12 | 7 | arm64-6.1 | arm64-6.12) ;;
*) fail "known versions are 5.10, 6.1, 6.12, 7, arm64-6.1 and arm64-6.12" 2 ;;
esac

out=build/kernels/$version
if [ -s "$out/vmlinuz" ]; then
	echo "$out/vmlinuz"
	exit 0
fi
private_apt "kernel-$version" $architecture "${suites[@]}"
package=
for pattern in "${patterns[@]}"; do
	# Debug symbols and templates have other names; -V puts 5.10.0-46 after 5.10.0-9.
	package=$(apt-cache pkgnames linux- | grep -xE "$pattern" | sort -V | tail -1) || true
	[ -z "$package" ] || break
done
[ -n "$package" ] || fail "no such package in ${suites[*]}"
private_apt_get "$package"
tree=$apt_dir/unpacked
rm -rf "$out.new"
mkdir -p "$out.new"
find "$tree" -type f -name 'vmlinuz*' -exec mv {} "$out.new/vmlinuz" \;
find "$tree" -type f -name 'config-*' -exec mv {} "$out.new/config" \; # newer packages keep it elsewhere
# Containers' file system is a module; the packages of kernel 7 keep it elsewhere, there the guest does without.
find "$tree" -name overlay.ko -exec mv {} "$out.new/overlay.ko" \;
find "$tree" -name overlay.ko.xz -exec sh -c 'xz -dc "$1" >"$2"' sh {} "$out.new/overlay.ko" \;
[ -s "$out.new/vmlinuz" ] || fail "$package holds no kernel"
dpkg-deb -f "$apt_dir"/packages/*.deb Package Version >"$out.new/package"
private_apt_end
rm -rf "$out"
mv "$out.new" "$out"
echo "$out/vmlinuz"
