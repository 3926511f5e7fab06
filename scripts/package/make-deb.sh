#!/usr/bin/env bash
# Builds the Debian package from what git tracks, as it stands in the work tree.
#   scripts/package/make-deb.sh VERSION [DIRECTORY]          default: build/deb; the package is DIRECTORY/*.deb
# The same commit gives the same bytes wherever, whenever and by whom it is built: times are the commit's, paths and
# modes do not get in. The modules of the page come along (build/page), so that the build itself needs no network.
# COMPILED=1 takes what build/ holds instead of compiling it anew: the same package in a quarter of the time, as long as
# make finds build/ up to date.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=$1
out=${2:-build/deb}
tree=$out/credlineage-$version
umask 022
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
REVISION=$(git rev-parse --short=12 HEAD)
export SOURCE_DATE_EPOCH REVISION LC_ALL=C.UTF-8 TZ=UTC

[ -e build/page/node_modules/.package-lock.json ] || scripts/npm-ci.sh user/export/page build/page
rm -rf "$out"
mkdir -p "$tree/build"
git ls-files -z | tar --null -T - -c | tar -x -C "$tree"
cp -a build/page "$tree/build/"
cp -r "$tree/scripts/package/debian" "$tree/"
cat >"$tree/debian/changelog" <<EOF
credlineage ($version) unstable; urgency=medium

  * Built from $REVISION.

 -- credlineage developers <credlineage@users.noreply.github.com>  $(date -R -d "@$SOURCE_DATE_EPOCH")
EOF
if [ -n "${COMPILED:-}" ]; then
	cp -a build/{obj,bpf,gen,libcore.a} "$tree/build/"
	# What make does not know: the commit that is compiled in.
	build/credlineage version | grep -q "\"$REVISION\"" || rm "$tree/build/obj/user/command/version.o"
else
	# The lock file may be newer than what was installed for it, by the order of copying; it is what it was.
	touch "$tree/build/page/node_modules/.package-lock.json"
fi
log=$out/build.log
(cd "$tree" && dpkg-buildpackage --build=binary --no-sign --jobs="$(nproc)") >"$log" 2>&1 || {
	tail -n 40 "$log" >&2
	echo "make-deb.sh: cannot build the package; the whole log is in $log" >&2
	exit 1
}
ls "$out"/*.deb
