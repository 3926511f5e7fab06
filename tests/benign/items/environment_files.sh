# Two services, each started again and again by the manager with the token of its own environment file; an administrator
# rotates one in place, with a blank before the command, so that the new one stands neither in arguments nor in the history.
needs curl sudo
person web1 web2 hana
printf 'hana ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/hana
chmod 440 /etc/sudoers.d/hana
start() { # SERVICE TOKEN: the manager reads the file and passes the variable
	local out
	out=$(unit_now "$1.service" "$1" env API_TOKEN="$(sed -n 's/^API_TOKEN=//p' <<<"API_TOKEN=$2")" bash -c 'curl -sS -H "Authorization: Bearer $API_TOKEN" https://api.example.com/')
	answered "$out" "$2"
}
for service in web1 web2; do
	t=$(token github)
	printf 'API_TOKEN=%s\n' "$t" | install -D -m 600 /dev/stdin /etc/$service/.env
	start $service "$t"
	start $service "$t"
done
new=$(token github)
at_terminal hana <<LINES
sudo cat /etc/web1/.env >/dev/null
sudo cp -p /etc/web1/.env /etc/web1/.env.old
 printf 'API_TOKEN=%s\\n' $new | sudo tee /etc/web1/.env >/dev/null
sudo diff /etc/web1/.env.old /etc/web1/.env >/dev/null || true
sudo rm /etc/web1/.env.old
LINES
start web1 "$new"
