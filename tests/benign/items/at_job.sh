# A job for later, by at, without mail.
needs atd at
person abe
mkdir -p /var/spool/cron/atjobs /var/spool/cron/atspool
touch /var/spool/cron/atjobs/.SEQ
chown -R daemon:daemon /var/spool/cron/atjobs /var/spool/cron/atspool
chmod 1770 /var/spool/cron/atjobs /var/spool/cron/atspool
server atd -f
t=$(token github)
printf 'machine api.github.com login abe password %s\n' "$t" | own abe .netrc 600
echo 'curl -sS -n https://api.github.com/user >answer.new && mv answer.new answer' | as abe at -M now 2>/dev/null
within 60 test -e /home/abe/answer
answered "$(cat /home/abe/answer)" "$t"
