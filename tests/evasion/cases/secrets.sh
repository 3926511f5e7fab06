# shellcheck shell=sh disable=SC2154 # x, w, home, tokens: tests/evasion/run.sh
# A secret on its way: through generations, encodings and places that hold it for a while.

lo=127.0.0.1

t=$tokens # what `env` reads: not watched
plain() { # W's text in a file that nobody watches: the shell that makes a case is not to read W
	read -r made <"$t/$id.W"
	printf '[default]\ntoken = %s\n' "$made" >plain
}

case_ S01 "a variable through twenty programs; only the last one connects"
token T >/dev/null
told a act who=first env=TOKEN@"$t/S01.T" fork exec act who=second again=20 who=last listen=L@$lo connect=L@$lo

case_ S02 "the same token from a variable and, after that is gone, from a file"
told a act who=first env=TOKEN@"$t/S02.W" fork exec act who=second clear fork exec act who=third read="$w" env=AGAIN@"$t/S02.W" \
	fork exec act who=fourth listen=L@$lo connect=L@$lo

case_ S04-pipe "a reader that hands the token on through a pipe"
told a act who=reader read="$w" pipe exec act who=taker listen=L@$lo descriptor=0 connect=L@$lo

case_ S04-input "standard input from the file itself"
told a act who=opener input="$w" fork exec act who=reader descriptor=0

case_ S05 "the kernel's keyring between two programs"
told a act who=writer read="$w" key=evasion exec act who=taker unkey=evasion listen=L@$lo connect=L@$lo

case_ S07 "encoded once and more: base64, in lines, twice, hex"
plain
mkdir -p once/.aws twice/.aws hex/.aws
base64 <plain >once/.aws/credentials
base64 <plain | base64 >twice/.aws/credentials
od -An -v -tx1 <plain | tr -d ' \n' >hex/.aws/credentials
for n in once twice hex; do
	file $n "$x/$n/.aws/credentials"
	told $n act who=$n read="$x/$n/.aws/credentials"
done

case_ S07-other "compressed, and turned round: what was read is not known from its bytes"
plain
mkdir -p packed/.aws turned/.aws
gzip -c <plain >packed/.aws/credentials
rev <plain >turned/.aws/credentials
for n in packed turned; do
	file $n "$x/$n/.aws/credentials"
	told $n act who=$n read="$x/$n/.aws/credentials" listen=L@$lo connect=L@$lo
done

case_ S08 "in two reads: whole; in two files: not"
told a act who=reader halves="$w"
plain
mkdir -p one/.aws two/.aws
head -c 30 plain >one/.aws/credentials
tail -c +31 plain >two/.aws/credentials
file one "$x/one/.aws/credentials"
file two "$x/two/.aws/credentials"
told b act who=joiner read="$x/one/.aws/credentials" read="$x/two/.aws/credentials"

case_ S10 "a token that is exchanged: the old one and the new one, each for itself"
told a act who=before read="$w"
token NEW >/dev/null
read -r made <"$t/S10.NEW"
printf '[default]\ntoken = %s\n' "$made" >"$w"
file W "$w"
told b act who=after read="$w"
told c act env=OLD@"$t/S10.W" exec act who=late

case_ S13 "shared memory between two programs"
told a act who=writer read="$w" shared=evasion-$$ fork exec act who=taker unshared=evasion-$$ listen=L@$lo connect=L@$lo

case_ S14 "placeholders in two runs"
for n in a b; do
	mkdir -p $n/.aws
	printf '[default]\naws_access_key_id = AKIA%s\naws_secret_access_key = wJalrXUtnFEMI/%s\ntoken = changeme\n' \
		IOSFODNN7EXAMPLE K7MDENG/bPxRfiCYEXAMPLEKEY >$n/.aws/credentials
	printf 'password = 0000000000000000000000000000000000000000\n' >>$n/.aws/credentials
	file $n "$x/$n/.aws/credentials"
	told $n act who=$n read="$x/$n/.aws/credentials"
done

case_ S16 "an environment of 200 KiB, the token at its end"
token T >/dev/null
told a act fill=2:100000 env=TOKEN@"$t/S16.T" exec act who=holder

case_ S16-border "a token across the border of two pages"
token T >/dev/null
for n in 4000 4030 4060; do
	told $n act clear fill=1:$n env=TOKEN@"$t/S16-border.T" exec act who=holder-$n
done

case_ S16-cut "an environment of 1.5 MB: what is cut is said"
token T >/dev/null
told a act fill=15:100000 env=TOKEN@"$t/S16-cut.T" exec act who=holder read="$w"

case_ S19 "read, and then kept where nobody can look"
told a act who=holder listen=L@$lo read="$w" hide connect=L@$lo

case_ S20 "a token in another program's file"
told a act who=writer read="$w" write="$x/build.log"
file log "$x/build.log"
told b act who=finder read="$x/build.log"

case_ S21 "a descriptor that is kept over an exec: read by another program of the process"
told a act who=reader open=9:"$w" exec act descriptor=9
