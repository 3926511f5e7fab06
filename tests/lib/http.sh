# shellcheck shell=bash disable=SC2034 # used by the tests that source it
# Shared by the tests of outputs over HTTP: a stub of the receivers with a room of its own, the sender, what came of it.
#   . tests/lib/http.sh; start NAME; deliver SPEC FROM COUNT; judge KIND
# shellcheck source=tests/lib/command.sh
. "$(dirname "${BASH_SOURCE[0]}")/command.sh"
sender=${SENDER:-build/tests/test_output_http}
[ -n "${SENDER:-}" ] || make -s "$sender" || exit 1
room=
receiver=

# NAME [OPTION...]: a stub with a room of its own; $room, $receiver and $port are its
start() {
	room=$work/$1
	shift
	mkdir -p "$room"
	cp "$work/token" "$work/api-key" "$work/login" "$room/"
	rm -f "$room/port"
	/usr/bin/python3 tests/lib/http_receiver.py "$room" "$@" 2>>"$room/stderr" &
	receiver=$!
	for _ in $(seq 200); do
		[ ! -e "$room/port" ] || break
		sleep 0.05
	done
	port=$(cat "$room/port")
}
stop() { # SIGNAL
	kill "-$1" "$receiver" 2>/dev/null
	wait "$receiver" 2>/dev/null
	receiver=
}
plan() { printf '%s\n' "$@" >"$room/plan"; }
anew() { rm -f "$room"/{plan,acks,stored,wrong,requests,actions}; }

# SPEC FROM COUNT: sends, keeps what the sender said and what was sent
deliver() {
	"$sender" print "$2" "$3" >"$work/native" && timeout 60 "$sender" send "$1" "$2" "$3" >"$work/said"
}
# KIND [OPTION...]: what is in the stub is what was sent, and nothing broke its rules
judge() {
	local kind=$1
	shift
	/usr/bin/python3 tests/http/judge.py "$kind" "$room/stored" "$work/native" "$@" &&
		{ [ ! -e "$room/wrong" ] || { head -5 "$room/wrong"; return 1; }; }
}
# The specs that a started stub goes by, and findings that it has not seen yet.
specs() {
	hec="splunk+http://127.0.0.1:$port?token-file=$work/token"
	bulk="elasticsearch+http://127.0.0.1:$port?api-key-file=$work/api-key"
	hook="webhook+http://127.0.0.1:$port/hook?secret-file=$work/secret"
}
said() { grep -q -- "$1" "$work/said" || { echo "not said: $1"; cat "$work/said"; return 1; }; }
silent() { [ ! -s "$work/said" ] || { cat "$work/said"; return 1; }; }
took() { # MIN MAX COMMAND...: milliseconds
	local begin now min=$1 max=$2
	begin=$(date +%s%3N)
	shift 2
	"$@" || return
	now=$(($(date +%s%3N) - begin))
	echo "it took $now ms"
	[ $now -ge "$min" ] && [ $now -le "$max" ]
}
count() { [ "$(grep -c "$2" "$room/$1")" -eq "$3" ] || { grep -c "$2" "$room/$1"; return 1; }; }

umask 077
printf '11111111-2222-4333-8444-%012d\n' $RANDOM >"$work/token"
printf 'FAKE:EXAMPLE-%s' $RANDOM | base64 >"$work/api-key"
printf 'user:EXAMPLE %s\n' $RANDOM >"$work/login"
printf 'whsec_%s\n' "$(head -c 32 /dev/urandom | base64)" >"$work/secret"
head -c 40 /dev/urandom | base64 | tr -d '\n=' >"$work/raw"

once() { # SPEC [SECONDS]: one try, which is to fail
	timeout "${2:-3}" "$sender" send "$1" 0 1 >"$work/said"
	[ $? -eq 124 ]
}
