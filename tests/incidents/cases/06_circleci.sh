# shellcheck shell=bash disable=SC2016,SC2034,SC2086,SC2154,SC2317 # rig.sh calls it, programs expand it
incident "CircleCI: a browser's session is copied on a laptop, a key is taken out of a running service"

secret cookie jwt .mozilla/firefox/ada.default/value
cookies=$home/.mozilla/firefox/ada.default/cookies.sqlite
/usr/bin/python3 -c 'import sqlite3, sys
d = sqlite3.connect(sys.argv[1])
d.execute("create table moz_cookies (name, value, host)")
d.execute("insert into moz_cookies values (?, ?, ?)", ("session", open(sys.argv[2]).read().strip(), "crm.example"))
d.commit()' $cookies "$home/.mozilla/firefox/ada.default/value"
rm "$home/.mozilla/firefox/ada.default/value"
cp $cookies $cookies-wal
native firefox <<<'content ~/.mozilla/firefox/ada.default/cookies.sqlite; token eyJ; http GET crm.example:8082/sso "$token"'
native secretsd <<'X'
message="{\"value\":\"$SERVICE_KEY\",\"isSecret\":true}"
await "$rig/over"
X
script updater.js <<'X'
cp ~/.mozilla/firefox/ada.default/cookies.sqlite ~/.mozilla/firefox/ada.default/cookies.sqlite-wal /tmp
content /tmp/cookies.sqlite; token eyJ
http GET crm.example:8082/sso "$token"
python3 "$rig/files/memdump.py" secretsd
: >"$rig/over"
X
script quiet.js <<<'http GET crm.example:8082/updates'

owner() {
	user -- firefox
	service secrets SERVICE_KEY=service -- secretsd &
}
innocent() { user -- node quiet.js; }
attack() { user -- node updater.js; }

expect unexpected-reader Medium
unmet credential-copied Low cookie "in a database a value stands right behind its name, and is not told from it"
expect process-scrape High service
