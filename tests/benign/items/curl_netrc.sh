# curl and wget with what .netrc has for the host.
needs curl
person cleo
t=$(token github)
printf 'machine api.github.com\n  login cleo\n  password %s\n' "$t" | own cleo .netrc 600
for _ in 1 2 3; do
	out=$(as cleo curl -sS -n https://api.github.com/user)
	answered "$out" "$t"
done
if command -v wget >/dev/null; then
	out=$(as cleo wget -qO- --auth-no-challenge https://api.github.com/user)
	answered "$out" "$t"
fi
