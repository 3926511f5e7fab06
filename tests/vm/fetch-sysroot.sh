#!/usr/bin/env bash
# Fetches the arm64 libraries that the program is linked with, into build/sysroot-arm64 (never into the system), and
# prints that path. What is there already is used without any network request. See private-apt.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/vm/private-apt.sh

fail() {
	echo "cannot fetch arm64 libraries: $1" >&2
	exit 3
}

packages=(
	libc6 libc6-dev linux-libc-dev libcrypt1 libgcc-s1 libstdc++6 busybox-static
	libbpf-dev libelf1 libelf-dev zlib1g zlib1g-dev libzstd1 libcjson1 libcjson-dev libvectorscan5 libvectorscan-dev
	libssl3 libssl-dev libsqlite3-0 libsqlite3-dev libncurses-dev uthash-dev libcurl4-openssl-dev
	libseccomp2 libseccomp-dev libcap-ng0 libcap-ng-dev
)
out=build/sysroot-arm64
# The list is part of the result: a library that is added makes it incomplete.
if [ "$(cat $out/packages 2>/dev/null)" = "${packages[*]}" ]; then
	echo $out
	exit 0
fi
private_apt sysroot-arm64 arm64 bookworm bookworm-security
private_apt_get "${packages[@]}"
rm -rf $out
mv "$apt_dir/unpacked" $out
private_apt_end
# Links of a package point from the root of a system; here that is the sysroot.
find $out -type l -lname '/*' -printf '%p %l\n' | while read -r link target; do
	ln -sfn "$PWD/$out$target" "$link"
done
echo "${packages[*]}" >$out/packages
echo $out
