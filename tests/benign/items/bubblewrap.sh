# Containers as docker makes them, by bubblewrap: a build in one, a service in another with its secret mounted.
needs bwrap
person bob
t=$(token github)
mkdir -p /srv/app
printf 'GITHUB_TOKEN=%s\n' "$t" | install -m 600 /dev/stdin /srv/app/.env
box=(bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --tmpfs /home --tmpfs /mnt --unshare-pid --unshare-uts --hostname app --die-with-parent)
"${box[@]}" sh -ec 'cd /tmp; echo "int main(void) { return 0; }" >a.c; gcc a.c; ./a.out'
out=$("${box[@]}" --ro-bind /srv/app /mnt sh -ec '. /mnt/.env; curl -sS -H "Authorization: Bearer $GITHUB_TOKEN" https://api.github.com/user')
answered "$out" "$t"
as bob bwrap --ro-bind / / --unshare-user --unshare-pid --proc /proc --dev /dev id >/dev/null
