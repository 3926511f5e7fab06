# shellcheck shell=sh disable=SC2154,SC2016,SC2119 # x, w, home: tests/evasion/run.sh; other shells expand
# A descriptor that comes from another process: who opened, who handed it over, who reads.

case_ D04 "taken out of another process by a handle on it"
later A as victim sh -c 'exec 9<"$1"; touch "$2/ready"; while [ ! -e "$2/stop" ]; do sleep 0.1; done' sh "$w" "$x"
await ready
run B as thief pass_fd take "$(pid victim)" 9
touch stop
finish

case_ D08 "a helper with root's rights opens, a client without any gets the descriptor alone"
chmod 600 "$w"
later helper as helper pass_fd send "$x/socket" "$w"
run client become uid=65534 gid=65534 -- "$root/bin/as" client pass_fd receive "$x/socket"
finish
