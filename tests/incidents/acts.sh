# shellcheck shell=bash disable=SC2034,SC2154 # rig: of the environment; the scripts use what is set here
# What stand-ins can do. Every program of a scenario is a copy of bash under the program's name (so that the kernel sees
# that executable) and comes here first, by BASH_ENV. A native program's stand-in plays $rig/acts/NAME with the arguments
# that it was given; an interpreter's (node, bun) plays the script of its arguments, as bash does by itself.
#   content FILE                  into $content, read by this very process
#   token BEGINNING               the first value in $content that begins so, into $token
#   http METHOD HOST:PORT/PATH [TOKEN [BODY]]   $answer, $status; false when nobody listens
#   datagram HOST:PORT TEXT
#   await FILE                    until somebody else has made it

content() {
	local parts
	mapfile -d '' -t parts <"$1" && content=${parts[*]} # bytes of value 0 can't be kept
}

token() {
	token=
	[[ $content =~ $1[A-Za-z0-9_./+-]* ]] && token=${BASH_REMATCH[0]}
}

http() {
	local to=${2%%/*} path=/${2#*/} line lines
	answer='' status=
	{ exec {connection}<>"/dev/tcp/${to%:*}/${to#*:}"; } 2>/dev/null || return 1
	printf '%s %s HTTP/1.0\r\n%sContent-Length: %d\r\n\r\n%s' "$1" "$path" \
		"${3:+Authorization: Bearer $3$'\r\n'}" "${#4}" "${4:-}" >&"$connection"
	read -r line <&"$connection"
	status=${line#* } status=${status%% *}
	mapfile -t lines <&"$connection"
	printf -v answer '%s\n' "${lines[@]}"
	answer=${answer#*$'\r\n\r\n'}
	exec {connection}>&-
}

datagram() {
	printf %s "$2" >"/dev/udp/${1%:*}/${1#*:}"
}

await() {
	local tries=0
	until [ -e "$1" ]; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || { echo "$1 was never made" >&2; exit 9; }
		sleep 0.05
	done
}

program=${BASH##*/}
if [ -f "$rig/acts/$program" ]; then
	mapfile -d '' -t words </proc/self/cmdline
	set -- "${words[@]:1}"
	# shellcheck source=/dev/null
	. "$rig/acts/$program"
	exit
fi
