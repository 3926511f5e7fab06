#!/usr/bin/env bash
# Watched files that were open before the monitor: their holders are known with what the file holds, by any name.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"

mkdir -p "$work/home/.config/gh" "$work/home/.aws"
file=$work/home/.config/gh/hosts.yml
printf 'oauth_token: %s\n' "$("$make_token" github)" >"$file"
printf '[default]\n' >"$work/home/.aws/config2"
cp /bin/sleep "$work/holder"
"$work/holder" 61 <"$file" &
read_only=$!
"$work/holder" 62 4>>"$file" &
write_only=$!
"$work/holder" 63 3<"$work/home/.aws/config2" &
unwatched=$!
exec 5<"$file"
rm "$file"
"$work/holder" 64 &
deleted=$!
exec 5<&-
mkfifo "$work/home/.aws/credentials"
exec 6<>"$work/home/.aws/credentials"
"$work/holder" 65 &
pipe=$!
exec 6<&-
sleep 0.2
start_monitor --record "$work/held.clrec"
sleep 0.5
stop_monitor
kill $read_only $write_only $unwatched $deleted $pipe
"$program" replay --dump "$work/held.clrec" >"$work/events.jsonl"
held() {
	jsonl "$work/events.jsonl" "e['kind'] == 'held' and e['process.tgid'] == $1" "$2"
}
token="f\"{len(e.get('sightings', []))} {e['sightings'][0]['source']} {e.get('unverified', 0)} {e['store']} {e['path'] == '$file'}\""
check "a holder, what it can read and from where" [ "$(held $read_only "$token")" = "1 descriptor 0 gh_hosts True" ]
check "of a file without a name, too" [ "$(held $deleted "$token")" = "1 descriptor 0 gh_hosts True" ]
check "who can only write reads nothing" [ -z "$(held $write_only 1)" ]
check "nor does an unwatched file count" [ -z "$(held $unwatched 1)" ]
check "what could keep us waiting is not read: unverified" [ "$(held $pipe "f\"{len(e.get('sightings', []))} {e.get('store')}\"")" = "0 aws_credentials" ]
check "the store has the holder" [ "$(sqlite3 "$work/state/credlineage.db" \
	"select count(*) from edge e join node p on p.n = e.source join node c on c.n = e.target
	 where p.label = 'holder [$read_only]' and c.id like 'cred:%' and e.kind = 8 and e.basis = 1")" -eq 1 ]
"$program" replay "$work/held.clrec" >/dev/null 2>&1
check "and a replay takes the recording" [ $? -le 1 ]
finish
