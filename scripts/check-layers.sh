#!/usr/bin/env bash
# A file may include headers of its own folder and of the folders to the left of it in this order, nothing else.
# Folders on one rung do not see each other.
set -u
cd "$(dirname "$0")/.." || exit 1
rungs=(base "policy confine" "config event" "fingerprint catalogue" identity credential lineage store query detect pipeline "export format metrics capture control" output delivery "monitor top" command)

declare -A rung
for i in "${!rungs[@]}"; do
	for room in ${rungs[$i]}; do rung[$room]=$i; done
done
bad=0
for file in user/*/*.[ch]; do
	room=$(basename "$(dirname "$file")")
	[ -n "${rung[$room]:-}" ] || { echo "$file: room \"$room\" has no place in the layers (scripts/check-layers.sh)"; bad=1; continue; }
	while IFS= read -r other; do
		[ -n "${rung[$other]:-}" ] || continue
		if [ "$other" != "$room" ] && [ "${rung[$other]}" -ge "${rung[$room]}" ]; then
			echo "$file: includes \"$other/\", which is not below \"$room\""
			bad=1
		fi
	done < <(sed -nE 's|^#include "([a-z]+)/.*|\1|p' "$file")
done
# The rooms that must build without libbpf.
if grep -lE '#include <bpf/' user/{base,policy,confine,config,event,fingerprint,catalogue,identity,credential,lineage,store,query,detect,pipeline,export,format,metrics,output,delivery}/*.[ch] 2>/dev/null; then
	echo "the files above include libbpf: only capture may"
	bad=1
fi
[ $bad -eq 0 ] && echo "layers: in order"
exit $bad
