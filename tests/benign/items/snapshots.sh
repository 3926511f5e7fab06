# Snapshots by hard links each night, as rsnapshot makes them, from root's table; then a restore by the one who asked.
needs rsync
person rob
t=$(token github)
printf 'machine api.github.com login rob password %s\n' "$t" | own rob .netrc 600
printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s%s\n' "$(aws_key_id)" "$(password)" "$(password)" | own rob .aws/credentials 600
printf '{"auths":{"ghcr.io":{"auth":"%s"}}}\n' "$(printf 'rob:%s' "$(token github)" | base64 -w 0)" | own rob .docker/config.json 600
ssh_key rob
cat >/usr/local/sbin/snapshot <<'SH'
#!/bin/sh
set -e
cd /var/tmp/snapshots
rm -rf daily.2
[ ! -d daily.1 ] || mv daily.1 daily.2
[ ! -d daily.0 ] || cp -al daily.0 daily.1
rsync -a --delete --numeric-ids --relative /etc /home daily.0/
[ ! -d daily.1 ] || diff -rq daily.0/home daily.1/home >changed || true
find daily.0/home -type f -exec sha256sum {} + >sums
SH
chmod 755 /usr/local/sbin/snapshot
mkdir -m 700 /var/tmp/snapshots
for night in 1 2 3; do
	cron_now root /usr/local/sbin/snapshot
	date | own rob diary 600
done
printf 'rob ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/rob
chmod 440 /etc/sudoers.d/rob
at_terminal rob <<'LINES'
rm .netrc
sudo cp -p /var/tmp/snapshots/daily.0/home/rob/.netrc .
sudo sha256sum -c --quiet /dev/null 2>/dev/null; cd
sudo diff -r /home/rob/.aws /var/tmp/snapshots/daily.1/home/rob/.aws
curl -sS -n https://api.github.com/user >answer
LINES
answered "$(cat /home/rob/answer)" "$t"
