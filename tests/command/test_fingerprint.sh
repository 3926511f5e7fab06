#!/usr/bin/env bash
# `credlineage fingerprint`: where keys come from, how one takes the other's place, what a lost or wrong one leads to.
# shellcheck source=tests/lib/command.sh
. "$(dirname "$0")/../lib/command.sh"
mkdir -m 700 "$state"

# runs STATUS ARGUMENT...: with that exit status; stdout in $work/stdout, stderr in $work/stderr
runs() {
	local status=$1 got
	shift
	"$program" "$@" >"$work/stdout" 2>"$work/stderr"
	got=$?
	cat "$work/stdout" "$work/stderr"
	[ $got -eq "$status" ] || { echo "status $got, not $status"; return 1; }
}

fingerprint() { # STATUS ARGUMENT...
	local status=$1
	shift
	runs "$status" fingerprint --state "$state" "$@"
}

# of EXPRESSION ARGUMENT...: the value of an expression over `d`, the one record that the command prints
of() {
	local expression=$1
	shift
	"$program" "$@" 2>/dev/null | python3 -c 'import json, sys
d = json.loads(sys.stdin.readline())
print(eval(sys.argv[1]))' "$expression"
}

key_id() { # KEYFILE: as anybody can compute it
	sha256sum "$1" | cut -c1-8
}

# One token, one password, in files; the token of GitHub's form, the password of a format made for this test.
python3 - >"$work/token" <<-'END'
	import secrets, zlib
	a = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	body = "".join(secrets.choice(a) for _ in range(30))
	n, tail = zlib.crc32(body.encode()), ""
	for _ in range(6):
	    tail, n = a[n % 62] + tail, n // 62
	print("ghp_" + body + tail)
END
mkdir "$work/catalog.d"
printf '{"formats": [{"id": "fake_password", "provider": "Fake", "kind": "password", "class": "static", "pattern": "FAKEpw-[a-z]{9}"}]}\n' \
	>"$work/catalog.d/fake.json"
printf 'password = FAKEpw-%s\n' "$(tr -dc '[:lower:]' </dev/urandom | head -c 9)" >"$work/password"

config() { # NAME FINGERPRINT-SECTION [STATE]: a configuration file
	printf '{"catalogue": "%s", "state": "%s", "fingerprint": %s}\n' "$work/catalog.d" "${3:-$state}" "$2" >"$work/$1"
}
config plain.json '{}'

nothing_yet() {
	fingerprint 1 && grep -q 'cannot open fingerprint key' "$work/stderr" && [ -z "$(ls "$state")" ]
}
check "without a key show says so and makes none" nothing_yet

made() {
	runs 1 scan --state "$state" --json "$work/token" || return 1
	[ "$(stat -c %a%s "$state/fingerprint.key" "$state/host.key" | sort -u)" = 60032 ] &&
		fingerprint 0 show --json &&
		[ "$(of 'd["key"]["id"]' fingerprint --state "$state" --json)" = "$(key_id "$state/fingerprint.key")" ] &&
		[ "$(of 'd["key_id"]' scan --state "$state" --json "$work/token")" = "$(key_id "$state/fingerprint.key")" ]
}
check "the first scan makes the keys, show names them" made

says_no_key() {
	script -qec "$program fingerprint show --state $state" /dev/null >"$work/screen"
	fingerprint 0 show --json
	cat "$work/screen" "$work/stdout" "$work/stderr" >"$work/said"
	python3 - "$work/said" "$state/fingerprint.key" "$state/host.key" <<-'END'
		import base64, sys
		said = open(sys.argv[1], "rb").read()
		assert b"key        " in said, said
		for path in sys.argv[2:]:
		    key = open(path, "rb").read()
		    for form in (key, key.hex().encode(), base64.b64encode(key)):
		        assert form[:8] not in said.replace(b" ", b""), path
	END
}
check "no byte of a key is printed" says_no_key

password_is_local() {
	[ "$(of 'd["key_id"]' scan --config "$work/plain.json" --json "$work/password")" = \
		"$(of 'd["key"]["passwords_id"]' fingerprint --state "$state" --json)" ] &&
		[ "$(of 'd["key_id"]' scan --config "$work/plain.json" --json "$work/token")" = \
			"$(of 'd["key"]["id"]' fingerprint --state "$state" --json)" ]
}
check "a password has the host's key id, a token the installation's" password_is_local

fleet() {
	local a b
	cp "$state/fingerprint.key" "$work/fleet.key"
	mkdir -m 700 "$work/a" "$work/b"
	config a.json "{\"key_file\": \"$work/fleet.key\"}" "$work/a"
	config b.json "{\"key_file\": \"$work/fleet.key\"}" "$work/b"
	config share.json "{\"key_file\": \"$work/fleet.key\", \"share_passwords\": true}" "$work/b"
	for kind in token password; do
		a=$(of 'd["fingerprint"]' scan --config "$work/a.json" --json "$work/$kind")
		b=$(of 'd["fingerprint"]' scan --config "$work/b.json" --json "$work/$kind")
		echo "$kind $a $b"
		[ $kind = token ] && [ "$a" != "$b" ] && return 1
		[ $kind = password ] && [ "$a" = "$b" ] && return 1
	done
	[ ! -e "$work/a/fingerprint.key" ] || return 1
	[ "$(of 'd["key_id"]' scan --config "$work/share.json" --json "$work/password")" = "$(key_id "$work/fleet.key")" ]
}
check "two hosts with one key agree on tokens and not on passwords, unless told to" fleet

other_sources() {
	local id
	id=$(key_id "$work/fleet.key")
	mkdir -p "$work/creds"
	base64 "$work/fleet.key" >"$work/creds/fp"
	chmod 400 "$work/creds/fp"
	config cred.json '{"key_credential": "fp"}'
	config command.json "{\"key_command\": [\"/usr/bin/xxd\", \"-p\", \"-c64\", \"$work/fleet.key\"]}"
	command -v xxd >/dev/null || config command.json "{\"key_command\": [\"/bin/cat\", \"$work/fleet.key\"]}"
	[ "$(CREDENTIALS_DIRECTORY=$work/creds of 'd["key"]["id"]' fingerprint --config "$work/cred.json" --json)" = "$id" ] &&
		[ "$(of 'd["key"]["id"]' fingerprint --config "$work/command.json" --json)" = "$id" ] || return 1
	runs 1 fingerprint --config "$work/cred.json" && grep -q LoadCredential=fp "$work/stderr" || return 1
	config failing.json '{"key_command": ["/bin/false"]}'
	runs 1 fingerprint --config "$work/failing.json" && grep -q 'failed with status 1' "$work/stderr" || return 1
	runs 1 fingerprint rotate --config "$work/command.json" && grep -q old_key_file "$work/stderr"
}
check "a key from a credential and from a command" other_sources

rotates() {
	local before first
	before=$(key_id "$state/fingerprint.key")
	first=$(of 'd["fingerprint"]' scan --state "$state" --json "$work/token")
	fingerprint 0 rotate && grep -q "retire $before" "$work/stdout" || return 1
	[ "$(stat -c %a "$state/fingerprint.key" "$state/fingerprint.key.old" | sort -u)" = 600 ] &&
		[ "$(key_id "$state/fingerprint.key.old")" = "$before" ] &&
		[ "$(key_id "$state/fingerprint.key")" != "$before" ] || return 1
	[ "$(of 'd["other_fingerprint"], d["other_key_id"]' scan --state "$state" --json "$work/token")" = "('$first', '$before')" ] &&
		[ "$(of 'd["key_id"]' scan --state "$state" --json "$work/token")" = "$(key_id "$state/fingerprint.key")" ] &&
		[ "$(of 'd["old"]["id"]' fingerprint --state "$state" --json)" = "$before" ]
}
check "rotate keeps the old key, a scan has both fingerprints" rotates

one_at_a_time() {
	local now
	now=$(key_id "$state/fingerprint.key")
	fingerprint 1 rotate && grep -q "still in use" "$work/stderr" && [ "$(key_id "$state/fingerprint.key")" = "$now" ]
}
check "one exchange at a time" one_at_a_time

# What a monitor has seen, from a recording; the store is told which keys made it.
store() { # KEY-ID LOCAL-ID
	rm -f "$state"/credlineage.db*
	build/tests/test_pipeline record "$work/story.rec" >/dev/null && "$program" replay --state "$state" "$work/story.rec" >/dev/null &&
		sqlite3 "$state/credlineage.db" "UPDATE node SET attrs=json_set(attrs,'\$.key_id','$1') WHERE kind=7;
			INSERT INTO meta VALUES('fingerprint_keys','$1 $2')"
}

retires() {
	local old
	old=$(key_id "$state/fingerprint.key.old")
	store "$old" 00000000 || return 1
	fingerprint 2 retire 12345678 && fingerprint 2 retire "$(key_id "$state/fingerprint.key")" &&
		grep -q 'is in use' "$work/stderr" && fingerprint 2 retire && [ -e "$state/fingerprint.key.old" ] || return 1
	fingerprint 0 retire "$old" && grep -qE '^[1-9][0-9]* known credentials were never seen again' "$work/stdout" || return 1
	[ ! -e "$state/fingerprint.key.old" ] &&
		[ "$(of '"other_key_id" in d' scan --state "$state" --json "$work/token")" = False ] &&
		[ "$(of 'd["store_key_id"]' fingerprint --state "$state" --json)" = "$(key_id "$state/fingerprint.key")" ]
}
check "retire says how many were not seen again and drops the old key" retires

another_key() {
	cp -p "$state/fingerprint.key" "$work/kept"
	head -c 32 /dev/urandom >"$state/fingerprint.key"
	fingerprint 1 show && grep -q "is not $(key_id "$work/kept"), which the store" "$work/stderr" &&
		grep -q "fingerprint retire $(key_id "$work/kept")" "$work/stderr" || return 1
	fingerprint 1 rotate && runs 3 scan --state "$state" "$work/token" && runs 1 doctor --state "$state" || return 1
	# as the old one of an exchange it is welcome
	cp -p "$work/kept" "$state/fingerprint.key.old"
	fingerprint 0 show || return 1
	rm "$state/fingerprint.key.old"
	cp -p "$work/kept" "$state/fingerprint.key"
}
check "another key than the store's is an error that says how to go on" another_key

lost_key() {
	local id
	id=$(key_id "$state/fingerprint.key")
	rm "$state/fingerprint.key"
	runs 3 scan --state "$state" "$work/token" && grep -q "fingerprint retire $id" "$work/stderr" &&
		[ ! -e "$state/fingerprint.key" ] || return 1
	fingerprint 0 retire "$id" && runs 1 scan --state "$state" --json "$work/token" && [ -e "$state/fingerprint.key" ]
}
check "a lost key is not made anew before it is retired" lost_key

lost_host_key() {
	store "$(key_id "$state/fingerprint.key")" "$(of 'd["key"]["passwords_id"]' fingerprint --state "$state" --json)" || return 1
	rm "$state/host.key"
	runs 3 scan --state "$state" "$work/token" && grep -q host.key "$work/stderr" && [ ! -e "$state/host.key" ] || return 1
	fingerprint 0 retire "$(sed -n 's/.*fingerprint retire \([0-9a-f]*\).*/\1/p' "$work/stderr")" &&
		runs 1 scan --state "$state" --json "$work/token" && [ -e "$state/host.key" ]
}
check "nor is the host's own" lost_host_key

damaged() {
	local file
	rm -f "$state"/credlineage.db*
	for file in fingerprint.key host.key; do
		cp -p "$state/$file" "$work/kept"
		head -c 31 "$work/kept" >"$state/$file"
		runs 3 scan --state "$state" "$work/token" && grep -q "$file\" is damaged.*(31 bytes" "$work/stderr" || return 1
		head -c 32 /dev/zero >"$state/$file"
		runs 3 scan --state "$state" "$work/token" && grep -q 'same byte 32 times' "$work/stderr" || return 1
		cp -p "$work/kept" "$state/$file"
		chmod 644 "$state/$file"
		runs 3 scan --state "$state" "$work/token" && grep -q 'chmod 600' "$work/stderr" || return 1
		chmod 600 "$state/$file"
		cmp "$work/kept" "$state/$file" || return 1
	done
}
check "a damaged or open key is an error and stays as it is" damaged

two_sources() {
	config two.json '{"key_file": "/k", "key_command": ["/k"]}'
	runs 1 fingerprint --config "$work/two.json" && grep -q 'a key has one source' "$work/stderr"
}
check "two sources are refused" two_sources

check "five examples in the help" sh -c "'$program' fingerprint --help | grep -c '^ *sudo credlineage' | grep -qx 5"
