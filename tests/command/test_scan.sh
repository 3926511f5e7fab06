#!/usr/bin/env bash
# `credlineage scan`: finds in files, directories, a process and standard input; statuses; never a value.
# shellcheck source=tests/lib/command.sh
. "$(dirname "$0")/../lib/command.sh"
mkdir -m 700 "$state"

# A token of GitHub's form, another one at each call.
token() {
	python3 - <<-'END'
		import secrets, zlib
		a = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		body = "".join(secrets.choice(a) for _ in range(30))
		n, tail = zlib.crc32(body.encode()), ""
		for _ in range(6):
		    tail, n = a[n % 62] + tail, n // 62
		print("ghp_" + body + tail)
	END
}

scan() { # STATUS ARGUMENT...: runs with that exit status; stdout in $work/stdout, stderr in $work/stderr
	local status=$1 got
	shift
	"$program" scan --state "$state" "$@" >"$work/stdout" 2>"$work/stderr"
	got=$?
	cat "$work/stdout" "$work/stderr"
	[ $got -eq "$status" ] || { echo "status $got, not $status"; return 1; }
}

lines() { # EXPRESSION: over the list `d` of the records on stdout
	python3 -c 'import json, sys
d = [json.loads(l) for l in open(sys.argv[1])]
ok = eval("(" + sys.argv[2] + ")")
print(json.dumps(d, indent=1)) if not ok else None
sys.exit(not ok)' "$work/stdout" "$1"
}

home=$work/home
mkdir -p "$home/.aws" "$home/sub/deep" "$home/clean"
one=$(token) two=$(token) three=$(token)
printf 'first\n//registry.example.com/:_authToken=%s\n' "$one" >"$home/.npmrc"
printf '{"oauth_token": "%s"}\n' "$two" >"$home/sub/deep/hosts.json"
printf 'nothing here\n' >"$home/clean/file"
ln -s "$home/.npmrc" "$home/clean/link"

finds_in_a_file() {
	scan 1 --json "$home/.npmrc" && lines 'len(d) == 1 and d[0]["line"] == 2 and d[0]["name"] == "_authToken"
		and d[0]["provider"] == "GitHub" and d[0]["format"] == "github_pat_classic" and d[0]["class"] == "static"
		and d[0]["path"].endswith("/.npmrc") and d[0]["fingerprint"].startswith("cred:") and len(d[0]["fingerprint"]) == 37
		and len(d[0]["key_id"]) == 8 and "expires" not in d[0]'
}
check "a file: one record with every field that is known" finds_in_a_file

json_on_a_pipe() {
	"$program" scan --state "$state" "$home/.npmrc" | python3 -c 'import json, sys; [json.loads(l) for l in sys.stdin]'
}
check "into a pipe it is JSON without --json" json_on_a_pipe

walks() {
	scan 1 --json "$home" && lines 'sorted(x["path"].rsplit("/", 1)[1] for x in d) == [".npmrc", "hosts.json"]'
}
check "a directory: all below it, links not followed" walks

named_link() { scan 1 --json "$home/clean/link" && lines 'len(d) == 1'; }
check "a link that is named is followed" named_link

clean() { scan 0 --json "$home/clean" && [ ! -s "$work/stdout" ]; }
check "nothing found: status 0 and no output" clean

same() {
	local a b
	scan 1 --json "$home/.npmrc" && a=$(cut -d'"' -f4 "$work/stdout") &&
		printf 'machine h login me password %s\n' "$one" >"$work/netrc" &&
		scan 1 --json "$work/netrc" && b=$(cut -d'"' -f4 "$work/stdout") && [ -n "$a" ] && [ "$a" = "$b" ]
}
check "one token, one fingerprint, also in another file and run" same

key_is_kept() { [ "$(stat -c '%a %s' "$state/fingerprint.key")" = "600 32" ]; }
check "the key is made once and closed to others" key_is_kept

key_option() {
	local a b
	scan 1 --json "$home/.npmrc" && a=$(cut -d'"' -f8 "$work/stdout") &&
		scan 1 --json --key "$work/own.key" "$home/.npmrc" && b=$(cut -d'"' -f8 "$work/stdout") && [ "$a" != "$b" ] &&
		[ -f "$work/own.key" ]
}
check "--key takes another key" key_option

open_key() {
	cp "$state/fingerprint.key" "$work/open.key" && chmod 644 "$work/open.key" &&
		scan 3 --key "$work/open.key" "$home/.npmrc" && grep -q 'chmod 600' "$work/stderr"
}
check "a key that others can read is refused with what to do" open_key

of_process() {
	GH_TOKEN=$three bash -c 'exec -a probe sleep 60' probe &
	sleeper=$!
	for _ in $(seq 50); do grep -q sleep "/proc/$sleeper/comm" && break; sleep 0.1; done
	scan 1 --json --pid "$sleeper" &&
		lines 'len(d) == 1 and d[0]["name"] == "GH_TOKEN" and d[0]["path"].endswith("/environ") and "line" not in d[0]'
}
check "a process: its environment" of_process

of_arguments() {
	kill "$sleeper"
	bash -c 'sleep 60; :' "$three" &
	sleeper=$!
	scan 1 --json --pid "$sleeper" && lines 'len(d) == 1 and d[0]["path"].endswith("/cmdline")'
}
check "a process: its arguments" of_arguments

environment() {
	printf 'A=1\0MY_TOKEN=%s\0B=2\0' "$three" >"$work/environ" &&
		scan 1 --json --environ "$work/environ" && lines '[x["name"] for x in d] == ["MY_TOKEN"]' &&
		printf 'A=1\nMY_TOKEN=%s\n' "$three" >"$work/lines" &&
		scan 1 --json --environ "$work/lines" && lines '[(x["name"], x["line"]) for x in d] == [("MY_TOKEN", 2)]'
}
check "--environ: strings with NUL or in lines" environment

from_stdin() { printf 'token: %s\n' "$three" | scan 1 --json - && lines 'len(d) == 1 and d[0]["path"] == "-"'; }
check "standard input" from_stdin

jwt_expiry() {
	python3 - >"$work/jwt" <<-'END'
		import base64, json, secrets
		b = lambda o: base64.urlsafe_b64encode(json.dumps(o).encode()).decode().rstrip("=")
		print("id_token=" + b({"alg": "RS256"}) + "." + b({"sub": "job", "exp": 1900000000}) + "." + secrets.token_urlsafe(64))
	END
	scan 1 --json "$work/jwt" && lines 'd[0]["class"] == "ephemeral" and d[0]["expires"].startswith("2030-03-17T17:46:40")'
}
check "a signed token says when it ends" jwt_expiry

big_environment() { # 250 KB, and the last variable counts
	local filler big
	filler=$(printf '%080000d' 7)
	env -i A="$filler" B="$filler" C="$filler" GH_TOKEN="$two" sleep 60 &
	big=$!
	while [ "$(tr -d '\0' <"/proc/$big/environ" | wc -c)" -lt 240000 ]; do sleep 0.02; done
	cp "/proc/$big/environ" "$work/environ"
	scan 1 --json --pid "$big" && lines 'len(d) == 1 and d[0]["name"] == "GH_TOKEN"' &&
		scan 1 --json --environ "$work/environ" && lines 'len(d) == 1 and d[0]["name"] == "GH_TOKEN"'
	local status=$?
	kill "$big"
	return $status
}
check "an environment of 250 KB" big_environment

wide() {
	printf '[a]\r\nuser = me\r\ntoken = %s\r\n' "$two" | iconv -t UTF-16 >"$work/wide"
	scan 1 --json "$work/wide" && lines 'len(d) == 1 and d[0]["line"] == 3 and d[0]["name"] == "token"'
}
check "text in 16-bit characters" wide

same_everywhere() { # one fingerprint, in whatever it stands
	mkdir -p "$work/same"
	printf 'machine h login me password %s\n' "$two" >"$work/same/netrc"
	printf '{"auths": {"h": {"auth": "%s"}}}' "$(printf 'me:%s' "$two" | base64 -w0)" >"$work/same/config.json"
	printf 'data:\n  .dockerconfigjson: %s\n' "$(base64 -w0 <"$work/same/config.json")" >"$work/same/secret.yaml"
	printf 'https://me:%s@example.com/\n' "$two" >"$work/same/git-credentials"
	printf '%s' "$two" | od -An -tx1 | tr -d ' \n' >"$work/same/hex"
	scan 1 --json "$work/same" && lines 'len(d) == 5 and len({x["fingerprint"] for x in d}) == 1'
}
check "one fingerprint in every container" same_everywhere

# FILE SEPARATOR TOKEN...: over 9 MiB, with the tokens at, across and near the edges of 4 MiB, 8 MiB and their overlaps.
write_large() {
	python3 - "$@" <<-'END'
		import sys
		path, separator, *tokens = sys.argv[1:]
		separator = separator.encode().decode("unicode_escape")
		m, k = 1 << 20, 1 << 10
		places = [4 * m - 20, 4 * m - 64 * k - 10, 4 * m - 128 * k - 30, 4 * m - 64 * k + 500, 8 * m - 100 * k, 9 * m]
		text = bytearray((b"word" * 15 + separator.encode()) * (9 * m // 60 + 100))
		for at, token in zip(places, tokens):
		    text[at - 1:at + len(token) + 1] = b" " + token.encode() + b" "
		open(path, "wb").write(text)
		print(*[text.count(b"\n", 0, at) + 1 for at in places])
	END
}

large() { # SEPARATOR
	local lines_wanted tokens=()
	for _ in 1 2 3 4 5; do tokens+=("$(token)"); done
	lines_wanted=$(write_large "$work/large" "$1" "${tokens[@]}" "${tokens[0]}")
	scan 1 --json "$work/large" && lines "len(d) == 5 and len({x['fingerprint'] for x in d}) == 5 and
		sorted(x['line'] for x in d) == sorted(map(int, '$lines_wanted'.split()[:5]))"
}
check "a large file: every value once, with its line" large '\n'
check "a large file of one line" large ' '

odd_names() {
	local name=$work/odd$'\n'$'\033[2J'.env
	printf 'T=%s\n' "$one" >"$name"
	scan 1 --json "$name" && [ "$(wc -l <"$work/stdout")" = 1 ] && lines 'd[0]["path"].endswith(".env")'
}
check "a name with control characters stays one record" odd_names

special_files() { mkfifo "$work/fifo" && timeout 10 "$program" scan --state "$state" "$work/fifo" 2>"$work/stderr" && grep -q 'not a regular file' "$work/stderr"; }
check "a fifo does not hang it" special_files

missing() { scan 2 --json "$work/nonexistent" && grep -q 'nonexistent' "$work/stderr"; }
check "a path that is not there: status 2" missing

nothing_named() { scan 2 && grep -q 'nothing to scan' "$work/stderr"; }
check "nothing named: status 2" nothing_named

bad_pid() { scan 2 --pid abc; }
check "a pid that is none: status 2" bad_pid

unreadable() {
	[ "$(id -u)" = 0 ] || return 0
	printf 'T=%s\n' "$one" >"$work/closed" && chmod 600 "$work/closed" && chmod 755 "$work"
	setpriv --reuid 65534 --clear-groups "$program" scan --key "/tmp/scan-test-$$.key" "$work/closed" >"$work/stdout" 2>"$work/stderr"
	local got=$?
	rm -f "/tmp/scan-test-$$.key"
	[ $got -eq 3 ] && grep -q 'cannot open' "$work/stderr"
}
check "what cannot be read: status 3" unreadable

without_state() {
	[ "$(id -u)" = 0 ] || return 0
	chmod 755 "$work" && printf 'T=%s\n' "$one" >"$work/readable" && chmod 644 "$work/readable"
	setpriv --reuid 65534 --clear-groups "$program" scan "$work/readable" >"$work/stdout" 2>"$work/stderr"
	local got=$?
	cat "$work/stderr"
	[ $got -eq 1 ] && grep -q 'key for this run' "$work/stderr" && lines 'len(d) == 1'
}
check "who may not read the key gets one for the run, and is told" without_state

own_catalogue() {
	mkdir -p "$work/catalog.d" && cat >"$work/catalog.d/site.json" <<-'END'
		// of this site
		{"formats": [{"id": "acme", "provider": "Acme", "kind": "api-key", "pattern": "acme_[0-9a-f]{24}"}]}
	END
	printf '{"catalogue": "%s"}' "$work/catalog.d" >"$work/config.json"
	printf 'K=acme_%s\n' "$(head -c 12 /dev/urandom | od -An -tx1 | tr -d ' \n')" >"$work/acme"
	scan 1 --json --config "$work/config.json" "$work/acme" && lines 'd[0]["provider"] == "Acme"'
}
check "formats of the site's own" own_catalogue

table() { # on a terminal: columns
	script -qec "$program scan --state $state $home" /dev/null >"$work/stdout" </dev/null
	grep -q PROVIDER "$work/stdout" && grep -q 'hosts.json:1 (oauth_token)' "$work/stdout"
}
check "on a terminal it is a table" table

# Whatever was printed in all of the above: none of the values.
keep=$work/said
"$program" scan --state "$state" -v "$home" "$work/netrc" >"$keep" 2>&1
script -qec "$program scan --state $state $home" /dev/null >>"$keep" </dev/null
no_value() {
	for value in "$one" "$two" "$three"; do
		for at in 4 12 20 28; do
			! grep -qF -- "${value:$at:10}" "$keep" || return 1
		done
	done
	grep -q "cred:" "$keep"
}
check "never a value" no_value
