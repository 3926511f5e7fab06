# shellcheck shell=sh disable=SC2154,SC2016 # x, w, home, bin: tests/evasion/run.sh
# A watched file under another name: it is still that file.

case_ P01 "a symbolic link: the file it leads to was read, and the name that was asked for is told"
ln -s "$w" ln
told a as reader open_read read "$x/ln" 100

case_ P02 "a link to the directory, and a chain of five: one read each"
ln -s "$home/.aws" a
told dir as directory open_read read "$x/a/credentials" 100
ln -s "$w" l1
for n in 1 2 3 4; do ln -s "l$n" l$((n + 1)); done
told chain as chain open_read read "$x/l5" 100
