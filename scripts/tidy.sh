#!/usr/bin/env bash
# clang-tidy and cppcheck over our sources; findings are errors. Two files at a time.
set -u
cd "$(dirname "$0")/.." || exit 1
mapfile -t files < <(git ls-files 'user/*.c')
flags=(-std=gnu17 -Iuser -Iinclude -isystem build/gen '-DCL_VERSION="0"' '-DCL_REVISION="0"')
bad=0
printf '%s\n' "${files[@]}" | xargs -P 2 -n 4 sh -c \
	'clang-tidy --quiet --warnings-as-errors="*" "$@" -- -std=gnu17 -Iuser -Iinclude -isystem build/gen -DCL_VERSION=\"0\" -DCL_REVISION=\"0\" 2>/dev/null' tidy \
	|| bad=1
cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr --enable=warning,portability --suppressions-list=scripts/cppcheck.txt \
	-j 2 "${flags[@]:1:2}" "${flags[@]:4}" user/ || bad=1
[ $bad -eq 0 ] && echo "tidy: clean"
exit $bad
