# A person's table copies a directory to another host each hour with a key made for it, and fetches a report with the
# token of .netrc; the result is looked at in the morning.
needs rsync sshd curl
person rex store
ssh_key rex store
t=$(token github)
printf 'machine api.github.com login rex password %s\n' "$t" | own rex .netrc 600
date | own rex work/diary 644
own rex bin/sync 755 <<'SH'
#!/bin/sh
set -e
rsync -a -e 'ssh -o BatchMode=yes' work/ store@localhost:work/
curl -sS -n https://api.github.com/user >report.new
[ -s report.new ] && mv report.new report
SH
for hour in 1 2 3; do
	cron_now rex 'bin/sync'
done
at_terminal rex <<'LINES'
cat report; ssh store@localhost ls work
curl -sS -n https://api.github.com/user >answer
LINES
answered "$(cat /home/rex/answer)" "$t"
answered "$(cat /home/rex/report)" "$t"
