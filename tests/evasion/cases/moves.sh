# shellcheck shell=sh disable=SC2154,SC2016,SC2119 # x, w, home: tests/evasion/run.sh; other shells expand
# The watched file's bytes by ways on which no system call hands them to the reader. Where a copy is made, the copy is a
# file that is watched too and is read by another run: its credential is known from its own bytes to be the same.

# way ID TITLE WAY [OTHER]
way() {
	case_ "$1" "$2"
	run a as reader read_by "$3" "$w" ${4:+"$4"}
}

# copied WAY: A copies W to V, B reads V
copied() {
	mkdir -p other/.aws
	run a as copier read_by "$1" "$w" "$x/other/.aws/credentials"
	file V "$x/other/.aws/credentials"
	run b as reader read_by read "$x/other/.aws/credentials"
}

way M01 "mapped privately, the descriptor closed, one byte touched" map
way M01b "mapped and filled at once" map-populate
way M01c "mapped to share" map-shared
way M01d "mapped without a right to read, which is given later" map-late
way M02 "sent to a file by the kernel" sendfile "out"
way M02b "sent to a socket by the kernel" sendfile-socket
way M02c "moved to a pipe and from there to a file" splice "out"

case_ M04 "copied within the kernel: read by who copies, and the copy is known as the same credential when it is read"
copied copy


way M18c "read asynchronously" aio
