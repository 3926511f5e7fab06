# shellcheck shell=sh disable=SC2154,SC2016 # x, w, home, bin: tests/evasion/run.sh
# Whatever a process is made to see: outside it is still that process, of that user, and that file.

v2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
v1=$(awk '$3 == "cgroup" && $4 ~ /(^|,)pids(,|$)/ { print $2; exit }' /proc/mounts)
hex=$(printf '%064d' 8)
act=$(command -v act)

case_ N01 "a pid namespace: its first process and its second one"
told a act who=outside pidns who=first read="$w" fork who=second read="$w"

case_ N02 "root in a user namespace, somebody else outside"
chmod 777 "$x"
chmod 644 "$w"
chmod 666 "$FACTS"
told a become uid=1000 gid=1000 userns -- "$act" who=reader read="$w"

case_ N04 "a mount namespace in which the file has another name"
echo nothing >motd
told a act who=reader private bind="$w:$x/motd" read="$x/motd"

case_ N05 "the file below another file system"
if grep -qw overlay /proc/filesystems && mkdir upper work merged && mount -t overlay overlay \
	-o "lowerdir=$home,upperdir=$x/upper,workdir=$x/work" merged 2>/dev/null; then
	file merged "$x/merged/.aws/credentials"
	told a act who=reader read="$x/merged/.aws/credentials"
	umount merged
else
	skip "no overlayfs here"
fi

case_ N07 "another root directory"
told a act who=chroot chroot="$home/.aws" read=/credentials
told b act who=pivot private pivot="$home" read=/.aws/credentials

case_ N08 "a process that enters a container"
if mkdir -p "$v2/docker/$hex" 2>/dev/null; then
	later_told box become cgroup="$v2/docker/$hex" mntns -- "$act" who=target touch="$x/ready" await="$x/done"
	await "$x/ready"
	told a act who=launcher enter="$(pid target):m" fork who=reader read="$w"
	touch "$x/done"
	finish
	say container "$hex"
	rmdir "$v2/docker/$hex" "$v2/docker"
else
	skip "no unified cgroups here"
fi

case_ N09 "a process that is moved into another cgroup"
if mkdir -p "$v2/evasion-moved" 2>/dev/null; then
	told a act who=reader into="$v2/evasion-moved" read="$w"
	rmdir "$v2/evasion-moved"
else
	skip "no unified cgroups here"
fi

case_ N10 "units that only the old hierarchies know: two workflows, not one"
if [ -n "$v1" ]; then
	mkdir -p "$v1/system.slice/evasion-a.service" "$v1/system.slice/evasion-b.service"
	export CASE=N10 RUN=none X="$x"
	for unit in a b; do
		become cgroup="$v1/system.slice/evasion-$unit.service" -- "$act" who=$unit read="$w" >>"$FACTS"
	done
	rmdir "$v1/system.slice/evasion-a.service" "$v1/system.slice/evasion-b.service"
else
	skip "no old hierarchies here"
fi

case_ N11 "a time namespace: starts are told by the host's clock"
if [ -e /proc/self/ns/time ]; then
	told a act timens=reader:86400 read="$w"
else
	skip "no time namespaces here"
fi
