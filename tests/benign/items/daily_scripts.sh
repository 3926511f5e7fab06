# What packages put into cron.daily, run as cron does it: copies of the password database and of the package database,
# logs that turn over, an index of all files, an inventory of what has changed since yesterday.
needs run-parts logrotate
cat >/etc/cron.daily/passwd <<'SH'
#!/bin/sh
cd /var/backups || exit 0
for file in passwd group shadow gshadow; do
	test -f /etc/$file || continue
	cmp -s $file.bak /etc/$file && continue
	cp -p /etc/$file $file.bak && chmod 600 $file.bak
done
SH
cat >/etc/cron.daily/inventory <<'SH'
#!/bin/sh
find /etc /root /home -xdev -type f -size -200k -exec md5sum {} + >/var/tmp/inventory.new 2>/dev/null
diff /var/tmp/inventory /var/tmp/inventory.new >/dev/null 2>&1
mv /var/tmp/inventory.new /var/tmp/inventory
find / -xdev -type f -perm -4000 2>/dev/null >/var/tmp/setuid
SH
chmod 755 /etc/cron.daily/passwd /etc/cron.daily/inventory
chmod -x /etc/cron.daily/apt-compat # sleeps for up to half an hour
mkdir -p /var/backups
person una
printf 'machine api.github.com login una password %s\n' "$(token github)" | own una .netrc 600
as una curl -sS -n https://api.github.com/user >/dev/null
for day in 1 2; do
	cron_now root 'cd / && run-parts --report /etc/cron.daily' >/dev/null
	usermod -c "day $day" una
done
test -s /var/backups/shadow.bak
grep -q /home/una/.netrc /var/tmp/inventory
