# Containers by unshare: name spaces of its own, a changed root, a mapped user.
needs unshare busybox
mkdir -p /srv/small/{bin,proc,etc}
cp "$(command -v busybox)" /srv/small/bin/busybox
ldd /bin/busybox >/dev/null 2>&1 && skip "busybox is not static"
unshare --mount --pid --fork --uts --ipc --root=/srv/small /bin/busybox sh -ec '/bin/busybox mount -t proc proc /proc; /bin/busybox ps; /bin/busybox umount /proc' >/dev/null
person una
same "$(as una unshare --user --map-root-user --mount id -u)" 0
