# shellcheck shell=sh
# What the program itself says of this kernel: every act seen, at the best tier. No tracefs, no libraries beyond its own.
[ -x /usr/bin/credlineage ] || { echo "not ok program-is-there"; exit 0; }
credlineage doctor --state /tmp/doctor --socket /tmp/doctor/control.sock >/tmp/doctor.json 2>/tmp/doctor.err
status=$?
# seen ACT TIER
seen() {
	if grep -qF "{\"act\":\"$1\",\"tier\":\"$2\",\"attached\":true,\"seen\":true" /tmp/doctor.json; then
		echo "ok doctor-$1-$2"
	else
		echo "not ok doctor-$1-$2 (status $status): $(head -c 1500 /tmp/doctor.json /tmp/doctor.err)"
	fi
}
for act in exec fork exit; do seen $act tracepoint; done
# Not fentry where the kernel can't attach it, nor where it pre-empts such programs and skips others.
best=fentry
case "$(uname -m) $(uname -r)" in "aarch64 6.1."*) best=kprobe ;; esac
mkdir -p /tmp/debug
mount -t debugfs debugfs /tmp/debug
! grep -qE '\((full|lazy)\)' /tmp/debug/sched/preempt 2>/dev/null || best=kprobe
umount /tmp/debug
for act in open read connect send accept access receive; do seen $act $best; done
if [ $status -eq 0 ]; then echo "ok doctor-status"; else echo "not ok doctor-status: $status"; fi
