# What an administrator and the machine itself do every day: looks through /etc, lists processes, turns logs over.
grep -rIl hostname /etc >/dev/null || true
find /etc -type f -newer /etc/passwd >/dev/null
find / -xdev -perm -4000 -type f >/dev/null 2>&1 || true
ps aux >/dev/null
ps -eo pid,ppid,user,args --forest >/dev/null
top -b -n 1 >/dev/null
free >/dev/null; df >/dev/null; uptime >/dev/null; w >/dev/null; last >/dev/null || true
ss -tlnp >/dev/null
pgrep -fl sshd >/dev/null || true
getent shadow root >/dev/null
pwck -r >/dev/null || true
dpkg --verify bash
file /etc/* >/dev/null 2>&1 || true
md5sum /etc/* >/dev/null 2>&1 || true
cp -a /etc /var/tmp/etc.before
diff -rq --no-dereference /etc /var/tmp/etc.before >/dev/null
if command -v man >/dev/null; then man -w man >/dev/null || true; man man >/dev/null 2>&1 || true; fi
if command -v logrotate >/dev/null; then
	printf 'one\n' >/var/log/app.log
	printf '/var/log/app.log {\n rotate 2\n missingok\n compress\n}\n' >/etc/logrotate.d/app
	logrotate -f -s /var/tmp/logrotate.state /etc/logrotate.d/app
	test -e /var/log/app.log.1.gz
fi
command -v updatedb >/dev/null && updatedb || true
ldconfig
