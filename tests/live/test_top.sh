#!/usr/bin/env bash
# `top` on a real terminal (tmux): a credential that was used again is seen with its run and its finding, keys sort, filter
# and open a lineage, any size will do, and the terminal is left as it was found.
# shellcheck source=tests/lib/live.sh disable=SC2119,SC2317
. "$(dirname "$0")/../lib/live.sh"
command -v tmux >/dev/null || { echo "not ok tmux is installed (scripts/install-deps.sh)"; exit 1; }

mux() { TMUX='' tmux -L "top-$$" -f /dev/null "$@"; }
goes_on=
trap 'mux kill-server 2>/dev/null; [ -z "$goes_on" ] || kill "$goes_on" 2>/dev/null; live_cleanup' EXIT

# screen: what stands on the terminal; at ROW: one line of it, from 1
screen() { mux capture-pane -p -t top 2>/dev/null; }
at_row() { screen | sed -n "$1p"; }
shows() { screen | grep -qF -- "$1"; }
shows_line() { screen | grep -qxE -- "$1"; }
shows_not() { ! shows "$1"; }
row_is() { [[ "$(at_row "$1")" =~ $2 ]]; }
# seen NAME COMMAND...: a case, with the screen when it fails
seen() {
	local before=$cases_failed
	cases_failed=0
	check "$@"
	[ $cases_failed -eq 0 ] || screen | sed 's/^/# /'
	cases_failed=$((cases_failed | before))
}
key() { mux send-keys -t top "$@"; }
# open_top COLUMNS ROWS [VARIABLE=VALUE]...: a shell that goes on after it, to see what it left
open_top() {
	local columns=$1 rows=$2
	shift 2
	mux kill-session -t top 2>/dev/null
	mux new-session -d -s top -x "$columns" -y "$rows" \
		"env $* '$program' top --state '$work/state' --socket '$work/control.sock'; echo \"top ended: \$?\"; stty -a | grep -o '[-]*echo '; exec sleep 1000"
}

mux new-session -d -s keep 'exec sleep 1000' # its server stays

home=$work/home
mkdir -p "$home/.config/gh"
shared=$("$make_token" github)
printf 'github.com:\n    oauth_token: %s\n    user: octocat\n' "$shared" >"$home/.config/gh/hosts.yml"
start_monitor
as topdeploy cat "$home/.config/gh/hosts.yml"
"$program" run "${at[@]}" --workflow toptriage -- sh -c "GH_TOKEN=$shared exec sleep 300" &
goes_on=$!
check "the reuse is found" within 10 found cross-workflow-reuse 1
fp=$("$program" lineage "${at[@]}" --workflow topdeploy | grep -oE 'cred:[0-9a-f]{32}' | head -n 1)
short=${fp:0:13}

# ---- 80x24 ----
open_top 80 24 TERM=screen-256color LC_ALL=C.UTF-8
seen "it says that somebody watches" within 10 row_is 1 '^ credlineage top  [^ ]+ +watching for [0-9]+m [0-9]+s +[0-9:]{8}Z$'
seen "and with what" row_is 2 '^ coverage (complete|INCOMPLETE[a-z ,]*): .*[0-9]+ acts? by (fentry|kprobe|tracepoint)'
seen "what was lost" row_is 3 '^ loss     (none|[a-z]+: )'
seen "what comes in" within 10 row_is 4 '^ events/s [0-9.]+k?(: .*exec [0-9.]+|$)'
key /
key -l "toptriage cross-w"
key Enter
seen "the finding, in its columns" within 10 shows_line \
	"> High     cross-workflow-reuse     $short topdeploy, toptri…     [0-9] +[0-9]+s"
seen "the names of the columns" shows_line '  SEVERITY FINDING                  CREDENTIAL    WORKFLOWS          COUNT ▼LAST'
key Escape
key /
key -l "$fp"
key Enter
# Others on this host may come across it, too: as many as another command counts.
reused() { "$program" credentials show "$fp" --json "${at[@]}" | python3 -c 'import json, sys
c = json.load(sys.stdin)
print("%9d %5d" % (len({r["workflow"] for r in c["runs"]}), c["runs_total"]))'; }
shows_reuse() { shows_line "$1 High     $short GitHub            static    $(reused)     0 +[0-9]+s"; }
seen "the credential, in its columns: workflows, runs" within 20 shows_reuse ' '
seen "the filter is said" shows " filter: $fp"
key Escape
key /
key -l toptriage
key Enter
seen "the run that goes on, with what it holds" within 10 shows_line \
	'  High     toptriage            declared  active    GitHub               1 +[0-9]+s'

# ---- sorting ----
key Escape
key 4
seen "events by kind, the most frequent first" within 5 shows_line \
	'  KIND         ▼PER SECOND       TOLD   REPEATED     LOST  FAILED SKIPPED CAPPED'
key s s
seen "sorted by another column" within 5 shows_line \
	'  KIND          PER SECOND       TOLD  ▼REPEATED     LOST  FAILED SKIPPED CAPPED'
repeated() { screen | awk '$1 == ">" {print $5} $1 ~ /^(exec|fork|exit|open|read)$/ {print $4}' | tr '\n' ' '; }
is_sorted() { [ "$(repeated | tr ' ' '\n' | sort -c"$1" 2>&1)" = '' ] && [ -n "$(repeated)" ]; }
seen "largest first" within 5 is_sorted rn
key r
seen "and reversed" within 5 shows '▲REPEATED'
seen "smallest first" within 5 is_sorted n

# ---- a lineage ----
key 1 /
key -l "toptriage cross"
key Enter
within 10 shows_line '> High     cross-workflow-reuse .*'
key Enter
seen "a finding's lineage" within 10 shows '── LINEAGE ──'
seen "what it says" row_is 6 '^ High: Credential used in two workflows$'
seen "its credential" shows_line " +├─ $fp| └─ $fp| ├─ $fp"
seen "where that came from" shows "$home/.config/gh/hosts.yml"
key Escape Escape 2 /
key -l "$fp"
key Enter
within 10 shows_reuse '>'
key Enter
seen "a credential's lineage" within 10 row_is 6 "^ $fp$"
seen "origins" shows_line ' ├─ origins'
seen "holders" shows_line ' ├─ holders'
seen "the first run" shows '─ topdeploy / topdeploy-'
seen "how its process got it" shows_line " │  │  └─ [0-9:]{8} cat \[[0-9]+\] uid 0: read $work/home.*"
seen "the second one" shows '─ toptriage / toptriage-'
seen "who was given it" shows ' uid 0: environment GH_TOKEN'
key NPage NPage
seen "destinations" within 5 shows '─ destinations'
key Escape
seen "back at the tables" within 5 shows '── FINDINGS'

# ---- other keys ----
key Escape '?'
seen "help" within 5 shows '── KEYS ──'
key x p
seen "paused" within 5 row_is 1 'PAUSED at [0-9:]{8}Z$'
stopped=$(at_row 1)
sleep 2.2
seen "what is shown stays" [ "$(at_row 1)" = "$stopped" ]
key p
seen "and goes on" within 5 row_is 1 'watching for [0-9a-z ]+s +[0-9:]{8}Z$'

# ---- sizes ----
key 2
mux resize-window -t top -x 120 -y 40
seen "a wider screen has more columns" within 5 shows_line \
	'  SEVERITY CREDENTIAL    PROVIDER +FORMAT +CLASS    ▼WORKFLOWS  RUNS DESTS FINDINGS FIRST  LAST'
seen "and more rows" row_is 31 '^── RUNS [0-9]+'
seen "its last line is the last" row_is 40 '^ q quit  \? help'
mux resize-window -t top -x 50 -y 10
seen "a screen that is too small says so" within 5 shows '50x10, needs 60x15'
seen "and nothing else" [ "$(screen | grep -c .)" -eq 2 ]
mux resize-window -t top -x 60 -y 15
seen "the least screen" within 5 shows_line '-*.*CREDENTIALS.*'
seen "in its width" [ -z "$(screen | LC_ALL=C.UTF-8 grep -E '^.{61}')" ]
mux resize-window -t top -x 80 -y 24
seen "back again" within 5 shows '── RUNS'

# ---- the end ----
key q
seen "it ends well" within 5 shows 'top ended: 0'
seen "the terminal echoes again" within 5 shows_line 'echo'
seen "nothing of it is left" shows_not 'q quit'

# ---- other terminals ----
for term in xterm linux vt100; do
	open_top 80 24 TERM=$term LC_ALL=C
	seen "TERM=$term, C locale: the tables" within 10 shows '-- CREDENTIALS'
	seen "TERM=$term: severity without colour" within 5 shows ' High '
	seen "TERM=$term: nothing but ASCII" [ -z "$(screen | LC_ALL=C grep -P '[^\x20-\x7e]')" ]
	key q
	seen "TERM=$term: it ends well" within 5 shows 'top ended: 0'
done
open_top 80 24 TERM=dumb
seen "a terminal that can't place text is refused in one line" within 5 shows 'cannot draw on terminal "dumb"'

# ---- hostile names ----
bad=$(printf 'evil\033]0;owned\007\342\200\256')
cp "$(command -v cat)" "$work/$bad"
as toptriage "$work/$bad" "$home/.config/gh/hosts.yml"
open_top 120 40 TERM=xterm LC_ALL=C.UTF-8
key 2 /
key -l "$fp"
key Enter
within 20 shows_line "> High     $short .*"
key Enter
seen "a process's hostile name is written out" within 10 shows_line '.*evil\\+x1b]0;owned\\+x07\\+u\{202e\} \[[0-9]+\] uid 0: read .*'
key q

# ---- without a screen, without a monitor ----
once() { LC_ALL=C "$program" top --once "${at[@]}" "$@"; }
seen "one picture as text" sh -c "LC_ALL=C '$program' top --once ${at[*]} >'$work/once'"
seen "80 columns at most, 24 lines" [ "$(awk 'length($0) > 80 {long++} END {print NR, long + 0}' "$work/once")" = "24 0" ]
seen "of another size" [ "$(once --size 120x50 | wc -l)" -eq 50 ]
"$program" top --json "${at[@]}" >"$work/top.json"

says() { [ "$(python3 -c 'import json, sys
s = json.load(open(sys.argv[1]))
fp = sys.argv[2]
print(eval(sys.argv[3]))' "$work/top.json" "$fp" "$1")" = "$2" ]; }
seen "as JSON: the credential" says '[(c["workflows"] >= 2, c["runs"] >= 3, c["provider"]) for c in s["credentials"] if c["id"] == fp]' "[(True, True, 'GitHub')]"
seen "the run" says 'sorted({r["state"] for r in s["runs"] if r["workflow"] == "toptriage"})' "['active', 'ended']"
seen "the finding" says 'any(f["detector"] == "cross-workflow-reuse" and f["credential"] == fp for f in s["findings"])' True
seen "rates" says 'all("per_second" in e for e in s["events"]) and len(s["events"]) > 5' True
seen "nothing of the token" sh -c "! grep -qF '$shared' '$work/top.json' '$work/once'"

open_top 80 24 LC_ALL=C.UTF-8
within 10 shows 'watching for'
stop_monitor
seen "the monitor's end is said" within 10 row_is 1 'MONITOR NOT RUNNING'
seen "and that nothing is watched" row_is 2 'NOTHING IS WATCHED'
seen "the store is still shown" shows '── CREDENTIALS'
key C-c
seen "an interrupt ends it well" within 5 shows 'top ended: 0'
seen "without a store there is one clear line" sh -c "'$program' top --state '$work/none' --once 2>&1 | grep -qF 'no store at'"
seen "without a terminal, too" sh -c "'$program' top ${at[*]} </dev/null 2>&1 | grep -qF 'top needs a terminal'"
finish
