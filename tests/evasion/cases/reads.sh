# shellcheck shell=sh disable=SC2154,SC2016,SC2119 # x, w, home: tests/evasion/run.sh; other shells expand
# The watched file's bytes by every way into the reader's memory. Where a copy is made, the copy is a file that is watched
# too: its credential is known from its own bytes to be the same.

# way ID TITLE WAY [OTHER]
way() {
	case_ "$1" "$2"
	run a as reader read_by "$3" "$w" ${4:+"$4"}
}

case_ M05 "cloned without a read: the clone is known as the same credential when it is read"
if disk xfs; then
	secret V "$disk/home/.aws/credentials"
	mkdir -p "$disk/other/.aws"
	run a as copier read_by clone "$disk/home/.aws/credentials" "$disk/other/.aws/credentials"
	file clone "$disk/other/.aws/credentials"
	run b as reader read_by read "$disk/other/.aws/credentials"
fi

# by_ring ID TITLE MODE
by_ring() {
	case_ "$1" "$2"
	run a as reader ring "$3" "$w"
}

by_ring M07 "io_uring opens, reads and closes: the submitter read" plain
by_ring M07b "io_uring with a descriptor of its own table and a registered buffer" direct
by_ring M08 "io_uring by the kernel's polling thread: the ring's owner read" sqpoll
by_ring M10 "io_uring by a worker: the ring's owner read" async

case_ M11 "past the page cache"
if disk; then
	secret V "$disk/home/.aws/credentials"
	run a as reader read_by direct "$disk/home/.aws/credentials"
fi

case_ M13 "who permits opens is handed a descriptor and reads: two readers, one of whom never opened"
later listener as listener listen_opens "$w" "$x/ready"
await ready
run a as opener read_by read "$w"
finish

way M14 "read ahead into the cache: nobody read" readahead
way M14b "advised to be needed soon: nobody read" advice

case_ M16 "copies that editors, backups and git make, under other names: known by what they hold"
read -r made <"$tokens/M16.W"
mkdir -p app/.git
for name in .env.swp .env~ .npmrc.bak .git/config; do
	printf 'TOKEN=%s\n' "$made" >"app/$name"
	file "${name#*/}" "$x/app/$name"
	run "${name#*/}" as "${name#*/}" read_by read "$x/app/$name"
done

case_ M17 "a backup of a home: each file read once, by one process, and no finding"
for name in .npmrc .netrc .git-credentials .docker/config.json .pypirc .config/gh/hosts.yml .ssh/id_rsa .vault-token; do
	secret "${name##*/}" "$home/$name"
done
run backup as backup tar cf "$x/backup" "$home"

case_ M18 "read without waiting for the disk"
if disk; then
	secret V "$disk/home/.aws/credentials"
	run a as reader read_by nowait "$disk/home/.aws/credentials"
fi

way M18b "read by vector" readv
way M18d "read byte by byte: no call has the whole" bytes
