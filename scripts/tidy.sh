#!/usr/bin/env bash
# clang-tidy and cppcheck over our sources; findings are errors. Two files at a time. A file that passed is not looked at
# again until its preprocessed text (comments included: they hold NOLINT), the settings or the tools change; what passed
# is remembered in build/tidy.
#   scripts/tidy.sh [FILE...]      these files only; times in build/tidy/times
# The static analyzer takes nearly all of the time, and most of that in the tails of a few functions: it walks 20,000 states
# of each function, with LONG=1 the 225,000 that are clang's own measure, for ten times the time.
set -u
cd "$(dirname "$0")/.." || exit 1
budget=(-Xclang -analyzer-config -Xclang max-nodes=20000)
[ -z "${LONG:-}" ] || budget=()
flags=(-std=gnu17 -Iuser -Iinclude -isystem build/gen '-DCL_VERSION="0"' '-DCL_REVISION="0"' '-DCL_BUILT_PATTERNS="0"')

# one FILE
one() {
	local passed began=$SECONDS
	passed=build/tidy/$({ cat .clang-tidy && echo "${budget[*]}" && clang-tidy --version && clang -E -C "${flags[@]}" "$1"; } | sha256sum | cut -c1-32)
	[ ! -e "$passed" ] || return 0
	clang-tidy --quiet --warnings-as-errors='*' "$1" -- "${flags[@]}" "${budget[@]}" 2>/dev/null || return 1
	echo "$1" >"$passed"
	echo "$((SECONDS - began)) $1" >>build/tidy/times
}

mkdir -p build/tidy
if [ "${1:-}" = --one ]; then
	one "$2"
	exit
fi
files=("$@")
[ $# -gt 0 ] || mapfile -t files < <(git ls-files 'user/*.c')
bad=0
printf '%s\n' "${files[@]}" | xargs -P 2 -n 1 "$0" --one || bad=1
cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr --enable=warning,portability --suppressions-list=scripts/cppcheck.txt \
	-j 2 --cppcheck-build-dir=build/tidy "${flags[@]:1:2}" "${flags[@]:4}" user/ || bad=1
[ $bad -eq 0 ] && echo "tidy: clean${budget:+ (short: ${budget[*]: -1}; LONG=1 looks further)}"
exit $bad
