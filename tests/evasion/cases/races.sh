# shellcheck shell=sh disable=SC2154,SC2016,SC2119 # x, w, home, many: tests/evasion/run.sh; other shells expand
# What changes between the act and the look at it. `many` tries are a tenth here of what a full run has.

# Another file with a token, at a path of the same length as $w.
second_home() {
	secret V "$x/hom2/.aws/credentials"
}

case_ T01 "a thread rewrites the path while it is opened: the file that was opened is told, every time"
second_home
run a as racer races path $((many / 10)) "$w" "$x/hom2/.aws/credentials"

case_ T02 "another process flips a link in the path while it is opened: the same"
second_home
run a as racer races link $((many / 10)) "$x/link" "$w" "$x/hom2/.aws/credentials"

case_ T04 "programs that read, connect and end at once: each a process with all its acts"
run a as parent races brief $((many / 10)) "$w" 18704

case_ T05 "arguments overwritten after the start: told as they were at the start"
run a as rewriter races arguments "$w" an-argument

case_ T07 "reads on one processor, connects on another, by turns: in the order in which they happened"
mkdir env
for n in $(seq 0 19); do secret "V$n" "$x/env/$n/.env"; done
run a as turner races cpus 20 "$x/env"

case_ T08 "a process that is gone, with its parent, before its acts are looked at"
later A sh -c 'touch "$2/ready"; while [ ! -e "$2/go" ]; do sleep 0.05; done; as reader races one "$1" 18708; touch "$2/ended"' \
	sh "$w" "$x"
await ready
kill -STOP "$monitor"
touch go
await ended
sleep 0.3
kill -CONT "$monitor"
finish
