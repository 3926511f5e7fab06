# A release goes out by a script at a terminal: make calls it; it reads .env and .npmrc, builds, copies to the host, puts
# the service's own settings in place there as root and restarts the service, which takes its token from them.
needs make sshd curl npm sudo
person dex app1
ssh_key dex app1
printf 'app1 ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/app1
chmod 440 /etc/sudoers.d/app1
t=$(token github)
s=$(token github)
printf 'DEPLOY_TOKEN=%s\nSTAGE=production\n' "$t" | own dex shop/.env 600
printf '//registry.example.com/:_authToken=%s\nupdate-notifier=false\n' "$(token npm)" | own dex shop/.npmrc 600
mkdir -p /srv/shop
printf 'SERVICE_TOKEN=%s\n' "$s" | install -o root -m 600 /dev/stdin /srv/shop/.env.new
own dex shop/deploy.sh 755 <<'SH'
#!/bin/bash
set -euo pipefail
cd "$(dirname "$0")"
set -a; . ./.env; set +a
tar czf /tmp/shop.tgz --exclude .env --exclude .npmrc .
scp -q /tmp/shop.tgz app1@localhost:
ssh app1@localhost 'mkdir -p shop; tar xzf shop.tgz -C shop; sudo cmp -s /srv/shop/.env.new /srv/shop/.env || sudo install -o app1 -m 600 /srv/shop/.env.new /srv/shop/.env'
curl -sS -H "Authorization: Bearer $DEPLOY_TOKEN" https://api.github.com/deployments >answer
SH
printf 'all:\n\tnpm config get registry >/dev/null\n\t./deploy.sh\n' | own dex shop/Makefile 644
for release in 1 2; do
	at_terminal dex make -s -C shop
	answered "$(cat /home/dex/shop/answer)" "$t"
	out=$(unit_now shop.service app1 sh -ec '. /srv/shop/.env; curl -sS -H "Authorization: Bearer $SERVICE_TOKEN" https://api.github.com/deployments')
	answered "$out" "$s"
done
