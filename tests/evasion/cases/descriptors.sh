# shellcheck shell=sh disable=SC2154,SC2016,SC2119 # x, w, home: tests/evasion/run.sh; other shells expand
# Who opened is not who reads.

case_ D01 "inherited: the child reads what its parent opened, or opens it again by its number"
run a as parent sh -c 'exec 9<"$1"; as child cat <&9; as again read_by read /dev/fd/9; :' sh "$w"

case_ D01b "inherited at another number, the first one closed"
run a as parent pass_fd keep "$w" sh -c 'as child cat <&7; :'

case_ D02 "a shell's redirection: opened by the shell before it became the client, read by the client"
run a sh -c 'exec as client cat <"$1"' sh "$w"

case_ D02b "a here-document made of the file: the shell read it, whoever gets it did not"
run a as shell sh -c '{ read -r first; read -r second; } <"$1"; as client cat >/dev/null <<END
$second
END' sh "$w"

case_ D05 "two tasks with one table of descriptors: one opens, the other reads"
run a pass_fd share "$w"

case_ D07 "the parent connects, its child reads the token, sends it and ends first: the child's use, the parent's connection"
later L as listener busybox nc -l -p 18707
sleep 0.5
run a as parent send_on 18707 "$w"
finish
