# shellcheck shell=sh disable=SC2154,SC2016 # x, w, home, bin: tests/evasion/run.sh
# Whatever a process calls itself, however it came to run: it is that process, and what it runs is that file.

act=$(command -v act) loader=/lib64/ld-linux-x86-64.so.2
program() { # a program that reads its last argument, under another name
	cp "$act" "$1"
	file "${2:-program}" "$1"
}

case_ X01 "a program in memory alone"
told a act who=reader memory=innocent exec act read="$w"
told b act who=gone deleted="$x/copy" exec act read="$w"

case_ X02 "a script: its file and its interpreter"
printf '#!%s read=%s\n' "$act" "$w" >"my script"
chmod 755 "my script"
told a act who=reader exec "./my script"

case_ X02-env "a script whose interpreter env finds"
if /usr/bin/env -S true 2>/dev/null; then
	printf '#!%s -S act read=%s\n' /usr/bin/env "$w" >job
	chmod 755 job
	told a act who=reader exec "$x/job"
else
	skip "env here takes no -S"
fi

case_ X02-nested "a script whose interpreter is a script"
printf '#!%s read=%s\n' "$act" "$w" >inner
printf '#!%s/inner\n' "$x" >outer
chmod 755 inner outer
told a act who=reader exec ./outer

case_ X04 "a program that the loader is told to run"
if [ -e "$loader" ] && "$loader" /usr/bin/cat /dev/null 2>/dev/null; then
	cp /usr/bin/cat copied-cat
	run a as reader "$loader" ./copied-cat "$w"
	run b as options "$loader" --argv0 git --library-path /lib "$x/copied-cat" "$w"
else
	skip "no loader here"
fi

case_ X05 "a program under another's name, with another's name in its arguments and its thread"
program git
told a act who=reader exec "$x/git" name=sshd read="$w"

case_ X07 "vfork and posix_spawn, 5,000 times: each child is its creator's"
many=2500
[ "$(hostname)" != guest ] || many=250 # a machine without its own processor
say many $many
told a act who=creator times=$many:vfork times=$many:spawn

case_ X08 "an exec by one of ten threads: the process stays, the others are gone"
told a act who=reader threads=10 exec act read="$w"

case_ X08-thread "a read by one of ten threads"
told a act who=reader threads=10 read="$w"

case_ X10 "children that execute nothing: three processes of one program"
told a act who=parent listen=L@127.0.0.1 fork who=child read="$w" fork who=grandchild connect=L@127.0.0.1

case_ X11 "a daemon whose creator's child is gone: its line leads to the launcher"
told a act who=launcher double who=daemon sleep=300 read="$w"

case_ X13 "a child that the kernel calls the grandparent's"
told a act who=launcher fork who=creator sibling who=child read="$w"

case_ X14 "a session, a directory, a name and descriptors of its own: the same run"
told a act who=launcher fork setsid closeall chdir=/ name=kworker/0:1 who=daemon read="$w"
# What nohup does; not every busybox has it.
# shellcheck disable=SC2016 # the inner shell expands it
run b as nohup sh -c 'trap "" HUP; exec setsid as reader act "read=$1"' sh "$w"

case_ X16 "a program that reads, and another one that the process then becomes and that connects"
program other other
told a act who=reader read="$w" exec "$x/other" listen=L@127.0.0.1 connect=L@127.0.0.1

case_ X16-many "forty programs in a row: the first and the latest are kept"
set -- act who=reader read="$w"
for _ in $(seq 39); do set -- "$@" exec act; done
told a "$@" listen=L@127.0.0.1 connect=L@127.0.0.1

case_ X16-fork "a fork that reads, and becomes another program"
program other other
told a act who=launcher fork who=reader read="$w" exec "$x/other" sleep=1

case_ X17 "a daemon that starts programs for others"
program containerd-shim-runc-v2 shim
told a act who=launcher exec "$x/containerd-shim-runc-v2" who=shim fork who=job exec act read="$w"

case_ X19 "a library that is put into a program"
run a env LD_PRELOAD=/nowhere/x.so as reader act read="$w"
run b env LD_AUDIT=/nowhere/a.so as audited act read="$w"

case_ X21 "another user's rights, kept and taken"
chmod 777 "$x"
chmod 644 "$w"
told a act who=root fork uid=1234 who=other read="$w"
