# Renews a certificate as certbot does: signs with the account's key, puts new keys in place, tells the server.
needs openssl curl
site=/etc/letsencrypt/live/shop account=/etc/letsencrypt/accounts/acme/directory/1
mkdir -p $site $account
openssl ecparam -name prime256v1 -genkey -noout -out $account/private_key.json
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $site/privkey.pem -out $site/fullchain.pem -subj /CN=shop -days 1 2>/dev/null
server openssl s_server -quiet -www -accept 8445 -cert $site/fullchain.pem -key $site/privkey.pem
within 10 listens 8445
cron_now root "cd $site && printf order >order && openssl dgst -sha256 -sign $account/private_key.json -out order.sig order &&
	curl -sS -H \"Authorization: Bearer \$(base64 -w 0 order.sig)\" https://acme.example.com/order >answer &&
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout new.pem -out new.crt -subj /CN=shop -days 1 2>/dev/null &&
	mv new.pem privkey.pem && mv new.crt fullchain.pem"
kill "${servers[0]}"
server openssl s_server -quiet -www -accept 8446 -cert $site/fullchain.pem -key $site/privkey.pem
within 10 listens 8446
curl -sS --cacert $site/fullchain.pem --resolve shop:8446:127.0.0.1 https://shop:8446/ | grep s_server >/dev/null
