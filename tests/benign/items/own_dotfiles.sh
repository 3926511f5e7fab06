# A person at a terminal with the files of the home: looks, searches, edits, compares, copies, packs, puts under version
# control what may be.
needs less git curl
person fay
t=$(token github)
printf 'machine api.github.com login fay password %s\n' "$t" | own fay .netrc 600
printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s%s\n' "$(aws_key_id)" "$(password)" "$(password)" | own fay .aws/credentials 600
printf 'https://fay:%s@github.com\n' "$(token github)" | own fay .git-credentials 600
printf '//registry.example.com/:_authToken=%s\n' "$(token npm)" | own fay .npmrc 600
printf 'db.example.com:5432:*:fay:%s\n' "$(password)" | own fay .pgpass 600
k=$(password)$(password)
printf 'apiVersion: v1\nclusters: [{name: c, cluster: {server: "https://k8s.example.com"}}]\nusers:\n- name: fay\n  user:\n    token: %s\n' "$k" | own fay .kube/config 600
ssh_key fay
at_terminal fay <<'LINES'
ls -la; ls -la .ssh .aws
cat .netrc
>less .aws/credentials\r
?aws_access_key_id
>q
?ready
grep -rn login . | head -n 3
grep -rl remember ~ || true
find . -name '*config*' -exec grep -l token {} +
cp -p .netrc .netrc.before
sed -i 's/fay/fay2/' .netrc
diff .netrc.before .netrc || true
mv .netrc.before .netrc
wc -l .git-credentials; file .ssh/id_ed25519; md5sum .pgpass; stat .npmrc >/dev/null
awk '/token:/ { print $2 }' .kube/config >/dev/null
head -c 40 .ssh/id_ed25519; tail -n 1 .npmrc
while read -r line; do echo "${#line}"; done <.pgpass
tar czf /tmp/home.tgz .ssh .aws .netrc .config 2>/dev/null || true
git init -q dotfiles && cp .bashrc dotfiles/ && cd dotfiles && git add -A && git -c user.name=F -c user.email=f@example.com commit -qm dotfiles; cd
curl -sS -H "Authorization: Bearer $(sed -n 's/.*token: //p' .kube/config)" https://k8s.example.com/api >answer
LINES
answered "$(cat /home/fay/answer)" "$k"
