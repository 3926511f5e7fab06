# An administrator and a certificate: key, request, signature, the questions that one asks openssl about a key, a bundle
# for a proxy, put in place as root; servers that read their keys at start and at reload.
needs openssl sudo sshd
person kay
printf 'kay ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/kay
chmod 440 /etc/sudoers.d/kay
at_terminal kay <<'LINES'
mkdir -m 700 site && cd site
openssl req -x509 -newkey rsa:2048 -nodes -keyout site.key -out site.crt -subj /CN=site -days 2 2>/dev/null
openssl req -new -key site.key -subj /CN=site -out site.csr
openssl x509 -in site.crt -noout -subject -dates
openssl rsa -in site.key -noout -modulus | openssl md5
openssl pkey -in site.key -noout -text >/dev/null
openssl dgst -sha256 -sign site.key -out sig site.csr
cat site.crt site.key >bundle.pem
head -n 1 site.key; ls -l; file *; sha256sum *
sudo install -o root -m 600 site.key /etc/ssl/private/site.key
sudo install -o root -m 644 site.crt /etc/ssl/certs/site.crt
sudo cp bundle.pem /etc/ssl/private/site.pem
sudo openssl x509 -in /etc/ssl/private/site.pem -noout -enddate
sudo cmp site.key /etc/ssl/private/site.key
sudo openssl rsa -in /etc/ssl/private/site.key -check -noout
ssh-keygen -q -t ed25519 -N '' -f deploy.key
ssh-keygen -lf deploy.key; ssh-keygen -y -f deploy.key >/dev/null
LINES
cat >/usr/local/bin/webd <<'PY'
#!/usr/bin/python3
import http.server, signal, ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
load = lambda *_: context.load_cert_chain("/etc/ssl/certs/site.crt", "/etc/ssl/private/site.key")
load()
signal.signal(signal.SIGHUP, load)
server = http.server.HTTPServer(("127.0.0.1", 8447), http.server.SimpleHTTPRequestHandler)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
PY
chmod 755 /usr/local/bin/webd
mkdir -p /srv/empty
cd /srv/empty
server /usr/local/bin/webd
within 10 listens 8447
kill -HUP "${servers[0]}"
curl -sS --cacert /etc/ssl/certs/site.crt --resolve site:8447:127.0.0.1 https://site:8447/ >/dev/null
/usr/sbin/sshd -t
server /usr/sbin/sshd -D -p 8022 -o PidFile=none
within 10 listens 8022
ssh-keyscan -p 8022 localhost 2>/dev/null | grep ssh-ed25519 >/dev/null
