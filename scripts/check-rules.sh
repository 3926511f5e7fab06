#!/usr/bin/env bash
# House rules that a compiler does not know.
set -u
cd "$(dirname "$0")/.." || exit 1
bad=0
# refuse PATTERN WHY FILE...
refuse() {
	local pattern=$1 why=$2 hits
	shift 2
	hits=$(grep -nE "$pattern" "$@" /dev/null | grep -v 'rule: allowed')
	[ -z "$hits" ] && return
	echo "$why:"
	printf '  %s\n' "${hits//$'\n'/$'\n'  }"
	bad=1
}
mapfile -t sources < <(git ls-files 'user/*.c' 'user/*.h')
mapfile -t modules < <(git ls-files 'user/*/*.c' | grep -vE '^user/(command|base/log)')
mapfile -t probes < <(git ls-files 'bpf/*')
mapfile -t all < <(git ls-files ':!LICENSE' ':!tests/fuzz/corpus')
refuse '[^_a-z](strcpy|strcat|sprintf|strtol|strtoul|atoi|atol|gets|alloca)\(' 'unbounded or loose call' "${sources[@]}"
refuse '[^_a-z]exit\(|fprintf\(stderr' 'only main and commands may end the program or write to stderr' "${modules[@]}"
refuse 'bpf_printk' 'no trace output in probes' "${probes[@]}"
refuse 'LINUX_VERSION_CODE|KERNEL_VERSION\(' 'probe features, not versions' "${probes[@]}" "${sources[@]}"
refuse '(TO''DO|FIX''ME|XX''X:)' 'left open' "${all[@]}"
# Tokens made for tests are made at run time: nothing that a scanner would take for real may stand in a file.
refuse '(gh[pousr]_[0-9A-Za-z]{36}|glpat-[0-9A-Za-z_-]{20}|AKIA[A-Z2-7]{16}|sk-ant-api03-[0-9A-Za-z_-]{80}|xox[bp]-[0-9]{10,})' \
	'looks like a real token' "${all[@]}"
long=$(git ls-files 'bpf/*.[ch]' 'user/*.[ch]' 'user/**/*.[ch]' | xargs -r wc -l | awk '$2 != "total" && $1 > 600 {print "  " $2 " has " $1 " lines"}')
[ -z "$long" ] || { echo "several rooms in one file:"; echo "$long"; bad=1; }
[ $bad -eq 0 ] && echo "rules: kept"
exit $bad
