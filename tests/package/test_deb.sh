#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The Debian package in a clean Debian: lintian, the same bytes from two builds, install, upgrade, remove, purge. (root)
# The clean Debian is kept in build/chroot. SKIP_REBUILD=1 leaves the second build out, SKIP_BUILD=1 the first one, too: the
# package is in DEB_DIR (build/deb) already. SHORT=1 packs what build/ holds and builds nothing.
. "$(dirname "$0")/../lib/command.sh"
export LC_ALL=C.UTF-8
root=$work/root
cache=build/chroot
log=$work/chroot.log
built=${DEB_DIR:-build/deb}
build() {
	if [ -n "${SHORT:-}" ]; then
		built=$work/deb SKIP_REBUILD=1
		COMPILED=1 scripts/package/make-deb.sh "$("$program" version | sed -nE 's/.*"version":"([^"]*)".*/\1/p')" "$built"
	elif [ -z "${SKIP_BUILD:-}" ]; then
		make deb
	fi
}
build >"$work/make.log" 2>&1 || { cat "$work/make.log"; echo "not ok deb-is-built"; exit 1; }
deb=$(echo "$built"/credlineage_[0-9]*_*.deb)
version=$(dpkg-deb -f "$deb" Version)

check deb-lintian-has-nothing-to-say lintian --allow-root --fail-on error,warning -i "$built"/*.changes

same_bytes() {
	(umask 077 && TZ=Asia/Tokyo LANG=tr_TR.UTF-8 HOME=$work scripts/package/make-deb.sh "$version" "$work/else/where") || return 1
	for one in "$built"/*.deb; do
		cmp "$one" "$work/else/where/${one##*/}" || return 1
	done
	rm -rf "$work/else"
}
[ -n "${SKIP_REBUILD:-}" ] || check deb-two-builds-are-the-same same_bytes

no_build_only_dependency() {
	dpkg-deb -f "$deb" Depends | tee /dev/stderr | grep -q libvectorscan5 && ! dpkg-deb -f "$deb" Depends | grep -qE -- '-dev|clang|llvm|node|python'
}
check deb-depends-on-libraries-alone no_build_only_dependency

if [ ! -e "$cache/base/done" ]; then
	rm -rf "$cache/base" && mkdir -p "$cache/archives/partial"
	mmdebstrap --variant=minbase --skip=cleanup/apt/lists bookworm "$cache/base" http://deb.debian.org/debian >"$work/bootstrap.log" 2>&1 ||
		{ tail -n 5 "$work/bootstrap.log"; echo "not ok deb-clean-debian"; exit 1; }
	touch "$cache/base/done"
fi
cp -a "$cache/base" "$root"
cp /etc/resolv.conf "$root/etc/"
cp "$deb" "$root/new.deb"

# The same under a lower version, with a file that the new one has no more.
older() {
	dpkg-deb -R "$deb" "$work/older" && sed -i 's/^Version: .*/Version: 0.0.9/' "$work/older/DEBIAN/control" &&
		touch "$work/older/usr/share/credlineage-was-here" && dpkg-deb -Znone --root-owner-group -b "$work/older" "$root/old.deb"
	rm -rf "$work/older"
}
check deb-an-older-one-is-packed older

# inside COMMAND...: in the clean Debian, with the kernel's file systems for as long as the command lasts; asks nobody
inside() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --fork bash -c '
		cd "$1" && shift && mount -t proc proc proc && mount --rbind /sys sys && mount --rbind /dev dev &&
		mount --bind "$1" var/cache/apt/archives && shift &&
		exec chroot . env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 "$@"' inside "$root" "$PWD/$cache/archives" "$@" \
		</dev/null 2>&1 | tee -a "$log"
	return "${PIPESTATUS[0]}"
}

everything() {
	inside find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /tmp \) -prune -o -name '*credlineage*' -print
}

add() { # PACKAGE; what the kept lists name may be gone by now
	inside apt-get install -y -qq --no-install-recommends "$1" ||
		{ inside apt-get update -qq && inside apt-get install -y -qq --no-install-recommends "$1"; }
}
has() { # VERSION
	inside dpkg -s credlineage | grep -qx "Version: $1"
}
check deb-installs add /old.deb
check deb-older-version-is-there has 0.0.9
check deb-group-is-made inside getent group credlineage
check deb-says-its-version inside sh -c "credlineage version | grep -q '\"version\":\"$version\"'"
"$program" doctor --state "$work/own" >"$work/here.json" 2>/dev/null
here=$?
like_here() {
	inside credlineage doctor >"$work/there.json"
	[ $? -eq $here ] && grep -q '"formats":' "$work/there.json"
}
check deb-doctor-finds-what-it-finds-outside like_here
runs() {
	# shellcheck disable=SC2016 # for the inner shell
	inside timeout 60 sh -c 'credlineage monitor --quiet & until [ -S /run/credlineage/control.sock ]; do sleep 0.2; done; kill $!; wait $!'
	[ -s "$root/var/lib/credlineage/credlineage.db" ]
}
check deb-monitor-makes-its-state runs
echo "// ours" >>"$root/etc/credlineage/config.json"
echo '{}' >"$root/etc/credlineage/catalog.d/site.json"
check deb-upgrades add /new.deb
check deb-new-version-is-there has "$version"
check deb-upgrade-takes-old-files-away test ! -e "$root/usr/share/credlineage-was-here"
check deb-upgrade-keeps-the-configuration grep -qx "// ours" "$root/etc/credlineage/config.json"
check deb-upgrade-keeps-the-state test -s "$root/var/lib/credlineage/credlineage.db"
check deb-files-are-as-packaged inside sh -c '! dpkg -V credlineage | grep -v " c /etc/credlineage/config.json"'
check deb-page-is-there test -s "$root/usr/share/man/man8/credlineage-monitor.8.gz"
check deb-removes inside apt-get remove -y -qq credlineage
check deb-remove-keeps-configuration-and-state test -e "$root/etc/credlineage/config.json" -a -s "$root/var/lib/credlineage/credlineage.db" -a ! -e "$root/usr/bin/credlineage"
rm "$root/etc/credlineage/catalog.d/site.json"
check deb-purges inside apt-get purge -y -qq credlineage
nothing_left() {
	local left
	left=$(everything)
	[ -z "$left" ] || { echo "$left"; return 1; }
	! inside getent group credlineage
}
check deb-purge-leaves-nothing nothing_left
asks_nothing() {
	! dpkg-deb --ctrl-tarfile "$deb" | tar -t | grep -E 'templates|config$' && ! grep -iE 'debconf: (unable|falling back)|\[Y/n\]|default=N' "$log"
}
check deb-asks-nothing asks_nothing
