# shellcheck shell=sh
# The package's AppArmor profile, enforced, with the unit's capabilities: the monitor starts, finds, writes and sends,
# reloads, hands its pins over, and the kernel denies it nothing; what it has no business with is denied to it, and to
# whoever would take its place. Skipped where the kernel has no AppArmor (Debian's 5.10, 6.1 and 6.12 have it) and where
# the guest has no parser (another processor's).
profile=credlineage-monitor called=
dir=/out/apparmor
mkdir -p $dir /etc/credlineage
mount -t securityfs securityfs /sys/kernel/security
mount -t tracefs tracefs /sys/kernel/tracing
mount -t debugfs debugfs /sys/kernel/debug
lsms=$(cat /sys/kernel/security/lsm)
case $lsms in
*apparmor*) ;;
*) echo "ok apparmor-skipped: this kernel runs $lsms"; exit 0 ;;
esac
[ -x /usr/sbin/apparmor_parser ] || { echo "ok apparmor-skipped: this guest has no apparmor_parser"; exit 0; }

say() {
	if [ "$1" -eq 0 ]; then echo "ok apparmor-$2"; else echo "not ok apparmor-$2: $3"; fi
}
# within SECONDS COMMAND...
within() {
	left=$1
	shift
	until "$@"; do
		left=$((left - 1))
		[ $left -gt 0 ] && kill -0 "$monitor" 2>/dev/null || return 1
		sleep 1
	done
}
# denials: what the kernel denied since `mark`
mark() { marked=$(($(dmesg | wc -l) + 1)); }
denials() { dmesg | tail -n "+$marked" | grep 'apparmor="DENIED"'; }
echo 0 >/proc/sys/kernel/printk_ratelimit # each is to be told, however many there are

/usr/sbin/apparmor_parser -r /etc/apparmor.d/$profile >$dir/parser.log 2>&1
say $? profile-is-loaded "$(cat $dir/parser.log)"
grep -qx "$profile (enforce)" /sys/kernel/security/apparmor/profiles
say $? it-is-enforced "$(cat /sys/kernel/security/apparmor/profiles)"

# confined COMMAND...: as the unit starts it; $called is its name for itself
confined() {
	export called
	# shellcheck disable=SC3045 # busybox has it
	ulimit -l unlimited # 5.10 counts the memory of maps
	# shellcheck disable=SC2016 # the inner shell expands it
	exec /usr/bin/setpriv --no-new-privs --bounding-set="-all,$(sed 's/,$//' /etc/unit-rights)" \
		sh -c 'echo "exec $0" >/proc/self/attr/exec && exec -a "${called:-$1}" "$@"' $profile "$@"
}
# start OPTION...: its stderr is a pipe, as it has no business with other files
start() {
	rm -f /tmp/said
	mkfifo /tmp/said
	cat /tmp/said >$dir/monitor.log &
	(confined /usr/bin/credlineage monitor --quiet "$@") >/tmp/said 2>&1 &
	monitor=$!
	within 240 grep -q 'watching this host' $dir/monitor.log
}
# receive: one connection; who closed his own side would be taken for gone
receive() { tail -f /dev/null | nc -l -p 6514 >>$dir/received & }
stop() {
	kill -TERM $monitor
	wait $monitor
}

cat >/etc/credlineage/config.json <<END
{"outputs": ["file:/var/log/credlineage/findings.jsonl", "syslog+tcp://127.0.0.1:6514"],
 "metrics": {"listen": "unix:/run/credlineage/metrics.sock"}}
END
mount -t tmpfs tmpfs /root # the guest's own root is of no file system that is read a second time
mkdir -p /var/log/credlineage /run/credlineage /root/.config/gh
mkdir -m 700 /var/lib/credlineage
receive
rm /bin/true # busybox, which the profile does not know
cp /usr/bin/true /bin/true
findings=/var/log/credlineage/findings.jsonl
n_found() { grep '"activity_id":1' "$2" 2>/dev/null | grep -c "\"uid\":\"$1\""; }
found() { [ "$(n_found "$@")" -gt 0 ]; }
token=$(/trigger/make_token)
printf 'github.com:\n    oauth_token: %s\n' "$token" >/root/.config/gh/hosts.yml

# ---- what it needs ----
mark
start --pin --record /var/lib/credlineage/all.clrec
say $? monitor-starts "$(tail -n 5 $dir/monitor.log)"
[ "$(cat /proc/$monitor/attr/current)" = "$profile (enforce)" ]
say $? it-runs-under-the-profile "$(cat /proc/$monitor/attr/current)"
credlineage doctor --self --json >$dir/self.json 2>&1
grep -q '"problems":\[\]' $dir/self.json
say $? doctor-self-sees-no-problem "$(cat $dir/self.json)"
[ -S /run/credlineage/metrics.sock ]
say $? its-sockets-are-there "$(ls -l /run/credlineage)"
# By sendfile: the bytes are looked for through /proc/PID/root, as long as the reader is there.
credlineage run --workflow deploy -- sh -c 'sleep 5 | cat /root/.config/gh/hosts.yml - >/dev/null'
nc -l -p 7000 >/dev/null &
# shellcheck disable=SC2016 # the inner shell expands it
echo "$token" | credlineage run --workflow triage -- sh -c 'read -r GH_TOKEN; export GH_TOKEN; exec nc 127.0.0.1 7000 </dev/null'
within 30 found cross-workflow-reuse $findings
say $? reuse-is-found-and-written "$(tail -n 5 $dir/monitor.log)"
within 30 found cross-workflow-reuse $dir/received
say $? and-sent "$(wc -c $dir/received)"
# Elsewhere, where no name tells: what lies there is looked for in the reader's mount namespace.
unshare -m sh -c 'mkdir -p /run/secrets && mount -t tmpfs tmpfs /run/secrets && /trigger/make_token >/run/secrets/mine &&
	sleep 10 && credlineage run --workflow boxed -- dd if=/run/secrets/mine of=/dev/null 2>/dev/null'
boxed() { credlineage credentials list --json | grep -q /run/secrets/mine; }
within 30 boxed
say $? a-secret-of-another-mount-namespace-is-known "$(credlineage credentials list --json)"
credlineage lineage --workflow triage >$dir/lineage.json
grep -q '"CONNECTED_TO"' $dir/lineage.json && grep -q '"HELD_IN_ENVIRONMENT"' $dir/lineage.json
say $? lineage-is-told "$(head -c 500 $dir/lineage.json)"
kill -HUP $monitor
within 20 grep -q 'SIGHUP: the fingerprint key is as it was' $dir/monitor.log
say $? it-reloads "$(tail -n 3 $dir/monitor.log)"
stop
say $? it-ends "status $?"
credlineage replay /var/lib/credlineage/all.clrec | grep -q cross-workflow-reuse
say $? it-recorded "$(ls -l /var/lib/credlineage)"
receive
start --pin
say $? it-takes-its-pins-over "$(tail -n 5 $dir/monitor.log)"
credlineage run --workflow again -- dd if=/root/.config/gh/hosts.yml of=/dev/null 2>/dev/null
again() { grep cross-workflow-reuse $findings | grep -q '"again"'; }
within 30 again
say $? and-finds "$(tail -n 5 $dir/monitor.log)"
! denials >$dir/denials
say $? nothing-is-denied "$(cat $dir/denials)"

# ---- what it does not need ----
# forbidden NAME PATTERN COMMAND...: it fails, and the kernel says that it denied what PATTERN tells
forbidden() {
	name=$1 pattern=$2
	shift 2
	mark
	(confined "$@") >/tmp/forbidden 2>&1 </dev/null
	status=$?
	[ $status -ne 0 ] && denials | grep "profile=\"$profile\"" | grep -q "$pattern"
	say $? "$name-is-denied" "status $status; $(cat /tmp/forbidden); $(dmesg | tail -n "+$marked")"
}
forbidden a-shell 'operation="exec".*name="/bin/busybox"' /usr/bin/credlineage run --workflow shell -- /bin/sh -c 'exit 0'
forbidden a-file-elsewhere 'name="/etc/lineage.json' /usr/bin/credlineage lineage --workflow triage -o /etc/lineage.json
# Who took the monitor over would still be what it is: a shell in its place.
mount --bind /bin/busybox /usr/bin/credlineage
taken() { # NAME PATTERN SCRIPT
	called="sh" forbidden "taken-over-$1" "$2" /usr/bin/credlineage -c "$3"
}
(called="sh" confined /usr/bin/credlineage -c 'cat /etc/passwd && echo x >/var/lib/credlineage/taken') >/tmp/taken 2>&1
say $? a-shell-in-its-place-runs "$(cat /tmp/taken)"
taken a-user 'name="/etc/passwd".*denied_mask="ac"' 'echo x >>/etc/passwd'
taken a-key 'name="/root/authorized_keys"' 'echo x >/root/authorized_keys'
taken a-setting 'name="/proc/sys/kernel/core_pattern"' 'echo x >/proc/sys/kernel/core_pattern'
taken a-signal 'operation="signal".*denied_mask="send"' 'kill -TERM 1'
taken a-memory 'operation="ptrace".*denied_mask="trace"' 'dd if=/proc/1/mem bs=1 count=1'
taken a-raw-socket 'family="inet".*sock_type="raw"' 'ping -c 1 -W 1 127.0.0.1'
taken a-program 'operation="exec".*name="/usr/bin/setpriv"' '/usr/bin/setpriv --dump'
umount /usr/bin/credlineage
stop
say $? it-ends-again "status $?"
cp $findings $dir
credlineage monitor --unpin
# What comes after finds the guest as it was.
killall tail
rm -r /etc/credlineage /var/lib/credlineage
ln -sf busybox /bin/true
umount /root /sys/kernel/debug /sys/kernel/tracing /sys/kernel/security
