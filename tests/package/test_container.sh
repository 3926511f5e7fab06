#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The image recipe, built from the package in build/deb on the clean Debian in build/chroot; then a container of it with
# the rights that the manifest names and no others: its probes load and see one act of each kind. (root; after test_deb.sh)
. "$(dirname "$0")/../lib/command.sh"
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
base=build/chroot/base
deb=$(echo "${DEB_DIR:-build/deb}"/credlineage_[0-9]*_*.deb)
if [ ! -e $base/done ] || [ ! -e "$deb" ]; then
	echo "not ok container-needs-what-test_deb.sh-makes"
	exit 1
fi

engine() {
	buildah --root "$work/images" --runroot "$work/engine" "$@"
}
forget() {
	engine umount --all >/dev/null 2>&1
	command_cleanup
}
trap forget EXIT

on_our_base() {
	mkdir -p "$work/base" "$work/built/source/build/deb" "$work/state" "$work/run" "$work/box"
	tar -C $base -cf "$work/base/base.tar" . && printf 'FROM scratch\nADD base.tar /\n' >"$work/base/Containerfile" &&
		engine build -t localhost/base:test "$work/base"
}
check container-base on_our_base
# The first stage builds the package; here it is there already.
cp "$deb" "$work/built/source/build/deb/"
mkdir "$work/empty"
check container-image-is-built engine build --pull-never --network host -f scripts/package/Containerfile -t localhost/credlineage:test \
	--build-arg BASE=localhost/base:test --build-context "build=$work/built" "$work/empty"
container=$(engine from --pull-never localhost/credlineage:test)
rootfs=$(engine mount "$container")

# boxed ARGUMENT...: in a container as the manifest asks for it
boxed() {
	tests/package/runc_config.py scripts/package/kubernetes.yaml "$rootfs" "$work/state" "$work/run" "$@" >"$work/box/config.json" &&
		runc --root "$work/runc" run -b "$work/box" "credlineage-test-$$"
}
says_version() {
	boxed credlineage version | grep -q '"version"'
}
check container-program-runs says_version
probes_see() {
	boxed credlineage doctor >"$work/doctor" 2>"$work/doctor.err"
	python3 -c '
import json, sys
coverage = json.load(open(sys.argv[1]))["coverage"]
blind = [c for c in coverage if not (c["attached"] and c["seen"])]
print(blind)
sys.exit(bool(blind) or len(coverage) < 10)' "$work/doctor" || { cat "$work/doctor.err"; return 1; }
}
# What the host's kernel does not offer can't be seen in a container of it either.
if "$program" doctor --state "$work/own" >/dev/null 2>&1; then
	check container-probes-see-every-kind-of-act probes_see
fi
