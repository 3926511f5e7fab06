# shellcheck shell=bash disable=SC2034 # used by the tests that source it
# Shared by the tests that send to real receivers: a throw-away directory and port, certificates made at run time, a
# sender (tests/unit/test_output.c), cases in TAP style.
#   . tests/lib/receiver.sh; make_certificates; start NAME COMMAND...; verdict NAME STATUS; exit $failed
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
sender=${SENDER:-build/tests/test_output}
[ -n "${SENDER:-}" ] || make -s "$sender" || exit 1
dir=$(mktemp -d /tmp/credlineage-receiver.XXXXXX)
chmod 755 "$dir"
port=$((20000 + RANDOM % 10000))
failed=0
receiver=
mkfifo "$dir/silence"
exec 7<>"$dir/silence" # s_server ends a connection when its standard input ends

receiver_stop() { # [SIGNAL]
	[ -z "$receiver" ] || { kill "-${1:-TERM}" "$receiver" && wait "$receiver"; } 2>/dev/null
	receiver=
}
receiver_cleanup() {
	receiver_stop KILL
	[ -n "${KEEP:-}" ] && { echo "# kept $dir"; return; }
	rm -rf "$dir"
}
trap receiver_cleanup EXIT

# Is somebody there? A connection would disturb what is measured (and s_server), so the kernel's table is asked.
listens() { # PORT tcp|udp
	ss -Hln"${2:0:1}" "sport = :$1" | grep -q .
}
receiver_start() { # PORT tcp|udp COMMAND...
	local at=$1 protocol=$2
	shift 2
	"$@" >>"$dir/receiver.log" 2>&1 <&7 &
	receiver=$!
	for _ in $(seq 200); do
		listens "$at" "$protocol" && return 0
		kill -0 "$receiver" 2>/dev/null || break
		sleep 0.05
	done
	echo "# $1 does not listen"
	tail -n 20 "$dir/receiver.log" | sed 's/^/# /'
	return 1
}

verdict() { # NAME STATUS
	if [ "$2" -eq 0 ]; then echo "ok $1"; else
		echo "not ok $1"
		failed=1
		return 1
	fi
}

# In $dir: ca.pem, other-ca.pem and, each .pem and .key: good (127.0.0.1, receiver.example), named (other.example),
# expired, unsigned, client, foreign (a client of the other authority).
certificate() { # NAME CA DAYS SUBJECT_ALT_NAME
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$dir/$1.key" -subj "/CN=$1" -out "$dir/$1.csr" &&
		openssl x509 -req -in "$dir/$1.csr" -CA "$dir/$2.pem" -CAkey "$dir/$2.key" -CAcreateserial -days "$3" \
			-extfile <(echo "subjectAltName=$4") -out "$dir/$1.pem"
}
make_certificates() {
	{
		for ca in ca other-ca; do
			openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout "$dir/$ca.key" \
				-subj "/CN=EXAMPLE $ca" -out "$dir/$ca.pem"
		done
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout "$dir/unsigned.key" \
			-subj /CN=unsigned -addext "subjectAltName=IP:127.0.0.1" -out "$dir/unsigned.pem"
		certificate good ca 2 IP:127.0.0.1,DNS:receiver.example
		certificate named ca 2 DNS:other.example
		certificate expired ca -1 IP:127.0.0.1
		certificate client ca 2 DNS:client.example
		certificate foreign other-ca 2 DNS:client.example
	} >"$dir/openssl.log" 2>&1 && return
	sed 's/^/# /' "$dir/openssl.log"
	exit 1
}
