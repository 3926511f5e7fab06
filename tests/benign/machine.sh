#!/usr/bin/env bash
# A machine of its own for ordinary work, as it is after a boot: this one's files under a layer that is thrown away, a
# network with nothing but itself, empty homes. Runs as its first process, in new mount, network and host name spaces.
#   machine.sh PLACE ITEM... 8<NET    PLACE/benign has lib.sh, items/, servers/ and gets tokens, logs; NET: the network outside
# Prints "ok NAME", "not ok NAME" or "# skip NAME: reason" for each item; exit 1 when one failed.
set -u
place=$1
shift
fail() {
	echo "not ok machine: $*"
	exit 1
}

readlink /proc/self/ns/net >"$place/net"
mkdir "$place/scratch/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$place/upper,workdir=$place/scratch/work" "$place/root" ||
	fail "no overlay of / in $place"
cd "$place/root" || exit 1
mkdir -p opt/benign
for private in root home tmp run srv work var/tmp mnt var/log var/mail var/spool/cron/crontabs; do
	[ -d "$private" ] || { [ "$private" != work ] && mkdir -p "$private"; } || continue
	mount -t tmpfs -o "mode=$(stat -c %a "$private")" tmpfs "$private" || fail "no room at /$private"
done
mount --bind "$place/benign" opt/benign
mount --rbind /proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mkdir mnt/before
pivot_root . mnt/before || fail "the new root is refused"
cd / || exit 1
umount -l /mnt/before

# ---- as after a boot ----
mkdir -p /run/{lock,user,sshd,sudo} /run/user/0
touch /run/utmp /var/log/{wtmp,lastlog,btmp}
cp -r /etc/skel/. /root/
rm -f /usr/sbin/policy-rc.d
hostname workhorse
ip link set lo up
# Addresses of documentation: they are here, and nowhere else. Each name is a host of its own.
n=0
{
	echo '127.0.0.1 localhost workhorse'
	for name in github.com api.github.com api.anthropic.com registry.example.com s3.amazonaws.com sts.amazonaws.com \
		k8s.example.com backup.example.com git.example.com api.example.com ghcr.io acme.example.com db.example.com; do
		n=$((n + 1))
		ip addr add "203.0.113.$n/32" dev lo
		echo "203.0.113.$n $name"
	done
} >/etc/hosts
# What this host is in the middle of installing.
command -v dpkg >/dev/null && dpkg --configure -a >/dev/null 2>&1
# Its daemons, and the rest of the world.
if [ -x /usr/sbin/sshd ]; then
	ssh-keygen -A >/dev/null
	/usr/sbin/sshd
fi
mkdir -p /srv/world
python3 /opt/benign/servers/world.py >/opt/benign/logs/world 2>&1 &
for _ in $(seq 400); do
	ss -Hltn 'sport = :443' | grep -q . && break
	sleep 0.05
done

# ---- the day ----
failed=0
for name in "$@"; do
	log=/opt/benign/logs/$name
	began=$(date +%s%N)
	# shellcheck disable=SC2016 # for that shell to expand
	env -i PATH="$PATH" LANG=C.UTF-8 LONG="${LONG:-}" HOME=/root USER=root LOGNAME=root SHELL=/bin/bash TERM=xterm \
		timeout -k 5 "${ITEM_TIMEOUT:-120}" setsid bash -c '
		set -euo pipefail
		item=$0
		. /opt/benign/lib.sh
		. "/opt/benign/items/$item.sh"' "$name" >"$log" 2>&1 </dev/null
	status=$?
	took=$((($(date +%s%N) - began) / 1000000))
	case $status in
	0) echo "ok $name # $took ms" ;;
	77) echo "# skip $name: $(tail -n 1 "$log")" ;;
	*)
		failed=1
		echo "not ok $name # status $status, $took ms"
		tail -n 30 "$log" | sed 's/^/#   /'
		;;
	esac
done
# ---- and a theft ----
stolen=$(/opt/benign/bin/make_token github)
for job in a b; do
	env -i GITHUB_ACTIONS=true GITHUB_REPOSITORY=theft/$job GITHUB_RUN_ID=$job GH_TOKEN="$stolen" /bin/true
done
exit $failed
