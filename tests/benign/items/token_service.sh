# A helper renews a short-lived token in a file every while; a worker takes the newest for each of its calls.
needs python3 curl
person tom
for turn in 1 2 3; do
	t=$(/opt/benign/bin/make_token github | sed 's/^ghp_/ghs_/' | used)
	printf '%s\n' "$t" | own tom .vault-token 600
	out=$(as tom sh -ec 'curl -sS -H "Authorization: Bearer $(cat .vault-token)" https://api.github.com/installation')
	answered "$out" "$t"
done
