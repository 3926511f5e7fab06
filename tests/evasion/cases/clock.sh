# shellcheck shell=sh disable=SC2154 # x, w, home: tests/evasion/run.sh
# Times: the kernel's own clock decides what came first and who is who.

case_ K01 "the wall clock is set forward and back while a token is read and used"
if [ "$(hostname)" = guest ]; then
	now=$(date +%s)
	told a act who=before listen=L@127.0.0.1 read="$w" connect=L@127.0.0.1
	date -s "@$((now + 3600))" >/dev/null
	told b act who=ahead listen=M@127.0.0.1 read="$w" connect=M@127.0.0.1
	date -s "@$((now - 3600))" >/dev/null
	told c act who=behind listen=N@127.0.0.1 read="$w" connect=N@127.0.0.1
	date -s "@$((now + 5))" >/dev/null
else
	skip "the clock of this host is not ours to set"
fi

case_ K04 "one pid for thirty processes in a row, each read its own"
pid=$(($(cat /proc/sys/kernel/pid_max) - 10))
while [ -e /proc/$pid ]; do pid=$((pid - 1)); done
set -- act who=creator
for n in $(seq 30); do set -- "$@" fixed=$pid:2 who="number-$n" read="$w"; done
say pid $pid
told a "$@"

case_ K06 "a short pid space in which numbers come round again"
if [ "$(uname -r | cut -d. -f1)" -ge 6 ] && [ "$(uname -r | cut -d. -f2)" -ge 14 ] 2>/dev/null; then
	many=500
	say many $many
	told a act who=outside pidns who=first sysctl=kernel/pid_max:400 times=$many:vfork read="$w"
else
	skip "the limit is the whole machine's on this kernel"
fi
