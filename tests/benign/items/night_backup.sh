# A backup of the homes that is encrypted and carried away at night, by a script in root's table: find, cpio, gpg with a
# passphrase from a file, sums, scp with a key for that alone.
needs cpio gpg sshd
person pat vault
ssh_key pat
printf 'machine api.github.com login pat password %s\n' "$(token github)" | own pat .netrc 600
printf '%s\n' "$(token github)" | own pat .vault-token 600
as pat curl -sS -n https://api.github.com/user >/dev/null
password | install -m 600 /dev/stdin /root/.backup-passphrase
ssh_key root vault
cat >/usr/local/sbin/backup <<'SH'
#!/bin/bash
set -euo pipefail
cd /home
find pat -type f -print0 | cpio -0 -o --quiet | gzip | gpg --batch -q --pinentry-mode loopback --passphrase-file /root/.backup-passphrase -c -o /var/tmp/home.gpg
find pat -type f -print0 | xargs -0 sha256sum >/var/tmp/home.sums
scp -q /var/tmp/home.gpg /var/tmp/home.sums vault@localhost:
gpg --batch -q --pinentry-mode loopback --passphrase-file /root/.backup-passphrase -d /var/tmp/home.gpg | gunzip | cpio -t --quiet >/var/tmp/listed
gpgconf --kill all
rm /var/tmp/home.gpg
SH
chmod 755 /usr/local/sbin/backup
cron_now root /usr/local/sbin/backup
grep -q pat/.netrc /var/tmp/listed
test -s /home/vault/home.gpg
