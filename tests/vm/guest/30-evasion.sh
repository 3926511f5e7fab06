# shellcheck shell=sh
# The evasion cases at the best tier; the host judges (tests/evasion/check.py).
[ -x /usr/bin/credlineage ] || { echo "not ok program-is-there"; exit 0; }
parts=$(sed -nE 's/.*evasion_parts=([^ ]+).*/\1/p' /proc/cmdline | tr , ' ')
mkdir -p /out/evasion
credlineage doctor --state /tmp/limits --socket /tmp/limits/control.sock >/out/evasion/doctor.json 2>/dev/null
for part in ${parts:-$(basename -a -s .sh /evasion/cases/*.sh)}; do
	mount -t tmpfs tmpfs /mnt
	mkdir /mnt/bin
	cp /trigger/* /evasion/bin/* /mnt/bin/
	if PROGRAM=/usr/bin/credlineage busybox sh /evasion/run.sh /mnt best "$part"; then
		echo "ok evasion-ran-$part"
	else
		echo "not ok evasion-ran-$part"
	fi
	cp -r "/mnt/out/$part" /out/evasion/
	umount -l /mnt
done
