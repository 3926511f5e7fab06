# Moves to a new machine (another account stands for it): dotfiles by scp, tar through ssh, rsync; the old ones are removed.
# Nothing is used from both accounts: that two accounts of one machine share a token would be worth a word.
needs sshd rsync tar
person mia newmia
ssh_key mia newmia
t=$(token github)
printf 'machine api.github.com login mia password %s\n' "$t" | own mia .netrc 600
printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s%s\n' "$(aws_key_id)" "$(password)" "$(password)" | own mia .aws/credentials 600
printf 'db.example.com:5432:*:mia:%s\n' "$(password)" | own mia .pgpass 600
at_terminal mia <<'LINES'
scp -q .netrc newmia@localhost:
scp -qr .aws newmia@localhost:
tar czf - .pgpass .config 2>/dev/null | ssh newmia@localhost tar xzf - || true
rsync -a .ssh/ newmia@localhost:.ssh/
ssh newmia@localhost 'chmod 600 .netrc; ls -la'
curl -sS -n https://api.github.com/user >answer
shred -u .pgpass; rm -r .aws
LINES
answered "$(cat /home/mia/answer)" "$t"
