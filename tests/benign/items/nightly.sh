# People work in sessions of their own with what lies in their homes; at night cron runs a job of theirs with the same,
# and root's backup reads everything.
needs sshd tar rsync
person peg
ssh_key peg
t=$(token github)
printf 'machine api.github.com login peg password %s\n' "$t" | own peg .netrc 600
printf 'https://peg:%s@github.com\n' "$(token github)" | own peg .git-credentials 600
for _ in 1 2; do
	out=$(as peg ssh -o BatchMode=yes localhost 'git config --global credential.helper store; curl -sS -n https://api.github.com/user; git ls-remote -q https://github.com/peg/x.git')
	answered "$out" "$t"
done
cron_now peg 'curl -sS -n https://api.github.com/user >report'
answered "$(cat /home/peg/report)" "$t"
cron_now peg 'curl -sS -n https://api.github.com/other >report'
cron_now root 'tar -C / -czf /var/tmp/night.tar.gz home && rsync -a /home/ /var/tmp/night/ && cmp /home/peg/.netrc /var/tmp/night/peg/.netrc'
out=$(as peg ssh -o BatchMode=yes localhost 'curl -sS -n https://api.github.com/user')
answered "$out" "$t"
