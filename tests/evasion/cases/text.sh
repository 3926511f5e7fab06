# shellcheck shell=sh disable=SC2154 # x, w, home, tokens: tests/evasion/run.sh
# Names that are made to look like something else: kept, shown escaped, one record a line.

case_ U01 "a directory whose name holds a line break, a tab, quotes, a byte that is no text, and an escape"
odd=$(printf 'a\nb\t"\\\377\033[31m')
mkdir -p "$odd/.aws"
cd "$odd" || exit 1
read -r made <"$tokens/U01.W"
printf '[default]\ntoken = %s\n' "$made" >.aws/credentials
file odd .aws/credentials
told a act who=reader chdir=.aws read=credentials
cd "$x" || exit 1

case_ U02 "a thread's name that is a line of a log"
told a act who=reader name="$(printf 'x\n{"kind":1}')" read="$w"

case_ U04 "a program whose name could be a number"
cp "$(command -v act)" deadbeef
file program deadbeef
chmod 777 "$x"
chmod 666 "$FACTS"
told a act uid=1000 who=reader exec ./deadbeef read="$w"

case_ U05 "a program whose name turns its letters round, and one that looks like another"
turned=$(printf 'tac\342\200\256sh') looks=$(printf 'c\320\260t')
cp "$(command -v act)" "$turned"
cp "$(command -v act)" "$looks"
file turned "$turned"
file looks "$looks"
told a act who=turned exec "./$turned" read="$w"
told b act who=looks exec "./$looks" read="$w"

case_ U06 "arguments that hold terminal codes and line breaks"
told a act who=reader exec act read="$w" "/$(printf '\033]0;x\007\r\n{"kind":2}')"
