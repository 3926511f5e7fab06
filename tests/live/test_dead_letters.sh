#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2317 # called through check
# A real receiver refuses for good: an nginx whose bound for a body is smaller than a finding. Once it is mended the running
# monitor sends its dead letters again, each once, in order and under its own id; others are thrown away and counted.
# shellcheck source=tests/lib/live.sh
. "$(dirname "$0")/../lib/live.sh"
command -v nginx >/dev/null || { echo "not ok nginx is installed"; exit 1; }
port=$((20000 + RANDOM % 10000))
nginx=
stop_nginx() { [ -z "$nginx" ] || { kill "$nginx"; wait "$nginx"; } 2>/dev/null; }
trap 'stop_nginx; live_cleanup' EXIT
(umask 077 && head -c 32 /dev/urandom | base64 >"$work/secret")
chmod 711 "$work" # somebody else shall reach the control socket

configure() { # LARGEST-BODY
	cat >"$work/nginx.conf" <<END
daemon off;
user root;
worker_processes 1;
pid $work/nginx.pid;
events {}
http {
	log_format id '\$http_webhook_id';
	map "\$status \$http_webhook_id" \$is_taken { "~^204 ." 1; default 0; }
	client_body_temp_path $work/body;
	server {
		listen 127.0.0.1:$port;
		client_max_body_size $1;
		access_log $work/taken id if=\$is_taken;
		location /hook { return 204; }
	}
}
END
}
answers() { # STATUS: to two KB
	[ "$(head -c 2048 /dev/zero | curl -so "$work/answer" -w '%{http_code}' --data-binary @- "http://127.0.0.1:$port/hook")" = "$1" ]
}
nginx_is() { # LARGEST-BODY STATUS
	configure "$1"
	kill -HUP "$nginx"
	within 10 answers "$2" && within 10 has_one_worker
}
has_one_worker() { [ "$(pgrep -cP "$nginx")" -eq 1 ]; }
leak() { # N: a credential of its own in two workflows
	local value
	value=$("$make_token" github)
	as "letters-a-$1" sh -c "GH_TOKEN=$value exec true"
	as "letters-b-$1" sh -c "GH_TOKEN=$value exec true"
}
outputs() { "$program" outputs "$@" "${at[@]}"; }
of_hook() { # MEMBER: as `outputs status` says
	outputs status --json | python3 -c 'import json, sys
print(*(o.get(sys.argv[1], "") for o in map(json.loads, sys.stdin) if o["name"] == "hook"))' "$1"
}
is() { [ "$(of_hook "$1")" = "$2" ]; }
letters() { outputs drain --dead --json | grep -o 'fnd-[0-9a-f]*'; }
file_has() { [ "$(wc -l <"$work/out")" -eq "$1" ]; }
# COUNT [LEFT-OUT...]: so many nginx took: what the file has and is not left out, once, in order, each by its own id
taken() {
	[ "$(wc -l <"$work/taken")" -eq "$1" ] && python3 - "$work/out" "$work/taken" "${@:2}" <<'PY'
import json, re, sys
sent = [json.loads(line)["finding_info"]["uid"] for line in open(sys.argv[1])]
ids = open(sys.argv[2]).read().split()
want = [uid for uid in sent if uid not in sys.argv[3:]]
is_so = [re.search("fnd-[0-9a-f]+", i)[0] for i in ids] == want and len(set(ids)) == len(ids)
sys.exit(0 if is_so else f"# {ids} instead of {want}")
PY
}
says() { "${@:2}" >"$work/said" 2>&1; grep -qF -- "$1" "$work/said" || { sed 's/^/# /' "$work/said"; return 1; }; }
fails() { ! "$@" >"$work/said" 2>&1; }

configure 1k
nginx -p "$work" -c "$work/nginx.conf" -e "$work/nginx.err" &
nginx=$!
check "nginx refuses what is larger than a KB" within 10 answers 413
echo '{"socket_mode": "0666"}' >"$work/config.json"
only="detector=cross-workflow-reuse&workflow=letters-*"
start_monitor --config "$work/config.json" --output "file:$work/out?$only" \
	--output "webhook+http://127.0.0.1:$port/hook?secret-file=$work/secret&name=hook&$only"
for n in 1 2 3; do leak $n; done
check "the file gets three findings" within 20 file_has 3
check "the receiver refuses them for good" within 10 is dead_letters 3
check "they are dead letters, which say why" test "$(outputs drain --dead | grep -c "hook .*status 413")" -eq 3
check "sent again they are refused again" says '{"verb":"retry","letters":3,"way":"monitor"}' outputs drain --dead --retry
check "and kept again" within 10 is refused 6
check "all of them" is dead_letters 3
check "nothing was taken" test ! -s "$work/taken"

check "the receiver is mended" nginx_is 1m 204
check "one finding's letter is sent again" says '"letters":1,"way":"monitor"' outputs drain hook --dead --retry --finding "$(letters | head -1)"
check "at once" within 10 is sent 1
check "then all of them" says '"letters":2,"way":"monitor"' outputs drain --dead --retry
check "they are there at once, each once and by its own id" within 10 taken 3
check "none is dead any more" is dead_letters 0
check "none was dropped" is dead_letters_dropped 0
check "none waits" is waiting 0
leak 4
check "what is new comes after them" within 10 taken 4

check "it breaks again" nginx_is 1k 413
leak 5
leak 6
check "two more are refused" within 10 is dead_letters 2
dead=$(letters | xargs)
check "one is thrown away" says '"letters":1,"way":"monitor"' outputs drain --dead --discard --finding "${dead%% *}"
check "the other stays" is dead_letters 1
check "it is the other" test "$(letters)" = "${dead##* }"
check "then that one, too" says '{"verb":"discard","letters":1,"way":"monitor"}' outputs drain hook --dead --discard
check "status shows none" is dead_letters 0
check "and what was thrown away" is dead_letters_dropped 2
check "the monitor's log says it" grep -q 'outputs: 1 dead letters are thrown away, as pid [0-9]* of uid 0 asked' "$work/monitor.err"
check "there is nothing to send again" says '"letters":0' outputs drain --dead --retry
check "it is mended again" nginx_is 1m 204
leak 7
# shellcheck disable=SC2086 # one word each
check "what was thrown away never comes" within 10 taken 5 $dead

check "an output that is not there" fails outputs drain nobody --dead --retry
check "is named" grep -qF 'no output "nobody" runs (credlineage outputs status lists them)' "$work/said"
ask() { # REQUEST: as user nobody
	setpriv --reuid 65534 --clear-groups /usr/bin/python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
s.sendall(sys.argv[2].encode() + b"\n")
print(s.makefile().readline(), end="")' "$work/control.sock" "$1"
}
check "nobody but root may" says "only root may have dead letters sent or thrown away" ask '{"op":"dead-letters","verb":"discard"}'
stop_monitor
check "it ends cleanly" [ "$monitor_status" -eq 0 ]
check "without a monitor they wait for the next" says '{"verb":"retry","letters":0,"way":"store"}' outputs drain --dead --retry
finish
