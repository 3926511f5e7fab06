# An authority, a request, a certificate; a server reloads with the renewed key.
needs openssl
mkdir -p /etc/letsencrypt/live/site /etc/ssl/private
cd /etc/letsencrypt/live/site
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=authority -days 1 2>/dev/null
for renewal in 1 2; do
	openssl req -newkey rsa:2048 -nodes -keyout privkey.pem -out request.pem -subj /CN=site 2>/dev/null
	openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -out fullchain.pem -days 1 2>/dev/null
	openssl verify -CAfile ca.pem fullchain.pem >/dev/null
	server openssl s_server -quiet -www -accept "844$renewal" -cert fullchain.pem -key privkey.pem
	within 10 listens "844$renewal"
	curl -sS --cacert ca.pem --resolve "site:844$renewal:127.0.0.1" "https://site:844$renewal/" | grep s_server >/dev/null
done
openssl rsa -in privkey.pem -check -noout >/dev/null 2>&1
openssl pkcs12 -export -in fullchain.pem -inkey privkey.pem -passout pass:EXAMPLE -out site.p12
