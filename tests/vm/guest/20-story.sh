# shellcheck shell=sh
# The whole program: a token that one workflow reads from a file turns up in another workflow's environment.
[ -x /usr/bin/credlineage ] || { echo "not ok program-is-there"; exit 0; }
dir=/tmp/story
out=/out/story
mkdir -p $dir $out /root/.config/gh
token=$(/trigger/make_token)
other=$(/trigger/make_token)
printf 'github.com:\n    user: someone\n    oauth_token: %s\n' "$token" >/root/.config/gh/hosts.yml
findings=$out/findings.jsonl
common="--state $dir/state --socket $dir/control.sock"

say() {
	if [ "$1" -eq 0 ]; then echo "ok story-$2"; else echo "not ok story-$2: $3"; fi
}

# reported DETECTOR: how many findings of that kind were reported for the first time
reported() {
	grep '"activity_id":1' $findings | grep -c "\"uid\":\"$1\""
}

# shellcheck disable=SC2086 # options
credlineage monitor $common >$findings 2>$out/monitor.log &
monitor=$!
tries=0
until grep -q 'watching this host' $out/monitor.log; do
	tries=$((tries + 1))
	if [ $tries -gt 300 ] || ! kill -0 $monitor 2>/dev/null; then
		say 1 monitor-starts "$(tail -n 3 $out/monitor.log)"
		exit 0
	fi
	sleep 0.1
done
say 0 monitor-starts

# shellcheck disable=SC2086
run() {
	workflow=$1
	shift
	credlineage run $common --workflow "$workflow" -- "$@" >>$out/run.log 2>&1
	say $? "run-$workflow" "$(tail -n 1 $out/run.log)"
}

# give TOKEN WORKFLOW: through a pipe, so that only the command itself has it in its environment
give() {
	# shellcheck disable=SC2016 # the inner shell expands it
	echo "$1" | run "$2" sh -c 'read -r GH_TOKEN; export GH_TOKEN; exec /bin/true'
}

run deploy cat /root/.config/gh/hosts.yml
give "$other" audit
sleep 3
n=$(reported cross-workflow-reuse)
say "$n" another-token-is-no-finding "$n reported"
give "$token" triage
tries=0
while [ "$(reported cross-workflow-reuse)" -eq 0 ] && [ $tries -lt 100 ]; do
	tries=$((tries + 1))
	sleep 0.1
done
sleep 1
n=$(reported cross-workflow-reuse)
[ "$n" -eq 1 ]
say $? same-token-is-one-finding "$n reported"

kill -TERM $monitor
wait $monitor
say $? monitor-ends "status $?"
# run.log holds what `cat` printed, as it must
grep -qF "$token" $out/run.log
say $? program-output-untouched "the command's output is missing"
rm $out/run.log
found=$(grep -rlF -e "$token" -e "$other" $dir $out /run /var 2>/dev/null)
[ -z "$found" ]
say $? tokens-are-written-nowhere "$found"
# cat is no program of gh's, and its output, which is kept, is a copy.
for detector in unexpected-reader credential-copied; do
	n=$(reported $detector)
	[ "$n" -eq 1 ]
	say $? "$detector" "$n reported"
done
n=$(grep -c '"activity_id":1' $findings)
[ "$n" -eq 3 ]
say $? no-other-finding "$n findings in all"
