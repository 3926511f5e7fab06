#!/usr/bin/env bash
# What the monitor may still do once it watches: exactly the rights of its table, in every thread, and the system calls of
# its filter. With them everything works as before: each way to find, a policy server by name, a syslog receiver, the
# recording, pins, a reload, a restart; the service manager is told. Who may not start hears why.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"

kept="CAP_BPF CAP_DAC_READ_SEARCH CAP_FOWNER CAP_IPC_LOCK CAP_PERFMON CAP_SYS_PTRACE"
mask=000000c00008400c # the same as bits
pins=/sys/fs/bpf/credlineage-test-$$
mounted=
mountpoint -q /sys/fs/bpf || { mount -t bpf bpf /sys/fs/bpf && mounted=1; }
helpers=()
clean() {
	[ ${#helpers[@]} -eq 0 ] || kill "${helpers[@]}" 2>/dev/null
	live_cleanup
	"$program" monitor --unpin --pin="$pins" 2>/dev/null
	[ -z "$mounted" ] || umount /sys/fs/bpf
}
trap clean EXIT

self() { "$program" doctor --self --json "${at[@]}" >"$work/self.json" 2>"$work/self.err"; }
self_has() { # PYTHON-CONDITION on s
	python3 -c 'import json, sys; s = json.load(open(sys.argv[1])); sys.exit(not eval(sys.argv[2]))' "$work/self.json" "$1"
}
# every thread, as the kernel has it, not as doctor reads it
all_threads() { # NAME VALUE
	local file n=0
	for file in /proc/"$monitor"/task/*/status; do
		[ "$(awk -v name="$1:" '$1 == name { print $2 }' "$file")" = "$2" ] || return 1
		n=$((n + 1))
	done
	[ "$n" -ge 3 ]
}
reuse() { # WORKFLOW WORKFLOW: both are in one finding
	[ -n "$(jsonl "$findings" "e['finding_info']['analytic']['uid'] == 'cross-workflow-reuse' and '$1' in json.dumps(e) and '$2' in json.dumps(e)" 1)" ]
}
lines() { # FILE TEXT N: at least
	[ -f "$1" ] && [ "$(grep -cF -- "$2" "$1")" -ge "$3" ]
}
reloaded() { kill -HUP "$monitor" && within 10 grep -q "$1" "$work/monitor.err"; }

# What it talks to: a service manager, a policy server, rsyslogd.
mkdir -p "$work/home/.config/gh" "$work/server" "$work/logs"
chmod 711 "$work"
file=$work/home/.config/gh/hosts.yml
printf 'oauth_token: %s\n' "$("$make_token" github)" >"$file"
chown -R 65534:65534 "$work/home" # somebody else's, closed to others: root's own rights are gone
chmod -R go= "$work/home"
given=$("$make_token" github)
echo undefined >"$work/server/answer"
python3 tests/lib/policy_server.py "$work/server" &
helpers+=($!)
python3 tests/lib/service_manager.py "$work/manager" "$work/told" &
helpers+=($!)
port=$((20000 + RANDOM % 10000))
cat >"$work/rsyslog.conf" <<CONF
global(workDirectory="$work")
module(load="imtcp")
input(type="imtcp" port="$port" address="127.0.0.1" ruleset="in")
ruleset(name="in") { action(type="omfile" file="$work/received" flushInterval="1" asyncWriting="off") }
CONF
rsyslogd -n -f "$work/rsyslog.conf" -i "$work/rsyslog.pid" 2>"$work/rsyslogd.err" &
helpers+=($!)
within 10 test -s "$work/server/port"
within 10 test -S "$work/manager"
cat >"$work/config.json" <<JSON
{"socket_mode": "0666", "socket_group": "daemon",
 "outputs": ["syslog+tcp://localhost:$port", "file:$work/logs/findings"],
 "policy": {"opa": {"url": "http://localhost:$(cat "$work/server/port")/v1/data/credlineage/finding", "timeout": "2s"}}}
JSON

# ---- what it may do ----
export NOTIFY_SOCKET=$work/manager WATCHDOG_USEC=2000000
start_monitor --config "$work/config.json" --pin="$pins" --record "$work/all.clrec"
check "doctor finds it confined" self
check "with the table's capabilities and no others" self_has \
	"all(sorted(s[x]) == '$kept'.split() for x in ('effective', 'permitted')) and not s['bounding'] + s['inheritable'] + s['ambient']"
check "each with its reason" self_has "all(r['reason'].startswith('to ') for r in s['rights']) and sorted(r['capability'] for r in s['rights'] if r['needed'] == 'always') == '$kept'.split()"
check "and no problem" self_has "s['problems'] == [] and s['threads'] >= 3 and s['threads_differing'] == 0 and not s['dumpable']"
check "it says what is open, too" self_has "s['open']['bpf_maps'] > 0 and s['open']['bpf_links'] > 0"
for set in CapEff CapPrm; do check "$set of every thread" all_threads $set $mask; done
for set in CapInh CapBnd CapAmb; do check "$set of every thread is empty" all_threads $set 0000000000000000; done
check "seccomp filters every thread" all_threads Seccomp 2
check "no thread can get privileges" all_threads NoNewPrivs 1
check "people can read it" sh -c "script -qec '$program doctor --self ${at[*]}' /dev/null | grep -q 'CAP_BPF  *yes  *always  *to '"
check "the socket's mode and group are the configuration's" [ "$(stat -c '%a %G' "$work/control.sock")" = "666 daemon" ]

# ---- what it still finds ----
# What is refused shows as ENOSYS; clone3 is by intent.
strace -f -qq -e status=failed -o "$work/failed" -p "$monitor" 2>/dev/null &
helpers+=($!)
within 10 grep -q '^TracerPid:[[:space:]]*[1-9]' "/proc/$monitor/status"
as by-read cat "$file"
as by-read-too cat "$file"
check "a read" within 20 reuse by-read by-read-too
as by-env sh -c "GH_TOKEN=$given exec true"
as by-env-too sh -c "GH_TOKEN=$given exec true"
check "an environment" within 20 reuse by-env by-env-too
as by-argument /bin/true "$given"
exposed() { [ -n "$(jsonl "$findings" "e['finding_info']['analytic']['uid'] == 'exposed-in-arguments' and 'by-argument' in json.dumps(e)" 1)" ]; }
check "an argument" within 20 exposed
as by-connect python3 -c "import socket; open('$file').read(); socket.create_connection(('127.0.0.1', $port)).close()"
goes() { [ -n "$(edges by-connect "e['kind'] == 'USED_TOWARD' and ':$port' in e['target']" 1)" ]; }
check "a connect" within 20 goes
as by-log sh -c "base64 '$file' >'$work/logs/log'"
as by-log-too cat "$work/logs/log"
check "what goes on second hand" within 20 reuse by-log by-log-too
as by-rename sh -c "base64 '$file' >'$work/logs/new'; sleep 2; mv '$work/logs/new' '$work/logs/turned'; base64 '$file' >>'$work/logs/turned'"
as by-rename-too cat "$work/logs/turned"
check "what got another name, by its handle" within 20 reuse by-rename by-rename-too
"$program" run "${at[@]}" --workflow job --run-id job-1 -- sh -c "(sleep 1; cat '$file') >/dev/null 2>&1 & exit 0"
check "a survivor" within 20 found use-after-end 1
n=$(grep -c . "$findings")
check "the file output has all of it" within 20 lines "$work/logs/findings" '"finding_info"' "$n"
check "so has the syslog receiver" within 20 lines "$work/received" credlineage "$n"
check "the policy server was asked, by its name" lines "$work/server/inputs" cross-workflow-reuse 1
echo '{"result": {"severity": "Low"}}' >"$work/server/answer"
as by-opa cat "$file"
lowered() { [ -n "$(jsonl "$findings" "'by-opa' in json.dumps(e) and e['severity'] == 'Low'" 1)" ]; }
check "its word counts" within 20 lowered

# ---- reload, mending, restart ----
check "it reloads" reloaded "SIGHUP: the fingerprint key is as it was"
check "the manager heard when it was ready" grep -q ' READY=1$' "$work/told"
check "and how it goes" within 15 grep -qE ' STATUS=[0-9]+ processes, [0-9]+ credentials, [0-9]+ findings, [0-9]+ events lost$' "$work/told"
check "that it reloads, and since when" grep -qE ' RELOADING=1 MONOTONIC_USEC=[0-9]+$' "$work/told"
check "and was ready again" within 5 lines "$work/told" READY=1 2
check "it keeps the watchdog quiet" within 10 lines "$work/told" WATCHDOG=1 3
kill -STOP "$monitor"
sleep 0.2
before=$(grep -c WATCHDOG "$work/told")
sleep 3
check "but not when its loop stands still" [ "$(grep -c WATCHDOG "$work/told")" -eq "$before" ]
kill -CONT "$monitor"
stop_monitor
check "no call that it makes was refused" sh -c "[ -s '$work/failed' ] && ! grep ENOSYS '$work/failed' | grep -v ' clone3('"
check "it stops cleanly" [ "$monitor_status" -eq 0 ]
check "and says that it stops" lines "$work/told" STOPPING=1 1
check "the recording is whole" sh -c "'$program' replay '$work/all.clrec' | grep -q cross-workflow-reuse"
unset NOTIFY_SOCKET WATCHDOG_USEC
as between cat "$file" 2>/dev/null || cat "$file" >/dev/null
start_monitor --pin="$pins"
check "it takes the pinned probes over, confined" self
as after-pin cat "$file"
check "and finds" within 20 reuse by-read after-pin
stop_monitor

# ---- what is not run again ----
cat >"$work/command.json" <<JSON
{"fingerprint": {"key_command": ["/usr/bin/xxd", "-p", "-c64", "$work/key"]}}
JSON
head -c 32 /dev/urandom >"$work/key"
at=(--state "$work/state-command" --socket "$work/control.sock")
start_monitor --config "$work/command.json"
check "a key command is not run again, which is said" reloaded "a confined monitor executes nothing: restart it"
check "and it goes on" self
stop_monitor

# ---- off, or not there ----
at=(--state "$work/state" --socket "$work/control.sock")
start_monitor --no-confine
self
check "--no-confine is found out" [ $? -eq 1 ]
check "and what is wrong with it" self_has "len(s['problems']) >= 3"
check "it is said at the start" grep -q 'keeps every right of root' "$work/monitor.err"
stop_monitor
self
check "without a monitor there is nothing to say" [ $? -eq 3 ]

# refused STATUS TEXT COMMAND...
refused() {
	local status=$1 text=$2
	shift 2
	timeout 30 "$@" >/dev/null 2>"$work/refused"
	[ $? -eq "$status" ] && grep -qF -- "$text" "$work/refused"
}
check "a missing capability is named" refused 3 "root lacks CAP_BPF, CAP_SYS_PTRACE here" \
	setpriv --bounding-set=-bpf,-sys_ptrace "$program" monitor "${at[@]}"
check "and so it is to a user" refused 3 "not root (run: sudo credlineage monitor); missing: CAP_BPF, CAP_PERFMON" \
	setpriv --reuid 65534 --clear-groups "$program" monitor "${at[@]}"
echo '{"socket_group": "nosuch"}' >"$work/group.json"
check "an unknown group of the socket is an error" refused 1 'there is no such group (groupadd --system nosuch' \
	"$program" monitor "${at[@]}" --config "$work/group.json"
mkdir -m 700 "$work/real"
ln -s real "$work/link"
check "a state directory behind a link is refused" refused 1 "it is a symbolic link" "$program" monitor --state "$work/link" --socket "$work/c.sock"
mkdir -m 700 "$work/theirs"
chown 65534 "$work/theirs"
check "so is one of somebody else" refused 3 "it belongs to uid 65534" "$program" monitor --state "$work/theirs" --socket "$work/c.sock"
mkdir -m 700 "$work/open"
chmod 770 "$work/open"
check "and one that a group writes to" refused 3 "mode 0770 lets others write there" "$program" monitor --state "$work/open" --socket "$work/c.sock"
check "the same of the socket's directory" refused 3 "socket directory \"$work/open\"" \
	"$program" monitor --state "$work/real" --socket "$work/open/c.sock"
finish
