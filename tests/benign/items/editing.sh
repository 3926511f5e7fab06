# A person logged in at a terminal changes files with credentials in vim and nano, reads them in less, as root by sudo, too.
needs nano less sudo
command -v vim >/dev/null || command -v vim.tiny >/dev/null || skip "no vim is installed"
vim=$(command -v vim || command -v vim.tiny)
person joy
t=$(token github)
printf 'machine api.github.com login joy password %s\n' "$t" | own joy .netrc 600
printf 'joy ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/joy
chmod 440 /etc/sudoers.d/joy
mkdir -p /srv/shop
printf 'API_TOKEN=%s\n' "$(token github)" | install -m 600 /dev/stdin /srv/shop/.env
at_terminal joy <<LINES
>$vim .netrc\\r
?machine
>Go# two\\x1b
>:wq\\r
?ready
>nano .netrc\\r
?machine
># three\\r
>\\x0f\\r
?Wrote
>\\x18
?ready
>sudo less /etc/shadow\\r
?root
>q
?ready
>sudo -e /srv/shop/.env\\r
?API_TOKEN
># looked at\\r\\x0f\\r
?Wrote
>\\x18
?ready
grep -q '# two' .netrc && grep -q '# three' .netrc
sudo grep -c API_TOKEN /srv/shop/.env
sudo cat /etc/ssh/ssh_host_ed25519_key >/dev/null
sudo visudo -c >/dev/null
curl -sS -n https://api.github.com/user >answer
LINES
answered "$(cat /home/joy/answer)" "$t"
