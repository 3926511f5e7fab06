#!/usr/bin/env bash
# The record header changes its layout or meaning: CL_SCHEMA must be raised with it. scripts/schema.sum pins both.
#   scripts/check-schema.sh            fails when the header changed without a raise
#   scripts/check-schema.sh --update   pins the header as it is, after a raise
set -eu
cd "$(dirname "$0")/.."
header=include/credlineage/event.h
number=$(sed -nE 's/^#define CL_SCHEMA ([0-9]+)$/\1/p' "$header")
# Comments and blanks do not change a layout.
sum=$(gcc -fpreprocessed -dD -E -P -x c "$header" 2>/dev/null | tr -d ' \t\n' | sha256sum | cut -d' ' -f1)
if [ "${1:-}" = --update ]; then
	echo "$number $sum" >scripts/schema.sum
	exit 0
fi
read -r old_number old_sum <scripts/schema.sum
[ "$sum" = "$old_sum" ] && { echo "schema: $number, unchanged"; exit 0; }
if [ "$number" -gt "$old_number" ]; then
	echo "$header: schema raised to $number; pin it with scripts/check-schema.sh --update" >&2
else
	echo "$header changed, CL_SCHEMA is still $number: raise it, then scripts/check-schema.sh --update" >&2
fi
exit 1
