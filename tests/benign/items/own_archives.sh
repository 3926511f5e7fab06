# A person packs, unpacks, checks and tidies up what lies in the home: zip, tar, 7z-like, modes, names, comparisons, what the
# environment and the shell's history hold.
needs zip unzip git
person ola
t=$(token github)
printf 'machine api.github.com login ola password %s\n' "$t" | own ola .netrc 600
printf '[default]\naws_access_key_id = %s\naws_secret_access_key = %s%s\n' "$(aws_key_id)" "$(password)" "$(password)" | own ola .aws/credentials 600
printf '{"auths":{"ghcr.io":{"auth":"%s"}}}\n' "$(printf 'ola:%s' "$(token github)" | base64 -w 0)" | own ola .docker/config.json 600
ssh_key ola
at_terminal ola <<'LINES'
zip -qr home.zip .netrc .aws .docker .ssh && unzip -l home.zip | tail -n 1 && unzip -qo home.zip -d restored
tar cJf home.tar.xz .netrc .aws .docker && tar tf home.tar.xz | wc -l
diff -r .aws restored/.aws && cmp .netrc restored/.netrc
git diff --no-index --stat .docker restored/.docker
find . -name '*.json' -exec chmod 600 {} + ; find . -type f -size -4k | xargs md5sum | sort >sums
for f in .netrc .aws/credentials; do echo "$f: $(stat -c %a "$f") $(sha256sum <"$f" | cut -c1-8)"; done
gzip -k .netrc && zcat .netrc.gz | wc -c && rm .netrc.gz
export GITHUB_TOKEN=$(awk '{ print $6 }' .netrc)
env | grep -c GITHUB; printenv GITHUB_TOKEN | wc -c
curl -sS -H "Authorization: Bearer $GITHUB_TOKEN" https://api.github.com/user >answer
history | tail -n 2; tail -n 2 .bash_history 2>/dev/null || true
python3 -c 'import netrc; print(len(netrc.netrc().hosts))'
ln -s .netrc netrc && cat netrc >/dev/null && rm -r restored home.zip home.tar.xz netrc
LINES
answered "$(cat /home/ola/answer)" "$t"
