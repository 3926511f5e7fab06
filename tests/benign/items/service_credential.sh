# A service whose manager puts its secret into a directory of its own before it starts, as LoadCredential= does.
needs python3
person svc
t=$(token github)
mkdir -p /etc/credstore /run/credentials/worker.service
printf '%s' "$t" | install -m 600 /dev/stdin /etc/credstore/api
# install(1) stands in for the manager, under its name
mkdir -p /usr/local/lib/systemd
cp "$(command -v install)" /usr/local/lib/systemd/systemd-executor
/usr/local/lib/systemd/systemd-executor -o svc -m 400 /etc/credstore/api /run/credentials/worker.service/api
sleep 4 # the kernel is told within three seconds of files whose names nothing tells apart
cat >/usr/local/bin/worker <<'PY'
#!/usr/bin/python3
import os, urllib.request
secret = open(os.environ["CREDENTIALS_DIRECTORY"] + "/api").read()
for _ in range(3):
    print(urllib.request.urlopen(urllib.request.Request("https://api.github.com/", headers={"Authorization": "Bearer " + secret})).read().decode())
PY
chmod 755 /usr/local/bin/worker
for start in 1 2; do
	out=$(setpriv --reuid=svc --regid=svc --init-groups env -i INVOCATION_ID="$(head -c 16 /dev/urandom | xxd -p)" CREDENTIALS_DIRECTORY=/run/credentials/worker.service /usr/local/bin/worker)
	answered "$(tail -n 1 <<<"$out")" "$t"
done
rm -r /run/credentials/worker.service
