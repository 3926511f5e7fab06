# What an administrator does every day at a terminal, and what the machine does itself: looks through /etc, lists
# processes, checks and compares files, turns logs over.
needs sudo
person hal
printf 'hal ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/hal
chmod 440 /etc/sudoers.d/hal
at_terminal hal <<'LINES'
sudo grep -rIl hostname /etc >/dev/null || true
sudo find /etc -type f -newer /etc/passwd >/dev/null
find / -xdev -perm -4000 -type f >/dev/null 2>&1 || true
ps aux >/dev/null
sudo ps -eo pid,ppid,user,args --forest >/dev/null
top -b -n 1 >/dev/null
free >/dev/null; df >/dev/null 2>&1; uptime >/dev/null; w >/dev/null; last >/dev/null || true
sudo ss -tlnp >/dev/null
pgrep -fl sshd >/dev/null || true
sudo getent shadow root >/dev/null
>sudo -i\r
?# $
PS1='ready:$?:'
pwck -r >/dev/null || true
file /etc/* >/dev/null 2>&1 || true
md5sum /etc/* >/dev/null 2>&1 || true
cp -a /etc /var/tmp/etc.before
diff -rq --no-dereference /etc /var/tmp/etc.before >/dev/null
exit
LINES
if command -v man >/dev/null; then man -w man >/dev/null || true; man man >/dev/null 2>&1 || true; fi
if command -v logrotate >/dev/null; then
	printf 'one\n' >/var/log/app.log
	printf '/var/log/app.log {\n rotate 2\n missingok\n compress\n}\n' >/etc/logrotate.d/app
	cron_now root 'logrotate -f -s /var/tmp/logrotate.state /etc/logrotate.d/app'
	test -e /var/log/app.log.1.gz
fi
command -v updatedb >/dev/null && updatedb || true
dpkg --verify bash
ldconfig
