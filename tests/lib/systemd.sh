#!/usr/bin/env bash
# A systemd of our own as the first process of new namespaces, for one unit:  systemd.sh DIRECTORY UNIT-FILE
# What it writes goes to layers in DIRECTORY, nothing to this machine's directories. DIRECTORY/log is what it says,
# DIRECTORY/{out,err} what the service says. Ends with the process that this becomes.
set -eu
room=$1 unit=$2 name=$(basename "$2")
if [ "${3:-}" != inside ]; then
	exec unshare --fork --pid --mount --cgroup --kill-child --propagation private "$0" "$room" "$unit" inside >"$room/log" 2>&1
fi
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mkdir -p "$room/layers"
mount -t tmpfs tmpfs "$room/layers"
for d in etc var/lib var/log; do
	mkdir -p "$room/layers/$d/upper" "$room/layers/$d/work"
	mount -t overlay overlay -o "lowerdir=/$d,upperdir=$room/layers/$d/upper,workdir=$room/layers/$d/work" "/$d"
	rm -rf "/$d/credlineage"
done
mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing
mountpoint -q /sys/kernel/debug || mount -t debugfs debugfs /sys/kernel/debug
mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf
awk '$2 ~ "^/sys/fs/cgroup" { print $2 }' /proc/mounts | sort -r | xargs -r -n 1 umount
mount -t tmpfs tmpfs /sys/fs/cgroup
mkdir /sys/fs/cgroup/systemd
mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
mkdir -p "/run/systemd/system/$name.d"
cp "$unit" "/run/systemd/system/$name"
printf '[Unit]\nDefaultDependencies=no\nWants=\nAfter=\n[Service]\nStandardOutput=append:%s\nStandardError=append:%s\n' \
	"$room/out" "$room/err" >"/run/systemd/system/$name.d/test.conf"
printf '[Unit]\nDefaultDependencies=no\nWants=%s\n' "$name" >/run/systemd/system/only.target
export container=test
exec /lib/systemd/systemd --system --unit=only.target --log-target=console --show-status=0
