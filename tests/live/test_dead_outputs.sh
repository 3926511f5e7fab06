#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A disk that is full (a small tmpfs of our own), with and without rotation, and name servers that do not answer (a network
# namespace of our own): nothing is lost or split, nothing is waited for longer than some seconds, and it says why.
. "$(dirname "$0")/../lib/receiver.sh"

# Each finding once and whole, in order, over all files of the output, the oldest first.
whole() { # COUNT FILE...
	python3 - "$@" <<'END'
import json, sys
ids = []
for path in sys.argv[2:]:
    data = open(path, "rb").read()
    if data and not data.endswith(b"\n"):
        sys.exit(f"# {path}: its last line has no end")
    ids += [json.loads(line)["finding_info"]["uid"] for line in data.splitlines()]
want = [f"fnd-{n:016x}" for n in range(int(sys.argv[1]))]
print(f"# {len(ids)} lines in {len(sys.argv) - 2} files")
sys.exit(0 if ids == want else f"# {len(set(want) - set(ids))} are missing, {len(ids) - len(set(ids))} came twice")
END
}

full_disk() { # NAME OPTIONS
	local name=$1 options=$2 pid status files
	mkdir -p "$dir/disk"
	mount -t tmpfs -o size=2M tmpfs "$dir/disk" || exit 1
	"$sender" send "file:$dir/disk/out?$options" 0 40 2>"$dir/said" &
	pid=$!
	for _ in $(seq 100); do
		grep -q 'No space left on device' "$dir/said" && break
		sleep 0.1
	done
	grep -q 'cannot write to ".*/disk/out": No space left on device' "$dir/said"
	verdict "$name-is-told" $?
	sleep 0.3
	kill -0 $pid
	verdict "$name-is-waited-out" $?
	mount -o remount,size=200M "$dir/disk"
	wait $pid
	status=$?
	mapfile -t files < <(ls -1vr "$dir"/disk/out.* 2>/dev/null)
	[ $status -eq 0 ] && whole 40 "${files[@]}" "$dir/disk/out"
	verdict "$name-loses-and-splits-nothing" $?
	umount "$dir/disk"
}
full_disk file-on-a-full-disk ""
full_disk rotated-file-on-a-full-disk "rotate-size=1M&keep=99"

# libc asks a name server that is silent twice for five seconds each; a call of the output ends after two.
printf 'nameserver 127.0.0.53\noptions timeout:5 attempts:2\n' >"$dir/resolv.conf"
printf 'hosts: dns\n' >"$dir/nsswitch.conf"
cp "$sender" "$dir/sender"
for transport in udp tcp tls; do
	# shellcheck disable=SC2016 # its own shell expands that
	unshare -nm --propagation private bash -c '
		ip link set lo up &&
		python3 -c "import socket, time; s = socket.socket(type=socket.SOCK_DGRAM); s.bind((\"127.0.0.53\", 53)); time.sleep(20)" &
		silent=$!
		for _ in $(seq 100); do ss -Hlnu "sport = :53" | grep -q . && break; sleep 0.05; done
		mount --bind "$0/resolv.conf" /etc/resolv.conf && mount --bind "$0/nsswitch.conf" /etc/nsswitch.conf &&
		began=$(date +%s%N)
		TRIES=2 "$0/sender" send "$1" 0 1
		echo $((($(date +%s%N) - began) / 1000000)) >"$0/took"
		kill $silent' "$dir" "syslog+$transport://log.example:6514" 2>"$dir/said"
	took=$(cat "$dir/took")
	grep -q 'cannot find "log.example": no name server answers' "$dir/said" && [ "$took" -gt 3500 ] && [ "$took" -lt 8000 ]
	verdict "dead-name-server-$transport" $? || sed 's/^/# /' "$dir/said"
	echo "# two calls took $took ms"
done
exit $failed
