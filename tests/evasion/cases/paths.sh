# shellcheck shell=sh disable=SC2154,SC2016,SC2119 # x, w, home: tests/evasion/run.sh; other shells expand
# A watched file under another name, or under its name with another inode: which file it was decides.

case_ P01 "a symbolic link: the file it leads to was read, and the name that was asked for is told"
ln -s "$w" ln
run a as reader read_by read "$x/ln"

case_ P02 "a link to the directory, and a chain of five: one read each"
ln -s "$home/.aws" a
run dir as directory read_by read "$x/a/credentials"
ln -s "$w" l1
for n in 1 2 3 4; do ln -s "l$n" l$((n + 1)); done
run chain as chain read_by read "$x/l5"

case_ P03 "a hard link with a name that nobody watches, and the file itself after it was renamed"
ln "$w" notes
run link as link read_by read "$x/notes"
mv "$w" moved
run moved as moved read_by read "$x/moved"

case_ P04 "a bind mount of the file, of its directory, and a bind mount of that"
touch bm
mkdir bd bb
mount --bind "$w" bm
run file as file read_by read "$x/bm"
mount --bind "$home/.aws" bd
run dir as directory read_by read "$x/bd/credentials"
mount --bind bd bb
run bb as twice read_by read "$x/bb/credentials"
umount bb bd bm

case_ P05 "a relative name with dots and double slashes: told as one name"
cd "$home/.aws/.." || exit 1
run a as reader read_by read ".aws/./../.aws//credentials"

case_ P07 "openat2 beneath its directory, and with the directory as the root"
run beneath as beneath read_by beneath "$w"
run root as root read_by in-root "$w"

case_ P08 "a file handle, on the file system and through a bind mount of a subdirectory"
run root as root open_by handle "$w" "$root"
mkdir bd
mount --bind "$home/.aws" bd
run bind as bind open_by handle "$w" "$x/bd"
umount bd

case_ P10 "through the root and the working directory of another process: the reader acted, not the other one"
later A as other sh -c 'cd "$1" && touch "$2/ready" && while [ ! -e "$2/stop" ]; do sleep 0.1; done' sh "$home/.aws" "$x"
await ready
run B as root read_by read "/proc/$(pid other)/root$w"
run C as cwd read_by read "/proc/$(pid other)/cwd/credentials"
run D as self read_by read "/proc/self/root/proc/self/root$w"
run E as reopened read_by reopen "$w"
touch stop
finish

case_ P11 "a clone of the mount that is attached nowhere: its printed name says nothing, the inode does"
told a as reader open_odd tree "$home"

case_ P13 "a deleted file, from another process's descriptor: read by who opened it again, and said to be deleted"
later A as holder sh -c 'exec 9<"$1"; touch "$2/ready"; while [ ! -e "$2/stop" ]; do sleep 0.1; done' sh "$w" "$x"
await ready
rm "$w"
run B as reader read_by read "/proc/$(pid holder)/fd/9"
touch stop
finish

case_ P14 "a file without a name that takes the place of the old one: its next version"
run old as old read_by read "$w"
secret V "$x/new"
run new as new open_by replace "$w" "$x/new"

case_ P16 "rotation in place: the same file with a new token, and the old one is still known"
run old as old read_by read "$w"
secret V "$w"
run new as new read_by read "$w"
give W late

case_ P17 "the inode's number goes to a file of no interest: reading that is nothing"
if disk; then
	secret V "$disk/home/.aws/credentials"
	run old as old read_by read "$disk/home/.aws/credentials"
	rm "$disk/home/.aws/credentials"
	echo "milk, bread" >"$disk/shopping-list"
	file list "$disk/shopping-list"
	run new as new read_by read "$disk/shopping-list"
fi

case_ P19 "opened and not read, and opened to append: opens, and no read"
run open as open read_by open "$w"
run append as append read_by append "$w"

case_ P20 "a path of nearly 4096 bytes, and one that no path can name: the inode is right, the name has its mark"
deep=$home/deep
while [ ${#deep} -lt 3900 ]; do deep=$deep/a-directory-with-a-name-of-forty-bytes-x; done
secret V "$deep/.aws/credentials"
run long as long read_by read "$deep/.aws/credentials"
run deeper as deeper open_by deep "$w" "$x"

case_ P22 "served by another process under another name: the server read, who asked it is not taken for the reader"
if [ -c /dev/fuse ]; then
	mkdir served
	later server as server serve "$w" "$x/served" "$x/ready" "$x/stop"
	await ready
	run a as reader read_by read "$x/served/notes"
	touch stop
	finish
else
	skip "no file systems in user space here"
fi

case_ P23 "a lower file of an overlay, and the copy that a first write makes of it"
mkdir -p up work merged
if mount -t overlay overlay -o "lowerdir=$home,upperdir=$x/up,workdir=$x/work" merged 2>/dev/null; then
	file lower "$x/merged/.aws/credentials"
	run lower as lower read_by read "$x/merged/.aws/credentials"
	run append as append read_by append "$x/merged/.aws/credentials"
	run upper as upper read_by read "$x/merged/.aws/credentials"
	file upper "$x/merged/.aws/credentials"
	umount merged
else
	skip "no overlay file system here"
fi

case_ P24 "renamed over by a fresh file, as most writers do: the new inode is the file"
run old as old read_by read "$w"
secret V "$home/.aws/new"
mv "$home/.aws/new" "$w"
run new as new read_by read "$w"

case_ P25 "there before the monitor and never seen under its own name: a bind mount, a link, another mount namespace"
stop
secret V "$x/other/.aws/credentials"
touch bm motd
mkdir bd
mount --bind "$x/other/.aws/credentials" bm
ln -s "$x/other" ln
secret U "$x/third/.aws/credentials"
start
run file as file read_by read "$x/bm"
run link as link read_by read "$x/ln/.aws/credentials"
mount --bind "$x/third/.aws" bd
run dir as directory read_by read "$x/bd/credentials"
umount bm bd
