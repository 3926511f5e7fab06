#!/bin/sh
# Runs the trigger cases under dump_events and leaves JSON lines: what the triggers say they did (facts.jsonl), and what
# the probes delivered (events.jsonl). Runs on this host and in a guest alike, under busybox sh, with the same paths in
# both, so that the outcomes can be compared. tests/trigger/check.py judges.
#   busybox sh /PATH/run.sh ROOT TIER PART...    ROOT: an empty directory on tmpfs that holds bin/ (triggers, dump_events);
#                                                PART: acts, flood, crush; writes ROOT/out/PART/
set -u
# A fixed environment, OLDPWD included: its length and hash are part of what is compared.
cd / || exit 1
[ "${TRIGGER_RUN:-}" = 1 ] || exec env -i TRIGGER_RUN=1 PATH=/usr/sbin:/usr/bin:/sbin:/bin busybox sh "$0" "$@"
root=$1 tier=$2
shift 2

bin=$root/bin
files=$root/files
mkdir -p "$files"
cd "$files" || exit 1
# The same name wherever the tree is mounted.
cgroup=$root/cgroup
ln -s "$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)" "$cgroup"
prepare=true
dump=

# start NAME OPTION...: the probes, with their output in out/NAME
start() {
	out=$root/out/$1
	shift
	mkdir -p "$out"
	facts=$out/facts.jsonl
	echo "{\"fact\":\"tier\",\"tier\":\"$tier\",\"kernel\":\"$(uname -r)\"}" >"$facts"
	: >"$out/events.jsonl"
	"$bin/dump_events" --tier "$tier" --name credentials/.aws --name hosts.yml --prefix id_r --suffix .pem "$@" \
		>"$out/events.jsonl" 2>"$out/dump.err" &
	dump=$!
	tries=0
	until grep -q '"record":"ready"' "$out/events.jsonl"; do
		tries=$((tries + 1))
		if [ $tries -gt 1200 ] || ! kill -0 $dump 2>/dev/null; then
			echo "dump_events did not start: $(head -c 2000 "$out/dump.err")" >&2
			exit 1
		fi
		sleep 0.1
	done
}

stop() {
	kill -TERM $dump
	wait $dump
	echo "{\"fact\":\"end\",\"status\":$?}" >>"$facts"
}

# case NAME COMMAND... ; the status is judged too
case_() {
	$prepare && return
	name=$1
	shift
	{
		echo "{\"fact\":\"case\",\"name\":\"$name\"}"
		"$@" 2>>"$out/triggers.err" </dev/null
		echo "{\"fact\":\"status\",\"status\":$?}"
	} >>"$facts"
}

# file NAME SIZE: numbers, so that every offset has content of its own; prints the path
file() {
	if $prepare; then
		mkdir -p "$files/${1%/*}"
		seq 100000 200000 | head -c "$2" >"$files/$1"
	fi
	echo "$files/$1"
}

# directory DIR/.aws/credentials: DIR
directory() {
	echo "${1%/.aws/credentials}"
}

deep=d
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do deep=$deep/directory-number-$i; done

cases() {
	for how in read pread readv preadv preadv2 aio mmap sendfile splice copy; do
		offset=0
		case $how in p* | aio | sendfile | splice | copy) offset=100 ;; mmap) offset=4096 ;; esac
		case_ "read-$how" "$bin/open_read" $how "$(file "$how/.aws/credentials" 6000)" 1000 $offset
	done
	case_ read-largest "$bin/open_read" read "$(file largest/.aws/credentials 20000)" 16384
	case_ read-truncated "$bin/open_read" read "$(file truncated/.aws/credentials 20000)" 20000
	case_ read-vector-truncated "$bin/open_read" readv "$(file vector/.aws/credentials 40000)" 40000
	case_ read-past-end "$bin/open_read" read "$(file short/.aws/credentials 50)" 4096
	case_ read-prefix "$bin/open_read" read "$(file prefix/id_rsa_work 400)" 4096
	case_ read-suffix "$bin/open_read" read "$(file suffix/server.pem 400)" 4096
	case_ read-any-parent "$bin/open_read" read "$(file gh/hosts.yml 400)" 4096
	case_ read-in-crowd "$bin/crowd" 60 "$bin/open_read" read "$(file crowd/.aws/credentials 400)" 4096
	case_ readv-in-crowd "$bin/crowd" 60 "$bin/open_read" readv "$(file crowdv/.aws/credentials 400)" 400
	case_ unwatched-name "$bin/open_read" read "$(file unwatched/.aws/config 400)" 4096
	case_ unwatched-parent "$bin/open_read" read "$(file unwatched/aws/credentials 400)" 4096
	case_ unwatched-near "$bin/open_read" read "$(file unwatched/.aws/credentials2 400)" 4096

	for way in open openat relative openat2 write create reopen path deleted long-name; do
		case_ "open-$way" "$bin/open_as" $way "$(file "$way/.aws/credentials" 100)"
	done
	case_ open-symlink "$bin/open_as" open "$files/link/anything"
	case_ open-hard-link "$bin/open_as" open "$files/hard/.aws/credentials"
	case_ open-same-file-again "$bin/open_as" open "$files/original/.aws/credentials"
	case_ open-deep "$bin/open_as" open "$(file $deep/.aws/credentials 100)"

	for way in bind-directory bind-file volume own-file-system mounted-file mounted-twice chroot tree detached overlay handle procroot long; do
		[ $way != overlay ] || grep -qw overlay /proc/filesystems || continue
		case_ "open-$way" "$bin/open_odd" $way "$(directory "$(file "$way/.aws/credentials" 100)")"
	done

	for way in inline worker; do
		case_ "ring-open-$way" "$bin/open_ring" $way "$(file "ring-$way/.aws/credentials" 100)"
	done

	case_ identity-uid "$bin/become" uid=1234 gid=2345 -- "$bin/open_as" open "$(file uid/.aws/credentials 100)"
	case_ identity-mntns "$bin/become" mntns -- "$bin/open_as" open "$(file mntns/.aws/credentials 100)"
	case_ identity-pidns "$bin/become" pidns -- "$bin/open_as" open "$(file pidns/.aws/credentials 100)"
	case_ identity-userns "$bin/become" uid=1234 gid=2345 userns -- "$bin/open_as" open \
		"$(file userns/.aws/credentials 100)"
	case_ identity-cgroup "$bin/become" "cgroup=$cgroup/trigger-test" -- "$bin/open_as" open \
		"$(file cgroup/.aws/credentials 100)"

	case_ inherit-descriptor "$bin/inherit_fd" "$(file inherit/.aws/credentials 300)"

	for way in getfd message mmsg table fork reopen; do
		case_ "descriptor-$way" "$bin/descriptor" $way "$(file "$way/.aws/credentials" 300)"
	done

	for way in attach seize attach32 vm-read vm-write getfd mem environ thread traceme twice refused self path close; do
		[ $way != attach32 ] || [ "$(uname -m)" = x86_64 ] || continue
		case_ "reach-$way" "$bin/reach" $way
	done
	for way in mounted bound; do case_ "reach-$way" "$bin/reach" $way "$files/link"; done
	for way in attach vm-read getfd; do case_ "reach-inner-$way" "$bin/become" pidns -- "$bin/reach" $way; done
	for way in pieces again far image; do
		case_ "repeat-$way" "$bin/repeat" $way "$(file "repeat-$way/.aws/credentials" 30000)"
	done
	case_ repeat-ends "$bin/repeat" ends "$(file repeat-ends/.aws/credentials 400)" "$(file repeat-ended/.aws/credentials 400)"

	$prepare && mkdir -p "$files/written"
	for way in opened again forked read odd had asked; do
		case_ "write-$way" "$bin/write_after" $way "$(file "write-$way/.aws/credentials" 300)" "$files/written"
	done
	case_ write-inherited "$bin/write_after" inherited "$(file write-inherited/.aws/credentials 300)" "$files/written" \
		3>"$files/written/inherited"

	for way in tcp4 tcp6 udp4 refused4 mapped any4 any6 other4 waiting waiting-refused again fastopen; do
		case_ "connect-$way" "$bin/connect_to" $way
	done
	for way in path relative symlink renamed longest datagram packets missing abstract zeroes; do
		case_ "unix-$way" "$bin/connect_unix" $way "$files/unix-$way"
	done
	for way in sendto sendmsg sendmmsg unspec any6 connected overruled fastopen; do
		case_ "send-$way" "$bin/send_to" $way
	done
	case_ send-datagram "$bin/send_to" datagram "$files/datagram"
	case_ send-abstract "$bin/send_to" abstract trigger-test
	for way in accept accept4 tcp6 unix; do case_ "accept-$way" "$bin/accept_from" $way; done
	for way in same distinct image; do case_ "many-$way" "$bin/connect_many" $way; done
	case_ many-learn "$bin/connect_many" learn "$(file learn/.aws/credentials 40)"
	case_ swap "$bin/connect_swap" 10000
	case_ rewritten "$bin/connect_rewritten" "$cgroup/trigger-rewritten"

	case_ exit-zero "$bin/fork_exit" exit 0
	case_ exit-code "$bin/fork_exit" exit 42
	case_ exit-signal "$bin/fork_exit" signal 9
	case_ exit-thread "$bin/fork_exit" thread 0
	case_ exit-group "$bin/fork_exit" group 7
	case_ exit-vfork "$bin/fork_exit" vfork 3
	case_ exit-sibling "$bin/fork_exit" sibling 4
	case_ exit-orphan "$bin/fork_exit" orphan 5

	case_ exec-small "$bin/exec_args" size 100 200
	case_ exec-nothing "$bin/exec_args" size 10 0
	case_ exec-largest "$bin/exec_args" size 65536 262144
	case_ exec-environment-truncated "$bin/exec_args" size 100 300000
	case_ exec-arguments-truncated "$bin/exec_args" size 71680 100
	case_ exec-both-truncated "$bin/exec_args" size 300000 600000
	case_ exec-thread "$bin/exec_args" thread
	case_ exec-memfd "$bin/exec_args" memfd
	case_ exec-deleted "$bin/exec_args" deleted "$files/program-copy"
	case_ exec-script ./script
	case_ exec-symlink ./program
	case_ exec-long-name ".$(printf '%0300d' 0 | tr 0 /)program"
}

# What the cases need is there before the probes are: only the triggers may touch a watched file.
prepare() {
	prepare=true
	cases
	mkdir link hard hard/.aws
	ln -s "$(file target/.aws/credentials 100)" link/anything
	ln "$(file original/.aws/credentials 100)" hard/.aws/credentials
	printf '#!%s\n' "$bin/exec_args" >script
	chmod 755 script
	ln -s "$bin/exec_args" program
	for name in filter flood after repeat; do file $name/.aws/credentials 2000 >/dev/null; done
	ln repeat/.aws/credentials hard/other.pem
	prepare=false
}

# The filter learns: a match by name is confirmed, a version whose content was carried is known.
filter() {
	kill -USR1 $dump
	own=$files/filter/.aws/credentials
	case_ filter-first "$bin/open_read" read "$own" 1000
	sleep 0.5
	case_ filter-again "$bin/open_read" read "$own" 1000
	mv "$own" "$files/filter/moved"
	case_ filter-renamed "$bin/open_read" read "$files/filter/moved" 1000
	sleep 0.5
	echo more >>"$files/filter/moved"
	case_ filter-changed "$bin/open_read" read "$files/filter/moved" 1000
	seq 1 300 >"$files/filter/new"
	mv "$files/filter/new" "$own"
	case_ filter-replaced "$bin/open_read" read "$own" 1000
	case_ repeat-known "$bin/repeat" known "$files/repeat/.aws/credentials" "$files/hard/other.pem"
}

# Nobody takes records away while processes come and go: process records are lost and counted, credential records are
# not among them, and afterwards everything works again.
flood() {
	kill -STOP $dump
	case_ storm "$bin/storm" 500
	case_ credential-in-flood "$bin/open_read" read "$files/flood/.aws/credentials" 1000
	kill -CONT $dump
	sleep 0.5
	case_ after-flood "$bin/open_read" read "$files/after/.aws/credentials" 1000
}

prepare
for part in "$@"; do
	case $part in
	acts)
		start acts
		cases
		filter
		;;
	crush)
		start crush
		case_ crush "$bin/crush" 8 400 "$files/crush"
		;;
	flood)
		start flood --ring 65536
		flood
		;;
	esac
	stop
done
rmdir "$cgroup/trigger-test" "$cgroup/trigger-rewritten" 2>/dev/null
exit 0
