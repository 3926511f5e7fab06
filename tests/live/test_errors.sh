#!/usr/bin/env bash
# Bad input gives one clear line and the right exit status.
# shellcheck source=tests/lib/live.sh disable=SC2119
. "$(dirname "$0")/../lib/live.sh"
mkdir -p "$work/state" "$work/catalog.d"
chmod 700 "$work/state"

# says NAME STATUS TEXT COMMAND...: exit status and exactly one line on stderr that holds the text
says() {
	local name=$1 status=$2 text=$3 got
	shift 3
	timeout 20 "$@" >/dev/null 2>"$work/err"
	got=$?
	if [ $got -ne "$status" ] || [ "$(wc -l <"$work/err")" -ne 1 ] || ! grep -qF -- "$text" "$work/err"; then
		echo "not ok $name: status $got, wanted $status; said:"
		sed 's/^/# /' "$work/err"
		cases_failed=1
	else
		echo "ok $name"
	fi
}

printf '{\n\n  "watch": {\n    "pathz": []\n  }\n}\n' >"$work/bad.json"
says "unknown key" 1 "line 4: unknown key \"watch.pathz\" (did you mean \"paths\"?)" "$program" monitor "${at[@]}" --config "$work/bad.json"
says "absent config" 1 "cannot open \"$work/none.json\": No such file or directory" "$program" monitor "${at[@]}" --config "$work/none.json"

printf '{"catalogue": "%s/catalog.d"}\n' "$work" >"$work/good.json"
printf '{"formats": [{"id": "x", "pattern": "["}]}\n' >"$work/catalog.d/broken.json"
says "broken catalogue" 1 "$work/catalog.d/broken.json" "$program" monitor "${at[@]}" --config "$work/good.json"
rm "$work/catalog.d/broken.json"

head -c 100 /dev/urandom >"$work/noise"
says "not a recording" 1 "$work/noise" "$program" replay "$work/noise"
says "no such recording" 1 "No such file" "$program" replay "$work/none"

mkdir -m 700 "$work/foreign" "$work/notdb"
sqlite3 "$work/foreign/credlineage.db" 'create table t(a)'
before=$(sha256sum <"$work/foreign/credlineage.db")
says "foreign database" 1 "$work/foreign/credlineage.db" "$program" monitor --state "$work/foreign" --socket "$work/f.sock"
check "a foreign database is left as it is" [ "$(sha256sum <"$work/foreign/credlineage.db")" = "$before" ]
head -c 5000 /dev/urandom >"$work/notdb/credlineage.db"
says "not a database" 1 "$work/notdb/credlineage.db" "$program" monitor --state "$work/notdb" --socket "$work/f.sock"
says "no store yet" 1 "is the monitor running" "$program" findings list --state "$work/nothing"

install -m 755 "$program" "$work/credlineage"
chmod 755 "$work"
says "no root" 3 "not root (run: sudo credlineage monitor)" setpriv --reuid 65534 --clear-groups "$work/credlineage" monitor
# Without BTF: a mount namespace in which the kernel's type information is hidden.
says "no BTF" 3 "BTF" unshare -m sh -c "mount -t tmpfs none /sys/kernel/btf && exec '$program' monitor --state '$work/s2' --socket '$work/s2.sock'"
says "damaged key" 1 "fingerprint.key" sh -c "mkdir -m 700 '$work/s3' && echo short >'$work/s3/fingerprint.key' && chmod 600 '$work/s3/fingerprint.key' && exec '$program' monitor --state '$work/s3' --socket '$work/s3.sock'"
says "unknown command" 2 "did you mean \"monitor\"?" "$program" monitr
says "state directory of others" 3 "lets others write there" sh -c "mkdir -m 777 '$work/s4' && chmod 777 '$work/s4' && exec '$program' monitor --state '$work/s4' --socket '$work/s4.sock'"
says "no monitor to register with" 1 "is it running" "$program" run --socket "$work/none.sock" -- true

start_monitor
says "second monitor" 1 "another monitor" "$program" monitor "${at[@]}"
stop_monitor
finish
