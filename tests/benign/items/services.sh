# A service with a configuration of its own that starts again, a timer's backup of all configurations, and an
# administrator who looks at them by sudo.
needs sshd sudo tar curl
person app root-admin
mkdir -p /srv/app
t=$(token github)
printf 'API_TOKEN=%s\n' "$t" | install -o app -m 600 /dev/stdin /srv/app/.env
ssh_key root-admin
printf 'root-admin ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/root-admin
chmod 440 /etc/sudoers.d/root-admin
for start in 1 2; do
	out=$(unit_now app.service app sh -ec '. /srv/app/.env; curl -sS -H "Authorization: Bearer $API_TOKEN" https://api.example.com/')
	answered "$out" "$t"
	unit_now backup.service root tar -C / -czf /var/tmp/configuration.tar.gz etc srv/app
	as root-admin ssh -o BatchMode=yes localhost 'sudo -n grep -c API_TOKEN /srv/app/.env' | grep -x 1 >/dev/null
done
