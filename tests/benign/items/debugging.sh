# Debugs and traces programs of one's own, also such that hold one's token.
needs gdb strace gcc
person dora
t=$(token github)
printf 'machine api.github.com login dora password %s\n' "$t" | own dora .netrc 600
as dora bash -ec 'printf "int main(void) { return 3; }\n" >a.c; gcc -g a.c; gdb -q -batch -ex "break main" -ex run -ex bt -ex kill ./a.out >/dev/null 2>&1; strace -f -o trace ./a.out || test $? = 3; grep -q exit_group trace'
as dora strace -f -e trace=network -o trace curl -sS -n https://api.github.com/user >/dev/null
as dora sh -ec "export GH_TOKEN=$t; strace -o trace ./a.out || test \$? = 3; gdb -q -batch -ex 'break main' -ex run -ex 'info registers' -ex kill ./a.out >/dev/null 2>&1; sleep 30 & gdb -q -batch -p \$! -ex bt >/dev/null 2>&1 || true; kill \$!"
as dora sh -ec 'sleep 5 & p=$!; cat /proc/$p/status >/dev/null; tr "\0" "\n" </proc/$p/environ >/dev/null; ls -l /proc/$p/fd >/dev/null; kill $p'
