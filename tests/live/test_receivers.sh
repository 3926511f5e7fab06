#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The same findings by UDP, TCP and TLS to rsyslog and to syslog-ng, plain processes of our own: what each of them parsed is
# held against what was sent, hostile strings and 64 KB included. Then a TLS receiver that is killed.
. "$(dirname "$0")/../lib/receiver.sh"
make_certificates
count=60
chmod 644 "$dir"/*.pem

rsyslog_start() { # TRANSPORT
	local input="module(load=\"imtcp\") input(type=\"imtcp\" port=\"$port\" address=\"127.0.0.1\" ruleset=\"in\")"
	case $1 in
	udp) input="module(load=\"imudp\") input(type=\"imudp\" port=\"$port\" address=\"127.0.0.1\" ruleset=\"in\")" ;;
	tls) input="module(load=\"imtcp\" streamDriver.name=\"ossl\" streamDriver.mode=\"1\" streamDriver.authMode=\"x509/certvalid\")
		input(type=\"imtcp\" port=\"$port\" address=\"127.0.0.1\" ruleset=\"in\")" ;;
	esac
	cat >"$dir/rsyslog.conf" <<END
global(workDirectory="$dir" defaultNetstreamDriverCAFile="$dir/ca.pem"
	defaultNetstreamDriverCertFile="$dir/good.pem" defaultNetstreamDriverKeyFile="$dir/good.key")
module(load="mmpstrucdata")
template(name="out" type="list" option.jsonf="on") {
	property(outname="host" name="hostname" format="jsonf")
	property(outname="app" name="app-name" format="jsonf")
	property(outname="msgid" name="msgid" format="jsonf")
	property(outname="severity" name="syslogseverity" format="jsonf")
	property(outname="facility" name="syslogfacility" format="jsonf")
	property(outname="sd" name="\$!all-json" format="jsonf")
	property(outname="msg" name="msg" format="jsonf")
}
ruleset(name="in") {
	action(type="mmpstrucdata")
	action(type="omfile" file="$dir/received" template="out" flushInterval="1" asyncWriting="off")
}
$input
END
	receiver_start "$port" "${1/tls/tcp}" rsyslogd -n -f "$dir/rsyslog.conf" -i "$dir/rsyslog.pid"
}

ng=$PWD/build/syslog-ng/usr
# shellcheck disable=SC2317 # called by a name that is put together
syslog_ng_start() { # TRANSPORT
	local tls=
	[ "$1" != tls ] || tls="tls(key-file(\"$dir/good.key\") cert-file(\"$dir/good.pem\") ca-file(\"$dir/ca.pem\") peer-verify(required-trusted))"
	cat >"$dir/syslog-ng.conf" <<END
@version: 3.38
options { keep-hostname(yes); };
source in { syslog(ip("127.0.0.1") port($port) transport("$1") $tls); };
destination out { file("$dir/received" template("\$(format-json --key host --key app host=\$HOST app=\$PROGRAM msgid=\$MSGID
	severity=\$LEVEL_NUM facility=\$FACILITY_NUM msg=\$MSG sd.id=\${.SDATA.credlineage@32473.id}
	sd.detector=\${.SDATA.credlineage@32473.detector} sd.severity=\${.SDATA.credlineage@32473.severity}
	sd.credential=\${.SDATA.credlineage@32473.credential} sd.activity=\${.SDATA.credlineage@32473.activity})\n")); };
log { source(in); destination(out); };
END
	receiver_start "$port" "${1/tls/tcp}" env LD_LIBRARY_PATH="$ng/lib/syslog-ng" "$ng/sbin/syslog-ng" -F -f "$dir/syslog-ng.conf" \
		--module-path="$ng/lib/syslog-ng/3.38" --no-caps -R "$dir/ng.persist" -c "$dir/ng.ctl" -p "$dir/ng.pid"
}

received() { # COUNT
	for _ in $(seq 100); do
		[ "$(wc -l 2>/dev/null <"$dir/received" || echo 0)" -ge "$1" ] && break
		sleep 0.1
	done
	sleep 0.2
}
spec() { # TRANSPORT
	printf 'syslog+%s://127.0.0.1:%s' "$1" "$port"
	[ "$1" != tls ] || printf '?ca-file=%s&cert-file=%s&key-file=%s' "$dir/ca.pem" "$dir/client.pem" "$dir/client.key"
}

"$sender" native 0 $count >"$dir/native"
for receiver_name in rsyslog syslog_ng; do
	for transport in udp tcp tls; do
		rm -f "$dir/received"
		name=$receiver_name-$transport
		"${receiver_name}_start" $transport || { verdict "$name-starts" 1; continue; }
		TRIES=100 "$sender" send "$(spec $transport)" 0 $count 2>"$dir/said" || sed 's/^/# /' "$dir/said"
		received $count
		python3 tests/lib/check_received.py "$dir/native" "$dir/received" "$dir/events"
		verdict "$name-says-what-was-sent" $?
		python3 tests/lib/check_ocsf.py "$dir/events" >"$dir/ocsf" || { sed 's/^/# /' "$dir/ocsf" | head -5; false; }
		verdict "$name-is-sound-ocsf" $?
		receiver_stop
	done
done

# The other formats, whose records a relay could take for something else, through both.
for receiver_name in rsyslog syslog_ng; do
	for format in ecs cef leef; do
		rm -f "$dir/received"
		"${receiver_name}_start" tcp || { verdict "$receiver_name-$format-starts" 1; continue; }
		TRIES=100 "$sender" send "$(spec tcp)?format=$format" 0 $count 2>"$dir/said" || sed 's/^/# /' "$dir/said"
		received $count
		python3 -c 'import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    print(json.loads(line)["msg"].lstrip("\ufeff"))' "$dir/received" >"$dir/records" &&
			python3 tests/lib/check_formats.py $format "$dir/native" "$dir/records" cut >"$dir/said"
		verdict "$receiver_name-$format-says-what-was-sent" $? || sed 's/^/# /' "$dir/said"
		receiver_stop
	done
done

# One more octet than the default cannot be asked of every UDP receiver, but of this one.
rm -f "$dir/received"
rsyslog_start udp
"$sender" send "$(spec udp)?max-size=8000" 0 $count
received $count
python3 tests/lib/check_received.py "$dir/native" "$dir/received" "$dir/events" &&
	grep -q '"evidences"' "$dir/events"
verdict rsyslog-udp-of-8000-octets $?
receiver_stop

# Nobody listens: UDP hears it on this host, keeps the finding and sends it when somebody does.
rm -f "$dir/received"
"$sender" send "$(spec udp)" 0 $count 2>"$dir/said" &
pid=$!
sleep 0.5
rsyslog_start udp
wait $pid
received $count
grep -q 'Connection refused' "$dir/said" && python3 tests/lib/check_received.py "$dir/native" "$dir/received"
verdict rsyslog-udp-late-receiver-gets-all $?
receiver_stop

# Stopped while its kernel takes on, then killed, by TLS: what nobody read comes again; what was read may come twice.
rm -f "$dir/received"
rsyslog_start tls
"$sender" send "$(spec tls)" 0 $count 2>"$dir/said" &
pid=$!
sleep 0.3
kill -STOP "$receiver"
sleep 0.3
receiver_stop KILL
rsyslog_start tls
wait $pid
received $count
python3 - "$dir/received" $count <<'END'
import json, sys
ids = [json.loads(json.loads(l)["msg"].lstrip("\ufeff"))["finding_info"]["uid"] for l in open(sys.argv[1], encoding="utf-8")]
first = list(dict.fromkeys(ids))
print(f"# {len(ids)} messages, {len(first)} findings")
sys.exit(first != [f"fnd-{n:016x}" for n in range(int(sys.argv[2]))])
END
verdict rsyslog-tls-kill-loses-nothing-unread $?
exit $failed
