# shellcheck shell=sh
# In a guest whose clock counts instructions: what an act costs under each of the setups named in GUEST_TIERS.
# Prints "SETUP ACT INSTRUCTIONS". A setup is nothing, empty-TIER (programs that do nothing, on a tier's hooks) or a TIER.
echo 'nothing to see' >/tmp/plain.txt
mkfifo /tmp/hold # whose reader waits for ever

# measure SETUP
measure() {
	for act in getppid read open connect send; do
		echo "$1 $act $(/bench/workload --least $act 50 /tmp/plain.txt)"
	done
	echo "$1 exec $(/bench/workload --least exec 5 /bin/true)"
}

# await FILE TEXT
await() {
	tries=0
	until grep -q "$2" "$1"; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || { echo "not ok $setup: no \"$2\" in: $(tail -n 3 "$1")"; return 1; }
		sleep 0.1
	done
}

for setup in $GUEST_TIERS; do
	out=/tmp/$setup.out
	: >"$out"
	case $setup in
	nothing)
		measure "$setup"
		continue
		;;
	empty-*) /bench/load_empty /bench/empty.bpf.o all "${setup#empty-}" >"$out" 2>&1 <>/tmp/hold & ;;
	*) credlineage monitor --quiet --tier "$setup" --state "/tmp/$setup" --socket "/tmp/$setup/socket" >"$out" 2>&1 & ;;
	esac
	watcher=$!
	if await "$out" 'ready\|watching this host'; then
		sleep 1 # what it does at its start
		measure "$setup"
	fi
	kill $watcher
	wait $watcher
done 2>/dev/null
