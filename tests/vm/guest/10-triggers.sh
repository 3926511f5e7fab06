# shellcheck shell=sh
# Each tier in turn sees every trigger; the host judges (tests/trigger/check.py).
for tier in ${GUEST_TIERS:-fentry kprobe tracepoint}; do
	mount -t tmpfs tmpfs /mnt
	cp -r /trigger /mnt/bin
	# shellcheck disable=SC2086 # one word each
	if busybox sh /run.sh /mnt "$tier" ${GUEST_PARTS:-acts flood crush}; then
		echo "ok triggers-ran-$tier"
	else
		echo "not ok triggers-ran-$tier"
	fi
	cp -r /mnt/out "/out/triggers-$tier"
	umount -l /mnt
done
